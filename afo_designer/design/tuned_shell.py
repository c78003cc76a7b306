"""TunedShell: the shell whose stiffness is what was prescribed.

Tuned on the linear bench, whose slope is exact, to the target divided by the ratio of the bench in
large rotations to the linear one. The ratio belongs to the shape and hardly to the wall, so one
short sweep gives it and a second one confirms it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.deformation import away_from
from afo_designer.design.grading import GRADES, REFINEMENT, Graded, grade
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.levers import THICKNESS, levers_of
from afo_designer.design.parameters import Chosen
from afo_designer.design.remedy import remedy
from afo_designer.design.rig import shell_model
from afo_designer.design.trials import Trials, solved
from afo_designer.design.tuning import Lever, Tuned, tune
from afo_designer.mechanics.bench import Bench, bench_flaw
from afo_designer.mechanics.element import Law
from afo_designer.mechanics.gradient import Linear
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.solve import ShellRefused, Status
from afo_designer.mechanics.sweep import Sweep, sweep
from afo_designer.shell.shell import Shell

# Stiffness in large rotations over the linear one, before it is known.
USUAL_RATIO = 1.2
# Rotations from neutral, deg, of the short sweep that the stiffness of a way is fitted to.
SHORT_DEG = {
    "plantarflexion": (-15.0, -10.0, -5.0, 5.0),
    "dorsiflexion": (-5.0, 5.0, 10.0, 15.0),
}
# Into dorsiflexion a wall is nearer to buckling, and the ratio belongs to the wall as well.
MOST_ROUNDS = {"plantarflexion": 4, "dorsiflexion": 8}
# How nearly (mm) the thickest wall that does not fold is found, and how far tuning keeps below it.
WALL_STEP_MM = 0.1
# A uniform leaf that grading starts from is tuned this nearly.
NEARLY = 0.02


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
    graded: Graded | None


def tune_shell(
    shell: Shell,
    positive: PositiveModel,
    bench: Bench,
    law: Law,
    chosen: Chosen,
    target: float,
    *,
    large: bool,
    allowed: float,
    way: str = "plantarflexion",
) -> TunedShell:
    """The shell whose stiffness against plantarflexion, or into dorsiflexion, is the target.

    `target` in N·m/deg, `way` one of `SHORT_DEG`.
    `large`: in large rotations; otherwise the linear stiffness. `allowed`: the stress that a
    graded leaf has to keep, MPa per rad of the shank. Where the thickest wall folds on a small or
    sharply bent limb, tuning goes up to the thickest that does not. Raises `DesignInfeasible` where
    the mechanics fail, with the reason and the place or angle.
    """
    tuned = partial(_tuned, shell, positive, bench, law, target, large, allowed, way)
    try:
        return tuned(chosen)
    except DesignInfeasible as failed:
        limit = _thickest(shell, positive, bench, law, chosen)
        if limit is None:
            cause = failed.__cause__
            if not isinstance(cause, ShellRefused) or cause.place is None:
                raise
            raise DesignInfeasible(f"{failed} {remedy(shell, cause.place)}") from cause
        return tuned(chosen.with_values({"tuning.thickness_high_mm": limit}, "tuned"))


def _thickest(
    shell: Shell, positive: PositiveModel, bench: Bench, law: Law, chosen: Chosen
) -> float | None:
    """The thickest wall (mm) whose mesh is sound; None where walls are not what is at fault."""
    limits = chosen.parameters.tuning
    low, high = limits.thickness_low_mm, limits.thickness_high_mm
    trials = Trials(shell, positive, bench, law)

    def folds(wall: float) -> bool:
        model = shell_model(trials.shell_of({THICKNESS: wall}), bench, law)
        return bench_flaw(model, bench)[0] is Status.INVERTED

    if chosen.source(f"shell.leaf.{THICKNESS}") == "user" or folds(low) or not folds(high):
        return None
    while high - low > WALL_STEP_MM:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if folds(middle) else (middle, high)
    return max(limits.thickness_low_mm, low - WALL_STEP_MM)


def _tuned(
    shell: Shell,
    positive: PositiveModel,
    bench: Bench,
    law: Law,
    target: float,
    large: bool,
    allowed: float,
    way: str,
    chosen: Chosen,
) -> TunedShell:
    """`tune_shell` with the walls that the parameters allow."""
    tolerance = chosen.parameters.tuning.tolerance_percent / 100.0
    large = large and swept(shell)
    levers = levers_of(shell, positive, chosen)
    trials = Trials(shell, positive, bench, law)
    ratio, run, sweeps = USUAL_RATIO if large else 1.0, None, 0
    graded, spent = None, 0
    if chosen.parameters.tuning.graded == "yes":
        graded, spent = _graded(shell, positive, bench, law, levers, target / ratio, allowed)
        if graded is not None:
            shell = trials.shell_of(graded.values)
            chosen = chosen.with_values(
                {f"shell.leaf.{key}": value for key, value in graded.values.items()}, "tuned"
            )
            trials, levers = Trials(shell, positive, bench, law), levers_of(shell, positive, chosen)
    start, slope = levers, trials.slope
    while True:
        tuned = tune(trials.stiffness, target / ratio, start, tolerance, slope)
        linear = trials.linear(tuned.values)
        if not large:
            break
        run = _short_sweep(linear.model, bench, way)
        sweeps += 1
        ratio = stiffness_towards(run, way) / linear.stiffness
        met = abs(ratio * linear.stiffness / target - 1.0) <= tolerance
        if met or sweeps == MOST_ROUNDS[way] or (not tuned.reached and sweeps > 1):
            break
        start = _nearer(levers, tuned)
    stiffness = ratio * linear.stiffness
    reach = tuned.reach and (ratio * tuned.reach[0], ratio * tuned.reach[1])
    met = abs(stiffness / target - 1.0) <= tolerance
    tuned = replace(tuned, solves=trials.solves + spent, reach=reach, reached=tuned.reached or met)
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
        graded=graded,
    )


def swept(shell: Shell) -> bool:
    """Whether a shell is run in large rotations: a stop ends a hinge's turn within few degrees."""
    return shell.hinge is None


