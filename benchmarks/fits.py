"""The inner surface against the modified limb, on every clean leg: does the chart hold to it?

    python benchmarks/fits.py [--sample N] [--legs GLOB] [--patients N] [--again GLOB]
                              [--template NAME] [--kept-apart] [--summary]

Every leg is read, located, re-posed to 0°, modified and charted with a template's own parameters;
the leaf stands off the limb on purpose and only what it lacks counts, `--template solid` lies on
it everywhere. Asked, inside the trim without flare and toe plate: RMS of the distance to the
modified limb ≤ 0.3 mm, 95th percentile of the clearance's error ≤ 0.5 mm, no fold: `fold` is the
smallest area density ‖X_s × X_θ‖ on a fine grid inside the trim over its median, with the sign of
the outward normal: above zero means no fold. `holes` is the share of the surface that bridges holes
of the scan. Rows go to benchmarks/results/fits.jsonl at once and are not measured twice.
`--patients N` adds generated legs 400 to 400+N−1 of `limb.population`. Population 050 to 059 is
measured only with `--kept-apart`, and then reported by itself.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from shared_legs import cases

from afo_designer.cast.modification import modify_cast
from afo_designer.design.fit import measure_fit
from afo_designer.formats.ply import ply_bytes
from afo_designer.geometry.array import unit
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.generator import generate_limb
from afo_designer.limb.population import patient
from afo_designer.limb.scan import Side
from afo_designer.runs.catalogue import load_template
from afo_designer.runs.reading import read_limb
from afo_designer.shell.shell import Shell, form_shell

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "fits.jsonl"
RMS_MM, CLEARANCE_P95_MM = 0.3, 0.5
FIRST_PATIENT = 400
KEPT_APART = "population 050-059"


def least_fold(shell: Shell) -> float:
    """Smallest signed area density inside the trim over the median one."""
    s = np.linspace(shell.stations.top, shell.stations.end - 1.0, 500)
    medial, lateral = shell.trim.sides(s)
    theta = medial[:, None] + np.linspace(0.0, 1.0, 121) * (lateral - medial)[:, None]
    s, theta = np.repeat(s, 121), theta.ravel()
    surface = shell.chart.surface
    cross = np.cross(surface(s, theta, ds=1), surface(s, theta, dtheta=1))
    ray = unit(surface(s, theta) - shell.chart.spine.centre(s))
    density = shell.chart.outward * np.einsum("ij,ij->i", cross, ray)
    return float(density.min() / np.median(density))


def row_of(name: str, group: str, path: Path, side: Side, family: str) -> dict[str, Any]:
    row: dict[str, Any] = {"leg": name, "group": group, "template": family}
    begun = time.perf_counter()
    try:
        limb = read_limb(path, side)
        template, _ = load_template(family)
        chosen = template.chosen.scaled_to(limb.foot_length).parameters
        positive = modify_cast(limb, 0.0, 8.0, chosen.cast)
        shell = form_shell(positive, chosen.shell)
        fit = measure_fit(shell, positive)
    except InputRefused as refusal:
        return {**row, "refused": str(refusal)}
    return {
        **row,
        "angle_deg": round(float(np.degrees(limb.ankle_angle)), 2),
        "rms": fit.rms,
        "p95": fit.p95,
        "clearance_rms": fit.clearance_error,
        "clearance_p95": fit.clearance_error_p95,
        "parts": {part: [one.rms, one.p95, one.largest, one.mean]
                  for part, one in fit.deviation.items()},
        "holes": fit.unseen,
        "missed": shell.chart.missed,
        "fold": least_fold(shell),
        "volume": positive.volume_change,
        "seconds": round(time.perf_counter() - begun, 2),
    }  # fmt: skip


def legs(scans: Path, patients: int, kept_apart: bool, folder: Path) -> Iterator[tuple[Any, ...]]:
    """(name, group, path, side), the clean ones first."""
    for case in cases(scans):
        if "scanlike" not in case.groups and (KEPT_APART in case.groups) == kept_apart:
            yield case.name, case.groups[0], case.path, Side(case.side)
    for number in range(FIRST_PATIENT, FIRST_PATIENT + patients):
        made = generate_limb(patient(number))
        path = folder / f"{number}.ply"
        path.write_bytes(ply_bytes(made.mesh))
        yield f"patient {number}", "generated", path, made.side


def summary(rows: list[dict[str, Any]]) -> int:
    missed = 0
    print(f"{'group':24s} legs  rms median/worst   clearance p95 median/worst  fold  holes  off")
    for group in dict.fromkeys(row["group"] for row in rows):
        mine = [row for row in rows if row["group"] == group]
        done = [row for row in mine if "rms" in row]
        off = [
            row
            for row in mine
            if "rms" not in row
            or row["rms"] > RMS_MM
            or row["clearance_p95"] > CLEARANCE_P95_MM
            or row["fold"] <= 0.0
        ]
        missed += len(off)
        if done:
            rms, p95 = ([row[key] for row in done] for key in ("rms", "clearance_p95"))
            print(
                f"{group:24s} {len(mine):4d}  {np.median(rms):.3f} / {max(rms):.3f}      "
                f"{np.median(p95):.3f} / {max(p95):.3f}              "
                f"{min(row['fold'] for row in done):.2f}  "
                f"{100 * max(row['holes'] for row in done):.1f} %  {len(off)}"
            )
        for row in off:
            if "rms" not in row:
                print(f"    {row['leg']}: refused: {row['refused']}")
                continue
            worst = max(row["parts"], key=lambda part: row["parts"][part][0])
            print(
                f"    {row['leg']}: rms {row['rms']:.3f}, clearance p95 "
                f"{row['clearance_p95']:.3f}, fold {row['fold']:.2f}; worst part {worst} "
                f"(rms {row['parts'][worst][0]:.2f}, max {row['parts'][worst][2]:.2f})"
            )
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=Path, default=ROOT.parent / "shared" / "scans")
    parser.add_argument("--sample", type=int, help="every so-manieth leg only")
    parser.add_argument("--legs", default="*", help="names, a glob")
    parser.add_argument("--patients", type=int, default=0)
    parser.add_argument("--again", default="", help="legs to measure again, a glob")
    parser.add_argument("--kept-apart", action="store_true")
    parser.add_argument("--template", default="posterior_leaf_spring")
    parser.add_argument("--summary", action="store_true")
    given = parser.parse_args()
    rows = (
        [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    )
    rows = [
        row
        for row in rows
        if row["template"] != given.template or not fnmatch.fnmatch(row["leg"], given.again)
    ]
    done = {row["leg"] for row in rows if row["template"] == given.template}
    with tempfile.TemporaryDirectory() as name:
        wanted = legs(given.scans, given.patients, given.kept_apart, Path(name))
        for count, (leg, group, path, side) in enumerate(() if given.summary else wanted):
            if leg in done or not fnmatch.fnmatch(leg, given.legs):
                continue
            if given.sample and count % given.sample:
                continue
            row = row_of(leg, group, path, side, given.template)
            rows.append(row)
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text("".join(json.dumps(one) + "\n" for one in rows))
            print(leg, {k: v for k, v in row.items() if k in ("rms", "clearance_p95", "refused")})
    mine = [row for row in rows if row["template"] == given.template]
    missed = summary(mine)
    print(f"{given.template}: {missed} of {len(mine)} legs off target")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
