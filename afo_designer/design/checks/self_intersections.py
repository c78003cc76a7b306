"""Self-intersections: the wall does not pass through itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.remedy import remedy
from afo_designer.geometry.intersection import self_intersections


def judge(finished: Finished) -> Iterator[Check]:
    """Triangles that cross others."""
    crossings = sum(part.crossings for part in finished.parts)
    message = "Triangles that cross others."
    crossed = next((part for part in finished.parts if part.crossings), None)
    if crossed is not None:
        pairs = self_intersections(crossed.mesh)
        middle = np.median(crossed.mesh.corners[np.unique(pairs)].mean(axis=1), axis=0)
        message = f"{message} {remedy(finished.shell, middle, crossed.name)}"
    yield judged("self_intersections", crossings, 0, "", crossings == 0, message)


RULE = Rule(
    id="self_intersections",
    place=40,
    protects="The part: where walls cross, slicers leave voids.",
    limit="none",
    source="what every print service asks (reliability notes §5)",
    judge=judge,
)
