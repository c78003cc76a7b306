"""The person file: who is treated, what was examined, the footwear, the prescriber's own choices.

Sections and keys are the file's own. An absent safety-relevant key is "not examined": None here,
listed in `Person.not_examined`, never taken as normal. Every default that was used is listed in
`Person.defaults_used`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from afo_designer.design.entry import (
    EntryRefused,
    defaults,
    entries,
    flag,
    nearest,
    number,
    read_group,
    shown,
    text,
    word,
    words,
)
from afo_designer.design.strength import ADULT_AGE_YEARS, GRADES, Norm, Strength, norm, strength

SWING, LOADING = "swing clearance", "loading control"
GOALS = (SWING, LOADING)
_MRC = tuple(GRADES)


FOOT_SHARE = 0.152
"""Foot length over height, children and adults (recalled)."""
CHILD_HEIGHT_MM = 1400.0
"""Without an age, someone shorter counts as a child: a ten-year-old's height (recalled)."""
READING_DEG = 5.0
"""Two readings of an angle by goniometer differ by this much without meaning it (recalled)."""


class PersonRefused(EntryRefused):
    """A person file that cannot be used: unknown, missing or contradictory entries."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Section `person`."""

    id: str | None = text("a pseudonym", longest=64)
    age_years: float | None = number("years", 1.0, 110.0, "age")
    sex: str | None = word(("female", "male"), "sex, for the normal strength")
    height_mm: float = number("mm", 600.0, 2300.0, "standing height", required=True)
    mass_kg: float = number("kg", 5.0, 300.0, "body mass", required=True)
    side: str = word(("left", "right"), "the side of the orthosis", required=True)


@dataclass(frozen=True, slots=True)
class Examination:
    """Section `examination`; grades are MRC (muscle) and modified Ashworth (tone)."""

    cause: str | None = word(
        ("peripheral nerve", "nerve root", "muscle", "brain or spinal cord"),
        "cause of the weakness",
        safety=True,
    )
    course: str | None = word(
        ("permanent", "recovering", "progressive"), "course of the weakness", safety=True
    )
    surgery: str | None = text(
        '"none", "ankle fusion", "tendon transfer" or another operation', safety=True
    )
    dorsiflexor_mmt: str | None = word(_MRC, "dorsiflexor grade")
    dorsiflexion_torque_nm: float | None = number("N·m", 0.0, 100.0, "dynamometer torque")
    dorsiflexion_force_n: float | None = number("N", 0.0, 800.0, "hand-held dynamometer force")
    dorsiflexion_lever_mm: float | None = number(
        "mm", 20.0, 250.0, "lateral malleolus to pad centre, measured"
    )
    dorsiflexion_test_angle_deg: float | None = number(
        "deg", -50.0, 30.0, "ankle angle of the strength test"
    )
    plantarflexor_mmt: str | None = word(_MRC, "plantarflexor grade", safety=True)
    invertor_mmt: str | None = word(_MRC, "invertor grade", safety=True)
    evertor_mmt: str | None = word(_MRC, "evertor grade", safety=True)
    quadriceps_mmt: str | None = word(_MRC, "quadriceps grade", safety=True)
    spasticity_mas: str | None = word(
        ("0", "1", "1+", "2", "3", "4"), "calf tone, modified Ashworth", safety=True
    )
    dorsiflexion_range_deg: float | None = number(
        "deg", -60.0, 50.0, "passive dorsiflexion, knee extended", safety=True
    )
    dorsiflexion_range_knee_flexed_deg: float | None = number(
        "deg", -60.0, 60.0, "passive dorsiflexion, knee flexed"
    )
    calf_moment_at_10_deg_nm: float | None = number(
        "N·m", 0.0, 60.0, "passive calf moment at 10 deg dorsiflexion, knee extended"
    )
    knee_in_stance: str | None = word(
        ("normal", "recurvatum", "crouch"), "knee in stance", safety=True
    )
    hindfoot: str | None = word(("neutral", "varus", "valgus"), "hindfoot under load", safety=True)
    deformity_correctable: bool | None = flag(
        "whether a hindfoot deformity corrects by hand", safety=True
    )
    sensation: str | None = word(("normal", "reduced", "absent"), "sensation", safety=True)
    skin: str | None = word(("intact", "ulcer"), "skin", safety=True)
    ischaemia: bool | None = flag("arterial disease of the foot", safety=True)
    oedema: str | None = word(("none", "stable", "fluctuating"), "swelling", safety=True)
    activity_steps_per_day: float = number(
        "steps/day", 0.0, 40000.0, "both feet together", default=6000.0
    )
    walking_speed_m_per_s: float | None = number("m/s", 0.0, 3.0, "comfortable speed")
    cadence_per_min: float | None = number("1/min", 0.0, 220.0, "steps per minute")
    peroneal_stimulator: bool = flag(
        "keep the electrode window at the fibular head free", default=False
    )
    stretching_programme: bool | None = flag("a programme of calf stretching is under way")


