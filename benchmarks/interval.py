"""The stiffness's interval against 400 samples: every input drawn at once, the bench solved again.

    python benchmarks/interval.py [--scans FOLDER] [--only NAME] [--samples N]

Leaves and a semi-solid orthosis, with leaf parameters as below. A sample draws modulus, wall,
axis, every landmark and mesh from the distributions that `design/stiffness_interval.py` states,
forms the shell with that wall, meshes it anew and solves the linear bench with the axis, the shank
and the modulus drawn. The landmarks are drawn one by one and the bench is placed from them. Rows go
to `benchmarks/results/`; a run that was stopped goes on. The seed is fixed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from calculix_parts import LEGS, MATERIAL, ROOT, Part, scan_path
from numpy.typing import ArrayLike

from afo_designer.cast.modification import modify_cast
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.stiffness import FINE
from afo_designer.design.stiffness_interval import (
    AXIS_MM,
    LANDMARK_SIGMA_MM,
    MODULUS_HIGH,
    MODULUS_LOW,
    NORMAL_REACH,
    WALL_MM,
    Spread,
    spread_of,
    stiffness_interval,
    wall_factor,
)
from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.gradient import Linear, solve_linear
from afo_designer.runs.catalogue import load_material, load_template
from afo_designer.runs.reading import read_limb
from afo_designer.shell.shell import Shell, form_shell
from afo_designer.shell.thickness import ThicknessField

RESULTS = Path(__file__).resolve().parent / "results"
SEED = 20240
SAMPLES = 400
TARGET = 0.10  # bounds beside the sampled percentiles
PERCENTILES = (5.0, 95.0)


@dataclass(frozen=True)
class Order:
    """A design to be sampled: leg and family as in `calculix_parts`, and parameters of its leaf."""

    name: str
    leg: str
    family: str
    leaf: dict[str, float]


# What tuning made of the demonstration order's leaf.
GRADED = {
    "thickness_mm": 8.65,
    "grade_1": 0.634,
    "grade_2": 0.6,
    "grade_3": 0.6,
    "grade_4": 0.842,
    "grade_5": 1.038,
}
ORDERS = (
    Order("man's graded leaf", "demo", "posterior_leaf_spring", GRADED),
    Order("boy's thin leaf", "mh10", "posterior_leaf_spring", {"thickness_mm": 3.0}),
    Order("man's semi-solid", "demo", "semi_solid", {"thickness_mm": 3.0}),
)


def design(order: Order, scans: Path) -> tuple[Part, Linear]:
    """The order's orthosis and its linear bench solved."""
    leg = next(leg for leg in LEGS if leg.name == order.leg)
    limb = read_limb(scan_path(leg, scans), leg.side)
    template, _ = load_template(order.family)
    material, _ = load_material(MATERIAL)
    chosen = template.chosen.scaled_to(limb.foot_length).parameters
    positive = modify_cast(limb, 0.0, 0.0, chosen.cast)
    leaf = replace(chosen.shell.leaf, **order.leaf)
    shell = form_shell(positive, replace(chosen.shell, leaf=leaf))
    bench, law = bench_for(shell, positive), material.elasticity
    part = Part(order.leg, order.family, shell, positive, bench, law)
    return part, solve_linear(shell_model(shell, bench, law), bench)


def drawn(number: int) -> dict[str, Any]:
    """The inputs of one sample; each has a stream of its own, so that samples are independent."""
    rng = np.random.default_rng([SEED, number])
    marks = LANDMARK_SIGMA_MM * rng.standard_normal((6, 3))
    return {
        "modulus": rng.uniform(MODULUS_LOW, MODULUS_HIGH),
        "wall": WALL_MM / NORMAL_REACH * rng.standard_normal(),
        "axis": AXIS_MM / NORMAL_REACH * rng.standard_normal(2),
        "malleoli": marks[:2],
        "knee": marks[2],
        "heel": marks[3],
        "heads": marks[4:],
        "mesh": rng.standard_normal() / NORMAL_REACH,
    }


def solved(part: Part, draw: dict[str, Any], mesh_change: float) -> float:
    """The stiffness of one sample, N·m/deg."""
    law = replace(
        part.elasticity, youngs_modulus_mpa=draw["modulus"] * part.elasticity.youngs_modulus_mpa
    )
    model = shell_model(thicker(part.shell, draw["wall"]), part.bench, law)
    k = solve_linear(model, placed(part, draw)).stiffness
    return k * (1.0 + mesh_change * draw["mesh"])


