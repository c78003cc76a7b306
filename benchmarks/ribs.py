"""What ribs and folds bring: stiffness and linear buckling, beside a plain wall of the same volume.

    python benchmarks/ribs.py [--sample]

Templates as they are, untuned, PA12 (MJF), on generated legs (benchmarks/families.py); the virtual
bench in the sagittal plane. `same volume` is the shell without ribs whose leaf is thicker, so that
the part holds as much material. Buckling: the rotation of the shank into dorsiflexion at which the
linear shell loses stability, and the moment there. Writes docs/ribs.md. `--sample`: the man's
semi-solid alone, nothing written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from families import cast_of

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.trials import solved
from afo_designer.geometry.solid import closed_mesh
from afo_designer.mechanics.buckling import buckling
from afo_designer.mechanics.sweep import bench_task
from afo_designer.runs.catalogue import load_material, load_template
from afo_designer.shell.parameters import Ribs
from afo_designer.shell.shell import Shell, form_shell, with_leaf

PAGE = Path(__file__).resolve().parents[1] / "docs" / "ribs.md"
FURTHEST_DEG = 60.0
FOLDS = Ribs("two", form="corrugation")
HIGHER = replace(FOLDS, height_mm=4.5, width_mm=39.0)
# Families and the ribs that they have room for, at the default size and half as high again.
CASES = {
    "semi_solid": (Ribs("two"), Ribs("three"), Ribs("two", 4.5, 39.0), FOLDS, HIGHER),
    "solid": (Ribs("two"), Ribs("three"), Ribs("two", 4.5, 39.0), FOLDS, HIGHER),
    "posterior_leaf_spring": (Ribs("one"), replace(FOLDS, number="one")),
}
MARK = "<!-- table -->"
HEAD = "| leg | family | shell | volume cm³ | stiffness N·m/deg | buckles at deg | at N·m |"


def volume(shell: Shell) -> float:
    """cm³, of a coarse mesh: the same for all that are compared."""
    return closed_mesh(shell.solid, 4.0, 0.1).volume / 1000.0


def as_heavy(shell: Shell, positive: PositiveModel, wanted: float) -> Shell:
    """The shell with a thicker leaf, of a volume; volume is nearly linear in the wall."""
    leaf = shell.parameters.leaf
    at, have = leaf.thickness_mm, volume(shell)
    step, slope = 0.3, 0.0
    for _ in range(3):
        thicker = with_leaf(shell, positive, replace(leaf, thickness_mm=at + step))
        slope = (volume(thicker) - have) / step
        step = (wanted - have) / slope
    return with_leaf(shell, positive, replace(leaf, thickness_mm=at + step))


def row(body: str, family: str, name: str, shell: Shell, positive: PositiveModel) -> str:
    """One line of the table."""
    bench = bench_for(shell, positive)
    model = shell_model(shell, bench, load_material("pa12_mjf")[0].elasticity)
    stiffness = float(solved(model, bench).stiffness)
    forth, _ = buckling(bench_task(model, bench), float(np.radians(FURTHEST_DEG)))
    level = float(np.degrees(forth.level))
    buckles = (
        f"{level:.1f} | {stiffness * level:.0f}" if np.isfinite(level) else "none below 60 | –"
    )
    return f"| {body} | {family} | {name} | {volume(shell):.1f} | {stiffness:.3f} | {buckles} |"


def rows(bodies: tuple[str, ...], families: tuple[str, ...]) -> Iterator[str]:
    for body in bodies:
        for family in families:
            positive = cast_of(body, family)
            chosen = load_template(family)[0].chosen.scaled_to(positive.limb.foot_length)
            parameters = chosen.parameters.shell
            share = min(1.0, positive.limb.foot_length / 250.0)
            plain = form_shell(positive, parameters)
            yield row(
                body, family, f"plain, leaf {parameters.leaf.thickness_mm:.2f}", plain, positive
            )
            for asked in CASES[family]:
                scaled = replace(
                    asked,
                    height_mm=share * asked.height_mm,
                    width_mm=share * asked.width_mm,
                    edge_mm=share * asked.edge_mm,
                )
                ribbed = form_shell(positive, replace(parameters, ribs=scaled))
                kind = "folds" if asked.form == "corrugation" else "ribs"
                name = f"{kind}: {asked.number}, {scaled.height_mm:.1f} × {scaled.width_mm:.0f} mm"
                yield row(body, family, name, ribbed, positive)
                if kind == "ribs" and asked.height_mm == Ribs().height_mm:
                    same = as_heavy(plain, positive, volume(ribbed))
                    thick = same.parameters.leaf.thickness_mm
                    yield row(body, family, f"same volume: leaf {thick:.2f}", same, positive)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", action="store_true", help="the man's semi-solid alone")
    options = parser.parse_args()
    bodies = ("man",) if options.sample else ("man", "child")
    families = ("semi_solid",) if options.sample else tuple(CASES)
    table = [HEAD, "|---|---|---|---|---|---|---|"]
    for line in rows(bodies, families):
        print(line, flush=True)
        table.append(line)
    if not options.sample:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
        after = rest.partition(MARK)[2]
        text = f"{before}{MARK}\n" + "\n".join(table) + f"\n{MARK}{after}"
        PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
