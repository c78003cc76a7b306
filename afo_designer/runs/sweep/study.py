"""Study: a base design, what varies, the plan and what is kept, from a study file.

Everything is checked before anything is computed; a refusal names the file, the line, the key, the
value met and what is allowed.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from afo_designer.design.entry import shown
from afo_designer.design.responses import RESPONSES, Response, Stage
from afo_designer.design.software import software_version
from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.catalogue import (
    DEFAULT_MATERIAL,
    DEFAULT_TEMPLATE,
    load_material,
    load_preset,
    load_template,
)
from afo_designer.runs.disk import digest
from afo_designer.runs.reading import read_person
from afo_designer.runs.sweep.factor import Factor, StudyRefused, factor_from, knob_named, value_of
from afo_designer.runs.sweep.knob import BENCH
from afo_designer.runs.sweep.plan import KINDS, MOST_VARIANTS, TAKES, Plan, count_of

SECTIONS = ("base", "factors", "plan", "responses", "pareto", "surrogate")
FILES = ("scan", "person", "landmarks")
NAMED = ("template", "material", "cast")
CHOICES = {"side": ("left", "right"), "unit": ("mm", "cm", "m", "inch")}
FLAGS = {"fast": True, "tuned": False}
BASE = (*FILES, *NAMED, *CHOICES, *FLAGS, "set")
AIMS = ("least", "most")
SURROGATES = ("gaussian_process",)
SURROGATE = ("kind", "folds", "samples")
LEAST_FOLDS, MOST_FOLDS = 2, 20


@dataclass(frozen=True, slots=True)
class Base:
    """The design that variants depart from; a factor's values stand instead of its own.

    `files` and `names` by key of the study file; `settings`: fixed values of knobs. `fast`: the
    linear bench. `tuned`: walls are tuned to the prescribed stiffness; else they stay as set.
    """

    files: Mapping[str, str]
    names: Mapping[str, str]
    side: str | None
    unit: str | None
    fast: bool
    tuned: bool
    settings: Mapping[str, float | str]


@dataclass(frozen=True, slots=True)
class Surrogate:
    """A model of the responses that was asked for: its kind, folds of the cross-validation.

    `samples` of the plan that Sobol indices are drawn from the model with, a power of two.
    """

    kind: str
    folds: int = 5
    samples: int = 1024


@dataclass(frozen=True, slots=True)
class Study:
    """A checked study. `aims`: response ↦ "least", "most" or a number to be near to."""

    base: Base
    factors: tuple[Factor, ...]
    plan: Plan
    responses: tuple[Response, ...]
    aims: Mapping[str, str | float]
    surrogate: Surrogate | None = None
    paths: Mapping[str, Path] = field(default_factory=dict)
    """Where the files lie, by the name they have in the study."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of every file by the same name."""

    @property
    def variants(self) -> int:
        return count_of(self.plan, self.factors)

    @property
    def stage(self) -> Stage:
        """How far variants are computed."""
        return max(one.stage for one in self.responses)

    def document(self) -> dict[str, Any]:
        """The study as JSON: with the program's version all that its results follow from."""
        base = asdict(self.base)
        settings = base.pop("settings")
        return {
            "version": software_version(),
            "base": {**base, "set": settings},
            "inputs": dict(self.inputs),
            "factors": {one.key: one.document() for one in self.factors},
            "plan": {
                "kind": self.plan.kind,
                "samples": self.plan.samples,
                "seed": self.plan.seed,
                "indices": self.plan.indices,
                "variants": self.variants,
            },
            "responses": [one.name for one in self.responses],
            "pareto": dict(self.aims),
            "surrogate": None
            if self.surrogate is None
            else {
                "kind": self.surrogate.kind,
                "folds": self.surrogate.folds,
                "samples": self.surrogate.samples,
            },
        }

    @property
    def identity(self) -> str:
        """SHA-256 of the document."""
        return hashlib.sha256(json.dumps(self.document(), sort_keys=True).encode()).hexdigest()


