"""HingeWords: what the pages say of an orthosis with a hinge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.prescribed import held
from afo_designer.apps.wording import at, finite, human, mapping, number, text


def has_hinge(record: Mapping[str, Any]) -> bool:
    """Whether the orthosis is made in two parts with a hinge."""
    return bool(mapping(record.get("hinge")))


def dorsiflexion_words(record: Mapping[str, Any]) -> str:
    """Beside the stiffness into dorsiflexion."""
    free = number(at(record, "hinge.dorsiflexion_free_deg"), 0, "°")
    return f"the hinge is free, the parts clear each other for {free}"


def curve_words(record: Mapping[str, Any]) -> str:
    """Under the moment-angle curve."""
    stop = number(at(record, "hinge.stop_angle_deg"), 1, "°")
    return (
        f"A hinge about the malleoli, stopped at {stop}: free above, below it a straight line "
        "that is valid for small angles. The stiffness is that past the stop."
    )


def hinge_summary(record: Mapping[str, Any]) -> list[str]:
    """The sentences a person reads first."""
    stop, free = (
        finite(at(record, "hinge.stop_angle_deg")),
        at(record, "hinge.dorsiflexion_free_deg"),
    )
    said = []
    if stop is not None:
        said.append(
            f"Stops the drop of the foot at {held(stop)} and leaves the way up free for "
            f"{number(free, 0, '°')}."
        )
    past, target = (finite(at(record, f"stiffness.{key}")) for key in ("plantarflexion", "target"))
    if past is not None:
        spring = f"; a spring of {number(target)} was asked for" if target else ""
        said.append(f"Past the stop it gives a degree for {number(past)} N·m{spring}.")
    return said


def hinge_numbers(record: Mapping[str, Any]) -> list[list[str]]:
    """[name, value, remark]: what has to be bought or printed, and what it bears."""
    one = mapping(record.get("hinge"))
    if not one:
        return []
    off = mapping(one.get("off_malleoli_mm"))
    return [
        [
            "Hinge",
            f"holes {number(one.get('hole_mm'), 1, 'mm')}",
            f"{text(one.get('needs'))}; grip {number(one.get('grip_mm'), 1, 'mm')}; axis "
            f"{number(off.get('lateral'), 1)} and {number(off.get('medial'), 1, 'mm')} off the "
            "lateral and medial malleolus",
        ],
        [
            "Stop",
            number(one.get("stop_angle_deg"), 1, "°"),
            f"in {human(text(one.get('case')))} it bears {number(one.get('stop_force_n'), 0, 'N')}"
            f", one hinge {number(one.get('hinge_force_n'), 0, 'N')}",
        ],
    ]
