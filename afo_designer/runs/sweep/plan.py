"""Plans: which variants a study computes, from its factors, kind, number of samples and seed.

A Sobol plan takes the cross samples of Saltelli (2010, recalled; as in `scipy.stats.sobol_indices`,
read): matrices A and B of n rows each and for every factor A with that factor's column of B, so
n (d + 2) variants for d factors. Sequences are scrambled by the seed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.runs.sweep.factor import Factor, StudyRefused

KINDS = ("sobol", "latin_hypercube", "grid", "list")
# Keys that a kind of plan takes beside `kind`.
TAKES: Mapping[str, tuple[str, ...]] = {
    "sobol": ("samples", "seed", "indices"),
    "latin_hypercube": ("samples", "seed"),
    "grid": ("levels",),
    "list": (),
}
MOST_VARIANTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """`indices`: a Sobol plan with the cross samples that its indices need."""

    kind: str
    samples: int = 0
    seed: int = 1
    levels: int = 0
    indices: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One variant: its number from 1, its factors' values, and where a Sobol plan has it.

    `matrix` is "A", "B" or the key of the factor that A has of B; `block` counts from 1.
    """

    number: int
    values: Mapping[str, float | str]
    matrix: str = ""
    block: int = 0


def count_of(plan: Plan, factors: tuple[Factor, ...]) -> int:
    """How many variants a plan has."""
    if plan.kind == "grid":
        return int(np.prod([len(_levels(plan, one)) for one in factors], dtype=object))
    if plan.kind == "list":
        return len(factors[0].values)
    return plan.samples * (len(factors) + 2 if plan.indices else 1)


def planned(plan: Plan, factors: tuple[Factor, ...]) -> Iterator[Planned]:
    """The variants in their order."""
    for number, (shares, matrix, block) in enumerate(_rows(plan, factors), 1):
        values = {one.key: value for one, value in zip(factors, shares, strict=True)}
        yield Planned(number, values, matrix, block)


def _rows(
    plan: Plan, factors: tuple[Factor, ...]
) -> Iterator[tuple[tuple[float | str, ...], str, int]]:
    if plan.kind == "grid":
        for row in itertools.product(*(_levels(plan, one) for one in factors)):
            yield row, "", 0
    elif plan.kind == "list":
        for row in zip(*(one.values for one in factors), strict=True):
            yield row, "", 0
    elif plan.indices:
        for shares, matrix, block in cross_samples(plan, tuple(one.key for one in factors)):
            yield _at(factors, shares), matrix, block
    else:
        for shares in _shares(plan, len(factors)):
            yield _at(factors, shares), "", 0


def _at(factors: tuple[Factor, ...], shares: FloatArray) -> tuple[float | str, ...]:
    return tuple(one.at(float(share)) for one, share in zip(factors, shares, strict=True))


def _levels(plan: Plan, factor: Factor) -> tuple[float | str, ...]:
    if factor.listed:
        return factor.values
    count = factor.levels or plan.levels
    if count < 2:
        raise StudyRefused(
            f"factors.{factor.key}",
            f"The grid does not say how many levels {factor.key} has; give it levels = 2 or more, "
            "or plan.levels for all.",
        )
    if factor.sd > 0.0:  # the middles of shares of equal weight
        return tuple(factor.at((k + 0.5) / count) for k in range(count))
    return tuple(factor.at(k / (count - 1)) for k in range(count))


def _shares(plan: Plan, dimensions: int) -> FloatArray:
    """(n, d) in [0, 1)."""
    from scipy.stats import qmc

    if plan.kind == "latin_hypercube":
        return qmc.LatinHypercube(dimensions, rng=plan.seed).random(plan.samples)
    return qmc.Sobol(dimensions, rng=plan.seed).random(plan.samples)


def cross_samples(plan: Plan, keys: tuple[str, ...]) -> Iterator[tuple[FloatArray, str, int]]:
    """(shares (d,), matrix, block), a block of d + 2 variants after the other."""
    from scipy.stats import qmc

    d = len(keys)
    both = qmc.Sobol(2 * d, rng=plan.seed).random(plan.samples)
    for block, (a, b) in enumerate(zip(both[:, :d], both[:, d:], strict=True), 1):
        yield a, "A", block
        yield b, "B", block
        for column, key in enumerate(keys):
            mixed = a.copy()
            mixed[column] = b[column]
            yield mixed, key, block
