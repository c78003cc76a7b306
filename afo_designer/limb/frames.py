"""Stage 4. Landmarks → limb frame, joint centres, ankle angle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.frame import Frame
from afo_designer.limb import prior_table
from afo_designer.limb.pose import FOOT_HEIGHT
from afo_designer.limb.shank import CENTROID_STATIONS, across, centroid_offsets

# Share of the way from the first to the fifth metatarsal head at which the second lies
# (0.413 ± 0.004 on the tuning legs).
_SECOND_METATARSAL = 0.41
_SOLE_CONTACTS = (
    "heel_plantar",
    "first_metatarsal_head_plantar",
    "fifth_metatarsal_head_plantar",
)
# The calf's greatest girth lies at 0.71 of the way from malleoli to knee (0.72 ± 0.05 on the
# synthetic legs, 0.69 on the imaged one); without it the knee is taken 1.6 foot lengths up
# (synthetic 1.7, imaged 1.37, tibial height in ANSUR II 1.4).
_CALF_SHARE = 0.71
_KNEE_DEFAULT = 1.6
_KNEE_RANGE = (1.3, 1.9)
_CALF_STATIONS = np.arange(0.60, 1.60, 0.05)


def limb_frame(
    points: FloatArray, marks: Mapping[str, FloatArray], given: frozenset[str], length: float
) -> Frame:
    """The limb frame within the symmetric foot frame.

    `points` (n, 3) skin and `marks` landmark positions, both mm in the foot frame; `given` names
    the landmarks a person placed, which alone may tilt the sole away from the fitted plane.
    """
    contacts = np.array([marks[name] for name in _SOLE_CONTACTS])
    free = [name not in given for name in _SOLE_CONTACTS]
    contacts[free, 2] = 0.0
    normal = unit(np.cross(contacts[1] - contacts[0], contacts[2] - contacts[0]))
    normal = normal * np.sign(normal[2])
    first, fifth = marks["first_metatarsal_head_medial"], marks["fifth_metatarsal_head_lateral"]
    second = first + _SECOND_METATARSAL * (fifth - first)
    heel = marks["heel_posterior"] if "heel_posterior" in given else np.zeros(3)
    forward = second - heel
    x = unit(forward - (forward @ normal) * normal)
    turned = Frame(np.column_stack([x, np.cross(normal, x), normal]), contacts[0])
    skin = turned.inverse.apply(points)
    back = skin[skin[:, 2] < FOOT_HEIGHT * length, 0].min()
    if "heel_posterior" in given:
        back = turned.inverse.apply(heel)[0]
    malleoli = np.array([marks["medial_malleolus"], marks["lateral_malleolus"]]).mean(axis=0)
    return turned @ Frame(np.eye(3), np.array([back, turned.inverse.apply(malleoli)[1], 0.0]))


def knee_centre(
    points: FloatArray, ankle: FloatArray, length: float, medial: float, imaged: float
) -> FloatArray:
    """An estimate of the knee's centre (3,) from the shank's skin, in the axes of `points`.

    The centroids of the skin's sections lie behind and beside the axis from ankle to knee by
    amounts that were measured on the tuning legs and on one leg from imaging; `imaged` (0 to 1)
    mixes the two. `medial` is the sign of y on the medial side. The axis is turned about the
    ankle centre until the sections agree best, high ones weighing most. Its length comes from
    the calf's greatest girth where the scan shows it.
    """
    table = (1.0 - imaged) * np.array(prior_table.SYNTHETIC_OFFSETS)
    table = (table + imaged * np.array(prior_table.IMAGED_OFFSETS)) * [1.0, medial]
    near = points[(points[:, 2] > ankle[2] + 0.1 * length)]
    near = near[np.linalg.norm(near - ankle, axis=1) < 0.8 * length]
    axis = unit(near.mean(axis=0) - ankle)
    for _ in range(6):
        off = centroid_offsets(points, ankle, axis, length) - table
        seen = np.isfinite(off[:, 0])
        if not seen.any():
            break
        height = CENTROID_STATIONS[seen]
        axis = unit(axis + (height @ off[seen] / (height @ height)) @ across(axis))
    return ankle + _knee_height(points, ankle, axis, length) * length * axis


def _knee_height(points: FloatArray, ankle: FloatArray, axis: FloatArray, length: float) -> float:
    """Malleoli to knee in foot lengths."""
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
        return _KNEE_DEFAULT
    smooth = np.convolve(girth[shown], [0.25, 0.5, 0.25], mode="valid")
    widest = int(np.argmax(smooth))
    # a calf still growing at the cut has not shown its widest place
    if widest >= len(smooth) - 2 or smooth[-1] > 0.985 * smooth[widest]:
        return _KNEE_DEFAULT
    found = _CALF_STATIONS[shown][widest + 1] / _CALF_SHARE
    return float(np.clip(0.5 * (found + _KNEE_DEFAULT), *_KNEE_RANGE))


def ankle_angle(ankle: FloatArray, knee: FloatArray) -> float:
    """Shank to sole (rad) in the limb frame's sagittal plane, dorsiflexion positive."""
    axis = knee - ankle
    return float(np.arctan2(axis[0], axis[2]))
