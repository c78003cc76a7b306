"""Design: from a limb and a prescription to a tuned, checked orthosis, stage by stage.

Stage 1  prescription      Person → Prescription
Stage 2  cast modification Limb → PositiveModel
Stage 3  shell             PositiveModel → Shell
Stage 4  tuning            Shell → Shell of the target stiffness
Stage 5  verification      load cases, fatigue, bench variants, interval
Stage 6  part              Shell → BSplineSolid → closed TriMesh
Stage 7  checkout          checks, verdicts, status
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.positive import PositiveModel
from afo_designer.design import checkout
from afo_designer.design.checkout import Check
from afo_designer.design.fit import Fit, measure_fit, openings
from afo_designer.design.loadcase import fatigue_demand, load_cases, swing_moment_nm
from afo_designer.design.machine import fits_by_machine
from afo_designer.design.parameters import Chosen, Tuning
from afo_designer.design.person import Person
from afo_designer.design.place import place_name
from afo_designer.design.prescription import Prescription, prescribe
from afo_designer.design.rig import bench_for, heel_clamped, shell_model
from afo_designer.design.stiffness_interval import (
    AXIS_MM,
    StiffnessInterval,
    stiffness_interval,
)
from afo_designer.design.template import Template
from afo_designer.design.tuning import Lever, Tuned, tune
from afo_designer.design.verification import Verified, verify
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.parameter import with_value
from afo_designer.geometry.refusal import InputRefused
from afo_designer.geometry.solid import BSplineSolid, closed_mesh
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Side
from afo_designer.mechanics.bench import Bench, Cuff
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.moment_angle import CurveRefused, MomentAngle
from afo_designer.mechanics.stiffness import BenchResult, stiffness_of
from afo_designer.mechanics.sweep import Sweep, sweep
from afo_designer.shell.parameters import Leaf
from afo_designer.shell.shell import Shell, form_shell, with_leaf
from afo_designer.shell.trim import theta_of_width

# The mesh that confirms the tuned stiffness has twice the elements of tuning's in each direction.
FINE = 2.0
# The mesh that a fast run compares with, for want of a finer one.
COARSE = 0.7
THICKNESS, WIDTH, TRIM = "thickness_mm", "width_mm", "trim_anterior_mm"
# Trim distances are negative behind the apices; this makes a positive lever of them.
TRIM_OFFSET_MM = 60.0


class DesignInfeasible(RuntimeError):
    """No orthosis can, or should, be designed; the message says why and what to do."""


class SideMismatch(InputRefused):
    """A scan of one leg for an order of the other."""


class Status(StrEnum):
    """The verdict on a design."""

    OK = "ok"
    WARNINGS = "warnings"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Stiffness:
    """The stiffness promised and measured, N·m/deg, on the default bench; others by variant."""

    target: float
    achieved: float
    tuning_mesh: float
    tuned: Tuned
    interval: StiffnessInterval
    variants: dict[str, float]


@dataclass(frozen=True, slots=True)
class Design:
    """Everything a design is, before it is written."""

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
    sagittal: BenchResult
    stiffness: Stiffness
    verified: Verified
    solid: BSplineSolid
    part: TriMesh
    crossings: int
    fit: Fit
    machines: dict[str, bool]
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]
    override: str | None
    fast: bool

    @property
    def status(self) -> Status:
        verdicts = {check.verdict for check in self.checks}
        if "fail" in verdicts or not self.prescription.stands(self.override):
            return Status.FAILED
        return Status.WARNINGS if "warn" in verdicts or self.warnings else Status.OK


Progress = Callable[[str], None]


def design_afo(
    limb: Limb,
    person: Person,
    template: Template,
    chosen: Chosen,
    material: Material,
    *,
    override: str | None = None,
    fast: bool = False,
    progress: Progress = lambda stage: None,
) -> Design:
    """The design for a limb, a person, a family and a material.

    `chosen` holds the template's parameters with the user's. `override` is the prescriber's reason
    to go on past clinical stops. `fast` leaves out the fine confirmation mesh and the variants.
    Raises `DesignInfeasible` where no orthosis is indicated or the mechanics fail, and subclasses
    of `InputRefused` for a limb or values that cannot be used.
    """
    progress("prescription")
    prescription = prescribe(person)
    if not prescription.target_stiffness > 0.0:
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
    )

    progress("shell")
    shell = form_shell(positive, scaled.parameters.shell, person.footwear.insole_length_mm)

    progress("tuning")
    bench = bench_for(shell, positive)
    shell, scaled, tuned = _tuned(
        shell, positive, bench, material, scaled, prescription, 1.0 if fast else FINE
    )

    progress("verification")
    model = shell_model(shell, bench, material.elasticity)
    sagittal = _solved(model, bench)
    stiffness = _stiffness(shell, positive, model, bench, sagittal, prescription, tuned, fast)
    swept = None if fast else _swept(model, bench)
    verified = verify(
        model,
        bench,
        sagittal,
        load_cases(
            MomentAngle.linear(stiffness.achieved) if swept is None else swept.curve,
            prescription.neutral_angle_deg,
            person.mass_kg,
            swing_moment_nm(person),
        ),
        fatigue_demand(person),
        material,
        limb.side.value,
        partial(place_name, shell),
        swept,
    )

    progress("part")
    solid = shell.solid
    part = closed_mesh(solid)
    crossings = len(self_intersections(part))

    progress("checkout")
    fit = measure_fit(shell, positive)
    checks = (
        checkout.stiffness_check(
            stiffness.achieved,
            stiffness.target,
            tuned.reached,
            _span(scaled.parameters.tuning, shell),
            tuned.reach,
        ),
        *checkout.part_checks(
            part.is_closed, crossings, len(part.triangles), _least_wall(shell), material
        ),
        *checkout.fit_checks(fit, positive, shell),
        *checkout.leaf_checks(shell, person.is_child),
        *checkout.slot_checks(shell),
        checkout.nerve_check(positive, shell),
        *checkout.donning_checks(openings(shell, positive), material),
        *checkout.strength_checks(verified),
        *checkout.tape_checks(
            {
                "foot_length": limb.foot_length,
                "ankle_girth": limb.ankle_girth,
                "calf_girth": limb.calf_girth,
            },
            {
                "foot_length": person.tape_mm.foot_length,
                "ankle_girth": person.tape_mm.ankle_girth,
                "calf_girth": person.tape_mm.calf_girth,
            },
        ),
    )
    return Design(
        limb=limb,
        person=person,
        prescription=prescription,
        template=template,
        chosen=scaled,
        material=material,
        positive=positive,
        shell=shell,
        bench=bench,
        model=model,
        sagittal=sagittal,
        stiffness=stiffness,
        verified=verified,
        solid=solid,
        part=part,
        crossings=crossings,
        fit=fit,
        machines=fits_by_machine(part),
        checks=checks,
        warnings=_warnings(limb, positive, prescription, template, chosen, scaled),
        override=override,
        fast=fast,
    )


def _passive_range(person: Person) -> float | None:
    """Passive dorsiflexion with the knee extended, rad; None when not examined."""
    degrees = person.examination.dorsiflexion_range_deg
    return None if degrees is None else float(np.radians(degrees))


def _tuned(
    shell: Shell,
    positive: PositiveModel,
    bench: Bench,
    material: Material,
    chosen: Chosen,
    prescription: Prescription,
    refinement: float,
) -> tuple[Shell, Chosen, Tuned]:
    """The shell at the target stiffness, or at the nearest end of what the levers reach.

    Tuned on the working mesh; where a mesh refined by `refinement` says otherwise by more than the
    tolerance, once more to a target divided by the ratio of both, which hardly depends on the
    levers.
    """
    known: dict[tuple[float, ...], float] = {}

    def solve(values: dict[str, float], refined: float = 1.0) -> float:
        at = (*values.values(), refined)
        if at not in known:
            moved = with_leaf(shell, positive, _leaf(shell, values))
            model = shell_model(moved, bench, material.elasticity, refined)
            known[at] = _solved(model, bench).stiffness_nm_per_deg
        return known[at]

    limits, target = chosen.parameters.tuning, prescription.target_stiffness
    tolerance = limits.tolerance_percent / 100.0
    levers = _levers(shell, positive, limits, chosen)
    tuned = tune(solve, target, levers, tolerance)
    if tuned.reached and refinement > 1.0:
        ratio = solve(tuned.values, refinement) / tuned.stiffness
        if abs(ratio * tuned.stiffness / target - 1.0) > tolerance:
            nearer = tuple(replace(lever, start=tuned.values[lever.key]) for lever in levers)
            nearer = (replace(nearer[0], exponent=tuned.slope), *nearer[1:])
            tuned = tune(solve, target / ratio, nearer, tolerance)
            if tuned.reach is not None:
                tuned = replace(tuned, reach=(ratio * tuned.reach[0], ratio * tuned.reach[1]))
        tuned = replace(tuned, solves=len(known))
    leaf = _leaf(shell, tuned.values)
    changed = {
        f"shell.leaf.{key}": value
        for key, value in tuned.values.items()
        if value != getattr(chosen.parameters.shell.leaf, key)
    }
    return with_leaf(shell, positive, leaf), chosen.with_values(changed, "tuned"), tuned


def _leaf(shell: Shell, values: dict[str, float]) -> Leaf:
    """The shell's leaf with some values replaced."""
    leaf = shell.parameters.leaf
    for key, value in values.items():
        leaf = with_value(leaf, key, value)
    return leaf


