"""Work: a study's variants as tasks for the runner: chunks that share limb, cast and chart."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from afo_designer.design.responses import Stage
from afo_designer.runs.batch import OUT, last_line
from afo_designer.runs.job import Command, Limits
from afo_designer.runs.ledger import Finding, Task
from afo_designer.runs.program import code_digest
from afo_designer.runs.sweep.evaluator import OK
from afo_designer.runs.sweep.job import ROWS, START_S, STRIKES
from afo_designer.runs.sweep.plan import Planned, planned
from afo_designer.runs.sweep.study import Study

SPEC = "spec.json"
# A chunk starts, reads and charts the limb once, 5 s; beside 125 variants of 0.6 s that is 7 %.
# The number of workers does not enter: chunks done by two go on with by eight.
LEAST_CHUNK, MOST_CHUNK, CHUNKS = 8, 128, 8
# Seconds that one variant may take, about ten times what it does: linear, whole, large rotations.
LINEAR_S, WHOLE_S, LARGE_S = 30.0, 120.0, 900.0


def chunks_of(study: Study) -> Iterator[Task]:
    """The variants, those beside each other that have most in common, in tasks."""
    order = sorted(range(len(study.factors)), key=lambda k: study.factors[k].knob.stage)
    keys = [study.factors[k].key for k in order]

    def place(one: Planned) -> tuple[Any, ...]:
        values = [one.values[key] for key in keys]
        return (*((isinstance(v, str), v) for v in values), one.number)

    rows = sorted(planned(study.plan, study.factors), key=place)
    size = min(max(-(-len(rows) // CHUNKS), LEAST_CHUNK), MOST_CHUNK)
    for number, first in enumerate(range(0, len(rows), size), 1):
        part = rows[first : first + size]
        payload = {"rows": [[one.number, dict(one.values)] for one in part]}
        yield Task(number, f"chunk-{number:05d}", payload)


def seconds_of(study: Study) -> float:
    """How long one variant may take."""
    if not study.base.fast:
        return LARGE_S
    return WHOLE_S if study.stage is Stage.DESIGN or study.base.tuned else LINEAR_S


def limits_of(study: Study, memory_mb: int) -> Limits:
    """The limits of a chunk: what all its variants may take, each in vain until it is given up."""
    return Limits(MOST_CHUNK * STRIKES * (START_S + seconds_of(study)), memory_mb)


class SweepWork:
    """Chunks as jobs."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._names = sorted(study.paths)

    def key(self, task: Task) -> str:
        """SHA-256 over the study, the chunk's variants and the program."""
        document = {
            "kind": "sweep",
            "study": self._study.document(),
            "rows": task.payload["rows"],
            "code": code_digest(),
        }
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

    def command(self, task: Task, folder: Path) -> Command:
        """One job for all of the chunk."""
        spec = self.spec_of(task)
        (folder / SPEC).write_text(json.dumps(spec), "utf-8")
        words = [sys.executable, "-P", "-m", "afo_designer.runs.sweep.job"]
        files = [str(self._study.paths[name]) for name in self._names]
        return Command((*words, str(folder / SPEC), str(folder / OUT), *files), inputs=tuple(files))

    def spec_of(self, task: Task) -> dict[str, Any]:
        """What a job has to know beside the files."""
        return {
            "base": asdict(self._study.base),
            "responses": [one.name for one in self._study.responses],
            "names": self._names,
            "rows": task.payload["rows"],
            "seconds": seconds_of(self._study),
        }

    def finding(self, task: Task, folder: Path, code: int) -> Finding:
        """How many of the chunk's variants have their figures."""
        try:
            rows = json.loads((folder / OUT / ROWS).read_text("utf-8"))
        except (OSError, ValueError):
            return Finding("refused", f"exit:{code}", last_line(folder / "stderr"))
        bad = sum(row["status"] != OK for row in rows)
        status = "ok" if not bad else "partial"
        return Finding(status, f"variants:{bad}" if bad else "", "", {"failed": bad})
