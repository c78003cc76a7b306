"""What the weakness demands of an orthosis: the formulas from torque to stiffness, unrounded.

The orthosis is a spring on the foot about its neutral angle. Two goals are kept apart: swing
clearance (hold the foot up against gravity and the calf) and loading control (lower the foot after
heel contact). No published formula turns a dorsiflexor deficit into a stiffness; this one is an
engineering estimate whose pieces are cited where they stand. N·m, N·m/deg, kg, mm; angles in
degrees, dorsiflexion positive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from afo_designer.design.strength import GRAVITY
from afo_designer.geometry.refusal import InputRefused


class DemandRefused(InputRefused):
    """A demand whose denominator vanishes, or whose geometry is impossible."""


SUSTAINED_SHARE = 0.30
"""Share of the maximal torque that walking may use each step: normal gait uses about .27
(derived from Schwartz 2008, J Biomech 41:1639, and Anderson 2007; engineering estimate)."""

SAFETY_FACTOR = 1.25
"""On swing clearance only (engineering estimate)."""

SWING_MOMENT_PER_KG = 0.019
"""N·m/kg: largest swing moment of the fastest speed, Schwartz 2008 (read)."""

LOADING_MOMENT_PER_KG = {"adult": 0.15, "child": 0.13}
"""N·m/kg: dorsiflexing peak of the first rocker. Child .128, Schwartz 2008 (read); adult .15 to
.25, Winter, Bovi 2011 (recalled)."""

LOADING_TRAVEL_DEG = 10.0
"""Plantarflexion of the shod first rocker, 5 to 10 deg in adults (recalled)."""

LOWEST_SWING_ANGLE_DEG = -2.0
"""Swing clearance asks for more (engineering estimate: 3.4 mm of forefoot height per degree)."""
LEAST_TRAVEL_DEG = 5.0
"""The spring's travel in swing is never taken shorter than this (engineering estimate)."""

CALF_MOMENT_NM = 6.21
"""Passive moment of a healthy calf at 10 deg dorsiflexion, Chung 2004 (read; SD 3.64)."""
CALF_MOMENT_SD_NM = 3.64
CALF_ANGLE_DEG = 10.0
CALF_GROWTH_DEG = 17.6
"""Torque over stiffness at 10 deg, 17.7 healthy and spastic (Chung 2004, read): an exponential."""
CALF_SIZE_KG_M = 120.0
"""70 kg × 1.72 m: scales the calf moment to other bodies (engineering estimate)."""

SLACK_LEAST, SLACK_MOST = 0.35, 1.0
"""κ, the share of the calf moment left in swing: knee flexed to knee straight (estimate)."""

TONE_FACTORS = {"0": 1.0, "1": 1.2, "1+": 1.35, "2": 1.53}
"""fMAS: calf moment by modified Ashworth grade. 2: 9.51/6.21 N·m of Chung 2004 (read); the others
are between (engineering estimate). Grades 3 and 4 are hard stops."""
TONE_MOST = TONE_FACTORS["2"]

USUAL_SHOE_KG = {"adult": 0.35, "child": 0.20}
"""A heavier shoe adds its moment to the swing demand (engineering estimate)."""
SHOE_ARM = 0.20
"""Ankle to the shoe's centre of mass, in foot lengths (engineering estimate)."""

FOOT_MASS_SHARE = {"male": 0.0137, "female": 0.0129}
"""Foot mass over body mass, de Leva (read)."""
FOOT_ARM = 0.19
"""Ankle to the foot's centre of mass, in foot lengths: .4415 FL (de Leva, read) less the ankle's
.25 FL (engineering estimate)."""


def slack_by_range(extended_deg: float | None, flexed_deg: float | None) -> float:
    """Least κ (knee flexed) from the passive ranges with the knee extended and flexed.

    The examiner stops at the same moment both times, so κ = exp(−(flexed − extended)/17.6) on the
    calf's exponential, kept between .35 and 1; without both ranges .35 (engineering estimate).
    """
    if extended_deg is None or flexed_deg is None:
        return SLACK_LEAST
    gain = max(0.0, flexed_deg - extended_deg)
    return max(SLACK_LEAST, SLACK_MOST * math.exp(-gain / CALF_GROWTH_DEG))


def calf_moment_nm(
    angle_deg: float, mass_kg: float, height_mm: float, tone: float = 1.0, slack: float = 1.0
) -> float:
    """Plantarflexing moment of the passive and tonic calf, positive (N·m)."""
    size = mass_kg * height_mm / 1000.0 / CALF_SIZE_KG_M
    growth = math.exp((angle_deg - CALF_ANGLE_DEG) / CALF_GROWTH_DEG)
    return tone * slack * CALF_MOMENT_NM * size * growth


