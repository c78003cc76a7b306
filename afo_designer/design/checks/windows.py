"""Windows: as much open as was asked for, and none beside wall that bears much."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import WARN, Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.printing.printed import spot

# Drawing windows in and counting what they open agree within this, percent ([D]).
ROUNDING = 0.04


def judge(finished: Finished) -> Iterator[Check]:
    """What a design's windows open, and what the wall beside them bears of what it may."""
    found = finished.ventilation
    if found is None:
        return
    asked, got = found.asked_percent, found.got_percent
    enough = got >= (1.0 - ROUNDING) * asked
    message = f"{found.count} windows open {got:.1f} % of the calf where they may be."
    if not enough:
        message = (
            f"{asked:g} % was asked for (shell.windows.free_area_percent); {got:.1f} % remained "
            f"possible off wall that bears more than {found.limit_percent:g} % of what it may."
        )
    yield judged("windows_free_area", got, asked, "%", enough, message, WARN)
    ok = found.borne_percent <= found.limit_percent
    message = (
        "Most that the wall beside a window bears, of the strength or, in a step's cycle, the "
        f"endurance, {spot(found.position)}. Round it a window multiplies stress."
    )
    yield judged("windows_stress", found.borne_percent, found.limit_percent, "%", ok, message, WARN)


RULE = Rule(
    id="windows",
    place=154,
    protects="The wall beside windows: an opening multiplies the stress there.",
    limit="the free area asked for; shell.windows.stress_share_percent of the allowed stress",
    source="a round hole trebles the stress beside it (Kirsch 1898, recalled); the limit is the "
    "design's own",
    judge=judge,
)
