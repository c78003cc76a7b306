"""Cushion: beds of springs between a shell and a limb that push, or pull, but never both.

A bed touches the shell at its nodes. The limb is rigid under it and turns about the bench's axis
with the level; where its skin bends between foot and shank, a place follows a `share` of the turn.
Every spring has its own plane on the limb, so the shell slides along the skin without friction.

The law is linear beyond a rounded corner: with δ the penetration and c the corner, the pressure is
k δ²/(4c) up to δ = 2c and k (δ − c) beyond; it has a continuous slope, which Newton's method needs,
and is exactly zero without penetration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import bsr_matrix, csr_matrix

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen
from afo_designer.mechanics.discretisation import Configuration
from afo_designer.mechanics.equilibrium import rotated
from afo_designer.mechanics.family import DOFS_PER_NODE

# Half the length over which a spring's stiffness sets in, mm: a pressure's error of a tenth of a
# millimetre of tissue, far below what the tissue's modulus is known to.
CORNER_MM = 0.1


@dataclass(frozen=True, slots=True)
class Ride:
    """How the limb moves: about the axis through `point` along `direction` by share × level."""

    point: FloatArray
    direction: FloatArray
    share: FloatArray

    def __post_init__(self) -> None:
        for name, shape in (("point", (3,)), ("direction", (3,)), ("share", (None,))):
            object.__setattr__(self, name, frozen(getattr(self, name), shape))

    def turned(self, directions: FloatArray, level: float) -> FloatArray:
        """Directions (k, 3) fixed to the limb at level 0, at a level."""
        turn = level * self.share[:, None] * self.direction
        return rotated(directions[:, None], turn)[:, 0]

    def carried(self, points: FloatArray, level: float) -> FloatArray:
        """Points (k, 3) of the limb at level 0, at a level."""
        return self.point + self.turned(points - self.point, level)

    def back(self, points: FloatArray, level: float) -> FloatArray:
        """Points (k, 3) of the limb at a level, at level 0."""
        return self.carried(points, -level)


@dataclass(frozen=True, slots=True)
class Cushion:
    """Soft tissue under the shell: springs that only push.

    At `nodes` (k,) the shell's inner surface is `half` (k,) mm behind the node along its fibre. The
    skin there passes through `points` (k, 3) with outward `normals` (k, 3) at level 0, and rides.
    `gap` (k,) is what lies between skin and shell without bearing anything (a sock). `area` (k,)
    in mm², `modulus` (k,) in MPa per mm of penetration.
    """

    nodes: IntArray
    half: FloatArray
    points: FloatArray
    normals: FloatArray
    gap: FloatArray
    area: FloatArray
    modulus: FloatArray
    ride: Ride
    corner: float = CORNER_MM

    def __post_init__(self) -> None:
        count = len(self.nodes)
        object.__setattr__(self, "nodes", frozen(self.nodes, (count,), np.int64))
        for name in ("half", "gap", "area", "modulus"):
            object.__setattr__(self, name, frozen(getattr(self, name), (count,)))
        for name in ("points", "normals"):
            object.__setattr__(self, name, frozen(getattr(self, name), (count, 3)))

    def penetration(self, at: Configuration, level: float) -> FloatArray:
        """(k,): mm by which the shell has entered the tissue, negative where it is clear."""
        inner = at.positions[self.nodes] - self.half[:, None] * at.frames[self.nodes, 2]
        above = inner - self.ride.carried(self.points, level)
        return self.gap - np.sum(above * self.ride.turned(self.normals, level), axis=1)

    def pressure(self, at: Configuration, level: float) -> FloatArray:
        """(k,): MPa on the skin."""
        return self.modulus * self._law(at, level)[1]

    def push(self, at: Configuration, level: float) -> FloatArray:
        """(k, 3): force of the limb on the shell, N."""
        force = self.area * self.pressure(at, level)
        return force[:, None] * self.ride.turned(self.normals, level)

    def energy(self, at: Configuration, level: float) -> float:
        """N·mm."""
        value, _, _ = self._law(at, level)
        return float(np.sum(self.area * self.modulus * value))

    def forces(self, at: Configuration, level: float) -> FloatArray:
        """(5n,): the energy's derivative in the dofs."""
        force = self.area * self.pressure(at, level)
        rows = -force[:, None] * self._slopes(at, level)
        return _scattered(self.nodes, rows, len(at.positions))

    def stiffness(self, at: Configuration, level: float) -> csr_matrix:
        """(5n, 5n): the energy's second derivative, one block to a node."""
        _, depth, rate = self._law(at, level)
        slopes = self._slopes(at, level)
        spring = self.area * self.modulus
        blocks = (spring * rate)[:, None, None] * slopes[:, :, None] * slopes[:, None, :]
        facing = np.sum(self.ride.turned(self.normals, level) * at.frames[self.nodes, 2], axis=1)
        # A fibre that turns by β shortens along itself by ½ β², whatever the direction.
        bend = -spring * depth * self.half * facing
        blocks[:, 3, 3] += bend
        blocks[:, 4, 4] += bend
        return _blocked(self.nodes, blocks, len(at.positions))

    def torque(self, at: Configuration, level: float) -> float:
        """N·mm: the energy's derivative in the level, at a shell that rests."""
        inner = at.positions[self.nodes] - self.half[:, None] * at.frames[self.nodes, 2]
        return _torque(self.ride, inner, self.push(at, level))

    def _law(self, at: Configuration, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        return _law(self.penetration(at, level), self.corner)

    def _slopes(self, at: Configuration, level: float) -> FloatArray:
        """(k, 5): the inner point's way out along the normal, per dof."""
        normal = self.ride.turned(self.normals, level)
        b, c = at.frames[self.nodes, 0], at.frames[self.nodes, 1]
        turns = [self.half * np.sum(normal * c, 1), -self.half * np.sum(normal * b, 1)]
        return np.column_stack([normal, *turns])


@dataclass(frozen=True, slots=True)
class StrapSprings:
    """A strap: springs that only pull `nodes` (k,) along `pulls` (k, 3), and ride.

    Each is slack while its node is ahead of `points` (k, 3) (mm at level 0); `stiffness_n_per_mm`
    (k,) beyond. Across its pull a node moves freely: the strap slides over the skin.
    """

    nodes: IntArray
    points: FloatArray
    pulls: FloatArray
    stiffness_n_per_mm: FloatArray
    ride: Ride
    corner: float = CORNER_MM

    def __post_init__(self) -> None:
        count = len(self.nodes)
        object.__setattr__(self, "nodes", frozen(self.nodes, (count,), np.int64))
        for name in ("points", "pulls"):
            object.__setattr__(self, name, frozen(getattr(self, name), (count, 3)))
        held = frozen(self.stiffness_n_per_mm, (count,))
        object.__setattr__(self, "stiffness_n_per_mm", held)

    def lag(self, at: Configuration, level: float) -> FloatArray:
        """(k,): mm by which a node stays behind, negative where the strap is slack."""
        behind = self.ride.carried(self.points, level) - at.positions[self.nodes]
        return np.sum(behind * self.ride.turned(self.pulls, level), axis=1)

    def tension(self, at: Configuration, level: float) -> FloatArray:
        """(k,): N in every spring."""
        return self.stiffness_n_per_mm * self._law(at, level)[1]

    def push(self, at: Configuration, level: float) -> FloatArray:
        """(k, 3): force of the strap on the shell, N."""
        return self.tension(at, level)[:, None] * self.ride.turned(self.pulls, level)

    def energy(self, at: Configuration, level: float) -> float:
        """N·mm."""
        value, _, _ = self._law(at, level)
        return float(np.sum(self.stiffness_n_per_mm * value))

    def forces(self, at: Configuration, level: float) -> FloatArray:
        """(5n,): the energy's derivative in the dofs."""
        rows = np.zeros((len(self.nodes), DOFS_PER_NODE))
        rows[:, :3] = -self.push(at, level)
        return _scattered(self.nodes, rows, len(at.positions))

    def stiffness(self, at: Configuration, level: float) -> csr_matrix:
        """(5n, 5n): the energy's second derivative, one block to a node."""
        _, _, rate = self._law(at, level)
        pulls = self.ride.turned(self.pulls, level)
        blocks = np.zeros((len(self.nodes), DOFS_PER_NODE, DOFS_PER_NODE))
        spring = (self.stiffness_n_per_mm * rate)[:, None, None]
        blocks[:, :3, :3] = spring * pulls[:, :, None] * pulls[:, None, :]
        return _blocked(self.nodes, blocks, len(at.positions))

    def _law(self, at: Configuration, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        return _law(self.lag(at, level), self.corner)

    def torque(self, at: Configuration, level: float) -> float:
        """N·mm: the energy's derivative in the level, at a shell that rests."""
        return _torque(self.ride, at.positions[self.nodes], self.push(at, level))


def _law(depth: FloatArray, corner: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Integral, value and slope of the law of springs of stiffness 1."""
    inside = np.clip(depth, 0.0, 2.0 * corner)
    beyond = np.maximum(depth - 2.0 * corner, 0.0)
    value = inside**2 / (4.0 * corner) + beyond
    integral = inside**3 / (12.0 * corner) + beyond * (corner + 0.5 * beyond)
    return integral, value, inside / (2.0 * corner)


def _torque(ride: Ride, points: FloatArray, push: FloatArray) -> float:
    """dE/dφ: the limb's forces on the shell times the way their places make with the limb."""
    way = ride.share[:, None] * cross(ride.direction, points - ride.point)
    return float(np.sum(push * way))


def _scattered(nodes: IntArray, rows: FloatArray, count: int) -> FloatArray:
    total = np.zeros((count, DOFS_PER_NODE))
    np.add.at(total, nodes, rows)
    return total.ravel()


def _blocked(nodes: IntArray, blocks: FloatArray, count: int) -> csr_matrix:
    """Blocks (k, 5, 5) on the diagonal of a (5n, 5n) matrix."""
    summed = np.zeros((count, DOFS_PER_NODE, DOFS_PER_NODE))
    np.add.at(summed, nodes, blocks)
    used = np.unique(nodes)
    starts = np.searchsorted(used, np.arange(count + 1))
    size = count * DOFS_PER_NODE
    return csr_matrix(bsr_matrix((summed[used], used, starts), shape=(size, size)))