@dataclass(frozen=True, slots=True)
class Footwear:
    """Section `footwear`."""

    heel_height_difference_mm: float = number(
        "mm", -10.0, 60.0, "heel above ball inside the shoe", default=10.0
    )
    shoe_mass_g: float | None = number("g", 20.0, 3000.0, "mass of one shoe")
    shoe_size_eu: float | None = number("EU", 15.0, 55.0, "shoe size")
    insole_length_mm: float | None = number("mm", 90.0, 360.0, "insole length")
    insole_width_mm: float | None = number("mm", 30.0, 150.0, "insole width at the ball")


@dataclass(frozen=True, slots=True)
class Tape:
    """Section `tape_mm`: hand measures, compared with the scan's."""

    foot_length: float | None = number("mm", 80.0, 350.0, "heel to longest toe")
    ankle_girth: float | None = number("mm", 90.0, 450.0, "smallest girth above the malleoli")
    calf_girth: float | None = number("mm", 110.0, 700.0, "largest girth of the calf")


@dataclass(frozen=True, slots=True)
class Choices:
    """Section `prescription`: the prescriber's own choices, which win over the computed ones."""

    goals: tuple[str, ...] = words(GOALS, "what the orthosis is for", default=GOALS)
    stiffness_nm_per_deg: float | None = number("N·m/deg", 0.05, 10.0, "rotational stiffness")
    neutral_angle_deg: float | None = number("deg", -20.0, 10.0, "ankle angle without moment")
    prescriber: str | None = text("who prescribes")


SECTIONS: dict[str, type[Any]] = {
    "person": Identity,
    "examination": Examination,
    "footwear": Footwear,
    "tape_mm": Tape,
    "prescription": Choices,
}


