"""TunedShell: the shell whose stiffness is what was prescribed.

Tuned on the linear bench, whose slope is exact, to the target divided by the ratio of the bench in
large rotations to the linear one. The ratio belongs to the shape and hardly to the wall, so one
short sweep gives it and a second one confirms it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.levers import leaf_with, levers_of
from afo_designer.design.parameters import Chosen
from afo_designer.design.rig import shell_model
from afo_designer.design.tuning import Lever, Tuned, tune
from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.element import Law
from afo_designer.mechanics.gradient import (
    Linear,
    Variation,
    solve_linear,
    stiffness_slopes,
    thickness_variation,
    variation_between,
)
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.mechanics.sweep import Sweep, sweep
from afo_designer.shell.sample import middle_surface_at
from afo_designer.shell.shell import Shell, with_leaf

# Stiffness in large rotations over the linear one, before it is known.
USUAL_RATIO = 1.2
# Rotations from neutral, deg, of the short sweep that the plantarflexion stiffness is fitted to.
SHORT_DEG = (-15.0, -10.0, -5.0, 5.0)
MOST_ROUNDS = 3
# Step (mm) of a trim's differences: of fourth order, they are right to 1e-9.
TRIM_STEP_MM = 0.05


@dataclass(frozen=True, slots=True)
class TunedShell:
    """A shell at the target, or at the nearest end of what the levers reach.

    `chosen`: the parameters with those that tuning moved. `linear`: the linear bench solved. `run`:
    the bench in large rotations, None where only the linear one was asked for. `stiffness`: what
    was tuned, N·m/deg; `sweeps` short runs it took.
    """

    shell: Shell
    chosen: Chosen
    tuned: Tuned
    model: ShellModel
    linear: Linear
    run: Sweep | None
    stiffness: float
    sweeps: int


def tune_shell(
    shell: Shell,
    positive: PositiveModel,
    bench: Bench,
    law: Law,
    chosen: Chosen,
    target: float,
    *,
    large: bool,
) -> TunedShell:
    """The shell whose plantarflexion stiffness is the target (N·m/deg).

    `large`: in large rotations; otherwise the linear stiffness. Raises `DesignInfeasible` where the
    mechanics fail, with the reason and the place or angle.
    """
    tolerance = chosen.parameters.tuning.tolerance_percent / 100.0
    levers = levers_of(shell, positive, chosen)
    bench_of = _Trials(shell, positive, bench, law)
    ratio, run, sweeps = USUAL_RATIO if large else 1.0, None, 0
    start, slope = levers, bench_of.slope
    while True:
        tuned = tune(bench_of.solve, target / ratio, start, tolerance, slope)
        linear = bench_of.linear(tuned.values)
        if not large:
            break
        run = _short_sweep(linear.model, bench)
        sweeps += 1
        ratio = run.curve.plantarflexion / linear.stiffness
        met = abs(ratio * linear.stiffness / target - 1.0) <= tolerance
        if met or sweeps == MOST_ROUNDS or (not tuned.reached and sweeps > 1):
            break
        start = _nearer(levers, tuned)
    stiffness = ratio * linear.stiffness
    reach = tuned.reach and (ratio * tuned.reach[0], ratio * tuned.reach[1])
    met = abs(stiffness / target - 1.0) <= tolerance
    tuned = replace(tuned, solves=bench_of.solves, reach=reach, reached=tuned.reached or met)
    changed = {
        f"shell.leaf.{key}": value
        for key, value in tuned.values.items()
        if value != getattr(chosen.parameters.shell.leaf, key)
    }
    return TunedShell(
        shell=bench_of.shell_of(tuned.values),
        chosen=chosen.with_values(changed, "tuned"),
        tuned=tuned,
        model=linear.model,
        linear=linear,
        run=run,
        stiffness=stiffness,
        sweeps=sweeps,
    )


def solved(model: ShellModel, bench: Bench, like: Linear | None = None) -> Linear:
    """The linear bench of a model, or `DesignInfeasible` with the reason and the place."""
    if like is None:
        answer = stiffness_of(model, bench).solution
        if not answer.solved:
            raise DesignInfeasible(f"The finite-element check failed: {answer.message}")
    try:
        return solve_linear(model, bench)
    except RuntimeError as error:
        raise DesignInfeasible(f"The finite-element check failed: {error}.") from error


def _short_sweep(model: ShellModel, bench: Bench) -> Sweep:
    run = sweep(model, bench, SHORT_DEG)
    if run.message:
        raise DesignInfeasible(f"The bench in large rotations failed: {run.message}")
    return run


def _nearer(levers: tuple[Lever, ...], tuned: Tuned) -> tuple[Lever, ...]:
    moved = tuple(replace(lever, start=tuned.values[lever.key]) for lever in levers)
    return (replace(moved[0], exponent=tuned.slope), *moved[1:])


class _Trials:
    """Linear benches of the shell with other leaves, each solved once."""

    def __init__(self, shell: Shell, positive: PositiveModel, bench: Bench, law: Law) -> None:
        self._shell, self._positive, self._bench, self._law = shell, positive, bench, law
        self._known: dict[tuple[float, ...], Linear] = {}

    @property
    def solves(self) -> int:
        return len(self._known)

    def shell_of(self, values: dict[str, float]) -> Shell:
        return with_leaf(self._shell, self._positive, leaf_with(self._shell, values))

    def linear(self, values: dict[str, float]) -> Linear:
        at = tuple(values.values())
        if at not in self._known:
            model = shell_model(self.shell_of(values), self._bench, self._law)
            first = next(iter(self._known.values()), None)
            self._known[at] = solved(model, self._bench, first)
        return self._known[at]

    def solve(self, values: dict[str, float]) -> float:
        return self.linear(values).stiffness

    def slope(self, values: dict[str, float], key: str) -> float:
        """dk/dvalue: exact for the wall, and for the trim on a mesh that moves with it."""
        linear = self.linear(values)
        way = leaf_variation(self.shell_of, linear.model, values, key)
        return float(stiffness_slopes(linear, [way])[0])


def leaf_variation(
    shell_of: Callable[[dict[str, float]], Shell],
    model: ShellModel,
    values: dict[str, float],
    key: str,
) -> Variation:
    """How a model changes per unit of one of the leaf's parameters."""
    if key in ("width_mm", "trim_anterior_mm"):
        here = shell_of(values)
        models = [
            _carried(model, here, shell_of({**values, key: values[key] + k * TRIM_STEP_MM}))
            for k in (-2, -1, 1, 2)
        ]
        return variation_between(models, TRIM_STEP_MM)
    s = model.mesh.parameters[:, 0]
    return thickness_variation(model, wall_rate(shell_of, values, key, s))


def wall_rate(
    shell_of: Callable[[dict[str, float]], Shell],
    values: dict[str, float],
    key: str,
    s: FloatArray,
) -> FloatArray:
    """∂h/∂value at stations s: the wall is linear in its level and in every grade."""
    up = shell_of({**values, key: values[key] + 0.25}).thickness(s)
    down = shell_of({**values, key: values[key] - 0.25}).thickness(s)
    return np.asarray((up - down) / 0.5)


def _carried(model: ShellModel, here: Shell, there: Shell) -> ShellModel:
    """The model with its mesh carried from one shell's trim to another's, share by share of θ."""
    s, theta = model.mesh.parameters.T
    (medial, lateral), (new_medial, new_lateral) = here.trim.sides(s), there.trim.sides(s)
    share = (theta - medial) / (lateral - medial)
    moved = np.column_stack([s, new_medial + share * (new_lateral - new_medial)])
    middle = middle_surface_at(there, replace(model.mesh, parameters=moved))
    return ShellModel(
        middle.mesh, middle.directors, middle.thickness, model.elasticity, model.element_weight
    )
