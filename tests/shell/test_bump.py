"""Bumps: as high as asked, smooth, never steep, and seen by every sample of the shell."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from known_shells import Made

from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.solid import closed_mesh
from afo_designer.shell.bump import STEEPEST, Boss, BumpRefused, least_blend
from afo_designer.shell.sample import middle_surface, middle_surface_at
from afo_designer.shell.shell import Shell, with_leaf
from afo_designer.shell.thickness import with_bumps

Make = Callable[[str, str], Made]
HEIGHT, RADIUS, BLEND = 3.0, 9.0, 12.0


def bossed(shell: Shell, s: float, theta: float) -> Shell:
    """A shell with a boss about a point of its chart, square to the surface."""
    centre, axis = shell.chart.point(s, theta), shell.chart.normal(s, theta)
    boss = Boss(centre, axis, RADIUS, HEIGHT, BLEND)
    return replace(shell, thickness=with_bumps(shell.thickness, shell.chart.surface, [boss]))


def steepest(shell: Shell, s: np.ndarray, theta: np.ndarray) -> float:
    """Greatest change of the bumps' height for a millimetre along the surface."""
    step = 1e-4
    rise = {
        (a, b): shell.thickness(s + a * step, theta + b * step)
        - shell.thickness.plain(s + a * step)
        for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1))
    }
    slope = np.stack([rise[1, 0] - rise[-1, 0], rise[0, 1] - rise[0, -1]], axis=-1) / (2.0 * step)
    jacobian = np.stack(
        [shell.chart.surface(s, theta, ds=1), shell.chart.surface(s, theta, dtheta=1)], axis=-1
    )
    metric = np.swapaxes(jacobian, -1, -2) @ jacobian
    return float(
        np.sqrt(
            np.einsum("...i,...i->...", slope, np.linalg.solve(metric, slope[..., None])[..., 0])
        ).max()
    )


def test_a_boss_is_round_and_as_high_as_asked(made_shell: Make) -> None:
    plain = made_shell("man", "solid").shell
    at = plain.stations.ankle - 30.0
    shell = bossed(plain, at, 0.9)
    s, theta = np.meshgrid(at + np.linspace(-30, 30, 61), 0.9 + np.linspace(-0.6, 0.6, 61))
    rise = shell.thickness(s, theta) - plain.thickness(s, theta)
    away = plain.chart.point(s, theta) - plain.chart.point(at, 0.9)
    axis = plain.chart.normal(at, 0.9)
    aside = np.linalg.norm(np.cross(away, axis), axis=-1)
    np.testing.assert_allclose(rise[aside <= RADIUS], HEIGHT, atol=1e-12)
    np.testing.assert_allclose(rise[aside >= RADIUS + BLEND], 0.0, atol=1e-12)
    between = (aside > RADIUS + 0.1) & (aside < RADIUS + BLEND - 0.1)
    assert ((rise[between] > 0.0) & (rise[between] < HEIGHT)).all()
    # the limb's other side, which the axis meets too, keeps its wall
    np.testing.assert_array_equal(shell.thickness(s, -theta), plain.thickness(s, -theta))
    assert steepest(shell, s, theta) <= STEEPEST + 1e-6


def test_a_boss_is_seen_by_face_mesh_and_finite_elements(made_shell: Make) -> None:
    plain = made_shell("man", "solid").shell
    at = plain.stations.ankle - 30.0
    shell = bossed(plain, at, 0.9)
    s, theta = (
        x.ravel()
        for x in np.meshgrid(at + np.linspace(-25, 25, 41), 0.9 + np.linspace(-0.4, 0.4, 41))
    )
    wanted = shell.chart.point(s, theta) + shell.thickness(s, theta)[:, None] * shell.chart.normal(
        s, theta
    )
    face = shell.outer_surface(s, theta)
    assert np.linalg.norm(face - wanted, axis=1).max() < 0.05
    _, gap, _ = closest_points(wanted, closed_mesh(shell.solid))
    assert gap.max() < 0.1
    middle = middle_surface(shell)
    again = middle_surface_at(plain, middle.mesh)
    assert (middle.thickness - again.thickness).max() == pytest.approx(HEIGHT, abs=1e-9)


def test_a_steep_boss_is_refused() -> None:
    least = least_blend(4.0)
    Boss(np.zeros(3), np.array([0.0, 2.0, 0.0]), 5.0, 4.0, least)
    with pytest.raises(BumpRefused, match=r"4 mm high has to fall over 15\.00 mm.* is 14 mm"):
        Boss(np.zeros(3), np.array([0.0, 2.0, 0.0]), 5.0, 4.0, 14.0)


def test_another_leaf_keeps_the_bosses(made_shell: Make) -> None:
    made = made_shell("man", "posterior_leaf_spring")
    shell = bossed(made.shell, made.shell.stations.ankle, 0.0)
    at = shell.stations.ankle
    leaf = replace(made.parameters.leaf, thickness_mm=5.5, width_mm=50.0)
    moved = with_leaf(shell, made.positive, leaf)
    assert moved.thickness(at, 0.0) == pytest.approx(5.5 + HEIGHT, abs=1e-12)
