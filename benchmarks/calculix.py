"""The same part on the same bench in CalculiX: solids on our mesh, and the exported STEP.

    python benchmarks/calculix.py                      thirty parts, all three checks
    python benchmarks/calculix.py --only 'demo-*' --checks linear tets
    python benchmarks/calculix.py --timing             ours against C3D20R at the same error
    python benchmarks/calculix.py --forms              parts with slots, ribs and windows: the STEP

Ten legs × three families as the templates have them, untuned (calculix_parts.py). Checks:
`linear`: one layer of C3D20R and C3D15 extruded from our conforming mesh (calculix_solids.py);
`nlgeom`: the same solids with large rotations at ±10° of the shank; `tets`: the exported STEP
filled with C3D10 by gmsh (calculix_tetrahedra.py). Every CalculiX row is appended to
benchmarks/results/calculix.jsonl as soon as it is solved and not solved again while mesh and
bench are the same; our own values are always computed anew. The table is written to
docs/calculix.md, that of the forms to docs/calculix_forms.md. Skipped, with a line that says why,
where ccx, gmsh or a scan is absent.

Acceptance: linear within 3 % each and 1.5 % in the median; NLGEOM within 5 %; tetrahedra within
3 % each and 2 % in the median; with forms, 5 % each.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import calculix_deck
import calculix_tetrahedra
import numpy as np
from calculix_deck import CalculixFailed, linear_stiffness, run
from calculix_parts import LEGS, ROOT, Part, PartMissing, formed, make_part, name_of, names
from calculix_solids import solids
from calculix_timing import timing

from afo_designer.design.rig import shell_model
from afo_designer.formats.step import StepFailed, StepUnavailable, write_step
from afo_designer.geometry.refusal import InputRefused
from afo_designer.mechanics.equilibrium import Outcome
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.mechanics.sweep import sweep

ANGLES_DEG = (10.0, -10.0)
CHECKS = ("linear", "tets", "nlgeom")
ROWS = ROOT / "benchmarks" / "results" / "calculix.jsonl"
TABLE = ROOT / "docs" / "calculix.md"
FORMS_TABLE = ROOT / "docs" / "calculix_forms.md"
TIMED = ("demo-posterior_leaf_spring", "mh05-semi_solid", "demo-solid")
# Refinement of the mesh that the solids are extruded from (the next where ccx refuses a sliver),
# and size of the tetrahedra (share of the foot's length: 5 mm for an adult); what finer ones change
# is in docs/verification.md.
SOLID_REFINEMENT = {"linear": (2.0, 1.8, 2.2, 1.6), "nlgeom": (1.0, 0.9, 1.1, 0.8)}
TETRAHEDRA_SHARE = 5.0 / 250.0
# What can go wrong with one part and must not stop the others.
FAILURES = (
    PartMissing,
    CalculixFailed,
    calculix_tetrahedra.SolidUnread,
    StepFailed,
    StepUnavailable,
    InputRefused,
)


@dataclass(frozen=True)
class Limit:
    """Largest difference of each part and in the median, per cent; None where none is set."""

    each: float
    median: float | None


LIMITS = {"linear": Limit(3.0, 1.5), "tets": Limit(3.0, 2.0), "nlgeom": Limit(5.0, None)}
FORMS_LIMITS = {"tets": Limit(5.0, None)}


class Rows:
    """Solved rows in a file of JSON lines, found by their key."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        self._known: dict[str, dict[str, Any]] = {}
        for line in lines:
            row = json.loads(line)
            self._known[row["key"]] = row

    def get(self, key: str, solve: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The row of a key, solved and saved where there is none."""
        if key not in self._known:
            row = {"key": key} | solve()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            self._known[key] = row
        return self._known[key]


def first_solved(
    refinements: tuple[float, ...], solve: Callable[[float], dict[str, Any]]
) -> dict[str, Any]:
    """The first that ccx solves; the last one's failure where it solves none."""
    for refinement in refinements[:-1]:
        try:
            return solve(refinement)
        except (CalculixFailed, InputRefused):
            continue
    return solve(refinements[-1])


def linear_check(part: Part, rows: Rows, refinement: float) -> dict[str, Any]:
    """N·m/deg by C3D20R."""
    solid = solids(part, refinement)
    law = part.elasticity
    E, nu = law.youngs_modulus_mpa, law.poissons_ratio

    def solve() -> dict[str, Any]:
        value, answer = linear_stiffness(solid, part.bench, E, nu)
        return {
            "part": part.name,
            "check": "linear",
            "refinement": refinement,
            "value": value,
            "elements": solid.elements,
            "nodes": len(solid.points),
            "seconds": round(answer.seconds, 3),
        }

    return rows.get(solid.fingerprint(part.bench, "linear", E, nu), solve)


def nonlinear_check(part: Part, rows: Rows, refinement: float, angle_deg: float) -> dict[str, Any]:
    """Moment of the shank on the orthosis about the axis, N·m, by C3D20R with NLGEOM."""
    solid = solids(part, refinement)
    law = part.elasticity
    E, nu = law.youngs_modulus_mpa, law.poissons_ratio

    def solve() -> dict[str, Any]:
        answer = run(solid, part.bench, E, nu, float(np.radians(angle_deg)), nonlinear=True)
        return {
            "part": part.name,
            "check": "nlgeom",
            "refinement": refinement,
            "angle_deg": angle_deg,
            "value": answer.moment / 1000.0,
            "force": answer.force.tolist(),
            "elements": solid.elements,
            "nodes": len(solid.points),
            "seconds": round(answer.seconds, 3),
            "increments": answer.increments,
        }

    return rows.get(solid.fingerprint(part.bench, "nlgeom", angle_deg, E, nu), solve)


def tetrahedra_check(part: Part, rows: Rows, size: float) -> dict[str, Any]:
    """N·m/deg by C3D10 in the exported solid."""
    law = part.elasticity
    E, nu = law.youngs_modulus_mpa, law.poissons_ratio

    def solve() -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="calculix-") as folder:
            path = Path(folder) / "part.step"
            report = write_step(part.shell.solid, path, part.name)
            start = time.perf_counter()
            solid, volume = calculix_tetrahedra.tetrahedra(path, part.bench, size)
            meshed = time.perf_counter() - start
        value, answer = linear_stiffness(solid, part.bench, E, nu)
        return {
            "part": part.name,
            "check": "tets",
            "size_mm": size,
            "value": value,
            "elements": solid.elements,
            "nodes": len(solid.points),
            "volume_percent": 100.0 * (volume / report.volume - 1.0),
            "mesh_seconds": round(meshed, 1),
            "seconds": round(answer.seconds, 3),
        }

    return rows.get(part.fingerprint("tets", size), solve)


