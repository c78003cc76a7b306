"""VTU files come back through VTK's own reader, the one ParaView uses."""

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

from afo_designer.formats.vtu import vtu_bytes
from afo_designer.geometry.mesh import QuadMesh, TriMesh

QUADS = QuadMesh(
    [[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, 0], [2, 1, 0.1]],
    [[0, 1, 2, 3], [1, 4, 5, 2]],
    np.zeros((6, 2)),
)


def read(data: bytes):
    reader = vtkXMLUnstructuredGridReader()
    reader.ReadFromInputStringOn()
    reader.SetInputString(data)
    reader.Update()
    return reader.GetOutput()


def test_quads_and_their_fields_round_trip():
    moved = np.linspace(-1.0, 1.0, 18).reshape(6, 3)
    stress = np.array([[1.5] * 6, [2.5] * 6])
    data = vtu_bytes(
        QUADS, {"displacement": moved, "x < y": moved[:, 0]}, {"stress": stress, "region": [7, 9]}
    )
    assert data == vtu_bytes(
        QUADS, {"displacement": moved, "x < y": moved[:, 0]}, {"stress": stress, "region": [7, 9]}
    )
    grid = read(data)
    assert np.array_equal(vtk_to_numpy(grid.GetPoints().GetData()), QUADS.vertices)
    assert [grid.GetCellType(i) for i in range(grid.GetNumberOfCells())] == [9, 9]
    corners = [grid.GetCell(1).GetPointId(i) for i in range(4)]
    assert corners == [1, 4, 5, 2]
    points, cells = grid.GetPointData(), grid.GetCellData()
    assert np.array_equal(vtk_to_numpy(points.GetArray("displacement")), moved)
    assert np.array_equal(vtk_to_numpy(points.GetArray("x < y")), moved[:, 0])
    assert np.array_equal(vtk_to_numpy(cells.GetArray("stress")), stress)
    assert vtk_to_numpy(cells.GetArray("region")).tolist() == [7, 9]


def test_triangles_follow_the_quads_of_a_mixed_mesh():
    apex = np.vstack([QUADS.vertices, [[3.0, 0.5, 0]]])
    mesh = QuadMesh(apex, QUADS.quads, np.zeros((7, 2)), [[4, 6, 5]])
    grid = read(vtu_bytes(mesh, None, {"part": [1, 2, 3]}))
    assert [grid.GetCellType(i) for i in range(grid.GetNumberOfCells())] == [9, 9, 5]
    assert [grid.GetCell(2).GetPointId(i) for i in range(3)] == [4, 6, 5]
    assert vtk_to_numpy(grid.GetCellData().GetArray("part")).tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="3 cells"):
        vtu_bytes(mesh, None, {"part": [1, 2]})


def test_triangles_without_fields():
    mesh = TriMesh(QUADS.vertices, [[0, 1, 2], [0, 2, 3]])
    grid = read(vtu_bytes(mesh))
    assert [grid.GetCellType(i) for i in range(grid.GetNumberOfCells())] == [5, 5]
    assert grid.GetNumberOfPoints() == 6


def test_a_field_of_the_wrong_length_is_named():
    with pytest.raises(ValueError, match="field 'T' has shape \\(5,\\); the mesh has 6 vertices"):
        vtu_bytes(QUADS, {"T": np.zeros(5)})
    with pytest.raises(ValueError, match="2 cells"):
        vtu_bytes(QUADS, None, {"S": np.zeros(6)})
