"""Evidence: every constant of the prescription with its unit, its source and how it is known.

The constants stand in the modules that use them; a test walks those modules and fails on a number
that is named neither here nor in `SETTINGS`, and on one hidden in a function. The gait's constants
have their own list (`design.gait.constants`), which the same test holds to the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from afo_designer.design import (
    contradiction,
    course,
    demand,
    family,
    interval,
    limits,
    person,
    prescription,
    strength,
)
from afo_designer.design.source import (
    ANDERSON,
    CHUNG,
    ESTIMATE,
    HERE,
    MORAUX,
    READ,
    RECALLED,
    SCHWARTZ,
)

MODULES: Mapping[str, ModuleType] = {
    "strength": strength,
    "demand": demand,
    "limits": limits,
    "interval": interval,
    "prescription": prescription,
    "course": course,
    "family": family,
    "person": person,
    "contradiction": contradiction,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One constant; `name` is module.NAME, `status` one of `source.STATUSES`."""

    name: str
    unit: str
    about: str
    source: str
    status: str

    @property
    def value(self) -> object:
        """The constant as the module has it."""
        module, name = self.name.split(".")
        return getattr(MODULES[module], name)


_ROCKER = "Winter; Bovi 2011"
_KNEE = "knee flexion rises with resistance (Kobayashi 2015; Mulroy 2010); the figure is ours"
_DE_LEVA = "de Leva 1996, J Biomech 29:1223"
_PLAUSIBLE = "wide bound against slips of the pen"


def _of(module: str, *rows: tuple[str, str, str, str, str]) -> tuple[Evidence, ...]:
    return tuple(Evidence(f"{module}.{name}", *rest) for name, *rest in rows)


