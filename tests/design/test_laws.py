"""Laws of the prescription, over the whole range of every input.

Weaker is never softer, heavier never softer, more tone never softer; less range never stiffer by a
vanishing denominator. "Heavier" holds the height, the other entries and a measured torque fixed. A
grade's torque is a share of a norm that grows with mass: then it holds as long as gravity and calf,
which grow with mass too, are what asks for the stiffness. An unusually heavy shoe or a calf that
was measured asks for a moment that does not grow, and a stronger person carries it more easily:
`test_a_fixed_moment_is_carried_more_easily_by_a_heavier_person` shows the case.
"""

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from afo_designer.design.demand import (
    LEAST_TRAVEL_DEG,
    Demand,
    loading_stiffness,
    swing_stiffness,
)
from afo_designer.design.entry import Entry, entries
from afo_designer.design.person import (
    GOALS,
    LEAST_BMI,
    MOST_BMI,
    SECTIONS,
    Person,
    person_from_mapping,
)
from afo_designer.design.prescription import Prescription, prescribe
from afo_designer.design.strength import GRADES

SOME = settings(max_examples=60, deadline=None)
# Mass over height squared is not refused for a rounding.
FIRM = 1.0 + 1e-9
TONES = ["0", "1", "1+", "2", "3", "4"]
STRENGTH = {
    "dorsiflexor_mmt",
    "dorsiflexion_torque_nm",
    "dorsiflexion_force_n",
    "dorsiflexion_lever_mm",
}


def values(entry: Entry) -> st.SearchStrategy[Any]:
    """Everything an entry allows."""
    if entry.kind == "number":
        return st.floats(entry.low, entry.high)
    if entry.kind == "word":
        return st.sampled_from(entry.choices)
    if entry.kind == "words":
        return st.lists(st.sampled_from(entry.choices), min_size=1, unique=True)
    if entry.kind == "flag":
        return st.booleans()
    return st.sampled_from(["none", "tendon transfer", "another"])


def section(name: str, without: set[str]) -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        key: values(entry)
        for key, entry in entries(SECTIONS[name]).items()
        if key not in without and not entry.required
    }
    return st.fixed_dictionaries({}, optional=optional)


@st.composite
def files(draw: st.DrawFn, without: frozenset[str] = frozenset()) -> dict[str, dict[str, Any]]:
    """Person files over the whole range, without a weakness and without the keys named.

    Mass and height are one body's and the stride is one that can be walked: others are refused.
    """
    left = set(without) | STRENGTH
    height = draw(st.floats(600.0, 2300.0))
    square = (height / 1000.0) ** 2
    mass = draw(
        st.floats(max(5.0, FIRM * LEAST_BMI * square), min(300.0, MOST_BMI * square / FIRM))
    )
    person = draw(section("person", left)) | {"height_mm": height, "mass_kg": mass, "side": "left"}
    footwear = draw(section("footwear", left | {"heel_height_difference_mm"}))
    seen = draw(section("examination", left | {"walking_speed_m_per_s"}))
    choices = draw(section("prescription", {"stiffness_nm_per_deg", "neutral_angle_deg"}))
    return {"person": person, "examination": seen, "footwear": footwear, "prescription": choices}


def read(file: dict[str, dict[str, Any]], part: str, **changes: Any) -> Person:
    return person_from_mapping(file | {part: file[part] | changes})


def met_by(file: dict[str, dict[str, Any]], part: str, **changes: Any) -> Prescription:
    """The prescription of a file with entries of one part changed."""
    return prescribe(read(file, part, **changes))


def rising(figures: list[float]) -> bool:
    return all(b >= a * (1.0 - 1e-12) - 1e-12 for a, b in pairwise(figures))


