"""Charts as SVG text: the moment–angle curve. Written by hand, so the bytes depend on data alone.

Colours are Okabe and Ito's (2008, recalled), apart for the colour-blind; every line also has its
own dash, so the chart survives a grey printer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np

from afo_designer.geometry.array import FloatArray

BLUE, ORANGE, VERMILLION, GREEN, GREY = "#0072B2", "#E69F00", "#B8420A", "#007A5A", "#5B6470"
INK = "#22262B"
FONT = "DejaVu Sans, Verdana, Arial, sans-serif"

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 14.0, 14.0, 40.0


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


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) within [low, high], about `count` of them."""
    span = max(high - low, 1e-9)
    raw = span / max(count, 1)
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= raw * 0.999))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [number * step for number in range(first, last + 1)]


def moment_angle_svg(chart: MomentAngle, width: float = 420.0, height: float = 260.0) -> str:
    """The curve, the target with its interval shaded, axes with units, a legend in words below.

    `height` is the plot's, without the legend.
    """
    points = _sorted(chart.points)
    if len(points) < 2:
        return ""
    beyond = _sorted([*chart.points, *((m.angle_deg, m.moment_nm) for m in chart.marks)])
    low, high = float(beyond[0, 0]), float(beyond[-1, 0])
    slopes = [*(chart.interval or ()), *([chart.target] if chart.target is not None else [])]
    neutral = chart.neutral_deg
    reach = [] if neutral is None else [k * (neutral - float(points[0, 0])) for k in slopes]
    bottom, top = min([0.0, *beyond[:, 1], *reach]), max([0.0, *beyond[:, 1], *reach])
    room, aside = 0.06 * max(top - bottom, 1e-6), 0.03 * (high - low) * bool(chart.marks)
    axes = _Axes(low - aside, high + aside, bottom - room, top + room, width, height)
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
    legend = _legend(axes, chart)
    return "".join(
        [
            _opening(width, height + legend[1], "Moment of the orthosis over the ankle angle"),
            axes.drawn(),
            axes.clipped(lines),
            *(axes.dot(dot) for dot in _sorted(chart.dots)),
            *(axes.mark(mark) for mark in chart.marks),
            legend[0],
            "</svg>",
        ]
    )


def _sorted(points: Sequence[Sequence[float]] | np.ndarray) -> FloatArray:
    """(n, 2): the finite ones by their first value."""
    array = np.array(points, dtype=np.float64).reshape(-1, 2)
    array = array[np.isfinite(array).all(axis=1)]
    return array[np.argsort(array[:, 0], kind="stable")]


def _fitted(points: FloatArray, fit: Fit) -> list[tuple[float, float]]:
    """The fitted line over its range: of its slope, level with the curve's mean there."""
    angles = np.linspace(fit.low_deg, fit.high_deg, 41)
    mean = float(np.trapezoid(np.interp(angles, *points.T), angles)) / float(np.ptp(angles))
    middle = 0.5 * (fit.low_deg + fit.high_deg)
    ends = (fit.low_deg, fit.high_deg)
    return [(end, mean - fit.stiffness * (end - middle)) for end in ends]


def _opening(width: float, height: float, label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" font-family="{FONT}" font-size="10" '
        f'role="img" aria-label="{escape(label)}">'
    )


def _target(axes: _Axes, chart: MomentAngle, neutral: float, end: float) -> list[str]:
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