def read_study(path: Path) -> Study:
    """The study in a TOML file; files that it names lie beside it, or below the working folder.

    Raises `InputRefused` with the file, the line and the key.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise StudyRefused("", f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise StudyRefused("", f"{path} is not a text file in UTF-8.") from None
    try:
        mapping = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = "A key stands twice. " if "overwrite" in str(error) else ""
        raise StudyRefused("", f"{path}: {words}It is not valid TOML: {error}.") from None
    try:
        return study_from_mapping(mapping, path.parent)
    except StudyRefused as refusal:
        line = _line(text, refusal.place)
        where = f"{path}, line {line}" if line else str(path)
        raise StudyRefused(refusal.place, f"{where}: {refusal}") from None
    except InputRefused as refusal:
        raise type(refusal)(f"{path}: {refusal}") from None


def _line(text: str, place: str) -> int:
    """The line of a dotted place of the file, or of what it stands in; 0 where neither is found."""
    section, best, found = "", "", 0
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[+([^\]=]+)\]+", line)
        if head:
            section = name = re.sub(r"[\s\"']", "", head.group(1))
        elif "=" in line:
            key = re.sub(r"[\s\"']", "", line.partition("=")[0])
            name = f"{section}.{key}" if section else key
        else:
            continue
        if (place == name or place.startswith(f"{name}.")) and len(name) > len(best):
            best, found = name, number
    return found


def study_from_mapping(mapping: Mapping[str, Any], folder: Path = Path()) -> Study:
    """A study from its parsed file; files are looked for in `folder`, then in the working folder.

    Raises `InputRefused`.
    """
    for key, table in mapping.items():
        _known(key, SECTIONS, "", "section")
        if not isinstance(table, Mapping):
            raise StudyRefused(key, f"{key} is {shown(table)}; it is a section [{key}].")
    for key in ("base", "factors", "plan", "responses"):
        if not mapping.get(key):
            raise StudyRefused(key, f"The study lacks the section [{key}], or it is empty.")
    found: list[tuple[str, Any]] = []
    _flatten(mapping["factors"], "", found)
    files = _Files(folder)
    base = _base(mapping["base"], files, {key for key, _ in found})
    factors = _factors(found, files)
    plan = _plan(mapping["plan"], factors)
    responses = _responses(mapping["responses"])
    aims = _aims(mapping.get("pareto"), responses)
    surrogate = _surrogate(mapping.get("surrogate"), factors)
    inputs = {name: digest(path) for name, path in sorted(files.paths.items())}
    study = Study(base, factors, plan, responses, aims, surrogate, files.paths, inputs)
    _check_people(study)
    _check_bench(study)
    if study.variants > MOST_VARIANTS:
        raise StudyRefused(
            "plan",
            f"The plan has {study.variants} variants; {MOST_VARIANTS} is the most. Take fewer "
            "samples, levels or factors.",
        )
    return study


def _known(key: str, known: tuple[str, ...], place: str, what: str) -> None:
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
        dotted = f"{place}.{key}" if place else key
        raise StudyRefused(dotted, f"There is no {what} {dotted!r}. Did you mean {near!r}?")


def _base(table: Mapping[str, Any], files: _Files, varied: set[str]) -> Base:
    for key in table:
        _known(key, BASE, "base", "key")
    for key in ("scan", "person"):
        if key not in table and key not in varied:
            raise StudyRefused("base", f"The study lacks base.{key}.")
    for key in (*FILES, *NAMED, *CHOICES):
        if key in table and (not isinstance(table[key], str) or not table[key].strip()):
            raise StudyRefused(f"base.{key}", f"base.{key} is {shown(table[key])}; it is a text.")
    for key, choices in CHOICES.items():
        if key in table and table[key] not in choices:
            raise StudyRefused(
                f"base.{key}", f"base.{key} is {table[key]!r}; it may be {', '.join(choices)}."
            )
    for key in FLAGS:
        if not isinstance(table.get(key, True), bool):
            raise StudyRefused(
                f"base.{key}", f"base.{key} is {shown(table[key])}; it may be true or false."
            )
    named_files = {key: files.found(table[key], f"base.{key}") for key in FILES if key in table}
    names = {"template": DEFAULT_TEMPLATE, "material": DEFAULT_MATERIAL}
    names |= {
        key: files.catalogued(key, table[key], f"base.{key}") for key in NAMED if key in table
    }
    return Base(
        files=named_files,
        names={key: name for key, name in names.items() if key not in varied},
        side=table.get("side"),
        unit=table.get("unit"),
        fast=table.get("fast", FLAGS["fast"]),
        tuned=table.get("tuned", FLAGS["tuned"]),
        settings=_settings(table.get("set", {}), varied),
    )


def _settings(table: object, varied: set[str]) -> dict[str, float | str]:
    if not isinstance(table, Mapping):
        raise StudyRefused("base.set", f"base.set is {shown(table)}; it is a table of parameters.")
    listed: list[tuple[str, Any]] = []
    _flatten(table, "", listed)
    settings: dict[str, float | str] = {}
    for key, value in listed:
        place = f"base.set.{key}"
        knob = knob_named(key, place)
        if knob.open:
            raise StudyRefused(place, f"{key} is no parameter; give it as base.{key}.")
        if key in settings:
            raise StudyRefused(place, f"{key} stands twice in [base.set].")
        if key in varied:
            raise StudyRefused(
                place, f"{key} stands in [base.set] and in [factors]; leave one out."
            )
        settings[key] = value_of(knob, value, place)
    return settings


def _flatten(table: Mapping[str, Any], prefix: str, found: list[tuple[str, Any]]) -> None:
    """Entries by dotted key, of "a.b" = …, a.b = … and [section.a] alike, as often as they stand.

    A table of a factor is told from a table of tables by what it holds.
    """
    for key, value in table.items():
        dotted = f"{prefix}{key}"
        holds = (
            isinstance(value, Mapping)
            and value
            and all(isinstance(inner, Mapping | list) for inner in value.values())
        )
        nested = isinstance(value, Mapping) and (
            holds or (prefix == "" and "." not in key and not _is_spec(value))
        )
        if nested and "values" not in value:
            _flatten(value, f"{dotted}.", found)
        else:
            found.append((dotted, value))


def _is_spec(value: Mapping[str, Any]) -> bool:
    return any(name in value for name in ("low", "high", "mean", "sd", "levels", "unit"))


def _factors(listed: list[tuple[str, Any]], files: _Files) -> tuple[Factor, ...]:
    factors: dict[str, Factor] = {}
    for key, spec in listed:
        place = f"factors.{key}"
        if key in factors:
            raise StudyRefused(place, f"The factor {key} stands twice.")
        factors[key] = factor_from(key, spec)
        for value in factors[key].values:
            if key in FILES:
                files.found(str(value), place)
            elif key in NAMED:
                files.catalogued(key, str(value), place)
    return tuple(factors.values())


class _Files:
    """The files that a study names, found beside it or below the working folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.paths: dict[str, Path] = {}

    def found(self, name: str, place: str) -> str:
        """The name, its file found."""
        for candidate in (self._folder / name, Path(name)):
            if candidate.is_file():
                self.paths[name] = candidate.resolve()
                return name
        raise StudyRefused(
            place,
            f"{place} names {name}, which is neither beside the study "
            f"({self._folder.resolve()}) nor in the working folder.",
        )

    def catalogued(self, key: str, name: str, place: str) -> str:
        """A template, material or preset by name, or a file of one's own; it is tried."""
        own = name.endswith(".toml")
        given = str(self.paths[self.found(name, place)]) if own else name
        load = {"template": load_template, "material": load_material, "cast": load_preset}[key]
        try:
            load(given)
        except InputRefused as refusal:
            raise StudyRefused(place, str(refusal)) from None
        return name


