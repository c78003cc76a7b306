"""Run: a study computed, in this process or by the runner of batches, and summed up.

from afo_designer.runs.sweep.run import compute_study, run_sweep
found = compute_study(study_from_mapping({...}))          # here, nothing written
swept = run_sweep(read_study(path), folder, workers=2)    # isolated jobs, resumable
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from afo_designer.runs.batch import COMMANDS, Batch, Settings, Standing, taken_over
from afo_designer.runs.disk import Disk
from afo_designer.runs.ledger import NAME, Ledger, create_ledger
from afo_designer.runs.ledger_lease import refuse_network
from afo_designer.runs.program import code_digest
from afo_designer.runs.sweep.evaluator import DesignEvaluator, Evaluator, Outcome
from afo_designer.runs.sweep.job import ROWS, outcome_of
from afo_designer.runs.sweep.plan import planned
from afo_designer.runs.sweep.results import Findings, Pictures, files_of, findings_of
from afo_designer.runs.sweep.study import Study
from afo_designer.runs.sweep.table import Table, table_csv
from afo_designer.runs.sweep.work import SweepWork, chunks_of, limits_of
from afo_designer.runs.workspace import FolderTaken, StorageFailed, check_place

KIND, CHUNKS = "sweep", "chunks"
LOG = f"{COMMANDS[KIND]}.log"
MEMORY_MB = 3072  # the contract's bound on a whole sweep; a job takes a tenth of it
NOT_DONE = "not_finished"


@dataclass(frozen=True, slots=True)
class Swept:
    """A study in its folder. `remarks`: sentences on files that could not be made."""

    folder: Path
    findings: Findings
    remarks: tuple[str, ...]
    seconds: float

    @property
    def failed(self) -> int:
        """Variants without their figures."""
        return self.findings.table.failed


def no_pictures(found: Findings) -> Mapping[str, bytes]:
    """A study without plots."""
    return {}


def compute_study(
    study: Study,
    evaluator: Evaluator | None = None,
    tick: Callable[[int], None] = lambda done: None,
) -> Findings:
    """A study's findings, computed in this process, one variant after the other; nothing is kept.

    `evaluator`: something else than the designs of this package gives the outcomes. `tick` is
    given the number of variants done.
    """
    names = tuple(one.name for one in study.responses)
    worker = evaluator or DesignEvaluator(study.base, names, study.paths)
    outcomes: dict[int, Outcome] = {}
    for chunk in chunks_of(study):
        for number, values in chunk.payload["rows"]:
            outcomes[number] = worker.outcome(values)
            tick(len(outcomes))
    rows = [(one, outcomes[one.number]) for one in planned(study.plan, study.factors)]
    return findings_of(Table(study, rows))


def run_sweep(
    study: Study,
    folder: Path,
    settings: Settings | None = None,
    pictures: Pictures = no_pictures,
    tick: Callable[[Standing], None] = lambda standing: None,
    remark: Callable[[str], None] = lambda words: None,
    disk: Disk | None = None,
) -> Swept:
    """A study computed by isolated jobs into a folder, its results written there.

    A folder that holds the same study is gone on with: chunks done are not computed again. The
    bytes of the results depend on study, version and packages alone, not on workers or breaks.
    Raises `FolderTaken` for a folder of something else, `BatchPaused` where the storage fails,
    `LeaseLost`, `KeyboardInterrupt`; what was done is kept.
    """
    disk, folder = disk or Disk(), folder.resolve()
    begin_sweep(study, folder, disk)
    settings = settings or Settings()
    settings = replace(settings, limits=limits_of(study, MEMORY_MB))
    with taken_over(folder, KIND, settings, disk, remark) as (ledger, lease, say):

        def sum_up() -> None:
            """What is there so far, where a run breaks off."""
            with ledger.write():
                disk.write(folder / "results.csv", table_csv(_table(study, ledger, folder)))

        work = SweepWork(study)
        batch = Batch(folder, ledger, lease, work, settings, disk, say, tick, sum_up, CHUNKS)
        batch.run()
        found = findings_of(_table(study, ledger, folder))
        files, remarks = files_of(found, pictures)
        with ledger.write():
            _put(folder, files, disk)
        return Swept(folder, found, remarks, batch.seconds)


def begin_sweep(study: Study, folder: Path, disk: Disk) -> None:
    """Makes the folder with its ledger, or finds the same study there."""
    check_place(folder)
    if (folder / NAME).is_file():
        with contextlib.closing(Ledger(folder / NAME, disk)) as ledger:
            facts = ledger.facts()
        if facts.get("kind") != KIND or facts.get("study") != study.identity:
            what = "another study" if facts.get("kind") == KIND else "a batch"
            raise FolderTaken(f"{folder} holds {what}; choose another folder.")
        return
    if folder.is_dir() and any(
        not one.name.startswith((f".{NAME}", LOG)) for one in folder.iterdir()
    ):
        raise FolderTaken(f"{folder} is not empty; choose another folder.")
    try:
        if not folder.is_dir():
            disk.make(folder)
        refuse_network(folder)
    except OSError as error:
        raise StorageFailed(f"{folder} cannot be written: {error.strerror}.") from error
    facts = {"kind": KIND, "study": study.identity, "code": code_digest()}
    create_ledger(folder / NAME, disk, facts, chunks_of(study))


def _table(study: Study, ledger: Ledger, folder: Path) -> Table:
    """Every variant with its outcome; of chunks that gave none, why."""
    outcomes: dict[int, Outcome] = {}
    nothing = {one.name: float("nan") for one in study.responses}
    for task in ledger.rows():
        if task["state"] == "done":
            path = folder / CHUNKS / task["name"] / ROWS
            for row in json.loads(path.read_text("utf-8")):
                outcomes[row["number"]] = outcome_of(row)
            continue
        why = Outcome(nothing, NOT_DONE, NOT_DONE, "The sweep was broken off before.")
        if task["state"] == "failed":
            why = Outcome(nothing, "crashed", str(task["reason"]), str(task["message"]))
        for number, _ in json.loads(task["payload"])["rows"]:
            outcomes[number] = why
    return Table(study, [(one, outcomes[one.number]) for one in planned(study.plan, study.factors)])


def _put(folder: Path, files: Mapping[str, bytes], disk: Disk) -> None:
    for name, content in files.items():
        path = folder / name
        if not path.parent.is_dir():
            disk.make(path.parent)
        disk.write(path, content)
