"""Bump: a smooth thickening of the wall about a place, in millimetres on the surface.

Every bump adds to the outer face only and has two continuous derivatives in (s, θ): it is a smooth
function of the points of the inner surface, which has. Steeper than `STEEPEST` the outer face would
no more be the wall's own offset (architecture.md, "Watch the chart", 6), so that is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.blend import smoothstep
from afo_designer.geometry.refusal import InputRefused

# Rise to run, at most (architecture.md, "Watch the chart", 6).
STEEPEST = 0.5
# Greatest slope of `smoothstep`, which is met half-way.
STEP_SLOPE = 15.0 / 8.0


class BumpRefused(InputRefused):
    """A thickening too steep or too small to be made."""


@dataclass(frozen=True, slots=True)
class Boss:
    """A round thickening: `height_mm` within `radius_mm` of the line through `centre` along `axis`.

    `centre` (3,) lies on the inner surface, mm; `axis` (3,) is a unit vector out of the limb, so
    the boss is round as seen along it. It falls to nothing over `blend_mm` beyond the radius.
    Raises `BumpRefused` where it would fall steeper than 1:2.
    """

    centre: FloatArray
    axis: FloatArray
    radius_mm: float
    height_mm: float
    blend_mm: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre", frozen(self.centre, (3,)))
        axis = np.asarray(self.axis, dtype=np.float64)
        object.__setattr__(self, "axis", frozen(axis / np.linalg.norm(axis), (3,)))
        least = least_blend(self.height_mm)
        if self.blend_mm < least:
            raise BumpRefused(
                f"A boss {self.height_mm:g} mm high has to fall over {least:.2f} mm or more, so "
                f"as not to be steeper than 1:2, but its blend is {self.blend_mm:g} mm."
            )

    def rise(self, s: FloatArray, theta: FloatArray, points: FloatArray) -> FloatArray:
        """What it adds (...,) at points (..., 3) of the inner surface, mm."""
        away = points - self.centre
        along = away @ self.axis
        aside = np.sqrt(np.maximum(np.sum(away**2, axis=-1) - along**2, 0.0))
        fall = smoothstep((aside - self.radius_mm) / self.blend_mm)
        # the line meets the limb's other side too, a limb's width further in
        near = along > -(self.radius_mm + self.blend_mm)
        return np.asarray(np.where(near, self.height_mm * (1.0 - fall), 0.0))


def least_blend(height_mm: float) -> float:
    """The shortest length (mm) over which a bump may fall from a height."""
    return STEP_SLOPE * height_mm / STEEPEST


Bump: TypeAlias = Boss
