"""Toe clearance over the swing: height of the lower of ball and shoe tip over the floor, in mm.

The hip's height comes from the other leg, half a cycle apart, standing on the lowest point of heel,
ball and tip. A small constant height is then added so that the healthy curve has the published
least clearance: that one number is calibrated (it stands for the tilting pelvis, the toes' bend
and the mean of many people not being one person). Toes do not bend in the model, so in the first
tenth of swing the tip lies below the floor; the least clearance is looked for afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from afo_designer.design.gait.norms import Walk
from afo_designer.design.gait.segment import Foot, Leg
from afo_designer.design.gait.swing import normal_swing
from afo_designer.geometry.array import FloatArray

BoolArray: TypeAlias = NDArray[np.bool_]

NORMAL_LEAST_MM, AT_HEIGHT_M = 15.0, 1.72
"""Least clearance of a healthy adult, in proportion to height: between 13 mm (Winter, read in a
secondary page) and 17 to 18 mm (a Japanese cohort, read)."""
FROM_SHARE, TO_SHARE = 0.3, 0.9
"""The least clearance is looked for between these shares of the swing: behind the first rise, and
before a foot that lands on its toes does so (engineering estimate)."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """The clearance of a leg during normal walking but for the angles added.

    `hip_m`: the hip's height at `phase`, calibration included; `judged`: where the least clearance
    is looked for. `calibration_mm` is what was added.
    """

    walk: Walk
    leg: Leg
    foot: Foot
    phase: FloatArray
    hip_m: FloatArray
    judged: BoolArray
    calibration_mm: float

    def over_swing(
        self,
        ankle_deg: FloatArray,
        hip_deg: FloatArray | float = 0.0,
        knee_deg: FloatArray | float = 0.0,
    ) -> FloatArray:
        """Clearance (mm); `hip_deg` and `knee_deg` are flexion added to the normal one."""
        thigh = self.walk.thigh.at(self.phase) + hip_deg
        shank = self.walk.shank_deg(self.phase) + knee_deg - hip_deg
        return 1000.0 * (self.hip_m + _below_hip(self.leg, self.foot, thigh, shank, ankle_deg))

    def least(self, clearance_mm: FloatArray) -> tuple[float, int]:
        """The least clearance within the judged part, and its index."""
        at = int(np.argmin(np.where(self.judged, clearance_mm, np.inf)))
        return float(clearance_mm[at]), at


def clearance_of(walk: Walk, leg: Leg, foot: Foot, height_m: float) -> Clearance:
    """The clearance model, calibrated on the healthy curve."""
    normal = normal_swing(walk)
    phase = normal.phase
    other = phase + 0.5
    hip = _leg_height(leg, walk.thigh.at(other), walk.shank_deg(other))
    hip = hip - foot.lowest(np.radians(walk.pitch_deg(other)))
    share = (phase - walk.toe_off) / (1.0 - walk.toe_off)
    judged = (share >= FROM_SHARE) & (share <= TO_SHARE)
    raw = Clearance(walk, leg, foot, phase, hip, judged, 0.0)
    least, _ = raw.least(raw.over_swing(normal.ankle_deg))
    added = NORMAL_LEAST_MM * height_m / AT_HEIGHT_M - least
    return Clearance(walk, leg, foot, phase, hip + added / 1000.0, judged, added)


def _leg_height(leg: Leg, thigh_deg: FloatArray, shank_deg: FloatArray) -> FloatArray:
    """Hip over ankle."""
    return np.asarray(
        leg.thigh * np.cos(np.radians(thigh_deg)) + leg.shank * np.cos(np.radians(shank_deg))
    )


def _below_hip(
    leg: Leg, foot: Foot, thigh_deg: FloatArray, shank_deg: FloatArray, ankle_deg: FloatArray
) -> FloatArray:
    """Height of the forefoot's lowest point over the hip (negative)."""
    forefoot = foot.lowest_of_forefoot(np.radians(ankle_deg - shank_deg))
    return forefoot - _leg_height(leg, thigh_deg, shank_deg)
