"""Orders, batch: a table of orders becomes a folder with a ledger, and the folder its results."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from afo_designer.design.software import software_version
from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.batch import COMMANDS, Batch, Settings, Standing, taken_over
from afo_designer.runs.batch_results import write_results
from afo_designer.runs.disk import Disk, digest
from afo_designer.runs.exit_code import ExitCode
from afo_designer.runs.ledger import NAME, Ledger, Refusal, Task, create_ledger, open_ledger
from afo_designer.runs.ledger_lease import refuse_network
from afo_designer.runs.orders_form import FUNCTIONS, TASKS
from afo_designer.runs.orders_work import DesignWork
from afo_designer.runs.program import code_digest
from afo_designer.runs.workspace import FolderTaken, StorageFailed, check_place

KIND = "orders"
TABLE, LOG = "orders.csv", f"{COMMANDS[KIND]}.log"
# What a batch that was killed before its ledger was whole leaves behind.
BEGINNINGS = (f".{NAME}.part", f".{TABLE}.part", TABLE, LOG)


class OnlyRefused(InputRefused):
    """`--only` names an order that is not there."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a table of orders, or an unfinished batch, would do."""

    tasks: tuple[tuple[str, float], ...]
    """Names with their priorities, in the order of starting."""
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a batch. `statuses`: orders by status; `unfinished` were not asked for."""

    statuses: dict[str, int]
    refusals: tuple[Refusal, ...]
    unfinished: int
    failures: int
    printed: dict[str, Any]
    seconds: float


def begin_batch(
    orders: Path,
    folder: Path,
    fast: bool,
    root: Path | None = None,
    only: frozenset[str] | None = None,
    disk: Disk | None = None,
) -> None:
    """Checks every row, then makes the folder with its ledger; nothing is computed yet.

    Raises `OrdersRefused` for a table that cannot be used, `FolderTaken` for a folder with files.
    """
    from afo_designer.runs.orders import read_orders

    disk = disk or Disk()
    folder = folder.resolve()
    _check_free(folder)
    entries = read_orders(orders, root)
    first = next(entries)  # a header that is refused leaves no folder
    try:
        if not folder.is_dir():
            disk.make(folder)
        refuse_network(folder)
        disk.write(folder / TABLE, orders.read_bytes())
    except OSError as error:
        raise StorageFailed(f"{folder} cannot be written: {error.strerror}.") from error
    facts = {
        "kind": KIND,
        "fast": str(int(fast)),
        "orders_sha256": digest(folder / TABLE),
        "version": software_version(),
        "code": code_digest(),
    }
    try:
        create_ledger(folder / NAME, disk, facts, _checked(first, entries, only))
    except OnlyRefused:
        disk.remove(folder / TABLE)
        with contextlib.suppress(OSError):  # it held something before
            folder.rmdir()
        raise


def _checked(
    first: Task | Refusal, rest: Iterator[Task | Refusal], only: frozenset[str] | None
) -> Iterator[Task | Refusal]:
    """All entries; at their end, whether they hold the orders of `only`."""
    names, refusals = set(), []
    for entry in itertools.chain((first,), rest):
        yield entry
        if isinstance(entry, Refusal):
            refusals.append(entry)
        else:
            names.add(entry.name)
    _check_only(only, names, tuple(refusals))


def _check_free(folder: Path) -> None:
    check_place(folder)
    if (folder / NAME).exists():
        raise FolderTaken(f"{folder} holds a batch; 'afo batch --resume {folder}' goes on with it.")
    if folder.is_dir():
        left = [one.name for one in folder.iterdir()]
        if any(not name.startswith(BEGINNINGS) for name in left):
            raise FolderTaken(f"{folder} is not empty; choose another folder.")


def preview_orders(orders: Path, root: Path | None, only: frozenset[str] | None) -> Preview:
    """What a table would do."""
    from afo_designer.runs.orders import read_orders

    entries = list(read_orders(orders, root))
    tasks = [one for one in entries if isinstance(one, Task)]
    refusals = tuple(one for one in entries if isinstance(one, Refusal))
    _check_only(only, {one.name for one in tasks}, refusals)
    return _preview([(one.name, one.priority, one.number) for one in tasks], refusals, only)


def preview_batch(folder: Path, only: frozenset[str] | None) -> Preview:
    """What an unfinished batch would still do."""
    with contextlib.closing(open_ledger(folder, Disk())) as ledger:
        ledger.check_tasks()
        refusals = tuple(ledger.refusals())
        _check_only(only, ledger.names(), refusals)
        waiting = [
            (row["name"], row["priority"], row["number"])
            for row in ledger.rows()
            if row["state"] in ("waiting", "running", "publishing")
            or (row["state"] == "failed" and only is not None)
        ]
        return _preview(waiting, refusals, only)


def is_fast(folder: Path) -> bool:
    """Whether a batch's designs are made with --fast."""
    with contextlib.closing(open_ledger(folder, Disk())) as ledger:
        return _fast(ledger)


