"""Print: what the sheet says to the print service and to who measures the part that came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.wording import MISSING, at, finite, human, items, mapping, number, text


def print_part(record: Mapping[str, Any]) -> dict[str, Any]:
    """Rows on orientation, room, time and price; walls to measure; statements on the material."""
    return {
        "rows": [row for row in _all_rows(record) if row[1] != MISSING],
        "critical": _critical(record),
        "critical_note": _critical_note(record),
        "reasons": _reasons(record),
        "statements": _statements(record),
    }


def _each(record: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(name, record of that part alone); one without a name where there is one part."""
    parts = mapping(at(record, "print.by_part"))
    whole = mapping(record.get("print"))
    return [
        (str(name), {**record, "print": {**whole, **mapping(part)}}) for name, part in parts.items()
    ] or [("", record)]


def _all_rows(record: Mapping[str, Any]) -> list[list[str]]:
    """[name, value, remark] of every part."""
    return [
        [f"{row[0]}, {name}" if name else row[0], *row[1:]]
        for name, one in _each(record)
        for row in _rows(one)
    ]


def _reasons(record: Mapping[str, Any]) -> list[str]:
    """Why every part lies as it is recommended."""
    return [
        f"{name}: {reason}" if name else str(reason)
        for name, one in _each(record)
        for reason in items(one, "print.recommended.reasons")
    ]


def _rows(record: Mapping[str, Any]) -> list[list[str]]:
    """[name, value, remark]."""
    lies, made = mapping(at(record, "print.recommended")), mapping(at(record, "print.estimate"))
    extents = _lengths(lies.get("extents_mm"))
    machine = text(lies.get("machine"))
    build = items(lies, "build_direction")
    direction = f"layers square to ({', '.join(number(x, 2) for x in build)})" if build else ""
    cost = finite(made.get("cost_eur"))
    parts = [made.get(f"{key}_eur") for key in ("material", "machine", "labour")]
    said = ", ".join(
        f"{name} {number(value, 0)}"
        for name, value in zip(("material", "machine", "handling"), parts, strict=True)
    )
    walls = mapping(at(record, "print.wall_by_rays_mm"))
    return [
        ["Machine", machine, _held(record)],
        ["Lying", extents, f"{direction}, length × width × height"],
        [
            "Build",
            number(made.get("build_h"), 0, "h"),
            f"{made.get('layers')} layers, warming and cooling included",
        ],
        ["Material used", number(made.get("material_g"), 0, "g"), _used(made)],
        [
            "Price, estimated",
            MISSING if cost is None else number(cost, 0, "EUR"),
            f"{said} EUR; assumptions in design.json, no invoice was seen",
        ],
        [
            "Wall by rays",
            number(walls.get("least"), 2, "mm"),
            f"thinnest; a twentieth of the surface below {number(walls.get('p5'), 2)}, "
            f"half below {number(walls.get('p50'), 2)}",
        ],
        ["Props", *_props(record)],
        ["Cut", *_cut(record)],
        ["Finish", *_finish(record)],
    ]


def _lengths(found: Any) -> str:
    known = [finite(value) for value in found or ()]
    if len(known) != 3 or None in known:
        return MISSING
    return " × ".join(number(value, 0) for value in known) + " mm"


def _held(record: Mapping[str, Any]) -> str:
    found = mapping(at(record, "print.machines"))
    names = [str(name) for name, one in found.items() if mapping(one).get("fits")]
    return f"it goes into: {', '.join(names)}" if names else "no machine of the list holds it"


def _used(made: Mapping[str, Any]) -> str:
    props = finite(made.get("support_g"))
    return f"of it {number(props, 0)} g of props" if props else "with what the build wears out"


def _props(record: Mapping[str, Any]) -> tuple[str, str]:
    found = mapping(at(record, "print.overhang"))
    room = finite(found.get("support_mm3"))
    said = "" if room is None else f"{number(room / 1000.0, 0)} cm³ of room below"
    area = finite(found.get("area_mm2"))
    return (MISSING if area is None else number(area / 100.0, 0, "cm² hang over")), said


def _cut(record: Mapping[str, Any]) -> tuple[str, str]:
    found = mapping(at(record, "print.split"))
    height = items(found, "point_mm")
    if not height:
        return MISSING, ""
    return (
        f"at {number(height[2], 0)} mm above the sole",
        f"square to the shank, for the {found.get('machine')}; the joint is not computed",
    )


def _finish(record: Mapping[str, Any]) -> tuple[str, str]:
    found = mapping(at(record, "print.finish"))
    change = finite(found.get("finish_thickness_change_mm"))
    if change is None:
        return MISSING, ""
    if change == 0.0:
        return human(str(found.get("name"))), "no change of the wall is reckoned with"
    less = "less" if change < 0.0 else "more"
    return (
        human(str(found.get("name"))),
        f"{number(abs(change), 2, 'mm')} {less} wall, both faces together: the stiffness is that "
        "of the finished wall",
    )


def _critical(record: Mapping[str, Any]) -> list[list[str]]:
    """[place, position, nominal, limits, what the process keeps]."""
    rows = []
    for found in items(record, "print.critical_thickness"):
        point = mapping(found)
        where = ", ".join(number(value, 0) for value in point.get("position_mm") or ())
        low, high = finite(point.get("low_mm")), finite(point.get("high_mm"))
        limits = "none: the stiffness lies outside the prescription's interval"
        if low is not None and high is not None:
            limits = f"{low:.2f} to {high:.2f} mm"
        kept = point.get("kept_by_process")
        process = number(point.get("process_mm"), 2, "mm")
        said = (
            {True: f"± {process}: keeps it", False: f"± {process}: measure"}.get(bool(kept), "")
            if kept is not None
            else ""
        )
        rows.append(
            [
                text(point.get("place")),
                where,
                number(point.get("nominal_mm"), 2, "mm"),
                limits,
                said,
            ]
        )
    return rows


def _critical_note(record: Mapping[str, Any]) -> str:
    if not items(record, "print.critical_thickness"):
        return ""
    return (
        "On the leaf's midline, limb frame x, y, z in mm. Within all three limits, and with the "
        "wall between and beyond off by as much, the stiffness stays in the prescription's "
        "interval and the target within what the part may be; `afo check` tells of the part "
        "itself. Strength was computed at the nominal wall: thinner is weaker."
    )


def _statements(record: Mapping[str, Any]) -> list[str]:
    skin = mapping(at(record, "print.handling.biocompatibility"))
    stated = mapping(skin.get("statement"))
    shrinks = mapping(at(record, "print.handling.shrinkage"))
    said = []
    if stated:
        said.append(f"On skin: {stated.get('text')} [{stated.get('source')}]")
        said.append(f"Not covered: {skin.get('not_covered')}")
    if shrinks:
        said.append(f"Shrinkage: {shrinks.get('text')}")
    return said
