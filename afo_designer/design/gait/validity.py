"""Where the gait models answer: everything outside is refused in words, never extrapolated."""

from __future__ import annotations

import math
from collections.abc import Iterator

from afo_designer.design.demand import TONE_FACTORS
from afo_designer.design.gait.pace import Pace
from afo_designer.design.gait.spring import Spring
from afo_designer.design.limits import WEAK_QUADRICEPS
from afo_designer.design.person import Person
from afo_designer.design.strength import GRAVITY

LEAST_AGE_YEARS = 4.0
"""The norms' youngest child (recalled); gait is not mature below."""
LEAST_MASS_KG, MOST_MASS_KG = 12.0, 150.0
LEAST_HEIGHT_MM, MOST_HEIGHT_MM = 950.0, 2100.0
"""Bodies whose segments and shoe the ratios still describe (engineering estimate)."""
LEAST_SPEED, MOST_SPEED = 0.10, 0.80
"""Dimensionless speed: the norms' slowest and fastest walkers, .09 and .84 (read), rounded in."""
LEAST_STEP, MOST_STEP = 0.30, 1.10
"""Step length over leg length: the norms' extremes are .36 and 1.16 (read; engineering estimate
below, for short paretic steps)."""
LEAST_RANGE_DEG = 0.0
"""Passive dorsiflexion with the knee extended; below, the joint's stop rules the swing
(engineering estimate)."""
STIFFEST = 20.0
"""N·m/deg; beyond every published ankle-foot orthosis (0.6 to 6.6, read) by a factor of three. The
time step is for springs up to it."""
WEAK_CALF = ("0", "1", "2", "3")


def outside(person: Person, pace: Pace, spring: Spring) -> tuple[str, ...]:
    """One sentence for each input beyond the models' range, with its value and the range."""
    return (*_body(person), *_pace(pace), *_examination(person), *_orthosis(spring))


def _orthosis(spring: Spring) -> Iterator[str]:
    if not spring.steepest <= STIFFEST:
        yield (
            f"The orthosis has {spring.steepest:.3g} N·m/deg where it is stiffest; the models hold "
            f"up to {STIFFEST:g}."
        )


def _body(person: Person) -> Iterator[str]:
    age = person.identity.age_years
    if age is not None and age < LEAST_AGE_YEARS:
        yield f"person.age_years is {age:g}; the models hold from {LEAST_AGE_YEARS:g} years."
    if not LEAST_MASS_KG <= person.mass_kg <= MOST_MASS_KG:
        yield (
            f"person.mass_kg is {person.mass_kg:g}; the models hold from {LEAST_MASS_KG:g} to "
            f"{MOST_MASS_KG:g} kg."
        )
    if not LEAST_HEIGHT_MM <= person.height_mm <= MOST_HEIGHT_MM:
        yield (
            f"person.height_mm is {person.height_mm:g}; the models hold from {LEAST_HEIGHT_MM:g} "
            f"to {MOST_HEIGHT_MM:g} mm."
        )


def _pace(pace: Pace) -> Iterator[str]:
    if not LEAST_SPEED <= pace.speed <= MOST_SPEED:
        unit = math.sqrt(GRAVITY * pace.leg_m)
        yield (
            f"The walking speed is {pace.speed_m_per_s:.2f} m/s; for this leg length the models "
            f"hold from {LEAST_SPEED * unit:.2f} to {MOST_SPEED * unit:.2f} m/s."
        )
    if not LEAST_STEP <= pace.step_share <= MOST_STEP:
        yield (
            f"Speed {pace.speed_m_per_s:.2f} m/s and cadence {pace.cadence_per_min:.0f}/min give a "
            f"step of {pace.step_share:.2f} leg lengths; the models hold from {LEAST_STEP:.2f} to "
            f"{MOST_STEP:.2f}."
        )


def _examination(person: Person) -> Iterator[str]:
    seen = person.examination
    if seen.spasticity_mas is not None and seen.spasticity_mas not in TONE_FACTORS:
        yield (
            f"examination.spasticity_mas is {seen.spasticity_mas}; the calf's moment is known for "
            f"grades {', '.join(TONE_FACTORS)}."
        )
    reach = seen.dorsiflexion_range_deg
    if reach is not None and reach < LEAST_RANGE_DEG:
        yield (
            f"examination.dorsiflexion_range_deg is {reach:g}; the models have no stop of the "
            f"joint and hold from {LEAST_RANGE_DEG:g} deg."
        )
    if seen.knee_in_stance in ("recurvatum", "crouch"):
        yield (
            f"examination.knee_in_stance is {seen.knee_in_stance}; the shank moves as in normal "
            "walking here."
        )
    if seen.plantarflexor_mmt in WEAK_CALF:
        yield (
            f"examination.plantarflexor_mmt is {seen.plantarflexor_mmt}; push-off and the shank's "
            "motion are normal here, which asks for grade 4- or more."
        )
    if seen.surgery is not None and "fusion" in seen.surgery.lower():
        yield f"examination.surgery is {seen.surgery}; the models need an ankle that moves."


def remarks(person: Person) -> tuple[str, ...]:
    """What the answer leaves out for this person."""
    seen, said = person.examination, []
    if seen.spasticity_mas is None:
        said.append("Spasticity was not examined: the curves are for a calf of normal tone.")
    elif seen.spasticity_mas != "0":
        said.append(
            "Tone is a stiffer calf here; the catch at speed, and a knee that stays stiff in "
            "swing, are left out."
        )
    if seen.dorsiflexion_range_deg is None:
        said.append("Passive dorsiflexion was not examined: it is taken to reach the curves.")
    if seen.plantarflexor_mmt is None:
        said.append("The plantarflexors were not examined: push-off is taken as normal.")
    if seen.quadriceps_mmt in WEAK_QUADRICEPS:
        said.append(
            f"The quadriceps has grade {seen.quadriceps_mmt}: the knee is taken to hold as in "
            "normal walking, which it may not."
        )
    return tuple(said)
