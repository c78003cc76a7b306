"""Hinge motion: the parts turn freely up to where they stop, stop there, and hold the foot up."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import FAIL, PASS, Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.hinge_motion import STOP_TOLERANCE_DEG
from afo_designer.design.prescription import demand_of


def judge(finished: Finished) -> Iterator[Check]:
    """Dorsiflexion without contact, contact at the stop's angle, and where the foot hangs on it."""
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
    for one in finished.verified.cases:
        if one.case.name == "swing":
            yield _swing(finished, one.case.rotation_deg)


def _swing(finished: Finished, rotation_deg: float) -> Check:
    """The ankle angle at which the foot's weight hangs on the stop."""
    neutral = finished.prescription.neutral_angle_deg
    demand = demand_of(finished.person, neutral, finished.prescription.course)
    lowest, hangs = demand.swing_angle_deg, neutral + rotation_deg
    message = "Ankle angle at which the foot hangs on the stop in swing."
    ok = hangs >= lowest - STOP_TOLERANCE_DEG
    if not ok:
        message += " Lower than swing allows, the toes drag: raise shell.hinge.stop_angle_deg."
    return judged("hinge_motion_swing", hangs, lowest, "deg", ok, message)


RULE = Rule(
    id="hinge_motion",
    place=213,
    protects="The second rocker, and the foot that the stop has to lift.",
    limit=f"the dorsiflexion asked for; the stop within {STOP_TOLERANCE_DEG:g} deg; the lowest "
    "angle that swing allows",
    source="this project's choice; parts turned against each other as meshes; science.md §5",
    judge=judge,
)
