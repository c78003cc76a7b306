"""The orthosis as a spring: its moment on the foot (N·m, dorsiflexing positive) by ankle angle."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from afo_designer.geometry.refusal import InputRefused

MOST_RISE = 0.5
"""N·m/deg: a thin shell that gives way may lose that much over some degrees, no spring more
(engineering estimate)."""


class SpringRefused(InputRefused):
    """A moment curve that no orthosis has."""


class Spring(Protocol):
    """What the models ask of an orthosis; static, without hysteresis."""

    @property
    def steepest(self) -> float:
        """The largest stiffness, N·m/deg: it sets the time step."""
        ...

    def moment_nm(self, angle_deg: float) -> float:
        """Moment on the foot at an ankle angle (dorsiflexion positive)."""
        ...


@dataclass(frozen=True, slots=True)
class TwoSlopes:
    """Piecewise linear: `plantarflexion` N·m/deg below the neutral angle, `dorsiflexion` above."""

    plantarflexion: float
    dorsiflexion: float
    neutral_angle_deg: float

    def __post_init__(self) -> None:
        for name, value in (
            ("plantarflexion", self.plantarflexion),
            ("dorsiflexion", self.dorsiflexion),
        ):
            if not 0.0 <= value < math.inf:
                raise SpringRefused(
                    f"The {name} stiffness is {value:g} N·m/deg; it may be 0 or more."
                )
        if not -30.0 <= self.neutral_angle_deg <= 30.0:
            raise SpringRefused(
                f"The neutral angle is {self.neutral_angle_deg:g} deg; it may be -30 to 30."
            )

    @property
    def steepest(self) -> float:
        return max(self.plantarflexion, self.dorsiflexion)

    def moment_nm(self, angle_deg: float) -> float:
        travel = self.neutral_angle_deg - angle_deg
        return travel * (self.plantarflexion if travel > 0.0 else self.dorsiflexion)


NO_SPRING = TwoSlopes(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class MomentTable:
    """A curve of (deg, N·m) pairs, linear between them and along the end slopes beyond.

    The record's `stiffness.moment_angle` is such a table.
    """

    angles_deg: tuple[float, ...]
    moments_nm: tuple[float, ...]

    @classmethod
    def from_pairs(cls, pairs: Sequence[Sequence[float]]) -> MomentTable:
        """From [[deg, N·m], ...] in any order. Raises `SpringRefused` on what is no curve."""
        ordered = sorted((float(angle), float(moment)) for angle, moment in pairs)
        return cls(tuple(a for a, _ in ordered), tuple(m for _, m in ordered))

    def __post_init__(self) -> None:
        count = len(self.angles_deg)
        if count < 2 or count != len(self.moments_nm):
            raise SpringRefused(
                f"The moment curve has {count} points; it needs at least two, as [deg, N·m]."
            )
        if not all(math.isfinite(x) for x in (*self.angles_deg, *self.moments_nm)):
            raise SpringRefused("The moment curve holds a value that is not finite.")
        for low, high in pairwise(self.angles_deg):
            if not low < high:
                raise SpringRefused(f"The moment curve holds {high:g} deg twice.")
        for i, slope in enumerate(self._slopes()):
            if not slope <= MOST_RISE:
                raise SpringRefused(
                    f"The moment curve changes by {slope:g} N·m/deg after "
                    f"{self.angles_deg[i]:g} deg; as the ankle dorsiflexes it may fall, or rise by "
                    f"up to {MOST_RISE:g} (dorsiflexing moments positive)."
                )

    def _slopes(self) -> list[float]:
        angles, moments = self.angles_deg, self.moments_nm
        return [
            (moments[i + 1] - moments[i]) / (angles[i + 1] - angles[i])
            for i in range(len(angles) - 1)
        ]

    @property
    def steepest(self) -> float:
        return max(abs(slope) for slope in self._slopes())

    def moment_nm(self, angle_deg: float) -> float:
        angles, moments = self.angles_deg, self.moments_nm
        i = min(max(bisect_right(angles, angle_deg) - 1, 0), len(angles) - 2)
        share = (angle_deg - angles[i]) / (angles[i + 1] - angles[i])
        return moments[i] + share * (moments[i + 1] - moments[i])
