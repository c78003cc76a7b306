"""Closest points on a mesh, and the signed clearance of points from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, IntArray, unit
from afo_designer.geometry.mesh import TriMesh


def closest_points(points: ArrayLike, mesh: TriMesh) -> tuple[FloatArray, FloatArray, IntArray]:
    """The nearest point of a mesh to each point.

    `points` (n, 3), finite. Returns the nearest points (n, 3), the distances (n,) in mm and their
    triangles (n,). Exact to rounding. Where several triangles are equally near, one of them is
    named, always the same. Raises `ValueError` for a mesh without triangles.
    """
    queries, triangle, weights = _closest(points, mesh)
    nearest = np.einsum("ij,ijk->ik", weights, mesh.corners[triangle])
    return nearest, np.linalg.norm(queries - nearest, axis=1), triangle


def signed_clearance(points: ArrayLike, mesh: TriMesh) -> FloatArray:
    """Distance (n,) in mm from each point to a mesh, positive outside, negative inside.

    The side is that of the angle-weighted normal at the nearest point, which is right for any
    closed mesh (Bærentzen and Aanæs, IEEE TVCG 11 (2005); recalled); beyond the rim of an open
    one it is the side of the surface continued.
    """
    queries, triangle, weights = _closest(points, mesh)
    away = queries - np.einsum("ij,ijk->ik", weights, mesh.corners[triangle])
    side = np.einsum("ij,ij->i", away, _pseudonormals(mesh, triangle, weights))
    return np.copysign(np.linalg.norm(away, axis=1), side)


def _closest(points: ArrayLike, mesh: TriMesh) -> tuple[FloatArray, IntArray, FloatArray]:
    """The points as an array, the nearest triangle of each, and its barycentric weights there."""
    queries = np.asarray(points, dtype=np.float64)
    if len(mesh.triangles) == 0:
        raise ValueError("a mesh without triangles has no closest point")
    if not np.isfinite(queries).all():
        raise ValueError("a point to measure from has a coordinate that is not finite")
    triangle = _closest_triangles(queries, mesh)
    return queries, triangle, _closest_weights(queries, mesh.corners[triangle])


def _closest_triangles(queries: FloatArray, mesh: TriMesh) -> IntArray:
    from vtkmodules.vtkCommonCore import reference
    from vtkmodules.vtkCommonDataModel import vtkGenericCell

    locator, _alive = _locator(mesh)
    number: Any = reference(0)
    cell, sub, squared = vtkGenericCell(), reference(0), reference(0.0)
    found = [0.0, 0.0, 0.0]
    triangle = np.zeros(len(queries), dtype=np.int64)
    for i, query in enumerate(queries.tolist()):
        locator.FindClosestPoint(query, found, cell, number, sub, squared)
        triangle[i] = number.get()
    return triangle


def _locator(mesh: TriMesh) -> tuple[Any, Any]:
    """VTK's bucketed search over the triangles, and the arrays that it reads while it lives."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData, vtkStaticCellLocator

    points, cells, surface = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(np.array(mesh.vertices), deep=True))
    cells.SetData(3, numpy_to_vtkIdTypeArray(mesh.triangles.ravel().copy(), deep=True))
    surface.SetPoints(points)
    surface.SetPolys(cells)
    locator = vtkStaticCellLocator()
    locator.SetDataSet(surface)
    locator.BuildLocator()
    return locator, surface


