"""Triangulated sheet: a plane region between closed loops, structured inside, stitched to its rim.

Cells of a product grid fill the region wherever they lie wholly inside it; the strip between that
staircase and the loops is triangulated without new points and then improved by edge flips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, pi

import numpy as np
from manifold3d import triangulate
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray, IntArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Triangles over the loops' points (in their order) followed by the grid points `nodes`.

    `nodes` (k, 2) are (column, row) indices into the grid lines. `quads` (m, 4) and the triangles
    `strip` (n, 3) around them run counter-clockwise in the plane.
    """

    nodes: IntArray
    quads: IntArray
    strip: IntArray


def triangulated_region(
    loops: Sequence[FloatArray], columns: FloatArray, rows: FloatArray
) -> Sheet:
    """Triangulates the region inside the first loop and outside the others.

    `loops` are (n, 2) closed loops, first point not repeated, material on the left; `columns` and
    `rows` the rising grid lines. The plane should be roughly isometric to the surface meant.
    """
    used = _inner_cells(loops, columns, rows)
    number = np.full((len(columns), len(rows)), -1, dtype=np.int64)
    corner = _spread(used)
    count = sum(len(loop) for loop in loops)
    number[corner] = count + np.arange(int(corner.sum()))
    nodes = np.argwhere(corner)
    cells = np.argwhere(used)
    i, j = cells[:, 0], cells[:, 1]
    quads = np.stack(
        [number[i, j], number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]], axis=1
    )
    stairs = [loop[::-1] for loop in chained(open_edges(quads))]
    plane = np.vstack([*loops, np.column_stack([columns[nodes[:, 0]], rows[nodes[:, 1]]])])
    rings = [*np.split(np.arange(count), np.cumsum([len(loop) for loop in loops])[:-1]), *stairs]
    order = np.concatenate(rings)
    strip = order[triangulate([plane[ring] for ring in rings], allow_convex=False)]
    return Sheet(nodes, quads, strip)


def halved_quads(quads: IntArray, points: FloatArray) -> IntArray:
    """Two triangles a quadrilateral, along its shorter diagonal in space (the first if equal)."""
    a, b, c, d = quads.T
    first = np.linalg.norm(points[a] - points[c], axis=1)
    second = np.linalg.norm(points[b] - points[d], axis=1)
    turn = (second < first * (1.0 - 1e-9))[:, None]
    lower = np.where(turn, np.stack([a, b, d], axis=1), np.stack([a, b, c], axis=1))
    upper = np.where(turn, np.stack([b, c, d], axis=1), np.stack([a, c, d], axis=1))
    return np.vstack([lower, upper])


def inner_edges(triangles: IntArray) -> IntArray:
    """(e, 2): edges shared by two of the triangles, each once, lower vertex first."""
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    found, count = np.unique(edges, axis=0, return_counts=True)
    return found[count == 2]


def split_edges(triangles: IntArray, edges: IntArray, first_new: int) -> tuple[IntArray, IntArray]:
    """Halves inner edges, in the order given, at most one of every triangle.

    Returns the triangles and the edges (k, 2) that were halved; the middle of the i-th is vertex
    `first_new` + i.
    """
    apex = _apex(triangles)
    halved: list[tuple[int, int]] = []
    touched: set[tuple[int, int]] = set()
    for a, b in edges.tolist():
        if (a, b) in touched or (b, a) in touched:
            continue
        c, d, middle = apex.pop((a, b)), apex.pop((b, a)), first_new + len(halved)
        around = [(b, c), (c, a), (a, d), (d, b)]
        touched.update(around, [edge[::-1] for edge in around])
        for start, end in around:
            apex[start, end], apex[end, middle], apex[middle, start] = middle, start, end
        halved.append((a, b))
    return _triangles(apex), np.array(halved, dtype=np.int64).reshape(-1, 2)


def inside(loops: Sequence[FloatArray], columns: FloatArray, rows: FloatArray) -> BoolArray:
    """(len(columns), len(rows)): which grid points an odd number of loops encloses."""
    start = np.vstack(loops)
    end = np.vstack([np.roll(loop, -1, axis=0) for loop in loops])
    result = np.zeros((len(columns), len(rows)), dtype=bool)
    for index, x in enumerate(columns):
        crossing = (start[:, 0] <= x) != (end[:, 0] <= x)
        p, q = start[crossing], end[crossing]
        heights = p[:, 1] + (q[:, 1] - p[:, 1]) * (x - p[:, 0]) / (q[:, 0] - p[:, 0])
        result[index] = np.searchsorted(np.sort(heights), rows) % 2 == 1
    return result


def _inner_cells(loops: Sequence[FloatArray], columns: FloatArray, rows: FloatArray) -> BoolArray:
    """Cells with every corner inside, and farther from the loops than any point of the cell is.

    Three quarters of a diagonal: no point of a cell is farther than half of one from a corner, and
    the rest keeps the strip's triangles from degenerating.
    """
    corner = inside(loops, columns, rows)
    width = np.maximum(np.diff(columns, prepend=columns[0]), np.diff(columns, append=columns[-1]))
    height = np.maximum(np.diff(rows, prepend=rows[0]), np.diff(rows, append=rows[-1]))
    reach = 0.75 * np.hypot(width[:, None], height[None, :])
    grid = np.stack(np.meshgrid(columns, rows, indexing="ij"), axis=-1)
    distance = np.zeros(corner.shape)
    distance[corner] = cKDTree(np.vstack(loops)).query(grid[corner])[0]
    free = corner & (distance > reach)
    used = free[:-1, :-1] & free[1:, :-1] & free[1:, 1:] & free[:-1, 1:]
    while True:
        pinched = _pinched(used)
        if not pinched.any():
            return used
        used = used & ~pinched


