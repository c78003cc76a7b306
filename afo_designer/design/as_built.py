"""As built: what a printed part is, from what was measured on it.

The printed wall is the nominal one plus a difference that runs straight between the measured points
of the leaf's midline, station by station, and stays what it is beyond the first and the last: a
printer errs by millimetres, not by shares, and alike along its layers ([D]). The inner surface
stays, as in the interval of the nominal stiffness. On that shell the linear bench is solved again;
the ratio of the bench in large rotations to the linear one belongs to the shape and hardly to the
wall (`design.tuned_shell`), so the nominal part's carries over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from afo_designer.design.pipeline import Design
from afo_designer.design.prescription import Prescription
from afo_designer.design.printing.critical import CriticalPoint
from afo_designer.design.stiffness import Stiffness
from afo_designer.design.stiffness_interval import (
    CALIPER_MM,
    StiffnessInterval,
    spread_of,
    stiffness_interval,
)
from afo_designer.design.trials import solved
from afo_designer.geometry.refusal import InputRefused
from afo_designer.mechanics.bench import supports
from afo_designer.mechanics.gradient import volume_of
from afo_designer.mechanics.model import ShellModel

# A wall or a mass outside these shares of the nominal is a slip of unit or point, not a part ([D]).
LEAST_SHARE, MOST_SHARE = 0.5, 2.0
# A mass that differs by more from what the measured walls account for speaks of pores, of powder
# left inside or of another material ([D]: sintered parts scatter by 2 to 3 %, recalled).
MASS_PERCENT = 5.0

PRESCRIPTION, NOMINAL = "the prescription", "the nominal part"


class MeasurementRefused(InputRefused):
    """A measurement that no part of this design can have."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What somebody measured on a printed part, and noted.

    `thickness_mm`: at every critical point of the design, or one value for all; empty where it was
    not measured. `refresh_ratio`: share of new powder, 0 to 1. What was not noted is None.
    """

    thickness_mm: tuple[float, ...] = ()
    mass_g: float | None = None
    machine: str | None = None
    lot: str | None = None
    refresh_ratio: float | None = None
    orientation: str | None = None
    inspector: str | None = None


@dataclass(frozen=True, slots=True)
class BuiltWall:
    """The wall measured at one point, mm, as finished."""

    point: CriticalPoint
    measured: float


@dataclass(frozen=True, slots=True)
class BuiltSpring:
    """The stiffness of the printed part, N·m/deg, beside the nominal one.

    `way`: plantarflexion or dorsiflexion, which of both was promised; `nominal`, `target` and
    `interval`, of the printed part whose wall is known to a caliper, are of that way. `target` is
    None where no stiffness was asked for. `limits`: what the stiffness has to lie in, `whose` they
    are: the prescription's, or what the nominal part may be.
    """

    way: str
    plantarflexion: float
    dorsiflexion: float
    nominal: float
    target: float | None
    interval: StiffnessInterval
    whose: str
    limits: tuple[float, float]

    @property
    def achieved(self) -> float:
        return self.dorsiflexion if self.way == "dorsiflexion" else self.plantarflexion

    @property
    def wanted(self) -> float:
        """The target; the nominal stiffness where the part is held against the nominal one."""
        return self.nominal if self.whose == NOMINAL or self.target is None else self.target

    @property
    def wanted_within(self) -> bool:
        """Whether what is wanted lies in the printed part's own interval."""
        return self.interval.low <= self.wanted <= self.interval.high

    @property
    def fits(self) -> bool:
        """Within the limits, which may be wide, and what is wanted within what the part may be."""
        low, high = self.limits
        return low <= self.achieved <= high and self.wanted_within

    @property
    def change_percent(self) -> float:
        """Against the nominal part."""
        return 100.0 * (self.achieved / self.nominal - 1.0)


@dataclass(frozen=True, slots=True)
class BuiltMass:
    """Mass in g: measured, nominal as printed, and what finish and measured walls account for."""

    measured: float
    nominal: float
    accounted: float

    @property
    def error_percent(self) -> float:
        """Of the measured mass against what the walls account for."""
        return 100.0 * (self.measured / self.accounted - 1.0)

    @property
    def fits(self) -> bool:
        return abs(self.error_percent) <= MASS_PERCENT


@dataclass(frozen=True, slots=True)
class AsBuilt:
    """A printed part. What was not measured is empty or None; `least_wall` is the material's."""

    measurement: Measurement
    walls: tuple[BuiltWall, ...]
    spring: BuiltSpring | None
    mass: BuiltMass | None
    least_wall: float

    @property
    def thin(self) -> tuple[BuiltWall, ...]:
        """Walls below what the process makes reliably."""
        return tuple(wall for wall in self.walls if wall.measured < self.least_wall)

    @property
    def fits(self) -> bool:
        """Whether nothing that was measured speaks against the part."""
        spring = self.spring is None or self.spring.fits
        return spring and (self.mass is None or self.mass.fits) and not self.thin


