"""Ceiling: a hollow of radius R bears a share of R, the round and the flat any wall."""

from __future__ import annotations

import numpy as np
import pytest

from afo_designer.geometry.bspline import BSplineSurface, clamped_knots, fit_surface
from afo_designer.shell.bump import STEEPEST
from afo_designer.shell.ceiling import SHARE, SOFT, TOP_MM, Ceiling, ceiling_over

RADIUS = 12.0


def tube(radius: float) -> BSplineSurface:
    """Half a tube along x; its normal X_s × X_θ points to the axis."""
    s, theta = np.linspace(0.0, 80.0, 41), np.linspace(-1.5, 1.5, 81)
    across = radius * np.stack([np.sin(theta), -np.cos(theta)], axis=-1)
    points = np.concatenate(
        [
            np.broadcast_to(s[:, None, None], (41, 81, 1)),
            np.broadcast_to(across, (41, 81, 2)),
        ],
        axis=-1,
    )
    return fit_surface(s, theta, points, clamped_knots(0.0, 80.0, 10), clamped_knots(-1.5, 1.5, 20))


@pytest.fixture(scope="module")
def inside() -> Ceiling:
    return ceiling_over(tube(RADIUS), 1.0)


def test_a_hollow_bears_a_share_of_its_radius(inside: Ceiling) -> None:
    most = inside(np.linspace(10.0, 70.0, 30), np.zeros(30))
    np.testing.assert_allclose(most, SHARE * RADIUS, rtol=2e-3)


def test_what_it_bears_stays_to_the_last_bit(inside: Ceiling) -> None:
    s, theta = np.linspace(10.0, 70.0, 30), np.linspace(-1.0, 1.0, 30)
    wall = np.full(30, 0.99 * (1.0 - SOFT) * SHARE * RADIUS)
    assert (inside.lowered(wall, s, theta) == wall).all()


def test_thicker_walls_come_down_to_it(inside: Ceiling) -> None:
    s, theta = np.linspace(10.0, 70.0, 30), np.zeros(30)
    lowered = inside.lowered(np.linspace(5.0, 20.0, 30), s, theta)
    assert (np.diff(lowered) > -1e-3).all()
    assert lowered.max() < 1.01 * SHARE * RADIUS


def test_the_round_side_bears_any_wall() -> None:
    outside = ceiling_over(tube(RADIUS), -1.0)
    np.testing.assert_allclose(outside(40.0, np.linspace(-1.4, 1.4, 20)), TOP_MM, rtol=1e-6)


def test_a_wall_rises_gently_out_of_a_narrow_hollow() -> None:
    """A sharp groove across a plane: the wall beside it is no steeper than a bump may be."""
    s, theta = np.linspace(0.0, 80.0, 161), np.linspace(-1.0, 1.0, 41)
    x, y = np.meshgrid(s, 40.0 * theta, indexing="ij")
    points = np.stack([x, y, 2.0 * np.exp(-(((x - 40.0) / 3.0) ** 2))], axis=-1)
    knots = clamped_knots(0.0, 80.0, 40), clamped_knots(-1.0, 1.0, 20)
    ceiling = ceiling_over(fit_surface(s, theta, points, *knots), -1.0)
    along = np.linspace(1.0, 79.0, 800)
    most = ceiling(along, np.zeros(800))
    assert most.min() < 2.5
    assert np.abs(np.diff(most) / np.diff(along)).max() < 1.15 * STEEPEST
