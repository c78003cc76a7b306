"""The basis of a prescription: each assumption with value, unit, source and how it is known."""

from __future__ import annotations

from dataclasses import dataclass

from afo_designer.design import demand as formula
from afo_designer.design import interval as spread
from afo_designer.design import limits
from afo_designer.design.demand import Demand
from afo_designer.design.person import Person
from afo_designer.design.source import CHUNG, ESTIMATE, HERE, READ, RECALLED, SCHWARTZ
from afo_designer.design.strength import (
    GRADES,
    MEASURED_SD,
    REFERENCE_ANGLE_DEG,
    TEST_ANGLE_SD_DEG,
)


@dataclass(frozen=True, slots=True)
class Assumption:
    """One number or word that the prescription rests on."""

    name: str
    value: float | str
    unit: str
    source: str
    status: str


def assumptions(person: Person, demand: Demand) -> tuple[Assumption, ...]:
    """What was assumed for this person, in the order the formula uses it."""
    return (
        *_strength(person),
        *_swing(person, demand),
        *_loading(demand),
        *_limits(),
        *_shoe(person),
        *(
            Assumption(f"default of {key}", _plain(value), "", "no entry in the file", ESTIMATE)
            for key, value in person.defaults_used.items()
        ),
    )


def _plain(value: object) -> float | str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return float(value) if isinstance(value, int | float) else str(value)


def _strength(person: Person) -> tuple[Assumption, ...]:
    strength = person.strength
    normal = strength.norm
    items = [
        Assumption("normal torque, peak", normal.peak_nm, "N·m", normal.source, normal.status),
        Assumption("c1 of the norm", normal.c1, "1", normal.source, normal.status),
        Assumption("SD of c1", normal.c1_sd, "1", normal.source, normal.status),
    ]
    if strength.measured:
        source = "axis shift of 15 mm is 8 % (J Sensors 2017)"
        items.append(Assumption("SD of one reading", MEASURED_SD, "1", source, ESTIMATE))
        items += _reading(person)
    else:
        low, share, high = GRADES[person.examination.dorsiflexor_mmt or "0"]
        source = "between a Kendall-type chart and the KU Leuven scale, which disagree"
        items += [
            Assumption("share of strength by grade", share, "1", source, ESTIMATE),
            Assumption("its low bound", low, "1", source, ESTIMATE),
            Assumption("its high bound", high, "1", source, ESTIMATE),
        ]
    source = f"normal gait uses .27: {SCHWARTZ} over Anderson 2007"
    items.append(Assumption("sustainable share u", formula.SUSTAINED_SHARE, "1", source, ESTIMATE))
    items.append(Assumption("its SD", spread.SUSTAINED_SD, "1", HERE, ESTIMATE))
    return tuple(items)


def _reading(person: Person) -> tuple[Assumption, ...]:
    """What a measured torque rests on besides itself."""
    strength = person.strength
    along = f"along the norm's curve, {strength.norm.source}"
    return (
        Assumption(
            f"torque at {REFERENCE_ANGLE_DEG:g} deg, brought from {strength.test_angle_deg:g} deg",
            strength.torque_nm,
            "N·m",
            along,
            ESTIMATE,
        ),
        Assumption("SD of the test angle", TEST_ANGLE_SD_DEG, "deg", "goniometry", ESTIMATE),
        Assumption(
            "posture of the strength test",
            "not recorded; the reading is taken free of gravity and calf",
            "",
            "with the knee straight the calf takes part of it: test with the knee flexed",
            ESTIMATE,
        ),
    )


def _swing(person: Person, demand: Demand) -> tuple[Assumption, ...]:
    return (
        Assumption("swing moment", formula.SWING_MOMENT_PER_KG, "N·m/kg", SCHWARTZ, READ),
        *_calf(person, demand),
        *_slack(person),
        Assumption("lowest swing angle", demand.swing_angle_deg, "deg", HERE, ESTIMATE),
        Assumption("safety factor on swing", formula.SAFETY_FACTOR, "1", HERE, ESTIMATE),
        Assumption("moment of a heavy shoe", demand.extra_nm, "N·m", HERE, ESTIMATE),
    )


