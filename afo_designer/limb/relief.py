"""Relief: a posed leg as heights over fixed grids, what landmark statistics are fitted on.

A grid looks along an axis of the foot or of the shank; a number is the mean height of the skin
about a grid point. Each averages dozens of surface points, so noise hardly moves it, and it moves
smoothly with the skin. Everything is in foot lengths, the medial side at +y.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.limb.shank import across


@dataclass(frozen=True, slots=True)
class PosedLeg:
    """A leg's skin in the medial-positive foot frame, foot lengths.

    `points` (n, 3) with outward `normals` (n, 3), `rims` (k, 3) its open edges; `shank_point` (3,)
    and `shank_direction` (3,) the line through the shank's sections.
    """

    points: FloatArray
    normals: FloatArray
    rims: FloatArray
    shank_point: FloatArray
    shank_direction: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", frozen(self.points, (None, 3)))
        object.__setattr__(self, "normals", frozen(self.normals, (len(self.points), 3)))
        object.__setattr__(self, "rims", frozen(self.rims, (None, 3)))
        object.__setattr__(self, "shank_point", frozen(self.shank_point, (3,)))
        object.__setattr__(self, "shank_direction", frozen(self.shank_direction, (3,)))

    @property
    def shank_axes(self) -> FloatArray:
        """(3, 3) rows: forward, medial and upward along the shank."""
        return np.vstack([across(self.shank_direction), self.shank_direction])

    def in_shank(self, points: FloatArray) -> FloatArray:
        """Points (..., 3) from the foot frame into the shank's."""
        return (points - self.shank_point) @ self.shank_axes.T

    def from_shank(self, points: FloatArray) -> FloatArray:
        return points @ self.shank_axes + self.shank_point


class Grid(NamedTuple):
    """Heights along `sign` times axis `axis` at columns of axes `u` and `v`.

    Only skin between `low` and `high` along the axis counts.
    """

    axis: int
    sign: float
    u: int
    columns: FloatArray
    v: int
    rows: FloatArray
    low: float
    high: float


def _steps(first: float, last: float, step: float) -> FloatArray:
    return np.arange(first, last + 1e-9, step)


# Steps follow what there is to tell: toes and malleoli are 0.1 wide.
_X, _Y = _steps(0.02, 0.98, 0.06), _steps(-0.22, 0.20, 0.06)
_SIDE_X, _SIDE_Z = _steps(0.02, 0.92, 0.05), _steps(0.03, 0.24, 0.035)
_ANKLE_X, _ANKLE_Z = _steps(-0.18, 0.18, 0.03), _steps(-0.16, 0.32, 0.03)
FOOT_GRIDS = (
    Grid(2, -1.0, 0, _X, 1, _Y, -0.10, 0.20),  # sole
    Grid(2, 1.0, 0, _steps(0.36, 0.98, 0.06), 1, _Y, 0.0, 0.40),  # back of the foot
    Grid(1, 1.0, 0, _SIDE_X, 2, _SIDE_Z, -0.02, 0.25),
    Grid(1, -1.0, 0, _SIDE_X, 2, _SIDE_Z, -0.30, 0.02),
    Grid(0, -1.0, 1, _steps(-0.12, 0.12, 0.04), 2, _steps(0.03, 0.45, 0.035), -0.05, 0.20),  # heel
    Grid(0, 1.0, 1, _steps(-0.20, 0.20, 0.04), 2, _steps(0.03, 0.12, 0.03), 0.60, 1.05),  # toes
)
SHANK_GRIDS = (
    Grid(1, 1.0, 0, _ANKLE_X, 2, _ANKLE_Z, 0.02, 0.25),
    Grid(1, -1.0, 0, _ANKLE_X, 2, _ANKLE_Z, -0.25, -0.02),
    Grid(0, 1.0, 1, _steps(-0.12, 0.12, 0.03), 2, _steps(0.06, 0.32, 0.04), 0.02, 0.30),
)
# The shank above: radii about its line.
_TURNS = 20
_HEIGHTS = _steps(0.36, 1.68, 0.08)
_WIDEST = 0.42
# The leaning shin above the instep is not the foot's back.
_SHIN = (0.40, 0.30, 0.36)


