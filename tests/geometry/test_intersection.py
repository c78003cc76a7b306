"""Self-intersections: none on sound surfaces, all of them where two bodies cross or fold."""

import numpy as np
import pytest
import trimesh

from afo_designer.geometry.frame import Frame
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.mesh import TriMesh


def joined(*parts: TriMesh) -> TriMesh:
    offsets = np.cumsum([0] + [len(part.vertices) for part in parts])
    return TriMesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([p.triangles + o for p, o in zip(parts, offsets, strict=False)]),
    )


def as_mesh(made: trimesh.Trimesh) -> TriMesh:
    return TriMesh(made.vertices, made.faces)


def moved(mesh: TriMesh, *shift: float) -> TriMesh:
    return mesh.with_vertices(mesh.vertices + shift)


BOX = as_mesh(trimesh.creation.box())
BALL = as_mesh(trimesh.creation.icosphere(4, radius=50.0))
TORUS = as_mesh(trimesh.creation.torus(20.0, 5.0, major_sections=60, minor_sections=30))
UPRIGHT = TORUS.with_vertices(
    Frame.about_axis([0.0, 0, 0], [1.0, 0, 0], np.pi / 2).apply(TORUS.vertices)
)


def grid(columns: int, rows: int) -> np.ndarray:
    """Triangles of a grid of vertices numbered row by row."""
    at = np.arange(columns * rows).reshape(rows, columns)
    a, b, c, d = (x.ravel() for x in (at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]))
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])


@pytest.mark.parametrize("mesh", [BOX, BALL, TORUS])
def test_sound_surfaces_have_none(mesh):
    assert len(self_intersections(mesh)) == 0


def test_linked_rings_that_do_not_touch_have_none():
    assert len(self_intersections(joined(TORUS, moved(UPRIGHT, 20.0, 0, 0)))) == 0


def test_crossing_rings_have_pairs_between_them_only():
    pairs = self_intersections(joined(TORUS, moved(UPRIGHT, 38.0, 0, 0)))
    assert len(pairs) > 50
    assert np.all(pairs[:, 0] < len(TORUS.triangles))
    assert np.all(pairs[:, 1] >= len(TORUS.triangles))
    assert np.array_equal(pairs, np.unique(pairs, axis=0))


def pierced(corners: np.ndarray) -> np.ndarray:
    """(n, n): whether an edge of triangle i passes through triangle j, by signed volumes."""
    p = corners.reshape(-1, 1, 3)
    q = np.roll(corners, -1, axis=1).reshape(-1, 1, 3)
    a, b, c = (corners[None, :, k] for k in range(3))

    def side(x, y, z, w):
        return np.sign(np.einsum("...i,...i", np.cross(y - x, z - x), w - x))

    apart = side(a, b, c, p) != side(a, b, c, q)
    around = side(p, q, a, b)
    through = apart & (around == side(p, q, b, c)) & (around == side(p, q, c, a))
    return through.reshape(len(corners), 3, -1).any(axis=1)


def test_a_random_soup_agrees_with_edges_through_faces():
    rng = np.random.default_rng(8)
    centres = rng.uniform(0.0, 8.0, size=(250, 1, 3))
    corners = centres + rng.normal(size=(250, 3, 3)) * rng.uniform(0.2, 2.0, size=(250, 1, 1))
    mesh = TriMesh(corners.reshape(-1, 3), np.arange(750).reshape(-1, 3))
    through = pierced(corners)
    expected = np.argwhere(np.triu(through | through.T, 1))
    assert len(expected) > 300
    assert np.array_equal(self_intersections(mesh), expected)


def test_neighbours_over_one_vertex_may_still_cross():
    # Two wings from the origin; the second's far edge passes through the first.
    corners = [[0.0, 0, 0], [4, -1, 0], [4, 1, 0], [3, 0, -1], [3, 0, 1]]
    assert self_intersections(TriMesh(corners, [[0, 1, 2], [0, 3, 4]])).tolist() == [[0, 1]]
    beside = [[0.0, 0, 0], [4, 2, 0], [4, 4, 0], [3, 0, -1], [3, 0, 1]]
    assert len(self_intersections(TriMesh(beside, [[0, 1, 2], [0, 3, 4]]))) == 0