@dataclass(frozen=True, slots=True)
class _Axes:
    low: float
    high: float
    bottom: float
    top: float
    width: float
    height: float

    def place(self, point: Sequence[float] | FloatArray) -> tuple[float, float]:
        across = (point[0] - self.low) / max(self.high - self.low, 1e-9)
        up = (point[1] - self.bottom) / max(self.top - self.bottom, 1e-9)
        return (
            _LEFT + across * (self.width - _LEFT - _RIGHT),
            self.height - _BOTTOM - up * (self.height - _TOP - _BOTTOM),
        )

    def path(
        self,
        points: Sequence[Sequence[float]] | np.ndarray,
        colour: str,
        line: float,
        dash: str = "",
        faint: bool = False,
    ) -> str:
        corners = " ".join(f"{x:.2f},{y:.2f}" for x, y in map(self.place, points))
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        dashes += ' stroke-opacity="0.35"' if faint else ""
        return (
            f'<polyline points="{corners}" fill="none" stroke="{colour}" '
            f'stroke-width="{line:g}"{dashes}/>'
        )

    def clipped(self, parts: Sequence[str]) -> str:
        """The parts within the axes."""
        width, height = self.width - _LEFT - _RIGHT, self.height - _TOP - _BOTTOM
        frame = f'x="{_LEFT:g}" y="{_TOP:g}" width="{width:g}" height="{height:g}"'
        within = f'<clipPath id="plot"><rect {frame}/></clipPath>'
        return f'<defs>{within}</defs><g clip-path="url(#plot)">{"".join(parts)}</g>'

    def dot(self, point: Sequence[float] | np.ndarray) -> str:
        x, y = self.place(point)
        return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="2.4" fill="{BLUE}"/>'

    def mark(self, mark: Mark) -> str:
        """A diamond on the curve and its letter above and to the right, where the curve is not."""
        x, y = self.place((mark.angle_deg, mark.moment_nm))
        diamond = f"{x:.2f},{y - 4:.2f} {x + 4:.2f},{y:.2f} {x:.2f},{y + 4:.2f} {x - 4:.2f},{y:.2f}"
        return (
            f'<polygon points="{diamond}" fill="#FFFFFF" stroke="{INK}" stroke-width="1.1"/>'
            + _text(x + 4.0, y - 5.0, mark.letter, "start", INK, bold=True)
        )

    def drawn(self) -> str:
        foot = self.height - 10
        return "".join(
            [
                self.grid(7, 6),
                self.titles("ankle angle, deg (dorsiflexion +)", "moment on the foot, N·m"),
                _text(_LEFT, foot, "toes down", "start", GREY),
                _text(self.width - _RIGHT, foot, "toes up", "end", GREY),
            ]
        )

    def grid(self, across: int, up: int) -> str:
        """Round values along both axes, about so many."""
        parts = []
        left, right = _LEFT, self.width - _RIGHT
        for value in ticks(self.low, self.high, across):
            x, _ = self.place((value, 0.0))
            parts.append(_line(x, _TOP, x, self.height - _BOTTOM, "#E3E6EA"))
            parts.append(_text(x, self.height - _BOTTOM + 13, signed(value), "middle"))
        for value in ticks(self.bottom, self.top, up):
            _, y = self.place((self.low, value))
            parts.append(_line(left, y, right, y, "#9AA3AD" if abs(value) < 1e-9 else "#E3E6EA"))
            parts.append(_text(left - 5, y + 3.5, signed(value), "end"))
        parts.append(_line(left, self.height - _BOTTOM, right, self.height - _BOTTOM, GREY))
        parts.append(_line(left, _TOP, left, self.height - _BOTTOM, GREY))
        return "".join(parts)

    def titles(self, along: str, beside: str) -> str:
        y = 0.5 * (_TOP + self.height - _BOTTOM)
        return _text(0.5 * (_LEFT + self.width - _RIGHT), self.height - 10, along, "middle") + (
            f'<text transform="translate(13 {y:.2f}) rotate(-90)" text-anchor="middle" '
            f'fill="{INK}">{escape(beside)}</text>'
        )


def signed(value: float) -> str:
    """Shortest decimal with a true minus sign."""
    return f"{value + 0.0:.6g}".replace("-", "−")


def _line(x: float, y: float, x2: float, y2: float, colour: str) -> str:
    return (
        f'<line x1="{x:.2f}" y1="{y:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" '
        f'stroke="{colour}" stroke-width="0.8"/>'
    )


def _text(
    x: float, y: float, words: str, anchor: str, colour: str = INK, bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(words)}</text>"
    )


