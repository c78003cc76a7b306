"""Section: a plane cut through a triangle mesh, as ordered polylines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import ConvexHull, QhullError

from afo_designer.geometry.array import FloatArray, frozen, unit
from afo_designer.geometry.mesh import TriMesh


@dataclass(frozen=True, slots=True)
class Polyline:
    """Ordered points (n, 3) in mm; `closed` when the last joins the first."""

    points: FloatArray
    closed: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", frozen(self.points, (None, 3)))

    @property
    def length(self) -> float:
        """Length along the points, mm; the closing step included when closed."""
        path = np.vstack([self.points, self.points[:1]]) if self.closed else self.points
        return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


def section_segments(mesh: TriMesh, point: ArrayLike, normal: ArrayLike) -> FloatArray:
    """(k, 2, 3): the straight pieces in which a plane cuts a mesh, unordered."""
    return _cut(mesh, point, normal)[0]


def section(mesh: TriMesh, point: ArrayLike, normal: ArrayLike) -> list[Polyline]:
    """The plane's cut through a mesh as polylines, longest first.

    Vertices on the plane count as above it, so every cut triangle gives one segment between two
    of its edges and a closed manifold gives closed polylines only.
    """
    segments, ends = _cut(mesh, point, normal)
    if len(segments) == 0:
        return []
    places = {}
    neighbours: dict[int, list[int]] = {}
    for (a, b), (p, q) in zip(ends.tolist(), segments, strict=True):
        places[a], places[b] = p, q
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    lines = []
    # open lines are walked from their ends first; what is left are loops
    starts = [e for e, near in neighbours.items() if len(near) == 1] + list(neighbours)
    for start in starts:
        if not neighbours[start]:
            continue
        path, at = [start], start
        while neighbours[at]:
            step = neighbours[at].pop()
            neighbours[step].remove(at)
            path.append(step)
            at = step
        closed = path[0] == path[-1]
        lines.append(
            Polyline(np.array([places[e] for e in path[: -1 if closed else None]]), closed)
        )
    return sorted(lines, key=lambda line: line.length, reverse=True)


def taped_girth(points: ArrayLike, normal: ArrayLike) -> float:
    """Girth as a tape reads it: perimeter (mm) of the convex hull of a plane section's points.

    Returns 0 for points that span no area.
    """
    cloud = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    basis = np.linalg.svd(unit(normal)[None])[2][1:]
    if len(cloud) < 3:
        return 0.0
    try:
        return float(ConvexHull(cloud @ basis.T).area)
    except QhullError:
        return 0.0


def _cut(mesh: TriMesh, point: ArrayLike, normal: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Segments (k, 2, 3) and the mesh edges (k, 2) their ends lie on, numbered low·n + high."""
    height = (mesh.vertices - np.asarray(point, dtype=np.float64)) @ unit(normal)
    above = height >= 0.0
    sides = above[mesh.triangles]
    cut = mesh.triangles[sides.any(axis=1) & ~sides.all(axis=1)]
    if len(cut) == 0:
        return np.zeros((0, 2, 3)), np.zeros((0, 2), dtype=np.int64)
    start, end = cut, np.roll(cut, -1, axis=1)
    crossing = above[start] != above[end]
    a, b = start[crossing].reshape(-1, 2), end[crossing].reshape(-1, 2)
    low, high = np.minimum(a, b), np.maximum(a, b)
    share = height[low] / (height[low] - height[high])
    places = mesh.vertices[low] + share[..., None] * (mesh.vertices[high] - mesh.vertices[low])
    return places, low * len(mesh.vertices) + high
