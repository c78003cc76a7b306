"""The radius field: smooth surfaces come through, noise does not, holes are bridged."""

import numpy as np
import pytest

from afo_designer.geometry.bspline import clamped_knots
from afo_designer.shell.radius_field import RayGrid, _collocation, fitted_radius

REACH = 45.0


@pytest.fixture(scope="module")
def grid() -> RayGrid:
    s, theta = np.linspace(0.0, 360.0, 121), np.radians(np.linspace(-130.0, 130.0, 105))
    knots = clamped_knots(0.0, 360.0, 52), clamped_knots(theta[0], theta[-1], 40)
    return RayGrid(s, theta, *knots, REACH)


def values(grid: RayGrid, coefficients: np.ndarray) -> np.ndarray:
    across = _collocation(grid.knots_theta, grid.theta, 0)
    return np.asarray(across @ (_collocation(grid.knots_s, grid.s, 0) @ coefficients).T).T


def leg(grid: RayGrid) -> np.ndarray:
    """A tapering calf, an oval ankle and a malleolus of 5 mm."""
    s, theta = grid.s[:, None], grid.theta[None, :]
    oval = REACH + 15.0 * np.cos(np.pi * s / 400.0) + 4.0 * np.cos(2.0 * theta)
    bump = np.exp(-((s - 280.0) ** 2 + (REACH * (theta - 1.2)) ** 2) / (2.0 * 12.0**2))
    return oval + 5.0 * bump


def test_a_smooth_leg_and_its_malleolus_come_through(grid):
    radius = leg(grid)
    everywhere = np.ones_like(radius)
    found = values(grid, fitted_radius(grid, radius, everywhere, everywhere > 0.0))
    assert np.abs(found - radius).max() < 0.12
    assert np.sqrt(((found - radius) ** 2).mean()) < 0.02


def test_noise_is_taken_away_and_the_malleolus_stays(grid):
    radius = leg(grid)
    noise = np.random.default_rng(0).normal(0.0, 0.3, radius.shape)
    everywhere = np.ones_like(radius)
    found = values(grid, fitted_radius(grid, radius + noise, everywhere, everywhere > 0.0))
    inside = (slice(6, -6), slice(6, -6))
    assert (found - radius)[inside].std() < 0.07
    i, j = np.argmin(np.abs(grid.s - 280.0)), np.argmin(np.abs(grid.theta - 1.2))
    assert found[i, j] == pytest.approx(radius[i, j], abs=0.35)


def test_a_hole_is_bridged_smoothly(grid):
    radius = leg(grid)
    away = np.hypot(grid.s[:, None] - 150.0, REACH * grid.theta[None, :])
    weight = np.where(away < 20.0, 0.0, 1.0)
    spoilt = np.where(weight > 0.0, radius, 1e3)
    found = values(grid, fitted_radius(grid, spoilt, weight, weight > 0.0))
    assert np.abs(found - radius).max() < 0.4


def test_a_mirrored_leg_has_the_mirrored_field(grid):
    radius = leg(grid) + np.random.default_rng(1).normal(0.0, 0.3, (121, 105))
    everywhere = np.ones_like(radius)
    one = fitted_radius(grid, radius, everywhere, everywhere > 0.0)
    other = fitted_radius(grid, radius[:, ::-1], everywhere, everywhere > 0.0)
    np.testing.assert_allclose(other, one[:, ::-1], atol=1e-8)


def test_without_any_skin_the_plain_fit_stands(grid):
    radius = leg(grid)
    everywhere = np.ones_like(radius)
    found = values(grid, fitted_radius(grid, radius, everywhere, everywhere < 0.0))
    assert np.abs(found - radius).max() < 0.05
