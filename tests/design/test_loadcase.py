"""Load cases: signs, caps, and cycles by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afo_designer.design.demand import DemandRefused
from afo_designer.design.loadcase import (
    Direction,
    LoadCase,
    fatigue_demand,
    load_cases,
    swing_moment_nm,
)
from afo_designer.design.person import person_from_mapping


def by_name(
    stiffness: float = 1.0, neutral: float = 3.0, mass: float = 70.0
) -> dict[str, LoadCase]:
    return {case.name: case for case in load_cases(stiffness, neutral, mass, 0.65)}


def person(**seen: object) -> object:
    return person_from_mapping(
        {
            "person": {"mass_kg": 70, "height_mm": 1750, "side": "left", "sex": "male"},
            "examination": {"dorsiflexor_mmt": "2", **seen},
        }
    )


def test_the_cases_by_hand() -> None:
    met = by_name()
    moments = {name: case.moment_nm for name, case in met.items()}
    assert moments == {
        "swing": pytest.approx(0.65),
        "loading": pytest.approx(17.5),  # .25 N·m/kg outweighs k·10 deg
        "second_rocker": pytest.approx(-9.0),
        "stairs": pytest.approx(-12.0),
        "push_off": pytest.approx(23.0),
        "stumble": pytest.approx(28.0),  # 35 capped at k·(3 + 25)
        "stumble_dorsiflexion": pytest.approx(-18.0),
        "inversion": None,
    }
    assert met["inversion"].direction is Direction.FRONTAL
    assert [name for name, case in met.items() if case.capped] == ["stumble"]


@given(st.floats(0.05, 6.0), st.floats(-5.0, 5.0), st.floats(12.0, 130.0))
def test_sagittal_moments_restore_and_stay_within_the_stops(
    stiffness: float, neutral: float, mass: float
) -> None:
    met = by_name(stiffness, neutral, mass)
    for case in met.values():
        if case.direction is Direction.SAGITTAL:
            assert case.moment_nm == pytest.approx(-stiffness * case.rotation_deg)
    for name, stop in (("loading", -20.0), ("stumble", -25.0)):
        assert neutral + met[name].rotation_deg >= stop - 1e-9
    assert abs(met["stumble"].rotation_deg) >= abs(met["loading"].rotation_deg)
    assert met["stairs"].rotation_deg > met["second_rocker"].rotation_deg > 0.0


def test_a_stiff_orthosis_is_loaded_by_its_rotation() -> None:
    stiff = by_name(stiffness=3.0)
    assert stiff["loading"].moment_nm == pytest.approx(30.0)
    assert stiff["loading"].rotation_deg == pytest.approx(-10.0)


@pytest.mark.parametrize(("stiffness", "neutral"), [(0.0, 3.0), (-1.0, 3.0), (1.0, 12.0)])
def test_no_stiffness_and_no_rocker_are_refused(stiffness: float, neutral: float) -> None:
    with pytest.raises(DemandRefused):
        load_cases(stiffness, neutral, 70.0, 0.65)


def test_swing_carries_foot_and_shoe() -> None:
    assert swing_moment_nm(person()) == pytest.approx(0.66, abs=0.01)  # type: ignore[arg-type]


def test_cycles_are_half_the_steps() -> None:
    met = fatigue_demand(person(activity_steps_per_day=8000), years=1.0)  # type: ignore[arg-type]
    assert met.cycles_required == met.cycles_per_year == 4000 * 365
    assert "person file" in met.source
    usual = fatigue_demand(person())  # type: ignore[arg-type]
    assert usual.cycles_per_year == pytest.approx(1.095e6)
    assert "default" in usual.source
    assert {usual.plantarflexion_case, usual.dorsiflexion_case} <= set(by_name())
