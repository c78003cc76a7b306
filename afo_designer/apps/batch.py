"""Batch: many orders in the terminal: live progress, then what became of them."""

from __future__ import annotations

import os
import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from afo_designer.apps import console
from afo_designer.apps.console import UsageRefused
from afo_designer.runs.batch import Settings, Standing
from afo_designer.runs.exit_code import ExitCode
from afo_designer.runs.job import Limits
from afo_designer.runs.orders_batch import Preview, Summary

# Wall-clock limits of one job, s: about ten times what the demonstration takes on one core [D].
FAST_SECONDS, FULL_SECONDS = 300.0, 1800.0
MEMORY_MB, MEMORY_SHARE, LEAST_MB = 4096, 0.9, 256
SHOWN_NAMES, SHOWN_ROWS = 4, 20


def batch_settings(
    workers: int | None,
    seconds: float | None,
    memory_mb: int | None,
    fast: bool,
    only: str | None,
    scheduler: str,
) -> Settings:
    """Settings from the command line; absent ones from the machine, or the cluster's."""
    share = MEMORY_MB
    if not scheduler:
        workers = workers or len(os.sched_getaffinity(0))
        machine_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 20)
        share = min(MEMORY_MB, int(MEMORY_SHARE * machine_mb / workers))
    if memory_mb is None and share < LEAST_MB:
        raise UsageRefused(
            f"--workers {workers} leaves {share} MB of memory to a job, {LEAST_MB} is the least; "
            "take fewer, or say --memory."
        )
    limits = Limits(seconds or (FAST_SECONDS if fast else FULL_SECONDS), memory_mb or share)
    return Settings(workers or 0, limits, named(only), scheduler)


def named(only: str | None) -> frozenset[str] | None:
    """The orders of --only, comma-separated."""
    if only is None:
        return None
    names = frozenset(name.strip() for name in only.split(",") if name.strip())
    if not names:
        raise UsageRefused("--only names no order; it takes order ids, comma-separated.")
    return names


class BatchProgress:
    """A bar on a terminal: ended of all, what runs, what failed; `what` they are called."""

    def __init__(self, what: str = "orders") -> None:
        self._what = what
        self._bar: Progress | None = None
        self._shown = sys.stderr.isatty()

    def __call__(self, standing: Standing) -> None:
        """Shows where the batch stands."""
        if not self._shown:
            return
        counts = standing.counts
        if self._bar is None:
            self._bar = Progress(
                TextColumn(self._what),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.description}", markup=False),
                console=console.stderr(),
            )
            self._bar.add_task("", total=sum(counts.values()))
            self._bar.start()
        names = ", ".join(standing.running[:SHOWN_NAMES])
        more = "" if len(standing.running) <= SHOWN_NAMES else ", …"
        failed = f"  {counts['failed']} without a result" if counts["failed"] else ""
        self._bar.update(
            self._bar.task_ids[0],
            completed=counts["done"] + counts["failed"],
            description=f"{names}{more}{failed}",
        )

    def close(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.stop()


def tell_preview(preview: Preview, as_json: bool) -> int:
    """A dry run on stdout; its exit code."""
    if as_json:
        console.print_json(preview_document(preview))
    else:
        say_preview(preview, console.stdout())
    return ExitCode.BATCH_FAILURES if preview.refusals else ExitCode.DONE


def preview_document(preview: Preview) -> dict[str, Any]:
    """A dry run for scripts."""
    return {
        "orders": [{"order_id": name, "priority": priority} for name, priority in preview.tasks],
        "refused": _refused(preview.refusals),
    }


def say_preview(preview: Preview, out: Console) -> None:
    """What would run, and what is refused."""
    names = [name for name, _ in preview.tasks]
    more = f" and {len(names) - SHOWN_ROWS} more" if len(names) > SHOWN_ROWS else ""
    which = f": {', '.join(names[:SHOWN_ROWS])}{more}" if names else ""
    orders = "order" if len(names) == 1 else "orders"
    _line(out, f"{len(names)} {orders} would run{which}")
    _say_refused(preview.refusals, out)


def summary_document(summary: Summary, folder: str, code: int) -> dict[str, Any]:
    """A batch for scripts."""
    return {
        "folder": folder,
        "exit_code": code,
        "statuses": summary.statuses,
        "refused": _refused(summary.refusals),
        "unfinished": summary.unfinished,
        "print": summary.printed,
        "seconds": summary.seconds,
    }


def say_summary(summary: Summary, folder: str, out: Console) -> None:
    """Counts, what may be printed, where the files are."""
    counts = ", ".join(f"{count} {status}" for status, count in summary.statuses.items())
    _line(out, f"orders: {counts or 'none'}, in {summary.seconds:.0f} s")
    if summary.unfinished:
        _line(out, f"{summary.unfinished} not asked for and not done yet")
    printed = summary.printed
    _line(
        out,
        f"to print: {printed['pieces']} pieces in {printed['files']} files, "
        f"{printed['mass_g'] / 1000.0:.2f} kg",
    )
    _say_refused(summary.refusals, out)
    _line(out, f"{folder}: results.csv, print/manifest.csv, SHA256SUMS")


def _refused(refusals: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [
        {"line": one.line, "order_id": one.name, "column": one.field, "message": one.message}
        for one in refusals
    ]


def _say_refused(refusals: tuple[Any, ...], out: Console) -> None:
    for one in refusals[:SHOWN_ROWS]:
        column = f", {one.field}" if one.field else ""
        name = f" ({one.name})" if one.name else ""
        _line(out, f"refused: line {one.line}{column}{name}: {one.message}")
    if len(refusals) > SHOWN_ROWS:
        _line(out, f"refused: {len(refusals) - SHOWN_ROWS} more rows, see results.csv or --json")


def _line(out: Console, words: str) -> None:
    out.print(words, markup=False, highlight=False)
