"""Listing: templates, materials and parameters as tables and as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from afo_designer.design.plain import plain
from afo_designer.geometry.parameter import leaves
from afo_designer.runs.catalogue import (
    load_machines,
    load_material,
    load_preset,
    load_template,
    material_names,
    preset_names,
    template_names,
)


def template_list() -> dict[str, Any]:
    """{name: texts and parameters with value, unit, range, default, meaning}."""
    document = {}
    for name in template_names():
        template, _ = load_template(name)
        parameters = {
            leaf.key: {
                "value": value,
                "default": leaf.default,
                "unit": leaf.unit,
                "low": leaf.low,
                "high": leaf.high,
                "choices": list(leaf.choices),
                "about": leaf.about,
                "source": template.chosen.source(leaf.key),
            }
            for leaf, value in leaves(template.chosen.parameters)
        }
        document[name] = {
            "title": template.title,
            "family": template.family,
            "classification": template.classification,
            "indication": template.indication,
            "limits": template.limits,
            "parameters": parameters,
        }
    presets = {name: load_preset(name)[0] for name in preset_names()}
    casts = {
        name: {"title": one.title, "about": one.about, "set": dict(one.values)}
        for name, one in presets.items()
    }
    return {"templates": plain(document), "casts": plain(casts)}


def say_templates(document: Mapping[str, Any], out: Console) -> None:
    """What each family is for, then one table of parameters with a column per family."""
    found = document["templates"]
    for name, template in found.items():
        out.print(f"{name}: {template['title']}", style="bold", markup=False)
        out.print(f"  {template['classification']}", markup=False)
        out.print(f"  For: {template['indication']}", markup=False)
        out.print(f"  Not for: {template['limits']}", markup=False)
    table = Table(title="Parameters (--set KEY=VALUE)", show_lines=False)
    for heading in ("key", "unit", "range", "default", *found, "meaning"):
        table.add_column(heading, overflow="fold")
    for name, one in document["casts"].items():
        out.print(f"--cast {name}: {one['about']}", markup=False)
    first = next(iter(found.values()))["parameters"]
    for key, one in first.items():
        span = _span(one)
        values = [_text(template["parameters"][key]["value"]) for template in found.values()]
        table.add_row(key, one["unit"], span, _text(one["default"]), *values, one["about"])
    out.print(table)


def parameter_list(parameters: Any) -> dict[str, Any]:
    """{key: value, default, unit, range, meaning} of any parameter tree."""
    return {
        "parameters": {
            leaf.key: {
                "value": value,
                "default": leaf.default,
                "unit": leaf.unit,
                "low": plain(leaf.low),
                "high": plain(leaf.high),
                "choices": list(leaf.choices),
                "about": leaf.about,
            }
            for leaf, value in leaves(parameters)
        }
    }


def _span(one: Mapping[str, Any]) -> str:
    """What a parameter may be: its range, its words, or both."""
    spans = [] if one["low"] is None else [f"{one['low']:g} to {one['high']:g}"]
    return " or ".join([*spans, *([", ".join(one["choices"])] if one["choices"] else [])])


def say_parameters(document: Mapping[str, Any], out: Console) -> None:
    """One row per parameter."""
    table = Table(title="Parameters (--set KEY=VALUE)", show_lines=False)
    for heading in ("key", "unit", "range", "value", "meaning"):
        table.add_column(heading, overflow="fold")
    for key, one in document["parameters"].items():
        span = _span(one)
        table.add_row(key, one["unit"], span, _text(one["value"]), one["about"])
    out.print(table)


def material_list() -> dict[str, Any]:
    """{name: constants, each with its source and whether it was verified}."""
    document = {}
    for name in material_names():
        material, _ = load_material(name)
        values = {key: value for key, value in asdict(material).items() if key != "provenance"}
        document[name] = {
            **values,
            "sources": {
                item.key: {"source": item.source, "verified": item.verified}
                for item in material.provenance
            },
        }
    machines = {
        one.id: {
            **{key: value for key, value in asdict(one).items() if key not in ("id", "provenance")},
            "sources": {
                item.key: {"source": item.source, "verified": item.verified}
                for item in one.provenance
            },
        }
        for one in load_machines()
    }
    return {"materials": plain(document), "machines": plain(machines)}


def say_materials(document: Mapping[str, Any], out: Console) -> None:
    """One row per constant and material."""
    for name, material in document["materials"].items():
        out.print(f"{name}: {material['name']}, {material['process']}", style="bold", markup=False)
        out.print(f"  {material['about']}", markup=False)
        for key, origin in material["sources"].items():
            state = "read" if origin["verified"] else "recalled, not verified"
            out.print(f"  {key} {_text(material[key])}  [{state}] {origin['source']}", markup=False)
        _say_handling(material["handling"], out)
    for name, machine in document["machines"].items():
        out.print(f"{name}: {machine['name']}, {machine['process']}", style="bold", markup=False)
        for key, origin in machine["sources"].items():
            state = "read" if origin["verified"] else "recalled or chosen"
            out.print(f"  {key} {_text(machine[key])}  [{state}] {origin['source']}", markup=False)


def _say_handling(handling: Mapping[str, Any], out: Console) -> None:
    """On skin, shrinkage and finishes."""
    skin = handling["biocompatibility"]
    stated = skin["statement"]
    out.print(f"  on skin: {stated['text']} [{stated['source']}]", markup=False)
    out.print(f"  not covered: {skin['not_covered']}", markup=False)
    out.print(f"  shrinkage: {handling['shrinkage']['text']}", markup=False)
    for one in handling["finishes"]:
        change = f"{one['finish_thickness_change_mm']:+g} mm of wall"
        out.print(f"  finish {one['name']}: {change} [{one['source']}]", markup=False)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
