"""Equilibrium: large rotations by Newton's method, along a load, a drive or an arc.

Iterations use a mixed tangent (Magisano, Leonetti and Garcea 2017, "mixed integration point",
recalled): its geometric part comes from forces extrapolated with the last step instead of those of
the last configuration. What is solved stays the same; steps can be several times larger, because a
nearly inextensible wall no longer answers a first guess with huge membrane forces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from afo_designer.geometry.array import FloatArray, IntArray, cross
from afo_designer.mechanics.discretisation import Configuration, Discretisation
from afo_designer.mechanics.element import Response
from afo_designer.mechanics.factor import Factors, factorize, mechanism
from afo_designer.mechanics.family import DOFS_PER_NODE

# Unbalanced forces may do this share of the strain energy's work, as a root: forces then are right
# to about this share.
TOLERANCE = 1.0e-6
MOST_ITERATIONS = 25
# Below this share of the largest energy met a shell counts as unloaded.
REST_SHARE = 1.0e-6
# A level counts as out of reach where steps halved this often lead no further.
MOST_HALVINGS = 7
# So often one level may go back from an unstable equilibrium to try smaller steps: a long one can
# land on a branch that the path does not lead to. What stays unstable is taken.
MOST_DOUBTS = 4
# The line search halves a step while the unbalanced work along it would grow by more than this.
SEARCH_GROWTH, MOST_SEARCHES = 10.0, 6
# Arc-length steps aim at this many iterations.
WANTED_ITERATIONS = 5


class Outcome(StrEnum):
    """What came of following a path; the empty sentence is success."""

    REACHED = ""
    SINGULAR = "The shell's stiffness became singular: it buckles, or a part is held by nothing."
    DIVERGED = "The iterations did not converge, even with small steps."
    TOO_MANY_STEPS = "The path needs more steps than allowed."


class Attachment(Protocol):
    """Anything besides the elements that resists: a spring, a cushion."""

    def forces(self, at: Configuration, level: float) -> FloatArray:
        """(5n,): the derivative of its energy in the dofs."""
        ...

    def stiffness(self, at: Configuration, level: float) -> csr_matrix:
        """(5n, 5n): the second derivative."""
        ...


@dataclass(frozen=True, slots=True)
class Drive:
    """A rigid rotation of some nodes by the level, in rad, about an axis."""

    nodes: IntArray
    point: FloatArray
    direction: FloatArray


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be brought into equilibrium.

    `free` (n, 5): unknown components, displacements along `axes` (n, 3, 3; rows, at level 0) and
    rotations about the start's own b and c. `load` and `couple` (n, 3): dead forces in N and
    moments in N·mm at level 1. Driven nodes ride with the drive, their axes with them; free
    components are relative to that ride.
    """

    elements: Discretisation
    start: Configuration
    free: NDArray[np.bool_]
    axes: FloatArray
    load: FloatArray
    couple: FloatArray
    drive: Drive | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """A configuration in equilibrium.

    `level`: load factor or angle in rad. `reaction` (5n,): what holds the elements at their dofs
    besides the load, N and N·mm, at the moved position: supports and attachments; zero elsewhere
    but for the residual. Where all attachments ride with the drive, `reaction` at `drive_rate` is
    its moment. `energy` in the elements, N·mm. `residual`: root of the unbalanced work over the
    energy. `iterations` since the state before.
    """

    level: float
    at: Configuration
    reaction: FloatArray
    energy: float
    residual: float
    iterations: int


@dataclass(frozen=True, slots=True)
class Path:
    """States along a path, and why it ended."""

    states: tuple[State, ...]
    outcome: Outcome
    level: float

    @property
    def reached(self) -> bool:
        return self.outcome is Outcome.REACHED


