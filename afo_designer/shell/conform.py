"""Conform: nodes moved onto the borders of regions until no edge crosses one.

First every node that all but lies on a border is put on it. Then, shortest way first, of each edge
with one end inside and one outside the nearer end is moved along the edge to the border. Nodes of
the outline stay on it; nodes on one region's border stay there. In the end a border runs along
edges and diagonals of cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.shell.grid import Grid
from afo_designer.shell.region import Depth, Region, bisected, least
from afo_designer.shell.strip import Strip

# A node nearer to a border than this share of an element's size is put on it.
NEAR = 0.25
# It moves at most by this share.
FURTHEST = 0.45
# A node this near, mm, is on it.
ON_BORDER_MM = 1e-7
# A node of the outline leaves it by at most this share of an edge; past that the inner end comes.
OFF_OUTLINE = 0.1

# What a way that should not be taken is longer by, mm: more than any edge.
HINDERED_MM = 1e3
# A triangle beside a border is flat when it is less than this share of its cell.
FLAT_TIP = 0.12


def conformed(strip: Strip, grid: Grid, regions: Sequence[Region]) -> tuple[Grid, IntArray]:
    """The grid conforming to the regions, and on which side of each every node lies.

    Sides (regions, rows, columns): 1 inside, −1 outside, 0 on the border. No edge of the grid joins
    an inside node with an outside one.
    """
    place = np.stack([grid.s, grid.v])
    locked = np.zeros(grid.s.shape, dtype=np.bool_)
    sides = []
    for region in regions:
        place = _settled(strip, place, region, locked)
        side = _sides(strip, place, region)
        place, side = _snapped(strip, place, region, side, locked)
        place, side = _rounded(strip, place, region, side, locked)
        locked |= side == 0
        sides.append(side)
    shape = (len(regions), *grid.s.shape)
    return replace(grid, s=place[0], v=place[1]), np.array(sides, dtype=np.int64).reshape(shape)


def _sides(strip: Strip, place: FloatArray, region: Region) -> IntArray:
    depth = least(region, strip.point(*place))
    return np.where(np.abs(depth) <= ON_BORDER_MM, 0, np.sign(depth)).astype(np.int64)


def _settled(
    strip: Strip, place: FloatArray, region: Region, locked: NDArray[np.bool_]
) -> FloatArray:
    """Nodes near a border, or near a corner of two, put on it by the shortest way."""
    points = strip.point(*place)
    size = _sizes(points)
    flat = points.reshape(-1, 3)
    depths = np.array([half(flat).reshape(size.shape) for half in region])
    near = np.abs(depths) < NEAR * size
    beside = near.any(axis=0) & (depths.min(axis=0) > -NEAR * size) & ~locked
    place = place.copy()
    for i, j in np.argwhere(beside).tolist():
        halves = [half for half, close in zip(region, near[:, i, j], strict=True) if close]
        fixed = _fixed(i, j, size.shape)
        moved = _put(strip, place[:, i, j], halves[:2], fixed)
        if moved is not None and _moved(strip, points[i, j], moved) < FURTHEST * size[i, j]:
            place[:, i, j] = moved
    return place


def _put(
    strip: Strip, at: FloatArray, halves: Sequence[Depth], fixed: tuple[bool, bool]
) -> FloatArray | None:
    """(s, v) moved until its depths vanish; None where the outline or the border forbids it."""
    at = at.copy()
    free = ~np.array(fixed)
    if free.sum() < len(halves):
        return None
    steps = np.array([1e-4, 1e-6])
    for _ in range(8):
        probe = at + np.array([[0.0, 0.0], [steps[0], 0.0], [0.0, steps[1]]])
        points = strip.point(probe[:, 0], probe[:, 1])
        values = np.array([half(points) for half in halves])
        if np.abs(values[:, 0]).max() < 0.01 * ON_BORDER_MM:
            break
        slopes = (values[:, 1:] - values[:, :1]) / steps
        tangents = (points[1:] - points[0]) / steps[:, None]
        metric = np.linalg.pinv((tangents @ tangents.T)[np.ix_(free, free)])
        slopes = slopes[:, free]
        gain = slopes @ metric @ slopes.T
        if np.linalg.cond(gain) > 1e6:
            return None
        at[free] -= metric @ slopes.T @ np.linalg.solve(gain, values[:, 0])
    return at


def _moved(strip: Strip, start: FloatArray, place: FloatArray) -> float:
    """How far a node is moved, mm."""
    return float(np.linalg.norm(strip.point(place[0], place[1]) - start))


def _fixed(i: int, j: int, shape: tuple[int, ...]) -> tuple[bool, bool]:
    """Whether a node's s and v are the outline's."""
    return i in (0, shape[0] - 1), j in (0, shape[1] - 1)


def _sizes(points: FloatArray) -> FloatArray:
    """(rows, columns): the shortest edge at every node, mm."""
    size = np.full(points.shape[:2], np.inf)
    for axis in (0, 1):
        edges = np.linalg.norm(np.diff(points, axis=axis), axis=2)
        start = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        end = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        size[start] = np.minimum(size[start], edges)
        size[end] = np.minimum(size[end], edges)
    return size


def _snapped(
    strip: Strip,
    place: FloatArray,
    region: Region,
    side: IntArray,
    locked: NDArray[np.bool_],
) -> tuple[FloatArray, IntArray]:
    """Ends of crossed edges moved to the border, the shortest way first, until none is left."""
    place, side = place.copy(), side.copy()
    start, end = _crossed(side)
    share = _shares(strip, place, region, start, end)
    node, other = np.concatenate([start, end]), np.concatenate([end, start])
    way = np.concatenate([share, 1.0 - share])
    points = strip.point(*place)
    length = np.linalg.norm(points[tuple(node.T)] - points[tuple(other.T)], axis=1)
    order = np.argsort(way * length + _hindrance(node, other, way, locked), kind="stable")
    for (i, j), (k, m), step in zip(
        node[order].tolist(), other[order].tolist(), way[order].tolist(), strict=True
    ):
        # an edge with a moved end is crossed no more, and the others have not changed
        if side[i, j] * side[k, m] < 0:
            place[:, i, j] += step * (place[:, k, m] - place[:, i, j])
            side[i, j] = 0
    return place, side


def _rounded(
    strip: Strip,
    place: FloatArray,
    region: Region,
    side: IntArray,
    locked: NDArray[np.bool_],
) -> tuple[FloatArray, IntArray]:
    """Nodes between a bent border and a diagonal that stands for it, put on the border too.

    The diagonal would leave them a triangle that is flat or folded over.
    """
    place, side = place.copy(), side.copy()
    given_up = locked.copy()
    while True:
        points = strip.point(*place)
        size = _sizes(points)
        flat = _flat_tips(points, side)
        flat = flat[~given_up[flat[:, 0], flat[:, 1]]]
        if len(flat) == 0:
            return place, side
        for i, j in flat.tolist():
            given_up[i, j] = True
            depths = np.array([half(strip.point(*place[:, i, j])[None])[0] for half in region])
            half = region[int(np.argmin(depths))]
            moved = _put(strip, place[:, i, j], [half], _fixed(i, j, side.shape))
            if moved is not None and _moved(strip, points[i, j], moved) < FURTHEST * size[i, j]:
                place[:, i, j], side[i, j] = moved, 0


def _flat_tips(points: FloatArray, side: IntArray) -> IntArray:
    """(k, 2): corners of cells, cut by a border along a diagonal, whose triangle is flat."""
    around = ((0, 0), (1, 0), (1, 1), (0, 1))
    rows, columns = side.shape
    cut = [(slice(a, rows - 1 + a), slice(b, columns - 1 + b)) for a, b in around]
    corner = [points[part] for part in cut]
    whole = np.cross(corner[2] - corner[0], corner[3] - corner[1])
    area = np.einsum("ijk,ijk->ij", whole, whole)
    tips = []
    for k in range(4):
        before, tip, after = corner[k - 1], corner[k], corner[(k + 1) % 4]
        triangle = np.cross(after - tip, before - tip)
        share = np.einsum("ijk,ijk->ij", triangle, whole) / area
        divided = side[cut[k]] * side[cut[(k + 2) % 4]] < 0
        tips.append(np.argwhere(divided & (share < FLAT_TIP)) + np.array(around[k]))
    return np.unique(np.concatenate(tips), axis=0)


def _crossed(side: IntArray) -> tuple[IntArray, IntArray]:
    """(k, 2) both ends' (row, column) of the edges that join inside and outside."""
    starts, ends = [], []
    for axis, (di, dj) in ((0, (1, 0)), (1, (0, 1))):
        first = side[:-1] if axis == 0 else side[:, :-1]
        second = side[1:] if axis == 0 else side[:, 1:]
        found = np.argwhere(first * second < 0)
        starts.append(found)
        ends.append(found + np.array([di, dj]))
    return np.concatenate(starts), np.concatenate(ends)


def _shares(
    strip: Strip, place: FloatArray, region: Region, start: IntArray, end: IntArray
) -> FloatArray:
    """(k,): how far along each edge the border lies."""
    a, b = place[:, start[:, 0], start[:, 1]], place[:, end[:, 0], end[:, 1]]

    def depth(share: FloatArray) -> FloatArray:
        return least(region, strip.point(*(a + share * (b - a))))

    return bisected(depth, np.zeros(len(start)), np.ones(len(start)))


def _hindrance(
    node: IntArray, other: IntArray, ways: FloatArray, locked: NDArray[np.bool_]
) -> FloatArray:
    """(k,): what is added to a way that leaves the outline too far, or another border."""
    rows, columns = locked.shape
    hindrance = np.zeros(len(node))
    for axis, last in ((0, rows - 1), (1, columns - 1)):
        on_outline = np.isin(node[:, axis], (0, last))
        leaves = on_outline & (node[:, axis] != other[:, axis])
        hindrance += np.where(leaves & (ways > OFF_OUTLINE), HINDERED_MM, 0.0)
    return hindrance + np.where(locked[node[:, 0], node[:, 1]], 2.0 * HINDERED_MM, 0.0)
