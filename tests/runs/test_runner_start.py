"""A runner is at work soon: it names a design's types without what computes a design."""

import subprocess
import sys


def test_the_runner_of_a_batch_starts_without_scipy() -> None:
    """It was two thirds of the time from `--resume` to the first job."""
    program = (
        "import sys, afo_designer.apps.cli, afo_designer.apps.batch;"
        "print([one for one in ('scipy', 'vtk', 'OCP', 'distributed') if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
