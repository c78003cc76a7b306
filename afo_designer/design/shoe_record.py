"""ShoeRecord: the record's `shoe` section."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from afo_designer.design.shoe import Shoe
from afo_designer.design.worn import Collar


def shoe_record(shoe: Shoe) -> dict[str, Any]:
    """Worn measures, the room there is, what is needed; None where no shoe was measured (mm)."""
    worn, room, wider = shoe.worn, shoe.room, shoe.wider_mm
    return {
        "worn": {
            "length_mm": worn.length_mm,
            "width_mm": {"ball": worn.ball_mm, "midfoot": worn.midfoot_mm, "heel": worn.heel_mm},
            "foot_width_mm": {"ball": worn.foot_ball_mm, "heel": worn.foot_heel_mm},
            "thickness_mm": worn.thickness_mm,
            "heel_stack_mm": worn.heel_stack_mm,
            "ball_stack_mm": worn.ball_stack_mm,
            "tilt_deg": shoe.tilt_deg,
            "side_height_mm": dict(zip(("lateral", "medial"), worn.side_mm, strict=True)),
            "collar": {"low_shoe": _collar(worn.low), "boot": _collar(worn.boot)},
            "outline": worn.outline,
            "plate": worn.plate,
            "foot": worn.foot,
            "toes_mm": worn.toes,
            "outline_is": "[x, reach to the lateral side, reach to the medial side], mm from y = 0",
        },
        "room": {
            "basis": room.basis,
            "insole_length_mm": room.insole_mm,
            "length_mm": room.length_mm,
            "ball_mm": room.ball_mm,
            "heel_mm": room.heel_mm,
        },
        "needs": {
            "length_mm": shoe.needs_length_mm,
            "ball_mm": shoe.needs_ball_mm,
            "heel_mm": shoe.needs_heel_mm,
            "longer_mm": shoe.longer_mm,
            "cut_back_mm": shoe.cut_back_mm,
            "wider_ball_mm": wider and wider[0],
            "wider_heel_mm": wider and wider[1],
            "size_eu": shoe.size,
            "mondopoint_mm": shoe.mondopoint_mm,
            "width": shoe.fitting,
            "regular_heel_mm": shoe.regular_heel_mm,
        },
    }


def _collar(collar: Collar) -> dict[str, float]:
    return {**asdict(collar), "added_girth_mm": collar.added_girth_mm}
