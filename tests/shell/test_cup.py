"""The heel cup's sides: thin, smooth, monotone, alike on both legs, never below either wall."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from known_shells import made, positive_of, scaled

from afo_designer.geometry.parameter import with_value
from afo_designer.geometry.solid import closed_mesh
from afo_designer.shell.bump import STEEPEST
from afo_designer.shell.cup import Cup
from afo_designer.shell.shell import Shell, form_shell, with_leaf

LEAF = "posterior_leaf_spring"
WHO = ("man", "child")
# The cast's room on both sides, and what the leaf's edges stand out at the counter's upper end.
ROOM_MM = 5.0
Sections = tuple[np.ndarray, np.ndarray]


@cache
def leaf_of(who: str, sides: float | str) -> Shell:
    parameters = scaled(positive_of(who).limb, LEAF).shell
    return form_shell(positive_of(who), with_value(parameters, "heel.side_thickness_mm", sides))


def sections(shell: Shell, count: int = 61) -> Sections:
    """(s, θ) from edge to edge between the leaf's root and the footplate."""
    s = np.linspace(shell.stations.root - 5.0, shell.stations.sole + 25.0, 60)
    medial, lateral = shell.trim.sides(s)
    theta = medial[:, None] + np.linspace(0.0, 1.0, count) * (lateral - medial)[:, None]
    return np.broadcast_to(s[:, None], theta.shape), theta


def cup(wall: float) -> Cup:
    return Cup(made("man", LEAF).shell.chart.spine, wall, 16.0, 26.0, (380.0, 400.0))


def test_sides_as_thick_as_the_leaf_change_nothing() -> None:
    for sides in ("leaf", 8.0):
        shell = leaf_of("child", sides)
        s, theta = sections(shell)
        np.testing.assert_array_equal(shell.thickness.asked(s, theta), shell.thickness.plain(s))


@pytest.mark.parametrize("who", WHO)
def test_the_strip_keeps_the_leaf_and_the_sides_their_own_wall(who: str) -> None:
    shell = made(who, LEAF).shell
    asked, at = shell.parameters, shell.stations
    s = np.array([at.leaf, at.ankle, at.root])
    for theta in shell.trim.sides(s):
        np.testing.assert_allclose(
            shell.thickness.asked(s, theta), asked.leaf.thickness_mm, atol=1e-12
        )
    behind = np.linspace(at.root, 0.5 * (at.root + at.sole), 20)
    np.testing.assert_allclose(
        shell.thickness.asked(behind, 0.0), asked.leaf.thickness_mm, atol=1e-12
    )
    s, theta = sections(shell)
    h, place = shell.thickness(s, theta), shell.chart.point(s, theta)
    wall = float(asked.heel.side_thickness_mm)
    # beside the heel: in front of its back, above the plate's rounding
    beside = (place[..., 0] > 20.0) & (place[..., 2] > 12.0)
    assert np.median(h[beside]) == pytest.approx(wall, abs=0.5)


@pytest.mark.parametrize("who", WHO)
def test_from_strip_to_edge_it_only_gets_thinner_and_nowhere_too_thin(who: str) -> None:
    shell = made(who, LEAF).shell
    s, theta = sections(shell, 121)
    h = shell.thickness.asked(s, theta)
    outwards = np.sign(theta) * np.gradient(h, axis=1)
    assert outwards.max() < 0.02  # an edge that turns back towards the middle gains this
    asked = shell.parameters
    least = min(float(asked.heel.side_thickness_mm), asked.footplate.thickness_mm)
    assert least - 1e-9 <= h.min() <= h.max() <= asked.leaf.thickness_mm + 1e-9


@pytest.mark.parametrize("who", WHO)
def test_no_flank_is_steeper_than_one_in_two(who: str) -> None:
    shell = made(who, LEAF).shell
    s, theta = sections(shell)
    step = 1e-4
    slopes = np.stack(
        [
            shell.thickness(s + step, theta) - shell.thickness(s - step, theta),
            shell.thickness(s, theta + step) - shell.thickness(s, theta - step),
        ],
        axis=-1,
    ) / (2.0 * step)
    ways = np.stack(
        [shell.chart.surface(s, theta, ds=1), shell.chart.surface(s, theta, dtheta=1)], axis=-1
    )
    metric = np.swapaxes(ways, -1, -2) @ ways
    steepest = np.einsum("...i,...ij,...j->...", slopes, np.linalg.inv(metric), slopes)
    assert np.sqrt(steepest.max()) < STEEPEST


def test_the_share_has_two_continuous_derivatives_sideways() -> None:
    one = cup(3.5)
    y = np.linspace(0.0, 60.0, 24001)
    s = np.full_like(y, 420.0)
    points = one.spine.centre(s) + y[:, None] * [0.0, 1.0, 0.0]
    share, step = one.share(s, points), y[1]
    assert (share[y < 16.0] == 0.0).all()
    assert (share[y > 42.0] == 1.0).all()
    assert (np.diff(share) >= 0.0).all()
    second = np.diff(share, 2) / step**2
    assert np.abs(np.diff(second)).max() < 60.0 / 26.0**3 * step * 1.01


@pytest.mark.parametrize("wall", [2.0, 3.5])
def test_the_thinner_wall_lies_between_both(wall: float) -> None:
    leaf = np.linspace(1.5, 12.0, 4201)
    left = leaf - cup(wall).thinner(leaf)
    assert (left <= leaf + 1e-12).all()
    assert (left >= np.minimum(leaf, wall) - 1e-12).all()
    np.testing.assert_allclose(left[leaf >= wall + 1.0], wall, atol=1e-12)


def test_mirrored_legs_have_mirrored_walls() -> None:
    one, other = made("man", LEAF).shell, made("mirrored man", LEAF).shell
    s, theta = sections(one)
    np.testing.assert_allclose(other.thickness(s, theta), one.thickness(s, theta), atol=1e-9)


def test_a_wider_leaf_keeps_more_of_its_wall() -> None:
    one = made("man", LEAF)
    leaf = one.shell.parameters.leaf
    wide = with_leaf(one.shell, one.positive, replace(leaf, width_mm=leaf.width_mm + 12.0))
    again = form_shell(one.positive, replace(one.parameters, leaf=wide.parameters.leaf))
    s, theta = sections(one.shell)
    wall = wide.thickness.asked(s, theta)
    np.testing.assert_array_equal(wall, again.thickness.asked(s, theta))
    assert (wall >= one.shell.thickness.asked(s, theta)).all()


@pytest.mark.parametrize("who", WHO)
def test_the_heel_is_slim_and_the_part_is_closed(who: str) -> None:
    """Heel and two thin sides: what a shoe's counter has to hold; the cast's own room apart."""
    shell, thick = made(who, LEAF).shell, leaf_of(who, "leaf")
    mesh = closed_mesh(shell.solid)
    assert mesh.is_closed
    foot = positive_of(who).limb.foot_length

    def width(body: np.ndarray) -> float:
        heel = body[(body[:, 2] < 0.17 * foot) & (body[:, 0] < 0.25 * foot)]
        return float(np.ptp(heel[:, 1]))

    bare = width(positive_of(who).skin.vertices)
    own = width(mesh.vertices)
    assert own < bare + 2.0 * float(shell.parameters.heel.side_thickness_mm) + ROOM_MM
    assert own < width(closed_mesh(thick.solid).vertices) - 1.5
