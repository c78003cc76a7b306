"""Rechecked: a folder checked again, in JSON and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from afo_designer.apps.wording import at, mapping, number
from afo_designer.design.comparison import Judged
from afo_designer.design.plain import plain
from afo_designer.design.software import software_version
from afo_designer.runs.recheck import Recheck

# Differences that are said; JSON has all.
MOST_SAID = 20


def recheck_record(
    found: Recheck, entry: Mapping[str, Any] | None, measured: bool = False
) -> dict[str, Any]:
    """What `afo check --json` prints.

    `entry`: the inspection that was added; None where there was none, or, though `measured`, none
    could be kept.
    """
    record = found.record
    last = found.inspections[-1] if found.inspections else None
    return dict(
        plain(
            {
                "design_id": record.get("design_id"),
                "side": at(record, "scan.side"),
                "title": at(record, "family.title"),
                "status": record.get("status"),
                "software": {"version": software_version()},
                "proven": found.proven,
                "passed": found.passed,
                "files": [
                    {"path": one.path, "kind": one.kind, "message": one.message}
                    for one in found.findings
                ],
                "checks": [_check(row) for row in found.judged],
                "differences": [
                    {"key": one.key, "recorded": one.recorded, "computed": one.computed}
                    for one in found.differences
                ],
                "read_back": [
                    {
                        "path": one.path,
                        "volume_percent": one.volume_percent,
                        "distance_mm": one.distance_mm,
                        "trouble": one.trouble or None,
                    }
                    for one in found.read_back
                ],
                "remarks": list(found.remarks),
                "trouble": found.trouble or None,
                "inspections": len(found.inspections) + (entry is not None),
                "as_built": entry if entry is not None else last,
                "inspected": "added" if entry is not None else "refused" if measured else None,
            }
        )
    )


def _check(row: Judged) -> dict[str, Any]:
    """Recorded and computed value and verdict, None where the other has no such check."""

    def said(check: Mapping[str, Any] | None) -> dict[str, Any] | None:
        keys = ("value", "limit", "unit", "verdict")
        return None if check is None else {key: check.get(key) for key in keys}

    return {
        "id": row.id,
        "recorded": said(row.recorded),
        "computed": said(row.computed),
        "same": row.same,
    }


def say_recheck(record: Mapping[str, Any], out: Console) -> None:
    """The verdict first, then what is wrong with files, values and checks, then the part."""

    def line(said: str) -> None:
        # what a file from elsewhere says may not move the terminal's cursor
        shown = "".join(each if each.isprintable() else "?" for each in said)
        if shown:
            out.print(shown, markup=False, highlight=False)

    known = [record["side"], record["title"], record["design_id"]]
    name = "  ".join((str(known[0]).upper(), str(known[1]), str(known[2])[:8]))
    line(f"{name if any(known) else 'A design'}: {_verdict(record)}")
    for one in record["files"]:
        line(f"{one['kind']}: {one['path']}: {one['message']}")
    line(f"not computed: {record['trouble']}" if record["trouble"] else "")
    for row in record["checks"]:
        line(_judged(row))
    told = [one for one in record["differences"] if not one["key"].startswith("checks.")]
    for one in told[:MOST_SAID]:
        line(
            f"differs: {one['key']}: {_short(one['recorded'])}, computed {_short(one['computed'])}"
        )
    if len(told) > MOST_SAID:
        line(f"and {len(told) - MOST_SAID} values more; --json lists them")
    for one in record["read_back"]:
        line(f"read back: {one['path']}: {one['trouble']}" if one["trouble"] else "")
    for remark in record["remarks"]:
        line(f"note: {remark}")
    _say_built(record, line)


def _verdict(record: Mapping[str, Any]) -> str:
    checks = record["checks"]
    if not record["proven"]:
        return "NOT as it was written, or not what its files give"
    verdicts = [mapping(row["computed"]).get("verdict") for row in checks]
    counts = ", ".join(
        f"{verdicts.count(verdict)} {verdict}"
        for verdict in ("pass", "warn", "fail")
        if verdict in verdicts
    )
    return f"{record['status']}; every byte as written, every value computed again ({counts})"


def _judged(row: Mapping[str, Any]) -> str:
    """A check that fails, or came out otherwise."""
    recorded, computed = row["recorded"], row["computed"]
    if not row["same"]:
        return f"differs: check {row['id']}: {_outcome(recorded)}, computed {_outcome(computed)}"
    if mapping(computed).get("verdict") == "fail":
        return f"fail: {row['id']} {_outcome(computed)}"
    return ""


def _outcome(check: Mapping[str, Any] | None) -> str:
    if check is None:
        return "absent"
    unit = "" if isinstance(check["value"], str) else f" {check['unit']}".rstrip()
    return f"{_short(check['value'])}{unit} ({check['verdict']})"


def _short(value: Any) -> str:
    text = number(value) if isinstance(value, float) else str(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _say_built(record: Mapping[str, Any], line: Any) -> None:
    """The inspection just made, or the last one kept."""
    built = record["as_built"]
    if record["inspected"] == "refused":
        line("as built: nothing was kept; the folder has to be as it was written first.")
        return
    if built is None:
        return
    verdict = "fits" if built.get("fits") else "DOES NOT FIT"
    line(f"as built, inspection {built.get('number')}: {verdict}")
    for reason in built.get("reasons") or ():
        line(f"  {reason}")
    measured = mapping(built.get("measured"))
    noted = [
        f"{name.replace('_', ' ')} {measured[name]}"
        for name in ("machine", "lot", "refresh_ratio", "orientation", "inspector")
        if measured.get(name) is not None
    ]
    if built.get("inspected_on"):
        noted.append(f"on {built['inspected_on']}")
    line(f"  {', '.join(noted)}" if noted else "")
