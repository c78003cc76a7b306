"""A runner is at work soon, and its death costs the orders at work nothing but time."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import fake_work
from fake_work import make_batch, rows, run_batch

from afo_designer.runs.batch import MOST_KILLS


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
        options = {"workers": 1, "fault": {"at": before, "error": -signal.SIGKILL, "only": "commit"}}
        words = [sys.executable, fake_work.__file__, str(folder), json.dumps(options)]
        assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    run_batch(folder)
    row = rows(folder)["o"]
    assert (row["state"], row["deliveries"]) == ("done", 1)
    assert (row["strikes"], row["kills"], row["suspect"]) == (0, 0, 0)
    assert row["attempts"] == MOST_KILLS + 3
