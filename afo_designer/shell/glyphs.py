"""Glyphs: the outlines of the figures and letters that a part's mark is written in.

Capitals five strokes high and 3.75 wide, every stroke one wide and every counter one high or more:
with 4 mm capitals strokes and gaps are 0.8 mm ([D]; services ask 0.5 to 1 mm, reliability §5).
Small letters of that height would have counters that powder closes, so the sixteen figures of a
hexadecimal number are written with A to F; B and 8, D and 0 differ by their square corners.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen

# In strokes: capital height, width, and from one glyph to the next.
CAP, WIDTH, ADVANCE = 5.0, 3.75, 5.0
# Corners cut off outside and inside so that strokes keep their width round them.
_C, _K = 0.8, 0.25
_W, _B = WIDTH, WIDTH - 1.0


def outlines(glyph: str) -> tuple[FloatArray, ...]:
    """Corners (n, 2) of a glyph's outline and then of its counters, in strokes from lower left."""
    return _GLYPHS[glyph]


def alphabet() -> str:
    """Every glyph that can be written."""
    return "".join(_GLYPHS)


def text_length(text: str, cap_mm: float) -> float:
    """Length (mm) of a text with capitals of a height."""
    return (ADVANCE * (len(text) - 1) + WIDTH) * cap_mm / CAP


def _octagon(left: float, low: float, right: float, high: float, cuts: str, cut: float) -> list:  # type: ignore[type-arg]
    """A rectangle whose corners named in `cuts` (a, b, c, d from lower left) are cut off."""
    corners = []
    for name, x, y, along in (
        ("a", left, low, ((0.0, 1.0), (1.0, 0.0))),
        ("b", right, low, ((-1.0, 0.0), (0.0, 1.0))),
        ("c", right, high, ((0.0, -1.0), (-1.0, 0.0))),
        ("d", left, high, ((1.0, 0.0), (0.0, -1.0))),
    ):
        steps = along if name in cuts else ((0.0, 0.0),)
        corners += [(x + cut * dx, y + cut * dy) for dx, dy in steps]
    return corners


_UPPER = _octagon(1.0, 3.0, _B, 4.0, "abcd", _K)
_LOWER = _octagon(1.0, 1.0, _B, 2.0, "abcd", _K)
_LOWER_RIGHT = [(0.0, 0.0), (_W - _C, 0.0), (_W, _C)]
_SIX = [
    (_C, 0.0), (_W - _C, 0.0), (_W, _C), (_W, 3.0 - _C), (_W - _C, 3.0), (1.0, 3.0),
    (1.0, 4.0 - _K), (1.0 + _K, 4.0), (_W, 4.0), (_W, 5.0), (_C, 5.0), (0.0, 5.0 - _C), (0.0, _C),
]  # fmt: skip
_E = [(_W - 0.75, 2.0), (_W - 0.75, 3.0), (1.0, 3.0), (1.0, 4.0), (_W, 4.0), (_W, 5.0), (0.0, 5.0)]


def _turned(corners: list) -> list:  # type: ignore[type-arg]
    """Turned by half a turn."""
    return [(_W - x, 5.0 - y) for x, y in corners]


