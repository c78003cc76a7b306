"""Prescribed: what the sheets say of a prescription, plain words first, numbers, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from afo_designer.apps.gait_charts import window_svg
from afo_designer.apps.gait_words import gait_part, gait_words
from afo_designer.apps.wording import (
    MISSING,
    at,
    compact,
    examined,
    finite,
    human,
    in_words,
    items,
    mapping,
    number,
    pair_of,
    span,
)

UNIT = "N·m/deg"
ESTIMATE = (
    "An engineering estimate: no published formula turns dorsiflexor weakness into stiffness, and "
    "no patient was measured against it. For a prescriber to approve or to change."
)
FAMILIES = {
    "posterior_leaf_spring": "posterior leaf spring",
    "ground_reaction": "ground reaction",
    "semi_solid": "semi-solid",
}
# Units of findings whose value the rules give as a bare number.
UNITS = {"_mm": "mm", "_years": "years", "_deg": "deg"}
# Findings not examined that the first paragraph names.
NAMED = 5
# How sure a number is, the surest first.
SURENESS = {
    "read": "Read in the source named",
    "recalled": "Recalled, to be verified before it is quoted",
    "engineering estimate": "Engineering estimates, made for this program",
}


def prescription_part(record: Mapping[str, Any]) -> dict[str, Any]:
    """Everything a template prints of the record's `prescription` and `gait`, as text and SVG."""
    one, gait = mapping(record.get("prescription")), mapping(record.get("gait"))
    return {
        "status": capital(str(one.get("status") or MISSING)),
        "stands": not one.get("stops"),
        "lead": prescription_words(one),
        "gait_lead": gait_words(gait),
        "stops": stop_rows(one),
        "numbers": number_rows(one),
        "window_chart": window_svg(one, finite(at(record, "stiffness.plantarflexion"))),
        "window_note": window_words(one),
        "family": family_words(one),
        "measure_next": str(one.get("measure_next") or "") if component_rows(one) else "",
        "components": component_rows(one),
        "rules": rule_rows(one),
        "unused": unused_words(one),
        "warnings": [
            in_words(str(said))
            for said in items(one, "warnings")
            if not str(said).startswith("Not examined")
        ],
        "not_examined": [examined(str(key)) for key in items(one, "not_examined")],
        "estimate": ESTIMATE,
        **gait_part(gait),
    }


def capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def sentence(words: str) -> str:
    """With a capital and a full stop."""
    return capital(words.strip().rstrip(".")) + "."


def prescription_words(one: Mapping[str, Any]) -> list[str]:
    """What to make, in a sentence or two."""
    target = finite(one.get("target_stiffness_nm_per_deg"))
    angle = finite(one.get("neutral_angle_deg"))
    if not target or angle is None:
        return []
    title = str(at(one, "recommended_family.title") or "")
    if not title:
        kind = "None of the families is recommended; the figures are for an orthosis"
    elif one.get("stops"):
        kind = f"Were this lifted by a prescriber, it would be a {title[:1].lower()}{title[1:]}"
    else:
        kind = f"Recommended is a {title[:1].lower()}{title[1:]}"
    pair = pair_of(one.get("interval_nm_per_deg"))
    said = [
        f"{kind} that holds the ankle at {held(angle)} and resists the drop of the foot with "
        f"{number(target)} N·m for every degree."
    ]
    if pair is not None:
        coverage = finite(at(one, "interval_nm_per_deg.coverage")) or 0.9
        said.append(
            f"What is not known exactly spreads this from {span(pair)} ({100 * coverage:.0f} % "
            "interval)."
        )
    said += _unexamined(one)
    chosen = finite(one.get("computed_stiffness_nm_per_deg"))
    if chosen is not None and abs(chosen - target) > 5e-3:
        said.append(f"This is the prescriber's own figure; {number(chosen)} was computed.")
    return said


def _unexamined(one: Mapping[str, Any]) -> list[str]:
    """What is missing, by name as far as a line goes."""
    names = [examined(str(key)) for key in items(one, "not_examined")]
    if not names:
        return []
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return [f"Not examined: {', '.join(names[:NAMED])}{more}; never taken as normal."]


def held(angle: float) -> str:
    """An ankle angle in words."""
    if abs(angle) < 0.05:
        return "a right angle"
    way = "dorsiflexion" if angle > 0.0 else "plantarflexion"
    return f"{compact(round(abs(angle), 1))}° of {way}"


