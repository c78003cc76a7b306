"""A batch delivers every task once, the same bytes whatever died on the way, and then does nothing.

Jobs are `fake_job.py`: writers, sleepers, crashers, hangers, eaters.
"""

import contextlib
import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_work import FaultyDisk, delivered, make_batch, rows, run_batch

from afo_designer.runs.batch import BatchPaused, owned_ledger
from afo_designer.runs.disk import Disk
from afo_designer.runs.ledger import NAME
from afo_designer.runs.workspace import FolderTaken, StorageFailed

SCRIPT = Path(__file__).parents[1] / "fake_work.py"
CALM = {f"o{n}": {"text": f"text {n}"} for n in range(4)}


def runner(folder: Path, **options: object) -> subprocess.Popen[str]:
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), json.dumps(options)],
        env={**os.environ, "PYTHONPATH": root},
        stderr=subprocess.PIPE,
        text=True,
    )


def each_once(folder: Path) -> bool:
    return all(row["state"] == "done" and row["deliveries"] == 1 for row in rows(folder).values())


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_batch(tmp_path_factory.mktemp("calm") / "batch", CALM)
    run_batch(folder)
    return folder


# -- laws ------------------------------------------------------------------------------------------


def test_a_calm_run_delivers_each_once(calm: Path) -> None:
    assert each_once(calm)
    assert len(delivered(calm)) == 5 * len(CALM)  # four and the one to print
    assert (calm / "orders" / "o2" / "design.json").read_text("utf-8") == "text 2\n"
    assert list((calm / ".work").iterdir()) == []


def test_a_second_run_does_nothing(calm: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in (calm / "orders").rglob("*")}
    before = rows(calm)
    run_batch(calm)
    assert {path: path.stat().st_mtime_ns for path in (calm / "orders").rglob("*")} == times
    assert rows(calm) == before


def test_neither_order_nor_workers_change_a_byte(calm: Path, tmp_path: Path) -> None:
    folder = make_batch(tmp_path / "b", dict(reversed(CALM.items())))
    run_batch(folder, workers=1)
    assert delivered(folder) == delivered(calm)


def test_priority_comes_first(tmp_path: Path) -> None:
    said: list[str] = []
    tasks = {"late": {}, "first": {"priority": 2.0}, "second": {"priority": 1.0}}
    run_batch(make_batch(tmp_path / "b", tasks), workers=1, said=said)
    assert said == ["first: ok (code_0)", "second: ok (code_0)", "late: ok (code_0)"]


def test_only_some(tmp_path: Path) -> None:
    folder = make_batch(tmp_path / "b", CALM)
    run_batch(folder, only=["o1", "o3"])
    assert sorted(os.listdir(folder / "orders")) == ["o1", "o3"]
    run_batch(folder)
    assert each_once(folder)


def test_the_same_contents_are_computed_once(tmp_path: Path) -> None:
    folder = make_batch(tmp_path / "b", {f"o{n}": {"text": "same"} for n in range(5)})
    run_batch(folder)
    assert each_once(folder)
    assert sum(row["attempts"] for row in rows(folder).values()) == 1
    assert len(set(delivered(folder).values())) == 4


# -- jobs that go wrong ----------------------------------------------------------------------------


def test_good_ones_are_done_and_bad_ones_named(tmp_path: Path) -> None:
    bad = {
        "segfault": ("crashed:SIGSEGV", 7, 3),
        "hang": ("timeout:2s", 7, 3),
        "eat": ("memory:300MB", 7, 2),
        "internal": ("internal_error", 70, 3),
        "storage": ("storage", 6, 3),
    }
    folder = make_batch(tmp_path / "b", CALM | {name: {"act": name} for name in bad})
    run_batch(folder, seconds=2.0, memory_mb=150)
    found = rows(folder)
    assert all(found[name]["state"] == "done" for name in CALM)
    for name, (reason, code, attempts) in bad.items():
        row = found[name]
        assert (row["state"], row["reason"], row["exit_code"]) == ("failed", reason, code)
        # once beside others, then twice alone; where it happened to begin alone, one less
        assert attempts - 1 <= row["attempts"] <= attempts
    assert sorted(os.listdir(folder / "orders")) == sorted(CALM)


def test_a_design_that_is_infeasible_is_no_crash(tmp_path: Path) -> None:
    folder = make_batch(tmp_path / "b", {"i": {"act": "infeasible"}, "r": {"act": "refuse"}})
    run_batch(folder)
    found = rows(folder)
    assert [(found[n]["state"], found[n]["status"], found[n]["attempts"]) for n in "ir"] == [
        ("done", "failed", 1),
        ("failed", "refused", 1),
    ]


