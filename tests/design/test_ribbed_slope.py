"""Tuning's slopes see ribs, on the wall and where they move with the edge, and walls drawn in."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from known_shells import made, positive_of, scaled

from afo_designer.design.rig import bench_for
from afo_designer.design.trials import Trials
from afo_designer.runs.catalogue import load_material
from afo_designer.shell.shell import form_shell


def test_slopes_are_those_of_differences() -> None:
    positive = positive_of("man")
    parameters = scaled(positive.limb, "semi_solid").shell
    shell = form_shell(positive, replace(parameters, ribs=replace(parameters.ribs, number="two")))
    law = load_material("pa12_mjf")[0].elasticity
    trials = Trials(shell, positive, bench_for(shell, positive), law, 0.5, carried=True)
    base = {"thickness_mm": 3.0, "trim_anterior_mm": -4.0}
    for key, step in (("thickness_mm", 0.02), ("trim_anterior_mm", 0.05)):
        above, below = (
            trials.stiffness({**base, key: base[key] + way * step}) for way in (1.0, -1.0)
        )
        slope = trials.slope(base, key)
        assert slope == pytest.approx((above - below) / (2.0 * step), rel=1e-3)


@pytest.mark.parametrize(("key", "value"), [("thickness_mm", 9.0), ("grade_4", 1.2)])
def test_a_walls_rate_is_exact_where_a_hollow_draws_it_in(key: str, value: float) -> None:
    one = made("man", "posterior_leaf_spring")
    law = load_material("pa12_mjf")[0].elasticity
    trials = Trials(one.shell, one.positive, bench_for(one.shell, one.positive), law)
    at = one.shell.stations
    s, theta = np.meshgrid(np.linspace(at.top, at.end, 120), np.linspace(-1.5, 1.5, 61))
    parameters = np.column_stack([s.ravel(), theta.ravel()])
    found = trials.wall_rate(
        {key: value}, key, SimpleNamespace(mesh=SimpleNamespace(parameters=parameters))
    )
    above, below, further, before = (
        trials.shell_of({key: value + by * 1e-3}).thickness(*parameters.T)
        for by in (1.0, -1.0, 2.0, -2.0)
    )
    exact = (8.0 * (above - below) - (further - before)) / 12e-3
    size = np.abs(exact).max()
    assert np.abs(found - exact).max() < 3e-6 * size
    # somewhere it is neither the whole nor none: the wall is not linear there
    assert ((exact > 0.05 * size) & (exact < 0.95 * size)).any()
