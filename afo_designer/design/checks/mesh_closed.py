"""Mesh closed: the printed part has an inside."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import FAIL, PASS, Check, Rule
from afo_designer.design.checks.finished import Finished


def judge(finished: Finished) -> Iterator[Check]:
    """Every edge between two triangles that agree on the outside."""
    closed = all(part.mesh.is_closed for part in finished.parts)
    message = (
        "Every edge of the surface is shared by two triangles that agree on the outside."
        if closed
        else "The surface has open or misoriented edges."
    )
    yield Check("mesh_closed", closed, True, "", PASS if closed else FAIL, message)


RULE = Rule(
    id="mesh_closed",
    place=30,
    protects="The part: a slicer guesses what lies inside an open surface.",
    limit="no open or misoriented edge",
    source="what every print service asks (reliability notes §5)",
    judge=judge,
)