def test_a_crash_beside_others_does_not_count(tmp_path: Path) -> None:
    """Two strikes alone: the attempts of the ledger say so."""
    folder = make_batch(tmp_path / "b", {"s": {"act": "segfault"}, "o": {"seconds": 2.0}})
    run_batch(folder)
    with owned_ledger(folder, Disk()) as (ledger, _):
        mine = [one["alone"] for one in ledger.attempts() if one["task"] == 1]
    assert mine == [0, 1, 1]


def test_kills_from_outside_are_not_held_against_a_job(tmp_path: Path) -> None:
    folder = make_batch(tmp_path / "b", {"o": {"seconds": 0.6}})
    process = runner(folder, workers=1)
    for kill in range(4):  # the warden, the job, again
        pids = _job_pids(folder)
        os.kill(pids[kill % 2 - 1 if len(pids) > 1 else 0], signal.SIGKILL)
        time.sleep(0.3)
    assert process.wait(30) == 0, process.stderr.read()
    process.stderr.close()
    row = rows(folder)["o"]
    assert (row["state"], row["strikes"]) == ("done", 0)
    assert 1 <= row["kills"] <= 4


def _job_pids(folder: Path) -> list[int]:
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        found = []
        for one in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                text = one.read_bytes()
            except OSError:
                continue
            if str(folder / ".work").encode() in text:
                found.append(int(one.parent.name))
        if found:
            return sorted(found)
        time.sleep(0.02)
    pytest.fail("no job began")


# -- a runner that dies ----------------------------------------------------------------------------


def test_a_killed_runner_takes_its_jobs_with_it(tmp_path: Path, calm: Path) -> None:
    folder = make_batch(tmp_path / "b", CALM | {"o0": {"text": "text 0", "seconds": 30.0}})
    process = runner(folder)
    _job_pids(folder)
    process.kill()
    process.wait()
    process.stderr.close()
    end = time.monotonic() + 5.0
    while time.monotonic() < end and _alive(folder):
        time.sleep(0.05)
    assert not _alive(folder)
    begun = time.monotonic()
    with owned_ledger(folder, Disk()):
        assert time.monotonic() - begun < 5.0


def _alive(folder: Path) -> bool:
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder / ".work").encode() in one.read_bytes():
                return True
        except OSError:
            continue
    return False


@pytest.mark.parametrize("error", [0, errno.ENOSPC])
def test_every_operation_may_be_the_last(tmp_path: Path, calm: Path, error: int) -> None:
    """A sample of them in turn is killed (0) or fails; benchmarks/batch_faults.py takes all."""
    tasks = {name: CALM[name] for name in ("o0", "o1")}
    wanted = {path: one for path, one in delivered(calm).items() if path[:2] in tasks}
    counter = FaultyDisk()
    run_batch(make_batch(tmp_path / "count", tasks), workers=1, disk=counter)
    for at in range(error % 3, len(counter.seen), 9):
        folder = make_batch(tmp_path / f"at{at}", tasks)
        if error:
            with pytest.raises(BatchPaused):
                run_batch(folder, workers=1, disk=FaultyDisk(at, error))
        else:
            process = runner(folder, workers=1, fault={"at": at, "error": -signal.SIGKILL})
            assert process.wait(30) == -signal.SIGKILL
            process.stderr.close()
        for path in (folder / "orders").rglob("design.json"):  # old or new, never torn
            name = path.relative_to(folder / "orders").as_posix()
            assert delivered(folder)[name] == wanted[name]
        run_batch(folder, workers=1)
        assert each_once(folder), counter.seen[at]
        assert delivered(folder) == wanted, counter.seen[at]
        assert list((folder / ".work").iterdir()) == []


def test_a_changed_byte_is_noticed(tmp_path: Path, calm: Path) -> None:
    folder = make_batch(tmp_path / "b", CALM)
    run_batch(folder)
    shorter = folder / "orders" / "o1" / "afo.stl"
    shorter.write_bytes(shorter.read_bytes()[:-1])
    turned = folder / "orders" / "o2" / "afo.stl"
    turned.write_bytes(b"T" + turned.read_bytes()[1:])
    (folder / "orders" / "o3" / "views" / "lateral.png").unlink()
    said: list[str] = []
    run_batch(folder, said=said)
    assert sum("made again" in line for line in said) == 3
    assert delivered(folder) == delivered(calm)


# -- storage ---------------------------------------------------------------------------------------


