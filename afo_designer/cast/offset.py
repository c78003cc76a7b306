"""Offset: room or pressure where somebody points, beside the named reliefs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from afo_designer.cast.relief import REFERENCE_FOOT, ReliefSite
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.landmarks import NAMES

if TYPE_CHECKING:
    from afo_designer.limb.limb import Limb

# mm: what may be asked, both ends allowed, and how far from the skin a point may lie.
RANGES = {"radius_mm": (0.0, 60.0), "offset_mm": (-6.0, 15.0), "feather_mm": (5.0, 40.0)}
FARTHEST_MM = 15.0
USUAL_FEATHER_MM = 12.0
PLACES = ("landmark", "position_mm", "position_in_file")


class OffsetRefused(InputRefused):
    """A local offset that cannot be made."""


@dataclass(frozen=True, slots=True)
class LocalOffset:
    """`offset_mm` of room (negative: pressure) within `radius_mm` of a place on the skin.

    The place is a `landmark`, or a point of the scan: `position_mm` in the limb frame before
    re-posing, or `position_in_file` in the file's axes and unit. It fades over `feather_mm` more.
    Millimetres count on an adult's foot where the place is a landmark, as they are elsewhere.
    """

    name: str
    radius_mm: float
    offset_mm: float
    feather_mm: float = USUAL_FEATHER_MM
    landmark: str = ""
    position_mm: FloatArray | None = None
    position_in_file: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in PLACES[1:]:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, frozen(value, (3,)))

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], number: int) -> LocalOffset:
        """An offset as a file gives it; `number` names it where it has no name.

        Raises `OffsetRefused` for keys, values and places that cannot be used.
        """
        name = str(mapping.get("name", f"offset {number}"))
        known = {"name", *RANGES, *PLACES}
        unknown = sorted(set(mapping) - known)
        if unknown:
            raise OffsetRefused(
                f"{name}: unknown key {unknown[0]!r}; it holds {', '.join(sorted(known))}."
            )
        values: dict[str, Any] = {
            key: _number(name, key, mapping) for key in RANGES if key in mapping
        }
        missing = [key for key in ("radius_mm", "offset_mm") if key not in values]
        if missing:
            raise OffsetRefused(f"{name}: {missing[0]} is missing.")
        given = [key for key in PLACES if key in mapping]
        if len(given) != 1:
            raise OffsetRefused(f"{name}: it needs one of {', '.join(PLACES)}, not {len(given)}.")
        place = mapping[given[0]]
        if given[0] == "landmark":
            if place not in NAMES:
                raise OffsetRefused(
                    f"{name}: unknown landmark {place!r}; known: {', '.join(NAMES)}."
                )
            return cls(name, landmark=place, **values)
        point = _point(name, given[0], place)
        if given[0] == "position_mm":
            return cls(name, **values, position_mm=point)
        return cls(name, **values, position_in_file=point)

    def site(self, limb: Limb, scanned: TriMesh, reposed: TriMesh) -> ReliefSite:
        """Where it lies on the re-posed skin, whose vertices are numbered as the scanned one's.

        Raises `OffsetRefused` for a landmark that is absent and a point far from the skin.
        """
        size = limb.foot_length / REFERENCE_FOOT if self.landmark else 1.0
        wanted = self._place(limb)
        away = float(closest_points(wanted[None], scanned)[1][0])
        if away > FARTHEST_MM:
            raise OffsetRefused(
                f"{self.name}: its place lies {away:.0f} mm from the skin; at most "
                f"{FARTHEST_MM:g} mm: check axes and unit (position_in_file is the file's own)."
            )
        nearest = int(((scanned.vertices - wanted) ** 2).sum(axis=1).argmin())
        return ReliefSite(
            name=self.name,
            path=reposed.vertices[[nearest]],
            room_mm=self.offset_mm,
            core_mm=self.radius_mm * size,
            feather_mm=self.feather_mm,
            estimated=False,
        )

    def _place(self, limb: Limb) -> FloatArray:
        if self.position_mm is not None:
            return self.position_mm
        if self.position_in_file is not None:
            return limb.frame_from_scan.apply(self.position_in_file * limb.scan.mm_per_unit)
        if self.landmark not in limb.landmarks:
            raise OffsetRefused(
                f"{self.name}: the scan does not show {self.landmark}; give it in a landmark file, "
                "or a position instead."
            )
        return limb.landmarks.position(self.landmark)


def _number(name: str, key: str, mapping: Mapping[str, Any]) -> float:
    low, high = RANGES[key]
    value = mapping[key]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise OffsetRefused(f"{name}: {key} is {value!r}; it may be {low:g} to {high:g} mm.")
    return float(value)


def _point(name: str, key: str, value: Any) -> FloatArray:
    try:
        point = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        point = np.zeros(0)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise OffsetRefused(f"{name}: {key} is {value!r}; three finite numbers are needed.")
    return point