def test_a_sheet_folded_flat_lies_upon_itself():
    x, y = np.meshgrid(np.arange(11.0), np.arange(4.0))
    flat = np.stack([x, y, 0.0 * x], axis=2).reshape(-1, 3)
    assert len(self_intersections(TriMesh(flat, grid(11, 4)))) == 0
    folded = flat.copy()
    folded[:, 0] = 5.0 - np.abs(flat[:, 0] - 5.0)
    pairs = self_intersections(TriMesh(folded, grid(11, 4)))
    assert set(pairs.ravel()) == set(range(len(grid(11, 4))))  # every triangle lies upon another
    bent = folded + np.stack([0 * x, 0 * x, np.maximum(0.0, x - 5.0) * 0.1], axis=2).reshape(-1, 3)
    assert len(self_intersections(TriMesh(bent, grid(11, 4)))) == 0


def test_touching_is_no_intersection_and_depth_decides():
    tip = TriMesh([[0.0, 0, 1], [1, 0, 3], [-1, 0, 3]], [[0, 1, 2]])
    plate = TriMesh([[-5.0, -5, 1], [5, -5, 1], [0, 9, 1]], [[0, 1, 2]])
    assert len(self_intersections(joined(tip, plate))) == 0
    deeper = joined(moved(tip, 0, 0, -0.01), plate)
    assert self_intersections(deeper).tolist() == [[0, 1]]
    assert len(self_intersections(deeper, depth=0.02)) == 0


def test_boxes_that_share_a_face_lie_upon_each_other():
    pairs = self_intersections(joined(BOX, moved(BOX, 1.0, 0.0, 0.0)))
    normals = joined(BOX, moved(BOX, 1.0, 0.0, 0.0)).triangle_normals
    assert len(pairs) > 0
    assert np.allclose(np.abs(normals[pairs.ravel(), 0]), 1.0)
    assert len(self_intersections(joined(BOX, moved(BOX, 1.0, 1.0, 0.0)))) == 0  # an edge only


def test_a_given_triangle_twice_and_one_without_area():
    twice = TriMesh(BOX.vertices, np.concatenate([BOX.triangles, BOX.triangles[:1]]))
    assert [0, 12] in self_intersections(twice).tolist()
    flat = TriMesh(
        np.concatenate([BOX.vertices, [[-2.0, 0, 0], [2, 0, 0], [3, 0, 0]]]),
        np.concatenate([BOX.triangles, [[8, 9, 10]]]),
    )
    assert len(self_intersections(flat)) == 0
    assert self_intersections(TriMesh(np.zeros((0, 3)), np.zeros((0, 3)))).shape == (0, 2)


def test_pairs_do_not_depend_on_where_the_mesh_lies():
    crossing = joined(TORUS, moved(UPRIGHT, 38.0, 0.3, 0.2))
    pairs = self_intersections(crossing)
    motion = Frame.about_axis([1.0, 2.0, 3.0], [3.0, -1.0, 2.0], 1.1)
    turned = crossing.with_vertices(motion.apply(crossing.vertices) + 500.0)
    assert np.array_equal(self_intersections(turned), pairs)


def test_large_and_small_triangles_mix():
    floor = TriMesh([[-500.0, -500, 3], [500, -500, 3], [0, 900, 3]], [[0, 1, 2]])
    pairs = self_intersections(joined(BALL, floor))
    crossing = np.flatnonzero(
        (BALL.corners[:, :, 2].min(axis=1) < 3.0 - 1e-6)
        & (BALL.corners[:, :, 2].max(axis=1) > 3.0 + 1e-6)
    )
    assert np.array_equal(pairs[:, 0], crossing)
