"""Critical thickness: where the leaf's wall is to be measured, and between which limits.

Stiffness grows with the wall everywhere. With the power p of the leaf's wall in it (where tuning
ended) the walls h·(k/K)^(1/p), ribs on it as they are, give the stiffness k; where every point of
the leaf keeps between those of the prescription's ends, so does the stiffness. The points stand on
the leaf's midline: below the calf band, in its middle, at the root above the heel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.mechanics.material import Material
from afo_designer.shell.shell import Shell

# Where between calf band and sole the points stand: share of the leaf's length.
PLACES = {"below the calf band": 0.2, "middle of the leaf": 0.5, "root above the heel": 0.8}


@dataclass(frozen=True, slots=True)
class CriticalPoint:
    """A point of the leaf's inner face, at a `station` of the chart, its nominal wall and limits.

    All in mm and as finished. `low`, never below what the process prints, and `high` are None
    where the design does not lie in the prescription's interval. `process_mm`: by how much (±) the
    process may miss the wall.
    """

    place: str
    station: float
    position: FloatArray
    nominal: float
    low: float | None
    high: float | None
    process_mm: float | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", frozen(self.position, (3,)))

    @property
    def kept_by_process(self) -> bool | None:
        """Whether the process keeps the limits by itself; None where that is not known."""
        if self.low is None or self.high is None or self.process_mm is None:
            return None
        return bool(
            self.nominal - self.process_mm >= self.low
            and self.nominal + self.process_mm <= self.high
        )


def critical_points(
    shell: Shell,
    material: Material,
    stiffness: float,
    interval: tuple[float, float],
    power: float,
) -> tuple[CriticalPoint, ...]:
    """Three points of the leaf's midline.

    `stiffness` and the prescription's `interval` in N·m/deg; `power` d ln K / d ln h of the leaf.
    """
    stations = shell.stations
    s = stations.band + np.array(list(PLACES.values())) * (stations.sole - stations.band)
    theta = 0.5 * np.sum(shell.trim.sides(s), axis=0)
    walls, plain = shell.thickness(s, theta), shell.thickness.plain(s)
    points = shell.chart.point(s, theta)
    (low, high), least = interval, material.min_wall_mm
    inside = low <= stiffness <= high and power > 0.0

    def limit(wall: float, leaf: float, end: float) -> float:
        return wall + leaf * ((end / stiffness) ** (1.0 / power) - 1.0) + shell.finish_mm

    return tuple(
        CriticalPoint(
            place,
            float(station),
            point,
            float(wall) + shell.finish_mm,
            max(least, limit(wall, leaf, low)) if inside else None,
            limit(wall, leaf, high) if inside else None,
            material.tolerance(float(wall)),
        )
        for place, station, point, wall, leaf in zip(
            PLACES, s.tolist(), points, walls.tolist(), plain.tolist(), strict=True
        )
    )