def _levers(
    shell: Shell, positive: PositiveModel, limits: Tuning, chosen: Chosen
) -> tuple[Lever, ...]:
    """Thickness, then the trim; what the user fixed is not moved."""
    leaf = shell.parameters.leaf
    low, high = limits.thickness_low_mm, limits.thickness_high_mm
    start = float(np.clip(leaf.thickness_mm, low, high))
    levers = [Lever(THICKNESS, start, low, high, 1.7)]
    if leaf.edge == "width":
        most = max(min(limits.width_high_mm, widest_leaf(shell, positive)), limits.width_low_mm)
        start = float(np.clip(leaf.width_mm, limits.width_low_mm, most))
        levers.append(Lever(WIDTH, round(start, 2), limits.width_low_mm, most, 1.6))
    else:
        low, high = limits.trim_low_mm, limits.trim_high_mm
        start = float(np.clip(leaf.trim_anterior_mm, low, high))
        levers.append(Lever(TRIM, start, low, high, 3.0, TRIM_OFFSET_MM))
    fixed = {f"shell.leaf.{lever.key}" for lever in levers if _fixed(chosen, lever)}
    return tuple(
        replace(lever, low=lever.start, high=lever.start)
        if f"shell.leaf.{lever.key}" in fixed
        else lever
        for lever in levers
    )


