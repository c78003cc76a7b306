"""Sample: the shell's middle surface as a structured quadrilateral mesh for mechanics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.shell.shell import Shell
from afo_designer.shell.trim import theta_per_mm

# A half-round edge of radius r has the area of a square one that ends (1 − π/4) r further in. Plate
# bending, ∫ t³, would ask for 0.41 r; but an arched leaf bends mostly by stretching its edges.
# Against solids of the exported part (benchmarks/calculix_step.py) two leaves were 9.5 and 7.8 %
# too soft with 0.41 r; with this it is 4.0 and 0.9 %.
EDGE_LOSS = 1.0 - np.pi / 4.0
# The mesh stops where the plate's tip is this share of its greatest width: no load gets there.
TIP_SHARE = 0.4
# Element sizes at refinement 1, mm; chosen so that stiffness lies within 2 % of a mesh with twice
# the elements each way. The heel, where the leaf spreads into the cup, decides.
BAND_MM, TAPER_MM, HEEL_MM, SOLE_MM, TOE_MM = 10.0, 6.0, 2.0, 6.0, 16.0
LEAF_MM = (3.5, 6.0)
ACROSS_MM, ACROSS = 4.5, (24, 48)
# Sub-cells per element side that decide how much of it a slot leaves.
CELLS = 6


@dataclass(frozen=True, slots=True)
class MiddleSurface:
    """`mesh` of X + n h/2 (mm), `directors` (n, 3) outward, `thickness` (n,), `solid` (m,).

    `solid` is the part of every element that slots leave. Quads run counter-clockwise from outside.
    """

    mesh: QuadMesh
    directors: FloatArray
    thickness: FloatArray
    solid: FloatArray

    def __post_init__(self) -> None:
        for name in ("directors", "thickness", "solid"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


def middle_surface(shell: Shell, refinement: float = 1.0) -> MiddleSurface:
    """The mesh; lines of constant s lie on the stations, so that the bench's planes cut none.

    `refinement` multiplies the number of elements in both directions.
    """
    s = _lines(shell, refinement)
    across = int(np.clip(round(_ankle_width(shell) / ACROSS_MM), *ACROSS))
    v = np.linspace(0.0, 1.0, 1 + round(across * refinement))
    medial, lateral = _edges(shell, s)
    theta = medial[:, None] + v * (lateral - medial)[:, None]
    s_grid = np.broadcast_to(s[:, None], theta.shape)

    h = shell.thickness(s_grid)
    directors = shell.chart.normal(s_grid, theta)
    middle = shell.chart.point(s_grid, theta) + 0.5 * h[..., None] * directors

    rows, columns = theta.shape
    at = np.arange(rows * columns).reshape(rows, columns)
    quads = np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], axis=-1)
    quads = quads.reshape(-1, 4)
    if shell.chart.outward < 0.0:
        quads = quads[:, ::-1]
    parameters = np.column_stack([s_grid.ravel(), theta.ravel()])
    return MiddleSurface(
        QuadMesh(middle.reshape(-1, 3), quads, parameters),
        directors.reshape(-1, 3),
        h.ravel(),
        _solid(shell, s_grid, theta),
    )


def _lines(shell: Shell, refinement: float) -> FloatArray:
    """Stations of the mesh lines, every named station among them."""
    at = shell.stations
    tip = np.linspace(at.heads, at.end, 200)
    medial, lateral = shell.trim.sides(tip)
    wide = np.flatnonzero(lateral - medial > TIP_SHARE * (lateral - medial)[0])
    marks = (at.top, at.band, at.leaf, at.root, at.sole, at.heads, float(tip[wide[-1]]))
    leaf = float(np.clip(_ankle_width(shell) / ACROSS[0], *LEAF_MM))
    sizes = (BAND_MM, TAPER_MM, leaf, HEEL_MM, SOLE_MM, TOE_MM)
    pieces = [
        np.linspace(low, high, 1 + int(np.ceil((high - low) / size * refinement)))[:-1]
        for low, high, size in zip(marks[:-1], marks[1:], sizes, strict=True)
    ]
    inset = 0.5 * EDGE_LOSS * float(shell.thickness(at.top))
    lines = np.concatenate([*pieces, marks[-1:]])
    lines[0] += inset
    return lines


def _ankle_width(shell: Shell) -> float:
    """Width of the shell along the skin at the ankle, mm."""
    medial, lateral = shell.trim.sides(np.array([shell.stations.ankle]))
    theta = np.linspace(float(medial[0]), float(lateral[0]), 60)
    points = shell.chart.point(np.full_like(theta, shell.stations.ankle), theta)
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _edges(shell: Shell, s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """θ of the mesh's sides: the trim, set in by what a half-round edge lacks in area."""
    sides = []
    for theta, inwards in zip(shell.trim.sides(s), (1.0, -1.0), strict=True):
        per_mm = theta_per_mm(shell.chart, s, theta)
        run = np.linalg.norm(np.gradient(shell.chart.point(s, theta), s, axis=0), axis=1)
        straight = np.linalg.norm(shell.chart.surface(s, theta, ds=1), axis=1)
        slant = np.clip(run / straight, 1.0, 3.0)
        loss = 0.5 * EDGE_LOSS * shell.thickness(s)
        sides.append(theta + inwards * loss * per_mm * slant)
    return sides[0], sides[1]


def _solid(shell: Shell, s: FloatArray, theta: FloatArray) -> FloatArray:
    """(m,): how much of every element lies outside all slots, by sub-cells."""
    solid = np.ones((s.shape[0] - 1, s.shape[1] - 1))
    if not shell.slots:
        return solid.ravel()
    share = (np.arange(CELLS) + 0.5) / CELLS
    a, b = share[:, None], share[None, :]
    for loop in shell.slots:
        low, high = loop.min(axis=0), loop.max(axis=0)
        hit = (
            (s[1:, :-1] >= low[0])
            & (s[:-1, :-1] <= high[0])
            & (np.maximum(theta[:-1, 1:], theta[1:, 1:]) >= low[1])
            & (np.minimum(theta[:-1, :-1], theta[1:, :-1]) <= high[1])
        )
        for i, j in np.argwhere(hit):
            at_s = s[i, j] + a * (s[i + 1, j] - s[i, j])
            left = theta[i, j] + a * (theta[i + 1, j] - theta[i, j])
            right = theta[i, j + 1] + a * (theta[i + 1, j + 1] - theta[i, j + 1])
            points = np.column_stack(
                [np.broadcast_to(at_s, (CELLS, CELLS)).ravel(), (left + b * (right - left)).ravel()]
            )
            solid[i, j] -= np.mean(_within(loop, points))
    return np.clip(solid, 0.0, 1.0).ravel()


def _within(loop: FloatArray, points: FloatArray) -> FloatArray:
    """Which points (k, 2) a closed loop (n, 2) encloses, by the parity of crossings."""
    start, end = loop, np.roll(loop, -1, axis=0)
    x, y = points[:, 0, None], points[:, 1, None]
    crossing = (start[:, 0] <= x) != (end[:, 0] <= x)
    run = np.where(end[:, 0] == start[:, 0], 1.0, end[:, 0] - start[:, 0])
    height = start[:, 1] + (end[:, 1] - start[:, 1]) * (x - start[:, 0]) / run
    return (np.sum(crossing & (height > y), axis=1) % 2).astype(np.float64)
