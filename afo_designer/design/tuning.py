"""Tuning: the leaf's thickness, then its trim, solved to the target stiffness.

Stiffness grows nearly as a power of thickness and of width, so Newton's method in logarithms with
the exact slope at the start, then secants, converges in two to four solves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

# Manufactured to, and so tuned to, hundredths of a millimetre.
STEP_MM = 0.01
MOST_SOLVES = 8
# A flatter law is taken for noise: steps along it would leap.
LEAST_EXPONENT = 0.2


@dataclass(frozen=True, slots=True)
class Lever:
    """A parameter that tuning may move: `key`, its start and its range in `unit`s.

    `exponent`: d ln k / d ln value for a first step whose slope is not given. `offset` is added
    before taking logarithms (a trim distance may be negative).
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
# (values, key) ↦ dk/dvalue, N·m/deg per unit.
Slope = Callable[[dict[str, float], str], float]


def tune(
    solve: Solve,
    target: float,
    levers: tuple[Lever, ...],
    tolerance: float,
    slope_of: Slope | None = None,
) -> Tuned:
    """Values of the levers that meet the target within a relative tolerance.

    `solve` measures the stiffness (N·m/deg) at {key: value}, `slope_of` its derivative where it
    was measured. Levers are moved one after the other: the next only when the one before is at
    its end. `levers[0]` is the thickness.
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
    for given in levers:
        lever = given
        if slope_of is not None and abs(stiffness / target - 1.0) > tolerance:
            x = values[lever.key] + lever.offset
            rise = slope_of(dict(values), lever.key) * x / stiffness
            lever = replace(lever, exponent=max(rise, LEAST_EXPONENT))
        values, stiffness, found = _along(
            measured, values, stiffness, lever, target, tolerance, lambda: MOST_SOLVES - count
        )
        if lever.key == levers[0].key:
            slope = lever.exponent if found is None else found
        if abs(stiffness / target - 1.0) <= tolerance:
            return Tuned(values, stiffness, count, True, slope)
        at_end = values[lever.key] in (lever.low, lever.high)
        if not at_end:
            break
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
        if rise > LEAST_EXPONENT:
            slope = found = float(rise)
        values, stiffness = moved, there
        best = min(best, (values, stiffness), key=lambda one: abs(np.log(one[1] / target)))
    return *best, found
