"""Effects: how a response follows each factor by itself, the others as the plan has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray
from afo_designer.runs.sweep.factor import Factor
from afo_designer.runs.sweep.table import Table

# Parts of equal size that a factor's samples are cut into, each of some samples at least; up to so
# many distinct values it is taken as it is.
PARTS, LEAST_PART, DISTINCT = 10, 8, 12


@dataclass(frozen=True, slots=True)
class Point:
    """A response where a factor lies at `value`: mean, 5th and 95th percentile of `count`."""

    response: str
    factor: str
    value: float | str
    mean: float
    p5: float
    p95: float
    count: int


@dataclass(frozen=True, slots=True)
class Swing:
    """A response's means where a factor is at its lowest and at its highest.

    Of a factor of words: where the mean is lowest and where it is highest.
    """

    response: str
    factor: str
    low_value: float | str
    high_value: float | str
    low_mean: float
    high_mean: float

    @property
    def width(self) -> float:
        return abs(self.high_mean - self.low_mean)


def response_curves(table: Table) -> list[Point]:
    """For every response and factor, the points of its curve in ascending order."""
    return [
        point
        for response in table.study.responses
        for factor in table.study.factors
        for point in _points(table, response.name, factor)
    ]


def swings(curves: list[Point]) -> list[Swing]:
    """What a tornado shows: the ends of every curve, for each response the widest first."""
    pairs: dict[tuple[str, str], list[Point]] = {}
    for point in curves:
        pairs.setdefault((point.response, point.factor), []).append(point)
    found = []
    for (response, factor), points in pairs.items():
        ends = [points[0], points[-1]]
        if isinstance(points[0].value, str):
            ends = sorted(points, key=lambda one: one.mean)[:: max(len(points) - 1, 1)]
        low, high = ends[0], ends[-1]
        found.append(Swing(response, factor, low.value, high.value, low.mean, high.mean))
    order = list(dict.fromkeys(one.response for one in found))
    return sorted(found, key=lambda one: (order.index(one.response), -one.width, one.factor))


def _points(table: Table, response: str, factor: Factor) -> Iterator[Point]:
    values = table.numbers(response)
    known = np.isfinite(values)
    column = [v for v, ok in zip(table.column(factor.key), known, strict=True) if ok]
    values = values[known]
    for value, members in _parts(column):
        part = values[members]
        p5, p95 = np.percentile(part, [5.0, 95.0])
        yield Point(
            response, factor.key, value, float(part.mean()), float(p5), float(p95), len(part)
        )


def _parts(column: list[Any]) -> Iterator[tuple[float | str, NDArray[np.bool_] | Any]]:
    """Values of a factor with the samples that belong to them."""
    if not column:
        return
    distinct = sorted(set(column), key=lambda v: (isinstance(v, str), v))
    if len(distinct) <= DISTINCT or isinstance(distinct[-1], str):
        for value in distinct:
            yield value, np.array([v == value for v in column])
        return
    numbers: FloatArray = np.array(column, dtype=np.float64)
    parts = min(max(len(numbers) // LEAST_PART, 2), PARTS)
    for part in np.array_split(np.argsort(numbers, kind="stable"), parts):
        yield float(numbers[part].mean()), part
