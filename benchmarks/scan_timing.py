"""From a scan file to its fitted chart: seconds and memory at 42 000, 1 and 5 million triangles.

    python benchmarks/scan_timing.py [--sizes N …] [--profile]

The demonstration limb, its triangles cut in four until there are as many as asked for, written as
binary PLY and read by a process of its own: reading, locating, cast modification, chart. Printed
are wall-clock and CPU seconds by stage (imports apart) and the process's largest memory. On a busy
machine only the CPU seconds count.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Triangles → (seconds, MB) allowed.
TARGETS = {42_000: (3.0, 1536.0), 1_000_000: (8.0, 1536.0), 5_000_000: (float("inf"), 1536.0)}


def write_scan(path: Path, count: int) -> None:
    """The demonstration limb with about `count` triangles, never more."""
    from perturbed import decimated, halved

    from afo_designer.formats.ply import ply_bytes
    from afo_designer.formats.registry import read_mesh

    mesh = read_mesh(ROOT / "scans" / "demo_limb.ply").mesh
    if count > len(mesh.triangles):
        steps = 0
        while 4 ** (steps + 1) * 10_000 <= count:
            steps += 1
        mesh = decimated(mesh, int(0.999 * count / 4**steps))
        for _ in range(steps):
            mesh = halved(mesh)
    path.write_bytes(ply_bytes(mesh))


def charted(path: Path) -> dict[str, list[float]]:
    """[wall, CPU] seconds by stage, from the file to the chart."""
    from afo_designer.cast.modification import modify_cast
    from afo_designer.limb.locate import locate_limb
    from afo_designer.runs.catalogue import load_template
    from afo_designer.runs.reading import read_scan
    from afo_designer.shell.chart import chart_positive
    from afo_designer.shell.outline import plate_outline

    template, _ = load_template("posterior_leaf_spring")
    stages, marks = [], [(time.perf_counter(), time.process_time())]

    def mark(name: str) -> None:
        stages.append(name)
        marks.append((time.perf_counter(), time.process_time()))

    scan = read_scan(path)
    mark("read")
    limb = locate_limb(scan)
    mark("locate")
    chosen = template.chosen.scaled_to(limb.foot_length).parameters
    positive = modify_cast(limb, 0.0, 0.0, chosen.cast)
    mark("cast")
    chart_positive(positive, plate_outline(positive, chosen.shell, None))
    mark("chart")
    steps = zip(stages, marks, marks[1:], strict=False)
    return {name: [after[k] - before[k] for k in (0, 1)] for name, before, after in steps}


def child(path: Path, profiled: bool) -> None:
    """Measures in this process and prints JSON."""
    import afo_designer.cast.modification
    import afo_designer.shell.shell  # noqa: F401  imports are not what is measured

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if profiled:
        profile = cProfile.Profile()
        profile.runcall(charted, path)
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(25)
        return
    stages = charted(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"stages": stages, "peak_mb": peak / 1024.0, "imports_mb": before / 1024.0}))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=list(TARGETS))
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.profile)
        return 0
    met = True
    with tempfile.TemporaryDirectory() as folder:
        for count in options.sizes:
            path = Path(folder) / f"{count}.ply"
            write_scan(path, count)
            met &= _report(path, count, options.profile)
            path.unlink()
    return 0 if met else 1


def _report(path: Path, count: int, profiled: bool) -> bool:
    command = [sys.executable, __file__, "--child", str(path)]
    command += ["--profile"] if profiled else []
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=environment, cwd=ROOT
    )
    if profiled:
        return True
    found = json.loads(ran.stdout)
    wall, cpu = (sum(times[k] for times in found["stages"].values()) for k in (0, 1))
    seconds, memory = TARGETS.get(count, (float("inf"), float("inf")))
    stages = ", ".join(f"{name} {times[1]:.2f}" for name, times in found["stages"].items())
    met = cpu <= seconds and found["peak_mb"] <= memory
    print(
        f"{'ok  ' if met else 'MISS'} {count:8d} triangles: {wall:.2f} s wall, {cpu:.2f} s CPU "
        f"(target {seconds:g}; {stages}); {found['peak_mb']:.0f} MB (target {memory:.0f}, "
        f"imports {found['imports_mb']:.0f})",
        flush=True,
    )
    return met


if __name__ == "__main__":
    sys.exit(main())
