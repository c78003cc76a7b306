"""A runner is at work soon, and its death costs the orders at work nothing but time."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import fake_work
import pytest
from fake_work import FakeWork, make_batch, rows, run_batch

from afo_designer.runs import batch
from afo_designer.runs.batch import MOST_KILLS
from afo_designer.runs.ledger import Finding, Task


def test_the_runner_of_a_batch_starts_without_scipy() -> None:
    """A design's types are named without what computes it: two thirds of the time to a job."""
    program = (
        "import sys, afo_designer.apps.cli, afo_designer.apps.batch;"
        "print([one for one in ('scipy', 'vtk', 'OCP', 'distributed') if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_no_number_of_dead_runners_condemns_an_order(tmp_path: Path) -> None:
    """Kills of a job are forgiven up to a cap; those of its runner are not counted at all.

    Each runner dies where its job has ended and the ledger is about to hear of it.
    """
    folder = make_batch(tmp_path / "b", {"o": {}})
    for death in range(MOST_KILLS + 2):
        before = 2 if death == 0 else 3  # owned, taken back from the dead one, begun
        options = {
            "workers": 1,
            "fault": {"at": before, "error": -signal.SIGKILL, "only": "commit"},
        }
        words = [sys.executable, fake_work.__file__, str(folder), json.dumps(options)]
        assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    run_batch(folder)
    row = rows(folder)["o"]
    assert (row["state"], row["deliveries"]) == ("done", 1)
    assert (row["strikes"], row["kills"], row["suspect"]) == (0, 0, 0)
    assert row["attempts"] == MOST_KILLS + 3


class Counting(FakeWork):
    """Counts the orders that were looked at, and how many when the first was done."""

    looked, by_then = 0, 0

    def key(self, task: Task) -> str:
        self.looked += 1
        return super().key(task)

    def finding(self, task: Task, folder: Path, code: int) -> Finding:
        self.by_then = self.looked
        return super().finding(task, folder, code)


@pytest.mark.parametrize("look_seconds", [0.0, 0.5])
def test_equal_orders_do_not_keep_a_runner_from_its_jobs(
    tmp_path: Path, look_seconds: float
) -> None:
    """Each of 100 000 equal ones was put aside, past all others, while nobody saw to the jobs."""
    work, count = Counting(), 12
    folder = make_batch(tmp_path / "b", {f"o{n}": {"text": "x"} for n in range(count)})
    with patch.multiple(batch, MOST_ASIDE=3, LOOK_SECONDS=look_seconds):
        run_batch(folder, workers=2, work=work)
    assert 1 <= work.by_then <= 4
    assert [(row["state"], row["deliveries"]) for row in rows(folder).values()] == [
        ("done", 1)
    ] * count
    assert sum(bool(row["attempts"]) for row in rows(folder).values()) == 1
