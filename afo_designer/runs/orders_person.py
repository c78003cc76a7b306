"""Orders, person: columns such as `person.mass_kg` as a person, and a person as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from afo_designer.design.entry import Entry, entries
from afo_designer.design.person import SECTIONS
from afo_designer.geometry.refusal import InputRefused

YES, NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


class ColumnRefused(InputRefused):
    """A cell that cannot be used; `column` names where it stands."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def person_columns() -> dict[str, Entry]:
    """Every column that may stand for an entry of the person file: its dotted key."""
    return {
        f"{section}.{key}": entry
        for section, group in SECTIONS.items()
        for key, entry in entries(group).items()
    }


def typed(column: str, entry: Entry, text: str) -> Any:
    """A cell as the person file would hold it. Raises `ColumnRefused` for what is no number."""
    if entry.kind == "number":
        try:
            return float(text)
        except ValueError:
            hint = " Write a decimal point." if "," in text else ""
            raise ColumnRefused(column, f"{column} is {text!r}, not a number.{hint}") from None
    if entry.kind == "flag":
        if text.lower() not in YES | NO:
            raise ColumnRefused(column, f"{column} is {text!r}; it may be true or false.")
        return text.lower() in YES
    if entry.kind == "words":
        return [word.strip() for word in text.split("|") if word.strip()]
    return text


def merged(
    file: Mapping[str, Any], columns: Mapping[str, Any], file_name: str
) -> dict[str, dict[str, Any]]:
    """The person file's tables with the columns' entries; two different values are refused."""
    tables = {
        section: dict(table) if isinstance(table, Mapping) else table
        for section, table in file.items()
    }
    for column, value in columns.items():
        section, _, key = column.partition(".")
        table = tables.setdefault(section, {})
        if key in table and not _same(table[key], value):
            raise ColumnRefused(
                column,
                f"{column} is {value!r} in the orders and {table[key]!r} in {file_name}; leave "
                "one out.",
            )
        table.setdefault(key, value)
    return tables


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list | bool) or isinstance(other, bool):
        return bool(one == other)
    return bool(one == other) or str(one) == str(other)


def person_toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """A person file with these entries; numbers, texts, lists of texts and flags."""
    lines = []
    for section, table in tables.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
        lines.append("")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    """JSON writes booleans, texts, lists and finite numbers as TOML does, but for DEL."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
