"""Examples run as they stand, and pages that are made from code are what the code says."""

import json
import re
import runpy
import sys
import tomllib
from pathlib import Path

import pytest
from demo_run import Demo

from afo_designer.design.template import Template
from afo_designer.runs.sweep.study import study_from_mapping

ROOT = Path(__file__).resolve().parents[1]


# Examples of many variants: here a few of them, and their files elsewhere.
LONG = {"04_stiffness_map", "05_landmark_error", "06_cohort"}


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.stem)
def test_an_example_runs(
    path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its own assertion is the test; it prints what it says it prints."""
    few = ["--few", "-o", str(tmp_path)] if path.stem in LONG else []
    monkeypatch.setattr(sys, "argv", [str(path), *few])
    runpy.run_path(str(path), run_name="__main__")
    assert "achieved" in capsys.readouterr().out


def test_the_table_of_a_design_gives_its_stiffness(
    demo: Demo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["03_opensim_table.py", str(demo.folder)])
    runpy.run_path(str(ROOT / "examples" / "03_opensim_table.py"), run_name="__main__")
    said = capsys.readouterr().out
    assert f"({demo.record['stiffness']['plantarflexion']:.3f} N·m/deg)" in said


def test_a_folder_without_the_table_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["03_opensim_table.py", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"has no opensim/afo_moment_angle\.sto"):
        runpy.run_path(str(ROOT / "examples" / "03_opensim_table.py"), run_name="__main__")


def test_the_page_of_parameters_is_current() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "parameters.py"), run_name="docs")["parameter_page"]()
    assert (ROOT / "docs" / "parameters.md").read_text("utf-8") == page, (
        "run: python docs/parameters.py"
    )


def test_the_page_of_checks_is_current() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "checks.py"), run_name="docs")["page"]()
    assert (ROOT / "docs" / "checks.md").read_text("utf-8") == page, "run: python docs/checks.py"


def test_the_page_and_the_schema_of_studies_are_current() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "sweeps.py"), run_name="docs")
    text = (ROOT / "docs" / "sweeps.md").read_text("utf-8")
    assert made["page"](text) == text, "run: python docs/sweeps.py"
    schema = json.loads((ROOT / "docs" / "study.schema.json").read_text("utf-8"))
    assert schema == made["schema"](), "run: python docs/sweeps.py"


def test_the_study_of_the_page_is_one() -> None:
    page = (ROOT / "docs" / "sweeps.md").read_text("utf-8")
    block = re.search(r"(?ms)^    \[base\].*?(?=^\S)", page)
    mapping = tomllib.loads(re.sub(r"(?m)^    ", "", block.group()))
    del mapping["surrogate"]  # of names there is none, and the page shows both
    assert study_from_mapping(mapping, ROOT).variants == 256 * (4 + 2)


def test_the_page_of_people_is_current() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "people.py"), run_name="docs")["page"]
    text = (ROOT / "docs" / "people.md").read_text("utf-8")
    assert made(text) == text, "run: python docs/people.py"
    assert text.count("**Would you sign it?") == len(list((ROOT / "examples/people").iterdir()))


def test_the_template_of_the_page_loads() -> None:
    page = (ROOT / "docs" / "adding_a_template.md").read_text("utf-8")
    block = re.search(r"(?ms)^    title = .*?(?=^\S)", page)
    mapping = tomllib.loads(re.sub(r"(?m)^    ", "", block.group()))
    template = Template.from_mapping("night", mapping)
    assert template.chosen.parameters.shell.footplate.wall_height_mm == 36.0


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "outputs/README.md", "docs"])
def test_links_lead_somewhere(name: str) -> None:
    pages = [ROOT / name] if name.endswith(".md") else sorted((ROOT / name).glob("*.md"))
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            if not target.startswith("https://"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_has_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert (
        "apt-get install -y libgl1 && python3 -m venv .venv && . .venv/bin/activate && pip install "
        ". && afo design scans/demo_limb.ply --person scans/demo_person.toml -o outputs/demo\n"
    ) in readme
    assert ". .venv/bin/activate && pip install '.[test]' && pytest\n" in readme
    assert (ROOT / "docs" / "pictures" / "demo.png").stat().st_size <= 300_000
