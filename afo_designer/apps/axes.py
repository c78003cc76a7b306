"""Axes: the frame that every chart shares, as SVG text by hand: the bytes depend on data alone.

Colours are Okabe and Ito's (2008, recalled), apart for the colour-blind; every line also has its
own dash, so a chart survives a grey printer.
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

LEFT, RIGHT, TOP, BOTTOM = 52.0, 14.0, 14.0, 40.0


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) within [low, high], about `count` of them."""
    span = max(high - low, 1e-9)
    raw = span / max(count, 1)
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= raw * 0.999))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [number * step for number in range(first, last + 1)]


def ordered(points: Sequence[Sequence[float]] | np.ndarray) -> FloatArray:
    """(n, 2): the finite ones by their first value."""
    array = np.array(points, dtype=np.float64).reshape(-1, 2)
    array = array[np.isfinite(array).all(axis=1)]
    return array[np.argsort(array[:, 0], kind="stable")]


def opening(width: float, height: float, label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" font-family="{FONT}" font-size="10" '
        f'role="img" aria-label="{escape(label)}">'
    )


@dataclass(frozen=True, slots=True)
class Axes:
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
            LEFT + across * (self.width - LEFT - RIGHT),
            self.height - BOTTOM - up * (self.height - TOP - BOTTOM),
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
        width, height = self.width - LEFT - RIGHT, self.height - TOP - BOTTOM
        frame = f'x="{LEFT:g}" y="{TOP:g}" width="{width:g}" height="{height:g}"'
        # One page holds several charts: the name goes by the size, and so does what it clips to.
        name = f"plot{self.width:g}x{self.height:g}"
        within = f'<clipPath id="{name}"><rect {frame}/></clipPath>'
        return f'<defs>{within}</defs><g clip-path="url(#{name})">{"".join(parts)}</g>'

    def band(
        self, lower: Sequence[Sequence[float]], upper: Sequence[Sequence[float]], colour: str
    ) -> str:
        """The area between two lines, shaded."""
        corners = [*lower, *reversed(upper)]
        shape = " ".join(f"{x:.2f},{y:.2f}" for x, y in map(self.place, corners))
        return f'<polygon points="{shape}" fill="{colour}" fill-opacity="0.22"/>'

    def said(self, point: Sequence[float], words: str, anchor: str, colour: str = INK) -> str:
        """Words at a place of the plot."""
        x, y = self.place(point)
        return words_at(x, y, words, anchor, colour)

    def dot(self, point: Sequence[float] | np.ndarray) -> str:
        x, y = self.place(point)
        return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="2.4" fill="{BLUE}"/>'

    def mark(self, point: Sequence[float], letter: str = "") -> str:
        """A diamond on the curve and its letter above and to the right, where the curve is not."""
        x, y = self.place(point)
        diamond = f"{x:.2f},{y - 4:.2f} {x + 4:.2f},{y:.2f} {x:.2f},{y + 4:.2f} {x - 4:.2f},{y:.2f}"
        return (
            f'<polygon points="{diamond}" fill="#FFFFFF" stroke="{INK}" stroke-width="1.1"/>'
            + words_at(x + 4.0, y - 5.0, letter, "start", INK, bold=True)
        )

    def drawn(self) -> str:
        foot = self.height - 10
        return "".join(
            [
                self.grid(7, 6),
                self.titles("ankle angle, deg (dorsiflexion +)", "moment on the foot, N·m"),
                words_at(LEFT, foot, "toes down", "start", GREY),
                words_at(self.width - RIGHT, foot, "toes up", "end", GREY),
            ]
        )

    def grid(self, across: int, up: int) -> str:
        """Round values along both axes, about so many."""
        parts = []
        left, right = LEFT, self.width - RIGHT
        for value in ticks(self.low, self.high, across):
            x, _ = self.place((value, 0.0))
            parts.append(line(x, TOP, x, self.height - BOTTOM, "#E3E6EA"))
            parts.append(words_at(x, self.height - BOTTOM + 13, signed(value), "middle"))
        for value in ticks(self.bottom, self.top, up):
            _, y = self.place((self.low, value))
            parts.append(line(left, y, right, y, "#9AA3AD" if abs(value) < 1e-9 else "#E3E6EA"))
            parts.append(words_at(left - 5, y + 3.5, signed(value), "end"))
        parts.append(line(left, self.height - BOTTOM, right, self.height - BOTTOM, GREY))
        parts.append(line(left, TOP, left, self.height - BOTTOM, GREY))
        return "".join(parts)

    def titles(self, along: str, beside: str) -> str:
        y = 0.5 * (TOP + self.height - BOTTOM)
        return words_at(0.5 * (LEFT + self.width - RIGHT), self.height - 10, along, "middle") + (
            f'<text transform="translate(13 {y:.2f}) rotate(-90)" text-anchor="middle" '
            f'fill="{INK}">{escape(beside)}</text>'
        )


def legend(rows: Sequence[Key], width: float, top: float) -> tuple[str, float]:
    """Words beside their line in two columns from `top` on, and their height."""
    half = -(-len(rows) // 2)
    column = 0.5 * (width - LEFT)
    parts = [
        row.drawn(LEFT + column * (place // half), top + 8.0 + 15.0 * (place % half))
        for place, row in enumerate(rows)
    ]
    return "".join(parts), 15.0 * half + 2.0


def signed(value: float) -> str:
    """Shortest decimal with a true minus sign."""
    return f"{value + 0.0:.6g}".replace("-", "−")


def line(x: float, y: float, x2: float, y2: float, colour: str) -> str:
    return (
        f'<line x1="{x:.2f}" y1="{y:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" '
        f'stroke="{colour}" stroke-width="0.8"/>'
    )


def words_at(
    x: float, y: float, words: str, anchor: str, colour: str = INK, bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(words)}</text>"
    )


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the legend; without a colour a diamond stands in the line's place."""

    words: str
    colour: str
    line: float
    dash: str = ""
    faint: bool = False

    def drawn(self, left: float, y: float) -> str:
        words = words_at(left + 30, y + 3.5, self.words, "start")
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
