"""Hinge pin: a printed pin bears what the hinge does, and its head finds room beside the skin."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.design.checks.check import FAIL, PASS, WARN, Check, Rule, judged
from afo_designer.design.checks.finished import Finished
from afo_designer.design.verification import GOOD_FACTOR, LEAST_FACTOR
from afo_designer.shell.pin import HEAD_MM, pin_of


def judge(finished: Finished) -> Iterator[Check]:
    """Stress in the pin by the hinge's largest force, and the skin's distance from its head."""
    pin, motion = pin_of(finished.shell), finished.motion
    if pin is None or motion is None:
        return
    gap = finished.shell.parameters.hinge.gap_mm
    wall = 0.5 * (pin.grip - gap)
    stress = pin_stress(motion.hinge_n, pin.diameter, wall, gap)
    factor = finished.material.strength_mpa / stress if stress > 0.0 else float("inf")
    verdict = FAIL if factor < LEAST_FACTOR else WARN if factor < GOOD_FACTOR else PASS
    message = (
        f"The material's strength over the pin's stress, {stress:.1f} MPa under "
        f"{motion.hinge_n:.0f} N in {motion.case.replace('_', ' ')}: below 1 fails, below 2 warns. "
        "Raise shell.hinge.diameter_mm, or take 'standard', a screw of steel."
    )
    yield Check("hinge_pin_strength", factor, GOOD_FACTOR, "", verdict, message)
    inner = pin.places - HEAD_MM * pin.ways
    near, at = cKDTree(finished.positive.skin.vertices).query(inner)
    # beyond the head's face along its own way, not beside it
    away = finished.positive.skin.vertices[at] - inner
    room = np.einsum("ij,ij->i", away, -pin.ways)
    least = float(np.where(room > 0.0, near, -near).min())
    message = (
        f"Least distance of a pin's head, {HEAD_MM:g} mm thick, from the skin over the malleolus. "
        "Raise the malleoli's relief, or sink a standard screw's head."
    )
    yield judged("hinge_pin_head", least, 0.0, "mm", least >= 0.0, message, WARN)


def pin_stress(force: float, diameter: float, wall: float, gap: float) -> float:
    """MPa, von Mises, of a pin of a diameter through two walls (mm) under a force (N).

    Single shear, each wall pressing linearly over its depth so that the pin is in balance: the
    moment is greatest a third into a wall, 4/27 of force times wall; over the gap force times half
    of it is added, an upper bound (derived for this project). Shear 4/3 of its mean (recalled).
    """
    area, modulus = 0.25 * np.pi * diameter**2, np.pi * diameter**3 / 32.0
    bending = force * (4.0 / 27.0 * wall + 0.5 * gap) / modulus
    shear = 4.0 / 3.0 * force / area
    return float(max(bending, np.sqrt(3.0) * shear))


RULE = Rule(
    id="hinge_pin",
    place=215,
    protects="The person: a broken pin drops the foot; a head that presses hurts the malleolus.",
    limit=f"safety factor {GOOD_FACTOR:g} (fails below {LEAST_FACTOR:g}); the head off the skin",
    source="single shear between two walls, derived for this project",
    judge=judge,
)
