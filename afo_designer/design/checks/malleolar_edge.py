"""Malleolar edge: a leaf's edge keeps behind the malleolus."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.malleoli import malleoli

BEHIND_MM = 10.0


def judge(finished: Finished) -> Iterator[Check]:
    """The edge behind each uncovered malleolus, where the family is a leaf of given width."""
    if finished.shell.parameters.leaf.edge != "width":
        return
    for one in malleoli(finished.positive, finished.shell):
        if not one.covered:
            behind = float(one.apex[0] - one.nearest[0])
            message = "The leaf's edge behind the malleolar apex."
            ok = behind >= BEHIND_MM
            yield judged(f"edge_behind_{one.name}", behind, BEHIND_MM, "mm", ok, message, "warn")


RULE = Rule(
    id="edge_behind",
    place=110,
    protects="The malleolus from an edge that moves as the leaf bends.",
    limit=f"{BEHIND_MM:g} mm behind the apex",
    source="workshop practice, recalled (science.md §7)",
    judge=judge,
)
