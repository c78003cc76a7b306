"""The command line in this process: exit code, stdout, stderr, as a shell would see them."""

import contextlib
import io
from unittest.mock import patch

from afo_designer.apps import cli


def afo(*arguments: object) -> tuple[int, str, str]:
    """Runs `afo ARGUMENTS`."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with (
        patch("sys.argv", ["afo", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as done:
            code = int(done.code or 0)
    return code, out.getvalue(), err.getvalue()
