"""Check: one verdict on a finished design, and the rule that gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from afo_designer.design.checks.finished import Finished

PASS, WARN, FAIL = "pass", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One verdict: `value` against `limit` in `unit`."""

    id: str
    value: float | bool | str
    limit: float | bool | str
    unit: str
    verdict: str
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What a check is for: every file of this package holds one as `RULE`.

    `id` is the check's own, or what the ids of its several checks begin with. `protects` names whom
    or what it protects from which harm, `limit` the limit in words and numbers, `source` where that
    comes from. `place` orders rules in the record and on the sheet. `judge` looks at a finished
    design.
    """

    id: str
    place: int
    protects: str
    limit: str
    source: str
    judge: Callable[[Finished], Iterator[Check]]

    def owns(self, check_id: str) -> bool:
        """Whether a check of this id is this rule's."""
        return check_id == self.id or check_id.startswith(f"{self.id}_")


def judged(
    name: str, value: float, limit: float, unit: str, ok: bool, message: str, bad: str = FAIL
) -> Check:
    """The check that passes where `ok`, and is `bad` elsewhere."""
    return Check(name, value, limit, unit, PASS if ok else bad, message)


def spoken(name: str) -> str:
    """An identifier as words."""
    return name.replace("_", " ")


def linear_words(linear: bool) -> str:
    """What a message ends with where large rotations were not computed."""
    return " Linear estimate." if linear else ""


def recalled_words(recalled: bool) -> str:
    """What a message ends with where nobody read the limit's source."""
    return " The limit is recalled, not read." if recalled else ""
