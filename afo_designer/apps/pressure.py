"""Pressure: what the sheet says of the orthosis on the skin, an estimate throughout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.verdicts import verdict_words
from afo_designer.apps.wording import at, finite, human, mapping, number, text

NOT_COMPUTED = "Pressure on the skin was not computed."


def pressure_part(record: Mapping[str, Any]) -> dict[str, Any]:
    """Columns by case, rows by part of the shell, the free zones, and what it all rests on."""
    skin = mapping(record.get("skin"))
    cases = {str(name): mapping(case) for name, case in mapping(skin.get("cases")).items()}
    return {
        "cases": [_case_words(name, case) for name, case in cases.items()],
        "rows": _rows(skin, cases),
        "limits": _limits(skin) if cases else "",
        "zones": _zones(skin),
        "notes": _notes(skin, cases),
    }


def _case_words(name: str, case: Mapping[str, Any]) -> str:
    turn = finite(case.get("rotation_deg"))
    if turn is None:
        return human(name)
    return f"{human(name)}, {'+' if turn > 0.0 else ''}{number(turn, 0)}°"


def _rows(skin: Mapping[str, Any], cases: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Mean and peak of a part in every case; which lie above their limits."""
    limits = [finite(at(skin, f"limits_kpa.{each}")) for each in ("mean", "peak")]
    names = dict.fromkeys(
        str(name) for case in cases.values() for name in mapping(case.get("regions"))
    )
    rows = []
    for name in names:
        cells, worst, above = [], None, False
        for case in cases.values():
            part = mapping(at(case, f"regions.{name}"))
            figures = [finite(part.get(key)) for key in ("mean_kpa", "peak_kpa")]
            for figure, limit in zip(figures, limits, strict=True):
                over = figure is not None and limit is not None and figure > limit
                above = above or over
                cells.append(["–" if figure is None else number(figure, 0), over])
            if figures[1] is not None and (worst is None or figures[1] > worst[0]):
                worst = (figures[1], part)
        verdict = "warn" if above else "pass"
        rows.append(
            {
                "name": human(name),
                "cells": cells,
                "verdict": verdict,
                "words": verdict_words(verdict),
                "place": _place(name, mapping(worst[1] if worst else None)),
            }
        )
    return rows


def _limits(skin: Mapping[str, Any]) -> str:
    mean, peak, none = (
        number(at(skin, f"limits_kpa.{key}"), decimals)
        for key, decimals in (("mean", 0), ("peak", 0), ("free_zone", 1))
    )
    return (
        f"Limits: mean {mean} kPa where it touches, peak {peak} kPa; {none} kPa where the skin is "
        "to be left free."
    )


def _place(region: str, part: Mapping[str, Any]) -> str:
    if (finite(part.get("peak_kpa")) or 0.0) < 0.5:
        return "does not press"
    return "over the shin" if region == "calf_strap" else text(part.get("place"))


def _zones(skin: Mapping[str, Any]) -> list[list[str]]:
    """[zone, what presses on it, verdict key, verdict in words]."""
    limit = finite(at(skin, "limits_kpa.free_zone")) or 0.0
    rows = []
    for name, found in mapping(skin.get("free_zones")).items():
        zone = mapping(found)
        peak, covered = finite(zone.get("peak_kpa")), finite(zone.get("covered_mm2")) or 0.0
        if peak is None:
            continue
        free = peak <= limit and not (covered > 0.0 and name == "electrode")
        over = f"the shell lies over {0.01 * covered:.1f} cm²" if covered else "not covered"
        pressed = "no pressure" if peak <= limit else f"{number(peak, 0)} kPa"
        verdict = "pass" if free else "warn"
        words = f"{pressed} within {number(zone.get('radius_mm'), 0)} mm; {over}"
        rows.append([human(str(name)), words, verdict, verdict_words(verdict)])
    for name in skin.get("unseen") or ():
        words = "not in the scan: palpate it and keep it free"
        rows.append([human(str(name)), words, "warn", verdict_words("warn")])
    return rows


def _notes(skin: Mapping[str, Any], cases: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not cases:
        return [str(skin.get("reason") or NOT_COMPUTED)]
    said = [
        f"{human(name).capitalize()} could not be estimated: {case['reason']}"
        for name, case in cases.items()
        if case.get("reason")
    ]
    pulls = [
        f"{human(name)} {number(case.get('strap_n'), 0)} N"
        for name, case in cases.items()
        if finite(case.get("strap_n")) is not None
    ]
    if pulls:
        said.append(f"Pull of the calf strap: {', '.join(pulls)}.")
    modulus, nu = (
        finite(at(skin, f"tissue.{key}")) for key in ("youngs_modulus_mpa", "poissons_ratio")
    )
    if modulus is not None and nu is not None:
        said.append(
            f"Skin as an elastic bed over bone ({modulus:g} MPa, ν {nu:g}: "
            f"{text(at(skin, 'tissue.source'))}), without friction; known to a factor of two."
        )
    said.append(
        "Estimate, unvalidated: the limits are engineering choices, and the pressure under the "
        "foot is left out."
    )
    return said
