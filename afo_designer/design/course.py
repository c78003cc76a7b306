"""Course: what cause, course and findings change besides the formula, one rule at a time.

Each rule is a pure function from a person and a `Course` to a changed `Course`, or the same one
where it does not apply. An entry that no rule answers is recorded as changing nothing. The figures
are engineering estimates unless a rule's status says otherwise; a prescriber may override each by
the person file's own entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from afo_designer.design.loadcase import SERVICE_YEARS
from afo_designer.design.person import Person
from afo_designer.design.source import ESTIMATE, READ, RECALLED

NEUTRAL_DEFAULT_DEG = 3.0
"""The neutral angle where range and rules leave it free, dorsiflexion positive."""
TRANSFER_NEUTRAL_DEG = 5.0
"""After a tendon transfer: the top of the usual 0 to 5 deg, so that swing stretches it least."""

LOSS_SHARE = 0.06
"""Share of the normal torque lost in two years of a progressive weakness: dorsiflexion fell by
.3 standard deviations in two years in children with Charcot-Marie-Tooth disease (PMC8294172,
read), a standard deviation being a fifth of the norm."""

REVIEW_WEEKS = 26
"""Weeks to the first follow-up where nothing asks for an earlier one."""
SOON_WEEKS, EARLY_WEEKS, VERY_EARLY_WEEKS = 12, 4, 2
"""Weeks to the first follow-up: a state that changes over months; skin; skin without feeling."""
SHORT_SERVICE_YEARS = 1.0
"""Years of use to design for where the orthosis will be outgrown or outlived by the weakness."""
GROWING_YEARS = 16.0
"""Growth of the foot is taken as going on until this age."""

REDUCED_CONTACT, LEAST_CONTACT = 0.75, 0.50
"""Shares of the usual pressure limits: sensation reduced; absent, ulcer or ischaemia."""
NERVE_MARGIN_MM = 10.0
"""Added to the radius left free round the fibular head where the nerve itself is ill."""

PARIS_POINT_MM, LAST_ALLOWANCE_MM = 20.0 / 3.0, 10.0
"""A European size is the last's length in thirds of 20 mm; the insole is some 10 mm shorter."""


@dataclass(frozen=True, slots=True)
class Course:
    """What the rules leave.

    `loss_share` of the normal torque is taken off what was examined;
    `presume_weak_knee` halves the knee limit where the quadriceps was not examined;
    `contact_share` scales the limits of pressure on the skin; `against` names families and why.
    """

    neutral_default_deg: float = NEUTRAL_DEFAULT_DEG
    loss_share: float = 0.0
    presume_weak_knee: bool = False
    contact_share: float = 1.0
    service_years: float = SERVICE_YEARS
    follow_up_weeks: int = REVIEW_WEEKS
    fibular_margin_mm: float = 0.0
    electrode_free: bool = False
    insole_length_mm: float | None = None
    against: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: for `when` of `entry` (a dotted key) it `changes` something, as `says` says."""

    entry: str
    when: str
    changes: str
    says: str
    source: str
    status: str
    apply: Callable[[Person, Course], Course]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one entry; `changes` is "nothing" where no rule answers it."""

    entry: str
    value: str
    changes: str
    rule: str
    source: str
    status: str


def _sooner(course: Course, weeks: int) -> Course:
    return replace(course, follow_up_weeks=min(course.follow_up_weeks, weeks))


def _shorter(course: Course) -> Course:
    return replace(course, service_years=min(course.service_years, SHORT_SERVICE_YEARS))


def _gentler(course: Course, share: float, weeks: int) -> Course:
    course = replace(course, contact_share=min(course.contact_share, share))
    return _sooner(course, weeks)


def _nerve(person: Person, course: Course) -> Course:
    if person.examination.cause != "peripheral nerve":
        return course
    return replace(course, fibular_margin_mm=NERVE_MARGIN_MM)


def _root(person: Person, course: Course) -> Course:
    seen = person.examination
    if seen.cause != "nerve root" or None not in (seen.invertor_mmt, seen.evertor_mmt):
        return course
    why = "a nerve root weakens invertors or evertors too, and they were not both examined"
    return replace(course, against=(*course.against, ("posterior_leaf_spring", why)))