@dataclass(frozen=True)
class Wall:
    """A wall thicker by the same amount everywhere, graded or not."""

    nominal: ThicknessField
    change_mm: float

    def __call__(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        return self.nominal(s, theta) + self.change_mm


def thicker(shell: Shell, change_mm: float) -> Shell:
    """The shell with its wall changed everywhere."""
    return replace(shell, thickness=Wall(shell.thickness, change_mm))


def placed(part: Part, draw: dict[str, Any]) -> Bench:
    """The bench about the axis and along the shank that the drawn landmarks give."""
    positive = part.positive
    ankle = positive.ankle_centre + draw["malleoli"].mean(axis=0)
    knee = positive.knee_centre + draw["knee"]
    aside = draw["heads"][:, 1].mean() - draw["heel"][1]
    yaw = np.arctan2(aside, positive.plate.bend_start)
    x, z = draw["axis"]
    return replace(
        part.bench,
        axis_point=ankle + np.array([x, 0.0, z]),
        axis_direction=np.array([-np.sin(yaw), np.cos(yaw), 0.0]),
        shank_axis=knee - ankle,
    )


def sampled(
    order: Order, part: Part, mesh_change: float, count: int
) -> tuple[FloatArray, list[float]]:
    """Stiffness of every sample (count,), and the seconds of those solved now."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"interval_{order.leg}_{order.family}.jsonl"
    known, print_ = {}, part.fingerprint("interval", SEED, round(mesh_change, 6))
    if path.exists():
        for row in map(json.loads, path.read_text().splitlines()):
            if row["design"] == print_:
                known[row["sample"]] = row["stiffness"]
    seconds = []
    with path.open("a") as rows:
        for number in range(count):
            if number in known:
                continue
            start = time.perf_counter()
            draw = drawn(number)
            known[number] = solved(part, draw, mesh_change)
            seconds.append(time.perf_counter() - start)
            plain = {key: np.asarray(value).tolist() for key, value in draw.items()}
            row = {"design": print_, "sample": number, "stiffness": known[number], "inputs": plain}
            rows.write(json.dumps(row) + "\n")
            rows.flush()
    return np.array([known[number] for number in range(count)]), seconds


def report(order: Order, scans: Path, count: int) -> bool:
    """One design's figures; whether both bounds are within the target."""
    part, linear = design(order, scans)
    fine = solve_linear(shell_model(part.shell, part.bench, part.elasticity, FINE), part.bench)
    mesh_change = fine.stiffness / linear.stiffness - 1.0
    start = time.perf_counter()
    positive = part.positive
    shank_mm = float(np.linalg.norm(positive.knee_centre - positive.ankle_centre))
    spread = spread_of(linear, shank_mm, positive.plate.bend_start, mesh_change)
    interval = stiffness_interval(linear.stiffness, spread)
    taken = time.perf_counter() - start
    k, seconds = sampled(order, part, mesh_change, count)
    low, high = np.percentile(k, PERCENTILES)
    errors = [interval.low / low - 1.0, interval.high / high - 1.0]
    print(f"\n{order.name}: {linear.stiffness:.3f} N·m/deg, wall {spread.wall_mm:.2f} mm in effect")
    print(f"  interval {interval.low:.3f} to {interval.high:.3f} in {taken:.2f} s")
    print(f"  {count} samples: 5th {low:.3f}, median {np.median(k):.3f}, 95th {high:.3f}", end="")
    print(f"; {np.median(seconds):.2f} s each" if seconds else "")
    print(f"  bounds beside the samples': {100 * errors[0]:+.1f} %, {100 * errors[1]:+.1f} %")
    inside = np.mean((k >= interval.low) & (k <= interval.high))
    print(f"  samples within the interval: {100 * inside:.1f} %")
    for name, below, above in interval.components:
        print(f"    {name:34s} {100 * below:+6.1f} {100 * above:+6.1f} %")
    _print_wall(part, linear, spread)
    return bool(np.abs(errors).max() <= TARGET)


def _print_wall(part: Part, linear: Linear, spread: Spread) -> None:
    """What the power law says at both ends of the wall's range, beside the bench solved again."""
    for change in (-WALL_MM, WALL_MM):
        model = shell_model(thicker(part.shell, change), part.bench, part.elasticity)
        true = solve_linear(model, part.bench).stiffness / linear.stiffness
        said = float(wall_factor(spread, change))
        print(f"    wall {change:+.1f} mm: factor {said:.4f}, solved again {true:.4f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=Path, default=ROOT.parent / "shared" / "scans")
    parser.add_argument("--only", help="part of a design's name")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    options = parser.parse_args()
    wanted = [order for order in ORDERS if (options.only or "") in order.name]
    met = []
    for order in wanted:
        leg = next(leg for leg in LEGS if leg.name == order.leg)
        if not scan_path(leg, options.scans).exists():
            print(f"{order.name}: skipped, no scan {scan_path(leg, options.scans)}")
            continue
        met.append(report(order, options.scans, options.samples))
    return 0 if met and all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
