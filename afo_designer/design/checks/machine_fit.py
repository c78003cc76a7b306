"""Machine fit: a printer of the material's process holds every part, or a cut is suggested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from afo_designer.design.checks.check import FAIL, WARN, Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.printing.printed import Printed


def judge(finished: Finished) -> Iterator[Check]:
    """The fullest part in the machine that holds it best; none where none prints the material.

    One that no cut helps comes before all others.
    """
    room = {
        one.name: one.volume_mm
        for one in finished.machines
        if one.process == finished.material.process
    }
    own = list(room)
    if not own:
        return
    full = {
        part.name: min((part.attitudes[name].excess, name) for name in own)
        for part in finished.printed
    }

    def trouble(part: Printed) -> tuple[bool, float]:
        excess = full[part.name][0]
        return excess > 1.0 and part.split is None, excess

    worst = max(finished.printed, key=trouble)
    excess, machine = full[worst.name]
    if excess <= 1.0:
        message = f"The {machine} holds it, turned; {100.0 * excess:.0f} % of its tightest side."
    else:
        message = (
            f"Turned as it may be, it takes {_sides(worst.attitudes[machine].extents)} mm; the "
            f"{machine} holds {_sides(room[machine])} mm. {_way_out(worst)}"
        )
    bad = FAIL if worst.split is None else WARN
    yield judged("machine_fit", excess, 1.0, "", excess <= 1.0, message, bad)


def _sides(lengths: Iterable[float]) -> str:
    return " × ".join(f"{length:.0f}" for length in lengths)


def _way_out(part: Printed) -> str:
    split = part.split
    if split is None:
        return "No cut square to the shank was found either: shorten the calf, or another process."
    x, y, z = split.point
    return (
        f"Suggested: cut it square to the shank at ({x:.0f}, {y:.0f}, {z:.0f}) mm, where the wall "
        f"bears {100.0 * split.stress_share:.0f} % of its largest stress; both pieces go into the "
        f"{split.machine.name}. The joint is not computed."
    )


RULE = Rule(
    id="machine_fit",
    place=63,
    protects="The order: a part that no machine holds is refused, or cut where it must not be.",
    limit="1: an oriented box of the machine's usable volume; fails where no cut helps either",
    source="the machines' files (reliability notes §5)",
    judge=judge,
)
