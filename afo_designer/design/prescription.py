"""The prescription: from a person to a target stiffness and a neutral angle, with their reasons.

Input: a `Person`. Output: a `Prescription`: stiffness with its interval, both goals apart, neutral
angle, limits, hard stops, warnings, what was not examined, every assumption with its source. An
engineering estimate for a prescriber to approve; no clinical trial ties a dorsiflexor deficit to a
stiffness. Stops are outcomes, never exceptions. The prescriber's own stiffness and angle win; what
was computed stays beside them and is still held against the limits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from afo_designer.design.basis import Assumption, assumptions
from afo_designer.design.course import Applied, Course, applied, course_of
from afo_designer.design.demand import (
    LOADING_TRAVEL_DEG,
    SLACK_LEAST,
    SLACK_MOST,
    SUSTAINED_SHARE,
    TONE_FACTORS,
    TONE_MOST,
    Demand,
    heavy_shoe_moment_nm,
    loading_stiffness,
    slack_by_range,
    swing_stiffness,
)
from afo_designer.design.family import (
    FamilyAdvice,
    Recommendation,
    family_advice,
    mismatch,
    recommended,
)
from afo_designer.design.findings import Stop, clinical_stops, clinical_warnings
from afo_designer.design.interval import Interval, stiffness_interval
from afo_designer.design.limits import (
    SMALLER_ANGLE,
    SWING_ONLY,
    TONE_TREATMENT,
    WEAK_QUADRICEPS,
    Limit,
    Verdict,
    most_dorsiflexion,
    most_plantarflexion,
    stiffness_limits,
)
from afo_designer.design.person import LOADING, SWING, Person
from afo_designer.design.strength import Strength
from afo_designer.geometry.refusal import InputRefused

NEUTRAL_LEAST_DEG, NEUTRAL_MOST_DEG = 0.0, 5.0
"""The neutral angle's usual range, dorsiflexion positive (engineering estimate)."""
RANGE_RESERVE_DEG = 3.0
"""The neutral angle stays this far below passive dorsiflexion with the knee extended."""
EQUINUS_MOST_DEG = -5.0
"""A neutral angle below this is a hard stop."""

SURPLUS_SHARE = 0.10
"""A loading-control stiffness of which more than this would be asked for at full strength says so
(engineering estimate)."""
HEEL_TO_BALL = 0.60
"""Heel's bearing point to metatarsal heads, in foot lengths (engineering estimate)."""


class PrescriptionRefused(InputRefused):
    """A person for whom no angle or stiffness can be computed."""


class Status(StrEnum):
    """The outcome, as a sentence."""

    INDICATED = "an orthosis is indicated and within its limits"
    NOT_INDICATED = "no orthosis indicated: no dorsiflexor strength is missing"
    NOT_NEEDED = "no orthosis indicated: the strength left suffices for the goals chosen"
    STOPPED = "stopped: a finding rules this orthosis out until a prescriber decides"
    LIMITED = "stopped: the orthosis asked for exceeds a limit"


@dataclass(frozen=True, slots=True)
class GoalDemand:
    """Stiffness one goal needs (N·m/deg); `at` lists named variants of it."""

    goal: str
    value: float
    interval: Interval
    at: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Stiffnesses:
    """Both directions apart (N·m/deg).

    Foot drop asks for `least_plantarflexion` (the interval's low end) and bears up to
    `most_plantarflexion` (by `why_plantarflexion`: knee or push-off); into dorsiflexion it asks for
    none and bears up to `most_dorsiflexion` (second rocker).
    """

    least_plantarflexion: float
    most_plantarflexion: float
    why_plantarflexion: str
    most_dorsiflexion: float


