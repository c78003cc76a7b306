"""Every parameter of every family at both ends, and random points inside: is the body sound?

    python benchmarks/parameter_extremes.py [--family NAME] [--points N] [--first N] [--spread X]
                                            [--every N] [--workers N]

On the demonstration limb. For every family each parameter of cast and shell goes to its lowest and
its highest value (each word, where it is a choice), all others as the template has them, but that a
feature whose measure is tried is there; then `--points` times all numbers at once are drawn evenly
from their ranges (seeded by the number of the point, from `--first` on). `--spread` 0.2 keeps each
to a fifth of the way from the template's value to the one drawn: drawn from all of their ranges
most points contradict themselves and are refused, these are the inside of what is made.

The body is formed, untuned, and judged: mesh closed, oriented, without self-intersection, wall by
rays at least the material's, and a STEP file that the kernel calls valid (`--no-step` leaves it
out). A row per body is appended to benchmarks/results/parameter_extremes.jsonl; those of this
commit are not made again. `--every N` takes each Nth body of either kind: the sample.

Met: sound, or refused with a sentence that names a parameter by its key, or failed by a check that
names those which shape the place (`afo design` then ends with code 4, the parts marked as not for
print).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from campaign import RESULTS, ROOT, commit, rows_so_far

from afo_designer.cast.modification import modify_cast
from afo_designer.design.checks.min_wall import CHORD_MM
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.part import Part
from afo_designer.design.pipeline import bodies_of
from afo_designer.design.printing.printed import letter_flanks
from afo_designer.design.remedy import remedy
from afo_designer.geometry.caliper import walls
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.parameter import Parameter, leaves
from afo_designer.geometry.rays import Caster
from afo_designer.geometry.refusal import InputRefused
from afo_designer.geometry.solid import closed_mesh
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Side
from afo_designer.runs.catalogue import load_material, load_template, template_names
from afo_designer.runs.reading import read_limb, read_person
from afo_designer.shell.mark import Lettering
from afo_designer.shell.shell import form_shell

ROWS = RESULTS / "parameter_extremes.jsonl"
MATERIAL = "pa12_mjf"
NEUTRAL_DEG = 3.0
PITCH_MM = 8.0
TRIED = ("cast.", "shell.", "marking.")
# Where these are 0 there is nothing of the kind: points near the template leave it so.
NONE_AT_ZERO = (
    "shell.edge.radius_mm",
    "shell.rivets.diameter_mm",
    "shell.straps.calf_strap_width_mm",
    "shell.straps.instep_strap_width_mm",
)
# What has to be there for measures of it to say anything.
FEATURES: dict[str, dict[str, Any]] = {
    "cast.pad.radius_mm": {"cast.pad.medial_malleolus_mm": 3.0},
    "shell.ribs.": {"shell.ribs.number": "two"},
    "shell.rivets.": {"shell.rivets.diameter_mm": 5.0, "shell.straps.calf_strap_width_mm": 0.0},
    "shell.windows.": {"shell.windows.pattern": "rounds"},
    "shell.shin.": {"shell.shin.cover": "yes"},
    "shell.hinge.": {"shell.hinge.kind": "standard"},
}
MARK = "0123ABCDL"


def plan(
    family: str, points: range, spread: float, ends: bool = True
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, values) of every body of a family, those at the parameters' `ends` first."""
    template = load_template(family)[0]
    own = {leaf.key: value for leaf, value in leaves(template.chosen.parameters)}
    tried = [leaf for leaf, _ in leaves(template.chosen.parameters) if leaf.key.startswith(TRIED)]
    for leaf in tried if ends else ():
        for value in _ends(leaf):
            yield f"{family}:{leaf.key}={value}", {**_shown(leaf.key, own), leaf.key: value}
    numbers = [leaf for leaf in tried if np.isfinite(leaf.low) and np.isfinite(leaf.high)]
    for point in points:
        random = np.random.default_rng([point, len(family)])
        values = {}
        for leaf in numbers:
            drawn = float(random.uniform(leaf.low, leaf.high))
            # a word leaves the number open: nothing is between it and the one drawn
            start = own[leaf.key] if spread < 1.0 else drawn
            if start == 0.0 and leaf.key in NONE_AT_ZERO:
                continue
            values[leaf.key] = start if isinstance(start, str) else start + spread * (drawn - start)
        yield f"{family}:point {point}" + (f" near {spread:g}" if spread < 1.0 else ""), values


def _shown(key: str, own: dict[str, float | str]) -> dict[str, Any]:
    """What makes a parameter's feature be there, where the template has none."""
    needed = next((what for start, what in FEATURES.items() if key.startswith(start)), {})
    there = own.get(next(iter(needed), "")) not in ("none", "no", 0.0)
    return {} if there else needed


def _ends(leaf: Parameter) -> list[float | str]:
    span = [leaf.low, leaf.high] if np.isfinite(leaf.low) else []
    return [*span, *leaf.choices]


def judged(name: str, values: dict[str, Any], step: bool) -> dict[str, Any]:
    """The row of one body."""
    family = name.partition(":")[0]
    row: dict[str, Any] = {"name": name, "family": family, "values": values}
    begun = time.perf_counter()
    try:
        row["flaws"] = _flaws(family, values, step)
        named = all("shell." in flaw or "cast." in flaw for flaw in row["flaws"])
        row["outcome"] = ("failed by name" if named else "flawed") if row["flaws"] else "sound"
    except (InputRefused, DesignInfeasible) as refusal:
        named = any(leaf in str(refusal) for leaf in _names(family))
        row |= {"outcome": "refused" if named else "refused without a name", "said": str(refusal)}
    except Exception as error:  # a crash is a row like any other
        row |= {"outcome": "crashed", "said": f"{type(error).__name__}: {error}"[:300]}
    row["seconds"] = round(time.perf_counter() - begun, 2)
    return row


