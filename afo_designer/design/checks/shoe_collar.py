"""Shoe collar: leg and orthosis pass the opening of a low shoe, and of a boot."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished

# Laces let a throat open about so far before the tongue no longer covers it ([D]).
THROAT_MM = 40.0


def judge(finished: Finished) -> Iterator[Check]:
    """What the orthosis adds to the leg's girth at either collar."""
    worn = finished.shoe.worn
    for name, kind, collar in (("low", "low shoe", worn.low), ("boot", "boot", worn.boot)):
        added = collar.added_girth_mm
        wider = collar.width_mm - collar.leg_width_mm
        said = (
            f"Girth added at a {kind}'s collar, {collar.height_mm:.0f} mm above the insole: "
            f"{wider:.0f} mm wider than the leg, {collar.behind_mm:.0f} mm behind it. "
            "Beyond the limit take a shoe that opens to the toes."
        )
        yield judged(
            f"shoe_collar_{name}", added, THROAT_MM, "mm", added <= THROAT_MM, said, "warn"
        )


RULE = Rule(
    id="shoe_collar",
    place=334,
    protects="The person who has to get in: an orthosis that goes into no shoe is not worn.",
    limit=f"{THROAT_MM:g} mm of girth",
    source="this project's choice; heights: 10 mm below the malleolus, EN ISO 20345 (recalled)",
    judge=judge,
)
