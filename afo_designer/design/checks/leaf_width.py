"""Leaf width: not a ribbon."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished

LEAST_MM, CHILD_SHARE = 25.0, 0.8


def judge(finished: Finished) -> Iterator[Check]:
    """Width of a leaf of given width; a child's may be narrower."""
    leaf = finished.shell.parameters.leaf
    if leaf.edge == "width":
        least = LEAST_MM * (CHILD_SHARE if finished.person.is_child else 1.0)
        ok = leaf.width_mm >= least
        yield judged("leaf_width", leaf.width_mm, least, "mm", ok, "Width of the leaf.", "warn")


RULE = Rule(
    id="leaf_width",
    place=140,
    protects="The ankle from a leaf that twists instead of guiding.",
    limit=f"{LEAST_MM:g} mm, child {CHILD_SHARE * LEAST_MM:g} mm",
    source="workshop practice, recalled (science.md §7)",
    judge=judge,
)
