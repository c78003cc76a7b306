"""Self-intersections: the wall does not pass through itself."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished


def judge(finished: Finished) -> Iterator[Check]:
    """Triangles that cross others."""
    crossings = sum(part.crossings for part in finished.parts)
    message = "Triangles that cross others."
    yield judged("self_intersections", crossings, 0, "", crossings == 0, message)


RULE = Rule(
    id="self_intersections",
    place=40,
    protects="The part: where walls cross, slicers leave voids.",
    limit="none",
    source="what every print service asks (reliability notes §5)",
    judge=judge,
)
