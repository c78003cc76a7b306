"""Sobol indices: the share of a response's variance that each factor explains, with confidence.

First order by Saltelli (2010), total by Jansen (1999), both recalled and read in
`scipy.stats.sobol_indices`, with which they agree to rounding on whole samples. Blocks with a
variant that failed are left out, which scipy's do not allow. Intervals are bootstrapped over blocks
by percentiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray
from afo_designer.runs.sweep.table import Table

COVERAGE, RESAMPLES = 0.95, 1000
LEAST_BLOCKS = 8


@dataclass(frozen=True, slots=True)
class Index:
    """A factor's share of a response's variance: alone, and with all its interactions.

    `…_low` and `…_high` bound the 95 % interval; all are NaN where the response does not vary, or
    too few of the `blocks` are whole.
    """

    response: str
    factor: str
    blocks: int
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float


def study_indices(table: Table) -> list[Index]:
    """Of every response and factor; nothing for a plan without cross samples."""
    if not table.study.plan.indices:
        return []
    keys = [one.key for one in table.study.factors]
    matrix, block = np.array(table.column("matrix")), np.array(table.column("block"))
    order = np.argsort(block, kind="stable")
    found = []
    for response in table.study.responses:
        values, names = table.numbers(response.name)[order], matrix[order]
        parts = [values[names == name] for name in ("A", "B", *keys)]
        found += indices_of(
            response.name, keys, parts[0], parts[1], np.array(parts[2:]), table.study.plan.seed
        )
    return found


def indices_of(
    response: str, keys: list[str], a: FloatArray, b: FloatArray, mixed: FloatArray, seed: int
) -> list[Index]:
    """Indices from the responses of A (n,), of B (n,) and of A with a column of B (d, n)."""
    whole = np.isfinite(a) & np.isfinite(b) & np.isfinite(mixed).all(axis=0)
    a, b, mixed = a[whole], b[whole], mixed[:, whole]
    blocks, d = len(a), len(keys)
    if blocks < LEAST_BLOCKS or not np.ptp(np.concatenate([a, b])) > 0.0:
        return [Index(response, key, blocks, *[float("nan")] * 6) for key in keys]
    first, total = _estimates(a, b, mixed)
    generator = np.random.default_rng(seed)
    drawn = np.zeros((RESAMPLES, 2, d))
    for k in range(RESAMPLES):
        chosen: NDArray[np.int64] = generator.integers(0, blocks, blocks)
        drawn[k] = _estimates(a[chosen], b[chosen], mixed[:, chosen])
    tail = 50.0 * (1.0 - COVERAGE)
    low, high = np.nanpercentile(drawn, [tail, 100.0 - tail], axis=0)
    spans = np.stack([first, low[0], high[0], total, low[1], high[1]], axis=1)
    return [
        Index(response, key, blocks, *map(float, span))
        for key, span in zip(keys, spans, strict=True)
    ]


def _estimates(a: FloatArray, b: FloatArray, mixed: FloatArray) -> FloatArray:
    """(2, d): first order and total."""
    middle = 0.5 * (a.mean() + b.mean())
    a, b, mixed = a - middle, b - middle, mixed - middle
    variance = np.var(np.concatenate([a, b]))
    if not variance > 0.0:
        return np.full((2, len(mixed)), np.nan)
    first = (b * (mixed - a)).mean(axis=1)
    total = 0.5 * ((a - mixed) ** 2).mean(axis=1)
    return np.stack([first, total]) / variance
