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
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.shell.columns import Columns, Flank, lay_columns
from afo_designer.shell.curves import Curves
from afo_designer.shell.opening import SLOT
from afo_designer.shell.region import Depth, Region, bisected
from afo_designer.shell.slot import LEAVE_MM, Slot, slot_of
from afo_designer.shell.strip import Strip

# Samples of the midline and of the rows between which borders are found.
MIDLINE_MM, SAMPLES = 1.0, 81
# Element length along s at refinement 1, mm, by place; between them it changes evenly.
TOP_MM, BAND_MM, LEAF_MM, ANKLE_MM = 25.0, 10.0, 5.0, 7.0
ROOT_MM, HEEL_MM, SOLE_MM, TOE_MM = 4.0, 1.5, 9.0, 20.0
# The ankle's size holds this far above the ankle; over the other length it grows from the clamp's
# border on the heel to the sole's.
ANKLE_ABOVE_MM, GROWTH_MM = 25.0, 35.0
# All these lengths are for a spine whose corner is this long; smaller feet have smaller elements.
CORNER_MM = 105.0
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
    """Nodes (rows, columns) at (s, v); `void` (rows − 1, columns − 1) the cells in slots.

    `unlaid`: numbers of the shell's openings that no cells stand for.
    """

    s: FloatArray
    v: FloatArray
    void: NDArray[np.bool_]
    unlaid: tuple[int, ...]


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
    flank = next((found for found in flanks if found is not None), None)
    slots = [
        slot_of(curves, opening.loop) if opening.kind == SLOT else None
        for opening in strip.shell.openings
    ]
    columns = lay_columns(curves, flank, [slot for slot in slots if slot is not None], refinement)
    hard = [
        row for row, border in pinned.items() if flank is None or border.depth not in flank.region
    ]
    return _cut_out(curves, columns, slots, [0, *hard, len(rows) - 1])


def _cut_out(
    curves: Curves, columns: Columns, slots: Sequence[Slot | None], hard: Sequence[int]
) -> Grid:
    """The grid with rows moved to the ends of slots, but for rows that are `hard`."""
    rows, v = curves.rows, columns.v
    s = curves.stations(v)
    s[0], s[-1] = rows[0], rows[-1]
    void = np.zeros((v.shape[0] - 1, v.shape[1] - 1), dtype=np.bool_)
    first, last = columns.beside, columns.beside + columns.within
    fade = np.interp(np.arange(columns.flank + 1), [last, columns.flank], [1.0, 0.0])
    unlaid = []
    for number, slot in enumerate(slots):
        ends = None if slot is None else _rows_at_ends(slot, rows, hard)
        if slot is None or ends is None or not _follows(slot, columns, rows, ends):
            unlaid.append(number)
            continue
        start, stop = ends
        before = max(k for k in hard if k < start)
        after = min(k for k in hard if k > stop)
        reach = max(rows[start] - LEAVE_MM, rows[before]), min(rows[stop] + LEAVE_MM, rows[after])
        moved = np.interp(
            rows,
            [reach[0], rows[start], rows[stop], reach[1]],
            [0.0, slot.low - rows[start], slot.high - rows[stop], 0.0],
        )
        moved[[0, -1]] = 0.0
        cells = slice(first, last)
        if slot.side < 0:
            s[:, : columns.flank + 1] += moved[:, None] * fade
        else:
            s[:, -columns.flank - 1 :] += moved[:, None] * fade[::-1]
            cells = slice(void.shape[1] - last, void.shape[1] - first)
        void[start:stop, cells] = True
    return Grid(s, v, void, tuple(unlaid))


def _rows_at_ends(slot: Slot, rows: FloatArray, hard: Sequence[int]) -> tuple[int, int] | None:
    """The rows nearest to a slot's ends; None where they are the same, or hard ones lie between."""
    soft = np.setdiff1d(np.arange(len(rows)), hard)
    start, stop = (int(soft[np.argmin(np.abs(rows[soft] - end))]) for end in (slot.low, slot.high))
    if start >= stop or any(start < k < stop for k in hard):
        return None
    return start, stop


def _follows(slot: Slot, columns: Columns, rows: FloatArray, ends: tuple[int, int]) -> bool:
    """Whether the columns run along the slot's sides."""
    at = slice(ends[0], ends[1] + 1)
    v = columns.v[at] if slot.side < 0 else 1.0 - columns.v[at, ::-1]
    laid = v[:, [columns.beside, columns.beside + columns.within]]
    return bool(np.abs(laid - slot.sides(rows[at])).max() < 1e-6)


def _flank_of(region: Region, borders: list[Border]) -> Flank | None:
    """The half-spaces of a region that only the flanks meet, and the stations it reaches over."""
    ends = [border.station for border in borders if border.depth in region]
    sides = [half for half in region if half not in [border.depth for border in borders]]
    if len(ends) < 2 or not sides:
        return None
    return Flank(sides, min(ends), max(ends), region)


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
    named += _band_slots(strip)
    free = [m for m in named if all(abs(m - b.station) > APART_MM for b in borders)]
    low, high = strip.low + APART_MM, strip.high - APART_MM
    laid: dict[float, Border | None] = dict.fromkeys(free)
    laid |= {border.station: border for border in borders}
    inner = sorted(station for station in laid if low < station < high)
    on_border = {k + 1: border for k, m in enumerate(inner) if (border := laid[m]) is not None}
    return np.array([strip.low, *inner, strip.high]), on_border


def _band_slots(strip: Strip) -> list[float]:
    """Stations of the ends of the slots in the calf band, where rows are too far apart for them."""
    slots = (opening.loop for opening in strip.shell.openings if opening.kind == SLOT)
    loops = [loop for loop in slots if loop[:, 0].mean() < strip.shell.stations.leaf]
    ends = np.array([[loop[:, 0].min(), loop[:, 0].max()] for loop in loops])
    return [float(end) for end in ends.mean(axis=0)] if len(ends) else []


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
    corner = strip.shell.chart.spine.corner
    scale = (corner[1] - corner[0]) / CORNER_MM
    grown = min(heel + scale * GROWTH_MM, at.heads - 1.0)
    ankle = max(min(at.ankle, at.root) - scale * ANKLE_ABOVE_MM, at.leaf + 1.0)
    places = [at.top, at.band, at.leaf, ankle, at.root, heel, grown, at.heads, at.end]
    sizes = [TOP_MM, BAND_MM, LEAF_MM, ANKLE_MM, ROOT_MM, HEEL_MM, SOLE_MM, SOLE_MM, TOE_MM]
    return scale * np.interp(s, places, sizes)


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
