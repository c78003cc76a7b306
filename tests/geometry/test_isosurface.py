"""Implicit solids and their zero level against balls, whose distances are known."""

import numpy as np
import pytest

from afo_designer.geometry.implicit import (
    round_cone,
    smooth_intersection,
    smooth_union,
    superellipse,
    superellipsoid,
)
from afo_designer.geometry.isosurface import (
    SampledField,
    first_crossing,
    triangle_count,
    zero_level,
)

BOX = np.array([[-14.0, -14.0, -14.0], [14.0, 14.0, 14.0]])


def ball(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points, axis=1) - 10.0


def test_a_ball_is_closed_round_and_outward() -> None:
    mesh = zero_level(SampledField.sample(ball, BOX, 1.0))
    assert mesh.is_closed
    assert np.abs(ball(mesh.vertices)).max() < 0.01
    assert mesh.volume == pytest.approx(4.0 / 3.0 * np.pi * 1000.0, rel=0.01)


def test_cut_by_the_grid_s_top_it_ends_in_a_flat_rim() -> None:
    box = np.array([[-14.0, -14.0, -14.0], [14.0, 14.0, 4.0]])
    mesh = zero_level(SampledField.sample(ball, box, 1.0))
    (rim,) = mesh.boundary_loops()
    assert np.allclose(mesh.vertices[rim, 2], 4.0)
    assert np.allclose(np.hypot(*mesh.vertices[rim, :2].T), np.sqrt(84.0), atol=0.02)


def test_a_guide_changes_nothing_at_the_surface() -> None:
    guide = SampledField.sample(ball, BOX, 2.0)
    guided = zero_level(SampledField.sample(ball, BOX, 0.7, guide))
    plain = zero_level(SampledField.sample(ball, BOX, 0.7))
    assert np.array_equal(guided.triangles, plain.triangles)
    assert np.abs(guided.vertices - plain.vertices).max() < 0.01


def test_triangles_grow_with_the_inverse_square_of_the_spacing() -> None:
    coarse = triangle_count(SampledField.sample(ball, BOX, 1.0))
    fine = triangle_count(SampledField.sample(ball, BOX, 0.5))
    assert fine / coarse == pytest.approx(4.0, rel=0.1)


def test_a_ray_leaves_the_ball_at_its_radius() -> None:
    field = SampledField.sample(ball, BOX, 1.0)
    hit = first_crossing(field, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], 20.0)
    assert hit == pytest.approx([1.0, np.sqrt(99.0), 0.0], abs=0.02)
    with pytest.raises(ValueError, match="does not cross"):
        first_crossing(field, [12.0, 0.0, 0.0], [0.0, 1.0, 0.0], 5.0)


def test_a_field_of_one_sign_is_refused() -> None:
    with pytest.raises(ValueError, match="change sign"):
        zero_level(SampledField.sample(lambda p: np.ones(len(p)), BOX, 4.0))


def test_equal_balls_and_ellipsoids_agree() -> None:
    points = np.random.default_rng(1).uniform(-15.0, 15.0, (500, 3))
    centre = np.zeros(3)
    assert round_cone(points, centre, centre, 10.0, 10.0) == pytest.approx(ball(points))
    axes = np.full(3, 10.0)
    assert superellipsoid(points, centre, axes, axes) == pytest.approx(ball(points), abs=1e-9)
    ring = np.hypot(points[:, 0], points[:, 1]) - 10.0
    ten = np.full(500, 10.0)
    disc = superellipse(points[:, 0], points[:, 1], ten, ten, np.full(500, 2.0))
    assert disc == pytest.approx(ring, abs=1e-9)


def test_a_capsule_is_as_far_as_its_segment() -> None:
    points = np.array([[0.0, 5.0, 0.0], [7.0, 4.0, 0.0], [20.0, 0.0, 0.0]])
    distance = round_cone(points, [0.0, 0.0, 0.0], [10.0, 0.0, 0.0], 2.0, 2.0)
    assert distance == pytest.approx([3.0, 2.0, 8.0])


def test_blends_touch_only_what_is_near_and_are_symmetric() -> None:
    a, b = np.array([1.0, 3.0, -2.0]), np.array([9.0, 3.0, -1.0])
    union = smooth_union(a, b, 6.0)
    assert union == pytest.approx(smooth_union(b, a, 6.0))
    assert union[0] == 1.0
    assert union[1] == pytest.approx(2.0)  # a sixth of the width below
    assert union[2] < -2.0
    assert smooth_intersection(a, b, 6.0) == pytest.approx(-smooth_union(-a, -b, 6.0))
    assert smooth_intersection(a, b, 6.0)[1] == pytest.approx(4.0)
