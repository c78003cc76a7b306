"""Writes the tables of docs/sweeps.md and docs/study.schema.json: factors, responses, the file.

Run it as `python docs/sweeps.py` after a change; a test compares.
"""

import json
import math
from pathlib import Path
from typing import Any

from afo_designer.design.responses import RESPONSES
from afo_designer.runs.sweep.factor import KEYS
from afo_designer.runs.sweep.knob import Knob, knobs
from afo_designer.runs.sweep.plan import KINDS
from afo_designer.runs.sweep.study import (
    AIMS,
    BASE,
    CHOICES,
    FLAGS,
    LEAST_FOLDS,
    MOST_FOLDS,
    SURROGATES,
)

PAGE = Path(__file__).with_suffix(".md")
SCHEMA = PAGE.with_name("study.schema.json")
MARK = "<!-- tables: python docs/sweeps.py -->\n"
GROUPS = ("landmarks.", "tape_mm.", "parameters.", "loadcases.")


def page(text: str) -> str:
    """The page's text with its tables as they are now."""
    head, _, _ = text.partition(MARK)
    return head + MARK + _responses() + _factors()


def _factors() -> str:
    lines = ["\n## Factors\n", "| key | may be | meaning |", "|---|---|---|"]
    for key, knob in knobs().items():
        if not key.startswith(("cast.", "shell.", "tuning.", "printing.", "marking.", *GROUPS)):
            lines.append(f"| `{key}` | {knob.allowed} | {knob.about} |")
    lines += [
        "| `landmarks.NAME.x_mm`, `.y_mm`, `.z_mm` | -30 to 30 mm | an error of that landmark "
        "along the limb frame's axes, its neighbours as they were found |",
        "| `tape_mm.…` | as in the person file | hand measures |",
        "| `cast.…`, `shell.…`, `tuning.…`, `printing.…` | [parameters.md](parameters.md) | |",
    ]
    return "\n".join(lines) + "\n"


def _responses() -> str:
    lines = ["\n## Responses\n", "| name | unit | needs | meaning |", "|---|---|---|---|"]
    for one in RESPONSES.values():
        if not one.name.startswith(("parameters.", "loadcases.")):
            needs = one.stage.name.lower()
            lines.append(f"| `{one.name}` | {one.unit} | {needs} | {one.about} |")
    cases = [name.split(".") for name in RESPONSES if name.startswith("loadcases.")]
    names, figures = (", ".join(dict.fromkeys(one[k] for one in cases)) for k in (1, 2))
    lines += [
        f"| `loadcases.CASE.FIGURE` | as its ending says | strength | CASE: {names}; FIGURE: "
        f"{figures} |",
        "| `parameters.KEY` | the parameter's | bench | a parameter's value, after tuning where "
        "walls are tuned |",
    ]
    return "\n".join(lines) + "\n"


def schema() -> dict[str, Any]:
    """The study file as a JSON Schema (of the TOML's tables)."""
    text = {"type": "string", "minLength": 1}
    base: dict[str, Any] = dict.fromkeys(BASE, text)
    base |= {key: {"enum": list(choices)} for key, choices in CHOICES.items()}
    base |= {key: {"type": "boolean", "default": value} for key, value in FLAGS.items()}
    values = {key: {"$ref": f"#/$defs/{key}"} for key in knobs()}
    base["set"] = {"type": "object", "additionalProperties": False, "properties": values}
    name = {"$ref": "#/$defs/response"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Study of afo sweep",
        "$defs": _definitions(),
        "type": "object",
        "required": ["base", "factors", "plan", "responses"],
        "additionalProperties": False,
        "properties": {
            "base": {"type": "object", "additionalProperties": False, "properties": base},
            "factors": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {key: _factor(ref) for key, ref in values.items()},
            },
            "plan": {
                "type": "object",
                "required": ["kind"],
                "additionalProperties": False,
                "properties": {
                    "kind": {"enum": list(KINDS)},
                    "samples": {"type": "integer", "minimum": 2},
                    "seed": {"type": "integer", "minimum": 0, "default": 1},
                    "levels": {"type": "integer", "minimum": 2},
                    "indices": {"type": "boolean", "default": True},
                },
            },
            "responses": {
                "type": "object",
                "required": ["keep"],
                "additionalProperties": False,
                "properties": {"keep": {"type": "array", "minItems": 1, "items": name}},
            },
            "pareto": {
                "type": "object",
                "propertyNames": name,
                "additionalProperties": {"anyOf": [{"enum": list(AIMS)}, {"type": "number"}]},
            },
            "surrogate": {
                "type": "object",
                "required": ["kind"],
                "additionalProperties": False,
                "properties": {
                    "kind": {"enum": list(SURROGATES)},
                    "folds": {"type": "integer", "minimum": LEAST_FOLDS, "maximum": MOST_FOLDS},
                    "samples": {"type": "integer", "minimum": 64, "maximum": 65536},
                },
            },
        },
    }


def _value(knob: Knob) -> dict[str, Any]:
    """One value of a knob."""
    kinds: list[dict[str, Any]] = []
    if knob.numeric:
        span = {"minimum": knob.low, "maximum": knob.high}
        kinds.append({"type": "number", **{k: v for k, v in span.items() if math.isfinite(v)}})
    if knob.open:
        kinds.append({"type": "string", "minLength": 1})
    elif knob.choices:
        kinds.append({"enum": list(knob.choices)})
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


def _factor(value: dict[str, str]) -> dict[str, Any]:
    """A list of values, or a table."""
    listed = {"type": "array", "minItems": 1, "items": value}
    return {"anyOf": [listed, {"$ref": "#/$defs/factor"}]}


def _definitions() -> dict[str, Any]:
    """What stands in several places: responses, a factor's table, every knob's value."""
    fields: dict[str, Any] = {key: {"type": "number"} for key in KEYS}
    fields |= {"values": {"type": "array"}, "unit": {"type": "string"}}
    fields["levels"] = {"type": "integer", "minimum": 2}
    return {
        "response": {"enum": list(RESPONSES)},
        "factor": {"type": "object", "additionalProperties": False, "properties": fields},
        **{key: {"description": knob.about, **_value(knob)} for key, knob in knobs().items()},
    }


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    SCHEMA.write_text(
        json.dumps(schema(), separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8"
    )
