"""Closed bodies whose walls, gaps and corners are known by formula."""

import numpy as np
from scipy.spatial.transform import Rotation

from afo_designer.geometry.mesh import TriMesh


def block(size, at=(0.0, 0.0, 0.0), pieces=(1, 1, 1)) -> TriMesh:
    """A box of sides `size` mm centred at `at`; every side cut into `pieces`."""
    corners, cells = [], []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for side in (-1.0, 1.0):
            a, b = (np.linspace(-0.5, 0.5, pieces[k] + 1) for k in (u, v))
            grid = np.zeros((len(a), len(b), 3))
            grid[..., axis] = 0.5 * side
            grid[..., u], grid[..., v] = np.meshgrid(a, b, indexing="ij")
            start = sum(len(part) for part in corners)
            number = start + np.arange(len(a) * len(b)).reshape(len(a), len(b))
            quads = [number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]]
            quads = np.stack([part.ravel() for part in (quads if side > 0 else quads[::-1])], 1)
            corners.append(grid.reshape(-1, 3))
            cells.append(np.vstack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))
    points, first = np.unique(np.round(np.vstack(corners), 12), axis=0, return_inverse=True)
    return TriMesh(points * size + np.array(at), first.ravel()[np.vstack(cells)])


def turned(mesh: TriMesh, seed: int) -> TriMesh:
    """The same body after a known random motion."""
    rotation = Rotation.random(random_state=seed).as_matrix()
    return mesh.with_vertices(mesh.vertices @ rotation.T + [30.0, -20.0, 10.0])


def revolved(outline, count: int = 48) -> TriMesh:
    """The body that a closed outline (n, 2) of (radius, height) sweeps about z.

    The outline runs counter-clockwise in the (r, z) plane; its ends may lie on the axis.
    """
    outline = np.asarray(outline, float)
    turn = 2.0 * np.pi * np.arange(count) / count
    rings = [
        np.array([[0.0, 0.0, z]])
        if r == 0.0
        else np.column_stack([r * np.cos(turn), r * np.sin(turn), np.full(count, z)])
        for r, z in outline
    ]
    starts = np.cumsum([0, *(len(ring) for ring in rings)])
    triangles = []
    for k in range(len(outline)):
        n = (k + 1) % len(outline)
        if len(rings[k]) == len(rings[n]) == 1:
            continue
        i, j = np.arange(count), (np.arange(count) + 1) % count
        a = [starts[k] + (at if len(rings[k]) > 1 else 0 * at) for at in (i, j)]
        b = [starts[n] + (at if len(rings[n]) > 1 else 0 * at) for at in (i, j)]
        if len(rings[k]) > 1:
            triangles.append(np.column_stack([a[0], a[1], b[0]]))
        if len(rings[n]) > 1:
            triangles.append(np.column_stack([a[1], b[1], b[0]]))
    return TriMesh(np.vstack(rings), np.vstack(triangles))


def joined(*meshes: TriMesh) -> TriMesh:
    """Meshes as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return TriMesh(
        np.vstack([mesh.vertices for mesh in meshes]),
        np.vstack([mesh.triangles + at for mesh, at in zip(meshes, starts, strict=False)]),
    )
