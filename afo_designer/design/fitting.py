"""Fitting: what an orthotist can still change on the finished part, and what it does."""

from __future__ import annotations

import math
from dataclasses import dataclass

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.grinding import Bearing, Grinding, grind
from afo_designer.design.loadcase import swing_moment_nm
from afo_designer.design.measured import Measured
from afo_designer.design.person import Person
from afo_designer.design.shim import Shim, Spring, shim_table
from afo_designer.design.shoe import Shoe
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel
from afo_designer.shell.shell import Shell

NO_SPRING = "This orthosis claims no stiffness in the sagittal plane: nothing to grind or shim by."
SEVERAL_PARTS = "An orthosis of several parts is no leaf: grinding its edges sets no spring."


@dataclass(frozen=True, slots=True)
class Fitting:
    """The grind-down curve and the shim table; `reason` says why one is absent."""

    grinding: Grinding | None
    spring: Spring | None
    shims: tuple[Shim, ...]
    reason: str


def fitting_of(
    found: Measured,
    shell: Shell,
    model: ShellModel,
    bench: Bench,
    positive: PositiveModel,
    material: Material,
    person: Person,
    neutral_angle_deg: float,
    shoe: Shoe,
    *,
    parts: int = 1,
) -> Fitting:
    """The fitting's tables of a design of so many parts."""
    stiffness = found.stiffness
    if stiffness is None or found.sagittal is None:
        return Fitting(None, None, (), NO_SPRING)
    plate, worn = positive.plate, shoe.worn
    spring = Spring(
        neutral_deg=neutral_angle_deg,
        plantarflexion=stiffness.plantarflexion,
        dorsiflexion=stiffness.dorsiflexion,
        lever_mm=plate.bend_start - plate.heel,
        heel_height_mm=person.footwear.heel_height_difference_mm,
        plate_mm=worn.heel_stack_mm - worn.ball_stack_mm,
        stack_mm=worn.heel_stack_mm,
        swing_moment_nm=swing_moment_nm(person),
        opening_deg=0.0 if shell.hinge is None else math.degrees(shell.hinge.opening),
    )
    if parts > 1:
        return Fitting(None, spring, shim_table(spring), SEVERAL_PARTS)
    bearing = Bearing(
        shell=shell,
        model=model,
        bench=bench,
        sagittal=found.sagittal,
        stiffness=stiffness,
        verified=found.verified,
        material=material,
        person=person,
        neutral_angle_deg=neutral_angle_deg,
    )
    return Fitting(grind(bearing), spring, shim_table(spring), "")
