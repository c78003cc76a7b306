"""Two quarters and a flat: tangent, of the area of their shape, half round where thin."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from afo_designer.geometry.rounding import (
    LEAST_FLAT,
    rounding_radius,
    section,
    section_spline,
    section_stations,
)
from afo_designer.geometry.solid import BSplineSolid, closed_mesh

Build = Callable[..., BSplineSolid]


def profile(v: np.ndarray, half: float, radius: float) -> np.ndarray:
    """Points (n, 2): across the wall, out of the material."""
    alpha, beta, gamma = section(v).T
    return np.column_stack([alpha * half + gamma * radius, beta * radius])


@pytest.mark.parametrize("radius", [0.4, 1.0, 1.35])
def test_the_section_is_two_quarters_and_a_flat(radius: float) -> None:
    half = 1.5
    points = profile(np.linspace(0.0, 1.0, 20001), half, radius)
    across, out = points.T
    assert (np.diff(across) >= -1e-12).all()
    np.testing.assert_allclose(points[[0, -1]], [[-half, 0.0], [half, 0.0]], atol=1e-12)
    round_part = np.abs(across) > half - radius
    centre = np.sign(across[round_part]) * (half - radius)
    away = np.hypot(across[round_part] - centre, out[round_part])
    np.testing.assert_allclose(away, radius, atol=1e-9)
    np.testing.assert_allclose(out[~round_part], radius, atol=1e-12)
    area = np.sum(0.5 * (out[1:] + out[:-1]) * np.diff(across))
    wanted = 0.5 * np.pi * radius**2 + 2.0 * (half - radius) * radius
    assert area == pytest.approx(wanted, rel=1e-6)


def test_the_spline_is_the_section_and_has_one_derivative_everywhere() -> None:
    spline = section_spline(3)
    v = np.linspace(0.0, 1.0, 4001)
    np.testing.assert_allclose(spline(v), section(v), atol=3e-4)
    knots = np.unique(spline.t)[1:-1]
    before, after = spline(knots - 1e-9, 1), spline(knots + 1e-9, 1)
    np.testing.assert_allclose(before, after, atol=1e-4)


def test_a_thin_wall_gets_nearly_half_round_edges() -> None:
    assert rounding_radius(1.25, 0.0) == 1.25
    half = np.linspace(0.3, 4.0, 2000)
    radius = rounding_radius(half, 1.0)
    assert (radius <= (1.0 - LEAST_FLAT) * half + 1e-12).all()
    assert (np.diff(radius) >= -1e-15).all()
    assert radius[-1] == 1.0
    assert radius[0] == pytest.approx((1.0 - LEAST_FLAT) * 0.3)
    second = np.diff(radius, 2) / (half[1] - half[0]) ** 2
    assert np.abs(np.diff(second)).max() < 0.4  # continuous: the blend's own third derivative


def test_stations_are_symmetric_and_hold_the_middle() -> None:
    for segments in (2, 4, 10):
        v = section_stations(segments)
        assert len(v) == segments + 1
        np.testing.assert_allclose(v + v[::-1], 1.0)
        assert v[segments // 2] == 0.5


def test_a_solid_with_rounded_edges_is_closed_and_larger(bent_tube: Build) -> None:
    """Faces that end r inside the same finished edge: 2 (1 − π/4) r² less than a square edge."""
    solid = bent_tube(thickness=4.0)
    half = closed_mesh(solid)
    for radius in (0.8, 1.6):
        rounded = closed_mesh(replace(solid, edge_radius=radius))
        assert rounded.is_closed
        # The faces end where they did: only the strip beyond differs, πr²/2 + (h − 2r) r to πh²/8.
        rim = sum(float(solid.rim_curve(loop).x[-1]) for loop in solid.loops)
        beyond = 0.5 * np.pi * radius**2 + (4.0 - 2.0 * radius) * radius
        change = rim * (beyond - np.pi * 16.0 / 8.0)
        assert rounded.volume - half.volume == pytest.approx(change, rel=0.03)
