"""Least wall: what the process prints reliably."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished


def judge(finished: Finished) -> Iterator[Check]:
    """Thinnest wall against the material's least."""
    wall, least = finished.least_wall, finished.material.min_wall_mm
    message = f"Thinnest wall against what {finished.material.process} prints reliably."
    yield judged("min_wall", wall, least, "mm", wall >= least, message)


RULE = Rule(
    id="min_wall",
    place=60,
    protects="The part: thinner walls come out with holes or break when unpacked.",
    limit="the material's min_wall_mm",
    source="each material's file (reliability notes §5)",
    judge=judge,
)