# --- ours and the comparison ---------------------------------------------------------------------


def compared(part: Part, rows: Rows, checks: tuple[str, ...]) -> dict[str, Any]:
    """Both sides of the wanted checks of a part; `difference` is ours over CalculiX, per cent."""
    model = shell_model(part.shell, part.bench, part.elasticity)
    result = stiffness_of(model, part.bench)
    if not result.solution.solved:
        raise PartMissing(f"our solver: {result.solution.message}")
    ours = result.stiffness_nm_per_deg
    found: dict[str, Any] = {"part": part.name, "ours": ours}
    if "linear" in checks:
        row = first_solved(SOLID_REFINEMENT["linear"], lambda r: linear_check(part, rows, r))
        found["linear"] = row | {"difference": percent(ours, row["value"])}
    if "tets" in checks:
        size = round(TETRAHEDRA_SHARE * part.positive.limb.foot_length, 1)
        row = tetrahedra_check(part, rows, size)
        found["tets"] = row | {"difference": percent(ours, row["value"])}
    if "nlgeom" in checks:
        swept = sweep(model, part.bench, ANGLES_DEG)
        if swept.outcome is not Outcome.REACHED:
            raise PartMissing(f"our sweep: {swept.message}")
        for angle in ANGLES_DEG:
            curve = swept.curve  # of the orthosis on the foot; the shank's on it is opposite
            moment = -float(np.interp(angle, curve.angles_deg, curve.moments_nm))
            row = first_solved(
                SOLID_REFINEMENT["nlgeom"],
                lambda r, angle=angle: nonlinear_check(part, rows, r, angle),
            )
            both = {"ours": moment, "difference": percent(moment, row["value"])}
            found[f"nlgeom{angle:+g}"] = row | both
    return found


def percent(ours: float, theirs: float) -> float:
    return 100.0 * (ours / theirs - 1.0)


def differences(found: list[dict[str, Any]], check: str) -> list[float]:
    """|ours − CalculiX| of every part that has the check, per cent; both angles of `nlgeom`."""
    values = [v for row in found for key, v in row.items() if key.startswith(check)]
    return [abs(value["difference"]) for value in values]


