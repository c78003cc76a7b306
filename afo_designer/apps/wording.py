"""Wording: values of a record found, and put into words and figures, whatever may be missing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from afo_designer.design.findings import NAMES

MISSING = "not recorded"
# What is less than this is rounding, in any unit of a sheet.
ROUNDING = 1e-6
THOUSANDS = "\N{NO-BREAK SPACE}"


def at(record: Any, path: str) -> Any:
    """The value under a dotted path, None where any step is missing."""
    for key in path.split("."):
        if not isinstance(record, Mapping) or key not in record:
            return None
        record = record[key]
    return record


def seek(record: Mapping[str, Any], key: str, within: Sequence[str]) -> Any:
    """The first value named `key` anywhere inside the sections `within`, in their order."""
    for section in within:
        found = deep(record.get(section), key)
        if found is not None:
            return found
    return None


def deep(node: Any, key: str) -> Any:
    if not isinstance(node, Mapping):
        return None
    # A key may be written out with its section: "footwear.heel_height_difference_mm".
    name = next((n for n in node if n == key or str(n).endswith(f".{key}")), None)
    if name is not None and node[name] is not None:
        found = node[name]
        # A parameter is a value with its unit and source; the value is meant.
        return found.get("value") if isinstance(found, Mapping) and "value" in found else found
    for child in node.values():
        found = deep(child, key)
        if found is not None:
            return found
    return None


def items(record: Mapping[str, Any], path: str) -> list[Any]:
    found = at(record, path)
    if found is None:
        return []
    if isinstance(found, Mapping):
        return [{"name": name, "value": value} for name, value in found.items()]
    return [found] if isinstance(found, str) else list(found)


def mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def pair_of(found: Any) -> tuple[float, float] | None:
    """An interval written as {low, high} or as [low, high]."""
    if isinstance(found, Mapping):
        found = [found.get("low"), found.get("high")]
    if not isinstance(found, Sequence) or isinstance(found, str) or len(found) != 2:
        return None
    low, high = (finite(end) for end in found)
    return None if low is None or high is None else (low, high)


def points_of(found: Any) -> list[list[float]]:
    """[[x, y], …] less the pairs of which a number is missing."""
    pairs = [pair_of(entry) for entry in found or ()] if isinstance(found, list | tuple) else []
    return [list(pair) for pair in pairs if pair is not None]


def finite(value: Any) -> float | None:
    """`value` as a finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def number(value: Any, decimals: int = 2, unit: str = "") -> str:
    """`value` with a true minus sign and its unit, or the words for a missing one."""
    known = finite(value)
    if known is None:
        return MISSING
    figure = f"{known:.{decimals}f}"
    if float(figure) == 0.0:
        figure = figure.lstrip("-")
    return f"{figure.replace('-', '−')}{_spaced(unit)}"


def _spaced(unit: str) -> str:
    if not unit or unit == "1":
        return ""
    return unit if unit in ("°", "%") and unit == "°" else f" {unit}"


def compact(value: Any, unit: str = "") -> str:
    """A value of any kind: numbers to three figures, truth as yes or no, text as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    known = finite(value)
    if known is not None:
        known = 0.0 if abs(known) < ROUNDING else known
        whole = abs(known) >= 1000.0 or known == round(known)
        figure = f"{known + 0.0:,.0f}" if whole else f"{known:.3g}"
        return figure.replace(",", THOUSANDS).replace("-", "−") + _spaced(unit)
    if value is None or isinstance(value, float):
        return MISSING
    if isinstance(value, Mapping):
        return ", ".join(f"{human(str(k))} {compact(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(compact(item) for item in value)
    return str(value)


def text(value: Any) -> str:
    return MISSING if value is None or value == "" else str(value)


def span(pair: tuple[float, float] | None, decimals: int = 2, unit: str = "") -> str:
    if pair is None:
        return ""
    return f"{number(pair[0], decimals)} to {number(pair[1], decimals, unit)}"


def human(key: str) -> str:
    """A key in words: its last parts without unit, underscores as spaces."""
    for suffix in ("_nm_per_deg", "_mm", "_deg", "_mpa", "_nm", "_g", "_kg"):
        key = key.removesuffix(suffix)
    return key.rsplit(".", 1)[-1].replace("_", " ")


def in_words(said: str) -> str:
    """A sentence with the person file's dotted keys as words, its first letter large."""
    keys = r"\b(?:person|examination|footwear|tape_mm|prescription)\.[a-z_]*[a-z]"
    plain = re.sub(keys, lambda key: examined(key.group()), said)
    return f"{plain[:1].upper()}{plain[1:]}"


def examined(key: str) -> str:
    """An examination's key in words: quadriceps_mmt → quadriceps strength."""
    words = NAMES.get(key, human(key))
    if words.endswith(" mmt"):
        return f"{words.removesuffix(' mmt')} strength"
    return {
        "spasticity mas": "calf tone",
        "spasticity": "calf tone",
        "dorsiflexion range": "passive dorsiflexion",
        "age years": "age",
        "shoe size eu": "shoe size",
        "insole length": "insole",
    }.get(words, words)
