"""ShoeSize: what a European size or a measured insole says of the room inside a shoe, mm.

European sizes count Paris points, two thirds of a centimetre of the last's length, from zero
(ISO/TS 19407:2015 by its summary, read: intervals of 6.67 mm, foot length as the common key;
several makers' pages, read). Between last and foot lies an allowance that makers disagree on:
tables read give 10 mm (size 41 for a foot of 263 mm), 13.3 mm (260 mm) and "10 or 15 mm".
Mondopoint (ISO 9407, by the same summary) is the foot's length in steps of 5 mm.

Widths are not standardised. One maker's table (read) gives a foot of .370 of its length across the
ball as the regular fitting from size 37 to 50, each letter 5 mm wider. The heel's share of the
ball's width is ANSUR's (science.md §8, read).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from afo_designer.design.course import LAST_ALLOWANCE_MM, PARIS_POINT_MM
from afo_designer.design.person import Footwear

FOOT_ALLOWANCE_MM = 2.0 * PARIS_POINT_MM
"""Last longer than the foot it is for: two sizes (one maker's table, read; others 10 to 20 mm)."""
MONDOPOINT_MM = 5.0
HALF_SIZE = 0.5
REGULAR_WIDTH = 0.370
"""Width of the foot at the ball over its length, regular fitting (one maker's table, read)."""
WIDTH_STEP_MM = 5.0
WIDTHS = ("regular", "wide (one letter: G or E)", "extra wide (two letters: H or EE)")
BEYOND_WIDTHS = "wider than the ladder of widths: an orthopaedic shoe or one made to measure"
HEEL_WIDTH = 0.71
"""Heel breadth over ball breadth: ANSUR II medians 72/102 and 67/93 mm (read)."""
HEEL_OVERHANG_MM = 6.0
"""The counter's inside reaches back over the insole's end at the height of the heel's bulge: the
larger part of the last's 10 mm over the insole ([D])."""


@dataclass(frozen=True, slots=True)
class Room:
    """The room in a shoe, mm; None where nothing was given.

    `length_mm`: from the counter's inside at the heel's bulge to the insole's front end. `ball_mm`,
    `heel_mm`: across. `insole_mm`: the insole's length. `basis` says what they come from.
    """

    insole_mm: float | None
    ball_mm: float | None
    heel_mm: float | None
    basis: str

    @property
    def length_mm(self) -> float | None:
        return None if self.insole_mm is None else self.insole_mm + HEEL_OVERHANG_MM


def insole_of(size: float) -> float:
    """Length (mm) of the insole of a European size: the last's less 10 mm ([D])."""
    return size * PARIS_POINT_MM - LAST_ALLOWANCE_MM


def foot_of(size: float) -> float:
    """Length (mm) of the foot that a European size is for."""
    return size * PARIS_POINT_MM - FOOT_ALLOWANCE_MM


def regular_width(size: float) -> float:
    """Width (mm) at the ball of the foot that a European size of regular fitting is for."""
    return REGULAR_WIDTH * foot_of(size)


def size_for(length_mm: float) -> float:
    """The smallest European size, in halves, whose shoe has a length (mm) of room."""
    size = (length_mm - HEEL_OVERHANG_MM + LAST_ALLOWANCE_MM) / PARIS_POINT_MM
    return math.ceil(size / HALF_SIZE - 1e-9) * HALF_SIZE


def mondopoint_of(size: float) -> float:
    """The Mondopoint (mm of foot length) nearest above a European size's foot."""
    return math.ceil(foot_of(size) / MONDOPOINT_MM - 1e-9) * MONDOPOINT_MM


def width_for(size: float, ball_mm: float) -> str:
    """The narrowest fitting of a European size that takes a width (mm) at the ball."""
    steps = max(0, math.ceil((ball_mm - regular_width(size)) / WIDTH_STEP_MM - 1e-9))
    return WIDTHS[steps] if steps < len(WIDTHS) else BEYOND_WIDTHS


def room_of(shoe: Footwear) -> Room:
    """The room that the person file's footwear gives; what was measured wins over the size."""
    length, ball, size = shoe.insole_length_mm, shoe.insole_width_mm, shoe.shoe_size_eu
    said = []
    if length is not None:
        said.append(f"insole of {length:g} mm measured")
    elif size is not None:
        length = insole_of(size)
        said.append(f"size {size:g}: an insole of {length:.0f} mm")
    if ball is not None:
        said.append(f"{ball:g} mm wide as measured")
    elif size is not None:
        ball = regular_width(size)
        said.append(f"{ball:.0f} mm wide by the regular fitting")
    heel = None if ball is None else HEEL_WIDTH * ball
    return Room(length, ball, heel, ", ".join(said) or "neither size nor insole is given")
