"""What the sheet says: a design's record turned into words and rows, once for HTML and for PDF.

Plain words first, numbers second, sources third. Whatever the record lacks is said to be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from afo_designer.apps.dorsiflexion_words import (
    dorsiflexion_numbers,
    dorsiflexion_summary,
    resists_shin,
)
from afo_designer.apps.fitting import fitting_part
from afo_designer.apps.frontal_words import frontal_numbers, frontal_plane, frontal_summary
from afo_designer.apps.hinge_words import (
    dorsiflexion_words,
    has_hinge,
    hinge_numbers,
    hinge_summary,
)
from afo_designer.apps.prescribed import prescription_part
from afo_designer.apps.pressure import pressure_part
from afo_designer.apps.print_words import print_part
from afo_designer.apps.spring import is_linear, spring_part, target_of
from afo_designer.apps.strength import strength_part
from afo_designer.apps.verdicts import check_rows, failures, said_once, sections, status_words
from afo_designer.apps.wording import (
    MISSING,
    at,
    compact,
    deep,
    examined,
    finite,
    human,
    items,
    mapping,
    number,
    pair_of,
    points_of,
    seek,
    span,
    text,
)

DISCLAIMER = (
    "Research software, not clinically validated. Isolated brace on a rigid foot; physically "
    "unvalidated, ±25–30 %."
)
VIEW_CAPTIONS = {
    "lateral": "Lateral (outer side)",
    "medial": "Medial (inner side)",
    "posterior": "Posterior",
    "plantar": "Plantar (from below)",
}
MAP_CAPTIONS = {
    "thickness": "Wall thickness, from behind, lateral, medial",
    "clearance": "Clearance to the skin, the same views",
    "stress": "Largest stress of all load cases",
}
SKIN_MAPS = {
    "modification": "Cast modification: what was built up and taken off",
    "pressure_second_rocker": "Pressure on the skin, inside from the front, second rocker",
    "pressure_push_off": "The same at push-off",
}


def sheet_content(record: Mapping[str, Any], pictures: Iterable[str] = ()) -> dict[str, Any]:
    """Everything the templates print, as strings, lists and mappings of strings.

    `record` is design.json's content; `pictures` the names of the images at hand.
    """
    side = str(seek(record, "side", within=("scan", "person")) or "").upper()
    status = str(record.get("status", MISSING))
    checks = check_rows(record)
    plain = [row for row in checks if not row["section"]]
    at_hand = set(pictures)
    stops = _stops(record)
    return {
        "side": side if side in ("LEFT", "RIGHT") else "SIDE UNKNOWN",
        "mark": part_mark(record),
        "failed": status == "failed",
        "status": status_words(status, checks),
        "reasons": _reasons([*stops, *failures(record, checks)]),
        "stops": stops,
        "override": _override(record),
        "identity": _identity(record),
        "summary": _summary(record),
        "numbers": _numbers(record),
        **spring_part(record),
        "prescribed": prescription_part(record),
        "fitting": fitting_part(record),
        "views": [[n, c] for n, c in VIEW_CAPTIONS.items() if n in at_hand],
        "maps": [[n, c] for n, c in MAP_CAPTIONS.items() if n in at_hand],
        "skin_maps": [[n, c] for n, c in SKIN_MAPS.items() if n in at_hand],
        "pictures_missing": _pictures_missing(at_hand),
        "strength": strength_part(record),
        "skin": pressure_part(record),
        "printing": print_part(record),
        "straps": _straps(record),
        "pads": _pads(record),
        "reliefs": _reliefs(record),
        "checks": [*said_once([r for r in plain if r["verdict"] != "pass"]), *sections(checks)],
        "passed": [row for row in plain if row["verdict"] == "pass"],
        "warnings": _warnings(record),
        "not_examined": [
            examined(str(item)) for item in items(record, "prescription.not_examined")
        ],
        "basis": _basis(record),
        "sources": _shortened(items(record, "prescription.sources"), 6),
        "files": _files(record),
        "disclaimer": DISCLAIMER,
        "version": text(at(record, "software.version")),
    }


def part_mark(record: Mapping[str, Any]) -> str:
    """First eight characters of the design's id and L or R, as they stand on the part."""
    side = str(seek(record, "side", within=("scan", "person")) or "?")
    return f"{str(record.get('design_id') or '????????')[:8]} {side[:1].upper()}"


