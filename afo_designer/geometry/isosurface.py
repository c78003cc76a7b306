"""Isosurface: the zero level of a field as an even triangle mesh, open where it leaves the grid.

Marching cubes (VTK's flying edges) gives the topology; vertices then slide along the surface until
the triangles are even, held on the zero level of the grid values' tricubic interpolant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage
from scipy.sparse import csr_matrix

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.geometry.mesh import TriMesh

Distance: TypeAlias = Callable[[FloatArray], FloatArray]

_SNAP = 0.15  # grid values nearer to zero than this share of the spacing are moved off: no slivers
_RELAXATIONS = 12
_NUDGE = 0.05  # step of the gradient's differences over the spacing


@dataclass(frozen=True, slots=True)
class SampledField:
    """A field on a regular grid, tricubic between its nodes.

    `values` (nx, ny, nz) in mm, `origin` (3,) the position of node 0, `spacing` in mm.
    """

    values: FloatArray
    origin: FloatArray
    spacing: float
    coefficients: FloatArray

    @classmethod
    def sample(cls, field: Distance, bounds: ArrayLike, spacing: float) -> SampledField:
        """The field on a grid over `bounds` (2, 3) whose last layers lie on the upper bounds."""
        low, high = np.asarray(bounds, dtype=np.float64)
        counts = np.ceil((high - low) / spacing - 1e-9).astype(int) + 1
        origin = high - (counts - 1) * spacing
        axes = [origin[k] + spacing * np.arange(counts[k]) for k in range(3)]
        nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        values = field(nodes).reshape(counts)
        coefficients = ndimage.spline_filter(values, order=3, mode="mirror")
        return cls(frozen(values), frozen(origin, (3,)), spacing, frozen(coefficients))

    def __call__(self, points: ArrayLike) -> FloatArray:
        """Values (n,) at points (n, 3); outside the grid the mirrored field goes on."""
        index = (np.asarray(points, dtype=np.float64) - self.origin) / self.spacing
        return ndimage.map_coordinates(
            self.coefficients, index.T, order=3, mode="mirror", prefilter=False
        )

    def gradient(self, points: ArrayLike) -> FloatArray:
        """(n, 3) by central differences."""
        at = np.asarray(points, dtype=np.float64)
        step = _NUDGE * self.spacing
        nudges = step * np.eye(3)
        return np.stack([self(at + d) - self(at - d) for d in nudges], axis=1) / (2.0 * step)


def zero_level(field: SampledField) -> TriMesh:
    """The largest piece of the field's zero level, outward where the field grows.

    Where the surface meets the grid's last layer in z it ends in a flat rim on that plane. Raises
    `ValueError` when the field does not change sign.
    """
    mesh = _marching_cubes(field)
    piece = mesh.component_of_vertex
    largest = np.bincount(piece[mesh.triangles[:, 0]]).argmax()
    mesh = mesh.kept(piece[mesh.triangles[:, 0]] == largest)
    return _relaxed(mesh, field)


def first_crossing(field: SampledField, start: ArrayLike, direction: ArrayLike, reach: float) -> FloatArray:
    """Where a ray from inside (3,) along `direction` (3,) first leaves the solid, within `reach` mm."""
    origin = np.asarray(start, dtype=np.float64)
    along = np.asarray(direction, dtype=np.float64)
    along = along / np.linalg.norm(along)
    steps = np.arange(0.0, reach, 0.1)
    values = field(origin + steps[:, None] * along)
    outside = np.flatnonzero(values > 0.0)
    if len(outside) == 0 or outside[0] == 0:
        raise ValueError(f"a ray from {origin.round(1)} does not cross the surface in {reach} mm")
    at = outside[0]
    share = values[at - 1] / (values[at - 1] - values[at])
    return origin + (steps[at - 1] + share * 0.1) * along


def _marching_cubes(field: SampledField) -> TriMesh:
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    snap = _SNAP * field.spacing
    pushed = np.where(field.values < 0.0, -1.0, 1.0) * np.maximum(np.abs(field.values), snap)
    image = vtkImageData()
    image.SetDimensions(*pushed.shape)
    image.SetOrigin(*field.origin)
    image.SetSpacing(field.spacing, field.spacing, field.spacing)
    image.GetPointData().SetScalars(numpy_to_vtk(pushed.ravel(order="F"), deep=True))
    contour = vtkFlyingEdges3D()
    contour.SetInputData(image)
    contour.SetValue(0, 0.0)
    contour.ComputeNormalsOff()
    contour.ComputeScalarsOff()
    contour.Update()
    surface = contour.GetOutput()
    if surface.GetNumberOfCells() == 0:
        raise ValueError("the field does not change sign on the grid")
    points = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float64)
    triangles = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    mesh = TriMesh(points, triangles)
    centres = mesh.corners.mean(axis=1)
    outward = np.einsum("ij,ij->i", field.gradient(centres), mesh.area_vectors)
    return mesh if outward.sum() > 0.0 else mesh.flipped()


def _relaxed(mesh: TriMesh, field: SampledField) -> TriMesh:
    """Vertices moved towards their neighbours' mean, within the surface and within the rim."""
    rim = np.unique(mesh.boundary_edges)
    on_rim = np.zeros(len(mesh.vertices), dtype=bool)
    on_rim[rim] = True
    averaging = _averaging(mesh, on_rim)
    top = field.origin[2] + (field.values.shape[2] - 1) * field.spacing
    vertices = mesh.vertices.copy()
    vertices[on_rim, 2] = top
    for _ in range(_RELAXATIONS):
        slope = field.gradient(vertices)
        slope[on_rim, 2] = 0.0
        normal = slope / np.linalg.norm(slope, axis=1, keepdims=True)
        move = 0.6 * (averaging @ vertices - vertices)
        move -= np.einsum("ij,ij->i", move, normal)[:, None] * normal
        vertices = _projected(vertices + move, field, on_rim)
    return mesh.with_vertices(_projected(vertices, field, on_rim))


def _projected(vertices: FloatArray, field: SampledField, on_rim: IntArray) -> FloatArray:
    """One Newton step to the zero level, no longer than the grid's spacing."""
    slope = field.gradient(vertices)
    slope[on_rim, 2] = 0.0
    steepness = np.einsum("ij,ij->i", slope, slope)
    step = -(field(vertices) / np.maximum(steepness, 0.05))[:, None] * slope
    length = np.linalg.norm(step, axis=1, keepdims=True)
    return vertices + step * np.minimum(1.0, field.spacing / np.maximum(length, 1e-12))


def _averaging(mesh: TriMesh, on_rim: IntArray) -> csr_matrix:
    """Rows that average a vertex's neighbours; a rim vertex sees its rim neighbours only."""
    edges = np.concatenate([mesh.edges, mesh.edges[:, ::-1]])
    start, end = edges.T
    border = mesh.boundary_edges
    edges = np.concatenate([edges[~on_rim[start]], border, border[:, ::-1]])
    start, end = edges.T
    count = len(mesh.vertices)
    links = csr_matrix((np.ones(len(edges)), (start, end)), (count, count))
    links.data[:] = 1.0
    degree = np.asarray(links.sum(axis=1)).ravel()
    return csr_matrix((1.0 / degree[links.nonzero()[0]], links.nonzero()), (count, count))