def follow(
    task: Task,
    levels: Sequence[float],
    start: State | None = None,
    tolerance: float = TOLERANCE,
) -> Path:
    """Equilibrium at each of the levels, in their order from the start's or from level 0.

    A level that is not reached in one step, or only in an unstable equilibrium, is approached in
    smaller ones.
    """
    walker = _Walker(task, tolerance, start)
    states: list[State] = []
    for level in levels:
        outcome = walker.go(level)
        if outcome is not Outcome.REACHED:
            return Path(tuple(states), outcome, walker.level)
        states.append(walker.state())
    return Path(tuple(states), Outcome.REACHED, walker.level)


def follow_arc(
    task: Task, most_level: float, first: float, most_steps: int = 200, largest: float | None = None
) -> Path:
    """Equilibria along the arc of the load's path, beyond limit points, up to `most_level`.

    Crisfield's cylindrical arc length in displacements (1981, recalled). `first`: the first step
    in load; `largest`: the longest arc, mm. The last state is at or beyond `most_level`.
    """
    walker = _Walker(task, TOLERANCE)
    states: list[State] = []
    arc, way = 0.0, np.zeros(0)
    while len(states) < most_steps:
        outcome, arc, way = walker.arc_step(arc, way, first, largest)
        if outcome is not Outcome.REACHED:
            return Path(tuple(states), outcome, walker.level)
        states.append(walker.state())
        if walker.level >= most_level:
            return Path(tuple(states), Outcome.REACHED, walker.level)
    return Path(tuple(states), Outcome.TOO_MANY_STEPS, walker.level)


def tangent_at(task: Task, state: State) -> tuple[csc_matrix, csr_matrix]:
    """The stiffness of the free components at a state, and T (5n, q) that they act through."""
    walker = _Walker(task, TOLERANCE, state)
    T = walker.transformation(state.level)
    responses = task.elements.responses(state.at)
    return (T.T @ walker.stiffness(responses) @ T).tocsc(), T


def drive_rate(task: Task, state: State) -> FloatArray:
    """(5n,): the dofs' velocity per rad of the drive, free components at rest."""
    return _Walker(task, TOLERANCE, state).ride_rate()


def moved(at: Configuration, shift: FloatArray, turn: FloatArray) -> Configuration:
    """Nodes displaced by `shift` (n, 3) and frames turned by the vectors `turn` (n, 3), rad."""
    return Configuration(at.positions + shift, rotated(at.frames, turn))


def rotated(frames: FloatArray, turn: FloatArray) -> FloatArray:
    """Rows of (n, 3, 3) turned by rotation vectors (n, 3), by Rodrigues' formula."""
    angle = np.linalg.norm(turn, axis=1)
    small = np.maximum(angle, 1e-300)
    along = (turn / small[:, None])[:, None, :]
    cosine, sine = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    parallel = np.sum(frames * along, axis=2, keepdims=True) * along
    return parallel + cosine * (frames - parallel) + sine * cross(along, frames)


