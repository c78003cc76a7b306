"""Variants: what is kept changes no bit, parts of a design are the whole one's, theory holds."""

from dataclasses import replace

import numpy as np
import pytest
from known_studies import study

from afo_designer.design.responses import RESPONSES, Stage
from afo_designer.design.variant import Stages
from afo_designer.runs.catalogue import load_material
from afo_designer.runs.sweep.evaluator import DesignEvaluator, with_constants

KEEP = ("stiffness.plantarflexion", "print.mass_g", "loadcases.stumble.max_von_mises_mpa")
WALL, WIDTH, MODULUS = (
    "shell.leaf.thickness_mm",
    "shell.leaf.width_mm",
    "material.youngs_modulus_mpa",
)


@pytest.fixture(scope="module")
def evaluator() -> DesignEvaluator:
    one = study({WALL: [3.0]}, {"kind": "list"}, KEEP)
    return DesignEvaluator(one.base, KEEP, one.paths)


def test_a_variant_is_the_same_whatever_was_computed_before(evaluator: DesignEvaluator) -> None:
    """After another trim, wall and material, and from nothing: the same bits."""
    row = {WALL: 4.0, WIDTH: 50.0, MODULUS: 1500.0}
    evaluator.outcome({WALL: 3.0, WIDTH: 40.0, MODULUS: 1700.0})
    after = evaluator.outcome(row).figures
    assert Stages(evaluator.stages.machines).figures(evaluator.variant(row), KEEP) == after
    assert all(evaluator.stages.made[stage] == 1 for stage in ("limb", "cast", "chart"))


def test_an_isotropic_leafs_stiffness_and_stress_grow_with_its_modulus(
    evaluator: DesignEvaluator,
) -> None:
    """On a driven bench both are proportional to E; the mass does not know it."""
    names = ("stiffness.plantarflexion", "loadcases.push_off.max_von_mises_mpa", "print.mass_g")
    stages = Stages()
    soft, stiff = (
        stages.figures(evaluator.variant({WALL: 3.0, MODULUS: modulus}), names)
        for modulus in (1000.0, 2000.0)
    )
    for name in names[:2]:
        assert stiff[name] / soft[name] == pytest.approx(2.0, rel=1e-6)
    assert stiff[names[2]] == soft[names[2]]
    assert stages.made["mesh"] == stages.made["body"] == 1


def test_parts_of_a_design_are_the_whole_designs(evaluator: DesignEvaluator) -> None:
    """Every figure that is computed by itself is that of design.json, to the solver's rounding.

    But for the body's: its volume is integrated, that of design.json its mesh's.
    """
    names = tuple(one.name for one in RESPONSES.values() if one.stage < Stage.DESIGN)
    variant = evaluator.variant({WALL: 3.4, WIDTH: 44.0})
    parts = evaluator.stages.figures(variant, names)
    whole = evaluator.stages.figures(variant, (*names, "checks.fail"))
    assert evaluator.stages.made["design"] == 1
    for name in names:
        error = 2e-3 if RESPONSES[name].stage is Stage.BODY else 1e-7
        assert parts[name] == pytest.approx(whole[name], rel=error, nan_ok=True), name
    assert not np.isnan([parts[name] for name in KEEP]).any()


@pytest.mark.parametrize(
    ("key", "values"),
    [("shell.leaf.section_radius_mm", (60.0, 900.0)), ("shell.leaf.edge", ("malleolus", "width"))],
)
def test_what_the_chart_follows_acts_as_a_factor_as_it_does_when_set(
    evaluator: DesignEvaluator, key: str, values: tuple[float | str, float | str]
) -> None:
    one, other = (evaluator.outcome({key: value}).figures for value in values)
    assert one != other
    told = study({WALL: [3.0]}, {"kind": "list"}, KEEP, base={"set": {key: values[0]}})
    assert DesignEvaluator(told.base, KEEP, told.paths).outcome({}).figures == one


def test_moduli_across_layers_keep_their_share() -> None:
    for name in ("pa12_mjf", "petg"):
        material, _ = load_material(name)
        changed = with_constants(material, {"youngs_modulus_mpa": 1234.0})
        assert changed.layered == material.layered
        if material.across_youngs_modulus_mpa is not None:
            share = material.across_youngs_modulus_mpa / material.youngs_modulus_mpa
            assert changed.across_youngs_modulus_mpa == pytest.approx(1234.0 * share)


def test_a_landmark_moved_by_nothing_leaves_the_limb_where_it_was(
    evaluator: DesignEvaluator,
) -> None:
    key = "landmarks.lateral_malleolus.x_mm"
    still, moved = (evaluator.variant({key: shift}).limb for shift in (0.0, 5.0))
    plain = evaluator.variant({}).limb
    for name in plain.landmarks:
        here, there = plain.landmarks.position(name), still.landmarks.position(name)
        assert np.array_equal(here, there), name
    shift = moved.landmarks.position("lateral_malleolus") - still.landmarks.position(
        "lateral_malleolus"
    )
    assert 2.0 < shift[0] < 5.5  # the frame's origin follows half of it


def test_what_cannot_be_is_told_with_a_reason_and_stops_nothing(
    evaluator: DesignEvaluator,
) -> None:
    contradictory = evaluator.outcome({WALL: 3.0, "person.mass_kg": 250.0})
    assert (contradictory.status, contradictory.reason) == ("refused", "input_refused")
    assert "mass" in contradictory.message
    assert np.isnan(list(contradictory.figures.values())).all()
    unclaimed = evaluator.outcome({WALL: 3.0, "tuning.goal": "none"})
    assert unclaimed.reason == "not_claimed:stiffness.plantarflexion"


def test_the_benchs_own_factors_act(evaluator: DesignEvaluator) -> None:
    coarse = {WALL: 3.0, "bench.refinement": 0.6}
    sliding, tied, heel = (
        evaluator.stages.figures(evaluator.variant({**coarse, **change}), KEEP[:1])[KEEP[0]]
        for change in ({}, {"bench.cuff": "tied"}, {"bench.clamp": "heel"})
    )
    assert tied > 2.0 * sliding  # a leaf behind a fixed axis must stretch
    assert heel < sliding


def test_a_material_out_of_its_range_is_refused_by_its_own_law() -> None:
    material, _ = load_material("pa12_mjf")
    assert with_constants(material, {}) is material
    changed = replace(material, density_g_per_cm3=2.0)
    assert with_constants(material, {"density_g_per_cm3": 2.0}) == changed
