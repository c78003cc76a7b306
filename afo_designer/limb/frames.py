"""Stage 4. Landmarks → limb frame, joint centres, ankle angle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.frame import Frame
from afo_designer.limb import prior_table
from afo_designer.limb.pose import FOOT_HEIGHT
from afo_designer.limb.shank import RING_STATIONS, across, shin_offsets

# Share of the way from the first to the fifth metatarsal head at which the second lies
# (0.413 ± 0.004 on the tuning legs).
_SECOND_METATARSAL = 0.41
_SOLE_CONTACTS = (
    "heel_plantar",
    "first_metatarsal_head_plantar",
    "fifth_metatarsal_head_plantar",
)
# The calf's greatest girth lies at 0.71 of the way from malleoli to knee (0.72 ± 0.05 on the
# synthetic legs, 0.69 on the imaged one). The shank alone says less: 1.68 foot lengths on the
# tuning legs; 1.37 on the imaged one, 1.42 from ANSUR II's medians, so 1.42 for others.
_CALF_SHARE = 0.71
_KNEE_LIKE, _KNEE_UNLIKE = 1.68, 1.42
_KNEE_RANGE = (1.3, 1.9)
_IMAGED_SHARE = 0.75
_CALF_STATIONS = np.arange(0.60, 1.60, 0.05)


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


def knee_centre(
    points: FloatArray, ankle: FloatArray, length: float, medial: float, unlike: float
) -> FloatArray:
    """An estimate of the knee's centre (3,) from the shank's skin, in the axes of `points`.

    The shank's rings lie beside the axis from ankle to knee by amounts that were measured on the
    tuning legs and on one leg from imaging (`shank.shin_offsets`). A leg unlike the tuning ones
    (`unlike`, 0 to 1) gets up to three quarters of the imaged leg's amounts: it is one leg only.
    `medial` is the sign of y on the medial side. The axis is turned about the ankle centre until
    the rings agree best, high ones weighing most. Its length comes from the calf's greatest girth
    where the scan shows it.
    """
    share = _IMAGED_SHARE * unlike
    table = (1.0 - share) * prior_table.SYNTHETIC_OFFSETS
    table = (table + share * prior_table.IMAGED_OFFSETS) * [1.0, medial]
    near = points[(points[:, 2] > ankle[2] + 0.1 * length)]
    near = near[np.linalg.norm(near - ankle, axis=1) < 0.8 * length]
    axis = unit(near.mean(axis=0) - ankle)
    for _ in range(6):
        off = shin_offsets(points, ankle, axis, length) - table
        seen = np.isfinite(off[:, 0])
        if not seen.any():
            break
        height = RING_STATIONS[seen]
        axis = unit(axis + (height @ off[seen] / (height @ height)) @ across(axis))
    usual = _KNEE_LIKE + unlike * (_KNEE_UNLIKE - _KNEE_LIKE)
    return ankle + _knee_height(points, ankle, axis, length, usual) * length * axis


def _knee_height(
    points: FloatArray, ankle: FloatArray, axis: FloatArray, length: float, usual: float
) -> float:
    """Malleoli to knee in foot lengths; `usual` where the scan does not show the calf."""
    offset = points - ankle
    height = offset @ axis / length
    breadth = np.linalg.norm(offset - (offset @ axis)[:, None] * axis, axis=1)
    girth = np.full(len(_CALF_STATIONS), np.nan)
    for row, station in enumerate(_CALF_STATIONS):
        ring = offset[(np.abs(height - station) < 0.02) & (breadth < 0.5 * length)]
        flat = ring @ across(axis).T
        if len(flat) > 40 and station < height.max() - 0.03:
            girth[row] = np.ptp(flat, axis=0).sum()
    shown = np.flatnonzero(np.isfinite(girth))
    if len(shown) < 5:
        return usual
    smooth = np.convolve(girth[shown], [0.25, 0.5, 0.25], mode="valid")
    widest = int(np.argmax(smooth))
    # a calf still growing at the cut has not shown its widest place
    if widest >= len(smooth) - 2 or smooth[-1] > 0.985 * smooth[widest]:
        return usual
    found = _CALF_STATIONS[shown][widest + 1] / _CALF_SHARE
    return float(np.clip(0.5 * (found + usual), *_KNEE_RANGE))


def ankle_angle(ankle: FloatArray, knee: FloatArray) -> float:
    """Shank to sole (rad) in the limb frame's sagittal plane, dorsiflexion positive."""
    axis = knee - ankle
    return float(np.arctan2(axis[0], axis[2]))


def axis_spread(shank: FloatArray, shown: float) -> tuple[float, float]:
    """Standard deviations (rad) expected of ankle angle and inversion.

    `shank` (3,) from ankle to knee, `shown` mm of it in the scan: 0.8 and 1.2 deg on whole legs
    of `limb.generator`, more where the axis rests on less of the calf.
    """
    share = np.clip(shown / float(np.linalg.norm(shank)), 0.3, 1.0)
    wider = float(np.radians(max(1.0, 0.8 / share)))
    return 0.8 * wider, 1.2 * wider
