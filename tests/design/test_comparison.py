"""Comparison: equal to rounding is the same; anything else is named by its key."""

import copy
from typing import Any

import pytest

from afo_designer.design.comparison import MISSING, differences, judged, same

RECORD: dict[str, Any] = {
    "mass": 343.0,
    "status": "ok",
    "fits": {"HP": True, "Prusa": False},
    "curve": [[-1.0, 0.7], [0.0, 0.0]],
    "nothing": None,
    "scan": {"triangles": 42_000, "side": "left"},
    "checks": [
        {"id": "stiffness", "value": 0.1, "limit": 2.0, "unit": "%", "verdict": "pass"},
        {"id": "closed", "value": True, "limit": True, "unit": "", "verdict": "pass"},
    ],
    "outputs": [{"path": "afo.stl"}],
}


def changed(**changes: Any) -> dict[str, Any]:
    """The record with dotted keys (double underscores) set."""
    record = copy.deepcopy(RECORD)
    for key, value in changes.items():
        *way, last = key.split("__")
        at: Any = record
        for step in way:
            at = at[int(step) if step.isdigit() else step]
        at[int(last) if last.isdigit() else last] = value
    return record


def keys(record: dict[str, Any]) -> list[str]:
    return [row.key for row in differences(RECORD, record)]


def test_a_record_is_the_same_as_itself_and_rounding_is_none() -> None:
    assert keys(RECORD) == []
    assert keys(changed(mass=343.0 * (1.0 + 1e-9), curve__1__1=1e-17)) == []
    assert keys(changed(outputs=[], scan__triangles=0)) == []


CHANGES = {
    "mass": {"mass": 343.001},
    "status": {"status": "failed"},
    "fits.HP": {"fits__HP": False},
    "curve[0][1]": {"curve__0__1": 0.8},
    "curve": {"curve": [[-1.0, 0.7]]},
    "nothing": {"nothing": 0},
    "scan.side": {"scan__side": "right"},
    "checks.stiffness.value": {"checks__0__value": 1.9},
    "checks.closed.verdict": {"checks__1__verdict": "warn"},
}


@pytest.mark.parametrize("key", CHANGES)
def test_what_differs_is_named(key: str) -> None:
    assert keys(changed(**CHANGES[key])) == [key]


def test_true_is_not_one_and_absent_is_not_none() -> None:
    assert not same(True, 1)
    assert not same(None, 0)
    assert same(1, 1.0)
    less = {key: value for key, value in RECORD.items() if key != "nothing"}
    (row,) = differences(RECORD, less)
    assert (row.key, row.recorded, row.computed) == ("nothing", None, MISSING)
    (row,) = differences(less, RECORD)
    assert (row.recorded, row.computed) == (MISSING, None)


def test_checks_are_matched_by_their_ids() -> None:
    turned = changed(checks=RECORD["checks"][::-1])
    assert keys(turned) == []
    rows = judged(RECORD, changed(checks__0__id="other"))
    assert [(row.id, row.same) for row in rows] == [
        *(("other", False), ("closed", True), ("stiffness", False)),
    ]
    assert judged(RECORD, changed(checks__0__message="words alone"))[0].same


@pytest.mark.parametrize("checks", [None, 5, "x", [5, None], [{"id": 3}], [{}, {}]])
def test_a_record_of_nonsense_differs_and_does_no_harm(checks: Any) -> None:
    assert differences(changed(checks=checks), RECORD)
    assert judged(changed(checks=checks), RECORD)
