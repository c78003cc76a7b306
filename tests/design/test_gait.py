"""The whole simulation: record, laws, range of validity, constants."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_walkers import walker

from afo_designer.design.gait.gait import INSIDE, OUTSIDE, Gait, gait_record, landing, simulate
from afo_designer.design.gait.spring import NO_SPRING, MomentTable, TwoSlopes
from afo_designer.design.person import person_from_mapping
from afo_designer.design.source import STATUSES
from afo_designer.geometry.refusal import InputRefused

SPRING = TwoSlopes(1.0, 1.0, 3.0)


def test_a_flaccid_foot_drags_and_the_orthosis_brings_it_back() -> None:
    gait = simulate(walker(), SPRING)
    normal, without, fitted = (gait.swing[name] for name in ("normal", "without", "with"))
    assert normal.least_clearance_mm == pytest.approx(15.0)
    assert without.least_clearance_mm < 0.0
    # k ≈ 1 N·m/deg is what the prescription asks of a flaccid adult.
    assert fitted.least_clearance_mm > 0.8 * normal.least_clearance_mm
    hip = gait.steppage["without"].hip_deg
    knee = gait.steppage["without"].knee_deg
    assert hip is not None
    assert knee is not None
    assert 10.0 < math.hypot(hip, knee) < 45.0
    left = gait.steppage["with"].hip_deg
    assert left is not None
    assert left < 2.0
    slaps = {name: case.loading.slap_deg_per_s for name, case in gait.loading.items()}
    assert slaps["normal"] < slaps["with"] < 0.3 * slaps["without"]
    flats = {name: case.loading.flat_s for name, case in gait.loading.items()}
    assert flats["without"] < flats["with"] < flats["normal"]
    assert gait.loading["with"].loading.knee_nm < 0.20 * 70.0


def test_the_record_is_plain_and_complete() -> None:
    record = gait_record(simulate(walker(grade="3"), SPRING))
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    swing, loading = record["swing"], record["loading"]
    assert record["status"] == INSIDE
    assert record["outside"] == []
    count = len(swing["time_s"])
    assert len(swing["shank_deg"]) == count
    for name in ("normal", "without", "with"):
        assert len(swing[name]["ankle_deg"]) == len(swing[name]["clearance_mm"]) == count
        assert len(loading[name]["foot_deg"]) == len(loading["time_s"])
        at = swing["time_s"].index(swing[name]["at_s"])
        assert swing[name]["clearance_mm"][at] == swing[name]["least_clearance_mm"]
    assert set(swing["steppage"]) == {
        "hip_deg",
        "knee_deg",
        "reduced_to_hip_deg",
        "reduced_to_knee_deg",
    }
    for name in ("without", "with"):
        low, high = swing[name]["least_clearance_interval_mm"]
        assert low <= swing[name]["least_clearance_mm"] <= high
        low, high = loading[name]["slap_speed_interval_deg_per_s"]
        assert low <= loading[name]["slap_speed_deg_per_s"] <= high
        assert loading[name]["knee_moment_nm"] >= loading[name]["orthosis_moment_nm"]


def test_every_constant_has_a_source_and_a_status() -> None:
    for gait in (simulate(walker(), SPRING), simulate(walker(spasticity_mas="4"), SPRING)):
        items = gait_record(gait)["parameters"]
        assert len(items) > 40
        assert len({item["name"] for item in items}) == len(items)
        for item in items:
            assert set(item) == {"name", "value", "unit", "source", "status"}
            assert item["status"] in STATUSES
            assert len(item["source"]) > 5
            assert isinstance(item["value"], str) or math.isfinite(item["value"])


def test_both_sides_give_the_same_answer() -> None:
    records = []
    for side in ("left", "right"):
        person = person_from_mapping(
            {
                "person": {"mass_kg": 70, "height_mm": 1720, "side": side},
                "examination": {"dorsiflexor_mmt": "2"},
            }
        )
        records.append(gait_record(simulate(person, SPRING)))
    assert records[0] == records[1]


def test_the_same_input_gives_the_same_record() -> None:
    first, second = (gait_record(simulate(walker(grade="3"), SPRING)) for _ in range(2))
    assert first == second


def test_without_a_spring_with_is_without() -> None:
    record = gait_record(simulate(walker(grade="2"), NO_SPRING))
    assert record["swing"]["with"] == record["swing"]["without"]
    assert record["loading"]["with"] == record["loading"]["without"]
    steps = record["swing"]["steppage"]
    assert steps["hip_deg"] == steps["reduced_to_hip_deg"]


def test_a_measured_torque_has_an_interval_too() -> None:
    gait = simulate(walker(grade="", dorsiflexion_torque_nm=3.0), SPRING)
    interval = gait.swing["without"].interval_mm
    assert interval is not None
    assert interval[0] < gait.swing["without"].least_clearance_mm < interval[1]


def test_slower_walking_slaps_less() -> None:
    slaps = [
        simulate(walker(), SPRING, speed_m_per_s=v).loading["without"].loading.slap_deg_per_s
        for v in (0.5, 0.8, 1.1, 1.4)
    ]
    assert slaps == sorted(slaps)


def test_speed_and_cadence_given_to_the_call_win() -> None:
    person = walker(walking_speed_m_per_s=0.9, cadence_per_min=96.0)
    assert simulate(person, SPRING).pace.speed_m_per_s == 0.9
    other = simulate(person, SPRING, speed_m_per_s=1.2, cadence_per_min=110.0).pace
    assert (other.speed_m_per_s, other.cadence_per_min) == (1.2, 110.0)


@pytest.mark.parametrize(
    ("person", "says"),
    [
        (walker(10.0, 960.0), "person.mass_kg is 10"),
        (walker(12.5, 940.0), "person.height_mm is 940"),
        (walker(160.0, 1800.0), "person.mass_kg is 160"),
        (walker(walking_speed_m_per_s=0.2), "speed is 0.20 m/s"),
        (walker(walking_speed_m_per_s=2.6), "speed is 2.60 m/s"),
        (walker(walking_speed_m_per_s=0.5, cadence_per_min=150.0), "leg lengths"),
        (walker(walking_speed_m_per_s=1.5, cadence_per_min=70.0), "leg lengths"),
        (walker(spasticity_mas="3"), "spasticity_mas is 3"),
        (walker(dorsiflexion_range_deg=-5), "dorsiflexion_range_deg is -5"),
        (walker(knee_in_stance="crouch"), "crouch"),
        (walker(plantarflexor_mmt="3"), "plantarflexor_mmt is 3"),
        (walker(surgery="ankle fusion"), "ankle fusion"),
    ],
)
def test_outside_the_range_it_says_so_and_answers_nothing(person: Any, says: str) -> None:
    gait = simulate(person, SPRING)
    assert gait.status == OUTSIDE
    assert any(says in sentence for sentence in gait.outside)
    record = gait_record(gait)
    assert record["swing"] is None
    assert record["loading"] is None
    assert json.dumps(record, allow_nan=False)


def test_a_toddler_is_outside() -> None:
    person = person_from_mapping(
        {
            "person": {"mass_kg": 14, "height_mm": 980, "side": "left", "age_years": 3},
            "examination": {"dorsiflexor_mmt": "2"},
        }
    )
    assert "from 4 years" in simulate(person, SPRING).outside[0]


def test_what_was_not_examined_is_said() -> None:
    person = person_from_mapping(
        {
            "person": {"mass_kg": 70, "height_mm": 1720, "side": "left"},
            "examination": {"dorsiflexor_mmt": "2"},
        }
    )
    said = " ".join(simulate(person, SPRING).remarks)
    for word in ("Spasticity", "Passive dorsiflexion", "plantarflexors"):
        assert word in said


@pytest.mark.parametrize(("pitch", "word"), [(15.0, "heel"), (1.0, "flat"), (-8.0, "forefoot")])
def test_the_landing_has_a_name(pitch: float, word: str) -> None:
    assert landing(pitch) == word


def finite(gait: Gait) -> bool:
    record = gait_record(gait)
    json.dumps(record, allow_nan=False)
    return record["status"] in (INSIDE, OUTSIDE)


@settings(deadline=None, max_examples=60)
@given(
    st.floats(5.0, 200.0),
    st.floats(700.0, 2200.0),
    st.sampled_from(["0", "1", "2", "3", "4-", "4", "4+", "5"]),
    st.sampled_from(["0", "1", "1+", "2", "3", "4"]),
    st.one_of(st.none(), st.floats(0.0, 3.0)),
    st.one_of(st.none(), st.floats(0.0, 220.0)),
    st.floats(0.0, 20.0),
    st.floats(-20.0, 10.0),
)
def test_every_person_gets_curves_or_a_reason(
    mass: float,
    height: float,
    grade: str,
    tone: str,
    speed: float | None,
    cadence: float | None,
    stiffness: float,
    neutral: float,
) -> None:
    seen = {"walking_speed_m_per_s": speed, "cadence_per_min": cadence}
    try:
        person = walker(mass, height, grade, spasticity_mas=tone, **seen)
    except InputRefused:
        return  # a body that is none
    gait = simulate(person, TwoSlopes(stiffness, stiffness / 2.0, neutral))
    assert finite(gait)
    assert bool(gait.outside) == (gait.status == OUTSIDE) == (not gait.swing)


def test_a_record_s_curve_is_a_spring() -> None:
    pairs = [[float(angle), 0.9 * (3.0 - angle)] for angle in range(-15, 16)]
    by_table = simulate(walker(), MomentTable.from_pairs(pairs))
    by_line = simulate(walker(), TwoSlopes(0.9, 0.9, 3.0))
    met, known = (g.swing["with"].least_clearance_mm for g in (by_table, by_line))
    assert met == pytest.approx(known, abs=1e-6)
