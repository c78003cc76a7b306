"""Entries of a file that people write: kind, unit, range, default and meaning of each key.

A group is a frozen dataclass whose fields carry an `Entry`. An absent entry is its default, or
None; one marked `safety` has no default and, when absent, is "not examined".
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from afo_designer.geometry.refusal import InputRefused

Group = TypeVar("Group")

CENTIMETRE, METRE = 10, 1000
"""Millimetres."""
SHOWN, LINE = 40, 80
"""Characters of a value that a message quotes, and of a line of text."""


class EntryRefused(InputRefused):
    """An entry that is unknown, missing, of the wrong type or out of range."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one key may hold. `kind`: "number", "word", "words", "text" or "flag"."""

    kind: str
    about: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    required: bool = False
    safety: bool = False


def number(
    unit: str,
    low: float,
    high: float,
    about: str,
    *,
    default: float | None = None,
    required: bool = False,
    safety: bool = False,
) -> Any:
    """A dataclass field for a number from `low` to `high`, both allowed."""
    return _field(
        Entry("number", about, unit, low, high, required=required, safety=safety), default
    )


def word(
    choices: Sequence[str],
    about: str,
    *,
    default: str | None = None,
    required: bool = False,
    safety: bool = False,
) -> Any:
    """A dataclass field for one word out of several."""
    entry = Entry("word", about, choices=tuple(choices), required=required, safety=safety)
    return _field(entry, default)


def words(choices: Sequence[str], about: str, *, default: tuple[str, ...]) -> Any:
    """A dataclass field for one or more of several words, each once."""
    return _field(Entry("words", about, choices=tuple(choices)), default)


def text(about: str, *, longest: int = LINE, safety: bool = False) -> Any:
    """A dataclass field for one line of text."""
    return _field(Entry("text", about, low=1, high=longest, safety=safety), None)


def flag(about: str, *, default: bool | None = None, safety: bool = False) -> Any:
    """A dataclass field for true or false."""
    return _field(Entry("flag", about, safety=safety), default)


def _field(entry: Entry, default: object) -> Any:
    return dataclasses.field(default=default, metadata={"entry": entry})


def entries(group: type[Any]) -> dict[str, Entry]:
    """The entries of a group by key, in declared order."""
    return {item.name: item.metadata["entry"] for item in dataclasses.fields(group)}


def defaults(group: type[Any]) -> dict[str, object]:
    """The defaults of a group by key; None where there is none."""
    return {item.name: item.default for item in dataclasses.fields(group)}


def read_group(group: type[Group], section: str, mapping: Mapping[str, object]) -> Group:
    """`mapping` as a `group`; every value checked. Keys must be known (`nearest` names them).

    Raises `EntryRefused` that quotes the key, the value met and what is allowed.
    """
    known = entries(group)
    return group(
        **{key: _checked(known[key], f"{section}.{key}", value) for key, value in mapping.items()}
    )


def nearest(key: str, known: Sequence[str]) -> str:
    """The known dotted key most like `key`: the same leaf in another section first."""
    leaf = key.rsplit(".", 1)[-1]
    for candidate in known:
        if candidate.rsplit(".", 1)[-1] == leaf:
            return candidate
    return max(known, key=lambda other: _likeness(key, leaf, other))


def _likeness(key: str, leaf: str, other: str) -> float:
    whole = difflib.SequenceMatcher(None, key, other).ratio()
    return whole + difflib.SequenceMatcher(None, leaf, other.rsplit(".", 1)[-1]).ratio()


def _checked(entry: Entry, key: str, value: object) -> Any:
    if entry.kind == "number":
        return _number(entry, key, value)
    if entry.kind == "word":
        return _word(entry, key, value)
    if entry.kind == "words":
        return _words(entry, key, value)
    if entry.kind == "flag":
        if not isinstance(value, bool):
            raise EntryRefused(f"{key} is {shown(value)}; it may be true or false.")
        return value
    return _text(entry, key, value)


def _number(entry: Entry, key: str, value: object) -> float:
    allowed = f"{entry.low:g} to {entry.high:g} {entry.unit}".rstrip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EntryRefused(f"{key} is {shown(value)}, which is not a number; it may be {allowed}.")
    if not entry.low <= value <= entry.high:  # also refuses nan
        met = f"{shown(value)} {entry.unit}".rstrip()
        raise EntryRefused(f"{key} is {met}; it may be {allowed}.{_unit_hint(entry, value)}")
    return float(value)


def _unit_hint(entry: Entry, value: float) -> str:
    if entry.unit != "mm":
        return ""
    for factor, name in ((CENTIMETRE, "centimetres"), (METRE, "metres")):
        if entry.low <= value * factor <= entry.high:
            return f" Is it in {name}?"
    return ""


def _word(entry: Entry, key: str, value: object) -> str:
    # A grade written without quotation marks (3, not "3") is the same grade.
    plain = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(plain, str) or plain not in entry.choices:
        allowed = ", ".join(f'"{choice}"' for choice in entry.choices)
        raise EntryRefused(f"{key} is {shown(value)}; it may be {allowed}.")
    return plain


def _words(entry: Entry, key: str, value: object) -> tuple[str, ...]:
    allowed = ", ".join(f'"{choice}"' for choice in entry.choices)
    if not isinstance(value, list | tuple) or not value:
        raise EntryRefused(f"{key} is {shown(value)}; it is a list of one or more of {allowed}.")
    met = tuple(_word(entry, key, item) for item in value)
    return tuple(choice for choice in entry.choices if choice in met)


def _text(entry: Entry, key: str, value: object) -> str:
    if (
        not isinstance(value, str)
        or not entry.low <= len(value.strip()) <= entry.high
        or not value.isprintable()
    ):
        raise EntryRefused(
            f"{key} is {shown(value)}; it may be one line of {entry.low:g} to {entry.high:g} "
            "printable characters."
        )
    return value.strip()


def shown(value: object) -> str:
    """A value as a message quotes it: short, on one line."""
    plain = repr(value)
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN - 3]}..."
