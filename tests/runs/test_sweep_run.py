"""Sweeps on the runner: chunks, resume, crashes and hangs inside a chunk, the same bytes."""

import itertools
import json
import os
import signal
import time
from pathlib import Path

import pytest
from distributed import LocalCluster
from known_studies import ANY, Formula, study

from afo_designer.runs.batch import Settings
from afo_designer.runs.job import Command
from afo_designer.runs.ledger import Task
from afo_designer.runs.sweep import job, run
from afo_designer.runs.sweep.evaluator import Outcome
from afo_designer.runs.sweep.job import outcome_of, row_document
from afo_designer.runs.sweep.run import CHUNKS, run_sweep
from afo_designer.runs.sweep.work import MOST_CHUNK, SweepWork, chunks_of
from afo_designer.runs.workspace import FolderTaken

TARGET = "prescription.target_stiffness_nm_per_deg"
# Prescriptions alone: a job reads the limb and does nothing that takes time.
FACTORS = {
    "person.mass_kg": [60.0, 70.0, 250.0],
    "examination.dorsiflexor_mmt": ["2", "3", "4"],
}


def _study(seed: int = 1):
    return (
        study(FACTORS, {"kind": "list"}, (TARGET,))
        if seed == 1
        else study(FACTORS, {"kind": "grid"}, (TARGET,))
    )


def test_a_sweep_that_breaks_off_goes_on_and_leaves_the_same_bytes(tmp_path: Path) -> None:
    """One chunk lost and computed again: every other file is as before, the failed row is kept."""
    one, folder = _study(), tmp_path / "sweep"
    first = run_sweep(one, folder, Settings(1))
    assert first.failed == 1
    rows = first.findings.table.rows
    assert [outcome.status for _, outcome in rows] == ["ok", "ok", "refused"]
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix in (".csv", ".parquet")}
    (folder / CHUNKS / "chunk-00001" / "rows.json").unlink()
    (folder / "results.csv").unlink()
    run_sweep(one, folder, Settings(2))
    after = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix in (".csv", ".parquet")}
    assert after == before
    sums = (folder / "SHA256SUMS").read_text()
    assert "results.parquet" in sums
    with pytest.raises(FolderTaken, match="another study"):
        run_sweep(_study(2), folder)


def test_a_cluster_leaves_the_bytes_of_home(tmp_path: Path) -> None:
    """Workers that share no disk with the driver: scan and person travel by their contents."""
    one = _study()
    run_sweep(one, tmp_path / "home", Settings(1))
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1"
    ) as dask:
        run_sweep(one, tmp_path / "dask", Settings(0, scheduler=dask.scheduler_address))
    for name in ("SHA256SUMS", "results.csv", "results.parquet"):
        assert (tmp_path / "dask" / name).read_bytes() == (tmp_path / "home" / name).read_bytes()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(FolderTaken, match="not empty"):
        run_sweep(_study(), tmp_path)


def test_chunks_hold_every_variant_once_and_what_belongs_together() -> None:
    """Materials of one wall stand beside each other, walls of one trim, trims of one cast."""
    keys = ("material.youngs_modulus_mpa", "shell.leaf.thickness_mm", "cast.relief.heel_mm")
    values = ([1000.0, 2000.0], [3.0, 4.0, 5.0], [float(k) for k in range(1, 6)])
    one = study(dict(zip(keys, values, strict=True)), {"kind": "grid"})
    chunks = list(chunks_of(one))
    rows = [row for chunk in chunks for row in chunk.payload["rows"]]
    assert sorted(number for number, _ in rows) == list(range(1, 31))
    assert all(len(chunk.payload["rows"]) <= MOST_CHUNK for chunk in chunks)
    changes = [
        sum(a[1][key] != b[1][key] for a, b in itertools.pairwise(rows)) for key in keys[::-1]
    ]
    assert changes[:2] == [4, 14]


def test_a_variant_that_crashes_or_hangs_is_the_only_one_that_suffers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is tried twice; what happens once is forgiven, and what came before is kept."""
    monkeypatch.setattr(job, "START_S", 0.0)
    once = tmp_path / "once"

    def trouble(kind: float) -> float:
        if kind == 1.0:
            os.kill(os.getpid(), signal.SIGTRAP)
        if kind == 2.0:
            time.sleep(60.0)
        if kind == 4.0 and not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGTRAP)
        return kind

    rows = [(k + 10, {"x": float(k)}) for k in range(6)]
    told = list(job.outcomes_of(Formula(trouble), rows, (ANY,), 3.0))
    assert [number for number, _ in told] == [10, 11, 12, 13, 14, 15]
    reasons = [outcome.reason for _, outcome in told]
    assert reasons == ["", "crashed:SIGTRAP", "timeout:3s", "", "", ""]
    assert [told[k][1].figures[ANY] for k in (0, 3, 4, 5)] == [0.0, 3.0, 4.0, 5.0]


def test_a_crash_on_the_runner_leaves_the_others_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And a kill from outside leaves no trace in the results."""

    class Troubled(SweepWork):
        def command(self, task: Task, folder: Path) -> Command:
            argv = super().command(task, folder).argv
            at = argv.index("-m")
            script = str(Path(__file__).parents[1] / "fake_sweep_job.py")
            return Command((*argv[:at], script, *argv[at + 2 :], str(tmp_path / "killed")))

    monkeypatch.setattr(run, "SweepWork", Troubled)
    one = study({"shell.leaf.thickness_mm": [2.0, 3.0, 4.0, 5.0]}, {"kind": "list"})
    swept = run_sweep(one, tmp_path / "sweep", Settings(1))
    outcomes = [outcome for _, outcome in swept.findings.table.rows]
    assert [one.reason for one in outcomes] == ["", "crashed:SIGTRAP", "", ""]
    assert [one.figures[ANY] for one in outcomes[2:]] == [8.0, 10.0]
    assert (tmp_path / "killed").exists()
    assert "killed from outside" in (tmp_path / "sweep" / "sweep.log").read_text("utf-8")


def test_outcomes_go_through_json() -> None:
    one = Outcome({ANY: float("nan"), "print.mass_g": 0.1 + 0.2}, "refused", "why", "words")
    again = outcome_of(json.loads(json.dumps(row_document(7, one))))
    assert again.figures["print.mass_g"] == one.figures["print.mass_g"]
    assert again.figures[ANY] != again.figures[ANY]
    assert (again.status, again.reason, again.message) == ("refused", "why", "words")
