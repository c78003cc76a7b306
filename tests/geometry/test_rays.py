"""First hits against a search of every triangle in double precision."""

import numpy as np
import pytest
import trimesh

from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.rays import first_hits

_BALL = trimesh.creation.icosphere(4)
BALL = TriMesh(_BALL.vertices * [60.0, 50.0, 200.0] + [900.0, -300.0, 50.0], _BALL.faces)
CENTRE = np.array([900.0, -300.0, 50.0])
RNG = np.random.default_rng(4)


def every_triangle(mesh: TriMesh, origin: np.ndarray, direction: np.ndarray) -> float:
    """Nearest hit of one ray by Cramer's rule on every triangle; infinity for none."""
    a, b, c = np.moveaxis(mesh.corners, 1, 0)
    system = np.stack([b - a, c - a, np.broadcast_to(-direction, a.shape)], axis=2)
    u, v, t = np.linalg.solve(system, (origin - a)[:, :, None])[:, :, 0].T
    hit = (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0) & (t >= 0.0)
    return t[hit].min(initial=np.inf)


def test_hits_and_distances_are_those_of_an_exhaustive_search():
    origins = RNG.normal(size=(300, 3)) * 150.0 + CENTRE
    directions = RNG.normal(size=(300, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = [every_triangle(BALL, *ray) for ray in zip(origins, directions, strict=True)]
    distance, triangle = first_hits(BALL, origins, 3.0 * directions)  # any length of direction
    assert np.array_equal(np.isnan(distance), np.isinf(expected))
    assert np.array_equal(triangle < 0, np.isnan(distance))
    hit = triangle >= 0
    assert 20 < hit.sum() < 280
    assert np.abs(distance[hit] - np.array(expected)[hit]).max() < 1e-9
    points = origins[hit] + distance[hit, None] * directions[hit]
    corner, normal = BALL.corners[triangle[hit], 0], BALL.triangle_normals[triangle[hit]]
    assert np.abs(np.einsum("ij,ij->i", points - corner, normal)).max() < 1e-9


def test_rays_through_vertices_and_edges_never_slip_through():
    towards = np.concatenate([BALL.vertices, BALL.corners[:, :2].mean(axis=1)]) - CENTRE
    distance, _ = first_hits(BALL, CENTRE, towards)
    assert np.abs(distance - np.linalg.norm(towards, axis=1)).max() < 1e-6


def test_far_origins_cost_no_digits():
    direction = np.array([0.3, 0.2, -0.9]) / np.linalg.norm([0.3, 0.2, -0.9])
    near, face = first_hits(BALL, [CENTRE - 400.0 * direction], [direction])
    far, same = first_hits(BALL, [CENTRE - 1e6 * direction], [direction])
    assert face[0] == same[0]
    assert far[0] - 1e6 == pytest.approx(near[0] - 400.0, abs=1e-6)


def test_both_sides_are_hit_and_nothing_behind():
    plate = TriMesh([[0.0, 0, 0], [9, 0, 0], [0, 9, 0]], [[0, 1, 2]])
    distance, _ = first_hits(plate, [[1.0, 1.0, 2.0], [1.0, 1.0, -2.0]], [[0, 0, -1], [0, 0, 1]])
    assert distance.tolist() == [2.0, 2.0]
    distance, triangle = first_hits(plate, [[1.0, 1.0, 2.0]], [[0.0, 0.0, 1.0]])
    assert np.isnan(distance).all()
    assert triangle.tolist() == [-1]


def test_rays_without_direction_miss_and_no_rays_are_no_hits():
    distance, triangle = first_hits(BALL, [CENTRE, CENTRE], [[0.0, 0, 0], [np.nan, 0, 0]])
    assert np.isnan(distance).all()
    assert triangle.tolist() == [-1, -1]
    assert [len(part) for part in first_hits(BALL, np.zeros((0, 3)), np.zeros((0, 3)))] == [0, 0]


def test_the_same_rays_give_the_same_bits():
    directions = RNG.normal(size=(500, 3))
    one, other = (first_hits(BALL, CENTRE, directions) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])
