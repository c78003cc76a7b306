"""Turns: identity, circles kept, bones rigid, smooth, undone by the opposite turn of bones."""

import numpy as np
import pytest

from afo_designer.cast.turn import Turn
from afo_designer.geometry.array import unit

ANKLE = np.array([64.0, 0.0, 70.0])
TIPS = ANKLE + np.array([[2.0, -38.0, 5.0], [-2.0, 38.0, -5.0]])
AXIS = unit([0.68, -0.29, 0.67])


def turn(degrees: float, direction: np.ndarray = AXIS) -> Turn:
    point = ANKLE - [0.0, 0.0, 13.0]
    return Turn(point, direction, float(np.radians(degrees)), TIPS, 70.0)


def cloud() -> np.ndarray:
    random = np.random.default_rng(3)
    return random.uniform([-10.0, -50.0, 0.0], [260.0, 50.0, 330.0], (4000, 3))


def test_no_turn_moves_nothing_by_one_bit() -> None:
    np.testing.assert_array_equal(turn(0.0).apply(cloud()), cloud())


def test_every_point_stays_on_its_circle_about_the_axis() -> None:
    one, points = turn(15.0), cloud()
    before, after = points - one.point, one.apply(points) - one.point
    np.testing.assert_allclose(after @ AXIS, before @ AXIS, atol=1e-10)
    np.testing.assert_allclose(
        np.linalg.norm(after, axis=1), np.linalg.norm(before, axis=1), atol=1e-10
    )


def test_the_shank_is_rigid_and_the_foot_stays() -> None:
    one, points = turn(15.0), cloud()
    moved = one.apply(points)
    shank = points[:, 2] > 170.0
    np.testing.assert_allclose(moved[shank], one.motion.apply(points[shank]), atol=1e-10)
    foot = (points[:, 2] < 8.0) | ((points[:, 0] > 170.0) & (points[:, 2] < 55.0))
    foot |= (points[:, 0] < 8.0) & (points[:, 2] < 38.0)
    assert min(shank.sum(), foot.sum()) > 50
    np.testing.assert_array_equal(moved[foot], points[foot])


def test_the_weight_has_continuous_second_derivatives() -> None:
    """Along lines through the hinge in x and in z: no jump that stays as the spacing falls."""
    one = turn(10.0)
    for step in (0.02, 0.01):
        for way in np.eye(3)[[0, 2]]:
            t = np.arange(-90.0, 90.0, step)[:, None]
            w = one.weight(ANKLE - [0.0, 0.0, 25.0] + t * way)
            second = np.diff(w, 2) / step**2
            assert np.abs(np.diff(second)).max() < 0.01 * step


@pytest.mark.parametrize("direction", [AXIS, unit([0.0, 0.0, 1.0])])
def test_nothing_folds_within_what_joints_allow(direction: np.ndarray) -> None:
    """The slope of θ + angle·w along every circle, by differences, stays above zero."""
    one, points, small = turn(25.0, direction), cloud(), 1e-5
    near = points[np.abs(points[:, 1]) < 40.0]
    along = np.cross(direction, near - one.point)
    slope = (one.weight(near + small * along) - one.weight(near - small * along)) / (2.0 * small)
    assert (1.0 + one.angle * slope).min() > 0.1
