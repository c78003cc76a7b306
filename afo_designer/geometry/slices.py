"""Slices: where a triangle mesh's edges cross evenly spaced parallel planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.geometry.mesh import TriMesh


@dataclass(frozen=True, slots=True)
class Slices:
    """Points (k, 3) on planes x = `stations` (n,), mm; `plane` (k,) says on which."""

    stations: FloatArray
    plane: IntArray
    points: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "stations", frozen(self.stations, (None,)))
        object.__setattr__(self, "plane", frozen(self.plane, (None,), np.int64))
        object.__setattr__(self, "points", frozen(self.points, (len(self.plane), 3)))

    def at(self, x: float) -> FloatArray:
        """(j, 3): the points on the plane nearest to x."""
        return self.points[self.plane == int(np.argmin(np.abs(self.stations - x)))]


def slices_across_x(mesh: TriMesh, first: float, step: float, count: int) -> Slices:
    """The mesh cut by `count` planes x = first, first + step, …; `step` > 0."""
    start, end = mesh.triangles, np.roll(mesh.triangles, -1, axis=1)
    a, b = mesh.vertices[start.ravel()], mesh.vertices[end.ravel()]
    # every inner edge belongs to two triangles, which walk it in opposite directions
    forward = a[:, 0] < b[:, 0]
    a, b = a[forward], b[forward]
    low = np.clip(np.ceil((a[:, 0] - first) / step), 0, count).astype(np.int64)
    high = np.clip(np.ceil((b[:, 0] - first) / step), 0, count).astype(np.int64)
    times = high - low
    edge = np.repeat(np.arange(len(a)), times)
    offset = np.arange(len(edge)) - np.repeat(np.cumsum(times) - times, times)
    plane = low[edge] + offset
    stations = first + step * np.arange(count)
    share = (stations[plane] - a[edge, 0]) / (b[edge, 0] - a[edge, 0])
    points = a[edge] + share[:, None] * (b[edge] - a[edge])
    return Slices(np.asarray(stations), plane, np.asarray(points))
