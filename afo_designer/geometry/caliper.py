"""Caliper: how much material, and how much air, lies behind every face of a closed mesh, by rays.

A ray goes from the middle of a triangle along its inward normal to where it leaves the body: over a
wall that is the thickness, from the rim of a slot it is the bridge to the next rim. A ray outward
that meets the body again measures a gap. Half-round rims never measure less than their wall, since
their rays pass the rim's own centre. Only so many triangles are asked, evenly over the list; around
the thinnest of them all are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.geometry.rays import Caster

# Triangles asked at first (this project's choice): 0.1 s of rays.
ASKED = 20_000
# Around so many of the thinnest places every triangle within this distance is asked as well, and
# again around the thinnest then.
THINNEST, NEAR_MM, ROUNDS = 40, 4.0, 3
# Rays begin this far clear of their own triangle, mm.
CLEAR_MM = 0.01
# Triangles smaller than this share of the median have no direction worth trusting.
SLIVER = 1e-4

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RayLengths:
    """`lengths` (k,) in mm along rays from `points` (k, 3) of `triangles` (k,); ∞ into the open.

    `areas` (k,): mm² of the whole surface that a ray stands for; none for those that were asked
    for the sake of the least alone.
    """

    lengths: FloatArray
    points: FloatArray
    triangles: IntArray
    areas: FloatArray

    def __post_init__(self) -> None:
        count = len(np.asarray(self.lengths))
        object.__setattr__(self, "lengths", frozen(self.lengths, (count,)))
        object.__setattr__(self, "points", frozen(self.points, (count, 3)))
        object.__setattr__(self, "triangles", frozen(self.triangles, (count,), np.int64))
        object.__setattr__(self, "areas", frozen(self.areas, (count,)))

    @property
    def least(self) -> float:
        """The shortest, mm; ∞ where no ray met anything."""
        return float(self.lengths.min(initial=np.inf))

    @property
    def place(self) -> FloatArray | None:
        """Where the shortest begins."""
        return None if self.least == np.inf else self.points[int(np.argmin(self.lengths))]

    def quantile(self, share: float) -> float:
        """The length that this share of the surface with something behind it falls short of, mm."""
        met = np.isfinite(self.lengths) & (self.areas > 0.0)
        if not met.any():
            return float("inf")
        order = np.flatnonzero(met)[np.argsort(self.lengths[met], kind="stable")]
        reached = np.cumsum(self.areas[order])
        return float(self.lengths[order[np.searchsorted(reached, share * reached[-1])]])


def walls(caster: Caster, asked: int = ASKED, skip: Mask | None = None) -> RayLengths:
    """Material behind the faces of a closed mesh, the triangles to `skip` (m,) left out."""
    return _measured(caster, -1.0, asked, skip)


def gaps(caster: Caster, asked: int = ASKED, skip: Mask | None = None) -> RayLengths:
    """Air between faces of a closed mesh that look at each other, without those to `skip`."""
    return _measured(caster, 1.0, asked, skip)


def _measured(caster: Caster, way: float, asked: int, skip: Mask | None) -> RayLengths:
    mesh = caster.mesh
    vectors = mesh.area_vectors
    areas = np.linalg.norm(vectors, axis=1)
    normals = way * vectors / np.maximum(areas, 1e-300)[:, None]
    middles = mesh.corners.mean(axis=1)
    left = areas > SLIVER * np.median(areas)
    sound = np.flatnonzero(left if skip is None else left & ~skip)
    chosen = sound[:: max(1, len(sound) // asked)]
    stands_for = areas[chosen] * (areas.sum() / areas[chosen].sum())
    lengths = _cast(caster, middles[chosen], normals[chosen])
    tree, triangles = cKDTree(middles[sound]), chosen
    for _ in range(ROUNDS):
        thin = triangles[np.argsort(lengths, kind="stable")[:THINNEST]]
        near = tree.query_ball_point(middles[thin], NEAR_MM)
        more = np.setdiff1d(sound[np.unique(np.concatenate(near)).astype(int)], triangles)
        if not len(more):
            break
        lengths = np.concatenate([lengths, _cast(caster, middles[more], normals[more])])
        triangles = np.concatenate([triangles, more])
    only_least = np.zeros(len(triangles) - len(chosen))
    return RayLengths(
        lengths, middles[triangles], triangles, np.concatenate([stands_for, only_least])
    )


def _cast(caster: Caster, points: FloatArray, directions: FloatArray) -> FloatArray:
    lengths, hit = caster.first_hits(points + CLEAR_MM * directions, directions)
    return np.where(hit >= 0, lengths + CLEAR_MM, np.inf)
