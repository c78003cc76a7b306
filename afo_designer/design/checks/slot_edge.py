"""Slot edge: wall enough round the straps' slots."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.shell.opening import LOOP, SLOT
from afo_designer.shell.slots import edge_distance

LEAST_MM = 8.0


def judge(finished: Finished) -> Iterator[Check]:
    """Least wall between a slot and the edge, where there are slots."""
    shell = finished.shell
    slots = [opening.loop for opening in shell.openings if opening.kind in (SLOT, LOOP)]
    if slots:
        least = min(edge_distance(shell.chart, shell.trim, loop) for loop in slots)
        message = "Wall between a strap's slot and the edge."
        yield judged("slot_edge", least, LEAST_MM, "mm", least >= LEAST_MM, message, "warn")


RULE = Rule(
    id="slot_edge",
    place=150,
    protects="The strap's hold: a narrow bridge tears out.",
    limit=f"{LEAST_MM:g} mm",
    source="workshop practice, recalled (science.md §7)",
    judge=judge,
)