def _plan(table: Mapping[str, Any], factors: tuple[Factor, ...]) -> Plan:
    kind = table.get("kind")
    if kind not in KINDS:
        raise StudyRefused(
            "plan.kind", f"plan.kind is {shown(kind)}; it may be {', '.join(KINDS)}."
        )
    for key in table:
        if key == "kind" or key in TAKES[kind]:
            continue
        every = sorted({name for names in TAKES.values() for name in names})
        _known(key, (*every, "kind"), "plan", "key")
        raise StudyRefused(f"plan.{key}", f"A plan of kind {kind!r} takes no {key}; leave it out.")
    samples = _whole(table, "samples", 2, MOST_VARIANTS) if "samples" in TAKES[kind] else 0
    seed = _whole(table, "seed", 0, 2**32 - 1, 1) if "seed" in TAKES[kind] else 0
    levels = _whole(table, "levels", 2, 1000, 0) if "levels" in TAKES[kind] else 0
    indices = table.get("indices", True) if kind == "sobol" else False
    if not isinstance(indices, bool):
        raise StudyRefused("plan.indices", f"plan.indices is {shown(indices)}; true or false.")
    if kind == "sobol" and samples & (samples - 1):
        lower = 1 << (samples.bit_length() - 1)
        raise StudyRefused(
            "plan.samples",
            f"plan.samples is {samples}; a Sobol sequence needs a power of two, such as {lower} or "
            f"{2 * lower}.",
        )
    if kind == "list":
        lengths = {one.key: len(one.values) for one in factors}
        if 0 in lengths.values() or len(set(lengths.values())) > 1:
            told = ", ".join(f"{key} {n or 'a range'}" for key, n in lengths.items())
            raise StudyRefused(
                "plan.kind", f"A plan of kind 'list' needs lists of one length; here: {told}."
            )
    plan = Plan(kind, samples, seed, levels, indices)
    count_of(plan, factors)  # a grid's levels are looked at
    return plan


def _whole(
    table: Mapping[str, Any], key: str, low: int, high: int, default: int | None = None
) -> int:
    value = table.get(key, default)
    if key not in table and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        met = "missing" if value is None else shown(value)
        raise StudyRefused(
            f"plan.{key}" if key in table else "plan",
            f"plan.{key} is {met}; it is a whole number from {low} to {high}.",
        )
    return value