class _Walker:
    """A configuration on its way: the one mutable thing here."""

    def __init__(self, task: Task, tolerance: float, state: State | None = None) -> None:
        self.task, self.tolerance = task, tolerance
        self.at = task.start if state is None else state.at
        self.level = 0.0 if state is None else state.level
        self.iterations, self.residual = 0, 0.0
        self.most = 0.0 if state is None else state.energy
        self.picked = np.flatnonzero(task.free.ravel())
        self.factors: Factors | None = None

    # --- what acts -------------------------------------------------------------------------------

    def transformation(self, level: float) -> csr_matrix:
        """T (5n, q): dofs from free components, axes of driven nodes turned by the level."""
        axes = self.task.axes
        drive = self.task.drive
        if drive is not None:
            axes = axes.copy()
            turn = np.broadcast_to(level * drive.direction, (len(drive.nodes), 3))
            axes[drive.nodes] = rotated(axes[drive.nodes], turn)
        count = len(axes)
        blocks = np.zeros((count, DOFS_PER_NODE, DOFS_PER_NODE))
        blocks[:, :3, :3] = np.swapaxes(axes, 1, 2)
        blocks[:, 3:, 3:] = np.eye(2)
        rows, inner, columns = np.nonzero(blocks)
        total = count * DOFS_PER_NODE
        places = (rows * DOFS_PER_NODE + inner, rows * DOFS_PER_NODE + columns)
        whole = csr_matrix((blocks[rows, inner, columns], places), (total, total))
        return whole[:, self.picked]

    def pull(self) -> FloatArray:
        """(5n,): the dead load at level 1 in the present frames."""
        turns = np.einsum("nki,ni->nk", self.at.frames[:, :2], self.task.couple)
        return np.concatenate([self.task.load, turns], axis=1).ravel()

    def forces(self, responses: list[Response], at: Configuration, level: float) -> FloatArray:
        total = self.task.elements.forces(at, responses)
        for attachment in self.task.attachments:
            total = total + attachment.forces(at, level)
        return total

    def stiffness(
        self, responses: list[Response], mixed: list[FloatArray] | None = None
    ) -> csr_matrix:
        total = self.task.elements.stiffness(self.at, responses, mixed).tocsr()
        for attachment in self.task.attachments:
            total = total + attachment.stiffness(self.at, self.level)
        return total

    # --- moves -----------------------------------------------------------------------------------

    def step(self, at: Configuration, dofs: FloatArray) -> Configuration:
        rows = dofs.reshape(-1, DOFS_PER_NODE)
        turn = np.einsum("nk,nki->ni", rows[:, 3:], at.frames[:, :2])
        return moved(at, rows[:, :3], turn)

    def ride(self, at: Configuration, change: float) -> Configuration:
        """The driven nodes carried on by `change` rad."""
        drive = self.task.drive
        if drive is None:
            return at
        nodes, positions, frames = drive.nodes, at.positions.copy(), at.frames.copy()
        turn = np.broadcast_to(change * drive.direction, (len(nodes), 3))
        arm = (positions[nodes] - drive.point)[:, None]
        positions[nodes] = drive.point + rotated(arm, turn)[:, 0]
        frames[nodes] = rotated(frames[nodes], turn)
        return Configuration(positions, frames)

    def ride_rate(self) -> FloatArray:
        """(5n,): the same per rad, at the present place."""
        rate = np.zeros((len(self.at.positions), DOFS_PER_NODE))
        drive = self.task.drive
        if drive is not None:
            arm = self.at.positions[drive.nodes] - drive.point
            rate[drive.nodes, :3] = cross(drive.direction, arm)
            rate[drive.nodes, 3:] = self.at.frames[drive.nodes, :2] @ drive.direction
        return rate.ravel()

    def state(self) -> State:
        elements = self.task.elements
        forces = elements.forces(self.at, elements.responses(self.at))
        if self.task.drive is None:
            forces = forces - self.level * self.pull()
        done, self.iterations = self.iterations, 0
        return State(self.level, self.at, forces, elements.energy(self.at), self.residual, done)

    @property
    def unstable(self) -> bool:
        """Whether the last tangent, a step before the equilibrium, had a negative eigenvalue."""
        return self.factors is not None and self.factors.negative > 0

    # --- Newton ----------------------------------------------------------------------------------

    def go(self, level: float) -> Outcome:
        """To a level, in one step or in smaller ones that grow again where they do."""
        step, halvings, doubts = level - self.level, 0, 0
        while True:
            kept = self.at, self.level
            target = level if abs(step) >= abs(level - self.level) else self.level + step
            outcome = self._converge(target)
            room = doubts < MOST_DOUBTS and halvings < MOST_HALVINGS and target != kept[1]
            doubtful = outcome is Outcome.REACHED and room and self.unstable
            doubts += doubtful
            if outcome is Outcome.REACHED and not doubtful:
                if target == level:
                    return outcome
                step, halvings = 2.0 * step, halvings - 1
                continue
            self.at, self.level = kept
            halvings += 1
            if halvings > MOST_HALVINGS or target == self.level:
                return outcome
            step = 0.5 * (target - self.level)

    def _converge(self, level: float) -> Outcome:
        change, driven = level - self.level, self.task.drive is not None
        responses = self.task.elements.responses(self.at)
        mixed = [answer.force for answer in responses]
        T = self.transformation(self.level)
        K = self.stiffness(responses)
        right = -self.forces(responses, self.at, self.level)
        if driven:
            offset = change * self.ride_rate()
            right = right - K @ offset
        else:
            offset = np.zeros(len(right))
            right = right + level * self.pull()
        reduced = (T.T @ K @ T).tocsc()
        self.factors = factors = _factors(reduced)
        if factors is None or mechanism(reduced, factors).any():
            return Outcome.SINGULAR
        q = factors.solve(T.T @ right)
        mixed = _extrapolated(self.task.elements, self.at, responses, T @ q + offset)
        T = self.transformation(level)
        self.at = self.step(self.ride(self.at, change), T @ q)
        self.level = level
        least = np.inf
        for count in range(MOST_ITERATIONS):
            self.iterations += 1
            responses = self.task.elements.responses(self.at)
            unbalanced = self._unbalanced(responses, T)
            self.residual = self._measure(T.T @ unbalanced, reduced.diagonal(), responses)
            if not np.isfinite(self.residual):
                return Outcome.DIVERGED
            if self.residual < self.tolerance:
                return Outcome.REACHED
            least = min(least, self.residual)
            if count > 8 and self.residual > 1e3 * least:
                return Outcome.DIVERGED
            reduced = (T.T @ self.stiffness(responses, mixed) @ T).tocsc()
            self.factors = factors = _factors(reduced)
            if factors is None:
                return Outcome.SINGULAR
            q = factors.solve(T.T @ unbalanced)
            q = self._searched(q, T, unbalanced)
            mixed = _extrapolated(self.task.elements, self.at, responses, T @ q)
            self.at = self.step(self.at, T @ q)
        return Outcome.DIVERGED

    def _unbalanced(self, responses: list[Response], T: csr_matrix) -> FloatArray:
        right = -self.forces(responses, self.at, self.level)
        return right if self.task.drive is not None else right + self.level * self.pull()

    def _measure(
        self, residual: FloatArray, diagonal: FloatArray, responses: list[Response]
    ) -> float:
        """Root of the unbalanced forces' work over the energy, forces weighed by K's diagonal.

        Back at rest the energy met on the way takes the present one's place.
        """
        energy = sum(0.5 * float(np.sum(a.strain * a.force)) for a in responses)
        self.most = max(self.most, energy)
        work = float(np.sum(residual**2 / np.maximum(np.abs(diagonal), 1e-300)))
        scale = max(2.0 * energy, 2.0 * REST_SHARE * self.most, 1e-300)
        return float(np.sqrt(work / scale)) if work > 0.0 else 0.0

    def _searched(self, q: FloatArray, T: csr_matrix, unbalanced: FloatArray) -> FloatArray:
        """The step, shortened while the unbalanced work along it does not fall."""
        before = abs(float(q @ (T.T @ unbalanced)))
        share = 1.0
        at = self.at
        for _ in range(MOST_SEARCHES):
            self.at = self.step(at, T @ (share * q))
            responses = self.task.elements.responses(self.at)
            after = float(q @ (T.T @ self._unbalanced(responses, T)))
            self.at = at
            if np.isfinite(after) and abs(after) <= SEARCH_GROWTH * before:
                return share * q
            share *= 0.5
        return share * q

    # --- arc length ------------------------------------------------------------------------------

    def arc_step(
        self, arc: float, way: FloatArray, first: float, largest: float | None
    ) -> tuple[Outcome, float, FloatArray]:
        """One step along the arc: outcome, the next arc and this step's dofs."""
        kept = self.at, self.level
        for _ in range(MOST_HALVINGS):
            outcome, arc, done, count = self._arc_converge(arc, way, first)
            if outcome is Outcome.REACHED:
                scale = float(np.clip(np.sqrt(WANTED_ITERATIONS / max(count, 1)), 0.5, 2.0))
                arc *= scale
                return outcome, arc if largest is None else min(arc, largest), done
            self.at, self.level = kept
            arc *= 0.5
            first *= 0.5
        return outcome, arc, way

    def _arc_converge(
        self, arc: float, way: FloatArray, first: float
    ) -> tuple[Outcome, float, FloatArray, int]:
        T = self.transformation(0.0)
        responses = self.task.elements.responses(self.at)
        reduced = (T.T @ self.stiffness(responses) @ T).tocsc()
        factors = _factors(reduced)
        if factors is None or mechanism(reduced, factors).any():
            return Outcome.SINGULAR, arc, way, 0
        pull = T.T @ self.pull()
        ahead = factors.solve(pull)
        length = _length(T @ ahead)
        if not len(way):
            arc = abs(first) * length if arc == 0.0 else arc
            rise = arc / length
        else:
            rise = np.copysign(arc / length, _dot(T @ ahead, way))
        q = rise * ahead
        total = T @ q
        mixed = _extrapolated(self.task.elements, self.at, responses, total)
        self.at, self.level = self.step(self.at, total), self.level + float(rise)
        for count in range(1, MOST_ITERATIONS):
            self.iterations += 1
            responses = self.task.elements.responses(self.at)
            unbalanced = self._unbalanced(responses, T)
            self.residual = self._measure(T.T @ unbalanced, reduced.diagonal(), responses)
            if not np.isfinite(self.residual):
                return Outcome.DIVERGED, arc, way, count
            if self.residual < self.tolerance:
                return Outcome.REACHED, arc, total, count
            reduced = (T.T @ self.stiffness(responses, mixed) @ T).tocsc()
            factors = _factors(reduced)
            if factors is None:
                return Outcome.SINGULAR, arc, way, count
            back = T @ factors.solve(T.T @ unbalanced)
            ahead = T @ factors.solve(T.T @ self.pull())
            change = _on_arc(total, back, ahead, arc)
            if change is None:
                return Outcome.DIVERGED, arc, way, count
            dofs = back + change * ahead
            mixed = _extrapolated(self.task.elements, self.at, responses, dofs)
            total = total + dofs
            self.at, self.level = self.step(self.at, dofs), self.level + change
        return Outcome.DIVERGED, arc, way, MOST_ITERATIONS


