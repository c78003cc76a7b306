"""Skin pressure: mean and peak by part, and what could not be computed."""

from __future__ import annotations

from collections.abc import Iterator

from afo_designer.design.checks.check import Check, Rule, spoken
from afo_designer.design.checks.finished import Finished
from afo_designer.design.place import place_name
from afo_designer.design.skin import (
    LIMITS,
    LINEAR_SHARE,
    MEAN_KPA,
    PEAK_KPA,
    REGIONS,
    SkinPressure,
)
from afo_designer.shell.shell import Shell


def judge(finished: Finished) -> Iterator[Check]:
    """Mean and peak by part against their limits; cases without a state are named."""
    skin = finished.skin
    if skin is None:
        return
    for case in skin.cases:
        if case.message:
            yield Check(
                f"skin_{case.case}",
                "not computed",
                f"{case.rotation_deg:+.0f} deg",
                "",
                "warn",
                f"Pressure on the skin at {case.rotation_deg:+.0f} deg from neutral could not be "
                f"estimated: {case.message}",
            )
    for region in REGIONS:
        yield from _region(skin, region, finished.shell)


def _region(skin: SkinPressure, region: str, shell: Shell) -> Iterator[Check]:
    for quantity, limit in skin.limits_kpa.items():
        worst = skin.worst(region, f"{quantity}_kpa")
        if worst is None:
            continue
        case, found = worst
        value = float(getattr(found, f"{quantity}_kpa"))
        where = f" at the {place_name(shell, found.position)}"
        if region == "calf_strap":
            where = " over the shin"
        spread = (
            f" where it touches ({0.01 * found.area_mm2:.0f} cm², {found.force_n:.0f} N)"
            if quantity == "mean"
            else where
        )
        # Pressure over the confined modulus is the share of its thickness that is pressed in.
        share = value / 1e3 / float(skin.tissue.modulus(1.0))
        deep = ", more than this linear bed can say" if share > LINEAR_SHARE else ""
        yield Check(
            f"skin_{region}_{quantity}",
            value,
            limit,
            "kPa",
            "pass" if value <= limit else "warn",
            f"Estimate: {quantity} pressure of the {spoken(region)} on the skin{spread}, worst in "
            f"{spoken(case.case)}{deep}; tissue data {skin.tissue.source}, and {LIMITS}.",
        )


RULE = Rule(
    id="skin",
    place=230,
    protects="The skin, above all where it does not feel.",
    limit=f"mean {MEAN_KPA:g} kPa, peak {PEAK_KPA:g} kPa, less for a skin in danger",
    source="engineering choices, unvalidated (mechanics notes §6)",
    judge=judge,
)
