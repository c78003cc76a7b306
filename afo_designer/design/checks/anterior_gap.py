"""Anterior gap: the anterior shell closes over the calf part and does not rub on it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from afo_designer.design.checks.check import FAIL, Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.shell.shin import overlap_gap

# The surfaces are refitted splines: their offset errs by a tenth of a millimetre.
TOLERANCE_MM = 0.3


def judge(finished: Finished) -> Iterator[Check]:
    """The least distance between the two parts where one lies over the other."""
    shell, limit = finished.shell, finished.shell.parameters.shin.gap_mm
    if shell.parameters.shin.cover != "yes":
        return
    fronts = [part.shell for part in finished.parts if part.name == "anterior"]
    gaps = np.concatenate([overlap_gap(shell, front) for front in fronts if front is not None])
    if not len(gaps):
        missed = "The anterior shell does not reach over the calf part's edges: widen its overlap."
        yield Check("anterior_gap", "no overlap", limit, "mm", FAIL, missed)
        return
    least = float(gaps.min())
    ok = least >= limit - TOLERANCE_MM
    message = "Between the anterior shell and the calf part's wall under it."
    yield judged("anterior_gap", least, limit, "mm", ok, message)


RULE = Rule(
    id="anterior_gap",
    place=165,
    protects="The fit of the two parts: without room they do not close over the leg.",
    limit="shell.shin.gap_mm",
    source="this project's choice",
    judge=judge,
)
