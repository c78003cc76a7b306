"""`afo sweep` as a user meets it."""

import json
from pathlib import Path

import pytest
from command_line import afo
from known_studies import BASE, ROOT

STUDY = f"""\
[base]
scan = "{ROOT / BASE["scan"]}"
person = "{ROOT / BASE["person"]}"
[factors]
"person.mass_kg" = [60.0, 70.0]
[plan]
kind = "list"
[responses]
keep = ["prescription.target_stiffness_nm_per_deg", "limb.foot_length_mm"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(STUDY, "utf-8")
    return path


def test_a_study_is_computed_and_said(file: Path) -> None:
    folder = file.parent / "out"
    code, out, err = afo("sweep", file, "-o", folder, "--workers", 1)
    assert code == 0, err
    assert "2 variants, 0 without figures" in out
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"results.csv", "results.parquet", "columns.csv", "study.json", "SHA256SUMS"} <= names
    assert "plots/tornado_limb_foot_length_mm.png" in names
    columns = (folder / "columns.csv").read_text("utf-8")
    assert "prescription.target_stiffness_nm_per_deg,response,N·m/deg" in columns
    other = file.with_name("other.toml")
    other.write_text(STUDY.replace("70.0", "71.0"), "utf-8")
    code, _, err = afo("sweep", other, "-o", folder)
    assert code == 2
    assert "holds another study" in err


def test_a_dry_run_says_what_would_be_computed(file: Path) -> None:
    code, out, _ = afo("sweep", file, "-o", file.parent / "out", "--dry-run", "--json")
    told = json.loads(out)
    assert (code, told["variants"], told["stage"]) == (0, 2, "prescription")
    assert not (file.parent / "out").exists()


def test_a_study_that_cannot_be_used_is_refused_with_its_line(file: Path) -> None:
    file.write_text(STUDY.replace("[60.0, 70.0]", "[60.0, 700.0]"), "utf-8")
    code, out, err = afo("sweep", file, "-o", file.parent / "out", "--json")
    assert code == 3
    assert "study.toml, line 5: person.mass_kg is 700.0; it may be 5 to 300 kg." in err
    assert json.loads(out)["exit_code"] == 3
    assert not (file.parent / "out").exists()
