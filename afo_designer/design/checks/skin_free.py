"""Free zones: nothing presses on fibular head, malleoli and an electrode."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, spoken
from afo_designer.design.checks.finished import Finished
from afo_designer.design.skin import NONE_KPA, FreeZone


def judge(finished: Finished) -> Iterator[Check]:
    """The greatest pressure on each zone; those the scan does not show are named."""
    skin = finished.skin
    if skin is None:
        return
    for zone in skin.zones:
        yield _zone(zone)
    for name in skin.unseen:
        yield Check(
            f"skin_free_{name}",
            "not seen",
            0.0,
            "kPa",
            "warn",
            f"The scan does not show where the {spoken(name)} is: palpate it and keep it free.",
        )


def _zone(zone: FreeZone) -> Check:
    free = zone.peak_kpa <= NONE_KPA
    covered = zone.covered_mm2 > 0.0
    ok = free and not (covered and zone.name == "electrode")
    over = (
        f"the shell lies over {0.01 * zone.covered_mm2:.1f} cm² of it" if covered else "uncovered"
    )
    return Check(
        f"skin_free_{zone.name}",
        zone.peak_kpa,
        NONE_KPA,
        "kPa",
        "pass" if ok else "warn",
        f"Estimate: greatest pressure within {zone.radius_mm:.0f} mm of the {spoken(zone.name)}, "
        f"which must bear none; {over}. Radius and limit are engineering choices, unvalidated.",
    )


RULE = Rule(
    id="skin_free",
    place=240,
    protects="Nerve and bone under thin skin, and a stimulator's electrode.",
    limit=f"{NONE_KPA:g} kPa, which counts as none",
    source="engineering choice, unvalidated (mechanics notes §6)",
    judge=judge,
)
