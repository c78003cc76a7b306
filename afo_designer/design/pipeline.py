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
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.positive import PositiveModel
from afo_designer.design.checks.check import Check
from afo_designer.design.checks.finished import Finished
from afo_designer.design.checks.registry import checked
from afo_designer.design.family import family_named
from afo_designer.design.fit import Fit, measure_fit, openings
from afo_designer.design.fitting import Fitting, fitting_of
from afo_designer.design.formed import Formed
from afo_designer.design.frontal import Frontal
from afo_designer.design.grading import Graded
from afo_designer.design.hinge_motion import HingeMotion, hinge_motion
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.measured import measured_frontal, measured_sagittal
from afo_designer.design.parameters import Chosen
from afo_designer.design.part import Body, Part, together
from afo_designer.design.person import Person
from afo_designer.design.prescription import Prescription, prescribe
from afo_designer.design.preset import Preset
from afo_designer.design.printing.critical import CriticalPoint, critical_points
from afo_designer.design.printing.machine import Machine
from afo_designer.design.printing.printed import (
    Printed,
    examined,
    fits_by_machine,
    forecast_direction,
)
from afo_designer.design.remedy import wall_notes
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.shoe import Shoe, fit_shoe
from afo_designer.design.shoe_size import HEEL_OVERHANG_MM
from afo_designer.design.skin import SkinPressure
from afo_designer.design.stiffness import Stiffness
from afo_designer.design.stiffness_interval import CALIPER_MM, stiffness_interval
from afo_designer.design.template import Template
from afo_designer.design.tuned_shell import TunedShell, resolved, tune_shell, untuned
from afo_designer.design.ventilation import Ventilation, borne_by, ventilated, ventilation
from afo_designer.design.verification import Verified, stress_allowed
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.geometry.solid import closed_mesh
from afo_designer.geometry.turned import turned_mesh
from afo_designer.limb.limb import Limb
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.stiffness import BenchResult
from afo_designer.shell.edge import edge_notes
from afo_designer.shell.hinged import shell_parts
from afo_designer.shell.mark import Lettering, MarkRefused, wall_under
from afo_designer.shell.pin import PIN, pin_of
from afo_designer.shell.shell import Shell, form_shell
from afo_designer.shell.shin import form_shin

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
    motion: HingeMotion | None
    ventilation: Ventilation | None
    fit: Fit
    shoe: Shoe
    fitting: Fitting
    machines: dict[str, bool]
    printed: tuple[Printed, ...]
    critical: tuple[CriticalPoint, ...]
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]
    override: str | None
    preset: Preset | None
    fast: bool

    @property
    def status(self) -> Status:
        verdicts = {check.verdict for check in self.checks}
        if "fail" in verdicts or not self.prescription.stands(self.override, self.family):
            return Status.FAILED
        return Status.WARNINGS if "warn" in verdicts or self.warnings else Status.OK

    @property
    def family(self) -> str:
        """The family of devices that the template is advised on as."""
        return family_named(self.template.name, self.template.family)

    @property
    def part(self) -> TriMesh:
        """Everything that is printed as one mesh, where it is worn."""
        return together(self.parts)


Progress = Callable[[str], None]
# (the part's name, its body and the body's closed mesh)
PartReady = Callable[[str, Body, TriMesh], None]


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
    machines: tuple[Machine, ...] = (),
    mark: str | None = None,
    progress: Progress = lambda stage: None,
    part_ready: PartReady = lambda name, solid, mesh: None,
) -> Design:
    """The design for a limb, a person, a family and a material.

    `chosen` holds the template's parameters with the preset's and the user's; `preset` adds its
    local offsets. `override` is the prescriber's reason
    to go on past clinical stops. `fast` keeps to the linear bench. `machines`: the printers that
    the part may go into. `mark` is written on the part as the parameters of `marking` say.
    `part_ready` is
    given every tuned part while the checks are still to come.
    Raises `DesignInfeasible` where no orthosis is indicated or the mechanics fail, and subclasses
    of `InputRefused` for a limb or values that cannot be used.
    """
    progress("prescription")
    prescription = prescribe(person)
    goal = chosen.parameters.tuning.goal
    if goal == "sagittal" and not prescription.target_stiffness > 0.0:
        raise DesignInfeasible(f"{prescription.status.value.capitalize()}.")
    check_side(limb, person)

    progress("cast modification")
    scaled = chosen.scaled_to(limb.foot_length)
    positive = cast_of(limb, person, prescription, scaled, preset)

    progress("shell")
    shell = shell_of(positive, prescription, scaled, material, mark)
    _keep_wall(shell, material)
    build_direction = forecast_direction(shell, material, machines)

    progress("tuning")
    bench = bench_for(shell, positive)
    law, target = material.law(build_direction), prescription.target_stiffness
    if goal == "dorsiflexion":
        target = person.choices.stiffness_nm_per_deg or 0.0

    def solve(one: Shell) -> TunedShell | None:
        if goal == "none":
            return None
        if goal == "dorsiflexion" and not target > 0.0:
            return untuned(one, bench, law, scaled, large=not fast)
        return tune_shell(
            one,
            positive,
            bench,
            law,
            scaled,
            target,
            large=not fast,
            allowed=stress_allowed(material, prescription.neutral_angle_deg),
            way=way_of(chosen),
        )

    def borne_at(one: Shell, tuned: TunedShell | None) -> tuple[ShellModel, FloatArray]:
        model = shell_model(one, bench, law) if tuned is None else tuned.model
        neutral = prescription.neutral_angle_deg
        return model, borne_by(one, tuned, bench, model, material, person, neutral)

    shell, tuned = ventilated(shell, solve, borne_at)
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
        machines=machines,
        build_direction=build_direction,
    )
    return _checked_out(formed, prescription, bench, tuned, progress, part_ready)


