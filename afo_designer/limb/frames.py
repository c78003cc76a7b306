"""Stage 4. Landmarks → limb frame: the sole, the foot's axis, the origin."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.frame import Frame
from afo_designer.limb.pose import FOOT_HEIGHT

# Share of the way from the first to the fifth metatarsal head at which the second lies
# (0.413 ± 0.004 on the tuning legs).
_SECOND_METATARSAL = 0.41
_SOLE_CONTACTS = (
    "heel_plantar",
    "first_metatarsal_head_plantar",
    "fifth_metatarsal_head_plantar",
)


def limb_frame(
    points: FloatArray,
    marks: Mapping[str, FloatArray],
    given: frozenset[str],
    length: float,
    unlike: float,
) -> Frame:
    """The limb frame within the symmetric foot frame.

    `points` (n, 3) skin and `marks` landmark positions, both mm in the foot frame; `given` names
    the landmarks a person placed; `unlike` (0 to 1) says how little the leg resembles the tuning
    ones.
    """
    contacts = np.array([marks[name] for name in _SOLE_CONTACTS])
    normal = _sole_normal(contacts, all(name in given for name in _SOLE_CONTACTS), unlike)
    first, fifth = marks["first_metatarsal_head_medial"], marks["fifth_metatarsal_head_lateral"]
    second = first + _SECOND_METATARSAL * (fifth - first)
    heel = marks["heel_posterior"] if "heel_posterior" in given else np.zeros(3)
    forward = second - heel
    x = unit(forward - (forward @ normal) * normal)
    turned = Frame(np.column_stack([x, np.cross(normal, x), normal]), contacts[0])
    skin = turned.inverse.apply(points)
    foot = skin[skin[:, 2] < FOOT_HEIGHT * length]
    back = foot[:, 0].min()
    if "heel_posterior" in given:
        back = turned.inverse.apply(heel)[0]
    malleoli = np.array([marks["medial_malleolus"], marks["lateral_malleolus"]]).mean(axis=0)
    ground = _ground(foot, turned.inverse.apply(contacts), given)
    left = turned.inverse.apply(malleoli)[1]
    return turned @ Frame(np.eye(3), np.array([back, left, ground]))


def _sole_normal(contacts: FloatArray, picked: bool, unlike: float) -> FloatArray:
    """Normal (3,) of the sole from heel and metatarsal heads (3, 3), first head before fifth.

    Picked contacts decide alone. Else, sideways, it stays the plane the foot would stand on, as a
    few millimetres between the heads tilt it by degrees; forward it runs through the landmarks on
    a leg like the tuning ones (which stand with the heel 3 mm up), half way between that and the
    standing plane on others.
    """
    if picked:
        normal = unit(np.cross(contacts[1] - contacts[0], contacts[2] - contacts[0]))
        return normal * np.sign(normal[2])
    along = 0.5 * (contacts[1] + contacts[2]) - contacts[0]
    return unit(np.array([-along[2] * (1.0 - 0.5 * unlike), 0.0, along[0]]))


def _ground(foot: FloatArray, contacts: FloatArray, given: frozenset[str]) -> float:
    """Height of the sole: the lowest skin under heel and ball, as a floor would meet it."""
    if any(name in given for name in _SOLE_CONTACTS):
        return float(contacts[[name in given for name in _SOLE_CONTACTS], 2].mean())
    x = foot[:, 0]
    under = foot[(x > x.min()) & (x < contacts[1:, 0].max() + 0.05 * np.ptp(x)), 2]
    count = max(4, len(under) // 100)
    return float(np.sort(under)[:count].mean())