def _fast(ledger: Ledger) -> bool:
    return ledger.fact("fast", ("0", "1")) == "1"


def _preview(
    tasks: list[tuple[str, float, int]],
    refusals: tuple[Refusal, ...],
    only: frozenset[str] | None,
) -> Preview:
    chosen = sorted((-priority, number, name) for name, priority, number in tasks)
    return Preview(
        tuple((name, -less) for less, _, name in chosen if only is None or name in only), refusals
    )


def _check_only(
    only: frozenset[str] | None, known: set[str], refusals: tuple[Refusal, ...]
) -> None:
    for name in sorted(only or ()):
        if name not in known:
            why = next((one.message for one in refusals if one.name == name), "")
            raise OnlyRefused(f"--only names {name!r}, which is no order to be run. {why}".strip())


def run_orders(
    folder: Path,
    settings: Settings,
    tick: Callable[[Standing], None] = lambda standing: None,
    remark: Callable[[str], None] = lambda words: None,
    disk: Disk | None = None,
) -> Summary:
    """Everything that waits in a batch folder, and its results.

    With `settings.only`, orders of these names that failed are tried again. Raises `BatchPaused`,
    `LeaseLost`, `FolderTaken`, `OnlyRefused`, `KeyboardInterrupt`; what was done is kept, and the
    results of it written where that is possible.
    """
    disk, folder = disk or Disk(), folder.resolve()
    with taken_over(folder, KIND, settings, disk, remark) as (ledger, lease, say):
        ledger.check_tasks(TASKS, FUNCTIONS)
        _check_only(settings.only, ledger.names(), tuple(ledger.refusals()))
        if settings.only is not None:
            ledger.retry(settings.only)
        work = DesignWork(fast=_fast(ledger))
        printed: dict[str, Any] = {}

        def finish() -> None:
            printed.update(write_results(ledger, folder, disk))

        batch = Batch(folder, ledger, lease, work, settings, disk, say, tick, finish)
        batch.run()
        return _summary(ledger, settings.only, printed, batch.seconds)


def run_batch(
    orders: Path,
    folder: Path,
    settings: Settings | None = None,
    *,
    fast: bool = False,
    root: Path | None = None,
    tick: Callable[[Standing], None] = lambda standing: None,
    remark: Callable[[str], None] = lambda words: None,
) -> Summary:
    """A table of orders designed into a folder: what `afo batch` does, as one function.

    A folder that holds a batch is gone on with; the table that counts is then the one it began
    with, and so is `fast`. `root`: the folder that all named files lie in. Raises as `begin_batch`
    and `run_orders`.
    """
    settings = settings or Settings()
    if not (folder / NAME).is_file():
        begin_batch(orders, folder, fast, root, settings.only)
    return run_orders(folder, settings, tick, remark)


def _summary(
    ledger: Ledger, only: frozenset[str] | None, printed: dict[str, Any], seconds: float
) -> Summary:
    refusals = tuple(ledger.refusals())
    asked = [row for row in ledger.rows() if only is None or row["name"] in only]
    bad = sum(row["exit_code"] != ExitCode.DONE for row in asked)
    bad += sum(only is None or one.name in only for one in refusals)
    counts = ledger.counts()
    unfinished = counts["waiting"] + counts["running"] + counts["publishing"]
    return Summary(ledger.statuses(), refusals, unfinished, bad, printed, seconds)
