"""The example for SLURM: its workers on this machine, and what it would hand to SLURM."""

import argparse
import csv
import os
import runpy
import subprocess
import sys
from pathlib import Path

from demo_run import PERSON

from afo_designer.runs.exit_code import ExitCode

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "cluster" / "slurm_batch.py"
TRIANGLE = """ply
format ascii 1.0
element vertex 3
property float x
property float y
property float z
element face 1
property list uchar int vertex_indices
end_header
0 0 0
100 0 0
0 100 0
3 0 1 2
"""


def test_the_stand_in_runs_a_batch(tmp_path: Path) -> None:
    """A scan that is no leg, so that nothing is computed: the workers' answer is in the results."""
    (tmp_path / "no_leg.ply").write_text(TRIANGLE, "ascii")
    (tmp_path / "p.toml").write_bytes(PERSON.read_bytes())
    orders = tmp_path / "orders.csv"
    orders.write_text("order_id,scan,person\nA-1,no_leg.ply,p.toml\n", "utf-8")
    words = [EXAMPLE, orders, "-o", tmp_path / "out", "--jobs", "1", "--stand-in", "--fast"]
    done = subprocess.run(
        [sys.executable, *map(str, words)], env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.BATCH_FAILURES, done.stderr
    with (tmp_path / "out" / "results.csv").open(encoding="utf-8", newline="") as stream:
        [row] = csv.DictReader(stream)
    assert (row["status"], row["exit_code"], row["reason"]) == ("refused", "3", "input_refused")
    assert "Traceback" not in done.stderr


def test_what_slurm_is_asked_for() -> None:
    asked = argparse.Namespace(stand_in=False, hours=8, queue="normal")
    with runpy.run_path(str(EXAMPLE))["workers"](asked) as cluster:
        script = cluster.job_script()
    for line in ("#SBATCH -p normal", "#SBATCH -t 08:00:00", "#SBATCH -n 1", "#SBATCH --mem=3G"):
        assert line in script
    assert "--lifetime 475m --lifetime-stagger 4m" in script  # one word each: nothing is quoted
