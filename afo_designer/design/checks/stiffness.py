"""Stiffness: the promise, as prescribed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from afo_designer.design.checks.check import FAIL, WARN, Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.levers import span

PERCENT = 2.0
STOPPED = (
    "Past its stop a hinge blocks where a spring would yield: the shin is drawn forward at heel "
    "strike. A cushioned heel softens that."
)


def judge(finished: Finished) -> Iterator[Check]:
    """Achieved against target stiffness; out of reach it names the reach."""
    one = finished.stiffness
    if one is None:
        return
    tuned = one.tuned
    if one.target is None:
        yield Check(
            "stiffness",
            one.achieved,
            "not prescribed",
            "N·m/deg",
            WARN,
            f"The template's own wall, into {one.way}: no formula here gives what a weak calf "
            "needs. Give prescription.stiffness_nm_per_deg to have it tuned.",
        )
        return
    words = span(finished.chosen.parameters.tuning, finished.shell)
    check = stiffness_check(one.achieved, one.target, tuned.reached, words, tuned.reach)
    if finished.shell.hinge is not None and check.verdict == FAIL and one.achieved > one.target:
        # the stop holds the foot at least as well; that it does not give way has to be known
        check = replace(check, verdict=WARN, message=f"{check.message} {STOPPED}")
    yield check


def stiffness_check(
    achieved: float, target: float, reached: bool, words: str, reach: tuple[float, float] | None
) -> Check:
    """`words` name the range of the levers that were tuned, `reach` its stiffness in N·m/deg."""
    error = 100.0 * (achieved / target - 1.0)
    message = "Achieved against target stiffness."
    if not reached and reach is not None:
        message = (
            f"{words} reach {reach[0]:.2g} to {reach[1]:.2g} N·m/deg; {target:.2g} needs another "
            "family or material."
        )
    ok = reached and abs(error) <= PERCENT
    return judged("stiffness", error, PERCENT, "%", ok, message)


RULE = Rule(
    id="stiffness",
    place=10,
    protects="The person from a spring that was not prescribed.",
    limit=f"within {PERCENT:g} % of the target, by the program's own bench; a stop may be stiffer",
    source="this project's choice, a tenth of what a printed brace varies by",
    judge=judge,
)
