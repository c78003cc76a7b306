"""Grid: rows and columns of the mesh in (s, v), laid along the borders of the bench's regions.

A region is an intersection of half-spaces, given by their depths. A half-space that the midline
θ = 0 enters or leaves gets a row of nodes on its border; those that only the flanks meet, such as
the height to which the sole is held, get a column on either side. Rows between two such rows follow
both. What this cannot lay (where a wall ends below the height) is left to `conform`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.shell.strip import Strip

# Depth (n,) of points (n, 3) inside a half-space, mm; a region is the least of several.
Depth = Callable[[FloatArray], FloatArray]
Region = Sequence[Depth]

# Samples of the midline and of the rows between which borders are found.
MIDLINE_MM, SAMPLES = 1.0, 81
# Element length along s at refinement 1, mm, by place; between them it changes evenly.
TOP_MM, BAND_MM, LEAF_MM, ROOT_MM, TURN_MM, SOLE_MM, TOE_MM = 10.0, 8.0, 5.0, 3.0, 2.0, 6.0, 14.0
# Length over which it grows from the heel's turn to the sole's.
GROWTH_MM = 25.0
# Elements across at refinement 1, and the share of them on either flank.
ACROSS = 28
FLANK = {"width": 0.25, "malleolus": 0.36}
# A flank's columns are drawn together or apart at most to these shares of their even width.
LEAST_FLANK, MOST_FLANK = 0.4, 1.7
# They slant at most this much: millimetres across for one along s.
SLANT = 1.5
# Two rows of borders, or one and a station, lie at least this far apart, mm.
APART_MM = 2.0
# A row may follow its border at most this share of the way to the next row that is laid.
FOLLOW = 0.7


@dataclass(frozen=True, slots=True)
class Border:
    """A half-space's border that the midline crosses at `station`: a row of the mesh."""

    station: float
    depth: Depth


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes (rows, columns) at (s, v)."""

    s: FloatArray
    v: FloatArray


def lay_grid(strip: Strip, regions: Sequence[Region], refinement: float) -> Grid:
    """The grid of a strip; counts of rows and columns hang on the inner surface only."""
    borders = _borders(strip, regions)
    marks, on_border = _marks(strip, borders)
    rows, mark_rows = _rows(strip, marks, refinement)
    pinned = {int(mark_rows[k]): border for k, border in on_border.items()}
    across = np.linspace(0.0, 1.0, SAMPLES)
    shift = _shifts(strip, rows, pinned, mark_rows, across)

    columns = 2 * max(4, round(0.5 * ACROSS * refinement))
    flank = round(FLANK[strip.shell.parameters.leaf.edge] * columns)
    limits = _flanks(strip, regions, borders, rows, shift, across, flank / columns)
    v = _columns(columns, flank, limits)
    s = rows[:, None] + np.stack(
        [np.interp(line, across, moved) for line, moved in zip(v, shift, strict=True)]
    )
    s[0], s[-1] = rows[0], rows[-1]
    return Grid(s, v)


def least(region: Region, points: FloatArray) -> FloatArray:
    """(...,): depth of points (..., 3) inside a region."""
    flat = points.reshape(-1, 3)
    depth = np.min([half(flat) for half in region], axis=0)
    return np.asarray(depth.reshape(points.shape[:-1]))


def _midline(strip: Strip, s: FloatArray) -> FloatArray:
    """Where θ = 0."""
    return strip.share(s, np.zeros_like(s))


def _borders(strip: Strip, regions: Sequence[Region]) -> list[Border]:
    """Where the midline of the middle surface enters or leaves a region, in order of s."""
    s = np.linspace(strip.low, strip.high, 1 + int((strip.high - strip.low) / MIDLINE_MM))
    points = strip.point(s, _midline(strip, s))
    found: list[Border] = []
    for region in regions:
        depths = np.array([half(points) for half in region])
        inside = depths.min(axis=0) >= 0.0
        for k in np.flatnonzero(inside[1:] != inside[:-1]):
            half = region[int(np.argmin(np.min(depths[:, k : k + 2], axis=1)))]
            station = _root(strip, half, float(s[k]), float(s[k + 1]))
            found.append(Border(station, half))
    found.sort(key=lambda border: border.station)
    kept: list[Border] = []
    for border in found:
        if not kept or border.station - kept[-1].station > APART_MM:
            kept.append(border)
    return kept


def _root(strip: Strip, half: Depth, low: float, high: float) -> float:
    """The station between two at which the midline crosses a half-space's border."""

    def depth(at: FloatArray) -> FloatArray:
        return half(strip.point(at, _midline(strip, at)))

    ends = np.array([low]), np.array([high])
    return float(bisected(depth, *ends)[0])


