"""Strength: what the sheet says of stress, strain, fatigue, long loads and buckling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.spring import is_linear, letters_of
from afo_designer.apps.verdicts import verdict_words
from afo_designer.apps.wording import (
    MISSING,
    THOUSANDS,
    finite,
    human,
    mapping,
    number,
    text,
)

RECALLED = "recalled, not read"
DASH = "–"
NOT_APPLICABLE = "not applicable"


def strength_part(record: Mapping[str, Any]) -> dict[str, Any]:
    """The table of load cases with its notes, and the table of what lasts or gives way."""
    lasting = [
        row(record)
        for name, row in LASTING.items()
        if mapping(record.get(name)).get("verdict") != NOT_APPLICABLE
    ]
    return {
        "cases": _cases(record),
        "notes": _notes(record),
        "lasting": [row for row in lasting if row],
    }


def _cases(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    letters = letters_of(record)
    rows = []
    for name, found in mapping(record.get("loadcases")).items():
        case = mapping(found)
        verdict = str(case.get("verdict") or "")
        if verdict == NOT_APPLICABLE:
            continue
        capped = "; capped" if case.get("capped") else ""
        rows.append(
            {
                "letter": letters.get(name, ""),
                "name": human(str(name)),
                "turn": _or_dash(case.get("rotation_deg"), 1),
                "moment": _or_dash(case.get("moment_nm"), 1),
                "mises": _or_dash(case.get("max_von_mises_mpa"), 1),
                "principal": _or_dash(case.get("max_principal_mpa"), 1),
                "decides": "principal" if "principal" in str(case.get("criterion")) else "mises",
                "factor": _factor(case.get("safety_factor")),
                "verdict": verdict,
                "words": verdict_words(verdict),
                "place": text(case.get("trouble") or case.get("place") or None) + capped,
            }
        )
    return rows


def _factor(value: Any) -> str:
    """A safety factor; beyond a hundred its size says nothing."""
    known = finite(value)
    return "> 100" if known is not None and known > 100.0 else _or_dash(value, 2)


def _or_dash(value: Any, decimals: int) -> str:
    return DASH if finite(value) is None else number(value, decimals)


def _notes(record: Mapping[str, Any]) -> list[str]:
    """The limits with their sources, and what the factors cannot say."""
    cases = [mapping(found) for found in mapping(record.get("loadcases")).values()]
    limits: dict[str, None] = {}
    for case in cases:
        if finite(case.get("limit_mpa")) is not None:
            mark = f"; {RECALLED}" if case.get("limit_recalled") else ""
            source = text(case.get("limit_source"))
            limits[f"{number(case.get('limit_mpa'), 1)} MPa, {source}{mark}"] = None
    said = [f"Limit {limit}." for limit in limits]
    absent = [
        human(str(name))
        for name, found in mapping(record.get("loadcases")).items()
        if mapping(found).get("verdict") == NOT_APPLICABLE
    ]
    if absent:
        said.append(f"Not applicable, for nothing sagittal is claimed: {', '.join(absent)}.")
    if cases:
        said.append(
            "Below 1 the wall is expected to yield or break, below 2 it warns; bold: the stress "
            "that decides. The load cases are engineering estimates; no test standard for "
            "ankle-foot orthoses was found."
        )
    if cases and is_linear(record):
        said.append(
            "A linear estimate: beyond 10° an extrapolation, so that a failure there only warns."
        )
    if any(case.get("capped") for case in cases):
        said.append(
            "Capped: floor, shoe, the furthest rotation or the whole moment of a normal ankle ends "
            "the case."
        )
    if any(case.get("direction") == "frontal" for case in cases):
        said.append(
            "Inversion and eversion are forced by a rigid cuff, where straps and skin yield: "
            "upper bounds, which only warn."
        )
    return said


def _row(name: str, value: str, limit: str, found: Mapping[str, Any], remark: str) -> list[str]:
    """[name, value, limit, verdict key, verdict in words, remark]."""
    verdict = str(found.get("verdict") or "")
    return [name, value, limit, verdict, verdict_words(verdict), remark]


def _sentence(*parts: str) -> str:
    said = "; ".join(part for part in parts if part)
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def _mark(found: Mapping[str, Any]) -> str:
    return f"limit {RECALLED}" if found.get("recalled") else ""


def _at_place(found: Mapping[str, Any]) -> str:
    return f"at {found['place']}" if found.get("place") else ""


def _strain(record: Mapping[str, Any]) -> list[str]:
    found = mapping(record.get("strain"))
    if not found:
        return []
    return _row(
        "Largest strain",
        number(found.get("max_percent"), 2, "%"),
        number(found.get("limit_percent"), 2, "%"),
        found,
        _sentence(
            f"in {human(text(found.get('case')))} {_at_place(found)}".strip(),
            "a third of the elongation at break in the weakest direction is allowed",
            _mark(found),
        ),
    )


def _fatigue(record: Mapping[str, Any]) -> list[str]:
    found = mapping(record.get("fatigue"))
    if not found:
        return []
    many, years = _count(found.get("cycles_required")), finite(found.get("years"))
    span = "" if years is None else f" ({years:g} year{'' if years == 1.0 else 's'})"
    over = f"{many} steps{span}"
    mean, life = finite(found.get("mean_stress_mpa")), finite(found.get("life_cycles"))
    ends = [human(str(end)) for end in found.get("extremes") or ()]
    cycle = f"walking, {' to '.join(ends)}" if ends else "walking"
    known = finite(found.get("stress_amplitude_mpa")) is not None
    return _row(
        "Fatigue, amplitude",
        number(found.get("stress_amplitude_mpa"), 1, "MPa"),
        number(found.get("allowable_mpa"), 1, "MPa"),
        found,
        _sentence(
            f"{cycle}, over {over}",
            _at_place(found),
            "" if mean is None else f"mean {number(mean, 1, 'MPa')}",
            "" if life is None else f"life {text(found.get('life_bound'))} {_rough(life)} steps",
            "held against data across the layers" if found.get("across_layers") else "",
            "more steps than the data reach" if found.get("beyond_data") else "",
            _mark(found),
            "" if known else "an extreme of the step has no state in equilibrium",
        ),
    )


def _sustained(record: Mapping[str, Any]) -> list[str]:
    found = mapping(record.get("sustained"))
    if not found:
        return []
    limit, kept = finite(found.get("allowable_mpa")), finite(found.get("stiffness_kept"))
    return _row(
        "Standing for long",
        number(found.get("stress_mpa"), 1, "MPa"),
        "no data" if limit is None else number(limit, 1, "MPa"),
        found,
        _sentence(
            _at_place(found),
            "what stiffness is left is not known"
            if kept is None
            else f"1000 h without a pause leave {100.0 * kept:.0f} % of the stiffness",
            _mark(found),
        ),
    )


def _buckling(record: Mapping[str, Any]) -> list[str]:
    found = mapping(record.get("buckling"))
    if not found:
        return []
    beyond = finite(found.get("searched_to_deg"))
    ways = []
    for way, level in mapping(found.get("linear_deg")).items():
        known = finite(level)
        figure = f"beyond {beyond or 90.0:g}°" if known is None else f"{abs(known):.0f}°"
        ways.append(f"{way} {figure}")
    unstable, slack = (
        finite(found.get(key)) for key in ("unstable_from_deg", "moment_falls_from_deg")
    )
    if unstable is not None:
        plane = "sideways " if found.get("frontal") else ""
        run = f"in large rotations unstable from {plane}{number(unstable, 1)}°"
    elif found.get("nonlinear_run"):
        run = "in large rotations stable at every angle computed"
    else:
        run = "not confirmed in large rotations"
    return _row(
        "Buckling, factor",
        number(found.get("factor"), 2),
        number(found.get("limit"), 1),
        found,
        _sentence(
            f"linear, from neutral: {', '.join(ways)}" if ways else "",
            f"nearest to {human(str(found['case']))}" if found.get("case") else "",
            run,
            ""
            if slack is None
            else f"from {number(slack, 1)}° the moment no longer grows: a load pushes through",
            str(found.get("trouble") or "").rstrip("."),
        ),
    )


def _count(value: Any) -> str:
    known = finite(value)
    return MISSING if known is None else f"{known:,.0f}".replace(",", THOUSANDS)


def _rough(cycles: float) -> str:
    """A number of cycles to one figure, in words that need no powers of ten."""
    if cycles < 1e3:
        return f"{cycles:.1g}"
    rounded = float(f"{cycles:.1g}")
    return f"{rounded:,.0f}".replace(",", THOUSANDS)


LASTING = {"strain": _strain, "fatigue": _fatigue, "sustained": _sustained, "buckling": _buckling}