# --- sections ----------------------------------------------------------------------------------


def _stops(record: Mapping[str, Any]) -> list[str]:
    """The prescription's hard stops, each with its ways out; not those that the family answers."""
    said = []
    for item in items(record, "prescription.stops"):
        stop = mapping(item)
        if stop.get("answered"):
            continue
        ways = [compact(way) for way in stop.get("ways_out") or []]
        line = compact(stop.get("message")) if stop else compact(item)
        said.append(f"{line} Instead: {', or '.join(ways)}." if ways else line)
    return said


def _reasons(failing: Sequence[str]) -> list[str]:
    """What the banner names: at most four; the checks' table has them all."""
    said = list(dict.fromkeys(failing))
    return said if len(said) <= 4 else [*said[:3], f"and {len(said) - 3} more, see the checks"]


def _override(record: Mapping[str, Any]) -> str:
    for key in ("override_clinical", "override_reason", "clinical_override", "override"):
        found = record.get(key) or seek(record, key, within=("prescription", "person"))
        if found:
            return compact(found)
    return ""


def _identity(record: Mapping[str, Any]) -> list[list[str]]:
    person = record.get("person")
    name = deep(person, "id")
    about = [
        number(deep(person, "age_years"), 0, "years"),
        text(deep(person, "sex")),
        number(deep(person, "mass_kg"), 0, "kg"),
        number(deep(person, "height_mm"), 0, "mm"),
    ]
    template = record.get("template") or seek(
        record, "template", within=("parameters", "prescription")
    )
    material = at(record, "material.name") or record.get("material")
    return [
        ["Person", "; ".join([text(name), *[part for part in about if part != MISSING]])],
        ["Prescriber", text(seek(record, "prescriber", within=("prescription", "person")))],
        ["Design", text(record.get("design_id"))[:16]],
        ["Family", human(text(template))],
        ["Material", text(material if isinstance(material, str) else None)],
    ]


def _angle(record: Mapping[str, Any]) -> float | None:
    return finite(at(record, "prescription.neutral_angle_deg"))


def _summary(record: Mapping[str, Any]) -> list[str]:
    """Two or three sentences a person reads first."""
    sentences = []
    if frontal_plane(record):
        sentences += frontal_summary(record)
    target, reached = target_of(record), finite(at(record, "stiffness.plantarflexion"))
    if has_hinge(record):
        sentences += hinge_summary(record)
    elif resists_shin(record):
        sentences.append(dorsiflexion_summary(record))
    elif target is not None and reached is not None:
        gap = abs(reached / target - 1.0) * 100.0 if target else 0.0
        fit = "as prescribed" if gap <= 5.0 else f"{gap:.0f} % off the prescription"
        sentences.append(
            f"Resists the foot's drop with {number(reached)} N·m per degree, {fit} "
            f"({number(target)})."
        )
    elif target is not None and not frontal_plane(record) and not resists_shin(record):
        sentences.append(f"Asked for: {number(target)} N·m per degree. None was reached.")
    angle = _angle(record)
    if angle is not None and not has_hinge(record):
        way = "dorsiflexion" if angle > 0 else "plantarflexion" if angle < 0 else ""
        holds = "Made with" if frontal_plane(record) else "Holds"
        sentences.append(
            f"{holds} the ankle at {number(abs(angle), 1)}° {way}.".replace("° .", "°, square.")
        )
    goals = [compact(goal) for goal in items(record, "prescription.goals")]
    if goals and not frontal_plane(record) and not resists_shin(record):
        sentences.append(f"Made for {' and '.join(goals)}.")
    return sentences


