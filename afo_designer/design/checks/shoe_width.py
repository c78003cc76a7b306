"""Shoe width: plate at the ball and cup at the heel go between the shoe's sides."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import WARN, Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.checks.shoe_length import NOT_EXAMINED
from afo_designer.design.shoe import BALL_GIVE_MM, HEEL_GIVE_MM
from afo_designer.design.shoe_size import HEEL_WIDTH


def judge(finished: Finished) -> Iterator[Check]:
    """Widths worn, the upper's give taken off, against the insole's or the size's."""
    shoe = finished.shoe
    found = (
        ("ball", shoe.needs_ball_mm, shoe.room.ball_mm, f"size {shoe.size:g}: {shoe.fitting}"),
        ("heel", shoe.needs_heel_mm, shoe.room.heel_mm, "a shoe with a wide heel"),
    )
    for name, needed, room, way in found:
        key = f"shoe_width_{name}"
        if room is None:
            missing = f"No shoe was measured ({way}): enter footwear.insole_width_mm."
            yield Check(key, NOT_EXAMINED, needed, "mm", WARN, missing)
            continue
        said = f"Width that the orthosis needs at the {name}; if it is too wide, {way}."
        yield judged(key, needed, room, "mm", needed <= room, said, "warn")


RULE = Rule(
    id="shoe_width",
    place=332,
    protects="The foot's edges and the shoe: what is forced in presses and splits the upper.",
    limit=(
        f"the insole's width at the ball, {HEEL_WIDTH:g} of it at the heel; the upper gives "
        f"{BALL_GIVE_MM:g} and {HEEL_GIVE_MM:g} mm"
    ),
    source="heel over ball: ANSUR II (science.md §8, read); what the upper gives: this project's",
    judge=judge,
)
