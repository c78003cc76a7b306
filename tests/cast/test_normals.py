"""Averaged normals: exact where symmetry says so, calm under noise, indifferent to meshing."""

import numpy as np
import pytest

from afo_designer.cast.normals import averaged, smoothed_normals
from afo_designer.cast.refinement import refined
from afo_designer.geometry.array import unit
from afo_designer.geometry.mesh import TriMesh


def sphere(radius: float, edge: float) -> TriMesh:
    """An octahedron refined and blown up."""
    corners = radius * np.vstack([np.eye(3), -np.eye(3)])
    faces = [[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]]
    flat = refined(TriMesh(corners, faces), lambda points: np.full(len(points), edge))
    return flat.with_vertices(radius * unit(flat.vertices))


def plane(step: float, half: float = 30.0) -> TriMesh:
    corners = [[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]]
    square = TriMesh(corners, [[0, 1, 2], [0, 2, 3]])
    return refined(square, lambda points: np.full(len(points), step))


def test_a_sphere_faces_outward() -> None:
    ball = sphere(40.0, 4.0)
    along = np.einsum("ij,ij->i", smoothed_normals(ball, 8.0), unit(ball.vertices))
    assert along.min() > 1.0 - 2e-3


def test_noise_is_averaged_away() -> None:
    flat = plane(1.5)
    random = np.random.default_rng(7)
    bumps = np.zeros((len(flat.vertices), 3))
    bumps[:, 2] = 0.3 * random.standard_normal(len(bumps))
    rough = flat.with_vertices(flat.vertices + bumps)
    inside = np.abs(flat.vertices[:, :2]).max(axis=1) < 22.0
    before = np.degrees(np.arccos(np.clip(rough.vertex_normals[inside, 2], -1.0, 1.0)))
    after = np.degrees(np.arccos(np.clip(smoothed_normals(rough, 8.0)[inside, 2], -1.0, 1.0)))
    assert after.mean() < 0.35 * before.mean()
    assert after.max() < 8.0


@pytest.mark.parametrize("width", [6.0, 12.0])
def test_the_spread_is_the_width_asked_for_on_any_mesh(width: float) -> None:
    """A unit impulse spreads to a standard deviation of half the width along x and along y."""
    for step in (3.0, 1.5):
        flat = plane(step)
        middle = (flat.vertices[:, :2] ** 2).sum(axis=1).argmin()
        impulse = np.zeros((len(flat.vertices), 1))
        impulse[middle] = 1.0
        share = averaged(flat, impulse, width)[:, 0] * vertex_areas(flat)
        offset = flat.vertices - flat.vertices[middle]
        variance = (share[:, None] * offset[:, :2] ** 2).sum(axis=0) / share.sum()
        np.testing.assert_allclose(np.sqrt(variance), width / 2.0, rtol=0.06)


def test_an_average_of_a_constant_is_the_constant() -> None:
    ball = sphere(20.0, 5.0)
    np.testing.assert_allclose(averaged(ball, np.full((len(ball.vertices), 1), 3.0), 9.0), 3.0)


def vertex_areas(mesh: TriMesh) -> np.ndarray:
    areas = np.zeros(len(mesh.vertices))
    for corner in range(3):
        np.add.at(areas, mesh.triangles[:, corner], mesh.areas / 3.0)
    return areas
