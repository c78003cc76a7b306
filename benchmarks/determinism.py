"""The same order again: the same bytes in every file but run.json.

    python benchmarks/determinism.py [--fast] [--scan SCAN] [--person PERSON] [--template NAME]

The order is run as it stands; again in another folder; and a third time from another working
directory, with copies of its files under other names, relative paths, another hash seed, another
time zone and more threads offered. The digests are kept in benchmarks/results/determinism.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What may differ: times and host facts.
FREE = {"run.json"}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in FREE
    }


def design(
    scan: Path, person: Path, output: Path, cwd: Path, more: list[str], **environment: str
) -> dict[str, str]:
    """The digests of a design's files."""
    command = [sys.executable, "-m", "afo_designer", "design", str(scan)]
    command += ["--person", str(person), "-o", str(output), *more]
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 4):
        raise SystemExit(f"exit {done.returncode}: {done.stderr.strip()}")
    return digests(cwd / output)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scan", type=Path, default=ROOT / "scans" / "demo_limb.ply")
    parser.add_argument("--person", type=Path, default=ROOT / "scans" / "demo_person.toml")
    parser.add_argument("--template", default="posterior_leaf_spring")
    parser.add_argument("--fast", action="store_true")
    options = parser.parse_args()
    scan, person = options.scan.resolve(), options.person.resolve()
    more = ["--template", options.template, *(["--fast"] if options.fast else [])]
    with tempfile.TemporaryDirectory(prefix="determinism.") as name:
        folder = Path(name)
        first = design(scan, person, folder / "one", ROOT, more)
        second = design(scan, person, folder / "another place", ROOT, more)
        there = folder / "away"
        (there / "in").mkdir(parents=True)
        copied = Path(shutil.copyfile(scan, there / "in" / f"copy{scan.suffix}"))
        copied_person = Path(shutil.copyfile(person, there / "in" / "someone.toml"))
        third = design(
            copied.relative_to(there),
            copied_person.relative_to(there),
            Path("result"),
            there,
            more,
            # The package is found from anywhere, as it is when installed.
            PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            PYTHONHASHSEED="4711",
            TZ="Pacific/Auckland",
            OMP_NUM_THREADS="2",
            OPENBLAS_NUM_THREADS="2",
        )
    differing = [
        (run, path)
        for run, other in (("another folder", second), ("another directory", third))
        for path in sorted({*first, *other})
        if first.get(path) != other.get(path)
    ]
    for run, path in differing:
        print(f"differs in {run}: {path}")
    results = ROOT / "benchmarks" / "results"
    results.mkdir(parents=True, exist_ok=True)
    record = {"files": first, "differing": differing}
    (results / "determinism.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    print(f"{len(first)} files, three runs: " + ("not the same" if differing else "same bytes"))
    return 1 if differing or not first else 0


if __name__ == "__main__":
    sys.exit(main())
