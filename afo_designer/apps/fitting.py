"""Fitting: what the sheet says of the shoe, of grinding and of shims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.fitting_charts import GrindChart, Plan, grinding_svg, plan_svg
from afo_designer.apps.verdicts import check_rows
from afo_designer.apps.wording import (
    at,
    compact,
    finite,
    items,
    mapping,
    number,
    pair_of,
    span,
    text,
)

# Shares of the worn length at which widths are written: heel and ball.
MARKED = (0.16, 0.64)
GRIND_NEVER = (
    "Never off the flat of the wall: the wall counts by its cube.",
    "Both edges alike, a millimetre at a time; measure the leaf at its narrowest after each pass.",
    "Round the edge again and polish along the leaf: a scratch across it starts a crack.",
    "No hot air: the print takes no new shape, it only loses strength.",
    "What is too soft already cannot be ground: print it anew.",
)
SHIM_NEVER = (
    "Never between foot and footplate: the heel leaves the cup and the malleoli their room.",
    "Full height under the heel, running out before the metatarsal heads; firm, not foam.",
    "Level the other shoe when the shim stays: both legs stand on the same floor.",
    "A shim moves the shank, not the ankle in the orthosis: it does not lengthen a tight calf.",
)


def fitting_part(record: Mapping[str, Any]) -> dict[str, Any]:
    """Everything on the fitting's page as text; `shown` is false where the record has none."""
    shoe, fitting = mapping(record.get("shoe")), mapping(record.get("fitting"))
    return {
        "shown": bool(shoe or fitting),
        "shoe_lead": _shoe_lead(shoe),
        "shoe_rows": _shoe_rows(record, shoe),
        "plan_chart": plan_svg(_plan(record, shoe)),
        "plan_note": _plan_note(shoe),
        **_grinding(record, mapping(fitting.get("grinding")), text(fitting.get("reason"))),
        **_shims(mapping(fitting.get("shims"))),
    }


# --- the shoe ----------------------------------------------------------------------------------


def _shoe_lead(shoe: Mapping[str, Any]) -> str:
    needs = mapping(shoe.get("needs"))
    size = finite(needs.get("size_eu"))
    if size is None:
        return "No shoe fit was recorded."
    said = (
        f"Take a shoe of European size {size:g} (Mondopoint {number(needs.get('mondopoint_mm'), 0)}"
        f"), width at the ball {text(needs.get('width'))}, whose insole comes out."
    )
    heel, regular = finite(needs.get("heel_mm")), finite(needs.get("regular_heel_mm"))
    if heel is not None and regular is not None and heel > regular:
        said += (
            f" Its heel has to take {number(heel, 0, 'mm')}, where a regular one of that size has "
            f"some {number(regular, 0)}: look for one that is cut wide or opens at the back."
        )
    asked = [
        f"{number(value, 0, 'mm')} {way}"
        for key, way in (
            ("longer_mm", "longer"),
            ("wider_ball_mm", "wider at the ball"),
            ("wider_heel_mm", "wider at the heel"),
        )
        if (value := finite(needs.get(key))) is not None and value > 0.0
    ]
    basis = text(at(shoe, "room.basis"))
    if finite(at(shoe, "room.length_mm")) is None and finite(at(shoe, "room.ball_mm")) is None:
        return f"{said} No shoe was measured: {basis}."
    cut = finite(needs.get("cut_back_mm"))
    if cut:
        said += f" Cutting the plate back before the toes saves up to {number(cut, 0, 'mm')}."
    if not asked:
        return f"It goes into the shoe given ({basis}). {said}"
    return f"The shoe given ({basis}) must be {', '.join(asked)}. {said}"


