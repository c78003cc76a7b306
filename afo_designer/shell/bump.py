"""Bump: a smooth thickening of the wall about a place, in millimetres on the surface.

Every bump adds to the outer face only and has two continuous derivatives in (s, θ): it is a smooth
function of the points of the inner surface, which has. Steeper than `STEEPEST` the outer face would
no more be the wall's own offset (architecture.md, "Watch the chart", 6), so that is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.interpolate import CubicSpline

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.blend import smoothstep
from afo_designer.geometry.refusal import InputRefused

# Rise to run, at most (architecture.md, "Watch the chart", 6).
STEEPEST = 0.5
# Greatest slope of `smoothstep`, which is met half-way, and of a rib's (1 − x²)³, at x = 1/√5.
STEP_SLOPE = 15.0 / 8.0
BELL_SLOPE = 96.0 / (25.0 * np.sqrt(5.0))


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


@dataclass(frozen=True, slots=True)
class Rib:
    """A thickening along a line: `height_mm` on it, none `half_width_mm` from it, in every section.

    The line runs through `centres` (n, 3) on the inner surface at `stations` (n,), mm. Across, the
    rib is (1 − x²)³; along, it rises from nothing over `tapers` (upper, lower) mm of s at its ends.
    Raises `BumpRefused` where its flanks would be steeper than 1:2.
    """

    stations: FloatArray
    centres: FloatArray
    height_mm: float
    half_width_mm: float
    tapers: tuple[float, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "stations", frozen(self.stations, (None,)))
        object.__setattr__(self, "centres", frozen(self.centres, (len(self.stations), 3)))
        least = least_half_width(self.height_mm)
        if self.half_width_mm < least - 1e-9:
            raise BumpRefused(
                f"A rib {self.height_mm:g} mm high has to be {2.0 * least:.2f} mm wide or more, so "
                f"as not to be steeper than 1:2, but it is {2.0 * self.half_width_mm:g} mm."
            )

    def rise(self, s: FloatArray, theta: FloatArray, points: FloatArray) -> FloatArray:
        """What it adds (...,) at points (..., 3) of the inner surface, mm."""
        low, high = float(self.stations[0]), float(self.stations[-1])
        line = CubicSpline(self.stations, self.centres)(np.clip(s, low, high))
        away = np.sum((points - line) ** 2, axis=-1) / self.half_width_mm**2
        bell = (1.0 - np.minimum(away, 1.0)) ** 3
        ends = smoothstep((s - low) / self.tapers[0]) * smoothstep((high - s) / self.tapers[1])
        return np.asarray(self.height_mm * bell * ends)


def least_half_width(height_mm: float) -> float:
    """Half the least width (mm) of a rib of a height."""
    return float(BELL_SLOPE * height_mm / STEEPEST)


Bump: TypeAlias = Boss | Rib