def _pinched(used: BoolArray) -> BoolArray:
    """Cells that meet another in one corner only; the stairs would touch themselves there."""
    a, b, c, d = used[:-1, :-1], used[1:, :-1], used[1:, 1:], used[:-1, 1:]
    rising, falling = a & c & ~b & ~d, b & d & ~a & ~c
    pinched = np.zeros_like(used)
    pinched[:-1, :-1] |= rising
    pinched[1:, 1:] |= rising
    pinched[1:, :-1] |= falling
    pinched[:-1, 1:] |= falling
    return pinched


def _spread(used: BoolArray) -> BoolArray:
    """Grid points that are corners of used cells."""
    corner = np.zeros((used.shape[0] + 1, used.shape[1] + 1), dtype=bool)
    for di in (0, 1):
        for dj in (0, 1):
            corner[di : di + used.shape[0], dj : dj + used.shape[1]] |= used
    return corner


def open_edges(cells: IntArray) -> IntArray:
    """(e, 2): edges of cells (n, k) that no other cell has the other way round."""
    edges = np.stack([cells, np.roll(cells, -1, axis=1)], axis=-1).reshape(-1, 2)
    count = int(cells.max()) + 1 if cells.size else 0
    return edges[~np.isin(edges @ [count, 1], edges @ [1, count])]


def chained(edges: IntArray) -> list[IntArray]:
    """The closed loops that directed edges make; raises where two touch in a corner."""
    following = dict(edges.tolist())
    loops: list[IntArray] = []
    while following:
        at = first = min(following)
        loop = []
        while at in following:
            loop.append(at)
            at = following.pop(at)
        if at != first:
            raise ValueError("the cells of a sheet touch in a corner")
        loops.append(np.array(loop, dtype=np.int64))
    return loops


def _apex(triangles: IntArray) -> dict[tuple[int, int], int]:
    """The corner opposite to every directed edge."""
    apex: dict[tuple[int, int], int] = {}
    for a, b, c in triangles.tolist():
        apex[a, b], apex[b, c], apex[c, a] = c, a, b
    return apex


def _triangles(apex: dict[tuple[int, int], int]) -> IntArray:
    corners = [(a, b, c) for (a, b), c in apex.items() if a < b and a < c]
    return np.array(corners, dtype=np.int64).reshape(-1, 3)


def flipped(triangles: IntArray, plane: FloatArray, points: FloatArray) -> IntArray:
    """The triangles after edge flips towards equal angles in space; their outline never changes.

    `plane` (n, 2) and `points` (n, 3) give every vertex in the plane and in space. An edge flips
    where the two opposite angles sum to more than 180° (Lawson's rule; Delaunay; recalled) and the
    triangles stay upright in the plane.
    """
    apex = _apex(triangles)
    flat, space = plane.tolist(), points.tolist()
    waiting = [edge for edge in apex if edge[0] < edge[1] and edge[::-1] in apex]
    # Delaunay flips end by themselves in a plane; on a curved surface the bound ends them.
    for _ in range(20 * len(waiting)):
        if not waiting:
            break
        a, b = waiting.pop()
        if (a, b) not in apex or (b, a) not in apex:
            continue
        c, d = apex[a, b], apex[b, a]
        if (c, d) in apex or (d, c) in apex or not _wants_flip(flat, space, a, b, c, d):
            continue
        del apex[a, b], apex[b, a]
        apex[a, d], apex[d, c], apex[c, a] = c, a, d
        apex[d, b], apex[b, c], apex[c, d] = c, d, b
        waiting += [(a, d), (d, b), (b, c), (c, a)]
    return _triangles(apex)


def _wants_flip(
    flat: list[list[float]], space: list[list[float]], a: int, b: int, c: int, d: int
) -> bool:
    at_c, at_d = _angle(space[a], space[c], space[b]), _angle(space[a], space[d], space[b])
    if at_c + at_d <= pi + 1e-9:
        return False
    before = min(_twice_area(flat[a], flat[b], flat[c]), _twice_area(flat[b], flat[a], flat[d]))
    after = min(_twice_area(flat[a], flat[d], flat[c]), _twice_area(flat[d], flat[b], flat[c]))
    return after > max(0.02 * before, 0.0)


def _angle(p: list[float], q: list[float], r: list[float]) -> float:
    """The angle at q, rad."""
    u = (p[0] - q[0], p[1] - q[1], p[2] - q[2])
    v = (r[0] - q[0], r[1] - q[1], r[2] - q[2])
    x = u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
    w = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
    return atan2((w[0] * w[0] + w[1] * w[1] + w[2] * w[2]) ** 0.5, x)


def _twice_area(p: list[float], q: list[float], r: list[float]) -> float:
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
