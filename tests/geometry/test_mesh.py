"""Meshes: areas, normals and volume of shapes done by hand, and laws that hold for all."""

import numpy as np
import pytest
import trimesh

from afo_designer.geometry.mesh import QuadMesh, TriMesh

# A box of 3 by 2 by 1 with outward faces.
_BOX = trimesh.creation.box(extents=[3.0, 2.0, 1.0])
BOX = TriMesh(_BOX.vertices, _BOX.faces)
_BALL = trimesh.creation.icosphere(4, radius=10.0)
BALL = TriMesh(_BALL.vertices, _BALL.faces)


def test_a_box_by_hand():
    assert BOX.volume == pytest.approx(6.0)
    assert BOX.areas.sum() == pytest.approx(22.0)
    assert BOX.is_closed
    assert len(BOX.boundary_edges) == 0
    assert BOX.boundary_loops() == []
    assert np.array_equal(BOX.bounds, [[-1.5, -1, -0.5], [1.5, 1, 0.5]])
    assert set(map(tuple, np.round(BOX.triangle_normals) + 0.0)) == {
        (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1),
    }  # fmt: skip


def test_the_area_vectors_of_a_closed_mesh_cancel():
    assert np.allclose(BALL.area_vectors.sum(axis=0), 0.0, atol=1e-9)
    assert BALL.volume == pytest.approx(4 / 3 * np.pi * 1e3, rel=5e-3)
    outward = np.einsum("ij,ij->i", BALL.vertex_normals, BALL.vertices) / 10.0
    assert outward.min() > 0.999


def test_an_opened_ball_has_its_rim_as_a_loop():
    keep = BALL.corners[:, :, 2].max(axis=1) < 5.0
    bowl = BALL.kept(keep)
    assert len(bowl.triangles) == keep.sum()
    assert not bowl.is_closed
    (rim,) = bowl.boundary_loops()
    assert len(rim) == len(bowl.boundary_edges)
    edges = set(map(tuple, bowl.boundary_edges.tolist()))
    assert all((a, b) in edges for a, b in zip(rim, np.roll(rim, -1), strict=True))
    assert np.array_equal(np.unique(bowl.triangles), np.arange(len(bowl.vertices)))


def test_loops_come_longest_first():
    heights = BALL.corners[:, :, 2]
    ring = BALL.kept((heights.max(axis=1) < 8.0) & (heights.min(axis=1) > -5.0))
    lengths = [len(loop) for loop in ring.boundary_loops()]
    assert len(lengths) == 2
    assert lengths[0] > lengths[1]


def test_pieces_are_told_apart():
    apart = TriMesh(
        np.concatenate([BOX.vertices, BALL.vertices + 50.0]),
        np.concatenate([BOX.triangles, BALL.triangles + len(BOX.vertices)]),
    )
    piece = apart.component_of_vertex
    assert len(np.unique(piece)) == 2
    assert len(np.unique(piece[:8])) == 1
    assert piece[0] != piece[8]


def test_flipping_and_mirroring():
    assert BALL.flipped().volume == pytest.approx(-BALL.volume)
    bumpy = BALL.with_vertices(BALL.vertices * (1.0 + 0.1 * np.sin(BALL.vertices[:, [1]])))
    mirrored = bumpy.mirrored_y()
    assert mirrored.volume == pytest.approx(bumpy.volume)
    assert np.array_equal(mirrored.mirrored_y().vertices, bumpy.vertices)
    assert np.allclose(mirrored.vertex_normals, bumpy.vertex_normals * [1, -1, 1])


def test_an_edge_used_thrice_is_not_closed():
    fin = TriMesh(
        np.concatenate([BOX.vertices, [[9.0, 9.0, 9.0]]]),
        np.concatenate([BOX.triangles, [[*BOX.triangles[0, :2], 8]]]),
    )
    assert not fin.is_closed
    assert not TriMesh(np.zeros((0, 3)), np.zeros((0, 3))).is_closed


def test_indices_and_shapes_are_checked():
    with pytest.raises(ValueError, match="names vertex 3"):
        TriMesh(np.zeros((3, 3)), [[0, 1, 3]])
    with pytest.raises(ValueError, match="names vertex"):
        TriMesh(np.zeros((3, 3)), [[0, 1, -1]])
    with pytest.raises(ValueError, match="shape"):
        TriMesh(np.zeros((3, 2)), [[0, 1, 2]])
    with pytest.raises(ValueError, match="read-only"):
        BOX.vertices[0] = 0.0


def test_quad_areas_are_those_of_parallelograms():
    mesh = QuadMesh(
        [[0.0, 0, 0], [2, 0, 0], [3, 2, 0], [1, 2, 0]], [[0, 1, 2, 3]], np.zeros((4, 2))
    )
    assert mesh.areas == pytest.approx([4.0])
    with pytest.raises(ValueError, match="shape"):
        QuadMesh(mesh.vertices, mesh.quads, np.zeros((3, 2)))
    assert mesh.cell_count == 1
    assert mesh.triangles.shape == (0, 3)


def test_triangles_follow_the_quads_of_a_mixed_mesh():
    corners = [[0.0, 0, 0], [2, 0, 0], [3, 2, 0], [1, 2, 0], [3, 0, 0]]
    mesh = QuadMesh(corners, [[0, 1, 2, 3]], np.zeros((5, 2)), [[1, 4, 2]])
    assert mesh.areas == pytest.approx([4.0, 1.0])
    assert mesh.cell_count == 2
    with pytest.raises(ValueError, match="read-only"):
        mesh.triangles[0] = 0
    with pytest.raises(ValueError, match="names vertex"):
        QuadMesh(corners, [[0, 1, 2, 3]], np.zeros((5, 2)), [[1, 5, 2]])
    with pytest.raises(ValueError, match="shape"):
        QuadMesh(corners, [[0, 1, 2, 3]], np.zeros((5, 2)), [[0, 1, 2, 3]])
    alone = QuadMesh(corners, np.zeros((0, 4)), np.zeros((5, 2)), [[0, 1, 2]])
    assert alone.areas == pytest.approx([2.0])