@dataclass(frozen=True, slots=True)
class Demand:
    """The quantities of one person that the formulas need.

    `torque_nm`: what is left of the dorsiflexors; `extra_nm`: moment of an unusually heavy shoe;
    `tone`: fMAS; `calf_at_10_nm`: the calf's passive moment at 10 deg where it was measured, which
    then stands for size and tone.
    """

    mass_kg: float
    height_mm: float
    child: bool
    torque_nm: float
    neutral_angle_deg: float
    tone: float = 1.0
    extra_nm: float = 0.0
    calf_at_10_nm: float | None = None

    @property
    def sustained_nm(self) -> float:
        """V = u·T: the moment the dorsiflexors can give at every step."""
        return SUSTAINED_SHARE * self.torque_nm

    @property
    def swing_angle_deg(self) -> float:
        """θreq: the lowest ankle angle allowed in swing."""
        return min(LOWEST_SWING_ANGLE_DEG, self.neutral_angle_deg - LEAST_TRAVEL_DEG)

    @property
    def weight_nm(self) -> float:
        """What swing asks for besides the calf."""
        return SWING_MOMENT_PER_KG * self.mass_kg + self.extra_nm

    @property
    def calf_nm(self) -> float:
        """The calf moment at θreq with normal tone and no slack (f = κ = 1)."""
        if self.calf_at_10_nm is not None:
            growth = (self.swing_angle_deg - CALF_ANGLE_DEG) / CALF_GROWTH_DEG
            return self.calf_at_10_nm * math.exp(growth)
        return calf_moment_nm(self.swing_angle_deg, self.mass_kg, self.height_mm)

    @property
    def tone_factor(self) -> float:
        """fMAS; 1 where the calf's moment was measured, tone included."""
        return self.tone if self.calf_at_10_nm is None else 1.0

    @property
    def swing_travel_deg(self) -> float:
        """θ0 − θreq. Raises `DemandRefused` when it is not positive: never a maximum instead."""
        travel = self.neutral_angle_deg - self.swing_angle_deg
        if not travel > 0.0:
            raise DemandRefused(
                f"The neutral angle {self.neutral_angle_deg:g} deg leaves {travel:g} deg above the "
                f"lowest swing angle {self.swing_angle_deg:g} deg; it must leave more than 0."
            )
        return travel

    @property
    def loading_per_kg(self) -> float:
        """μ (N·m/kg)."""
        return LOADING_MOMENT_PER_KG["child" if self.child else "adult"]


def swing_stiffness(demand: Demand, slack: float = SLACK_MOST) -> float:
    """k_sw (N·m/deg): swing clearance with the calf slack κ."""
    calf = demand.tone_factor * slack * demand.calf_nm
    deficit = max(0.0, demand.weight_nm + calf - demand.sustained_nm)
    return SAFETY_FACTOR * deficit / demand.swing_travel_deg


def loading_stiffness(demand: Demand) -> float:
    """k_LR (N·m/deg): control of the foot after heel contact."""
    deficit = max(0.0, demand.loading_per_kg * demand.mass_kg - demand.sustained_nm)
    return deficit / LOADING_TRAVEL_DEG


def heavy_shoe_moment_nm(shoe_mass_g: float | None, foot_length_mm: float, child: bool) -> float:
    """M_extra (N·m): the moment of a shoe's mass beyond the usual .35 kg (child .20 kg)."""
    if shoe_mass_g is None:
        return 0.0
    excess = max(0.0, shoe_mass_g / 1000.0 - USUAL_SHOE_KG["child" if child else "adult"])
    return GRAVITY * excess * SHOE_ARM * foot_length_mm / 1000.0


def foot_weight_moment_nm(
    mass_kg: float, foot_length_mm: float, shoe_mass_g: float | None, sex: str | None, child: bool
) -> float:
    """Gravity moment of foot and shoe about the ankle, positive (N·m).

    Without a sex the larger share stands; without a shoe's mass the usual one does.
    """
    foot = FOOT_MASS_SHARE[sex or "male"] * mass_kg
    usual = USUAL_SHOE_KG["child" if child else "adult"]
    shoe = usual if shoe_mass_g is None else shoe_mass_g / 1000.0
    return GRAVITY * (foot * FOOT_ARM + shoe * SHOE_ARM) * foot_length_mm / 1000.0
