"""Donning: one gets in."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished


def judge(finished: Finished) -> Iterator[Check]:
    """Strain of the wall when calf and malleoli pass the opening."""
    allowed = finished.material.elongation_percent / 3.0
    for way in finished.openings:
        strain = 100.0 * way.strain
        yield judged(
            f"donning_{way.name}",
            strain,
            allowed,
            "%",
            strain <= allowed,
            f"Surface strain to spread the opening from {way.chord:.0f} for {way.passing:.0f} mm "
            "(estimate: one strip, a third of the elongation at break allowed).",
        )


RULE = Rule(
    id="donning",
    place=170,
    protects="The part when it is put on, and the person who cannot.",
    limit="a third of the material's elongation at break",
    source="engineering choice, unvalidated",
    judge=judge,
)
