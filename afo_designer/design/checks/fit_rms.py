"""Fit: the inner surface lies on the modified limb."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished

RMS_MM = 0.5


def judge(finished: Finished) -> Iterator[Check]:
    """Inner surface against the positive model inside the trim."""
    rms = finished.fit.rms
    message = "Inner surface against the modified limb inside the trim, root mean square."
    yield judged("fit_rms", rms, RMS_MM, "mm", rms <= RMS_MM, message, "warn")


RULE = Rule(
    id="fit_rms",
    place=70,
    protects="The skin: a shell of another shape than the cast presses where nobody asked.",
    limit=f"{RMS_MM:g} mm, root mean square",
    source="this project's choice, below a hand-held scanner's error",
    judge=judge,
)
