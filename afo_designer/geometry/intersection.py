"""Triangles of a mesh that cut through each other or lie folded upon each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray, cross, unit
from afo_designer.geometry.mesh import TriMesh

# Pairs tested at once: the working set stays in the processor's cache.
_CHUNK = 50_000
# Grid cells a triangle may be entered into, on average, before the cells are made larger.
_MAX_ENTRIES_PER_TRIANGLE = 24


def self_intersections(mesh: TriMesh, depth: float = 1e-6) -> IntArray:
    """Pairs (k, 2) of triangles that intersect, lower number first, sorted.

    Two triangles intersect when no direction separates them to within `depth` (mm): touching, as
    neighbours do along their edge or at their corner, is no intersection, cutting through is, and
    so is lying flat upon each other by more than `depth`, as after a fold. By separating axes
    (Gottschalk, Lin, Manocha, SIGGRAPH 1996; recalled): for two convex bodies that overlap beyond
    touching no axis among the face normals and the products of edges separates. Triangles without
    area are passed over.
    """
    corners = mesh.corners
    one, two, three = np.moveaxis(corners, 1, 0)
    low = np.minimum(np.minimum(one, two), three)
    high = np.maximum(np.maximum(one, two), three)
    solid = np.flatnonzero(mesh.areas > 0.0)
    found = [np.zeros((0, 2), dtype=np.int64)]
    if len(solid) > 1:
        planes = _Planes(corners, mesh.triangle_normals)
        for first, second in _box_pairs(low[solid], high[solid]):
            pairs = np.stack([solid[first], solid[second]], axis=1)
            found.append(pairs[_cut(mesh.triangles, corners, planes, pairs, depth)])
    pairs = np.sort(np.concatenate(found), axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


class _Planes:
    """Heights of corners above planes, by coordinate: five times faster than point by point."""

    def __init__(self, corners: FloatArray, normals: FloatArray) -> None:
        self.normals = normals
        self._x = np.ascontiguousarray(corners.reshape(-1, 9).T)
        self._n = np.ascontiguousarray(normals.T)
        self._offset = np.einsum("ij,ij->i", normals, corners[:, 0])

    def heights(self, plane: IntArray, triangle: IntArray) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest signed distance (n,) of each triangle's corners from its plane."""
        nx, ny, nz = (axis[plane] for axis in self._n)
        offset = self._offset[plane]
        one, two, three = (
            self._x[k][triangle] * nx
            + self._x[k + 1][triangle] * ny
            + self._x[k + 2][triangle] * nz
            - offset
            for k in (0, 3, 6)
        )
        lowest = np.minimum(np.minimum(one, two), three)
        return lowest, np.maximum(np.maximum(one, two), three)


def _cut(
    triangles: IntArray, corners: FloatArray, planes: _Planes, pairs: IntArray, depth: float
) -> np.ndarray:
    """Which of the pairs intersect: (n,) bool."""
    i, j = pairs.T
    cut = np.zeros(len(pairs), dtype=bool)
    # Heights of each triangle's corners above the other's plane decide nearly all pairs.
    low, high = planes.heights(i, j)
    flat = (low >= -depth) & (high <= depth)
    rest = np.flatnonzero(flat | ((low < -depth) & (high > depth)))
    i, j, flat = i[rest], j[rest], flat[rest]
    low, high = planes.heights(j, i)
    crossing = ~flat & (low < -depth) & (high > depth)
    flat &= (low >= -depth) & (high <= depth)
    # Two faces over one edge can only meet elsewhere when they are folded flat.
    at = np.flatnonzero(crossing)
    crossing[at] = _shared_corners(triangles[i[at]], triangles[j[at]]) < 2
    for chosen, overlaps in ((crossing, _cross), (flat, _overlap)):
        at = np.flatnonzero(chosen)
        hit = overlaps(corners[i[at]], corners[j[at]], planes.normals[i[at]], depth)
        cut[rest[at[hit]]] = True
    return cut


def _shared_corners(one: IntArray, other: IntArray) -> IntArray:
    return (one[:, :, None] == other[:, None, :]).sum(axis=(1, 2))


def _cross(one: FloatArray, other: FloatArray, _: FloatArray, depth: float) -> np.ndarray:
    """No product of an edge of each separates the triangles; their planes are known not to."""
    products = [(a, b) for a in _edges(one) for b in _edges(other)]
    return ~_separated(one, other, products, depth)


def _overlap(one: FloatArray, other: FloatArray, normal: FloatArray, depth: float) -> np.ndarray:
    """No edge of either separates two triangles in one plane."""
    products = [(edge, normal.T) for edge in (*_edges(one), *_edges(other))]
    return ~_separated(one, other, products, depth)


