"""Design: from a limb and a prescription to a tuned, checked orthosis, stage by stage.

Stage 1  prescription      Person → Prescription
Stage 2  cast modification Limb → PositiveModel
Stage 3  shell             PositiveModel → Shell
Stage 4  tuning            Shell → Shell of the target stiffness
Stage 5  part              Shell → BSplineSolid → closed TriMesh
Stage 6  verification      load cases, fatigue, bench variants, interval
Stage 7  checkout          every rule of design.checks, verdicts, status
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.positive import PositiveModel
from afo_designer.design.checks.check import Check
from afo_designer.design.checks.finished import Finished
from afo_designer.design.checks.registry import checked
from afo_designer.design.family import family_named
from afo_designer.design.fit import Fit, measure_fit, openings
from afo_designer.design.formed import Formed
from afo_designer.design.frontal import Frontal
from afo_designer.design.grading import Graded
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.machine import fits_by_machine
from afo_designer.design.measured import measured_frontal, measured_sagittal
from afo_designer.design.parameters import Chosen
from afo_designer.design.part import Part, together
from afo_designer.design.person import Person
from afo_designer.design.prescription import Prescription, prescribe
from afo_designer.design.preset import Preset
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.shoe import Shoe, fit_shoe
from afo_designer.design.skin import SkinPressure
from afo_designer.design.stiffness import Stiffness
from afo_designer.design.template import Template
from afo_designer.design.tuned_shell import TunedShell, resolved, tune_shell
from afo_designer.design.verification import Verified, stress_allowed
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.geometry.solid import BSplineSolid, closed_mesh
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Side
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.stiffness import BenchResult
from afo_designer.shell.hinged import shell_parts
from afo_designer.shell.shell import Shell, form_shell

# A hindfoot that does not correct is not to be turned by more than this ([D]; a scan's own error).
STIFF_HINDFOOT_DEG = 3.0


class SideMismatch(InputRefused):
    """A scan of one leg for an order of the other."""


class Status(StrEnum):
    """The verdict on a design."""

    OK = "ok"
    WARNINGS = "warnings"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Design:
    """Everything a design is, before it is written; `formed` is what the rest follows from.

    `sagittal`, `stiffness` and `skin` are None where the orthosis claims nothing in the sagittal
    plane (`tuning.goal`); `frontal` is None where it does.
    """

    formed: Formed
    limb: Limb
    person: Person
    prescription: Prescription
    template: Template
    chosen: Chosen
    material: Material
    positive: PositiveModel
    shell: Shell
    bench: Bench
    model: ShellModel
    sagittal: BenchResult | None
    stiffness: Stiffness | None
    frontal: Frontal | None
    verified: Verified
    graded: Graded | None
    skin: SkinPressure | None
    parts: tuple[Part, ...]
    fit: Fit
    shoe: Shoe
    machines: dict[str, bool]
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]
    override: str | None
    preset: Preset | None
    fast: bool

    @property
    def status(self) -> Status:
        verdicts = {check.verdict for check in self.checks}
        if "fail" in verdicts or not self.prescription.stands(self.override):
            return Status.FAILED
        return Status.WARNINGS if "warn" in verdicts or self.warnings else Status.OK

    @property
    def part(self) -> TriMesh:
        """Everything that is printed as one mesh, where it is worn."""
        return together(self.parts)


Progress = Callable[[str], None]
# (the part's name, its body and the body's closed mesh)
PartReady = Callable[[str, BSplineSolid, TriMesh], None]


def design_afo(
    limb: Limb,
    person: Person,
    template: Template,
    chosen: Chosen,
    material: Material,
    *,
    override: str | None = None,
    preset: Preset | None = None,
    fast: bool = False,
    progress: Progress = lambda stage: None,
    part_ready: PartReady = lambda name, solid, mesh: None,
) -> Design:
    """The design for a limb, a person, a family and a material.

    `chosen` holds the template's parameters with the preset's and the user's; `preset` adds its
    local offsets. `override` is the prescriber's reason
    to go on past clinical stops. `fast` keeps to the linear bench. `part_ready` is
    given every tuned part while the checks are still to come.
    Raises `DesignInfeasible` where no orthosis is indicated or the mechanics fail, and subclasses
    of `InputRefused` for a limb or values that cannot be used.
    """
    progress("prescription")
    prescription = prescribe(person)
    sprung = chosen.parameters.tuning.goal == "sagittal"
    if sprung and not prescription.target_stiffness > 0.0:
        raise DesignInfeasible(f"{prescription.status.value.capitalize()}.")
    if person.side != limb.side.value:
        raise SideMismatch(
            f"The person file says {person.side}, the scan was taken as a {limb.side.value} leg. "
            "Correct person.side, or leave --side out."
        )

    progress("cast modification")
    scaled = chosen.scaled_to(limb.foot_length)
    positive = modify_cast(
        limb,
        float(np.radians(prescription.neutral_angle_deg)),
        person.footwear.heel_height_difference_mm,
        scaled.parameters.cast,
        _passive_range(person),
        () if preset is None else preset.offsets,
    )

    progress("shell")
    shell = form_shell(positive, scaled.parameters.shell, prescription.course.insole_length_mm)

    progress("tuning")
    bench = bench_for(shell, positive)
    tuned = None
    if sprung:
        tuned = tune_shell(
            shell,
            positive,
            bench,
            material.elasticity,
            scaled,
            prescription.target_stiffness,
            large=not fast,
            allowed=stress_allowed(material, prescription.neutral_angle_deg),
        )
    formed = Formed(
        person=person,
        template=template,
        asked=chosen,
        chosen=scaled if tuned is None else tuned.chosen,
        material=material,
        positive=positive,
        shell=shell if tuned is None else tuned.shell,
        tuned=None if tuned is None else tuned.tuned,
        sweeps=0 if tuned is None else tuned.sweeps,
        graded=None if tuned is None else tuned.graded,
        override=override,
        preset=preset,
        fast=fast,
    )
    return _checked_out(formed, prescription, bench, tuned, progress, part_ready)


def check_out(
    formed: Formed,
    progress: Progress = lambda stage: None,
    part_ready: PartReady = lambda name, solid, mesh: None,
) -> Design:
    """Stages 5 to 7 again for a design formed before, bit by bit: prescription and bench as well.

    Raises as `design_afo`.
    """
    progress("mechanics")
    prescription = prescribe(formed.person)
    bench = bench_for(formed.shell, formed.positive)
    tuned = None
    if formed.tuned is not None:
        tuned = resolved(
            formed.shell,
            bench,
            formed.material.elasticity,
            formed.chosen,
            formed.tuned,
            formed.sweeps,
            formed.graded,
            large=not formed.fast,
        )
    return _checked_out(formed, prescription, bench, tuned, progress, part_ready)


def _checked_out(
    formed: Formed,
    prescription: Prescription,
    bench: Bench,
    tuned: TunedShell | None,
    progress: Progress,
    part_ready: PartReady,
) -> Design:
    """Stages 5 to 7 for a tuned shell, or one that nothing is tuned of."""
    person, material, positive = formed.person, formed.material, formed.positive
    shell, limb = formed.shell, formed.positive.limb

    progress("part")
    parts = tuple(_made(name, one, part_ready) for name, one in shell_parts(shell))

    progress("verification")
    if tuned is not None:
        model = tuned.model
        found = measured_sagittal(tuned, positive, bench, material, person, prescription, progress)
    else:
        model = shell_model(shell, bench, material.elasticity)
        found = measured_frontal(
            shell, model, positive, bench, material, person, large=not formed.fast
        )

    progress("checkout")
    fit = measure_fit(shell, positive)
    shoe = fit_shoe(together(parts), positive, person.footwear)
    finished = Finished(
        limb=limb,
        person=person,
        prescription=prescription,
        chosen=formed.chosen,
        material=material,
        positive=positive,
        shell=shell,
        stiffness=found.stiffness,
        verified=found.verified,
        skin=found.skin,
        parts=parts,
        least_wall=_least_wall(shell),
        fit=fit,
        openings=openings(shell, positive),
        shoe=shoe,
        overridden=formed.override is not None,
    )
    return Design(
        formed=formed,
        limb=limb,
        person=person,
        prescription=prescription,
        template=formed.template,
        chosen=formed.chosen,
        material=material,
        positive=positive,
        shell=shell,
        bench=bench,
        model=model,
        sagittal=found.sagittal,
        stiffness=found.stiffness,
        frontal=found.frontal,
        verified=found.verified,
        graded=formed.graded,
        skin=found.skin,
        parts=parts,
        fit=fit,
        shoe=shoe,
        machines=_fits(parts),
        checks=checked(finished),
        warnings=_warnings(formed, prescription),
        override=formed.override,
        preset=formed.preset,
        fast=formed.fast,
    )


def _made(name: str, shell: Shell, ready: PartReady) -> Part:
    solid = shell.solid
    mesh = closed_mesh(solid)
    ready(name, solid, mesh)
    return Part(name, shell, solid, mesh, len(self_intersections(mesh)))


def _fits(parts: tuple[Part, ...]) -> dict[str, bool]:
    """For every machine, whether it holds every part by itself."""
    found = [fits_by_machine(part.mesh) for part in parts]
    return {name: all(one[name] for one in found) for name in found[0]}


def _passive_range(person: Person) -> float | None:
    """Passive dorsiflexion with the knee extended, rad; None when not examined."""
    degrees = person.examination.dorsiflexion_range_deg
    return None if degrees is None else float(np.radians(degrees))


def _least_wall(shell: Shell) -> float:
    """Thinnest wall (mm) over the stations inside the trim, edges apart."""
    s = np.linspace(shell.stations.top, shell.stations.end, 500)
    medial, lateral = shell.trim.sides(s)
    share = np.linspace(0.0, 1.0, 25)
    return float(
        shell.thickness(s[:, None], np.outer(medial, 1 - share) + np.outer(lateral, share)).min()
    )


def _warnings(formed: Formed, prescription: Prescription) -> tuple[str, ...]:
    """Everything that has to be said beside the checks, in plain words."""
    person, template, positive = formed.person, formed.template, formed.positive
    limb = positive.limb
    said = [*prescription.warnings, *limb.notes, *positive.notes]
    turned = float(np.degrees(positive.reposing.angles[1] - limb.inversion))
    if person.examination.deformity_correctable is False and abs(turned) > STIFF_HINDFOOT_DEG:
        said.append(
            f"The cast turns the foot by {turned:.0f} deg in the frontal plane, but its deformity "
            "was examined as not correctable: leave cast.pose.inversion_deg as_scanned."
        )
    advice = prescription.advice(family_named(template.name, template.family))
    if advice is not None and not advice.suited:
        said.append(f"{template.title} is not advised here: {'; '.join(advice.reasons)}.")
    if formed.chosen.parameters.shell.calf != formed.asked.parameters.shell.calf:
        said.append(
            f"The template's lengths were scaled to a foot of {limb.foot_length:.0f} mm "
            "(adult 250 mm)."
        )
    return tuple(dict.fromkeys(said))


def side_letter(side: Side) -> str:
    """L or R, as it is marked on the part."""
    return side.value[0].upper()