@cache
def _names(family: str) -> tuple[str, ...]:
    """Every parameter's key, and its last two words: enough for a reader."""
    keys = [leaf.key for leaf, _ in leaves(load_template(family)[0].chosen.parameters)]
    return tuple({word for key in keys for word in (key, key.split(".", 1)[-1])})


def _flaws(family: str, values: dict[str, Any], step: bool) -> list[str]:
    least = load_material(MATERIAL)[0].min_wall_mm
    flaws = []
    for part in bodies(family, values):
        mesh = part.mesh
        if not mesh.is_closed:
            flaws.append(f"{part.name} open")
        if mesh.volume <= 0.0:
            flaws.append(f"{part.name} inside out")
        if part.crossings:
            pairs = np.unique(self_intersections(mesh))
            middle = np.median(mesh.corners[pairs].mean(axis=1), axis=0)
            said = remedy(part.shell, middle)
            flaws.append(f"{part.name} {part.crossings} self-intersections. {said}")
        # every triangle is asked, letters' sides apart
        wall = walls(Caster(mesh), len(mesh.triangles), letter_flanks(part))
        if wall.least < least - CHORD_MM and wall.place is not None:
            said = remedy(part.shell, wall.place)
            flaws.append(f"{part.name} wall {wall.least:.2f} mm, material {least:g}. {said}")
        if step:
            flaws += _step_flaws(part)
    return flaws


def _step_flaws(part: Any) -> list[str]:
    from afo_designer.formats.step import StepFailed, write_step

    with tempfile.TemporaryDirectory() as folder:
        try:
            write_step(part.solid, Path(folder) / "a.step", "AFO", part.mesh.volume)
        except StepFailed as failure:
            return [f"{part.name} STEP: {failure}"]
    return []


def bodies(family: str, values: dict[str, Any]) -> Iterator[Part]:
    """The parts of a family on the demonstration limb with some values set, untuned."""
    limb = demo_limb()
    chosen = load_template(family)[0].chosen.with_values(values, "user")
    scaled = chosen.scaled_to(limb.foot_length)
    positive = modify_cast(limb, float(np.radians(NEUTRAL_DEG)), PITCH_MM, scaled.parameters.cast)
    lettering = Lettering(MARK, scaled.parameters.marking)
    shell = form_shell(positive, scaled.parameters.shell, None, lettering)
    for name, one in bodies_of(shell, positive):
        solid = one.solid
        mesh = closed_mesh(solid)
        yield Part(name, one, solid, mesh, len(self_intersections(mesh)))


@cache
def demo_limb() -> Limb:
    person = read_person(ROOT / "scans" / "demo_person.toml")
    scan = ROOT / "scans" / "demo_limb.ply"
    return read_limb(scan, Side(person.side), None, None, person.height_mm)


def summary(rows: list[dict[str, Any]]) -> bool:
    counts = Counter(row["outcome"] for row in rows)
    bad = [row for row in rows if row["outcome"] not in ("sound", "refused", "failed by name")]
    commits = ", ".join(sorted({row["commit"] for row in rows}))
    print(f"\n{len(rows)} bodies, commits {commits}: {dict(counts.most_common())}")
    for family in sorted({row["family"] for row in rows}):
        mine = Counter(row["outcome"] for row in rows if row["family"] == family)
        print(f"  {family:24s} {dict(mine.most_common())}")
    for row in bad:
        print(f"MISS  {row['name']}: {'; '.join(row.get('flaws', [])) or row.get('said')}")
    print(f"{'ok  ' if not bad else 'MISS'}  sound or refused by name: {len(rows) - len(bad)}")
    return not bad


def go_on(options: argparse.Namespace) -> None:
    done = {row["name"] for row in rows_so_far(ROWS) if row["commit"] == options.commit}
    wanted = []
    for family in template_names():
        if options.family in (None, family):
            points = range(options.first, options.first + options.points)
            planned = plan(family, points, options.spread, options.ends)
            wanted += list(planned)[:: options.every]
    todo = [(name, values) for name, values in wanted if name not in done]
    with ProcessPoolExecutor(options.workers) as pool:
        waiting = [pool.submit(judged, name, values, options.step) for name, values in todo]
        for count, future in enumerate(waiting, 1):
            row = future.result() | {"commit": options.commit}
            with ROWS.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
            said = "; ".join(row.get("flaws", [])) or row.get("said", "")
            print(
                f"{count}/{len(todo)} {row['name'][:70]:70s} {row['outcome']} "
                f"{row['seconds']:.1f} s {said[:90]}",
                flush=True,
            )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--family", help="one family only")
    parser.add_argument("--points", type=int, default=200, help="random points a family")
    parser.add_argument("--first", type=int, default=0, help="number of the first random point")
    parser.add_argument("--spread", type=float, default=1.0, help="how far points lie, 0 to 1")
    parser.add_argument("--every", type=int, default=1, help="each Nth body only")
    parser.add_argument("--no-ends", dest="ends", action="store_false", help="points alone")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-step", dest="step", action="store_false")
    parser.add_argument("--commit", default=commit(), help="what the rows are of")
    parser.add_argument("--summary", action="store_true", help="only print what was measured")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    RESULTS.mkdir(parents=True, exist_ok=True)
    if not options.summary:
        go_on(options)
    rows = [row for row in rows_so_far(ROWS) if options.family in (None, row["family"])]
    return 0 if rows and summary(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
