"""The parts of the gait models: norms, pace, spring, segments, clearance, steppage."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_walkers import setting, walker

from afo_designer.design.demand import foot_weight_moment_nm
from afo_designer.design.gait import norms
from afo_designer.design.gait.ankle import FRONT_SCALE, ankle_of_person, knee_slack
from afo_designer.design.gait.clearance import NORMAL_LEAST_MM
from afo_designer.design.gait.norms import SPEEDS, speed_at, step_rate_at, walk_at
from afo_designer.design.gait.pace import BOTH, CADENCE_ONLY, NEITHER, SPEED_ONLY, pace_of
from afo_designer.design.gait.segment import foot_of_person, leg_of
from afo_designer.design.gait.spring import MomentTable, SpringRefused, TwoSlopes
from afo_designer.design.gait.steppage import MOST_DEG, Steppage, steppage
from afo_designer.design.gait.swing import normal_swing, swing

AT = np.arange(25) * 0.04


@pytest.mark.parametrize("group", range(5))
def test_at_a_groups_speed_the_curves_are_the_groups(group: int) -> None:
    walk = walk_at(SPEEDS[group], 1.0)
    assert walk.thigh.at(AT) == pytest.approx(norms.THIGH_DEG[group], abs=1e-9)
    assert walk.knee.at(AT) == pytest.approx(norms.KNEE_DEG[group], abs=1e-9)
    assert walk.ankle.at(AT) == pytest.approx(norms.ANKLE_DEG[group], abs=1e-9)
    assert walk.toe_off == pytest.approx(norms.TOE_OFFS[group])
    assert walk.force_share == pytest.approx(norms.FORCE_SHARE[group])


def test_values_left_out_of_the_table_are_met() -> None:
    # Read in the same file, free speed, at 2, 46, 62, 70, 78, 98 % of the cycle.
    phase = np.array([0.02, 0.46, 0.62, 0.70, 0.78, 0.98])
    walk = walk_at(0.429, 1.0)
    assert walk.ankle.at(phase) == pytest.approx([-3.9, 11.8, -18.5, -11.2, -0.3, -1.4], abs=0.3)
    assert walk.knee.at(phase) == pytest.approx([7.9, 7.9, 40.2, 58.2, 53.9, 4.0], abs=0.3)


def test_the_sole_lies_flat_in_midstance() -> None:
    # Nothing in the norms says so: thigh, knee and ankle add up to a foot on the floor.
    pitch = walk_at(0.429, 1.0).pitch_deg(np.arange(12, 32, 2) / 100.0)
    assert np.abs(pitch).max() < 2.0


def test_between_two_groups_the_curves_are_their_mean() -> None:
    middle = walk_at((SPEEDS[1] + SPEEDS[2]) / 2.0, 1.0)
    mean = (np.array(norms.KNEE_DEG[1]) + np.array(norms.KNEE_DEG[2])) / 2.0
    assert middle.knee.at(AT) == pytest.approx(mean)


def test_beyond_the_groups_the_end_curves_stand() -> None:
    assert walk_at(0.11, 1.0).knee.at(AT) == pytest.approx(norms.KNEE_DEG[0])
    assert walk_at(0.78, 1.0).knee.at(AT) == pytest.approx(norms.KNEE_DEG[4])


@given(st.floats(0.08, 0.9))
def test_speed_and_step_rate_are_inverse(speed: float) -> None:
    assert speed_at(step_rate_at(speed)) == pytest.approx(speed)


def test_adults_and_children_walk_as_fast_as_they_do() -> None:
    # Scherb's medium speed is 1.25 ± .23 m/s (read), normal adults' cadence 100 to 115 (read).
    adult = pace_of(leg_of(1.72).length, None, None)
    assert adult.source == NEITHER
    assert adult.speed_m_per_s == pytest.approx(1.25, abs=0.1)
    assert adult.cadence_per_min == pytest.approx(110.0, abs=5.0)
    # Six- and seven-year-olds of 1.25 m: 1.20 m/s, stride time .955 s (PhysioNet, read).
    child = pace_of(leg_of(1.25).length, None, None)
    assert child.speed_m_per_s == pytest.approx(1.20, rel=0.1)
    assert child.cycle_s == pytest.approx(0.955, rel=0.05)


def test_what_is_given_stands() -> None:
    leg = leg_of(1.72).length
    free = pace_of(leg, None, None)
    both = pace_of(leg, 0.9, 96.0)
    assert (both.speed_m_per_s, both.cadence_per_min, both.source) == (0.9, 96.0, BOTH)
    by_speed = pace_of(leg, free.speed_m_per_s, None)
    assert by_speed.source == SPEED_ONLY
    assert by_speed.cadence_per_min == pytest.approx(free.cadence_per_min)
    by_cadence = pace_of(leg, None, free.cadence_per_min)
    assert by_cadence.source == CADENCE_ONLY
    assert by_cadence.speed_m_per_s == pytest.approx(free.speed_m_per_s)


def test_spring_pulls_towards_its_neutral_angle() -> None:
    spring = TwoSlopes(1.0, 0.4, 3.0)
    assert spring.moment_nm(-7.0) == pytest.approx(10.0)
    assert spring.moment_nm(3.0) == 0.0
    assert spring.moment_nm(8.0) == pytest.approx(-2.0)


def test_table_is_linear_between_its_points_and_goes_on_beyond() -> None:
    table = MomentTable.from_pairs([[5.0, -1.0], [-15.0, 18.0], [0.0, 3.0]])
    assert table.moment_nm(-7.5) == pytest.approx(10.5)
    assert table.moment_nm(-20.0) == pytest.approx(23.0)
    assert table.moment_nm(10.0) == pytest.approx(-5.0)
    assert table.steepest == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([[0.0, 1.0]], "1 points"),
        ([[0.0, 1.0], [5.0, math.nan]], "not finite"),
        ([[0.0, 1.0], [0.0, 0.0]], "0 deg"),
        ([[0.0, 0.0], [5.0, 10.0]], "rise by up to"),
    ],
)
def test_what_is_no_curve_is_refused(pairs: list[list[float]], says: str) -> None:
    with pytest.raises(SpringRefused, match=says):
        MomentTable.from_pairs(pairs)


@pytest.mark.parametrize("spring", [(-0.1, 0.0, 0.0), (0.0, math.inf, 0.0), (1.0, 1.0, 31.0)])
def test_what_is_no_spring_is_refused(spring: tuple[float, float, float]) -> None:
    with pytest.raises(SpringRefused):
        TwoSlopes(*spring)


def test_foot_and_shoe_weigh_what_the_prescription_says() -> None:
    for person in (walker(), walker(25.0, 1280.0)):
        known = foot_weight_moment_nm(
            person.mass_kg, person.foot_length_mm, None, None, person.is_child
        )
        assert foot_of_person(person).gravity_nm == pytest.approx(known, rel=0.01)


def test_inertia_is_the_published_trials() -> None:
    # 70 kg, foot .265 m, shoe .35 kg: .012 kg·m²; 25 kg with .2 kg: .003 (science table).
    assert foot_of_person(walker()).inertia == pytest.approx(0.012, rel=0.05)
    assert foot_of_person(walker(25.0, 1280.0)).inertia == pytest.approx(0.003, rel=0.1)


def test_calf_slackens_with_the_knee() -> None:
    assert knee_slack(0.0) == 1.0
    assert knee_slack(60.0) == pytest.approx(0.35, abs=0.005)


def test_a_relaxed_foot_hangs_down_but_not_straight() -> None:
    ankle, foot = ankle_of_person(walker(), 0.0), foot_of_person(walker())

    def held(angle_deg: float) -> float:
        angle = math.radians(angle_deg)
        return ankle.passive_nm(angle, knee_slack(60.0)) - foot.gravity_nm * math.cos(angle)

    assert held(-20.0) < 0.0 < held(-40.0)
    assert 0.3 < FRONT_SCALE < 0.4


def test_a_measured_calf_moment_wins() -> None:
    person = walker(calf_moment_at_10_deg_nm=9.0, spasticity_mas="2")
    assert ankle_of_person(person, 0.0).calf_nm == 9.0


@pytest.mark.parametrize("size", [(70.0, 1720.0), (25.0, 1280.0), (16.0, 1050.0)])
@pytest.mark.parametrize("speed", [0.5, 0.9, None])
def test_the_healthy_clearance_is_the_published_one(
    size: tuple[float, float], speed: float | None
) -> None:
    case = setting(walker(*size, walking_speed_m_per_s=speed))
    heights = case.clearance.over_swing(normal_swing(case.walk).ankle_deg)
    assert case.clearance.least(heights)[0] == pytest.approx(NORMAL_LEAST_MM * size[1] / 1720.0)
    # What had to be added is less than 2 cm for an adult: the geometry knows the floor by itself.
    assert abs(case.clearance.calibration_mm) < 25.0 * size[1] / 1720.0


def test_the_healthy_least_clearance_comes_where_it_is_measured() -> None:
    # A Japanese cohort: .13 to .15 s after toe-off; others: half-way. Ours at half of the swing.
    case = setting(walker())
    heights = case.clearance.over_swing(normal_swing(case.walk).ankle_deg)
    _, at = case.clearance.least(heights)
    assert 0.35 < at / (len(heights) - 1) < 0.6
    assert heights[: at // 2].max() > heights[at] + 10.0


def test_a_degree_of_ankle_is_two_and_a_half_millimetres_of_clearance() -> None:
    # 3.4 mm is the level foot's; where the clearance is least the toes point down by 28 deg.
    case = setting(walker())
    ankle = normal_swing(case.walk).ankle_deg
    heights = [case.clearance.over_swing(ankle + by) for by in (-0.5, 0.5)]
    _, at = case.clearance.least(case.clearance.over_swing(ankle))
    assert heights[1][at] - heights[0][at] == pytest.approx(2.5, abs=0.1)
    tip = [case.foot.toe[0] * math.sin(a) + case.foot.toe[1] for a in (-0.00873, 0.00873)]
    assert 1000.0 * (tip[1] - tip[0]) == pytest.approx(3.4, abs=0.1)


def test_steppage_lifts_the_hanging_foot_to_the_healthy_clearance() -> None:
    case = setting(walker())
    walk = case.walk
    hanging = swing(walk, case.leg, case.foot, case.ankle, TwoSlopes(0.0, 0.0, 0.0))
    target = case.clearance.least(case.clearance.over_swing(normal_swing(walk).ankle_deg))[0]
    step = steppage(case.clearance, hanging.ankle_deg, target)
    assert step.hip_deg is not None
    assert step.knee_deg is not None
    bump = np.sin(np.pi * (hanging.phase - walk.toe_off) / (1.0 - walk.toe_off))

    def least(hip: float, knee: float) -> float:
        lifted = case.clearance.over_swing(hanging.ankle_deg, hip * bump, knee * bump)
        return case.clearance.least(lifted)[0]

    assert least(step.hip_deg, step.knee_deg) == pytest.approx(target, abs=0.3)
    assert 0.499 * step.hip_deg < step.knee_deg < 2.001 * step.hip_deg
    # No smaller pair does it: every one that is a degree shorter stays below.
    shorter = math.hypot(step.hip_deg, step.knee_deg) - 1.0
    for direction in np.radians(np.arange(27, 64, 3)):
        assert least(shorter * math.cos(direction), shorter * math.sin(direction)) < target


def test_steppage_is_nothing_for_a_healthy_foot_and_has_an_end() -> None:
    case = setting(walker())
    ankle = normal_swing(case.walk).ankle_deg
    target = case.clearance.least(case.clearance.over_swing(ankle))[0]
    assert steppage(case.clearance, ankle, target) == Steppage(0.0, 0.0)
    unreachable = replace(case.clearance, hip_m=case.clearance.hip_m - 0.6)
    assert steppage(unreachable, ankle, target) == Steppage(None, None)
    assert MOST_DEG == 60.0
