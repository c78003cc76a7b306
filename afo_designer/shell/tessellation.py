"""Tessellation: the middle surface of a shell of any outline as a mesh for mechanics.

A strip between two trim lines has rows and columns (`sample`). A part of a hinged orthosis has
ears, so its mesh is quadrilaterals of an even grid inside and triangles along the outline and round
every opening, all of them cut along the borders of the bench's regions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.geometry.sheet import (
    flipped,
    inner_edges,
    inside,
    split_edges,
    triangulated_region,
)
from afo_designer.geometry.solid import RimLoop
from afo_designer.shell.region import Region, bisected, least
from afo_designer.shell.sample import MiddleSurface
from afo_designer.shell.shell import Shell
from afo_designer.shell.strip import lacking

# Length of an element at refinement 1, mm, on a spine whose corner is `CORNER_MM` long.
ELEMENT_MM, CORNER_MM = 7.0, 105.0
# Edges along the rims are halved until none is longer than this many elements.
LONGEST, MOST_PASSES = 1.7, 10
# Round an opening an element is at most this share of its girth.
GIRTH_SHARE = 1.0 / 12.0
# A node nearer to a border than this share of its shortest edge is moved onto it.
NEAR = 0.3
# A node of the outline stays on it: it is moved only this share, to spare a sliver.
NEAR_EDGE = 0.02


@dataclass(frozen=True, slots=True)
class Tessellated:
    """`middle`: the mesh; `loops`: the node numbers along the outline, then along each opening."""

    middle: MiddleSurface
    loops: tuple[IntArray, ...]


def tessellated(
    shell: Shell, refinement: float = 1.0, regions: Sequence[Region] = ()
) -> Tessellated:
    """The mesh of a shell; no element has a node inside a region and another outside."""
    corner = shell.chart.spine.corner
    size = ELEMENT_MM * (corner[1] - corner[0]) / CORNER_MM / refinement
    rims = [_set_in(shell, shell.trim.boundary, False)]
    rims += [_set_in(shell, one.loop, True) for one in shell.openings]
    rims = [_spaced(shell, rim, size, hole=k > 0) for k, rim in enumerate(rims)]
    s, theta, u, v = _lines(shell, rims[0], size)
    flat = [np.column_stack([np.interp(r[:, 0], s, u), np.interp(r[:, 1], theta, v)]) for r in rims]
    sheet = triangulated_region(flat, u, v)
    nodes = np.column_stack([s[sheet.nodes[:, 0]], theta[sheet.nodes[:, 1]]])
    place = np.vstack([*rims, nodes])
    plane = np.vstack([*flat, np.column_stack([u[sheet.nodes[:, 0]], v[sheet.nodes[:, 1]]])])
    strip, halved = _even(shell, sheet.strip, plane, place, size)
    for ends in halved:
        middle = plane[ends].mean(axis=1)
        plane = np.vstack([plane, middle])
        new = [np.interp(middle[:, 0], u, s), np.interp(middle[:, 1], v, theta)]
        place = np.vstack([place, np.column_stack(new)])
    cells = _Cells(place, sheet.quads, strip)
    edge = np.zeros(len(place), dtype=np.bool_)
    counts = np.cumsum([0, *(len(rim) for rim in rims)])
    edge[: counts[-1]] = True
    for region in regions:
        cells = _cut(shell, cells, region, edge)
    loops = tuple(np.arange(a, b) for a, b in pairwise(counts.tolist()))
    return Tessellated(_surface(shell, cells), loops)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Nodes at `place` (n, 2) in (s, θ), quadrilaterals and triangles."""

    place: FloatArray
    quads: IntArray
    triangles: IntArray


