"""Frontal only: an orthosis that does nothing against the weakness it was ordered for."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import WARN, Check, Rule
from afo_designer.design.checks.finished import Finished


def judge(finished: Finished) -> Iterator[Check]:
    """Nothing sagittal against what foot drop asks for."""
    if finished.stiffness is None:
        yield Check(
            "frontal_only",
            "not claimed",
            f"{finished.prescription.target_stiffness:.2f} N·m/deg",
            "",
            WARN,
            "The orthosis holds the hindfoot in the frontal plane and claims nothing sagittal: it "
            "does nothing against foot drop.",
        )


RULE = Rule(
    id="frontal_only",
    place=15,
    protects="The person with foot drop from an orthosis that does not lift the foot.",
    limit="what the prescription asks for in the sagittal plane; it always warns",
    source="science.md §7: supramalleolar for the frontal plane only, never for foot drop",
    judge=judge,
)
