"""Attitude: how a body is turned in a box: its extents, and whether some attitude fits.

The search looks at extents over all attitudes on a grid of directions, then lowers the largest
ratio of an extent to the box's from the best ones by the simplex method of Nelder & Mead 1965. The
directions of the hull's flat places are asked as well, so that a box is found in a box. Extents are
of few extreme points while searching and of all of them in the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from afo_designer.geometry.array import FloatArray, cross, frozen, unit
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.sphere import fibonacci_sphere

# Directions in which the extreme points are taken: they cut off some 0.1 % of an extent.
EXTREMES = 400
# Grid of build directions on the half sphere, and of turns about each (6 deg apart).
DIRECTIONS, TURNS = 500, 30
# Flat places of the hull asked beside the grid, largest first.
FLATS = 24
# The grid's best is as good as the simplex's where it is further than this from filling the box.
CLOSE = 0.2
# Attitudes that the simplex sets out from, and this far apart at least, deg.
STARTS, APART_DEG = 4, 12.0


Box = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Attitude:
    """A body in a box: rows of `axes` (3, 3) are the box's length, width and height in the body.

    The third row is the build direction. `extents` (3,) mm along them; `excess` is the largest
    ratio to the box's sides: the body fits where it is at most 1.
    """

    axes: FloatArray
    extents: FloatArray
    excess: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "axes", frozen(self.axes, (3, 3)))
        object.__setattr__(self, "extents", frozen(self.extents, (3,)))

    @property
    def fits(self) -> bool:
        return self.excess <= 1.0

    @property
    def build_direction(self) -> FloatArray:
        return self.axes[2]


@dataclass(frozen=True, slots=True)
class Hull:
    """What of a body matters in a box: `corners` of its hull, fewer `extremes`, `flats` (k, 3)."""

    corners: FloatArray
    extremes: FloatArray
    flats: FloatArray

    def extent(self, directions: FloatArray) -> FloatArray:
        """(...,) mm along unit vectors (..., 3)."""
        return np.ptp(directions @ self.corners.T, axis=-1)


def hull_of(mesh: TriMesh) -> Hull:
    """The convex hull of a mesh's vertices."""
    return hull_of_points(mesh.vertices)


def hull_of_points(points: FloatArray) -> Hull:
    """The convex hull of points (n, 3) that do not lie in a plane."""
    hull = ConvexHull(points)
    corners = hull.points[hull.vertices]
    few = np.unique((corners @ fibonacci_sphere(EXTREMES).T).argmax(axis=0))
    return Hull(frozen(corners), frozen(corners[few]), frozen(_flats(hull)))


def _flats(hull: ConvexHull) -> FloatArray:
    """Normals of the hull's largest flat places, each with its opposite as one."""
    normals = hull.equations[:, :3]
    a, b, c = np.moveaxis(hull.points[hull.simplices], 1, 0)
    areas = 0.5 * np.linalg.norm(cross(b - a, c - a), axis=1)
    _, of = np.unique(np.round(normals, 4), axis=0, return_inverse=True)
    total = np.bincount(of.ravel(), areas)
    chosen: list[FloatArray] = []
    for k in np.argsort(-total, kind="stable"):
        normal = normals[int(np.argmax(of.ravel() == k))]
        if all(abs(normal @ other) < 0.9999 for other in chosen):
            chosen.append(normal)
        if len(chosen) == FLATS:
            break
    return np.array(chosen)


def best_attitudes(hull: Hull, boxes: Sequence[Box]) -> list[Attitude]:
    """For each box of length, width and height (mm) the attitude of the least excess found.

    All attitudes are looked at: the box's axes are told apart, the body may lie as it will.
    """
    grid = _grid(hull.flats)
    extents = np.ptp(grid.reshape(-1, 3) @ hull.extremes.T, axis=1).reshape(-1, 3)
    return [_best(hull, np.array(box), grid, extents) for box in boxes]


