"""Service: what an orthosis has to bear, of which material, on whose side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from afo_designer.design.loadcase import (
    FatigueDemand,
    LoadCase,
    fatigue_demand,
    load_cases,
    swing_moment_nm,
)
from afo_designer.design.person import Person
from afo_designer.design.place import place_name
from afo_designer.design.prescription import Prescription
from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.moment_angle import MomentAngle
from afo_designer.shell.shell import Shell

Place = Callable[[FloatArray], str]


@dataclass(frozen=True, slots=True)
class Service:
    """Load cases and what the steps of its years demand. `place` names a point of it in words."""

    cases: tuple[LoadCase, ...]
    demand: FatigueDemand
    material: Material
    side: str
    place: Place


def service_of(
    shell: Shell,
    curve: MomentAngle,
    material: Material,
    person: Person,
    prescription: Prescription,
) -> Service:
    """What a shell with a moment-angle `curve` has to bear on a person."""
    neutral = prescription.neutral_angle_deg
    return Service(
        cases=load_cases(curve, neutral, person.mass_kg, swing_moment_nm(person)),
        demand=fatigue_demand(person, prescription.course.service_years),
        material=material,
        side=person.side,
        place=partial(place_name, shell),
    )
