"""Errand: a job that is sent to a worker of a cluster, done there, and what it left sent back.

The worker needs no disk that others see: files come with the errand, by SHA-256, and go back in the
answer. The job runs there as it would at home, in a process group of its own with its limits; it
ends with its worker, and when nobody wants its answer any more.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from afo_designer.runs.disk import Disk, files_below
from afo_designer.runs.exit_code import ExitCode
from afo_designer.runs.job import Command, Ending, Limits, start_job
from afo_designer.runs.program import code_digest
from afo_designer.runs.site import LOOK_SECONDS, Here

WORDS = ("stdout", "stderr")
LONGEST_WORDS = 8 << 20  # bytes of a job's own output; of more, the end is sent


@dataclass(frozen=True, slots=True)
class Errand:
    """A job as its sender has it.

    `folder`: the job's, there; `python`: the interpreter there; `files`: path there ↦ SHA-256;
    `program`: the sender's `code_digest`.
    """

    command: Command
    limits: Limits
    folder: str
    python: str
    program: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that a job left: path below its folder, SHA-256, contents."""

    path: str
    sha256: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """How an errand ended; or in `trouble`, why this worker can do none."""

    ending: Ending | None
    files: tuple[Sent, ...] = ()
    trouble: str = ""


def do_errand(
    errand: Errand, contents: Mapping[str, bytes], place: Path, wanted: Callable[[], bool]
) -> Answer:
    """Does an errand in a folder below `place`; `wanted` is asked whether to go on.

    `contents`: SHA-256 ↦ bytes of the errand's files.
    """
    if code_digest() != errand.program:
        return Answer(None, trouble="runs another version of this program")
    try:
        folder = Path(tempfile.mkdtemp(prefix="afo-job-", dir=place))
        try:
            return _done(errand, contents, folder, wanted)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        return Answer(None, trouble=f"cannot do a job in {place}: {error.strerror or error}")


def _done(
    errand: Errand, contents: Mapping[str, bytes], folder: Path, wanted: Callable[[], bool]
) -> Answer:
    places = {path: _place(errand, path, folder) for path in errand.files}
    for path, sha256 in errand.files.items():
        places[path].parent.mkdir(parents=True, exist_ok=True)
        places[path].write_bytes(contents[sha256])
    here = {**{path: str(place) for path, place in places.items()}, errand.folder: str(folder)}
    job = start_job(_translated(errand, here), folder, errand.limits)
    site = Here(1)
    while not site.wait([job], LOOK_SECONDS):
        if not wanted():
            job.kill()
    ending = job.ending()
    if ending.code == ExitCode.STORAGE and not Disk().takes_files(folder):
        return Answer(None, trouble=f"cannot write to {folder.parent}")
    return Answer(ending, tuple(_left(folder, {there: path for path, there in here.items()})))


def _place(errand: Errand, path: str, folder: Path) -> Path:
    """Where a file of the sender lies here: as before in the job's folder, else by its digest."""
    below = Path(path)
    if below.is_relative_to(errand.folder):
        return folder / below.relative_to(errand.folder)
    return folder / "inputs" / errand.files[path] / below.name


def _translated(errand: Errand, here: Mapping[str, str]) -> Command:
    """The command with this machine's interpreter and paths."""
    words = []
    for word in errand.command.argv:
        below = word.startswith(f"{errand.folder}/")
        words.append(
            sys.executable
            if word == errand.python
            else here[errand.folder] + word.removeprefix(errand.folder)
            if below
            else here.get(word, word)
        )
    return replace(errand.command, argv=tuple(words))


def _left(folder: Path, known_there: Mapping[str, str]) -> list[Sent]:
    """The job's results, and its own words with the sender's paths in them."""
    sent = []
    for path in (*(folder / name for name in WORDS), *files_below(folder / "out")):
        content = path.read_bytes() if path.is_file() else b""
        if path.name in WORDS and path.parent == folder:
            content = content[-LONGEST_WORDS:]
            for mine in sorted(known_there, key=len, reverse=True):
                content = content.replace(mine.encode(), known_there[mine].encode())
        name = path.relative_to(folder).as_posix()
        sent.append(Sent(name, hashlib.sha256(content).hexdigest(), content))
    return sent
