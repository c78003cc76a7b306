"""Swing: the ankle angle from toe-off to heel contact while hip, knee and shank move as normal.

The foot with its shoe turns about a moving ankle; β = θ − ψ is its pitch (toes up), θ the ankle
angle, ψ the shank's incline, a the ankle's acceleration, S the mass moments about the ankle:

    I β̈ = −[S_x(β)·(g + a_z) − S_z(β)·a_x] + M_passive(θ, knee) + M_spring(θ) + M_muscle − c θ̇

The muscle asks for the moment that leads the foot back to the normal ankle curve (bandwidth ω_c)
and gets what lies between zero and its limit; strong enough, it follows the curve exactly, so the
model also holds near normal strength. All cases start at toe-off on the normal curve: push-off
puts them there. `still_shank` is the simpler base model: shank at rest, constant muscle, constant
calf slack.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from afo_designer.design.gait.ankle import BANDWIDTH, Ankle, knee_slack
from afo_designer.design.gait.norms import Walk
from afo_designer.design.gait.segment import Foot, Leg
from afo_designer.design.gait.spring import Spring
from afo_designer.design.strength import GRAVITY
from afo_designer.geometry.array import FloatArray

STEP_S = 0.0025
"""Time step of the answer; the solver halves it as often as the spring needs."""
STEP_PER_RAD = 0.6
"""Time step times the natural frequency of foot and spring, at most."""

_RAD = math.radians(1.0)


@dataclass(frozen=True, slots=True)
class Swing:
    """One case: ankle angles (deg) at `phase` (shares of the cycle), toe-off to heel contact."""

    phase: FloatArray
    time_s: FloatArray
    ankle_deg: FloatArray

    def pitch_deg(self, walk: Walk) -> FloatArray:
        """Sole to floor with the normal shank."""
        return self.ankle_deg - walk.shank_deg(self.phase)


def swing_phases(walk: Walk) -> FloatArray:
    """The phases of the answer: toe-off to heel contact, `STEP_S` apart or a little less."""
    duration = (1.0 - walk.toe_off) * walk.cycle_s
    return np.linspace(walk.toe_off, 1.0, math.ceil(duration / STEP_S) + 1)


def normal_swing(walk: Walk) -> Swing:
    """The healthy ankle curve."""
    phase = swing_phases(walk)
    return Swing(phase, (phase - walk.toe_off) * walk.cycle_s, walk.ankle.at(phase))


def swing(walk: Walk, leg: Leg, foot: Foot, ankle: Ankle, spring: Spring, finer: int = 1) -> Swing:
    """The ankle over the swing, by the classical Runge–Kutta method with a fixed step.

    `finer` divides the step once more.
    """
    return swings(walk, leg, foot, [ankle], spring, finer)[0]


def swings(
    walk: Walk, leg: Leg, foot: Foot, ankles: Sequence[Ankle], spring: Spring, finer: int = 1
) -> list[Swing]:
    """`swing` for several strengths, which share the prescribed motion."""
    phase = swing_phases(walk)
    duration = (1.0 - walk.toe_off) * walk.cycle_s
    count = len(phase) - 1
    parts = finer * substeps(duration / count, spring, foot.inertia)
    step = duration / (count * parts)
    motion = _Motion.of(walk, leg, np.linspace(walk.toe_off, 1.0, 2 * count * parts + 1))
    time = (phase - walk.toe_off) * walk.cycle_s
    answers = []
    for ankle in ankles:
        acceleration = _acceleration(motion, foot, ankle, spring)
        angle, rate = motion.ankle[0], motion.ankle_rate[0]
        path = runge_kutta(acceleration, angle, rate, step, count * parts)
        answers.append(Swing(phase, time, np.array(path[::parts]) / _RAD))
    return answers


def normal_moment_nm(walk: Walk, leg: Leg, foot: Foot) -> FloatArray:
    """The net ankle moment (dorsiflexing positive) of the healthy swing, by inverse dynamics.

    What muscle, calf and the joint's own damping give together, at `swing_phases`.
    """
    motion = _Motion.of(walk, leg, swing_phases(walk))
    pitch = np.array(motion.ankle) - np.array(motion.shank)
    turn = np.array(motion.ankle_acceleration) - np.array(motion.shank_acceleration)
    moment_x = foot.moment_x * np.cos(pitch) - foot.moment_z * np.sin(pitch)
    moment_z = foot.moment_x * np.sin(pitch) + foot.moment_z * np.cos(pitch)
    moment = foot.inertia * turn + moment_x * (GRAVITY + np.array(motion.lift))
    return np.asarray(moment - moment_z * np.array(motion.forward))


def substeps(step_s: float, spring: Spring, inertia: float) -> int:
    """How many solver steps one step of the answer takes."""
    frequency = math.sqrt(spring.steepest / _RAD / inertia)
    return max(1, math.ceil(step_s * frequency / STEP_PER_RAD))


def runge_kutta(
    acceleration: Callable[[int, float, float], float],
    angle: float,
    rate: float,
    step: float,
    count: int,
) -> list[float]:
    """Angles at `count` + 1 times; `acceleration(i, angle, rate)` is asked at half steps i."""
    path = [angle]
    half = step / 2.0
    for i in range(0, 2 * count, 2):
        a1 = acceleration(i, angle, rate)
        v2 = rate + half * a1
        a2 = acceleration(i + 1, angle + half * rate, v2)
        v3 = rate + half * a2
        a3 = acceleration(i + 1, angle + half * v2, v3)
        v4 = rate + step * a3
        a4 = acceleration(i + 2, angle + step * v3, v4)
        angle += step / 6.0 * (rate + 2.0 * v2 + 2.0 * v3 + v4)
        rate += step / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
        path.append(angle)
    return path


@dataclass(frozen=True, slots=True)
class _Motion:
    """The prescribed motion at the solver's half steps; radians, seconds, metres."""

    shank: list[float]
    shank_acceleration: list[float]
    ankle: list[float]
    ankle_rate: list[float]
    ankle_acceleration: list[float]
    slack: list[float]
    lift: list[float]
    forward: list[float]

    @classmethod
    def of(cls, walk: Walk, leg: Leg, phase: FloatArray) -> _Motion:
        """The hip moves forward steadily; its rise and fall (some 2 m/s²) is left out."""
        per_s = 1.0 / walk.cycle_s

        def rates(at: Callable[[FloatArray, int], FloatArray]) -> tuple[FloatArray, ...]:
            return tuple(at(phase, n) * _RAD * per_s**n for n in range(3))

        thigh, thigh_rate, thigh_acc = rates(walk.thigh.at)
        shank, shank_rate, shank_acc = rates(walk.shank_deg)
        ankle, ankle_rate, ankle_acc = rates(walk.ankle.at)
        # Ankle from the hip: x = L1 sin(thigh) − L2 sin(shank), z = −L1 cos(thigh) − L2 cos(shank).
        sin_t, cos_t, sin_s, cos_s = np.sin(thigh), np.cos(thigh), np.sin(shank), np.cos(shank)
        forward = leg.thigh * (cos_t * thigh_acc - sin_t * thigh_rate**2)
        forward -= leg.shank * (cos_s * shank_acc - sin_s * shank_rate**2)
        lift = leg.thigh * (sin_t * thigh_acc + cos_t * thigh_rate**2)
        lift += leg.shank * (sin_s * shank_acc + cos_s * shank_rate**2)
        slack = [knee_slack(flexion) for flexion in walk.knee.at(phase).tolist()]
        return cls(
            shank.tolist(),
            shank_acc.tolist(),
            ankle.tolist(),
            ankle_rate.tolist(),
            ankle_acc.tolist(),
            slack,
            lift.tolist(),
            forward.tolist(),
        )


