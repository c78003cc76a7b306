"""Charts of a design as SVG text: moment–angle curve, interval, wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    ordered,
    signed,
    words_at,
)
from afo_designer.geometry.array import FloatArray


@dataclass(frozen=True, slots=True)
class Fit:
    """A stiffness in N·m/deg, positive, and the absolute angles (deg) it was fitted between."""

    low_deg: float
    high_deg: float
    stiffness: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A load case on the curve: its letter, absolute angle in deg and moment in N·m."""

    letter: str
    angle_deg: float
    moment_nm: float


@dataclass(frozen=True, slots=True)
class MomentAngle:
    """What the chart shows.

    `points` (deg, N·m) over the absolute ankle angle, dorsiflexing moment positive; `dots`: those
    of them that were computed, the rest lies between. `target` and its `interval` in N·m/deg, a
    line and a wedge from `neutral_deg` into plantarflexion, which they are meant for. `fits`,
    `tangent` (N·m/deg at neutral) and load cases `marks`; the curve goes on to these in a thinner
    line. Whatever is None or empty is left out.
    """

    points: Sequence[Sequence[float]]
    neutral_deg: float | None = None
    target: float | None = None
    interval: tuple[float, float] | None = None
    fits: tuple[Fit, ...] = ()
    tangent: float | None = None
    marks: tuple[Mark, ...] = ()
    dots: Sequence[Sequence[float]] = ()
    linear: bool = True


def moment_angle_svg(chart: MomentAngle, width: float = 420.0, height: float = 260.0) -> str:
    """The curve, the target with its interval shaded, axes with units, a legend in words below.

    `height` is the plot's, without the legend.
    """
    points = ordered(chart.points)
    if len(points) < 2:
        return ""
    beyond = ordered([*chart.points, *((m.angle_deg, m.moment_nm) for m in chart.marks)])
    low, high = float(beyond[0, 0]), float(beyond[-1, 0])
    slopes = [*(chart.interval or ()), *([chart.target] if chart.target is not None else [])]
    neutral = chart.neutral_deg
    reach = [] if neutral is None else [k * (neutral - float(points[0, 0])) for k in slopes]
    bottom, top = min([0.0, *beyond[:, 1], *reach]), max([0.0, *beyond[:, 1], *reach])
    room, aside = 0.06 * max(top - bottom, 1e-6), 0.03 * (high - low) * bool(chart.marks)
    axes = Axes(low - aside, high + aside, bottom - room, top + room, width, height)
    lines = []
    if neutral is not None:
        lines += _target(axes, chart, neutral, float(points[0, 0]))
        lines.append(axes.path([(neutral, axes.bottom), (neutral, axes.top)], GREY, 0.8, "2 3"))
    lines += [axes.path(_fitted(points, fit), GREEN, 6.0, faint=True) for fit in chart.fits]
    if neutral is not None and chart.tangent is not None:
        ends = [float(points[0, 0]), float(points[-1, 0])]
        tangent = [(end, chart.tangent * (neutral - end)) for end in ends]
        lines.append(axes.path(tangent, INK, 1.0, "1 3"))
    if len(beyond) > len(points):
        lines.append(axes.path(beyond, BLUE, 1.0))
    lines.append(axes.path(points, BLUE, 2.2))
    words = _legend(axes, chart)
    return "".join(
        [
            opening(width, height + words[1], "Moment of the orthosis over the ankle angle"),
            axes.drawn(),
            axes.clipped(lines),
            *(axes.dot(dot) for dot in ordered(chart.dots)),
            *(axes.mark((m.angle_deg, m.moment_nm), m.letter) for m in chart.marks),
            words[0],
            "</svg>",
        ]
    )


def _fitted(points: FloatArray, fit: Fit) -> list[tuple[float, float]]:
    """The fitted line over its range: of its slope, level with the curve's mean there."""
    angles = np.linspace(fit.low_deg, fit.high_deg, 41)
    mean = float(np.trapezoid(np.interp(angles, *points.T), angles)) / float(np.ptp(angles))
    middle = 0.5 * (fit.low_deg + fit.high_deg)
    ends = (fit.low_deg, fit.high_deg)
    return [(end, mean - fit.stiffness * (end - middle)) for end in ends]