def _calf(person: Person, demand: Demand) -> tuple[Assumption, ...]:
    growth = Assumption(
        "angle over which the calf moment grows by e",
        formula.CALF_GROWTH_DEG,
        "deg",
        f"torque over stiffness in {CHUNG}",
        ESTIMATE,
    )
    if demand.calf_at_10_nm is not None:
        source = "measured: examination.calf_moment_at_10_deg_nm, tone included"
        return (
            Assumption("calf moment at 10 deg", demand.calf_at_10_nm, "N·m", source, READ),
            Assumption("its CV", spread.CALF_MEASURED_CV, "1", HERE, ESTIMATE),
            growth,
        )
    tone = "healthy 6.21, spastic 9.51 N·m (Chung 2004); the grades between are placed by hand"
    if person.examination.spasticity_mas is None:
        tone = "spasticity not examined: normal calf, interval to grade 2"
    return (
        Assumption("calf moment at 10 deg", formula.CALF_MOMENT_NM, "N·m", CHUNG, READ),
        Assumption("SD of the calf moment", formula.CALF_MOMENT_SD_NM, "N·m", CHUNG, READ),
        growth,
        Assumption("scale of the calf moment m·h", formula.CALF_SIZE_KG_M, "kg·m", HERE, ESTIMATE),
        Assumption("tone factor", demand.tone, "1", tone, ESTIMATE),
    )


def _slack(person: Person) -> tuple[Assumption, ...]:
    seen = person.examination
    least = formula.slack_by_range(
        seen.dorsiflexion_range_deg, seen.dorsiflexion_range_knee_flexed_deg
    )
    both = None not in (seen.dorsiflexion_range_deg, seen.dorsiflexion_range_knee_flexed_deg)
    source = "passive range, knee extended and flexed, on the calf's exponential" if both else HERE
    return (
        Assumption("calf slack, least", least, "1", source, ESTIMATE),
        Assumption("calf slack, most (the value's)", formula.SLACK_MOST, "1", HERE, ESTIMATE),
    )


def _loading(demand: Demand) -> tuple[Assumption, ...]:
    source, status = (SCHWARTZ, READ) if demand.child else ("Winter; Bovi 2011", RECALLED)
    return (
        Assumption("first-rocker moment", demand.loading_per_kg, "N·m/kg", source, status),
        Assumption("its SD", spread.LOADING_SD_PER_KG, "N·m/kg", HERE, ESTIMATE),
        Assumption(
            "first-rocker travel",
            formula.LOADING_TRAVEL_DEG,
            "deg",
            "shod adults 5 to 10 deg (Winter; Bovi 2011)",
            RECALLED,
        ),
    )


def _limits() -> tuple[Assumption, ...]:
    knee = "knee flexion rises with resistance (Kobayashi 2015; Mulroy 2010); the figure is ours"
    return (
        Assumption("knee limit, moment", limits.KNEE_MOMENT_PER_KG, "N·m/kg", knee, ESTIMATE),
        Assumption("knee limit, travel", limits.KNEE_TRAVEL_DEG, "deg", knee, ESTIMATE),
        Assumption("push-off moment", limits.PUSH_OFF_MOMENT_PER_KG, "N·m/kg", SCHWARTZ, READ),
        Assumption(
            "share of it against the second rocker", limits.ROCKER_SHARE, "1", HERE, ESTIMATE
        ),
        Assumption(
            "push-off work", limits.PUSH_OFF_ENERGY_PER_KG, "J/kg", "adult gait norms", RECALLED
        ),
        Assumption("share of it held back at toe-off", limits.ENERGY_SHARE, "1", HERE, ESTIMATE),
        Assumption("ankle at toe-off", limits.TOE_OFF_ANGLE_DEG, "deg", HERE, ESTIMATE),
    )


def _shoe(person: Person) -> tuple[Assumption, ...]:
    source = "heel height over .60 of the foot length; not forced towards the usual 7 to 15 deg"
    return (
        Assumption(
            "heel height in the shoe",
            person.footwear.heel_height_difference_mm,
            "mm",
            source,
            ESTIMATE,
        ),
    )
