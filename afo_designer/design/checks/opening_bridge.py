"""Opening bridge: wall enough round every opening."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.shell.holes import LEAST_BRIDGE_MM, least_bridge


def judge(finished: Finished) -> Iterator[Check]:
    """Least wall between any two openings of a part, or one and the edge, where there are any."""
    shells = [part.shell for part in finished.parts if part.shell is not None]
    found = [least_bridge(one.chart, one.trim, one.openings) for one in shells if one.openings]
    if found:
        least = min(found)
        message = "Least wall between two openings, or an opening and the edge."
        ok = least >= LEAST_BRIDGE_MM
        yield judged("opening_bridge", least, LEAST_BRIDGE_MM, "mm", ok, message)


RULE = Rule(
    id="opening_bridge",
    place=152,
    protects="The wall between openings: round edges that meet leave none.",
    limit=f"{LEAST_BRIDGE_MM:g} mm",
    source="this project's choice",
    judge=judge,
)
