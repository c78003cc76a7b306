"""The ankle without an orthosis: calf, tissue in front of the joint, damping, dorsiflexors.

Moments on the foot in N·m, dorsiflexing positive; angles in radians, rates in rad/s.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from afo_designer.design.demand import (
    CALF_ANGLE_DEG,
    CALF_GROWTH_DEG,
    CALF_MOMENT_NM,
    CALF_SIZE_KG_M,
    SUSTAINED_SHARE,
    TONE_FACTORS,
)
from afo_designer.design.person import Person

KNEE_SLACK_PER_DEG = 0.0176
"""κ = exp(−.0176·knee flexion in deg): the knee's term in the calf part of the passive ankle
moment of Riener and Edrich 1999, J Biomech 32:539 (coefficients read in a public copy of the
formula). A knee at 60 deg leaves .35."""
FRONT_CONSTANT_NM, FRONT_LOG, FRONT_PER_DEG = 1.792, -7.9763, 0.1949
"""The dorsiflexing part of the same formula: 1.792 + exp(−7.9763 − .1949·θ) N·m."""
FRONT_SCALE = CALF_MOMENT_NM / (math.exp(2.1016 + 0.843) - FRONT_CONSTANT_NM)
"""Theirs is 17.2 N·m at 10 deg with the knee straight, Chung's 6.21: the front part is scaled as
the calf's is, so that both sides stay in proportion (engineering estimate)."""
DAMPING_NM_S = 0.6
"""N·m·s/rad at 70 kg, in proportion to mass (engineering estimate)."""
ECCENTRIC, ECCENTRIC_RATE = 0.4, math.radians(60.0)
"""A lengthening muscle gives up to 1.4 times, a shortening one down to .6 times its moment, half
of it within about 33 deg/s (engineering estimate)."""
BANDWIDTH = 25.0
"""rad/s: how fast the muscle brings the foot back to the normal curve; 1/25 s is the order of its
activation time (engineering estimate)."""

_DEG = math.degrees(1.0)


@dataclass(frozen=True, slots=True)
class Ankle:
    """One person's ankle.

    `calf_nm`: calf moment at 10 deg, knee straight, tone included; `front_nm`: scale of the front
    tissue; `damping` N·m·s/rad; `sustained_nm`: V, what the dorsiflexors can give at every step.
    """

    calf_nm: float
    front_nm: float
    damping: float
    sustained_nm: float

    def passive_nm(self, angle: float, slack: float) -> float:
        """Calf (times its slack κ) and front tissue."""
        degrees = angle * _DEG
        calf = self.calf_nm * slack * math.exp((degrees - CALF_ANGLE_DEG) / CALF_GROWTH_DEG)
        # Far beyond any reachable angle the exponent is held, so that no step overflows.
        stretch = min(FRONT_LOG - FRONT_PER_DEG * degrees, 12.0)
        return self.front_nm * (FRONT_CONSTANT_NM + math.exp(stretch)) - calf

    def limit_nm(self, rate: float) -> float:
        """The most the dorsiflexors give at an ankle rate (dorsiflexing positive)."""
        return self.sustained_nm * (1.0 - ECCENTRIC * math.tanh(rate / ECCENTRIC_RATE))


def knee_slack(knee_deg: float) -> float:
    """κ, the share of the calf moment left at a knee flexion."""
    return math.exp(-KNEE_SLACK_PER_DEG * knee_deg)


def ankle_of_person(person: Person, torque_nm: float) -> Ankle:
    """The ankle of a person whose dorsiflexors can give `torque_nm` at most.

    A measured calf moment stands for size and tone. Tone that was not examined counts as none;
    `validity` says so.
    """
    size = person.mass_kg * person.height_mm / 1000.0 / CALF_SIZE_KG_M
    tone = TONE_FACTORS[person.examination.spasticity_mas or "0"]
    measured = person.examination.calf_moment_at_10_deg_nm
    return Ankle(
        calf_nm=tone * CALF_MOMENT_NM * size if measured is None else measured,
        front_nm=FRONT_SCALE * size,
        damping=DAMPING_NM_S * person.mass_kg / 70.0,
        sustained_nm=SUSTAINED_SHARE * torque_nm,
    )
