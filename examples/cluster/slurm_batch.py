"""A batch on the nodes of a SLURM cluster, from its login node.

    python examples/cluster/slurm_batch.py orders.csv -o DIR --jobs 20 --queue normal --hours 8
    python examples/cluster/slurm_batch.py orders.csv -o DIR --jobs 2 --stand-in

SLURM is asked for `--jobs` jobs of one core; each becomes a worker, and `afo batch --scheduler`
gives it one order after another. DIR lies on a local disk of this node (the ledger's), the workers
need none that others see. `--stand-in` starts the same workers on this machine instead, through the
same machinery: what this example's test does. Needs `pip install 'afo-designer[cluster]'` here and
on the nodes, in the same environment.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from dask_jobqueue import JobQueueCluster, SLURMCluster
from dask_jobqueue.local import LocalCluster

# Of one worker: a design takes 0.6 GB and the STEP kernel's process beside it (docs/operations.md).
MEMORY = "3GB"


def workers(options: argparse.Namespace) -> JobQueueCluster:
    """The cluster that starts one worker a job."""
    one = {
        "cores": 1,
        "processes": 1,
        "memory": MEMORY,
        "scheduler_options": {"dashboard_address": ":0"},
    }
    if options.stand_in:
        return LocalCluster(**one)
    minutes = 60 * options.hours
    return SLURMCluster(
        **one,
        queue=options.queue,
        walltime=f"{options.hours:02d}:00:00",
        # A worker that leaves before SLURM ends it costs nothing but its order's time.
        worker_extra_args=["--lifetime", f"{minutes - 5}m", "--lifetime-stagger", "4m"],
        job_extra_directives=["--requeue"],
    )


def main() -> int:
    """Begins the batch, or goes on with it where DIR holds one; the exit code of `afo batch`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("orders", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--queue", default=None)
    parser.add_argument("--hours", type=int, default=8)
    parser.add_argument("--stand-in", action="store_true")
    options, more = parser.parse_known_args()
    begun = (options.output / "ledger.sqlite").exists()
    folder = ["--resume", options.output] if begun else [options.orders, "-o", options.output]
    with workers(options) as cluster:
        cluster.scale(jobs=options.jobs)
        words = ["batch", *map(str, folder), "--scheduler", cluster.scheduler_address, *more]
        return subprocess.run(
            [sys.executable, "-m", "afo_designer", *words], check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
