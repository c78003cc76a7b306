"""Least wall: what the process prints reliably, by rays over the finished mesh."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.printing.printed import spot
from afo_designer.design.remedy import remedy

# A mesh's facets cut this much off a curved wall (mm): the chord error that the mesh is allowed.
CHORD_MM = 0.05


def judge(finished: Finished) -> Iterator[Check]:
    """Thinnest wall against the material's least, less what the mesh's own facets cut off."""
    part = min(finished.printed, key=lambda one: one.wall.least)
    wall, least = part.wall.least, finished.material.min_wall_mm
    message = (
        f"Thinnest wall of the finished mesh by rays, {spot(part.wall.place)}; a twentieth of the "
        f"surface has less than {part.wall.quantile(0.05):.2f} mm. Against what "
        f"{finished.material.process} prints reliably."
    )
    good = wall >= least - CHORD_MM
    if not good and part.wall.place is not None:
        message = f"{message} {remedy(finished.shell, part.wall.place, part.name)}"
    yield judged("min_wall", wall, least, "mm", good, message)


RULE = Rule(
    id="min_wall",
    place=60,
    protects="The part: thinner walls come out with holes or break when unpacked.",
    limit="the material's min_wall_mm, less the mesh's chord error of 0.05 mm",
    source="each material's file (reliability notes §5)",
    judge=judge,
)
