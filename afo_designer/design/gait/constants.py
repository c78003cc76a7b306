"""Every number the gait models rest on for one person: value, unit, source, how it is known."""

from __future__ import annotations

import math

from afo_designer.design import demand
from afo_designer.design.basis import Assumption
from afo_designer.design.gait import (
    ankle,
    clearance,
    first_rocker,
    segment,
    steppage,
    swing,
    validity,
)
from afo_designer.design.gait.norms import SPEEDS, step_rate_at
from afo_designer.design.gait.pace import NEITHER, Pace
from afo_designer.design.person import Person
from afo_designer.design.source import CHUNG, ESTIMATE, HERE, READ, RECALLED, SCHWARTZ

RIENER = "Riener, Edrich 1999, J Biomech 32:539 (coefficients from a public copy of the formula)"
DE_LEVA = "de Leva 1996, J Biomech 29:1223"
WINTER = "Drillis and Contini, in Winter, Biomechanics and Motor Control of Human Movement"


def constants_of(person: Person, pace: Pace) -> tuple[Assumption, ...]:
    """The models' constants and this person's derived values."""
    foot = segment.foot_of_person(person)
    known = (person.examination.spasticity_mas or "0") in demand.TONE_FACTORS
    own = ankle.ankle_of_person(person, person.strength.torque_nm) if known else None
    return (
        *_walking(pace),
        *_segments(foot, person),
        *_ankle(own),
        *_clearance(),
        *_loading(),
        *_range(),
    )


def _walking(pace: Pace) -> tuple[Assumption, ...]:
    given = ESTIMATE if pace.source == NEITHER else READ
    source = pace.source if given == ESTIMATE else f"the person file: {pace.source}"
    return (
        Assumption("hip, knee, ankle, force over the cycle", "five speeds", "", SCHWARTZ, READ),
        Assumption("dimensionless speeds of the five", _join(SPEEDS), "1", SCHWARTZ, READ),
        Assumption("walking speed", pace.speed_m_per_s, "m/s", source, given),
        Assumption("cadence", pace.cadence_per_min, "1/min", source, given),
        Assumption("normal step rate at this speed", step_rate_at(pace.speed), "1", SCHWARTZ, READ),
        Assumption("leg length over height", segment.LEG, "1", WINTER, RECALLED),
    )


def _segments(foot: segment.Foot, person: Person) -> tuple[Assumption, ...]:
    shoe = person.footwear.shoe_mass_g
    usual = demand.USUAL_SHOE_KG["child" if person.is_child else "adult"]
    return (
        Assumption("thigh length over height", segment.THIGH, "1", WINTER, RECALLED),
        Assumption("shank length over height", segment.SHANK, "1", WINTER, RECALLED),
        Assumption("ankle height over height", segment.ANKLE_HEIGHT, "1", WINTER, RECALLED),
        Assumption("foot length", person.foot_length_mm, "mm", "tape, else .152 height", RECALLED),
        Assumption("foot mass share, male", 0.0137, "1", DE_LEVA, READ),
        Assumption("foot mass share, female", 0.0129, "1", DE_LEVA, READ),
        Assumption("foot centre from heel", segment.FOOT_CENTRE, "foot lengths", DE_LEVA, READ),
        Assumption("foot gyration", segment.FOOT_GYRATION, "foot lengths", DE_LEVA, READ),
        Assumption("shoe mass", usual if shoe is None else shoe / 1000.0, "kg", HERE, ESTIMATE),
        Assumption("shoe centre before ankle", demand.SHOE_ARM, "foot lengths", HERE, ESTIMATE),
        Assumption("shoe gyration", segment.SHOE_GYRATION, "foot lengths", HERE, ESTIMATE),
        Assumption("foot centre below ankle", segment.FOOT_DROP_M, "m at 1.75 m", HERE, ESTIMATE),
        Assumption("shoe centre below ankle", segment.SHOE_DROP_M, "m at 1.75 m", HERE, ESTIMATE),
        Assumption("ankle from heel", segment.ANKLE_FROM_HEEL, "foot lengths", HERE, ESTIMATE),
        Assumption("ball from heel", segment.BALL_FROM_HEEL, "foot lengths", HERE, ESTIMATE),
        Assumption("rise of the shoe tip", segment.TOE_SPRING, "foot lengths", HERE, ESTIMATE),
        Assumption("inertia about the ankle", foot.inertia, "kg·m²", "from the above", ESTIMATE),
        Assumption("gravity moment, level sole", foot.gravity_nm, "N·m", "the above", ESTIMATE),
    )


