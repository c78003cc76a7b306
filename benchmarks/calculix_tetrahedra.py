"""The exported solid as ten-node tetrahedra, cut along the planes of the bench.

gmsh fills the solid of a STEP file; the cells are cut along the planes of the bench's regions and
given ten nodes each (C3D10), those on the skin on the curved surface.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from calculix_deck import Solid

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.mechanics.bench import Bench, HalfSpace

# A node within this share of a cut edge is moved onto the plane: no slivers.
SNAP = 0.25
# Cells on the half-round edges are this much smaller, and no larger than the second figure: with
# fewer than two or three round a half the rim is lost, and with it up to 8 % of a leaf's stiffness.
RIM_SHARE, RIM_MM = 0.4, 2.0
EDGES = np.array([[0, 1], [1, 2], [0, 2], [0, 3], [1, 3], [2, 3]])  # C3D10's nodes 5 to 10
FACES = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]])  # outwards


class SolidUnread(RuntimeError):
    """A STEP file that gmsh cannot fill."""


def available() -> str | None:
    """Why gmsh cannot be used here, or None."""
    if importlib.util.find_spec("gmsh") is None:
        return "the Python module gmsh is not installed (pip install gmsh)"
    return None


def tetrahedra(step: Path, bench: Bench, size: float) -> tuple[Solid, float]:
    """The solid of a STEP file in cells of about `size` mm, and its volume in mm³."""
    mesh, clamp, band = regions_of(read_solid(step, size), bench)
    points, cells, pairs, _ = quadratic(mesh)
    clamp = np.concatenate([clamp, clamp[pairs].all(axis=1)])
    band = np.concatenate([band, band[pairs].all(axis=1)])
    blocks = (("C3D10", cells, np.ones(len(cells))),)
    solid = Solid(points, blocks, np.flatnonzero(clamp), np.flatnonzero(band))
    return solid, volume(points, cells)


def regions_of(mesh: Tetrahedra, bench: Bench) -> tuple[Tetrahedra, np.ndarray, np.ndarray]:
    """The mesh cut along every region plane, and which of its corners lie in clamp and band."""
    planes = (*bench.footplate_clamp, *bench.calf_band)
    kept = np.zeros(len(mesh.points), dtype=np.int64)
    sides: list[IntArray] = []
    for plane in planes:
        mesh, side, kept = cut(mesh, plane, kept)
        # nodes that this cut added to earlier planes' sides
        for k, (earlier, old) in enumerate(zip(planes, sides, strict=False)):
            fresh = np.sign(earlier.depth(mesh.points[len(old) :])).astype(np.int64)
            sides[k] = np.concatenate([old, fresh])
        sides.append(side)
    inside = [side >= 0 for side in sides]
    n = len(bench.footplate_clamp)
    return mesh, np.logical_and.reduce(inside[:n]), np.logical_and.reduce(inside[n:])


@dataclass(frozen=True)
class Tetrahedra:
    """`points` (n, 3), `cells` (m, 4), `normals` (n, 3) of the skin, zero inside."""

    points: FloatArray
    cells: IntArray
    normals: FloatArray


def read_solid(path: Path, size: float) -> Tetrahedra:
    """The solid of a STEP file in tetrahedra of about `size` mm, finer on the rounded edges."""
    import gmsh

    gmsh.initialize()
    try:
        for name, value in {
            "General.Terminal": 0,
            "General.NumThreads": 1,
            "Mesh.Algorithm": 6,  # frontal Delaunay
            "Mesh.Algorithm3D": 10,  # HXT
            "Mesh.MeshSizeMax": size,
            "Mesh.MeshSizeMin": 0.1 * size,
            "Mesh.MeshSizeExtendFromBoundary": 0,
        }.items():
            gmsh.option.setNumber(name, value)
        gmsh.model.occ.importShapes(str(path))
        gmsh.model.occ.synchronize()
        if len(gmsh.model.getEntities(3)) != 1:
            raise SolidUnread(f"{path} holds {len(gmsh.model.getEntities(3))} solids, expected 1")
        _refine_rims(gmsh, min(RIM_SHARE * size, RIM_MM), size)
        gmsh.model.mesh.generate(3)
        tags, flat, _ = gmsh.model.mesh.getNodes()
        _, corners = gmsh.model.mesh.getElementsByType(4)
        number = np.zeros(int(tags.max()) + 1, dtype=np.int64)
        number[tags] = np.arange(len(tags))
        faces = []
        for _, face in gmsh.model.getEntities(2):
            on, _, at = gmsh.model.mesh.getNodes(
                2, face, includeBoundary=True, returnParametricCoord=True
            )
            faces.append((number[on], np.reshape(gmsh.model.getNormal(face, at), (-1, 3))))
    finally:
        gmsh.finalize()
    points, cells = flat.reshape(-1, 3), number[corners.reshape(-1, 4)]
    cells = np.where((_volumes(points, cells) < 0.0)[:, None], cells[:, [0, 2, 1, 3]], cells)
    outward = _facet_normals(points, cells)
    normals = np.zeros_like(points)
    for on, normal in faces:  # a face's own normal may point either way
        sign = np.sign(np.einsum("ij,ij->i", outward[on], normal))
        normals[on] += sign[:, None] * normal
    used, cells = np.unique(cells, return_inverse=True)
    return Tetrahedra(points[used], cells.reshape(-1, 4), unit_or_zero(normals[used]))


def _facet_normals(points: FloatArray, cells: IntArray) -> FloatArray:
    """(n, 3): the sum of the outward area vectors of the skin's facets around every node."""
    facets = cells[:, FACES].reshape(-1, 3)
    _, first, count = np.unique(
        np.sort(facets, axis=1), axis=0, return_index=True, return_counts=True
    )
    facets = facets[first[count == 1]]
    a, b, c = (points[facets[:, k]] for k in range(3))
    total = np.zeros_like(points)
    np.add.at(total, facets, np.cross(b - a, c - a)[:, None])
    return total


