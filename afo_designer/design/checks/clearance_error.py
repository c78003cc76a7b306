"""Clearance: the room that was asked for is there."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished

ERROR_MM = 0.5


def judge(finished: Finished) -> Iterator[Check]:
    """Distance to the skin against the one asked for."""
    error = finished.fit.clearance_error
    message = "Distance to the skin against the one asked for, root mean square."
    yield judged("clearance_error", error, ERROR_MM, "mm", error <= ERROR_MM, message, "warn")


RULE = Rule(
    id="clearance_error",
    place=80,
    protects="The skin: sock, reliefs and build-ups need the room they were given.",
    limit=f"{ERROR_MM:g} mm, root mean square",
    source="this project's choice, below a hand-held scanner's error",
    judge=judge,
)
