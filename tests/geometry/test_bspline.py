"""B-spline surfaces: exact on cubics, C² across knots, derivatives against differences."""

import numpy as np
import pytest

from afo_designer.geometry.bspline import BSplineSurface, clamped_knots, fit_surface

KNOTS_S = clamped_knots(0.0, 400.0, 9)
KNOTS_T = clamped_knots(-2.0, 2.0, 6)
RNG = np.random.default_rng(5)
SURFACE = BSplineSurface(
    KNOTS_S, KNOTS_T, RNG.normal(size=(len(KNOTS_S) - 4, len(KNOTS_T) - 4, 3)) * 20.0
)
S = RNG.uniform(0.0, 400.0, 200)
T = RNG.uniform(-2.0, 2.0, 200)


def cubic(s, t):
    x = s / 100.0
    return np.stack([x**3 - t, t**3 + x * t**2, x**2 * t**3 - 4.0], axis=-1)


def cubic_surface():
    s, t = np.linspace(0.0, 400.0, 60), np.linspace(-2.0, 2.0, 40)
    return fit_surface(s, t, cubic(*np.meshgrid(s, t, indexing="ij")), KNOTS_S, KNOTS_T)


def test_a_bicubic_is_reproduced_with_its_derivatives():
    surface = cubic_surface()
    assert np.allclose(surface(S, T), cubic(S, T), atol=1e-9)
    x = S / 100.0
    mixed = np.stack([0 * x, 0.02 * T, 2 * x * 3 * T**2 / 100.0], axis=-1)
    assert np.allclose(surface(S, T, ds=1, dtheta=1), mixed, atol=1e-9)
    assert np.allclose(surface(S, T, dtheta=3)[:, 1], 6.0, atol=1e-6)


def test_pairs_and_grids_agree_in_every_derivative():
    s, t = np.linspace(0.0, 400.0, 13), np.linspace(-2.0, 2.0, 11)
    paired = np.meshgrid(s, t, indexing="ij")
    for ds in range(3):
        for dtheta in range(3):
            grid = SURFACE.grid(s, t, ds, dtheta)
            assert grid.shape == (13, 11, 3)
            assert np.allclose(SURFACE(*paired, ds, dtheta), grid, atol=1e-10)


@pytest.mark.parametrize(("order", "tolerance"), [((1, 0), 1e-5), ((0, 1), 1e-4)])
def test_derivatives_agree_with_differences(order, tolerance):
    h = 1e-4 * np.array(order) * [100.0, 1.0]
    s, t = np.clip(S, 1.0, 399.0), np.clip(T, -1.9, 1.9)
    difference = (SURFACE(s + h[0], t + h[1]) - SURFACE(s - h[0], t - h[1])) / (2.0 * h.sum())
    assert np.allclose(SURFACE(s, t, *order), difference, atol=tolerance)


def test_second_derivatives_run_through_every_knot():
    for knot in np.unique(KNOTS_S)[1:-1]:
        beside = [SURFACE(knot + d, T, ds=2) for d in (-1e-9, 1e-9)]
        assert np.allclose(*beside, atol=1e-8)
    for knot in np.unique(KNOTS_T)[1:-1]:
        beside = [SURFACE(S, knot + d, dtheta=2) for d in (-1e-9, 1e-9)]
        assert np.allclose(*beside, atol=1e-4)


def test_ends_are_held_and_weights_sum_to_one():
    assert SURFACE.domain == ((0.0, 400.0), (-2.0, 2.0))
    assert np.allclose(SURFACE(0.0, -2.0), SURFACE.control_points[0, 0])
    assert np.allclose(SURFACE(400.0, 2.0), SURFACE.control_points[-1, -1])
    assert np.allclose(SURFACE(500.0, 9.0), SURFACE(400.0, 2.0))
    constant = BSplineSurface(KNOTS_S, KNOTS_T, np.ones_like(SURFACE.control_points))
    assert np.allclose(constant(S, T), 1.0)


def test_normals_are_units_across_both_tangents():
    normal = SURFACE.normal(S, T)
    assert np.allclose(np.linalg.norm(normal, axis=1), 1.0)
    for order in ((1, 0), (0, 1)):
        assert np.allclose(np.einsum("ij,ij->i", normal, SURFACE(S, T, *order)), 0.0, atol=1e-9)


def test_control_points_must_match_the_knots():
    with pytest.raises(ValueError, match="shape"):
        BSplineSurface(KNOTS_S, KNOTS_T, np.zeros((3, 3, 3)))
