"""Fitting charts: the worn outline over the insole, and the grind-down curve, as SVG text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from afo_designer.apps.axes import (
    BLUE,
    GREEN,
    GREY,
    INK,
    VERMILLION,
    Axes,
    Key,
    legend,
    opening,
    words_at,
)
from afo_designer.geometry.array import FloatArray

# An insole's shape in shares of its length and of its width at the ball, for the picture alone:
# no two lasts are alike. Reaches to the lateral and to the medial side of its middle.
INSOLE = np.array(
    [
        [0.00, 0.000, 0.000],
        [0.02, 0.160, 0.160],
        [0.06, 0.270, 0.270],
        [0.12, 0.345, 0.345],
        [0.20, 0.355, 0.350],
        [0.30, 0.345, 0.310],
        [0.42, 0.370, 0.290],
        [0.55, 0.450, 0.390],
        [0.65, 0.500, 0.480],
        [0.73, 0.485, 0.500],
        [0.84, 0.420, 0.470],
        [0.93, 0.290, 0.370],
        [0.98, 0.150, 0.200],
        [1.00, 0.000, 0.000],
    ]
)
MARGIN, SCALE = 16.0, 1.32


@dataclass(frozen=True, slots=True)
class Plan:
    """What the plan view shows, mm; rows of outlines are x, lateral, medial reach.

    `lateral_up`: a left leg, seen from above with the toes to the right. `insole`: length, width at
    the ball and x of its rear end, None where there is none to draw; `insole_words` names it.
    `widths`: x at which the worn outline's width is written.
    """

    worn: Sequence[Sequence[float]]
    plate: Sequence[Sequence[float]]
    foot: Sequence[Sequence[float]]
    lateral_up: bool
    insole: tuple[float, float, float] | None
    insole_words: str
    widths: tuple[float, ...]


def plan_svg(plan: Plan) -> str:
    """The worn outline from above over foot, plate and insole, all to one scale."""
    worn = np.array(plan.worn, dtype=np.float64).reshape(-1, 3)
    if len(worn) < 2:
        return ""
    sole = _insole(worn, plan.insole)
    drawn = [_loop(np.array(rows)) for rows in (worn, plan.foot, plan.plate) if len(rows) > 1]
    every = np.concatenate([*drawn, *([sole] if sole is not None else [])])
    up = 1.0 if plan.lateral_up else -1.0
    low, high = every.min(axis=0), every.max(axis=0)
    # outlines are (x, reach to the lateral side); up on paper is lateral on a left leg
    top = high[1] if plan.lateral_up else -low[1]
    bottom = low[1] if plan.lateral_up else -high[1]
    width = SCALE * float(high[0] - low[0]) + 2.0 * MARGIN
    height = SCALE * float(top - bottom) + 2.0 * MARGIN

    def place(points: FloatArray) -> FloatArray:
        x = MARGIN + SCALE * (points[:, 0] - low[0])
        return np.column_stack([x, MARGIN + SCALE * (top - up * points[:, 1])])

    parts = [_shape(place(_loop(worn)), BLUE, 1.8, fill=True)]
    for rows, colour, line, dash in ((plan.foot, GREY, 1.0, "2 2"), (plan.plate, BLUE, 0.8, "")):
        if len(rows) > 1:
            parts.append(_shape(place(_loop(np.array(rows))), colour, line, dash))
    if sole is not None:
        parts.append(_shape(place(sole), VERMILLION, 1.6, "6 3"))
    parts += [_across(place, worn, x) for x in plan.widths]
    sides = ("lateral", "medial") if plan.lateral_up else ("medial", "lateral")
    right = width - MARGIN
    parts += [
        words_at(right, 11.0, sides[0], "end", GREY),
        words_at(right, height - 4.0, sides[1], "end", GREY),
        words_at(2.0, height - 4.0, "heel", "start", GREY),
    ]
    keys = [
        Key("orthosis in the shoe", BLUE, 1.8),
        Key("its footplate", BLUE, 0.8),
        Key("bare foot", GREY, 1.0, "2 2"),
    ]
    if sole is not None:
        keys.append(Key(plan.insole_words, VERMILLION, 1.6, "6 3"))
    words, more = legend(keys, width, height + 4.0)
    head = opening(width, height + more + 4.0, "Worn outline over the insole, from above")
    return "".join([head, *parts, words, "</svg>"])


@dataclass(frozen=True, slots=True)
class GrindChart:
    """`points` (mm off each edge, N·m/deg, low, high); target and the prescription's interval."""

    points: Sequence[Sequence[float]]
    target: float | None
    interval: tuple[float, float] | None