_CORNERS: Mapping[str, tuple] = {  # type: ignore[type-arg]
    "0": (
        _octagon(0.0, 0.0, _W, 5.0, "abcd", _C),
        _octagon(1.0, 1.0, _B, 4.0, "abcd", _K),
    ),
    "1": (
        [
            (0.5, 0.0), (3.25, 0.0), (3.25, 1.0), (2.4, 1.0), (2.4, 5.0), (1.5, 5.0), (0.4, 3.9),
            (1.1, 3.2), (1.4, 3.5), (1.4, 1.0), (0.5, 1.0),
        ],
    ),
    "2": (
        [
            (0.0, 0.0), (_W, 0.0), (_W, 1.0), (1.0, 1.0), (1.0, 2.0), (_W - _C, 2.0),
            (_W, 2.0 + _C), (_W, 5.0 - _C), (_W - _C, 5.0), (0.0, 5.0), (0.0, 4.0), (_B - _K, 4.0),
            (_B, 4.0 - _K), (_B, 3.0 + _K), (_B - _K, 3.0), (_C, 3.0), (0.0, 3.0 - _C),
        ],
    ),
    "3": (
        [
            *_LOWER_RIGHT, (_W, 2.1), (_W - 0.4, 2.5), (_W, 2.9), (_W, 5.0 - _C), (_W - _C, 5.0),
            (0.0, 5.0), (0.0, 4.0), (_B - _K, 4.0), (_B, 4.0 - _K), (_B, 3.0 + _K), (_B - _K, 3.0),
            (0.8, 3.0), (0.8, 2.0), (_B - _K, 2.0), (_B, 2.0 - _K), (_B, 1.0 + _K), (_B - _K, 1.0),
            (0.0, 1.0),
        ],
    ),
    "4": (
        [
            (_B, 0.0), (_W, 0.0), (_W, 5.0), (_B, 5.0), (_B, 3.0), (1.0, 3.0), (1.0, 5.0),
            (0.0, 5.0), (0.0, 2.0), (_B, 2.0),
        ],
    ),
    "5": (
        [
            *_LOWER_RIGHT, (_W, 3.0 - _C), (_W - _C, 3.0), (1.0, 3.0), (1.0, 4.0), (_W, 4.0),
            (_W, 5.0), (0.0, 5.0), (0.0, 2.0), (_B - _K, 2.0), (_B, 2.0 - _K), (_B, 1.0 + _K),
            (_B - _K, 1.0), (0.0, 1.0),
        ],
    ),
    "6": (_SIX, _LOWER),
    "7": (
        [(0.8, 0.0), (1.9, 0.0), (_W, 4.0), (_W, 5.0), (0.0, 5.0), (0.0, 4.0), (2.65, 4.0)],
    ),
    "8": (
        [
            (_C, 0.0), (_W - _C, 0.0), (_W, _C), (_W, 2.1), (_W - 0.4, 2.5), (_W, 2.9),
            (_W, 5.0 - _C), (_W - _C, 5.0), (_C, 5.0), (0.0, 5.0 - _C), (0.0, 2.9), (0.4, 2.5),
            (0.0, 2.1), (0.0, _C),
        ],
        _LOWER,
        _UPPER,
    ),
    "9": (_turned(_SIX), _turned(_LOWER)),
    "A": (
        [
            (0.0, 0.0), (1.0, 0.0), (1.0, 1.6), (_B, 1.6), (_B, 0.0), (_W, 0.0), (_W, 4.0),
            (_W - 1.0, 5.0), (1.0, 5.0), (0.0, 4.0),
        ],
        _octagon(1.0, 2.6, _B, 4.0, "cd", 0.45),
    ),
    "B": (
        [
            *_LOWER_RIGHT, (_W, 3.0 - 0.6), (_W - 0.5, 2.9), (_W - 0.5, 5.0 - _C),
            (_W - 0.5 - _C, 5.0), (0.0, 5.0),
        ],
        _octagon(1.0, 1.0, _B, 2.0, "bc", _K),
        _octagon(1.0, 3.0, _B - 0.5, 4.0, "bc", _K),
    ),
    "C": (
        [
            (_C, 0.0), (_W, 0.0), (_W, 1.0), (1.0 + _K, 1.0), (1.0, 1.0 + _K), (1.0, 4.0 - _K),
            (1.0 + _K, 4.0), (_W, 4.0), (_W, 5.0), (_C, 5.0), (0.0, 5.0 - _C), (0.0, _C),
        ],
    ),
    "D": (
        _octagon(0.0, 0.0, _W, 5.0, "bc", 1.2),
        _octagon(1.0, 1.0, _B, 4.0, "bc", 0.7),
    ),
    "E": ([(0.0, 0.0), (_W, 0.0), (_W, 1.0), (1.0, 1.0), (1.0, 2.0), *_E],),
    "F": ([(0.0, 0.0), (1.0, 0.0), (1.0, 2.0), *_E],),
    "L": ([(0.0, 0.0), (_W, 0.0), (_W, 1.0), (1.0, 1.0), (1.0, 5.0), (0.0, 5.0)],),
    "R": (
        [
            (0.0, 0.0), (1.0, 0.0), (1.0, 2.0), (1.5, 2.0), (2.6, 0.0), (_W, 0.0), (2.65, 2.0),
            (_W - _C, 2.0), (_W, 2.0 + _C), (_W, 5.0 - _C), (_W - _C, 5.0), (0.0, 5.0),
        ],
        _octagon(1.0, 3.0, _B, 4.0, "bc", _K),
    ),
}  # fmt: skip
_GLYPHS: Mapping[str, tuple[FloatArray, ...]] = {
    glyph: tuple(frozen(np.array(contour), (None, 2)) for contour in contours)
    for glyph, contours in _CORNERS.items()
}
