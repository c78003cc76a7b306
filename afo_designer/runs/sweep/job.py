"""Job: a chunk of a study's variants in one process, which share what does not change.

`python -m afo_designer.runs.sweep.job SPEC OUT FILE…`: SPEC is `work.spec_of` as JSON, OUT the
folder for `rows.json` and `run.json`, FILE… the study's files in the order of SPEC's names. With
`apart` every variant is computed in a process of its own, which a crash or a hang ends alone.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from afo_designer.runs.sweep.evaluator import DesignEvaluator, Evaluator, Outcome
from afo_designer.runs.sweep.study import Base

ROWS, RUN = "rows.json", "run.json"
CRASHED, TIMEOUT = "crashed", "timeout"


def main(arguments: list[str]) -> None:
    """Computes the variants of SPEC and leaves their outcomes."""
    spec_file, out, *files = arguments
    spec = json.loads(Path(spec_file).read_text("utf-8"))
    paths = {name: Path(file) for name, file in zip(spec["names"], files, strict=True)}
    evaluator = DesignEvaluator(Base(**spec["base"]), tuple(spec["responses"]), paths)
    begun = time.perf_counter()
    rows = []
    for number, values in spec["rows"]:
        outcome = (
            _apart(evaluator, values, tuple(spec["responses"]), spec["seconds"])
            if spec["apart"]
            else evaluator.outcome(values)
        )
        rows.append(row_document(number, outcome))
    folder = Path(out)
    folder.mkdir(exist_ok=True)
    (folder / ROWS).write_text(json.dumps(rows, indent=0) + "\n", "utf-8")
    run = {"seconds": time.perf_counter() - begun, "made": dict(evaluator.stages.made)}
    (folder / RUN).write_text(json.dumps(run, indent=1) + "\n", "utf-8")


def row_document(number: int, outcome: Outcome) -> dict[str, Any]:
    """A variant's outcome as JSON; what has no value is null."""
    return {
        "number": number,
        "figures": {k: None if math.isnan(v) else v for k, v in outcome.figures.items()},
        "status": outcome.status,
        "reason": outcome.reason,
        "message": outcome.message,
    }


def outcome_of(row: Mapping[str, Any]) -> Outcome:
    """The outcome of a row's document."""
    figures = {k: math.nan if v is None else float(v) for k, v in row["figures"].items()}
    return Outcome(figures, row["status"], row["reason"], row["message"])


def _apart(
    evaluator: Evaluator,
    values: Mapping[str, float | str],
    responses: tuple[str, ...],
    seconds: float,
) -> Outcome:
    """A variant in a child process; what kills it is its outcome."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.close(read)
            with os.fdopen(write, "w", encoding="utf-8") as stream:
                json.dump(row_document(0, evaluator.outcome(values)), stream)
        os._exit(0)
    os.close(write)
    text, end = b"", time.monotonic() + seconds
    overdue = False
    with contextlib.closing(os.fdopen(read, "rb", buffering=0)) as stream:
        while True:
            ready, _, _ = select.select([stream], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                overdue = True
                os.kill(child, signal.SIGKILL)
                break
            piece = stream.read(65536)
            if not piece:
                break
            text += piece
    _, status = os.waitpid(child, 0)
    nothing = dict.fromkeys(responses, math.nan)
    if overdue:
        return Outcome(nothing, TIMEOUT, f"timeout:{seconds:g}s", f"Not ready after {seconds:g} s.")
    if os.WIFSIGNALED(status) or not text:
        name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "exit"
        return Outcome(nothing, CRASHED, f"crashed:{name}", f"Its process crashed ({name}).")
    return outcome_of(json.loads(text))


if __name__ == "__main__":
    main(sys.argv[1:])
