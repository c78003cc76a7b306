"""Cloud: points spread evenly over a surface, the same for the same mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh

# Points a leg is studied with: a spacing of about 3 mm on an adult's.
LEG_POINTS = 16_000
# The real root of t³ = t + 1: Roberts' low-discrepancy sequence R2 steps by 1/t, 1/t² (recalled).
_PLASTIC = 1.32471795724474602596


@dataclass(frozen=True, slots=True)
class Cloud:
    """Points (n, 3) in mm with outward unit normals (n, 3); each stands for the same area."""

    points: FloatArray
    normals: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", frozen(self.points, (None, 3)))
        object.__setattr__(self, "normals", frozen(self.normals, (len(self.points), 3)))

    def moved(self, motion: Frame) -> Cloud:
        return Cloud(motion.apply(self.points), motion.turn(self.normals))

    def mirrored_y(self) -> Cloud:
        return Cloud(self.points * [1.0, -1.0, 1.0], self.normals * [1.0, -1.0, 1.0])


def sampled(mesh: TriMesh, count: int) -> Cloud:
    """`count` points on a mesh: equal steps of cumulative area choose the triangles.

    A mirrored or turned-over mesh gives the mirrored or the same points: the place inside a
    triangle depends on its vertices' numbers, not on its winding.
    """
    total = np.cumsum(mesh.areas)
    steps = (np.arange(count) + 0.5) * (total[-1] / count)
    chosen = np.minimum(np.searchsorted(total, steps), len(total) - 1)
    u, v = np.mod(np.outer([1.0 / _PLASTIC, 1.0 / _PLASTIC**2], np.arange(1, count + 1)), 1.0)
    over = u + v > 1.0
    u, v = np.where(over, 1.0 - u, u), np.where(over, 1.0 - v, v)
    a, b, c = np.moveaxis(mesh.vertices[np.sort(mesh.triangles[chosen], axis=1)], 1, 0)
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    return Cloud(points, mesh.triangle_normals[chosen])
