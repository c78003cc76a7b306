"""Sole: the plate the foot stands on, and the skin pressed flat on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.cast.parameters import CastParameters
from afo_designer.cast.transition import smooth_ramp, smooth_step
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.landmarks import Landmarks
from afo_designer.limb.scan import Side

# Length over which the plate bends up at the metatarsal heads, as a share of the heel-to-ball
# lever (25 mm of 165 in an adult man).
BEND_SHARE = 0.15
# Downward part of the averaged normal at which skin begins to belong to the sole, and where it all
# does: first under the heel, whose round edge is kept, then from the arch on, whose steep medial
# side has to be filled. The second takes over between these shares of the heel-to-ball lever.
SIDE, SOLE = (0.60, 0.40), (0.90, 0.85)
HEEL_ENDS, ARCH_BEGINS = 0.10, 0.40
# Skin over which that normal is averaged (mm, of an adult): pressed edges keep 6 mm of radius.
EDGE_WIDTH = 14.0
# Heights, in heights of the ankle, between which nothing belongs to the sole any more: above
# a high arch, below the underside of the malleoli.
ARCH_TOP, MALLEOLI_BEGIN = 0.4, 0.65
# The arch's support: as long on either side of its highest place, and as wide, as these shares of
# the heel-to-ball lever; a heel's wedge begins over so many mm at the middle, ends before the arch.
ARCH_HALF, ARCH_WIDE = 0.45, 0.16
WEDGE_BEGINS_MM, WEDGE_ENDS = 5.0, (0.20, 0.42)
# Heel height differences a shoe may have (mm).
LEAST_DIFFERENCE, MOST_DIFFERENCE = 0.0, 60.0
# Shortest way from heel to ball (mm): a toddler's is some 60.
SHORTEST_LEVER = 30.0


class SoleRefused(InputRefused):
    """A shoe on which this foot cannot be stood."""


@dataclass(frozen=True, slots=True)
class Plate:
    """The inner surface of the footplate, a height over x, the same at every y (mm, rad).

    The heel stands at x = `heel`. The plate is level at z = `level` (the clearance below the sole
    plane z = 0) as far as `bend_start` at the metatarsal heads; then its slope grows, C³ in height,
    until at `bend_end` it rises by `toe_angle`, and goes on for ever: the footplate may be longer
    than the foot.
    """

    level: float
    heel: float
    bend_start: float
    bend_end: float
    toe_angle: float

    def height(self, x: ArrayLike) -> FloatArray:
        """Height z of the plate at x, any shape."""
        return self.level + self.rise(x)

    def rise(self, x: ArrayLike) -> FloatArray:
        """Height above the level part."""
        return np.tan(self.toe_angle) * smooth_ramp(x, self.bend_start, self.bend_end)


def stand(
    landmarks: Landmarks, heel_height_difference_mm: float, parameters: CastParameters
) -> Plate:
    """The plate for a shoe whose heel stands higher than its ball by the difference given.

    The foot's sole plane then pitches by asin(difference / lever), the lever from plantar heel to
    metatarsal heads, so a floor level under the toes rises by that angle from the sole plane;
    toe spring adds to it. Raises `SoleRefused` for a difference or a lever out of range.
    """
    if not LEAST_DIFFERENCE <= heel_height_difference_mm <= MOST_DIFFERENCE:
        raise SoleRefused(
            f"The shoe's heel height difference is {heel_height_difference_mm:g} mm; it may be "
            f"{LEAST_DIFFERENCE:g} to {MOST_DIFFERENCE:g} mm."
        )
    ball = 0.5 * (
        landmarks.position("first_metatarsal_head_plantar")[0]
        + landmarks.position("fifth_metatarsal_head_plantar")[0]
    )
    heel = float(landmarks.position("heel_plantar")[0])
    lever = float(ball - heel)
    if lever < SHORTEST_LEVER:
        raise SoleRefused(
            f"The metatarsal heads lie {lever:.0f} mm ahead of heel_plantar; a foot has at least "
            f"{SHORTEST_LEVER:g} mm: give these landmarks in a file."
        )
    if heel_height_difference_mm > 0.5 * lever:
        raise SoleRefused(
            f"The shoe's heel height difference of {heel_height_difference_mm:g} mm tilts this "
            f"foot by more than 30 deg (heel to ball {lever:.0f} mm); at most "
            f"{0.5 * lever:.0f} mm fit it."
        )
    pitch = float(np.arcsin(heel_height_difference_mm / lever))
    return Plate(
        level=-parameters.clearance_mm,
        heel=heel,
        bend_start=float(ball),
        bend_end=float(ball + BEND_SHARE * lever),
        toe_angle=pitch + float(np.radians(parameters.toe_spring_deg)),
    )


def sole_weight(
    points: FloatArray, downward: FloatArray, plate: Plate, ankle_height: float
) -> FloatArray:
    """(n,) from 0 (not sole) to 1 (sole): low skin that faces down; C².

    `downward` (n,) is the part of the averaged normal along −z at skin `points` (n, 3).
    """
    low = 1.0 - smooth_step(points[:, 2], ARCH_TOP * ankle_height, MALLEOLI_BEGIN * ankle_height)
    forward = (points[:, 0] - plate.heel) / (plate.bend_start - plate.heel)
    arch = smooth_step(forward, HEEL_ENDS, ARCH_BEGINS)
    side, sole = (heel + (fore - heel) * arch for heel, fore in (SIDE, SOLE))
    return low * smooth_step(downward, side, sole)


def pressed(
    points: FloatArray, weight: FloatArray, plate: Plate, ankle_height: float
) -> FloatArray:
    """Points (n, 3) brought down, or up, to the plate by their weight (n,).

    What would still hang below the plate beside the sole is lifted onto it by the largest weight.
    """
    floor = plate.height(points[:, 0])
    flat = np.array(points, dtype=np.float64)
    flat[:, 2] += weight * (floor - points[:, 2])
    low = points[:, 2] < MALLEOLI_BEGIN * ankle_height
    flat[:, 2] += weight.max(initial=0.0) * np.where(low, np.maximum(floor - flat[:, 2], 0.0), 0.0)
    return flat


def arch_rise(
    points: FloatArray, plate: Plate, side: Side, arch_x: float, heel_y: float
) -> FloatArray:
    """(n,) 0 to 1: 1 under the medial arch's highest place at `arch_x`, C² to 0 around it."""
    lever = plate.bend_start - plate.heel
    along = np.abs(points[:, 0] - arch_x) / (ARCH_HALF * lever)
    inwards = -side.lateral_y * (points[:, 1] - heel_y) / lever
    return (1.0 - smooth_step(along, 0.0, 1.0)) * smooth_step(inwards, 0.0, ARCH_WIDE)


def post_rise(
    points: FloatArray, plate: Plate, side: Side, heel_y: float, degrees: float
) -> FloatArray:
    """(n,) rise (mm) of a wedge of so many degrees under one half of the heel; C²."""
    lever = plate.bend_start - plate.heel
    medial = -side.lateral_y * np.sign(degrees)
    inwards = medial * (points[:, 1] - heel_y)
    ramp = smooth_ramp(inwards, -WEDGE_BEGINS_MM, WEDGE_BEGINS_MM)
    forward = (points[:, 0] - plate.heel) / lever
    return np.tan(np.radians(abs(degrees))) * ramp * (1.0 - smooth_step(forward, *WEDGE_ENDS))
