"""Sweep: a study in the terminal: what it would compute, then what it found."""

from __future__ import annotations

import math
import os
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from afo_designer.apps import console
from afo_designer.runs.batch import Settings
from afo_designer.runs.exit_code import ExitCode
from afo_designer.runs.sweep.run import Swept
from afo_designer.runs.sweep.study import Study

SHOWN_REASONS = 5


def sweep_settings(workers: int | None, scheduler: str) -> Settings:
    """Settings from the command line; an absent number of workers is the processors' here."""
    here = 0 if scheduler else len(os.sched_getaffinity(0))
    return Settings(workers or here, scheduler=scheduler)


def plan_document(study: Study) -> dict[str, Any]:
    """A dry run for scripts."""
    return {"variants": study.variants, "stage": study.stage.name.lower(), **study.document()}


def tell_plan(study: Study, as_json: bool) -> int:
    """A dry run on stdout; its exit code."""
    if as_json:
        console.print_json(plan_document(study))
        return ExitCode.DONE
    out = console.stdout()
    _line(out, f"{study.variants} variants of {len(study.factors)} factors: {study.plan.kind}")
    for one in study.factors:
        span = (
            ", ".join(str(value) for value in one.values)
            if one.listed
            else f"{one.low:g} to {one.high:g} {one.knob.unit}".rstrip()
        )
        _line(out, f"  {one.key}: {span}")
    _line(out, f"kept: {', '.join(one.name for one in study.responses)}")
    return ExitCode.DONE


def sweep_document(swept: Swept, folder: str, code: int) -> dict[str, Any]:
    """A sweep for scripts."""
    found = swept.findings
    return {
        "folder": folder,
        "exit_code": code,
        "variants": len(found.table.rows),
        "failed": swept.failed,
        "reasons": _reasons(swept),
        "sobol": [
            {name: _known(getattr(one, name)) for name in one.__slots__} for one in found.indices
        ],
        "front": list(found.front),
        "remarks": list(swept.remarks),
        "seconds": swept.seconds,
    }


def say_sweep(swept: Swept, folder: str, out: Console) -> None:
    """Counts, the spread of every response, what drives it, where the files are."""
    found = swept.findings
    count = len(found.table.rows)
    _line(out, f"{count} variants, {swept.failed} without figures, in {swept.seconds:.0f} s")
    for reason, number in list(_reasons(swept).items())[:SHOWN_REASONS]:
        _line(out, f"  {number} × {reason}")
    grid = Grid(box=None, pad_edge=False)
    for title in ("response", "unit", "least", "median", "most", "driven by"):
        grid.add_column(title, justify="right" if title in ("least", "median", "most") else "left")
    for response in found.table.study.responses:
        values = sorted(v for v in found.table.column(response.name) if not math.isnan(v))
        ends = (values[0], values[len(values) // 2], values[-1]) if values else (math.nan,) * 3
        grid.add_row(
            response.name,
            response.unit,
            *(f"{v:.4g}" for v in ends),
            _drivers(swept, response.name),
        )
    out.print(grid)
    if found.surrogate is not None:
        for one in found.surrogate.validated:
            _line(
                out,
                f"surrogate of {one.response}: Q² {one.q2:.4f}, error {one.rmse:.3g} {one.unit} "
                f"over {one.folds} folds",
            )
    if found.front:
        _line(out, f"Pareto front: {len(found.front)} variants (pareto.csv)")
    _line(out, f"{folder}: results.csv, columns.csv, plots/, SHA256SUMS")


def _drivers(swept: Swept, response: str) -> str:
    """The factors by their total index, or by the swing where there are no indices."""
    found = swept.findings
    totals = [(one.total, one.factor) for one in found.indices if one.response == response]
    known = sorted(((t, f) for t, f in totals if not math.isnan(t)), reverse=True)
    if known:
        return ", ".join(f"{factor} {total:.2f}" for total, factor in known[:3])
    return ", ".join(one.factor for one in found.swings if one.response == response)


def _reasons(swept: Swept) -> dict[str, int]:
    counts: dict[str, int] = {}
    for reason in swept.findings.table.column("reason"):
        if reason:
            counts[reason] = counts.get(reason, 0) + 1
    return dict(sorted(counts.items(), key=lambda one: -one[1]))


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _line(out: Console, words: str) -> None:
    out.print(words, markup=False, highlight=False)
