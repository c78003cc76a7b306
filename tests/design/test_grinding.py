"""Grinding: begins at the design, falls steadily, and meets a design made at that width."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from known_shells import Made, made

from afo_designer.design.fitting import NO_SPRING, SEVERAL_PARTS, Fitting, fitting_of
from afo_designer.design.fitting_record import fitting_record
from afo_designer.design.grinding import Grinding, grinding_limit, least_width
from afo_designer.design.measured import Measured, measured_sagittal
from afo_designer.design.person import Person, person_from_mapping
from afo_designer.design.prescription import prescribe
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.shoe import Shoe, fit_shoe
from afo_designer.design.tuned_shell import TunedShell, tune_shell
from afo_designer.geometry.solid import closed_mesh
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.runs.catalogue import load_material, load_template
from afo_designer.shell.shell import Shell, with_leaf

FAMILY = "posterior_leaf_spring"
MATERIAL, _ = load_material("pa12_mjf")


@cache
def child() -> Made:
    return made("child", FAMILY)


@cache
def person() -> Person:
    return person_from_mapping(
        {
            "person": {"height_mm": 1160.0, "mass_kg": 21.0, "side": "left", "age_years": 7.0},
            "examination": {"dorsiflexor_mmt": "0"},
        }
    )


@cache
def tuned() -> TunedShell:
    one = child()
    chosen = load_template(FAMILY)[0].chosen.scaled_to(one.positive.limb.foot_length)
    bench = bench_for(one.shell, one.positive)
    return tune_shell(
        one.shell,
        one.positive,
        bench,
        MATERIAL.elasticity,
        chosen.with_values({"tuning.graded": "no"}, "user"),
        0.25,
        large=False,
        allowed=40.0,
    )


@cache
def found() -> Measured:
    positive = child().positive
    return measured_sagittal(
        tuned(),
        positive,
        bench_for(tuned().shell, positive),
        MATERIAL,
        person(),
        prescribe(person()),
        lambda stage: None,
        "plantarflexion",
    )


@cache
def shoe() -> Shoe:
    return fit_shoe(closed_mesh(tuned().shell.solid), child().positive, person().footwear)


def fitted(measured: Measured, *, parts: int = 1) -> Fitting:
    shell, positive = tuned().shell, child().positive
    bench = bench_for(shell, positive)
    return fitting_of(
        measured,
        shell,
        tuned().model,
        bench,
        positive,
        MATERIAL,
        person(),
        3.0,
        shoe(),
        parts=parts,
    )


@cache
def curve() -> Grinding:
    grinding = fitted(found()).grinding
    assert grinding is not None
    return grinding


def test_the_curve_begins_at_what_was_reported() -> None:
    first, stiffness, verified = curve().points[0], found().stiffness, found().verified
    assert stiffness is not None
    assert verified.fatigue is not None
    assert verified.fatigue.found is not None
    assert first.off_mm == 0.0
    assert first.stiffness == stiffness.plantarflexion
    assert (first.low, first.high) == (stiffness.interval.low, stiffness.interval.high)
    sagittal = [one for one in verified.cases if one.case.direction == "sagittal"]
    assert first.strength_factor == pytest.approx(min(one.safety_factor for one in sagittal))
    assert first.fatigue_factor == pytest.approx(1.0 / verified.fatigue.found.utilisation)
    assert first.life_cycles == verified.fatigue.found.life_cycles


def test_every_millimetre_softens_and_the_interval_goes_with_it() -> None:
    points = curve().points
    assert len(points) >= 3
    stiffness = np.array([point.stiffness for point in points])
    width = np.array([point.width_mm for point in points])
    assert np.all(np.diff(stiffness) < 0.0)
    assert np.all(np.diff(width) < 0.0)
    low, high = (np.array([getattr(point, end) for point in points]) for end in ("low", "high"))
    assert np.allclose(low / stiffness, low[0] / stiffness[0])
    assert np.allclose(high / stiffness, high[0] / stiffness[0])


def test_a_ground_leaf_is_as_stiff_as_one_made_at_that_width() -> None:
    one, point = tuned().shell, curve().points[1]
    leaf = one.parameters.leaf
    narrow = replace(leaf, width_mm=leaf.width_mm - 2.0 * point.off_mm)
    # what is ground keeps its wall; designed anew, less of the leaf's would reach behind the heel
    made_so = replace(with_leaf(one, child().positive, narrow), thickness=one.thickness)
    bench = bench_for(made_so, child().positive)
    again = stiffness_of(shell_model(made_so, bench, MATERIAL.elasticity), bench)
    ratio = point.stiffness / curve().points[0].stiffness
    designed = again.stiffness_nm_per_deg / tuned().linear.stiffness
    assert ratio == pytest.approx(designed, rel=0.01)
    assert point.width_mm == pytest.approx(least_width(made_so), abs=0.2)


def test_a_childs_leaf_keeps_its_least_width() -> None:
    assert curve().never_below_mm == 20.0
    assert curve().points[-1].width_mm >= 20.0
    assert curve().limit_mm == curve().points[-1].off_mm


def test_beside_a_slot_the_wall_is_kept() -> None:
    limit, reason = grinding_limit(made("man", "semi_solid").shell, 25.0)
    assert 0.0 < limit < 4.0
    assert "instep strap" in reason


def test_a_leaf_at_its_least_width_is_not_ground() -> None:
    one = tuned().shell
    leaf = replace(one.parameters.leaf, width_mm=20.5)
    narrow: Shell = with_leaf(one, child().positive, leaf)
    limit, reason = grinding_limit(narrow, 20.0)
    assert limit == 0.0
    assert "20 mm" in reason


def test_where_there_is_no_sagittal_spring_nothing_is_said_of_one() -> None:
    bare = replace(found(), stiffness=None, sagittal=None)
    fitting = fitted(bare)
    assert (fitting.grinding, fitting.spring, fitting.shims) == (None, None, ())
    record = fitting_record(fitting, None, 1.0e6)
    assert record["grinding"] is None
    assert record["reason"] == NO_SPRING


def test_an_orthosis_of_several_parts_is_shimmed_but_not_ground() -> None:
    fitting = fitted(found(), parts=2)
    assert fitting.grinding is None
    assert fitting.reason == SEVERAL_PARTS
    assert fitting.shims


def test_the_record_gives_years_and_the_share_of_the_target() -> None:
    record = fitting_record(fitted(found()), 0.25, 1.0e6)
    first = record["grinding"]["points"][0]
    assert first["percent_of_target"] == pytest.approx(100.0, rel=0.01)
    assert first["life_years"] == pytest.approx(first["life_cycles"] / 1.0e6)
