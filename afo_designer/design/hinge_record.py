"""HingeRecord: what design.json says of a hinge."""

from __future__ import annotations

from typing import Any

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.hinge_motion import HingeMotion
from afo_designer.shell.hinge import PRINTED_PIN
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.pin import grip_of, pin_of
from afo_designer.shell.shell import Shell

# What is bought or printed beside the two parts.
BUY = {
    "standard": "two screws with sleeves (binding screws), one through each hole",
    PRINTED_PIN: "two pins (afo_pin, printed twice), one through each hole from inside, and two "
    "retaining washers DIN 6799",
}


def hinge_record(
    shell: Shell, positive: PositiveModel, motion: HingeMotion | None
) -> dict[str, Any] | None:
    """The record's `hinge`; None for an orthosis without one."""
    axis, hinge = shell.hinge, shell.parameters.hinge
    if axis is None or motion is None:
        return None
    pin = pin_of(shell)
    return {
        "kind": hinge.kind,
        "axis_point_mm": axis.centre,
        "axis_direction": axis.direction,
        "seats_mm": {"lateral": axis.seat(LATERAL), "medial": axis.seat(MEDIAL)},
        "off_malleoli_mm": {"lateral": motion.off_mm[0], "medial": motion.off_mm[1]},
        "stop_angle_deg": np.degrees(positive.ankle_angle) - np.degrees(axis.opening),
        "hole_mm": hinge.diameter_mm + hinge.play_mm,
        "grip_mm": grip_of(shell),
        "needs": BUY[hinge.kind],
        "pin": None
        if pin is None
        else {
            "quantity": len(pin.places),
            "diameter_mm": pin.diameter,
            "play_mm": hinge.play_mm,
            "head_mm": pin.head,
            "length_mm": pin.length,
            "washer_mm": pin.washer,
            "groove_mm": pin.groove,
        },
        "dorsiflexion_asked_deg": motion.asked_deg,
        "dorsiflexion_free_deg": motion.free_deg,
        "stops_at_its_angle": motion.stops,
        "case": motion.case,
        "stop_force_n": motion.stop_n,
        "hinge_force_n": motion.hinge_n,
        "stop_flat_mm": motion.flat_mm,
        "stop_pressure_mpa": motion.stop_mpa,
        "bearing_pressure_mpa": motion.bearing_mpa,
    }
