"""Stiffness of every family over its levers: three materials, four bodies, the linear bench.

    python benchmarks/families.py [--sample] [--family NAME]… [--again] [--summary]

A generated leg of each body, its truth for landmarks, is cast and dressed by each template; the
bench of the plane that the template claims is solved at the low end, the template's own and the
high end of the wall, at the low and the high end of width or trim. No tuning, no load cases.
Stiffness is a tangent at neutral: in large rotations a leaf is some tenths stiffer against
plantarflexion. A hinged family is measured against its stop.

A row per solve is appended to benchmarks/results/families.jsonl at once and not measured again
(`--again` does), so that an interrupted run goes on. `--sample`: one material, the man and the
child, walls at the ends. docs/families.py makes the pages' tables of the rows.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from campaign import rows_so_far
from reposing import limb_of

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.positive import PositiveModel
from afo_designer.design.deformation import sideways
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.levers import levers_of
from afo_designer.design.parameters import Chosen
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.trials import solved
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.mechanics.element import Law
from afo_designer.runs.catalogue import load_material, load_template, template_names
from afo_designer.shell.shell import Shell, form_shell

ROWS = Path(__file__).resolve().parent / "results" / "families.jsonl"
MATERIALS = ("pa12_mjf", "pa11", "pa12_cf")
BODIES = {
    "child": LimbShape(age_years=7.0, height_mm=1220.0, mass_kg=23.0, variation=0.0),
    "small woman": LimbShape(
        age_years=40.0, sex="female", height_mm=1520.0, mass_kg=52.0, variation=0.0
    ),
    "man": LimbShape(age_years=46.0, height_mm=1750.0, mass_kg=78.0, variation=0.0),
    "tall man": LimbShape(age_years=35.0, height_mm=1950.0, mass_kg=102.0, variation=0.0),
}
"""Statures of ANSUR II's smallest women to its tallest men, and a child of 7 [D]."""
NEUTRAL_DEG, HEEL_MM = 3.0, 8.0


def measured(shell: Shell, positive: PositiveModel, law: Law, goal: str) -> float:
    """N·m/deg in the plane that the family claims."""
    bench = bench_for(shell, positive)
    if goal == "none":
        bench = sideways(bench)
    return float(solved(shell_model(shell, bench, law), bench).stiffness)


def points(shell: Shell, positive: PositiveModel, chosen: Chosen) -> Iterator[dict[str, float]]:
    """Values of the levers: wall low, own, high; width or trim low, high, and its own once."""
    wall, *others = levers_of(shell, positive, chosen)
    yield {lever.key: lever.start for lever in (wall, *others)}
    for thickness in sorted({wall.low, wall.start, wall.high}):
        if not others:
            yield {wall.key: thickness}
        for other in others:
            for edge in sorted({other.low, other.high}):
                yield {wall.key: thickness, other.key: edge}


def rows_of(
    family: str, body: str, materials: tuple[str, ...], known: set[str], sample: bool
) -> Iterator[dict[str, Any]]:
    """Solves that are not among the known keys."""
    template, entry = load_template(family)
    positive = cast_of(body, family)
    chosen = template.chosen.scaled_to(positive.limb.foot_length)
    plain = form_shell(positive, chosen.parameters.shell)
    for values in points(plain, positive, chosen):
        if sample and values == next(points(plain, positive, chosen)) and len(values) > 1:
            continue
        keys = {m: json.dumps([family, entry.sha256[:12], body, m, values]) for m in materials}
        if all(key in known for key in keys.values()):
            continue
        moved = chosen.with_values({f"shell.leaf.{k}": v for k, v in values.items()}, "user")
        try:
            shell: Shell | str = form_shell(positive, moved.parameters.shell)
        except InputRefused as refusal:
            shell = str(refusal)
        for material, key in keys.items():
            if key not in known:
                yield {
                    "key": key,
                    "family": family,
                    "template": entry.sha256[:12],
                    "body": body,
                    "foot_mm": positive.limb.foot_length,
                    "material": material,
                    **values,
                    **outcome(shell, positive, material, template.chosen.parameters.tuning.goal),
                }


def outcome(
    shell: Shell | str, positive: PositiveModel, material: str, goal: str
) -> dict[str, Any]:
    """`stiffness`, or None with the `reason`; and `plane`."""
    plane = "frontal" if goal == "none" else "sagittal"
    begun = time.perf_counter()
    if isinstance(shell, str):
        return {"plane": plane, "stiffness": None, "reason": shell}
    try:
        law = load_material(material)[0].elasticity
        found = measured(shell, positive, law, goal)
    except (InputRefused, DesignInfeasible) as refusal:
        return {"plane": plane, "stiffness": None, "reason": str(refusal)}
    seconds = round(time.perf_counter() - begun, 2)
    return {"plane": plane, "stiffness": found, "reason": "", "seconds": seconds}


_CASTS: dict[tuple[str, str], PositiveModel] = {}


def cast_of(body: str, family: str) -> PositiveModel:
    """The cast of a body with the family's own modifications."""
    parameters = load_template(family)[0].chosen
    limb = limb_of(generate_limb(BODIES[body]))
    cast = parameters.scaled_to(limb.foot_length).parameters.cast
    at = body, repr(cast)
    if at not in _CASTS:
        _CASTS[at] = modify_cast(limb, float(np.radians(NEUTRAL_DEG)), HEEL_MM, cast)
    return _CASTS[at]


def summary(rows: Iterable[dict[str, Any]]) -> str:
    """A line for each family, body and material."""
    groups: dict[tuple[str, str, str], list[float | None]] = {}
    for row in rows:
        at = row["family"], row["body"], row["material"]
        groups.setdefault(at, []).append(row["stiffness"])
    lines = []
    for at, found in sorted(groups.items()):
        known = [value for value in found if value is not None]
        span = f"{min(known):.2f} to {max(known):.2f} N·m/deg" if known else "none"
        lines.append(f"{', '.join(at)}: {span}, {len(found)} rows, {len(found) - len(known)} none")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--family", action="append", default=[])
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--summary", action="store_true")
    options = parser.parse_args()
    if not options.summary:
        ROWS.parent.mkdir(exist_ok=True)
        known = set() if options.again else {row["key"] for row in rows_so_far(ROWS, "key")}
        materials = MATERIALS[:1] if options.sample else MATERIALS
        bodies = ("child", "man") if options.sample else tuple(BODIES)
        for family in options.family or template_names():
            for body in bodies:
                for row in rows_of(family, body, materials, known, options.sample):
                    with ROWS.open("a", encoding="utf-8") as out:
                        out.write(json.dumps(row) + "\n")
                print(f"{family}, {body}", file=sys.stderr, flush=True)
    print(summary(rows_so_far(ROWS, "key")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
