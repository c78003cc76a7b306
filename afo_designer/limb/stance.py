"""Stance: how the leg stood in the scan: its angles with their uncertainty, knee, load.

Angles are radians. Each is an `Angle` with the standard deviation expected of it, or None where
the scan does not show what it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.landmarks import Landmarks
from afo_designer.limb.scan import Side
from afo_designer.limb.shank_axis import ShankAxis
from afo_designer.limb.torsion import toe_out

# Standard deviation (rad) of the malleolar line seen from above and from behind: 2.4 and 1.5 deg on
# generated patients 200-222, clean and degraded.
_MALLEOLAR_SCATTER = float(np.radians(2.5))
# The sole: part of the foot, in foot lengths, and how far down its skin has to look.
_SOLE_REACH, _SOLE_HEIGHT, _FACING_DOWN = (0.02, 0.75), 0.12, -0.6
# Thickness (foot lengths) of the layer above the lowest skin that counts as touching a floor, and
# the share of the sole in it: 0.33 to 0.47 on loaded legs of `limb.generator`, 0.10 to 0.14 on
# hanging ones; from degraded scans 0.20 to 0.46 and 0.06 to 0.19 (patients 0-89).
_TOUCHING = 0.008
_LOADED, _HANGING = 0.24, 0.19
# Skin further than this above the knee or beside the shank (foot lengths) is the thigh's: the knee
# is estimated within 0.3, and calves reach 0.4 aside.
_THIGH_ABOVE, _THIGH_ASIDE = 0.45, 0.50
# Distance (mm) of a floor's skin from the foot's, and how many points make one.
_FLOOR_GAP, _FLOOR_POINTS = 6.0, 60
_FLEXED = float(np.radians(20.0))


class Knee(StrEnum):
    """What the scan shows of the knee."""

    FLEXED = "flexed"
    EXTENDED = "extended"
    NOT_SHOWN = "not shown"


class Loading(StrEnum):
    """Whether the foot carried weight."""

    WEIGHT_BEARING = "weight_bearing"
    HANGING = "hanging"
    UNCLEAR = "unclear"


class Angle(NamedTuple):
    """An angle and the standard deviation expected of it, rad."""

    value: float
    sd: float


@dataclass(frozen=True, slots=True)
class Stance:
    """The angles of a scanned leg and what it was doing; everything in the limb frame.

    `ankle_angle`: shank to sole in the sagittal plane, dorsiflexion positive. `inversion`: the
    sole turned towards the other leg positive; the shank's axis on a left leg is
    (tan a, -tan i, 1). `toe_out`: the foot's axis against the knee's forward direction, outwards
    positive; None where too little of the shank is shown. `malleolar_rotation`: the line through
    the malleoli seen from above, against the perpendicular of the foot's axis, positive with the
    lateral one behind; `malleolar_tilt`: the same line seen from behind, positive with the lateral
    one lower. `shank_to_floor`: the shank against the normal of a floor that the scan shows, in
    the foot's sagittal plane, leaning forward positive; None without a floor (against the sole it
    is the ankle angle).
    """

    ankle_angle: Angle
    inversion: Angle
    toe_out: Angle | None
    malleolar_rotation: Angle
    malleolar_tilt: Angle
    shank_to_floor: Angle | None
    knee: Knee
    loading: Loading


def shank_angles(axis: FloatArray, side: Side) -> tuple[float, float]:
    """Ankle angle and inversion (rad) of a shank axis (3,) in the limb frame."""
    return (
        float(np.arctan2(axis[0], axis[2])),
        float(np.arctan2(-side.lateral_y * axis[1], axis[2])),
    )


def stance_of(
    mesh: TriMesh,
    marks: Landmarks,
    side: Side,
    ankle: FloatArray,
    shank: ShankAxis,
    sole: FloatArray,
    skin: FloatArray,
    around: FloatArray,
) -> Stance:
    """The stance of a leg in the limb frame, mm.

    `ankle` (3,) is the malleoli's middle, `shank` the axis from there, `sole` (2,) the spread (rad)
    of the sole's pitch and roll, `skin` (n, 3) an even sample of the leg, `around` (m, 3) all
    that was scanned.
    """
    flexion, inversion = shank_angles(shank.direction, side)
    length = float(np.ptp(mesh.vertices[mesh.vertices[:, 2] < ankle[2], 0]))
    knee = ankle + shank.knee_distance * length * shank.direction
    medial = np.array([1.0, -side.lateral_y, 1.0])
    turned = toe_out((skin - ankle) * medial / length, shank.direction * medial)
    floor = floor_normal(around, mesh, length)
    across = marks.position("lateral_malleolus") - marks.position("medial_malleolus")
    aside = abs(float(across[1]))
    return Stance(
        ankle_angle=Angle(flexion, float(np.hypot(shank.spread[0], sole[0]))),
        inversion=Angle(inversion, float(np.hypot(shank.spread[1], sole[1]))),
        toe_out=None if turned is None else Angle(*turned),
        malleolar_rotation=Angle(float(np.arctan2(-across[0], aside)), _MALLEOLAR_SCATTER),
        malleolar_tilt=Angle(float(np.arctan2(-across[2], aside)), _MALLEOLAR_SCATTER),
        shank_to_floor=None
        if floor is None
        else Angle(flexion - float(np.arctan2(floor[0], floor[2])), shank.spread[0]),
        knee=knee_shown(mesh, ankle, knee, length),
        loading=loading(mesh, length),
    )


def floor_normal(points: FloatArray, mesh: TriMesh, length: float) -> FloatArray | None:
    """Upward normal (3,) of a floor beside the foot; None where the scan shows none.

    `points` (n, 3) of the whole scan, limb frame. A floor is flat to 2 mm, reaches 60 mm either way
    and lies within 25 deg of the sole ([D]).
    """
    foot = mesh.vertices[mesh.vertices[:, 2] < 0.15 * length, :2]
    low, high = foot.min(axis=0) - _FLOOR_GAP, foot.max(axis=0) + _FLOOR_GAP
    beside = ((points[:, :2] < low) | (points[:, :2] > high)).any(axis=1)
    near = np.linalg.norm(points[:, :2] - 0.5 * (low + high), axis=1) < 1.1 * length
    patch = points[beside & near & (points[:, 2] > -0.3 * length) & (points[:, 2] < 0.2 * length)]
    for _ in range(8):
        if len(patch) < _FLOOR_POINTS:
            return None
        middle = np.median(patch, axis=0)
        normal = np.linalg.svd(patch - middle, full_matrices=False)[2][2]
        off = np.abs((patch - middle) @ normal)
        kept = off <= max(3.0, 2.5 * float(np.median(off)))
        if kept.all():
            break
        patch = patch[kept]
    normal = normal * np.sign(normal[2])
    flat = float(np.sqrt(np.mean(((patch - patch.mean(axis=0)) @ normal) ** 2))) < 2.0
    wide = bool((np.ptp(patch[:, :2], axis=0) > 60.0).all())
    return normal if flat and wide and normal[2] > np.cos(np.radians(25.0)) else None


def loading(mesh: TriMesh, length: float) -> Loading:
    """Weight flattens the sole: told by the share of it that lies level with its lowest skin."""
    share = touching_share(mesh, length)
    if share is None or _HANGING < share < _LOADED:
        return Loading.UNCLEAR
    return Loading.WEIGHT_BEARING if share >= _LOADED else Loading.HANGING


def touching_share(mesh: TriMesh, length: float) -> float | None:
    """The share (by area) of the sole's skin within 0.008 foot lengths of its lowest; else None."""
    centres, normals, areas = mesh.corners.mean(axis=1), mesh.triangle_normals, mesh.areas
    x, z = centres[:, 0] / length, centres[:, 2] / length
    sole = (x > _SOLE_REACH[0]) & (x < _SOLE_REACH[1]) & (z < _SOLE_HEIGHT)
    sole &= normals[:, 2] < _FACING_DOWN
    if sole.sum() < 100:
        return None
    height, weight = z[sole], areas[sole]
    order = np.argsort(height, kind="stable")
    part = np.cumsum(weight[order]) / weight.sum()
    lowest = height[order][np.searchsorted(part, 0.02)]
    return float(weight[height < lowest + _TOUCHING].sum() / weight.sum())


def knee_shown(mesh: TriMesh, ankle: FloatArray, knee: FloatArray, length: float) -> Knee:
    """Flexed or extended where the skin goes on well beyond the knee, as a thigh.

    A thigh turned by 20 deg or more against the shank is a flexed knee ([D]).
    """
    shank = float(np.linalg.norm(knee - ankle))
    up = (knee - ankle) / shank
    offset = mesh.vertices - ankle
    along = offset @ up
    aside = np.linalg.norm(offset - along[:, None] * up, axis=1)
    above = along > shank + _THIGH_ABOVE * length
    thigh = mesh.vertices[above | ((along > 0.5 * shank) & (aside > _THIGH_ASIDE * length))]
    if len(thigh) < 60:
        return Knee.NOT_SHOWN
    direction = unit(thigh.mean(axis=0) - knee)
    return Knee.FLEXED if direction @ up < np.cos(_FLEXED) else Knee.EXTENDED
