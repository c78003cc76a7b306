"""Work for a batch that costs nothing: a child process writes, sleeps, crashes, hangs or eats.

A payload is {"act": ..., "text": ..., "seconds": ...}, see `fake_job`. As a script, `fake_work.py
FOLDER OPTIONS` runs a batch folder and is what tests kill.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from afo_designer.runs.batch import Batch, Settings, Work, owned_ledger
from afo_designer.runs.batch_results import write_results
from afo_designer.runs.disk import Disk, files_below
from afo_designer.runs.job import Command, Limits
from afo_designer.runs.ledger import NAME, Finding, Ledger, Task, create_ledger

MANIFESTS = ("manifest.csv", "manifest.json")  # in the order of the tasks, which tests change
PRINT = {"mass_g": 100.0, "bounding_box_mm": [200.0, 100.0, 300.0], "fits": {}}
JOB = Path(__file__).with_name("fake_job.py")


class FakeWork:
    """Payloads as jobs of this script."""

    def key(self, task: Task) -> str:
        return hashlib.sha256(json.dumps(dict(task.payload), sort_keys=True).encode()).hexdigest()

    def command(self, task: Task, folder: Path) -> Command:
        one = {"act": "write", "text": task.name, "seconds": 0.0, **task.payload}
        words = (JOB, one["act"], one["text"], one["seconds"], folder / "out")
        return Command((sys.executable, "-I", "-S", *map(str, words)), inputs=(str(JOB),))

    def finding(self, task: Task, folder: Path, code: int) -> Finding:
        status = {0: "ok", 3: "refused", 4: "failed"}.get(code, "crashed")
        text = str(task.payload.get("text", task.name))
        design = hashlib.sha256(text.encode()).hexdigest()
        figures = {"design_id": design, "side": "left", "material": "none", "print": PRINT}
        return Finding(status, f"code_{code}", "", figures)


def make_batch(folder: Path, payloads: Mapping[str, Mapping[str, object]]) -> Path:
    """A batch folder with these tasks."""
    folder.mkdir(exist_ok=True)
    tasks = [
        Task(number, name, dict(payload), float(payload.get("priority", 0.0)))
        for number, (name, payload) in enumerate(payloads.items(), 1)
    ]
    create_ledger(folder / NAME, Disk(), {"kind": "fake"}, tasks)
    return folder


class FaultyDisk(Disk):
    """Fails with `error`, or sends itself the signal `-error`, before the operation `at`."""

    def __init__(self, at: int = -1, error: int = errno.ENOSPC, only: str = "") -> None:
        self.at, self.error, self.only = at, error, only
        self.seen: list[str] = []

    def before(self, operation: str, path: Path) -> None:
        if self.only and operation != self.only:
            return
        self.seen.append(operation)
        if len(self.seen) - 1 == self.at:
            if self.error < 0:
                os.kill(os.getpid(), -self.error)
                return
            raise OSError(self.error, os.strerror(self.error), str(path))


def run_batch(
    folder: Path,
    workers: int = 2,
    seconds: float = 20.0,
    memory_mb: int = 200,
    only: Iterable[str] | None = None,
    disk: Disk | None = None,
    stale_seconds: float = 1.0,
    said: list[str] | None = None,
    scheduler: str = "",
    work: Work | None = None,
) -> None:
    """Runs what waits in a batch folder, in this process or by its cluster."""
    disk = disk or Disk()
    words = said if said is not None else []
    some = frozenset(only) if only is not None else None
    settings = Settings(workers, Limits(seconds, memory_mb), some, scheduler)
    with owned_ledger(folder, disk, words.append, stale_seconds) as (ledger, lease):
        Batch(
            folder, ledger, lease, work or FakeWork(), settings, disk, words.append,
            finish=lambda: write_results(ledger, folder, disk),
        ).run()  # fmt: skip


def delivered(folder: Path) -> dict[str, str]:
    """{path: digest} of everything delivered but the files that carry times."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for root in (folder / "orders", folder / "print")
        for path in files_below(root)
        if path.name not in ("run.json", *MANIFESTS)
    }


def rows(folder: Path) -> dict[str, dict[str, object]]:
    """The ledger's tasks by name."""
    ledger = Ledger(folder / NAME, Disk())
    with contextlib.closing(ledger):
        return {row["name"]: row for row in ledger.rows()}


if __name__ == "__main__":
    options = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    fault = options.pop("fault", None)
    if fault is not None:
        options["disk"] = FaultyDisk(**fault)
    try:
        run_batch(Path(sys.argv[1]), **options)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit({"FolderTaken": 2}.get(type(error).__name__, 6))