def _shoe_rows(record: Mapping[str, Any], shoe: Mapping[str, Any]) -> list[list[str]]:
    """[measure, worn, room, verdict, its word, remark]."""
    worn, found = mapping(shoe.get("worn")), {row["id"]: row for row in check_rows(record)}
    if not worn:
        return []

    def row(name: str, value: str, check: str = "", remark: str = "") -> list[str]:
        judged = found.get(check)
        if judged is None:
            return [name, value, "", "", "", remark]
        if judged["value"].startswith("not examined"):
            return [name, value, "not examined", judged["verdict"], judged["words"], remark]
        return [name, value, judged["limit"], judged["verdict"], judged["words"], remark]

    needs, width = mapping(shoe.get("needs")), mapping(worn.get("width_mm"))
    foot, wall = mapping(worn.get("foot_width_mm")), mapping(worn.get("thickness_mm"))
    walls = {place: value for place, value in wall.items() if finite(value) is not None}
    plate = span((min(walls.values()), max(walls.values())), 1, "mm") if walls else "–"
    sides = mapping(worn.get("side_height_mm"))
    rows = [
        row(
            "Length it takes",
            number(needs.get("length_mm"), 0, "mm"),
            "shoe_length",
            f"orthosis and toes {number(worn.get('length_mm'), 0, 'mm')}, 3 mm in front",
        ),
        *(
            row(
                f"Width it needs at the {place}",
                number(needs.get(f"{place}_mm"), 0, "mm"),
                f"shoe_width_{place}",
                f"orthosis {number(width.get(place), 0, 'mm')}, bare foot "
                f"{number(foot.get(place), 0, 'mm')}, the upper gives a little",
            )
            for place in ("ball", "heel")
        ),
        row("Width at the midfoot", number(width.get("midfoot"), 0, "mm")),
        row(
            "Thickness of the plate",
            plate,
            remark=", ".join(f"{place} {number(value, 1)}" for place, value in walls.items()),
        ),
        row(
            "Stack under the heel",
            number(worn.get("heel_stack_mm"), 1, "mm"),
            "shoe_heel_stack",
            f"under the ball {number(worn.get('ball_stack_mm'), 1, 'mm')}",
        ),
        row("Pitch by the plate alone", number(worn.get("tilt_deg"), 1, "°"), "shoe_heel_tilt"),
        row(
            "Sides at the malleoli",
            f"{_side(worn, sides.get('lateral'))} / {_side(worn, sides.get('medial'))}",
            remark="lateral and medial, above the insole",
        ),
    ]
    for key, name, check in (("low_shoe", "Low shoe", "low"), ("boot", "Boot", "boot")):
        collar = mapping(at(worn, f"collar.{key}"))
        wider = (finite(collar.get("width_mm")) or 0.0) - (finite(collar.get("leg_width_mm")) or 0)
        rows.append(
            row(
                f"{name}'s collar, girth added",
                number(collar.get("added_girth_mm"), 0, "mm"),
                f"shoe_collar_{check}",
                f"at {number(collar.get('height_mm'), 0, 'mm')}: {number(wider, 0, 'mm')} wider "
                f"than the leg, {number(collar.get('behind_mm'), 0, 'mm')} behind it",
            )
        )
    return rows


def _side(worn: Mapping[str, Any], height: Any) -> str:
    """How high a side stands; beyond a boot it goes on to the calf."""
    known, boot = finite(height), finite(at(worn, "collar.boot.height_mm"))
    if known is not None and boot is not None and known > boot:
        return "above a boot"
    return number(height, 0, "mm")


def _plan(record: Mapping[str, Any], shoe: Mapping[str, Any]) -> Plan:
    worn, room, needs = (mapping(shoe.get(key)) for key in ("worn", "room", "needs"))
    outline = _rows(worn.get("outline"))
    inner, own = finite(room.get("length_mm")), finite(room.get("insole_length_mm"))
    ball, words = finite(room.get("ball_mm")), "insole of the shoe given"
    if own is None or inner is None:
        inner, own = finite(needs.get("length_mm")), None
        words = "insole that would just do"
    ball = finite(needs.get("ball_mm")) if ball is None else ball
    insole = None
    if outline and inner is not None and ball is not None:
        rear = min(row[0] for row in outline)
        length = inner if own is None else own
        insole = (length, ball, rear + (inner - length))
    ends = (min((r[0] for r in outline), default=0.0), max((r[0] for r in outline), default=0.0))
    length = ends[1] - ends[0]
    marks = tuple(ends[0] + share * length for share in MARKED)
    return Plan(
        worn=outline,
        plate=_rows(worn.get("plate")),
        foot=_rows(worn.get("foot")),
        lateral_up=str(at(record, "scan.side")) != "right",
        insole=insole,
        insole_words=words,
        widths=marks,
    )


def _rows(found: Any) -> list[list[float]]:
    rows = found if isinstance(found, list) else []
    return [
        [float(value) for value in row]
        for row in rows
        if isinstance(row, list) and len(row) == 3 and all(finite(v) is not None for v in row)
    ]


def _plan_note(shoe: Mapping[str, Any]) -> str:
    if not shoe:
        return ""
    return (
        "From above. The insole's length and width are true, its shape is drawn: no two lasts are "
        "alike. Lay the orthosis on the insole itself before it is worn."
    )


# --- grinding ----------------------------------------------------------------------------------


