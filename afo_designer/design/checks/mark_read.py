"""Mark: the part's number and side can be read on what is printed."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import FAIL, PASS, Check, Rule
from afo_designer.design.checks.finished import Finished
from afo_designer.design.mark_reading import read_mark


def judge(finished: Finished) -> Iterator[Check]:
    """The text read from every marked part's mesh by section, against the one that was meant."""
    marked = [
        (part, part.shell.mark)
        for part in finished.parts
        if part.shell is not None and part.shell.mark is not None
    ]
    for part, mark in marked:
        found = read_mark(part, mark)
        name = f"mark_read_{part.name}" if len(marked) > 1 else "mark_read"
        of = f" of the {part.name}" if part.name else ""
        message = f"What a section of the mesh{of} shows where its number is written."
        yield Check(name, found, mark.text, "", PASS if found == mark.text else FAIL, message)


RULE = Rule(
    id="mark_read",
    place=65,
    protects="The person: an orthosis that cannot be told from another's is worn by the wrong one.",
    limit="the part's number and L or R, every letter",
    source="what print services ask of embossed text (reliability notes §5)",
    judge=judge,
)
