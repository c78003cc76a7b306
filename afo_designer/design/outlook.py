"""Outlook: what a spring is expected to buy a person, the record's `gait` section.

The simulated gait and the balance of moments, for the prescribed stiffness or for a design's own
moment–angle curve. An engineering estimate, compared with no measured patient.
"""

from __future__ import annotations

from typing import Any

from afo_designer.design.balance import balance, balance_record
from afo_designer.design.gait.gait import gait_record, simulate
from afo_designer.design.gait.spring import NO_SPRING, MomentTable, Spring, SpringRefused, TwoSlopes
from afo_designer.design.person import Person
from afo_designer.design.prescription import Prescription
from afo_designer.design.stiffness import Stiffness


def prescribed_outlook(person: Person, prescription: Prescription) -> dict[str, Any]:
    """With the prescribed stiffness both ways, as there is no design yet; `kind` "none" without."""
    k, neutral = prescription.target_stiffness, prescription.neutral_angle_deg
    if k == 0.0:
        return _outlook(person, neutral, NO_SPRING, "none", "none: no orthosis is indicated")
    said = "the prescribed stiffness, taken as the same in dorsiflexion: there is no design yet"
    return _outlook(person, neutral, TwoSlopes(k, k, neutral), "prescribed", said)


def designed_outlook(
    person: Person, prescription: Prescription, stiffness: Stiffness | None
) -> dict[str, Any]:
    """With the design's own curve in large rotations; without one, with its linear stiffness.

    A stop's is the curve itself, free on one side. Without a stiffness the foot is as without an
    orthosis.
    """
    if stiffness is None:
        said = "none: the orthosis claims nothing in the sagittal plane"
        return _outlook(person, prescription.neutral_angle_deg, NO_SPRING, "none", said)
    neutral, k = prescription.neutral_angle_deg, stiffness.linear
    straight, curve = TwoSlopes(k, k, neutral), stiffness.curve
    if stiffness.run is None and not curve.one_sided:
        said = "the design's linear stiffness, the same both ways: no sweep was made"
        return _outlook(person, neutral, straight, "linear", said)
    pairs = [
        (angle + neutral, moment)
        for angle, moment in zip(curve.angles_deg, curve.moments_nm, strict=True)
    ]
    try:
        spring: Spring = MomentTable.from_pairs(pairs)
    except SpringRefused as refusal:
        said = f"the design's linear stiffness, for its curve serves no simulation: {refusal}"
        return _outlook(person, neutral, straight, "linear", said)
    said = "stop, linear past it and free above it" if curve.one_sided else "moment–angle curve"
    return _outlook(person, neutral, spring, "curve", f"the design's own {said}")


def _outlook(
    person: Person, neutral: float, spring: Spring, kind: str, said: str
) -> dict[str, Any]:
    return {
        "spring": {"kind": kind, "is": said},
        **gait_record(simulate(person, spring)),
        "balance": balance_record(balance(person, neutral, spring)),
        "unvalidated": "an engineering estimate, compared with no measured patient",
    }
