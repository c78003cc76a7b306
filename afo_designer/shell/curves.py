"""Curves: the rows of the mesh, each a station and how far it bends off to follow a border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.shell.strip import Strip


@dataclass(frozen=True, slots=True)
class Curves:
    """The rows of a strip: at v the station is `rows` (r,) + `shift` (r, k), given at `across`."""

    strip: Strip
    rows: FloatArray
    across: FloatArray
    shift: FloatArray

    def stations(self, v: FloatArray) -> FloatArray:
        """S (r, ...) at v (r, ...)."""
        moved = [np.interp(at, self.across, line) for at, line in zip(v, self.shift, strict=True)]
        wide = self.rows.reshape(-1, *[1] * (v.ndim - 1))
        return np.asarray(wide + np.array(moved))

    def level(self, s: FloatArray, v: FloatArray) -> FloatArray:
        """The row (n,), in mm between those that are laid, on which points (s, v) lie."""
        on_rows = np.stack([np.interp(v, self.across, line) for line in self.shift])  # (r, n)
        level = s
        for _ in range(4):
            place = np.interp(level, self.rows, np.arange(len(self.rows)))
            low = np.clip(place.astype(int), 0, len(self.rows) - 2)
            share = place - low
            points = np.arange(len(v))
            moved = (1.0 - share) * on_rows[low, points] + share * on_rows[low + 1, points]
            level = s - moved
        return np.asarray(level)