def _edges(corners: FloatArray) -> FloatArray:
    """(edge, coordinate, n)."""
    return np.ascontiguousarray((np.roll(corners, -1, axis=1) - corners).transpose(1, 2, 0))


def _separated(
    one: FloatArray,
    other: FloatArray,
    products: Sequence[tuple[FloatArray, FloatArray]],
    depth: float,
) -> np.ndarray:
    """Whether along one of the products (of (3, n) each) shadows overlap by no more than `depth`.

    Pairs that one product separates are not looked at again.
    """
    # Products of parallel edges are rounding and separate nothing.
    size = np.abs(one - one[:, :1]).max(axis=(1, 2)) * np.abs(other - other[:, :1]).max(axis=(1, 2))
    least = 1e-12 * np.minimum(size, np.sqrt(size))
    points = np.concatenate([one - one[:, :1], other - one[:, :1]], axis=1)
    points = np.ascontiguousarray(points.transpose(1, 2, 0))
    apart, left = np.zeros(len(one), dtype=bool), np.arange(len(one))
    for a, b in products:
        axis = cross(a[:, left].T, b[:, left].T)
        x, y, z = unit(axis).T
        a1, a2, a3, b1, b2, b3 = (p[0] * x + p[1] * y + p[2] * z for p in points[:, :, left])
        overlap = np.minimum(
            np.maximum(np.maximum(a1, a2), a3) - np.minimum(np.minimum(b1, b2), b3),
            np.maximum(np.maximum(b1, b2), b3) - np.minimum(np.minimum(a1, a2), a3),
        )
        means = np.abs(axis).max(axis=1) > least[left]
        done = means & (overlap <= depth)
        apart[left[done]] = True
        left = left[~done]
    return apart


def _box_pairs(low: FloatArray, high: FloatArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Pairs of boxes (n, 3) that overlap or touch, each pair once, in chunks.

    Boxes are entered into all cells of a grid that they reach; two boxes meet in the cell of the
    highest of their lowest corners, and only there their pair counts.
    """
    first_cell, last_cell = _cells(low, high)
    box, cell = _entries(first_cell, last_cell)
    key = _cell_key(cell, last_cell.max(axis=0) + 1)
    # Bit by axis: this cell is the box's lowest. A pair is at home where between them all are set.
    lowest = (cell == first_cell[box]) @ np.array([1, 2, 4], dtype=np.uint8)
    order = np.argsort(key, kind="stable")
    box, key, lowest = box[order], key[order], lowest[order]
    bounds = [(low[box, axis], high[box, axis]) for axis in range(3)]
    members = np.arange(len(key))
    step = 0
    while True:
        step += 1
        members = members[: np.searchsorted(members, len(key) - step)]
        members = members[key[members] == key[members + step]]
        if len(members) == 0:
            return
        for start in range(0, len(members), _CHUNK):
            here = members[start : start + _CHUNK]
            here = here[(lowest[here] | lowest[here + step]) == 7]
            for least, most in bounds:
                one, other = here, here + step
                here = here[(least[one] <= most[other]) & (least[other] <= most[one])]
            yield box[here], box[here + step]


def _cells(low: FloatArray, high: FloatArray) -> tuple[IntArray, IntArray]:
    """First and last grid cell (n, 3) that each box reaches."""
    origin, extent = low.min(axis=0), high - low
    span = float((high.max(axis=0) - origin).max())
    width = max(1.5 * float(np.median(extent.max(axis=1))), span / 1e6)
    while True:
        first = ((low - origin) / width).astype(np.int64)
        last = ((high - origin) / width).astype(np.int64)
        if (last - first + 1).prod(axis=1).sum() <= _MAX_ENTRIES_PER_TRIANGLE * len(low):
            return first, last
        width *= 1.5


def _entries(first: IntArray, last: IntArray) -> tuple[IntArray, IntArray]:
    """Box number and cell (m, 3) of every entry."""
    counts = last - first + 1
    total = counts.prod(axis=1)
    box = np.repeat(np.arange(len(first)), total)
    within = np.arange(len(box)) - np.repeat(np.cumsum(total) - total, total)
    per_x, per_y = (counts[:, 1] * counts[:, 2])[box], counts[box, 2]
    steps = np.stack([within // per_x, within % per_x // per_y, within % per_y], axis=1)
    return box, first[box] + steps


def _cell_key(cell: IntArray, counts: IntArray) -> IntArray:
    return (cell[:, 0] * counts[1] + cell[:, 1]) * counts[2] + cell[:, 2]
