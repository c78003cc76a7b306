"""Speed and step rate of a person: given, or the free ones of healthy walkers of that size."""

from __future__ import annotations

import math
from dataclasses import dataclass

from afo_designer.design.gait.norms import (
    FREE,
    SPEEDS,
    dimensionless_speed,
    dimensionless_step_rate,
    speed_at,
    step_rate_at,
)
from afo_designer.design.strength import GRAVITY

BOTH = "speed and cadence given"
SPEED_ONLY = "speed given, cadence normal for it"
CADENCE_ONLY = "cadence given, speed normal for it"
NEITHER = "neither given: the free speed of healthy walkers of this height"


@dataclass(frozen=True, slots=True)
class Pace:
    """`speed` and `step_rate` are dimensionless; `source` is one of this module's sentences."""

    speed_m_per_s: float
    cadence_per_min: float
    leg_m: float
    source: str

    @property
    def speed(self) -> float:
        return dimensionless_speed(self.speed_m_per_s, self.leg_m)

    @property
    def cycle_s(self) -> float:
        """Two steps."""
        return 120.0 / self.cadence_per_min

    @property
    def step_share(self) -> float:
        """Step length over leg length."""
        return self.speed_m_per_s * 60.0 / max(self.cadence_per_min, 1e-9) / self.leg_m


def pace_of(leg_m: float, speed_m_per_s: float | None, cadence_per_min: float | None) -> Pace:
    """The pace from what is given (zero counts as not given); `norms` fills the rest."""
    velocity, rate = math.sqrt(GRAVITY * leg_m), 60.0 * math.sqrt(GRAVITY / leg_m)
    if speed_m_per_s and cadence_per_min:
        return Pace(speed_m_per_s, cadence_per_min, leg_m, BOTH)
    if speed_m_per_s:
        cadence = rate * step_rate_at(dimensionless_speed(speed_m_per_s, leg_m))
        return Pace(speed_m_per_s, cadence, leg_m, SPEED_ONLY)
    if cadence_per_min:
        speed = velocity * speed_at(dimensionless_step_rate(cadence_per_min, leg_m))
        return Pace(speed, cadence_per_min, leg_m, CADENCE_ONLY)
    free = SPEEDS[FREE]
    return Pace(velocity * free, rate * step_rate_at(free), leg_m, NEITHER)
