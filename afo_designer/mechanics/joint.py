"""Joint: what holds the parts of an orthosis together beside their own material.

A pivot keeps the mean of some nodes of one part on the mean of some of another, as a spider of
rigid spokes round a screw's hole does that spreads its force evenly: free to turn. Two pivots on
one axis are a hinge. A stop keeps points of one part from passing points of another along a
direction; it pushes and never pulls. Both are stiff springs in place of constraints, so that the
linear bench and the one in large rotations share them: `MODULUS` makes them a thousand times
stiffer than a wall and more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.mechanics.family import DOFS_PER_NODE

# N/mm. A wall of 3 mm of a polymer has 5e3; on two hinged plates another factor of ten changes the
# stiffness by less than 1e-4 (tests/mechanics/test_joint.py).
MODULUS = 1.0e6


@dataclass(frozen=True, slots=True)
class Pivot:
    """The means of `first` and `second` (node numbers) move together; all turns are free."""

    first: IntArray
    second: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", frozen(self.first, (None,), np.int64))
        object.__setattr__(self, "second", frozen(self.second, (None,), np.int64))

    @property
    def nodes(self) -> IntArray:
        return np.concatenate([self.first, self.second])

    @property
    def weights(self) -> FloatArray:
        """(k,): what of each node's displacement counts."""
        one, two = len(self.first), len(self.second)
        return np.concatenate([np.full(one, 1.0 / one), np.full(two, -1.0 / two)])

    def energy(self, shift: FloatArray) -> float:
        """N·mm at displacements (n, 3)."""
        gap = self.weights @ shift[self.nodes]
        return float(0.5 * MODULUS * (gap @ gap))

    def forces(self, shift: FloatArray) -> FloatArray:
        """(n, 3): the energy's derivative, N."""
        total = np.zeros_like(shift)
        gap = self.weights @ shift[self.nodes]
        np.add.at(total, self.nodes, MODULUS * self.weights[:, None] * gap)
        return total

    def rows(self, shift: FloatArray) -> csr_matrix:
        """(k, 5n): directions in dofs that `MODULUS` holds at these displacements."""
        count = len(self.nodes)
        row = np.repeat(np.arange(3), count)
        column = (DOFS_PER_NODE * self.nodes[None, :] + np.arange(3)[:, None]).ravel()
        values = np.tile(self.weights, 3)
        return csr_matrix((values, (row, column)), shape=(3, DOFS_PER_NODE * len(shift)))


@dataclass(frozen=True, slots=True)
class Stop:
    """Pairs that may press on each other along `normal` (3,), from the second to the first.

    `first` (m,): node numbers; `second` (m, 2): two nodes of the other part, `share` (m, 2) their
    weights, which add up to one. `gap` (m,) ≥ 0: how far each stands open at rest, mm. `shut`: the
    linear bench's stop, closed from the start whatever the gap, whose `acting` (m,) pairs hold
    both ways; otherwise every pair pushes where it has closed.
    """

    first: IntArray
    second: IntArray
    share: FloatArray
    normal: FloatArray
    gap: FloatArray
    acting: NDArray[np.bool_]
    shut: bool = True

    def __post_init__(self) -> None:
        count = len(self.first)
        object.__setattr__(self, "first", frozen(self.first, (count,), np.int64))
        object.__setattr__(self, "second", frozen(self.second, (count, 2), np.int64))
        object.__setattr__(self, "share", frozen(self.share, (count, 2)))
        object.__setattr__(self, "normal", frozen(self.normal, (3,)))
        object.__setattr__(self, "gap", frozen(self.gap, (count,)))

    @property
    def free(self) -> Stop:
        """The same as a one-sided stop with its gaps."""
        return replace(self, shut=False, acting=np.ones(len(self.first), dtype=np.bool_))

    @property
    def nodes(self) -> IntArray:
        return np.concatenate([self.first, self.second.ravel()])

    def openings(self, shift: FloatArray) -> FloatArray:
        """(m,): how far every pair stands open, negative where it is pressed, mm."""
        own = np.einsum("mk,mki->mi", self.share, shift[self.second])
        moved = (shift[self.first] - own) @ self.normal
        return np.asarray(moved if self.shut else moved + self.gap)

    def _pressed(self, shift: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        opening = self.openings(shift)
        return opening, self.acting if self.shut else opening <= 0.0

    def energy(self, shift: FloatArray) -> float:
        """N·mm at displacements (n, 3)."""
        opening, pressed = self._pressed(shift)
        return float(0.5 * MODULUS * np.sum(opening[pressed] ** 2))

    def pressures(self, shift: FloatArray) -> FloatArray:
        """(m,): N that every pair bears."""
        opening, pressed = self._pressed(shift)
        return np.where(pressed, -MODULUS * opening, 0.0)

    def forces(self, shift: FloatArray) -> FloatArray:
        """(n, 3): the energy's derivative, N."""
        push = -self.pressures(shift)[:, None] * self.normal
        total = np.zeros_like(shift)
        np.add.at(total, self.first, push)
        for k in (0, 1):
            np.add.at(total, self.second[:, k], -self.share[:, k, None] * push)
        return total

    def rows(self, shift: FloatArray) -> csr_matrix:
        """(k, 5n): directions in dofs that `MODULUS` holds at these displacements."""
        chosen = np.flatnonzero(self._pressed(shift)[1])
        nodes = np.column_stack([self.first, self.second])[chosen]
        weights = np.column_stack([np.ones(len(self.first)), -self.share])[chosen]
        values = weights[:, :, None] * self.normal
        column = DOFS_PER_NODE * nodes[:, :, None] + np.arange(3)
        row = np.broadcast_to(np.arange(len(chosen))[:, None, None], column.shape)
        shape = (len(chosen), DOFS_PER_NODE * len(shift))
        return csr_matrix((values.ravel(), (row.ravel(), column.ravel())), shape=shape)


Joint: TypeAlias = Pivot | Stop


def joint_stiffness(joints: tuple[Joint, ...], shift: FloatArray) -> csr_matrix:
    """(5n, 5n): second derivative of all joints' energy at displacements (n, 3)."""
    total = csr_matrix((DOFS_PER_NODE * len(shift),) * 2)
    for joint in joints:
        rows = joint.rows(shift)
        total = total + MODULUS * (rows.T @ rows)
    return csr_matrix(total)


def joint_forces(joints: tuple[Joint, ...], shift: FloatArray) -> FloatArray:
    """(5n,): derivative of all joints' energy in the dofs at displacements (n, 3)."""
    total = np.zeros((len(shift), DOFS_PER_NODE))
    for joint in joints:
        total[:, :3] += joint.forces(shift)
    return total.ravel()
