"""Swing: the base model's table, theory (oscillator, exact solution, inverse), laws of strength."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_walkers import Setting, setting, walker
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

from afo_designer.design.gait.ankle import Ankle
from afo_designer.design.gait.norms import Curve, Walk, walk_at
from afo_designer.design.gait.pace import pace_of
from afo_designer.design.gait.segment import Foot, foot_of, leg_of
from afo_designer.design.gait.spring import NO_SPRING, MomentTable, TwoSlopes
from afo_designer.design.gait.swing import (
    normal_moment_nm,
    normal_swing,
    still_shank,
    swing,
    swing_phases,
)

FULL_NM = 0.030 * 70.0 * 9.81 * 1.72


@lru_cache
def adult(torque_nm: float) -> Setting:
    return setting(walker(), torque_nm)


def swung(case: Setting, spring: TwoSlopes | MomentTable, finer: int = 1) -> np.ndarray:
    return swing(case.walk, case.leg, case.foot, case.ankle, spring, finer).ankle_deg


@pytest.mark.parametrize(
    ("stiffness", "printed"), [(0.5, -1.3), (1.0, 1.6), (1.5, 1.5), (2.0, 1.4)]
)
def test_base_model_gives_the_printed_table(stiffness: float, printed: float) -> None:
    # Printed to a tenth of a degree; 2 % of the 18 deg that the foot travels would be .36.
    assert still_shank(stiffness) == pytest.approx(printed, abs=0.05)


def test_base_model_falls_without_a_spring_and_rises_with_muscle() -> None:
    assert still_shank(0.0) < -25.0
    assert still_shank(0.0, sustained_nm=4.0) > still_shank(0.0, sustained_nm=2.0) > -25.0


def still_walk(start_deg: float) -> Walk:
    """A leg that hangs still: nothing moves but the ankle."""

    def constant(value: float) -> Curve:
        return Curve(CubicSpline([0.0, 0.5, 1.0], [value] * 3, bc_type="periodic"))

    return Walk(1.0, 0.6, constant(0.0), constant(0.0), constant(start_deg), (1.0,) * 11)


@pytest.mark.parametrize(("stiffness", "damping"), [(0.05, 0.3), (1.0, 0.6), (4.0, 0.1)])
def test_a_weightless_foot_on_a_still_leg_is_a_damped_oscillator(
    stiffness: float, damping: float
) -> None:
    foot = Foot(1.0, 0.012, 0.0, 0.0, (-0.06, -0.07), (0.1, -0.07), (0.2, -0.07))
    case = swing(
        still_walk(-18.0),
        setting(walker()).leg,
        foot,
        Ankle(0.0, 0.0, damping, 0.0),
        TwoSlopes(stiffness, stiffness, 3.0),
    )
    decay = damping / (2.0 * foot.inertia)
    root = np.sqrt(complex(decay**2 - math.degrees(stiffness) / foot.inertia))
    t = case.time_s
    shape = np.exp(-decay * t) * (np.cosh(root * t) + decay / root * np.sinh(root * t))
    assert case.ankle_deg == pytest.approx(3.0 - 21.0 * shape.real, abs=0.05)


def exact(case: Setting, spring: TwoSlopes) -> np.ndarray:
    """The same equation written anew, for an adaptive solver at 1e-10."""
    walk, leg, foot, ankle = case.walk, case.leg, case.foot, case.ankle
    start = normal_swing(walk)
    per_s = 1.0 / walk.cycle_s

    def at(curve: Curve, t: float, order: int) -> float:
        phase = np.array([walk.toe_off + t * per_s])
        return math.radians(float(curve.at(phase, order)[0])) * per_s**order

    def rates(t: float, state: np.ndarray) -> list[float]:
        th, th1, th2 = (at(walk.thigh, t, n) for n in range(3))
        kn, kn1, kn2 = (at(walk.knee, t, n) for n in range(3))
        sh, sh1, sh2 = kn - th, kn1 - th1, kn2 - th2
        aim, aim1, aim2 = (at(walk.ankle, t, n) for n in range(3))
        # Second derivatives of the ankle's place below the hip.
        a_x = leg.thigh * (math.cos(th) * th2 - math.sin(th) * th1**2)
        a_x -= leg.shank * (math.cos(sh) * sh2 - math.sin(sh) * sh1**2)
        a_z = leg.thigh * (math.sin(th) * th2 + math.cos(th) * th1**2)
        a_z += leg.shank * (math.sin(sh) * sh2 + math.cos(sh) * sh1**2)
        turn = np.array([[math.cos(state[0] - sh), -math.sin(state[0] - sh)],
                         [math.sin(state[0] - sh), math.cos(state[0] - sh)]])  # fmt: skip
        s_x, s_z = turn @ [foot.moment_x, foot.moment_z]
        moment = s_z * a_x - s_x * (9.81 + a_z) - ankle.damping * state[1]
        degrees = math.degrees(state[0])
        calf = (
            ankle.calf_nm * math.exp(-0.0176 * math.degrees(kn)) * math.exp((degrees - 10) / 17.6)
        )
        front = ankle.front_nm * (1.792 + math.exp(-7.9763 - 0.1949 * degrees))
        moment += front - calf + spring.moment_nm(degrees)
        asked = foot.inertia * (aim2 + 50.0 * (aim1 - state[1]) + 625.0 * (aim - state[0]) - sh2)
        limit = ankle.sustained_nm * (1.0 - 0.4 * math.tanh(state[1] / math.radians(60.0)))
        moment += min(max(asked - moment, 0.0), limit)
        return [state[1], moment / foot.inertia + sh2]

    solved = solve_ivp(
        rates,
        (0.0, start.time_s[-1]),
        [at(walk.ankle, 0.0, 0), at(walk.ankle, 0.0, 1)],
        t_eval=start.time_s,
        rtol=1e-10,
        atol=1e-12,
        method="DOP853",
    )
    return np.degrees(solved.y[0])


@pytest.mark.parametrize(
    ("share", "stiffness", "tolerance"), [(0.0, 0.0, 0.002), (0.15, 1.0, 0.01), (0.0, 3.0, 0.01)]
)
def test_fixed_steps_meet_the_exact_solution(
    share: float, stiffness: float, tolerance: float
) -> None:
    case, spring = adult(share * FULL_NM), TwoSlopes(stiffness, stiffness / 2.0, 3.0)
    assert swung(case, spring) == pytest.approx(exact(case, spring), abs=tolerance)


def test_halving_the_step_converges_at_fourth_order_without_muscle() -> None:
    case, spring = adult(0.0), TwoSlopes(6.0, 6.0, 3.0)
    finest = swung(case, spring, 16)
    coarse, fine = (np.abs(swung(case, spring, n) - finest).max() for n in (1, 2))
    assert 8.0 < coarse / fine < 32.0


def test_full_strength_follows_the_normal_curve() -> None:
    # In the first 50 ms the foot drops as fast as it can, a little less than the normal one.
    case = adult(FULL_NM)
    assert swung(case, NO_SPRING) == pytest.approx(normal_swing(case.walk).ankle_deg, abs=1.5)


def test_the_healthy_swing_asks_for_the_published_moment() -> None:
    # Schwartz 2008, free speed, 72 to 100 % of the cycle (read), with the foot of that inverse
    # dynamics: Dempster's .0145 of the mass, centre half way from ankle to metatarsal heads.
    published = (0.010, 0.010, 0.012, 0.014, 0.016, 0.009, -0.001, 0.001)
    leg = leg_of(1.40)
    walk = walk_at(0.429, pace_of(leg.length, None, None).cycle_s)
    foot = foot_of(33.0, 1.40, 0.213, 0.0, 0.0145)
    foot = replace(foot, moment_x=0.0145 * 33.0 * 0.235 * 0.213, moment_z=0.0)
    phase = swing_phases(walk)
    net = np.interp(np.arange(72, 104, 4) / 100.0, phase, normal_moment_nm(walk, leg, foot)) / 33.0
    assert net == pytest.approx(published, abs=0.004)


def test_no_stiffness_is_no_orthosis() -> None:
    case = adult(2.0)
    free = swung(case, NO_SPRING)
    assert np.array_equal(swung(case, TwoSlopes(0.0, 0.0, 3.0)), free)
    assert swung(case, MomentTable((-40.0, 20.0), (0.0, 0.0))) == pytest.approx(free, abs=1e-9)


def test_a_table_is_its_line() -> None:
    case, line = adult(2.0), TwoSlopes(0.8, 0.8, 3.0)
    pairs = [[angle, line.moment_nm(angle)] for angle in range(-25, 26, 5)]
    table = MomentTable.from_pairs(pairs[::-1])
    assert swung(case, table) == pytest.approx(swung(case, line), abs=1e-6)


STRENGTH = st.floats(0.0, 1.0)


@settings(deadline=None, max_examples=40)
@given(STRENGTH, STRENGTH, st.floats(0.0, 3.0))
def test_a_weaker_foot_never_clears_the_floor_better(a: float, b: float, stiffness: float) -> None:
    low, high = sorted((a, b))
    spring = TwoSlopes(stiffness, stiffness, 3.0)
    weak, strong = (
        adult(share * FULL_NM).clearance.over_swing(swung(adult(share * FULL_NM), spring))
        for share in (low, high)
    )
    clearance = adult(0.0).clearance
    # A stiff spring rings: the stronger muscle may shift the ringing by a millimetre.
    assert clearance.least(weak)[0] <= clearance.least(strong)[0] + 1.0


@settings(deadline=None, max_examples=40)
@given(STRENGTH, st.floats(0.0, 4.0), st.floats(0.0, 4.0), st.floats(-2.0, 8.0))
def test_a_stiffer_spring_lowers_the_foot_only_towards_its_neutral_angle(
    share: float, a: float, b: float, neutral: float
) -> None:
    low, high = sorted((a, b))
    case = adult(share * FULL_NM)
    soft, stiff = (swung(case, TwoSlopes(k, k, neutral)) for k in (low, high))
    judged = case.clearance.judged
    # 2 deg: the ringing that push-off leaves, a quarter of the swing after toe-off.
    assert (stiff >= np.minimum(soft, neutral) - 2.0)[judged].all()
