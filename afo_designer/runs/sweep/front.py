"""Front: the variants that no other beats in every aim at once (Pareto)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray
from afo_designer.runs.sweep.table import Table


def pareto_front(table: Table) -> list[int]:
    """Numbers of the variants on the front, by the first aim; none without aims."""
    aims = table.study.aims
    if not aims:
        return []
    costs = costs_of({name: table.numbers(name) for name in aims}, aims)
    known = np.flatnonzero(np.isfinite(costs).all(axis=1))
    best = known[undominated(costs[known])]
    order = np.lexsort((best, costs[best, 0]))
    return [table.rows[k][0].number for k in best[order]]


def costs_of(figures: Mapping[str, FloatArray], aims: Mapping[str, str | float]) -> FloatArray:
    """(n, m): what is to be small: the figure, its opposite, or its distance from a number."""
    columns = []
    for name, aim in aims.items():
        values = figures[name]
        if isinstance(aim, str):
            columns.append(values if aim == "least" else -values)
        else:
            columns.append(np.abs(values - aim))
    return np.stack(columns, axis=1)


def undominated(costs: FloatArray) -> NDArray[np.int64]:
    """Rows (n, m) that no other row is at most equal to in all columns and below in one."""
    kept: list[int] = []
    front = costs[:0]
    # in this order none is beaten by a later one
    for k in np.lexsort(costs.T[::-1]):
        row = costs[k]
        beaten = (front <= row).all(axis=1) & (front < row).any(axis=1)
        if not beaten.any():
            kept.append(int(k))
            front = costs[kept]
    return np.array(sorted(kept), dtype=np.int64)