def _even(
    shell: Shell, strip: IntArray, plane: FloatArray, place: FloatArray, size: float
) -> tuple[IntArray, list[IntArray]]:
    """The triangles along the rims, flipped, and halved where an edge is long.

    Also the edges (k, 2) whose middles follow the given points, pass by pass: between coarse cells
    and a rim the triangulation fans out over any distance.
    """
    halved: list[IntArray] = []
    points = _middle(shell, place)
    for _ in range(MOST_PASSES):
        used, local = np.unique(strip, return_inverse=True)
        strip = used[flipped(local.reshape(-1, 3), plane[used], points[used])]
        edges = inner_edges(strip)
        length = np.linalg.norm(plane[edges[:, 0]] - plane[edges[:, 1]], axis=1)
        order = np.argsort(-length, kind="stable")
        long = edges[order[: int(np.sum(length > LONGEST * size))]]
        if not len(long):
            break
        strip, cut = split_edges(strip, long, len(plane))
        halved.append(cut)
        # straight in the plane and in space: enough to tell which way to flip
        plane = np.vstack([plane, plane[cut].mean(axis=1)])
        points = np.vstack([points, points[cut].mean(axis=1)])
    return strip, halved


def _surface(shell: Shell, cells: _Cells) -> MiddleSurface:
    quads, triangles = cells.quads, cells.triangles
    if shell.chart.outward < 0.0:
        quads, triangles = quads[:, ::-1], triangles[:, ::-1]
    s, theta = cells.place.T
    mesh = QuadMesh(_middle(shell, cells.place), quads, cells.place, triangles)
    # finished: both faces lose alike, so the middle stays
    wall = shell.thickness(s, theta) + shell.finish_mm
    return MiddleSurface(mesh, shell.chart.normal(s, theta), wall, np.ones(mesh.cell_count))


def _middle(shell: Shell, place: FloatArray) -> FloatArray:
    """(n, 3): points of the middle surface at (s, θ) (n, 2)."""
    s, theta = place.T
    half = 0.5 * shell.thickness(s, theta)[:, None]
    return shell.chart.point(s, theta) + half * shell.chart.normal(s, theta)


def _set_in(shell: Shell, loop: FloatArray, hole: bool) -> FloatArray:
    """A loop moved into the material by what a half-round edge lacks in area (`strip`)."""
    return shell.set_in(loop, hole, lacking(shell, *loop.T) / shell.thickness(*loop.T))


def _spaced(shell: Shell, loop: FloatArray, size: float, hole: bool) -> FloatArray:
    """A loop with samples `size` mm apart, closer round a small opening."""
    points = _middle(shell, loop)
    gaps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    along = np.concatenate([[0.0], np.cumsum(gaps)])
    step = min(size, GIRTH_SHARE * along[-1]) if hole else size
    at = np.linspace(0.0, along[-1], max(8, round(along[-1] / step)), endpoint=False)
    closed = np.vstack([loop, loop[:1]])
    even = np.column_stack([np.interp(at, along, closed[:, k]) for k in range(2)])
    return RimLoop(even, hole).material_on_left


