"""Balance: the moments on a foot in swing over the ankle angle, and where they cancel.

The prescription's formula drawn out: weight and inertia, calf, what the dorsiflexors sustain, the
orthosis, and their sum. N·m on the foot, dorsiflexing positive; deg, dorsiflexion positive. The
formula's own safety factor is not in it: it is what the sum has left at the lowest swing angle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from afo_designer.design.course import course_of
from afo_designer.design.demand import CALF_GROWTH_DEG, SLACK_MOST, slack_by_range
from afo_designer.design.gait.spring import Spring
from afo_designer.design.person import Person
from afo_designer.design.prescription import demand_of
from afo_designer.geometry.array import FloatArray, frozen

ANGLES_DEG = (-25, 15)


@dataclass(frozen=True, slots=True)
class Balance:
    """Moments (n,) at `angle_deg` (n,), the calf by its slack κ: straight and flexed knee.

    `lowest_deg`: the lowest angle that swing allows; `rest_deg`: where the sum is zero, by the
    same κ, None beyond the angles drawn.
    """

    angle_deg: FloatArray
    weight_nm: float
    dorsiflexors_nm: float
    orthosis_nm: FloatArray
    calf_nm: dict[float, FloatArray]
    lowest_deg: float

    def sum_nm(self, slack: float, orthosis: bool = True) -> FloatArray:
        """All together, with or without the orthosis."""
        own = self.weight_nm + self.dorsiflexors_nm + self.calf_nm[slack]
        return own + self.orthosis_nm if orthosis else own

    def rest_deg(self, slack: float, orthosis: bool = True) -> float | None:
        """Where the foot comes to rest: the sum falls through zero."""
        total = self.sum_nm(slack, orthosis)
        below = np.flatnonzero((total[:-1] > 0.0) & (total[1:] <= 0.0))
        if not len(below):
            return None
        i = int(below[0])
        share = total[i] / (total[i] - total[i + 1])
        return float(self.angle_deg[i] + share * (self.angle_deg[i + 1] - self.angle_deg[i]))


def balance(person: Person, neutral_deg: float, spring: Spring) -> Balance:
    """The balance of one person with `spring`, whose neutral angle the demand refers to."""
    demand = demand_of(person, neutral_deg, course_of(person))
    seen = person.examination
    flexed = slack_by_range(seen.dorsiflexion_range_deg, seen.dorsiflexion_range_knee_flexed_deg)
    angles = np.arange(ANGLES_DEG[0], ANGLES_DEG[1] + 0.25, 0.5)
    growth = np.exp((angles - demand.swing_angle_deg) / CALF_GROWTH_DEG)
    calf = -demand.tone_factor * demand.calf_nm * growth
    return Balance(
        angle_deg=frozen(angles, (None,)),
        weight_nm=-demand.weight_nm,
        dorsiflexors_nm=demand.sustained_nm,
        orthosis_nm=frozen([spring.moment_nm(float(angle)) for angle in angles], (None,)),
        calf_nm={slack: frozen(slack * calf, (None,)) for slack in (SLACK_MOST, flexed)},
        lowest_deg=demand.swing_angle_deg,
    )


def balance_record(one: Balance) -> dict[str, Any]:
    """The record's `gait.balance`; κ = 1 is the knee straight, the other the knee flexed."""
    slacks = {"knee_straight": max(one.calf_nm), "knee_flexed": min(one.calf_nm)}
    return {
        "angle_deg": one.angle_deg,
        "weight_nm": one.weight_nm,
        "dorsiflexors_nm": one.dorsiflexors_nm,
        "orthosis_nm": one.orthosis_nm,
        "lowest_swing_angle_deg": one.lowest_deg,
        **{
            name: {
                "calf_slack": slack,
                "calf_nm": one.calf_nm[slack],
                "sum_nm": one.sum_nm(slack),
                "rests_at_deg": one.rest_deg(slack),
                "rests_without_at_deg": one.rest_deg(slack, orthosis=False),
            }
            for name, slack in slacks.items()
        },
    }