def _legend(axes: _Axes, chart: MomentAngle) -> tuple[str, float]:
    """Words beside their line in two columns below the plot, and their height."""
    rows = [_Key("this orthosis" + (", linear" if chart.linear else ""), BLUE, 2.2)]
    if chart.fits:
        rates = " and ".join(f"{fit.stiffness:.2f}" for fit in chart.fits)
        rows.append(_Key(f"fitted: {rates} N·m/deg", GREEN, 6.0, faint=True))
    if chart.tangent is not None and chart.neutral_deg is not None:
        rows.append(_Key(f"tangent at neutral {chart.tangent:.2f}", INK, 1.0, "1 3"))
    if chart.target is not None and chart.neutral_deg is not None:
        rows.append(_Key(f"target {chart.target:.2f} N·m/deg", VERMILLION, 1.3, "6 4"))
    if chart.interval is not None and chart.neutral_deg is not None:
        low, high = chart.interval
        rows.append(_Key(f"its interval {low:.2f} to {high:.2f}", ORANGE, 9.0, faint=True))
    if chart.neutral_deg is not None:
        words = f"neutral angle {signed(round(chart.neutral_deg, 1))}°"
        rows.append(_Key(words, GREY, 0.8, "2 3"))
    if chart.marks:
        span = f"{chart.marks[0].letter} to {chart.marks[-1].letter}"
        rows.append(_Key(f"{span}: load cases, overleaf", "none", 0.0))
    half = -(-len(rows) // 2)
    column = 0.5 * (axes.width - _LEFT)
    parts = [
        row.drawn(_LEFT + column * (place // half), axes.height + 8.0 + 15.0 * (place % half))
        for place, row in enumerate(rows)
    ]
    return "".join(parts), 15.0 * half + 2.0


@dataclass(frozen=True, slots=True)
class _Key:
    """A row of the legend; without a colour a diamond stands in the line's place."""

    words: str
    colour: str
    line: float
    dash: str = ""
    faint: bool = False

    def drawn(self, left: float, y: float) -> str:
        words = _text(left + 30, y + 3.5, self.words, "start")
        if self.colour == "none":
            x = left + 12
            corners = (
                f"{x - 4:.2f},{y:.2f} {x:.2f},{y - 4:.2f} {x + 4:.2f},{y:.2f} {x:.2f},{y + 4:.2f}"
            )
            diamond = f'<polygon points="{corners}" fill="#FFFFFF" stroke="{INK}"/>'
            return diamond + words
        faint = ' stroke-opacity="0.35"' if self.faint else ""
        return (
            f'<line x1="{left:.2f}" y1="{y:.2f}" x2="{left + 24:.2f}" y2="{y:.2f}" '
            f'stroke="{self.colour}" stroke-width="{self.line}" '
            f'stroke-dasharray="{self.dash or "none"}"{faint}/>' + words
        )


def interval_svg(
    parts: Sequence[tuple[str, float, float]], width: float = 420.0, row: float = 17.0
) -> str:
    """What each input alone does to a figure: (name, low %, high %) as bars, in the given order."""
    if not parts:
        return ""
    most = max(1.0, *(abs(end) for _, *ends in parts for end in ends))
    middle, reach, bottom = 0.62 * width, 0.26 * width, row * len(parts) + 4.0
    drawn = [_opening(width, bottom + 16.0, "What each input does to the stiffness")]
    for place, (name, low, high) in enumerate(parts):
        y = row * place + 3.0
        start, end = (middle + reach * value / most for value in (low, high))
        drawn.append(
            f'<rect x="{start:.2f}" y="{y:.2f}" width="{max(end - start, 0.6):.2f}" '
            f'height="{row - 5.0:g}" fill="{BLUE}" fill-opacity="0.55"/>'
        )
        drawn.append(_text(0.0, y + 9.5, name, "start"))
        drawn.append(_text(start - 4.0, y + 9.5, signed(round(low, 1)), "end", GREY))
        drawn.append(_text(end + 4.0, y + 9.5, f"+{round(high, 1):g}", "start", GREY))
    drawn.append(_line(middle, 0.0, middle, bottom, GREY))
    drawn.append(_text(middle, bottom + 11.0, "per cent of the stiffness", "middle", GREY))
    return "".join([*drawn, "</svg>"])


def wall_svg(points: Sequence[Sequence[float]], width: float = 420.0, height: float = 120.0) -> str:
    """The wall's thickness (mm) along the leaf's midline (mm), from its upper end."""
    wall = _sorted(points)
    if len(wall) < 2:
        return ""
    start, end, top = float(wall[0, 0]), float(wall[-1, 0]), 1.15 * float(wall[:, 1].max())
    axes = _Axes(start, end, 0.0, top, width, height)
    outline = [(wall[0, 0], 0.0), *wall.tolist(), (wall[-1, 0], 0.0)]
    shape = " ".join(f"{x:.2f},{y:.2f}" for x, y in map(axes.place, outline))
    return "".join(
        [
            _opening(width, height, "Wall along the leaf"),
            axes.grid(7, 3),
            f'<polygon points="{shape}" fill="{BLUE}" fill-opacity="0.25"/>',
            axes.path(wall, BLUE, 1.8),
            axes.titles("mm along the leaf, from the calf band down to the heel", "wall, mm"),
            "</svg>",
        ]
    )
