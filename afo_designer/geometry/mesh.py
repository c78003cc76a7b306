"""Triangle and quadrilateral meshes: areas, normals, boundary loops, components."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen, unit

# Triangles worked on at a time, so that five million fit into little memory.
_CHUNK = 500_000


@dataclass(frozen=True, slots=True)
class TriMesh:
    """Triangles over shared vertices, counter-clockwise seen from outside.

    `vertices` (n, 3) in mm, `triangles` (m, 3) of vertex indices.
    """

    vertices: FloatArray
    triangles: IntArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", frozen(self.vertices, (None, 3)))
        object.__setattr__(self, "triangles", frozen(self.triangles, (None, 3), np.int64))
        _check_indices(self.triangles, len(self.vertices))

    @property
    def corners(self) -> FloatArray:
        """(m, 3, 3): the three corner points of every triangle."""
        return self.vertices.take(self.triangles, axis=0)

    @property
    def area_vectors(self) -> FloatArray:
        """(m, 3): outward normals of length equal to the triangle's area."""
        vectors = np.zeros((len(self.triangles), 3))
        for begin in range(0, len(vectors), _CHUNK):
            part = self.triangles[begin : begin + _CHUNK]
            a, b, c = np.moveaxis(self.vertices.take(part, axis=0), 1, 0)
            vectors[begin : begin + _CHUNK] = 0.5 * cross(b - a, c - a)
        return vectors

    @property
    def areas(self) -> FloatArray:
        return np.linalg.norm(self.area_vectors, axis=1)

    @property
    def triangle_normals(self) -> FloatArray:
        return unit(self.area_vectors)

    @property
    def vertex_normals(self) -> FloatArray:
        """(n, 3) area-weighted unit normals; zero at vertices without triangles."""
        normals = np.zeros_like(self.vertices)
        for corner in range(3):
            np.add.at(normals, self.triangles[:, corner], self.area_vectors)
        return unit(normals)

    @property
    def volume(self) -> float:
        """Signed volume by the divergence theorem; meaningful for a closed mesh, mm³."""
        a, b, c = np.moveaxis(self.corners, 1, 0)
        return float(np.einsum("ij,ij->", a, cross(b, c)) / 6.0)

    @property
    def bounds(self) -> FloatArray:
        """(2, 3): lowest and highest coordinates."""
        return np.array([self.vertices.min(axis=0), self.vertices.max(axis=0)])

    @property
    def edges(self) -> IntArray:
        """(3m, 2): directed edges, triangle by triangle."""
        return self.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)

    @property
    def component_of_vertex(self) -> IntArray:
        """(n,): the number of the connected piece each vertex belongs to."""
        start, end = self.edges.T
        count = len(self.vertices)
        # Whoever only names the type, such as the runner of a batch, starts without scipy.
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        graph = coo_matrix((np.ones(len(start), dtype=np.int8), (start, end)), (count, count))
        return connected_components(graph, directed=False)[1].astype(np.int64)

    @property
    def boundary_edges(self) -> IntArray:
        """(b, 2): directed edges that no neighbour runs the other way."""
        edges = self.edges
        count = len(self.vertices)
        forward = edges[:, 0] * count + edges[:, 1]
        backward = np.sort(edges[:, 1] * count + edges[:, 0])
        # sorted queries walk the table once; numpy.isin takes a hundred times longer here
        order = np.argsort(forward, kind="stable")
        place = np.searchsorted(backward, forward[order])
        alone = np.ones(len(edges), dtype=bool)
        found = place < len(edges)
        alone[order[found]] = backward[place[found]] != forward[order[found]]
        return edges[alone]

    def boundary_loops(self) -> list[IntArray]:
        """Open edges chained into vertex loops, longest first."""
        following: dict[int, list[int]] = {}
        for start, end in self.boundary_edges.tolist():
            following.setdefault(start, []).append(end)
        loops: list[IntArray] = []
        while following:
            first = min(following)
            loop, at = [first], first
            while at in following:
                step = following[at].pop(0)
                if not following[at]:
                    del following[at]
                at = step
                if at == first:
                    break
                loop.append(at)
            loops.append(np.array(loop, dtype=np.int64))
        return sorted(loops, key=len, reverse=True)

    @property
    def is_closed(self) -> bool:
        """Every edge is shared by exactly two triangles that run it in opposite directions."""
        edges = self.edges
        count = len(self.vertices)
        forward = np.sort(edges[:, 0] * count + edges[:, 1])
        backward = np.sort(edges[:, 1] * count + edges[:, 0])
        once = bool(np.all(np.diff(forward) > 0))
        return len(forward) > 0 and once and bool(np.array_equal(forward, backward))

    def kept(self, triangle_mask: ArrayLike) -> TriMesh:
        """The triangles chosen by the mask, vertices that nothing uses dropped."""
        triangles = self.triangles[np.asarray(triangle_mask)]
        used = np.zeros(len(self.vertices), dtype=bool)
        used[triangles] = True
        return TriMesh(self.vertices[used], (np.cumsum(used) - 1)[triangles])

    def with_vertices(self, vertices: ArrayLike) -> TriMesh:
        return TriMesh(np.asarray(vertices), self.triangles)

    def flipped(self) -> TriMesh:
        """The same triangles seen from the other side."""
        return TriMesh(self.vertices, self.triangles[:, ::-1])

    def mirrored_y(self) -> TriMesh:
        """Left for right: y ↦ −y, orientation kept outward."""
        return TriMesh(self.vertices * [1.0, -1.0, 1.0], self.triangles[:, ::-1])


def _no_triangles() -> IntArray:
    return np.zeros((0, 3), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class QuadMesh:
    """Quadrilaterals, and triangles where a line crosses them, with their chart coordinates.

    `vertices` (n, 3) in mm, `quads` (m, 4) and `triangles` (k, 3) counter-clockwise seen from
    outside, `parameters` (n, 2): (s in mm, θ in rad) of every vertex. Whatever belongs to cells
    runs over the quads first, then the triangles.
    """

    vertices: FloatArray
    quads: IntArray
    parameters: FloatArray
    triangles: IntArray = field(default_factory=_no_triangles)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", frozen(self.vertices, (None, 3)))
        object.__setattr__(self, "quads", frozen(self.quads, (None, 4), np.int64))
        object.__setattr__(self, "parameters", frozen(self.parameters, (len(self.vertices), 2)))
        object.__setattr__(self, "triangles", frozen(self.triangles, (None, 3), np.int64))
        _check_indices(self.quads, len(self.vertices))
        _check_indices(self.triangles, len(self.vertices))

    @property
    def cell_count(self) -> int:
        """Quads and triangles together."""
        return len(self.quads) + len(self.triangles)

    @property
    def areas(self) -> FloatArray:
        """(m + k,): half the cross product of the diagonals, or of two sides."""
        a, b, c, d = np.moveaxis(self.vertices[self.quads], 1, 0)
        i, j, k = np.moveaxis(self.vertices[self.triangles], 1, 0)
        doubled = np.vstack([cross(c - a, d - b), cross(j - i, k - i)])
        return 0.5 * np.linalg.norm(doubled, axis=1)


def _check_indices(cells: IntArray, vertex_count: int) -> None:
    if cells.size and (cells.min() < 0 or cells.max() >= vertex_count):
        raise ValueError(
            f"mesh names vertex {int(cells.max())}, but has only {vertex_count} vertices"
        )
