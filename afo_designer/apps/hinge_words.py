"""HingeWords: what the pages say of an orthosis with a hinge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.wording import at, mapping, number


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