def _fixed(chosen: Chosen, lever: Lever) -> bool:
    return chosen.source(f"shell.leaf.{lever.key}") == "user"


def widest_leaf(shell: Shell, positive: PositiveModel) -> float:
    """Width (mm) at which the leaf's edges come within 10 mm behind either malleolar apex."""
    low, high = 10.0, 200.0
    s = shell.stations.ankle
    reach = []
    for side, name in ((1.0, "lateral_malleolus"), (-1.0, "medial_malleolus")):
        limit = positive.landmarks.position(name)[0] - checkout.LEAF_BEHIND_APEX_MM
        widths = np.linspace(low, high, 191)
        theta = np.array([theta_of_width(shell.chart, s, 0.5 * w, side) for w in widths])
        x = shell.chart.point(np.full_like(theta, s), side * theta)[:, 0]
        beyond = np.flatnonzero(x > limit)
        reach.append(widths[beyond[0]] - 1.0 if len(beyond) else high)
    return float(min(reach))


def _solved(model: ShellModel, bench: Bench) -> BenchResult:
    result = stiffness_of(model, bench)
    if not result.solution.solved:
        raise DesignInfeasible(f"The finite-element check failed: {result.solution.message}")
    return result


def _swept(model: ShellModel, bench: Bench) -> Sweep:
    """The bench in large rotations."""
    try:
        return sweep(model, bench)
    except CurveRefused as failed:
        raise DesignInfeasible(f"In large rotations it is no spring: {failed}") from failed


