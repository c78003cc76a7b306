"""Fatigue: the steps of its years."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, linear_words, spoken
from afo_designer.design.checks.finished import Finished
from afo_designer.design.place import coordinates


def judge(finished: Finished) -> Iterator[Check]:
    """The stress amplitude of walking against what the material bears as often."""
    cycle, linear = finished.verified.fatigue, finished.verified.linear
    if cycle is None:
        return
    if cycle.found is None:
        unknown = "Not computed: an extreme of the step has no state in equilibrium."
        yield Check("fatigue", float("nan"), "not known", "MPa", cycle.verdict, unknown)
        return
    found = cycle.found
    yield Check(
        "fatigue",
        found.amplitude,
        found.allowable,
        "MPa",
        cycle.verdict,
        f"Walking, {spoken(cycle.demand.plantarflexion_case)} to "
        f"{spoken(cycle.demand.dorsiflexion_case)}, at {cycle.place} "
        f"({coordinates(cycle.position)}). {found.sentence}{linear_words(linear)}",
    )


RULE = Rule(
    id="fatigue",
    place=200,
    protects="The person from a brace that breaks in its second winter.",
    limit="the material's amplitude at the steps of the years of service",
    source="the material's data (docs/verification.md); partly recalled",
    judge=judge,
)
