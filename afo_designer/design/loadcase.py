"""Load cases of walking on the orthosis: moments and ankle rotations from the neutral angle.

Moments are the orthosis's on the foot, dorsiflexing positive; rotations are of the ankle from the
neutral angle, dorsiflexion positive, so a sagittal case is a point of the moment-angle curve. The
list is an engineering estimate: no test standard for ankle-foot orthoses was found (ISO 22675 is
for prostheses). Loading and stumble are capped at the orthosis's own moment at −20 and −25 deg,
where floor and shoe stop the foot. Loading, a rocker, stairs and push-off go to their angle or to
the whole moment of a normal ankle, whichever comes first: an orthosis too stiff to be bent that far
by walking is not bent that far.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from afo_designer.design.demand import DemandRefused, foot_weight_moment_nm
from afo_designer.design.person import Person
from afo_designer.mechanics.moment_angle import MomentAngle

LOADING_ROTATION_DEG, LOADING_MOMENT_PER_KG = 10.0, 0.25
"""First rocker: the larger of k·10 deg and .25 N·m/kg, the upper adult norm (recalled)."""
LOADING_STOP_DEG, STUMBLE_STOP_DEG = -20.0, -25.0
"""Absolute ankle angles at which floor and shoe stop the foot (engineering estimate)."""
ROCKER_ANGLE_DEG, STAIRS_ANGLE_DEG, PUSH_OFF_ANGLE_DEG = 12.0, 15.0, -20.0
"""Absolute ankle angles (engineering estimate on Schwartz 2008 and gaitutils norms, read)."""
ANKLE_MOMENT_PER_KG, STAIRS_MOMENT_PER_KG = 1.23, 1.5
"""N·m/kg, the whole moment of a normal ankle: in walking at free speed (Schwartz 2008, read), and
on stairs (upper end of what is reported for ascent, recalled). More would have to come from a load
that walking does not bring; twice the rocker's is a stumble's (engineering estimate)."""
STANDING_ROTATION_DEG, STANDING_MOMENT_PER_KG = 5.0, 0.25
"""Long standing: what two legs bear with the body's weight 50 mm before the ankles, .25 N·m/kg
each, but no further than 5 deg, as in a shoe whose heel is 15 mm lower than the one the orthosis
was made for (engineering estimate; at neutral nothing would bear)."""
STUMBLE_FACTOR = 2.0
INVERSION_DEG = 5.0
# A doubled moment of a straight curve is at the doubled rotation but for rounding: not a cap.
ROUNDING = 1e-9

_HERE = "engineering estimate"


class Direction(StrEnum):
    """The plane of the rotation: sagittal about the ankle axis, frontal about x through it."""

    SAGITTAL = "sagittal"
    FRONTAL = "frontal"


@dataclass(frozen=True, slots=True)
class LoadCase:
    """One load: `rotation_deg` imposed from the neutral angle and the `moment_nm` it takes.

    Sagittal: dorsiflexion positive; rotation and moment are a point of the curve. Frontal: of the
    foot in the shank, inversion positive, about x through the ankle centre (`shank_turn_deg`); the
    moment is None, because the sagittal curve does not give it: the bench computes it or the case
    is declared not computed. `capped`: floor, shoe, the doubled rotation or the moment of a normal
    ankle limit the case. `extrapolated`: the rotation lies beyond the computed points of the curve.
    """

    name: str
    direction: Direction
    rotation_deg: float
    moment_nm: float | None
    source: str
    capped: bool = False
    extrapolated: bool = False

    def shank_turn_deg(self, side: str) -> float:
        """A frontal case's right-hand turn of the driven shank about +x, the foot held.

        Turned so, the shank's top goes to the person's right: on the left leg that leaves the
        lateral border of the foot lower in the shank's eyes, which is inversion.
        """
        return self.rotation_deg if side == "left" else -self.rotation_deg


@dataclass(frozen=True, slots=True)
class FatigueDemand:
    """Cycles of one foot and the two cases between which each step reverses the orthosis."""

    steps_per_day: float
    cycles_per_year: float
    years: float
    cycles_required: float
    plantarflexion_case: str
    dorsiflexion_case: str
    source: str


def load_cases(
    curve: MomentAngle, neutral_angle_deg: float, mass_kg: float, swing_moment_nm: float
) -> tuple[LoadCase, ...]:
    """The load cases of an orthosis of a moment-angle curve at its neutral angle.

    A one-sided curve bears the norm's moments, not rotations that its stop prevents.
    `swing_moment_nm`: gravity of foot and shoe, positive (`swing_moment_nm` gives it).
    Raises `DemandRefused` when the neutral angle lies outside the angles of the cases.
    """
    _refuse_neutral(neutral_angle_deg)

    def sagittal(name: str, rotation: float, source: str, capped: bool = False) -> LoadCase:
        moment, beyond = curve.moment_at(rotation), not curve.within(rotation)
        return LoadCase(name, Direction.SAGITTAL, rotation, moment, source, capped, beyond)

    def at_moment(
        name: str, moment: float, stop_deg: float, source: str, capped: bool = False
    ) -> LoadCase:
        asked, stop = curve.rotation_at(moment), stop_deg - neutral_angle_deg
        return sagittal(name, max(asked, stop), source, capped or asked < stop)

    def at_angle(name: str, angle_deg: float, most_per_kg: float, source: str) -> LoadCase:
        asked, way = angle_deg - neutral_angle_deg, 1.0 if angle_deg > neutral_angle_deg else -1.0
        reached = way * curve.rotation_at(-way * most_per_kg * mass_kg)
        rotation = way * min(way * asked, reached)
        words = f"{source}, at most {most_per_kg:g} N·m/kg"
        return sagittal(name, rotation, words, capped=reached < way * asked)

    walking, climbing = ANKLE_MOMENT_PER_KG, STAIRS_MOMENT_PER_KG
    norm, whole = LOADING_MOMENT_PER_KG * mass_kg, walking * mass_kg
    # a stop is not bent through 10 deg: it takes the heel's moment, wherever it is then
    bent = norm if curve.one_sided else max(curve.moment_at(-LOADING_ROTATION_DEG), norm)
    asked, stiff = min(bent, whole), bent > whole
    gravity = "gravity of foot and shoe; foot mass and centre of de Leva (read)"
    loading = f"{_HERE}: k·10 deg or .25 N·m/kg, at most {walking:g} N·m/kg, to -20 deg"
    if curve.one_sided:
        loading = f"{_HERE}: .25 N·m/kg on the stop, to -20 deg"
    stumble = f"{_HERE}: twice the loading moment, to -25 deg"
    rocker = at_angle(
        "second_rocker", ROCKER_ANGLE_DEG, walking, f"{_HERE}: dorsiflexion to 12 deg"
    )
    # a curve that flattens may never reach the doubled moment: the doubled rotation ends it
    twice = curve.rotation_at(STUMBLE_FACTOR * curve.moment_at(rocker.rotation_deg))
    if curve.one_sided:
        twice = float("inf")
    most = STUMBLE_FACTOR * rocker.rotation_deg
    leaning = curve.rotation_at(-STANDING_MOMENT_PER_KG * mass_kg)
    return (
        at_moment("swing", swing_moment_nm, LOADING_STOP_DEG, gravity),
        at_moment("loading", asked, LOADING_STOP_DEG, loading, stiff),
        sagittal(
            "standing",
            min(leaning, STANDING_ROTATION_DEG),
            f"{_HERE}: standing long, .25 N·m/kg into dorsiflexion, at most 5 deg",
            capped=leaning > STANDING_ROTATION_DEG,
        ),
        rocker,
        at_angle("stairs", STAIRS_ANGLE_DEG, climbing, f"{_HERE}: dorsiflexion to 15 deg"),
        at_moment("push_off", asked, PUSH_OFF_ANGLE_DEG, f"{_HERE}: the calf against the stop")
        if curve.one_sided
        else at_angle(
            "push_off", PUSH_OFF_ANGLE_DEG, walking, f"{_HERE}: plantarflexion to -20 deg"
        ),
        at_moment("stumble", STUMBLE_FACTOR * asked, STUMBLE_STOP_DEG, stumble, stiff),
        sagittal(
            "stumble_dorsiflexion",
            min(twice, most),
            f"{_HERE}: twice the second rocker's moment, at most twice its rotation",
            capped=twice > most * (1.0 + ROUNDING),
        ),
        *frontal_cases(),
    )


SAGITTAL_CASES = (
    "swing",
    "loading",
    "standing",
    "second_rocker",
    "stairs",
    "push_off",
    "stumble",
    "stumble_dorsiflexion",
)
"""The names of the cases that lie on a moment-angle curve: none without one."""


def frontal_cases() -> tuple[LoadCase, ...]:
    """The cases of an orthosis that claims the frontal plane alone."""
    return _frontal("inversion", INVERSION_DEG), _frontal("eversion", -INVERSION_DEG)


def rotations_met(neutral_angle_deg: float) -> tuple[float, float]:
    """Degrees from neutral between which every sagittal case lies: what a sweep should cover."""
    _refuse_neutral(neutral_angle_deg)
    doubled = STUMBLE_FACTOR * (ROCKER_ANGLE_DEG - neutral_angle_deg)
    return STUMBLE_STOP_DEG - neutral_angle_deg, max(doubled, STAIRS_ANGLE_DEG - neutral_angle_deg)


def _frontal(name: str, rotation_deg: float) -> LoadCase:
    source = f"{_HERE}: 5 deg each way about x through the ankle centre"
    return LoadCase(name, Direction.FRONTAL, rotation_deg, None, source)


def _refuse_neutral(neutral_angle_deg: float) -> None:
    if not LOADING_STOP_DEG < neutral_angle_deg < ROCKER_ANGLE_DEG:
        raise DemandRefused(
            f"The neutral angle is {neutral_angle_deg:g} deg; load cases need it between "
            f"{LOADING_STOP_DEG:g} and {ROCKER_ANGLE_DEG:g} deg."
        )


def swing_moment_nm(person: Person) -> float:
    """Gravity moment of the person's foot and shoe about the ankle, positive (N·m)."""
    return foot_weight_moment_nm(
        person.mass_kg,
        person.foot_length_mm,
        person.footwear.shoe_mass_g,
        person.identity.sex,
        person.is_child,
    )


STEP_EXTREMES = ("push_off", "second_rocker")
"""The cases between which every step reverses the orthosis: plantarflexion, dorsiflexion."""
SERVICE_YEARS = 2.0
"""Years of use that the cycles are counted over: the longer of the usual 1 to 2 (estimate)."""


def fatigue_demand(person: Person, years: float = SERVICE_YEARS) -> FatigueDemand:
    """Cycles from the steps of both feet, so half of them; the file's default is 6000 a day.

    The default gives 1.1 million a year, 2.2 million in two. A leaf reverses at each step, from
    push-off's plantarflexion to the second rocker's dorsiflexion.
    """
    steps = person.examination.activity_steps_per_day
    per_year = steps / 2.0 * 365.0
    given = "examination.activity_steps_per_day" in person.given
    return FatigueDemand(
        steps_per_day=steps,
        cycles_per_year=per_year,
        years=years,
        cycles_required=per_year * years,
        plantarflexion_case=STEP_EXTREMES[0],
        dorsiflexion_case=STEP_EXTREMES[1],
        source="steps per day of the person file" if given else "default of 6000 steps per day",
    )
