"""Gait: swing and loading response of one person, healthy, without and with an orthosis.

Input: a `Person` and a `Spring`. Output: a `Gait`. Models of one joint on prescribed motion, with
constants that are partly engineering estimates (`constants.constants_of`); never compared with
measured patients. Outside their range they say so and give no curves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from afo_designer.design.basis import Assumption
from afo_designer.design.gait.ankle import Ankle, ankle_of_person
from afo_designer.design.gait.clearance import Clearance, clearance_of
from afo_designer.design.gait.constants import constants_of
from afo_designer.design.gait.first_rocker import Loading, loadings, normal_loading
from afo_designer.design.gait.norms import Walk, walk_at
from afo_designer.design.gait.pace import Pace, pace_of
from afo_designer.design.gait.segment import Foot, Leg, foot_of_person, leg_of
from afo_designer.design.gait.spring import NO_SPRING, Spring
from afo_designer.design.gait.steppage import Steppage, steppage
from afo_designer.design.gait.swing import Swing, normal_swing, swings
from afo_designer.design.gait.validity import outside, remarks
from afo_designer.design.person import Person
from afo_designer.design.strength import MEASURED_SD
from afo_designer.geometry.array import FloatArray

INSIDE, OUTSIDE = "inside", "outside"
TAIL = 1.645
"""Standard deviations of a measured torque at the 5 and 95 % quantiles."""


@dataclass(frozen=True, slots=True)
class SwingCase:
    """Ankle and clearance over the swing.

    `interval_mm`: smallest and largest least clearance over the strength's bounds; `lands_deg`: the
    sole's pitch at the end of swing.
    """

    ankle_deg: FloatArray
    clearance_mm: FloatArray
    least_clearance_mm: float
    at_s: float
    interval_mm: tuple[float, float] | None
    lands_deg: float


@dataclass(frozen=True, slots=True)
class LoadingCase:
    """The loading response; `slap_interval`: least and most over the strength's bounds."""

    loading: Loading
    slap_interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Gait:
    """The whole answer; `swing`, `loading` and the steppage are empty when `outside` is not."""

    outside: tuple[str, ...]
    remarks: tuple[str, ...]
    pace: Pace
    time_s: FloatArray | None
    shank_deg: FloatArray | None
    swing: dict[str, SwingCase]
    steppage: dict[str, Steppage]
    loading: dict[str, LoadingCase]
    constants: tuple[Assumption, ...]

    @property
    def status(self) -> str:
        return OUTSIDE if self.outside else INSIDE


def simulate(
    person: Person,
    spring: Spring,
    *,
    speed_m_per_s: float | None = None,
    cadence_per_min: float | None = None,
) -> Gait:
    """Swing and loading response without an orthosis and with `spring`.

    Speed and cadence given here win over the person's own; absent in both they are those of healthy
    walkers of this height. Never raises for a checked person: outside the range it says so.
    """
    seen = person.examination
    leg = leg_of(person.height_mm / 1000.0)
    pace = pace_of(
        leg.length,
        seen.walking_speed_m_per_s if speed_m_per_s is None else speed_m_per_s,
        seen.cadence_per_min if cadence_per_min is None else cadence_per_min,
    )
    beyond = outside(person, pace, spring)
    constants = constants_of(person, pace)
    if beyond:
        return Gait(beyond, (), pace, None, None, {}, {}, {}, constants)
    model = _Model.of(person, leg, pace)
    swings, steppages = model.swings(spring)
    loadings = model.loadings(spring)
    walk, normal = model.walk, normal_swing(model.walk)
    return Gait(
        outside=(),
        remarks=remarks(person),
        pace=pace,
        time_s=normal.time_s,
        shank_deg=walk.shank_deg(normal.phase),
        swing=swings,
        steppage=steppages,
        loading=loadings,
        constants=constants,
    )


def torques_nm(person: Person) -> tuple[float, float, float]:
    """The dorsiflexors' torque: low bound, value, high bound."""
    strength = person.strength
    if strength.measured:
        spread = TAIL * MEASURED_SD
        torque = strength.torque_nm
        return torque * (1.0 - spread), torque, torque * (1.0 + spread)
    peak = strength.norm.peak_nm
    return strength.share_low * peak, strength.torque_nm, strength.share_high * peak


