"""Turn: the shank turned over a foot that stays, about a fixed axis through the tarsus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.cast.transition import even_step, smooth_step
from afo_designer.geometry.array import FloatArray, cross, frozen
from afo_designer.geometry.frame import Frame

# The skin that gives way lies along a hollow line in side view, under the malleoli and up over heel
# tendon and instep; all in heights of the ankle above the sole, from the malleolus on that side,
# the middle of both between them. Middle of the band under the malleoli, its rise behind and in
# front, how far out it has half of that, its half width there and what it gains farther out (this
# project's choice: malleoli and heel bone stay whole, the truth of `benchmarks/reposing.py`).
MIDDLE, RISE_BEHIND, RISE_BEFORE, SPREAD = -0.42, 1.00, 1.30, 0.80
HALF_WIDTH, WIDER = 0.28, 0.30


@dataclass(frozen=True, slots=True)
class Turn:
    """A point goes by the angle `angle`·w about the line through `point` along `direction`.

    `tips` (2, 3) are the malleoli in order of y, `height` (mm) the ankle's above the sole. w is 1
    for the shank with the malleoli and 0 for the foot with the heel. Distances from the axis stay;
    circles about it are mapped onto themselves, so nothing can pass through anything else as long
    as the angle times w's slope along them stays above −1.
    """

    point: FloatArray
    direction: FloatArray
    angle: float
    tips: FloatArray
    height: float

    def __post_init__(self) -> None:
        for name in ("point", "direction"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))
        object.__setattr__(self, "tips", frozen(self.tips, (2, 3)))

    def weight(self, points: FloatArray) -> FloatArray:
        """(n,) share of the angle that a point follows, 0 (foot) to 1 (shank); C²."""
        share = smooth_step(points[:, 1], self.tips[0, 1], self.tips[1, 1])[:, None]
        tip = (1.0 - share) * self.tips[0] + share * self.tips[1]
        x, z = ((points - tip) / self.height)[:, [0, 2]].T
        out = x * x / (x * x + SPREAD**2)
        # Both rises start with slope and curvature 0 but for the even part: C² across x = 0.
        before = out * _share_before(x)
        middle = MIDDLE + RISE_BEHIND * out + (RISE_BEFORE - RISE_BEHIND) * before
        half = HALF_WIDTH + WIDER * out
        return even_step((z - middle) / half, -1.0, 1.0)

    def apply(self, points: FloatArray) -> FloatArray:
        """Points (n, 3) after the turn (Rodrigues' formula)."""
        if self.angle == 0.0:
            return np.array(points, dtype=np.float64)
        angle = (self.angle * self.weight(points))[:, None]
        arm = points - self.point
        along = (arm @ self.direction)[:, None] * self.direction
        across = cross(self.direction, arm)
        # 1 − cos so that a point that does not turn does not move by one bit.
        lag, sine = 2.0 * np.sin(0.5 * angle) ** 2, np.sin(angle)
        return np.asarray(points + sine * across - lag * (arm - along))

    @property
    def motion(self) -> Frame:
        """The rigid motion of the shank's bones."""
        return Frame.about_axis(self.point, self.direction, self.angle)


def _share_before(x: FloatArray) -> FloatArray:
    """0 behind the ankle, 1 in front of it, C² over a third of its height on either side."""
    return even_step(x, -1.0 / 3.0, 1.0 / 3.0)
