"""What the examination says about an orthosis: hard stops and warnings.

The list is the clinical form's (Pract Neurol table, read; ISO 8551 fields, read; the thresholds are
engineering estimates a prescriber may override). A stop is an outcome, not an error: the files are
still made, marked, and a reason given by the prescriber lifts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from afo_designer.design.contradiction import contradictions
from afo_designer.design.course import ankle_fused, operated
from afo_designer.design.family import GROUND_REACTION, WEAK
from afo_designer.design.person import Person


@dataclass(frozen=True, slots=True)
class Stop:
    """A reason not to make this orthosis; `liftable` by a prescriber who gives a reason.

    `answered_by`: the family that is made for what was found, so that it stands.
    """

    id: str
    message: str
    ways_out: tuple[str, ...]
    liftable: bool = True
    answered_by: str = ""

    def is_answered(self, family: str) -> bool:
        """Whether a family of devices, "" for none, is made for what was found."""
        return bool(family) and self.answered_by == family


def clinical_stops(person: Person) -> Iterator[Stop]:
    """The hard stops of the examination, in its order. An absent entry stops nothing: it warns."""
    seen = person.examination
    if ankle_fused(person):
        yield Stop(
            "ankle_fusion",
            "The ankle is fused: a flexible orthosis about it does nothing.",
            ("a rocker sole", "referral"),
        )
    if seen.plantarflexor_mmt in WEAK:
        yield Stop(
            "plantarflexor_weakness",
            f"Plantarflexor grade {seen.plantarflexor_mmt}: a weak calf needs dorsiflexion "
            "resistance, which this prescription does not compute.",
            ("a calf-weakness prescription (ground reaction or carbon dorsal leaf)", "referral"),
            answered_by=GROUND_REACTION,
        )
    if seen.spasticity_mas in ("3", "4"):
        yield Stop(
            "spasticity",
            f"Spasticity grade {seen.spasticity_mas} (modified Ashworth); 0 to 2 can be computed.",
            ("tone treatment first", "a solid orthosis by a prescriber's own figures"),
        )
    if seen.knee_in_stance == "crouch":
        yield Stop(
            "crouch",
            "Crouch in stance: a foot-drop orthosis flexes the knee further.",
            ("a ground-reaction orthosis", "referral"),
            answered_by=GROUND_REACTION,
        )
    if seen.hindfoot in ("varus", "valgus") and seen.deformity_correctable is False:
        yield Stop(
            "fixed_hindfoot",
            f"The hindfoot {seen.hindfoot} does not correct by hand: the shell would press on it.",
            ("surgical opinion", "an accommodating orthosis from a loaded cast"),
        )
    yield from _skin_stops(person)


def _skin_stops(person: Person) -> Iterator[Stop]:
    seen = person.examination
    if seen.sensation == "absent":
        yield Stop(
            "sensation",
            "Sensation is absent: pressure injuries under a rigid shell go unnoticed.",
            ("a lined orthosis with skin checks agreed by the prescriber", "referral"),
        )
    if seen.skin == "ulcer":
        yield Stop("ulcer", "The skin is ulcerated.", ("wound care first", "referral"))
    if seen.ischaemia:
        yield Stop("ischaemia", "The foot is ischaemic.", ("vascular opinion first",))
    if seen.oedema == "fluctuating":
        yield Stop(
            "oedema",
            "The swelling fluctuates: a shell made to one scan will not fit.",
            ("compression first, then a new scan", "an adjustable orthosis"),
        )


NAMES = {
    "examination.cause": "cause",
    "examination.course": "course",
    "examination.surgery": "surgery",
    "examination.plantarflexor_mmt": "plantarflexor strength",
    "examination.invertor_mmt": "invertor strength",
    "examination.evertor_mmt": "evertor strength",
    "examination.quadriceps_mmt": "quadriceps strength",
    "examination.spasticity_mas": "spasticity",
    "examination.dorsiflexion_range_deg": "passive dorsiflexion",
    "examination.knee_in_stance": "knee in stance",
    "examination.hindfoot": "hindfoot",
    "examination.deformity_correctable": "whether the deformity corrects",
    "examination.sensation": "sensation",
    "examination.skin": "skin",
    "examination.ischaemia": "circulation",
    "examination.oedema": "swelling",
}
"""Plain words for the keys that may stand in "not examined"."""


def clinical_warnings(person: Person) -> Iterator[str]:
    """Sentences on what was found, and one on what was not examined."""
    yield from person.remarks
    yield from contradictions(person)
    yield from _gap_warnings(person)
    seen = person.examination
    if operated(person) and not ankle_fused(person):
        yield f"Operation: {seen.surgery}. Strength and range may differ from what is assumed."
    if seen.course in ("recovering", "progressive"):
        yield f"The weakness is {seen.course}: examine again before the next orthosis."
    if seen.knee_in_stance == "recurvatum":
        yield "Recurvatum: plantarflexion has to be resisted; a posterior leaf spring does not."
    if seen.hindfoot in ("varus", "valgus") and seen.deformity_correctable is not False:
        yield f"Hindfoot {seen.hindfoot}: the orthosis has to hold the heel; a leaf does not."
    if seen.quadriceps_mmt in WEAK:
        yield f"Quadriceps grade {seen.quadriceps_mmt}: the knee limit is halved."
    if seen.sensation == "reduced":
        yield "Sensation is reduced: check the skin after 20 minutes, an hour, a day."
    if seen.oedema == "stable":
        yield "Swelling: compare the girths with the scan before printing."
    if seen.dorsiflexion_range_deg is not None and seen.dorsiflexion_range_deg < 0.0:
        yield (
            f"Plantarflexion contracture: {-seen.dorsiflexion_range_deg:g} deg short of a right "
            "angle with the knee extended."
        )
    if seen.peroneal_stimulator:
        yield "Keep the electrode window at the fibular head free."
    if person.is_child:
        yield f"A child: the normal torque is from {_few(person)}, and growth asks for a new scan."


def _gap_warnings(person: Person) -> Iterator[str]:
    absent = person.not_examined
    if absent:
        yield (f"Not examined, so not taken as normal: {', '.join(NAMES[key] for key in absent)}.")
    if "examination.spasticity_mas" in absent:
        likely = person.examination.cause == "brain or spinal cord"
        yield (
            "Spasticity was not examined: the stiffness is for a calf of normal tone, its interval "
            "reaches grade 2"
            + (", and the cause makes tone likely. Examine it first." if likely else ".")
        )
    if "examination.dorsiflexion_range_deg" in absent:
        yield (
            "Passive dorsiflexion was not examined: the neutral angle must stay 3 deg below it "
            "with the knee extended."
        )


def _few(person: Person) -> str:
    if person.identity.age_years is None:
        return "a fallback, since the age is not given"
    return "a study of 72 children and adolescents"