def _muscle(person: Person, course: Course) -> Course:
    if person.examination.cause != "muscle" or person.examination.quadriceps_mmt is not None:
        return course
    return replace(course, presume_weak_knee=True)


def _central(person: Person, course: Course) -> Course:
    if person.examination.cause != "brain or spinal cord":
        return course
    if person.examination.spasticity_mas is None:
        why = "the cause makes tone likely, and it was not examined"
        course = replace(course, against=(*course.against, ("posterior_leaf_spring", why)))
    return _sooner(course, SOON_WEEKS)


def _recovering(person: Person, course: Course) -> Course:
    if person.examination.course != "recovering":
        return course
    return _shorter(_sooner(course, SOON_WEEKS))


def _progressive(person: Person, course: Course) -> Course:
    if person.examination.course != "progressive":
        return course
    return replace(course, loss_share=LOSS_SHARE)


def _transfer(person: Person, course: Course) -> Course:
    if not tendon_transferred(person):
        return course
    return _sooner(replace(course, neutral_default_deg=TRANSFER_NEUTRAL_DEG), SOON_WEEKS)


def _reduced(person: Person, course: Course) -> Course:
    if person.examination.sensation != "reduced":
        return course
    return _gentler(course, REDUCED_CONTACT, EARLY_WEEKS)


def _absent(person: Person, course: Course) -> Course:
    if person.examination.sensation != "absent":
        return course
    return _gentler(course, LEAST_CONTACT, VERY_EARLY_WEEKS)


def _ulcer(person: Person, course: Course) -> Course:
    if person.examination.skin != "ulcer":
        return course
    return _gentler(course, LEAST_CONTACT, VERY_EARLY_WEEKS)


def _ischaemia(person: Person, course: Course) -> Course:
    if not person.examination.ischaemia:
        return course
    return _gentler(course, LEAST_CONTACT, VERY_EARLY_WEEKS)


def _oedema(person: Person, course: Course) -> Course:
    if person.examination.oedema not in ("stable", "fluctuating"):
        return course
    return _sooner(course, EARLY_WEEKS)


def _tone(person: Person, course: Course) -> Course:
    if person.examination.spasticity_mas in (None, "0"):
        return course
    return _sooner(course, SOON_WEEKS)


def _stimulator(person: Person, course: Course) -> Course:
    if not person.examination.peroneal_stimulator:
        return course
    return replace(course, electrode_free=True)


def _stretching(person: Person, course: Course) -> Course:
    if not person.examination.stretching_programme:
        return course
    return _sooner(course, SOON_WEEKS)


def _growing(person: Person, course: Course) -> Course:
    age = person.identity.age_years
    if not (person.is_child if age is None else age < GROWING_YEARS):
        return course
    return _shorter(_sooner(course, SOON_WEEKS))


def _insole(person: Person, course: Course) -> Course:
    given = person.footwear.insole_length_mm
    return course if given is None else replace(course, insole_length_mm=given)


def _shoe_size(person: Person, course: Course) -> Course:
    size = person.footwear.shoe_size_eu
    if size is None or person.footwear.insole_length_mm is not None:
        return course
    return replace(course, insole_length_mm=size * PARIS_POINT_MM - LAST_ALLOWANCE_MM)


def operated(person: Person) -> bool:
    """Whether an operation is named."""
    return (person.examination.surgery or "none").strip().lower() not in ("none", "no")


def ankle_fused(person: Person) -> bool:
    """Whether the operation named is a fusion of the ankle joint itself."""
    said = (person.examination.surgery or "").lower()
    fused = any(word in said for word in ("fusion", "fused", "arthrodesis"))
    return fused and any(word in said for word in ("ankle", "tibio", "pantalar"))


def tendon_transferred(person: Person) -> bool:
    """Whether the operation named is a tendon transfer."""
    said = (person.examination.surgery or "").lower()
    return "transfer" in said


