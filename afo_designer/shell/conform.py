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

from afo_designer.geometry.array import FloatArray, IntArray, cross
from afo_designer.shell.grid import Grid
from afo_designer.shell.region import Depth, Region, bisected, least
from afo_designer.shell.strip import Strip

# A node nearer to a border than the first share of the shortest edge at it was laid there and is
# put there exactly; one nearer than the second is drawn there, by at most the third.
LAID, NEAR, FURTHEST = 0.02, 0.25, 0.45
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
        place, side = _settled(strip, place, region, locked)
        place, side = _snapped(strip, place, region, side, locked)
        place, side = _rounded(strip, place, region, side, locked)
        locked |= side == 0
        sides.append(side)
    shape = (len(regions), *grid.s.shape)
    return replace(grid, s=place[0], v=place[1]), np.array(sides, dtype=np.int64).reshape(shape)


def _settled(
    strip: Strip, place: FloatArray, region: Region, locked: NDArray[np.bool_]
) -> tuple[FloatArray, IntArray]:
    """Nodes near a border, or near a corner of two, put on it by the shortest way; and the sides.

    What was laid on a border comes first, then the nearest; but no third node of a cell, which
    would leave it flat.
    """
    points = strip.point(*place)
    size = _sizes(points)
    flat = points.reshape(-1, 3)
    depths = np.array([half(flat).reshape(size.shape) for half in region])
    place, side = place.copy(), np.sign(depths.min(axis=0)).astype(np.int64)
    # a node that happens to be on one border may still belong on the corner with another
    waiting = ~locked
    for share in (LAID, NEAR):
        near = np.abs(depths) < share * size
        beside = near.any(axis=0) & (depths.min(axis=0) > -share * size) & waiting
        nodes = np.argwhere(beside)
        moved, way = _put(strip, place, nodes, region, near[:, *nodes.T])
        for k in np.argsort(way, kind="stable").tolist():
            i, j = nodes[k].tolist()
            if way[k] < FURTHEST * size[i, j] and (share == LAID or not _third(side, i, j)):
                place[:, i, j], side[i, j], waiting[i, j] = moved[k], 0, False
    return place, side


def _third(side: IntArray, i: int, j: int) -> bool:
    """Whether a cell at a node has two other nodes on the border."""
    around = np.pad(side == 0, 1)[i : i + 3, j : j + 3].astype(np.int64)
    around[1, 1] = 0
    cells = around[:-1, :-1] + around[1:, :-1] + around[:-1, 1:] + around[1:, 1:]
    return bool(cells.max() >= 2)


def _put(
    strip: Strip,
    place: FloatArray,
    nodes: IntArray,
    region: Region,
    chosen: NDArray[np.bool_],
) -> tuple[FloatArray, FloatArray]:
    """(k, 2): (s, v) of nodes (k, 2) moved until their `chosen` (halves, k) depths vanish.

    By Newton's method and the shortest way, along the outline for its nodes. And (k,) how far that
    is, mm; infinite where it leads nowhere.
    """
    shape = place.shape[1:]
    start = place[:, *nodes.T].T
    result, way = start.copy(), np.full(len(nodes), np.inf)
    for pattern in np.unique(chosen, axis=1).T:
        members = np.flatnonzero((chosen == pattern[:, None]).all(axis=0))
        halves = [half for half, wanted in zip(region, pattern.tolist(), strict=True) if wanted]
        at = start[members]
        fixed = np.isin(nodes[members], (0,)) | (nodes[members] == np.array(shape) - 1)
        for _ in range(8):
            at = at + _step(strip, at, halves, fixed)
        left = np.abs([half(strip.point(*at.T)) for half in halves]).max(axis=0)
        run = np.linalg.norm(strip.point(*at.T) - strip.point(*start[members].T), axis=1)
        result[members], way[members] = at, np.where(left < ON_BORDER_MM, run, np.inf)
    return result, way


def _step(
    strip: Strip, at: FloatArray, halves: Sequence[Depth], fixed: NDArray[np.bool_]
) -> FloatArray:
    """(k, 2): one Newton step of places (k, 2) to where all depths vanish, the shortest in mm."""
    steps = np.array([1e-4, 1e-6])
    probe = at + np.array([[0.0, 0.0], [steps[0], 0.0], [0.0, steps[1]]])[:, None, :]
    points = strip.point(probe[..., 0], probe[..., 1])
    values = np.array([least([half], points) for half in halves])  # (halves, 3, k)
    slopes = np.moveaxis((values[:, 1:] - values[:, :1]) / steps[:, None], 2, 0)
    tangents = np.moveaxis((points[1:] - points[0]) / steps[:, None, None], 1, 0)
    metric = tangents @ np.swapaxes(tangents, 1, 2)
    free = ~fixed
    metric = np.where(free[:, :, None] & free[:, None, :], metric, 0.0)
    inverse = np.linalg.pinv(metric, hermitian=True)
    gain = slopes @ inverse @ np.swapaxes(slopes, 1, 2)
    needed = np.linalg.pinv(gain, rcond=1e-6, hermitian=True) @ values[:, 0].T[..., None]
    return -np.asarray((inverse @ np.swapaxes(slopes, 1, 2) @ needed)[..., 0])


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
    ways = list(zip(node[order].tolist(), other[order].tolist(), way[order].tolist(), strict=True))
    for any_cell in (False, True):
        for (i, j), (k, m), step in ways:
            # an edge with a moved end is crossed no more, and the others have not changed
            if side[i, j] * side[k, m] < 0 and (any_cell or not _third(side, i, j)):
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
        given_up[*flat.T] = True
        depths = np.array([half(points[*flat.T]) for half in region])
        nearest = depths == depths.min(axis=0)
        moved, way = _put(strip, place, flat, region, nearest)
        taken = way < FURTHEST * size[*flat.T]
        place[:, *flat[taken].T] = moved[taken].T
        side[*flat[taken].T] = 0


def _flat_tips(points: FloatArray, side: IntArray) -> IntArray:
    """(k, 2): corners of cells, cut by a border along a diagonal, whose triangle is flat."""
    around = ((0, 0), (1, 0), (1, 1), (0, 1))
    rows, columns = side.shape
    cut = [(slice(a, rows - 1 + a), slice(b, columns - 1 + b)) for a, b in around]
    corner = [points[part] for part in cut]
    whole = cross(corner[2] - corner[0], corner[3] - corner[1])
    area = np.einsum("ijk,ijk->ij", whole, whole)
    tips = []
    for k in range(4):
        before, tip, after = corner[k - 1], corner[k], corner[(k + 1) % 4]
        triangle = cross(after - tip, before - tip)
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
