"""Batch results: results.csv, the print folder and SHA256SUMS, written from the ledger."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from afo_designer.runs.batch import RESULTS
from afo_designer.runs.batch_print import (
    PRINT,
    manifest_csv,
    manifest_json,
    print_files,
    put_print_files,
    totals,
)
from afo_designer.runs.disk import Disk, digest
from afo_designer.runs.exit_code import ExitCode
from afo_designer.runs.ledger import Ledger, Refusal

RESULTS_CSV, SUMS = "results.csv", "SHA256SUMS"
COLUMNS = (
    "order_id", "design_id", "status", "exit_code", "reason", "stiffness_target_nm_per_deg",
    "stiffness_achieved_nm_per_deg", "mass_g", "seconds", "warnings", "attempts", "line", "message",
)  # fmt: skip
# Files that carry times; everything else is the same from run to run.
TIMED = frozenset({"run.json"})


def write_results(ledger: Ledger, folder: Path, disk: Disk) -> dict[str, Any]:
    """Everything that sums a batch up; the totals of what may be printed.

    Every file is written inside a transaction of the owner, so a runner that was succeeded leaves
    its successor's alone.
    """
    with ledger.write():
        disk.write(folder / RESULTS_CSV, results_csv(ledger))
    files = list(print_files(ledger, folder))
    with ledger.write():
        put_print_files(files, folder, disk)
        disk.write(folder / PRINT / "manifest.csv", manifest_csv(files))
        disk.write(folder / PRINT / "manifest.json", manifest_json(files))
    with ledger.write():
        printed = {f"{PRINT}/{one.row['file']}": one.filed.sha256 for one in files}
        disk.write(folder / SUMS, "".join(_sums(ledger, folder, printed)).encode())
    return totals(files)


def results_csv(ledger: Ledger) -> bytes:
    """A row an order, by its line in the table of orders; refused and waiting ones too."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    refusals = iter([(one.line, _refused(one)) for one in ledger.refusals()])
    refusal = next(refusals, None)
    for task in ledger.rows():
        while refusal is not None and refusal[0] < task["number"]:
            writer.writerow(refusal[1])
            refusal = next(refusals, None)
        writer.writerow(_row(task))
    while refusal is not None:
        writer.writerow(refusal[1])
        refusal = next(refusals, None)
    return stream.getvalue().encode()


def _refused(one: Refusal) -> dict[str, Any]:
    return {
        "order_id": one.name,
        "status": "refused",
        "exit_code": ExitCode.INPUT_REFUSED,
        "reason": f"row_refused:{one.field or 'row'}",
        "line": one.line,
        "message": _line(one.message),
    }


def _row(task: dict[str, Any]) -> dict[str, Any]:
    figures = json.loads(task["findings"])
    ended = task["state"] in ("done", "failed")
    return {
        "order_id": task["name"],
        "design_id": figures.get("design_id") if ended else "",
        "status": task["status"] if ended else "waiting",
        "exit_code": task["exit_code"] if ended else "",
        "reason": task["reason"] if ended else "not_finished",
        "stiffness_target_nm_per_deg": _number(figures.get("stiffness_target")),
        "stiffness_achieved_nm_per_deg": _number(figures.get("stiffness_achieved")),
        "mass_g": _number((figures.get("print") or {}).get("mass_g")),
        "seconds": f"{task['seconds']:.1f}",
        "warnings": ";".join(figures.get("warnings") or ()),
        "attempts": task["attempts"],
        "line": task["number"],
        "message": _line(task["message"] or ""),
    }


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _sums(ledger: Ledger, folder: Path, printed: dict[str, str]) -> Iterator[str]:
    """Lines for `sha256sum -c`, by path."""
    for task in ledger.rows():
        if task["state"] == "done":
            for one in ledger.files(task["number"]):
                if one.path not in TIMED:
                    yield f"{one.sha256}  {RESULTS}/{task['name']}/{one.path}\n"
    for path, sha256 in printed.items():
        yield f"{sha256}  {path}\n"
    for name in ("manifest.csv", "manifest.json"):
        yield f"{digest(folder / PRINT / name)}  {PRINT}/{name}\n"