RULES: tuple[Rule, ...] = (
    Rule(
        "examination.cause",
        "peripheral nerve",
        "free zone",
        f"{NERVE_MARGIN_MM:g} mm more is left free round the fibular head, where the nerve lies",
        "course of the common peroneal nerve (PMC11820167, read); the figure is ours",
        ESTIMATE,
        _nerve,
    ),
    Rule(
        "examination.cause",
        "nerve root",
        "family",
        "no leaf before invertors and evertors are examined: L5 supplies the tibialis posterior",
        "anatomy of the L5 root",
        RECALLED,
        _root,
    ),
    Rule(
        "examination.cause",
        "muscle",
        "knee limit",
        "halved until the quadriceps is examined: myopathies that drop the foot often weaken it",
        "clinical pattern of facioscapulohumeral, distal and myotonic disease",
        RECALLED,
        _muscle,
    ),
    Rule(
        "examination.cause",
        "brain or spinal cord",
        "family, follow-up",
        f"no leaf before tone is examined; first review within {SOON_WEEKS} weeks, since tone and "
        "strength change for months after a lesion",
        "clinical course after stroke",
        RECALLED,
        _central,
    ),
    Rule(
        "examination.course",
        "recovering",
        "fatigue life, follow-up",
        f"designed for {SHORT_SERVICE_YEARS:g} year; first review within {SOON_WEEKS} weeks: a "
        "peroneal palsy without improvement by then is one to refer, and grade 3 came back best "
        "where the nerve was operated on within 9.5 months; the stiffness falls with each review",
        "Pang et al. 2024, BMC Surg 24:64 (abstract: 9.5 months); chicagoanklesurgery.com (read: 3 "
        "months without improvement); the figures used are ours",
        ESTIMATE,
        _recovering,
    ),
    Rule(
        "examination.course",
        "progressive",
        "stiffness margin",
        f"the stiffness is for {100 * LOSS_SHARE:g} % of the normal torque less than was examined, "
        "the loss expected over two years",
        "PMC8294172 (abstract): dorsiflexion −.3 SD in two years in Charcot-Marie-Tooth disease",
        ESTIMATE,
        _progressive,
    ),
    Rule(
        "examination.surgery",
        "tendon transfer",
        "neutral angle, follow-up",
        f"neutral angle {TRANSFER_NEUTRAL_DEG:g} deg where the range allows it, so that the "
        f"transfer is not stretched; first review within {SOON_WEEKS} weeks. A transfer gives "
        "about a third of the normal torque: grade it by dynamometer",
        "tibialis posterior transfer, n = 17: 33 % of normal (PubMed 28552040, abstract); the "
        "angle is ours",
        ESTIMATE,
        _transfer,
    ),
    Rule(
        "examination.sensation",
        "reduced",
        "contact limits, follow-up",
        f"pressure limits × {REDUCED_CONTACT:g}; first review within {EARLY_WEEKS} weeks",
        "no published limit for the leg found",
        ESTIMATE,
        _reduced,
    ),
    Rule(
        "examination.sensation",
        "absent",
        "contact limits, follow-up",
        f"a hard stop; where it is lifted, pressure limits × {LEAST_CONTACT:g} and first review "
        f"within {VERY_EARLY_WEEKS} weeks",
        "no published limit for the leg found",
        ESTIMATE,
        _absent,
    ),
    Rule(
        "examination.skin",
        "ulcer",
        "contact limits, follow-up",
        f"a hard stop; where it is lifted, pressure limits × {LEAST_CONTACT:g} and first review "
        f"within {VERY_EARLY_WEEKS} weeks",
        "no published limit for the leg found",
        ESTIMATE,
        _ulcer,
    ),
    Rule(
        "examination.ischaemia",
        "true",
        "contact limits, follow-up",
        f"a hard stop; where it is lifted, pressure limits × {LEAST_CONTACT:g} and first review "
        f"within {VERY_EARLY_WEEKS} weeks",
        "no published limit for the leg found",
        ESTIMATE,
        _ischaemia,
    ),
    Rule(
        "examination.oedema",
        "stable or fluctuating",
        "follow-up",
        f"first review within {EARLY_WEEKS} weeks, girths compared with the scan's; fluctuating "
        "is a hard stop",
        "clinical practice",
        RECALLED,
        _oedema,
    ),
    Rule(
        "examination.spasticity_mas",
        "1 to 4",
        "follow-up",
        f"first review within {SOON_WEEKS} weeks; the formula's tone factor and the families "
        "change beside it, 3 and 4 are hard stops",
        "Chung 2004 for grade 2's factor; the interval is ours",
        ESTIMATE,
        _tone,
    ),
    Rule(
        "examination.peroneal_stimulator",
        "true",
        "free zone",
        "the electrode's window below the fibular head is left free",
        "the stimulator needs its electrode on the nerve",
        RECALLED,
        _stimulator,
    ),
    Rule(
        "examination.stretching_programme",
        "true",
        "follow-up",
        f"first review within {SOON_WEEKS} weeks, to measure the range again; the neutral angle "
        "is not raised beforehand, because trials of stretching disagree",
        "Behrić and Šćepanović 2013, Fizioterapija 21: 10 of 18 trials without effect (abstract)",
        READ,
        _stretching,
    ),
    Rule(
        "person.age_years",
        f"under {GROWING_YEARS:g}",
        "fatigue life, follow-up",
        f"designed for {SHORT_SERVICE_YEARS:g} year; first review within {SOON_WEEKS} weeks: the "
        "foot outgrows it",
        "growth of children's feet",
        RECALLED,
        _growing,
    ),
    Rule(
        "footwear.insole_length_mm",
        "given",
        "footplate length",
        "the footplate ends 3 mm inside the insole",
        "workshop practice",
        RECALLED,
        _insole,
    ),
    Rule(
        "footwear.shoe_size_eu",
        "given without an insole length",
        "footplate length",
        f"the insole is taken as the size × {PARIS_POINT_MM:.3g} mm less {LAST_ALLOWANCE_MM:g} mm",
        "the Paris point; the allowance is ours",
        ESTIMATE,
        _shoe_size,
    ),
)
"""In the order in which they are applied; any order gives the same course but for `against`'s."""

