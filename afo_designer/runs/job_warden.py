"""Job warden: the leader of one job's process group; the group ends with the job or its runner.

A script of its own on the standard library alone, started by `job.start_job` as
`python -I -S job_warden.py LIFE STATUS SPEC`. LIFE is a pipe whose other end the runner holds: when
it closes, the runner is gone and the group is killed. On STATUS one line of JSON says how the job
ended; a warden that ends without it was killed from outside.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from typing import Any, NoReturn

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h
MEGABYTE = 1 << 20
LOOK_MS = 100  # between two looks at the group's memory; a page fault fills about 0.3 GB meanwhile
REAP_SECONDS = 0.5  # the runner waits a second for the whole
NOT_STARTED = 127


def main() -> None:
    """Runs the job of SPEC and waits for its end or the runner's."""
    life, status = int(sys.argv[1]), int(sys.argv[2])
    spec = json.loads(sys.argv[3])
    os.set_inheritable(life, False)
    os.set_inheritable(status, False)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    network = _leave_network(libc) if spec["offline"] else "allowed"
    warden = os.getpid()  # asked before the fork: a child that lost its parent has another
    job = os.fork()
    if job == 0:
        _become_job(libc, spec, warden)
    told = {"network": network, **_watch(job, life, spec["memory_mb"] * MEGABYTE)}
    with contextlib.suppress(OSError):
        os.write(status, (json.dumps(told) + "\n").encode())
    _end_group()


def _leave_network(libc: Any) -> str:
    """A network of its own with nothing in it; "none", or why that was not permitted."""
    if libc.unshare(CLONE_NEWNET) == 0:
        return "none"
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
        return "none"
    return f"not cut: {os.strerror(ctypes.get_errno())}"


def _become_job(libc: Any, spec: dict[str, Any], warden: int) -> None:
    """In the child: limits, then the job's own program; never returns."""
    try:
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != warden:
            os._exit(NOT_STARTED)
        for name, value in spec["limits"].items():
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (wanted, wanted))
        os.chdir(spec["folder"])
        out = os.open("stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        err = os.open("stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.execvpe(spec["argv"][0], spec["argv"], os.environ | spec["environment"])
    except OSError as error:
        with contextlib.suppress(OSError):
            os.write(2, f"the job could not be started: {error}\n".encode())
    finally:
        os._exit(NOT_STARTED)


def _watch(job: int, life: int, memory: int) -> dict[str, Any]:
    """Waits for the job; kills the group when the runner is gone or the memory is used up."""
    handle = os.pidfd_open(job)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.register(life, select.POLLIN | select.POLLHUP)
    peak, over = 0, False
    while True:
        ready = dict(poll.poll(LOOK_MS))
        if life in ready:
            _end_group()
        if handle in ready:
            break
        used = sum(_resident(pid) for pid in _descendants(os.getpid()))
        peak = max(peak, used)
        if used > memory and not over:
            over = True
            _kill(_descendants(os.getpid()))
    _, ended, usage = os.wait4(job, 0)
    peak = max(peak, usage.ru_maxrss * 1024)
    answer: dict[str, Any] = {"memory": over, "peak_mb": peak / MEGABYTE}
    answer["processor_s"] = usage.ru_utime + usage.ru_stime
    if os.WIFSIGNALED(ended):
        return {**answer, "code": None, "signal": os.WTERMSIG(ended)}
    return {**answer, "code": os.WEXITSTATUS(ended), "signal": None}


def _end_group() -> NoReturn:
    """Kills everything below the warden, those of other sessions too, sees it gone, then itself.

    A killed process may still be at its last write when the next one reads its folder.
    """
    end = time.monotonic() + REAP_SECONDS
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < end:
            _kill(_descendants(os.getpid()))
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.002)  # SIGKILL is under way; to wait for all has no time limit
    os.killpg(0, signal.SIGKILL)
    raise AssertionError("SIGKILL came back")


def _descendants(root: int) -> list[int]:
    """Every process below `root`; those that lost their parent belong to the warden."""
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as stream:
                    queue += [int(child) for child in stream.read().split()]
        found.append(pid)
    return found[1:]


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
