"""First rocker: from heel contact to foot-flat, with a load that moves forward under the foot.

β is the sole's pitch (toes up), ψ the shank's incline from normal walking, θ = β + ψ:

    I β̈ = −F(t)·ℓ(β) − S_x g cos β + M_passive + M_spring(θ) + M_muscle − c θ̇

F is the normal vertical force; ℓ, the load's distance behind the ankle, shrinks as the sole comes
down and carries. The muscle is `swing`'s: it lowers the foot along the normal curve as far as its
eccentric limit allows. Every case starts on the normal curve at heel contact, so that the cases
compare; a foot that hangs in swing lands otherwise (`Loading.lands`). `constant_load` is the base
model: shank rate, lever and muscle constant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from afo_designer.design.gait.ankle import BANDWIDTH, Ankle, knee_slack
from afo_designer.design.gait.norms import Walk
from afo_designer.design.gait.segment import Foot
from afo_designer.design.gait.spring import Spring
from afo_designer.design.gait.swing import substeps
from afo_designer.design.strength import GRAVITY
from afo_designer.geometry.array import FloatArray

STEP_S = 0.001
"""Time step of the answer."""
SHOWN_SHARE, LONGEST_SHARE = 0.16, 0.40
"""Share of the cycle that the curves show, and after which the sole is taken to stay up."""
FLAT_DEG = 2.0
"""Pitch at which the sole is flat: the normal curve reaches it at 8 % of the cycle, 86 ms at 111
steps a minute; the whole forefoot has touched at 11.8 % of stance (read), 75 ms."""

LEVER_SHARE, LEVER_NONE_DEG, LEVER_GROWTH_DEG = 0.10, 1.2, 2.0
"""ℓ = .10·FL·(1 − exp(−(β − 1.2)/2)), β in deg: the heel carries until the sole is nearly down.
Derived from Schwartz 2008, free speed: ankle moment over vertical force is 18, 22, 16, 8, 0 mm at
2, 4, 6, 8, 10 % of the cycle, where the pitch is 12, 7, 4, 2, 1 deg; met within 4 mm for feet of
213 mm, the size of such children (engineering estimate)."""

_RAD = math.radians(1.0)


@dataclass(frozen=True, slots=True)
class Loading:
    """One case. `foot_deg` and `moment_nm` (the orthosis's) at `time_s`; flat from foot-flat on.

    `slap_deg_per_s`: rate of the pitch at foot-flat, downwards positive; `flat_s`: time to it, None
    if the sole stays up. `knee_nm`: the largest moment that orthosis and muscle together pass on to
    the shank until then, an external knee-flexing moment; `orthosis_nm`: the orthosis's part of the
    largest.
    """

    time_s: FloatArray
    foot_deg: FloatArray
    slap_deg_per_s: float
    flat_s: float | None
    least_ankle_deg: float
    knee_nm: float
    orthosis_nm: float


def loading_times(walk: Walk) -> FloatArray:
    """The times of the answer from heel contact on."""
    shown = SHOWN_SHARE * walk.cycle_s
    return np.linspace(0.0, shown, math.ceil(shown / STEP_S) + 1)


def normal_loading(walk: Walk) -> Loading:
    """The healthy foot, from its curve; no muscle moment is given."""
    phases = np.linspace(0.0, LONGEST_SHARE, 4001)
    pitch = walk.pitch_deg(phases)
    at = int(np.argmax(pitch <= FLAT_DEG))
    rate = walk.pitch_deg(phases[at : at + 1], 1)[0] / walk.cycle_s
    time = loading_times(walk)
    return Loading(
        time_s=time,
        foot_deg=walk.pitch_deg(time / walk.cycle_s),
        slap_deg_per_s=float(-rate),
        flat_s=float(phases[at] * walk.cycle_s),
        least_ankle_deg=float(walk.ankle.at(phases[: at + 1]).min()),
        knee_nm=math.nan,
        orthosis_nm=0.0,
    )


def loading(
    walk: Walk, foot: Foot, ankle: Ankle, spring: Spring, mass_kg: float, finer: int = 1
) -> Loading:
    """The foot after heel contact, by the classical Runge–Kutta method with a fixed step.

    `finer` divides the step once more.
    """
    return loadings(walk, foot, [ankle], spring, mass_kg, finer)[0]


def loadings(
    walk: Walk,
    foot: Foot,
    ankles: Sequence[Ankle],
    spring: Spring,
    mass_kg: float,
    finer: int = 1,
) -> list[Loading]:
    """`loading` for several strengths, which share the prescribed motion."""
    time = loading_times(walk)
    count = len(time) - 1
    parts = finer * substeps(time[1] - time[0], spring, foot.inertia)
    longest = math.ceil(count * LONGEST_SHARE / SHOWN_SHARE) * parts
    step = (time[1] - time[0]) / parts
    motion = _Motion.of(walk, mass_kg, step, longest)
    answers = []
    for ankle in ankles:
        path, flat = _Fall(foot, ankle, spring, motion).solve(step, longest)
        answers.append(_answer(walk, time, np.array(path), step, flat))
    return answers


def _answer(
    walk: Walk,
    time: FloatArray,
    path: FloatArray,
    step: float,
    flat: tuple[float, float] | None,
) -> Loading:
    at = np.linspace(0.0, step * (len(path) - 1), len(path))
    pitch, moments, orthosis = path[:, 0] / _RAD, path[:, 1], path[:, 2]
    end = at[-1] if flat is None else flat[0]
    shown = np.where(time <= end, np.interp(time, at, pitch), FLAT_DEG)
    shank = walk.shank_deg(at / walk.cycle_s)
    return Loading(
        time_s=time,
        foot_deg=shown,
        slap_deg_per_s=0.0 if flat is None else -flat[1] / _RAD,
        flat_s=None if flat is None else flat[0],
        least_ankle_deg=float((pitch + shank).min()),
        knee_nm=float(moments.max()),
        orthosis_nm=float(orthosis.max()),
    )


@dataclass(frozen=True, slots=True)
class _Motion:
    """The prescribed motion at the solver's half steps (radians, seconds, newtons).

    `wanted`: the normal pitch with its first two derivatives.
    """

    shank: list[float]
    shank_rate: list[float]
    wanted: list[tuple[float, float, float]]
    weight: list[float]
    slack: list[float]

    @classmethod
    def of(cls, walk: Walk, mass_kg: float, step: float, count: int) -> _Motion:
        phase = np.linspace(0.0, step * count / walk.cycle_s, 2 * count + 1)
        per_s = 1.0 / walk.cycle_s
        pitch = [walk.pitch_deg(phase, n) * _RAD * per_s**n for n in range(3)]
        return cls(
            (walk.shank_deg(phase) * _RAD).tolist(),
            (walk.shank_deg(phase, 1) * _RAD * per_s).tolist(),
            list(zip(*(part.tolist() for part in pitch), strict=True)),
            (mass_kg * GRAVITY * walk.force_at(phase)).tolist(),
            [knee_slack(flexion) for flexion in walk.knee.at(phase).tolist()],
        )


@dataclass(frozen=True, slots=True)
class _Fall:
    """The foot's equation of motion."""

    foot: Foot
    ankle: Ankle
    spring: Spring
    motion: _Motion

    def moments(self, i: int, pitch: float, rate: float) -> tuple[float, float, float]:
        """(whole moment, orthosis and muscle together, orthosis)."""
        angle = pitch + self.motion.shank[i]
        angle_rate = rate + self.motion.shank_rate[i]
        orthosis = self.spring.moment_nm(angle / _RAD)
        moment = -self.motion.weight[i] * lever_m(pitch / _RAD, self.foot)
        moment -= GRAVITY * self.foot.moment_x * math.cos(pitch)
        moment += (
            self.ankle.passive_nm(angle, self.motion.slack[i]) - self.ankle.damping * angle_rate
        )
        moment += orthosis
        aim, aim_rate, aim_acceleration = self.motion.wanted[i]
        wanted = aim_acceleration + 2.0 * BANDWIDTH * (aim_rate - rate)
        wanted += BANDWIDTH**2 * (aim - pitch)
        lacking = self.foot.inertia * wanted - moment
        muscle = min(lacking, self.ankle.limit_nm(angle_rate)) if lacking > 0.0 else 0.0
        return moment + muscle, orthosis + muscle, orthosis

    def solve(
        self, step: float, count: int
    ) -> tuple[list[tuple[float, float, float]], tuple[float, float] | None]:
        """[(pitch, moment on the shank, orthosis's)], and (time, rate) of foot-flat if reached."""
        inertia, moments, half = self.foot.inertia, self.moments, step / 2.0
        pitch, rate, _ = self.motion.wanted[0]
        path = []
        for i in range(0, 2 * count, 2):
            whole, knee, orthosis = moments(i, pitch, rate)
            path.append((pitch, knee, orthosis))
            a1 = whole / inertia
            v2 = rate + half * a1
            a2 = moments(i + 1, pitch + half * rate, v2)[0] / inertia
            v3 = rate + half * a2
            a3 = moments(i + 1, pitch + half * v2, v3)[0] / inertia
            v4 = rate + step * a3
            a4 = moments(i + 2, pitch + step * v3, v4)[0] / inertia
            before, speed = pitch, rate
            pitch += step / 6.0 * (rate + 2.0 * v2 + 2.0 * v3 + v4)
            rate += step / 6.0 * (a1 + 2.0 * a2 + 2.0 * a3 + a4)
            if pitch <= FLAT_DEG * _RAD:
                share, at_flat = _crossing(before, speed * step, pitch, rate * step)
                path.append((pitch, *moments(i + 2, pitch, rate)[1:]))
                return path, (step * (i / 2 + share), at_flat / step)
        return path, None


def _crossing(before: float, slope: float, after: float, end_slope: float) -> tuple[float, float]:
    """Where the cubic through both ends of a step meets `FLAT_DEG`: (share, slope there)."""
    fall = after - before
    second = 3.0 * fall - 2.0 * slope - end_slope
    third = slope + end_slope - 2.0 * fall
    low, high = 0.0, 1.0
    for _ in range(40):  # bisection: the cubic need not be monotone
        share = (low + high) / 2.0
        value = before + share * (slope + share * (second + share * third))
        low, high = (share, high) if value > FLAT_DEG * _RAD else (low, share)
    return high, slope + high * (2.0 * second + 3.0 * high * third)


def lever_m(pitch_deg: float, foot: Foot) -> float:
    """ℓ: the load's distance behind the ankle (m) at a pitch of the sole."""
    length = foot.toe[0] - foot.heel[0]
    return LEVER_SHARE * length * (1.0 - math.exp((LEVER_NONE_DEG - pitch_deg) / LEVER_GROWTH_DEG))


@dataclass(frozen=True, slots=True)
class ConstantLoad:
    """What the base model gives."""

    slap_deg_per_s: float
    flat_s: float
    least_ankle_deg: float
    orthosis_nm_per_kg: float


def constant_load(
    stiffness: float, *, mass_kg: float = 70.0, neutral_deg: float = 3.0, sustained_nm: float = 0.0
) -> ConstantLoad:
    """The base model: shank at 120 deg/s, load at a constant lever, force rising to body weight.

    I β̈ = −F ℓ + k(θ0 − θ)[θ < θ0] + V(1 + .4 tanh(ω/60 deg/s)) − c θ̇ from 20 deg at rest to β = 0,
    ω = −θ̇; relative tolerance 1e-10. `stiffness` N·m/deg. All its constants are engineering
    estimates; not for near-normal strength, where a constant moment holds the foot and drops it.
    """
    from scipy.integrate import solve_ivp

    size = mass_kg / 70.0
    lever, inertia, damping = 0.035 * size ** (1 / 3), 0.014 * size ** (5 / 3), 0.6 * size
    shank_rate = 120.0 * _RAD

    def ankle_angle(time: FloatArray | float, pitch: FloatArray | float) -> FloatArray:
        return np.asarray(pitch + shank_rate * time - 20.0 * _RAD)

    def spring(angle: FloatArray) -> FloatArray:
        return stiffness * np.maximum(0.0, neutral_deg - angle / _RAD)

    def rates(time: float, state: FloatArray) -> list[float]:
        angle_rate = state[1] + shank_rate
        force = mass_kg * GRAVITY * min(1.0, time / 0.132)
        moment = -force * lever + float(spring(ankle_angle(time, state[0])))
        moment += sustained_nm * (1.0 + 0.4 * math.tanh(-angle_rate / (60.0 * _RAD)))
        return [state[1], (moment - damping * angle_rate) / inertia]

    def flat(_: float, state: FloatArray) -> float:
        return float(state[0])

    flat.terminal = True  # type: ignore[attr-defined]
    solved = solve_ivp(
        rates, (0.0, 1.0), [20.0 * _RAD, 0.0], rtol=1e-10, atol=1e-12, events=flat, max_step=0.001
    )
    angle = ankle_angle(solved.t, solved.y[0])
    return ConstantLoad(
        slap_deg_per_s=float(-solved.y[1, -1] / _RAD),
        flat_s=float(solved.t[-1]),
        least_ankle_deg=float(angle.min() / _RAD),
        orthosis_nm_per_kg=float(spring(angle).max() / mass_kg),
    )
