"""Grid: rows and columns of the mesh in (s, v), laid along the borders of the bench's regions.

A region is an intersection of half-spaces, given by their depths. A half-space that the midline
θ = 0 enters or leaves gets a row of nodes on its border; those that only the flanks meet, such as
the height to which the sole is held, get a column on either side. Rows between two such rows follow
both. What this cannot lay (where a wall ends below the height) is left to `conform`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.shell.columns import Curves, Flank, lay_columns
from afo_designer.shell.region import Depth, Region, bisected
from afo_designer.shell.strip import Strip

# Samples of the midline and of the rows between which borders are found.
MIDLINE_MM, SAMPLES = 1.0, 81
# Element length along s at refinement 1, mm, by place; between them it changes evenly.
TOP_MM, BAND_MM, LEAF_MM, ANKLE_MM, ROOT_MM, HEEL_MM, SOLE_MM, TOE_MM = (
    10.0, 8.0, 5.0, 4.0, 3.0, 2.0, 6.0, 14.0)  # fmt: skip
# The ankle's size holds this far above the ankle; over the other length it grows from the clamp's
# border on the heel to the sole's.
ANKLE_ABOVE_MM, GROWTH_MM = 25.0, 25.0
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
    root = strip.shell.stations.root
    heel = min((b.station for b in borders if b.station > root), default=strip.shell.stations.sole)
    rows, mark_rows = _rows(strip, marks, heel, refinement)
    pinned = {int(mark_rows[k]): border for k, border in on_border.items()}
    across = np.linspace(0.0, 1.0, SAMPLES)
    shift = _shifts(strip, rows, pinned, mark_rows, across)

    curves = Curves(strip, rows, across, shift)
    flanks = [_flank_of(region, borders) for region in regions]
    v = lay_columns(curves, next((f for f in flanks if f is not None), None), refinement)
    s = curves.stations(v)
    s[0], s[-1] = rows[0], rows[-1]
    return Grid(s, v)


def _flank_of(region: Region, borders: list[Border]) -> Flank | None:
    """The half-spaces of a region that only the flanks meet, and the stations it reaches over."""
    ends = [border.station for border in borders if border.depth in region]
    sides = [half for half in region if half not in [border.depth for border in borders]]
    if len(ends) < 2 or not sides:
        return None
    return Flank(sides, min(ends), max(ends))


def _borders(strip: Strip, regions: Sequence[Region]) -> list[Border]:
    """Where the midline of the middle surface enters or leaves a region, in order of s."""
    s = np.linspace(strip.low, strip.high, 1 + int((strip.high - strip.low) / MIDLINE_MM))
    points = strip.point(s, strip.midline(s))
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
        return half(strip.point(at, strip.midline(at)))

    ends = np.array([low]), np.array([high])
    return float(bisected(depth, *ends)[0])


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


def _rows(
    strip: Strip, marks: FloatArray, heel: float, refinement: float
) -> tuple[FloatArray, IntArray]:
    """Stations of all rows, and the rows of the marks."""
    rows, numbers = [marks[:1]], [0]
    for low, high in pairwise(marks.tolist()):
        s = np.linspace(low, high, 101)
        along = np.concatenate([[0.0], np.cumsum(0.01 * (high - low) / _size(strip, heel, s[1:]))])
        count = max(1, int(np.ceil(along[-1] * refinement - 0.05)))
        rows.append(np.interp(np.linspace(0.0, along[-1], count + 1)[1:], along, s))
        numbers.append(numbers[-1] + count)
    return np.concatenate(rows), np.array(numbers)


def _size(strip: Strip, heel: float, s: FloatArray) -> FloatArray:
    """Length along s of an element at refinement 1, mm; `heel` is the clamp's border there."""
    at = strip.shell.stations
    grown = min(heel + GROWTH_MM, at.heads - 1.0)
    ankle = max(min(at.ankle, at.root) - ANKLE_ABOVE_MM, at.leaf + 1.0)
    places = [at.top, at.band, at.leaf, ankle, at.root, heel, grown, at.heads, at.end]
    sizes = [TOP_MM, BAND_MM, LEAF_MM, ANKLE_MM, ROOT_MM, HEEL_MM, SOLE_MM, SOLE_MM, TOE_MM]
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
    middle = int(np.argmin(np.abs(across - strip.midline(np.array([border.station]))[0])))
    shift = s - border.station
    for side in (range(middle + 1, len(s)), range(middle - 1, -1, -1)):
        lost = False
        inner = side.step * -1
        for k in side:
            lost = lost or bool(off[k])
            if lost:
                shift[k] = shift[k + inner]
    return shift
