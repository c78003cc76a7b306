"""What sums a study up: tables that read back, fronts that nothing beats, effects, surrogates."""

import csv
import io
import json
import math

import numpy as np
import pyarrow.parquet
import pytest
from known_studies import (
    ANY,
    ISHIGAMI_TOTAL,
    Formula,
    ishigami,
    numbers,
    study,
)

from afo_designer.runs.sweep.front import costs_of, undominated
from afo_designer.runs.sweep.results import files_of, findings_of
from afo_designer.runs.sweep.run import compute_study, no_pictures
from afo_designer.runs.sweep.table import table_csv, table_parquet

ROUND = numbers(3, -math.pi, math.pi)


def _found(samples: int = 32, function=ishigami, **more):
    plan = {"kind": "latin_hypercube", "samples": samples, "seed": 5}
    return compute_study(study(ROUND, plan, **more), Formula(function))


def test_the_tables_read_back_as_they_were_and_are_the_same_bytes_again() -> None:
    found = _found(function=lambda x, y, z: math.nan if x > 2.0 else x * y)
    table = found.table
    rows = list(csv.DictReader(io.StringIO(table_csv(table).decode())))
    read = pyarrow.parquet.read_table(io.BytesIO(table_parquet(table)))
    assert [float(row[ANY]) for row in rows] == pytest.approx(
        list(table.numbers(ANY)), abs=0.0, nan_ok=True
    )
    for one in table.columns:
        values, ours = read.column(one.name).to_pylist(), table.column(one.name)
        assert len(values) == len(ours) == 32
        same = [
            a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))
            for a, b in zip(values, ours, strict=True)
        ]
        assert all(same), one.name
    field = read.schema.field(ANY)
    assert field.metadata[b"unit"].decode() == "N·m/deg"
    assert json.loads(read.schema.metadata[b"study"]) == table.study.document()
    assert {row["status"] for row in rows} == {"ok", "infeasible"}
    again = _found(function=lambda x, y, z: math.nan if x > 2.0 else x * y)
    assert files_of(again, no_pictures) == files_of(found, no_pictures)


def test_nothing_beats_the_front() -> None:
    costs = np.random.default_rng(4).random((200, 3))
    front = undominated(costs)
    for k in range(200):
        beaten = (costs <= costs[k]).all(axis=1) & (costs < costs[k]).any(axis=1)
        assert (k in front) == (not beaten.any())


def test_aims_turn_figures_into_costs() -> None:
    figures = {"a": np.array([1.0, 2.0]), "b": np.array([1.0, 2.0]), "c": np.array([1.0, 2.0])}
    costs = costs_of(figures, {"a": "least", "b": "most", "c": 1.8})
    assert costs == pytest.approx(np.array([[1.0, -1.0, 0.8], [2.0, -2.0, 0.2]]))


def test_curves_and_tornado_show_what_drives() -> None:
    """y = 10 x + y: the first factor's swing is ten times the second's, the third's is noise."""
    found = _found(400, lambda x, y, z: 10.0 * x + y)
    keys = [one.factor for one in found.swings]
    assert keys[0] == next(iter(ROUND))
    first = found.swings[0]
    assert first.high_mean - first.low_mean == pytest.approx(10.0 * 2.0 * math.pi * 0.9, rel=0.05)
    points = [one for one in found.curves if one.factor == keys[0]]
    assert [one.count for one in points] == [40] * 10
    slope = np.polyfit([one.value for one in points], [one.mean for one in points], 1)[0]
    assert slope == pytest.approx(10.0, rel=0.05)


def test_a_surrogate_is_made_only_where_asked_and_tells_its_error() -> None:
    asked = {"kind": "gaussian_process", "folds": 4, "samples": 256}
    assert _found(24).surrogate is None
    found = _found(160, surrogate=asked)
    (told,) = found.surrogate.validated
    assert (told.trained, told.folds) == (160, 4)
    assert 0.8 < told.q2 < 1.0
    assert 0.0 < told.rmse < told.worst
    for one, total in zip(found.surrogate.indices, ISHIGAMI_TOTAL, strict=True):
        assert one.total == pytest.approx(total, abs=0.15)
    again = findings_of(found.table)
    assert again.surrogate == found.surrogate


def test_a_surrogate_with_too_little_to_learn_from_says_so() -> None:
    found = _found(6, surrogate={"kind": "gaussian_process"})
    assert found.surrogate is None
    assert "it needs" in found.remarks[0]
