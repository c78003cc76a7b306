"""The limits of a stiffness: knee, second rocker, push-off. Too stiff is not the safe side.

All three are engineering estimates on first-rocker and push-off norms; see each constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from afo_designer.design.demand import DemandRefused

KNEE_MOMENT_PER_KG, KNEE_TRAVEL_DEG = 0.20, 8.0
"""N·m/kg over deg: a stiffer orthosis flexes the knee in loading (engineering estimate; Kobayashi
2015 and Mulroy 2010 show the effect, read)."""
WEAK_QUADRICEPS = ("0", "1", "2", "3")
"""Grades that halve the knee limit."""

ROCKER_SHARE, PUSH_OFF_MOMENT_PER_KG, ROCKER_ANGLE_DEG = 0.20, 1.23, 12.0
"""A fifth of the push-off peak (1.23 N·m/kg, Schwartz 2008, read) at 12 deg of dorsiflexion."""

ENERGY_SHARE, PUSH_OFF_ENERGY_PER_KG, TOE_OFF_ANGLE_DEG = 0.25, 0.27, -15.0
"""A quarter of the ankle's push-off work (.27 J/kg, recalled) may be stored against toe-off."""


class Verdict(StrEnum):
    """Outcome of one comparison, in the record's words."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Limit:
    """One comparison: `value` may be at most `limit` (both in `unit`)."""

    name: str
    value: float
    limit: float
    unit: str
    verdict: Verdict
    message: str
    ways_out: tuple[str, ...]
    direction: str


PLANTARFLEXION, DORSIFLEXION = "plantarflexion", "dorsiflexion"
"""Which of the orthosis's two stiffnesses a limit bounds."""
SWING_ONLY = "swing clearance as the only goal"
TONE_TREATMENT = "tone treatment, where tone asks for the stiffness"
SMALLER_ANGLE = "a smaller neutral angle"


def stiffness_limits(
    stiffness: float,
    neutral_angle_deg: float,
    mass_kg: float,
    quadriceps: str | None,
    presumed_weak: bool = False,
) -> tuple[Limit, ...]:
    """The three limits of an orthosis equally stiff both ways (N·m/deg) at its neutral angle.

    Quadriceps not examined: the knee limit is the whole one, and a stiffness above its half warns;
    where the cause makes its weakness likely (`presumed_weak`) the half is the limit.
    Raises `DemandRefused` when the neutral angle leaves no second rocker.
    """
    return (
        _knee(stiffness, mass_kg, quadriceps, presumed_weak),
        _rocker(stiffness, neutral_angle_deg, mass_kg),
        _push_off(stiffness, neutral_angle_deg, mass_kg),
    )


def most_dorsiflexion(neutral_angle_deg: float, mass_kg: float) -> float:
    """The stiffest into dorsiflexion that leaves the second rocker (N·m/deg).

    Raises `DemandRefused` when the neutral angle leaves none.
    """
    travel = ROCKER_ANGLE_DEG - neutral_angle_deg
    if not travel > 0.0:
        raise DemandRefused(
            f"The neutral angle is {neutral_angle_deg:g} deg; it must be below "
            f"{ROCKER_ANGLE_DEG:g} deg to leave a second rocker."
        )
    return ROCKER_SHARE * PUSH_OFF_MOMENT_PER_KG * mass_kg / travel


def most_plantarflexion(
    neutral_angle_deg: float, mass_kg: float, weak_quadriceps: bool
) -> tuple[float, str]:
    """The stiffest into plantarflexion that knee and push-off allow (N·m/deg), and which one."""
    knee = KNEE_MOMENT_PER_KG * mass_kg / KNEE_TRAVEL_DEG
    if weak_quadriceps:
        knee /= 2.0
    held = _energy_j(1.0, neutral_angle_deg)
    budget = ENERGY_SHARE * PUSH_OFF_ENERGY_PER_KG * mass_kg
    if held > 0.0 and budget / held < knee:
        return budget / held, "push-off"
    return knee, "knee"


def _knee(
    stiffness: float, mass_kg: float, quadriceps: str | None, presumed_weak: bool = False
) -> Limit:
    whole = KNEE_MOMENT_PER_KG * mass_kg / KNEE_TRAVEL_DEG
    presumed = quadriceps is None and presumed_weak
    weak = quadriceps in WEAK_QUADRICEPS or presumed
    limit = whole / 2.0 if weak else whole
    why = f" (halved: quadriceps grade {quadriceps})" if weak else ""
    if presumed:
        why = " (halved: the quadriceps was not examined and the cause often weakens it)"
    verdict = Verdict.FAIL if stiffness > limit else Verdict.PASS
    message = f"Knee in loading: {stiffness:.2f} of {limit:.2f} N·m/deg{why}."
    if verdict is Verdict.PASS and quadriceps is None and not weak and stiffness > whole / 2.0:
        verdict = Verdict.WARN
        message += (
            f" The quadriceps was not examined; at grade 3 or less {whole / 2.0:.2f} would be"
            " the limit."
        )
    ways_out: tuple[str, ...] = (
        "referral: the knee gives way before the foot is held",
        SWING_ONLY,
        TONE_TREATMENT,
    )
    if presumed:
        ways_out = (f"examine the quadriceps: from grade 4 on {whole:.2f} may be used", *ways_out)
    name = "knee"
    return Limit(name, stiffness, limit, "N·m/deg", verdict, message, ways_out, PLANTARFLEXION)


def _rocker(stiffness: float, neutral_angle_deg: float, mass_kg: float) -> Limit:
    limit = most_dorsiflexion(neutral_angle_deg, mass_kg)
    return Limit(
        "second rocker",
        stiffness,
        limit,
        "N·m/deg",
        Verdict.FAIL if stiffness > limit else Verdict.PASS,
        f"Dorsiflexion in stance: {stiffness:.2f} of {limit:.2f} N·m/deg.",
        (
            "a hinge with a plantarflexion stop, free in dorsiflexion",
            "a device stiffer in plantarflexion than in dorsiflexion",
            SWING_ONLY,
            TONE_TREATMENT,
            "referral",
        ),
        DORSIFLEXION,
    )


def _energy_j(stiffness: float, neutral_angle_deg: float) -> float:
    """Energy (J) held back at toe-off."""
    # A neutral angle at or below toe-off's holds nothing back.
    travel = max(0.0, neutral_angle_deg - TOE_OFF_ANGLE_DEG)
    return 0.5 * stiffness * math.degrees(1.0) * math.radians(travel) ** 2


def _push_off(stiffness: float, neutral_angle_deg: float, mass_kg: float) -> Limit:
    energy = _energy_j(stiffness, neutral_angle_deg)
    limit = ENERGY_SHARE * PUSH_OFF_ENERGY_PER_KG * mass_kg
    return Limit(
        "push-off",
        energy,
        limit,
        "J",
        Verdict.FAIL if energy > limit else Verdict.PASS,
        f"Energy held back at toe-off: {energy:.2f} of {limit:.2f} J.",
        (
            SMALLER_ANGLE,
            SWING_ONLY,
            TONE_TREATMENT,
            "referral",
        ),
        PLANTARFLEXION,
    )
