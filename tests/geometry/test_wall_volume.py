"""The volume of a wall without a mesh: closed forms on plane and sphere, the closed mesh's."""

import numpy as np
import pytest

from afo_designer.geometry.bspline import BSplineSurface, clamped_knots, fit_surface
from afo_designer.geometry.rounding import rounding_radius
from afo_designer.geometry.solid import BSplineSolid, RimLoop, closed_mesh
from afo_designer.geometry.wall_volume import wall_volume

RADIUS, WALL = 40.0, 5.0


def even(wall: float):
    return lambda s, theta: np.full(np.broadcast_shapes(s.shape, theta.shape), wall)


def circle(s: float, y: float, radius: float, scale: float, hole: bool = False) -> RimLoop:
    t = np.linspace(0.0, 2.0 * np.pi, 200, endpoint=False)
    return RimLoop(
        np.column_stack([s + radius * np.cos(t), (y + radius * np.sin(t)) / scale]), hole
    )


def section(edge_radius: float) -> tuple[float, float]:
    """Area and centroid of a rounded edge of the wall, from the wall's end."""
    r = float(rounding_radius(0.5 * WALL, edge_radius))
    flat = WALL - 2.0 * r
    area = r * flat + 0.5 * np.pi * r**2
    return area, (0.5 * r * r * flat + 2.0 / 3.0 * r**3) / area


@pytest.mark.parametrize("edge_radius", [0.0, 1.0])
@pytest.mark.parametrize("outward", [1.0, -1.0])
def test_a_round_plate_with_a_hole_has_the_volume_of_pappus(
    outward: float, edge_radius: float
) -> None:
    s, theta = np.linspace(0.0, 100.0, 30), np.linspace(-1.0, 1.0, 20)
    plane = np.stack(np.broadcast_arrays(s[:, None], 40.0 * theta, 0.0), axis=-1)
    knots = clamped_knots(0.0, 100.0, 5), clamped_knots(-1.0, 1.0, 4)
    big, small = 30.0, 8.0
    loops = (circle(50.0, 0.0, big, 40.0), circle(50.0, 5.0, small, 40.0, hole=True))
    found = wall_volume(
        fit_surface(s, theta, plane, *knots), outward, even(WALL), loops, edge_radius
    )
    area, reach = section(edge_radius)
    exact = np.pi * (big**2 - small**2) * WALL
    exact += 2.0 * np.pi * area * ((big + reach) + (small - reach))
    assert found == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("outward", [1.0, -1.0])
def test_a_cap_of_a_sphere_grows_outwards_and_shrinks_inwards(outward: float) -> None:
    """Its walls follow the cubes of the radii: both curvatures count."""
    found = wall_volume(_sphere(), outward, even(WALL), [_cap(0.6)], 0.0)
    end = RADIUS + outward * WALL
    exact = 2.0 * np.pi * (1.0 - np.cos(0.6)) * abs(end**3 - RADIUS**3) / 3.0
    area, reach = section(0.0)
    away = (RADIUS + 0.5 * outward * WALL) * np.sin(0.6) + reach * np.cos(0.6)
    assert found == pytest.approx(exact + 2.0 * np.pi * away * area, rel=1e-5)


@pytest.mark.parametrize("lateral", [1.0, -1.0])
def test_it_is_the_closed_meshs_of_a_bent_tube(bent_tube, lateral: float) -> None:
    solid: BSplineSolid = bent_tube(lateral, WALL)
    outward = 1.0 if solid.is_right_handed else -1.0
    found = wall_volume(solid.inner, outward, even(WALL), solid.loops, 0.0)
    assert found == pytest.approx(closed_mesh(solid, 1.0, 0.01).volume, rel=3e-4)


def _sphere() -> BSplineSurface:
    """Of colatitude s/R and longitude θ; X_s × X_θ points out."""
    s, theta = np.linspace(0.5, 2.6, 81), np.linspace(-1.0, 1.0, 81)
    a, b = s[:, None], theta[None, :]
    points = np.stack([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a) + 0.0 * b], axis=-1)
    knots = clamped_knots(0.5 * RADIUS, 2.6 * RADIUS, 40), clamped_knots(-1.0, 1.0, 40)
    return fit_surface(RADIUS * s, theta, RADIUS * points, *knots)


def _cap(angle: float) -> RimLoop:
    """The rim of a cap about the x axis, in (s, θ)."""
    t = np.linspace(0.0, 2.0 * np.pi, 400, endpoint=False)
    x = np.full_like(t, np.cos(angle))
    y, z = np.sin(angle) * np.cos(t), np.sin(angle) * np.sin(t)
    return RimLoop(np.column_stack([RADIUS * np.arccos(z), np.arctan2(y, x)]))
