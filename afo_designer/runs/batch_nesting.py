"""Batch nesting: a first suggestion how many builds a batch needs, by boxes on shelves.

Boxes as the design's record lays them into a machine: length, width, height, height along the build
direction; turned about that direction alone, so the recommended orientation stays. Highest first,
they stand in rows (shelves) on a level, rows fill the level's width, levels fill the height of a
powder bed; a filament machine has one level. Boxes of hollow parts leave most of a volume empty: a
nesting program that knows the shapes packs several times closer. This is an upper bound on builds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

# Between parts in a powder bed, so that they do not sinter together: 5 mm [D], makers say 2 to 5.
GAP_MM = 5.0
BUILDS_KEPT_OPEN = 8

Corner = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A part's extents in a machine, mm."""

    name: str
    length: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box's lowest corner lies in its build, mm; `turned` by 90 deg about the height."""

    name: str
    build: int
    position_mm: Corner
    turned: bool


@dataclass(frozen=True, slots=True)
class Nesting:
    """Places, heights used by build (mm), and parts that no attitude brings into the machine."""

    places: tuple[Place, ...]
    heights_mm: tuple[float, ...]
    too_large: tuple[str, ...]


@dataclass(slots=True)
class _Shelf:
    y: float
    depth: float
    x: float = 0.0


@dataclass(slots=True)
class _Level:
    z: float
    height: float
    shelves: list[_Shelf] = field(default_factory=list)


@dataclass(slots=True)
class _Build:
    number: int
    volume: tuple[float, float, float]
    layered: bool
    levels: list[_Level] = field(default_factory=list)

    @property
    def top(self) -> float:
        return self.levels[-1].z + self.levels[-1].height if self.levels else 0.0

    def place(
        self, length: float, width: float, height: float
    ) -> tuple[float, float, float] | None:
        """The first shelf, else new shelf, else new level that takes the box."""
        room_x, room_y, room_z = self.volume
        for level in self.levels:
            if height > level.height:
                continue
            for shelf in level.shelves:
                if width <= shelf.depth and _after(shelf.x) + length <= room_x:
                    x = _after(shelf.x)
                    shelf.x = x + length
                    return x, shelf.y, level.z
            y = _after(max((shelf.y + shelf.depth for shelf in level.shelves), default=0.0))
            if y + width <= room_y:
                level.shelves.append(_Shelf(y, width, length))
                return 0.0, y, level.z
        if self.levels and not self.layered:
            return None
        z = _after(self.top)
        if z + height > room_z:
            return None
        self.levels.append(_Level(z, height, [_Shelf(0.0, width, length)]))
        return 0.0, 0.0, z


def _after(end: float) -> float:
    return end + GAP_MM if end > 0.0 else 0.0


def nest(boxes: Iterable[Box], volume_mm: Sequence[float], layered: bool) -> Nesting:
    """Boxes into builds of a machine of `volume_mm`; `layered`: parts may lie above each other."""
    volume = (float(volume_mm[0]), float(volume_mm[1]), float(volume_mm[2]))
    places: list[Place] = []
    too_large: list[str] = []
    builds: list[_Build] = []
    for box in sorted(boxes, key=lambda one: (-one.height, -one.width, one.name)):
        ways = [
            (turned, length, width)
            for turned, length, width in (
                (False, box.length, box.width),
                (True, box.width, box.length),
            )
            if length <= volume[0] and width <= volume[1] and box.height <= volume[2]
        ]
        if not ways:
            too_large.append(box.name)
            continue
        ways.sort(key=lambda way: way[2])  # the shallower shelf
        found = _first(builds[-BUILDS_KEPT_OPEN:], ways, box.height)
        if found is None:
            builds.append(_Build(len(builds) + 1, volume, layered))
            found = _first(builds[-1:], ways, box.height)
        assert found is not None
        places.append(Place(box.name, *found))
    return Nesting(tuple(places), tuple(build.top for build in builds), tuple(too_large))


def _first(
    builds: list[_Build], ways: list[tuple[bool, float, float]], height: float
) -> tuple[int, Corner, bool] | None:
    for build in builds:
        for turned, length, width in ways:
            position = build.place(length, width, height)
            if position is not None:
                return build.number, position, turned
    return None
