"""Critical thickness: where the leaf's wall is to be measured, and between which limits.

Stiffness grows with the wall everywhere. A printer errs by millimetres, not by shares, so the
limits are those between which the whole wall may be thinner or thicker (`wall_change`); where every
point keeps between them, the stiffness keeps between an interval's ends. That is the
prescription's, as far as the target still lies within what a part measured so may itself be. The
points stand on the leaf's midline: below the calf band, in its middle, at the root above the heel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.design.stiffness_interval import Spread, wall_change
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.mechanics.material import Material
from afo_designer.shell.shell import Shell

# Where between calf band and sole the points stand: share of the leaf's length.
PLACES = {"below the calf band": 0.2, "middle of the leaf": 0.5, "root above the heel": 0.8}


@dataclass(frozen=True, slots=True)
class CriticalPoint:
    """A point of the leaf's inner face, at a `station` of the chart, its nominal wall and limits.

    All in mm and as finished. `low`, never below what the process prints, and `high` are None
    where the design does not lie in the interval. `process_mm`: by how much (±) the
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
    spread: Spread,
) -> tuple[CriticalPoint, ...]:
    """Three points of the leaf's midline.

    `stiffness` and the `interval` it has to keep in N·m/deg; `spread` of the same design.
    """
    stations = shell.stations
    s = stations.band + np.array(list(PLACES.values())) * (stations.sole - stations.band)
    theta = 0.5 * np.sum(shell.trim.sides(s), axis=0)
    walls, points = shell.thickness(s, theta), shell.chart.point(s, theta)
    low, high = interval
    inside = low <= stiffness <= high
    thinner, thicker = (
        wall_change(spread, end / stiffness) if inside else None for end in interval
    )
    finished = walls + shell.finish_mm
    return tuple(
        CriticalPoint(
            place,
            station,
            point,
            wall,
            None if thinner is None else max(material.min_wall_mm, wall + thinner),
            None if thicker is None else wall + thicker,
            material.tolerance(wall - shell.finish_mm),
        )
        for place, station, point, wall in zip(
            PLACES, s.tolist(), points, finished.tolist(), strict=True
        )
    )
