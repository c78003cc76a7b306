"""Stand-off: a flat leaf outside the limb, the limb's own shape elsewhere, one smooth surface."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from known_shells import positive_of, scaled

from afo_designer.geometry.solid import closed_mesh
from afo_designer.shell.shell import Shell, form_shell
from afo_designer.shell.standoff import SectionRefused, leaf_share

LEAF = "posterior_leaf_spring"
RADIUS = 80.0


@cache
def leaf_of(who: str, radius: float) -> Shell:
    """The leaf spring over one of the known limbs, of a section radius."""
    positive = positive_of(who)
    parameters = scaled(positive.limb, LEAF).shell
    # wide enough for a parabola's curvature to stand out from the tendon that is followed a little
    width = parameters.leaf.width_mm * 46.0 / 42.0
    leaf = replace(parameters.leaf, section_radius_mm=radius, width_mm=width)
    return form_shell(positive, replace(parameters, leaf=leaf))


def across(shell: Shell, s: float, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(outward, lateral) mm of a section."""
    _, outward, lateral = shell.chart.spine.axes(s)
    arm = shell.chart.point(np.full_like(theta, s), theta) - shell.chart.spine.centre(s)
    return arm @ outward, arm @ lateral


@pytest.mark.parametrize("who", ["man", "child"])
def test_the_leaf_is_lifted_outwards_only_and_nothing_else_moves(who: str) -> None:
    limb, flat = leaf_of(who, 0.0), leaf_of(who, RADIUS)
    assert flat.stations == limb.stations
    s = np.linspace(limb.stations.top, limb.stations.end, 400)
    theta = np.radians(np.linspace(-120.0, 120.0, 81))
    _, rays = limb.chart.spine.rays(s, theta)
    gap = flat.chart.surface.grid(s, theta) - limb.chart.surface.grid(s, theta)
    lift = np.einsum("ijk,ijk->ij", gap, rays)
    assert lift.min() > -0.1  # the refit errs by that, at the side of a child's heel
    share = leaf_share(flat.stations, flat.parameters, s)
    assert np.abs(gap[share == 0.0]).max() < 0.05
    assert lift[share == 1.0].max() > 3.0
    assert not leaf_share(limb.stations, limb.parameters, s).any()


@pytest.mark.parametrize("radius", [RADIUS, 1000.0])
def test_the_section_has_the_radius_asked_for(radius: float) -> None:
    shell = leaf_of("man", radius)
    at = shell.stations
    for s in np.linspace(at.leaf, at.root, 5):
        medial, lateral = shell.trim.sides(np.array([s]))
        u, y = across(shell, float(s), np.linspace(medial[0], lateral[0], 41))
        height = u + y**2 / (2.0 * radius)  # constant along the parabola
        assert np.ptp(height) < 0.6  # a tendon beside the midline is followed a little
        assert np.polyfit(y, u, 2)[0] == pytest.approx(-0.5 / radius, abs=5e-4)


def test_a_flat_leaf_is_as_wide_along_the_surface_as_asked() -> None:
    shell = leaf_of("man", RADIUS)
    s = shell.stations.leaf + 5.0
    medial, lateral = shell.trim.sides(np.array([s]))
    theta = np.linspace(medial[0], lateral[0], 60)
    points = shell.chart.point(np.full_like(theta, s), theta)
    arc = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
    assert arc == pytest.approx(shell.parameters.leaf.width_mm, rel=0.06)


def test_mirror_limbs_have_mirror_leaves() -> None:
    right, left = leaf_of("man", RADIUS), leaf_of("mirrored man", RADIUS)
    one, other = right.chart.surface.control_points, left.chart.surface.control_points
    np.testing.assert_allclose(other, one * [1.0, -1.0, 1.0], atol=1e-9)


@pytest.mark.parametrize("who", ["man", "child"])
def test_no_cell_folds(who: str) -> None:
    shell = leaf_of(who, RADIUS)
    s = np.linspace(shell.stations.top, shell.stations.end - 0.5, 300)
    medial, lateral = shell.trim.sides(s)
    theta = medial[:, None] + np.linspace(0.0, 1.0, 61) * (lateral - medial)[:, None]
    s = np.broadcast_to(s[:, None], theta.shape)
    chart = shell.chart
    ray = chart.point(s, theta) - chart.spine.centre(s)
    assert np.einsum("ijk,ijk->ij", chart.normal(s, theta), ray).min() > 0.0
    width = np.linalg.norm(chart.surface(s, theta, dtheta=1), axis=-1)
    assert (chart.area_density(s, theta) / width).min() > 0.3


def test_the_part_is_closed() -> None:
    assert closed_mesh(leaf_of("child", RADIUS).solid).is_closed


def test_a_section_rounder_than_a_limb_is_refused() -> None:
    with pytest.raises(SectionRefused, match=r"section_radius_mm is 20, .* 40 mm or more, or 0"):
        leaf_of("man", 20.0)
