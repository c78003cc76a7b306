"""Hinge pressure: what stop and holes bear."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished

# Two cylinders begin to yield, under the surface, where the middle of their contact bears this much
# of the yield strength (Johnson, Contact Mechanics, 6.1, recalled).
LINE_CONTACT = 1.67


def judge(finished: Finished) -> Iterator[Check]:
    """Contact pressure at the stop, and of screw or pin in its hole."""
    motion = finished.motion
    if motion is None:
        return
    strength, case = finished.material.strength_mpa, motion.case.replace("_", " ")
    edges = "flats" if motion.flat_mm > 0.0 else "half round edges"
    message = (
        f"Contact pressure where the {edges} of the stop meet, {motion.stop_n:.0f} N in "
        f"{case}. Beyond the limit it beds in by hundredths of a millimetre; widen "
        "shell.hinge.stop_width_mm, thicken the wall, or lower shell.edge.radius_mm."
    )
    limit = strength if motion.flat_mm > 0.0 else LINE_CONTACT * strength
    ok = motion.stop_mpa <= limit
    yield judged("hinge_pressure_stop", motion.stop_mpa, limit, "MPa", ok, message, "warn")
    message = f"Bearing pressure in a hinge's hole, {motion.hinge_n:.0f} N in {case}."
    ok = motion.bearing_mpa <= strength
    yield judged("hinge_pressure_hole", motion.bearing_mpa, strength, "MPa", ok, message)


RULE = Rule(
    id="hinge_pressure",
    place=214,
    protects="The stop's angle and the hinge's play: pressed edges and holes creep.",
    limit="the strength in holes and on flats, 1.67 times it where half round edges meet in a line",
    source="Hertz; yield of line contact (Johnson, recalled)",
    judge=judge,
)