def _grinding(record: Mapping[str, Any], one: Mapping[str, Any], reason: str) -> dict[str, Any]:
    points = [mapping(point) for point in items(one, "points")]
    never, limit = finite(one.get("never_below_mm")), compact(one.get("limit_mm"), "mm")
    lead, rules = reason, []
    if one and len(points) < 2:
        lead = f"Nothing may be ground off. {text(one.get('reason'))}"
    elif one:
        where = "of the leaf" if one.get("edge") == "width" else "at the malleoli"
        lead = (
            f"Too stiff at the fitting? Grind both edges {where}: up to {limit} off each, "
            f"no further. {text(one.get('reason'))}"
        )
        rules = [
            f"Never narrower than {number(never, 0, 'mm')} along the skin, never nearer than 8 mm "
            "to a slot or hole.",
            *GRIND_NEVER,
        ]
    return {
        "grind_lead": lead,
        "grind_chart": grinding_svg(
            GrindChart(
                points=[
                    [
                        finite(point.get(key)) or 0.0
                        for key in ("off_mm", "stiffness", "low", "high")
                    ]
                    for point in points
                ],
                target=finite(at(record, "stiffness.target")),
                interval=pair_of(at(record, "prescription.interval_nm_per_deg")),
            )
        ),
        "grind_rows": [_ground_row(point, points[0]) for point in points],
        "grind_never": rules,
        "grind_note": _grind_note(record) if len(points) > 1 else "",
    }


def _ground_row(point: Mapping[str, Any], first: Mapping[str, Any]) -> list[str]:
    """[mm, width left, N·m/deg, interval, of target, strength, fatigue, life, verdict, word]."""
    life, years = point.get("life_bound"), finite(point.get("life_years"))
    lost = any(
        (before := finite(first.get(key))) is not None
        and (now := finite(point.get(key))) is not None
        and before >= 1.0 > now
        for key in ("strength_factor", "fatigue_factor")
    )
    return [
        compact(point.get("off_mm")),
        number(point.get("width_mm"), 0),
        number(point.get("stiffness"), 2),
        span((finite(point.get("low")) or 0.0, finite(point.get("high")) or 0.0)),
        number(point.get("percent_of_target"), 0, "%"),
        number(point.get("strength_factor"), 2),
        number(point.get("fatigue_factor"), 2),
        "–" if years is None else f"{text(life)} {number(years, 1)}",
        "warn" if lost else "",
        "stop before" if lost else "",
    ]


def _grind_note(record: Mapping[str, Any]) -> str:
    weak = [
        name
        for name, key in (("strength", "strength_factor"), ("fatigue", "fatigue_factor"))
        for point in items(record, "fitting.grinding.points")[:1]
        if (factor := finite(mapping(point).get(key))) is not None and factor < 1.0
    ]
    said = (
        "Computed, not tried: the finished shell with its edges moved, everything else equal. "
        "Strength: the least factor of the sagittal load cases; fatigue: amplitude allowed over "
        "met; life in years at the steps of the person file."
    )
    if weak:
        said += f" The factor of {' and '.join(weak)} is below 1 before grinding: see Strength."
    return said


# --- shims -------------------------------------------------------------------------------------


def _shims(one: Mapping[str, Any]) -> dict[str, Any]:
    table = [mapping(row) for row in items(one, "table")]
    swing = next((number(row.get("swing_nm"), 2, "N·m") for row in table), "")
    shank = number(one.get("midstance_shank_deg"), 0, "°")
    return {
        "shim_rows": [_shim_row(row) for row in table],
        "shim_lead": (
            f"Between orthosis and shoe, under the heel; negative: under the ball. In mid-stance "
            f"the shank is taken at {shank} to the vertical, whatever the shim. In mid-swing the "
            f"orthosis bears {swing}, the weight of foot and shoe, with every shim; only the shoe "
            "turns."
            if table
            else ""
        ),
        "shim_never": list(SHIM_NEVER) if table else [],
        "shim_note": (
            "Pitch = asin((heel height + plate + shim) / lever heel to ball); moment = stiffness × "
            "(neutral − ankle), each way with its own stiffness; positive lifts the forefoot."
            if table
            else ""
        ),
    }


def _shim_row(row: Mapping[str, Any]) -> list[str]:
    """[mm, shank, change, ankle and moment in mid-stance, shoe to shank in swing, remark]."""
    height = finite(row.get("height_mm"))
    change = finite(row.get("change_deg")) or 0.0
    remark = "as made" if height == 0.0 else ""
    if row.get("in_shoe") is False:
        remark = "heel may slip out"
    return [
        number(height, 0),
        number(row.get("shank_deg"), 1, "°"),
        f"{'+' if change > 0.0 else ''}{number(change, 1, '°')}",
        number(row.get("midstance_ankle_deg"), 1, "°"),
        number(row.get("midstance_nm"), 1),
        number(row.get("swing_shoe_deg"), 1, "°"),
        remark,
    ]
