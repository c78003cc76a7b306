"""Shoe: whether the worn orthosis goes into the shoe, and which shoe takes it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.person import Footwear
from afo_designer.design.shoe_size import (
    HEEL_WIDTH,
    Room,
    mondopoint_of,
    regular_width,
    room_of,
    size_for,
    width_for,
)
from afo_designer.design.worn import Worn, measure_worn
from afo_designer.geometry.mesh import TriMesh
from afo_designer.shell.outline import FRONT_MM

# An upper gives this much in width beside the plate at the ball, a counter at the heel ([D]).
BALL_GIVE_MM, HEEL_GIVE_MM = 3.0, 6.0
# Height (mm) of a boot's topline above the insole up to a European size, by EN ISO 20345's least
# heights of an ankle boot (recalled); smaller sizes in proportion.
BOOT_HEIGHT_MM = ((36.0, 103.0), (38.0, 105.0), (40.0, 109.0), (42.0, 113.0), (44.0, 117.0))
TALLEST_BOOT_MM = 121.0


@dataclass(frozen=True, slots=True)
class Shoe:
    """An orthosis beside a shoe, mm.

    `needs_length_mm`: from the counter's inside to the insole's end; `needs_ball_mm`,
    `needs_heel_mm`: widths that the shoe must have, its give taken off. `size`: the European size
    that is long enough, `mondopoint_mm` the same as a foot's length, `fitting` the width at the
    ball in words. `tilt_deg`: how much more the plate's own thickness pitches the heel up than the
    shoe does.
    """

    worn: Worn
    room: Room
    needs_length_mm: float
    needs_ball_mm: float
    needs_heel_mm: float
    size: float
    mondopoint_mm: float
    fitting: str
    tilt_deg: float

    @property
    def regular_heel_mm(self) -> float:
        """Width of the heel in a regular shoe of the size that is long enough."""
        return HEEL_WIDTH * regular_width(self.size)

    @property
    def cut_back_mm(self) -> float:
        """How much of what is too long is plate beyond the toes, which can be cut off."""
        plate = max(0.0, self.worn.front - self.worn.toes)
        return min(max(0.0, self.longer_mm or 0.0), plate)

    @property
    def longer_mm(self) -> float | None:
        """How much longer the shoe must be; negative where there is room to spare."""
        room = self.room.length_mm
        return None if room is None else self.needs_length_mm - room

    @property
    def wider_mm(self) -> tuple[float, float] | None:
        """How much wider the shoe must be at ball and heel; negative where it need not."""
        ball, heel = self.room.ball_mm, self.room.heel_mm
        if ball is None or heel is None:
            return None
        return self.needs_ball_mm - ball, self.needs_heel_mm - heel


def fit_shoe(part: TriMesh, positive: PositiveModel, footwear: Footwear) -> Shoe:
    """The finished part or parts (`together`) of an orthosis against the person's shoe.

    A size given is the shoe's, for the topline of a boot too; else the size that is needed.
    """
    boot = footwear.shoe_size_eu
    foot = positive.limb.foot_length
    worn = measure_worn(part, positive, boot_height(boot or size_for(foot)))
    length = worn.length_mm + FRONT_MM
    ball, heel = worn.ball_mm - BALL_GIVE_MM, worn.heel_mm - HEEL_GIVE_MM
    size = size_for(length)
    lever = positive.plate.bend_start - positive.plate.heel
    return Shoe(
        worn=worn,
        room=room_of(footwear),
        needs_length_mm=length,
        needs_ball_mm=ball,
        needs_heel_mm=heel,
        size=size,
        mondopoint_mm=mondopoint_of(size),
        fitting=width_for(size, ball),
        tilt_deg=math.degrees(math.asin((worn.heel_stack_mm - worn.ball_stack_mm) / lever)),
    )


def boot_height(size: float) -> float:
    """Height (mm) of a boot's topline above the insole for a European size."""
    smallest, least = BOOT_HEIGHT_MM[0]
    if size < smallest:
        return least * size / smallest
    return next((height for most, height in BOOT_HEIGHT_MM if size <= most), TALLEST_BOOT_MM)
