"""Triangles: a file that services accept."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished

MOST = 500_000


def judge(finished: Finished) -> Iterator[Check]:
    """The STL file's triangles; of several parts the largest file's."""
    count = max(len(part.mesh.triangles) for part in finished.parts)
    yield judged("triangles", count, MOST, "", count <= MOST, "Size of the STL file.")


RULE = Rule(
    id="triangles",
    place=50,
    protects="The order: services refuse large files.",
    limit=f"{MOST:,} triangles".replace(",", " "),
    source="half of what Shapeways took (reliability notes §5, read)",
    judge=judge,
)
