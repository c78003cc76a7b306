"""Outcome: a design in the terminal, the verdict first, then the figures, then what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from afo_designer.apps.dorsiflexion_words import dorsiflexion_line, resists_shin
from afo_designer.apps.frontal_words import frontal_line, frontal_plane
from afo_designer.apps.hinge_words import has_hinge
from afo_designer.apps.spring import grading_words, is_linear
from afo_designer.apps.verdicts import check_rows, said_once
from afo_designer.apps.wording import at, finite, human, mapping, number, pair_of, span


def say_design(record: Mapping[str, Any], output: Path, out: Console) -> None:
    """A line each for stiffness, strength, skin and wall; then checks, notes and the folder."""

    def line(said: str) -> None:
        if said:
            out.print(said, markup=False, highlight=False)

    side = str(at(record, "scan.side")).upper()
    identity = str(record["design_id"])[:8]
    line(f"{side}  {at(record, 'family.title')}  {identity}: {record['status']}")
    if frontal_plane(record):
        line(frontal_line(record))
    else:
        line(dorsiflexion_line(record) if resists_shin(record) else _stiffness(record))
    line(_strength(record))
    line(_skin(record))
    graded = at(record, "grading.graded")
    line(grading_words(record).rstrip(".").lower() if graded else "")
    line(f"mass {number(at(record, 'print.mass_g'), 0, 'g')}")
    for stop in mapping(record.get("prescription")).get("stops") or ():
        word = "what this family is for" if stop.get("answered") else "stop"
        line(f"{word}: {stop['message']}")
    for row in said_once([row for row in check_rows(record) if row["verdict"] != "pass"]):
        limit = f", limit {row['limit']}" if row["limit"] else ""
        message = f": {row['message']}" if row["message"] else ""
        line(f"{row['verdict']}: {row['id']} {row['value']}{limit}{message}")
    for warning in record.get("warnings") or ():
        line(f"note: {warning}")
    line(f"files in {output}")


def _stiffness(record: Mapping[str, Any]) -> str:
    found = mapping(record.get("stiffness"))
    interval = span(pair_of(found.get("interval")))
    said = (
        f"stiffness {number(found.get('plantarflexion'))} N·m/deg against the foot's drop "
        f"({interval}), target {number(found.get('target'))}"
    )
    if has_hinge(record):
        return f"{said}; linear, past the stop; {number(found.get('dorsiflexion'))} free of it"
    if is_linear(record):
        return f"{said}; linear, in both directions"
    return f"{said}; {number(found.get('dorsiflexion'))} against the shin's advance"


def _strength(record: Mapping[str, Any]) -> str:
    """The least factor, and what lasts."""
    factors = {
        str(name): factor
        for name, case in mapping(record.get("loadcases")).items()
        if (factor := finite(mapping(case).get("safety_factor"))) is not None
    }
    parts = []
    if factors:
        worst = min(factors, key=lambda name: factors[name])
        place = at(record, f"loadcases.{worst}.place")
        parts.append(f"least factor {number(factors[worst])} in {human(worst)}, {place}")
    fatigue, factor = mapping(record.get("fatigue")), finite(at(record, "buckling.factor"))
    if finite(fatigue.get("stress_amplitude_mpa")) is not None:
        parts.append(
            f"fatigue {number(fatigue.get('stress_amplitude_mpa'), 1)} of "
            f"{number(fatigue.get('allowable_mpa'), 1, 'MPa')}"
        )
    if factor is not None:
        parts.append(f"buckling factor {number(factor, 1)}")
    linear = " (linear estimate)" if is_linear(record) else ""
    return f"strength{linear}: {'; '.join(parts)}" if parts else ""


def _skin(record: Mapping[str, Any]) -> str:
    """The highest peak of any part, an estimate."""
    peaks = [
        (peak, human(str(name)), human(str(case)))
        for case, found in mapping(at(record, "skin.cases")).items()
        for name, part in mapping(mapping(found).get("regions")).items()
        if (peak := finite(mapping(part).get("peak_kpa"))) is not None
    ]
    if not peaks:
        return ""
    peak, part, case = max(peaks)
    limit = number(at(record, "skin.limits_kpa.peak"), 0, "kPa")
    return f"skin (estimate): peak {number(peak, 0)} of {limit}, {part}, {case}"