def _factors(matrix: csc_matrix) -> Factors | None:
    """Factors, or None where a pivot is exactly zero."""
    try:
        return factorize(matrix)
    except RuntimeError:
        return None


def _extrapolated(
    elements: Discretisation, at: Configuration, responses: list[Response], dofs: FloatArray
) -> list[FloatArray]:
    """Forces on generalised strains after a step, were strains linear in the dofs."""
    slopes = elements.slopes(at, responses)
    rows = dofs.reshape(-1, DOFS_PER_NODE)
    forces = []
    for part, answer, slope in zip(elements.sets, responses, slopes, strict=True):
        change = slope @ rows[part.nodes].reshape(len(part.nodes), -1, 1)
        forces.append(answer.force + (part.stiffness @ change)[..., 0])
    return forces


def _dot(a: FloatArray, b: FloatArray) -> float:
    """Of the displacements alone, mm²."""
    return float(np.sum(a.reshape(-1, DOFS_PER_NODE)[:, :3] * b.reshape(-1, DOFS_PER_NODE)[:, :3]))


def _length(a: FloatArray) -> float:
    return float(np.sqrt(_dot(a, a)))


def _on_arc(total: FloatArray, back: FloatArray, ahead: FloatArray, arc: float) -> float | None:
    """The load's change that keeps the step's length; of two, the one that turns back less."""
    base = total + back
    a, b, c = _dot(ahead, ahead), 2.0 * _dot(base, ahead), _dot(base, base) - arc**2
    inside = b * b - 4.0 * a * c
    if inside < 0.0:
        return None
    root = np.sqrt(inside)
    options = [(-b + sign * root) / (2.0 * a) for sign in (1.0, -1.0)]
    return float(max(options, key=lambda rise: _dot(total, base + rise * ahead)))