def resolved(
    shell: Shell,
    bench: Bench,
    law: Law,
    chosen: Chosen,
    tuned: Tuned,
    sweeps: int,
    graded: Graded | None,
    *,
    large: bool,
    way: str = "plantarflexion",
) -> TunedShell:
    """A shell that was tuned before, solved again: what `tune_shell` ended with, bit by bit.

    `tuned`, `sweeps` and `graded` say how it was found and are taken over. Raises
    `DesignInfeasible` where the mechanics fail.
    """
    linear = solved(shell_model(shell, bench, law), bench)
    run = _short_sweep(linear.model, bench, way) if large and swept(shell) else None
    return TunedShell(
        shell=shell,
        chosen=chosen,
        tuned=tuned,
        model=linear.model,
        linear=linear,
        run=run,
        stiffness=linear.stiffness if run is None else stiffness_towards(run, way),
        sweeps=sweeps,
        graded=graded,
    )


def _graded(
    shell: Shell,
    positive: PositiveModel,
    bench: Bench,
    law: Law,
    levers: tuple[Lever, ...],
    target: float,
    allowed: float,
) -> tuple[Graded | None, int]:
    """The wall graded from a uniform leaf near the target, both on a coarser mesh; and solves.

    The trim stays as it is.
    """
    uniform = Trials(shell, positive, bench, law, REFINEMENT)
    near = tune(uniform.stiffness, target, levers, NEARLY, uniform.slope)
    walls = {levers[0].key: (levers[0].low, levers[0].high)}
    low, high = shell.thickness.graded
    spacing = (high - low) / (len(GRADES) + 3)
    trials = Trials(shell, positive, bench, law, REFINEMENT, carried=True)
    graded = grade(trials, near.values, walls, allowed, spacing, away_from)
    return graded, uniform.solves + trials.solves


def untuned(shell: Shell, bench: Bench, law: Law, chosen: Chosen, *, large: bool) -> TunedShell:
    """A shell as its template has it, solved in dorsiflexion: for a stiffness nobody asked for.

    Raises `DesignInfeasible` where the mechanics fail.
    """
    nothing = Tuned(values={}, stiffness=float("nan"), solves=1, reached=True, slope=float("nan"))
    found = resolved(
        shell, bench, law, chosen, nothing, int(large), None, large=large, way="dorsiflexion"
    )
    known = replace(nothing, stiffness=found.linear.stiffness, slope=0.0)
    return replace(found, tuned=known)


def stiffness_towards(run: Sweep, way: str) -> float:
    """N·m/deg of a run into a way of `SHORT_DEG`."""
    return run.curve.dorsiflexion if way == "dorsiflexion" else run.curve.plantarflexion


def _short_sweep(model: ShellModel, bench: Bench, way: str) -> Sweep:
    run = sweep(model, bench, SHORT_DEG[way])
    if run.message:
        raise DesignInfeasible(f"The bench in large rotations failed: {run.message}")
    return run


def _nearer(levers: tuple[Lever, ...], tuned: Tuned) -> tuple[Lever, ...]:
    moved = tuple(replace(lever, start=tuned.values[lever.key]) for lever in levers)
    return (replace(moved[0], exponent=tuned.slope), *moved[1:])
