"""The hinge's axis and seats, and the two parts that turn about it."""

from dataclasses import replace

import numpy as np
import pytest
from known_shells import made
from scipy.spatial import cKDTree

from afo_designer.design.hinge_motion import STOP_TOLERANCE_DEG, near_hinge, touching, turned
from afo_designer.geometry.contour import zero_loops
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.solid import closed_mesh
from afo_designer.shell.hinge import HingeRefused, place_hinge
from afo_designer.shell.hinged import CALF, FOOT, hole_name, shell_parts
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.shell import form_shell

COARSE = 6.0, 0.3


@pytest.fixture(scope="module")
def man():
    return made("man", "hinged")


@pytest.fixture(scope="module")
def parts(man):
    return dict(shell_parts(man.shell))


def test_contours_close_around_what_is_positive():
    x, y = np.linspace(-2.0, 2.0, 81), np.linspace(-2.0, 2.5, 91)
    away = np.hypot(x[:, None], y[None, :])
    outer, hole = zero_loops(x, y, np.minimum(1.0 - away, away - 0.4))
    assert np.abs(np.hypot(*outer.T) - 1.0).max() < 1e-3
    assert np.abs(np.hypot(*hole.T) - 0.4).max() < 2e-3
    areas = [
        0.5 * np.sum(a[:, 0] * np.roll(a[:, 1], -1) - np.roll(a[:, 0], -1) * a[:, 1])
        for a in (outer, hole)
    ]
    assert areas[0] > 0.0 > areas[1]  # the positive side lies on the left
    (shut,) = zero_loops(x, y, np.ones((81, 91)))
    assert len(shut) > 300
    np.testing.assert_allclose([shut.min(axis=0), shut.max(axis=0)], [[-2.0, -2.0], [2.0, 2.5]])


def test_the_axis_passes_through_both_malleoli(man):
    for side in ("lateral", "medial"):
        apex = man.positive.landmarks.position(f"{side}_malleolus")
        behind, above, _ = man.shell.hinge.flat(apex)
        assert np.hypot(behind, above) < 1e-9


def test_an_axis_off_the_malleoli_is_refused_with_both_values(man):
    moved = replace(man.parameters.hinge, forward_mm=4.0, above_mm=-4.0)
    with pytest.raises(HingeRefused, match=r"5\.7 mm off .*forward_mm 4 mm.*above_mm -4 mm.*5 mm"):
        place_hinge(man.positive, man.shell.chart, moved)


def test_a_stop_above_the_orthosis_own_angle_is_refused_with_both_values(man):
    high = replace(man.parameters.hinge, stop_angle_deg=8.0)
    with pytest.raises(HingeRefused, match=r"at 8 deg, above the orthosis's own angle of 3\.0 deg"):
        place_hinge(man.positive, man.shell.chart, high)


def test_seats_are_flat_and_square_to_the_axis(man):
    axis, chart = man.shell.hinge, man.shell.chart
    s, theta = chart.surface.domain
    grid = np.linspace(*s, 400), np.linspace(*theta, 200)
    points = chart.surface.grid(*grid)
    behind, above, along = axis.flat(points)
    flat = np.hypot(behind, above) < axis.flat_mm - 1.0
    for side, height in zip((LATERAL, MEDIAL), axis.seats, strict=True):
        on = flat & (side * along > 0.0) & (side * grid[1] > 0.5)
        assert on.sum() > 100
        assert np.abs(side * along[on] - height).max() < 0.1


def test_holes_of_both_parts_lie_on_the_axis(man, parts):
    axis, hinge = man.shell.hinge, man.parameters.hinge
    for shell in parts.values():
        for side in (LATERAL, MEDIAL):
            (loop,) = (one.loop for one in shell.openings if one.name == hole_name(side))
            behind, above, along = axis.flat(shell.chart.point(*loop.T))
            radius = 0.5 * (hinge.diameter_mm + hinge.play_mm)
            assert np.abs(np.hypot(behind, above) - radius).max() < 0.02
            assert np.all(side * along > 0.0)


def test_the_ears_keep_their_gap(man, parts):
    axis, wall = man.shell.hinge, man.shell.thickness(man.shell.stations.ankle, 0.0)
    for side in (LATERAL, MEDIAL):
        heights = {}
        for name, shell in parts.items():
            (loop,) = (one.loop for one in shell.openings if one.name == hole_name(side))
            heights[name] = side * axis.flat(shell.chart.point(*loop.T))[2]
        gap = heights[CALF].min() - heights[FOOT].max() - float(wall)
        assert gap == pytest.approx(man.parameters.hinge.gap_mm, abs=0.05)


def test_parts_are_closed_and_do_not_cross_themselves(parts):
    for shell in parts.values():
        mesh = closed_mesh(shell.solid, *COARSE)
        assert mesh.is_closed
        assert mesh.volume > 0.0
        assert len(self_intersections(mesh)) == 0


@pytest.mark.parametrize("who", ["man", "child"])
def test_parts_turn_freely_and_stop_at_the_stop(who):
    shell = made(who, "hinged").shell
    calf, foot = near_hinge(shell, shell.hinge)
    for angle in (STOP_TOLERANCE_DEG, shell.parameters.hinge.dorsiflexion_deg):
        assert not touching(turned(calf, shell.hinge, angle), foot)
    assert touching(turned(calf, shell.hinge, -STOP_TOLERANCE_DEG), foot)


def test_a_lower_stop_stands_open(man):
    open_deg = 4.0
    lower = replace(man.parameters.hinge, stop_angle_deg=3.0 - open_deg)
    shell = form_shell(man.positive, replace(man.parameters, hinge=lower))
    assert np.degrees(shell.hinge.opening) == pytest.approx(open_deg, abs=0.05)
    calf, foot = near_hinge(shell, shell.hinge)
    assert not touching(turned(calf, shell.hinge, STOP_TOLERANCE_DEG - open_deg), foot)
    assert touching(turned(calf, shell.hinge, -STOP_TOLERANCE_DEG - open_deg), foot)


def test_a_mirrored_leg_has_mirrored_parts(parts):
    mirrored = dict(shell_parts(made("mirrored man", "hinged").shell))
    for name, shell in parts.items():
        other = mirrored[name]
        own = shell.chart.point(*shell.trim.boundary.T)
        flipped = other.chart.point(*other.trim.boundary.T) * [1.0, -1.0, 1.0]
        assert len(own) == len(flipped)
        assert cKDTree(flipped).query(own)[0].max() < 0.02
        for one, two in zip(shell.openings, other.openings, strict=True):
            assert one.name == two.name
            middle = shell.chart.point(*one.loop.T).mean(axis=0)
            far = other.chart.point(*two.loop.T).mean(axis=0) * [1.0, -1.0, 1.0]
            assert np.abs(middle - far).max() < 0.02


def test_a_family_without_a_hinge_is_one_part():
    shell = made("man", "solid").shell
    assert shell.hinge is None
    assert shell_parts(shell) == (("", shell),)
