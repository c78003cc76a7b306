"""Recheck: what a folder says follows from its shell file, even where all seals were made anew."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from demo_run import Demo

from afo_designer.design.as_built import Measurement, MeasurementRefused
from afo_designer.formats.stl import stl_bytes
from afo_designer.runs import recheck as module
from afo_designer.runs.inspections import (
    InspectionRefused,
    inspect_part,
    inspected_again,
    read_inspections,
)
from afo_designer.runs.recheck import Recheck, recheck
from afo_designer.runs.seal import BUILT, RECORD, RUN, SUMS, sealed_run, sums_bytes
from afo_designer.runs.shell_file import read_shell, shell_bytes


@pytest.fixture(scope="module")
def again(demo: Demo) -> Recheck:
    """The demonstration's folder as it was written, everything computed anew."""
    return recheck(demo.folder)


@pytest.fixture
def folder(demo: Demo, tmp_path: Path) -> Path:
    """A copy without the STEP file, whose reading takes seconds, sealed anew."""
    copy = tmp_path / "design"
    shutil.copytree(demo.folder, copy)
    for step in copy.glob("*.step"):
        step.unlink()
    forge(copy, lambda record: None)
    return copy


@pytest.fixture
def known(demo: Demo) -> Iterator[None]:
    """The design computed before instead of again: the shell file is the same."""
    with patch.object(module, "check_out", lambda formed, progress: demo.design):
        yield


