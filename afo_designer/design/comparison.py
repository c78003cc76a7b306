"""Comparison: a record against the same one computed anew, key by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Other machines round differently and iterations end elsewhere; on one machine all is equal.
RELATIVE, ABSOLUTE = 1e-6, 1e-9
# What the files of a design cannot tell: digests of themselves, and the scan's own surface.
UNTOLD = ("outputs", "scan.triangles")
MISSING = "(absent)"


@dataclass(frozen=True, slots=True)
class Difference:
    """A key of the record, dotted, list places in brackets; what it says and what came out."""

    key: str
    recorded: Any
    computed: Any


@dataclass(frozen=True, slots=True)
class Judged:
    """A check recorded and computed anew; either is None where the other has no such check."""

    id: str
    recorded: Mapping[str, Any] | None
    computed: Mapping[str, Any] | None

    @property
    def same(self) -> bool:
        """Value, limit and verdict agree."""
        if self.recorded is None or self.computed is None:
            return False
        keys = ("value", "limit", "unit", "verdict")
        return all(same(self.recorded.get(key), self.computed.get(key)) for key in keys)


def same(one: Any, two: Any) -> bool:
    """Whether two plain values agree, numbers to rounding."""
    numbers = [isinstance(v, int | float) and not isinstance(v, bool) for v in (one, two)]
    if all(numbers):
        return abs(one - two) <= max(ABSOLUTE, RELATIVE * max(abs(one), abs(two)))
    return type(one) is type(two) and bool(one == two)


def differences(recorded: Mapping[str, Any], computed: Mapping[str, Any]) -> list[Difference]:
    """Every key in which two records differ, but `UNTOLD`; checks by their ids."""
    one, two = (_by_id(record) for record in (recorded, computed))
    return [row for row in _walked(one, two, "") if row.key not in UNTOLD]


def compared(recorded: Any, computed: Any, key: str) -> list[Difference]:
    """Every key under `key` in which two plain values differ."""
    return list(_walked(recorded, computed, key))


def judged(recorded: Mapping[str, Any], computed: Mapping[str, Any]) -> list[Judged]:
    """Every check of either record, in the order of the new one, lost ones last."""
    one, two = _by_id(recorded)["checks"], _by_id(computed)["checks"]
    return [Judged(name, one.get(name), two.get(name)) for name in {**two, **one}]


def _by_id(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its checks as a table; one that names no check keeps its number."""
    rows = record.get("checks")
    table: dict[str, Any] = {}
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        named = isinstance(row, dict) and isinstance(row.get("id"), str)
        name = str(row["id"]) if named else f"[{number}]"
        table[name if name not in table else f"{name}[{number}]"] = row if named else {"is": row}
    return {**record, "checks": table}


def _walked(one: Any, two: Any, key: str) -> Iterator[Difference]:
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        for name in {**two, **one}:
            inside = f"{key}.{name}" if key else str(name)
            if inside in UNTOLD:
                continue
            yield from _walked(one.get(name, MISSING), two.get(name, MISSING), inside)
    elif _listed(one) and _listed(two) and len(one) == len(two):
        for place, (left, right) in enumerate(zip(one, two, strict=True)):
            yield from _walked(left, right, f"{key}[{place}]")
    elif not same(one, two):
        yield Difference(key, one, two)


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
