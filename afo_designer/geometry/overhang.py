"""Overhang: surface that a printer without a powder bed has to prop, for a build direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, frozen, unit
from afo_designer.geometry.caliper import CLEAR_MM
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.rays import Caster

# Faces whose corners all lie within this of the lowest point rest on the plate, mm: a first layer.
PLATE_MM = 0.3
# Overhanging triangles that are asked how far they stand above what is below them.
ASKED = 4000


@dataclass(frozen=True, slots=True)
class Overhang:
    """`area_mm2` of surface to be propped; `support_mm3` of room below it, to part or plate."""

    area_mm2: float
    support_mm3: float


@dataclass(frozen=True, slots=True)
class Hanging:
    """A build `direction` (3,), how high the part then stands, mm, and what hangs over, mm²."""

    direction: FloatArray
    height_mm: float
    area_mm2: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "direction", frozen(self.direction, (3,)))


def hanging_each_way(mesh: TriMesh, angle_deg: float, more: ArrayLike = ()) -> tuple[Hanging, ...]:
    """Overhang with either end of each axis up, and with `more` directions (k, 3).

    See `overhang_areas`.
    """
    ways = np.concatenate([np.eye(3), -np.eye(3), np.reshape(more, (-1, 3))])
    heights = np.ptp(mesh.vertices @ ways.T, axis=0)
    areas = overhang_areas(mesh, ways, angle_deg)
    return tuple(
        Hanging(way, float(height), float(area))
        for way, height, area in zip(ways, heights, areas, strict=True)
    )


def overhang_areas(mesh: TriMesh, directions: FloatArray, angle_deg: float) -> FloatArray:
    """(k,) mm²: surface that looks down, less than `angle_deg` from the plate, per direction.

    `directions` (k, 3) unit vectors. By a sample of the triangles; what rests on the plate is
    left out.
    """
    vectors = mesh.area_vectors
    chosen = np.arange(len(vectors))[:: max(1, len(vectors) // ASKED)]
    areas = np.linalg.norm(vectors, axis=1)
    sample, size = vectors[chosen], areas[chosen] * (areas.sum() / areas[chosen].sum())
    middles = mesh.corners[chosen].mean(axis=1)
    limit = -np.cos(np.radians(angle_deg)) * areas[chosen]
    found = []
    for up in directions:
        height = middles @ up
        hanging = (sample @ up < limit) & (height > height.min() + PLATE_MM)
        found.append(size[hanging].sum())
    return np.array(found)


def overhang(caster: Caster, direction: FloatArray, angle_deg: float) -> Overhang:
    """The overhanging surface and the volume of the columns that would prop it."""
    mesh, up = caster.mesh, unit(direction)
    hanging = np.flatnonzero(_overhanging(mesh, up, angle_deg))
    vectors = mesh.area_vectors[hanging]
    area = float(np.linalg.norm(vectors, axis=1).sum())
    asked = np.arange(len(hanging))[:: max(1, len(hanging) // ASKED)]
    if not len(asked):
        return Overhang(0.0, 0.0)
    middles = mesh.corners[hanging[asked]].mean(axis=1)
    height = middles @ up - (mesh.vertices @ up).min()
    drop, hit = caster.first_hits(middles - CLEAR_MM * up, -up)
    column = np.where(hit >= 0, drop + CLEAR_MM, height)
    shadow = -vectors[asked] @ up
    scale = -(vectors @ up).sum() / shadow.sum()
    return Overhang(area, float(scale * np.sum(shadow * column)))


def _overhanging(mesh: TriMesh, direction: FloatArray, angle_deg: float) -> FloatArray:
    up = unit(direction)
    vectors = mesh.area_vectors
    down = vectors @ up < -np.cos(np.radians(angle_deg)) * np.linalg.norm(vectors, axis=1)
    height = mesh.vertices @ up
    resting = height[mesh.triangles].max(axis=1) < height.min() + PLATE_MM
    return np.asarray(down & ~resting)
