"""Tuning's slopes see ribs: on the wall, and where they move with the edge."""

from dataclasses import replace

import pytest
from known_shells import positive_of, scaled

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