def forge(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes the record by hand and makes every digest fit what lies there."""
    record = json.loads((folder / RECORD).read_text("utf-8"))
    record["outputs"] = [one for one in record["outputs"] if (folder / one["path"]).exists()]
    for one in record["outputs"]:
        content = (folder / one["path"]).read_bytes()
        one.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    change(record)
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    (folder / RECORD).write_text(text, "utf-8")
    (folder / SUMS).write_bytes(sums_bytes(folder))
    run = {k: v for k, v in json.loads((folder / RUN).read_text()).items() if k != "seal"}
    (folder / RUN).write_bytes(sealed_run(run, folder))


def test_everything_comes_out_again(again: Recheck, demo: Demo) -> None:
    assert again.findings == ()
    assert again.differences == ()
    assert again.trouble == ""
    assert {row.id for row in again.judged} == {check.id for check in demo.design.checks}
    assert all(row.same for row in again.judged)
    assert again.proven
    assert again.passed is (demo.record["status"] != "failed")


def test_every_file_of_the_part_is_read_back(again: Recheck, demo: Demo) -> None:
    rows = {row.path: row for row in again.read_back}
    steps = {path.name for path in demo.folder.glob("*.step")}
    meshes = {
        path.name for kind in ("stl", "3mf", "glb") for path in demo.folder.glob(f"*afo.{kind}")
    }
    assert len(meshes) == 3
    assert set(rows) == steps | meshes
    for name in meshes:
        assert rows[name].distance_mm < 1e-3
        assert abs(rows[name].volume_percent) < 1e-4
    for name in steps:
        assert rows[name].distance_mm < 0.1
    assert not any(row.trouble for row in again.read_back)


FORGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "print.mass_g": lambda record: record["print"].update(mass_g=300.0),
    "fit.surface_rms_mm": lambda record: record["fit"].update(surface_rms_mm="0"),
    "checks.strength_stumble.verdict": lambda record: _check(record).update(verdict="pass"),
    "checks.min_wall": lambda record: record["checks"].remove(_check(record, "min_wall")),
    "status": lambda record: record.update(status="fine"),
    "warnings": lambda record: record["warnings"].clear(),
    "person.person.mass_kg": lambda record: record["person"]["person"].update(mass_kg=60.0),
    "made_up": lambda record: record.update(made_up=1),
}


def _check(record: dict[str, Any], name: str = "strength_stumble") -> dict[str, Any]:
    return next(one for one in record["checks"] if one["id"] == name)


@pytest.mark.usefixtures("known")
def test_a_record_forged_and_sealed_anew_is_named_by_its_keys(folder: Path) -> None:
    forge(folder, lambda record: [change(record) for change in FORGED.values()])
    with patch.object(module, "_read_back", lambda *given: ((), ())):
        found = recheck(folder)
    assert found.findings == ()
    assert {row.key for row in found.differences} == set(FORGED)
    assert {row.id for row in found.judged if not row.same} == {"strength_stumble", "min_wall"}
    assert not found.proven


@pytest.mark.usefixtures("known")
def test_another_part_under_the_same_name_is_measured(folder: Path, demo: Demo) -> None:
    part = demo.design.part
    lifted = part.with_vertices(part.vertices + np.array([0.0, 0.0, 0.05]))
    (stl, glb, threemf) = (next(folder.glob(f"*afo.{kind}")) for kind in ("stl", "glb", "3mf"))
    stl.write_bytes(stl_bytes(lifted))
    glb.write_bytes(b"glTF nothing")
    forge(folder, lambda record: None)
    found = recheck(folder)
    rows = {row.path: row for row in found.read_back}
    assert 0.01 < rows[stl.name].distance_mm <= 0.0501
    assert "lies up to 0.05" in rows[stl.name].trouble
    assert glb.name in rows[glb.name].trouble
    assert rows[threemf.name].trouble == ""
    assert not found.proven


def test_another_shell_sealed_anew_gives_other_values(folder: Path) -> None:
    formed = read_shell((folder / "shell.npz").read_bytes())
    field = formed.shell.thickness
    thinner = replace(formed.shell, thickness=replace(field, levels=0.9 * field.levels))
    (folder / "shell.npz").write_bytes(shell_bytes(replace(formed, shell=thinner)))
    forge(folder, lambda record: None)
    with patch.object(module, "_read_back", lambda *given: ((), ())):
        keys = {row.key for row in recheck(folder).differences}
    assert {"print.mass_g", "stiffness.plantarflexion", "checks.stiffness.value"} <= keys


def test_a_shell_that_cannot_be_is_a_finding(folder: Path) -> None:
    formed = read_shell((folder / "shell.npz").read_bytes())
    field = formed.shell.thickness
    nothing = replace(formed.shell, thickness=replace(field, levels=np.nan * field.levels))
    (folder / "shell.npz").write_bytes(shell_bytes(replace(formed, shell=nothing)))
    forge(folder, lambda record: None)
    with np.errstate(all="ignore"):
        found = recheck(folder)
    assert "shell.npz cannot be computed" in found.trouble
    assert not found.proven


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"x" * 1000])
def test_a_shell_file_of_nonsense_is_a_finding(folder: Path, content: bytes) -> None:
    (folder / "shell.npz").write_bytes(content)
    assert "shell.npz is changed" in recheck(folder).trouble
    forge(folder, lambda record: None)
    assert recheck(folder).trouble.startswith("Nothing was computed: shell.npz: ")
    (folder / "shell.npz").unlink()
    assert "shell.npz is missing" in recheck(folder).trouble


GIVEN = Measurement((7.5,), 340.0, "HP 5210", "A12", 0.2, "upright", "clinic 7")


def test_inspections_are_added_and_never_changed(folder: Path, demo: Demo) -> None:
    first = inspect_part(folder, demo.design, GIVEN, "2026-11-22")
    before = (folder / BUILT).read_bytes()
    second = inspect_part(folder, demo.design, Measurement((7.4,)), None)
    entries, findings = read_inspections(folder)
    assert findings == ()
    assert list(entries) == [first, second]
    assert second["previous_sha256"] == first["sha256"]
    assert (folder / BUILT).read_bytes().startswith(before[: before.index(b'"sha256"')])
    assert inspected_again(entries, demo.design) == ((), "")


def test_the_same_inspection_gives_the_same_bytes(folder: Path, demo: Demo) -> None:
    inspect_part(folder, demo.design, GIVEN, None)
    content = (folder / BUILT).read_bytes()
    (folder / BUILT).unlink()
    inspect_part(folder, demo.design, GIVEN, None)
    assert (folder / BUILT).read_bytes() == content


def test_an_inspection_changed_moved_or_left_out_is_found(folder: Path, demo: Demo) -> None:
    for wall in (7.4, 7.5, 7.6):
        inspect_part(folder, demo.design, Measurement((wall,)), None)
    content = (folder / BUILT).read_bytes()
    chance = np.random.default_rng(5)
    for place in chance.integers(0, len(content), 60):
        changed = bytearray(content)
        changed[place] ^= 1 << int(chance.integers(8))
        (folder / BUILT).write_bytes(bytes(changed))
        assert [finding.path for finding in read_inspections(folder)[1]] == [BUILT]
    table = json.loads(content)
    for keep in ((0, 2), (1, 2), (1, 0, 2)):
        some = {**table, "inspections": [table["inspections"][k] for k in keep]}
        (folder / BUILT).write_text(json.dumps(some, indent=1, ensure_ascii=False) + "\n", "utf-8")
        assert "does not follow" in read_inspections(folder)[1][0].message
    with pytest.raises(InspectionRefused, match="Nothing was added"):
        inspect_part(folder, demo.design, GIVEN, None)


def test_nonsense_leaves_no_inspection(folder: Path, demo: Demo) -> None:
    with pytest.raises(MeasurementRefused):
        inspect_part(folder, demo.design, Measurement((75.0,)), None)
    assert not (folder / BUILT).exists()