@dataclass(frozen=True, slots=True)
class Prescription:
    """What to build and why. Stiffness in N·m/deg, angles in degrees, dorsiflexion positive.

    `target_stiffness` and `neutral_angle_deg` are the prescriber's where given; the `computed_`
    ones are the formula's. `interval` belongs to the computed stiffness.
    """

    status: Status
    target_stiffness: float
    computed_stiffness: float
    interval: Interval
    neutral_angle_deg: float
    computed_neutral_angle_deg: float
    neutral_interval_deg: tuple[float, float]
    heel_pitch_deg: float
    shank_to_vertical_angle_deg: float
    heel_raise_mm: float
    goals: tuple[str, ...]
    by_goal: tuple[GoalDemand, ...]
    strength: Strength
    limits: tuple[Limit, ...]
    stops: tuple[Stop, ...]
    warnings: tuple[str, ...]
    not_examined: tuple[str, ...]
    families: tuple[FamilyAdvice, ...]
    recommended: tuple[Recommendation, ...]
    directions: Stiffnesses
    course: Course
    course_rules: tuple[Applied, ...]
    basis: tuple[Assumption, ...]

    def stands(self, override: str | None = None, family: str = "") -> bool:
        """Whether the orthosis may be made: no stop, or a reason given and every stop liftable.

        A stop that the `family` is made for does not count.
        """
        stops = [stop for stop in self.stops if not stop.is_answered(family)]
        if override is None or not override.strip():
            return not stops
        return all(stop.liftable for stop in stops)

    def advice(self, family: str) -> FamilyAdvice | None:
        """The advice on a family of devices, if there is any."""
        return next((one for one in self.families if one.family == family), None)


def prescribe(person: Person) -> Prescription:
    """The prescription for a person, unrounded.

    Raises `PrescriptionRefused` when the heel height cannot belong to the foot, and
    `demand.DemandRefused` when a denominator vanishes.
    """
    choices, strength, course = person.choices, person.strength, course_of(person)
    low, computed_neutral, high = _neutral_angle(person, course)
    chosen_neutral = choices.neutral_angle_deg
    neutral = computed_neutral if chosen_neutral is None else chosen_neutral
    needs = Needs(person, strength, demand_of(person, neutral, course), _loss_nm(strength, course))
    by_goal = needs.by_goal()
    computed = max(one.value for one in by_goal if one.goal in choices.goals)
    chosen = choices.stiffness_nm_per_deg
    target = computed if chosen is None else chosen
    interval = needs.interval(choices.goals, explained=True)
    limits = stiffness_limits(
        target,
        neutral,
        person.mass_kg,
        person.examination.quadriceps_mmt,
        course.presume_weak_knee,
    )
    indication = _indication_stops(strength, computed, target)
    clinical = (*clinical_stops(person), *_angle_stops(person, neutral))
    # limits of a spring against foot drop: who has a family for something else is under its own
    answer = next((stop.answered_by for stop in clinical if stop.answered_by), "")
    limited = tuple(
        replace(_limit_stop(limit, needs, choices.goals), answered_by=answer)
        for limit in limits
        if _over(limit)
    )
    advice = family_advice(person, course)
    ranked = () if indication else recommended(person, advice, target, limits)
    unfit = mismatch(ranked, target, person.mass_kg)
    pitch = heel_pitch_deg(
        person.footwear.heel_height_difference_mm, HEEL_TO_BALL * person.foot_length_mm
    )
    return Prescription(
        status=_status(strength, indication, clinical, limited),
        target_stiffness=target,
        computed_stiffness=computed,
        interval=interval,
        neutral_angle_deg=neutral,
        computed_neutral_angle_deg=computed_neutral,
        neutral_interval_deg=(low, high),
        heel_pitch_deg=pitch,
        shank_to_vertical_angle_deg=neutral + pitch,
        heel_raise_mm=_heel_raise_mm(person, neutral),
        goals=choices.goals,
        by_goal=by_goal,
        strength=strength,
        limits=limits,
        stops=(*indication, *clinical, *limited),
        warnings=(
            *clinical_warnings(person),
            *_own_warnings(person, needs.demand, neutral, computed_neutral),
            *_choice_warnings(person, computed, interval),
            *(limit.message for limit in limits if limit.verdict is Verdict.WARN),
            *(() if unfit is None else (unfit,)),
        ),
        not_examined=person.not_examined,
        families=advice,
        recommended=ranked,
        directions=_directions(person, course, neutral, interval),
        course=course,
        course_rules=applied(person),
        basis=assumptions(person, needs.demand),
    )


