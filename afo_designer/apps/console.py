"""Console: what every command has in common — exit codes, JSON, progress, errors in words."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from rich.console import Console
from rich.status import Status
from typer.exceptions import Abort, Exit, TyperException

from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.exit_code import ExitCode
from afo_designer.runs.site import SiteRefused
from afo_designer.runs.workspace import FolderTaken, StorageFailed

# A command that takes longer than this shows that it is at work.
QUIET_SECONDS = 2.0
LONGEST_PLACE = 200


def stdout() -> Console:
    """For results; wide where nobody looks, so that no line is broken."""
    return Console(width=None if sys.stdout.isatty() else 140, highlight=False)


def stderr() -> Console:
    """For progress, remarks and errors."""
    return Console(stderr=True, width=None if sys.stderr.isatty() else 240, highlight=False)


def print_json(document: Mapping[str, Any]) -> None:
    """The one JSON document of a command on stdout."""
    sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


class Progress:
    """The stage at work, shown on a terminal only and only when it takes a while."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._begun = time.monotonic()
        self._shown = sys.stderr.isatty()

    def __call__(self, stage: str) -> None:
        """Shows the stage that begins."""
        if not self._shown or time.monotonic() - self._begun < QUIET_SECONDS:
            return
        if self._status is None:
            self._status = stderr().status(stage)
            self._status.start()
        self._status.update(stage)

    def close(self) -> None:
        """Takes the line away."""
        if self._status is not None:
            self._status.stop()


class UsageRefused(ValueError):
    """A command line that cannot be carried out as it stands."""


# Errors that are answers: what they mean to a script.
CODES: dict[type[BaseException], ExitCode] = {
    TyperException: ExitCode.USAGE,
    UsageRefused: ExitCode.USAGE,
    FolderTaken: ExitCode.USAGE,
    SiteRefused: ExitCode.USAGE,
    InputRefused: ExitCode.INPUT_REFUSED,
    DesignInfeasible: ExitCode.INFEASIBLE,
    StorageFailed: ExitCode.STORAGE,
    OSError: ExitCode.STORAGE,
    KeyboardInterrupt: ExitCode.INTERRUPTED,
    Abort: ExitCode.INTERRUPTED,
}


def run(command: Callable[[], Any], arguments: list[str]) -> NoReturn:
    """Runs the command line; every error becomes one or two lines and an exit code."""
    # A scheduler's stop is an interruption too: drafts are taken away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        answer = command()
        if answer == ExitCode.INTERRUPTED:  # what typer makes of Ctrl-C, without a word
            raise KeyboardInterrupt
    except Exit as done:
        sys.exit(done.exit_code)
    except BrokenPipeError:
        # The reader of a pipe went away; nothing is wrong with the work.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (Exception, KeyboardInterrupt) as error:  # no traceback reaches a user unasked
        code = next(
            (code for kind, code in CODES.items() if isinstance(error, kind)), ExitCode.INTERNAL
        )
        if "--debug" in arguments:
            traceback.print_exc()
        message = _sentence(error, code)
        if "--json" in arguments:
            print_json({"exit_code": int(code), "error": message})
        if message:  # a bare `afo` has printed its help and has nothing to add
            stderr().print(f"afo: {message}", style="red", markup=False)
        sys.exit(int(code))
    sys.exit(int(answer) if isinstance(answer, int) else 0)


def _sentence(error: BaseException, code: ExitCode) -> str:
    """The error in words."""
    if code is ExitCode.INTERRUPTED:
        return "Interrupted; nothing was left half-written."
    if code is ExitCode.INTERNAL:
        return (
            f"Internal error: {type(error).__name__}: {error}. Please report it with the output of "
            "the same command and --debug."
        )
    if isinstance(error, OSError) and error.strerror:
        place = str(error.filename or "The storage")
        return f"{place[:LONGEST_PLACE]} cannot be used: {error.strerror}."
    return error.format_message() if isinstance(error, TyperException) else str(error)
