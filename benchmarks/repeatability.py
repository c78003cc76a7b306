"""Scanned twice, turned, renumbered, mirrored: is it the same orthosis?

    python benchmarks/repeatability.py [--sample N] [--only GLOB] [--legs GLOB] [--summary]

Shared legs of `perturbations.py` and generated patients 400 to 405. Kinds: `scanned twice`, two
scans of one leg with noise of 0.5 mm along the normals, two seeds, compared with each other;
`rigid motion` (any turn, half a metre), `vertex order` and `mirror`, compared with the leg as it
was. Targets: scanned twice, stiffness within 3 % and surface within 1 mm; the others, design
parameters within 0.1 mm and stiffness within 0.1 %.

`parameters_mm`: the largest difference of any station, of the trim lines' arc lengths, of foot
length, girths, top height, and of every parameter that the template scales to the foot.
`surface_mm` and `stiffness_percent` as in `perturbations.py`. Rows are appended to
benchmarks/results/repeatability.jsonl and not measured again (`--again GLOB` does); `--sample N`
takes N legs.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from perturbations import Made, Maker, differences, legs
from perturbations import _commit as commit
from perturbed import along_normals, moved, placed

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.parameter import leaves
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.generator import generate_limb
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.population import patient
from afo_designer.limb.scan import Scan, Side

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "repeatability.jsonl"
PATIENTS = (400, 401, 402, 403, 404, 405)
SHARED = ("bodyparts3d", "021", "10_boy_child_thin_neutral90", "036", "001", "026")
SIGMA_MM = 0.5
KINDS = ("scanned twice", "rigid motion", "vertex order", "mirror")
TARGETS = {"scanned twice": ("surface_mm", 1.0, 3.0)}
TARGETS |= dict.fromkeys(KINDS[1:], ("parameters_mm", 0.1, 0.1))


def subjects(scans: Path) -> Iterator[tuple[str, TriMesh, Side]]:
    """Names, meshes in millimetres and sides; shared and generated legs in turn."""
    shared = legs(scans, SHARED)
    for leg, number in zip(shared, PATIENTS, strict=True):
        yield leg.name, leg.mesh, leg.side
        made = generate_limb(replace(patient(number), triangles=40_000.0))
        yield f"patient {number}", made.mesh, Side(made.side)


def pair(
    mesh: TriMesh, side: Side, kind: str, random: np.random.Generator
) -> tuple[tuple[TriMesh, Side], tuple[TriMesh, Side], FloatArray]:
    """Two scans with their sides, and the motion (4, 4) from the first to the second."""
    count, same = len(mesh.vertices), np.eye(4)
    if kind == "scanned twice":
        one, two = (along_normals(mesh, random.normal(0.0, SIGMA_MM, count)) for _ in range(2))
        return (one, side), (two, side), same
    if kind == "rigid motion":
        motion = placed(random, True)
        return (mesh, side), (mesh.with_vertices(moved(mesh.vertices, motion)), side), motion
    if kind == "vertex order":
        order = random.permutation(count)
        vertices = np.zeros_like(mesh.vertices)
        vertices[order] = mesh.vertices
        triangles = order[mesh.triangles[random.permutation(len(mesh.triangles))]]
        return (mesh, side), (TriMesh(vertices, triangles), side), same
    other = Side.LEFT if side is Side.RIGHT else Side.RIGHT
    return (mesh, side), (mesh.mirrored_y(), other), np.diag([1.0, -1.0, 1.0, 1.0])


def made(maker: Maker, mesh: TriMesh, side: Side) -> Made:
    return maker.made(locate_limb(Scan(mesh, "", "ply", "mm", "given", 1.0), side))


def lengths(maker: Maker, one: Made) -> dict[str, float]:
    """Every length (mm) a design follows from, by name."""
    shell, limb = one.shell, one.limb
    found = {f"station {name}": getattr(shell.stations, name) for name in shell.stations.__slots__}
    for name in ("foot_length", "ankle_girth", "calf_girth", "top_height"):
        found[name] = getattr(limb, name)
    scaled = maker.template.chosen.scaled_to(limb.foot_length).parameters
    for leaf, value in leaves(scaled):
        if leaf.unit == "mm" and isinstance(value, float):
            found[leaf.key] = value
    top, end = shell.stations.top, shell.stations.end
    for share in np.linspace(0.02, 0.98, 25):
        s = np.array([top + share * (end - top)])
        middle = shell.chart.point(s, np.zeros(1))
        for name, theta in zip(("medial", "lateral"), shell.trim.sides(s), strict=True):
            reach = np.linalg.norm(shell.chart.point(s, theta) - middle)
            found[f"trim {name} at {100 * share:.0f} %"] = float(reach)
    return found


def measured(
    name: str, mesh: TriMesh, side: Side, kind: str, number: int, maker: Maker
) -> dict[str, Any]:
    random = np.random.default_rng([505, number, KINDS.index(kind)])
    first, second, motion = pair(mesh, side, kind, random)
    row: dict[str, Any] = {"leg": name, "kind": kind}
    try:
        one, two = made(maker, *first), made(maker, *second)
    except InputRefused as refusal:
        return row | {"refused": f"{type(refusal).__name__}: {refusal}"}
    back = np.linalg.inv(motion) @ np.linalg.inv(two.limb.frame_from_scan.matrix)
    surface, placed_mm = differences(one.shell, two.shell, one.limb.frame_from_scan.matrix @ back)
    a, b = lengths(maker, one), lengths(maker, two)
    gaps = {key: abs(a[key] - b[key]) for key in a}
    farthest = max(gaps, key=lambda key: gaps[key])
    return row | {
        "surface_mm": surface,
        "placed_mm": placed_mm,
        "parameters_mm": gaps[farthest],
        "parameter": farthest,
        "stiffness_percent": 100.0 * (two.stiffness / one.stiffness - 1.0),
        "angle_change_deg": float(np.degrees(two.limb.ankle_angle - one.limb.ankle_angle)),
        "graded": [one.limb.grade, two.limb.grade],
    }


def summary(rows: list[dict[str, Any]]) -> bool:
    """Prints a line for each kind and what missed; whether all targets are met."""
    met = True
    for kind in KINDS:
        ours = [row for row in rows if row["kind"] == kind]
        if not ours:
            continue
        key, most, percent = TARGETS[kind]
        good = [row for row in ours if "refused" not in row]
        bad = [
            row
            for row in ours
            if "refused" in row or row[key] > most or abs(row["stiffness_percent"]) > percent
        ]
        met &= not bad
        figures = [
            f"{name} median {np.median(values):.3g}, largest {max(values):.3g}"
            for name in ("surface_mm", "parameters_mm", "stiffness_percent")
            if (values := [abs(row[name]) for row in good])
        ]
        print(f"{kind:14s} {len(ours) - len(bad)} of {len(ours)} kept ({key} <= {most}, stiffness "
              f"<= {percent} %): {'; '.join(figures)}")  # fmt: skip
        for row in bad:
            told = row.get("refused") or (
                f"surface {row['surface_mm']:.3f} mm, parameters {row['parameters_mm']:.3f} mm "
                f"({row['parameter']}), stiffness {row['stiffness_percent']:+.2f} %, angle "
                f"{row['angle_change_deg']:+.2f} deg"
            )
            print(f"    {row['leg']:30s} {told}")
    print(f"commits {', '.join(sorted({row['commit'] for row in rows}))}")
    return met


def read(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows so far by leg and kind; of several the last counts."""
    rows = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        try:
            row = json.loads(line)
        except ValueError:
            continue  # half a line of a run that was stopped
        rows[row["leg"], row["kind"]] = row
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=Path, default=ROOT.parent / "shared" / "scans")
    parser.add_argument("--sample", type=int, help="so many legs")
    parser.add_argument("--only", default="*", help="kinds that match the glob")
    parser.add_argument("--legs", default="*", help="legs whose name matches the glob")
    parser.add_argument("--again", help="measure again the kinds that match the glob")
    parser.add_argument("--summary", action="store_true", help="only print what was measured")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    if not options.summary:
        _go_on(options)
    rows = [
        row
        for (leg, kind), row in sorted(read(RESULTS).items())
        if fnmatch.fnmatch(kind, options.only) and fnmatch.fnmatch(leg, options.legs)
    ]
    return 0 if rows and summary(rows) else 1


def _go_on(options: argparse.Namespace) -> None:
    """Measures what has no row yet."""
    done = {
        key
        for key in read(RESULTS)
        if not (options.again and fnmatch.fnmatch(key[1], options.again))
    }
    maker, at = Maker(), commit()
    for number, (name, mesh, side) in enumerate(subjects(options.scans.resolve())):
        if options.sample is not None and number >= options.sample:
            return
        if not fnmatch.fnmatch(name, options.legs):
            continue
        for kind in KINDS:
            if not fnmatch.fnmatch(kind, options.only) or (name, kind) in done:
                continue
            row = measured(name, mesh, side, kind, number, maker) | {"commit": at}
            with RESULTS.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
            figures = [row.get(key, np.nan) for key in ("surface_mm", "stiffness_percent")]
            print(f"{name:30s} {kind:14s} {figures[0]:.3f} mm, {figures[1]:+.2f} %", flush=True)


if __name__ == "__main__":
    sys.exit(main())
