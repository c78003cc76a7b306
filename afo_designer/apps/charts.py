"""Charts as SVG text: the moment–angle curve. Written by hand, so the bytes depend on data alone.

Colours are Okabe and Ito's (2008, recalled), apart for the colour-blind; every line also has its
own dash, so the chart survives a grey printer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np

BLUE, ORANGE, VERMILLION, GREEN, GREY = "#0072B2", "#E69F00", "#B8420A", "#007A5A", "#5B6470"
FONT = "DejaVu Sans, Verdana, Arial, sans-serif"

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 14.0, 14.0, 40.0


@dataclass(frozen=True, slots=True)
class MomentAngle:
    """What the chart shows.

    `points` (deg, N·m) over the absolute ankle angle, dorsiflexing moment positive; `target` and
    its `interval` in N·m/deg, drawn as a line and a wedge through `neutral_deg`; `fit_range_deg`
    the (lowest, highest) angle of the linear fit. Whatever is None is left out.
    """

    points: Sequence[Sequence[float]]
    neutral_deg: float | None = None
    target: float | None = None
    interval: tuple[float, float] | None = None
    fit_range_deg: tuple[float, float] | None = None
    linear: bool = True


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) within [low, high], about `count` of them."""
    span = max(high - low, 1e-9)
    raw = span / max(count, 1)
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= raw * 0.999))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [number * step for number in range(first, last + 1)]


def moment_angle_svg(chart: MomentAngle, width: float = 380.0, height: float = 250.0) -> str:
    """The curve, the target with its interval shaded, axes with units, and a legend in words."""
    points = np.array(chart.points, dtype=np.float64).reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    if len(points) < 2:
        return ""
    points = points[np.argsort(points[:, 0], kind="stable")]
    low, high = float(points[0, 0]), float(points[-1, 0])
    slopes = [*(chart.interval or ()), *([chart.target] if chart.target is not None else [])]
    neutral = chart.neutral_deg
    reach = [] if neutral is None else [k * (neutral - end) for k in slopes for end in (low, high)]
    bottom, top = min([0.0, *points[:, 1], *reach]), max([0.0, *points[:, 1], *reach])
    room = 0.06 * max(top - bottom, 1e-6)
    axes = _Axes(low, high, bottom - room, top + room, width, height)
    parts = [_opening(width, height), axes.drawn()]
    if chart.fit_range_deg is not None:
        parts.append(axes.fit_range(chart.fit_range_deg))
    if neutral is not None:
        parts += _target(axes, chart, neutral)
        parts.append(axes.path([(neutral, axes.bottom), (neutral, axes.top)], GREY, 0.8, "2 3"))
    parts.append(axes.path(points, BLUE, 2.2))
    parts.append(_legend(axes, chart))
    return "".join([*parts, "</svg>"])


def _opening(width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" font-family="{FONT}" font-size="10" '
        'role="img" aria-label="Moment of the orthosis over the ankle angle">'
    )


