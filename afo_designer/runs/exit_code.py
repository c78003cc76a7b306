"""Exit code: how a command ends, for scripts; a batch reads its jobs' ends by the same numbers."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The contract's exit codes."""

    DONE = 0
    USAGE = 2
    INPUT_REFUSED = 3
    INFEASIBLE = 4
    BATCH_FAILURES = 5
    STORAGE = 6
    CRASHED = 7
    INTERNAL = 70
    INTERRUPTED = 130
