"""The demonstration order, carried out once by the command line in this process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from command_line import afo

from afo_designer.apps import pages
from afo_designer.design.pipeline import Design
from afo_designer.runs.single import Pages

ROOT = Path(__file__).parents[1]
SCAN, PERSON = ROOT / "scans" / "demo_limb.ply", ROOT / "scans" / "demo_person.toml"


@dataclass(frozen=True)
class Demo:
    """What `afo design --fast --json` made of it: the object, the folder, what was printed."""

    design: Design
    folder: Path
    code: int
    out: str
    err: str

    @property
    def record(self) -> dict[str, Any]:
        """What design.json holds."""
        return json.loads((self.folder / "design.json").read_text("utf-8"))


def run_demo(folder: Path) -> Demo:
    """Designs the demonstration limb into `folder`."""
    caught: list[Design] = []

    def pictures(design: Design) -> Mapping[str, bytes]:
        caught.append(design)
        return pages.design_pictures(design)

    with patch.object(pages, "DESIGN_PAGES", Pages(pictures, pages.design_sheets)):
        code, out, err = afo("design", SCAN, "--person", PERSON, "-o", folder, "--fast", "--json")
    assert caught, err
    return Demo(caught[0], folder, code, out, err)
