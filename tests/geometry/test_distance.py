"""Closest points against a search of every triangle, and clearance against known solids."""

import numpy as np
import pytest
import trimesh

from afo_designer.geometry.distance import closest_points, signed_clearance
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh


def as_mesh(made: trimesh.Trimesh) -> TriMesh:
    return TriMesh(made.vertices, made.faces)


RNG = np.random.default_rng(2)
BALL = as_mesh(trimesh.creation.icosphere(3, radius=50.0))
SQUASHED = BALL.with_vertices(BALL.vertices * [1.0, 0.6, 3.0] + [500.0, -80.0, 20.0])
BOX = as_mesh(trimesh.creation.box(extents=[6.0, 4.0, 2.0]))


def every_triangle(points: np.ndarray, mesh: TriMesh) -> np.ndarray:
    """Distances by minimising over a triangle's corners, edges and face, one after another."""
    best = np.full(len(points), np.inf)
    for a, b, c in mesh.corners:
        for start, end in ((a, b), (b, c), (c, a)):
            along = end - start
            t = np.clip((points - start) @ along / (along @ along), 0.0, 1.0)
            away = np.linalg.norm(points - start - t[:, None] * along, axis=1)
            best = np.minimum(best, away)
        normal = np.cross(b - a, c - a)
        normal /= np.linalg.norm(normal)
        height = (points - a) @ normal
        foot = points - height[:, None] * normal
        inside = np.all(
            [np.cross(e - s, foot - s) @ normal >= 0.0 for s, e in ((a, b), (b, c), (c, a))], axis=0
        )
        best = np.where(inside, np.minimum(best, np.abs(height)), best)
    return best


def test_distances_are_those_of_an_exhaustive_search():
    points = RNG.normal(size=(150, 3)) * [60.0, 40.0, 150.0] + [500.0, -80.0, 20.0]
    nearest, distance, triangle = closest_points(points, SQUASHED)
    assert np.allclose(distance, every_triangle(points, SQUASHED), atol=1e-9)
    assert np.allclose(np.linalg.norm(points - nearest, axis=1), distance)
    a, b, c = np.moveaxis(SQUASHED.corners[triangle], 1, 0)
    assert np.allclose(np.einsum("ij,ij->i", nearest - a, np.cross(b - a, c - a)), 0.0, atol=1e-7)


def test_points_of_the_surface_are_their_own_nearest():
    nearest, distance, _ = closest_points(SQUASHED.vertices, SQUASHED)
    assert distance.max() < 1e-9
    assert np.allclose(nearest, SQUASHED.vertices)


def test_the_answer_moves_with_the_scene():
    points = RNG.normal(size=(60, 3)) * 80.0
    motion = Frame.about_axis([3.0, 1.0, 2.0], [1.0, 2.0, 3.0], 0.7)
    nearest, distance, triangle = closest_points(points, BALL)
    moved = closest_points(motion.apply(points), BALL.with_vertices(motion.apply(BALL.vertices)))
    assert np.allclose(moved[0], motion.apply(nearest), atol=1e-9)
    assert np.allclose(moved[1], distance)
    again = closest_points(points, BALL)
    first = (nearest, distance, triangle)
    assert all(np.array_equal(x, y) for x, y in zip(again, first, strict=True))


def test_clearance_of_a_box_is_signed_at_faces_edges_and_corners():
    points = RNG.uniform(-6.0, 6.0, size=(2000, 3))
    beyond = np.abs(points) - [3.0, 2.0, 1.0]
    outside = np.linalg.norm(np.maximum(beyond, 0.0), axis=1)
    expected = np.where(outside > 0.0, outside, beyond.max(axis=1))
    assert np.allclose(signed_clearance(points, BOX), expected, atol=1e-12)


def test_clearance_is_right_where_a_face_normal_would_be_wrong():
    # Beside the tip of a thin spike one of the touching faces looks away from the point.
    spike = TriMesh(
        [[0.0, 0, 10], [-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]],
        [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1], [2, 1, 4], [2, 4, 3]],
    )
    angle = np.linspace(0.0, 2.0 * np.pi, 50)
    above = np.stack([0.5 * np.cos(angle), 0.5 * np.sin(angle), np.full(50, 10.2)], axis=1)
    assert signed_clearance(above, spike).min() > 0.0
    assert signed_clearance([[0.0, 0.0, 5.0]], spike)[0] < 0.0


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        closest_points([[np.nan, 0.0, 0.0]], BALL)
    with pytest.raises(ValueError, match="without triangles"):
        closest_points([[0.0, 0.0, 0.0]], TriMesh(np.zeros((0, 3)), np.zeros((0, 3))))
    nothing = closest_points(np.zeros((0, 3)), BALL)
    assert [len(part) for part in nothing] == [0, 0, 0]