def _numbers(record: Mapping[str, Any]) -> list[list[str]]:
    """[name, value, interval or remark] for the table of key figures."""
    unit = "N·m/deg"
    places = ("prescription", "limb", "parameters", "fit", "bench", "person", "scan")
    stiffness = mapping(record.get("stiffness"))
    wanted = pair_of(at(record, "prescription.interval_nm_per_deg"))
    stiffnesses = [
        [
            "Target stiffness",
            number(target_of(record), 2, unit),
            _between(wanted, "(interval of the prescription)"),
        ],
        [
            "Achieved, against plantarflexion",
            number(at(stiffness, "plantarflexion"), 2, unit),
            _achieved_interval(stiffness),
        ],
        [
            "Achieved, against dorsiflexion",
            number(at(stiffness, "dorsiflexion"), 2, unit),
            dorsiflexion_words(record)
            if has_hinge(record)
            else "linear: the same by construction"
            if is_linear(record)
            else "in large rotations another spring; fitted over its own 10°",
        ],
        _swing(record),
    ]
    rows = [
        *_stiffnesses(record, stiffnesses),
        *hinge_numbers(record),
        [
            "Neutral angle in the orthosis",
            number(_angle(record), 1, "°"),
            "shank to sole, dorsiflexion +",
        ],
        [
            "Heel height difference",
            number(seek(record, "heel_height_difference_mm", within=("person", *places)), 1, "mm"),
            "heel above ball, inside the shoe" + _assumed(record, "heel_height_difference_mm"),
        ],
        [
            "Shank-to-vertical angle in the shoe",
            number(seek(record, "shank_to_vertical_angle_deg", within=places), 1, "°"),
            _pitch(seek(record, "heel_pitch_deg", within=places)),
        ],
        ["Mass", number(at(record, "print.mass_g"), 0, "g"), _density(record)],
        *_thicknesses(record),
    ]
    wall = finite(at(record, "print.min_wall_mm"))
    if wall is not None:
        rows.append(["Thinnest wall", number(wall, 2, "mm"), "measured on the finished mesh"])
    return rows


def _stiffnesses(record: Mapping[str, Any], sagittal: list[list[str]]) -> list[list[str]]:
    """The rows on stiffness, by what the orthosis promises."""
    if frontal_plane(record):
        return frontal_numbers(record)
    return dorsiflexion_numbers(record) if resists_shin(record) else sagittal


def _assumed(record: Mapping[str, Any], key: str) -> str:
    defaults = at(record, "person.defaults_used")
    return "; assumed, measure it" if deep(defaults, key) is not None else ""


def _between(pair: tuple[float, float] | None, remark: str) -> str:
    return f"{span(pair)} {remark}" if pair else f"interval {MISSING}"


def _achieved_interval(stiffness: Mapping[str, Any]) -> str:
    parts = []
    pair = pair_of(stiffness.get("interval"))
    if pair:
        parts.append(span(pair))
    coverage = finite(at(stiffness, "interval.coverage"))
    if coverage is not None:
        share = coverage * 100.0 if coverage <= 1.0 else coverage
        parts.append(f"({share:.0f} % interval)")
    error = finite(stiffness.get("error_percent"))
    if error is not None:
        parts.append(f"{number(error, 1, '%')} from target")
    return ", ".join(parts).replace(", (", " (") or f"interval {MISSING}"


def _swing(record: Mapping[str, Any]) -> list[str]:
    goals = at(record, "prescription.by_goal")
    found = None
    if isinstance(goals, Mapping):
        found = next((value for name, value in goals.items() if "swing" in str(name)), None)
    if isinstance(found, Mapping):
        keys = ("value_nm_per_deg", "stiffness_nm_per_deg", "value")
        value = next((found[key] for key in keys if key in found), None)
        interval = pair_of(
            found.get("interval_nm_per_deg")
            or found.get("range_nm_per_deg")
            or found.get("interval")
        )
    else:
        value, interval = found, None
    pair = pair_of(value)
    shown = span(pair, 2, "N·m/deg") if pair else number(value, 2, "N·m/deg")
    remark = "enough to clear the ground, without loading control"
    return ["For swing alone", shown, f"{span(interval)}; {remark}" if interval else remark]