def stop_rows(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each stop with its ways out."""
    return [
        {
            "message": in_words(str(mapping(stop).get("message")))
            + (" The family chosen is made for it." if mapping(stop).get("answered") else ""),
            "ways_out": [str(way) for way in mapping(stop).get("ways_out") or ()],
            "liftable": bool(mapping(stop).get("liftable", True)),
        }
        for stop in items(one, "stops")
    ]


def number_rows(one: Mapping[str, Any]) -> list[list[str]]:
    """[name, value, remark]."""
    rows = [["Target stiffness", number(one.get("target_stiffness_nm_per_deg"), 2, UNIT), ""]]
    rows[0][2] = _interval(one)
    for goal, part in mapping(one.get("by_goal")).items():
        value = number(mapping(part).get("value_nm_per_deg"), 2, UNIT)
        chosen = "" if goal in items(one, "goals") else "; not a goal here"
        rows.append([f"For {human(goal)} alone", value, _interval(mapping(part)) + chosen])
    bent = _knee_bent(one)
    if bent:
        rows[1][2] += bent
    most = finite(at(one, "dorsiflexion_nm_per_deg.most"))
    if most is not None:
        why = "foot drop asks for none; more would hold the shin back in stance"
        rows.append(["Into dorsiflexion, at most", number(most, 2, UNIT), why])
    rows += _angles(one)
    rows += _strength(one)
    for entry in items(one, "limits"):
        limit = mapping(entry)
        unit = str(limit.get("unit") or "")
        rows.append(
            [
                f"Limit: {limit.get('name')}",
                f"{number(limit.get('value'))} of {number(limit.get('limit'), 2, unit)}",
                {"pass": "within", "warn": "see the notes", "fail": "exceeded"}.get(
                    str(limit.get("verdict")), ""
                ),
            ]
        )
    return rows + _lasting(one)


def _interval(part: Mapping[str, Any]) -> str:
    pair = pair_of(part.get("interval_nm_per_deg"))
    coverage = finite(at(part, "interval_nm_per_deg.coverage")) or 0.9
    return f"{100 * coverage:.0f} % interval {span(pair)}" if pair else ""


def _knee_bent(one: Mapping[str, Any]) -> str:
    """The swing figure with the slackest calf that was counted."""
    values = [
        value
        for value in mapping(at(one, "by_goal.swing clearance.at")).values()
        if finite(value) is not None
    ]
    return f"; {number(min(values))} with the calf slackest" if values else ""


def _angles(one: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    neutral = finite(one.get("neutral_angle_deg"))
    if neutral is not None:
        allowed = span(pair_of(one.get("neutral_angle_interval_deg")), 0, "°")
        rows.append(["Neutral angle", number(neutral, 1, "°"), f"the range allows {allowed}"])
    shank = finite(one.get("shank_to_vertical_angle_deg"))
    if shank is not None:
        pitch = f"with a heel pitch of {number(one.get('heel_pitch_deg'), 1, '°')}"
        rows.append(["Shank to vertical in the shoe", number(shank, 1, "°"), pitch])
    raised = finite(one.get("heel_raise_mm"))
    if raised:
        rows.append(["Heel raise", number(raised, 0, "mm"), "brings the shank upright"])
    return rows


def _strength(one: Mapping[str, Any]) -> list[list[str]]:
    found = mapping(one.get("strength"))
    share = finite(found.get("share_of_normal"))
    if share is None:
        return []
    low, high = (finite(found.get(key)) for key in ("share_low", "share_high"))
    between = ""
    if low is not None and high is not None and high > low:
        between = f", {100 * low:.0f} to {100 * high:.0f} %"
    return [
        [
            "Strength of the dorsiflexors",
            f"{100 * share:.0f} % of normal",
            f"by {found.get('method')}{between}; {number(found.get('torque_nm'), 1)} of "
            f"{number(found.get('normal_peak_nm'), 1, 'N·m')}",
        ]
    ]


def _lasting(one: Mapping[str, Any]) -> list[list[str]]:
    weeks, years = (
        finite(at(one, "course.follow_up_weeks")),
        finite(at(one, "course.service_years")),
    )
    rows = []
    if weeks is not None:
        rows.append(["See again after", number(weeks, 0, "weeks"), ""])
    if years is not None:
        rows.append(
            [
                "To last",
                f"{compact(years)} year{'' if years == 1.0 else 's'}",
                "what fatigue is reckoned for",
            ]
        )
    return rows


def window_words(one: Mapping[str, Any]) -> str:
    """How to read the chart of the stiffness, and what would narrow it."""
    coverage = finite(at(one, "interval_nm_per_deg.coverage")) or 0.9
    return (
        f"Bars: {100 * coverage:.0f} % intervals, a mark in each at its value. Grey: beyond the "
        f"limit. {one.get('measure_next') if component_rows(one) else ''}".strip()
    )


def family_words(one: Mapping[str, Any]) -> dict[str, Any]:
    """The recommended family, the runners-up and what is ruled out, with reasons."""
    best = mapping(one.get("recommended_family"))
    ranked = {str(mapping(item).get("name")) for item in items(one, "runners_up")}
    known = ranked | {str(best.get("name"))}
    wanted = bool(finite(one.get("target_stiffness_nm_per_deg")))
    return {
        "title": str(best.get("title") or ""),
        "classification": str(best.get("classification") or ""),
        "reasons": [str(reason) for reason in best.get("reasons") or ()],
        "runners_up": [
            [str(mapping(item).get("title")), "; ".join(mapping(item).get("reasons") or ())]
            for item in items(one, "runners_up")
        ],
        "ruled_out": [
            [
                capital(FAMILIES.get(str(name), human(str(name)))),
                "; ".join(mapping(advice).get("reasons") or ()),
            ]
            for name, advice in mapping(one.get("families")).items()
            if not mapping(advice).get("suited") and str(name) not in known and wanted
        ],
    }


def component_rows(one: Mapping[str, Any]) -> list[list[str]]:
    """[input, range it alone spreads, the interval's width were it known], largest first."""
    whole = pair_of(one.get("interval_nm_per_deg"))
    if whole is None or not whole[1] > whole[0]:
        return []
    rows = [["all together", span(whole), number(whole[1] - whole[0])]]
    for entry in items(one, "interval_nm_per_deg.components"):
        part = mapping(entry)
        known = finite(part.get("width_if_known"))
        rows.append(
            [
                str(part.get("name")),
                span(pair_of(part)),
                MISSING if known is None else number(known),
            ]
        )
    return rows if len(rows) > 1 else []


def rule_rows(one: Mapping[str, Any]) -> list[list[str]]:
    """[finding, what it changes, source] for the findings that change something."""
    return [
        [
            f"{finding(str(rule.get('entry')))}: {met(str(rule.get('entry')), rule.get('value'))}",
            sentence(str(rule.get("rule"))),
            f"{rule.get('source')} ({rule.get('status')})" if rule.get("source") else "",
        ]
        for rule in map(mapping, items(one, "course_rules"))
        if rule.get("changes") != "nothing"
    ]


def met(key: str, value: Any) -> str:
    """A finding's value as a person would say it."""
    words = {"true": "yes", "false": "no"}.get(str(value), str(value))
    unit = next((u for end, u in UNITS.items() if key.endswith(end)), "")
    return f"{words} {unit}".strip()


def unused_words(one: Mapping[str, Any]) -> str:
    """The findings that change nothing, by name."""
    names = [
        finding(str(rule.get("entry"))).lower()
        for rule in map(mapping, items(one, "course_rules"))
        if rule.get("changes") == "nothing"
    ]
    return f"Without effect here: {', '.join(names)}." if names else ""


def finding(key: str) -> str:
    return capital(examined(key))


def assumption_groups(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every number behind prescription and gait by how sure it is: rows [name, value, source].

    The source is its number in `source_list`.
    """
    sources = source_list(record)
    groups = []
    for status, words in SURENESS.items():
        rows = [
            [
                assumed_name(str(item.get("name"))),
                compact(item.get("value"), str(item.get("unit") or "")),
                str(1 + sources.index(str(item.get("source")))),
            ]
            for item in _assumed(record)
            if item.get("status") == status
        ]
        if rows:
            groups.append({"title": words, "rows": rows})
    return groups


def assumed_name(name: str) -> str:
    """A name of the basis in words: default of tape_mm.foot_length → foot length, assumed."""
    key = name.removeprefix("default of ")
    return name if key == name else f"{examined(key)}, assumed"


def source_list(record: Mapping[str, Any]) -> list[str]:
    """The sources in the order they are first met."""
    return list(dict.fromkeys(str(item.get("source")) for item in _assumed(record)))


def _assumed(record: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Prescription's, then gait's; what both name is said once."""
    found = [*items(record, "prescription.basis"), *items(record, "gait.parameters")]
    once = {(str(mapping(i).get("name")), str(mapping(i).get("value"))): mapping(i) for i in found}
    return list(once.values())
