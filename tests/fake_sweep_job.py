"""A chunk's job whose variants cost nothing: one crashes, one is killed from outside, once.

`fake_sweep_job.py SPEC OUT FILE… MARK`: the file MARK says that the kill has been.
"""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from afo_designer.runs.sweep import job
from afo_designer.runs.sweep.evaluator import Outcome

*ARGUMENTS, MARK = sys.argv[1:]


class Troubled:
    """Twice the wall; at 3 mm a crash, at 4 mm the first time a kill."""

    def __init__(self, *given: Any) -> None:
        pass

    def outcome(self, values: Mapping[str, float]) -> Outcome:
        (wall,) = values.values()
        if wall == 3.0:
            os.kill(os.getpid(), signal.SIGTRAP)
        if wall == 4.0 and not Path(MARK).exists():
            Path(MARK).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome({"stiffness.plantarflexion": 2.0 * wall})


if __name__ == "__main__":
    job.DesignEvaluator = Troubled
    job.main(ARGUMENTS)