def _responses(table: Mapping[str, Any]) -> tuple[Response, ...]:
    for key in table:
        _known(key, ("keep",), "responses", "key")
    keep = table.get("keep")
    if not isinstance(keep, list) or not keep:
        raise StudyRefused("responses.keep", "responses.keep needs a list of at least one figure.")
    for name in keep:
        if name not in RESPONSES:
            near = difflib.get_close_matches(str(name), RESPONSES, n=1, cutoff=0.0)[0]
            raise StudyRefused(
                "responses.keep", f"There is no response {name!r}. Did you mean {near!r}?"
            )
        if keep.count(name) > 1:
            raise StudyRefused("responses.keep", f"The response {name} stands twice.")
    return tuple(RESPONSES[name] for name in keep)


def _aims(table: object, responses: tuple[Response, ...]) -> dict[str, str | float]:
    """What the Pareto front is drawn for; without a section stiffness, mass and stress."""
    kept = [one.name for one in responses]
    if table is None:
        return default_aims(kept)
    if not isinstance(table, Mapping):
        raise StudyRefused("pareto", "pareto is a section [pareto].")
    listed: list[tuple[str, Any]] = []
    _flatten(table, "", listed)
    aims: dict[str, str | float] = {}
    for name, aim in listed:
        place = f"pareto.{name}"
        if name not in kept:
            raise StudyRefused(place, f"{name} is in [pareto] but not in responses.keep.")
        number = isinstance(aim, int | float) and not isinstance(aim, bool)
        if aim not in AIMS and not number:
            raise StudyRefused(
                place, f"{name} is {shown(aim)}; it may be least, most or a number to be near to."
            )
        aims[name] = float(aim) if number else str(aim)
    if len(aims) < 2:
        raise StudyRefused("pareto", "A Pareto front needs two responses at least.")
    return aims


def default_aims(kept: list[str]) -> dict[str, str | float]:
    """Most stiffness, least mass, least stress, of those kept; none where there is only one."""
    aims: dict[str, str | float] = {}
    for name in kept:
        if name == "stiffness.plantarflexion":
            aims[name] = "most"
        elif name == "print.mass_g" or name.endswith("max_von_mises_mpa"):
            aims[name] = "least"
    return aims if len(aims) > 1 else {}


def _surrogate(table: object, factors: tuple[Factor, ...]) -> Surrogate | None:
    if table is None:
        return None
    if not isinstance(table, Mapping):
        raise StudyRefused("surrogate", "surrogate is a section [surrogate].")
    for key in table:
        _known(key, SURROGATE, "surrogate", "key")
    kind = table.get("kind")
    if kind not in SURROGATES:
        raise StudyRefused(
            "surrogate.kind",
            f"surrogate.kind is {shown(kind)}; it may be {', '.join(SURROGATES)}.",
        )
    if any(one.listed and any(isinstance(v, str) for v in one.values) for one in factors):
        raise StudyRefused(
            "surrogate", "A surrogate needs factors that are numbers; leave the names out."
        )
    folds, samples = table.get("folds", 5), table.get("samples", 1024)
    for name, value, low, high in (
        ("folds", folds, LEAST_FOLDS, MOST_FOLDS),
        ("samples", samples, 64, 65536),
    ):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not low <= value <= high or (name == "samples" and value & (value - 1)):
            raise StudyRefused(
                f"surrogate.{name}",
                f"surrogate.{name} is {shown(value)}; it is a whole number from {low} to {high}"
                + (", a power of two." if name == "samples" else "."),
            )
    return Surrogate(kind, folds, samples)


def _check_bench(study: Study) -> None:
    keys = [one.key for one in study.factors] + list(study.base.settings)
    turned = next((key for key in keys if key.startswith(BENCH)), None)
    deep = next((one.name for one in study.responses if one.stage is Stage.DESIGN), None)
    why = (
        "base.fast = false"
        if not study.base.fast
        else "base.tuned = true"
        if study.base.tuned
        else f"the response {deep}"
        if deep
        else ""
    )
    if turned and why:
        raise StudyRefused(
            f"factors.{turned}", f"{turned} needs the linear bench of walls as set; not {why}."
        )


def _check_people(study: Study) -> None:
    varied = next((one.values for one in study.factors if one.key == "person"), ())
    names = [study.base.files["person"]] if "person" in study.base.files else map(str, varied)
    for name in names:
        try:
            read_person(study.paths[name])
        except InputRefused as refusal:
            raise StudyRefused("base.person", str(refusal)) from None
