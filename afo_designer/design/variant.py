"""Variant: one of many designs that differ in a few parameters, computed stage by stage.

    stage     again where this changes
    cast      limb, neutral angle, heel height, cast parameters
    chart     cast, shell parameters but the leaf's, insole, finish
    trim      chart, the leaf's edge
    wall      trim, the leaf's wall
    mesh      wall, bench
    bench     mesh, material
    strength  bench, the person's load cases
    body      wall
    design    anything: the pipeline from tuning on

A stage's result is the same bit by bit whether it was kept or is made anew, so figures do not
depend on which variants were computed before. Variants carry no mark.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.formed import Formed
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.loadcase import SAGITTAL_CASES, STEP_EXTREMES
from afo_designer.design.measured import measured_frontal, measured_sagittal
from afo_designer.design.parameters import Chosen, parameter_record
from afo_designer.design.person import Person
from afo_designer.design.pipeline import (
    cast_of,
    check_out,
    check_side,
    printed_volume,
    shell_of,
    tuned_again,
    way_of,
)
from afo_designer.design.prescription import Prescription, prescribe
from afo_designer.design.preset import Preset
from afo_designer.design.printing.machine import Machine
from afo_designer.design.printing.printed import forecast_direction
from afo_designer.design.record import cases_record, design_record, strength_record
from afo_designer.design.responses import RESPONSES, Stage, figure_of
from afo_designer.design.rig import BenchChange, bench_for, model_of, regions
from afo_designer.design.service import service_of
from afo_designer.design.template import Template
from afo_designer.design.tuned_shell import TunedShell, tune_shell, untuned
from afo_designer.design.tuning import Tuned
from afo_designer.design.verification import SUSTAINED, linear_strength, stress_allowed
from afo_designer.geometry.array import FloatArray
from afo_designer.limb.limb import Limb
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.moment_angle import MomentAngle
from afo_designer.mechanics.stiffness import BenchResult, stiffness_of
from afo_designer.shell.sample import middle_surface
from afo_designer.shell.shell import TRIMMING, Shell, with_leaf

Made = TypeVar("Made")
# Results kept of each stage: variants come sorted, so that the last ones are the ones wanted.
KEPT = 3
NOTHING = Tuned(values={}, stiffness=float("nan"), solves=1, reached=True, slope=float("nan"))


@dataclass(frozen=True, slots=True)
class Variant:
    """What one variant is made of.

    `chosen` has every value of the variant, `base` the study's own leaf: charts are made with it
    and the build direction is forecast from it, so that variants of one chart share both. The
    `…_name`s tell limbs, presets and materials apart. `fast`: the linear bench; `tuned`: walls are
    tuned to the prescribed stiffness, else they stay as set.
    """

    limb: Limb
    limb_name: Hashable
    person: Person
    template: Template
    chosen: Chosen
    base: Chosen
    material: Material
    material_name: Hashable
    preset: Preset | None = None
    preset_name: Hashable = None
    bench: BenchChange = field(default_factory=BenchChange)
    fast: bool = True
    tuned: bool = False
    override: str | None = None


class Stages:
    """Computes variants; what two of them share is computed once, while it is kept.

    `made` counts what was computed, by stage.
    """

    def __init__(self, machines: tuple[Machine, ...] = ()) -> None:
        self._machines = machines
        self._kept: dict[str, OrderedDict[Hashable, Any]] = {}
        self.made: Counter[str] = Counter()

    def figures(self, variant: Variant, names: Sequence[str]) -> dict[str, float]:
        """Responses by name; NaN for what the orthosis does not claim.

        Raises `DesignInfeasible` and subclasses of `InputRefused` where the variant has none.
        """
        deepest = max(RESPONSES[name].stage for name in names)
        one = _Variant(self, variant)
        if deepest is Stage.DESIGN:
            record = one.record()
        else:
            record = one.limb_record()
            if deepest >= Stage.PRESCRIPTION:
                record |= one.prescription_record()
            if any(RESPONSES[name].stage in (Stage.BENCH, Stage.STRENGTH) for name in names):
                record |= one.bench_record(names)
            if deepest is Stage.BODY:
                record |= one.body_record()
        return {name: figure_of(record, name) for name in names}

    def kept(self, stage: str, key: Hashable, make: Callable[[], Made]) -> Made:
        """The stage's result for a key, made where it is not kept."""
        shelf = self._kept.setdefault(stage, OrderedDict())
        if key not in shelf:
            self.made[stage] += 1
            shelf[key] = make()
            if len(shelf) > KEPT:
                shelf.popitem(last=False)
        shelf.move_to_end(key)
        found: Made = shelf[key]
        return found

    @property
    def machines(self) -> tuple[Machine, ...]:
        """The printers that the build direction and the checks look at."""
        return self._machines


