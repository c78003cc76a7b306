"""Smallest feature: bridges between openings, walls and gaps, against what the process resolves."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.checks.min_wall import CHORD_MM
from afo_designer.design.printing.printed import spot

# Where no machine of the list prints the material: the widest any powder bed asks (§5).
GAP_MM = 0.6


def judge(finished: Finished) -> Iterator[Check]:
    """The narrower of material and air, each against its own limit; the value is the nearer."""
    material = finished.material
    own = [one for one in finished.machines if one.process == material.process]
    limits = {
        "wall or bridge": material.min_wall_mm,
        "gap": max((one.least_gap_mm for one in own), default=GAP_MM),
    }
    found = []
    for part in finished.printed:
        found += [("wall or bridge", part.wall), ("gap", part.gap)]
    kind, rays = min(found, key=lambda each: each[1].least / limits[each[0]])
    limit = limits[kind]
    message = f"Smallest feature, a {kind} {spot(rays.place)}."
    fits = rays.least >= limit - CHORD_MM
    yield judged("smallest_feature", rays.least, limit, "mm", fits, message)


RULE = Rule(
    id="smallest_feature",
    place=61,
    protects="The part: slender bridges break, narrow gaps grow together.",
    limit="wall and bridge: the material's min_wall_mm; gap: the machines' least_gap_mm",
    source="each material's and machine's file (reliability notes §5: 0.5 to 0.6 mm, read)",
    judge=judge,
)
