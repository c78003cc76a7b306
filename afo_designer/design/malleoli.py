"""Malleoli: whether a shell covers them, and how far its edge or wall keeps from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.shell import Shell


@dataclass(frozen=True, slots=True)
class Malleolus:
    """One malleolus beside a shell: its `apex` (3,) on the skin, mm.

    `covered`: it lies inside the trim at its height; then `nearest` (3,) is the wall's inner
    surface in its direction, else the shell's edge at its height.
    """

    name: str
    apex: FloatArray
    covered: bool
    nearest: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "apex", frozen(self.apex, (3,)))
        object.__setattr__(self, "nearest", frozen(self.nearest, (3,)))


def malleoli(positive: PositiveModel, shell: Shell) -> Iterator[Malleolus]:
    """The lateral and the medial malleolus."""
    for side, name in ((LATERAL, "lateral_malleolus"), (MEDIAL, "medial_malleolus")):
        apex = positive.landmarks.position(name)
        s = shell.chart.spine.station_of(apex)
        medial, lateral = shell.trim.sides(np.array([s]))
        edge = abs(float((lateral if side == LATERAL else medial)[0]))
        _, outward, sideways = shell.chart.spine.axes(s)
        ray = apex - shell.chart.spine.centre(s)
        theta = abs(float(np.arctan2(ray @ sideways, ray @ outward)))
        covered = theta < edge
        nearest = shell.chart.point(s, side * (theta if covered else edge))
        yield Malleolus(name, apex, covered, nearest)