def _pitch(pitch: Any) -> str:
    known = finite(pitch)
    if known is None:
        return "neutral angle + heel pitch"
    return f"neutral angle + heel pitch {number(known, 1)}°"


def _density(record: Mapping[str, Any]) -> str:
    volume, density = at(record, "print.volume_mm3"), at(record, "material.density_g_per_cm3")
    if finite(volume) is None or finite(density) is None:
        return "without straps and pads"
    return f"{number(finite(volume) / 1000.0, 1)} cm³ of {number(density, 2)} g/cm³, bare"  # type: ignore[operator]


def _thicknesses(record: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    for key, entry in _parameters(record).items():
        if not key.endswith("thickness_mm") or (".shin." in key and not _covers_shin(record)):
            continue
        part = key.split(".")[-2] if "." in key else ""
        kind = human(key)
        name = f"Wall, {part}" if kind == "thickness" else f"Wall, {part} {kind}"
        name = name.replace(" thickness", "").replace("_", " ")
        graded = _graded(record) if key.endswith("leaf.thickness_mm") else ""
        source = text(entry.get("source"))
        value = entry.get("value")
        # a word says whose wall it is instead
        shown = f"the {value}'s" if isinstance(value, str) else number(value, 2, "mm")
        rows.append([name, shown, f"{source}{graded}"])
    return rows or [["Wall of leaf and footplate", MISSING, ""]]


def _covers_shin(record: Mapping[str, Any]) -> bool:
    """Whether there is an anterior shell, whose wall can be told."""
    return seek(record, "shell.shin.cover", within=("parameters",)) == "yes"


def _graded(record: Mapping[str, Any]) -> str:
    wall = [thickness for _, thickness in points_of(at(record, "grading.wall"))]
    if not at(record, "grading.graded") or not wall:
        return ""
    return f"; graded along the leaf, at most {number(max(wall), 1, 'mm')}"


def _parameters(record: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = record.get("parameters")
    if not isinstance(found, Mapping):
        return {}
    return {
        str(key): entry if isinstance(entry, Mapping) else {"value": entry}
        for key, entry in found.items()
    }


def _straps(record: Mapping[str, Any]) -> list[str]:
    given = record.get("straps")
    if given:
        return [_phrase(item) for item in given]
    values = {key.rsplit(".", 1)[-1]: e.get("value") for key, e in _parameters(record).items()}
    opening = finite(values.get("slot_width_mm"))
    lines = []
    for name, place_key in (("calf", "calf_strap_below_top_mm"), ("instep", "")):
        width = finite(values.get(f"{name}_strap_width_mm"))
        if width is None:
            continue
        if width <= 0.0:
            lines.append(f"{name.capitalize()} strap: none, no slots")
            continue
        where = ", at 45° over the instep"
        if place_key and finite(values.get(place_key)) is not None:
            where = f", centre {compact(values[place_key])} mm below the top edge"
        slot = f"; slots {compact(width + 2.0)} × {compact(opening)} mm" if opening else ""
        lines.append(f"{name.capitalize()} strap: {compact(width)} mm wide{where}{slot}")
    return lines


def _pads(record: Mapping[str, Any]) -> list[str]:
    given = record.get("pads")
    if given:
        return [_phrase(item) for item in given]
    return [
        f"{human(key)}: {compact(entry.get('value'), str(entry.get('unit') or ''))}"
        for key, entry in _parameters(record).items()
        if "pad" in key.rsplit(".", 1)[-1].split("_")
    ]


def _reliefs(record: Mapping[str, Any]) -> list[list[str]]:
    """[name, amount] of every cast modification, in order."""
    steps = [mapping(item) for item in items(record, "cast.modifications")]
    if steps:
        return [[human(str(step.get("name"))), _amount(step)] for step in steps]
    found = at(record, "fit.relief_mm")
    if isinstance(found, Mapping) and found:
        return [[human(str(name)), number(value, 1, "mm")] for name, value in found.items()]
    return [
        [human(key), number(entry.get("value"), 1, "mm")]
        for key, entry in _parameters(record).items()
        if ".relief." in f".{key}" and "feather" not in key
    ]


def _amount(step: Mapping[str, Any]) -> str:
    """A step's value with its sign where it takes away, a share in per cent."""
    unit, value = str(step.get("unit") or ""), finite(step.get("value"))
    if value is None:
        return MISSING
    return number(100.0 * value, 0, "%") if unit == "1" else number(value, 1, unit)


def _warnings(record: Mapping[str, Any]) -> list[str]:
    """The prescription's and the scan's; the checks' own stand in their table."""
    said = [
        _phrase(item)
        for path in ("prescription.warnings", "scan.warnings", "warnings")
        for item in items(record, path)
    ]
    repairs = [_phrase(item) for item in items(record, "scan.repairs")]
    if repairs:
        said.append(f"The scan was repaired: {'; '.join(repairs)}.")
    # What was not examined has its own place on the sheet.
    listed = bool(items(record, "prescription.not_examined"))
    said = [line for line in said if not (listed and line.startswith("Not examined"))]
    return list(dict.fromkeys(said))


def _phrase(item: Any) -> str:
    """One line for an entry that may be a sentence or a mapping."""
    if not isinstance(item, Mapping):
        return compact(item)
    rest = dict(item)
    name = next((rest.pop(key) for key in ("message", "name", "id", "key") if key in rest), None)
    source = rest.pop("source", None)
    unit = str(rest.pop("unit", "") or "")
    value = rest.pop("value", None)
    words = [human(str(name)) if name is not None else ""]
    if value is not None:
        words.append(compact(value, unit))
    words += [f"{human(str(key))} {compact(entry)}" for key, entry in rest.items()]
    line = ", ".join(word for word in words if word)
    return f"{line} [{source}]" if source else line


def _basis(record: Mapping[str, Any]) -> list[str]:
    """The prescription's assumptions, the least certain first, without their sources."""
    certain = {"read": 2, "recalled": 1}
    found = items(record, "prescription.basis")
    found.sort(key=lambda item: certain.get(str(mapping(item).get("status")), 0))
    lines = []
    for item in found:
        if not isinstance(item, Mapping):
            lines.append(compact(item))
            continue
        line = f"{item.get('name')} {compact(item.get('value'), str(item.get('unit') or ''))}"
        lines.append(f"{line} ({item['status']})" if item.get("status") else line)
    return _shortened(lines, 10)


def _shortened(entries: Sequence[Any], most: int) -> list[str]:
    lines = [_phrase(entry) for entry in entries]
    if len(lines) <= most:
        return lines
    return [*lines[:most], f"and {len(lines) - most} more in design.json"]


def _pictures_missing(at_hand: set[str]) -> list[str]:
    wanted = {**VIEW_CAPTIONS, **MAP_CAPTIONS, **SKIN_MAPS}
    return [caption for name, caption in wanted.items() if name not in at_hand]


def _files(record: Mapping[str, Any]) -> str:
    """Which parts were written, and that a STEP is missing if it is."""
    paths = [str(mapping(entry).get("path") or "") for entry in record.get("outputs") or []]
    parts = [path for path in paths if path.endswith((".stl", ".step", ".3mf"))]
    if not parts:
        return "No part files are listed."
    note = "" if any(path.endswith(".step") for path in parts) else " No STEP file was written."
    return f"Files: {', '.join(parts)}.{note}"
