"""Knobs: everything that a study may turn, by its full dotted key, with unit and range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from afo_designer.design.entry import entries
from afo_designer.design.parameters import DesignParameters
from afo_designer.design.person import SECTIONS
from afo_designer.design.rig import BenchChange
from afo_designer.geometry.parameter import Parameter, leaves
from afo_designer.limb.landmarks import NAMES
from afo_designer.mechanics.material import RANGES
from afo_designer.runs.catalogue import material_names, preset_names, template_names
from afo_designer.shell.shell import TRIMMING

BENCH, MATERIAL, LANDMARKS = "bench.", "material.", "landmarks."
# How far a study may move a landmark, mm: further is another point ([D]).
MOST_MOVED_MM = 30.0
AXES = ("x_mm", "y_mm", "z_mm")
MATERIAL_UNITS = {"mpa": "MPa", "cm3": "g/cm³", "percent": "%", "mm": "mm", "cycles": "cycles"}


@dataclass(frozen=True, slots=True)
class Knob:
    """One thing to turn.

    A number from `low` to `high` in `unit`, one of `choices`, or, where `open`, any text. `stage`
    orders knobs by how much has to be computed again when one is turned: 0 for nearly all.
    """

    key: str
    unit: str
    low: float
    high: float
    choices: tuple[str, ...]
    open: bool
    stage: int
    about: str

    @property
    def numeric(self) -> bool:
        """Whether it may be a number."""
        return not self.open and self.low <= self.high

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        span = f"{self.low:g} to {self.high:g} {self.unit}".strip() if self.numeric else ""
        words = ", ".join(self.choices) or ("a name or a file" if self.open else "")
        return " or ".join(part for part in (span, words) if part)


LIMB, PERSON, CAST, CHART, TRIM, WALL, MATTER, RIG = range(8)
# Of the leaf's parameters those that the chart follows: where it stands off, what flares.
CHARTING = ("edge", "section_radius_mm")


def _word(key: str, stage: int, choices: tuple[str, ...], is_open: bool, about: str) -> Knob:
    return Knob(key, "", math.inf, -math.inf, choices, is_open, stage, about)


def _named() -> Iterator[Knob]:
    yield _word("scan", LIMB, (), True, "scan file")
    yield _word("person", PERSON, (), True, "person file")
    yield _word("template", CAST, template_names(), True, "family")
    yield _word("cast", CAST, preset_names(), True, "set of cast modifications")
    yield _word("material", MATTER, material_names(), True, "material")


def _landmarks() -> Iterator[Knob]:
    for name in NAMES:
        for axis in AXES:
            about = f"{name.replace('_', ' ')} moved along the limb frame's {axis[0]}"
            span = (-MOST_MOVED_MM, MOST_MOVED_MM)
            yield Knob(f"{LANDMARKS}{name}.{axis}", "mm", *span, (), False, LIMB, about)


def _person() -> Iterator[Knob]:
    for section, group in SECTIONS.items():
        for key, entry in entries(group).items():
            dotted = f"{section}.{key}"
            if entry.kind == "number":
                yield Knob(
                    dotted, entry.unit, entry.low, entry.high, (), False, PERSON, entry.about
                )
            elif entry.kind in ("word", "flag"):
                choices = entry.choices or ("true", "false")
                yield _word(dotted, PERSON, choices, False, entry.about)


def _parameters() -> Iterator[Knob]:
    for leaf, _ in leaves(DesignParameters()):
        yield _of_leaf(leaf, leaf.key, _stage_of(leaf.key))
    for leaf, _ in leaves(BenchChange()):
        yield _of_leaf(leaf, f"{BENCH}{leaf.key}", RIG)


def _of_leaf(leaf: Parameter, key: str, stage: int) -> Knob:
    low, high = (leaf.low, leaf.high) if math.isfinite(leaf.low) else (math.inf, -math.inf)
    return Knob(key, leaf.unit, low, high, leaf.choices, False, stage, leaf.about)


def _stage_of(key: str) -> int:
    if key.startswith("cast."):
        return CAST
    name = key.removeprefix("shell.leaf.")
    if name != key and name not in CHARTING:
        return TRIM if name in TRIMMING else WALL
    return CHART


def _materials() -> Iterator[Knob]:
    for key, (low, high) in RANGES.items():
        unit = next((u for end, u in MATERIAL_UNITS.items() if key.endswith(f"_{end}")), "")
        about = f"the material's {key.removesuffix('_g_per_cm3').replace('_', ' ')}"
        for word in (" mpa", " percent", " mm"):
            about = about.removesuffix(word)
        about = about.replace("youngs", "Young's").replace("poissons", "Poisson's")
        yield Knob(f"{MATERIAL}{key}", unit, low, high, (), False, MATTER, about)


@cache
def knobs() -> Mapping[str, Knob]:
    """All knobs by key."""
    parts = (_named(), _landmarks(), _person(), _parameters(), _materials())
    return {one.key: one for part in parts for one in part}


def typed_value(knob: Knob, value: Any) -> float | str | None:
    """A value as the knob takes it, None where it may not be that."""
    if isinstance(value, bool):
        word = "true" if value else "false"
        return word if word in knob.choices else None
    if isinstance(value, int | float):
        if knob.numeric and knob.low <= value <= knob.high:
            return float(value)
        word = f"{value:g}"  # a muscle's grade 3 is a word
        return word if word in knob.choices else None
    if isinstance(value, str) and value.strip() and (knob.open or value in knob.choices):
        return value
    return None
