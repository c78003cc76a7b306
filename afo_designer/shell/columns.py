"""Columns: where the mesh's columns of nodes run across its rows.

From either edge inwards there are four knots: the edge, the two long sides of the slots beside it,
and the border on the flank of the region that holds the sole. Between them columns lie evenly or a
little denser towards the knots. Away from slot and border the knots return to even places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.shell.curves import Curves
from afo_designer.shell.region import Depth, Region, bisected, least
from afo_designer.shell.slot import Slot

# Elements across at refinement 1; of these on either flank, in front of a slot, and in it.
ACROSS = {"width": 18, "malleolus": 28}
FLANK = {"width": 5, "malleolus": 8}
BESIDE_SLOT, IN_SLOT = 2, 2
# By how much columns are denser towards edge and border: 0 even, 1 a cosine.
DENSER_FLANK, DENSER_MIDDLE = 0.7, -0.3
# A flank's columns are drawn together or apart at most to these shares of their even width.
LEAST_FLANK, MOST_FLANK = 0.9, 1.7
# Columns along a border slant at most this much: millimetres across for one along s.
SLANT = 1.5


@dataclass(frozen=True, slots=True)
class Flank:
    """Half-spaces that only the flanks meet, of a region from station `low` to `high`."""

    sides: Sequence[Depth]
    low: float
    high: float
    region: Region


@dataclass(frozen=True, slots=True)
class Columns:
    """`v` (rows, columns + 1) of every node, and the number of columns to the knots on a side."""

    v: FloatArray
    beside: int
    within: int
    flank: int


def lay_columns(
    curves: Curves, flank: Flank | None, slots: Sequence[Slot], refinement: float
) -> Columns:
    """The columns of a strip whose rows are laid."""
    edge = curves.strip.shell.parameters.leaf.edge
    half = max(6, round(0.5 * ACROSS[edge] * refinement))
    wanted = np.array([BESIDE_SLOT, IN_SLOT, FLANK[edge]])
    beside, within, whole = np.maximum(1, np.rint(wanted * refinement)).astype(int).tolist()
    whole = min(max(whole, beside + within + 1), half - 1)
    even = whole / (2 * half)

    # towards the tip the plate is narrow, and bears nothing: even columns will do
    at = curves.strip.shell.stations
    dense = np.interp(
        curves.rows, [at.sole, at.sole + 0.25 * (at.heads - at.sole)], [DENSER_FLANK, 0.0]
    )
    sides = np.zeros((2, len(curves.rows), whole + 1))
    for number, side in enumerate((-1, 1)):
        reach = _flank(curves, flank, side, even)
        base = reach[:, None] * _denser(np.linspace(0.0, 1.0, whole + 1), dense[:, None])
        knots = np.array([0, beside, beside + within, whole])
        moved = base[:, knots]
        for slot in slots:
            if slot.side == side:
                moved = slot.pulled(curves.rows, moved)
        for row, (old, new, line) in enumerate(zip(base[:, knots], moved, base, strict=True)):
            sides[number, row] = np.interp(line, old, new)
    low, high = sides[0], 1.0 - sides[1][:, ::-1]
    share = _denser(np.linspace(0.0, 1.0, 2 * (half - whole) + 1), DENSER_MIDDLE)[1:-1]
    middle = low[:, -1:] + share * (high[:, :1] - low[:, -1:])
    return Columns(np.concatenate([low, middle, high], axis=1), beside, within, whole)


def _denser(share: FloatArray, amount: FloatArray | float) -> FloatArray:
    """Shares 0 to 1 moved towards both ends."""
    return (1.0 - amount) * share + amount * 0.5 * (1.0 - np.cos(np.pi * share))


def _flank(curves: Curves, flank: Flank | None, side: int, even: float) -> FloatArray:
    """(rows,): v from a side's edge to the column that follows the border on its flank."""
    rows = curves.rows
    width = np.full(len(rows), even)
    if flank is None:
        return width
    held = np.flatnonzero((rows > flank.low - 1e-9) & (rows < flank.high + 1e-9))
    first, last = held[[0, -1]]
    found = _crossings(curves, flank.sides, side)[held]
    line = curves.strip.point(curves.rows[held, None] + curves.shift[held], curves.across[None, :])
    girth = np.linalg.norm(np.diff(line, axis=1), axis=2).sum(axis=1)
    width[held] = np.clip(found, LEAST_FLANK * even, MOST_FLANK * even)
    for k, room in enumerate(SLANT * np.diff(rows[held]) / girth[1:]):
        at = held[k]
        width[at + 1] = np.clip(width[at + 1], width[at] - room, width[at] + room)
    # back to even: above towards the root, below towards the tip
    root = min(curves.strip.shell.stations.root, rows[first] - 1e-6)
    width[:first] = np.interp(rows[:first], [root, rows[first]], [even, width[first]])
    width[last + 1 :] = np.interp(rows[last + 1 :], rows[[last, -1]], [width[last], even])
    return width


def _crossings(curves: Curves, sides: Sequence[Depth], side: int) -> FloatArray:
    """(rows,): where a row first leaves the half-spaces on its way from the midline to a side.

    As the distance in v from that side's edge; zero where it does not leave.
    """
    strip, across = curves.strip, curves.across
    number = np.arange(len(curves.rows))

    def depth(v: FloatArray) -> FloatArray:
        return least(sides, strip.point(curves.stations(v), v))

    depths = least(sides, strip.point(curves.rows[:, None] + curves.shift, across[None, :]))
    middle = np.rint(strip.midline(curves.rows) * (len(across) - 1)).astype(int)
    reach = (np.arange(len(across)) - middle[:, None]) * side
    order = np.where((depths < 0.0) & (reach >= 1), reach, len(across))
    nearest = order.min(axis=1)
    at = np.clip(middle + side * nearest, 0, len(across) - 1)
    inner = np.clip(at - side, 0, len(across) - 1)
    found = (nearest < len(across)) & (depths[number, inner] >= 0.0)
    root = bisected(depth, np.where(found, across[inner], 0.5), np.where(found, across[at], 0.5))
    return np.where(found, root if side < 0 else 1.0 - root, 0.0)
