"""What a sweep costs: 1 000 shell variants of one limb, and the memory that takes.

    python benchmarks/sweep_cost.py [--variants 1000] [--workers 2] [--again]

Thickness, width and modulus of the demonstration's leaf by a Latin hypercube, kept are stiffness,
mass and the stress of stumbling: every variant has a trim, a mesh, a solution and a body of its
own. Target: 1 000 on two cores within 10 min and 3 GB. The row goes to
benchmarks/results/sweep_cost.jsonl. A smaller number is a sample; its minutes for 1 000 are
extrapolated by the seconds of a variant and of a chunk's start.

`--again` breaks the sweep off half-way, goes on with one worker, and compares every byte of the
results with those of the calm run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from known_studies import study  # noqa: E402

from afo_designer.runs.batch import Settings, Standing  # noqa: E402
from afo_designer.runs.disk import Disk  # noqa: E402
from afo_designer.runs.ledger import NAME, Ledger  # noqa: E402
from afo_designer.runs.sweep.run import CHUNKS, Swept, run_sweep  # noqa: E402
from afo_designer.runs.sweep.study import Study  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "sweep_cost.jsonl"
TARGET_S, TARGET_MB, WHOLE = 600.0, 3072.0, 1000
KEEP = ("stiffness.plantarflexion", "print.mass_g", "loadcases.stumble.max_von_mises_mpa")


def shell_study(variants: int) -> Study:
    """Walls, widths and moduli of the demonstration's leaf."""
    factors = {
        "shell.leaf.thickness_mm": {"low": 2.5, "high": 5.0},
        "shell.leaf.width_mm": {"low": 36.0, "high": 60.0},
        "material.youngs_modulus_mpa": {"low": 1300.0, "high": 1900.0},
    }
    plan = {"kind": "latin_hypercube", "samples": variants, "seed": 1}
    return study(factors, plan, KEEP)


def cost(swept: Swept, workers: int) -> dict[str, Any]:
    """Seconds and megabytes of a sweep, from its ledger and its jobs."""
    ledger = Ledger(swept.folder / NAME, Disk())
    attempts = ledger.attempts()
    ledger.close()
    runs = [json.loads(p.read_text()) for p in sorted(swept.folder.glob(f"{CHUNKS}/*/run.json"))]
    variants = len(swept.findings.table.rows)
    within = sum(one["seconds"] for one in runs)
    jobs = sum(one["seconds"] for one in attempts)
    peak = max(one["peak_mb"] for one in attempts)
    start = (jobs - within) / len(runs)
    return {
        "variants": variants,
        "failed": swept.failed,
        "workers": workers,
        "chunks": len(runs),
        "wall_s": round(swept.seconds, 1),
        "job_s_per_variant": round(within / variants, 3),
        "start_s_per_chunk": round(start, 2),
        "peak_mb_of_a_job": round(peak),
        "peak_mb_at_most": round(workers * peak),
        "limbs_read": sum(one["made"]["limb"] for one in runs),
        "charts_made": sum(one["made"]["chart"] for one in runs),
        "wall_s_of_1000": round(swept.seconds * WHOLE / variants, 1),
        "target": f"{TARGET_S:g} s, {TARGET_MB:g} MB",
    }


class _Enough(Exception):
    pass


def broken_off(one: Study, folder: Path, calm: Path) -> str:
    """Half of the chunks, a break, the rest by one worker: whether every byte is the calm run's."""

    def tick(standing: Standing) -> None:
        if standing.counts["done"] * 2 >= sum(standing.counts.values()):
            raise _Enough

    try:
        run_sweep(one, folder, Settings(2), tick=tick)
    except _Enough:
        run_sweep(one, folder, Settings(1))
    sums = [(place / "SHA256SUMS").read_text() for place in (calm, folder)]
    return "the same" if sums[0] == sums[1] else "different"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", type=int, default=WHOLE)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    one = shell_study(asked.variants)
    with tempfile.TemporaryDirectory(prefix="sweep-cost-") as scratch:
        calm = Path(scratch) / "calm"
        row = cost(run_sweep(one, calm, Settings(asked.workers)), asked.workers)
        if asked.again:
            row["broken_off_and_resumed"] = broken_off(one, Path(scratch) / "broken", calm)
    row["finished_utc"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")
    for name, value in row.items():
        print(f"{name:22s} {value}")


if __name__ == "__main__":
    main()
