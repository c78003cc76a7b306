"""Tape: the orthotist's tape against the scan."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.person import Tape
from afo_designer.limb.limb import Limb

PERCENT = 5.0
MEASURES = ("foot_length", "ankle_girth", "calf_girth")


def judge(finished: Finished) -> Iterator[Check]:
    """Every measure that was taped."""
    yield from tape_checks(finished.limb, finished.person.tape_mm)


def tape_checks(limb: Limb, taped: Tape) -> Iterator[Check]:
    """Foot length and girths of a limb against those that were taped, mm."""
    for name in MEASURES:
        tape, found = getattr(taped, name), float(getattr(limb, name))
        if tape is None:
            continue
        difference = 100.0 * (found / tape - 1.0)
        ok = abs(difference) <= PERCENT
        message = f"Scan {found:.0f} mm, tape {tape:.0f} mm: check unit, side and person."
        yield judged(f"tape_{name}", difference, PERCENT, "%", ok, message, "warn")


RULE = Rule(
    id="tape",
    place=250,
    protects="The person from a brace made on a wrong file, unit or leg.",
    limit=f"{PERCENT:g} %",
    source="scanners differ from the tape by up to 2.5 mm of girth (reliability notes §4, read)",
    judge=judge,
)
