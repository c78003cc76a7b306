"""The house rules: imports point one way, lint, format and types are clean, the lock is whole."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "afo_designer"
TOOLS = {
    "layers": [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
    "lint": [sys.executable, "-m", "ruff", "check", "--no-cache", "."],
    "format": [sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "."],
    "types": [sys.executable, "-m", "mypy"],
}
KERNEL = {"OCP", "cadquery"}  # seconds to import, and libGL to link: the STEP child's alone


@pytest.mark.parametrize("tool", TOOLS)
def test_tool_finds_nothing(tool: str) -> None:
    done = subprocess.run(
        TOOLS[tool], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        pytest.fail(f"{tool}:\n{done.stdout[-6000:]}{done.stderr[-2000:]}", pytrace=False)


def test_only_the_step_child_imports_the_kernel() -> None:
    importers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if KERNEL & _imported(path)
    }
    assert importers == {"formats/step_child.py"}


def test_the_step_child_starts_without_the_package() -> None:
    imported = _imported(PACKAGE / "formats" / "step_child.py")
    assert imported - set(sys.stdlib_module_names) == {"numpy", "OCP"}


def test_modules_are_short_and_named_after_nouns() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {count} lines"
        for path in PACKAGE.rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 700
    ]
    shelters = [path for path in PACKAGE.rglob("*") if path.stem in {"utils", "helpers", "manager"}]
    assert long == []
    assert shelters == []


def test_the_lock_pins_every_declared_package_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["test"]
    pinned = set(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==\S+ \\$", lock, flags=re.MULTILINE))
    assert "://" not in lock
    assert {re.match(r"[\w-]+", line)[0].lower() for line in declared} <= pinned


def _imported(path: Path) -> set[str]:
    """Top-level names of everything a file imports, in functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names
