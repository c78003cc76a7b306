"""Evidence: no constant of the prescription or the gait without a source and a status."""

import ast
from itertools import pairwise
from pathlib import Path

import pytest

from afo_designer import design
from afo_designer.design.evidence import EVIDENCE, MODULES, SETTINGS
from afo_designer.design.source import STATUSES

ROOT = Path(design.__file__).parent
WALKED = (*MODULES, "entry", "findings", "basis", "source")
GAIT = sorted((ROOT / "gait").glob("*.py"))
# Halves and doubles, unit factors, the 3 of a smooth step: arithmetic, not knowledge.
ARITHMETIC = {0, 0.5, 1, 2, 3, 100, 1000}
# Limits of entry are declared where the entry is; the person file's documentation lists them.
DECLARING = {"number", "text"}


def numbers(node: ast.AST) -> list[ast.Constant]:
    return [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
        and isinstance(part.value, int | float)
        and not isinstance(part.value, bool)
    ]


def named(path: Path) -> list[str]:
    """Names of a module that hold numbers."""
    found = []
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and numbers(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [
                part.id for one in targets for part in ast.walk(one) if isinstance(part, ast.Name)
            ]
    return found


def hidden(path: Path) -> list[tuple[int, object]]:
    """Numbers in the bodies of functions and classes, with their lines."""
    found: list[tuple[int, object]] = []
    for node in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        declared = {
            id(number)
            for part in ast.walk(node)
            if isinstance(part, ast.Call)
            and isinstance(part.func, ast.Name)
            and part.func.id in DECLARING
            for number in numbers(part)
        }
        found += [
            (number.lineno, number.value)
            for number in numbers(node)
            if number.value not in ARITHMETIC and id(number) not in declared
        ]
    return found


@pytest.mark.parametrize("module", WALKED)
def test_every_number_of_the_prescription_has_its_evidence(module: str) -> None:
    known = {one.name for one in EVIDENCE} | set(SETTINGS)
    missing = [name for name in named(ROOT / f"{module}.py") if f"{module}.{name}" not in known]
    assert missing == []


@pytest.mark.parametrize("module", WALKED)
def test_no_number_hides_in_a_function(module: str) -> None:
    assert hidden(ROOT / f"{module}.py") == []


def test_every_piece_of_evidence_is_a_constant_that_stands_in_its_module() -> None:
    names = [one.name for one in EVIDENCE]
    assert len(names) == len(set(names))
    for one in EVIDENCE:
        module, name = one.name.split(".")
        assert name in named(ROOT / f"{module}.py"), one.name
        assert one.value is not None
        assert one.source
        assert one.about
        assert one.status in STATUSES
    for setting, reason in SETTINGS.items():
        module, name = setting.split(".")
        assert name in named(ROOT / f"{module}.py"), setting
        assert reason


def test_what_is_read_or_recalled_names_more_than_this_program() -> None:
    for one in EVIDENCE:
        if one.status != "engineering estimate":
            assert "published nowhere" not in one.source, one.name


def test_the_walk_would_see_a_forgotten_number(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_text("A, B = 1.5, (2, {'x': -3.7})\nC = 'text'\n\ndef f(x):\n    return 0.27 * x\n")
    assert named(file) == ["A", "B"]
    assert hidden(file) == [(5, 0.27)]


# The gait ----------------------------------------------------------------------------------------

NUMERICAL = {
    "STEP_S",
    "STEP_PER_RAD",
    "_RAD",
    "_DEG",
    "_DIRECTIONS",
    "_RADII",
    "_FORCE_AT",
    "FREE",
    "SHOWN_SHARE",
    "LONGEST_SHARE",
    "TAIL",
    "NO_SPRING",
}
"""Steps, grids, units, indices and spans shown: nothing about people."""


def tagged(path: Path) -> set[str]:
    """Names of a module whose own text right below says how they are known."""
    found: set[str] = set()
    body = ast.parse(path.read_text("utf-8")).body
    for node, after in pairwise(body):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(after, ast.Expr):
            continue
        said = ast.literal_eval(after.value) if isinstance(after.value, ast.Constant) else ""
        if any(word in str(said) for word in ("read", "recalled", "estimate")):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {
                part.id for one in targets for part in ast.walk(one) if isinstance(part, ast.Name)
            }
    return found


@pytest.mark.parametrize("path", GAIT, ids=lambda path: path.stem)
def test_every_number_of_the_gait_is_in_its_list_or_says_how_it_is_known(path: Path) -> None:
    listed = {
        part.attr
        for part in ast.walk(ast.parse((ROOT / "gait" / "constants.py").read_text("utf-8")))
        if isinstance(part, ast.Attribute)
    }
    known = listed | tagged(path) | NUMERICAL
    about = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    if path.stem == "norms" and "read in" in about:  # a module of data says it once for all
        known |= set(named(path))
    assert [name for name in named(path) if name not in known] == []