ELSEWHERE: dict[str, str] = {
    "examination.plantarflexor_mmt": "grade 3 or less is a hard stop",
    "examination.invertor_mmt": "grade 2 or less rules out the leaf",
    "examination.evertor_mmt": "grade 2 or less rules out the leaf",
    "examination.quadriceps_mmt": "grade 3 or less halves the knee limit",
    "examination.dorsiflexion_range_deg": "the neutral angle stays 3 deg below it",
    "examination.dorsiflexion_range_knee_flexed_deg": "narrows the calf slack of the interval",
    "examination.calf_moment_at_10_deg_nm": "replaces the calf's moment and tone factor",
    "examination.knee_in_stance": "crouch is a hard stop, recurvatum rules out the leaf",
    "examination.hindfoot": "fixed is a hard stop, varus or valgus rules out the leaf",
    "examination.activity_steps_per_day": "cycles of the fatigue check",
    "footwear.heel_height_difference_mm": "heel pitch and shank angle in the shoe",
    "footwear.shoe_mass_g": "adds its moment in swing",
    "footwear.insole_width_mm": "the worn orthosis is compared with it",
}
"""Entries that act in the formula, the limits, the stops or the families."""


def course_of(person: Person) -> Course:
    """The course that all rules leave."""
    course = Course()
    for rule in RULES:
        course = rule.apply(person, course)
    return course


def applied(person: Person) -> tuple[Applied, ...]:
    """What became of each entry of the rules.

    Every rule that applies, and for an entry that none answers one line that says so.
    """
    found: list[Applied] = []
    fresh = Course()
    for entry in dict.fromkeys(rule.entry for rule in RULES):
        value = _value(person, entry)
        of = [rule for rule in RULES if rule.entry == entry]
        # A rule is asked alone, so that two that end in the same figure are both shown.
        hits = [rule for rule in of if rule.apply(person, fresh) != fresh]
        found += [
            Applied(entry, value, rule.changes, rule.says, rule.source, rule.status)
            for rule in hits
        ]
        if not hits:
            found.append(_without_rule(person, entry, value))
    return tuple(found)


def _without_rule(person: Person, entry: str, value: str) -> Applied:
    if entry not in person.given:
        says = "not given: nothing is assumed from it"
    elif entry == "examination.surgery" and ankle_fused(person):
        says = "no rule: a hard stop"
        return Applied(entry, value, "hard stop", says, "clinical form", ESTIMATE)
    elif entry == "examination.surgery" and operated(person):
        says = "not used: no rule for this operation; strength and range are as examined"
    else:
        says = "not used: the defaults stand"
    return Applied(entry, value, "nothing", says, "", ESTIMATE)


def _value(person: Person, entry: str) -> str:
    section, key = entry.split(".")
    value = getattr({"person": person.identity}.get(section) or getattr(person, section), key)
    if value is None:
        return "not examined" if section == "examination" else "not given"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
