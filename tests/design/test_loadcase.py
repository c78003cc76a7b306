"""Load cases: signs, caps, and cycles by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afo_designer.design.demand import DemandRefused
from afo_designer.design.loadcase import (
    Direction,
    LoadCase,
    fatigue_demand,
    load_cases,
    rotations_met,
    swing_moment_nm,
)
from afo_designer.design.person import person_from_mapping
from afo_designer.mechanics.moment_angle import CurveRefused, MomentAngle


def by_name(
    stiffness: float = 1.0, neutral: float = 3.0, mass: float = 70.0
) -> dict[str, LoadCase]:
    return of_curve(MomentAngle.linear(stiffness), neutral, mass)


def of_curve(curve: MomentAngle, neutral: float = 3.0, mass: float = 70.0) -> dict[str, LoadCase]:
    return {case.name: case for case in load_cases(curve, neutral, mass, 0.65)}


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
        "standing": pytest.approx(-5.0),  # 17.5 would turn it beyond 5 deg
        "second_rocker": pytest.approx(-9.0),
        "stairs": pytest.approx(-12.0),
        "push_off": pytest.approx(23.0),
        "stumble": pytest.approx(28.0),  # 35 capped at k·(3 + 25)
        "stumble_dorsiflexion": pytest.approx(-18.0),
        "inversion": None,
        "eversion": None,
    }
    assert met["inversion"].direction is met["eversion"].direction is Direction.FRONTAL
    assert not any(case.extrapolated for case in met.values())
    assert [name for name, case in met.items() if case.capped] == ["standing", "stumble"]


def test_a_stiff_orthosis_is_bent_by_the_whole_moment_of_an_ankle_and_no_further() -> None:
    met = by_name(20.0)
    assert met["second_rocker"].moment_nm == pytest.approx(-1.23 * 70.0)
    assert met["stairs"].moment_nm == pytest.approx(-1.5 * 70.0)
    assert met["push_off"].moment_nm == pytest.approx(1.23 * 70.0)
    assert met["stumble_dorsiflexion"].moment_nm == pytest.approx(-2.0 * 1.23 * 70.0)
    assert met["loading"].moment_nm == pytest.approx(1.23 * 70.0)
    assert met["stumble"].moment_nm == pytest.approx(2.0 * 1.23 * 70.0)
    bent = {"loading", "second_rocker", "stairs", "push_off", "stumble"}
    assert bent <= {name for name, case in met.items() if case.capped}
    # where it just reaches the angle, both rules agree
    edge = by_name(1.23 * 70.0 / 9.0)["second_rocker"]
    assert edge.rotation_deg == pytest.approx(9.0)


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


def test_standing_on_a_stiff_orthosis_bends_it_no_further_than_weight_can() -> None:
    stiff = by_name(stiffness=7.0)["standing"]
    assert (stiff.moment_nm, stiff.rotation_deg) == (pytest.approx(-17.5), pytest.approx(2.5))
    assert not stiff.capped


def test_a_stiff_orthosis_is_loaded_by_its_rotation() -> None:
    stiff = by_name(stiffness=3.0)
    assert stiff["loading"].moment_nm == pytest.approx(30.0)
    assert stiff["loading"].rotation_deg == pytest.approx(-10.0)


@pytest.mark.parametrize("neutral", [12.0, -20.0, float("nan")])
def test_a_neutral_angle_beyond_the_cases_is_refused(neutral: float) -> None:
    with pytest.raises(DemandRefused):
        by_name(neutral=neutral)
    with pytest.raises(DemandRefused):
        rotations_met(neutral)


@pytest.mark.parametrize("stiffness", [0.0, -1.0])
def test_no_stiffness_is_refused(stiffness: float) -> None:
    with pytest.raises(CurveRefused):
        by_name(stiffness)


def bent(reach: tuple[float, float] = (-32.0, 32.0)) -> MomentAngle:
    """Harder in plantarflexion, softer in dorsiflexion: 1.2 x less 0.01 x²."""
    angles = np.linspace(*reach, 65)
    angles = np.union1d(angles, [0.0])
    return MomentAngle(angles, -1.2 * angles + 0.01 * angles**2)


def test_a_bent_curve_is_met_at_its_own_points() -> None:
    met = of_curve(bent())
    assert met["push_off"].moment_nm == pytest.approx(1.2 * 23.0 + 0.01 * 23.0**2, rel=1e-3)
    assert met["second_rocker"].moment_nm == pytest.approx(-1.2 * 9.0 + 0.01 * 81.0, rel=1e-3)
    assert met["loading"].moment_nm == pytest.approx(17.5)
    root = (1.2 - (1.2**2 + 4.0 * 0.01 * 17.5) ** 0.5) / 0.02  # of 17.5 = −1.2 x + .01 x²
    assert met["loading"].rotation_deg == pytest.approx(root, rel=1e-3)
    # softening: the doubled moment lies beyond the doubled rotation, which ends it
    assert met["stumble_dorsiflexion"].rotation_deg == pytest.approx(18.0)
    assert met["stumble_dorsiflexion"].capped


def test_a_curve_that_hardens_meets_the_doubled_moment_first() -> None:
    angles = np.linspace(-30.0, 30.0, 61)
    met = of_curve(MomentAngle(angles, -angles - 0.001 * angles**3))
    case = met["stumble_dorsiflexion"]
    assert case.moment_nm == pytest.approx(2.0 * (met["second_rocker"].moment_nm or 0.0))
    assert 9.0 < case.rotation_deg < 18.0
    assert not case.capped


def test_a_curve_that_turns_back_ends_at_the_stops() -> None:
    angles = [-40.0, -15.0, -10.0, 0.0, 6.0, 40.0]
    met = of_curve(MomentAngle(angles, [5.0, 9.0, 8.0, 0.0, -5.0, -4.0]))
    assert met["loading"].rotation_deg == pytest.approx(-23.0)
    assert met["loading"].capped
    assert met["stumble"].rotation_deg == pytest.approx(-28.0)
    assert met["stumble_dorsiflexion"].rotation_deg == pytest.approx(18.0)


def test_cases_beyond_the_sweep_say_so() -> None:
    met = of_curve(bent((-20.0, 15.0)))
    assert {name for name, case in met.items() if case.extrapolated} >= {"push_off"}
    assert not met["second_rocker"].extrapolated


@given(st.floats(0.05, 6.0), st.floats(-10.0, 8.0), st.floats(12.0, 130.0))
def test_a_sweep_over_the_named_range_covers_every_case(
    stiffness: float, neutral: float, mass: float
) -> None:
    low, high = rotations_met(neutral)
    for case in by_name(stiffness, neutral, mass).values():
        if case.direction is Direction.SAGITTAL:
            assert low - 1e-6 <= case.rotation_deg <= high + 1e-6


def test_inversion_and_eversion_are_mirrored_between_the_legs() -> None:
    met = by_name()
    assert met["inversion"].shank_turn_deg("left") == 5.0
    assert met["inversion"].shank_turn_deg("right") == met["eversion"].shank_turn_deg("left") == -5
    # by hand, left leg: the shank turns about +x, and in its axes the foot's lateral (+y) border
    # goes down
    angle = np.radians(met["inversion"].shank_turn_deg("left"))
    shank = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    assert (shank.T @ [0.0, 1.0, 0.0])[2] < 0.0


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
