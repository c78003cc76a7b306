"""Family: which orthosis suits, which is recommended and why, and which are ruled out.

The classification follows Eddison, Healy, Buchanan and Chockalingam 2022 (The Foot 53:101924), who
sort bespoke thermoplastic ankle-foot orthoses by design and function; its abstract was read (kappa
.93 between observers), its list of classes was not: the class names below are recalled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from afo_designer.design.course import Course, ankle_fused
from afo_designer.design.limits import Limit, Verdict
from afo_designer.design.person import Person

LEAF, SEMI_SOLID, SOLID = "posterior_leaf_spring", "semi_solid", "solid"
HINGED, GROUND_REACTION, SUPRAMALLEOLAR = "hinged", "ground_reaction", "supramalleolar"

WEAK = ("0", "1", "2", "3")
"""MRC grades that cannot hold a joint against load."""
UNSTABLE = ("0", "1", "2")
"""Grades of invertors or evertors that leave the hindfoot to the orthosis."""
TONED = ("2", "3", "4")
"""Grades of tone that no leaf and no semi-solid holds."""
REFERENCE_KG = 70.0
"""Body mass at which the families' stiffness is given."""
HINGE_RANGE_DEG = 5.0
"""Least passive dorsiflexion with which a free hinge is worth having."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of orthoses, its stiffness at 70 kg (N·m/deg), and whether this program makes it.

    `kind` is what a template calls it in `family`, its name where that is empty: a template of
    another name is advised on like its kind.
    """

    name: str
    title: str
    classification: str
    indication: str
    low: float
    high: float
    made: bool = False
    kind: str = ""

    def span(self, mass_kg: float) -> tuple[float, float]:
        """Low and high for a person: what is asked for scales with the mass, and so do walls."""
        return self.low * mass_kg / REFERENCE_KG, self.high * mass_kg / REFERENCE_KG

    def beyond(self, stiffness: float, mass_kg: float) -> float:
        """How far a stiffness lies outside the family's (N·m/deg); 0 inside."""
        low, high = self.span(mass_kg)
        return max(0.0, low - stiffness, stiffness - high)


FAMILIES: tuple[Family, ...] = (
    Family(
        LEAF,
        "Posterior leaf spring",
        "AFO, flexible: posterior leaf spring (trim well behind the malleoli)",
        "flaccid to mildly toned foot drop, stable hindfoot",
        0.1,
        1.6,
        made=True,
        kind="leaf",
    ),
    Family(
        SEMI_SOLID,
        "Semi-solid ankle-foot orthosis",
        "AFO, semi-rigid: trim through the malleolar apices",
        "mild tone, or a hindfoot that needs guidance",
        0.6,
        2.0,
        made=True,
    ),
    Family(
        HINGED,
        "Hinged ankle-foot orthosis with plantarflexion stop",
        "AFO, hinged: plantarflexion stop, free dorsiflexion",
        "foot drop where the second rocker must stay free",
        0.6,
        6.0,
        made=True,
    ),
    Family(
        SOLID,
        "Solid ankle-foot orthosis",
        "AFO, rigid: trim in front of the malleoli",
        "tone or instability that nothing softer holds",
        2.0,
        6.0,
        made=True,
    ),
    Family(
        GROUND_REACTION,
        "Ground-reaction ankle-foot orthosis",
        "AFO, ground reaction: anterior shell",
        "calf weakness or crouch",
        2.0,
        6.0,
        made=True,
    ),
    Family(
        SUPRAMALLEOLAR,
        "Supramalleolar orthosis",
        "Foot orthosis, supramalleolar: trim above the malleoli, frontal plane only",
        "frontal plane of the hindfoot",
        0.0,
        0.0,
        made=True,
    ),
)
"""From the least restrictive on. Stiffness: leaf, PA12 trials of this program (.37 to 1.6 with 36
mm width); the others polypropylene by workshop memory (recalled, low confidence)."""


