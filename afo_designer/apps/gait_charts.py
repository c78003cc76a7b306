"""Charts of the prescription as SVG text: balance of moments, stiffness, swing, first rocker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from afo_designer.apps.axes import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    VERMILLION,
    Axes,
    Key,
    legend,
    line,
    opening,
    ticks,
    words_at,
)
from afo_designer.apps.wording import at, finite, items, mapping, number, pair_of

WIDTH, HEIGHT = 420.0, 250.0
# How the three walkers look in every chart.
WALKERS = {
    "normal": ("healthy", GREY, 1.3, "5 3"),
    "without": ("without orthosis", VERMILLION, 1.8, "8 3"),
    "with": ("with orthosis", BLUE, 2.4, ""),
}
# The angles that the balance shows (deg): a hanging foot to the second rocker.
SHOWN_DEG = (-20.0, 12.0)
# The late swing lifts the toes further than anyone asks for (mm).
MOST_MM = 70.0


def walkers(gait: Mapping[str, Any]) -> dict[str, tuple[str, str, float, str]]:
    """Those of `WALKERS` there are: without an orthosis nobody walks with one."""
    worn = at(gait, "spring.kind") != "none"
    return {name: look for name, look in WALKERS.items() if worn or name != "with"}


def balance_svg(gait: Mapping[str, Any]) -> str:
    """Moments on the foot in swing over the ankle angle, their sum, and where the foot rests."""
    found = mapping(gait.get("balance"))
    straight, flexed = mapping(found.get("knee_straight")), mapping(found.get("knee_flexed"))
    if not straight or not flexed:
        return ""
    angle = np.array(found["angle_deg"])
    shown = (angle >= SHOWN_DEG[0]) & (angle <= SHOWN_DEG[1])
    angle = angle[shown]
    curve = {
        "calf": [np.array(one["calf_nm"])[shown] for one in (straight, flexed)],
        "sum": [np.array(one["sum_nm"])[shown] for one in (straight, flexed)],
    }
    orthosis = np.array(found["orthosis_nm"])[shown]
    weight, muscle = float(found["weight_nm"]), float(found["dorsiflexors_nm"])
    lowest = float(found["lowest_swing_angle_deg"])
    here = int(np.argmin(np.abs(angle - lowest)))
    reach = 1.35 * max(-weight - curve["calf"][0][here], orthosis[here], muscle, 1.0)
    axes = Axes(SHOWN_DEG[0], SHOWN_DEG[1], -reach, reach, WIDTH, HEIGHT)

    def drawn(values: np.ndarray, colour: str, wide: float, dash: str = "") -> str:
        return axes.path(np.column_stack([angle, values]), colour, wide, dash)

    def area(pair: Sequence[np.ndarray], colour: str) -> str:
        lower, upper = (np.column_stack([angle, values]).tolist() for values in pair)
        return axes.band(lower, upper, colour)

    level, worn = np.ones_like(angle), "with" in walkers(gait)
    parts = [
        axes.band(
            [(SHOWN_DEG[0], -reach), (lowest, -reach)],
            [(SHOWN_DEG[0], reach), (lowest, reach)],
            "#C9CED4",
        ),
        area(curve["calf"], ORANGE),
        drawn(curve["calf"][0], ORANGE, 1.4, "2 2"),
        drawn(weight * level, GREY, 1.4, "6 3"),
        drawn(muscle * level, GREEN, 1.6, "9 2 2 2"),
        *([drawn(orthosis, BLUE, 1.6)] if worn else []),
        *([drawn(curve["sum"][0] - orthosis, VERMILLION, 1.4, "8 3")] if worn else []),
        area(curve["sum"], INK),
        drawn(curve["sum"][0], INK, 2.4),
        axes.said((SHOWN_DEG[0] + 0.6, 0.88 * reach), "toes too low", "start", GREY),
    ]
    rests = [finite(one.get("rests_at_deg")) for one in (straight, flexed)]
    marks = [axes.mark((rest, 0.0)) for rest in rests if rest is not None]
    rows = [
        Key("foot and shoe in swing", GREY, 1.4, "6 3"),
        Key("calf, knee bent to straight", ORANGE, 8.0, faint=True),
        Key("what the muscles can sustain", GREEN, 1.6, "9 2 2 2"),
    ]
    if worn:
        rows.append(Key("orthosis", BLUE, 1.6))
        rows.append(Key("sum without orthosis", VERMILLION, 1.4, "8 3"))
    rows.append(Key("sum with it" if worn else "sum", INK, 2.4))
    if marks:
        rows.append(Key("where the foot rests", "none", 0.0))
    keys, tall = legend(rows, WIDTH, HEIGHT)
    return _framed(axes, axes.drawn(), [axes.clipped(parts), *marks, keys], tall, "Balance")


def swing_svg(gait: Mapping[str, Any]) -> str:
    """Height of the toes over the floor from toe-off to the next contact."""
    swing = mapping(gait.get("swing"))
    if not swing:
        return ""
    times = 1000.0 * np.array(swing["time_s"])
    shown = walkers(gait)
    lines = {name: np.array(swing[name]["clearance_mm"]) for name in shown}
    judged = _parameter(gait, "judged from")
    start = 0.0 if judged is None else judged * float(times[-1])
    seen = np.concatenate([one[times >= start] for one in lines.values()])
    bottom = min(-12.0, float(seen.min()) - 8.0)
    axes = Axes(0.0, float(times[-1]), bottom, MOST_MM, WIDTH, HEIGHT)
    parts = [
        axes.band([(0.0, bottom), (times[-1], bottom)], [(0.0, 0.0), (times[-1], 0.0)], "#A77B4F"),
        axes.band([(0.0, 0.0), (start, 0.0)], [(0.0, MOST_MM), (start, MOST_MM)], "#C9CED4"),
    ]
    parts += [
        axes.path(np.column_stack([times, lines[name]]), colour, wide, dash)
        for name, (_, colour, wide, dash) in shown.items()
    ]
    parts.append(axes.said((4.0, MOST_MM - 7.0), "toe still leaving", "start", GREY))
    parts.append(axes.said((0.97 * times[-1], 0.55 * bottom), "below the floor", "end", GREY))
    marks, keys = [], []
    for name, (words, colour, wide, dash) in shown.items():
        case = swing[name]
        marks.append(axes.mark((1000.0 * case["at_s"], case["least_clearance_mm"])))
        keys.append(Key(f"{words}: {number(case['least_clearance_mm'], 0)} mm", colour, wide, dash))
    keys.append(Key("the least from mid-swing on", "none", 0.0))
    rows, tall = legend(keys, WIDTH, HEIGHT)
    frame = axes.grid(7, 5) + axes.titles("ms after toe-off", "toes over the floor, mm")
    return _framed(axes, frame, [axes.clipped(parts), *marks, rows], tall, "Swing")


def rocker_svg(gait: Mapping[str, Any]) -> str:
    """Pitch of the foot from heel contact to flat: how hard it slaps."""
    rocker = mapping(gait.get("loading"))
    if not rocker:
        return ""
    times = 1000.0 * np.array(rocker["time_s"])
    lines = {name: np.array(rocker[name]["foot_deg"]) for name in walkers(gait) if name in rocker}
    values = np.concatenate(list(lines.values()))
    top, bottom = 1.12 * max(float(values.max()), 5.0), min(-2.0, float(values.min()) - 2.0)
    axes = Axes(0.0, float(times[-1]), bottom, top, WIDTH, HEIGHT)
    parts, keys = [], []
    for name, one in lines.items():
        words, colour, wide, dash = WALKERS[name]
        parts.append(axes.path(np.column_stack([times, one]), colour, wide, dash))
        speed = number(rocker[name]["slap_speed_deg_per_s"], 0)
        keys.append(Key(f"{words}: {speed}°/s", colour, wide, dash))
    rows, tall = legend(keys, WIDTH, HEIGHT)
    frame = axes.grid(7, 5) + axes.titles("ms after heel contact", "toes up over the floor, deg")
    return _framed(axes, frame, [axes.clipped(parts), rows], tall, "First rocker")


def _framed(axes: Axes, frame: str, parts: Sequence[str], tall: float, label: str) -> str:
    return "".join([opening(axes.width, axes.height + tall, label), frame, *parts, "</svg>"])


def _parameter(gait: Mapping[str, Any], name: str) -> float | None:
    for entry in items(gait, "parameters"):
        if mapping(entry).get("name") == name:
            return finite(mapping(entry).get("value"))
    return None


def window_svg(
    prescription: Mapping[str, Any], achieved: float | None = None, width: float = WIDTH
) -> str:
    """What is needed, what is prescribed, and from where on each limit is broken, on one scale."""
    target = finite(prescription.get("target_stiffness_nm_per_deg"))
    needs = _needs(prescription)
    limits = _limits(prescription, target)
    if target is None or not needs:
        return ""
    ends = [end for _, _, pair in needs for end in pair]
    most = 1.12 * max([target, achieved or 0.0, *ends, *(limit for _, limit in limits), 0.5])
    left, right, row = 138.0, width - 12.0, 31.0
    rows = len(needs) + len(limits) + (achieved is not None)
    bottom = row * rows + 4.0

    def across(value: float) -> float:
        return left + (right - left) * min(max(value / most, 0.0), 1.0)

    parts = [opening(width, bottom + 34.0, "Stiffness needed, prescribed and allowed")]
    for value in ticks(0.0, most, 6):
        parts.append(line(across(value), 2.0, across(value), bottom, "#E3E6EA"))
        parts.append(words_at(across(value), bottom + 13.0, f"{value:g}", "middle"))
    y = 8.0
    for name, value, (low, high) in needs:
        chosen = name == "prescribed"
        colour = VERMILLION if chosen else BLUE
        parts.append(_bar(across(low), across(high), y, colour, 0.5 if chosen else 0.3))
        parts.append(_tick(across(value), y, colour))
        parts.append(words_at(left - 6.0, y + 11.0, name, "end", bold=chosen))
        y += row
    if achieved is not None:
        parts.append(_tick(across(achieved), y, GREEN))
        parts.append(words_at(left - 6.0, y + 11.0, "this orthosis", "end", bold=True))
        parts.append(
            words_at(
                max(across(achieved), across(target)) + 5.0, y + 11.0, f"{achieved:.2f}", "start"
            )
        )
        y += row
    for name, limit in limits:
        parts.append(_bar(across(limit), right, y, GREY, 0.35))
        parts.append(_tick(across(limit), y, GREY))
        parts.append(words_at(left - 6.0, y + 11.0, name, "end"))
        parts.append(words_at(across(limit) + 5.0, y + 11.0, f"{limit:.2f}", "start", INK))
        y += row
    x = across(target)
    parts.append(
        f'<line x1="{x:.2f}" y1="2" x2="{x:.2f}" y2="{bottom:.2f}" stroke="{VERMILLION}" '
        'stroke-width="1.2" stroke-dasharray="5 3"/>'
    )
    parts.append(
        words_at(0.5 * (left + right), bottom + 28.0, "stiffness, N·m per degree", "middle")
    )
    return "".join([*parts, "</svg>"])


def _bar(start: float, end: float, y: float, colour: str, strength: float) -> str:
    return (
        f'<rect x="{start:.2f}" y="{y:.2f}" width="{max(end - start, 0.6):.2f}" height="15" '
        f'fill="{colour}" fill-opacity="{strength:g}"/>'
    )


def _tick(x: float, y: float, colour: str) -> str:
    return f'<rect x="{x - 1.4:.2f}" y="{y - 1.0:.2f}" width="2.8" height="17" fill="{colour}"/>'


def _needs(prescription: Mapping[str, Any]) -> list[tuple[str, float, tuple[float, float]]]:
    """(words, value, interval): each goal alone, then what is prescribed."""
    rows = []
    for goal, part in mapping(prescription.get("by_goal")).items():
        one = mapping(part)
        value = finite(one.get("value_nm_per_deg"))
        pair = pair_of(one.get("interval_nm_per_deg"))
        if value is not None and pair is not None:
            rows.append((f"needed: {goal}".replace("_", " "), value, pair))
    target = finite(prescription.get("target_stiffness_nm_per_deg"))
    pair = pair_of(prescription.get("interval_nm_per_deg"))
    if target is not None and pair is not None:
        rows.append(("prescribed", target, pair))
    return rows


def _limits(prescription: Mapping[str, Any], target: float | None) -> list[tuple[str, float]]:
    """(words, N·m/deg from which on); an energy grows with the stiffness in proportion."""
    rows = []
    for entry in items(prescription, "limits"):
        one = mapping(entry)
        value, limit = finite(one.get("value")), finite(one.get("limit"))
        if value is None or limit is None:
            continue
        if at(one, "unit") != "N·m/deg":
            if not value or not target:
                continue
            limit *= target / value
        rows.append((f"too stiff: {one.get('name')}", limit))
    return rows
