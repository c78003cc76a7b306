"""Sobol indices: cases with a closed form, scipy's own on the same samples, failed variants."""

import math

import numpy as np
import pytest
from known_studies import (
    ANY,
    ISHIGAMI_FIRST,
    ISHIGAMI_TOTAL,
    Formula,
    ishigami,
    numbers,
    study,
)
from scipy.stats import sobol_indices

from afo_designer.runs.sweep.indices import Index
from afo_designer.runs.sweep.run import compute_study

SEEDS = range(1, 13)


def _indices(function, factors, samples: int, seed: int) -> tuple[Index, ...]:
    plan = {"kind": "sobol", "samples": samples, "seed": seed}
    return compute_study(study(factors, plan), Formula(function)).indices


def _covered(found: tuple[Index, ...], first, total) -> list[bool]:
    return [
        hit
        for one, s, t in zip(found, first, total, strict=True)
        for hit in (
            one.first_low - 1e-9 <= s <= one.first_high + 1e-9,
            one.total_low - 1e-9 <= t <= one.total_high + 1e-9,
        )
    ]


def test_ishigami_lies_in_its_intervals() -> None:
    """95 % intervals hold the closed form in 95 % of seeds or more; the contract's own case."""
    factors = numbers(3, -math.pi, math.pi)
    hits = [
        hit
        for seed in SEEDS
        for hit in _covered(_indices(ishigami, factors, 256, seed), ISHIGAMI_FIRST, ISHIGAMI_TOTAL)
    ]
    assert np.mean(hits) >= 0.95
    assert all(_covered(_indices(ishigami, factors, 1024, 1), ISHIGAMI_FIRST, ISHIGAMI_TOTAL))


def test_a_cantilever_plate_lies_in_its_intervals() -> None:
    """k = E b t³ / (4 L³ (1 − ν²)): a product, whose indices follow from each factor's moments.

    With V_i the variance of a factor's part over its squared mean, the response's is ∏(1 + V_i) − 1
    and S_i = V_i over it, S_Ti = V_i ∏_{j≠i} (1 + V_j) over it.
    """
    spans = {
        "material.youngs_modulus_mpa": (1300.0, 1900.0, 1),
        "shell.leaf.width_mm": (36.0, 60.0, 1),
        "shell.leaf.thickness_mm": (2.5, 5.0, 3),
    }

    def stiffness(modulus: float, width: float, wall: float) -> float:
        return modulus * width * wall**3 / (4.0 * 180.0**3 * (1.0 - 0.4**2))

    def moment(low: float, high: float, power: int) -> float:
        return (high ** (power + 1) - low ** (power + 1)) / ((power + 1) * (high - low))

    parts = np.array([moment(a, b, 2 * p) / moment(a, b, p) ** 2 - 1 for a, b, p in spans.values()])
    whole = np.prod(1.0 + parts) - 1.0
    first = parts / whole
    total = parts * np.prod(1.0 + parts) / (1.0 + parts) / whole
    factors = {key: {"low": a, "high": b} for key, (a, b, _) in spans.items()}
    hits = [
        hit
        for seed in SEEDS
        for hit in _covered(_indices(stiffness, factors, 128, seed), first, total)
    ]
    assert np.mean(hits) >= 0.95


def test_scipys_own_indices_of_the_same_samples_are_the_same() -> None:
    found = compute_study(
        study(numbers(3, -math.pi, math.pi), {"kind": "sobol", "samples": 64}), Formula(ishigami)
    )
    values = found.table.numbers(ANY).reshape(64, 5)
    given = {"f_A": values[:, :1].T, "f_B": values[:, 1:2].T, "f_AB": values[:, None, 2:].T}
    theirs = sobol_indices(func=given, n=64)
    assert [one.first for one in found.indices] == pytest.approx(
        list(np.ravel(theirs.first_order)), abs=1e-12
    )
    assert [one.total for one in found.indices] == pytest.approx(
        list(np.ravel(theirs.total_order)), abs=1e-12
    )


def test_blocks_with_a_failed_variant_are_left_out() -> None:
    def holed(x: float, y: float, z: float) -> float:
        return math.nan if x > 3.0 else ishigami(x, y, z)

    found = compute_study(
        study(numbers(3, -math.pi, math.pi), {"kind": "sobol", "samples": 256}), Formula(holed)
    )
    assert 200 < found.indices[0].blocks < 256
    assert found.table.failed > 0
    assert found.indices[1].first == pytest.approx(ISHIGAMI_FIRST[1], abs=0.1)


def test_a_response_that_does_not_vary_has_no_indices() -> None:
    found = _indices(lambda x, y: 3.0, numbers(2, 0.0, 1.0), 8, 1)
    assert all(math.isnan(one.total) for one in found)