def _acceleration(
    motion: _Motion, foot: Foot, ankle: Ankle, spring: Spring
) -> Callable[[int, float, float], float]:
    # Bound to local names: this runs some ten thousand times a simulation.
    inertia, moment_x, moment_z = foot.inertia, foot.moment_x, foot.moment_z
    shanks, shank_accelerations = motion.shank, motion.shank_acceleration
    aims, aim_rates, aim_accelerations = motion.ankle, motion.ankle_rate, motion.ankle_acceleration
    slacks, lifts, forwards = motion.slack, motion.lift, motion.forward
    passive_nm, limit_nm, spring_nm = ankle.passive_nm, ankle.limit_nm, spring.moment_nm
    damping, strong = ankle.damping, ankle.sustained_nm > 0.0

    def acceleration(i: int, angle: float, rate: float) -> float:
        pitch = angle - shanks[i]
        sin, cos = math.sin(pitch), math.cos(pitch)
        moment = (moment_x * sin + moment_z * cos) * forwards[i]
        moment -= (moment_x * cos - moment_z * sin) * (GRAVITY + lifts[i])
        moment += passive_nm(angle, slacks[i]) - damping * rate + spring_nm(angle / _RAD)
        shank = shank_accelerations[i]
        if strong:
            wanted = aim_accelerations[i] + 2.0 * BANDWIDTH * (aim_rates[i] - rate)
            wanted += BANDWIDTH**2 * (aims[i] - angle)
            lacking = inertia * (wanted - shank) - moment
            if lacking > 0.0:
                moment += min(lacking, limit_nm(rate))
        return moment / inertia + shank

    return acceleration


STILL_SLACK, STILL_START_DEG, STILL_JUDGED_S = 0.35, -18.0, 0.140
"""Constants of the base model (engineering estimate)."""


def still_shank(
    stiffness: float,
    *,
    mass_kg: float = 70.0,
    height_m: float = 1.75,
    foot_m: float = 0.265,
    shoe_kg: float = 0.35,
    neutral_deg: float = 3.0,
    tone: float = 1.0,
    slack: float = STILL_SLACK,
    sustained_nm: float = 0.0,
) -> float:
    """The base model of swing: ankle angle (deg) 140 ms after toe-off, shank at rest.

    I θ̈ = −M_g − Mp(θ) + V[θ < 0] + k(θ0 − θ) − c θ̇ from −18 deg at rest; relative tolerance 1e-10.
    `stiffness` N·m/deg in both directions.
    """
    from scipy.integrate import solve_ivp

    foot_kg, arm = 0.0137 * mass_kg, (0.4415 - 0.25) * foot_m
    inertia = foot_kg * ((0.257 * foot_m) ** 2 + arm**2 + 0.04**2)
    inertia += shoe_kg * ((0.28 * foot_m) ** 2 + (0.2 * foot_m) ** 2 + 0.05**2)
    gravity = GRAVITY * (foot_kg * arm + shoe_kg * 0.2 * foot_m)
    damping = 0.6 * mass_kg / 70.0
    calf = tone * slack * 6.21 * mass_kg * height_m / (70.0 * 1.72)

    def rates(_: float, state: FloatArray) -> list[float]:
        angle = state[0] / _RAD
        moment = -gravity - calf * math.exp((angle - 10.0) / 17.6)
        moment += sustained_nm if angle < 0.0 else 0.0
        moment += stiffness * (neutral_deg - angle) - damping * state[1]
        return [state[1], moment / inertia]

    start = [STILL_START_DEG * _RAD, 0.0]
    solved = solve_ivp(rates, (0.0, STILL_JUDGED_S), start, rtol=1e-10, atol=1e-12)
    return float(solved.y[0, -1] / _RAD)
