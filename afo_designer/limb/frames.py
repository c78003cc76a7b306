"""Stage 4. Landmarks → limb frame: the sole, the foot's axis, the origin."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from afo_designer.geometry.array import FloatArray, cross, unit
from afo_designer.geometry.frame import Frame
from afo_designer.limb.cloud import Cloud
from afo_designer.limb.pose import FOOT_HEIGHT
from afo_designer.limb.shank_axis import shank_axis
from afo_designer.limb.sole import sole_plane

# Share of the way from the first to the fifth metatarsal head at which the second lies
# (0.413 ± 0.004 on the tuning legs).
_SECOND_METATARSAL = 0.41
_SOLE_CONTACTS = (
    "heel_plantar",
    "first_metatarsal_head_plantar",
    "fifth_metatarsal_head_plantar",
)
# Spread (rad) of a plane through three picked points: 1.5 mm over 150 mm ([D]).
_PICKED_SPREAD = 0.01


def limb_frame(
    skin: Cloud,
    marks: Mapping[str, FloatArray],
    given: frozenset[str],
    length: float,
    medial: float,
) -> tuple[Frame, FloatArray]:
    """The limb frame within the symmetric foot frame, and the spread (2,) of its sole (rad).

    `skin` and `marks`, landmark positions, are in the foot frame, mm; `given` names the landmarks
    a person placed; `medial` is the sign of y on the medial side. The spread is that of pitch and
    roll.
    """
    malleoli = np.array([marks["medial_malleolus"], marks["lateral_malleolus"]]).mean(axis=0)
    contacts = np.array([marks[name] for name in _SOLE_CONTACTS])
    picked = [name in given for name in _SOLE_CONTACTS]
    if all(picked):
        normal, spread = _through(contacts), np.full(2, _PICKED_SPREAD)
        ground = contacts[0]
    else:
        family = shank_axis(skin.points, malleoli, length, medial).family
        plane = sole_plane(skin.points, skin.normals, length, medial, family)
        normal, spread, ground = plane.frame.rotation[:, 2], plane.spread, plane.frame.origin
        if any(picked):
            ground = contacts[picked].mean(axis=0)
    first, fifth = marks["first_metatarsal_head_medial"], marks["fifth_metatarsal_head_lateral"]
    second = first + _SECOND_METATARSAL * (fifth - first)
    heel = marks["heel_posterior"] if "heel_posterior" in given else np.zeros(3)
    forward = second - heel
    x = unit(forward - (forward @ normal) * normal)
    turned = Frame(np.column_stack([x, cross(normal, x), normal]), ground)
    low = turned.inverse.apply(skin.points)
    back = low[low[:, 2] < FOOT_HEIGHT * length, 0].min()
    if "heel_posterior" in given:
        back = turned.inverse.apply(heel)[0]
    left = turned.inverse.apply(malleoli)[1]
    return turned @ Frame(np.eye(3), np.array([back, left, 0.0])), spread


def _through(contacts: FloatArray) -> FloatArray:
    """Normal (3,) of the plane through heel, first and fifth head, as they were picked."""
    normal = unit(cross(contacts[1] - contacts[0], contacts[2] - contacts[0]))
    return normal * np.sign(normal[2])