def _target(axes: Axes, chart: MomentAngle, neutral: float, end: float) -> list[str]:
    """The wedge between the interval's two stiffnesses, and the target's line, down to `end`."""
    parts = []
    if chart.interval is not None:
        corners = [(neutral, 0.0), *((end, k * (neutral - end)) for k in chart.interval)]
        shape = " ".join(f"{x:.2f},{y:.2f}" for x, y in map(axes.place, corners))
        parts.append(f'<polygon points="{shape}" fill="{ORANGE}" fill-opacity="0.24"/>')
    if chart.target is not None:
        line = [(neutral, 0.0), (end, chart.target * (neutral - end))]
        parts.append(axes.path(line, VERMILLION, 1.3, "6 4"))
    return parts


def _legend(axes: Axes, chart: MomentAngle) -> tuple[str, float]:
    """Words beside their line in two columns below the plot, and their height."""
    rows = [Key("this orthosis" + (", linear" if chart.linear else ""), BLUE, 2.2)]
    if chart.fits:
        rates = " and ".join(f"{fit.stiffness:.2f}" for fit in chart.fits)
        rows.append(Key(f"fitted: {rates} N·m/deg", GREEN, 6.0, faint=True))
    if chart.tangent is not None and chart.neutral_deg is not None:
        rows.append(Key(f"tangent at neutral {chart.tangent:.2f}", INK, 1.0, "1 3"))
    if chart.target is not None and chart.neutral_deg is not None:
        rows.append(Key(f"target {chart.target:.2f} N·m/deg", VERMILLION, 1.3, "6 4"))
    if chart.interval is not None and chart.neutral_deg is not None:
        low, high = chart.interval
        rows.append(Key(f"its interval {low:.2f} to {high:.2f}", ORANGE, 9.0, faint=True))
    if chart.neutral_deg is not None:
        words = f"neutral angle {signed(round(chart.neutral_deg, 1))}°"
        rows.append(Key(words, GREY, 0.8, "2 3"))
    if chart.marks:
        span = f"{chart.marks[0].letter} to {chart.marks[-1].letter}"
        rows.append(Key(f"{span}: load cases, see Strength", "none", 0.0))
    return legend(rows, axes.width, axes.height)


def interval_svg(
    parts: Sequence[tuple[str, float, float]], width: float = 420.0, row: float = 17.0
) -> str:
    """What each input alone does to a figure: (name, low %, high %) as bars, in the given order."""
    if not parts:
        return ""
    most = max(1.0, *(abs(end) for _, *ends in parts for end in ends))
    middle, reach, bottom = 0.62 * width, 0.26 * width, row * len(parts) + 4.0
    drawn = [opening(width, bottom + 16.0, "What each input does to the stiffness")]
    for place, (name, low, high) in enumerate(parts):
        y = row * place + 3.0
        start, end = (middle + reach * value / most for value in (low, high))
        drawn.append(
            f'<rect x="{start:.2f}" y="{y:.2f}" width="{max(end - start, 0.6):.2f}" '
            f'height="{row - 5.0:g}" fill="{BLUE}" fill-opacity="0.55"/>'
        )
        drawn.append(words_at(0.0, y + 9.5, name, "start"))
        drawn.append(words_at(start - 4.0, y + 9.5, signed(round(low, 1)), "end", GREY))
        drawn.append(words_at(end + 4.0, y + 9.5, f"+{round(high, 1):g}", "start", GREY))
    drawn.append(line(middle, 0.0, middle, bottom, GREY))
    drawn.append(words_at(middle, bottom + 11.0, "per cent of the stiffness", "middle", GREY))
    return "".join([*drawn, "</svg>"])


def wall_svg(points: Sequence[Sequence[float]], width: float = 420.0, height: float = 120.0) -> str:
    """The wall's thickness (mm) along the leaf's midline (mm), from its upper end."""
    wall = ordered(points)
    if len(wall) < 2:
        return ""
    start, end, top = float(wall[0, 0]), float(wall[-1, 0]), 1.15 * float(wall[:, 1].max())
    axes = Axes(start, end, 0.0, top, width, height)
    outline = [(wall[0, 0], 0.0), *wall.tolist(), (wall[-1, 0], 0.0)]
    shape = " ".join(f"{x:.2f},{y:.2f}" for x, y in map(axes.place, outline))
    return "".join(
        [
            opening(width, height, "Wall along the leaf"),
            axes.grid(7, 3),
            f'<polygon points="{shape}" fill="{BLUE}" fill-opacity="0.25"/>',
            axes.path(wall, BLUE, 1.8),
            axes.titles("mm along the leaf, from the calf band down to the heel", "wall, mm"),
            "</svg>",
        ]
    )
