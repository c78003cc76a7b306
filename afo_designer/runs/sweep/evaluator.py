"""Evaluator: a study's variants from their factors' values, files read once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.parameters import Chosen
from afo_designer.design.person import Person, person_from_mapping
from afo_designer.design.preset import Preset
from afo_designer.design.rig import BenchChange
from afo_designer.design.variant import Stages, Variant
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.parameter import with_value
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.landmarks import Source
from afo_designer.limb.limb import Limb
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.scan import Side
from afo_designer.mechanics.material import Material
from afo_designer.runs.catalogue import (
    load_machines,
    load_material,
    load_preset,
    load_template,
    preset_names,
    read_toml,
)
from afo_designer.runs.reading import read_limb
from afo_designer.runs.sweep.knob import (
    AXES,
    BENCH,
    CAST,
    LANDMARKS,
    MATERIAL,
    PERSON,
    TRIM,
    WALL,
    knobs,
)
from afo_designer.runs.sweep.study import Base

OK, REFUSED, INFEASIBLE, FAILED = "ok", "refused", "infeasible", "internal_error"
LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a variant: figures by response, NaN where there are none; why, if not."""

    figures: Mapping[str, float]
    status: str = OK
    reason: str = ""
    message: str = ""


class Evaluator(Protocol):
    """Gives outcomes of variants by their factors' values."""

    def outcome(self, values: Mapping[str, float | str]) -> Outcome:
        """A variant's outcome; it never raises for the variant's own sake."""


class DesignEvaluator:
    """Variants of a design. `paths`: the study's files by the names they have in it."""

    def __init__(self, base: Base, responses: tuple[str, ...], paths: Mapping[str, Path]) -> None:
        self._base, self._responses, self._paths = base, responses, paths
        self.stages = Stages(load_machines())

    def outcome(self, values: Mapping[str, float | str]) -> Outcome:
        """See `Evaluator`. An error of the program itself is told as one and stops nothing."""
        try:
            figures = self.stages.figures(self.variant(values), self._responses)
        except InputRefused as error:
            return self._none(REFUSED, "input_refused", error)
        except DesignInfeasible as error:
            return self._none(INFEASIBLE, "infeasible", error)
        except MemoryError:
            raise
        except Exception as error:  # one variant of thousands is not to end the others
            return self._none(FAILED, f"internal_error:{type(error).__name__}", error)
        absent = [name for name in self._responses if np.isnan(figures[name])]
        if absent:
            words = f"The orthosis does not claim, or the bench did not find, {absent[0]}."
            return Outcome(figures, INFEASIBLE, f"not_claimed:{absent[0]}", words)
        return Outcome(figures)

    def _none(self, status: str, reason: str, error: Exception) -> Outcome:
        nothing = dict.fromkeys(self._responses, float("nan"))
        return Outcome(nothing, status, reason, " ".join(str(error).split())[:LONGEST_MESSAGE])

    def variant(self, values: Mapping[str, float | str]) -> Variant:
        """A variant; raises `InputRefused` for values that do not go together."""
        base = self._base
        settings = {**base.settings, **values}
        names = {**base.names, **{k: str(v) for k, v in values.items() if k in NAMED}}
        files = {**base.files, **{k: str(v) for k, v in values.items() if k in ("scan", "person")}}
        person = self._person(files["person"], settings)
        limb, limb_name = self._limb(files, person, settings)
        template, _ = self.stages.kept(
            "template", names["template"], lambda: load_template(self._file(names["template"]))
        )
        preset, preset_name = self._preset(names.get("cast"))
        chosen, fixed = self._chosen(template.chosen, preset, preset_name, settings, values)
        material, material_name = self._material(names["material"], settings)
        return Variant(
            limb=limb,
            limb_name=limb_name,
            person=person,
            template=template,
            chosen=chosen,
            base=fixed,
            material=material,
            material_name=material_name,
            preset=preset,
            preset_name=preset_name,
            bench=_bench(settings),
            fast=base.fast,
            tuned=base.tuned,
        )

    def _file(self, name: str) -> str:
        """A file's place, or a catalogue's name as it is."""
        return str(self._paths.get(name, name))

    def _person(self, name: str, settings: Mapping[str, float | str]) -> Person:
        tables = self.stages.kept("person file", name, lambda: read_toml(self._paths[name]))
        merged = {section: dict(table) for section, table in tables.items()}
        for key, value in settings.items():
            knob = knobs()[key]
            if knob.stage == PERSON and not knob.open:
                section, _, entry = key.partition(".")
                merged.setdefault(section, {})[entry] = (
                    value == "true" if knob.choices == ("true", "false") else value
                )
        return person_from_mapping(merged)

    def _limb(
        self, files: Mapping[str, str], person: Person, settings: Mapping[str, float | str]
    ) -> tuple[Limb, Hashable]:
        base = self._base
        side = Side(base.side or person.side)
        name: tuple[Hashable, ...] = (files["scan"], side, person.height_mm)
        landmarks = files.get("landmarks")
        limb = self.stages.kept(
            "limb",
            name,
            lambda: read_limb(
                self._paths[files["scan"]],
                side,
                base.unit,
                self._paths[landmarks] if landmarks else None,
                person.height_mm,
                insist=base.side is not None,
            ),
        )
        shifts = {key: float(v) for key, v in settings.items() if key.startswith(LANDMARKS)}
        if not shifts:
            return limb, name
        moved = (*name, tuple(sorted(shifts.items())))
        return self.stages.kept("limb", moved, lambda: with_landmarks(limb, shifts)), moved

    def _preset(self, name: str | None) -> tuple[Preset | None, str | None]:
        if name is None:
            return None, None
        preset, _ = self.stages.kept("preset", name, lambda: load_preset(self._file(name)))
        return preset, name

    def _chosen(
        self,
        template: Chosen,
        preset: Preset | None,
        preset_name: str | None,
        settings: Mapping[str, float | str],
        values: Mapping[str, float | str],
    ) -> tuple[Chosen, Chosen]:
        """Parameters with all values, and with the study's own leaf."""
        chosen = template
        if preset is not None:
            source = "preset" if preset_name in preset_names() else "user"
            chosen = chosen.with_values(preset.values, source)
        own = {key: value for key, value in settings.items() if _is_parameter(key)}
        charted = {key for key in own if knobs()[key].stage not in (TRIM, WALL)}
        fixed = {key: v for key, v in own.items() if key in charted or key not in values}
        return chosen.with_values(own, "user"), chosen.with_values(fixed, "user")

    def _material(
        self, name: str, settings: Mapping[str, float | str]
    ) -> tuple[Material, Hashable]:
        material, _ = self.stages.kept("material", name, lambda: load_material(self._file(name)))
        changed = {
            key.removeprefix(MATERIAL): float(value)
            for key, value in settings.items()
            if key.startswith(MATERIAL)
        }
        return with_constants(material, changed), (name, tuple(sorted(changed.items())))


