"""Malleolar gap: a covered malleolus has room."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.malleoli import malleoli

GAP_MM = 5.0
# What the chart's own fit may take of the room that the relief asked for.
TOLERANCE_MM = 0.25


def judge(finished: Finished) -> Iterator[Check]:
    """Room between each covered malleolus and the wall."""
    for one in malleoli(finished.positive, finished.shell):
        if one.covered:
            gap = float(np.linalg.norm(one.nearest - one.apex))
            ok = gap >= GAP_MM - TOLERANCE_MM
            message = "Room between the covered malleolus and the wall."
            yield judged(f"gap_{one.name}", gap, GAP_MM, "mm", ok, message, "warn")


RULE = Rule(
    id="gap",
    place=100,
    protects="The skin over bone, which ulcerates first.",
    limit=f"{GAP_MM:g} mm",
    source="workshop practice, recalled (science.md §7)",
    judge=judge,
)
