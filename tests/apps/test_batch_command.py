"""`afo batch`: from a table to a folder, the same bytes as `afo design`, and codes for scripts."""

import csv
import hashlib
import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from command_line import afo
from demo_run import PERSON, SCAN, Demo

from afo_designer.runs import orders_work
from afo_designer.runs.exit_code import ExitCode
from afo_designer.runs.job import Command
from afo_designer.runs.ledger import Task

HEADER = "order_id,scan,person,quantity,colour"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "leg.ply").write_bytes(SCAN.read_bytes())
    (folder / "p.toml").write_bytes(PERSON.read_bytes())
    path = folder / "orders.csv"
    path.write_text(f"{HEADER}\nA-1,leg.ply,p.toml,2,black\nA-2,none.ply,p.toml,1,\n")
    return path


def results(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "results.csv").open(encoding="utf-8", newline="") as stream:
        return {row["order_id"]: row for row in csv.DictReader(stream)}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def copying(demo: Demo, failing: str = "") -> Any:
    """In place of the design: its finished folder is copied, or `failing` ends with code 4."""
    source = f"""
import shutil, sys
shutil.copytree({str(demo.folder)!r}, "out")
sys.exit(0)
"""
    stopping = 'import sys; print(\'{"exit_code": 4, "error": "no such orthosis"}\'); sys.exit(4)'

    def command(self: object, task: Task, folder: Path) -> Command:
        program = stopping if task.name == failing else source
        return Command((sys.executable, "-I", "-S", "-c", program))

    return patch.object(orders_work.DesignWork, "command", command)


def test_the_bytes_of_a_single_run(demo: Demo, orders: Path) -> None:
    """The one real design of these tests."""
    folder = orders.parent.parent / "out"
    code, out, err = afo("batch", orders, "-o", folder, "--fast", "--workers", 1, "--json")
    assert code == ExitCode.BATCH_FAILURES, err  # the second row's scan is not there
    document = json.loads(out)
    assert document["statuses"] == {demo.record["status"]: 1}
    alone, batched = digests(demo.folder), digests(folder / "orders" / "A-1")
    assert {name for name in alone if alone[name] != batched.get(name)} == {"run.json"}
    assert set(alone) == set(batched)


