"""Advice: a prescription in the terminal, plain words first, numbers second, sources third."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from afo_designer.apps.prescribed import (
    assumption_groups,
    capital,
    prescription_part,
    source_list,
)
from afo_designer.apps.wording import items


def say_prescription(record: Mapping[str, Any], out: Console) -> None:
    """Status, what to make and what it buys; then the figures; then every assumption."""
    part = prescription_part(record)
    say = _Voice(out)
    say.line(f"{part['status']}.", "bold" if part["stands"] else "bold red")
    for stop in part["stops"]:
        say.line(f"Stop: {stop['message']}", "red")
        say.line(f"Ways out: {'; '.join(stop['ways_out'])}.", indent=2)
    say.line(" ".join(part["lead"]))
    say.line(" ".join(part["gait_lead"]))
    _family(part["family"], say)
    if part["measure_next"]:
        say.line(part["measure_next"])
    for warning in part["warnings"]:
        say.line(f"Note: {warning}", "yellow")
    if part["not_examined"]:
        absent = ", ".join(part["not_examined"])
        say.line(f"Not examined, never taken as normal: {absent}.", "yellow")
    _findings(part, say)
    say.title("Figures")
    say.table(["", "", ""], part["numbers"], right=(1,))
    _gait(part, say)
    if part["components"]:
        say.title("What makes it uncertain, N·m/deg")
        say.table(["", "alone", "width, were it known"], part["components"], right=(2,))
    _sources(record, say)
    say.line(part["estimate"], "bold")


class _Voice:
    """Lines, titles and tables on one console."""

    def __init__(self, out: Console) -> None:
        self._out = out

    def line(self, said: str, style: str = "", indent: int = 0) -> None:
        """A paragraph; nothing in it is markup."""
        if said:
            self._out.print(Padding(Text(said, style=style), (0, 0, 0, indent), expand=False))

    def title(self, said: str) -> None:
        self._out.print()
        self._out.print(Text(said, style="bold"))

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()
    ) -> None:
        """Rows below their heads, without rules."""
        table = Table(box=None, show_header=any(heads), pad_edge=False, padding=(0, 2, 0, 0))
        for place, head in enumerate(heads):
            table.add_column(head, justify="right" if place in right else "left", style=None)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._out.print(Padding(table, (0, 0, 0, 2), expand=False))


def _family(family: Mapping[str, Any], say: _Voice) -> None:
    if family["title"]:
        say.title(f"Recommended: {family['title']}")
        say.line(f"{family['classification']}.", indent=2)
        say.line(f"{capital('; '.join(family['reasons']))}.", indent=2)
    for title, reasons in family["runners_up"]:
        say.line(f"Or: {title}: {reasons}.", indent=2)
    for title, reasons in family["ruled_out"]:
        say.line(f"Not: {title}: {reasons}.", "dim", indent=2)
    say.line(" ")


def _findings(part: Mapping[str, Any], say: _Voice) -> None:
    if not part["rules"]:
        return
    say.title("What the findings change")
    for name, effect, source in part["rules"]:
        say.line(f"{name}. {effect}", indent=2)
        say.line(source, "dim", indent=4)
    say.line(part["unused"], "dim", indent=2)


def _gait(part: Mapping[str, Any], say: _Voice) -> None:
    if not part["gait_rows"]:
        return
    say.title("Gait, estimated")
    say.table(["", "healthy", "without", "with orthosis"], part["gait_rows"])
    say.line(part["gait_note"], "dim", indent=2)
    for remark in part["gait_remarks"]:
        say.line(remark, "dim", indent=2)


def _sources(record: Mapping[str, Any], say: _Voice) -> None:
    own = {"prescription": record.get("prescription")}
    say.title("Sources")
    for group in assumption_groups(own):
        say.line(f"{group['title']}:", indent=2)
        rows = [f"{name} {value} [{source}]" for name, value, source in group["rows"]]
        say.line("; ".join(rows) + ".", "dim", indent=4)
    for place, source in enumerate(source_list(own), start=1):
        say.line(f"[{place}] {source}", "dim", indent=2)
    gait = len(items(record, "gait.parameters"))
    if gait:
        say.line(f"The gait rests on {gait} more: see the sheet (-o DIR) or --json.", "dim", 2)