def check_side(limb: Limb, person: Person) -> None:
    """Raises `SideMismatch` for a scan of one leg and an order of the other."""
    if person.side != limb.side.value:
        raise SideMismatch(
            f"The person file says {person.side}, the scan was taken as a {limb.side.value} leg. "
            "Correct person.side, or leave --side out."
        )


def cast_of(
    limb: Limb, person: Person, prescription: Prescription, scaled: Chosen, preset: Preset | None
) -> PositiveModel:
    """Stage 2 alone; `scaled` are the parameters brought to the foot's size."""
    return modify_cast(
        limb,
        float(np.radians(prescription.neutral_angle_deg)),
        person.footwear.heel_height_difference_mm,
        scaled.parameters.cast,
        _passive_range(person),
        () if preset is None else preset.offsets,
    )


def shell_of(
    positive: PositiveModel,
    prescription: Prescription,
    scaled: Chosen,
    material: Material,
    mark: str | None = None,
) -> Shell:
    """Stage 3 alone: the shell before tuning, its wall finished as the material's finish says."""
    finish = material.handling.finish(scaled.parameters.printing.finish, material.name)
    insole = prescription.course.insole_length_mm
    shell = form_shell(
        positive,
        scaled.parameters.shell,
        None if insole is None else insole + HEEL_OVERHANG_MM,
        None if mark is None else Lettering(mark, scaled.parameters.marking),
    )
    return replace(shell, finish_mm=finish.finish_thickness_change_mm)


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
    tuned = tuned_again(formed, bench)
    return _checked_out(formed, prescription, bench, tuned, progress, part_ready)


def tuned_again(formed: Formed, bench: Bench) -> TunedShell | None:
    """A formed design's shell solved again on its bench; None where nothing is tuned of it."""
    if formed.tuned is None:
        return None
    return resolved(
        formed.shell,
        bench,
        formed.law,
        formed.chosen,
        formed.tuned,
        formed.sweeps,
        formed.graded,
        large=not formed.fast,
        way=way_of(formed.chosen),
    )


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
    parts = tuple(_made(name, one, part_ready) for name, one in bodies_of(shell, positive))
    parts += _pins(shell, part_ready)

    progress("verification")
    if tuned is not None:
        model = tuned.model
        found = measured_sagittal(
            tuned, positive, bench, material, person, prescription, progress, way_of(formed.chosen)
        )
    else:
        model = shell_model(shell, bench, formed.law)
        found = measured_frontal(
            shell, model, positive, bench, material, person, large=not formed.fast
        )

    progress("checkout")
    fit = measure_fit(shell, positive)
    motion = None
    if shell.hinge is not None:
        motion = hinge_motion(
            shell, shell.hinge, positive, model, found.sagittal, found.verified, material
        )
    vented = ventilation(shell, model, found.verified, material, person)
    printed = tuple(_printed(part, formed, model, found.verified) for part in parts)
    shoe = fit_shoe(together(parts), positive, person.footwear)
    fitting = fitting_of(
        found,
        shell,
        model,
        bench,
        positive,
        material,
        person,
        prescription.neutral_angle_deg,
        shoe,
        parts=len(parts),
    )
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
        motion=motion,
        ventilation=vented,
        printed=printed,
        machines=formed.machines,
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
        motion=motion,
        ventilation=vented,
        fit=fit,
        machines=fits_by_machine(printed, formed.machines),
        printed=printed,
        critical=_critical(formed, found.stiffness, prescription),
        shoe=shoe,
        fitting=fitting,
        checks=checked(finished),
        warnings=_warnings(formed, prescription),
        override=formed.override,
        preset=formed.preset,
        fast=formed.fast,
    )


