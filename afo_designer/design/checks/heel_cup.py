"""Heel cup: its wall ends below the malleoli."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.malleoli import malleoli

BELOW_MM = 10.0


def judge(finished: Finished) -> Iterator[Check]:
    """The cup's wall below each malleolus, where the family is a leaf of given width."""
    parameters = finished.shell.parameters
    if parameters.leaf.edge != "width":
        return
    for one in malleoli(finished.positive, finished.shell):
        if not one.covered:
            below = float(one.apex[2] - parameters.heel.wall_height_mm)
            message = "The heel cup's wall below the malleolar apex."
            ok = below >= BELOW_MM
            yield judged(f"cup_below_{one.name}", below, BELOW_MM, "mm", ok, message, "warn")


RULE = Rule(
    id="cup_below",
    place=120,
    protects="The malleolus from the cup's edge in the shoe.",
    limit=f"{BELOW_MM:g} mm below the apex",
    source="workshop practice, recalled (science.md §7)",
    judge=judge,
)
