"""Steps: cast modification as an ordered list that can be taken back, last first.

Every step is immutable and makes a new `Cast` of the one before. The surface after a list of steps
depends on nothing else: without the last it is, byte for byte, what it was before.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from afo_designer.cast.relief import JOIN, ReliefSite
from afo_designer.cast.sole import Plate, arch_rise, post_rise, pressed
from afo_designer.geometry.array import FloatArray
from afo_designer.limb.scan import Side


@dataclass(frozen=True, slots=True)
class Cast:
    """A cast in work. All arrays are per vertex of the re-posed skin.

    `points` (n, 3) and `normals` (n, 3) are the skin's, `sole` (n,) says from 0 to 1 what belongs
    to the sole. So far `clearance` (mm) holds all over, `room` (n,) sums the powers of the reliefs'
    room that are joined as a rounded maximum, `extra` (n,) adds up; `weight` (n,) is how far the
    sole is pressed to `plate`, `rise` (n,) what it stands higher. `arch_x` (mm) is under the arch's
    highest place.
    """

    points: FloatArray
    normals: FloatArray
    sole: FloatArray
    plate: Plate
    side: Side
    ankle_height: float
    heel_y: float
    arch_x: float
    clearance: float
    room: FloatArray
    extra: FloatArray
    weight: FloatArray
    rise: FloatArray

    @classmethod
    def of_skin(
        cls,
        points: FloatArray,
        normals: FloatArray,
        sole: FloatArray,
        plate: Plate,
        side: Side,
        ankle_height: float,
        heel_y: float,
        arch_x: float,
    ) -> Cast:
        """The cast before any step; the plate touches the skin's sole."""
        none = np.zeros(len(points))
        bare = replace(plate, level=0.0)
        return cls(
            *(points, normals, sole, bare, side, ankle_height, heel_y, arch_x),
            *(0.0, none, none, none, none),
        )

    @property
    def offset(self) -> FloatArray:
        """(n,) distance asked for along the skin's normals (mm)."""
        return np.asarray(self.clearance + self.room ** (1.0 / JOIN) + self.extra)

    @property
    def raised(self) -> FloatArray:
        """(n, 3) the surface before the sole is pressed."""
        return np.asarray(self.points + self.offset[:, None] * self.normals)

    @property
    def surface(self) -> FloatArray:
        """(n, 3) the modified surface."""
        flat = pressed(self.raised, self.weight, self.plate, self.ankle_height)
        if self.rise.any():
            flat[:, 2] += self.rise
        return flat


@dataclass(frozen=True, slots=True)
class Step(ABC):
    """One modification. `key` is the parameter it comes from, empty for one from a list."""

    name: str
    key: str
    amount: float

    unit = "mm"

    @abstractmethod
    def apply(self, cast: Cast) -> Cast:
        """The cast after this step."""


@dataclass(frozen=True, slots=True)
class Sock(Step):
    """The same room everywhere, and the plate so far below the sole."""

    def apply(self, cast: Cast) -> Cast:
        plate = replace(cast.plate, level=-self.amount)
        return replace(cast, clearance=self.amount, plate=plate)


@dataclass(frozen=True, slots=True)
class Relieved(Step):
    """Room over, or pressure on, a place; named reliefs join as a maximum, the rest adds up."""

    site: ReliefSite
    joins: bool = True

    def apply(self, cast: Cast) -> Cast:
        room = self.site.room(cast.points)
        if self.joins and self.site.room_mm > 0.0:
            return replace(cast, room=cast.room + room**JOIN)
        return replace(cast, extra=cast.extra + room)


@dataclass(frozen=True, slots=True)
class Flattened(Step):
    """The sole pressed towards the plate by a share (0 to 1)."""

    unit = "1"

    def apply(self, cast: Cast) -> Cast:
        return replace(cast, weight=self.amount * cast.sole)


@dataclass(frozen=True, slots=True)
class ArchSupport(Step):
    """The sole higher under the medial arch."""

    def apply(self, cast: Cast) -> Cast:
        shape = arch_rise(cast.points, cast.plate, cast.side, cast.arch_x, cast.heel_y)
        return replace(cast, rise=cast.rise + self.amount * cast.sole * shape)


@dataclass(frozen=True, slots=True)
class HeelPost(Step):
    """A wedge under the medial (positive) or lateral half of the heel, in degrees."""

    unit = "deg"

    def apply(self, cast: Cast) -> Cast:
        rise = post_rise(cast.points, cast.plate, cast.side, cast.heel_y, self.amount)
        return replace(cast, rise=cast.rise + cast.sole * rise)


def modified(cast: Cast, steps: Sequence[Step]) -> Cast:
    """The cast after all steps, in their order."""
    return reduce(lambda done, step: step.apply(done), steps, cast)
