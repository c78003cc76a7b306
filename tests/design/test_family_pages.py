"""Every family has its page and its picture, and the page says what the template says."""

import runpy
from pathlib import Path

import pytest

from afo_designer.runs.catalogue import template_names

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", template_names())
def test_the_page_of_a_family_is_current(name: str) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "families.py"), run_name="docs")
    page = ROOT / "docs" / "families" / f"{name}.md"
    assert page.exists(), "run: python docs/families.py"
    text = page.read_text("utf-8")
    assert made["page"](name, text, []) == text, "run: python docs/families.py"
    assert (ROOT / "docs" / "pictures" / f"family_{name}.png").exists()


def test_a_table_holds_the_range_of_its_rows() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "families.py"), run_name="docs")
    own = {"family": "solid", "body": "man", "material": "pa11", "plane": "sagittal", "reason": ""}
    rows = [
        {**own, "thickness_mm": wall, "trim_anterior_mm": trim, "stiffness": wall + 0.1 * trim}
        for wall in (2.0, 4.0)
        for trim in (5.0, 15.0)
    ]
    text = (ROOT / "docs" / "families" / "solid.md").read_text("utf-8")
    table = made["page"]("solid", text, rows)
    assert "| man, 1750 mm, 78 kg | 2.5 to 5.5 |" in table
    assert "| 4 | 4.50 | 5.50 |" in table
