"""Surface strain: the largest of all cases."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, recalled_words, spoken
from afo_designer.design.checks.finished import Finished
from afo_designer.design.place import coordinates


def judge(finished: Finished) -> Iterator[Check]:
    """The largest strain of the wall against a third of the elongation at break."""
    strain = finished.verified.strain
    if strain is None:
        return
    yield Check(
        "surface_strain",
        strain.percent,
        strain.limit,
        "%",
        strain.verdict,
        f"Largest strain of the wall, in {spoken(strain.case)}, at {strain.place} "
        f"({coordinates(strain.position)}); a third of the elongation at break in the weakest "
        f"direction is allowed.{recalled_words(strain.recalled)}",
    )


RULE = Rule(
    id="surface_strain",
    place=190,
    protects="The person from a wall that tears where stress alone says little.",
    limit="a third of the elongation at break in the weakest direction",
    source="the material's data sheet; the third is an engineering choice",
    judge=judge,
)
