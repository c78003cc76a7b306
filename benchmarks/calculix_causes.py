"""Where ours and CalculiX part: one cause turned off at a time.

    python benchmarks/calculix_causes.py demo-posterior_leaf_spring mh12-solid

Linear, N·m/deg, each row with the change it makes in per cent. The chain leads from our default
value to the exported solid: our mesh refined twice; the same mesh in solids (shell theory, and the
solid's clamp, which also holds the fibre's length); nodes held by their own place instead of fibre
by fibre; then both sides without slots (what is left are the edges' rule and the mesh's tip), and
what slots cost each side. Needs ccx, gmsh and the scans.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import calculix_deck
import calculix_tetrahedra
from calculix_deck import linear_stiffness
from calculix_parts import ROOT, Part, make_part, names
from calculix_solids import solids

from afo_designer.design.rig import shell_model
from afo_designer.formats.step import write_step
from afo_designer.mechanics.stiffness import stiffness_of

REFINED = 2.0


def ours(part: Part, refinement: float) -> float:
    model = shell_model(part.shell, part.bench, part.elasticity, refinement)
    return stiffness_of(model, part.bench).stiffness_nm_per_deg


def in_solids(part: Part, refinement: float, *, by_node: bool = False) -> float:
    law = part.elasticity
    solid = solids(part, refinement, by_node=by_node)
    return linear_stiffness(solid, part.bench, law.youngs_modulus_mpa, law.poissons_ratio)[0]


def in_tetrahedra(part: Part, size: float) -> float:
    law = part.elasticity
    with tempfile.TemporaryDirectory(prefix="calculix-") as folder:
        path = Path(folder) / "part.step"
        write_step(part.shell.solid, path, part.name)
        solid, _ = calculix_tetrahedra.tetrahedra(path, part.bench, size)
    return linear_stiffness(solid, part.bench, law.youngs_modulus_mpa, law.poissons_ratio)[0]


def causes(part: Part, size: float) -> list[tuple[str, float, float]]:
    """(what, value, per cent against the value before it or its counterpart)."""
    bare = replace(part, shell=replace(part.shell, openings=()))
    default, fine = ours(part, 1.0), ours(part, REFINED)
    coarse, solid = in_solids(part, 1.0), in_solids(part, REFINED)
    own = in_solids(part, REFINED, by_node=True)
    tets = in_tetrahedra(part, size)
    fine_bare, solid_bare = ours(bare, REFINED), in_solids(bare, REFINED)
    tets_bare = in_tetrahedra(bare, size)
    rows = [
        ("ours, default mesh", default, default),
        ("ours, refined twice, against default", fine, default),
        ("C3D20R on the refined mesh, against default mesh", solid, coarse),
        ("ours against C3D20R, both refined", fine, solid),
        ("nodes held by their own place, against fibre by fibre", own, solid),
        ("C3D20R against the exported solid", solid, tets),
        ("C3D20R against the exported solid, no slots", solid_bare, tets_bare),
        ("ours, refined: slots against none", fine, fine_bare),
        ("C3D20R, refined: slots against none", solid, solid_bare),
        ("exported solid: slots against none", tets, tets_bare),
    ]
    return [(what, value, 100.0 * (value / other - 1.0)) for what, value, other in rows]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", help="LEG-FAMILY")
    parser.add_argument("--scans", type=Path, default=ROOT.parent / "shared" / "scans")
    parser.add_argument("--size", type=float, default=4.0, help="of the tetrahedra, mm")
    options = parser.parse_args()
    reason = calculix_deck.available() or calculix_tetrahedra.available()
    if reason:
        print(f"skipped: {reason}")
        return 0
    wanted = [(leg, fam) for leg, fam in names() if f"{leg.name}-{fam}" in options.parts]
    for leg, family in wanted:
        part = make_part(leg, family, options.scans)
        print(part.name, flush=True)
        for what, value, change in causes(part, options.size):
            print(f"  {what:54} {value:9.4f} {change:+7.2f} %", flush=True)
    return 0 if wanted else 1


if __name__ == "__main__":
    sys.exit(main())
