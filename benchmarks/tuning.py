"""Tuning's price and worth: factorisations, error, what grading saves, the exactness of gradients.

    python benchmarks/tuning.py [--only LEG] [--again]

Ten legs with a posterior leaf spring of PA12. The target is 0.016 N·m/deg per kg, the person's mass
that of a body-mass index 22 at 6.6 times the foot's length: about what the prescription asks at
MRC 0. For every leg a uniform and a graded leaf are tuned to 0.5 % in large rotations, and the
derivatives of stiffness and aggregated stress with respect to wall, one grade and width are held
against fourth-order differences of full solves on the same moving mesh. A row per leg is saved in
benchmarks/results/tuning.jsonl; legs that have one at this method are passed over.

Targets: at most 4 factorisations for a uniform leaf and 40 for a graded one (medians); 1e-6.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from calculix_parts import LEGS, Part, PartMissing, make_part

from afo_designer.design.deformation import away_from
from afo_designer.design.trials import Trials, carried
from afo_designer.design.tuned_shell import TunedShell, tune_shell
from afo_designer.design.verification import stress_allowed
from afo_designer.mechanics.gradient import aggregate_stress, both_slopes, solve_linear
from afo_designer.runs.catalogue import load_material, load_template

METHOD = 1
RESULTS = Path(__file__).parent / "results" / "tuning.jsonl"
SCANS = Path(__file__).resolve().parents[2] / "shared" / "scans"
FAMILY = "posterior_leaf_spring"
MOST_UNIFORM, MOST_GRADED, EXACT = 4, 40, 1e-6
NEUTRAL_DEG = 3.0
COARSE = 0.7


def target_of(part: Part) -> float:
    height = 6.6e-3 * part.positive.limb.foot_length
    return 0.016 * 22.0 * height**2


def tuned(part: Part, graded: str) -> tuple[TunedShell, float]:
    chosen = load_template(FAMILY)[0].chosen.with_values({"tuning.graded": graded}, "user")
    start = time.process_time()
    result = tune_shell(
        part.shell,
        part.positive,
        part.bench,
        part.elasticity,
        chosen.scaled_to(part.positive.limb.foot_length),
        target_of(part),
        large=True,
        allowed=stress_allowed(load_material("pa12_mjf")[0], NEUTRAL_DEG),
    )
    return result, time.process_time() - start


def gradient_errors(part: Part, values: dict[str, float]) -> dict[str, float]:
    """Relative difference between each derivative and that of re-solved models."""
    trials = Trials(part.shell, part.positive, part.bench, part.elasticity, COARSE)
    values = {**values, "grade_4": 1.0}
    linear = trials.linear(values)
    held = np.concatenate([linear.held.clamped, linear.held.band])
    far, mesh = away_from(linear.model, held), linear.model.mesh
    chosen = np.concatenate([far[mesh.quads].all(axis=1), far[mesh.triangles].all(axis=1)])
    reference = aggregate_stress(linear, chosen, 100.0).largest
    aggregate = aggregate_stress(linear, chosen, reference)
    errors = {}
    for key, step in (("thickness_mm", 0.02), ("grade_4", 0.01), ("width_mm", 0.02)):
        way = trials.variation(values, key)
        exact = [rate[0] for rate in both_slopes(linear, aggregate, [way])]
        found = np.zeros(2)
        for weight, count in ((1.0, -2), (-8.0, -1), (8.0, 1), (-1.0, 2)):
            there = trials.shell_of({**values, key: values[key] + count * step})
            other = carried(linear.model, trials.shell_of(values), there)
            again = solve_linear(other, part.bench, linear.held)
            stress = aggregate_stress(again, chosen, reference).value
            found += weight * np.array([again.stiffness, stress]) / (12.0 * step)
        for name, one, other in zip(("stiffness", "stress"), exact, found, strict=True):
            errors[f"{name}/{key}"] = float(abs(other / one - 1.0))
    return errors


def row_of(name: str, part: Part) -> dict[str, Any]:
    uniform, seconds = tuned(part, "no")
    graded, longer = tuned(part, "yes")
    target = target_of(part)
    worth = graded.graded
    return {
        "method": METHOD,
        "leg": name,
        "target": target,
        "uniform": {
            "reached": uniform.tuned.reached,
            "solves": uniform.tuned.solves,
            "sweeps": uniform.sweeps,
            "error": uniform.stiffness / target - 1.0,
            "values": uniform.tuned.values,
            "cpu_seconds": seconds,
        },
        "graded": {
            "reached": graded.tuned.reached,
            "solves": graded.tuned.solves,
            "sweeps": graded.sweeps,
            "error": graded.stiffness / target - 1.0,
            "values": None if worth is None else worth.values,
            "stress_share": 1.0 if worth is None else worth.stress_share,
            "mass_share": 1.0 if worth is None else worth.mass_share,
            "cpu_seconds": longer,
        },
        "gradient": gradient_errors(part, uniform.tuned.values),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--scans", type=Path, default=SCANS)
    arguments = parser.parse_args()
    RESULTS.parent.mkdir(exist_ok=True)
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    known = {row["leg"]: row for row in map(json.loads, lines) if row["method"] == METHOD}
    for leg in LEGS:
        if arguments.only not in leg.name or (leg.name in known and not arguments.again):
            continue
        try:
            part = make_part(leg, FAMILY, arguments.scans)
        except PartMissing as absent:
            print(f"{leg.name}: skipped, {absent}")
            continue
        known[leg.name] = row_of(leg.name, part)
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(known[leg.name]) + "\n")
    return summary(list(known.values()))


def summary(rows: list[dict[str, Any]]) -> int:
    print(f"{'leg':6} {'target':>6} | uniform: solves error% | graded: solves error% stress mass")
    for row in rows:
        one, two = row["uniform"], row["graded"]
        print(
            f"{row['leg']:6} {row['target']:6.2f} | {one['solves']:15} {100 * one['error']:6.2f} | "
            f"{two['solves']:14} {100 * two['error']:6.2f} {two['stress_share']:6.2f} "
            f"{two['mass_share']:5.2f}"
        )
    reached = [row for row in rows if row["uniform"]["reached"]]
    uniform = statistics.median(row["uniform"]["solves"] for row in reached)
    graded = statistics.median(row["graded"]["solves"] for row in reached)
    worst = max(max(row["gradient"].values()) for row in rows)
    print(f"median factorisations, legs whose target is within reach: {uniform}, {graded}")
    print(f"largest relative error of a derivative: {worst:.1e}")
    met = uniform <= MOST_UNIFORM and graded <= MOST_GRADED and worst <= EXACT
    print("met" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
