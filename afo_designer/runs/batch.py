"""Batch: many tasks through isolated jobs, each delivered once, whatever dies on the way.

A task is claimed in the ledger, run as a job in a folder of its own under `.work`, listed file by
file in the ledger, and moved to its place by one rename. Every step may be the last: the next
runner finds in the ledger which step that was and goes on from there. What a task is and how a job
does it stands behind `Work`, so orders, the variants of a study and tests share this runner.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.cluster import open_site
from afo_designer.runs.disk import Disk, digest, files_below
from afo_designer.runs.exit_code import ExitCode
from afo_designer.runs.job import Cause, Command, Ending, Limits, end_group_of
from afo_designer.runs.ledger import (
    Filed,
    Finding,
    Ledger,
    LedgerLocked,
    LedgerRefused,
    Task,
    open_ledger,
    utc,
)
from afo_designer.runs.ledger_lease import (
    STALE_SECONDS,
    Lease,
    LeaseLost,
    await_owner,
    refuse_network,
)
from afo_designer.runs.program import code_digest
from afo_designer.runs.site import LOOK_SECONDS, Job, Site
from afo_designer.runs.workspace import FolderTaken, StorageFailed

COMMANDS = {"orders": "batch", "sweep": "sweep"}  # by what a ledger says of its kind
WORK, RESULTS, OUT = ".work", "orders", "out"
# A job that ends with one of these has given its answer; the same job would give it again.
ANSWERS = frozenset({ExitCode.DONE, ExitCode.USAGE, ExitCode.INPUT_REFUSED, ExitCode.INFEASIBLE})
CODES = {
    int(ExitCode.STORAGE): "storage",
    int(ExitCode.INTERNAL): "internal_error",
    int(ExitCode.CRASHED): "worker_crashed",
}
STRIKES = 2  # failures alone that condemn
MOST_ASIDE = 100  # tasks that wait for an equal one at work: each look for another passes them
MOST_KILLS = 10  # reliability notes §3: kills from outside are not the job's fault, up to a cap


class BatchPaused(StorageFailed):
    """The storage or the cluster failed; everything done is kept and `--resume` goes on."""


class Work(Protocol):
    """What tasks are made of, and how a job does one."""

    def key(self, task: Task) -> str:
        """SHA-256 of everything that the results depend on.

        Raises `InputRefused` or `OSError` where that cannot be read.
        """

    def command(self, task: Task, folder: Path) -> Command:
        """The job's program, which leaves its results in `folder`/out; inputs may be put there."""

    def finding(self, task: Task, folder: Path, code: int) -> Finding:
        """What the job's answer means, from `folder`/out, `folder`/stdout and `folder`/stderr."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a batch stands: tasks by state, names at work, seconds since the start."""

    counts: dict[str, int]
    running: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Settings:
    """How a batch is run; none of it changes a result. `workers` and `scheduler`: `open_site`."""

    workers: int = 1
    limits: Limits = field(default_factory=Limits)
    only: frozenset[str] | None = None
    scheduler: str = ""


@dataclass(slots=True)
class _Active:
    """A try of a task at work. `alone`: no other task ran at any time beside it."""

    task: Task
    key: str
    folder: Path
    attempt: int
    job: Job
    alone: bool


@contextmanager
def owned_ledger(
    folder: Path,
    disk: Disk,
    say: Callable[[str], None] = lambda words: None,
    stale_seconds: float = STALE_SECONDS,
) -> Iterator[tuple[Ledger, Lease]]:
    """The ledger of a batch folder, owned. `FolderTaken` while another runner is at work."""
    refuse_network(folder)
    ledger = open_ledger(folder, disk)
    try:
        last = ledger.owner()
        stopped = await_owner(folder, last, say, stale_seconds) if last else ""
        try:
            lease = Lease(folder, last + 1)
        except OSError as error:
            raise StorageFailed(f"{folder} cannot be written: {error.strerror}.") from error
        try:
            try:
                ledger.own(last + 1)
            except LedgerLocked as error:
                # SQLite's lock is the stopped process's until it goes on or ends
                who = (
                    f"The runner before (process {stopped}) stands still"
                    if stopped
                    else "Another program is"
                )
                raise FolderTaken(
                    f"{who} in the middle of a write to {ledger.path}: let it go on or end it, "
                    "then resume."
                ) from error
            yield ledger, lease
        finally:
            lease.close()
    finally:
        ledger.close()


