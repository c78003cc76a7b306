"""Hand-off: the orthosis's moment over the ankle angle as gait simulators take it.

Radians, N·m and N·m/rad on the coordinate `ankle_angle_r` or `ankle_angle_l` of OpenSim's gait
models, dorsiflexion positive, a positive moment dorsiflexing: the generalised force of that
coordinate, to be added as it stands. A static curve: no hysteresis, no speed, toes rigid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.mechanics.moment_angle import MomentAngle

# Seconds of the column that OpenSim's tables must begin with: the slow turn of a test rig.
SWEEP_DEG_PER_S = 1.0
POLYNOMIAL = 5
"""Degree of the polynomial for `ExpressionBasedCoordinateForce`, which takes no table."""
NEGLIGIBLE = 1e-9
"""A power that adds less than this share of the largest moment is rounding and left out."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """The curve on one ankle coordinate.

    `angle` (n,) rad, ascending; `moment` (n,) N·m; `stiffness` (n,) N·m/rad, minus the slope.
    `slopes`: N·m/rad fitted from rest over 10 deg of plantarflexion and of dorsiflexion; `rest` in
    rad. `powers`: coefficients of `POLYNOMIAL` in (q − rest), from the first power on, within
    `error_nm` of the table.
    """

    coordinate: str
    angle: FloatArray
    moment: FloatArray
    stiffness: FloatArray
    rest: float
    slopes: tuple[float, float]
    powers: tuple[float, ...]
    error_nm: float

    @property
    def columns(self) -> Mapping[str, FloatArray]:
        """The table; `time` counts the seconds of a turn at 1 deg/s."""
        seconds = np.degrees(self.angle - self.angle[0]) / SWEEP_DEG_PER_S
        return {
            "time": np.round(seconds, 9),
            self.coordinate: self.angle,
            f"{self.coordinate}_moment": self.moment,
            f"{self.coordinate}_stiffness": self.stiffness,
        }

    @property
    def expression(self) -> str:
        """The polynomial as `ExpressionBasedCoordinateForce` reads it: of q, without blanks."""
        turned = f"(q-({self.rest:.8g}))"
        terms = [
            f"({c:.8g})*{turned}" + (f"^{n}" if n > 1 else "")
            for n, c in enumerate(self.powers, start=1)
            if c != 0.0
        ]
        return "+".join(terms)


def handoff(
    curve: MomentAngle, neutral_deg: float, side: str, span_deg: tuple[int, int]
) -> Handoff:
    """The curve at every whole degree from neutral within `span_deg`, as far as it was computed.

    `curve` is over the turn from neutral; `side` is "left" or "right".
    """
    turns = np.array([float(a) for a in range(span_deg[0], span_deg[1] + 1) if curve.within(a)])
    moment = np.array([curve.moment_at(turn) for turn in turns])
    stiffness = np.degrees([curve.tangent_at(turn) for turn in turns])
    powers = np.radians(turns)[:, None] ** np.arange(1, POLYNOMIAL + 1)
    found = np.linalg.lstsq(powers, moment, rcond=None)[0]
    share = np.abs(powers * found).max(axis=0) / np.abs(moment).max()
    found = np.where(share < NEGLIGIBLE, 0.0, found)
    return Handoff(
        coordinate=f"ankle_angle_{side[0]}",
        angle=frozen(np.radians(turns + neutral_deg), (None,)),
        moment=frozen(moment, (None,)),
        stiffness=frozen(stiffness, (None,)),
        rest=float(np.radians(neutral_deg)),
        slopes=(float(np.degrees(curve.plantarflexion)), float(np.degrees(curve.dorsiflexion))),
        powers=tuple(float(value) for value in found),
        error_nm=float(np.abs(powers @ found - moment).max()),
    )


def handoff_values(one: Handoff) -> dict[str, str]:
    """What stands in the file's header as key=value."""
    return {
        "coordinate": one.coordinate,
        "rest_angle_rad": f"{one.rest:.10g}",
        "plantarflexion_stiffness_nm_per_rad": f"{one.slopes[0]:.10g}",
        "dorsiflexion_stiffness_nm_per_rad": f"{one.slopes[1]:.10g}",
        "expression": one.expression,
        "expression_error_nm": f"{one.error_nm:.3g}",
    }


def handoff_notes(one: Handoff, linear: bool) -> tuple[str, ...]:
    """What the curve is and is not, in sentences for the header."""
    name = one.coordinate
    low, high = np.degrees(one.angle[[0, -1]])
    return (
        f"Ankle-foot orthosis on {name}: rad, dorsiflexion positive, zero with the sole "
        "perpendicular to the shank.",
        f"Column {name}_moment: N.m of the orthosis on the foot, dorsiflexing positive; add it to "
        "the coordinate as it stands.",
        f"Column {name}_stiffness: N.m/rad, minus the slope of the moment, positive.",
        "Column time: seconds of a turn at 1 deg/s, which OpenSim's tables ask for; the curve does "
        "not depend on it.",
        "Linear bench: one straight line, valid for small angles."
        if linear
        else "Bench in large rotations.",
        f"Computed from {low:.0f} to {high:.0f} deg of ankle angle; the expression must not be "
        "used beyond.",
        "A static curve: no hysteresis, no damping, no mass. Toes and footplate are taken as rigid:"
        " there is no moment on mtp_angle.",
        "Isolated brace on a rigid foot, physically unvalidated, within 25 to 30 percent of a "
        "bench.",
    )
