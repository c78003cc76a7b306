"""Job: one program in a process group of its own, limited, without network, killed from outside.

A signal inside a process is no limit: SIGALRM after 1 s fired after 13 s inside the geometry kernel
(measured). So a warden leads the group (`job_warden.py`), and the runner kills the group.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from afo_designer.runs.program import import_path

WARDEN = Path(__file__).with_name("job_warden.py")
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MEGABYTE = 1 << 20
# Address space beyond what may be resident: libraries and their arenas map what they never touch.
UNTOUCHED_MB = 6144
LARGEST_FILE_MB = 2048
WARDEN_SECONDS = 1.0  # for ending a job in good order, before the group is killed
CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGSYS,
     signal.SIGTRAP}
)  # fmt: skip


class Cause(StrEnum):
    """How a job ended."""

    ENDED = "ended"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    KILLED = "killed"
    """By a signal that neither the job's own fault nor this runner sends."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use: wall-clock seconds, resident memory of its whole group, network."""

    seconds: float = 1800.0
    memory_mb: int = 4096
    offline: bool = True

    def resource_limits(self) -> dict[str, int]:
        """Limits for every process of the group, in the units of setrlimit."""
        return {
            "RLIMIT_AS": (self.memory_mb + UNTOUCHED_MB) * MEGABYTE,
            "RLIMIT_CPU": int(self.seconds) + 5,  # ends what a stopped runner does not
            "RLIMIT_FSIZE": LARGEST_FILE_MB * MEGABYTE,
            "RLIMIT_CORE": 0,
        }


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments; `inputs` are those of them that are files to be read.

    What else a job reads, it finds in its own folder.
    """

    argv: tuple[str, ...]
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended: `code` of a regular end, `signal` of another; what it used."""

    cause: Cause
    code: int | None
    signal: str
    seconds: float
    peak_mb: float
    network: str


class RunningJob:
    """A started job; `fileno` is readable once it has ended."""

    def __init__(self, warden: subprocess.Popen[bytes], life: int, status: int, limits: Limits):
        self._warden, self._life, self._status = warden, life, status
        self._begun = time.monotonic()
        self._oom_kills = oom_kills()
        self._overdue = False
        self.deadline = self._begun + limits.seconds

    @property
    def group(self) -> int:
        """The process group, which is the warden's id."""
        return self._warden.pid

    def fileno(self) -> int:
        return self._status

    def kill(self, overdue: bool = False) -> None:
        """Kills everything the job started; `overdue` says that its time was up.

        The warden does it first, for it knows those that left the group; then the group dies.
        """
        self._overdue = self._overdue or overdue
        if self._life >= 0:
            os.close(self._life)
            self._life = -1
            select.select([self._status], [], [], WARDEN_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)

    def ending(self) -> Ending:
        """Waits for the end, which `fileno` announced, and tells it."""
        text = b""
        while piece := os.read(self._status, 65536):
            text += piece
        self.kill()  # whatever is left where the warden was killed itself
        self._warden.wait()
        os.close(self._status)
        seconds = time.monotonic() - self._begun
        told: dict[str, Any] = json.loads(text) if text.endswith(b"\n") else {}
        number, code = told.get("signal"), told.get("code")
        return Ending(
            self._cause(told),
            code,
            signal.Signals(number).name if number else "",
            seconds,
            float(told.get("peak_mb", 0.0)),
            str(told.get("network", "")),
        )

    def _cause(self, told: Mapping[str, Any]) -> Cause:
        if told.get("memory"):
            return Cause.MEMORY
        if told.get("code") is not None:
            return Cause.ENDED
        if self._overdue or told.get("signal") == signal.SIGXCPU:
            return Cause.TIMEOUT
        if told.get("signal") in CRASHES:
            return Cause.CRASHED
        if oom_kills() > self._oom_kills and told.get("signal") == signal.SIGKILL:
            return Cause.MEMORY
        return Cause.KILLED


def start_job(command: Command, folder: Path, limits: Limits) -> RunningJob:
    """Starts a job with `folder` as its working and temporary folder.

    There it finds `stdout` and `stderr` of its own, and `group` with the process group's id and
    start, by which a later runner finds what an earlier one left.
    """
    scratch = folder / "tmp"
    scratch.mkdir(exist_ok=True)
    life_read, life_write = os.pipe()
    status_read, status_write = os.pipe()
    spec = {
        "argv": list(command.argv),
        "environment": {**THREADS, "TMPDIR": str(scratch), **import_path()},
        "folder": str(folder),
        "memory_mb": limits.memory_mb,
        "offline": limits.offline,
        "limits": limits.resource_limits(),
    }
    try:
        warden = subprocess.Popen(
            [sys.executable, "-I", "-S", str(WARDEN), str(life_read), str(status_write),
             json.dumps(spec)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(life_read, status_write),
            start_new_session=True,
        )  # fmt: skip
    except BaseException:
        os.close(life_write)
        os.close(status_read)
        raise
    finally:
        os.close(life_read)
        os.close(status_write)
    running = RunningJob(warden, life_write, status_read, limits)
    try:
        (folder / "group").write_text(f"{warden.pid} {process_start(warden.pid)}\n", "ascii")
    except OSError:
        running.kill()
        running.ending()
        raise
    return running


def end_group_of(folder: Path) -> bool:
    """Kills the group that a job's folder names, if it is still that one; whether it was."""
    try:
        pid, start = (folder / "group").read_text("ascii").split()
    except (OSError, ValueError):
        return False
    if process_start(int(pid)) != start:
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(int(pid), signal.SIGKILL)
    return True


def process_start(pid: int) -> str:
    """Boot and clock tick at which a process began, so that a number used again is told apart."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""
    return f"{boot}/{stat.rpartition(')')[2].split()[19]}"


def oom_kills() -> int:
    """Processes that the kernel has killed for want of memory since it started."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/vmstat").read_text("ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
