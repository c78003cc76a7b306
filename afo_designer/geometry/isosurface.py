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
_RELAXATIONS = 9
_NUDGE = 0.01  # step of the gradient's differences over the spacing
_BAND = 2.5  # guide spacings about zero in which a finer grid is evaluated anew


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
    def sample(
        cls,
        field: Distance,
        bounds: ArrayLike,
        spacing: float,
        guide: SampledField | None = None,
    ) -> SampledField:
        """The field on a grid over `bounds` (2, 3) whose last layers lie on the upper bounds.

        With a coarser `guide` of the same field, `field` is asked only within `_BAND` guide
        spacings of zero; further off, where no surface can be, the guide's own value stands.
        """
        low, high = np.asarray(bounds, dtype=np.float64)
        counts = np.ceil((high - low) / spacing - 1e-9).astype(int) + 1
        origin = high - (counts - 1) * spacing
        axes = [origin[k] + spacing * np.arange(counts[k]) for k in range(3)]
        nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        if guide is None:
            values = field(nodes)
        else:
            index = (nodes - guide.origin) / guide.spacing
            values = ndimage.map_coordinates(guide.values, index.T, order=1, mode="nearest")
            near = np.abs(values) < _BAND * guide.spacing
            values[near] = field(nodes[near])
        values = values.reshape(counts)
        coefficients = ndimage.spline_filter(values, order=3, mode="mirror")
        return cls(frozen(values), frozen(origin, (3,)), spacing, frozen(coefficients))

    def __call__(self, points: ArrayLike) -> FloatArray:
        """Values (n,) at points (n, 3); outside the grid the mirrored field goes on."""
        index = (np.asarray(points, dtype=np.float64) - self.origin) / self.spacing
        return ndimage.map_coordinates(
            self.coefficients, index.T, order=3, mode="mirror", prefilter=False
        )

    def gradient(self, points: ArrayLike) -> FloatArray:
        """(n, 3) by forward differences, good to about a hundredth of the curvature's share."""
        return self.value_and_gradient(points)[1]

    def value_and_gradient(self, points: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Values (n,) and gradients (n, 3)."""
        at = np.asarray(points, dtype=np.float64)
        value, step = self(at), _NUDGE * self.spacing
        ahead = [self(at + step * direction) for direction in np.eye(3)]
        return value, (np.stack(ahead, axis=1) - value[:, None]) / step


def triangle_count(field: SampledField) -> int:
    """How many triangles the field's zero level has on its grid."""
    return len(_marching_cubes(field).triangles)


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


def first_crossing(
    field: SampledField, start: ArrayLike, direction: ArrayLike, reach: float
) -> FloatArray:
    """Where a ray from a point inside (3,) along `direction` (3,) first leaves the solid.

    Raises `ValueError` when it does not within `reach` mm or the point is not inside.
    """
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
    for sweep in range(_RELAXATIONS + 2):
        value, slope = field.value_and_gradient(vertices)
        slope[on_rim, 2] = 0.0
        steepness = np.maximum(np.einsum("ij,ij->i", slope, slope), 0.05)
        newton = -(value / steepness)[:, None] * slope
        length = np.linalg.norm(newton, axis=1, keepdims=True)
        newton *= np.minimum(1.0, 0.5 * field.spacing / np.maximum(length, 1e-12))
        if sweep >= _RELAXATIONS:  # the last sweeps only project
            vertices = vertices + newton
            continue
        move = 0.6 * (averaging @ vertices - vertices)
        move -= (np.einsum("ij,ij->i", move, slope) / steepness)[:, None] * slope
        vertices = vertices + move + newton
    return mesh.with_vertices(vertices)


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
