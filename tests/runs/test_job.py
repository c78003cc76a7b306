"""A job: what it may do ends with it, and how it ended is told apart."""

import os
import sys
import time
from pathlib import Path

import pytest

from afo_designer.runs.job import Cause, Command, Ending, Limits, end_group_of, start_job

JOB = Path(__file__).parents[1] / "fake_job.py"


def job(folder: Path, act: str, limits: Limits, seconds: float = 0.0) -> Ending:
    folder.mkdir(exist_ok=True)
    words = (JOB, act, "text", seconds, folder / "out")
    running = start_job(Command((sys.executable, "-I", "-S", *map(str, words))), folder, limits)
    import select

    while not select.select([running], [], [], 0.1)[0]:
        if time.monotonic() > running.deadline:
            running.kill(overdue=True)
    return running.ending()


def processes_of(folder: Path) -> list[str]:
    """Command lines that name the folder."""
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = one.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in text and int(one.parent.name) != os.getpid():
            found.append(text)
    return found


@pytest.mark.parametrize(
    ("act", "cause", "code", "signal"),
    [
        ("write", Cause.ENDED, 0, ""),
        ("refuse", Cause.ENDED, 3, ""),
        ("internal", Cause.ENDED, 70, ""),
        ("segfault", Cause.CRASHED, None, "SIGSEGV"),
    ],
)
def test_the_end_is_told(
    tmp_path: Path, act: str, cause: Cause, code: int | None, signal: str
) -> None:
    ending = job(tmp_path / act, act, Limits(20.0, 300))
    assert (ending.cause, ending.code, ending.signal) == (cause, code, signal)


@pytest.mark.parametrize("act", ["hang", "stop"])
def test_a_hang_is_killed_with_all_it_started(tmp_path: Path, act: str) -> None:
    begun = time.monotonic()
    ending = job(tmp_path / act, act, Limits(1.0, 300))
    assert ending.cause is Cause.TIMEOUT
    assert time.monotonic() - begun < 1.0 + 5.0  # reliability notes §3: limit + 5 s
    assert processes_of(tmp_path) == []


def test_memory_is_limited_over_the_whole_group(tmp_path: Path) -> None:
    ending = job(tmp_path / "eat", "eat", Limits(20.0, 150))
    assert ending.cause is Cause.MEMORY
    assert 150 < ending.peak_mb < 150 + 400  # a tenth of a second's filling beyond the limit
    assert processes_of(tmp_path) == []


def test_the_network_is_cut_or_it_is_said(tmp_path: Path) -> None:
    ending = job(tmp_path / "network", "network", Limits(20.0, 300))
    reached = (tmp_path / "network" / "out" / "design.json").read_text("utf-8").strip()
    assert ending.network == "none" or ending.network.startswith("not cut: ")
    assert (reached == "ENETUNREACH") == (ending.network == "none")


def test_a_job_ends_with_its_runner(tmp_path: Path) -> None:
    """Closing the life pipe is what a runner's death does."""
    folder = tmp_path / "sleep"
    folder.mkdir()
    words = (JOB, "write", "text", 60.0, folder / "out")
    running = start_job(
        Command((sys.executable, "-I", "-S", *map(str, words))), folder, Limits(100.0, 300)
    )
    os.close(running._life)
    running._life = -1
    begun = time.monotonic()
    assert running.ending().cause is Cause.KILLED
    assert time.monotonic() - begun < 3.0
    assert processes_of(folder) == []


def test_a_later_runner_ends_what_an_earlier_left(tmp_path: Path) -> None:
    folder = tmp_path / "sleep"
    folder.mkdir()
    words = (JOB, "write", "text", 60.0, folder / "out")
    running = start_job(
        Command((sys.executable, "-I", "-S", *map(str, words))), folder, Limits(100.0, 300)
    )
    assert end_group_of(folder)
    assert running.ending().cause is Cause.KILLED
    assert not end_group_of(folder)  # the number may belong to another by now
    (folder / "group").write_text(f"{os.getpid()} another-boot/1\n")
    assert not end_group_of(folder)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    folder.mkdir()
    running = start_job(Command(("/no/such/program",)), folder, Limits(10.0, 300))
    ending = running.ending()
    assert (ending.cause, ending.code) == (Cause.ENDED, 127)
    assert "could not be started" in (folder / "stderr").read_text("utf-8")
