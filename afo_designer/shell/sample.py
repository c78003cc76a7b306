"""Sample: the shell's middle surface as a mesh for mechanics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen, unit
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.shell.conform import conformed
from afo_designer.shell.grid import lay_grid
from afo_designer.shell.region import Region
from afo_designer.shell.shell import Shell
from afo_designer.shell.strip import lay_strip

# A quadrilateral is cut in two at a corner that is flatter than this: its parallelogram over the
# mean of all four. A square has 1 everywhere, a triangle with a node on a side has 0 there.
FLAT = 0.2
# A cell with less left of it is void.
VOID = 1e-3
# A triangle along a border is void where it is less high than this share of its length.
CREASE = 0.03


@dataclass(frozen=True, slots=True)
class MiddleSurface:
    """`mesh` of X + n h/2 (mm), `directors` (n, 3) outward, `thickness` (n,), `solid` (m,).

    The thickness is the finished one (`Shell.finish_mm`).

    `solid` is the part of every element that openings leave. Cells run counter-clockwise from
    outside.
    """

    mesh: QuadMesh
    directors: FloatArray
    thickness: FloatArray
    solid: FloatArray

    def __post_init__(self) -> None:
        for name in ("directors", "thickness", "solid"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


def middle_surface(
    shell: Shell, refinement: float = 1.0, regions: Sequence[Region] = ()
) -> MiddleSurface:
    """The mesh; it conforms to the regions: no element has a node inside and another outside.

    `refinement` multiplies the number of elements in both directions. A region is a sequence of
    depths, functions from points (n, 3) to (n,) mm, and holds the points where all are positive.
    Nodes move continuously with all that the shell is made of, while no node changes sides.
    """
    strip = lay_strip(shell)
    grid, sides = conformed(strip, lay_grid(strip, regions, refinement), regions)
    theta = strip.theta(grid.s, grid.v)
    parameters = np.column_stack([grid.s.ravel(), theta.ravel()])

    rows, columns = theta.shape
    at = np.arange(rows * columns).reshape(rows, columns)
    quads = np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], axis=-1).reshape(-1, 4)
    if shell.chart.outward < 0.0:
        quads = quads[:, ::-1]
    vertices = strip.point(grid.s, grid.v).reshape(-1, 3)
    directors = shell.chart.normal(*parameters.T)
    first = _first_corner(vertices, directors, quads, sides.reshape(len(regions), theta.size))
    whole = first < 0
    turned = np.take_along_axis(quads[~whole], (first[~whole, None] + np.arange(4)) % 4, axis=1)
    triangles = turned[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
    mesh = QuadMesh(vertices, quads[whole], parameters, triangles)
    solid = _left(mesh, [shell.openings[number].loop for number in grid.unlaid])
    void = grid.void.ravel()
    solid[np.concatenate([void[whole], np.repeat(void[~whole], 2)])] = 0.0
    solid[len(mesh.quads) :][_creases(mesh, sides.reshape(len(regions), theta.size))] = 0.0
    return middle_surface_at(shell, mesh, solid)


def middle_surface_at(
    shell: Shell, mesh: QuadMesh, solid: ArrayLike | None = None
) -> MiddleSurface:
    """The middle surface of a shell at the chart parameters, and with the cells, of a mesh.

    `solid` is what the openings leave of every cell, if it is known; else their share of its area.
    """
    s, theta = mesh.parameters.T
    h = shell.thickness(s, theta)
    directors = shell.chart.normal(s, theta)
    middle = shell.chart.point(s, theta) + 0.5 * h[:, None] * directors
    left = (
        _left(mesh, [opening.loop for opening in shell.openings])
        if solid is None
        else np.asarray(solid)
    )
    # both faces lose alike in finishing, so the middle stays
    return MiddleSurface(replace(mesh, vertices=middle), directors, h + shell.finish_mm, left)


def _first_corner(
    vertices: FloatArray, directors: FloatArray, quads: IntArray, sides: IntArray
) -> IntArray:
    """(m,): a corner of the diagonal along which a quadrilateral is cut; −1 where it stays whole.

    It is cut where a region's border runs along a diagonal, and where a corner is flat.
    """
    around = vertices[quads]
    next_one, last_one = np.roll(around, -1, axis=1), np.roll(around, 1, axis=1)
    corner = cross(next_one - around, last_one - around)
    size = np.einsum("mij,mj->mi", corner, unit(directors[quads].mean(axis=1)))
    flat = size.min(axis=1) < FLAT * size.mean(axis=1)
    first = np.where(flat, np.argmin(size, axis=1), -1)
    for side in sides:
        ends = side[quads]
        for corner_number in (0, 1):
            across = ends[:, 1 - corner_number] * ends[:, 3 - corner_number]
            first = np.where(across < 0, corner_number, first)
    return first


def _creases(mesh: QuadMesh, sides: IntArray) -> NDArray[np.bool_]:
    """(k,): triangles without height along a border: they only join their neighbours."""
    on_border = (sides[:, mesh.triangles] == 0).all(axis=2).any(axis=0)
    corners = mesh.vertices[mesh.triangles]
    longest = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2).max(axis=1)
    height = 2.0 * mesh.areas[len(mesh.quads) :] / longest
    return np.asarray(on_border & (height < CREASE * longest))


def _left(mesh: QuadMesh, loops: Sequence[FloatArray]) -> FloatArray:
    """(m,): how much of every cell lies outside closed loops, in the chart."""
    solid = np.ones(mesh.cell_count)
    for loop in loops:
        low, high = loop.min(axis=0), loop.max(axis=0)
        offset = 0
        for cells in (mesh.quads, mesh.triangles):
            corners = mesh.parameters[cells]
            hit = np.all((corners.max(axis=1) >= low) & (corners.min(axis=1) <= high), axis=1)
            for k in np.flatnonzero(hit).tolist():
                solid[offset + k] -= _covered(loop, corners[k])
            offset += len(cells)
    return np.where(solid < VOID, 0.0, np.minimum(solid, 1.0))


def _covered(loop: FloatArray, cell: FloatArray) -> float:
    """The share of a convex cell (k, 2) that a closed loop (n, 2) covers.

    The loop clipped at each side of the cell in turn (Sutherland and Hodgman 1974).
    """
    area = _area(cell)
    left = 1.0 if area > 0.0 else -1.0
    piece = loop
    for start, end in zip(cell, np.roll(cell, -1, axis=0), strict=True):
        if len(piece) == 0:
            return 0.0
        run = end - start
        gap = piece - start
        inside = left * (run[0] * gap[:, 1] - run[1] * gap[:, 0])
        after, following = np.roll(piece, -1, axis=0), np.roll(inside, -1)
        crosses = (inside >= 0.0) != (following >= 0.0)
        share = inside / np.where(crosses, inside - following, 1.0)
        between = piece + share[:, None] * (after - piece)
        both = np.stack([piece, between], axis=1).reshape(-1, 2)
        piece = both[np.stack([inside >= 0.0, crosses], axis=1).ravel()]
    return abs(_area(piece) / area)


def _area(polygon: FloatArray) -> float:
    """Signed area of a polygon (n, 2)."""
    if len(polygon) < 3:
        return 0.0
    x, y = (polygon - polygon[0]).T
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
