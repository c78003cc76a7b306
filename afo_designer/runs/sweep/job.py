"""Job: a chunk of a study's variants in one process, which share what does not change.

`python -m afo_designer.runs.sweep.job SPEC OUT FILE…`: SPEC is `work.spec_of` as JSON, OUT the
folder for `rows.json` and `run.json`, FILE… the study's files in the order of SPEC's names.

The variants are computed by a child, which tells each outcome as it has it. A variant in which it
crashes or hangs is tried once more by a new child, then told with its cause, and the next child
goes on behind it; a kill from outside is nobody's fault and ends the job as it would have without
a child.
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
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from afo_designer.runs.job import CRASHES
from afo_designer.runs.sweep.evaluator import DesignEvaluator, Evaluator, Outcome
from afo_designer.runs.sweep.study import Base

ROWS, RUN = "rows.json", "run.json"
CRASHED, TIMEOUT = "crashed", "timeout"
STRIKES = 2  # as in a batch: what happens once may be the machine's fault
ERROR, MEMORY = 1, 2  # a child's own codes, for errors that no outcome tells
START_S = 60.0  # more for a child's first variant, which reads and charts the limb

Row = tuple[int, Mapping[str, float | str]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """How a child ended before its work did."""

    status: str
    reason: str
    message: str


def main(arguments: list[str]) -> None:
    """Computes the variants of SPEC and leaves their outcomes."""
    spec_file, out, *files = arguments
    spec = json.loads(Path(spec_file).read_text("utf-8"))
    paths = {name: Path(file) for name, file in zip(spec["names"], files, strict=True)}
    responses = tuple(spec["responses"])
    evaluator = DesignEvaluator(Base(**spec["base"]), responses, paths)
    begun, made = time.perf_counter(), Counter[str]()
    rows = [
        row_document(number, outcome)
        for number, outcome in outcomes_of(
            evaluator, spec["rows"], responses, spec["seconds"], made.update
        )
    ]
    folder = Path(out)
    folder.mkdir(exist_ok=True)
    (folder / ROWS).write_text(json.dumps(rows, indent=0) + "\n", "utf-8")
    run = {"seconds": time.perf_counter() - begun, "made": dict(made)}
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


def outcomes_of(
    evaluator: Evaluator,
    rows: Sequence[Row],
    responses: Sequence[str],
    seconds: float,
    made: Callable[[Mapping[str, int]], None] = lambda counts: None,
) -> Iterator[tuple[int, Outcome]]:
    """Every row's number and outcome, in order; `seconds` are what one may take.

    `made` is given what a child computed, by stage.
    """
    done, strikes = 0, 0
    while done < len(rows):
        child = _Child(evaluator, rows[done:], seconds)
        for told in child.told():
            if "made" in told:
                made(told["made"])
                continue
            yield told["number"], outcome_of(told)
            done, strikes = done + 1, 0
        if child.trouble is None:
            continue
        strikes += 1
        if strikes == STRIKES:
            one, nothing = child.trouble, dict.fromkeys(responses, math.nan)
            yield rows[done][0], Outcome(nothing, one.status, one.reason, one.message)
            done, strikes = done + 1, 0


class _Child:
    """A process that computes rows and tells each; `trouble` when it did not come to the end."""

    def __init__(self, evaluator: Evaluator, rows: Sequence[Row], seconds: float) -> None:
        self._count, self._seconds = len(rows), seconds
        self.trouble: Trouble | None = None
        self._read, write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            code = ERROR
            try:
                os.close(self._read)
                for number, values in rows:
                    _tell(write, row_document(number, evaluator.outcome(values)))
                stages = getattr(evaluator, "stages", None)
                _tell(write, {"made": dict(stages.made) if stages else {}})
                code = 0
            except MemoryError:
                code = MEMORY
            except BaseException:
                with contextlib.suppress(BaseException):  # where it cannot be told, the code tells
                    traceback.print_exc()
                    sys.stderr.flush()
            finally:
                os._exit(code)
        os.close(write)

    def told(self) -> Iterator[dict[str, Any]]:
        """What the child tells, until it ends or takes too long."""
        text, overdue = b"", False
        end = time.monotonic() + START_S + self._seconds
        while True:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                overdue = True
                os.kill(self._pid, signal.SIGKILL)
                break
            piece = os.read(self._read, 1 << 16)
            if not piece:
                break
            *lines, text = (text + piece).split(b"\n")
            if lines:
                end = time.monotonic() + self._seconds
            yield from map(json.loads, lines)
        os.close(self._read)
        _, status = os.waitpid(self._pid, 0)
        self.trouble = self._judged(status, overdue)

    def _judged(self, status: int, overdue: bool) -> Trouble | None:
        if overdue:
            limit = f"{self._seconds:g}"
            return Trouble(TIMEOUT, f"timeout:{limit}s", f"It was not ready after {limit} s.")
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number not in CRASHES:
                os.kill(os.getpid(), number)  # nobody's fault here: the runner tries again
            name = signal.Signals(number).name
            return Trouble(CRASHED, f"crashed:{name}", f"Its process crashed ({name}).")
        code = os.WEXITSTATUS(status)
        if code == MEMORY:
            raise MemoryError("A variant's process needed more memory than it may have.")
        if code:
            raise RuntimeError("A variant's process ended in an error that is no outcome.")
        return None


def _tell(pipe: int, document: Mapping[str, Any]) -> None:
    data = json.dumps(document).encode() + b"\n"
    while data:
        data = data[os.write(pipe, data) :]


if __name__ == "__main__":
    main(sys.argv[1:])
