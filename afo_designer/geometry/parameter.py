"""Parameters: frozen dataclasses whose fields carry unit, range, default and meaning.

A group is a frozen dataclass of `quantity` and `choice` fields and of other groups. Dotted keys
("leaf.thickness_mm") name the leaves of the tree, on the command line as in files.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from afo_designer.geometry.refusal import InputRefused

Group = TypeVar("Group")


class ParameterRefused(InputRefused):
    """A parameter that does not exist or lies outside its range."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One leaf of a parameter tree: what it is called, means, and may be.

    A number from `low` to `high`, or one of `choices`; a leaf with both takes either.
    """

    key: str
    default: float | str
    unit: str
    low: float
    high: float
    choices: tuple[str, ...]
    about: str


def quantity(default: float, unit: str, low: float, high: float, about: str) -> Any:
    """A dataclass field for a number with unit and range (both ends allowed)."""
    return dataclasses.field(
        default=default, metadata={"unit": unit, "low": low, "high": high, "about": about}
    )


def quantity_or(default: str, unit: str, low: float, high: float, about: str) -> Any:
    """A dataclass field for a number, or for the word `default` that leaves it open."""
    numbers = {"unit": unit, "low": low, "high": high}
    return dataclasses.field(
        default=default, metadata={**numbers, "choices": (default,), "about": about}
    )


def choice(default: str, choices: tuple[str, ...], about: str) -> Any:
    """A dataclass field for one word out of several."""
    return dataclasses.field(default=default, metadata={"choices": choices, "about": about})


def group(of: type[Group]) -> Any:
    """A dataclass field for a nested group with its own defaults."""
    return dataclasses.field(default_factory=of)


def leaves(parameters: Any, prefix: str = "") -> Iterator[tuple[Parameter, float | str]]:
    """Every leaf with the value it has in `parameters`, in declared order."""
    for item in dataclasses.fields(parameters):
        value = getattr(parameters, item.name)
        key = f"{prefix}{item.name}"
        if dataclasses.is_dataclass(value):
            yield from leaves(value, f"{key}.")
        else:
            about = item.metadata
            yield (
                Parameter(
                    key=key,
                    default=item.default,  # type: ignore[arg-type]
                    unit=about.get("unit", ""),
                    low=about.get("low", -math.inf),
                    high=about.get("high", math.inf),
                    choices=about.get("choices", ()),
                    about=about["about"],
                ),
                value,
            )


def with_value(parameters: Group, key: str, value: object) -> Group:
    """A copy with one leaf changed.

    Raises `ParameterRefused` that quotes the value and the range, or names the nearest known key.
    """
    known = {leaf.key: leaf for leaf, _ in leaves(parameters)}
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ParameterRefused(f"There is no parameter {key!r}.{hint}")
    return _set(parameters, key.split("."), _checked(known[key], value))


def allowed(leaf: Parameter) -> str:
    """What a leaf may be, in words: its range, its choices, or both."""
    spans = [] if math.isinf(leaf.low) else [f"{leaf.low:g} to {leaf.high:g}"]
    return " or ".join([*spans, *([", ".join(leaf.choices)] if leaf.choices else [])])


def _set(parameters: Group, path: list[str], value: float | str) -> Group:
    name, *rest = path
    inner = _set(getattr(parameters, name), rest, value) if rest else value
    return dataclasses.replace(parameters, **{name: inner})  # type: ignore[type-var]


def _checked(leaf: Parameter, value: object) -> float | str:
    open_range = math.isinf(leaf.low) and math.isinf(leaf.high)
    if leaf.choices and (open_range or value in leaf.choices):
        if value not in leaf.choices:
            raise ParameterRefused(f"{leaf.key} is {value!r}; it may be {', '.join(leaf.choices)}.")
        return str(value)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        words = f" nor {', '.join(leaf.choices)}" if leaf.choices else ""
        raise ParameterRefused(f"{leaf.key} is {value!r}, which is not a number{words}.") from None
    if isinstance(value, bool) or not leaf.low <= number <= leaf.high:
        raise ParameterRefused(
            f"{leaf.key} is {value} {leaf.unit}; "
            f"it may be {leaf.low:g} to {leaf.high:g} {leaf.unit}."
        )
    return number
