"""Verdicts: a record's checks as rows, and what a person has to be told of them first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from afo_designer.apps.wording import MISSING, at, compact, finite, human, mapping, number

VERDICTS = {"pass": "pass", "warn": "warning", "fail": "FAIL"}
# Checks that have a section of their own, by the beginning of their id.
SECTIONS = {
    "strength_": "Strength",
    "surface_strain": "Strength",
    "fatigue": "Strength",
    "sustained": "Strength",
    "buckling": "Strength",
    "skin_": "Skin",
    "shoe_": "Shoe",
}


def verdict_words(verdict: str) -> str:
    """The verdict as it is printed."""
    return VERDICTS.get(verdict, verdict or MISSING)


def check_rows(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Failed first, then to look at, then passed; each in the record's order."""
    rows = []
    for found in record.get("checks") or []:
        check = mapping(found)
        unit, name = str(check.get("unit") or ""), str(check.get("id") or "unnamed check")
        verdict, limit = str(check.get("verdict") or ""), check.get("limit")
        rows.append(
            {
                "id": name,
                "name": human(name),
                "value": compact(check.get("value"), unit),
                "limit": "" if limit is None else compact(limit, unit),
                "verdict": verdict,
                "words": verdict_words(verdict),
                "message": str(check.get("message") or ""),
                "section": next((s for key, s in SECTIONS.items() if name.startswith(key)), ""),
            }
        )
    order = {"fail": 0, "warn": 1}
    return sorted(rows, key=lambda row: order.get(row["verdict"], 2))


def sections(rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """One row for all checks of a section that stands elsewhere on the sheet."""
    found = []
    for section in dict.fromkeys(row["section"] for row in rows if row["section"]):
        own = [row["verdict"] for row in rows if row["section"] == section]
        words = {"fail": "FAIL", "warn": "to look at", "pass": "pass"}
        counts = [f"{own.count(key)} {said}" for key, said in words.items() if key in own]
        worst = next((key for key in ("fail", "warn") if key in own), "pass")
        found.append(
            {
                "name": f"{section}, {counted(len(own), 'check')}",
                "value": ", ".join(counts),
                "limit": "",
                "verdict": worst,
                "words": verdict_words(worst),
                "message": f"each in its own table, see {section}",
            }
        )
    return found


def said_once(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """A message that differs from an earlier row's only in its figures is not printed again."""
    seen: set[str] = set()
    kept = []
    for row in rows:
        shape = re.sub(r"[\d.]+", "#", row["message"])
        kept.append({**row, "message": ""} if shape in seen else row)
        seen.add(shape)
    return kept


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def status_words(status: str, checks: Sequence[Mapping[str, str]]) -> str:
    """The design's status as a sentence."""
    counts = {
        verdict: sum(row["verdict"] == verdict for row in checks) for verdict in ("warn", "fail")
    }
    if status == "failed":
        return f"Failed: {counted(counts['fail'], 'check')} not met. Not for print."
    if status == "warnings":
        return f"Made, with warnings: {counted(counts['warn'], 'check')} to look at."
    if status == "ok":
        return f"Made; all {len(checks)} checks pass." if checks else "Made; no checks recorded."
    return f"Status: {status}"


def failures(record: Mapping[str, Any], rows: Sequence[dict[str, str]]) -> list[str]:
    """Why a design failed, a line each, the load cases in one."""
    failing = [row for row in rows if row["verdict"] == "fail"]
    weak = [row for row in failing if row["id"].startswith("strength_")]
    said = [_weakness(record, weak)] if weak else []
    return said + [_reason(row) for row in said_once([r for r in failing if r not in weak])]


def _weakness(record: Mapping[str, Any], weak: Sequence[Mapping[str, str]]) -> str:
    """The load cases that fail, the weakest first, and where."""
    found = {}
    for row in weak:
        name = row["id"].removeprefix("strength_")
        found[name] = finite(at(record, f"loadcases.{name}.safety_factor"))
    ordered = sorted(found.items(), key=lambda item: -1.0 if item[1] is None else item[1])
    listed = ", ".join(
        f"{human(name)} {'not computed' if factor is None else number(factor)}"
        for name, factor in ordered
    )
    place = at(record, f"loadcases.{ordered[0][0]}.place")
    where = f" Weakest place: {place}." if place else ""
    return f"Too weak: safety factor {listed}; below 1 it breaks or yields.{where}"


def _reason(row: Mapping[str, str]) -> str:
    figures = f"{row['name']}: {row['value']}"
    if row["limit"]:
        figures += f", limit {row['limit']}"
    # The section of its own gives the details.
    return f"{row['message']} ({figures})" if row["message"] and not row["section"] else figures
