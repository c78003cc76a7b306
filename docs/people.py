"""Writes the program's answers into docs/people.md, for the five persons of examples/people.

Run it as `python docs/people.py` after a change; a test compares. The reading of each answer,
between the answers, is written by hand.
"""

import re
from pathlib import Path
from typing import Any

from afo_designer.apps.prescribed import prescription_part
from afo_designer.apps.prescription_page import identity_rows
from afo_designer.design.outlook import prescribed_outlook
from afo_designer.design.person import person_record
from afo_designer.design.plain import plain
from afo_designer.design.prescription import prescribe, prescription_record
from afo_designer.runs.reading import read_person

PAGE = Path(__file__).with_suffix(".md")
PEOPLE = PAGE.parents[1] / "examples" / "people"
NUMBERS = (
    "Target stiffness",
    "For swing clearance alone",
    "For loading control alone",
    "Neutral angle",
    "Strength of the dorsiflexors",
    "Limit: knee",
    "Limit: second rocker",
    "See again after",
)


def record_of(path: Path) -> dict[str, Any]:
    """What `afo prescribe --person PATH --json` prints."""
    person = read_person(path)
    prescription = prescribe(person)
    return plain(
        {
            "person": person_record(person),
            "prescription": prescription_record(prescription),
            "gait": prescribed_outlook(person, prescription),
        }
    )


def answer(path: Path) -> str:
    """The program's answer to one person file, in its own words."""
    record = record_of(path)
    part = prescription_part(record)
    seen = "; ".join(value for name, value in identity_rows(record["person"])[:2])
    lines = [f"    afo prescribe --person examples/people/{path.name}", "", f"{seen}.", ""]
    lines += [f"> **{part['status']}.**"]
    for stop in part["stops"]:
        lines += [">", f"> Stop: {stop['message']} Ways out: {'; '.join(stop['ways_out'])}."]
    lines += [">", f"> {' '.join(part['lead'])}", ">", f"> {' '.join(part['gait_lead'])}", ""]
    numbers = [row for row in part["numbers"] if row[0] in NUMBERS]
    lines += _table(["", "", ""], numbers)
    if part["gait_rows"]:
        lines += _table(["gait, estimated", "healthy", "without", "with"], part["gait_rows"])
    lines += [f"{_family(part['family'])}", ""]
    lines += [f"- {name}. {effect}" for name, effect, _ in part["rules"]]
    lines += [f"- Note: {warning}" for warning in part["warnings"]]
    if part["not_examined"]:
        lines.append(f"- Not examined: {', '.join(part['not_examined'])}.")
    lines += ["", part["measure_next"]]
    return "\n".join(lines)


def _family(family: dict[str, Any]) -> str:
    if not family["title"]:
        return "No family is recommended."
    behind = "; ".join(title for title, _ in family["runners_up"])
    out = "; ".join(f"{title.lower()} ({reasons})" for title, reasons in family["ruled_out"])
    return f"Recommended: **{family['title']}**. Behind it: {behind}. Ruled out: {out}."


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    cells = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(row) + " |" for row in cells] + [""]


def page(text: str) -> str:
    """The page with its answers made anew."""
    for path in sorted(PEOPLE.glob("*.toml")):
        place = re.compile(rf"(?<=<!-- {path.stem} -->\n).*?(?=\n<!-- /{path.stem} -->)", re.DOTALL)
        found = place.search(text)
        if found is None:
            raise ValueError(f"docs/people.md has no place for {path.stem!r}")
        text = text[: found.start()] + answer(path) + text[found.end() :]
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
