"""A shell tuned in large rotations, and graded, on a child's leaf: small, and so quick."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from known_shells import Made, made

from afo_designer.design.deformation import away_from
from afo_designer.design.grading import GRADES, STEEPEST, grade
from afo_designer.design.rig import bench_for
from afo_designer.design.trials import Trials, carried
from afo_designer.design.tuned_shell import TunedShell, tune_shell
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.gradient import solve_linear
from afo_designer.mechanics.sweep import sweep
from afo_designer.runs.catalogue import load_template

FAMILY = "posterior_leaf_spring"
LAW = Elasticity(1800.0, 0.4)
TARGET = 0.3
ALLOWED = 40.0


@cache
def child() -> Made:
    return made("child", FAMILY)


@cache
def tuned(*, large: bool, graded: str = "no") -> TunedShell:
    one = child()
    chosen = load_template(FAMILY)[0].chosen.with_values({"tuning.graded": graded}, "user")
    return tune_shell(
        one.shell,
        one.positive,
        bench_for(one.shell, one.positive),
        LAW,
        chosen.scaled_to(one.positive.limb.foot_length),
        TARGET,
        large=large,
        allowed=ALLOWED,
    )


def test_the_linear_stiffness_is_met_in_few_solves() -> None:
    one = tuned(large=False)
    assert one.tuned.reached
    assert one.linear.stiffness == pytest.approx(TARGET, rel=0.005)
    assert one.stiffness == one.linear.stiffness
    assert one.tuned.solves <= 4
    assert one.run is None


def test_in_large_rotations_plantarflexion_is_what_is_met() -> None:
    one = tuned(large=True)
    assert one.run is not None
    assert one.tuned.reached
    bench = bench_for(one.shell, child().positive)
    again = sweep(one.model, bench, (-15.0, -10.0, -5.0, 5.0, 10.0))
    assert again.curve.plantarflexion == pytest.approx(TARGET, rel=0.005)
    assert again.curve.dorsiflexion != pytest.approx(TARGET, rel=0.005)


@pytest.mark.parametrize("key", ["thickness_mm", "grade_3", "width_mm"])
def test_slopes_are_those_of_shells_solved_anew(key: str) -> None:
    one = child()
    trials = Trials(one.shell, one.positive, bench_for(one.shell, one.positive), LAW, 0.5)
    leaf = one.shell.parameters.leaf
    values = {name: getattr(leaf, name) for name in ("thickness_mm", "grade_3", "width_mm")}
    linear, step, slope = trials.linear(values), 0.02, 0.0
    for weight, count in ((1.0, -2), (-8.0, -1), (8.0, 1), (-1.0, 2)):
        there = trials.shell_of({**values, key: values[key] + count * step})
        model = carried(linear.model, trials.shell_of(values), there)
        slope += weight * solve_linear(model, linear.bench, linear.held).stiffness / (12.0 * step)
    assert trials.slope(values, key) == pytest.approx(slope, rel=1e-6)


def test_a_graded_leaf_is_stressed_less_at_the_same_stiffness() -> None:
    one = child()
    trials = Trials(one.shell, one.positive, bench_for(one.shell, one.positive), LAW, 0.6)
    start, spacing = {"thickness_mm": 3.5}, 20.0
    graded = grade(trials, start, {"thickness_mm": (2.0, 8.0)}, ALLOWED, spacing, away_from)
    assert graded is not None
    assert graded.stress_share < 0.98
    assert trials.stiffness(graded.values) == pytest.approx(
        trials.stiffness({**start, **dict.fromkeys(GRADES, 1.0)}), rel=0.01
    )
    walls = graded.values["thickness_mm"] * np.array(
        [1.0, *(graded.values[key] for key in GRADES), 1.0]
    )
    assert walls.min() > 2.0 - 1e-3
    assert np.abs(np.diff(walls)).max() < STEEPEST * spacing + 1e-3


def test_a_graded_design_meets_the_target_too() -> None:
    one = tuned(large=False, graded="yes")
    assert one.linear.stiffness == pytest.approx(TARGET, rel=0.005)
    assert one.tuned.solves <= 40
    if one.graded is not None:
        assert one.chosen.source("shell.leaf.grade_1") == "tuned"
        assert one.shell.parameters.leaf.grades == pytest.approx(
            [one.graded.values[key] for key in GRADES]
        )
