"""Left for right, inches for millimetres: a thousand scans, and none may go wrong in silence.

    python benchmarks/sides_and_units.py [--count N] [--only GLOB] [--again]

Every row is a leg of the shared scans (050 to 059 left out) at 6 000 to 20 000 triangles in any
pose, a third of them cut at 60 to 100 % of the shank, a third with 0.5 mm of noise; the file is in
any unit, mirrored or not, its side and unit told, told wrongly or not told. The gate decides from
the mesh, the height of the person and what was told, as `afo design` does, without going on to
landmarks. Rows go to benchmarks/results/sides_and_units.jsonl and are not measured again.

A row is right when side and unit are the file's own; held when it is refused, or carries a warning
of what is wrong; silent when neither: that must not happen. A row with nothing wrong in it that is
refused is a false hold. A mirrored file whose side is told as the mirror shows it is in order: no
geometry can tell.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from campaign import stature
from perturbed import along_normals, decimated, moved, placed
from shared_legs import Case, cases

from afo_designer.formats.registry import read_mesh
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.reading import best_reading, chosen_side
from afo_designer.limb.scan import Side
from afo_designer.limb.surface import leg_surface
from afo_designer.limb.unit import MM_PER_UNIT, check_stature, scan_from_mesh, unit_remark

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "sides_and_units.jsonl"
MOST_TRIANGLES = 20_000
# What is told, and whether the file then holds something wrong.
KINDS = {
    "all told right": False,
    "nothing told": False,
    "side told, unit untold": False,
    "side told wrong": True,
    "mirrored, side as ordered": True,
    "mirrored, side as shown": False,
    "mirrored, side untold": False,
    "unit told wrong": True,
    "unit declared wrong": True,
}


def legs(scans: Path) -> Iterator[Case]:
    for case in cases(scans):
        if "population 050-059" not in case.groups and case.groups[0] != "scanlike":
            yield case


def filed(case: Case, random: np.random.Generator, mirrored: bool) -> TriMesh:
    """The leg as a scanner gives it, in millimetres, in any pose."""
    mesh = read_mesh(case.path).mesh
    if len(mesh.triangles) > MOST_TRIANGLES:
        mesh = decimated(mesh, 10_000)
    if random.random() < 1.0 / 3.0:
        mesh = along_normals(mesh, random.normal(0.0, 0.5, len(mesh.vertices)))
    if random.random() < 1.0 / 3.0:
        mesh = _cut(mesh, random.uniform(0.6, 1.0))
    if mirrored:
        mesh = mesh.mirrored_y()
    return mesh.with_vertices(moved(mesh.vertices, placed(random, True)))


def _cut(mesh: TriMesh, share: float) -> TriMesh:
    """Cut square to z: the shank is near enough to it in all the shared files."""
    low, high = mesh.bounds[:, 2]
    ankle = low + 0.2 * (high - low)
    return mesh.kept(mesh.corners.mean(axis=1)[:, 2] < ankle + share * (high - ankle))


def measured(number: int, found: list[Case], scans: Path) -> dict[str, Any]:
    """The row of one scan."""
    random = np.random.default_rng([20250, number])
    case = found[number % len(found)]
    # one step further in every round, so that each leg meets every kind
    kind = list(KINDS)[(number + number // len(found)) % len(KINDS)]
    mirrored = kind.startswith("mirrored")
    own = Side(case.side)
    other = Side.LEFT if own is Side.RIGHT else Side.RIGHT
    shown = other if mirrored else own
    unit = str(random.choice(list(MM_PER_UNIT)))
    wrong = str(random.choice([name for name in MM_PER_UNIT if name != unit]))
    told: Side | None = {"side told wrong": other, "mirrored, side as ordered": own}.get(
        kind, shown
    )
    if kind in ("nothing told", "mirrored, side untold"):
        told = None
    given = {"all told right": unit, "unit told wrong": wrong}.get(kind)
    declared = wrong if kind == "unit declared wrong" else None
    mesh = filed(case, random, mirrored)
    mesh = mesh.with_vertices(mesh.vertices / MM_PER_UNIT[unit])
    row = {"number": number, "leg": case.name, "kind": kind, "unit": unit, "shown": shown.value}
    begun = time.perf_counter()
    row |= decided(mesh, declared, given, told, stature(case, scans))
    row["seconds"] = round(time.perf_counter() - begun, 2)
    row["verdict"] = judged(row, KINDS[kind])
    return row


def decided(
    mesh: TriMesh, declared: str | None, given: str | None, told: Side | None, height: float
) -> dict[str, Any]:
    """What the gate makes of a file."""
    try:
        scan = scan_from_mesh(mesh, "", "stl", declared, given, (), height)
        reading, notes = best_reading(leg_surface(scan.mesh).pieces, {})
        side, source = chosen_side(reading, told, {})
        remarks = (unit_remark(scan), check_stature(scan, reading.pose.foot_length, height))
    except InputRefused as refusal:
        return {"refused": f"{type(refusal).__name__}: {refusal}"}
    return {
        "side_read": side.value,
        "side_source": source,
        "unit_read": scan.unit,
        "unit_source": scan.unit_source,
        "certainty": round(reading.certainty, 3),
        "misfit": round(reading.misfit, 2),
        "likely": reading.side.value,
        "foot_mm": round(reading.pose.foot_length, 1),
        "said": [*scan.repairs, *notes, *(text for text in remarks if text)],
    }


def judged(row: dict[str, Any], wrong: bool) -> str:
    """right, held, warned, false hold or SILENT."""
    if "refused" in row:
        return "held" if wrong else "false hold"
    unit_right, side_right = row["unit_read"] == row["unit"], row["side_read"] == row["shown"]
    if unit_right and side_right:
        return "right"
    warned = (unit_right or any("unit" in said for said in row["said"])) and (
        side_right or row["likely"] != row["side_read"]
    )
    return "warned" if warned else "SILENT"


def summary(rows: list[dict[str, Any]]) -> bool:
    """Prints the verdicts by kind; whether nothing was silent."""
    verdicts = ("right", "held", "warned", "false hold", "SILENT")
    print(f"{'kind':28s}" + "".join(f"{verdict:>12s}" for verdict in verdicts))
    for kind in KINDS:
        count = Counter(row["verdict"] for row in rows if row["kind"] == kind)
        print(f"{kind:28s}" + "".join(f"{count[verdict]:12d}" for verdict in verdicts))
    count = Counter(row["verdict"] for row in rows)
    print(f"{'all':28s}" + "".join(f"{count[verdict]:12d}" for verdict in verdicts))
    sure = [row["certainty"] for row in rows if "certainty" in row]
    print(
        f"\n{len(rows)} scans, {count['SILENT']} silent errors (target 0), {count['false hold']} "
        f"held without need; certainty of the side: least {min(sure):.2f}, 1st percentile "
        f"{np.percentile(sure, 1):.2f}; {np.median([row['seconds'] for row in rows]):.2f} s each"
    )
    for row in rows:
        if row["verdict"] in ("SILENT", "false hold", "warned"):
            told = row.get("refused") or f"{row['side_read']} {row['unit_read']} {row['said']}"
            print(f"  {row['number']:4d} {row['leg']:30s} {row['kind']:26s} {row['unit']:5s}"
                  f"{row['verdict']:11s} {told[:170]}")  # fmt: skip
    return count["SILENT"] == 0


def read(path: Path) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        try:
            row = json.loads(line)
        except ValueError:
            continue  # half a line of a run that was stopped
        rows[row["number"]] = row
    return [rows[number] for number in sorted(rows)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=Path, default=ROOT.parent / "shared" / "scans")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--only", default="*", help="kinds that match the glob")
    parser.add_argument("--again", action="store_true", help="forget the rows there are")
    options = parser.parse_args()
    scans = options.scans.resolve()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    if options.again:
        RESULTS.unlink(missing_ok=True)
    found = list(legs(scans))
    done = {row["number"] for row in read(RESULTS)}
    for number in range(options.count):
        if number in done:
            continue
        row = measured(number, found, scans)
        with RESULTS.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")
        if number % 25 == 24:
            print(f"{number + 1}/{options.count}", file=sys.stderr, flush=True)
    rows = [row for row in read(RESULTS) if fnmatch.fnmatch(row["kind"], options.only)]
    return 0 if rows and summary(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
