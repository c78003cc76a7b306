"""One order: every file of the contract, the same bytes again elsewhere, marked when it failed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from demo_run import PERSON, SCAN, Demo

from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.pipeline import Status
from afo_designer.geometry.bspline import BSplineSurface
from afo_designer.runs.single import CURVE_NAME, NOT_FOR_PRINT, PART_ALONE, Order, Pages, run_order
from afo_designer.runs.workspace import FolderTaken, StorageFailed

NO_PAGES = Pages(lambda design: {}, lambda design, record, pictures: {})


def order(output: Path, **changes: object) -> Order:
    base = Order(SCAN, PERSON, output, "posterior_leaf_spring", "pa12_mjf", fast=True)
    return replace(base, **changes)


def test_the_contracts_files_are_there(demo: Demo) -> None:
    found = {
        path.relative_to(demo.folder).as_posix()
        for path in demo.folder.rglob("*")
        if path.is_file()
    }
    wanted = {
        "afo.stl",
        "afo.3mf",
        "afo.glb",
        "design.json",
        "report.html",
        "positive.stl",
        "shell.npz",
    }
    wanted |= {"run.json"} | {
        f"views/{name}.png" for name in ("lateral", "medial", "posterior", "plantar")
    }
    assert wanted <= found
    assert {name for name in found if name.startswith("fe/")} == {
        f"fe/{result.case.name}.vtu" for result in demo.design.verified.cases
    }
    assert "report.pdf" not in found  # a fast run


def test_the_opensim_table_gives_the_stiffness_back(demo: Demo) -> None:
    head, body = (demo.folder / CURVE_NAME).read_text("ascii").split("endheader\n")
    labels, *rows = (line.split("\t") for line in body.splitlines())
    columns = dict(zip(labels, np.array(rows, dtype=float).T, strict=True))
    assert list(columns) == [
        *("time", "ankle_angle_l", "ankle_angle_l_moment", "ankle_angle_l_stiffness"),
    ]
    slope = -np.polyfit(columns["ankle_angle_l"], columns["ankle_angle_l_moment"], 1)[0]
    stiffness = demo.record["stiffness"]
    assert np.radians(slope) == pytest.approx(stiffness["plantarflexion"], rel=1e-6)
    wanted = np.array(stiffness["moment_angle"])
    np.testing.assert_allclose(np.degrees(columns["ankle_angle_l"]), wanted[:, 0], atol=1e-6)
    np.testing.assert_allclose(columns["ankle_angle_l_moment"], wanted[:, 1], rtol=1e-8, atol=1e-8)
    assert f"design_id={demo.record['design_id']}" in head.splitlines()
    assert {entry["path"]: entry for entry in demo.record["outputs"]}[CURVE_NAME]["unit"] != "mm"


def test_the_stl_is_the_part_for_another_reader_too(demo: Demo) -> None:
    mesh = trimesh.load(demo.folder / "afo.stl")
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume == pytest.approx(demo.record["print"]["volume_mm3"], rel=1e-6)
    np.testing.assert_allclose(
        np.ptp(mesh.bounds, axis=0), demo.record["print"]["bounding_box_mm"], atol=1e-4
    )


def test_the_shell_file_holds_the_chart(demo: Demo) -> None:
    shell = demo.design.shell
    with np.load(demo.folder / "shell.npz", allow_pickle=False) as data:
        parts = ("knots_s", "knots_theta", "control_points")
        surface = BSplineSurface(*(data[f"shell.chart.surface.{part}"] for part in parts))
        np.testing.assert_array_equal(data["shell.trim.boundary"], shell.trim.boundary)
    np.testing.assert_array_equal(surface(200.0, 0.3), shell.chart.point(200.0, 0.3))


def test_the_same_order_elsewhere_gives_the_same_bytes(demo: Demo, tmp_path: Path) -> None:
    """All but the pages, which have tests of their own, and run.json, which holds the times."""
    other = tmp_path / "a folder" / "deeper"
    other.parent.mkdir()
    part = (demo.folder / "views" / "part.png").read_bytes()
    outcome = run_order(order(other), replace(NO_PAGES, pictures=lambda _: {PART_ALONE: part}))
    assert outcome.record["design_id"] == demo.record["design_id"]
    names = [path.relative_to(other) for path in other.rglob("*") if path.is_file()]
    compared = [
        name for name in names if name.name not in {"run.json", "design.json", "SHA256SUMS"}
    ]
    assert len(compared) >= 4 + len(demo.design.verified.cases)
    for name in compared:
        assert (other / name).read_bytes() == (demo.folder / name).read_bytes(), name
    one, two = demo.record, dict(outcome.record)
    for key in set(one) - {"outputs"}:
        assert one[key] == two[key], key


def test_a_design_out_of_reach_is_written_and_marked(tmp_path: Path) -> None:
    """A solid ankle at its thinnest is stiffer than a leaf has to be."""
    outcome = run_order(order(tmp_path / "out", template="solid"), NO_PAGES)
    assert outcome.status is Status.FAILED
    names = {path.name for path in (tmp_path / "out").iterdir()}
    kinds = ("stl", "3mf", "glb")
    assert {f"{NOT_FOR_PRINT}afo.{kind}" for kind in kinds} | {"design.json"} <= names
    assert not {"afo.stl", "afo.3mf", "afo.glb", "afo.step"} & names
    stiffness = outcome.record["stiffness"]
    low, high = stiffness["reach"]
    assert stiffness["target"] < low < high
    assert stiffness["reached"] is False
    assert stiffness["plantarflexion"] == pytest.approx(low, rel=1e-6)  # the nearest end
    (check,) = (one for one in outcome.record["checks"] if one["id"] == "stiffness")
    assert check["verdict"] == "fail"
    assert "needs another family or material" in check["message"]


@pytest.mark.parametrize("key", ["shell.leaf.thicknes_mm", "leaf.thickness_mm"])
def test_nothing_is_written_for_a_bad_key(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="Did you mean"):
        run_order(order(tmp_path / "out", settings={key: "3"}), NO_PAGES)
    assert list(tmp_path.iterdir()) == []


def test_storage_is_checked_before_the_work(tmp_path: Path) -> None:
    absent = Path("no such scan.ply")
    with pytest.raises(StorageFailed, match="make it first"):
        run_order(order(tmp_path / "no" / "out", scan=absent), NO_PAGES)
    (tmp_path / "file.txt").write_text("mine")
    with pytest.raises(FolderTaken):
        run_order(order(tmp_path, scan=absent), NO_PAGES)


def test_no_weakness_leaves_no_folder(tmp_path: Path) -> None:
    strong = tmp_path / "strong.toml"
    strong.write_text(
        PERSON.read_text("utf-8").replace('dorsiflexor_mmt = "3"', 'dorsiflexor_mmt = "5"')
    )
    with pytest.raises(DesignInfeasible):
        run_order(order(tmp_path / "out", person=strong), NO_PAGES)
    assert [path.name for path in tmp_path.iterdir()] == ["strong.toml"]
