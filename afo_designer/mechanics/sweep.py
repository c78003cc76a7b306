"""Sweep: the bench in large rotations, from neutral into dorsi- and plantarflexion.

A rotation by the right-hand rule about an axis that points to the person's left carries the knee
forward: dorsiflexion, positive. The moment comes from the work done at the cuff, dE/dφ; the
orthosis's own on the foot is its negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix, diags

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen
from afo_designer.mechanics.bench import Bench, BenchRefused, Cuff, refuse_flaw, sliding, supports
from afo_designer.mechanics.discretisation import Configuration, discretise
from afo_designer.mechanics.equilibrium import (
    Drive,
    Outcome,
    State,
    Task,
    drive_rate,
    follow,
    rotated,
    tangent_at,
)
from afo_designer.mechanics.family import DOFS_PER_NODE
from afo_designer.mechanics.joint import Stop
from afo_designer.mechanics.model import ShellModel, with_free_stops
from afo_designer.mechanics.moment_angle import CurveRefused, MomentAngle
from afo_designer.mechanics.solve import factors_of

# The range of mechanics notes §2 in eight points with neutral.
SWEEP_DEG = (-20.0, -15.0, -10.0, -5.0, 5.0, 10.0, 15.0)


@dataclass(frozen=True, slots=True)
class TurnSprings:
    """Springs that hold the fibres of nodes against turning about their axis b.

    `modulus` (k,) in N·mm/rad; `directors`, `axes` (k, 3): fibre and b at rest, which ride with
    the drive.
    """

    nodes: IntArray
    modulus: FloatArray
    directors: FloatArray
    axes: FloatArray
    direction: FloatArray

    def forces(self, at: Configuration, level: float) -> FloatArray:
        """(5n,): k β, β the angle from the ridden fibre to the present one about b."""
        turn = np.broadcast_to(level * self.direction, self.directors.shape)
        resting = rotated(self.directors[:, None], turn)[:, 0]
        axis = rotated(self.axes[:, None], turn)[:, 0]
        fibre = at.frames[self.nodes, 2]
        sine = np.sum(cross(resting, fibre) * axis, axis=1)
        angle = np.arctan2(sine, np.sum(resting * fibre, axis=1))
        total = np.zeros((len(at.positions), DOFS_PER_NODE))
        total[self.nodes, 3] = self.modulus * angle
        return total.ravel()

    def stiffness(self, at: Configuration, level: float) -> csr_matrix:
        """(5n, 5n): constant, on the turn about b."""
        held = np.zeros((len(at.positions), DOFS_PER_NODE))
        held[self.nodes, 3] = self.modulus
        return csr_matrix(diags(held.ravel()))


@dataclass(frozen=True, slots=True)
class Sweep:
    """A bench run.

    `states`: equilibria by rotation in degrees from neutral, in ascending order, neutral among
    them. `curve`: moment over rotation. `shank_force_n` (k, 3), `shank_moment_nm` (k, 3): what the
    shank exerts at each state, the moment about the axis point. `outcome`, `stopped_deg`: why
    and where a direction ended early; `Outcome.REACHED` and NaN when neither did.
    """

    task: Task
    states: dict[float, State]
    curve: MomentAngle
    shank_force_n: FloatArray
    shank_moment_nm: FloatArray
    outcome: Outcome
    stopped_deg: float

    @property
    def message(self) -> str:
        """The outcome as a sentence with its angle; empty on success."""
        return _ending(self.outcome, self.stopped_deg)

    def extended(self, angles_deg: Sequence[float]) -> Sweep:
        """With more angles, each reached from its nearest state on the way from neutral.

        The outcome is that of the added angles, or the one before when they are reached.
        """
        missing = [angle for angle in angles_deg if _key(angle) not in self.states]
        if not missing:
            return self
        longer = _swept(self.task, missing, dict(self.states))
        if longer.outcome is not Outcome.REACHED:
            return longer
        return replace(longer, outcome=self.outcome, stopped_deg=self.stopped_deg)


def sweep(model: ShellModel, bench: Bench, angles_deg: ArrayLike = SWEEP_DEG) -> Sweep:
    """The bench run over angles (degrees from neutral, any order).

    For the sliding and the tied cuff. Raises `BenchRefused` where the bench does not fit or its
    cuff hangs, `ShellRefused` for a model with a flaw or a part that nothing holds, and
    `CurveRefused` where a direction yields no point.
    """
    refuse_flaw(model, bench)
    task = bench_task(model, bench)
    nothing = np.zeros(len(model.nodes) * DOFS_PER_NODE)
    neutral = State(0.0, task.start, nothing, 0.0, 0.0, 0)
    try:
        return _swept(task, [float(a) for a in np.atleast_1d(angles_deg)], {0.0: neutral})
    except CurveRefused:
        K, T = tangent_at(task, neutral)
        factors_of(model, T, K)  # a part that nothing holds is the better reason
        raise


def bench_task(model: ShellModel, bench: Bench, *, shut: bool = False) -> Task:
    """The bench as a task whose level is the shank's rotation in rad.

    `shut`: a stop stays as the linear bench has it, instead of one-sided.
    """
    if bench.cuff is Cuff.HANGING:
        raise BenchRefused("A hanging cuff has no sweep in large rotations; use sliding or tied.")
    held = supports(model, bench)
    elements = discretise(model if shut else with_free_stops(model), held.element_factor)
    count = len(model.nodes)
    free = model.moves & _used(elements.pattern.dofs, count)
    used = free[held.band]
    free[held.clamped] = False
    free[held.band] = False
    axes = np.broadcast_to(np.eye(3), (count, 3, 3)).copy()
    frames = model.frames.copy()
    attachments: tuple[TurnSprings, ...] = ()
    if bench.cuff is Cuff.SLIDING:
        cuff, spring = sliding(model, bench, held.band)
        free[held.band, 2] = used[:, 2]
        free[held.band, 3] = used[:, 3]
        axes[held.band] = cuff.displacement[held.band]
        frames[held.band, :2] = cuff.rotation[held.band]
        turned = frames[held.band]
        springs = TurnSprings(
            held.band,
            spring[held.band, 3],
            turned[:, 2],
            turned[:, 0],
            bench.axis_direction,
        )
        attachments = (springs,)
    nothing = np.zeros((count, 3))
    drive = Drive(held.band, bench.axis_point, bench.axis_direction)
    start = Configuration(model.nodes, frames)
    return Task(elements, start, free, axes, nothing, nothing, drive, attachments)


def _key(angle_deg: float) -> float:
    return round(float(angle_deg), 9)


def _used(dofs: IntArray, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """(n, 1): nodes that a bearing element has."""
    used = np.zeros((count, 1), dtype=np.bool_)
    used[np.unique(dofs // DOFS_PER_NODE)] = True
    return used


def _swept(task: Task, angles: Sequence[float], states: dict[float, State]) -> Sweep:
    """Further angles, outwards from neutral, each from the nearest state that is less far out."""
    outcome, stopped = Outcome.REACHED, float("nan")
    for side in (1.0, -1.0):
        for angle in sorted({_key(a) for a in angles if a * side > 0.0}, key=abs):
            inner = [known for known in states if known * side >= 0.0 and abs(known) < abs(angle)]
            start = states[max(inner, key=abs)]
            path = follow(task, [np.radians(angle)], start)
            if not path.reached:
                outcome, stopped = path.outcome, float(np.degrees(path.level))
                break
            states[angle] = path.states[0]
    if outcome is not Outcome.REACHED and not min(states) < 0.0 < max(states):
        raise CurveRefused(
            f"The bench in large rotations has no moment-angle curve. {_ending(outcome, stopped)}"
        )
    return _measured(task, dict(sorted(states.items())), outcome, stopped)


def _ending(outcome: Outcome, stopped_deg: float) -> str:
    if outcome is Outcome.REACHED:
        return ""
    return f"{outcome} The sweep ended at {stopped_deg:+.1f} deg from neutral."


def _measured(task: Task, states: dict[float, State], outcome: Outcome, stopped: float) -> Sweep:
    assert task.drive is not None
    nodes, moments, forces, couples = task.drive.nodes, [], [], []
    for state in states.values():
        moments.append(-float(state.reaction @ drive_rate(task, state)) / 1000.0)
        rows = state.reaction.reshape(-1, DOFS_PER_NODE)[nodes]
        push = rows[:, :3]
        arm = state.at.positions[nodes] - task.drive.point
        turn = np.einsum("nk,nki->ni", rows[:, 3:], state.at.frames[nodes, :2])
        forces.append(push.sum(axis=0))
        couples.append((cross(arm, push) + turn).sum(axis=0) / 1000.0)
    one_sided = any(isinstance(joint, Stop) for joint in task.elements.joints)
    curve = MomentAngle(np.array(list(states)), np.array(moments), one_sided)
    return Sweep(task, states, curve, frozen(forces), frozen(couples), outcome, stopped)
