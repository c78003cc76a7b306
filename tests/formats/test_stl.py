"""The binary STL writer: what other readers count on, and two of them."""

import shutil
import subprocess

import numpy as np
import pytest
import trimesh

from afo_designer.formats.stl import read_stl, stl_bytes
from afo_designer.geometry.mesh import TriMesh

BALL = trimesh.creation.icosphere(subdivisions=3, radius=60.0)
MESH = TriMesh(BALL.vertices, BALL.faces)


def test_header_count_and_size():
    data = stl_bytes(MESH, b"part A1")
    assert data[:80] == b"part A1".ljust(80)
    assert int.from_bytes(data[80:84], "little") == len(MESH.triangles)
    assert len(data) == 84 + 50 * len(MESH.triangles)
    assert not stl_bytes(MESH).startswith(b"solid")
    for header in (b"solid thing", b"SOLID", b"x" * 81):
        with pytest.raises(ValueError, match="80 bytes"):
            stl_bytes(MESH, header)


def test_normals_point_outward_and_are_units():
    records = np.frombuffer(stl_bytes(MESH)[84:], dtype=np.uint8).reshape(-1, 50)
    normals = records[:, :12].copy().view("<f4")
    assert np.allclose(normals, MESH.triangle_normals, atol=1e-4)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-6)
    assert not records[:, 48:].any()


def test_a_triangle_without_area_gets_no_normal_and_no_complaint():
    flat = TriMesh([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]])
    soup = read_stl(stl_bytes(flat))
    assert np.array_equal(soup.vertices, flat.vertices)


@pytest.mark.skipif(shutil.which("admesh") is None, reason="admesh is not installed")
def test_admesh_has_nothing_to_mend(tmp_path):
    (tmp_path / "a.stl").write_bytes(stl_bytes(MESH))
    said = subprocess.run(
        ["admesh", "a.stl"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert "Total disconnected facets        :     0" in said
    assert "Backwards edges       :     0" in said
    assert "Degenerate facets     :     0" in said