def verdicts(found: list[dict[str, Any]], limits: dict[str, Limit]) -> Iterator[tuple[str, bool]]:
    """A sentence for every check, and whether it is met."""
    for check, limit in limits.items():
        apart = differences(found, check)
        if not apart:
            continue
        worst, median = max(apart), float(np.median(apart))
        met = worst <= limit.each and (limit.median is None or median <= limit.median)
        target = f"{limit.each:g} %" + (f", median {limit.median:g} %" if limit.median else "")
        sentence = f"{check}: worst {worst:.2f} %, median {median:.2f} % of {len(apart)}"
        yield f"{sentence} (target {target}): {'met' if met else 'MISSED'}", met


COLUMNS = (
    ("linear", "C3D20R"),
    ("tets", "C3D10, STEP"),
    ("nlgeom+10", "NLGEOM +10°"),
    ("nlgeom-10", "NLGEOM −10°"),
)


def table(found: list[dict[str, Any]]) -> str:
    """Markdown: a line for every part."""
    titles = [part for _, title in COLUMNS for part in (title, "ours %")]
    lines = ["| part | ours |" + "".join(f" {title} |" for title in titles)]
    lines.append("|---|" + "---:|" * (1 + len(titles)))
    for row in found:
        cells = [row["part"].replace("_", " "), f"{row['ours']:.4f}"]
        for key, _ in COLUMNS:
            value = row.get(key)
            cells += [f"{value['value']:.4f}", f"{value['difference']:+.2f}"] if value else ["", ""]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def written(found: list[dict[str, Any]], said: list[str], forms: bool, path: Path) -> None:
    """The table with what is said of it under it."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [
        f"# Ours against CalculiX{': slots, ribs and windows' if forms else ''}",
        "",
        f"Written by `python benchmarks/calculix.py{' --forms' if forms else ''}`, which says",
        "what is compared; discussed in",
        f"verification.md. Commit {commit.stdout.strip()}. Linear stiffness in N·m/deg, moments",
        "of the shank on the orthosis in N·m; 'ours %' is ours over CalculiX less one. Legs:",
        "",
        *(f"- {leg.name}: {leg.about}" for leg in LEGS),
        "",
        table(found),
        *(f"- {line}" for line in said),
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def printed(row: dict[str, Any]) -> str:
    values = ((key, value) for key, value in row.items() if isinstance(value, dict))
    said = [f"{key} {value['value']:.4f} ({value['difference']:+.2f} %)" for key, value in values]
    return f"{row['part']:28} {row['ours']:8.4f}  " + "  ".join(said)


def missing(checks: tuple[str, ...]) -> str | None:
    """Why nothing can be compared here, or None."""
    return calculix_deck.available() or (
        calculix_tetrahedra.available() if checks == ("tets",) else None
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=Path, default=ROOT.parent / "shared" / "scans")
    parser.add_argument("--only", default="*", help="pattern of LEG-FAMILY")
    parser.add_argument("--checks", nargs="+", choices=CHECKS, default=CHECKS)
    parser.add_argument("--rows", type=Path, default=ROWS)
    parser.add_argument("--forms", action="store_true", help="parts with slots, ribs and windows")
    parser.add_argument("--timing", action="store_true", help="also seconds at the same error")
    options = parser.parse_args()
    checks = ("tets",) if options.forms else tuple(options.checks)
    reason = missing(checks)
    if reason:
        print(f"skipped: {reason}")
        return 0
    if "tets" in checks and calculix_tetrahedra.available():
        print(f"tets skipped: {calculix_tetrahedra.available()}")
        checks = tuple(check for check in checks if check != "tets")

    rows, found, failed, timings = Rows(options.rows), [], 0, []
    wanted = formed() if options.forms else ((leg, family, "") for leg, family in names())
    for leg, family, form in wanted:
        name = name_of(leg.name, family, form)
        if not fnmatch.fnmatch(name, options.only):
            continue
        try:
            part = make_part(leg, family, options.scans, form)
            found.append(compared(part, rows, checks))
            print(printed(found[-1]), flush=True)
            if options.timing and name in TIMED:
                timings.append(str(timing(part)))
                print(timings[-1], flush=True)
        except FAILURES as error:
            absent = isinstance(error, PartMissing) and "no scan" in str(error)
            failed += not absent
            print(f"{name:28} {'skipped' if absent else 'FAILED'}: {error}", flush=True)
    results = list(verdicts(found, FORMS_LIMITS if options.forms else LIMITS))
    sentences = [sentence for sentence, _ in results]
    print(*sentences, sep="\n")
    if options.only == "*":
        path = FORMS_TABLE if options.forms else TABLE
        written(found, [*sentences, *timings], options.forms, path)
    return 0 if failed == 0 and all(met for _, met in results) else 1


if __name__ == "__main__":
    sys.exit(main())
