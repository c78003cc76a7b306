"""Outlook and balance: what a spring does to the foot's rest, by laws that hold for everyone."""

from types import SimpleNamespace

import numpy as np
import pytest

from afo_designer.design.balance import balance, balance_record
from afo_designer.design.demand import SAFETY_FACTOR
from afo_designer.design.gait.gait import gait_record, simulate
from afo_designer.design.gait.spring import NO_SPRING, TwoSlopes
from afo_designer.design.outlook import designed_outlook, prescribed_outlook
from afo_designer.design.person import Person, person_from_mapping
from afo_designer.design.prescription import prescribe
from afo_designer.mechanics.moment_angle import MomentAngle


def person(grade: str = "2", mass: float = 70.0, **examination: object) -> Person:
    return person_from_mapping(
        {
            "person": {"side": "left", "mass_kg": mass, "height_mm": 1720.0},
            "examination": {"dorsiflexor_mmt": grade, "spasticity_mas": "0", **examination},
            "prescription": {"goals": ["swing clearance"]},
        }
    )


@pytest.mark.parametrize("grade", ["0", "2", "3"])
def test_at_the_lowest_angle_the_safety_factor_is_left(grade: str) -> None:
    """k_sw is the deficit times 1.25 over the travel: a fifth of the orthosis's moment is spare."""
    one = person(grade)
    advised = prescribe(one)
    k, neutral = advised.target_stiffness, advised.neutral_angle_deg
    found = balance(one, neutral, TwoSlopes(k, k, neutral))
    at = int(np.flatnonzero(found.angle_deg == found.lowest_deg)[0])
    spare = found.sum_nm(1.0)[at]
    assert spare == pytest.approx(found.orthosis_nm[at] * (1.0 - 1.0 / SAFETY_FACTOR))
    rest = found.rest_deg(1.0)
    assert rest is not None
    assert rest > found.lowest_deg


def test_stiffer_never_lets_the_foot_hang_lower() -> None:
    springs = [TwoSlopes(k, k, 3.0) for k in (0.4, 0.8, 1.2, 1.6)]
    rests = [balance(person("0"), 3.0, spring).rest_deg(1.0) for spring in springs]
    assert rests == sorted(rests)


def test_a_slacker_calf_lifts_the_foot() -> None:
    record = balance_record(balance(person(), 3.0, TwoSlopes(0.6, 0.6, 3.0)))
    assert record["knee_flexed"]["calf_slack"] < record["knee_straight"]["calf_slack"] == 1.0
    assert record["knee_flexed"]["rests_at_deg"] > record["knee_straight"]["rests_at_deg"]


def test_without_strength_and_orthosis_nothing_holds_the_foot() -> None:
    found = balance(person("0"), 3.0, NO_SPRING)
    assert np.all(found.sum_nm(1.0) < 0.0)
    assert found.rest_deg(1.0) is None


def test_the_prescribed_outlook_is_the_simulation_of_its_spring() -> None:
    one = person()
    advised = prescribe(one)
    k, neutral = advised.target_stiffness, advised.neutral_angle_deg
    record = prescribed_outlook(one, advised)
    assert "the same in dorsiflexion" in record["spring"]["is"]
    simulated = gait_record(simulate(one, TwoSlopes(k, k, neutral)))
    assert record["swing"] == simulated["swing"]
    assert set(simulated) <= set(record)


def test_a_design_brings_its_own_curve_and_a_broken_one_its_tangent() -> None:
    """A curve that buckles is no spring for the models: they say so and take the tangent."""
    one = person()
    advised = prescribe(one)
    turns = np.array([-25.0, -10.0, 0.0, 15.0])
    for moments, kind in (([30.0, 9.0, 0.0, -8.0], "curve"), ([-200.0, 9.0, 0.0, -8.0], "linear")):
        measured = SimpleNamespace(linear=0.8, run=object(), curve=MomentAngle(turns, moments))
        record = designed_outlook(one, advised, measured)
        assert record["spring"]["kind"] == kind
        assert record["status"] == "inside"
    unswept = SimpleNamespace(linear=0.8, run=None, curve=MomentAngle.linear(0.8))
    straight = designed_outlook(one, advised, unswept)
    neutral = advised.neutral_angle_deg
    assert straight["swing"] == gait_record(simulate(one, TwoSlopes(0.8, 0.8, neutral)))["swing"]


@pytest.mark.parametrize("open_deg", [0.0, 4.0])
def test_a_stop_is_free_above_it(open_deg: float) -> None:
    one = person()
    advised = prescribe(one)
    curve = MomentAngle.stopped(12.0, 0.0, open_deg)
    record = designed_outlook(one, advised, SimpleNamespace(linear=12.0, run=None, curve=curve))
    stop = advised.neutral_angle_deg - open_deg
    balanced = record["balance"]
    held = [
        moment
        for angle, moment in zip(balanced["angle_deg"], balanced["orthosis_nm"], strict=True)
        if angle >= stop
    ]
    assert len(held) > 5
    assert np.abs(held).max() == pytest.approx(0.0, abs=1e-9)
    assert balanced["knee_straight"]["rests_at_deg"] == pytest.approx(stop, abs=0.5)
    assert "free above it" in record["spring"]["is"]


def test_outside_the_range_there_is_a_sentence_and_no_curve() -> None:
    one = person(knee_in_stance="crouch")
    record = prescribed_outlook(one, prescribe(one))
    assert record["status"] == "outside"
    assert record["swing"] is None
    assert any("crouch" in said for said in record["outside"])
    assert record["balance"]["angle_deg"] is not None


@pytest.mark.parametrize("run", [None, object()], ids=["linear", "curve"])
def test_a_design_too_stiff_for_the_models_is_told_so_and_not_lost(run: object) -> None:
    one = person()
    advised = prescribe(one)
    curve = MomentAngle(np.array([-10.0, 0.0, 10.0]), np.array([250.0, 0.0, -250.0]))
    measured = SimpleNamespace(linear=25.0, run=run, curve=curve)
    record = designed_outlook(one, advised, measured)
    assert (record["status"], record["swing"]) == ("outside", None)
    assert any("25 N·m/deg" in said and "up to 20" in said for said in record["outside"])
    assert record["balance"]["knee_straight"]["rests_at_deg"] == pytest.approx(
        advised.neutral_angle_deg, abs=0.5
    )
