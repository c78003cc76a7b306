"""The main job on every shared leg: what it reaches against the table of targets.

    python benchmarks/campaign.py [--sample N] [--fast] [--template NAME] [--only GLOB]

Each leg is designed by `afo design` in a process of its own, after `afo inspect` has inferred side
and unit untold. A row per leg is appended to benchmarks/results/campaign_*.jsonl as soon as it is
measured; legs that have a row are not run again (`--again GLOB` runs them again), so an
interrupted campaign goes on where it stopped. The table is written beside it as CSV and the
summary printed. `--summary` only prints what is there.

Persons are made for the legs: height from the scan's JSON, else 6.6 × foot length; body-mass index
22; MRC grade 0, 2, 3 in turn over the whole list (so a sample keeps each leg's grade); the true
side. Times are wall-clock; `cpu_seconds` is what both processes used, which other work on the
machine disturbs less.
"""

from __future__ import annotations

import argparse
import csv
import fnmatch
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from landmarks import JUDGED
from shared_legs import Case, cases

from afo_designer.formats.registry import MM_PER_UNIT

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
GRADES = ("0", "2", "3")
BODY_MASS_INDEX = 22.0
STATURE_PER_FOOT = 6.6
PATIENCE_SECONDS = 900.0


@dataclass(frozen=True)
class Ran:
    """One finished command: exit code, its JSON document (None where there was none), the rest."""

    code: int
    document: dict[str, Any] | None
    stderr: str
    seconds: float
    cpu_seconds: float


def run(arguments: list[str], cwd: Path = ROOT, patience: float = PATIENCE_SECONDS) -> Ran:
    """`afo ARGUMENTS --json` in a process of its own; a crash or a hang is an exit code here."""
    command = [sys.executable, "-m", "afo_designer", *arguments, "--json"]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=err)
        guard = threading.Timer(patience, child.kill)
        guard.start()
        _, status, usage = os.wait4(child.pid, 0)
        guard.cancel()
        child.returncode = code = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        out.seek(0)
        err.seek(0)
        try:
            document = json.loads(out.read())
        except ValueError:
            document = None
        text = err.read().decode(errors="replace")
    return Ran(code, document, text, seconds, usage.ru_utime + usage.ru_stime)


def stature(case: Case, scans: Path) -> float:
    """Standing height (mm) of the leg's owner, as its JSON tells it."""
    path = case.path.with_suffix(".json")
    if case.name.startswith(("bp3d", "bodyparts3d")):
        path = scans / "bodyparts3d" / "landmarks.json"
    elif case.name.startswith("mh"):
        path = next((scans / "makehuman").glob(f"{case.name[2:4]}_*.json"))
    data = json.loads(path.read_text())
    known = data.get("stature_mm") or data.get("info", {}).get("stature_mm")
    if known:
        return float(known)
    return STATURE_PER_FOOT * float(
        data.get("foot_length_mm") or data["measures_mm"]["foot_length"]
    )


def person_toml(height: float, side: str, grade: str) -> str:
    """A person file with what is required and nothing else."""
    mass = BODY_MASS_INDEX * (height / 1000.0) ** 2
    return (
        f'[person]\nheight_mm = {height:.1f}\nmass_kg = {mass:.2f}\nside = "{side}"\n\n'
        f'[examination]\ndorsiflexor_mmt = "{grade}"\n'
    )


