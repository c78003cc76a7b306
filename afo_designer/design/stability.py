"""Stability: how far from the load cases the orthosis buckles.

The linear factor (rotation at which K + λ K_σ is singular, over the case's) has to be 2 or more and
the tangent along the sweep has to stay positive definite: an orthosis bends visibly before it
buckles, which the linear factor does not see, and a path can leave its stable branch unnoticed.
Where the moment no longer grows with the rotation the orthosis has collapsed as well: body weight
is a force, not a rotation, and pushes through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from afo_designer.design.deformation import Run, sideways
from afo_designer.design.loadcase import Direction, LoadCase
from afo_designer.design.service import Place
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.buckling import Buckling, BucklingFailed, buckling, first_unstable
from afo_designer.mechanics.equilibrium import State, Task, drive_rate
from afo_designer.mechanics.model import ShellModel, without_stops
from afo_designer.mechanics.sweep import bench_task

LEAST_FACTOR = 2.0
"""Of linear buckling (mechanics notes §6, this project's choice)."""
# Levels further out than this are not looked for: no case turns an ankle half as much.
FURTHEST_DEG = 90.0


@dataclass(frozen=True, slots=True)
class Stability:
    """Linear buckling and what the sweep says of it.

    `levels_deg`: linear buckling rotations by name ("dorsiflexion", "plantarflexion" and the two
    frontal ways where a sweep was run); infinite beyond 90 deg. `factor`: the least of level over
    case, for `case`; NaN where none could be computed, with a sentence in `trouble`. `mode` (n, 3)
    of that level, at its largest at `position`. `confirmed`: a nonlinear run was made;
    `unstable_deg`: the first of its angles, outwards, at which the tangent was not positive
    definite; `slack_deg`: the first at which the moment no longer grows; NaN for none. `frontal`:
    the first instability is a frontal case's.
    """

    levels_deg: dict[str, float]
    factor: float
    limit: float
    case: str
    mode: FloatArray
    position: FloatArray
    place: str
    confirmed: bool
    unstable_deg: float
    slack_deg: float
    frontal: bool
    trouble: str = ""

    @property
    def verdict(self) -> str:
        """Fail where the run collapsed, or where the estimate says so and no run was made."""
        if not np.isnan(self.slack_deg):
            return "fail"
        if not np.isnan(self.unstable_deg):
            return "warn" if self.frontal else "fail"
        if self.trouble:
            return "warn"
        if self.factor >= self.limit:
            return "pass"
        return "fail" if self.factor < 1.0 and not self.confirmed else "warn"


WAYS = {
    (Direction.SAGITTAL, 1.0): "dorsiflexion",
    (Direction.SAGITTAL, -1.0): "plantarflexion",
    (Direction.FRONTAL, 1.0): "sideways, top to the right",
    (Direction.FRONTAL, -1.0): "sideways, top to the left",
}


def stability(
    model: ShellModel,
    bench: Bench,
    cases: tuple[LoadCase, ...],
    turns: Mapping[str, float],
    runs: Mapping[Direction, Run],
    place: Place,
    unrun: Direction = Direction.SAGITTAL,
) -> Stability:
    """Linear buckling against the cases, and the stability of the runs.

    `turns`: the shank's rotation of every case by name, deg. `runs` by plane; without any the
    plane `unrun` is judged by linear buckling alone.
    """
    tasks = {plane: run.task for plane, run in runs.items()}
    if not tasks:
        turning = bench if unrun is Direction.SAGITTAL else sideways(bench)
        tasks = {unrun: bench_task(model, turning, shut=True)}
    found: dict[tuple[Direction, float], Buckling] = {}
    trouble = ""
    for plane, task in tasks.items():
        try:
            both = buckling(task, float(np.radians(FURTHEST_DEG)))
            if plane is Direction.SAGITTAL and model.stop is not None:
                # into dorsiflexion the stop stands open
                loose = bench_task(without_stops(model), bench)
                both = buckling(loose, float(np.radians(FURTHEST_DEG)))[0], both[1]
        except BucklingFailed as failed:
            trouble = str(failed)
            continue
        found |= {(plane, 1.0): both[0], (plane, -1.0): both[1]}
    factors = {
        case.name: float(np.degrees(found[way].level)) / turns[case.name]
        for case in cases
        if turns[case.name] != 0.0
        and (way := (case.direction, float(np.sign(turns[case.name])))) in found
    }
    worst = min(factors, key=lambda name: factors[name], default="")
    mode, position = frozen(np.zeros((len(model.nodes), 3))), frozen(np.full(3, np.nan))
    if worst:
        plane = next(case.direction for case in cases if case.name == worst)
        mode = found[plane, float(np.sign(turns[worst]))].mode
        if mode.any():
            position = model.nodes[int(np.argmax(np.linalg.norm(mode, axis=1)))]
    unstable, frontal = _first_unstable(runs)
    return Stability(
        levels_deg={WAYS[way]: float(np.degrees(one.level)) for way, one in found.items()},
        factor=factors.get(worst, float("nan")),
        limit=LEAST_FACTOR,
        case=worst,
        mode=mode,
        position=position,
        place=place(position) if np.isfinite(position).all() else "",
        confirmed=bool(runs),
        unstable_deg=unstable,
        slack_deg=_slack(runs.get(Direction.SAGITTAL)),
        frontal=frontal,
        trouble=trouble,
    )


def _outwards(run: Run) -> list[list[tuple[float, State]]]:
    """States from neutral into either direction, neutral first in both."""
    ordered = sorted(run.states.items(), key=lambda item: abs(item[0]))
    return [[(a, s) for a, s in ordered if a * way >= 0.0] for way in (1.0, -1.0)]


def _first_unstable(runs: Mapping[Direction, Run]) -> tuple[float, bool]:
    """The smallest angle that is unstable, sagittal before frontal, and whether it is frontal."""
    for plane in (Direction.SAGITTAL, Direction.FRONTAL):
        if plane not in runs:
            continue
        task, met = runs[plane].task, []
        for way in _outwards(runs[plane]):
            state = first_unstable(task, [s for _, s in way[1:]])
            if state is not None:
                met.append(float(np.degrees(state.level)))
        if met:
            return min(met, key=abs), plane is Direction.FRONTAL
    return float("nan"), False


def _slack(run: Run | None) -> float:
    """The smallest sagittal angle whose moment is not larger than that before it."""
    if run is None:
        return float("nan")
    met = []
    for way in _outwards(run):
        moments = np.abs([_moment(run.task, state) for _, state in way])
        met += [
            angle for (angle, _), rise in zip(way[1:], np.diff(moments), strict=True) if rise <= 0.0
        ]
    return min(met, key=abs, default=float("nan"))


def _moment(task: Task, state: State) -> float:
    return float(state.reaction @ drive_rate(task, state))