@dataclass(frozen=True, slots=True)
class FamilyAdvice:
    """Whether a family of devices suits the examination; `reasons` against it otherwise."""

    family: str
    suited: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A family with the reasons for it, or for its place behind the recommended one."""

    family: Family
    reasons: tuple[str, ...]


def family_named(template: str, kind: str) -> str:
    """The name under which a template is advised on: its own, else that of its kind."""
    names = {one.name: one.name for one in FAMILIES}
    kinds = {one.kind or one.name: one.name for one in FAMILIES}
    return names.get(template) or kinds.get(kind, template)


def family_advice(person: Person, course: Course) -> tuple[FamilyAdvice, ...]:
    """Which families suit: leaf for flaccid to mild tone, solid for tone or instability."""
    against = {
        LEAF: [*_against_leaf(person)],
        SEMI_SOLID: [*_against_semi_solid(person)],
        HINGED: [*_against_hinge(person)],
        SOLID: [],
        GROUND_REACTION: [*_against_ground_reaction(person)],
        SUPRAMALLEOLAR: ["it holds the frontal plane only and does not lift a foot"],
    }
    for family, why in course.against:
        against[family].append(why)
    return tuple(
        FamilyAdvice(one.name, not against[one.name], tuple(against[one.name])) for one in FAMILIES
    )


def recommended(
    person: Person,
    advice: tuple[FamilyAdvice, ...],
    stiffness: float,
    limits: tuple[Limit, ...],
) -> tuple[Recommendation, ...]:
    """The suited families, best first; empty where none of them answers the findings.

    First those that leave the second rocker where its limit is exceeded, then, against tone, those
    that do not let the calf be stretched, then those whose range holds the stiffness, then the less
    restrictive.
    """
    seen = person.examination
    if ankle_fused(person) or seen.plantarflexor_mmt in WEAK or seen.knee_in_stance == "crouch":
        return ()
    suited = {one.family for one in advice if one.suited} - {GROUND_REACTION, SUPRAMALLEOLAR}
    blocked = any(one.name == "second rocker" and one.verdict is Verdict.FAIL for one in limits)

    toned = seen.spasticity_mas in TONED

    def rank(family: Family) -> tuple[bool, bool, float, int]:
        beyond = family.beyond(stiffness, person.mass_kg)
        free = family.name == HINGED
        return blocked and not free, toned and free, beyond, FAMILIES.index(family)

    ranked = sorted((one for one in FAMILIES if one.name in suited), key=rank)
    return tuple(
        Recommendation(one, tuple(_reasons(person, one, stiffness, blocked))) for one in ranked
    )


def _reasons(person: Person, family: Family, stiffness: float, blocked: bool) -> Iterator[str]:
    yield f"for {family.indication}"
    low, high = family.span(person.mass_kg)
    usual = f"the {low:.2g} to {high:.2g} it usually has at {person.mass_kg:g} kg"
    if low <= stiffness <= high:
        yield f"{stiffness:.2f} N·m/deg lies within {usual}"
    else:
        side = "softer" if stiffness < low else "stiffer"
        yield f"{stiffness:.2f} N·m/deg is {side} than {usual}"
    if blocked:
        yield (
            "leaves the second rocker free"
            if family.name == HINGED
            else "exceeds the second rocker's limit in dorsiflexion"
        )
    if not family.made:
        yield "this program has no template for it yet"
    if family.name == SOLID:
        yield "blocks second and third rocker and needs a rocker sole"
    if family.name == LEAF:
        yield from _unseen(person)
    tone = person.examination.spasticity_mas
    if tone is None:
        yield "tone was not examined"
    elif tone in TONED and family.name == HINGED:
        yield f"spasticity grade {tone}: free dorsiflexion stretches the calf"
    elif family.name != HINGED:
        yield f"spasticity grade {tone}"


def _unseen(person: Person) -> Iterator[str]:
    seen = person.examination
    parts = {
        "the hindfoot": seen.hindfoot,
        "the invertors": seen.invertor_mmt,
        "the evertors": seen.evertor_mmt,
    }
    absent = [name for name, value in parts.items() if value is None]
    if absent:
        yield f"if {' and '.join(absent)}, not examined, hold the heel"


def mismatch(ranked: tuple[Recommendation, ...], stiffness: float, mass_kg: float) -> str | None:
    """A sentence where the family that the findings ask for does not have the stiffness."""
    if not ranked or not ranked[0].family.beyond(stiffness, mass_kg) > 0.0:
        return None
    family = ranked[0].family
    low, high = family.span(mass_kg)
    return (
        f"The findings ask for a {family.title.lower()} ({low:.2g} to {high:.2g} N·m/deg at "
        f"{mass_kg:g} kg), the weakness for {stiffness:.2f}: treat the finding that rules out the "
        "others, or prescribe by alignment with a stiffness of your own."
    )


def _against_leaf(person: Person) -> Iterator[str]:
    seen = person.examination
    yield from _against_semi_solid(person)
    if seen.spasticity_mas == "1+":
        yield "spasticity grade 1+"
    if seen.knee_in_stance == "recurvatum":
        yield "recurvatum"
    if seen.hindfoot in ("varus", "valgus"):
        yield f"hindfoot {seen.hindfoot}"
    for name, grade in (("invertors", seen.invertor_mmt), ("evertors", seen.evertor_mmt)):
        if grade in UNSTABLE:
            yield f"{name} grade {grade}"


def _against_semi_solid(person: Person) -> Iterator[str]:
    if person.examination.spasticity_mas in TONED:
        yield f"spasticity grade {person.examination.spasticity_mas}"


def _against_hinge(person: Person) -> Iterator[str]:
    reach = person.examination.dorsiflexion_range_deg
    if reach is not None and reach < HINGE_RANGE_DEG:
        yield f"passive dorsiflexion of {reach:g} deg leaves nothing for a free second rocker"
    if person.examination.knee_in_stance == "crouch":
        yield "crouch"


def _against_ground_reaction(person: Person) -> Iterator[str]:
    seen = person.examination
    if seen.plantarflexor_mmt not in WEAK and seen.knee_in_stance != "crouch":
        yield "it is for calf weakness or crouch, and neither was found"