def _target(axes: _Axes, chart: MomentAngle, neutral: float) -> list[str]:
    """The wedge between the interval's two stiffnesses, and the target's line."""
    parts = []
    ends = (axes.low, axes.high)
    if chart.interval is not None:
        for end in ends:
            corners = [(neutral, 0.0), *((end, k * (neutral - end)) for k in chart.interval)]
            shape = " ".join(f"{x:.2f},{y:.2f}" for x, y in map(axes.place, corners))
            parts.append(f'<polygon points="{shape}" fill="{ORANGE}" fill-opacity="0.24"/>')
    if chart.target is not None:
        line = [(end, chart.target * (neutral - end)) for end in ends]
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

    def place(self, point: Sequence[float]) -> tuple[float, float]:
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
    ) -> str:
        corners = " ".join(f"{x:.2f},{y:.2f}" for x, y in map(self.place, points))
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        return (
            f'<polyline points="{corners}" fill="none" stroke="{colour}" '
            f'stroke-width="{line:g}"{dashes}/>'
        )

    def fit_range(self, angles: tuple[float, float]) -> str:
        """A bar under the axis where the stiffness was fitted."""
        (start, _), (end, _) = (
            self.place((min(max(angle, self.low), self.high), 0.0)) for angle in angles
        )
        y = self.height - _BOTTOM
        return (
            f'<rect x="{start:.2f}" y="{y - 2.5:.2f}" width="{end - start:.2f}" height="5" '
            f'fill="{BLUE}" fill-opacity="0.45"/>'
        )

    def drawn(self) -> str:
        parts = []
        left, right = _LEFT, self.width - _RIGHT
        for angle in ticks(self.low, self.high, 7):
            x, _ = self.place((angle, 0.0))
            parts.append(_line(x, _TOP, x, self.height - _BOTTOM, "#E3E6EA"))
            parts.append(_text(x, self.height - _BOTTOM + 13, signed(angle), "middle"))
        for moment in ticks(self.bottom, self.top, 6):
            _, y = self.place((self.low, moment))
            parts.append(_line(left, y, right, y, "#9AA3AD" if abs(moment) < 1e-9 else "#E3E6EA"))
            parts.append(_text(left - 5, y + 3.5, signed(moment), "end"))
        parts.append(_line(left, self.height - _BOTTOM, right, self.height - _BOTTOM, GREY))
        parts.append(_line(left, _TOP, left, self.height - _BOTTOM, GREY))
        middle = 0.5 * (left + right)
        foot = self.height - 10
        parts.append(_text(middle, foot, "ankle angle, deg (dorsiflexion +)", "middle"))
        parts.append(_text(left, foot, "toes down", "start", GREY))
        parts.append(_text(right, foot, "toes up", "end", GREY))
        y = 0.5 * (_TOP + self.height - _BOTTOM)
        parts.append(
            f'<text transform="translate(13 {y:.2f}) rotate(-90)" text-anchor="middle" '
            'fill="#22262B">moment on the foot, N·m</text>'
        )
        return "".join(parts)


def signed(value: float) -> str:
    """Shortest decimal with a true minus sign."""
    return f"{value + 0.0:.6g}".replace("-", "−")


def _line(x: float, y: float, x2: float, y2: float, colour: str) -> str:
    return (
        f'<line x1="{x:.2f}" y1="{y:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" '
        f'stroke="{colour}" stroke-width="0.8"/>'
    )


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#22262B") -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )


def _legend(axes: _Axes, chart: MomentAngle) -> str:
    """Words beside their line, in the upper right corner: the curve falls away from it."""
    rows = [(BLUE, "2.2", "", "this orthosis" + (", linear" if chart.linear else ""))]
    if chart.target is not None and chart.neutral_deg is not None:
        rows.append((VERMILLION, "1.3", "6 4", f"target {chart.target:.2f} N·m/deg"))
    if chart.interval is not None and chart.neutral_deg is not None:
        low, high = chart.interval
        rows.append((ORANGE, "9", "", f"its interval {low:.2f} to {high:.2f}"))
    if chart.neutral_deg is not None:
        rows.append((GREY, "0.8", "2 3", f"neutral angle {signed(round(chart.neutral_deg, 1))}°"))
    longest = max(len(words) for *_, words in rows)
    left = axes.width - _RIGHT - 6.2 * longest - 34
    parts = [
        f'<rect x="{left - 6:.2f}" y="{_TOP:.2f}" width="{axes.width - _RIGHT - left + 6:.2f}" '
        f'height="{15 * len(rows) + 6}" fill="#FFFFFF" fill-opacity="0.86"/>'
    ]
    for number, (colour, line, dash, words) in enumerate(rows):
        y = _TOP + 12 + 15 * number
        faint = ' stroke-opacity="0.35"' if colour == ORANGE else ""
        parts.append(
            f'<line x1="{left:.2f}" y1="{y:.2f}" x2="{left + 24:.2f}" y2="{y:.2f}" '
            f'stroke="{colour}" stroke-width="{line}" stroke-dasharray="{dash or "none"}"{faint}/>'
        )
        parts.append(_text(left + 30, y + 3.5, words, "start"))
    return "".join(parts)