@SOME
@given(files())
def test_a_weaker_grade_is_never_softer(file: dict[str, dict[str, Any]]) -> None:
    met = [met_by(file, "examination", dorsiflexor_mmt=grade) for grade in reversed(GRADES)]
    for goal in (0, 1):
        assert rising([one.by_goal[goal].value for one in met])
    assert rising([one.target_stiffness for one in met])


@SOME
@given(files(), st.lists(st.floats(0.0, 100.0), min_size=2, max_size=5, unique=True))
def test_a_smaller_torque_is_never_softer(
    file: dict[str, dict[str, Any]], torques: list[float]
) -> None:
    torques.sort(reverse=True)
    met = [met_by(file, "examination", dorsiflexion_torque_nm=torque) for torque in torques]
    assert rising([one.target_stiffness for one in met])


@st.composite
def masses(draw: st.DrawFn, height_mm: float) -> list[float]:
    square = (height_mm / 1000.0) ** 2
    within = st.floats(max(5.0, FIRM * LEAST_BMI * square), min(300.0, MOST_BMI * square / FIRM))
    return sorted(draw(st.lists(within, min_size=2, max_size=5)))


@SOME
@given(st.data(), files(), st.floats(0.0, 100.0))
def test_heavier_is_never_softer_at_a_measured_torque(
    data: st.DataObject, file: dict[str, dict[str, Any]], torque: float
) -> None:
    file["examination"]["dorsiflexion_torque_nm"] = torque
    heavier = data.draw(masses(file["person"]["height_mm"]))
    met = [met_by(file, "person", mass_kg=mass) for mass in heavier]
    assert rising([one.target_stiffness for one in met])


@SOME
@given(
    st.data(),
    files(frozenset({"shoe_mass_g", "calf_moment_at_10_deg_nm"})),
    st.sampled_from(list(GRADES)),
)
def test_heavier_is_never_softer_at_a_grade(
    data: st.DataObject, file: dict[str, dict[str, Any]], grade: str
) -> None:
    file["examination"]["dorsiflexor_mmt"] = grade
    heavier = data.draw(masses(file["person"]["height_mm"]))
    met = [met_by(file, "person", mass_kg=mass) for mass in heavier]
    assert rising([one.target_stiffness for one in met])


def test_a_fixed_moment_is_carried_more_easily_by_a_heavier_person() -> None:
    file: dict[str, dict[str, Any]] = {
        "person": {"height_mm": 1720, "side": "left"},
        "examination": {"dorsiflexor_mmt": "4"},
        "footwear": {"shoe_mass_g": 3000},
        "prescription": {"goals": ["swing clearance"]},
    }
    light, heavy = (met_by(file, "person", mass_kg=mass) for mass in (50.0, 90.0))
    assert 0.0 < heavy.target_stiffness < light.target_stiffness


@SOME
@given(files(frozenset({"spasticity_mas"})), st.sampled_from(list(GRADES)))
def test_more_tone_is_never_softer(file: dict[str, dict[str, Any]], grade: str) -> None:
    file["examination"]["dorsiflexor_mmt"] = grade
    met = [met_by(file, "examination", spasticity_mas=tone) for tone in TONES]
    assert rising([one.target_stiffness for one in met])
    assert rising([one.interval.high for one in met]) or "calf_moment_at_10_deg_nm" in str(file)


RANGES = [-60.0, -30.0, -8.0, -2.0, 0.0, 1.0, 3.0, 4.0, 6.0, 8.0, 12.0, 50.0]


@SOME
@given(
    files(frozenset({"dorsiflexion_range_deg", "surgery"})),
    st.sampled_from(list(GRADES)),
    st.lists(st.floats(-60.0, 50.0), max_size=4),
)
def test_less_range_is_never_stiffer(
    file: dict[str, dict[str, Any]], grade: str, others: list[float]
) -> None:
    file["examination"]["dorsiflexor_mmt"] = grade
    met = [
        met_by(file, "examination", dorsiflexion_range_deg=reach)
        for reach in sorted([*RANGES, *others])
    ]
    assert rising([one.target_stiffness for one in met])


