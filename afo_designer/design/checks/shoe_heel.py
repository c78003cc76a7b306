"""Shoe heel: what lies under the heel neither lifts it out of the shoe nor tilts the foot."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished

# In-shoe lifts stay below this, or the heel slips out of the counter (several pages, read).
MOST_LIFT_MM = 10.0
# A pitch beside the shoe's own that is not worth a shim ([D]).
TILT_DEG = 1.5


def judge(finished: Finished) -> Iterator[Check]:
    """The stack under the heel, and how it pitches the foot beside the shoe's heel height."""
    shoe = finished.shoe
    stack = shoe.worn.heel_stack_mm
    lift = "Plate and room under the heel: it stands so much higher in the shoe than bare."
    yield judged("shoe_heel_stack", stack, MOST_LIFT_MM, "mm", stack <= MOST_LIFT_MM, lift, "warn")
    given = "footwear.heel_height_difference_mm" in finished.person.given
    assumed = "" if given else " The shoe's heel height was assumed: measure it."
    tilt = f"Pitch that the plate adds to the shoe's own; take it off with a shim.{assumed}"
    ok = abs(shoe.tilt_deg) <= TILT_DEG
    yield judged("shoe_heel_tilt", shoe.tilt_deg, TILT_DEG, "deg", ok, tilt, "warn")


RULE = Rule(
    id="shoe_heel",
    place=333,
    protects="The heel's seat in the shoe, and the shank's inclination that was prescribed.",
    limit=f"stack {MOST_LIFT_MM:g} mm; {TILT_DEG:g} deg of pitch by the plate",
    source="lifts inside a shoe stay below 10 mm (several pages, read); the pitch is our choice",
    judge=judge,
)
