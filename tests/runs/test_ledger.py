"""The ledger: what is written is there after the writer's death, and only its owner writes."""

import sqlite3
from pathlib import Path

import pytest
from fake_work import FaultyDisk

from afo_designer.runs.disk import Disk
from afo_designer.runs.ledger import (
    NAME,
    VERSION,
    Filed,
    Finding,
    Ledger,
    LedgerRefused,
    Refusal,
    Task,
    create_ledger,
)
from afo_designer.runs.ledger_lease import LeaseLost
from afo_designer.runs.workspace import StorageFailed

TASKS = [Task(n, f"o{n}", {"n": n}, priority=p) for n, p in ((2, 0.0), (3, 5.0), (4, 0.0))]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    create_ledger(tmp_path / NAME, Disk(), {"kind": "t"}, [*TASKS, Refusal(5, "x", "scan", "no")])
    one = Ledger(tmp_path / NAME, Disk())
    one.own(1)
    return one


def test_round_trip(ledger: Ledger) -> None:
    assert [row["name"] for row in ledger.rows()] == ["o2", "o3", "o4"]
    assert ledger.refusals() == [Refusal(5, "x", "scan", "no")]
    assert ledger.facts()["kind"] == "t"
    assert ledger.counts()["waiting"] == 3


def test_priority_then_number(ledger: Ledger) -> None:
    order, beside = [], set()
    while (task := ledger.waiting(False, None, beside)) is not None:
        order.append(task.name)
        beside.add(task.number)
    assert order == ["o3", "o2", "o4"]
    assert ledger.waiting(False, frozenset({"o4"}), set()).name == "o4"
    assert ledger.waiting(True, None, set()) is None


def test_a_task_is_delivered_once(ledger: Ledger) -> None:
    files = [Filed("a", "0" * 64, 1)]
    ledger.publishing(TASKS[0], "k", "1-1", 0, Finding("ok"), files)
    for _ in range(2):
        with ledger.delivering(2):
            pass
    row = ledger.row(2)
    assert (row["state"], row["deliveries"], row["key"]) == ("done", 1, "k")
    assert ledger.files(2) == files
    assert ledger.delivered("k")["name"] == "o2"


def test_a_succeeded_owner_writes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    newer = Ledger(tmp_path / NAME, Disk())
    newer.own(2)
    entered = False
    with pytest.raises(LeaseLost), ledger.delivering(2):
        entered = True
    assert not entered
    with pytest.raises(LeaseLost):
        ledger.again(2)
    with pytest.raises(LeaseLost):
        Ledger(tmp_path / NAME, Disk()).own(2)
    newer.again(2, kills=1)
    assert newer.row(2)["kills"] == 1


def test_a_block_that_fails_changes_nothing(ledger: Ledger) -> None:
    before = ledger.row(2)
    with pytest.raises(ZeroDivisionError), ledger.rejecting(2):
        raise ZeroDivisionError
    assert ledger.row(2) == before


def test_a_ledger_is_whole_or_absent(tmp_path: Path) -> None:
    counter = FaultyDisk()
    create_ledger(tmp_path / "counted", counter, {}, TASKS)
    assert {"write", "commit", "fsync", "rename"} <= set(counter.seen)
    for at in range(len(counter.seen)):
        path = tmp_path / f"try{at}"
        with pytest.raises(StorageFailed):
            create_ledger(path, FaultyDisk(at), {}, TASKS)
        assert not path.exists() or len(list(Ledger(path, Disk()).rows())) == len(TASKS)
        assert not list(tmp_path.glob(f".try{at}*"))


def test_a_ledger_that_was_replaced_is_not_written(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / NAME).rename(tmp_path / "moved")
    with pytest.raises(StorageFailed):
        ledger.again(2)


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, and longer than a header of one is\n" * 40)
    with pytest.raises(LedgerRefused, match="cannot be used"):
        Ledger(tmp_path / "text", Disk())
    (tmp_path / "empty").touch()
    with pytest.raises(LedgerRefused, match="is no ledger of this program"):
        Ledger(tmp_path / "empty", Disk())
    create_ledger(tmp_path / "new", Disk(), {}, [])
    with sqlite3.connect(tmp_path / "new") as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()
    with pytest.raises(LedgerRefused, match=f"version {VERSION + 1}"):
        Ledger(tmp_path / "new", Disk())
