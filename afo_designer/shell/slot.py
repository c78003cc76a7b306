"""Slot: a strap's opening as the mesh has it, a rectangle between rows and columns.

Its long sides, which run along the trim line, become columns and its ends rows; the round ends are
replaced by straight ones that leave the area the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.shell.curves import Curves

# Samples along a slot, over the part of its length that is straight, and the terms fitted to them.
SAMPLES, STRAIGHT = 9, 0.8
# Columns and rows leave a slot's sides and ends over this length, mm.
LEAVE_MM = 25.0
# The rows that are moved to its ends lie at most this far beyond them, mm.
END_MM = 8.0
# A slot takes at most this share of the flank it lies on.
SLOT_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot on a side (−1 medial, 1 lateral), from row level `low` to `high`, mm.

    `middle` and `half`, polynomials of the level, are the distance of its middle from the side's
    edge and half its width, both in v.
    """

    side: int
    low: float
    high: float
    middle: np.polynomial.Polynomial
    half: np.polynomial.Polynomial

    def sides(self, level: FloatArray) -> FloatArray:
        """(n, 2): both long sides, as distances in v from the edge, kept beyond the ends."""
        at = np.clip(level, self.low, self.high)
        return np.stack([self.middle(at) - self.half(at), self.middle(at) + self.half(at)], axis=1)

    def fits(self, rows: FloatArray, flank: FloatArray) -> bool:
        """Whether the slot lies between the edge and the flank's column, at v (rows,), all along.

        `rows` are the rows' levels (rows,).
        """
        along = (rows >= self.low) & (rows <= self.high)
        sides = self.sides(rows)[along]
        return bool(np.all(sides[:, 0] > 0.0) and np.all(sides[:, 1] < SLOT_SHARE * flank[along]))

    def pulled(self, rows: FloatArray, knots: FloatArray) -> FloatArray:
        """Knots (rows, 4), of which the middle two are moved to the slot's sides where it lies."""
        if not self.fits(rows, knots[:, 3]):
            return knots
        gap = np.maximum(np.maximum(self.low - rows, rows - self.high) - END_MM, 0.0)
        near = np.clip(1.0 - gap / LEAVE_MM, 0.0, 1.0)[:, None]
        moved = knots.copy()
        moved[:, 1:3] += near * (self.sides(rows) - knots[:, 1:3])
        excess = moved[:, 2] / (SLOT_SHARE * knots[:, 3])
        moved[:, 1:3] /= np.maximum(excess, 1.0)[:, None]
        return moved


def slot_of(curves: Curves, loop: FloatArray) -> Slot | None:
    """The slot of a closed loop (n, 2) in (s, θ); None where rows do not cross it one by one."""
    strip = curves.strip
    s, v = loop[:, 0], strip.share(loop[:, 0], loop[:, 1])
    side = -1 if v.mean() < 0.5 else 1
    away = v if side < 0 else 1.0 - v
    level = curves.level(s, v)
    rim = strip.point(s, v)
    centre = rim.mean(axis=0)
    long, wide = ((rim - centre) @ axis for axis in np.linalg.svd(rim - centre)[2][:2])
    # a rectangle as long as the stadium without (1 − π/4) of a radius at either end
    kept = 1.0 - (1.0 - np.pi / 4.0) * float(np.ptp(wide) / np.ptp(long))
    tips = level[[int(np.argmin(long)), int(np.argmax(long))]]
    low, high = np.sort(level.mean() + kept * (tips - level.mean()))

    at = 0.5 * (low + high) + 0.5 * STRAIGHT * (high - low) * np.linspace(-1.0, 1.0, SAMPLES)
    spans = [_span(level - here, away) for here in at]
    crossed = [span for span in spans if span is not None]
    if len(crossed) < SAMPLES:
        return None
    inner, outer = np.array(crossed).T
    fit = np.polynomial.Polynomial.fit
    return Slot(
        side,
        float(low),
        float(high),
        fit(at, 0.5 * (inner + outer), 2),
        fit(at, 0.5 * (outer - inner), 1),
    )


def _span(ahead: FloatArray, away: FloatArray) -> tuple[float, float] | None:
    """Where a closed loop first and last crosses zero of `ahead` (n,), in `away` (n,)."""
    after, next_away = np.roll(ahead, -1), np.roll(away, -1)
    cut = np.flatnonzero((ahead >= 0.0) != (after >= 0.0))
    if len(cut) < 2:
        return None
    at = away[cut] + ahead[cut] / (ahead[cut] - after[cut]) * (next_away[cut] - away[cut])
    return float(at.min()), float(at.max())