def relief(leg: PosedLeg) -> tuple[FloatArray, FloatArray]:
    """Numbers (f,) of a leg and how much skin each rests on (f,): points over foot length squared.

    A number without skin is NaN.
    """
    heights, skins = [], []
    in_shank = leg.in_shank(leg.points)
    turned = leg.normals @ leg.shank_axes.T
    for grids, points, normals in (
        (FOOT_GRIDS, leg.points, leg.normals),
        (SHANK_GRIDS, in_shank, turned),
    ):
        for grid in grids:
            height, skin = heights_over(grid, points, normals)
            heights.append(height.ravel())
            skins.append(skin.ravel())
    radius, skin = _radii(in_shank, turned)
    lean = leg.shank_direction[:2] / leg.shank_direction[2]
    heights += [radius.ravel(), leg.shank_point[:2], lean]
    skins += [skin.ravel(), np.full(4, np.inf)]
    return np.concatenate(heights), np.concatenate(skins)


def heights_over(
    grid: Grid, points: FloatArray, normals: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean heights (columns, rows) and the skin they rest on, of points in the grid's own frame."""
    along = points[:, grid.axis]
    facing = np.clip(normals[:, grid.axis] * grid.sign, 0.0, 1.0) ** 2
    inside = (facing > 0.0) & (along > grid.low) & (along < grid.high)
    if grid is FOOT_GRIDS[1]:
        inside &= points[:, 2] < _SHIN[0] - _SHIN[1] * (points[:, 0] - _SHIN[2])
    kept = points[inside]
    return _means(
        kept[:, grid.u], kept[:, grid.v], along[inside], facing[inside], grid.columns, grid.rows
    )


def _radii(points: FloatArray, normals: FloatArray) -> tuple[FloatArray, FloatArray]:
    radius = np.hypot(points[:, 0], points[:, 1])
    outward = (normals[:, :2] * points[:, :2]).sum(axis=1) / np.maximum(radius, 1e-9)
    kept = (outward > 0.0) & (radius < _WIDEST) & (points[:, 2] > 0.2)
    turn = np.arctan2(points[kept, 1], points[kept, 0])
    step = 2.0 * np.pi / _TURNS
    # the last turn is also the one before the first
    again = turn > np.pi - step
    columns = [np.concatenate([a, a[again]]) for a in (points[kept, 2], radius[kept])]
    weight = outward[kept] ** 2
    turns: FloatArray = np.concatenate([turn, turn[again] - 2.0 * np.pi])
    weights = np.concatenate([weight, weight[again]])
    mean, skin = _means(
        turns, columns[0], columns[1], weights, step * np.arange(-_TURNS / 2, _TURNS / 2), _HEIGHTS
    )
    return mean, skin / np.where(np.isfinite(mean), np.maximum(mean, 0.02), 1.0)


def _means(
    u: FloatArray,
    v: FloatArray,
    height: FloatArray,
    weight: FloatArray,
    columns: FloatArray,
    rows: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Weighted means about every grid point, falling linearly to the next one, and their skin."""
    du, dv = columns[1] - columns[0], rows[1] - rows[0]
    shape = len(columns) + 2, len(rows) + 2
    a, b = (u - columns[0]) / du + 1.0, (v - rows[0]) / dv + 1.0
    inside = (a > 0.0) & (a < shape[0] - 1) & (b > 0.0) & (b < shape[1] - 1)
    a, b, height, weight = a[inside], b[inside], height[inside], weight[inside]
    i, j = a.astype(np.int64), b.astype(np.int64)
    a, b = a - i, b - j
    skin, total = np.zeros(shape[0] * shape[1]), np.zeros(shape[0] * shape[1])
    for right, share_a in ((0, 1.0 - a), (1, a)):
        for up, share_b in ((0, 1.0 - b), (1, b)):
            cell = (i + right) * shape[1] + j + up
            share = weight * share_a * share_b
            skin += np.bincount(cell, share, len(skin))
            total += np.bincount(cell, share * height, len(skin))
    skin, total = skin.reshape(shape)[1:-1, 1:-1], total.reshape(shape)[1:-1, 1:-1]
    mean = np.where(skin > 0.0, total / np.maximum(skin, 1e-12), np.nan)
    return mean, skin / (du * dv)