@dataclass(frozen=True, slots=True)
class Person:
    """A checked person file.

    `given`: the dotted keys that the file holds. `remarks`: sentences on entries that are possible
    but unlikely together.
    """

    identity: Identity
    examination: Examination
    footwear: Footwear
    tape_mm: Tape
    choices: Choices
    given: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def side(self) -> str:
        return self.identity.side

    @property
    def mass_kg(self) -> float:
        return self.identity.mass_kg

    @property
    def height_mm(self) -> float:
        return self.identity.height_mm

    @property
    def is_child(self) -> bool:
        """Under 18 years; without an age, below a ten-year-old's height."""
        age = self.identity.age_years
        return self.height_mm < CHILD_HEIGHT_MM if age is None else age < ADULT_AGE_YEARS

    @property
    def norm(self) -> Norm:
        """The normal dorsiflexion torque for this person."""
        return norm(self.mass_kg, self.height_mm, self.identity.age_years, self.identity.sex)

    @property
    def strength(self) -> Strength:
        """The weakness by the best reading given; reading the file compared them."""
        seen = self.examination
        return strength(
            self.norm,
            grade=seen.dorsiflexor_mmt,
            torque_nm=seen.dorsiflexion_torque_nm,
            force_n=seen.dorsiflexion_force_n,
            lever_mm=seen.dorsiflexion_lever_mm,
            test_angle_deg=seen.dorsiflexion_test_angle_deg or 0.0,
        )

    @property
    def foot_length_mm(self) -> float:
        """Foot length by tape, else the usual share of the height."""
        return self.tape_mm.foot_length or FOOT_SHARE * self.height_mm

    @property
    def not_examined(self) -> tuple[str, ...]:
        """The safety-relevant keys that the file leaves out, dotted, in the file's order."""
        absent = [
            key
            for key, entry, _ in _catalogue()
            if entry.safety and key not in self.given and key != _CORRECTABLE
        ]
        if self.examination.hindfoot in ("varus", "valgus") and _CORRECTABLE not in self.given:
            absent.append(_CORRECTABLE)
        return tuple(absent)

    @property
    def defaults_used(self) -> dict[str, object]:
        """Every default that stands in for an absent key, by dotted key."""
        used = {
            key: default
            for key, _, default in _catalogue()
            if default is not None and key not in self.given
        }
        if self.strength.measured and _TEST_ANGLE not in self.given:
            used[_TEST_ANGLE] = 0.0
        if "tape_mm.foot_length" not in self.given:
            used["tape_mm.foot_length"] = self.foot_length_mm
        return used


_CORRECTABLE = "examination.deformity_correctable"
_TEST_ANGLE = "examination.dorsiflexion_test_angle_deg"


@cache
def _catalogue() -> tuple[tuple[str, Any, Any], ...]:
    """(dotted key, entry, default) of the whole file in its order."""
    return tuple(
        (f"{section}.{key}", entry, defaults(group)[key])
        for section, group in SECTIONS.items()
        for key, entry in entries(group).items()
    )


def person_from_mapping(mapping: Mapping[str, object]) -> Person:
    """A person from a parsed person file ({section: {key: value}}).

    Raises `PersonRefused`, `EntryRefused` or `strength.WeaknessRefused` with the key, the value met
    and what is allowed: unknown keys (naming the nearest), wrong types, values out of range,
    missing required keys, a mass and a height that cannot be one person's, weakness readings that
    contradict each other.
    """
    tables = _tables(mapping)
    groups = {name: read_group(group, name, tables[name]) for name, group in SECTIONS.items()}
    given = tuple(
        key for key, _, _ in _catalogue() if key.split(".")[1] in tables[key.split(".")[0]]
    )
    missing = [key for key, entry, _ in _catalogue() if entry.required and key not in given]
    if missing:
        raise PersonRefused(_missing(missing))
    person = Person(
        identity=groups["person"],
        examination=groups["examination"],
        footwear=groups["footwear"],
        tape_mm=groups["tape_mm"],
        choices=groups["prescription"],
        given=given,
        remarks=(),
    )
    _refuse_impossible_build(person)
    _refuse_impossible_stride(person)
    _ = person.strength  # compares the readings of the weakness
    return dataclasses.replace(person, remarks=tuple(_remarks(person)))


def person_record(person: Person) -> dict[str, Any]:
    """The person as the record shows it: what the file gave by section, and `defaults_used`.

    `person_from_record` gives the same person back.
    """
    record: dict[str, Any] = {}
    for name, group in zip(SECTIONS, _groups(person), strict=True):
        values = {
            key: getattr(group, key)
            for key in entries(type(group))
            if f"{name}.{key}" in person.given
        }
        record[name] = {
            key: list(value) if isinstance(value, tuple) else value for key, value in values.items()
        }
    record["defaults_used"] = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in person.defaults_used.items()
    }
    return record


