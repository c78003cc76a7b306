"""Dorsiflexion stiffness: the second rocker must remain."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished


def judge(finished: Finished) -> Iterator[Check]:
    """Stiffness into dorsiflexion against what leaves the second rocker."""
    if finished.stiffness is None or finished.stiffness.way == "dorsiflexion":
        return
    most = finished.prescription.directions.most_dorsiflexion
    yield dorsiflexion_check(finished.stiffness.dorsiflexion, most, finished.overridden)


def dorsiflexion_check(stiffness: float, most: float, overridden: bool) -> Check:
    """A prescriber who goes on past clinical stops is warned only."""
    ok = stiffness <= most
    message = "Stiffness into dorsiflexion against what leaves the second rocker."
    if not ok:
        message += (
            " The shank advances over the foot against more: a hinge free in dorsiflexion, or a "
            "softer family."
        )
    bad = "warn" if overridden else "fail"
    return judged("dorsiflexion_stiffness", stiffness, most, "N·m/deg", ok, message, bad)


RULE = Rule(
    id="dorsiflexion_stiffness",
    place=20,
    protects="The knee and the stride: an ankle that is blocked in stance is walked around.",
    limit="a fifth of the push-off peak at 12 deg of dorsiflexion",
    source="engineering estimate on Schwartz 2008 (design/limits.py)",
    judge=judge,
)
