"""`afo check`: exit codes, words and JSON, on the demonstration's folder."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from command_line import afo
from demo_run import Demo

from afo_designer.runs import recheck
from afo_designer.runs.seal import BUILT


@pytest.fixture
def folder(demo: Demo, tmp_path: Path) -> Path:
    copy = tmp_path / "design"
    shutil.copytree(demo.folder, copy)
    return copy


@pytest.fixture(autouse=True)
def _known(demo: Demo) -> Iterator[None]:
    """The design computed before, nothing read back: `tests/runs/test_recheck.py` has both."""
    with (
        patch.object(recheck, "check_out", lambda formed, progress: demo.design),
        patch.object(recheck, "_read_back", lambda *given: ((), ())),
    ):
        yield


@pytest.fixture
def usual(demo: Demo) -> int:
    """The exit code of a sound folder: a design that failed its checks still fails them."""
    return 4 if demo.record["status"] == "failed" else 0


def test_a_sound_folder(folder: Path, usual: int) -> None:
    code, out, err = afo("check", folder)
    assert code == usual, out + err
    assert "every byte as written, every value computed again" in out.splitlines()[0]
    code, out, err = afo("check", folder, "--json")
    record = json.loads(out)
    assert code == usual
    assert record["proven"] is True
    assert record["passed"] is (usual == 0)
    assert record["files"] == record["differences"] == []
    assert all(row["same"] for row in record["checks"])
    assert record["as_built"] is None


def test_a_changed_byte_is_named(folder: Path) -> None:
    content = bytearray((folder / "shell.npz").read_bytes())
    content[-7] ^= 4
    (folder / "shell.npz").write_bytes(bytes(content))
    (folder / "note.txt").write_text("x")
    (folder / "report.html").unlink()
    code, out, _ = afo("check", folder)
    assert code == 4
    lines = out.splitlines()
    assert "NOT as it was written" in lines[0]
    for said in ("changed: shell.npz: ", "added: note.txt: ", "missing: report.html: "):
        assert sum(line.startswith(said) for line in lines) == 1
    named = json.loads(afo("check", folder, "--json")[1])["files"]
    assert [one["path"] for one in named] == ["note.txt", "report.html", "shell.npz"]


def test_a_strangers_words_do_not_move_the_cursor(folder: Path) -> None:
    (folder / "a\x1b[2Jb").write_text("x")
    _, out, _ = afo("check", folder)
    assert "\x1b" not in out
    assert "added: a?[2Jb: " in out


def test_what_is_no_design_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        code, out, err = afo("check", path)
        assert (code, out) == (3, "")
        assert len(err.strip().splitlines()) == 1
    code, out, _ = afo("check", tmp_path, "--json")
    assert json.loads(out)["exit_code"] == code == 3


def test_a_printed_part_is_kept(folder: Path, demo: Demo, usual: int) -> None:
    walls = ",".join(f"{point.nominal:.2f}" for point in demo.design.critical)
    grams = demo.record["print"]["mass_g"]
    given = ["--measured-thickness", walls, "--measured-mass", f"{grams:.1f}", "--lot", "A12"]
    code, out, err = afo("check", folder, *given, "--inspected-on", "2026-11-22")
    assert code == usual, out + err
    assert "as built, inspection 1: fits" in out
    assert "lot A12, on 2026-11-22" in out
    code, out, _ = afo("check", folder, "--measured-mass", f"{0.8 * grams:.0f}", "--json")
    record = json.loads(out)
    assert code == 4
    assert record["inspected"] == "added"
    assert record["as_built"]["number"] == record["inspections"] == 2
    assert record["as_built"]["mass"]["fits"] is False
    code, out, _ = afo("check", folder)
    assert code == usual  # the design is what it was
    assert "as built, inspection 2: DOES NOT FIT" in out


def test_no_part_is_judged_by_a_folder_that_changed(folder: Path) -> None:
    (folder / "positive.stl").write_bytes(b"")
    code, out, _ = afo("check", folder, "--measured-mass", "341")
    assert code == 4
    assert "nothing was kept" in out
    assert not (folder / BUILT).exists()


REFUSED = {
    ("--measured-thickness", "thick"): (2, "takes millimetres"),
    ("--measured-thickness", "-4"): (3, "is -4 mm"),
    ("--measured-thickness", "70,7,7"): (3, "is 70 mm"),
    ("--measured-mass", "3.4"): (3, "is 3.4 g"),
    ("--measured-mass", "341", "--refresh-ratio", "20"): (3, "0 to 1"),
    ("--measured-mass", "341", "--lot", "a\x1b[2J"): (2, "--lot takes one line"),
    ("--measured-mass", "341", "--inspected-on", "22.11."): (2, "YYYY-MM-DD"),
    ("--machine", "a printer"): (3, "Nothing was measured"),
}


@pytest.mark.parametrize("options", REFUSED, ids=" ".join)
def test_nonsense_is_refused(folder: Path, options: tuple[str, ...]) -> None:
    code, said = REFUSED[options]
    found, _, err = afo("check", folder, *options)
    assert found == code, err
    assert said in err
    assert not (folder / BUILT).exists()
