"""Contour: where a function over a grid is zero, as closed loops (marching squares)."""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray

# Sides of a cell, each between two corners; corners run (i, j), (i+1, j), (i+1, j+1), (i, j+1).
_SIDES = ((0, 1), (1, 2), (2, 3), (3, 0))
_CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))


def zero_loops(x: FloatArray, y: FloatArray, values: FloatArray) -> list[FloatArray]:
    """Closed loops (n, 2) around where `values` (len(x), len(y)) is positive, longest first.

    Linear between grid points. What touches the grid's border is closed along it: the border counts
    as outside. In a saddle the positive corners are kept apart.
    """
    # far below any value, so that loops close on the border itself
    padded = np.pad(values, 1, constant_values=-1e300)
    x = np.concatenate([[2.0 * x[0] - x[1]], x, [2.0 * x[-1] - x[-2]]])
    y = np.concatenate([[2.0 * y[0] - y[1]], y, [2.0 * y[-1] - y[-2]]])
    positive = padded > 0.0
    code = sum(
        positive[i : positive.shape[0] - 1 + i, j : positive.shape[1] - 1 + j].astype(int) << k
        for k, (i, j) in enumerate(_CORNERS)
    )
    following: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    for i, j in np.argwhere((np.asarray(code) > 0) & (np.asarray(code) < 15)).tolist():
        inside = [bool(positive[i + di, j + dj]) for di, dj in _CORNERS]
        # the positive corner lies on the left: enter where it is left of the side, leave after it
        leaving = [k for k, (a, b) in enumerate(_SIDES) if inside[a] and not inside[b]]
        entering = [k for k, (a, b) in enumerate(_SIDES) if not inside[a] and inside[b]]
        for out in leaving:
            back = next(k for k in (out - 1, out - 2, out - 3) if k % 4 in entering) % 4
            following[_side(i, j, out)] = _side(i, j, back)
    loops = []
    while following:
        at = first = min(following)
        loop = []
        while at in following:
            loop.append(_crossing(x, y, padded, at))
            at = following.pop(at)
        if at == first:
            loops.append(np.array(loop))
    return sorted(loops, key=len, reverse=True)


def _side(i: int, j: int, side: int) -> tuple[int, int, int]:
    """A grid edge as (direction, i, j): 0 along x, 1 along y."""
    if side == 0:
        return 0, i, j
    if side == 1:
        return 1, i + 1, j
    if side == 2:
        return 0, i, j + 1
    return 1, i, j


def _crossing(
    x: FloatArray, y: FloatArray, values: FloatArray, edge: tuple[int, int, int]
) -> tuple[float, float]:
    along, i, j = edge
    low, high = values[i, j], values[i + (along == 0), j + (along == 1)]
    share = low / (low - high)
    if along == 0:
        return float(x[i] + share * (x[i + 1] - x[i])), float(y[j])
    return float(x[i]), float(y[j] + share * (y[j + 1] - y[j]))
