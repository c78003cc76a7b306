"""Steppage: the hip and knee flexion that lifts a hanging foot as high as a healthy one.

The strategy assumed: hip and knee flex more than normal by a·sin(π s), s the share of the swing,
the ankle moves as simulated, and of all pairs (hip, knee) that reach the normal least clearance,
neither more than twice the other, the one with the smallest hip² + knee² is taken. People also lift
the pelvis, swing the leg out or vault, which this figure leaves out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from afo_designer.design.gait.clearance import Clearance
from afo_designer.geometry.array import FloatArray

MOST_DEG = 60.0
"""No more is looked for (engineering estimate): 35 to 60 deg in normal swing leave no room."""

LEAST_TURN_DEG = math.degrees(math.atan(0.5))
"""Both joints take part: neither flexes more than twice what the other does (engineering estimate:
without it the smallest pair of a slow walker is a leg lifted from the hip alone)."""

_DIRECTIONS, _RADII = 9, 31


@dataclass(frozen=True, slots=True)
class Steppage:
    """Flexion added at mid-swing (deg); None where `MOST_DEG` does not suffice."""

    hip_deg: float | None
    knee_deg: float | None


def steppage(clearance: Clearance, ankle_deg: FloatArray, target_mm: float) -> Steppage:
    """The least-norm flexion with which the least clearance is `target_mm`."""
    start, _ = clearance.least(clearance.over_swing(ankle_deg))
    if start >= target_mm:
        return Steppage(0.0, 0.0)
    judged = np.flatnonzero(clearance.judged)[::5]
    search = _Search.of(clearance, ankle_deg, judged, target_mm)
    directions = np.linspace(LEAST_TURN_DEG, 90.0 - LEAST_TURN_DEG, _DIRECTIONS)
    radii = np.linspace(0.0, MOST_DEG, _RADII)
    best = search.best(directions, radii)
    if best is None:
        return Steppage(None, None)
    # Twice closer around the coarse answer: the figure is then good to .02 deg.
    for _ in range(2):
        direction, radius = best
        width, depth = directions[1] - directions[0], radii[1] - radii[0]
        directions = direction + np.linspace(-width, width, 9)
        directions = np.clip(directions, LEAST_TURN_DEG, 90.0 - LEAST_TURN_DEG)
        radii = np.linspace(max(0.0, radius - 2.0 * depth), radius + depth, 25)
        best = search.best(directions, radii) or best
    angle = np.radians(best[0])
    return Steppage(float(best[1] * np.cos(angle)), float(best[1] * np.sin(angle)))


@dataclass(frozen=True, slots=True)
class _Search:
    clearance: Clearance
    ankle: FloatArray
    bump: FloatArray
    target_mm: float

    @classmethod
    def of(
        cls, clearance: Clearance, ankle_deg: FloatArray, at: NDArray[np.intp], target_mm: float
    ) -> _Search:
        walk, phase = clearance.walk, clearance.phase[at]
        share = (phase - walk.toe_off) / (1.0 - walk.toe_off)
        thinned = replace(
            clearance, phase=phase, hip_m=clearance.hip_m[at], judged=clearance.judged[at]
        )
        return cls(thinned, ankle_deg[at], np.sin(np.pi * share), target_mm)

    def best(self, directions: FloatArray, radii: FloatArray) -> tuple[float, float] | None:
        """(direction, radius) of the smallest radius that reaches the target, if any does."""
        angle = np.radians(directions)[:, None, None]
        added = radii[None, :, None] * self.bump[None, None, :]
        heights = self.clearance.over_swing(
            self.ankle, added * np.cos(angle), added * np.sin(angle)
        ).min(axis=2)
        reached = heights >= self.target_mm
        if not reached.any():
            return None
        first = np.where(reached.any(axis=1), reached.argmax(axis=1), len(radii) - 1)
        crossing = [
            _crossing(radii, heights[i], int(j), self.target_mm) if reached[i, j] else np.inf
            for i, j in enumerate(first)
        ]
        winner = int(np.argmin(crossing))
        return float(directions[winner]), float(crossing[winner])


def _crossing(radii: FloatArray, heights: FloatArray, at: int, target: float) -> float:
    if at == 0:
        return float(radii[0])
    rise = heights[at] - heights[at - 1]
    share = (target - heights[at - 1]) / rise if rise > 0.0 else 1.0
    return float(radii[at - 1] + share * (radii[at] - radii[at - 1]))