def heel_pitch_deg(heel_height_difference_mm: float, heel_to_ball_mm: float) -> float:
    """Tilt of the foot in the shoe, heel up positive: arcsine of height over heel-to-ball lever.

    Raises `PrescriptionRefused` beyond 30 deg.
    """
    if not abs(heel_height_difference_mm) <= 0.5 * heel_to_ball_mm:
        raise PrescriptionRefused(
            f"footwear.heel_height_difference_mm is {heel_height_difference_mm:g} mm; a foot with "
            f"{heel_to_ball_mm:.0f} mm from heel to ball allows at most {0.5 * heel_to_ball_mm:.0f}"
            " mm. Check the heel height and the foot length."
        )
    return math.degrees(math.asin(heel_height_difference_mm / heel_to_ball_mm))


def _neutral_angle(person: Person, course: Course) -> tuple[float, float, float]:
    """Lowest, default and highest neutral angle that the passive range allows."""
    reach = person.examination.dorsiflexion_range_deg
    default = course.neutral_default_deg
    if reach is None:
        return NEUTRAL_LEAST_DEG, default, NEUTRAL_MOST_DEG
    cap = reach - RANGE_RESERVE_DEG
    return min(NEUTRAL_LEAST_DEG, cap), min(default, cap), min(NEUTRAL_MOST_DEG, cap)


def _loss_nm(strength: Strength, course: Course) -> float:
    """The torque expected to be lost before the orthosis is replaced."""
    return course.loss_share * strength.norm.peak_nm


def demand_of(person: Person, neutral: float, course: Course) -> Demand:
    """The formulas' quantities for a person whose orthosis rests at `neutral` (deg)."""
    grade, strength = person.examination.spasticity_mas, person.strength
    # Not examined: the normal calf, with the interval widened. Grades 3 and 4 are hard stops, and
    # the highest known factor keeps the figure from looking harmless.
    tone = TONE_FACTORS["0"] if grade is None else TONE_FACTORS.get(grade, TONE_MOST)
    return Demand(
        mass_kg=person.mass_kg,
        height_mm=person.height_mm,
        child=person.is_child,
        torque_nm=max(0.0, strength.torque_nm - _loss_nm(strength, course)),
        neutral_angle_deg=neutral,
        tone=tone,
        extra_nm=heavy_shoe_moment_nm(
            person.footwear.shoe_mass_g, person.foot_length_mm, person.is_child
        ),
        calf_at_10_nm=person.examination.calf_moment_at_10_deg_nm,
    )


@dataclass(frozen=True, slots=True)
class Needs:
    """What a person's goals need of the spring; where no strength is missing, nothing."""

    person: Person
    strength: Strength
    demand: Demand
    loss_nm: float

    @property
    def slack_least(self) -> float:
        """κ with the knee flexed."""
        seen = self.person.examination
        return slack_by_range(seen.dorsiflexion_range_deg, seen.dorsiflexion_range_knee_flexed_deg)

    def swing(self, slack: float = SLACK_MOST, tone: float | None = None) -> float:
        """k_sw (N·m/deg), with another tone factor where one is given."""
        demand = self.demand if tone is None else replace(self.demand, tone=tone)
        return swing_stiffness(demand, slack) if self.strength.missing else 0.0

    def loading(self) -> float:
        """k_LR (N·m/deg)."""
        return loading_stiffness(self.demand) if self.strength.missing else 0.0

    def at_tone(self, goals: tuple[str, ...], tone: float) -> float:
        """k* (N·m/deg) of goals with another tone factor."""
        of = {SWING: self.swing(tone=tone), LOADING: self.loading()}
        return max(of[goal] for goal in goals)

    def by_goal(self) -> tuple[GoalDemand, ...]:
        """Both goals, chosen or not."""
        slacks = {SLACK_LEAST: "", SLACK_MOST: ""}
        slacks.setdefault(self.slack_least, " (by the knee-flexed range)")
        at = tuple(
            (f"kappa {slack:.3g}{why}", self.swing(slack)) for slack, why in sorted(slacks.items())
        )
        return (
            GoalDemand(SWING, self.swing(), self.interval((SWING,)), at),
            GoalDemand(LOADING, self.loading(), self.interval((LOADING,)), ()),
        )

    def interval(self, goals: tuple[str, ...], explained: bool = False) -> Interval:
        interval = stiffness_interval(
            self.demand,
            self.strength,
            goals,
            self.person.examination.spasticity_mas is not None,
            slack_least=self.slack_least,
            loss_nm=self.loss_nm,
            explained=explained,
        )
        if self.strength.missing:
            return interval
        # Nothing is asked for; the upper end shows what a grade judged too high would ask.
        return replace(interval, low=0.0, median=0.0)


