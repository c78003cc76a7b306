"""Writes the tables of docs/prescription.md: rules, entries, families, grades, constants.

Run it as `python docs/prescription.py` after a change; a test compares. The prose between the
tables is written by hand.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from afo_designer.design.course import ELSEWHERE, RULES
from afo_designer.design.evidence import EVIDENCE
from afo_designer.design.family import FAMILIES
from afo_designer.design.strength import GRADES

PAGE = Path(__file__).with_suffix(".md")
WIDEST = 90


def tables() -> dict[str, str]:
    """The generated tables by the name of their place."""
    return {
        "rules": _table(
            ("entry", "when", "changes", "rule", "source", "known as"),
            [(f"`{r.entry}`", r.when, r.changes, r.says, r.source, r.status) for r in RULES],
        ),
        "entries": _table(
            ("entry", "what it does"),
            [(f"`{key}`", says) for key, says in ELSEWHERE.items()],
        ),
        "families": _table(
            ("family", "classification", "for", "N·m/deg at 70 kg", "made here"),
            [
                (
                    one.title,
                    one.classification,
                    one.indication,
                    f"{one.low:g} to {one.high:g}" if one.high else "none",
                    "yes" if one.made else "no",
                )
                for one in FAMILIES
            ],
        ),
        "grades": _table(
            ("MRC", "low", "default", "high"),
            [(grade, *(f"{share:g}" for share in row)) for grade, row in GRADES.items()],
        ),
        "constants": _table(
            ("constant", "value", "unit", "what", "source", "known as"),
            [
                (f"`{one.name}`", _shown(one.value), one.unit, one.about, one.source, one.status)
                for one in EVIDENCE
            ],
        ),
    }


def page(text: str) -> str:
    """The page with its tables made anew."""
    for name, table in tables().items():
        place = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=\n<!-- /{name} -->)", re.DOTALL)
        found = place.search(text)
        if found is None:
            raise ValueError(f"docs/prescription.md has no place for the table {name!r}")
        text = text[: found.start()] + table + text[found.end() :]
    return text


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in lines
    )


def _shown(value: object) -> str:
    """A value as a cell: long tables stand where they are declared."""
    if isinstance(value, float | int):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        said = "; ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    elif isinstance(value, tuple):
        said = ", ".join(_shown(item) for item in value)
    else:
        said = "see the source"
    return said if len(said) <= WIDEST and "see the source" not in said else "table in the source"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
