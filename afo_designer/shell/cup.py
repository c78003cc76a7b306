"""Cup: the wall of the heel cup's sides, thinner than the strip of leaf behind the heel.

A leaf's wall is tuned to bend; carried round the heel it would only widen the foot in its shoe. The
strip that bends keeps it down to the sole. On either side of the strip it runs out into the cup's
own wall: smooth in every section, and never thicker than the leaf's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.blend import smoothstep
from afo_designer.shell.chart import Chart
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.spine import Spine
from afo_designer.shell.stations import Stations

# The sides' wall comes in between these shares of the way from the leaf's root to the sole. Later
# leaves a shoe's counter the leaf's wall; over a shorter way the outer face no longer follows the
# wall of a child ([D]: peak stress hardly depends on it).
FROM, TO = 0.1, 0.7
# The strip runs out over this share of the foot length, so that its flank stays below 1:2 for
# walls that differ by 6 mm in an adult.
FLANK = 0.1
# A leaf thicker than the sides' wall by this (mm) leaves them all of it; less, a part.
JOIN_MM = 1.0


@dataclass(frozen=True, slots=True)
class Cup:
    """The sides' wall `wall_mm`: none of it within `strip_mm` of the midline, all `flank_mm` on.

    `upper`: the stations between which it comes in. Distances (mm) are sideways from the spine.
    """

    spine: Spine
    wall_mm: float
    strip_mm: float
    flank_mm: float
    upper: tuple[float, float]

    def share(self, s: ArrayLike, points: FloatArray) -> FloatArray:
        """How much of the sides' wall (...,) points (..., 3) of the inner surface have."""
        s = np.asarray(s, dtype=np.float64)
        aside = np.abs(points[..., 1] - self.spine.centre(s)[..., 1])
        low, high = self.upper
        across = smoothstep((aside - self.strip_mm) / self.flank_mm)
        return np.asarray(across * smoothstep((s - low) / (high - low)))

    def thinner(self, leaf: FloatArray) -> FloatArray:
        """By how much (mm) the sides are thinner than a leaf's wall (...,), which stays below."""
        excess = leaf - self.wall_mm
        return np.asarray(excess * smoothstep(excess / JOIN_MM))


def cup_of(
    chart: Chart, stations: Stations, parameters: ShellParameters, foot: float
) -> Cup | None:
    """The cup of a charted limb whose foot is `foot` mm long; None for the leaf's wall."""
    heel = parameters.heel
    if isinstance(heel.side_thickness_mm, str):
        return None
    strip = heel.strip_share * parameters.leaf.width_mm
    way = stations.sole - stations.root
    upper = (stations.root + FROM * way, stations.root + TO * way)
    return Cup(chart.spine, heel.side_thickness_mm, 0.5 * strip, FLANK * foot, upper)