def _stiffness(
    shell: Shell,
    positive: PositiveModel,
    model: ShellModel,
    bench: Bench,
    sagittal: BenchResult,
    prescription: Prescription,
    tuned: Tuned,
    fast: bool,
) -> Stiffness:
    """The figures around the tuned shell: fine confirmation, interval and bench variants."""
    achieved = tuned.stiffness
    if not fast:
        achieved = _solved(
            shell_model(shell, bench, model.elasticity, FINE), bench
        ).stiffness_nm_per_deg
    if fast:
        coarse = _solved(
            shell_model(shell, bench, model.elasticity, COARSE), bench
        ).stiffness_nm_per_deg
        mesh_change = coarse / achieved - 1.0
    else:
        mesh_change = achieved / tuned.stiffness - 1.0
    variants = {}
    if not fast:
        variants = {
            cuff.value: _solved(model, replace(bench, cuff=cuff)).stiffness_nm_per_deg
            for cuff in (Cuff.TIED, Cuff.HANGING)
        }
        clamp = heel_clamped(bench)
        variants["heel_clamped"] = _solved(model, clamp).stiffness_nm_per_deg
    interval = stiffness_interval(
        achieved,
        shell.parameters.leaf.thickness_mm,
        tuned.slope,
        _axis_change(bench, sagittal),
        mesh_change,
    )
    return Stiffness(
        prescription.target_stiffness, achieved, tuned.stiffness, tuned, interval, variants
    )


def _axis_change(bench: Bench, sagittal: BenchResult) -> float:
    """Largest relative change of stiffness when the axis moves by 5 mm along x or z, first order.

    Moving the axis by δ adds the translation −a × δ per radian; work is quadratic in the motion:
    dk = 2 (−a × δ)·F with F the shank's force per radian.
    """
    force = sagittal.shank_force_n_per_deg / 1000.0
    moves = AXIS_MM * np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    changes = 2.0 * np.cross(bench.axis_direction, moves) @ force
    return float(np.abs(changes).max() / sagittal.stiffness_nm_per_deg)


def _least_wall(shell: Shell) -> float:
    """Thinnest wall (mm) over the stations inside the trim, edges apart."""
    return float(shell.thickness(np.linspace(shell.stations.top, shell.stations.end, 500)).min())


def _span(limits: Tuning, shell: Shell) -> str:
    """The levers' ranges in words."""
    leaf = shell.parameters.leaf
    wall = f"{limits.thickness_low_mm:g} to {limits.thickness_high_mm:g} mm of wall"
    if leaf.edge == "width":
        return f"{wall} and {limits.width_low_mm:g} to {limits.width_high_mm:g} mm of width"
    return f"{wall} and {limits.trim_low_mm:g} to {limits.trim_high_mm:g} mm of ankle trim"


def _warnings(
    limb: Limb,
    positive: PositiveModel,
    prescription: Prescription,
    template: Template,
    chosen: Chosen,
    scaled: Chosen,
) -> tuple[str, ...]:
    """Everything that has to be said beside the checks, in plain words."""
    said = [*prescription.warnings, *limb.notes, *positive.notes]
    advice = prescription.advice(template.name)
    if advice is not None and not advice.suited:
        said.append(f"{template.title} is not advised here: {'; '.join(advice.reasons)}.")
    if scaled.parameters.shell.calf != chosen.parameters.shell.calf:
        said.append(
            f"The template's lengths were scaled to a foot of {limb.foot_length:.0f} mm "
            "(adult 250 mm)."
        )
    return tuple(dict.fromkeys(said))


def side_letter(side: Side) -> str:
    """L or R, as it is marked on the part."""
    return side.value[0].upper()