def person_from_record(record: Mapping[str, Any]) -> Person:
    """The person of a record's `person` section."""
    return person_from_mapping(
        {name: value for name, value in record.items() if name != "defaults_used"}
    )


def _groups(person: Person) -> tuple[Any, ...]:
    return (
        person.identity,
        person.examination,
        person.footwear,
        person.tape_mm,
        person.choices,
    )


def _tables(mapping: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Every section as a table, absent ones empty; unknown sections and keys refused."""
    known = [key for key, _, _ in _catalogue()]
    tables: dict[str, Mapping[str, object]] = {name: {} for name in SECTIONS}
    for name, table in mapping.items():
        if name not in SECTIONS:
            near = nearest(str(name), [*known, *SECTIONS])
            raise PersonRefused(
                f"The person file has no section or key {shown(name)}. Did you mean {near}? "
                f"The sections are {', '.join(SECTIONS)}."
            )
        if not isinstance(table, Mapping):
            raise PersonRefused(
                f"{name} is {shown(table)}; it is a section of the person file: write [{name}]."
            )
        for key in table:
            if f"{name}.{key}" not in known:
                near = nearest(f"{name}.{key}", known)
                raise PersonRefused(
                    f"The person file has no key {shown(f'{name}.{key}')}. Did you mean {near}?"
                )
        tables[name] = cast(Mapping[str, object], table)
    return tables


def _missing(missing: list[str]) -> str:
    allowed = []
    for key, entry, _ in _catalogue():
        if key in missing and entry.kind == "number":
            allowed.append(f"{key} ({entry.low:g} to {entry.high:g} {entry.unit})")
        elif key in missing:
            allowed.append(f"{key} ({' or '.join(entry.choices)})")
    verb = "is" if len(allowed) == 1 else "are"
    return f"The person file lacks {', '.join(allowed)}, which {verb} required."


LEAST_BMI, MOST_BMI = 10.0, 80.0
"""kg/m²; outside it mass and height are not one person's (engineering estimate, wide)."""
USUAL_BMI = (13.0, 50.0)
"""kg/m²; outside it both are worth a second look (engineering estimate)."""
USUAL_LEVER = (0.25, 0.60)
"""Dynamometer lever over foot length; .31 to .50 on 68 synthetic legs (5 to 95 %)."""
USUAL_FOOT = (0.125, 0.185)
"""Foot length over height (engineering estimate about .152)."""
MOST_STRIDE, USUAL_STRIDE = 1.5, (0.20, 1.15)
"""Stride length over height: impossible above, unusual outside (healthy walking about .8)."""
INFANT_MM, GROWTH_MM, GROWN_MM, GROWTH_SPREAD = 750.0, 65.0, 1650.0, 0.25
"""Height at one year, gain a year, grown height; heights within a quarter are not remarked on."""
STEPS_A_STRIDE_MINUTE = 120.0
"""Two steps a stride, sixty seconds a minute."""


def body_mass_index(person: Person) -> float:
    """Mass over height squared, kg/m²."""
    return person.mass_kg / (person.height_mm / 1000.0) ** 2


def stride_mm(person: Person) -> float | None:
    """Stride length by speed and cadence (mm); infinite for speed without steps; None unknown."""
    speed, cadence = person.examination.walking_speed_m_per_s, person.examination.cadence_per_min
    if speed is None or cadence is None:
        return None
    if cadence == 0.0:
        return 0.0 if speed == 0.0 else math.inf
    return 1000.0 * STEPS_A_STRIDE_MINUTE * speed / cadence


def _pace(person: Person) -> str:
    seen = person.examination
    return (
        f"examination.walking_speed_m_per_s {seen.walking_speed_m_per_s:g} and cadence_per_min "
        f"{seen.cadence_per_min:g}"
    )


def _refuse_impossible_stride(person: Person) -> None:
    stride = stride_mm(person)
    if stride is None or stride <= MOST_STRIDE * person.height_mm:
        return
    raise PersonRefused(
        f"{_pace(person)} (steps of both feet) make a stride of {stride / 1000.0:.1f} m; with a "
        f"height of {person.height_mm:g} mm it may be {MOST_STRIDE * person.height_mm / 1000.0:.1f}"
        " m. Correct one, or leave one out."
    )


def _stride_remarks(person: Person) -> list[str]:
    stride = stride_mm(person)
    if stride is None or USUAL_STRIDE[0] <= stride / person.height_mm <= USUAL_STRIDE[1]:
        return []
    return [f"{_pace(person)} make a stride of {stride / 1000.0:.2f} m: check both."]


def _refuse_impossible_build(person: Person) -> None:
    index = body_mass_index(person)
    if LEAST_BMI <= index <= MOST_BMI:
        return
    guess = (
        "a child's mass with an adult's height?"
        if index < LEAST_BMI
        else "an adult's mass with a child's height?"
    )
    raise PersonRefused(
        f"person.mass_kg {person.mass_kg:g} and person.height_mm {person.height_mm:g} give a "
        f"body-mass index of {index:.1f}; it may be {LEAST_BMI:g} to {MOST_BMI:g}: {guess}"
    )


def _remarks(person: Person) -> list[str]:
    """Sentences on unlikely combinations; the limits are engineering estimates, wide on purpose."""
    said = []
    index = body_mass_index(person)
    if not USUAL_BMI[0] <= index <= USUAL_BMI[1]:
        said.append(
            f"Mass {person.mass_kg:g} kg and height {person.height_mm:g} mm give a body-mass index "
            f"of {index:.1f}: check both."
        )
    said += _height_remarks(person)
    seen = person.examination
    straight, bent = seen.dorsiflexion_range_deg, seen.dorsiflexion_range_knee_flexed_deg
    if straight is not None and bent is not None and bent < straight - READING_DEG:
        said.append(
            f"Passive dorsiflexion is {bent:g} deg with the knee flexed and {straight:g} deg with "
            "it extended; flexing the knee slackens the calf: check both."
        )
    lever = seen.dorsiflexion_lever_mm
    least, most = USUAL_LEVER
    if lever is not None and not least <= lever / person.foot_length_mm <= most:
        said.append(
            f"The dynamometer lever of {lever:g} mm is {lever / person.foot_length_mm:.2f} foot "
            "lengths; .31 to .50 is usual: check it."
        )
    return [*said, *_foot_remarks(person), *_stride_remarks(person)]


def _foot_remarks(person: Person) -> list[str]:
    said = []
    tape = person.tape_mm
    insole, foot = person.footwear.insole_length_mm, tape.foot_length
    if foot is not None and not USUAL_FOOT[0] <= foot / person.height_mm <= USUAL_FOOT[1]:
        said.append(
            f"The foot of {foot:g} mm is {foot / person.height_mm:.3f} of the height of "
            f"{person.height_mm:g} mm; about {FOOT_SHARE:g} is usual: check both."
        )
    if tape.ankle_girth and tape.calf_girth and tape.ankle_girth > tape.calf_girth:
        said.append(
            f"The ankle's girth ({tape.ankle_girth:g} mm) is larger than the calf's "
            f"({tape.calf_girth:g} mm): check both."
        )
    if insole is not None and foot is not None and insole < foot:
        said.append(f"The insole ({insole:g} mm) is shorter than the foot ({foot:g} mm).")
    return said


def _height_remarks(person: Person) -> list[str]:
    age, height = person.identity.age_years, person.height_mm
    if age is None:
        return []
    usual = min(GROWN_MM, INFANT_MM + GROWTH_MM * (age - 1.0))
    if abs(height - usual) <= GROWTH_SPREAD * usual or (age >= ADULT_AGE_YEARS and height > usual):
        return []
    return [f"Age {age:g} years and height {height:g} mm seldom go together: check both."]
