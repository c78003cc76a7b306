"""TunedShell: the shell whose stiffness is what was prescribed.

Tuned on the linear bench, whose slope is exact, to the target divided by the ratio of the bench in
large rotations to the linear one. The ratio belongs to the shape and hardly to the wall, so one
short sweep gives it and a second one confirms it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.levers import levers_of
from afo_designer.design.parameters import Chosen
from afo_designer.design.trials import Trials
from afo_designer.design.tuning import Lever, Tuned, tune
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.element import Law
from afo_designer.mechanics.gradient import Linear
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.sweep import Sweep, sweep
from afo_designer.shell.shell import Shell

# Stiffness in large rotations over the linear one, before it is known.
USUAL_RATIO = 1.2
# Rotations from neutral, deg, of the short sweep that the plantarflexion stiffness is fitted to.
SHORT_DEG = (-15.0, -10.0, -5.0, 5.0)
MOST_ROUNDS = 3


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
    trials = Trials(shell, positive, bench, law)
    ratio, run, sweeps = USUAL_RATIO if large else 1.0, None, 0
    start, slope = levers, trials.slope
    while True:
        tuned = tune(trials.stiffness, target / ratio, start, tolerance, slope)
        linear = trials.linear(tuned.values)
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
    tuned = replace(tuned, solves=trials.solves, reach=reach, reached=tuned.reached or met)
    changed = {
        f"shell.leaf.{key}": value
        for key, value in tuned.values.items()
        if value != getattr(chosen.parameters.shell.leaf, key)
    }
    return TunedShell(
        shell=trials.shell_of(tuned.values),
        chosen=chosen.with_values(changed, "tuned"),
        tuned=tuned,
        model=linear.model,
        linear=linear,
        run=run,
        stiffness=stiffness,
        sweeps=sweeps,
    )


def _short_sweep(model: ShellModel, bench: Bench) -> Sweep:
    run = sweep(model, bench, SHORT_DEG)
    if run.message:
        raise DesignInfeasible(f"The bench in large rotations failed: {run.message}")
    return run


def _nearer(levers: tuple[Lever, ...], tuned: Tuned) -> tuple[Lever, ...]:
    moved = tuple(replace(lever, start=tuned.values[lever.key]) for lever in levers)
    return (replace(moved[0], exponent=tuned.slope), *moved[1:])
