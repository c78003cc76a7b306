"""Slopes by where the bench's axis and shank lie, against differences of whole solves."""

from dataclasses import replace

import numpy as np
import pytest
from known_leaves import MOTION, carried, carried_bench, flat, leaf, rig

from afo_designer.geometry.frame import Frame
from afo_designer.mechanics.bench import Cuff
from afo_designer.mechanics.gradient import solve_linear
from afo_designer.mechanics.placement import placement_slopes

DRIVEN = pytest.mark.parametrize("cuff", [Cuff.SLIDING, Cuff.TIED])
FIELDS = ("point", "direction", "shank")


def lopsided():
    return leaf(centre=0.35, split=True)


def slanted(cuff):
    """A bench whose axis and shank lie along no coordinate."""
    return replace(
        rig(cuff),
        axis_point=[4.0, -3.0, 6.0],
        axis_direction=[0.1, 1.0, -0.2],
        shank_axis=[0.15, 0.05, 1.0],
    )


def along(field, step, way, bench):
    """The bench with its axis's point or direction, or its shank axis, moved."""
    if field == "point":
        return replace(bench, axis_point=bench.axis_point + step * way)
    if field == "direction":
        turned = Frame.about_axis(np.zeros(3), way, step).turn(bench.axis_direction)
        return replace(bench, axis_direction=turned)
    a = bench.shank_axis
    return replace(bench, shank_axis=a + step * (way - (way @ a) * a))


@DRIVEN
@pytest.mark.parametrize("field", FIELDS)
def test_slopes_are_the_derivatives(cuff, field):
    linear = solve_linear(lopsided(), slanted(cuff))
    found = getattr(placement_slopes(linear), field)
    step = 0.5 if field == "point" else 1e-3

    def stiffness(at, way):
        bench = along(field, at, way, linear.bench)
        return solve_linear(linear.model, bench, linear.held).stiffness

    expected = [(stiffness(step, way) - stiffness(-step, way)) / (2.0 * step) for way in np.eye(3)]
    # tied, the shank's axis plays no part
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-6 * max(np.abs(expected).max(), 1e-3))


@DRIVEN
def test_moving_the_axis_along_itself_changes_nothing(cuff):
    linear = solve_linear(lopsided(), slanted(cuff))
    slopes, d = placement_slopes(linear), linear.bench.axis_direction
    for field in ("point", "direction"):
        slope = getattr(slopes, field)
        assert abs(slope @ d) <= 1e-12 * np.abs(slope).max()
    assert abs(slopes.shank @ linear.bench.shank_axis) <= 1e-12


@DRIVEN
def test_slopes_turn_with_shell_and_bench(cuff):
    model, bench = lopsided(), slanted(cuff)
    here = placement_slopes(solve_linear(model, bench))
    there = placement_slopes(solve_linear(carried(model), carried_bench(bench)))
    for field in FIELDS:
        slope = getattr(here, field)
        turned = MOTION.turn(slope)
        assert np.allclose(
            getattr(there, field), turned, rtol=0.0, atol=1e-6 * np.abs(slope).max() + 1e-15
        )


def test_a_symmetric_leaf_feels_the_sagittal_plane_alone():
    slopes = placement_slopes(solve_linear(leaf(thickness=3.0), rig()))
    assert np.abs(slopes.direction).max() <= 1e-9
    assert abs(slopes.shank[1]) <= 1e-9 * abs(slopes.shank[0])


def test_a_higher_axis_is_softer_by_the_shanks_push():
    """An upright strip pushed at its top, free along itself: dk = −2 F dz, F forwards."""
    linear = solve_linear(flat(), rig())
    slopes = placement_slopes(linear)
    assert slopes.point[2] < 0.0
    assert abs(slopes.point[0]) <= 1e-9 * abs(slopes.point[2])