@contextmanager
def taken_over(
    folder: Path, kind: str, settings: Settings, disk: Disk, remark: Callable[[str], None]
) -> Iterator[tuple[Ledger, Lease, Callable[[str], None]]]:
    """A folder of this kind for one run: its ledger, its lease, and what writes to its log.

    `remark` is told what the person who started the run should read.
    """
    command = COMMANDS[kind]

    def say(words: str) -> None:
        """A line at the log's end; a log that cannot be written stops nothing."""
        log = folder / f"{command}.log"
        with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as stream:
            stream.write(f"{utc()} {words}\n")

    with owned_ledger(folder, disk, remark) as (ledger, lease):
        facts = ledger.facts()
        if facts.get("kind") != kind:
            found = facts.get("kind", "")
            other = (
                f"'afo {COMMANDS[found]}'" if found in COMMANDS else f"no known kind ({found!r})"
            )
            raise LedgerRefused(f"{folder} is a folder of {other}, not of 'afo {command}'.")
        ledger.check_tasks()
        where = f"on {settings.scheduler}" if settings.scheduler else f"with {settings.workers}"
        say(f"runner {lease.token} begins {where} workers")
        if ledger.fact("code") != code_digest():
            words = (
                f"The program has changed since the {command} began; what is done stays as it is."
            )
            say(words)
            remark(words)
        try:
            yield ledger, lease, say
        except BaseException as error:
            say(f"runner {lease.token} ends: {type(error).__name__}: {error}")
            raise
        say(f"runner {lease.token} is done")