def _directions(person: Person, course: Course, neutral: float, interval: Interval) -> Stiffnesses:
    grade = person.examination.quadriceps_mmt
    weak = grade in WEAK_QUADRICEPS or (grade is None and course.presume_weak_knee)
    most, why = most_plantarflexion(neutral, person.mass_kg, weak)
    return Stiffnesses(interval.low, most, why, most_dorsiflexion(neutral, person.mass_kg))


def _indication_stops(strength: Strength, computed: float, target: float) -> tuple[Stop, ...]:
    if strength.missing and computed > 0.0:
        return ()
    message = (
        f"The dorsiflexors have {100 * strength.share:.0f} % of the normal torque and the goals "
        "chosen need no stiffness."
        if strength.missing
        else f"No dorsiflexor strength is missing ({100 * strength.share:.0f} % of normal): no "
        "orthosis indicated."
    )
    # Without a stiffness there is nothing that a reason could lift.
    return (
        Stop(
            "not_indicated",
            message,
            ("no orthosis", "a stiffness of the prescriber's own, with a reason"),
            liftable=target > 0.0,
        ),
    )


def _angle_stops(person: Person, neutral: float) -> tuple[Stop, ...]:
    stops = []
    reach = person.examination.dorsiflexion_range_deg
    if neutral < EQUINUS_MOST_DEG:
        stops.append(
            Stop(
                "equinus",
                f"The neutral angle is {neutral:g} deg; below {EQUINUS_MOST_DEG:g} deg the foot "
                "cannot be accommodated.",
                ("stretching, casting or surgery first", "referral"),
            )
        )
    if reach is not None and neutral > reach - RANGE_RESERVE_DEG:
        stops.append(
            Stop(
                "neutral_above_range",
                f"The neutral angle asked for is {neutral:g} deg; passive dorsiflexion of "
                f"{reach:g} deg with the knee extended allows {reach - RANGE_RESERVE_DEG:g} deg.",
                (f"a neutral angle of {reach - RANGE_RESERVE_DEG:g} deg or less",),
            )
        )
    return tuple(stops)


def _over(limit: Limit) -> bool:
    return limit.verdict is Verdict.FAIL


def _limit_stop(limit: Limit, needs: Needs, goals: tuple[str, ...]) -> Stop:
    """A limit exceeded, with the ways out that this person has, each with what it brings."""
    ways_out = []
    for way in limit.ways_out:
        if way == SWING_ONLY:
            if goals != (SWING,):
                low, high = needs.swing(SLACK_LEAST), needs.swing(SLACK_MOST)
                ways_out.append(f"{way}: {low:.2f} to {high:.2f} N·m/deg")
        elif way == TONE_TREATMENT:
            if needs.demand.tone_factor > 1.0:
                ways_out.append(f"{way}: with normal tone {needs.at_tone(goals, 1.0):.2f} N·m/deg")
        elif way == SMALLER_ANGLE:
            if needs.demand.neutral_angle_deg > NEUTRAL_LEAST_DEG:
                ways_out.append(way)
        else:
            ways_out.append(way)
    name = limit.name.replace(" ", "_").replace("-", "_")
    return Stop(f"limit_{name}", limit.message, tuple(ways_out))


