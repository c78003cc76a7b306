"""Leaf thickness: not a film."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished

LEAST_MM, LEAST_CHILD_MM = 2.5, 2.0


def judge(finished: Finished) -> Iterator[Check]:
    """Wall at the ankle against the least that is trusted, a child's below an adult's."""
    wall = finished.shell.parameters.leaf.thickness_mm
    least = LEAST_CHILD_MM if finished.person.is_child else LEAST_MM
    message = "Wall at the ankle against the least that workshop practice trusts."
    yield judged("leaf_thickness", wall, least, "mm", wall >= least, message, "warn")


RULE = Rule(
    id="leaf_thickness",
    place=130,
    protects="The person from a leaf that a knock or a scratch breaks.",
    limit=f"{LEAST_MM:g} mm, child {LEAST_CHILD_MM:g} mm",
    source="workshop practice, recalled (science.md §7)",
    judge=judge,
)
