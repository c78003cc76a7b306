"""Strength: the load cases of walking, stairs and stumbling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, recalled_words
from afo_designer.design.checks.finished import Finished
from afo_designer.design.loadcase import Direction
from afo_designer.design.place import coordinates
from afo_designer.design.verification import (
    GOOD_FACTOR,
    LEAST_FACTOR,
    LINEAR_RANGE_DEG,
    CaseResult,
)


def judge(finished: Finished) -> Iterator[Check]:
    """The safety factor of each load case."""
    verified = finished.verified
    for result in verified.cases:
        yield Check(
            f"strength_{result.case.name}",
            result.safety_factor,
            GOOD_FACTOR,
            "",
            result.verdict,
            _message(result, verified.linear),
        )


def _message(result: CaseResult, linear: bool) -> str:
    """Place, value, limit and its source, and what the factor cannot say."""
    if result.trouble:
        return f"Not computed: {result.trouble}"
    stress = max(result.max_von_mises, result.max_principal)
    source = re.split("[,;]", result.limit_source)[0]
    said = (
        f"{result.limit:.1f} MPa ({source}) over the largest {result.criterion}, "
        f"{stress:.1f} MPa, at {result.place} ({coordinates(result.position)}); below "
        f"{LEAST_FACTOR:g} fails, below {GOOD_FACTOR:g} warns.{recalled_words(result.recalled)}"
    )
    if result.safety_factor < LEAST_FACTOR and result.verdict == "warn":
        said += " " + _spared(result, linear)
    return said


def _spared(result: CaseResult, linear: bool) -> str:
    """Why a factor below one warns and does not fail."""
    if result.case.direction is Direction.FRONTAL:
        return "A rigid cuff forces this turn, where straps and skin yield: an upper bound."
    if linear:
        return (
            f"Linear, beyond {LINEAR_RANGE_DEG:g} deg an extrapolation: by this estimate it "
            "yields, do not rely on it."
        )
    return (
        "A rare overload whose rotation floor and shoe set: by the linear law the wall yields, its "
        "strain stays within what surface_strain allows."
    )


RULE = Rule(
    id="strength",
    place=180,
    protects="The person from a wall that yields or breaks under a step.",
    limit=f"factor {GOOD_FACTOR:g} on the material's strength; below {LEAST_FACTOR:g} it fails",
    source="the material's data sheet; factors are engineering choices (docs/verification.md)",
    judge=judge,
)