class Batch:
    """One runner of one batch folder."""

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        lease: Lease,
        work: Work,
        settings: Settings,
        disk: Disk,
        say: Callable[[str], None] = lambda words: None,
        tick: Callable[[Standing], None] = lambda standing: None,
        finish: Callable[[], object] = lambda: None,
        results: str = RESULTS,
    ) -> None:
        self._finish = finish  # sums up what is done; at the end, and where a run breaks off
        self._folder, self._ledger, self._lease = folder, ledger, lease
        self._work, self._settings, self._disk = work, settings, disk
        self._say, self._tick = say, tick
        self._results, self._drafts = folder / results, folder / WORK
        self._active: dict[Job, _Active] = {}
        self._twins: dict[str, set[int]] = {}  # tasks that wait for another of the same contents
        self._unchecked: Iterator[None] = iter(())
        self._drafted, self._paused, self._told_network = 0, "", False
        sweep = ledger.facts().get("kind") == "sweep"
        self._resume = "the same 'afo sweep'" if sweep else f"'afo batch --resume {folder}'"
        self._begun = time.monotonic()
        self._told = self._begun - LOOK_SECONDS

    @property
    def seconds(self) -> float:
        """Wall-clock seconds since this runner began."""
        return time.monotonic() - self._begun

    def run(self) -> None:
        """Works until nothing waits. Raises `BatchPaused`, `LeaseLost` or `KeyboardInterrupt`."""
        try:
            self._recover()
            with open_site(self._settings.scheduler, self._settings.workers, self._say) as site:
                self._work_at(site)
            if self._paused:
                raise BatchPaused(self._paused)
            self._finish()
        except LeaseLost:
            self._stop(give_back=False)
            raise
        except (StorageFailed, OSError) as error:
            self._stop(give_back=False)
            self._lease_or_raise()
            self._finish_if_possible()
            if isinstance(error, BatchPaused):
                raise
            raise BatchPaused(self._sentence(error)) from error
        except BaseException:
            self._stop(give_back=True)
            self._finish_if_possible()
            raise

    def _work_at(self, site: Site) -> None:
        """Starts and ends jobs until nothing waits or the batch is paused."""
        while True:
            self._lease.beat()
            more = self._fill(site)
            self._tell()
            if self._active:
                self._await(site, 0.0 if more else LOOK_SECONDS)
            elif not more and (self._paused or not self._check_one()):
                return

    def _finish_if_possible(self) -> None:
        with contextlib.suppress(StorageFailed, OSError):
            self._finish()

    # -- what an earlier runner left ---------------------------------------------------------------

    def _recover(self) -> None:
        """Ends the jobs of the runner before, finishes what it began to publish, clears up."""
        for folder in (self._results, self._drafts):
            if not folder.is_dir():
                self._disk.make(folder)
        left = sorted(self._drafts.iterdir())
        for draft in left:
            if end_group_of(draft):
                self._say(f"a job left in {draft.name} was ended")
        for number in self._ledger.numbers("publishing"):
            self._finish_publishing(number)
        for number in self._ledger.numbers("running"):
            self._ledger.again(number)
        for draft in left:
            self._disk.remove(draft)
            self._lease.beat()
        done = self._ledger.numbers("done")
        for number in done:
            self._check(number, deep=False)
            self._lease.beat()
        self._unchecked = self._checks(done)

    def _finish_publishing(self, number: int) -> None:
        row, files = self._ledger.row(number), self._ledger.files(number)
        target, draft = self._results / row["name"], self._drafts / str(row["folder"]) / OUT
        if not _fault(target, files, deep=True):
            with self._ledger.delivering(number):
                self._disk.sync(self._results)
        elif not _fault(draft, files, deep=True):
            self._deliver(number, draft, target)
        else:
            self._ledger.again(number)

    def _deliver(self, number: int, out: Path, target: Path) -> None:
        with self._ledger.delivering(number):
            self._clear(target)
            self._disk.rename(out, target)

    def _checks(self, done: list[int]) -> Iterator[None]:
        """Compares every file delivered earlier with its digest, a task a step, while jobs run."""
        for number in done:
            self._check(number, deep=True)
            yield

    def _check_one(self) -> bool:
        return next(self._unchecked, False) is None

    def _check(self, number: int, deep: bool) -> None:
        row = self._ledger.row(number)
        if row["state"] != "done":
            return
        target = self._results / row["name"]
        if fault := _fault(target, self._ledger.files(number), deep):
            self._say(f"{row['name']}: {fault}; it is made again")
            with self._ledger.rejecting(number):
                self._clear(target)

    def _clear(self, target: Path) -> None:
        """Takes what stands in a result's place out of it."""
        if target.exists():
            aside = self._drafts / self._next_draft()
            self._disk.rename(target, aside)
            self._disk.remove(aside)

    # -- starting ----------------------------------------------------------------------------------

    def _fill(self, site: Site) -> bool:
        """Starts what may start: suspects alone and last, the others side by side.

        Whether it left off in the middle: a task may end at once, as a copy, and after thousands of
        those the jobs at work want to be looked at.
        """
        end = time.monotonic() + LOOK_SECONDS
        while not self._paused and len(self._active) < site.places():
            if any(one.task.suspect for one in self._active.values()):
                return False
            beside = set().union(*self._twins.values())
            if len(beside) >= MOST_ASIDE:
                return False
            task = self._ledger.waiting(False, self._settings.only, beside)
            if task is None and not self._active:
                task = self._ledger.waiting(True, self._settings.only, beside)
            if task is None:
                return False
            self._begin(task, site)
            if time.monotonic() >= end:
                return True
        return False

    def _begin(self, task: Task, site: Site) -> None:
        try:
            key = self._work.key(task)
        except InputRefused as refusal:
            finding = Finding("refused", "input_refused", str(refusal))
            self._fail(task, "", ExitCode.INPUT_REFUSED, finding)
            return
        if any(one.key == key for one in self._active.values()):
            self._twins.setdefault(key, set()).add(task.number)
            return
        if twin := self._ledger.delivered(key):
            self._check(twin["number"], deep=True)
            if self._ledger.delivered(key) == twin:
                self._copy(task, key, twin)
                return
        self._start(task, key, site)
        if task.suspect and not task.strikes and not task.memory_doublings and site.places() > 1:
            self._start(task, key, site)  # both tries alone at once: it costs its limit once

    def _start(self, task: Task, key: str, site: Site) -> None:
        """One try of a task, in a folder of its own."""
        folder = self._drafts / self._next_draft()
        self._disk.make(folder)
        attempt = self._ledger.beginning(task, key, folder.name)
        command = self._work.command(task, folder)
        others = [one for one in self._active.values() if one.task.number != task.number]
        for other in others:
            other.alone = False
        job = site.start(command, folder, self._limits(task))
        self._active[job] = _Active(task, key, folder, attempt, job, alone=not others)

    def _limits(self, task: Task) -> Limits:
        limits = self._settings.limits
        return replace(limits, memory_mb=limits.memory_mb << task.memory_doublings)

    def _next_draft(self) -> str:
        self._drafted += 1
        return f"{self._lease.token}-{self._drafted}"

    def _copy(self, task: Task, key: str, twin: dict[str, Any]) -> None:
        """The same contents were ordered before: the results once more, nothing computed."""
        figures = json.loads(twin["findings"])
        finding = Finding(twin["status"], twin["reason"], twin["message"], figures)
        self._say(f"{task.name}: the same contents as {twin['name']}")
        source = self._results / str(twin["name"])
        draft = self._drafts / self._next_draft()
        self._disk.make(draft)
        for path in files_below(source):
            place = draft / OUT / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            self._disk.link(path, place)
        self._publish(task, key, draft, twin["exit_code"], finding)

    # -- ending ------------------------------------------------------------------------------------

    def _await(self, site: Site, seconds: float) -> None:
        """Waits for a job's end, or `seconds`; before that, old results are read."""
        jobs = list(self._active)
        ended = site.wait(jobs, 0.0)
        if not ended:
            if self._check_one():
                return
            ended = site.wait(jobs, seconds)
        for job in ended:
            if one := self._active.pop(job, None):  # unless the other try's end ended it
                self._conclude(one, job.ending())

    def _conclude(self, one: _Active, ending: Ending) -> None:
        """What an attempt's end means for its task."""
        self._twins.pop(one.key, None)
        self._tell_network(ending)
        task = one.task
        self._ledger.ended(one.attempt, task.number, ending, one.alone)
        cause, code = ending.cause, ending.code
        memory = cause is Cause.MEMORY or (cause is not Cause.KILLED and _ran_out(one.folder))
        if cause is Cause.ENDED and code in ANSWERS:
            self._end_other_try(task)
            finding = self._work.finding(task, one.folder, code)
            self._close(one, code, finding)
        elif memory:
            self._end_other_try(task)
            self._out_of_memory(one)
        elif cause is Cause.KILLED or code == ExitCode.INTERRUPTED:
            self._killed(one, ending)
        elif code == ExitCode.STORAGE and not self._disk.takes_files(self._drafts):
            self._paused = self._pause(f"{task.name} could not write its files")
            self._ledger.again(task.number)
        else:
            self._strike(one, ending)
        self._disk.remove(one.folder)

    def _end_other_try(self, task: Task) -> None:
        """A try that answered, or wants more memory, speaks for the other one too."""
        for job, one in list(self._active.items()):
            if one.task.number == task.number:
                job.kill()
                self._ledger.ended(one.attempt, task.number, job.ending(), one.alone)
                del self._active[job]
                self._disk.remove(one.folder)

    def _close(self, one: _Active, code: int, finding: Finding) -> None:
        """A final answer: delivered with its files, or without any."""
        out = one.folder / OUT
        if out.is_dir() and any(out.iterdir()):
            self._publish(one.task, one.key, one.folder, code, finding)
        else:
            self._fail(one.task, one.key, code, finding)

    def _publish(self, task: Task, key: str, draft: Path, code: int, finding: Finding) -> None:
        """Flush, list in the ledger, rename, mark as delivered."""
        out = draft / OUT
        files = []
        for path in files_below(out):
            self._disk.sync(path)
            self._lease.beat()
            files.append(Filed(path.relative_to(out).as_posix(), digest(path), path.stat().st_size))
        for folder in sorted({path.parent for path in files_below(out)} | {out}):
            self._disk.sync(folder)
        self._ledger.publishing(task, key, draft.name, code, finding, files)
        self._deliver(task.number, out, self._results / task.name)
        self._disk.remove(draft)
        self._say(
            f"{task.name}: {finding.status}{f' ({finding.reason})' if finding.reason else ''}"
        )

    def _fail(self, task: Task, key: str, code: int, finding: Finding) -> None:
        with self._ledger.failing(task, key, code, finding):
            self._clear(self._results / task.name)
        self._say(f"{task.name}: {finding.status} ({finding.reason}): {finding.message}")

    def _out_of_memory(self, one: _Active) -> None:
        """Once more with twice the memory, alone; then it is the task's own."""
        limit = self._limits(one.task).memory_mb
        if one.task.memory_doublings:
            words = f"It needed more than {limit} MB of memory."
            finding = Finding("crashed", f"memory:{limit}MB", words)
            self._fail(one.task, one.key, ExitCode.CRASHED, finding)
            return
        self._say(f"{one.task.name}: over {limit} MB; once more alone with twice that")
        self._ledger.again(one.task.number, suspect=True, doublings=1)

    def _killed(self, one: _Active, ending: Ending) -> None:
        """A kill from outside is not held against a task, ten times."""
        signal = ending.signal or "SIGKILL"
        if one.task.kills >= MOST_KILLS:
            words = f"It was killed from outside {MOST_KILLS + 1} times."
            finding = Finding("crashed", f"killed:{signal}", words)
            self._fail(one.task, one.key, ExitCode.CRASHED, finding)
            return
        self._say(f"{one.task.name}: killed from outside ({signal}); once more")
        self._ledger.again(one.task.number, kills=1)

    def _strike(self, one: _Active, ending: Ending) -> None:
        """A crash or a hang: condemned when it was the second time alone."""
        reason, words = _blame(ending, self._settings.limits)
        strikes = self._ledger.row(one.task.number)["strikes"] + int(one.alone)
        if strikes < STRIKES:
            beside = "alone" if one.alone else "beside others"
            self._say(f"{one.task.name}: {reason} {beside}; once more alone")
            self._ledger.again(one.task.number, suspect=True, strikes=int(one.alone))
            return
        last = last_line(one.folder / "stderr")
        finding = Finding("crashed", reason, f"{words} {last}".strip())
        code = (
            ending.code
            if ending.code in (ExitCode.STORAGE, ExitCode.INTERNAL)
            else ExitCode.CRASHED
        )
        if ending.code == ExitCode.CRASHED:  # its other files are whole
            self._close(one, code, self._work.finding(one.task, one.folder, code))
        else:
            self._fail(one.task, one.key, code, finding)

    def _lease_or_raise(self) -> None:
        """A successor clears up behind a stopped runner, which then misses its files."""
        with contextlib.suppress(LedgerRefused):
            if self._ledger.owner() != self._lease.token:
                raise LeaseLost(
                    f"Another runner has taken {self._folder} over; nothing more was written by "
                    "this one."
                )

    def _stop(self, give_back: bool) -> None:
        """Kills every job at work; with `give_back` their tasks wait again, their drafts go."""
        for job in self._active:
            job.kill()
        for one in self._active.values():
            one.job.ending()
            with contextlib.suppress(StorageFailed, OSError):
                if give_back:
                    self._ledger.again(one.task.number)
                shutil.rmtree(one.folder, ignore_errors=True)
        self._active.clear()
        if give_back:
            with contextlib.suppress(StorageFailed, OSError):
                self._clear_drafts()

    def _clear_drafts(self) -> None:
        """Takes every draft away but those that the next runner has only to rename."""
        kept = {self._ledger.row(number)["folder"] for number in self._ledger.numbers("publishing")}
        for draft in self._drafts.iterdir():
            if draft.name not in kept:
                shutil.rmtree(draft, ignore_errors=True)

    def _sentence(self, error: Exception) -> str:
        if isinstance(error, OSError):
            place = error.filename or self._folder
            return self._pause(f"{place}: {error.strerror or error}")
        return self._pause(str(error).rstrip("."))

    def _pause(self, cause: str) -> str:
        """The cause, and how to go on."""
        return f"{cause}. It is paused, nothing is lost; {self._resume} goes on with it."

    # -- telling -----------------------------------------------------------------------------------

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told < LOOK_SECONDS:
            return
        self._told = now
        running = tuple(one.task.name for one in self._active.values())
        self._tick(Standing(self._ledger.counts(), running, now - self._begun))

    def _tell_network(self, ending: Ending) -> None:
        if ending.network.startswith("not cut") and not self._told_network:
            self._told_network = True
            self._say(f"jobs keep the machine's network: {ending.network}")


