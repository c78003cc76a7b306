"""A shell with its supports and loads on structured grids: what the problems are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.constraint import Axes, Constraint, constrain
from afo_designer.mechanics.discretisation import Configuration, discretise
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.equilibrium import State, Task
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.solve import Solution, solve, stiffness_matrix

GAUSS = (-1.0 / np.sqrt(3.0), 1.0 / np.sqrt(3.0))
UP = np.array([0.0, 0.0, 1.0])


@dataclass
class Structure:
    """A model, and at every vertex which of its five components are free and what loads them.

    `number` holds vertex numbers in the order of the grid the points came in, (rows, columns) as a
    rule. `axes` (n, 3, 3), rows: displacement components; `rotation` (n, 2, 3): rotation axes.
    """

    model: ShellModel
    number: IntArray
    free: FloatArray = field(init=False)
    axes: FloatArray = field(init=False)
    rotation: FloatArray = field(init=False)
    load: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.model.mesh.vertices)
        self.free = np.ones((count, 5), dtype=np.bool_)
        self.axes = np.tile(np.eye(3), (count, 1, 1))
        self.rotation = self.model.rotation_axes[:count].copy()
        self.load = np.zeros((count, 5))

    def clamp(self, nodes: IntArray) -> None:
        self.free[nodes] = False

    def hold(self, nodes: IntArray, *axes: int) -> None:
        """No motion along the axes."""
        self.free[np.ravel(nodes)[:, None], list(axes)] = False

    def symmetry(self, nodes: IntArray, axis: int) -> None:
        """No motion along the axis, no turn but about it; a second plane leaves no turn at all."""
        nodes = np.ravel(nodes)
        again = nodes[~self.free[nodes, 4]]
        normal = self.axes[nodes, axis]
        self.rotation[nodes, 0] = normal
        self.rotation[nodes, 1] = np.cross(self.model.directors[nodes], normal)
        self.free[nodes, axis] = False
        self.free[nodes, 4] = False
        self.free[again, 3:] = False

    def line_load(self, nodes: IntArray, axis: int, total: float) -> None:
        """A total force spread evenly over the line through the nodes, by its lengths."""
        points = self.model.mesh.vertices[nodes]
        lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
        share = np.zeros(len(nodes))
        share[:-1] += 0.5 * lengths
        share[1:] += 0.5 * lengths
        self.load[nodes, axis] += total * share / share.sum()

    def couple(self, nodes: IntArray, axis: FloatArray, total: float) -> None:
        """A total moment about a global axis over the line, as moments on the rotations."""
        axes = self.model.rotation_axes[nodes]
        before = self.load[nodes, 0].copy()
        self.line_load(nodes, 0, total)
        share = self.load[nodes, 0] - before
        self.load[nodes, 0] = before
        self.load[nodes, 3:] += share[:, None] * (axes @ axis)

    def area_load(self, per_area: Callable[[FloatArray], FloatArray] | FloatArray) -> None:
        """A force per mid-surface area, a vector or a function of the points (m, 3)."""
        force = (
            per_area if callable(per_area) else lambda points: np.tile(per_area, (len(points), 1))
        )
        mesh = self.model.mesh
        for N, N_r, N_s, cells, weight in _rules(mesh):
            corners = self.model.nodes[cells]
            g_r, g_s = (np.einsum("n,mni->mi", slope, corners) for slope in (N_r, N_s))
            area = weight * np.linalg.norm(np.cross(g_r, g_s), axis=1)
            points = np.einsum("n,mni->mi", N, mesh.vertices[cells])
            work = area[:, None] * force(points)
            for corner in range(cells.shape[1]):
                np.add.at(self.load[:, :3], cells[:, corner], N[corner] * work)

    def constraint(self) -> Constraint:
        return constrain(self.model, self.free, axes=Axes(self.axes, self.rotation))

    def task(self) -> Task:
        """The same with large rotations; loads are dead, moments about fixed axes.

        A node's rotations are about its own b and c, so they start along `rotation`.
        """
        model, count = self.model, len(self.free)
        frames = model.frames.copy()
        frames[:count, :2] = self.rotation
        free = model.moves.copy()
        free[:count] = self.free
        load, couple = np.zeros((len(free), 3)), np.zeros((len(free), 3))
        load[:count] = self.load[:, :3]
        axes = model.rotation_axes[:count]
        couple[:count] = np.einsum("nk,nki->ni", self.load[:, 3:], axes)
        turned = np.tile(np.eye(3), (len(free), 1, 1))
        turned[:count] = self.axes
        start = Configuration(model.nodes, frames)
        return Task(discretise(model), start, free, turned, load, couple)

    def moved(self, state: State) -> FloatArray:
        """(*number.shape, 3): displacements of a state."""
        return (state.at.positions - self.model.nodes)[self.number]

    def solution(self) -> Solution:
        load = np.zeros((len(self.model.nodes), 5))  # bubbles of triangles bear none
        load[: len(self.load)] = self.load
        answer = solve(self.model, stiffness_matrix(self.model), self.constraint(), load.ravel())
        if not answer.solved:
            raise RuntimeError(answer.message)
        return answer

    def displacement(self) -> FloatArray:
        """(*number.shape, 3)."""
        return self.solution().displacement[self.number]


def structure(
    points: FloatArray,
    directors: FloatArray,
    thickness: float,
    elasticity: Elasticity,
    cells: str = "quads",
) -> Structure:
    """A shell over a grid of points (rows, columns, 3); `cells` are "quads" or "triangles".

    Triangles halve every quad along the diagonal from its second row's first column.
    """
    rows, columns = points.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    normals = np.broadcast_to(directors, points.shape).reshape(-1, 3)
    model = shell(points.reshape(-1, 3), normals, grid_quads(number), thickness, elasticity, cells)
    return Structure(model, number)


def grid_quads(number: IntArray) -> IntArray:
    """((rows − 1)(columns − 1), 4)."""
    quads = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], -1)
    return quads.reshape(-1, 4)


def shell(
    points: FloatArray,
    directors: FloatArray,
    quads: IntArray,
    thickness: float | FloatArray,
    elasticity: Elasticity,
    cells: str = "quads",
    triangles: IntArray | None = None,
) -> ShellModel:
    """A model of quads in any sense of rotation, halved where `cells` is "triangles"."""
    own = np.zeros((0, 3), dtype=np.int64) if triangles is None else triangles
    if cells == "triangles":
        halves = quads[:, [0, 1, 3, 1, 2, 3]].reshape(-1, 3)
        own, quads = np.concatenate([halves, own]), np.zeros((0, 4), dtype=np.int64)
    quads, own = (_turned(sort, points, directors) for sort in (quads, own))
    mesh = QuadMesh(points, quads, np.zeros((len(points), 2)), own)
    heights = np.broadcast_to(np.asarray(thickness, dtype=np.float64), (len(points),))
    return ShellModel(mesh, directors, heights, elasticity)


def merged(patches: list[FloatArray]) -> tuple[FloatArray, list[IntArray]]:
    """Grids (rows, columns, 3) glued where points coincide: points (n, 3) and a number per grid."""
    flat = np.concatenate([patch.reshape(-1, 3) for patch in patches])
    size = np.abs(flat).max()
    _, first, inverse = np.unique(
        np.round(flat / size, 9) + 0.0, axis=0, return_index=True, return_inverse=True
    )
    numbers, start = [], 0
    for patch in patches:
        stop = start + patch.shape[0] * patch.shape[1]
        numbers.append(inverse.ravel()[start:stop].reshape(patch.shape[:2]))
        start = stop
    return flat[first], numbers


def even(n: int) -> FloatArray:
    return np.linspace(0.0, 1.0, n + 1)


def grid(u: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two arrays (len(u), len(v)): rows run along u."""
    first, second = np.meshgrid(u, v, indexing="ij")
    return first, second