def _best(hull: Hull, sides: FloatArray, grid: FloatArray, extents: FloatArray) -> Attitude:
    excess = (extents / sides).max(axis=1)
    first = int(np.argmin(excess))
    if not 1.0 - CLOSE < excess[first] < 1.0 + CLOSE:
        return _attitude(hull, sides, grid[first])
    starts: list[FloatArray] = []
    for k in np.argsort(excess, kind="stable")[: 40 * STARTS]:
        if all(_apart(grid[k], other) > np.radians(APART_DEG) for other in starts):
            starts.append(grid[k])
        if len(starts) == STARTS:
            break
    rough = [_lowered(hull.extremes, sides, start, (0.06, 0.01)) for start in starts]
    ratios = [np.ptp(axes @ hull.corners.T, axis=1) / sides for axes in rough]
    best = rough[int(np.argmin([ratio.max() for ratio in ratios]))]
    return _attitude(hull, sides, _lowered(hull.corners, sides, best, (0.004,)))


def laid(hull: Hull, direction: FloatArray, box: Box) -> Attitude:
    """The attitude of the least excess with a given build direction: turned about it alone."""
    sides = np.array(box)
    best, step = 0.5 * np.pi, np.radians(1.0)
    # all round by degrees on few points, then finer and finer about the best on all of them
    for points, turns in ((hull.extremes, 90), (hull.corners, 5), (hull.corners, 5)):
        axes = _turned(unit(direction)[None], best + step * np.arange(-turns, turns + 1))[0]
        extents = np.ptp(axes.reshape(-1, 3) @ points.T, axis=1).reshape(-1, 3)
        chosen = int(np.argmin((extents / sides).max(axis=1)))
        best, step = best + step * (chosen - turns), 0.2 * step
    return _attitude(hull, sides, axes[chosen])


def _attitude(hull: Hull, sides: FloatArray, axes: FloatArray) -> Attitude:
    extents = hull.extent(axes)
    return Attitude(axes, extents, float((extents / sides).max()))


def _grid(flats: FloatArray) -> FloatArray:
    """(k, 3, 3) attitudes: every direction of the half sphere, every turn about it."""
    sphere = fibonacci_sphere(2 * DIRECTIONS)
    directions = np.concatenate([sphere[:DIRECTIONS], flats])
    turns = np.arange(TURNS) * np.pi / TURNS
    grid = [_turned(directions, turns).reshape(-1, 3, 3)]
    # flat beside flat: boxes, and plates with straight sides
    for one in flats[:8]:
        for other in flats[:8]:
            across = cross(one, other)
            if np.linalg.norm(across) > 1e-3:
                second = unit(across)
                grid.append(np.stack([cross(second, one), second, one])[None])
    return np.concatenate(grid)


def _turned(directions: FloatArray, turns: FloatArray) -> FloatArray:
    """(k, n, 3, 3): attitudes with the third axis along directions (k, 3), turned about it."""
    helper = np.eye(3)[np.argmin(np.abs(directions), axis=1)]
    first = unit(cross(helper, directions))
    second = cross(directions, first)
    c, s = np.cos(turns)[:, None], np.sin(turns)[:, None]
    first, second = first[:, None], second[:, None]
    third = np.broadcast_to(directions[:, None], (len(directions), len(turns), 3))
    return np.stack([c * first + s * second, c * second - s * first, third], axis=2)


def _apart(one: FloatArray, other: FloatArray) -> float:
    """Angle (rad) between two attitudes whose axes have no sense."""
    return float(np.arccos(np.clip(np.abs(np.sum(one * other, axis=1)).min(), 0.0, 1.0)))


def _lowered(
    points: FloatArray, sides: FloatArray, start: FloatArray, sizes: tuple[float, ...]
) -> FloatArray:
    """The attitude that simplices of these sizes (rad), one after the other, find from a start."""

    def excess(turn: FloatArray) -> float:
        axes = start @ Rotation.from_rotvec(turn).as_matrix()
        return float((np.ptp(axes @ points.T, axis=1) / sides).max())

    at = np.zeros(3)
    for size in sizes:
        corners = np.vstack([at, at + size * np.eye(3)])
        options = {"initial_simplex": corners, "xatol": 1e-5, "fatol": 1e-6, "maxfev": 90}
        at = minimize(excess, at, method="Nelder-Mead", options=options).x
    return np.asarray(start @ Rotation.from_rotvec(at).as_matrix())
