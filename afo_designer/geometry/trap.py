"""Trap: where loose powder stays in a closed mesh: voids, and deep narrow pockets.

A void is a piece of the surface that is closed and turned inside out. A pocket is a place that
hardly sees the sky: of rays all over the half space before a face next to none leave the mesh.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, cross, frozen
from afo_designer.geometry.caliper import CLEAR_MM, RayLengths, gaps
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.rays import Caster
from afo_designer.geometry.sphere import fibonacci_sphere

# Of the places in the open every so many-th is asked, every narrow one, each with so many rays
# (this project's choice).
SKIPPED, RAYS = 16, 64
# A place in a pocket sees the sky by less than this share of its rays: two thirds down a round
# hole five times as deep as wide, and all that is deeper.
SEEN = 0.02


@dataclass(frozen=True, slots=True)
class Trapped:
    """`voids_mm3`: volumes of closed voids, largest first. `pocket_mm2`: surface in pockets.

    `place` (3,): the middle of the largest void, else the darkest place of a pocket, else None.
    """

    voids_mm3: tuple[float, ...]
    pocket_mm2: float
    place: FloatArray | None


def trapped(caster: Caster, narrow_mm: float, facing: RayLengths | None = None) -> Trapped:
    """What holds powder back in a closed mesh.

    Faces that look at each other nearer than `narrow_mm` are all asked whether they see the sky,
    the others by sample. `facing`: the mesh's `gaps`, where they are known already.
    """
    voids = _voids(caster.mesh)
    area, place = _pockets(caster, narrow_mm, gaps(caster) if facing is None else facing)
    middle = voids[0][1] if voids else place
    return Trapped(
        tuple(volume for volume, _ in voids), area, None if middle is None else frozen(middle)
    )


def _voids(mesh: TriMesh) -> list[tuple[float, FloatArray]]:
    """(volume in mm³, middle) of every component of negative volume, largest first."""
    piece = mesh.component_of_vertex[mesh.triangles[:, 0]]
    if piece.max(initial=0) == 0:
        return []
    corners = mesh.corners
    a, b, c = np.moveaxis(corners, 1, 0)
    volume = np.bincount(piece, np.einsum("ij,ij->i", a, cross(b, c)) / 6.0)
    found = [
        (float(-volume[k]), corners[piece == k].mean(axis=(0, 1)))
        for k in np.flatnonzero(volume < 0.0)
    ]
    return sorted(found, key=lambda each: -each[0])


def _pockets(
    caster: Caster, narrow_mm: float, facing: RayLengths
) -> tuple[float, FloatArray | None]:
    """Surface (mm²) that hardly sees the sky, and its darkest place."""
    narrow = facing.lengths < narrow_mm
    asked = (narrow | (np.arange(len(narrow)) % SKIPPED == 0)) & (facing.areas > 0.0)
    weight = np.where(narrow, 1.0, SKIPPED)[asked] * facing.areas[asked]
    points, triangles = facing.points[asked], facing.triangles[asked]
    seen = _seen(caster, points, caster.mesh.triangle_normals[triangles])
    dark = seen < SEEN
    if not dark.any():
        return 0.0, None
    return float(weight[dark].sum()), points[int(np.argmin(seen))]


def _seen(caster: Caster, points: FloatArray, normals: FloatArray) -> FloatArray:
    """(k,): share of the half space's rays that meet nothing."""
    sphere = fibonacci_sphere(2 * RAYS)
    # the other half of the sphere is turned over: the same rays before every face, ± sign
    side = np.where(normals @ sphere.T >= 0.0, 1.0, -1.0)
    rays = side[:, :, None] * sphere
    starts = np.broadcast_to((points + CLEAR_MM * normals)[:, None], rays.shape)
    shut = caster.blocked(starts.reshape(-1, 3), rays.reshape(-1, 3)).reshape(len(points), -1)
    return np.asarray(1.0 - shut.mean(axis=1))
