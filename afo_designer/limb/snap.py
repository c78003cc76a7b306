"""Snap: the nearest point of a mesh, exact to the triangle."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh

_CANDIDATES = 40


def nearest_on_mesh(mesh: TriMesh, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Closest surface points (n, 3) and their distances (n,), mm.

    Searched among the triangles whose centres are nearest and those at the nearest vertex, which
    is exact unless triangles differ in size by more than the search reaches.
    """
    centres = mesh.corners.mean(axis=1)
    near = cKDTree(centres).query(points, k=min(_CANDIDATES, len(centres)))[1]
    near = np.asarray(near).reshape(len(points), -1)
    found = np.zeros((len(points), 3))
    for row, (point, triangles) in enumerate(zip(points, near, strict=True)):
        closest = _on_triangles(mesh.corners[triangles], point)
        found[row] = closest[int(np.argmin(((closest - point) ** 2).sum(axis=1)))]
    return found, np.linalg.norm(found - points, axis=1)


def _on_triangles(corners: FloatArray, point: FloatArray) -> FloatArray:
    """Closest points (k, 3) of k triangles (k, 3, 3): inside, else on the nearest edge."""
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    ap = point - a
    d11, d12, d22 = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
    d1, d2 = (ab * ap).sum(1), (ac * ap).sum(1)
    size = np.maximum(d11 * d22 - d12**2, 1e-30)
    v, w = (d22 * d1 - d12 * d2) / size, (d11 * d2 - d12 * d1) / size
    inside = (v >= 0.0) & (w >= 0.0) & (v + w <= 1.0)
    plane = a + v[:, None] * ab + w[:, None] * ac
    edges = np.stack([_on_segment(corners[:, i], corners[:, (i + 1) % 3], point) for i in range(3)])
    square = ((edges - point) ** 2).sum(axis=2)
    border = edges[square.argmin(axis=0), np.arange(len(a))]
    return np.where(inside[:, None], plane, border)


def _on_segment(start: FloatArray, end: FloatArray, point: FloatArray) -> FloatArray:
    step = end - start
    share = ((point - start) * step).sum(1) / np.maximum((step * step).sum(1), 1e-30)
    return start + np.clip(share, 0.0, 1.0)[:, None] * step
