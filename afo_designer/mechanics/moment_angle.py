"""MomentAngle: what an orthosis does on the foot over the ankle's rotation from neutral.

Rotations in degrees from the neutral angle, dorsiflexion positive; moments in N·m of the orthosis
on the foot, dorsiflexing positive. A spring restores, so the curve falls, and a stiffness is the
negative of a slope. Between the computed points runs the shape-preserving cubic of Fritsch and
Carlson (1980, scipy's PCHIP), beyond them the straight line of its end tangent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.refusal import InputRefused

FIT_DEG = 10.0
"""The stiffness of a direction is fitted from neutral to here (mechanics notes §2)."""
# A computed neutral is free of moment to rounding and the solver's tolerance.
NEUTRAL_TOLERANCE = 1e-6
# So is a hinge on the side to which its stop is open: what springs for joints leave is less.
OPEN_TOLERANCE = 1e-4
# 3 Gauss points integrate a cubic times a straight line exactly.
_GAUSS = np.polynomial.legendre.leggauss(3)
# Rounding in a root on the border of two pieces.
_ROUNDING = 1e-9
# Points beside a stop: between them and it alone the interpolant rounds the corner.
_NEAR_STOP_DEG = np.array([0.01, 0.1, 1.0, 5.0, 10.0, 20.0])
# A moment this small against the largest is none.
_NO_MOMENT = 1e-13


class CurveRefused(InputRefused):
    """Points that are no moment-angle curve of a spring, or a range that they do not cover."""


@dataclass(frozen=True, slots=True)
class MomentAngle:
    """A spring's curve: `angles_deg` (n,) ascending through zero, `moments_nm` (n,) at them.

    `one_sided`: a stop that bears in plantarflexion only, and there perhaps from some angle on.
    Raises `CurveRefused` unless neutral lies between the ends, bears no moment, and the moment
    restores next to it, or with one side is nowhere of the wrong sign.
    """

    angles_deg: FloatArray
    moments_nm: FloatArray
    one_sided: bool

    def __init__(
        self, angles_deg: ArrayLike, moments_nm: ArrayLike, one_sided: bool = False
    ) -> None:
        object.__setattr__(self, "one_sided", one_sided)
        object.__setattr__(self, "angles_deg", frozen(angles_deg, (None,)))
        object.__setattr__(self, "moments_nm", frozen(moments_nm, self.angles_deg.shape))
        self._refuse_no_spring()

    @classmethod
    def linear(cls, stiffness_nm_per_deg: float, reach_deg: float = 30.0) -> MomentAngle:
        """The straight curve of one stiffness (N·m/deg, positive)."""
        angles = np.array([-reach_deg, 0.0, reach_deg])
        return cls(angles, -stiffness_nm_per_deg * angles)

    @classmethod
    def stopped(
        cls, closed: float, opened: float, opening_deg: float, reach_deg: float = 30.0
    ) -> MomentAngle:
        """Straight with stiffness `opened` (N·m/deg) down to −`opening_deg`, then with `closed`."""
        past = np.array([0.0, *_NEAR_STOP_DEG, reach_deg])[::-1]
        before = np.array([*_NEAR_STOP_DEG[opening_deg > _NEAR_STOP_DEG], opening_deg, reach_deg])
        angles = np.unique(np.concatenate([-opening_deg - past, before - opening_deg, [0.0]]))
        beyond = np.minimum(angles + opening_deg, 0.0)
        return cls(angles, -opened * (angles - beyond) - closed * beyond, one_sided=True)

    @property
    def plantarflexion(self) -> float:
        """Stiffness fitted from neutral to −10 deg, N·m/deg."""
        return self.fitted(-FIT_DEG, 0.0)

    @property
    def dorsiflexion(self) -> float:
        """Stiffness fitted from neutral to +10 deg, N·m/deg."""
        return self.fitted(0.0, FIT_DEG)

    @property
    def tangent(self) -> float:
        """Stiffness at neutral, N·m/deg: the interpolant's derivative."""
        return -float(self._curve(0.0, 1))

    def fitted(self, low_deg: float, high_deg: float) -> float:
        """Minus the slope of the straight line that fits the curve best over a range, N·m/deg.

        Least squares over the whole interpolant, as a rig samples it, so that the number does not
        depend on where the points lie. Raises `CurveRefused` for a range beyond the points.
        """
        if not self.within(low_deg) or not self.within(high_deg) or not low_deg < high_deg:
            raise CurveRefused(
                f"A stiffness from {low_deg:g} to {high_deg:g} deg was asked for; the curve runs "
                f"from {self.angles_deg[0]:g} to {self.angles_deg[-1]:g} deg. Sweep further."
            )
        inside = (self.angles_deg > low_deg) & (self.angles_deg < high_deg)
        ends = np.concatenate([[low_deg], self.angles_deg[inside], [high_deg]])
        half = 0.5 * np.diff(ends)[:, None]
        angles = 0.5 * (ends[:-1] + ends[1:])[:, None] + half * _GAUSS[0]
        off = angles - 0.5 * (low_deg + high_deg)
        slope = np.sum(half * _GAUSS[1] * off * self._curve(angles)) * 12.0
        return -float(slope) / (high_deg - low_deg) ** 3

    def within(self, rotation_deg: float) -> bool:
        """Whether a rotation lies between the computed points."""
        return bool(self.angles_deg[0] <= rotation_deg <= self.angles_deg[-1])

    def moment_at(self, rotation_deg: float) -> float:
        """N·m on the foot at a rotation; straight along the end tangent beyond the points."""
        nearest = float(np.clip(rotation_deg, self.angles_deg[0], self.angles_deg[-1]))
        beyond = rotation_deg - nearest
        return float(self._curve(nearest)) + beyond * float(self._curve(nearest, 1))

    def tangent_at(self, rotation_deg: float) -> float:
        """Stiffness at a rotation, N·m/deg; that of the nearer end beyond the points."""
        nearest = float(np.clip(rotation_deg, self.angles_deg[0], self.angles_deg[-1]))
        return -float(self._curve(nearest, 1))

    def rotation_at(self, moment_nm: float) -> float:
        """Degrees at which the orthosis first bears a moment, going from neutral.

        A dorsiflexing moment is borne in plantarflexion. Infinite, with the direction's sign, when
        the curve turns back before: the orthosis cannot bear so much.
        """
        # within rounding of none no root is found: the interpolant itself is not exactly 0 there
        if abs(moment_nm) <= _NO_MOMENT * float(np.abs(self.moments_nm).max()):
            return 0.0
        side = -1.0 if moment_nm > 0.0 else 1.0
        roots = side * self._curve.solve(moment_nm, extrapolate=False)
        met = roots[roots > -_ROUNDING]
        if len(met):
            return side * max(0.0, float(met.min()))
        end = float(self.angles_deg[0 if side < 0.0 else -1])
        missing, slope = moment_nm - float(self._curve(end)), float(self._curve(end, 1))
        if slope == 0.0 or side * missing / slope < 0.0:
            return side * float("inf")
        return end + missing / slope

    @property
    def _curve(self) -> PchipInterpolator:
        return PchipInterpolator(self.angles_deg, self.moments_nm)

    def _refuse_no_spring(self) -> None:
        angles, moments = self.angles_deg, self.moments_nm
        refuse = partial(_refused, len(angles))
        if len(angles) < 2 or not (np.isfinite(angles).all() and np.isfinite(moments).all()):
            raise refuse("needs two or more finite points")
        if not np.all(np.diff(angles) > 0.0):
            raise refuse("needs ascending angles")
        if not angles[0] < 0.0 < angles[-1]:
            raise refuse(f"runs from {angles[0]:g} to {angles[-1]:g} deg; neutral is not between")
        neutral = float(self._curve(0.0))
        if abs(neutral) > NEUTRAL_TOLERANCE * float(np.abs(moments).max()):
            raise refuse(f"bears {neutral:g} N·m at neutral, where an orthosis is at rest")
        if self.one_sided:
            least = OPEN_TOLERANCE * float(np.abs(moments).max())
            if moments[angles < 0.0].min() < -least or moments[angles > 0.0].max() > least:
                raise refuse("bears a moment of the wrong sign; a stop bears in plantarflexion")
            return
        below = moments[np.flatnonzero(angles < 0.0)[-1]]
        above = moments[np.flatnonzero(angles > 0.0)[0]]
        if not below > 0.0 > above:
            raise refuse(
                f"bears {below:g} and {above:g} N·m beside neutral; a spring bears a positive "
                "moment in plantarflexion and a negative one in dorsiflexion"
            )


def _refused(count: int, why: str) -> CurveRefused:
    return CurveRefused(f"A moment-angle curve of {count} points {why}.")