def distorted(n: int) -> tuple[FloatArray, FloatArray]:
    """The unit square in n × n cells whose edges are divided in the ratio 1:2:…:n.

    Opposite edges run in opposite senses, corresponding points are joined by straight lines: cells
    are skewed, and on a doubly curved surface warped. Ko, Lee and Bathe distort their meshes by
    edges in this ratio; their figure was not to be had. Of the five ways to lay the edges, only
    this one makes a plain MITC4 lock on the hemisphere as in their table (0.595 of the reference
    on 16 × 16, theirs 0.582; the others 0.978 to 1.003).
    """
    steps = np.concatenate([[0.0], np.cumsum(np.arange(1.0, n + 1.0))])
    near = steps / steps[-1]
    far = 1.0 - near[::-1]
    # the line from (near_i, 0) to (far_i, 1) meets the line from (0, near_j) to (1, far_j)
    step = far - near
    u = (near[:, None] + step[:, None] * near) / (1.0 - step[:, None] * step)
    return u, near + step * u


def _turned(cells: IntArray, points: FloatArray, directors: FloatArray) -> IntArray:
    """The cells counter-clockwise about the directors."""
    if not len(cells):
        return cells
    first, second, last = points[cells[:, 0]], points[cells[:, 1]], points[cells[:, -1]]
    turn = np.cross(second - first, last - first)
    against = np.einsum("mi,mi->m", turn, directors[cells].sum(axis=1)) < 0.0
    turned = cells.copy()
    turned[against] = cells[against, ::-1]
    return turned


def _rules(mesh: QuadMesh) -> list[tuple[FloatArray, FloatArray, FloatArray, IntArray, float]]:
    """Shape functions, slopes, cells and weight of every integration point."""
    corner_r, corner_s = np.array([-1.0, 1.0, 1.0, -1.0]), np.array([-1.0, -1.0, 1.0, 1.0])
    rules = []
    for r in GAUSS:
        for s in GAUSS:
            N = 0.25 * (1.0 + corner_r * r) * (1.0 + corner_s * s)
            N_r = 0.25 * corner_r * (1.0 + corner_s * s)
            N_s = 0.25 * corner_s * (1.0 + corner_r * r)
            rules.append((N, N_r, N_s, mesh.quads, 1.0))
    N_r, N_s = np.array([-1.0, 1.0, 0.0]), np.array([-1.0, 0.0, 1.0])
    for k in range(3):
        N = np.full(3, 1.0 / 6.0)
        N[k] = 2.0 / 3.0
        rules.append((N, N_r, N_s, mesh.triangles, 1.0 / 6.0))
    return rules