def _status(
    strength: Strength,
    indication: tuple[Stop, ...],
    clinical: tuple[Stop, ...],
    limited: tuple[Stop, ...],
) -> Status:
    if indication:
        return Status.NOT_NEEDED if strength.missing else Status.NOT_INDICATED
    if clinical:
        return Status.STOPPED
    return Status.LIMITED if limited else Status.INDICATED


def _heel_raise_mm(person: Person, neutral: float) -> float:
    """Height under the heel that brings the shank of an equinus orthosis upright; else 0."""
    lever = HEEL_TO_BALL * person.foot_length_mm
    return lever * math.sin(math.radians(max(0.0, -neutral)))


def _own_warnings(
    person: Person, demand: Demand, neutral: float, computed_neutral: float
) -> list[str]:
    """What the formula has to say about itself for this person."""
    said = []
    strength = person.strength
    if strength.method == "force × lever":
        said.append(
            "Hand-held readings of healthy people lie at a third to two thirds of the dynamometer "
            "norm: the strength may be larger, and less stiffness enough."
        )
    if min(neutral, computed_neutral) < 0.0:
        said.append(
            f"Neutral angle {neutral:g} deg: the equinus is accommodated, with "
            f"{_heel_raise_mm(person, neutral):.0f} mm under the heel to bring the shank upright."
        )
    healthy = SUSTAINED_SHARE * strength.norm.peak_nm
    surplus = (demand.loading_per_kg * demand.mass_kg - healthy) / LOADING_TRAVEL_DEG
    if strength.missing and surplus > SURPLUS_SHARE * loading_stiffness(demand):
        said.append(
            f"Of the loading-control stiffness {surplus:.2f} N·m/deg would be asked for at this "
            "person's full normal strength too: the demand and the strength norm come from "
            "different people."
        )
    return said


def _choice_warnings(person: Person, computed: float, interval: Interval) -> list[str]:
    said = []
    chosen, angle = person.choices.stiffness_nm_per_deg, person.choices.neutral_angle_deg
    if chosen is not None and not interval.low <= chosen <= interval.high:
        said.append(
            f"The prescriber's {chosen:g} N·m/deg lies outside the computed interval "
            f"{interval.low:.2f} to {interval.high:.2f} (computed {computed:.2f})."
        )
    if angle is not None and not NEUTRAL_LEAST_DEG <= angle <= NEUTRAL_MOST_DEG:
        said.append(
            f"The prescriber's neutral angle {angle:g} deg lies outside the usual "
            f"{NEUTRAL_LEAST_DEG:g} to {NEUTRAL_MOST_DEG:g} deg."
        )
    return said


