"""Tuning: the leaf's thickness, then its trim, solved to the target stiffness.

Stiffness grows nearly as a power of thickness and of width, so a secant in logarithms converges
in three or four solves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Exponent of stiffness over thickness, and over width, assumed for the first step only.
THICKNESS_EXPONENT, WIDTH_EXPONENT = 1.7, 1.6
# Manufactured to, and so tuned to, hundredths of a millimetre.
STEP_MM = 0.01
MOST_SOLVES = 6
# Stiffness over thickness has steps of a per cent or two where a node enters the clamp. A target in
# such a step cannot be met closer; within this it counts as met, and the error is printed.
NEAR = 0.02


@dataclass(frozen=True, slots=True)
class Lever:
    """A parameter that tuning may move: `key`, its start and its range in `unit`s.

    `offset` is added before taking logarithms (a trim distance may be negative).
    """

    key: str
    start: float
    low: float
    high: float
    exponent: float
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Tuned:
    """Where tuning ended: `values` by key, stiffness there, the number of solves, whether reached.

    `slope` is d ln k / d ln t for the thickness at the end; `reach` the (lowest, highest)
    stiffness measured at the ends of all levers where the target was not reached.
    """

    values: dict[str, float]
    stiffness: float
    solves: int
    reached: bool
    slope: float
    reach: tuple[float, float] | None = None


Solve = Callable[[dict[str, float]], float]


def tune(solve: Solve, target: float, levers: tuple[Lever, ...], tolerance: float) -> Tuned:
    """Values of the levers that meet the target within a relative tolerance.

    `solve` measures the stiffness (N·m/deg) at {key: value}. Levers are moved one after the other:
    the next only when the one before is at its end. `levers[0]` is the thickness.
    """
    count = 0
    seen: dict[tuple[float, ...], float] = {}

    def measured(values: dict[str, float]) -> float:
        nonlocal count
        at = tuple(values.values())
        if at not in seen:
            count += 1
            seen[at] = solve(dict(values))
        return seen[at]

    values = {lever.key: lever.start for lever in levers}
    slope = levers[0].exponent
    stiffness = measured(values)
    for lever in levers:
        values, stiffness, found = _along(
            measured, values, stiffness, lever, target, tolerance, lambda: MOST_SOLVES - count
        )
        if lever is levers[0] and found is not None:
            slope = found
        if abs(stiffness / target - 1.0) <= tolerance:
            return Tuned(values, stiffness, count, True, slope)
        at_end = values[lever.key] in (lever.low, lever.high)
        if not at_end:
            break
    if abs(stiffness / target - 1.0) <= NEAR:
        return Tuned(values, stiffness, count, True, slope)
    low = measured({lever.key: lever.low for lever in levers})
    high = measured({lever.key: lever.high for lever in levers})
    reached = min(low, high) <= target <= max(low, high)
    return Tuned(values, stiffness, count, reached, slope, (min(low, high), max(low, high)))


def _along(
    measured: Solve,
    values: dict[str, float],
    stiffness: float,
    lever: Lever,
    target: float,
    tolerance: float,
    left: Callable[[], int],
) -> tuple[dict[str, float], float, float | None]:
    """Secant in ln k over ln x along one lever, kept inside its range."""
    slope, found = lever.exponent, None
    best = values, stiffness
    while abs(stiffness / target - 1.0) > tolerance and left() > 0:
        x = values[lever.key] + lever.offset
        wanted = x * (target / stiffness) ** (1.0 / slope) - lever.offset
        rounded = round(wanted / STEP_MM) * STEP_MM
        new = float(np.clip(round(rounded, 6), lever.low, lever.high))
        if new == values[lever.key]:
            break
        moved = {**values, lever.key: new}
        there = measured(moved)
        rise = np.log(there / stiffness) / np.log((new + lever.offset) / x)
        if rise > 0.2:
            slope = found = float(rise)
        values, stiffness = moved, there
        best = min(best, (values, stiffness), key=lambda one: abs(np.log(one[1] / target)))
    return *best, found