class _Variant:
    """One variant on its way through the stages."""

    def __init__(self, stages: Stages, variant: Variant) -> None:
        self._stages, self._one = stages, variant
        check_side(variant.limb, variant.person)
        self._scaled = variant.chosen.scaled_to(variant.limb.foot_length)
        self._keys: dict[str, Hashable] = {}

    # -- parts of the record -----------------------------------------------------------------------

    def limb_record(self) -> dict[str, Any]:
        limb = self._one.limb
        return {
            "limb": {
                "foot_length_mm": limb.foot_length,
                "ankle_girth_mm": limb.ankle_girth,
                "calf_girth_mm": limb.calf_girth,
                "ankle_angle_deg": float(np.degrees(limb.ankle_angle)),
            }
        }

    def prescription_record(self) -> dict[str, Any]:
        one = self._prescription()
        return {
            "prescription": {
                "target_stiffness_nm_per_deg": one.target_stiffness,
                "neutral_angle_deg": one.neutral_angle_deg,
            }
        }

    def bench_record(self, names: Sequence[str]) -> dict[str, Any]:
        """Stiffness, parameters and, where a name needs it, strength."""
        stressed = any(RESPONSES[name].stage is Stage.STRENGTH for name in names)
        if not self._simple():
            return self._measured_record()
        model, bench, stiffness, result, chosen = self._solved()
        record: dict[str, Any] = {
            "stiffness": dict.fromkeys(("plantarflexion", "dorsiflexion", "tangent"), stiffness),
            "parameters": parameter_record(chosen),
        }
        if stressed:
            record |= self._strength_record(model, bench, stiffness, result, _cases_for(names))
        return record

    def body_record(self) -> dict[str, Any]:
        shell, density = self._shell(), self._one.material.density_g_per_cm3
        volume = self._stages.kept(
            "body", self._keys["wall"], lambda: printed_volume(shell, self._positive())
        )
        return {"print": {"volume_mm3": volume, "mass_g": volume * density / 1000.0}}

    def record(self) -> dict[str, Any]:
        """Of the whole design."""
        self._refuse_bench("A whole design")
        self._stages.made["design"] += 1
        return design_record(check_out(self._formed()), "")

    # -- stages ------------------------------------------------------------------------------------

    def _prescription(self) -> Prescription:
        person = self._one.person
        return self._stages.kept("prescription", person, lambda: prescribe(person))

    def _positive(self) -> PositiveModel:
        one, prescription = self._one, self._prescription()
        key = (
            one.limb_name,
            prescription.neutral_angle_deg,
            one.person.footwear.heel_height_difference_mm,
            one.person.examination.dorsiflexion_range_deg,
            self._scaled.parameters.cast,
            one.preset_name,
        )
        self._keys["cast"] = key
        return self._stages.kept(
            "cast",
            key,
            lambda: cast_of(one.limb, one.person, prescription, self._scaled, one.preset),
        )

    def _chart(self) -> tuple[Shell, FloatArray | None]:
        """The shell with the study's own leaf, and the layers' normal of its material."""
        one, positive, prescription = self._one, self._positive(), self._prescription()
        base = one.base.scaled_to(one.limb.foot_length).parameters.shell.leaf
        own = self._scaled.parameters
        scaled = replace(self._scaled, parameters=replace(own, shell=replace(own.shell, leaf=base)))
        finish = one.material.handling.finish(own.printing.finish, one.material.name)
        key = (
            self._keys["cast"],
            scaled.parameters.shell,
            prescription.course.insole_length_mm,
            finish.finish_thickness_change_mm,
        )
        self._keys["chart"] = key
        shell = self._stages.kept(
            "chart", key, lambda: shell_of(positive, prescription, scaled, one.material)
        )
        direction = self._stages.kept(
            "direction",
            (key, one.material_name),
            lambda: forecast_direction(shell, one.material, self._stages.machines),
        )
        return shell, direction

    def _shell(self) -> Shell:
        """The shell with the variant's leaf; tuned where it is to be."""
        if self._tunes:
            return self._tuned().shell
        chart, _ = self._chart()
        leaf, base = self._scaled.parameters.shell.leaf, chart.parameters.leaf
        edge = replace(base, **{key: getattr(leaf, key) for key in TRIMMING})
        positive, chart_key = self._positive(), self._keys["chart"]
        trimmed = self._stages.kept(
            "trim", (chart_key, edge), lambda: with_leaf(chart, positive, edge)
        )
        self._keys["wall"] = (chart_key, leaf)
        return self._stages.kept(
            "wall", self._keys["wall"], lambda: with_leaf(trimmed, positive, leaf)
        )

    def _tuned(self) -> TunedShell:
        one, prescription = self._one, self._prescription()
        positive = self._positive()
        key = (
            self._keys["cast"],
            self._scaled.parameters,
            tuple(sorted(self._scaled.sources.items())),
            one.person,
            one.material_name,
            one.fast,
        )
        self._keys["wall"] = key

        def tuned() -> TunedShell:
            way, target = way_of(self._scaled), prescription.target_stiffness
            if way == "dorsiflexion":
                target = one.person.choices.stiffness_nm_per_deg or 0.0
            elif not target > 0.0:
                raise DesignInfeasible(f"{prescription.status.value.capitalize()}.")
            shell = shell_of(positive, prescription, self._scaled, one.material)
            bench = bench_for(shell, positive)
            law = one.material.law(forecast_direction(shell, one.material, self._stages.machines))
            if not target > 0.0:  # into dorsiflexion nobody asked for one
                return untuned(shell, bench, law, self._scaled, large=not one.fast)
            return tune_shell(
                shell,
                positive,
                bench,
                law,
                self._scaled,
                target,
                large=not one.fast,
                allowed=stress_allowed(one.material, prescription.neutral_angle_deg),
                way=way,
            )

        return self._stages.kept("tuned", key, tuned)

    @property
    def _tunes(self) -> bool:
        """Whether walls are tuned: what claims the frontal plane alone is not."""
        return self._one.tuned and self._scaled.parameters.tuning.goal != "none"

    def _simple(self) -> bool:
        """Whether the linear bench of a shell in one piece says all."""
        claims = self._scaled.parameters.tuning.goal != "none"
        return self._one.fast and claims and self._shell().hinge is None

    def _solved(self) -> tuple[ShellModel, Bench, float, BenchResult, Chosen]:
        """The linear bench: model, rig, N·m/deg, solution, parameters."""
        one, shell, positive = self._one, self._shell(), self._positive()
        bench = one.bench.of(bench_for(shell, positive))
        if self._tunes:
            tuned = self._tuned()
            return tuned.model, bench, tuned.stiffness, _solution(tuned.model, bench), tuned.chosen
        _, direction = self._chart()
        key = (self._keys["wall"], one.bench)
        middle = self._stages.kept(
            "mesh", key, lambda: middle_surface(shell, one.bench.refinement, regions(bench))
        )
        model = model_of(middle, one.material.law(direction))
        self._keys["bench"] = (key, one.material_name)
        result = self._stages.kept("bench", self._keys["bench"], lambda: _solution(model, bench))
        return model, bench, result.stiffness_nm_per_deg, result, self._scaled

    def _strength_record(
        self,
        model: ShellModel,
        bench: Bench,
        stiffness: float,
        result: BenchResult,
        wanted: Collection[str],
    ) -> dict[str, Any]:
        one, curve = self._one, MomentAngle.linear(stiffness)
        service = service_of(self._shell(), curve, one.material, one.person, self._prescription())
        cases = tuple(case for case in service.cases if case.name in wanted)
        self._stages.made["strength"] += 1
        found = linear_strength(model, bench, result, replace(service, cases=cases))
        return {"loadcases": cases_record(found.cases), **strength_record(found)}

    # -- by the pipeline ---------------------------------------------------------------------------

    def _formed(self) -> Formed:
        """The design before its verdict; walls that are not tuned are told as tuned by nothing."""
        one = self._one
        goal = self._scaled.parameters.tuning.goal
        shell, positive = self._shell(), self._positive()
        tuned = self._tuned() if self._tunes else None
        direction = (
            forecast_direction(shell, one.material, self._stages.machines)
            if self._tunes
            else self._chart()[1]
        )
        untold = None if goal == "none" else NOTHING
        return Formed(
            person=one.person,
            template=one.template,
            asked=one.chosen,
            chosen=self._scaled if tuned is None else tuned.chosen,
            material=one.material,
            positive=positive,
            shell=shell,
            tuned=untold if tuned is None else tuned.tuned,
            sweeps=0 if tuned is None else tuned.sweeps,
            graded=None if tuned is None else tuned.graded,
            override=one.override,
            preset=one.preset,
            fast=one.fast,
            machines=self._stages.machines,
            build_direction=direction,
        )

    def _measured_record(self) -> dict[str, Any]:
        """Of a hinge, in large rotations, or of what claims the frontal plane alone."""
        self._refuse_bench("Large rotations, a hinge or an orthosis of the frontal plane")
        self._stages.made["measured"] += 1
        formed, one = self._formed(), self._one
        bench, prescription = bench_for(formed.shell, formed.positive), self._prescription()
        record: dict[str, Any] = {"parameters": parameter_record(formed.chosen)}
        tuned = tuned_again(formed, bench)
        if tuned is None:
            model = model_of(middle_surface(formed.shell, 1.0, regions(bench)), formed.law)
            found = measured_frontal(
                formed.shell,
                model,
                formed.positive,
                bench,
                one.material,
                one.person,
                large=not one.fast,
            )
        else:
            found = measured_sagittal(
                tuned,
                formed.positive,
                bench,
                one.material,
                one.person,
                prescription,
                lambda stage: None,
                way_of(formed.chosen),
            )
        if found.stiffness is not None:
            record["stiffness"] = {
                "plantarflexion": found.stiffness.plantarflexion,
                "dorsiflexion": found.stiffness.dorsiflexion,
                "tangent": found.stiffness.linear,
            }
        verified = found.verified
        return {
            **record,
            "loadcases": cases_record(verified.cases),
            **strength_record(verified),
        }

    def _refuse_bench(self, what: str) -> None:
        if self._one.bench != BenchChange():
            raise DesignInfeasible(
                f"{what} is computed on the default bench: leave the factors bench.… out, or keep "
                "to responses of the linear bench of a shell in one piece."
            )


def _cases_for(names: Sequence[str]) -> set[str]:
    """The load cases that responses need: their own, the step's extremes, all for the strain."""
    sections = {name.partition(".")[0] for name in names}
    wanted = {name.split(".")[1] for name in names if name.startswith("loadcases.")}
    wanted |= set(STEP_EXTREMES) if "fatigue" in sections else set()
    wanted |= {SUSTAINED} if "sustained" in sections else set()
    return wanted | (set(SAGITTAL_CASES) if "strain" in sections else set())


def _solution(model: ShellModel, bench: Bench) -> BenchResult:
    result = stiffness_of(model, bench)
    if not result.solution.solved:
        raise DesignInfeasible(f"The finite-element check failed: {result.solution.message}")
    return result
