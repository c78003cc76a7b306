"""Pose correction: how far the limb was turned from its scan."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished

LARGE_DEG = 15.0


def judge(finished: Finished) -> Iterator[Check]:
    """The turn of the ankle from the scan's pose."""
    correction = abs(float(np.degrees(finished.positive.correction)))
    yield judged(
        "pose_correction",
        correction,
        LARGE_DEG,
        "deg",
        correction <= LARGE_DEG,
        "The foot was turned by this much from the scan's pose; the skin's real shape there is a "
        "guess. A scan near the prescribed angle is better.",
        "warn",
    )


RULE = Rule(
    id="pose_correction",
    place=90,
    protects="The fit over instep and Achilles tendon, whose skin was not seen in this pose.",
    limit=f"{LARGE_DEG:g} deg",
    source="engineering choice, unvalidated",
    judge=judge,
)