@given(st.floats(-80.0, 11.9), st.floats(5.0, 300.0), st.floats(600.0, 2300.0))
def test_no_denominator_vanishes(neutral: float, mass: float, height: float) -> None:
    one = Demand(mass, height, False, 0.0, neutral)
    assert one.swing_travel_deg >= LEAST_TRAVEL_DEG * (1.0 - 1e-12)
    most = 1.25 * (one.weight_nm + one.calf_nm) / LEAST_TRAVEL_DEG
    assert swing_stiffness(one) <= most * (1.0 + 1e-12)


def test_after_a_transfer_less_range_gains_at_most_the_travel_lost() -> None:
    # The raised neutral angle lengthens the spring's travel from 5 to 7 deg; a short range takes
    # that back, and no more.
    file: dict[str, dict[str, Any]] = {
        "person": {"height_mm": 1720, "mass_kg": 70, "side": "left"},
        "examination": {"dorsiflexor_mmt": "0", "surgery": "tendon transfer"},
    }
    met = [
        met_by(file, "examination", dorsiflexion_range_deg=reach).by_goal[0].value
        for reach in (20.0, 8.0, 7.0, 6.0, 3.0, -60.0)
    ]
    assert met[0] == met[1]
    assert max(met) == pytest.approx(met[0] * 7.0 / 5.0)


# Units -------------------------------------------------------------------------------------------


@given(
    st.floats(5.0, 300.0),
    st.floats(600.0, 2300.0),
    st.floats(0.0, 30.0),
    st.floats(-10.0, 5.0),
    st.floats(0.1, 10.0),
)
def test_moments_scale_and_so_does_the_stiffness(
    mass: float, height: float, torque: float, neutral: float, factor: float
) -> None:
    """Every moment in another unit gives the stiffness in that unit: k is linear in them."""
    one = Demand(mass, height, False, torque, neutral, calf_at_10_nm=6.0)
    other = Demand(
        factor * mass, height, False, factor * torque, neutral, calf_at_10_nm=factor * 6.0
    )
    assert math.isclose(
        swing_stiffness(other), factor * swing_stiffness(one), rel_tol=1e-9, abs_tol=1e-9
    )
    assert math.isclose(
        loading_stiffness(other), factor * loading_stiffness(one), rel_tol=1e-9, abs_tol=1e-9
    )


@SOME
@given(files(), st.floats(20.0, 400.0), st.floats(20.0, 250.0))
def test_force_times_lever_is_the_torque_in_newton_metres(
    file: dict[str, dict[str, Any]], force: float, lever: float
) -> None:
    product = force * lever / 1000.0
    assume(product <= 100.0)
    hand = met_by(file, "examination", dorsiflexion_force_n=force, dorsiflexion_lever_mm=lever)
    torque = met_by(file, "examination", dorsiflexion_torque_nm=product)
    assert hand.target_stiffness == torque.target_stiffness


# Anything at all ---------------------------------------------------------------------------------


@SOME
@given(files(), st.sampled_from(list(GRADES)))
def test_any_person_ends_in_an_outcome_with_its_parts(
    file: dict[str, dict[str, Any]], grade: str
) -> None:
    met = met_by(file, "examination", dorsiflexor_mmt=grade)
    interval = met.interval
    assert 0.0 <= interval.low <= interval.median <= interval.high < math.inf
    assert interval.measure_next.endswith(".")
    widths = [part.width_known for part in interval.components]
    assert widths == sorted(widths)
    assert met.directions.most_dorsiflexion > 0.0
    assert met.directions.most_plantarflexion > 0.0
    assert set(met.goals) <= set(GOALS)
    # A limit exceeded is said with ways out, and the stiffness stays what was asked for.
    for stop in met.stops:
        assert stop.ways_out
    assert met.target_stiffness == met.computed_stiffness