NAMED = ("template", "material", "cast")


def _is_parameter(key: str) -> bool:
    return knobs()[key].stage >= CAST and not key.startswith((MATERIAL, BENCH)) and "." in key


def _bench(settings: Mapping[str, float | str]) -> BenchChange:
    change = BenchChange()
    for key, value in settings.items():
        if key.startswith(BENCH):
            change = with_value(change, key.removeprefix(BENCH), value)
    return change


def with_constants(material: Material, changed: Mapping[str, float]) -> Material:
    """A material with some constants replaced.

    What is known across the layers follows: moduli keep their share of Young's modulus and an equal
    Poisson's ratio stays equal, unless they are set themselves. Otherwise a softer isotropic
    material would become a layered one. Raises `MaterialRefused` for constants that contradict.
    """
    values: dict[str, Any] = dict(changed)
    share = changed.get("youngs_modulus_mpa", material.youngs_modulus_mpa)
    share /= material.youngs_modulus_mpa
    for key in ("across_youngs_modulus_mpa", "across_shear_modulus_mpa"):
        known = getattr(material, key)
        if known is not None and key not in changed and share != 1.0:
            same = known == material.youngs_modulus_mpa
            values[key] = changed["youngs_modulus_mpa"] if same else share * known
    ratio = "poissons_ratio"
    if ratio in changed and material.across_poissons_ratio == material.poissons_ratio:
        values.setdefault("across_poissons_ratio", changed[ratio])
    return replace(material, **values) if values else material


def with_landmarks(limb: Limb, shifts: Mapping[str, float]) -> Limb:
    """The limb located again with an error in some of its landmarks, the others as they were found.

    `shifts`: mm along the limb frame's axes by key "landmarks.NAME.x_mm". Raises `LandmarkRefused`
    for one that the scan does not show.
    """
    moved: dict[str, FloatArray] = {}
    for key, value in shifts.items():
        name, _, axis = key.removeprefix(LANDMARKS).partition(".")
        moved.setdefault(name, np.zeros(3))[AXES.index(axis)] = value
    given = {
        name: limb.frame_from_scan.inverse.apply(mark.position)
        for name, mark in limb.landmarks.items()
        if mark.source is Source.GIVEN
    }
    to_scan = limb.frame_from_scan.inverse.rotation
    errors = {name: to_scan @ shift for name, shift in moved.items()}
    return locate_limb(limb.scan, limb.side, given, insist=True, moved=errors)