def _fault(folder: Path, files: list[Filed], deep: bool) -> str:
    """What is wrong with a delivered folder; "" when nothing is. `deep`: digests are compared."""
    if not files:
        return "no files are listed"
    for one in files:
        path = folder / one.path
        try:
            if path.stat().st_size != one.bytes or (deep and digest(path) != one.sha256):
                return f"{one.path} is not what was delivered"
        except FileNotFoundError:
            return f"{one.path} is missing"
        except NotADirectoryError:
            return f"{one.path} is missing"
    return ""


def _ran_out(folder: Path) -> bool:
    """Whether a job's own words say that an allocation was refused."""
    return any(
        word in _tail(folder / name)
        for name in ("stderr", "stdout")
        for word in ("MemoryError", "bad_alloc", "Cannot allocate memory")
    )


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - 4096))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def last_line(path: Path) -> str:
    """What a job said last, at most 300 characters; "" for nothing."""
    lines = _tail(path).strip().splitlines()
    return lines[-1][:300] if lines else ""


def _blame(ending: Ending, limits: Limits) -> tuple[str, str]:
    """Reason and words for a crash, a hang or a code that is no answer."""
    if ending.cause is Cause.TIMEOUT:
        return f"timeout:{limits.seconds:g}s", f"It was not ready after {limits.seconds:g} s."
    if ending.cause is Cause.CRASHED:
        return f"crashed:{ending.signal}", f"Its process crashed ({ending.signal})."
    name = CODES.get(ending.code or 0, f"exit:{ending.code}")
    return name, f"Its process ended with code {ending.code}."