def bisected(
    function: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Roots (k,) of a function between brackets, by the Illinois rule, to rounding."""
    a, b = low.astype(float), high.astype(float)
    fa, fb = function(a), function(b)
    for _ in range(60):
        span = np.where(fb == fa, 1.0, fb - fa)
        c = np.clip(b - fb * (b - a) / span, np.minimum(a, b), np.maximum(a, b))
        fc = function(c)
        over = np.sign(fc) * np.sign(fb) < 0.0
        a, fa = np.where(over, b, a), np.where(over, fb, 0.5 * fa)
        b, fb = c, fc
        if np.all(np.abs(fb) < 1e-11):
            break
    return b


def _marks(strip: Strip, borders: list[Border]) -> tuple[FloatArray, dict[int, Border]]:
    """Stations of rows that are laid whatever the size, and which of them lie on borders."""
    at = strip.shell.stations
    named = [at.band, at.leaf, at.root, at.heads]
    free = [m for m in named if all(abs(m - b.station) > APART_MM for b in borders)]
    low, high = strip.low + APART_MM, strip.high - APART_MM
    laid: dict[float, Border | None] = dict.fromkeys(free)
    laid |= {border.station: border for border in borders}
    inner = sorted(station for station in laid if low < station < high)
    on_border = {k + 1: border for k, m in enumerate(inner) if (border := laid[m]) is not None}
    return np.array([strip.low, *inner, strip.high]), on_border


def _rows(strip: Strip, marks: FloatArray, refinement: float) -> tuple[FloatArray, IntArray]:
    """Stations of all rows, and the rows of the marks."""
    rows, numbers = [marks[:1]], [0]
    for low, high in pairwise(marks.tolist()):
        s = np.linspace(low, high, 101)
        along = np.concatenate([[0.0], np.cumsum(0.01 * (high - low) / _size(strip, s[1:]))])
        count = max(1, int(np.ceil(along[-1] * refinement - 0.05)))
        rows.append(np.interp(np.linspace(0.0, along[-1], count + 1)[1:], along, s))
        numbers.append(numbers[-1] + count)
    return np.concatenate(rows), np.array(numbers)


def _size(strip: Strip, s: FloatArray) -> FloatArray:
    """Length along s of an element at refinement 1, mm."""
    at = strip.shell.stations
    turn = at.root + 0.6 * (at.sole - at.root)
    places = [
        at.top,
        at.band,
        at.leaf,
        at.root,
        turn,
        at.sole,
        at.sole + GROWTH_MM,
        at.heads,
        at.end,
    ]
    sizes = [TOP_MM, BAND_MM, LEAF_MM, ROOT_MM, TURN_MM, TURN_MM, SOLE_MM, SOLE_MM, TOE_MM]
    return np.interp(s, places, sizes)


def _shifts(
    strip: Strip,
    rows: FloatArray,
    pinned: dict[int, Border],
    marks: IntArray,
    across: FloatArray,
) -> FloatArray:
    """(rows, SAMPLES): how far along s each row is moved to follow the borders."""
    at_mark = np.zeros((len(marks), len(across)))
    for k, row in enumerate(marks.tolist()):
        if row in pinned:
            room = (rows[marks[k - 1]] - rows[row], rows[marks[k + 1]] - rows[row])
            at_mark[k] = _followed(strip, pinned[row], across, room)
    return np.stack([np.interp(rows, rows[marks], line) for line in at_mark.T], axis=1)


def _followed(
    strip: Strip, border: Border, across: FloatArray, room: tuple[float, float]
) -> FloatArray:
    """(SAMPLES,): by how much s changes along a border, from the midline outwards.

    Where the border runs off further than `room` allows, the row keeps the last shift it had.
    """
    s = np.full_like(across, border.station)
    step = 1e-4
    for _ in range(12):
        value = border.depth(strip.point(s, across))
        slope = (border.depth(strip.point(s + step, across)) - value) / step
        move = -value / np.where(np.abs(slope) < 0.2, np.copysign(0.2, slope), slope)
        s = np.clip(
            s + np.clip(move, -5.0, 5.0),
            border.station + FOLLOW * room[0],
            border.station + FOLLOW * room[1],
        )
    off = np.abs(border.depth(strip.point(s, across))) > 1e-6
    middle = int(np.argmin(np.abs(across - _midline(strip, np.array([border.station]))[0])))
    shift = s - border.station
    for side in (range(middle + 1, len(s)), range(middle - 1, -1, -1)):
        lost = False
        inner = side.step * -1
        for k in side:
            lost = lost or bool(off[k])
            if lost:
                shift[k] = shift[k + inner]
    return shift


def _flanks(
    strip: Strip,
    regions: Sequence[Region],
    borders: list[Border],
    rows: FloatArray,
    shift: FloatArray,
    across: FloatArray,
    even: float,
) -> FloatArray:
    """(rows, 2): v of the two columns that follow the borders on the flanks."""
    limits = np.tile([even, 1.0 - even], (len(rows), 1))
    for region in regions:
        ends = [b.station for b in borders if b.depth in region]
        sides = [half for half in region if half not in [b.depth for b in borders]]
        if len(ends) < 2 or not sides:
            continue
        held = (rows >= min(ends) - 1e-9) & (rows <= max(ends) + 1e-9)
        first, last = np.flatnonzero(held)[[0, -1]]
        line = strip.point(rows[held, None] + shift[held], across[None, :])
        girth = np.linalg.norm(np.diff(line, axis=1), axis=2).sum(axis=1)
        for column, side in enumerate((-1, 1)):
            found = _crossings(strip, sides, rows[held], shift[held], across, side)
            width = found if side < 0 else 1.0 - found
            width = np.clip(width, LEAST_FLANK * even, MOST_FLANK * even)
            width = _gentle(width, rows[held], girth)
            limits[held, column] = width if side < 0 else 1.0 - width
            # back to even: above towards the root, below towards the tip
            knots = [strip.shell.stations.root, rows[first], rows[last], rows[-1]]
            for part, k in ((slice(0, first), 0), (slice(last + 1, None), 2)):
                values = [limits[first if k == 0 else last, column], limits[0, column]]
                ordered = values[::-1] if k == 0 else values
                limits[part, column] = np.interp(rows[part], knots[k : k + 2], ordered)
        break
    return limits


def _crossings(
    strip: Strip,
    sides: Sequence[Depth],
    rows: FloatArray,
    shift: FloatArray,
    across: FloatArray,
    side: int,
) -> FloatArray:
    """(rows,): the first v from the midline to a side at which a row leaves; 0 or 1 if nowhere."""
    number = np.arange(len(rows))

    def depth(v: FloatArray) -> FloatArray:
        moved = np.array([np.interp(at, across, line) for at, line in zip(v, shift, strict=True)])
        return least(sides, strip.point(rows + moved, v))

    depths = least(sides, strip.point(rows[:, None] + shift, across[None, :]))
    middle = np.rint(_midline(strip, rows) * (len(across) - 1)).astype(int)
    reach = (np.arange(len(across)) - middle[:, None]) * side
    outside = (depths < 0.0) & (reach >= 1)
    order = np.where(outside, reach, len(across))
    nearest = order.min(axis=1)
    found = nearest < len(across)
    at = np.clip(middle + side * nearest, 0, len(across) - 1)
    inner = np.clip(at - side, 0, len(across) - 1)
    found &= depths[number, inner] >= 0.0
    root = bisected(depth, np.where(found, across[inner], 0.5), np.where(found, across[at], 0.5))
    return np.where(found, root, 0.5 + 0.5 * side)


def _gentle(width: FloatArray, rows: FloatArray, girth: FloatArray) -> FloatArray:
    """Widths whose column slants at most `SLANT`: jumps of a border are left to `conform`."""
    gentle = width.copy()
    steps = SLANT * np.diff(rows) / girth[1:]
    for k, step in enumerate(steps.tolist()):
        gentle[k + 1] = np.clip(width[k + 1], gentle[k] - step, gentle[k] + step)
    return gentle


def _columns(columns: int, flank: int, limits: FloatArray) -> FloatArray:
    """(rows, columns + 1): v, even between the edges and the two limits."""
    number = np.arange(columns + 1)
    knots = np.array([0.0, flank, columns - flank, columns])
    return np.stack([np.interp(number, knots, [0.0, low, high, 1.0]) for low, high in limits])
