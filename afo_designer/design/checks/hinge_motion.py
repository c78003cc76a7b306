"""Hinge motion: the parts turn freely up to where they stop, and stop there."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import FAIL, PASS, Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.hinge_motion import STOP_TOLERANCE_DEG


def judge(finished: Finished) -> Iterator[Check]:
    """Dorsiflexion without contact, and contact at the stop's angle."""
    motion = finished.motion
    if motion is None:
        return
    free, asked = motion.free_deg, motion.asked_deg
    message = "Dorsiflexion up to which calf and foot part do not touch, from neutral."
    yield judged("hinge_motion_free", free, asked, "deg", free >= asked, message)
    message = "Calf and foot part meet behind the heel where the stop is meant to be."
    if motion.early:
        message = "Calf and foot part touch before the stop's angle."
    elif motion.late:
        message = "Calf and foot part do not meet at the stop's angle."
    verdict = PASS if motion.stops else FAIL
    yield Check("hinge_motion_stop", motion.stops, True, "", verdict, message)


RULE = Rule(
    id="hinge_motion",
    place=213,
    protects="The second rocker, and the foot that the stop has to lift.",
    limit=f"the dorsiflexion asked for; the stop within {STOP_TOLERANCE_DEG:g} deg",
    source="this project's choice; parts turned against each other as meshes",
    judge=judge,
)
