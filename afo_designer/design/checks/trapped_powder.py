"""Trapped powder: no void without a way out, no deep narrow pocket."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import FAIL, PASS, WARN, Check, Rule
from afo_designer.design.checks.finished import Finished
from afo_designer.design.printing.printed import spot

# Surface (mm²) in pockets that a jet of air does not mind (this project's choice).
POCKET_MM2 = 20.0


def judge(finished: Finished) -> Iterator[Check]:
    """A closed void fails; a pocket is to be looked at."""
    voids = sum(sum(part.trap.voids_mm3) for part in finished.printed)
    pockets = sum(part.trap.pocket_mm2 for part in finished.printed)
    place = next((one.trap.place for one in finished.printed if one.trap.place is not None), None)
    verdict = FAIL if voids > 0.0 else WARN if pockets > POCKET_MM2 else PASS
    message = "No closed void, no pocket that hardly sees the sky."
    if voids > 0.0:
        message = f"Closed voids of {voids:.0f} mm³ keep their powder, {spot(place)}."
    elif verdict == WARN:
        message = f"{pockets:.0f} mm² of surface lie deep in narrow pockets, {spot(place)}."
    value, limit, unit = (voids, 0.0, "mm³") if voids > 0.0 else (pockets, POCKET_MM2, "mm²")
    yield Check("trapped_powder", value, limit, unit, verdict, message)


RULE = Rule(
    id="trapped_powder",
    place=62,
    protects="The person and the service: loose powder comes out for weeks, and adds weight.",
    limit=f"no closed void; {POCKET_MM2:g} mm² of surface that sees the sky by less than 2 %",
    source="escape openings of 4 mm that services ask for (reliability notes §5, read); "
    "the sky's share is this project's choice",
    judge=judge,
)