EVIDENCE: tuple[Evidence, ...] = (
    *_of(
        "strength",
        ("GRAVITY", "m/s²", "gravity", "standard gravity, rounded", RECALLED),
        ("ADULT_AGE_YEARS", "years", "adults from", HERE, ESTIMATE),
        ("NORM_SETS", "1", "c1, c2, c3, SD of c1 by sex and age group", ANDERSON, READ),
        ("FALLBACK", "1", "c1 without an age, or of an adult without a sex", HERE, ESTIMATE),
        ("CHILD_C1", "1", "c1 at 5 to 9, 10 to 14, 15 to 19 years", f"means of {MORAUX}", ESTIMATE),
        ("CHILD_C1_SD", "1", "SD of a child's c1", "as the fallback's", ESTIMATE),
        ("CHILD_AGES_YEARS", "years", "middles of those bands", MORAUX, READ),
        ("ADULT_AGES_YEARS", "years", "ages between which the sets hold", HERE, ESTIMATE),
        ("YOUNGEST_YEARS", "years", "youngest child studied", MORAUX, READ),
        (
            "GRADES",
            "share of normal",
            "MRC grade: low, default, high",
            "between a Kendall-type chart and the KU Leuven scale, which disagree",
            ESTIMATE,
        ),
        ("AGREEMENT", "1", "two torques agree", "15 mm axis shift: 8 % (J Sensors 2017)", ESTIMATE),
        ("AGREEMENT_NM", "N·m", "or within", HERE, ESTIMATE),
        ("MEASURED_SD", "1", "SD of one reading", "axis shift (J Sensors 2017)", ESTIMATE),
        ("GRADE_MARGIN", "share of normal", "grade and torque disagree beyond", HERE, ESTIMATE),
        (
            "GRADE_FACTOR",
            "1",
            "or below the low bound over this",
            "healthy hand-held readings: a third of the norm (Bohannon; Mentiplay 2015)",
            ESTIMATE,
        ),
        ("REFERENCE_ANGLE_DEG", "deg", "angle that readings are brought to", HERE, ESTIMATE),
        ("TEST_ANGLE_SD_DEG", "deg", "SD of the test angle", "goniometry", ESTIMATE),
    ),
    *_of(
        "demand",
        (
            "SUSTAINED_SHARE",
            "1",
            "u: sustainable share of the torque",
            f"normal gait uses .27: {SCHWARTZ} over Anderson 2007",
            ESTIMATE,
        ),
        ("SAFETY_FACTOR", "1", "on swing clearance", HERE, ESTIMATE),
        ("SWING_MOMENT_PER_KG", "N·m/kg", "largest swing moment", SCHWARTZ, READ),
        (
            "LOADING_MOMENT_PER_KG",
            "N·m/kg",
            "μ: first-rocker moment",
            f"child .128: {SCHWARTZ}; adult .15 to .25: {_ROCKER}",
            RECALLED,
        ),
        (
            "LOADING_TRAVEL_DEG",
            "deg",
            "first-rocker travel, shod adults 5 to 10",
            _ROCKER,
            RECALLED,
        ),
        ("LOWEST_SWING_ANGLE_DEG", "deg", "θreq at most", HERE, ESTIMATE),
        ("LEAST_TRAVEL_DEG", "deg", "spring travel in swing, at least", HERE, ESTIMATE),
        ("CALF_MOMENT_NM", "N·m", "calf moment at 10 deg", CHUNG, READ),
        ("CALF_MOMENT_SD_NM", "N·m", "its SD", CHUNG, READ),
        ("CALF_ANGLE_DEG", "deg", "where it was read", CHUNG, READ),
        (
            "CALF_GROWTH_DEG",
            "deg",
            "it grows by e over",
            f"torque over stiffness in {CHUNG}",
            ESTIMATE,
        ),
        ("CALF_SIZE_KG_M", "kg·m", "body size it belongs to", HERE, ESTIMATE),
        ("SLACK_LEAST", "1", "κ, knee flexed", HERE, ESTIMATE),
        ("SLACK_MOST", "1", "κ, knee straight", HERE, ESTIMATE),
        ("TONE_FACTORS", "1", "fMAS; grade 2 is 9.51/6.21", f"{CHUNG}; others between", ESTIMATE),
        ("USUAL_SHOE_KG", "kg", "a usual shoe", HERE, ESTIMATE),
        ("SHOE_ARM", "foot lengths", "ankle to the shoe's centre of mass", HERE, ESTIMATE),
        ("FOOT_MASS_SHARE", "1", "foot mass over body mass", _DE_LEVA, READ),
        ("FOOT_ARM", "foot lengths", "ankle to the foot's centre of mass", _DE_LEVA, ESTIMATE),
    ),
    *_of(
        "limits",
        ("KNEE_MOMENT_PER_KG", "N·m/kg", "knee limit, moment", _KNEE, ESTIMATE),
        ("KNEE_TRAVEL_DEG", "deg", "knee limit, travel", _KNEE, ESTIMATE),
        ("ROCKER_SHARE", "1", "share of the push-off moment", HERE, ESTIMATE),
        ("PUSH_OFF_MOMENT_PER_KG", "N·m/kg", "push-off moment", SCHWARTZ, READ),
        ("ROCKER_ANGLE_DEG", "deg", "dorsiflexion of the second rocker", SCHWARTZ, READ),
        ("ENERGY_SHARE", "1", "share of the push-off work", HERE, ESTIMATE),
        ("PUSH_OFF_ENERGY_PER_KG", "J/kg", "push-off work", "adult gait norms", RECALLED),
        ("TOE_OFF_ANGLE_DEG", "deg", "ankle at toe-off", SCHWARTZ, ESTIMATE),
    ),
    *_of(
        "interval",
        ("COVERAGE", "1", "coverage of every interval", "a choice", ESTIMATE),
        ("ENDS", "1", "its quantiles", "a choice", ESTIMATE),
        ("LOADING_SD_PER_KG", "N·m/kg", "SD of μ", f"at 4 %GC .10: {SCHWARTZ}; halved", ESTIMATE),
        ("SUSTAINED_SD", "1", "SD of u", HERE, ESTIMATE),
        ("CALF_MEASURED_CV", "1", "CV of a measured calf moment", HERE, ESTIMATE),
        (
            "USUAL_FLEXION_GAIN_DEG",
            "deg",
            "dorsiflexion gained by flexing the knee",
            "ranges of 10–20 and 20–30 deg (clinical form)",
            READ,
        ),
        ("GAIN", "1", "least narrowing worth a measurement", HERE, ESTIMATE),
    ),
    *_of(
        "prescription",
        ("NEUTRAL_LEAST_DEG", "deg", "usual neutral angle, least", HERE, ESTIMATE),
        ("NEUTRAL_MOST_DEG", "deg", "usual neutral angle, most", HERE, ESTIMATE),
        ("RANGE_RESERVE_DEG", "deg", "neutral angle below passive range by", HERE, ESTIMATE),
        ("EQUINUS_MOST_DEG", "deg", "neutral angle that stops", HERE, ESTIMATE),
        ("HEEL_TO_BALL", "foot lengths", "heel to metatarsal heads", HERE, ESTIMATE),
        ("SURPLUS_SHARE", "1", "part asked for at full strength that is said", HERE, ESTIMATE),
    ),
    *_of(
        "course",
        ("NEUTRAL_DEFAULT_DEG", "deg", "neutral angle", HERE, ESTIMATE),
        ("TRANSFER_NEUTRAL_DEG", "deg", "after a tendon transfer", HERE, ESTIMATE),
        (
            "LOSS_SHARE",
            "share of normal",
            "lost in two years of a progressive weakness",
            "−.3 SD in two years (PMC8294172, abstract) × SD of a fifth of normal",
            ESTIMATE,
        ),
        ("REVIEW_WEEKS", "weeks", "first follow-up", "workshop practice", RECALLED),
        ("SOON_WEEKS", "weeks", "of a state that changes over months", HERE, ESTIMATE),
        ("EARLY_WEEKS", "weeks", "skin and girth at risk", HERE, ESTIMATE),
        ("VERY_EARLY_WEEKS", "weeks", "skin without feeling", HERE, ESTIMATE),
        ("SHORT_SERVICE_YEARS", "years", "outgrown or outlived", HERE, ESTIMATE),
        ("GROWING_YEARS", "years", "the foot grows until", "growth of children's feet", RECALLED),
        ("REDUCED_CONTACT", "1", "share of the pressure limits", HERE, ESTIMATE),
        ("LEAST_CONTACT", "1", "share of the pressure limits", HERE, ESTIMATE),
        ("NERVE_MARGIN_MM", "mm", "more room round the fibular head", HERE, ESTIMATE),
        ("PARIS_POINT_MM", "mm", "a European shoe size", "the Paris point, 2/3 cm", RECALLED),
        ("LAST_ALLOWANCE_MM", "mm", "last longer than the insole", HERE, ESTIMATE),
        ("RULES", "", "each rule names its own source and status", "see the table", ESTIMATE),
    ),
    *_of(
        "family",
        ("REFERENCE_KG", "kg", "mass at which the ranges hold; they scale with it", HERE, ESTIMATE),
        ("HINGE_RANGE_DEG", "deg", "dorsiflexion that makes a hinge worth having", HERE, ESTIMATE),
        (
            "FAMILIES",
            "N·m/deg",
            "stiffness that each family has at 70 kg, low and high",
            "leaf: trials of this program; polypropylene by workshop memory, low confidence",
            RECALLED,
        ),
    ),
    *_of(
        "person",
        ("FOOT_SHARE", "1", "foot length over height", "children and adults", RECALLED),
        ("CHILD_HEIGHT_MM", "mm", "without an age, a child below", "height at ten", RECALLED),
        ("READING_DEG", "deg", "two goniometer readings differ by", "goniometry", RECALLED),
        ("LEAST_BMI", "kg/m²", "mass and height of one person", _PLAUSIBLE, ESTIMATE),
        ("MOST_BMI", "kg/m²", "mass and height of one person", _PLAUSIBLE, ESTIMATE),
        ("USUAL_BMI", "kg/m²", "remarked on outside", _PLAUSIBLE, ESTIMATE),
        (
            "USUAL_LEVER",
            "foot lengths",
            "dynamometer lever",
            "68 synthetic legs, widened",
            ESTIMATE,
        ),
        ("USUAL_FOOT", "1", "foot length over height", _PLAUSIBLE, ESTIMATE),
        ("MOST_STRIDE", "heights", "stride that cannot be walked", _PLAUSIBLE, ESTIMATE),
        ("USUAL_STRIDE", "heights", "remarked on outside", _PLAUSIBLE, ESTIMATE),
        ("INFANT_MM", "mm", "height at one year", "growth of children", RECALLED),
        ("GROWTH_MM", "mm/year", "gain a year", "growth of children", RECALLED),
        ("GROWN_MM", "mm", "grown height", "adults of both sexes", RECALLED),
        ("GROWTH_SPREAD", "1", "remarked on beyond", _PLAUSIBLE, ESTIMATE),
    ),
    *_of(
        "contradiction",
        ("STRONG_SHARE", "share of normal", "torque remarked on", _PLAUSIBLE, ESTIMATE),
        ("FUSED_RANGE_DEG", "deg", "range a fused ankle cannot have", _PLAUSIBLE, ESTIMATE),
        ("SHOE_ROOM_MM", "mm", "last and insole differ by", _PLAUSIBLE, ESTIMATE),
    ),
)

SETTINGS: Mapping[str, str] = {
    "interval._NODES": "quadrature nodes an input",
    "interval._BINS": "bins of equal probability",
    "interval._TABLE": "points of a table",
    "interval._GRID": "points of a pass of the search",
    "interval._KEPT": "tables kept",
    "interval.TAIL_SD": "reach of a table, standard deviations",
    "interval.LEAST_LOG_SD": "a known calf moment, so that its distribution has no step",
    "interval.LOADING_KNOWN_SD": "a known first-rocker moment, likewise",
    "interval.TOP_CALVES": "start of the search",
    "interval.TOP_KG": "start of the search",
    "person.STEPS_A_STRIDE_MINUTE": "two steps a stride, sixty seconds a minute",
    "entry.CENTIMETRE": "a unit",
    "entry.METRE": "a unit",
    "entry.SHOWN": "characters of a value that a message quotes",
    "entry.LINE": "characters of a line of text",
}
"""Numbers that say nothing about people: nodes, grids, units, lengths of messages."""
