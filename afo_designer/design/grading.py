"""Grading: the wall along the leaf, and its width, at least mass within the allowed stress.

Minimise volume + a penalty on stress beyond the allowed, subject to the stiffness, walls and
steps that can be made, by sequential quadratic programming (scipy's SLSQP) with exact gradients.
Where no leaf keeps the stress, the penalty leads to the one that exceeds it least.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from afo_designer.design.trials import Trials
from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.mechanics.gradient import (
    Linear,
    aggregate_stress,
    both_slopes,
    stress_level,
    volume_of,
    volume_slopes,
)
from afo_designer.mechanics.model import ShellModel

GRADES = ("grade_1", "grade_2", "grade_3", "grade_4", "grade_5")
GRADE_RANGE = (0.6, 1.8)
# Neighbouring grades lie an eighth of the leaf apart; the wall may change by this much of that
# distance: a slope of 1:12, as laminates are tapered (recalled).
STEEPEST = 1.0 / 12.0
# One per cent of stress beyond the allowed weighs as much as twenty of volume.
PENALTY = 20.0
# Six steps come within 1 % of the stress and volume that twelve reach.
MOST_STEPS = 6
# Steps that gain less than a per mille of the usual penalty (20 to 40) are not taken.
NEAR_ENOUGH = 0.02
# Leaves this near the stiffness are compared; k grows with the wall to about this power.
NEAR, WALL_EXPONENT = 0.05, 2.5
# Walls and steps keep this share clear of what can be made: the leaf's level is tuned afterwards.
SPARE = 0.03
ROUNDING_MM = 1e-3
# The coarser mesh on which leaves are compared.
REFINEMENT = 0.7
# A grading that spares less of the peak stress than this is not worth making.
WORTHWHILE = 0.02


@dataclass(frozen=True, slots=True)
class Graded:
    """A leaf graded at the stiffness of a uniform one.

    `values`: parameters of the leaf. `stress_share`, `mass_share`: peak stress and mass over the
    uniform leaf's. `overload`: the aggregated stress over the allowed.
    """

    values: dict[str, float]
    stress_share: float
    mass_share: float
    overload: float


Away = Callable[[ShellModel, IntArray], NDArray[np.bool_]]


def grade(
    trials: Trials,
    start: dict[str, float],
    ranges: dict[str, tuple[float, float]],
    allowed: float,
    spacing: float,
    away: Away,
) -> Graded | None:
    """The leaf's wall, grades and width for the linear stiffness of a uniform leaf.

    `start`: that leaf; `ranges` of its parameters, grades apart. `allowed`:
    MPa per radian of the shank. `spacing` (mm) between neighbouring grades. `away` (model, held
    nodes) ↦ (n,) vertices far enough from rigid regions to count. None where it is not worthwhile.
    """
    keys = [key for key, (low, high) in ranges.items() if high > low] + list(GRADES)
    fixed = {**dict.fromkeys(GRADES, 1.0), **start}
    makeable = _makeable(keys, start, ranges["thickness_mm"][0], spacing)
    target = trials.stiffness(fixed)
    problem = _Problem(trials, keys, fixed, ranges, target, allowed, away, makeable)
    x0 = np.array([1.0] * len(keys))
    bounds = [
        GRADE_RANGE if key in GRADES else (ranges[key][0] / start[key], ranges[key][1] / start[key])
        for key in keys
    ]
    uniform = problem.at(x0)
    first = np.append(x0, max(uniform.stress / allowed - 1.0, 0.0))
    minimize(
        problem.objective,
        first,
        jac=problem.objective_slope,
        method="SLSQP",
        bounds=[*bounds, (0.0, None)],
        constraints=[
            {"type": "eq", "fun": problem.stiff, "jac": problem.stiff_slope},
            {"type": "ineq", "fun": problem.spare, "jac": problem.spare_slope},
            {"type": "ineq", "fun": makeable},
        ],
        options={"maxiter": MOST_STEPS, "ftol": NEAR_ENOUGH},
    )
    best = problem.best()
    if best is None:
        return None
    level = float(
        np.clip(problem.wall_of(best) * best.values["thickness_mm"], *ranges["thickness_mm"])
    )
    wall = level / best.values["thickness_mm"]
    if wall * best.largest > (1.0 - WORTHWHILE) * uniform.largest:
        return None
    return Graded(
        values={**best.values, "thickness_mm": level},
        stress_share=wall * best.largest / uniform.largest,
        mass_share=wall * best.volume / uniform.volume,
        overload=wall * best.stress / allowed,
    )


def _makeable(
    keys: list[str], start: dict[str, float], thinnest: float, spacing: float
) -> Callable[[FloatArray], FloatArray]:
    """How far the wall stays above the thinnest and its steps below the steepest, mm."""
    places = [keys.index(key) for key in GRADES]
    wall = keys.index("thickness_mm") if "thickness_mm" in keys else None

    def below(x: FloatArray) -> FloatArray:
        level = start["thickness_mm"] * (1.0 if wall is None else x[wall])
        walls = level * np.concatenate([[1.0], x[places], [1.0]])
        rise = np.diff(walls)
        most = (1.0 - SPARE) * STEEPEST * spacing
        return np.concatenate([most - rise, most + rise, walls - (1.0 + SPARE) * thinnest])

    return below


@dataclass(frozen=True, slots=True)
class _Point:
    """A leaf evaluated: aggregated and largest stress over elements away from rigid regions.

    `makeable`: whether its walls and steps are, with room for bringing it to the stiffness.
    """

    linear: Linear
    values: dict[str, float]
    stress: float
    largest: float
    volume: float
    makeable: bool

    @property
    def stiffness(self) -> float:
        return self.linear.stiffness


class _Problem:
    """The leaf as a function of its scaled parameters; each point is solved once.

    Slopes are taken where they are asked for: a line search needs values alone.
    """

    def __init__(
        self,
        trials: Trials,
        keys: list[str],
        start: dict[str, float],
        ranges: dict[str, tuple[float, float]],
        target: float,
        allowed: float,
        away: Away,
        makeable: Callable[[FloatArray], FloatArray],
    ) -> None:
        self._trials, self._keys, self._start = trials, keys, start
        self._target, self._allowed, self._away = target, allowed, away
        self._ranges, self._makeable = ranges, makeable
        self._points: dict[bytes, _Point] = {}
        self._slopes: dict[bytes, FloatArray] = {}
        self._reference: float | None = None
        self._volume = 0.0

    def at(self, x: FloatArray) -> _Point:
        key = self._key(x)
        if key not in self._points:
            self._points[key] = self._solved(x)
        return self._points[key]

    def slopes(self, x: FloatArray) -> FloatArray:
        """(3, k): of stiffness, aggregated stress and volume, in the scaled variables."""
        key = self._key(x)
        if key not in self._slopes:
            self._slopes[key] = self._slopes_of(self.at(x))
        return self._slopes[key]

    def _key(self, x: FloatArray) -> bytes:
        return np.round(x[: len(self._keys)], 6).tobytes()

    def wall_of(self, point: _Point) -> float:
        """The factor on a leaf's wall that brings it to the stiffness; 1 where it is the user's."""
        if "thickness_mm" not in self._keys:
            return 1.0
        return float((self._target / point.stiffness) ** (1.0 / WALL_EXPONENT))

    def best(self) -> _Point | None:
        """Of the leaves near the stiffness that can be made the one that suits best.

        Once its wall is brought to the stiffness: stress and volume are taken as proportional to
        the wall.
        """

        def merit(point: _Point) -> float:
            wall = self.wall_of(point)
            over = max(wall * point.stress / self._allowed - 1.0, 0.0)
            return wall * point.volume / self._volume + PENALTY * over

        near = [
            point
            for point in self._points.values()
            if point.makeable and abs(point.stiffness / self._target - 1.0) < NEAR
        ]
        return min(near, key=merit, default=None)

    def objective(self, x: FloatArray) -> float:
        return self.at(x).volume / self._volume + PENALTY * float(x[-1])

    def objective_slope(self, x: FloatArray) -> FloatArray:
        return np.append(self.slopes(x)[2] / self._volume, PENALTY)

    def stiff(self, x: FloatArray) -> float:
        return self.at(x).stiffness / self._target - 1.0

    def stiff_slope(self, x: FloatArray) -> FloatArray:
        return np.append(self.slopes(x)[0] / self._target, 0.0)

    def spare(self, x: FloatArray) -> float:
        return 1.0 + float(x[-1]) - self.at(x).stress / self._allowed

    def spare_slope(self, x: FloatArray) -> FloatArray:
        return np.append(-self.slopes(x)[1] / self._allowed, 1.0)

    def _solved(self, x: FloatArray) -> _Point:
        values = dict(self._start)
        for key, share in zip(self._keys, x, strict=False):
            low, high = self._ranges.get(key, GRADE_RANGE)
            values[key] = float(np.clip(share * self._start[key], low, high))
        linear = self._trials.linear(values)
        chosen = self._chosen(linear)
        if self._reference is None:  # the first leaf's largest stress is the scale
            self._reference = stress_level(linear, chosen, 100.0)[1]
        stress, largest = stress_level(linear, chosen, self._reference)
        volume = volume_of(linear)
        self._volume = self._volume or volume
        makeable = bool(np.min(self._makeable(x)) > -ROUNDING_MM)
        return _Point(linear, values, stress, largest, volume, makeable)

    def _slopes_of(self, point: _Point) -> FloatArray:
        linear = point.linear
        assert self._reference is not None
        aggregate = aggregate_stress(linear, self._chosen(linear), self._reference)
        ways = [self._trials.variation(point.values, key) for key in self._keys]
        slopes = np.stack([*both_slopes(linear, aggregate, ways), volume_slopes(linear, ways)])
        return slopes * np.array([self._start[key] for key in self._keys])

    def _chosen(self, linear: Linear) -> NDArray[np.bool_]:
        """(m,): elements away from rigid regions."""
        mesh = linear.model.mesh
        held = np.concatenate([linear.held.clamped, linear.held.band])
        far = self._away(linear.model, held)
        return np.concatenate([far[mesh.quads].all(axis=1), far[mesh.triangles].all(axis=1)])
