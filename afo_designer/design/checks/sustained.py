"""Sustained load: long standing."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, linear_words
from afo_designer.design.checks.finished import Finished
from afo_designer.design.place import coordinates


def judge(finished: Finished) -> Iterator[Check]:
    """The stress of standing against what the material bears for long."""
    sustained, linear = finished.verified.sustained, finished.verified.linear
    if sustained is None:
        return
    if sustained.found is None:
        unknown = "Not computed: standing has no state in equilibrium."
        yield Check("sustained", float("nan"), "not known", "MPa", sustained.verdict, unknown)
        return
    lasting = sustained.found
    yield Check(
        "sustained",
        lasting.stress,
        "not known" if lasting.limit is None else lasting.limit,
        "MPa",
        sustained.verdict,
        f"Long standing (engineering estimate), at {sustained.place} "
        f"({coordinates(sustained.position)}). {lasting.sentence}{linear_words(linear)}",
    )


RULE = Rule(
    id="sustained",
    place=210,
    protects="The fit: plastics creep under a lasting load.",
    limit="the material's lasting stress",
    source="the material's creep data where known; engineering estimate",
    judge=judge,
)