def as_built(design: Design, measurement: Measurement) -> AsBuilt:
    """A printed part of a design. Raises `MeasurementRefused` with the value and what is allowed.

    Raises `DesignInfeasible` where the mechanics fail.
    """
    walls = _walls(design.critical, measurement.thickness_mm)
    nominal_g = design.part.volume * design.material.density_g_per_cm3 / 1000.0
    if measurement.mass_g is not None:
        _refuse("measured mass", measurement.mass_g, nominal_g, "g", "of the nominal part")
    _refuse_ratio(measurement.refresh_ratio)
    if not walls and measurement.mass_g is None:
        raise MeasurementRefused(
            "Nothing was measured: give --measured-thickness, --measured-mass or both."
        )
    spring, grown = (None, 0.0) if not walls else _resolved(design, walls)
    mass = None
    if measurement.mass_g is not None:
        # finishing takes half its change off every face, the rims too
        finished = 0.5 * design.shell.finish_mm * float(design.part.areas.sum())
        accounted = nominal_g + (grown + finished) * design.material.density_g_per_cm3 / 1000.0
        mass = BuiltMass(measurement.mass_g, nominal_g, accounted)
    return AsBuilt(measurement, walls, spring, mass, design.material.min_wall_mm)


def _walls(points: Sequence[CriticalPoint], measured: Sequence[float]) -> tuple[BuiltWall, ...]:
    """Every point with its wall; one value stands for all."""
    if not measured:
        return ()
    if not points:
        raise MeasurementRefused(
            "--measured-thickness was given, but this orthosis has no leaf that bends in the "
            "sagittal plane: measure its mass."
        )
    if len(measured) not in (1, len(points)):
        places = ", ".join(point.place for point in points)
        raise MeasurementRefused(
            f"--measured-thickness has {len(measured)} values; give one, or {len(points)} in this "
            f"order: {places}."
        )
    values = [*measured] * len(points) if len(measured) == 1 else [*measured]
    for point, value in zip(points, values, strict=True):
        _refuse("measured thickness", value, point.nominal, "mm", f"at {point.place}")
    return tuple(BuiltWall(*pair) for pair in zip(points, values, strict=True))


def _refuse(what: str, value: float, nominal: float, unit: str, where: str) -> None:
    low, high = LEAST_SHARE * nominal, MOST_SHARE * nominal
    if not low <= value <= high:
        raise MeasurementRefused(
            f"The {what} is {value:g} {unit}, the nominal {where} {nominal:.3g} {unit}; "
            f"{low:.3g} to {high:.3g} {unit} are taken. Check the unit, the point and the part."
        )


def _refuse_ratio(ratio: float | None) -> None:
    if ratio is not None and not 0.0 <= ratio <= 1.0:
        raise MeasurementRefused(
            f"The refresh ratio is {ratio:g}; it is the share of new powder, 0 to 1."
        )


def _resolved(design: Design, walls: Sequence[BuiltWall]) -> tuple[BuiltSpring, float]:
    """The spring with the measured wall, and the volume (mm³) that it gained."""
    nominal, positive = design.stiffness, design.positive
    assert nominal is not None
    held = supports(design.model, design.bench)
    before = solved(design.model, design.bench, held)
    after = solved(printed_model(design, walls), design.bench, held)
    share = after.stiffness / before.stiffness
    shank_mm = float(np.linalg.norm(positive.knee_centre - positive.ankle_centre))
    mesh = next(high for name, _, high in nominal.interval.components if name == "mesh")
    spread = spread_of(after, shank_mm, positive.plate.bend_start, mesh)
    whose, low, high = _held_against(design.prescription, nominal)
    spring = BuiltSpring(
        way=nominal.way,
        plantarflexion=share * nominal.plantarflexion,
        dorsiflexion=share * nominal.dorsiflexion,
        nominal=nominal.achieved,
        target=nominal.target,
        interval=stiffness_interval(share * nominal.achieved, spread, CALIPER_MM),
        whose=whose,
        limits=(low, high),
    )
    return spring, volume_of(after) - volume_of(before)


def _held_against(prescription: Prescription, nominal: Stiffness) -> tuple[str, float, float]:
    """The interval that the part has to lie in, and whose it is.

    The prescription's, where the nominal part lies in it; it is of plantarflexion. A target in the
    other way, the prescriber's own beyond it, or a joint that stops: what the nominal part may be.
    """
    low, high = prescription.interval.low, prescription.interval.high
    if nominal.way == "plantarflexion" and low <= nominal.plantarflexion <= high:
        return PRESCRIPTION, low, high
    return NOMINAL, nominal.interval.low, nominal.interval.high


def printed_model(design: Design, walls: Sequence[BuiltWall]) -> ShellModel:
    """The model with the printed wall."""
    model = design.model
    at = [wall.point.station for wall in walls]
    change = [wall.measured - wall.point.nominal for wall in walls]
    grown = np.interp(model.mesh.parameters[:, 0], at, change)
    grown = np.maximum(grown, -LEAST_SHARE * model.thickness)
    vertices = model.mesh.vertices + 0.5 * grown[:, None] * model.directors
    mesh = replace(model.mesh, vertices=vertices)
    return replace(model, mesh=mesh, thickness=model.thickness + grown)
