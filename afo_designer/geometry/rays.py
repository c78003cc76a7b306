"""First hits of rays on a mesh: found by embree in single precision, refined in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afo_designer.geometry.array import FloatArray, IntArray, cross, unit
from afo_designer.geometry.mesh import TriMesh


def first_hits(
    mesh: TriMesh, origins: ArrayLike, directions: ArrayLike
) -> tuple[FloatArray, IntArray]:
    """Where rays first meet a mesh; see `Caster.first_hits`."""
    return Caster(mesh).first_hits(origins, directions)


class Caster:
    """A mesh made ready for rays, for those who cast more than once."""

    def __init__(self, mesh: TriMesh) -> None:
        self.mesh = mesh
        self._scene: Any = None

    def first_hits(self, origins: ArrayLike, directions: ArrayLike) -> tuple[FloatArray, IntArray]:
        """Where rays first meet the mesh, from either side.

        `origins` and `directions` (n, 3), broadcast against each other; directions of any length
        but zero. Returns the distance (n,) in mm, NaN for a miss, and the triangle (n,), −1 for a
        miss. Distances are those of the hit triangle in double precision (embree alone: 1e-4 mm).
        A ray that passes an edge of the silhouette within 1e-4 mm may count as hit or miss, and
        one that begins that close to the surface may or may not meet it: begin clear of it.
        """
        mesh = self.mesh
        origins, directions = np.broadcast_arrays(
            np.asarray(origins, dtype=np.float64), np.asarray(directions, dtype=np.float64)
        )
        directions = unit(directions)
        distance = np.full(len(origins), np.nan)
        if len(origins) == 0 or len(mesh.triangles) == 0:
            return distance, np.full(len(origins), -1, dtype=np.int64)
        # Rays begin where they enter the ball around the mesh: far origins would cost digits.
        bounds = mesh.bounds
        centre, radius = bounds.mean(axis=0), 0.5 * float(np.linalg.norm(bounds[1] - bounds[0]))
        ahead = np.einsum("ij,ij->i", centre - origins, directions) - 1.01 * radius
        entry = origins + np.maximum(ahead, 0.0)[:, None] * directions
        triangle = self._embree_hits(centre, entry, directions)
        hit = np.flatnonzero(triangle >= 0)
        distance[hit], triangle[hit] = _refined(mesh, origins[hit], directions[hit], triangle[hit])
        return distance, triangle

    def blocked(self, origins: ArrayLike, directions: ArrayLike) -> NDArray[np.bool_]:
        """(n,): whether rays from near the mesh meet it, in embree's single precision (1e-4 mm).

        `origins`, `directions` (n, 3). Cheaper than `first_hits` where no distance is asked for.
        """
        rays = np.asarray(origins, dtype=np.float64), np.asarray(directions, dtype=np.float64)
        return np.asarray(self._embree_hits(self.mesh.bounds.mean(axis=0), *rays) >= 0)

    def _embree_hits(
        self, centre: FloatArray, origins: FloatArray, directions: FloatArray
    ) -> IntArray:
        if self._scene is None:
            self._scene = _embree_scene(self.mesh, centre)
        found = self._scene.run(
            (origins - centre).astype(np.float32), directions.astype(np.float32)
        )
        aimed = np.isfinite(origins).all(axis=1) & (np.abs(directions).max(axis=1) > 0.0)
        return np.where(aimed, found, -1).astype(np.int64)


def _embree_scene(mesh: TriMesh, centre: FloatArray) -> Any:
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    scene = EmbreeScene(robust=True)
    TriangleMesh(
        scene, (mesh.vertices - centre).astype(np.float32), mesh.triangles.astype(np.int32)
    )
    return scene


def _refined(
    mesh: TriMesh, origins: FloatArray, directions: FloatArray, triangle: IntArray
) -> tuple[FloatArray, IntArray]:
    """Distances in double precision; a hit that belongs to a neighbour goes to it."""
    distance, inside = _meet(mesh.corners[triangle], origins, directions)
    beside = np.flatnonzero(~inside)
    if len(beside):
        ray, candidate = _neighbours(mesh, triangle[beside])
        ray = beside[ray]
        t, meets = _meet(mesh.corners[candidate], origins[ray], directions[ray])
        ray, candidate, t = ray[meets], candidate[meets], t[meets]
        order = np.lexsort((candidate, t, ray))
        first = order[np.flatnonzero(np.diff(ray[order], prepend=-1))]
        distance[ray[first]], triangle[ray[first]] = t[first], candidate[first]
    return distance, triangle


def _meet(
    corners: FloatArray, origins: FloatArray, directions: FloatArray
) -> tuple[FloatArray, np.ndarray]:
    """Distance along each ray to its triangle's plane, and whether that point is in the triangle.

    Möller and Trumbore, J. Graphics Tools 2 (1997) (recalled). The distance is held between the
    triangle's nearest and farthest corner along the ray, which bounds it for grazing rays.
    """
    a, b, c = np.moveaxis(corners, 1, 0)
    along, across, reach = b - a, c - a, origins - a
    p = cross(directions, across)
    determinant = np.einsum("ij,ij->i", along, p)
    q = cross(reach, along)
    with np.errstate(divide="ignore", invalid="ignore"):
        u = np.einsum("ij,ij->i", reach, p) / determinant
        v = np.einsum("ij,ij->i", directions, q) / determinant
        t = np.einsum("ij,ij->i", across, q) / determinant
    depth = np.einsum("ijk,ik->ij", corners - origins[:, None], directions)
    held = np.clip(np.where(np.isfinite(t), t, depth[:, 0]), depth.min(axis=1), depth.max(axis=1))
    slack = 1e-12  # rounding of u and v
    with np.errstate(invalid="ignore"):  # a ray in the triangle's plane: ∞ − ∞ is not inside
        inside = (u >= -slack) & (v >= -slack) & (u + v <= 1.0 + slack) & (held >= 0.0)
    return np.maximum(held, 0.0), inside


def _neighbours(mesh: TriMesh, triangles: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs (i, t): every triangle t that shares a vertex with `triangles[i]`."""
    order = np.argsort(mesh.triangles.ravel(), kind="stable")
    count = np.bincount(mesh.triangles.ravel(), minlength=len(mesh.vertices))
    start = np.cumsum(count) - count
    vertex = mesh.triangles[triangles].ravel()
    sizes = count[vertex]
    offset = start[vertex] - (np.cumsum(sizes) - sizes)
    entry = np.repeat(offset, sizes) + np.arange(sizes.sum())
    return np.repeat(np.repeat(np.arange(len(triangles)), 3), sizes), order[entry] // 3