def measured(case: Case, number: int, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The row of one leg."""
    height, grade = stature(case, options.scans), GRADES[number % len(GRADES)]
    row: dict[str, Any] = {
        "name": case.name,
        "group": case.groups[0].split()[0],
        "template": options.template,
        "fast": options.fast,
        "commit": commit(),
        "height_mm": height,
        "grade": grade,
        "side": case.side,
        "true_angle_deg": case.angle_deg,
    }
    seen = run(["inspect", str(case.path)])
    row |= _inspected(seen, case)
    person = folder / f"{case.name}.toml"
    person.write_text(person_toml(height, case.side, grade), "utf-8")
    target = folder / case.name
    arguments = ["design", str(case.path), "--person", str(person), "-o", str(target)]
    arguments += ["--template", options.template, "--overwrite"]
    arguments += ["--fast"] if options.fast else []
    made = run(arguments)
    row |= {
        "exit": made.code,
        "traceback": "Traceback" in made.stderr or "Traceback" in seen.stderr,
        "seconds": made.seconds,
        "cpu_seconds": made.cpu_seconds,
        "said": made.stderr.strip()[-600:],
    }
    record = made.document or {}
    if "stiffness" in record:
        row |= _designed(record, case)
        row |= _timed(json.loads((target / "run.json").read_text()))
        row["files_complete"] = _complete(target, record)
    else:
        row["reason"] = record.get("error") or f"exit {made.code}: {made.stderr.strip()[-200:]}"
        row |= _landmark_errors(seen.document or {}, case)
    if not options.keep:
        shutil.rmtree(target, ignore_errors=True)
    return row


def commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


def _inspected(seen: Ran, case: Case) -> dict[str, Any]:
    """What the scan said of itself, untold."""
    scan = (seen.document or {}).get("scan")
    if scan is None:
        said = (seen.document or {}).get("error", seen.stderr.strip()[-200:])
        return {"inspect_exit": seen.code, "inspect_reason": said}
    return {
        "inspect_exit": seen.code,
        "side_right": scan["side"] == case.side,
        "unit_right": bool(np.isclose(MM_PER_UNIT[scan["unit"]], case.mm_per_unit)),
        "grade_of_scan": scan["grade"],
        "angle_error_deg": scan["ankle_angle_deg"] - case.angle_deg,
    }


def _body_faces(output: Mapping[str, Any]) -> int | None:
    """The faces of a STEP file, letters' apart; None where it could not be made."""
    faces = output.get("faces")
    return None if faces is None else faces - output.get("text_faces", 0)


def _landmark_errors(record: dict[str, Any], case: Case) -> dict[str, Any]:
    """Distance (mm) from each detected landmark to the truth, both in the file's own axes."""
    errors = {}
    for name, mark in record.get("landmarks", {}).items():
        if name in case.truth:
            away = np.array(mark["position_in_file"]) - case.truth[name]
            errors[f"landmark.{name}"] = float(np.linalg.norm(away)) * case.mm_per_unit
    return errors


def _designed(record: dict[str, Any], case: Case) -> dict[str, Any]:
    """The columns that the design's record gives."""
    checks = record["checks"]
    failed = [check for check in checks if check["verdict"] == "fail"]
    stops = record["prescription"].get("stops", [])
    steps = [item for item in record["outputs"] if item["path"].endswith(".step")]
    meshes = [item for item in record["outputs"] if item["path"].endswith("afo.stl")]
    stiffness, parameters = record["stiffness"], record["parameters"]
    reason = "; ".join(f"{check['id']}: {check['message']}" for check in failed)
    return {
        "status": record["status"],
        "reason": reason or "; ".join(stop["message"] for stop in stops),
        "failed": [check["id"] for check in failed],
        "warned": [check["id"] for check in checks if check["verdict"] == "warn"],
        "values": {check["id"]: check["value"] for check in checks},
        "target": stiffness["target"],
        "achieved": stiffness["plantarflexion"],
        "error_percent": stiffness["error_percent"],
        "solves": stiffness["solves"],
        "reached": stiffness["reached"],
        "reach": stiffness["reach"],
        "thickness_mm": parameters["shell.leaf.thickness_mm"]["value"],
        "width_mm": parameters["shell.leaf.width_mm"]["value"],
        "trim_mm": parameters["shell.leaf.trim_anterior_mm"]["value"],
        "fit_rms_mm": record["fit"]["surface_rms_mm"],
        "clearance_error_mm": record["fit"]["clearance_error_mm"],
        "volume_change_percent": record["fit"]["volume_change_percent"],
        "correction_deg": record["fit"]["correction_deg"],
        "triangles": meshes[0]["triangles"] if meshes else None,
        "closed": record["print"]["watertight"],
        "self_intersections": record["print"]["self_intersections"],
        "mass_g": record["print"]["mass_g"],
        "step_faces": _body_faces(steps[0]) if steps else None,
        "side_designed_right": record["scan"]["side"] == case.side,
        **_landmark_errors(record, case),
    }


def _timed(run_record: dict[str, Any]) -> dict[str, Any]:
    memory = run_record["peak_memory_mb"]
    return {
        "stages": {name: round(value, 2) for name, value in run_record["seconds"].items()},
        # Both at their largest at once: an upper bound.
        "peak_memory_mb": memory["process"] + memory["largest_child"],
    }


def _complete(target: Path, record: dict[str, Any]) -> bool:
    """Whether every file the record names is there in its size, marked where it may not print."""
    there = all(
        (target / item["path"]).is_file()
        and (target / item["path"]).stat().st_size == item["bytes"]
        for item in record["outputs"]
    )
    names = {item["path"] for item in record["outputs"]}
    prefix = "NOT_FOR_PRINT_" if record["status"] == "failed" else ""
    return there and all(f"{prefix}afo.{kind}" in names for kind in ("stl", "step", "3mf"))


def good(row: dict[str, Any]) -> bool:
    """Exit 0, or exit 4 for a target outside a reach that was measured.

    What else fails on the part at the end of that reach is not held against it: it is marked as
    not for print, and its STL and STEP are judged in lines of their own.
    """
    unreached = row.get("reached") is False and row.get("reach") is not None
    return row["exit"] == 0 or (row["exit"] == 4 and unreached)


def summary(rows: list[dict[str, Any]]) -> bool:
    """Prints the targets with what was measured; whether all are met."""
    made = [row for row in rows if "target" in row]
    reached = [row for row in made if row["reached"]]
    marks = [
        row[f"landmark.{name}"] for row in rows for name in JUDGED if f"landmark.{name}" in row
    ]
    share = 100.0 * np.mean([good(row) for row in rows])
    lines = [
        ("exit 0, or 4 with a measured reach", f"{share:.1f} % of {len(rows)}", share >= 95.0),
        _all("side inferred right", rows, lambda row: row.get("side_right", False)),
        _all("unit inferred right", rows, lambda row: row.get("unit_right", False)),
        _all("no traceback, no internal error", rows, _calm),
        _all("all files there", made, lambda row: row["files_complete"]),
        _figure("landmarks median, mm", marks, 50, 6.0),
        _figure("landmarks 90th percentile, mm", marks, 90, 12.0),
        _figure("fit RMS, mm: largest", _column(made, "fit_rms_mm"), 100, 0.5),
        _figure("clearance error, mm: largest", _column(made, "clearance_error_mm"), 100, 0.5),
        _figure(
            "stiffness error where reached, %: largest",
            [abs(row["error_percent"]) for row in reached],
            100,
            2.0,
        ),
        _figure("solves: most", _column(made, "solves"), 100, 6.0),
        _all("STL closed, oriented", made, lambda row: row["closed"]),
        _all("STL without self-intersection", made, lambda row: row["self_intersections"] == 0),
        _figure("STL triangles: most", _column(made, "triangles"), 100, 500_000),
        _figure("STEP faces: most", _column(made, "step_faces"), 100, 60),
        _figure("seconds in run.json: median", [row["stages"]["total"] for row in made], 50, 20.0),
        _figure("CPU seconds: median (no target)", _column(made, "cpu_seconds"), 50, np.inf),
        _figure("peak memory, MB: largest", _column(made, "peak_memory_mb"), 100, 2048.0),
    ]
    print(
        f"\n{len(rows)} legs, {len(made)} designed, {len(reached)} reached their target; "
        f"exit codes {dict(sorted(Counter(row['exit'] for row in rows).items()))}; "
        f"commits {', '.join(sorted({row['commit'] for row in rows}))}"
    )
    for name, figure, met in lines:
        print(f"{'ok  ' if met else 'MISS'}  {name:46s} {figure}")
    for kind in ("failed", "warned"):
        count = Counter(name for row in made for name in row[kind])
        print(
            f"checks {kind}: " + (", ".join(f"{n} {k}" for n, k in count.most_common()) or "none")
        )
    _print_stages(made)
    for row in rows:
        if not good(row) or not row.get("side_right") or not row.get("unit_right"):
            print(f"  {row['name']:34s} exit {row['exit']}  {row.get('reason', '')[:230]}")
            if not (row.get("side_right") and row.get("unit_right")):
                print(f"    inspect: {row.get('inspect_reason', 'wrong side or unit')}")
    return all(met for _, _, met in lines)


def _calm(row: dict[str, Any]) -> bool:
    return not row["traceback"] and row["exit"] in (0, 3, 4) and row["inspect_exit"] in (0, 3, 4)


def _column(rows: list[dict[str, Any]], key: str) -> list[float]:
    return [float(row[key]) for row in rows if row.get(key) is not None]


def _all(name: str, rows: list[dict[str, Any]], test: Any) -> tuple[str, str, bool]:
    count = sum(bool(test(row)) for row in rows)
    return name, f"{count} of {len(rows)}", count == len(rows)


def _figure(
    name: str, values: list[float], percentile: float, limit: float
) -> tuple[str, str, bool]:
    if not values:
        return name, "nothing measured", False
    value = float(np.percentile(values, percentile))
    return name, f"{value:.4g} (limit {limit:g}, {len(values)} values)", value <= limit


def _print_stages(rows: list[dict[str, Any]]) -> None:
    stages = {name: None for row in rows for name in row["stages"]}
    medians = [
        f"{name} {np.median([row['stages'][name] for row in rows if name in row['stages']]):.1f}"
        for name in stages
    ]
    print("median seconds by stage: " + ", ".join(medians))


def _spread(numbered: list[tuple[int, Case]], count: int | None) -> list[tuple[int, Case]]:
    """`count` legs: the degraded and the imaged ones, the rest evenly over the list."""
    if count is None or count >= len(numbered):
        return numbered
    rare = [one for one in numbered if one[1].groups[0] == "scanlike" or "imaged" in one[1].groups]
    rest = [one for one in numbered if one not in rare]
    places = np.linspace(0, len(rest) - 1, max(count - len(rare), 1)).round().astype(int)
    return sorted([*rare, *(rest[place] for place in dict.fromkeys(places.tolist()))])[:count]


def rows_so_far(path: Path, key: str = "name") -> Iterator[dict[str, Any]]:
    """The rows of a file, by their key; of several of one key the last counts."""
    rows: dict[str, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # half a line of a campaign that was stopped: it is run again
            rows[row[key]] = row
    yield from (rows[name] for name in sorted(rows))


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    flat = []
    for row in rows:
        nested = {key: value for key, value in row.items() if isinstance(value, dict)}
        one = {key: value for key, value in row.items() if key not in nested}
        for key, table in nested.items():
            one |= {f"{key}.{name}": value for name, value in table.items()}
        flat.append(one)
    columns = list(dict.fromkeys(key for row in flat for key in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(flat)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=Path, default=ROOT.parent / "shared" / "scans")
    parser.add_argument("--sample", type=int, help="so many legs, spread over the list")
    parser.add_argument("--only", default="*", help="legs whose name matches the glob")
    parser.add_argument("--again", help="run legs again whose name matches the glob")
    parser.add_argument("--again-bad", action="store_true", help="run again what was not good")
    parser.add_argument("--fast", action="store_true", help="afo design --fast")
    parser.add_argument("--template", default="posterior_leaf_spring")
    parser.add_argument("--keep", action="store_true", help="keep the designs' folders")
    parser.add_argument("--summary", action="store_true", help="only print what was measured")
    options = parser.parse_args()
    options.scans = options.scans.resolve()
    RESULTS.mkdir(parents=True, exist_ok=True)
    name = f"campaign_{options.template}_{'fast' if options.fast else 'full'}"
    path, folder = RESULTS / f"{name}.jsonl", RESULTS / name
    if not options.summary:
        folder.mkdir(exist_ok=True)
        _go_on(path, folder, options)
    rows = [row for row in rows_so_far(path) if fnmatch.fnmatch(row["name"], options.only)]
    if not rows:
        print(f"{path} holds no rows.")
        return 1
    _write_csv(path.with_suffix(".csv"), rows)
    return 0 if summary(rows) else 1


def _go_on(path: Path, folder: Path, options: argparse.Namespace) -> None:
    """Measures the legs that have no row yet."""
    done = {
        row["name"]
        for row in rows_so_far(path)
        if not (options.again and fnmatch.fnmatch(row["name"], options.again))
        and (good(row) or not options.again_bad)
    }
    wanted = [
        (number, case)
        for number, case in enumerate(cases(options.scans))
        if fnmatch.fnmatch(case.name, options.only)
    ]
    chosen = [one for one in _spread(wanted, options.sample) if one[1].name not in done]
    for count, (number, case) in enumerate(chosen, 1):
        row = measured(case, number, options, folder)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")
        print(
            f"{count}/{len(chosen)} {case.name:34s} exit {row['exit']} {row['seconds']:5.1f} s "
            f"{row.get('target', np.nan):5.2f} {row.get('achieved', np.nan):5.2f} "
            f"{row.get('reason', '')[:110]}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