def way_of(chosen: Chosen) -> str:
    """The way whose stiffness is promised."""
    return "dorsiflexion" if chosen.parameters.tuning.goal == "dorsiflexion" else "plantarflexion"


def bodies_of(shell: Shell, positive: PositiveModel) -> tuple[tuple[str, Shell], ...]:
    """The shells that are printed, by the name of their part."""
    if shell.parameters.shin.cover == "yes":
        return ("posterior", shell), ("anterior", form_shin(positive, shell))
    return shell_parts(shell)


def printed_volume(shell: Shell, positive: PositiveModel) -> float:
    """mm³ of all that is printed, without a mesh of it (`Shell.volume`) and without a mark."""
    pin = pin_of(shell)
    pins = 0.0 if pin is None else sum(pin.solid(number).volume for number in (0, 1))
    return pins + sum(body.volume for _, body in bodies_of(shell, positive))


def _made(name: str, shell: Shell, ready: PartReady) -> Part:
    solid = shell.solid
    mesh = closed_mesh(solid)
    ready(name, solid, mesh)
    return Part(name, shell, solid, mesh, len(self_intersections(mesh)))


def _pins(shell: Shell, ready: PartReady) -> tuple[Part, ...]:
    """The printed pins of a hinge, two of the same; none where there are none."""
    pin = pin_of(shell)
    if pin is None:
        return ()
    solid, mesh, other = pin.solid(0), turned_mesh(pin.solid(0)), turned_mesh(pin.solid(1))
    ready(PIN, solid, mesh)
    return (Part(PIN, None, solid, mesh, len(self_intersections(mesh)), (other,)),)


def _printed(part: Part, formed: Formed, model: ShellModel, verified: Verified) -> Printed:
    """A part as the print service meets it; a cut would be square to the shank."""
    return examined(
        part,
        formed.shell,
        formed.material,
        formed.machines,
        formed.positive.shank_axis,
        model.mesh.vertices,
        _worst_stress(model, verified),
        formed.build_direction,
    )


def _worst_stress(model: ShellModel, verified: Verified) -> FloatArray:
    """(n,) MPa; none where no load case has a state."""
    if all(each.trouble for each in verified.cases):
        return np.zeros(len(model.mesh.vertices))
    return verified.worst_stress


def _critical(
    formed: Formed, stiffness: Stiffness | None, prescription: Prescription
) -> tuple[CriticalPoint, ...]:
    """Where a spring's wall is to be measured; nothing for what is no spring."""
    if stiffness is None:
        return ()
    low, high = 0.0, np.inf
    if stiffness.way == "plantarflexion":  # the prescription's interval is in this way
        low, high = prescription.interval.low, prescription.interval.high
    if stiffness.target is not None:
        # as a printed part is judged (as_built): the target within what it may be itself
        own = stiffness_interval(1.0, stiffness.spread, CALIPER_MM)
        low = max(low, stiffness.target / own.high)
        high = min(high, stiffness.target / max(own.low, 1e-9))
    return critical_points(
        formed.shell, formed.material, stiffness.achieved, (low, high), stiffness.spread
    )


def _passive_range(person: Person) -> float | None:
    """Passive dorsiflexion with the knee extended, rad; None when not examined."""
    degrees = person.examination.dorsiflexion_range_deg
    return None if degrees is None else float(np.radians(degrees))


def _keep_wall(shell: Shell, material: Material) -> None:
    """Raises `MarkRefused` where letters would be sunk in too deep for the material."""
    mark = shell.mark
    if mark is None or mark.height_mm > 0.0:
        return
    left = wall_under(mark, shell.thickness)
    if left < material.min_wall_mm:
        raise MarkRefused(
            f"Letters sunk {-mark.height_mm:g} mm deep (marking.depth_mm) leave {left:.2f} mm of "
            f"the wall of {left - mark.height_mm:.2f} mm; {material.name} needs "
            f"{material.min_wall_mm:g} mm. Choose marking.style raised, or sink them less."
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
    said += edge_notes(formed.shell.parameters, formed.shell.least_edge_wall)
    said += wall_notes(formed.shell)
    return tuple(dict.fromkeys(said))
