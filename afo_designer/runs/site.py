"""Site: where the jobs of a batch run, this machine or a cluster."""

from __future__ import annotations

import select
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from afo_designer.runs.job import Command, Ending, Limits, RunningJob, start_job

LOOK_SECONDS = 0.5  # between two looks at what nobody announces


class SiteRefused(ValueError):
    """A place for jobs that cannot be used as the command line names it."""


class Job(Protocol):
    """One job at work."""

    def kill(self) -> None:
        """Ends it with everything it started."""

    def ending(self) -> Ending:
        """How it ended, once `Site.wait` named it or it was killed; its files are in its folder."""


class Site(Protocol):
    """Where jobs run."""

    def places(self) -> int:
        """Jobs that may be at work side by side, 1 at least."""

    def start(self, command: Command, folder: Path, limits: Limits) -> Job:
        """A job that leaves `stdout`, `stderr` and its results in `folder`."""

    def wait(self, jobs: Sequence[Job], seconds: float) -> Sequence[Job]:
        """Those of the jobs that have ended, after `seconds` at the latest; limits are kept."""


class Here:
    """Jobs on this machine, `workers` at a time."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def places(self) -> int:
        return self._workers

    def start(self, command: Command, folder: Path, limits: Limits) -> RunningJob:
        return start_job(command, folder, limits)

    def wait(self, jobs: Sequence[Job], seconds: float) -> Sequence[Job]:
        """The ended; who is over his time is killed."""
        mine = [job for job in jobs if isinstance(job, RunningJob)]
        now = time.monotonic()
        for job in mine:
            if now >= job.deadline:
                job.kill(overdue=True)
        nearest = min(job.deadline for job in mine)
        ready, _, _ = select.select(mine, [], [], min(seconds, max(0.01, nearest - now)))
        return ready