def prescription_record(prescription: Prescription, family: str = "") -> dict[str, Any]:
    """The record's `prescription` section; numbers unrounded, units in the key names."""
    one = prescription
    return {
        "status": one.status.value,
        "target_stiffness_nm_per_deg": one.target_stiffness,
        "computed_stiffness_nm_per_deg": one.computed_stiffness,
        "interval_nm_per_deg": _interval_record(one.interval),
        "neutral_angle_deg": one.neutral_angle_deg,
        "computed_neutral_angle_deg": one.computed_neutral_angle_deg,
        "neutral_angle_interval_deg": {
            "low": one.neutral_interval_deg[0],
            "high": one.neutral_interval_deg[1],
        },
        "heel_pitch_deg": one.heel_pitch_deg,
        "shank_to_vertical_angle_deg": one.shank_to_vertical_angle_deg,
        "heel_raise_mm": one.heel_raise_mm,
        "goals": list(one.goals),
        "by_goal": {
            goal.goal: {
                "value_nm_per_deg": goal.value,
                "interval_nm_per_deg": _interval_record(goal.interval),
                "at": dict(goal.at),
            }
            for goal in one.by_goal
        },
        "strength": _strength_record(one.strength),
        "limits": [
            {
                "name": limit.name,
                "value": limit.value,
                "limit": limit.limit,
                "unit": limit.unit,
                "verdict": limit.verdict.value,
                "message": limit.message,
                "ways_out": list(limit.ways_out),
                "direction": limit.direction,
            }
            for limit in one.limits
        ],
        "stops": [
            {
                "id": stop.id,
                "message": stop.message,
                "ways_out": list(stop.ways_out),
                "liftable": stop.liftable,
                "answered": stop.is_answered(family),
            }
            for stop in one.stops
        ],
        "warnings": list(one.warnings),
        "not_examined": list(one.not_examined),
        "families": {
            advice.family: {"suited": advice.suited, "reasons": list(advice.reasons)}
            for advice in one.families
        },
        **_family_record(one),
        "plantarflexion_nm_per_deg": {
            "least": one.directions.least_plantarflexion,
            "most": one.directions.most_plantarflexion,
            "why": "least: the interval's low end; most: the limit of the "
            f"{one.directions.why_plantarflexion}",
        },
        "dorsiflexion_nm_per_deg": {
            "most": one.directions.most_dorsiflexion,
            "why": "second rocker: a fifth of the push-off moment at 12 deg; foot drop itself asks "
            "for none",
        },
        "measure_next": one.interval.measure_next,
        "course": _course_record(one.course),
        "course_rules": [
            {
                "entry": rule.entry,
                "value": rule.value,
                "changes": rule.changes,
                "rule": rule.rule,
                "source": rule.source,
                "status": rule.status,
            }
            for rule in one.course_rules
        ],
        "basis": [
            {
                "name": item.name,
                "value": item.value,
                "unit": item.unit,
                "source": item.source,
                "status": item.status,
            }
            for item in one.basis
        ],
        "sources": sorted({item.source for item in one.basis}),
    }


def _interval_record(interval: Interval) -> dict[str, Any]:
    return {
        "low": interval.low,
        "median": interval.median,
        "high": interval.high,
        "coverage": interval.coverage,
        "method": interval.method,
        "components": [
            {
                "name": part.name,
                "low": part.low,
                "high": part.high,
                "width_if_known": part.width_known,
            }
            for part in interval.components
        ],
    }


def _family_record(one: Prescription) -> dict[str, Any]:
    ranked = [
        {
            "name": item.family.name,
            "title": item.family.title,
            "classification": item.family.classification,
            "made_here": item.family.made,
            "reasons": list(item.reasons),
        }
        for item in one.recommended
    ]
    return {"recommended_family": ranked[0] if ranked else None, "runners_up": ranked[1:]}


def _course_record(course: Course) -> dict[str, Any]:
    return {
        "strength_loss_share": course.loss_share,
        "contact_limit_share": course.contact_share,
        "service_years": course.service_years,
        "follow_up_weeks": course.follow_up_weeks,
        "fibular_head_margin_mm": course.fibular_margin_mm,
        "electrode_free": course.electrode_free,
        "insole_length_mm": course.insole_length_mm,
        "knee_presumed_weak": course.presume_weak_knee,
    }


def _strength_record(strength: Strength) -> dict[str, Any]:
    return {
        "method": strength.method,
        "torque_nm": strength.torque_nm,
        "reading_nm": strength.reading_nm,
        "share_of_normal": strength.share,
        "torque_low_nm": strength.torque_bounds_nm[0],
        "torque_high_nm": strength.torque_bounds_nm[1],
        "share_low": strength.share_low,
        "share_high": strength.share_high,
        "normal_peak_nm": strength.norm.peak_nm,
        "test_angle_deg": strength.test_angle_deg,
        "missing": strength.missing,
    }
