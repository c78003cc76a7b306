"""Strapped: the bench with a limb that pushes and a strap that pulls, in place of a driven band.

The sole is clamped as in the default bench and the shank turns about the same axis, but the calf
band is held by one-sided springs alone (`cushion`). The moment is the work that the limb does on
the shell per turn. Nothing holds the band along the shank: it hangs on the clamped sole.

A state is sought from the sliding cuff's at the same rotation. Let go at once, a band would spring
home in Newton's first step; so the shell first moves under a brake, springs to where it was
(proximal point method, Rockafellar 1976, recalled), and then without. The limb's planes are laid
anew where the shell has come to lie, because it slides along the limb by centimetres.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix, diags

from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.cushion import Cushion, StrapSprings
from afo_designer.mechanics.discretisation import Configuration
from afo_designer.mechanics.equilibrium import TOLERANCE, Outcome, Path, State, Task, follow
from afo_designer.mechanics.family import DOFS_PER_NODE
from afo_designer.mechanics.sweep import Sweep

Bed = Cushion | StrapSprings
Dress = Callable[[Configuration, float], tuple[Bed, ...]]
"""The beds of a shell in a configuration at a rotation (rad), planes laid where it lies."""

# The brake's springs together, N/mm: about a soft tissue's under a calf band. A braked step leads
# to the neighbourhood of the answer only, so it need not be exact.
BRAKE_N_PER_MM = 300.0
BRAKED_TOLERANCE = 3.0e-2
# Braked steps before a state counts as out of reach.
MOST_BRAKED = 8
# Planes are laid anew while they are off by more than this, mm, under the shell; at most so often.
PLANES_MM, MOST_LAID = 0.05, 3


@dataclass(frozen=True, slots=True)
class Brake:
    """Springs of `stiffness_n_per_mm` each that hold all nodes to `positions` (n, 3)."""

    positions: FloatArray
    stiffness_n_per_mm: float

    def forces(self, at: Configuration, level: float) -> FloatArray:
        """(5n,)."""
        total = np.zeros((len(self.positions), DOFS_PER_NODE))
        total[:, :3] = self.stiffness_n_per_mm * (at.positions - self.positions)
        return total.ravel()

    def stiffness(self, at: Configuration, level: float) -> csr_matrix:
        """(5n, 5n)."""
        held = np.zeros((len(self.positions), DOFS_PER_NODE))
        held[:, :3] = self.stiffness_n_per_mm
        return csr_matrix(diags(held.ravel()))


@dataclass(frozen=True, slots=True)
class Held:
    """A shell held by its limb: the state at a rotation, and the beds that it lies on.

    `planes_mm`: by how much the beds' planes are off where they bear. `iterations`: all together.
    Where `outcome` is not `Outcome.REACHED`, the state is no equilibrium.
    """

    state: State
    beds: tuple[Bed, ...]
    planes_mm: float
    iterations: int
    outcome: Outcome

    @property
    def reached(self) -> bool:
        return self.outcome is Outcome.REACHED

    @property
    def moment_nm(self) -> float:
        """Of the orthosis on the foot, dorsiflexing positive."""
        return -sum(bed.torque(self.state.at, self.state.level) for bed in self.beds) / 1000.0

    @property
    def force_n(self) -> FloatArray:
        """(3,): what the limb exerts on the shell."""
        pushes = [bed.push(self.state.at, self.state.level).sum(axis=0) for bed in self.beds]
        return np.sum(pushes, axis=0)


def strapped_task(sliding: Task) -> Task:
    """The task of a sliding cuff with its band let go.

    What slides free along the shank moves every way then, and what turns, about every axis; nodes
    without elements, in slots, stay held.
    """
    free = sliding.free.copy()
    if sliding.drive is not None:
        band = sliding.drive.nodes
        free[band, :3], free[band, 3:] = free[band, 2:3], free[band, 3:4]
    axes = np.broadcast_to(np.eye(3), sliding.axes.shape)
    return replace(sliding, free=free, axes=axes, drive=None, attachments=())


def strapped_state(sliding: Sweep, angle_deg: float, dress: Dress) -> Held:
    """The shell on its limb at a rotation that the sliding sweep has reached.

    At neutral it is at rest, and its beds have to bear nothing; elsewhere they are solved for.
    """
    start = sliding.states[round(float(angle_deg), 9)]
    task, state, count = strapped_task(sliding.task), start, 0
    beds = dress(state.at, state.level)
    if state.level == 0.0:
        return Held(state, beds, 0.0, 0, Outcome.REACHED)
    path = Path((), Outcome.DIVERGED, state.level)
    for _ in range(MOST_BRAKED):
        brake = Brake(state.at.positions, BRAKE_N_PER_MM / len(state.at.positions))
        path = _at(task, (*beds, brake), state, BRAKED_TOLERANCE)
        if not path.reached:
            break
        state = path.states[0]
        count += state.iterations
        beds = dress(state.at, state.level)
        path = _at(task, beds, state, TOLERANCE)
        if path.reached:
            break
    off = float("nan")
    for _ in range(MOST_LAID):
        if not path.reached:
            break
        state = path.states[0]
        count += state.iterations
        laid = dress(state.at, state.level)
        off = _planes_off(beds, laid, state)
        if off < PLANES_MM:
            break
        beds = laid
        path = _at(task, beds, state, TOLERANCE)
    return Held(state, beds, off, count, path.outcome)


def _at(task: Task, beds: tuple[Bed | Brake, ...], start: State, tolerance: float) -> Path:
    """From a state to the equilibrium at its own level."""
    return follow(replace(task, attachments=beds), [start.level], start, tolerance)


def _planes_off(beds: tuple[Bed, ...], laid: tuple[Bed, ...], state: State) -> float:
    """mm: the greatest difference of penetration between two layings, where either bears."""
    worst = 0.0
    for before, after in zip(beds, laid, strict=True):
        if isinstance(before, Cushion) and isinstance(after, Cushion) and len(before.nodes):
            depth = before.penetration(state.at, state.level)
            new = after.penetration(state.at, state.level)
            bears = np.maximum(depth, new) > 0.0
            worst = max(worst, float(np.max(np.abs(depth - new), initial=0.0, where=bears)))
    return worst
