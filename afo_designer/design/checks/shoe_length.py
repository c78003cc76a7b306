"""Shoe length: the worn orthosis and the toes end inside the insole."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import WARN, Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.shoe_size import HEEL_OVERHANG_MM
from afo_designer.shell.outline import FRONT_MM

NOT_EXAMINED = "not examined"


def judge(finished: Finished) -> Iterator[Check]:
    """From the hindmost point to plate or toes, and the room before them, against the shoe's."""
    shoe = finished.shoe
    needed, room, size = shoe.needs_length_mm, shoe.room.length_mm, f"{shoe.size:g}"
    if room is None:
        missing = (
            f"No shoe was measured: European size {size} is long enough, or enter "
            "footwear.insole_length_mm."
        )
        yield Check("shoe_length", NOT_EXAMINED, needed, "mm", WARN, missing)
        return
    said = (
        f"Length that the orthosis takes in the shoe ({shoe.room.basis}). "
        f"European size {size} is long enough."
    )
    if shoe.cut_back_mm > 0.0:
        said += f" Or cut the plate back by up to {shoe.cut_back_mm:.0f} mm before the toes."
    yield judged("shoe_length", needed, room, "mm", needed <= room, said, "warn")


RULE = Rule(
    id="shoe_length",
    place=331,
    protects="The toes and the gait: a shoe that is too short lifts the heel out of the cup.",
    limit=f"the insole and {HEEL_OVERHANG_MM:g} mm under the counter; {FRONT_MM:g} mm in front",
    source="Paris point (ISO/TS 19407 by its summary, read); the allowances are this project's",
    judge=judge,
)
