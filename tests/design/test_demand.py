"""The formula's pieces: balance of moments, anchors read in the sources, degenerate angles."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afo_designer.design.demand import (
    Demand,
    DemandRefused,
    calf_moment_nm,
    foot_weight_moment_nm,
    heavy_shoe_moment_nm,
    loading_stiffness,
    swing_stiffness,
)

ADULT = Demand(70.0, 1720.0, False, 0.0, 3.0)


def test_calf_moment_meets_its_anchors() -> None:
    size = 120.0 / 1.72
    assert calf_moment_nm(10.0, size, 1720.0) == pytest.approx(6.21)
    assert calf_moment_nm(10.0, size, 1720.0, tone=1.53) == pytest.approx(9.51, abs=0.02)
    # Chung's stiffness at 10 deg, .35 N·m/deg healthy and .54 spastic.
    for tone, stiffness in ((1.0, 0.35), (1.53, 0.54)):
        slope = calf_moment_nm(10.5, size, 1720.0, tone) - calf_moment_nm(9.5, size, 1720.0, tone)
        assert slope == pytest.approx(stiffness, abs=0.005)


@given(st.floats(-14.0, 10.0), st.floats(0.0, 20.0), st.floats(0.35, 1.0))
def test_the_spring_holds_the_foot_at_the_swing_angle(
    neutral: float, torque: float, slack: float
) -> None:
    demand = Demand(70.0, 1720.0, False, torque, neutral)
    held = swing_stiffness(demand, slack) * (neutral - demand.swing_angle_deg)
    calf = calf_moment_nm(demand.swing_angle_deg, 70.0, 1720.0, 1.0, slack)
    assert held == pytest.approx(1.25 * max(0.0, 0.019 * 70.0 + calf - 0.3 * torque))


@given(st.floats(-40.0, 11.0))
def test_the_swing_travel_never_vanishes(neutral: float) -> None:
    assert Demand(70.0, 1720.0, False, 0.0, neutral).swing_travel_deg >= 5.0 - 1e-9


@pytest.mark.parametrize("neutral", [math.nan, -math.inf])
def test_a_vanishing_denominator_is_refused(neutral: float) -> None:
    with pytest.raises(DemandRefused, match="neutral angle"):
        swing_stiffness(Demand(70.0, 1720.0, False, 0.0, neutral))


def test_loading_is_the_first_rockers_deficit_over_its_travel() -> None:
    assert loading_stiffness(ADULT) == pytest.approx(0.15 * 70.0 / 10.0)
    assert loading_stiffness(Demand(25.0, 1280.0, True, 0.0, 3.0)) == pytest.approx(0.325)


@pytest.mark.parametrize(
    ("mass", "foot", "shoe", "child", "moment"),
    [
        (70.0, 263.0, 0.0, False, 0.47),
        (70.0, 263.0, 350.0, False, 0.65),
        (70.0, 263.0, 600.0, False, 0.77),
        (25.0, 195.0, 200.0, True, 0.21),
    ],
)
def test_foot_and_shoe_weigh_what_the_table_says(
    mass: float, foot: float, shoe: float, child: bool, moment: float
) -> None:
    assert foot_weight_moment_nm(mass, foot, shoe, "male", child) == pytest.approx(
        moment, abs=0.012
    )


def test_only_a_heavy_shoe_adds_to_the_demand() -> None:
    assert heavy_shoe_moment_nm(None, 263.0, False) == 0.0
    assert heavy_shoe_moment_nm(350.0, 263.0, False) == 0.0
    assert heavy_shoe_moment_nm(600.0, 263.0, False) == pytest.approx(0.129, abs=0.001)