def test_results_manifest_and_sums(demo: Demo, orders: Path) -> None:
    folder = orders.parent.parent / "out"
    with copying(demo):
        code, out, err = afo("batch", orders, "-o", folder, "--fast", "--workers", 1)
    assert (code, err) == (ExitCode.BATCH_FAILURES, "")
    assert "refused: line 3, scan (A-2)" in out
    record, found = demo.record, results(folder)
    one = found["A-1"]
    assert (one["design_id"], one["status"], one["exit_code"], one["reason"]) == (
        record["design_id"], record["status"], "0", "",
    )  # fmt: skip
    assert float(one["stiffness_target_nm_per_deg"]) == pytest.approx(
        record["stiffness"]["target"], rel=1e-5
    )
    assert float(one["mass_g"]) == pytest.approx(record["print"]["mass_g"], rel=1e-5)
    assert (found["A-2"]["status"], found["A-2"]["reason"]) == ("refused", "row_refused:scan")
    assert (found["A-2"]["exit_code"], found["A-2"]["line"]) == ("3", "3")
    name = f"A-1_{record['design_id'][:8]}_L_r1.3mf"
    assert (folder / "print" / name).read_bytes() == (demo.folder / "afo.3mf").read_bytes()
    manifest = json.loads((folder / "print" / "manifest.json").read_text("utf-8"))
    [row] = manifest["files"]
    assert (row["file"], row["quantity"], row["colour"], row["side"]) == (name, 2, "black", "left")
    [part] = demo.design.parts
    assert row["area_mm2"] == pytest.approx(
        part.mesh.areas.sum(), rel=1e-4
    )  # single precision corners
    assert manifest["totals"]["pieces"] == 2
    assert manifest["totals"]["mass_g"] == pytest.approx(2.0 * record["print"]["mass_g"])
    with (folder / "print" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        [flat] = csv.DictReader(stream)
    assert (flat["sha256"], flat["orientation_locked"]) == (row["sha256"], "false")
    sums = dict(
        reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text().splitlines()
    )
    real = digests(folder)
    assert sums == {path: real[path] for path in sums}
    assert {f"orders/A-1/{path}" for path in digests(demo.folder)} - set(sums) == {
        "orders/A-1/run.json"
    }


def test_resume_repeats_nothing(demo: Demo, orders: Path) -> None:
    orders.write_text(f"{HEADER}\nA-1,leg.ply,p.toml,1,\nA-2,leg.ply,p.toml,1,\n")
    folder = orders.parent.parent / "out"
    with copying(demo):
        assert afo("batch", orders, "-o", folder, "--only", "A-2")[0] == ExitCode.DONE
        assert results(folder)["A-1"]["status"] == "waiting"
        code, out, _ = afo("batch", "--resume", folder, "--dry-run", "--json")
        assert (code, [one["order_id"] for one in json.loads(out)["orders"]]) == (0, ["A-1"])
        assert afo("batch", "--resume", folder)[0] == ExitCode.DONE
        before = digests(folder / "orders") | digests(folder / "print")
        assert afo("batch", "--resume", folder)[0] == ExitCode.DONE
    assert digests(folder / "orders") | digests(folder / "print") == before
    assert {row["attempts"] for row in results(folder).values()} == {"0", "1"}  # the same contents


def test_a_failed_order_is_tried_again_when_it_is_named(demo: Demo, orders: Path) -> None:
    orders.write_text(f"{HEADER}\nA-1,leg.ply,p.toml,1,\n")
    folder = orders.parent.parent / "out"
    with copying(demo, failing="A-1"):
        assert afo("batch", orders, "-o", folder)[0] == ExitCode.BATCH_FAILURES
    one = results(folder)["A-1"]
    assert (one["status"], one["reason"], one["exit_code"]) == ("failed", "infeasible", "4")
    assert one["message"] == "no such orthosis"
    assert list((folder / "print").glob("*.3mf")) == []
    with copying(demo):
        assert afo("batch", "--resume", folder)[0] == ExitCode.BATCH_FAILURES
        assert afo("batch", "--resume", folder, "--only", "A-1")[0] == ExitCode.DONE
    assert results(folder)["A-1"]["exit_code"] == "0"


def test_a_dry_run_writes_nothing(orders: Path) -> None:
    folder = orders.parent.parent / "out"
    code, out, _ = afo("batch", orders, "-o", folder, "--dry-run")
    assert code == ExitCode.BATCH_FAILURES
    assert out.startswith("1 order would run: A-1\n")
    assert not folder.exists()


def test_usage(orders: Path) -> None:
    folder = orders.parent.parent / "out"
    for arguments, code in (
        ((), ExitCode.USAGE),
        ((orders,), ExitCode.USAGE),
        ((orders, "--resume", folder), ExitCode.USAGE),
        (("--resume", folder, "--fast"), ExitCode.USAGE),
        (("--resume", folder), ExitCode.STORAGE),
        ((orders, "-o", orders.parent), ExitCode.USAGE),
        ((orders.parent / "none.csv", "-o", folder), ExitCode.INPUT_REFUSED),
        ((orders, "-o", folder, "--only", "A-2"), ExitCode.INPUT_REFUSED),
        ((orders, "-o", folder, "--scheduler", "nowhere"), ExitCode.USAGE),
        ((orders, "-o", folder, "--only", ","), ExitCode.USAGE),
        ((orders, "-o", folder, "--workers", 10_000_000), ExitCode.USAGE),
        ((orders, "-o", folder, "--time-limit", "inf"), ExitCode.USAGE),
        ((orders, "-o", folder.parent / ("x" * 300)), ExitCode.STORAGE),
    ):
        assert afo("batch", *arguments)[0] == code, arguments
    assert not folder.exists()
    with patch.object(orders_work.DesignWork, "command", lambda *_: Command(("false",))):
        assert afo("batch", orders, "-o", folder)[0] == ExitCode.BATCH_FAILURES
    assert results(folder)["A-1"]["reason"] == "exit:1"
    code, _, err = afo("batch", orders, "-o", folder)
    assert (code, "--resume" in err) == (ExitCode.USAGE, True)
