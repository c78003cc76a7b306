"""Hinge axis: the orthosis turns where the ankle does."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.shell.hinge import MOST_OFF_MM


def judge(finished: Finished) -> Iterator[Check]:
    """The axis's distance from the farther malleolus."""
    motion = finished.motion
    if motion is None:
        return
    lateral, medial = motion.off_mm
    off = max(motion.off_mm)
    message = (
        f"The hinge's axis passes {lateral:.1f} mm off the lateral and {medial:.1f} mm off the "
        "medial malleolus."
    )
    yield judged("hinge_axis", off, MOST_OFF_MM, "mm", off <= MOST_OFF_MM, message)


RULE = Rule(
    id="hinge_axis",
    place=212,
    protects="The skin: an orthosis that turns about another axis than the ankle pistons on it.",
    limit=f"{MOST_OFF_MM:g} mm off either malleolus",
    source="this project's choice",
    judge=judge,
)
