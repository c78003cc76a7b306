"""Dorsiflexion words: what sheet and terminal say of an orthosis made against the shin's advance.

Its promise is the stiffness into dorsiflexion, the prescriber's own; where there is none the
template's wall stands and nothing was promised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.wording import at, finite, number, pair_of, span

UNIT = "N·m/deg"
NOT_GIVEN = "none given: the template's wall, for no formula here says what a weak calf needs"


def resists_shin(record: Mapping[str, Any]) -> bool:
    """Whether the stiffness promised is that into dorsiflexion."""
    return at(record, "stiffness.way") == "dorsiflexion"


def dorsiflexion_summary(record: Mapping[str, Any]) -> str:
    """The sentence a person reads first."""
    target = finite(at(record, "stiffness.target"))
    asked = NOT_GIVEN if target is None else f"asked for: {number(target)}"
    return (
        f"Resists the shin's advance over the foot with "
        f"{number(at(record, 'stiffness.dorsiflexion'))} N·m per degree ({asked})."
    )


def dorsiflexion_numbers(record: Mapping[str, Any]) -> list[list[str]]:
    """[name, value, remark] in place of what a spring against foot drop has."""
    target = finite(at(record, "stiffness.target"))
    error = finite(at(record, "stiffness.error_percent"))
    off = "" if error is None else f", {number(error, 1, '%')} from target"
    interval = span(pair_of(at(record, "stiffness.interval")))
    return [
        [
            "Target stiffness",
            "not prescribed" if target is None else number(target, 2, UNIT),
            NOT_GIVEN if target is None else "the prescriber's own, into dorsiflexion",
        ],
        [
            "Achieved, against dorsiflexion",
            number(at(record, "stiffness.dorsiflexion"), 2, UNIT),
            f"{interval}{off}",
        ],
        [
            "And against plantarflexion",
            number(at(record, "stiffness.plantarflexion"), 2, UNIT),
            "as it comes: nothing was asked of it",
        ],
    ]


def dorsiflexion_line(record: Mapping[str, Any]) -> str:
    """The terminal's line."""
    target = finite(at(record, "stiffness.target"))
    asked = "none asked for" if target is None else f"target {number(target)}"
    return (
        f"stiffness {number(at(record, 'stiffness.dorsiflexion'))} N·m/deg against the shin's "
        f"advance ({span(pair_of(at(record, 'stiffness.interval')))}), {asked}; "
        f"{number(at(record, 'stiffness.plantarflexion'))} against the foot's drop"
    )
