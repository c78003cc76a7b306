"""Persons and their walking that the gait tests share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from afo_designer.design.gait.ankle import Ankle, ankle_of_person
from afo_designer.design.gait.clearance import Clearance, clearance_of
from afo_designer.design.gait.norms import Walk, walk_at
from afo_designer.design.gait.pace import pace_of
from afo_designer.design.gait.segment import Foot, Leg, foot_of_person, leg_of
from afo_designer.design.person import Person, person_from_mapping


def walker(
    mass_kg: float = 70.0, height_mm: float = 1720.0, grade: str = "0", **examination: Any
) -> Person:
    """A person of whom everything that the models ask was examined and found normal."""
    seen = {
        "dorsiflexor_mmt": grade,
        "plantarflexor_mmt": "5",
        "spasticity_mas": "0",
        "dorsiflexion_range_deg": 15,
        "knee_in_stance": "normal",
    }
    return person_from_mapping(
        {
            "person": {"mass_kg": mass_kg, "height_mm": height_mm, "side": "left"},
            "examination": {key: value for key, value in (seen | examination).items() if value},
        }
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """What the models take, for one person."""

    walk: Walk
    leg: Leg
    foot: Foot
    ankle: Ankle
    clearance: Clearance
    mass_kg: float


def setting(person: Person, torque_nm: float | None = None) -> Setting:
    height = person.height_mm / 1000.0
    leg, foot = leg_of(height), foot_of_person(person)
    seen = person.examination
    pace = pace_of(leg.length, seen.walking_speed_m_per_s, seen.cadence_per_min)
    walk = walk_at(pace.speed, pace.cycle_s)
    torque = person.strength.torque_nm if torque_nm is None else torque_nm
    ankle = ankle_of_person(person, torque)
    return Setting(walk, leg, foot, ankle, clearance_of(walk, leg, foot, height), person.mass_kg)
