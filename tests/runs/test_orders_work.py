"""What a batch takes from a design's record: the way that was promised, and each part by itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from afo_designer.runs.batch_print import print_files
from afo_designer.runs.ledger import Filed
from afo_designer.runs.orders_work import design_finding


def part(wall: float, fits: bool) -> dict[str, Any]:
    return {
        "wall_by_rays_mm": {"least": wall},
        "machines": {"one": {"process": "MJF", "fits": fits, "extents_mm": [9.0, 9.0, 9.0]}},
    }


def record(**more: Any) -> dict[str, Any]:
    return {"status": "ok", "design_id": "7a" * 32, "scan": {"side": "left"}, "checks": [], **more}


@pytest.mark.parametrize(
    ("way", "achieved"), [("plantarflexion", 1.0), ("dorsiflexion", 4.0), (None, 1.0)]
)
def test_achieved_is_of_the_way_that_the_target_is_of(way: str | None, achieved: float) -> None:
    told = {"target": 4.1, "plantarflexion": 1.0, "dorsiflexion": 4.0, "way": way}
    figures = design_finding(record(stiffness=told), 0).figures
    assert (figures["stiffness_target"], figures["stiffness_achieved"]) == (4.1, achieved)


class Ledger:
    """One delivered order."""

    def __init__(self, findings: str) -> None:
        self._findings = findings

    def rows(self) -> list[dict[str, Any]]:
        task = {"number": 1, "name": "A-1", "state": "done", "status": "ok", "payload": "{}"}
        return [{**task, "findings": self._findings}]

    def files(self, number: int) -> list[Filed]:
        return [Filed(f"afo_{name}.3mf", "0" * 64, 10) for name in ("calf", "pin")]


def test_a_part_has_its_own_wall_and_machines_in_the_manifest() -> None:
    """Two parts and two pins: the thinnest wall of all is the pin's, the calf fits in nothing."""
    parts = [
        {"name": "calf", "stem": "afo_calf", "quantity": 1, "mass_g": 100.0},
        {"name": "pin", "stem": "afo_pin", "quantity": 2, "mass_g": 1.0},
    ]
    printed = {
        **part(1.5, False),
        "min_wall_mm": 1.5,
        "fits": {"one": False},
        "parts": parts,
        "by_part": {"calf": part(3.0, False), "pin": part(1.5, True)},
    }
    finding = design_finding(record(print=printed, material={"name": "pa12_mjf"}), 0)
    rows = [one.row for one in print_files(Ledger(json.dumps(dict(finding.figures))), Path())]
    assert [row["min_wall_mm"] for row in rows] == [3.0, 1.5]
    assert [row["fits"] for row in rows] == ["", "one"]
    assert [row["quantity"] for row in rows] == [1, 2]