def grinding_svg(chart: GrindChart, width: float = 402.0, height: float = 232.0) -> str:
    """Stiffness over millimetres ground, its interval shaded, the prescription beside it."""
    points = _ordered(chart.points)
    if len(points) < 2:
        return ""
    fine = np.linspace(points[0, 0], points[-1, 0], 41)
    curves = [PchipInterpolator(points[:, 0], points[:, k])(fine) for k in (1, 2, 3)]
    wanted = [*(chart.interval or ()), *([] if chart.target is None else [chart.target])]
    top = max(float(points[:, 3].max()), *wanted, 0.0)
    axes = Axes(0.0, float(points[-1, 0]), 0.0, 1.06 * top, width, height)
    middle, low, high = (np.column_stack([fine, curve]).tolist() for curve in curves)
    ends = (0.0, float(points[-1, 0]))
    lines = [axes.band(low, high, BLUE)]
    keys = [
        Key("the orthosis, ground", BLUE, 2.2),
        Key("its 90 % interval", BLUE, 6.0, faint=True),
    ]
    if chart.interval is not None:
        lines += [
            axes.path([(end, value) for end in ends], GREEN, 1.0, "2 3") for value in chart.interval
        ]
        keys.append(Key("prescription's interval", GREEN, 1.0, "2 3"))
    if chart.target is not None:
        lines.append(axes.path([(end, chart.target) for end in ends], GREEN, 1.6, "7 4"))
        keys.append(Key("prescribed", GREEN, 1.6, "7 4"))
    lines.append(axes.path(middle, BLUE, 2.2))
    words, more = legend(keys, width, height)
    return "".join(
        [
            opening(width, height + more, "Stiffness over millimetres ground off each edge"),
            axes.grid(8, 5),
            axes.titles("ground off each edge, mm", "stiffness, N·m/deg"),
            axes.clipped(lines),
            *(axes.dot(point[:2]) for point in points),
            words,
            "</svg>",
        ]
    )


def _ordered(rows: Sequence[Sequence[float]]) -> FloatArray:
    """(n, 4): the finite rows by their first value."""
    array = np.array(rows, dtype=np.float64).reshape(-1, 4)
    array = array[np.isfinite(array).all(axis=1)]
    return array[np.argsort(array[:, 0], kind="stable")]


def _insole(worn: FloatArray, insole: tuple[float, float, float] | None) -> FloatArray | None:
    """(n, 2) outline of an insole laid along the middle of the worn outline's heel and ball."""
    if insole is None:
        return None
    length, ball, rear = insole
    t = np.linspace(0.0, 1.0, 121)
    reach = PchipInterpolator(INSOLE[:, 0], INSOLE[:, 1:])(t) * ball
    middle = 0.5 * (worn[:, 1] - worn[:, 2])
    x = rear + length * t
    at = np.interp([rear + 0.17 * length, rear + 0.69 * length], worn[:, 0], middle)
    line = at[0] + (t - 0.17) / 0.52 * (at[1] - at[0])
    return np.concatenate(
        [np.column_stack([x, line + reach[:, 0]]), np.column_stack([x, line - reach[:, 1]])[::-1]]
    )


def _loop(rows: FloatArray) -> FloatArray:
    """(2n, 2): x and reach to the lateral side, there and back."""
    lateral, medial = rows[:, [0, 1]], rows[:, [0, 2]] * [1.0, -1.0]
    return np.concatenate([lateral, medial[::-1]])


def _shape(
    points: FloatArray, colour: str, line: float, dash: str = "", *, fill: bool = False
) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    inside = f'fill="{colour}" fill-opacity="0.12"' if fill else 'fill="none"'
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<polygon points="{corners}" {inside} stroke="{colour}" stroke-width="{line:g}" '
        f'stroke-linejoin="round"{dashes}/>'
    )


def _across(place: Callable[[FloatArray], FloatArray], worn: FloatArray, x: float) -> str:
    """The width at the section nearest to x as a line across the outline, in millimetres."""
    row = worn[int(np.argmin(np.abs(worn[:, 0] - x)))]
    ends = place(np.array([[row[0], row[1]], [row[0], -row[2]]]))
    (x1, y1), (x2, y2) = ends
    words = f"{row[1] + row[2]:.0f} mm"
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{INK}" '
        'stroke-width="0.8" stroke-dasharray="1 2"/>'
        + words_at(float(x1) + 4.0, 0.5 * float(y1 + y2) + 3.5, words, "start", INK)
    )
