"""Contradictions: findings that cannot both be so, each named with both values.

What cannot be one person's is refused while the file is read (`person`); what an examiner may have
meant is said here and left to the prescriber.
"""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.course import PARIS_POINT_MM, ankle_fused
from afo_designer.design.demand import CALF_ANGLE_DEG
from afo_designer.design.person import READING_DEG, Person

STRONG_SHARE = 1.5
"""A torque above this share of the norm is seldom a person's with foot drop."""
FUSED_RANGE_DEG = 5.0
"""More passive dorsiflexion than this does not go with a fused ankle."""
SHOE_ROOM_MM = 25.0
"""A European size's last and the insole seldom differ by more than this."""


def contradictions(person: Person) -> Iterator[str]:
    """Sentences on findings that cannot both be so, in the file's order."""
    yield from _cause(person)
    yield from _strength(person)
    yield from _ankle(person)
    yield from _walking(person)
    yield from _shoe(person)


def _cause(person: Person) -> Iterator[str]:
    seen = person.examination
    lower = seen.cause in ("peripheral nerve", "nerve root", "muscle")
    if lower and seen.spasticity_mas not in (None, "0"):
        yield (
            f"Spasticity grade {seen.spasticity_mas} does not come from a {seen.cause}: check "
            "cause and tone."
        )
    if lower and seen.peroneal_stimulator:
        yield (
            f'cause = "{seen.cause}" and peroneal_stimulator = true: a stimulator needs a nerve '
            "that conducts and a muscle that answers; check both."
        )


def _strength(person: Person) -> Iterator[str]:
    seen, strength = person.examination, person.strength
    if strength.reading_nm is not None and strength.share > STRONG_SHARE:
        normal = strength.norm.at(strength.test_angle_deg)
        yield (
            f"The dorsiflexion torque of {strength.reading_nm:g} N·m is {strength.share:.1f} times "
            f"the {normal:.1f} N·m normal for this size: check the reading."
        )
    reach, tested = seen.dorsiflexion_range_deg, seen.dorsiflexion_test_angle_deg
    if reach is not None and tested is not None and tested > reach + READING_DEG:
        yield (
            f"The strength was tested at {tested:g} deg, but passive dorsiflexion ends at "
            f"{reach:g} deg with the knee extended: check both."
        )


def _ankle(person: Person) -> Iterator[str]:
    seen = person.examination
    reach = seen.dorsiflexion_range_deg
    if ankle_fused(person) and reach is not None and reach > FUSED_RANGE_DEG:
        yield (
            f'surgery = "{seen.surgery}" and passive dorsiflexion of {reach:g} deg: a fused ankle '
            "does not move; check both."
        )
    if (
        seen.calf_moment_at_10_deg_nm is not None
        and reach is not None
        and reach < CALF_ANGLE_DEG - READING_DEG
    ):
        yield (
            f"The calf's moment was read at {CALF_ANGLE_DEG:g} deg "
            f"({seen.calf_moment_at_10_deg_nm:g} N·m), but passive dorsiflexion ends at "
            f"{reach:g} deg: check both."
        )
    if seen.hindfoot == "neutral" and seen.deformity_correctable is False:
        yield (
            'hindfoot = "neutral" and deformity_correctable = false: a neutral hindfoot has '
            "nothing to correct; check both."
        )


def _walking(person: Person) -> Iterator[str]:
    seen = person.examination
    stationary = seen.walking_speed_m_per_s == 0.0 or seen.cadence_per_min == 0.0
    given = "examination.activity_steps_per_day" in person.given
    if stationary and given and seen.activity_steps_per_day > 0.0:
        yield (
            "The walking speed or cadence is 0, but activity_steps_per_day is "
            f"{seen.activity_steps_per_day:g}: check both."
        )


def _shoe(person: Person) -> Iterator[str]:
    size, insole = person.footwear.shoe_size_eu, person.footwear.insole_length_mm
    if size is None or insole is None:
        return
    last = size * PARIS_POINT_MM
    if abs(last - insole) > SHOE_ROOM_MM:
        yield (
            f"Shoe size {size:g} is a last of {last:.0f} mm, but the insole is {insole:g} mm: "
            "check both."
        )