def _lines(
    shell: Shell, rim: FloatArray, size: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Grid lines s and θ about `size` mm apart, and their places u, v in a plane, mm."""
    (s_low, t_low), (s_high, t_high) = rim.min(axis=0), rim.max(axis=0)
    reach = max(-t_low, t_high)
    s, theta = np.linspace(s_low, s_high, 161), np.linspace(-reach, reach, 121)
    covered = inside([rim], s, theta)
    surface = shell.chart.surface
    along = np.linalg.norm(surface.grid(s, theta, ds=1), axis=-1)
    across = np.linalg.norm(surface.grid(s, theta, dtheta=1), axis=-1)
    widths = [
        np.sum(value * covered, axis=axis) / np.maximum(covered.sum(axis=axis), 1)
        for value, axis in ((along, 1), (across, 0))
    ]
    lines = []
    for at, found in zip((s, theta), widths, strict=True):
        width = np.where(found > 0.0, found, found[found > 0.0].mean())
        steps = 0.5 * (width[1:] + width[:-1]) * np.diff(at)
        length = np.concatenate([[0.0], np.cumsum(steps)])
        count = 2 * int(np.ceil(0.5 * length[-1] / size))
        even = np.linspace(0.0, length[-1], count + 1)
        lines.append((np.interp(even, length, at), even))
    return lines[0][0], lines[1][0], lines[0][1], lines[1][1]


def _cut(shell: Shell, cells: _Cells, region: Region, edge: NDArray[np.bool_]) -> _Cells:
    """The cells cut along a region's border; nodes near it are moved onto it first."""
    cells = _snapped(shell, cells, region, edge)
    place = cells.place
    side = np.sign(np.round(least(region, _middle(shell, place)), 7)).astype(np.int64)
    mixed = _mixed(side, cells.quads)
    quads = cells.quads[mixed]
    triangles = np.vstack([cells.triangles, quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    crossing = np.unique(edges[side[edges[:, 0]] * side[edges[:, 1]] < 0], axis=0)
    start, end = place[crossing[:, 0]], place[crossing[:, 1]]

    def depth(share: FloatArray) -> FloatArray:
        return least(region, _middle(shell, start + share[:, None] * (end - start)))

    share = bisected(depth, np.zeros(len(start)), np.ones(len(start)))
    new = start + share[:, None] * (end - start)
    middle = {(int(a), int(b)): len(place) + k for k, (a, b) in enumerate(crossing.tolist())}
    split = [piece for cell in triangles.tolist() for piece in _pieces(cell, middle)]
    return _Cells(np.vstack([place, new]), cells.quads[~mixed], np.array(split, dtype=np.int64))


def _mixed(side: IntArray, cells: IntArray) -> NDArray[np.bool_]:
    """(m,): cells with a node inside and another outside."""
    ends = side[cells]
    return np.asarray((ends.max(axis=1) > 0) & (ends.min(axis=1) < 0))


def _pieces(cell: list[int], middle: dict[tuple[int, int], int]) -> list[list[int]]:
    """A triangle cut at the middles of its crossed edges: one, two or three triangles."""
    found = [
        middle.get((min(a, b), max(a, b)), -1)
        for a, b in zip(cell, cell[1:] + cell[:1], strict=True)
    ]
    crossed = [k for k in range(3) if found[k] >= 0]
    if not crossed:
        return [cell]
    if len(crossed) == 1:
        k = crossed[0]
        a, b, c = (cell[(k + i) % 3] for i in range(3))
        return [[a, found[k], c], [found[k], b, c]]
    apex = next(k for k in range(3) if found[k] >= 0 and found[k - 1] >= 0)
    a, b, c = (cell[(apex + i) % 3] for i in range(3))
    first, last = found[apex], found[apex - 1]
    return [[a, first, last], [first, b, c], [first, c, last]]


def _snapped(shell: Shell, cells: _Cells, region: Region, edge: NDArray[np.bool_]) -> _Cells:
    """Nodes close to a region's border moved onto it along the depth's slope."""
    place = cells.place.copy()
    points = _middle(shell, place)
    size = np.full(len(place), np.inf)
    for group in (cells.quads, cells.triangles):
        for k in range(group.shape[1]):
            a, b = group[:, k], group[:, (k + 1) % group.shape[1]]
            length = np.linalg.norm(points[a] - points[b], axis=1)
            np.minimum.at(size, a, length)
            np.minimum.at(size, b, length)
    depth = least(region, points)
    on_edge = np.zeros(len(place), dtype=np.bool_)
    on_edge[: len(edge)] = edge
    near = np.flatnonzero(np.abs(depth) < np.where(on_edge, NEAR_EDGE, NEAR) * size)
    at = place[near]
    steps = np.array([1e-3, 1e-5])
    for _ in range(8):
        value = least(region, _middle(shell, at))
        slope = np.column_stack(
            [
                (least(region, _middle(shell, at + step * axis)) - value) / step
                for step, axis in zip(steps, np.eye(2), strict=True)
            ]
        )
        # the shortest way on the surface: along the slope by its metric
        metric = np.column_stack(
            [
                np.sum(shell.chart.surface(at[:, 0], at[:, 1], ds=1) ** 2, axis=1),
                np.sum(shell.chart.surface(at[:, 0], at[:, 1], dtheta=1) ** 2, axis=1),
            ]
        )
        way = slope / metric
        at = at - (value / np.maximum(np.sum(way * slope, axis=1), 1e-12))[:, None] * way
    moved = np.linalg.norm(_middle(shell, at) - points[near], axis=1)
    fine = moved < 1.5 * NEAR * size[near]
    place[near[fine]] = at[fine]
    return _Cells(place, cells.quads, cells.triangles)
