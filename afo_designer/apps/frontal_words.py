"""Frontal words: what sheet and terminal say of an orthosis that claims the frontal plane alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.wording import at, finite, mapping, number, pair_of, span, text

UNIT = "N·m/deg"


def frontal_plane(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record's figures of that plane, empty where the orthosis claims the sagittal one."""
    return mapping(at(record, "stiffness.frontal_plane"))


def frontal_summary(record: Mapping[str, Any]) -> list[str]:
    """The sentences a person reads first."""
    found = frontal_plane(record)
    return [
        f"Holds the hindfoot with {number(found.get('inversion'))} N·m per degree against "
        f"inversion and {number(found.get('eversion'))} against eversion.",
        text(at(record, "stiffness.reason")),
    ]


def frontal_numbers(record: Mapping[str, Any]) -> list[list[str]]:
    """[name, value, remark] in place of the sagittal stiffnesses."""
    found = frontal_plane(record)
    asked = finite(at(record, "prescription.target_stiffness_nm_per_deg"))
    wanted = f"; asked for against foot drop: {number(asked, 2, UNIT)}" if asked else ""
    interval = span(pair_of(found.get("interval")), 2, UNIT)
    return [
        ["Sagittal stiffness", "not claimed", f"nothing was tuned or measured{wanted}"],
        ["Against inversion", number(found.get("inversion"), 2, UNIT), interval],
        [
            "Against eversion",
            number(found.get("eversion"), 2, UNIT),
            "cuff above the malleoli, rigid: an upper bound",
        ],
    ]


def frontal_line(record: Mapping[str, Any]) -> str:
    """The terminal's line."""
    found = frontal_plane(record)
    return (
        f"stiffness {number(found.get('inversion'))} N·m/deg against inversion, "
        f"{number(found.get('eversion'))} against eversion "
        f"({span(pair_of(found.get('interval')))}); nothing sagittal: it does nothing against "
        "foot drop"
    )
