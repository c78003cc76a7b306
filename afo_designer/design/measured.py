"""Measured: what bench, load cases and skin say of a shell, in the plane that it claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.frontal import Frontal, measure_frontal
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.loadcase import frontal_cases
from afo_designer.design.person import Person
from afo_designer.design.place import place_name
from afo_designer.design.prescription import Prescription
from afo_designer.design.service import service_of
from afo_designer.design.skin import SkinCare, SkinPressure, skin_cases, skin_pressure
from afo_designer.design.stiffness import Stiffness, measure
from afo_designer.design.tuned_shell import TunedShell
from afo_designer.design.verification import Verified, verify, verify_frontal
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.stiffness import BenchResult, stiffness_of
from afo_designer.shell.shell import Shell


@dataclass(frozen=True, slots=True)
class Measured:
    """Sagittal: `sagittal` (the linear bench), `stiffness` and, with a sweep, `skin`; else None.

    `frontal` only where the orthosis claims that plane alone.
    """

    sagittal: BenchResult | None
    stiffness: Stiffness | None
    frontal: Frontal | None
    verified: Verified
    skin: SkinPressure | None


def measured_sagittal(
    tuned: TunedShell,
    positive: PositiveModel,
    bench: Bench,
    material: Material,
    person: Person,
    prescription: Prescription,
    progress: Callable[[str], None],
    way: str,
) -> Measured:
    """Of a tuned shell: stiffness, every load case, and pressure on the skin where it was swept."""
    sagittal = _solved(tuned.model, bench)
    target: float | None = prescription.target_stiffness
    if way == "dorsiflexion":
        target = person.choices.stiffness_nm_per_deg
    stiffness = measure(tuned, bench, positive, target, way)
    verified = verify(
        tuned.model,
        bench,
        sagittal,
        service_of(tuned.shell, stiffness.curve, material, person, prescription),
        stiffness.run,
        0.0 if tuned.shell.hinge is None else float(np.degrees(tuned.shell.hinge.opening)),
    )
    skin = None
    if stiffness.run is not None:
        progress("skin")
        skin = skin_pressure(
            tuned.shell,
            positive,
            bench,
            tuned.model,
            stiffness.run,
            skin_cases(prescription.neutral_angle_deg),
            _skin_care(prescription),
        )
    return Measured(sagittal, stiffness, None, verified, skin)


def measured_frontal(
    shell: Shell,
    model: ShellModel,
    positive: PositiveModel,
    bench: Bench,
    material: Material,
    person: Person,
    *,
    large: bool,
) -> Measured:
    """Of a shell that claims the frontal plane alone: inversion, eversion and their strength."""
    verified = verify_frontal(
        model,
        bench,
        frontal_cases(),
        material,
        person.side,
        partial(place_name, shell),
        large=large,
    )
    frontal = measure_frontal(shell, positive, bench, model, verified)
    return Measured(None, None, frontal, verified, None)


def _skin_care(prescription: Prescription) -> SkinCare:
    course = prescription.course
    return SkinCare(course.electrode_free, course.contact_share, course.fibular_margin_mm)


def _solved(model: ShellModel, bench: Bench) -> BenchResult:
    result = stiffness_of(model, bench)
    if not result.solution.solved:
        raise DesignInfeasible(f"The finite-element check failed: {result.solution.message}")
    return result
