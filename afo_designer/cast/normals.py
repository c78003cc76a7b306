"""Smoothed normals: the direction skin faces, with scanner noise and pores averaged away."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, diags

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.mesh import TriMesh

# Two implicit heat steps of t each spread a value with a standard deviation of sqrt(4 t).
STEPS = 2
# Relative residual at which the iteration stops: 5 mm of offset then err by 0.1 μm or so.
RESIDUAL = 1e-5
MOST_ITERATIONS = 300
# Cotangents of needles are cut off here: they would only slow the solution down.
LARGEST_COTANGENT = 4.0


def smoothed_normals(mesh: TriMesh, width: float) -> FloatArray:
    """(n, 3) outward unit normals averaged over about `width` mm of skin on either side."""
    area = _corner_area(mesh)
    return unit(averaged(mesh, _corner_sum(mesh, mesh.area_vectors / 3.0) / area[:, None], width))


def averaged(mesh: TriMesh, values: FloatArray, width: float) -> FloatArray:
    """Values (n, k) at the vertices averaged over about `width` mm of surface on either side.

    Heat flow on the surface by finite elements (cotangent stiffness K, lumped areas A; Desbrun et
    al. 1999, recalled): (A + tK) u' = A u, `STEPS` times, with the time at which the kernel's
    standard deviation is half the width. Independent of how finely the surface is meshed. Negative
    cotangents count as zero, so every result is an average of the values given.
    """
    area = _corner_area(mesh)
    # Variance along the surface of one step is 2t in each direction.
    time = (0.5 * width) ** 2 / (2.0 * STEPS)
    system = csr_matrix(diags(area) + time * _stiffness(mesh))
    for _ in range(STEPS):
        values = _solved(system, area[:, None] * values, values)
    return values


def _corner_area(mesh: TriMesh) -> FloatArray:
    """(n,) a third of the area around every vertex, kept from zero."""
    area = _corner_sum(mesh, mesh.areas / 3.0)
    return np.maximum(area, 1e-9 * float(area.max()))


def _corner_sum(mesh: TriMesh, values: FloatArray) -> FloatArray:
    """(n, …) values per triangle summed at its corners."""
    count, cells = len(mesh.vertices), len(mesh.triangles)
    columns = np.repeat(np.arange(cells), 3)
    rows = mesh.triangles.reshape(-1)
    return csr_matrix((np.ones(3 * cells), (rows, columns)), (count, cells)) @ values


def _stiffness(mesh: TriMesh) -> csr_matrix:
    """(n, n) cotangent stiffness matrix, cotangents cut off to [0, LARGEST_COTANGENT]."""
    corners, triangles = mesh.corners, mesh.triangles
    double_area = np.maximum(2.0 * mesh.areas, 1e-12)
    count = len(mesh.vertices)
    rows, columns, weights = [], [], []
    for corner in range(3):
        at, to, fro = corner, (corner + 1) % 3, (corner + 2) % 3
        cosine = np.einsum(
            "ij,ij->i", corners[:, to] - corners[:, at], corners[:, fro] - corners[:, at]
        )
        weight = 0.5 * np.clip(cosine / double_area, 0.0, LARGEST_COTANGENT)
        rows += [triangles[:, to], triangles[:, fro]]
        columns += [triangles[:, fro], triangles[:, to]]
        weights += [weight, weight]
    index = (np.concatenate(rows), np.concatenate(columns))
    coupling = csr_matrix((np.concatenate(weights), index), (count, count))
    return csr_matrix(diags(np.asarray(coupling.sum(axis=1)).ravel()) - coupling)


def _solved(system: csr_matrix, right: FloatArray, start: FloatArray) -> FloatArray:
    """Conjugate gradients with the diagonal as preconditioner, all columns at once."""
    inverse = 1.0 / system.diagonal()[:, None]
    x = np.array(start)
    residual = right - system @ x
    limit = RESIDUAL * max(float(np.linalg.norm(right)), 1e-300)
    z = inverse * residual
    direction = z
    rho = np.einsum("ij,ij->j", residual, z)
    for _ in range(MOST_ITERATIONS):
        if np.linalg.norm(residual) <= limit:
            break
        image = system @ direction
        step = rho / np.maximum(np.einsum("ij,ij->j", direction, image), 1e-300)
        x = x + step * direction
        residual = residual - step * image
        z = inverse * residual
        following = np.einsum("ij,ij->j", residual, z)
        direction = z + (following / np.maximum(rho, 1e-300)) * direction
        rho = following
    return x