@dataclass(frozen=True, slots=True)
class _Model:
    """What both models of one person share."""

    person: Person
    walk: Walk
    leg: Leg
    foot: Foot
    clearance: Clearance

    @classmethod
    def of(cls, person: Person, leg: Leg, pace: Pace) -> _Model:
        walk, foot = walk_at(pace.speed, pace.cycle_s), foot_of_person(person)
        clearance = clearance_of(walk, leg, foot, person.height_mm / 1000.0)
        return cls(person, walk, leg, foot, clearance)

    def swings(self, spring: Spring) -> tuple[dict[str, SwingCase], dict[str, Steppage]]:
        normal = self._case(normal_swing(self.walk), None)
        cases, steps = {"normal": normal}, {}
        ankles = self._ankles()
        for name, one in (("without", NO_SPRING), ("with", spring)):
            low, here, high = swings(self.walk, self.leg, self.foot, ankles, one)
            leasts = [self._least(case) for case in (low, here, high)]
            cases[name] = self._case(here, (min(leasts), max(leasts)))
            steps[name] = steppage(self.clearance, here.ankle_deg, normal.least_clearance_mm)
        return cases, steps

    def loadings(self, spring: Spring) -> dict[str, LoadingCase]:
        cases = {"normal": LoadingCase(normal_loading(self.walk), None)}
        ankles = self._ankles()
        for name, one in (("without", NO_SPRING), ("with", spring)):
            three = loadings(self.walk, self.foot, ankles, one, self.person.mass_kg)
            slaps = [case.slap_deg_per_s for case in three]
            cases[name] = LoadingCase(three[1], (min(slaps), max(slaps)))
        return cases

    def _ankles(self) -> list[Ankle]:
        return [ankle_of_person(self.person, torque) for torque in torques_nm(self.person)]

    def _least(self, one: Swing) -> float:
        return self.clearance.least(self.clearance.over_swing(one.ankle_deg))[0]

    def _case(self, one: Swing, ends: tuple[float, float] | None) -> SwingCase:
        heights = self.clearance.over_swing(one.ankle_deg)
        least, at = self.clearance.least(heights)
        return SwingCase(
            ankle_deg=one.ankle_deg,
            clearance_mm=heights,
            least_clearance_mm=least,
            at_s=float(one.time_s[at]),
            interval_mm=ends,
            lands_deg=float(one.pitch_deg(self.walk)[-1]),
        )


def gait_record(gait: Gait) -> dict[str, Any]:
    """The record's `gait` section; numbers unrounded, units in the key names."""
    inside = gait.status == INSIDE
    return {
        "status": gait.status,
        "outside": list(gait.outside),
        "remarks": list(gait.remarks),
        "speed_m_per_s": gait.pace.speed_m_per_s,
        "cadence_per_min": gait.pace.cadence_per_min,
        "speed_source": gait.pace.source,
        "swing": _swing_record(gait) if inside else None,
        "loading": _loading_record(gait) if inside else None,
        "parameters": [
            {
                "name": item.name,
                "value": item.value,
                "unit": item.unit,
                "source": item.source,
                "status": item.status,
            }
            for item in gait.constants
        ],
    }


def _swing_record(gait: Gait) -> dict[str, Any]:
    without, fitted = gait.steppage["without"], gait.steppage["with"]
    record: dict[str, Any] = {"time_s": _list(gait.time_s), "shank_deg": _list(gait.shank_deg)}
    for name, case in gait.swing.items():
        record[name] = {
            "ankle_deg": _list(case.ankle_deg),
            "clearance_mm": _list(case.clearance_mm),
            "least_clearance_mm": case.least_clearance_mm,
            "least_clearance_interval_mm": _pair(case.interval_mm),
            "at_s": case.at_s,
            "foot_at_contact_deg": case.lands_deg,
            "lands": landing(case.lands_deg),
        }
    record["steppage"] = {
        "hip_deg": without.hip_deg,
        "knee_deg": without.knee_deg,
        "reduced_to_hip_deg": fitted.hip_deg,
        "reduced_to_knee_deg": fitted.knee_deg,
    }
    return record


def landing(pitch_deg: float) -> str:
    """What touches the floor first, by the sole's pitch at the end of swing (3 deg: estimate)."""
    if pitch_deg > 3.0:
        return "heel"
    return "flat" if pitch_deg >= -3.0 else "forefoot"


def _loading_record(gait: Gait) -> dict[str, Any]:
    first = next(iter(gait.loading.values())).loading
    record: dict[str, Any] = {"time_s": _list(first.time_s)}
    for name, case in gait.loading.items():
        one = case.loading
        record[name] = {
            "foot_deg": _list(one.foot_deg),
            "slap_speed_deg_per_s": one.slap_deg_per_s,
            "slap_speed_interval_deg_per_s": _pair(case.slap_interval),
            "time_to_flat_s": one.flat_s,
            "least_ankle_deg": one.least_ankle_deg,
            "knee_moment_nm": None if math.isnan(one.knee_nm) else one.knee_nm,
            "orthosis_moment_nm": one.orthosis_nm,
        }
    return record


def _list(values: FloatArray | None) -> list[float]:
    return [] if values is None else [float(value) for value in values]


def _pair(values: tuple[float, float] | None) -> list[float] | None:
    return None if values is None else list(values)