def test_a_job_without_room_pauses_the_batch(tmp_path: Path) -> None:
    class Full(FaultyDisk):
        def before(self, operation: str, path: Path) -> None:
            if path.name == "probe":
                raise OSError(errno.ENOSPC, "No space left on device", str(path))

    folder = make_batch(tmp_path / "b", {"s": {"act": "storage"}, "o": {"text": "o"}})
    with pytest.raises(BatchPaused, match=r"could not write its files.*--resume"):
        run_batch(folder, workers=1, disk=Full())
    assert rows(folder)["s"]["strikes"] == 0
    assert rows(folder)["o"]["state"] == "waiting"


def test_a_folder_that_vanished(tmp_path: Path) -> None:
    folder = make_batch(tmp_path / "b", {"a": {"seconds": 0.5}, "b": {}})
    process = runner(folder, workers=1)
    _job_pids(folder)
    folder.rename(tmp_path / "elsewhere")
    assert process.wait(30) == 6
    assert "BatchPaused" in process.stderr.read()
    process.stderr.close()
    assert not folder.exists()
    run_batch(tmp_path / "elsewhere")
    assert each_once(tmp_path / "elsewhere")


def test_what_is_no_batch_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="no batch folder"):
        run_batch(tmp_path)


# -- two runners -----------------------------------------------------------------------------------


def test_a_second_runner_is_refused(tmp_path: Path) -> None:
    folder = make_batch(tmp_path / "b", {"a": {"seconds": 2.5}})
    process = runner(folder)
    _job_pids(folder)
    with pytest.raises(FolderTaken, match="Another runner"):
        run_batch(folder, stale_seconds=15.0)
    assert process.wait(30) == 0
    process.stderr.close()


@contextmanager
def stopped(process: subprocess.Popen[str]) -> Iterator[None]:
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def _in_a_write(folder: Path) -> bool:
    with contextlib.closing(sqlite3.connect(folder / NAME, timeout=0.0)) as probe:
        try:
            probe.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


@pytest.mark.parametrize("pause", [0.0, 0.15])
def test_a_stopped_runner_is_succeeded_and_delivers_nothing_more(
    tmp_path: Path, calm: Path, pause: float
) -> None:
    """Where it does not stand in the middle of a write: the next test."""
    folder = make_batch(tmp_path / "b", {n: one | {"seconds": 1.0} for n, one in CALM.items()})
    with runner(folder, workers=1) as process:
        _job_pids(folder)
        succeeded = False
        while not succeeded:
            time.sleep(pause)
            with stopped(process):
                if succeeded := not _in_a_write(folder):
                    run_batch(folder, stale_seconds=0.5)
                    before = rows(folder)
        assert "LeaseLost" in process.stderr.read()
    assert process.returncode == 6
    assert each_once(folder)
    assert rows(folder) == before
    assert delivered(folder) == delivered(calm)
    assert (folder / NAME).exists()


def test_a_runner_stopped_in_a_write_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_batch(tmp_path / "b", CALM)
    second = {"only": "commit", "at": 1, "error": -signal.SIGSTOP}  # the first makes it the owner
    with runner(folder, fault=second) as process:
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        try:
            monkeypatch.setattr("afo_designer.runs.ledger.PATIENCE_S", 0.2)
            with pytest.raises(FolderTaken, match=rf"process {process.pid}\) stands still.*write"):
                run_batch(folder, stale_seconds=0.5)
        finally:
            os.kill(process.pid, signal.SIGCONT)
        process.stderr.read()
    assert process.returncode == 0
    assert each_once(folder)


def test_another_program_in_a_write_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_batch(tmp_path / "b", CALM)
    run_batch(folder, only=["o0"])  # a ledger as one finds it, with its write-ahead log
    monkeypatch.setattr("afo_designer.runs.ledger.PATIENCE_S", 0.1)
    with contextlib.closing(sqlite3.connect(folder / NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(FolderTaken, match="Another program is in the middle of a write"):
            run_batch(folder)
    run_batch(folder)
    assert each_once(folder)


def test_an_interrupted_batch_gives_its_tasks_back(tmp_path: Path, calm: Path) -> None:
    slow = {"o0": {"text": "text 0"}, "o1": {"text": "text 1", "seconds": 30.0}}
    folder = make_batch(tmp_path / "b", slow)
    process = runner(folder, workers=2)
    end = time.monotonic() + 20.0
    while rows(folder)["o0"]["state"] != "done" and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.wait(30)
    process.stderr.close()
    found = rows(folder)
    assert (found["o0"]["state"], found["o1"]["state"]) == ("done", "waiting")
    assert found["o1"]["strikes"] == found["o1"]["kills"] == 0
    assert list((folder / ".work").iterdir()) == []
    assert not _alive(folder)
    assert "o1,,waiting,,not_finished" in (folder / "results.csv").read_text("utf-8")
