"""Mesh convergence of the stiffness: the default mesh against the extrapolated value.

    python benchmarks/convergence.py [--only PATTERN] [--again]

Ten legs × three families, untuned (calculix_parts.py), linear bench, meshes 1, 2 and 3 times as
fine. The value for a mesh without end is extrapolated from the two finer ones with errors falling
as h² (Richardson). The default mesh has to lie within 1 % of it. A row per part is saved in
benchmarks/results/convergence.jsonl, named by a digest of part and mesh; the table goes to
docs/convergence.md. Exits with 1 when a part misses.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import statistics
import sys

from calculix_parts import ROOT, Part, PartMissing, make_part, names

from afo_designer.design.rig import shell_model
from afo_designer.mechanics.stiffness import stiffness_of

REFINEMENTS = (1.0, 2.0, 3.0)
LIMIT = 0.01
ROWS = ROOT / "benchmarks" / "results" / "convergence.jsonl"
PAGE = ROOT / "docs" / "convergence.md"
SCANS = ROOT.parent / "shared" / "scans"


def extrapolated(values: list[float]) -> float:
    """From the two finest meshes, errors falling as h²."""
    (_, middle, fine), (_, coarse_size, fine_size) = values, [1.0 / r for r in REFINEMENTS]
    return fine + (fine - middle) * fine_size**2 / (coarse_size**2 - fine_size**2)


def key_of(part: Part) -> str:
    """A digest of the part and of its default mesh."""
    mesh = shell_model(part.shell, part.bench, part.elasticity).mesh
    return part.fingerprint(REFINEMENTS, mesh.vertices.round(6).tobytes())


def measured(part: Part) -> list[float]:
    models = (shell_model(part.shell, part.bench, part.elasticity, r) for r in REFINEMENTS)
    return [stiffness_of(model, part.bench).stiffness_nm_per_deg for model in models]


def error_of(values: list[float]) -> float:
    return values[0] / extrapolated(values) - 1.0


def page(found: dict[str, list[float]]) -> str:
    errors = {name: error_of(values) for name, values in found.items()}
    worst = max(errors, key=lambda name: abs(errors[name]))
    lines = [
        "# Mesh convergence",
        "",
        "Written by `python benchmarks/convergence.py`, which says what is compared. Linear",
        "stiffness in N·m/deg of the untuned templates in PA12, on meshes 1 (the default), 2 and 3",
        "times as fine, and extrapolated to a mesh without end.",
        "",
        "| part | 1 | 2 | 3 | extrapolated | default, % |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, values in found.items():
        cells = " | ".join(f"{value:.4f}" for value in [*values, extrapolated(values)])
        lines.append(f"| {name} | {cells} | {100 * errors[name]:+.2f} |")
    size = statistics.median(abs(error) for error in errors.values())
    return "\n".join(
        [
            *lines,
            "",
            f"Worst {100 * errors[worst]:+.2f} % ({worst}), median {100 * size:.2f} % of "
            f"{len(found)} parts; target {100 * LIMIT:g} % each.",
            "",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="*", help="pattern of LEG-FAMILY")
    parser.add_argument("--again", action="store_true", help="solve parts that have a row too")
    options = parser.parse_args()
    kept = ROWS.read_text("utf-8").splitlines() if ROWS.exists() else []
    known = {row["fingerprint"]: row["values"] for row in map(json.loads, kept)}
    found, failed = {}, 0
    for leg, family in names():
        name = f"{leg.name}-{family}"
        if not fnmatch.fnmatch(name, options.only):
            continue
        try:
            part = make_part(leg, family, SCANS)
        except PartMissing as missing:
            print(f"{name:28} skipped: {missing}")
            continue
        key = key_of(part)
        if key not in known or options.again:
            known[key] = measured(part)
            with ROWS.open("a", encoding="utf-8") as stream:
                row = {"name": name, "fingerprint": key, "values": known[key]}
                stream.write(json.dumps(row) + "\n")
        found[name] = known[key]
        # a value that is not finite misses too
        failed += not abs(error_of(found[name])) <= LIMIT
        print(f"{name:28} {found[name]} {100 * error_of(found[name]):+.2f} %", flush=True)
    if options.only == "*" and found:
        PAGE.write_text(page(found), "utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
