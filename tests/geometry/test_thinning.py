"""Thinning: the surface stays where it was, joined and open as it was, only coarser."""

import numpy as np
import pytest

from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.thinning import rim_vertices, thinned, undirected_edges

RADIUS = 50.0


@pytest.fixture(scope="module")
def sphere() -> TriMesh:
    """An octahedron divided seven times: 131 072 triangles on a sphere."""
    vertices = np.vstack([np.eye(3), -np.eye(3)])
    triangles = np.array(
        [[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]]
    )
    for _ in range(7):
        pairs = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        ends, which = np.unique(pairs, axis=0, return_inverse=True)
        at = len(vertices) + which.reshape(-1, 3)
        vertices = np.vstack([vertices, vertices[ends].mean(axis=1)])
        a, b, c = triangles.T
        p, q, r = at.T
        cut = ((a, p, r), (p, b, q), (r, q, c), (p, q, r))
        triangles = np.concatenate([np.stack(one, axis=1) for one in cut])
    return TriMesh(RADIUS * vertices / np.linalg.norm(vertices, axis=1)[:, None], triangles)


def hemisphere(sphere: TriMesh) -> TriMesh:
    return sphere.kept(sphere.corners.mean(axis=1)[:, 2] > 0.0)


def test_a_sphere_stays_closed_and_keeps_its_volume(sphere):
    coarse = thinned(sphere, 8000)
    assert 5000 < len(coarse.triangles) < 9000
    assert coarse.is_closed
    assert coarse.volume == pytest.approx(sphere.volume, rel=5e-4)
    away = np.linalg.norm(coarse.corners.mean(axis=1), axis=1) - RADIUS
    assert np.abs(away).max() < 0.06
    assert abs(away.mean()) < 0.02  # centres lie lowest


def test_an_opening_stays_open_where_it_was(sphere):
    half = hemisphere(sphere)
    coarse = thinned(half, 5000)
    [loop] = coarse.boundary_loops()
    [rim] = half.boundary_loops()
    assert np.abs(coarse.vertices[loop][:, 2]).max() < 1.0
    gap = closest_points(half.vertices[rim], coarse)[1]
    assert np.percentile(gap, 95) < 0.5


def test_noise_is_averaged(sphere):
    noise = np.random.default_rng(0).normal(0.0, 0.3, len(sphere.vertices))
    noisy = sphere.with_vertices(sphere.vertices * (1.0 + noise / RADIUS)[:, None])
    coarse = thinned(noisy, 8000)
    away = np.linalg.norm(coarse.vertices, axis=1) - RADIUS
    plain = np.linalg.norm(thinned(sphere, 8000).vertices, axis=1) - RADIUS
    # 16 vertices in the mean become one, and raising it gives back up to four tenths of the gain
    assert away.std() < 0.3 / 4.0 * 1.6
    assert abs(away.mean() - plain.mean()) < 0.01


def test_windings_do_not_matter(sphere):
    flip = np.random.default_rng(1).random(len(sphere.triangles)) < 0.5
    mixed = sphere.triangles.copy()
    mixed[flip] = mixed[flip][:, ::-1]
    coarse, plain = thinned(TriMesh(sphere.vertices, mixed), 8000), thinned(sphere, 8000)
    np.testing.assert_allclose(coarse.vertices, plain.vertices, atol=1e-9)
    assert np.bincount(undirected_edges(coarse).uses)[1:].tolist() == [
        0,
        3 * len(plain.triangles) // 2,
    ]


def test_the_order_of_vertices_does_not_matter(sphere):
    order = np.random.default_rng(2).permutation(len(sphere.vertices))
    vertices = np.empty_like(sphere.vertices)
    vertices[order] = sphere.vertices
    coarse, plain = thinned(TriMesh(vertices, order[sphere.triangles]), 8000), thinned(sphere, 8000)
    assert len(coarse.triangles) == pytest.approx(len(plain.triangles), rel=0.01)
    assert closest_points(coarse.vertices, plain)[1].max() < 0.05


def test_a_coarse_surface_is_left_alone(sphere):
    assert thinned(sphere, len(sphere.triangles)) is sphere


def test_two_sheets_close_together_stay_two(sphere):
    inner = sphere.with_vertices(sphere.vertices * 0.99)
    both = TriMesh(
        np.vstack([sphere.vertices, inner.vertices]),
        np.vstack([sphere.triangles, inner.triangles[:, ::-1] + len(sphere.vertices)]),
    )
    coarse = thinned(both, 16_000)
    assert coarse.is_closed
    assert len(np.unique(coarse.component_of_vertex)) == 2


def test_edges_and_rims():
    square = TriMesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 3, 2]])
    edges = undirected_edges(square)
    assert edges.ends.T.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [2, 3]]
    assert edges.uses.tolist() == [1, 2, 1, 1, 1]
    assert rim_vertices(edges, 4).all()
