"""Plans: counts, coverage of the factors' ranges, and the same variants from the same seed."""

import numpy as np
import pytest
from known_studies import numbers, study
from scipy.stats import norm

from afo_designer.runs.sweep.plan import planned


def _values(one) -> np.ndarray:
    return np.array([list(row.values.values()) for row in planned(one.plan, one.factors)])


@pytest.mark.parametrize("kind", ["sobol", "latin_hypercube"])
def test_every_part_of_every_range_is_met(kind: str) -> None:
    """Of n samples every n-th of every factor's range holds one."""
    plan = {"kind": kind, "samples": 32, "seed": 3}
    if kind == "sobol":
        plan["indices"] = False
    values = _values(study(numbers(3, -2.0, 2.0), plan))
    assert values.shape == (32, 3)
    parts = np.floor((values + 2.0) / 4.0 * 32.0).astype(int)
    assert (np.sort(parts, axis=0) == np.arange(32)[:, None]).all()


@pytest.mark.parametrize("kind", ["sobol", "latin_hypercube"])
def test_the_seed_and_nothing_else_decides(kind: str) -> None:
    plans = [{"kind": kind, "samples": 8, "seed": seed} for seed in (1, 1, 2)]
    first, again, other = (_values(study(numbers(2, 0.0, 1.0), plan)) for plan in plans)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_cross_samples_differ_from_a_in_one_column_which_is_bs() -> None:
    one = study(numbers(3, 0.0, 1.0), {"kind": "sobol", "samples": 4})
    rows = list(planned(one.plan, one.factors))
    assert len(rows) == one.variants == 4 * 5
    keys = [factor.key for factor in one.factors]
    for block in range(1, 5):
        of = {row.matrix: row.values for row in rows if row.block == block}
        for key in keys:
            assert of[key] == {**of["A"], key: of["B"][key]}


def test_a_grid_is_the_product_and_a_list_the_rows() -> None:
    factors = {
        "shell.leaf.thickness_mm": {"low": 3.0, "high": 5.0, "levels": 3},
        "template": ["solid", "semi_solid"],
    }
    rows = list(planned(*_parts(study(factors, {"kind": "grid"}))))
    assert [tuple(row.values.values()) for row in rows] == [
        (t, name) for t in (3.0, 4.0, 5.0) for name in ("solid", "semi_solid")
    ]
    listed = {"shell.leaf.thickness_mm": [3.0, 4.0], "template": ["solid", "semi_solid"]}
    rows = list(planned(*_parts(study(listed, {"kind": "list"}))))
    assert [tuple(row.values.values()) for row in rows] == [(3.0, "solid"), (4.0, "semi_solid")]


def test_a_normal_factor_is_normal_within_its_knobs_range() -> None:
    key = "landmarks.lateral_malleolus.x_mm"
    one = study({key: {"mean": 1.0, "sd": 2.0}}, {"kind": "latin_hypercube", "samples": 1000})
    values = np.sort(_values(one)[:, 0])
    expected = norm.ppf((np.arange(1000) + 0.5) / 1000.0, 1.0, 2.0)
    assert np.abs(values - expected)[50:-50].max() < 0.15
    assert np.abs(values).max() <= 30.0


def _parts(one):
    return one.plan, one.factors