def _closest_weights(points: FloatArray, corners: FloatArray) -> FloatArray:
    """Barycentric weights (n, 3) of the point of each triangle (n, 3, 3) nearest to its point.

    By the Voronoi regions of corners, edges and face: Ericson, Real-Time Collision Detection
    (2005), §5.1.5 (recalled). Weights that are zero are exactly zero.
    """
    a, b, c = np.moveaxis(corners, 1, 0)

    def dot(x: FloatArray, y: FloatArray) -> FloatArray:
        return np.einsum("ij,ij->i", x, y)

    ab, ac = b - a, c - a
    d1, d2 = dot(ab, points - a), dot(ac, points - a)
    d3, d4 = dot(ab, points - b), dot(ac, points - b)
    d5, d6 = dot(ab, points - c), dot(ac, points - c)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    zero, one = np.zeros(len(points)), np.ones(len(points))
    with np.errstate(divide="ignore", invalid="ignore"):
        on_ab, on_ac = d1 / (d1 - d3), d2 / (d2 - d6)
        on_bc = (d4 - d3) / ((d4 - d3) + (d5 - d6))
        v, w = vb / (va + vb + vc), vc / (va + vb + vc)
    regions = (
        ((d1 <= 0) & (d2 <= 0), (one, zero, zero)),
        ((d3 >= 0) & (d4 <= d3), (zero, one, zero)),
        ((d6 >= 0) & (d5 <= d6), (zero, zero, one)),
        ((vc <= 0) & (d1 >= 0) & (d3 <= 0), (1 - on_ab, on_ab, zero)),
        ((vb <= 0) & (d2 >= 0) & (d6 <= 0), (1 - on_ac, zero, on_ac)),
        ((va <= 0) & (d4 >= d3) & (d5 >= d6), (zero, 1 - on_bc, on_bc)),
    )
    conditions = [condition for condition, _ in regions]
    weights = np.stack(
        [
            np.select(conditions, [weight[k] for _, weight in regions], face)
            for k, face in enumerate((1 - v - w, v, w))
        ],
        axis=1,
    )
    return np.where(np.isfinite(weights), weights, np.array([1.0, 0.0, 0.0]))


def _pseudonormals(mesh: TriMesh, triangle: IntArray, weights: FloatArray) -> FloatArray:
    """Normals at points given by triangle and weights: of the face, or of the edge or corner."""
    # A weight below this is rounding of a point on an edge or corner.
    on = weights > 1e-9
    face = mesh.triangle_normals
    normals = face[triangle].copy()
    corner = np.flatnonzero(on.sum(axis=1) == 1)
    if len(corner):
        vertex = mesh.triangles[triangle[corner], np.argmax(on[corner], axis=1)]
        normals[corner] = _angle_weighted_normals(mesh)[vertex]
    edge = np.flatnonzero(on.sum(axis=1) == 2)
    if len(edge):
        off = np.argmin(on[edge], axis=1)
        ends = mesh.triangles[triangle[edge]]
        rows = np.arange(len(edge))
        normals[edge] = _edge_normals(mesh, ends[rows, (off + 1) % 3], ends[rows, (off + 2) % 3])
    return normals


def _angle_weighted_normals(mesh: TriMesh) -> FloatArray:
    corners, face = mesh.corners, mesh.triangle_normals
    normals = np.zeros_like(mesh.vertices)
    for k in range(3):
        along = unit(corners[:, (k + 1) % 3] - corners[:, k])
        across = unit(corners[:, (k + 2) % 3] - corners[:, k])
        angle = np.arccos(np.clip(np.einsum("ij,ij->i", along, across), -1.0, 1.0))
        np.add.at(normals, mesh.triangles[:, k], angle[:, None] * face)
    return unit(normals)


def _edge_normals(mesh: TriMesh, start: IntArray, end: IntArray) -> FloatArray:
    """Sum of the unit normals of the faces that meet at each edge."""
    count = len(mesh.vertices)
    edges = np.sort(mesh.edges, axis=1)
    keys, number = np.unique(edges[:, 0] * count + edges[:, 1], return_inverse=True)
    sums = np.zeros((len(keys), 3))
    np.add.at(sums, number, np.repeat(mesh.triangle_normals, 3, axis=0))
    wanted = np.minimum(start, end) * count + np.maximum(start, end)
    return unit(sums[np.searchsorted(keys, wanted)])
