"""Buckling: the wall does not give way sideways."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from afo_designer.design.checks.check import Check, Rule, spoken
from afo_designer.design.checks.finished import Finished
from afo_designer.design.place import coordinates
from afo_designer.design.stability import FURTHEST_DEG


def judge(finished: Finished) -> Iterator[Check]:
    """Linear buckling over the nearest case, and what the run in large rotations met."""
    found = finished.verified.stability
    levels = ", ".join(
        f"{way} {abs(level):.0f} deg" if np.isfinite(level) else f"{way} beyond {FURTHEST_DEG:g}"
        for way, level in found.levels_deg.items()
    )
    said = f"Linear buckling over the nearest case ({spoken(found.case)}): {levels}."
    if found.place:
        said += f" It bulges most at {found.place} ({coordinates(found.position)})."
    if found.trouble:
        said += f" {found.trouble}"
    if not np.isnan(found.unstable_deg):
        plane = "sideways " if found.frontal else ""
        said += f" In large rotations it is unstable from {plane}{found.unstable_deg:+.1f} deg."
    elif found.confirmed:
        said += " In large rotations it stayed stable at every computed angle."
    else:
        said += " Not confirmed in large rotations."
    if not np.isnan(found.slack_deg):
        said += (
            f" Its moment no longer grows from {found.slack_deg:+.1f} deg: a load pushes through."
        )
    yield Check("buckling", found.factor, found.limit, "", found.verdict, said)


RULE = Rule(
    id="buckling",
    place=220,
    protects="The person from a brace that holds until it suddenly does not.",
    limit="the factor in design/stability.py",
    source="engineering choice (docs/verification.md)",
    judge=judge,
)