def _refine_rims(gmsh: Any, fine: float, coarse: float) -> None:
    """Smaller cells on the half-round edges: on the curves that bound the two large faces."""
    faces = [face for _, face in gmsh.model.getEntities(2)]
    faces.sort(key=lambda face: gmsh.model.occ.getMass(2, face))
    curves = gmsh.model.getBoundary([(2, face) for face in faces[-2:]], False, False)
    field = gmsh.model.mesh.field
    distance, size = field.add("Distance"), field.add("Threshold")
    field.setNumbers(distance, "CurvesList", sorted({curve for _, curve in curves}))
    field.setNumber(distance, "Sampling", 400)
    reach = {"SizeMin": fine, "SizeMax": coarse, "DistMin": 2.0, "DistMax": 2.0 + 2.0 * coarse}
    field.setNumber(size, "InField", distance)
    for name, value in reach.items():
        field.setNumber(size, name, value)
    field.setAsBackgroundMesh(size)


def unit_or_zero(vectors: FloatArray) -> FloatArray:
    """Vectors (n, 3) scaled to one; zero ones stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0.0, length, 1.0)


def _volumes(points: FloatArray, cells: IntArray) -> FloatArray:
    a, b, c, d = (points[cells[:, k]] for k in range(4))
    return np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) / 6.0


def skin_edges(cells: IntArray) -> IntArray:
    """(k, 2) sorted node pairs of the edges of faces that belong to one cell only."""
    faces = np.sort(cells[:, FACES].reshape(-1, 3), axis=1)
    faces, count = np.unique(faces, axis=0, return_counts=True)
    skin = faces[count == 1]
    return np.unique(np.concatenate([skin[:, [0, 1]], skin[:, [1, 2]], skin[:, [0, 2]]]), axis=0)


def on_curve(mesh: Tetrahedra, pairs: IntArray, share: FloatArray) -> FloatArray:
    """Points of the skin over edges (k, 2) at shares (k,) of their length.

    The cubic of a curved PN triangle (Vlachos and others 2001, recalled): its ends are square to
    the surface's normals there, so it strays from the surface by the fourth order in length.
    """
    p, q = mesh.points[pairs[:, 0]], mesh.points[pairs[:, 1]]
    n, m = mesh.normals[pairs[:, 0]], mesh.normals[pairs[:, 1]]
    rise = np.einsum("ij,ij->i", q - p, n)[:, None] * n
    fall = np.einsum("ij,ij->i", p - q, m)[:, None] * m
    t = share[:, None]
    b, c = (2.0 * p + q - rise) / 3.0, (2.0 * q + p - fall) / 3.0
    return (1 - t) ** 3 * p + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * q


def cut(
    mesh: Tetrahedra, plane: HalfSpace, kept: IntArray
) -> tuple[Tetrahedra, IntArray, IntArray]:
    """The mesh with faces along a plane: (mesh, side (n,) of every node: −1, 0, 1, kept).

    Nodes near the plane are moved onto it, along the skin where they lie on that; nodes of earlier
    planes, `kept` (n,), stay. Other edges that pass the plane are bisected there, in one order for
    all cells, so that neighbours agree.
    """
    points, depth = mesh.points.copy(), plane.depth(mesh.points)
    pairs = np.unique(np.sort(mesh.cells[:, EDGES].reshape(-1, 2), axis=1), axis=0)
    low, high = depth[pairs[:, 0]], depth[pairs[:, 1]]
    crossing = low * high < 0.0
    share = np.abs(low) / np.maximum(np.abs(low) + np.abs(high), 1e-300)
    near = np.concatenate(
        [pairs[crossing & (share < SNAP), 0], pairs[crossing & (share > 1.0 - SNAP), 1]]
    )
    near = np.setdiff1d(near, np.flatnonzero(kept))
    n = mesh.normals[near]
    slide = plane.normal - (n @ plane.normal)[:, None] * n
    slope = slide @ plane.normal
    fits = slope > 0.2
    near, slide, slope = near[fits], slide[fits], slope[fits]
    before = _volumes(points, mesh.cells)
    points[near] -= (depth[near] / slope)[:, None] * slide
    moved = np.zeros(len(points), dtype=bool)
    moved[near] = True
    while True:  # take back moves that flatten a cell
        flat = _volumes(points, mesh.cells) < 0.15 * before
        back = np.unique(mesh.cells[flat])
        back = back[moved[back]]
        if len(back) == 0:
            break
        points[back], moved[back] = mesh.points[back], False
    side = np.sign(depth).astype(np.int64)
    side[moved | (np.abs(depth) < 1e-9)] = 0
    mesh = Tetrahedra(points, mesh.cells, mesh.normals)
    return _bisected(mesh, side, plane, np.where(side == 0, 1, kept))


def _bisected(
    mesh: Tetrahedra, side: IntArray, plane: HalfSpace, kept: IntArray
) -> tuple[Tetrahedra, IntArray, IntArray]:
    count = len(mesh.points)
    pairs = np.unique(np.sort(mesh.cells[:, EDGES].reshape(-1, 2), axis=1), axis=0)
    pairs = pairs[side[pairs[:, 0]] * side[pairs[:, 1]] < 0]
    depth = np.abs(plane.depth(mesh.points))
    share = depth[pairs[:, 0]] / (depth[pairs[:, 0]] + depth[pairs[:, 1]])
    key = pairs[:, 0] * count + pairs[:, 1]
    skin = skin_edges(mesh.cells)
    curved = np.isin(key, skin[:, 0] * count + skin[:, 1])
    p, q = mesh.points[pairs[:, 0]], mesh.points[pairs[:, 1]]
    chord = p + share[:, None] * (q - p)
    new = chord.copy()
    new[curved] = on_curve(mesh, pairs[curved], share[curved])
    normals = np.zeros((len(pairs), 3))
    ends = mesh.normals[pairs[curved]]
    t = share[curved, None]
    normals[curved] = unit_or_zero((1.0 - t) * ends[:, 0] + t * ends[:, 1])
    cells = mesh.cells
    while len(key):
        ends = np.sort(cells[:, EDGES], axis=2)
        old = np.asarray((ends < count).all(axis=2))
        ends = np.where(old[..., None], ends, 0)
        found = np.searchsorted(key, ends[..., 0] * count + ends[..., 1])
        found = np.minimum(found, len(key) - 1)
        hit = old & (key[found] == ends[..., 0] * count + ends[..., 1])
        rank = np.where(hit, found, len(key))
        first = rank.argmin(axis=1)
        split = np.flatnonzero(hit.any(axis=1))
        if len(split) == 0:
            break
        node = count + rank[split, first[split]]
        a, b = cells[split].copy(), cells[split].copy()
        rows = np.arange(len(split))
        a[rows, EDGES[first[split], 0]] = node
        b[rows, EDGES[first[split], 1]] = node
        whole = np.delete(cells, split, axis=0)
        cells = np.concatenate([whole, a, b])
    least = 0.1 * _volumes(np.vstack([mesh.points, chord]), cells)
    while True:  # back to the chord where the curve turns a cell inside out
        points = np.vstack([mesh.points, new])
        bad = np.unique(cells[_volumes(points, cells) < least])
        bad = bad[bad >= count] - count
        if not (new[bad] != chord[bad]).any():
            break
        new[bad] = chord[bad]
    mesh = Tetrahedra(points, cells, np.vstack([mesh.normals, normals]))
    zeros = np.zeros(len(pairs), dtype=np.int64)
    return mesh, np.concatenate([side, zeros]), np.concatenate([kept, zeros + 1])


def quadratic(mesh: Tetrahedra) -> tuple[FloatArray, IntArray, IntArray, int]:
    """Nodes (k, 3), cells (m, 10), the corner pairs (e, 2) of the added nodes, straightened cells.

    Cells that their curved edges would turn inside out get straight ones.
    """
    all_pairs = np.sort(mesh.cells[:, EDGES].reshape(-1, 2), axis=1)
    pairs, inverse = np.unique(all_pairs, axis=0, return_inverse=True)
    count = len(mesh.points)
    cells = np.hstack([mesh.cells, count + inverse.reshape(-1, 6)])
    straight = mesh.points[pairs].mean(axis=1)
    skin = skin_edges(mesh.cells)
    curved = np.isin(pairs[:, 0] * count + pairs[:, 1], skin[:, 0] * count + skin[:, 1])
    middle = straight.copy()
    middle[curved] = on_curve(mesh, pairs[curved], np.full(int(curved.sum()), 0.5))
    bad_total = np.zeros(len(cells), dtype=bool)
    while True:
        points = np.vstack([mesh.points, middle])
        bad = _least_jacobian(points, cells) < 0.1
        if not (bad & ~bad_total).any():
            return points, cells, pairs, int(bad_total.sum())
        bad_total |= bad
        on = cells[bad, 4:].ravel() - count
        middle[on] = straight[on]


def _shape_slopes(at: FloatArray) -> FloatArray:
    """(k, 10, 3): ∂N/∂(ξ, η, ζ) of the ten-node tetrahedron at points (k, 3)."""
    L = np.column_stack([1.0 - at.sum(axis=1), at])  # (k, 4)
    dL = np.vstack([-np.ones(3), np.eye(3)])
    corner = (4.0 * L - 1.0)[:, :, None] * dL
    i, j = EDGES.T
    edge = 4.0 * (L[:, i, None] * dL[j] + L[:, j, None] * dL[i])
    return np.concatenate([corner, edge], axis=1)


A, B = 0.138196601125011, 0.585410196624968
GAUSS = np.array([[A, A, A], [B, A, A], [A, B, A], [A, A, B]])
CORNERS = np.vstack([np.zeros(3), np.eye(3)])


def _jacobians(points: FloatArray, cells: IntArray, at: FloatArray) -> FloatArray:
    return np.linalg.det(np.einsum("mnx,knr->mkxr", points[cells], _shape_slopes(at)))


def _least_jacobian(points: FloatArray, cells: IntArray) -> FloatArray:
    """(m,): smallest over mean Jacobian at corners and Gauss points."""
    J = _jacobians(points, cells, np.vstack([CORNERS, GAUSS]))
    return J.min(axis=1) / np.abs(J[:, 4:]).mean(axis=1)


def volume(points: FloatArray, cells: IntArray) -> float:
    """Volume of the curved cells, mm³, by the element's own four points."""
    return float(_jacobians(points, cells, GAUSS).sum() / 24.0)