def _ankle(own: ankle.Ankle | None) -> tuple[Assumption, ...]:
    fixed = (
        Assumption("calf moment at 10 deg", demand.CALF_MOMENT_NM, "N·m", CHUNG, READ),
        Assumption("its growth by e", demand.CALF_GROWTH_DEG, "deg", CHUNG, ESTIMATE),
        Assumption("calf slack by knee flexion", ankle.KNEE_SLACK_PER_DEG, "1/deg", RIENER, READ),
        Assumption("front tissue, constant", ankle.FRONT_CONSTANT_NM, "N·m", RIENER, READ),
        Assumption("front tissue, log", ankle.FRONT_LOG, "1", RIENER, READ),
        Assumption("front tissue, growth", ankle.FRONT_PER_DEG, "1/deg", RIENER, READ),
        Assumption("front tissue, scale", ankle.FRONT_SCALE, "1", HERE, ESTIMATE),
        Assumption("damping at 70 kg", ankle.DAMPING_NM_S, "N·m·s/rad", HERE, ESTIMATE),
        Assumption("sustainable share u", demand.SUSTAINED_SHARE, "1", HERE, ESTIMATE),
        Assumption("lengthening muscle, gain", ankle.ECCENTRIC, "1", HERE, ESTIMATE),
        Assumption("its rate", math.degrees(ankle.ECCENTRIC_RATE), "deg/s", HERE, ESTIMATE),
        Assumption("muscle bandwidth", ankle.BANDWIDTH, "rad/s", HERE, ESTIMATE),
    )
    if own is None:
        return fixed
    return (
        *fixed,
        Assumption("calf moment of this person", own.calf_nm, "N·m", "the above", ESTIMATE),
        Assumption("sustained torque V", own.sustained_nm, "N·m", "u times the torque", ESTIMATE),
    )


def _clearance() -> tuple[Assumption, ...]:
    source = "13 mm (Winter) to 17 or 18 mm (Japanese cohort); the clearance is calibrated to it"
    return (
        Assumption("normal clearance", clearance.NORMAL_LEAST_MM, "mm at 1.72 m", source, ESTIMATE),
        Assumption("judged from", clearance.FROM_SHARE, "share of swing", HERE, ESTIMATE),
        Assumption("judged to", clearance.TO_SHARE, "share of swing", HERE, ESTIMATE),
        Assumption("steppage, most flexion", steppage.MOST_DEG, "deg", HERE, ESTIMATE),
        Assumption("steppage, one joint over the other", "half to twice", "", HERE, ESTIMATE),
        Assumption("answer's time step", swing.STEP_S, "s", HERE, ESTIMATE),
    )


def _loading() -> tuple[Assumption, ...]:
    lever = f"ankle moment over vertical force by pitch, derived from {SCHWARTZ}"
    return (
        Assumption("load lever", first_rocker.LEVER_SHARE, "foot lengths", lever, ESTIMATE),
        Assumption("lever grows by e over", first_rocker.LEVER_GROWTH_DEG, "deg", lever, ESTIMATE),
        Assumption("lever zero at", first_rocker.LEVER_NONE_DEG, "deg", lever, ESTIMATE),
        Assumption("sole counts as flat at", first_rocker.FLAT_DEG, "deg", HERE, ESTIMATE),
    )


def _range() -> tuple[Assumption, ...]:
    return tuple(
        Assumption(f"range: {name}", f"{low:g} to {high:g}", unit, HERE, ESTIMATE)
        for name, low, high, unit in (
            ("mass", validity.LEAST_MASS_KG, validity.MOST_MASS_KG, "kg"),
            ("height", validity.LEAST_HEIGHT_MM, validity.MOST_HEIGHT_MM, "mm"),
            ("speed", validity.LEAST_SPEED, validity.MOST_SPEED, "√(g·leg)"),
            ("step", validity.LEAST_STEP, validity.MOST_STEP, "leg lengths"),
        )
    )


def _join(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)
