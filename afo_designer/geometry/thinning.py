"""Thinning: a fine surface with fewer triangles, joined and open where it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.geometry.mesh import TriMesh

# Cubes of side g that a surface of area A passes through, over A/g²: the mean of |n_x|+|n_y|+|n_z|.
_CUBES = 1.5
# Rounds in which clusters that met themselves are given back their own vertices.
_ROUNDS = 4
# Share of the mean height of the neighbours by which a vertex is raised. On z = κρ²/2 in hexagons
# of spacing h the middle of a cluster lies 0.069 κh² under the skin, triangles between points of
# the skin 0.125 κh² in the mean, and neighbours κh²/2 under a vertex: (0.069 + 0.125) / 0.5.
_RAISE = 0.39


@dataclass(frozen=True, slots=True)
class Edges:
    """Undirected edges: `ends` (2, k), the lower number first; `uses` (k,) triangles on each."""

    ends: IntArray
    uses: IntArray


def thinned(mesh: TriMesh, count: int) -> TriMesh:
    """The surface in about `count` triangles of even size; as it is where it has no more.

    Vertices are gathered into connected clusters about even seeds, and the triangles between three
    clusters stay (a contraction of edges, so what was joined stays joined and what was open stays
    open; Valette and Chassery 2004, recalled, without their energy). Each cluster becomes its mean,
    raised by what flat triangles lose on a curved surface. Noise is averaged along.
    """
    if len(mesh.triangles) <= count:
        return mesh
    step = float(np.sqrt(_CUBES * 2.0 * mesh.areas.sum() / count))
    edges = undirected_edges(mesh)
    rim = rim_vertices(edges, len(mesh.vertices))
    graph = _graph(mesh.vertices, edges)
    seeds = _seeds(mesh.vertices, rim, step)
    for _ in range(_ROUNDS):
        cluster = _nearest_seed(graph, seeds)
        triangles = _between(cluster[mesh.triangles])
        bad = _overused(triangles)
        if not len(bad):
            break
        seeds = np.union1d(seeds, np.flatnonzero(np.isin(cluster, bad)))
    names, number = np.unique(cluster, return_inverse=True)
    places = _middles(mesh.vertices, rim, number, len(names))
    coarse = TriMesh(places, np.searchsorted(names, triangles)).kept(np.ones(len(triangles), bool))
    return _raised(coarse)


def undirected_edges(mesh: TriMesh) -> Edges:
    """The edges of a mesh wound in any way."""
    count = len(mesh.vertices)
    start, end = mesh.edges.T
    key, uses = np.unique(
        np.minimum(start, end) * count + np.maximum(start, end), return_counts=True
    )
    return Edges(np.stack([key // count, key % count]), uses)


def rim_vertices(edges: Edges, count: int) -> NDArray[np.bool_]:
    """(count,) whether a vertex lies on an edge of one triangle alone."""
    rim = np.zeros(count, dtype=bool)
    rim[edges.ends[:, edges.uses == 1].ravel()] = True
    return rim


def _graph(points: FloatArray, edges: Edges) -> csr_matrix:
    low, high = edges.ends
    length = np.linalg.norm(points[high] - points[low], axis=1)
    return csr_matrix((np.maximum(length, 1e-9), (low, high)), (len(points), len(points)))


def _seeds(points: FloatArray, rim: NDArray[np.bool_], step: float) -> IntArray:
    """Of each cube's points the one nearest its middle, those on a rim by themselves."""
    cell = (points - points.min(axis=0)) / step
    place = np.floor(cell).astype(np.int64)
    away = ((cell - place - 0.5) ** 2).sum(axis=1)
    key = (((place[:, 0] << 20) | place[:, 1]) << 20 | place[:, 2]) << 1 | rim
    order = np.lexsort((away, key))
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(key[order]) != 0
    return np.sort(order[first])


def _nearest_seed(graph: csr_matrix, seeds: IntArray) -> IntArray:
    """(n,) the seed nearest along the edges; a vertex that none reaches is its own."""
    _, _, source = dijkstra(
        graph, directed=False, indices=seeds, return_predecessors=True, min_only=True
    )
    alone = source < 0
    source = source.astype(np.int64)
    source[alone] = np.flatnonzero(alone)
    return source


def _between(triangles: IntArray) -> IntArray:
    """Triangles with three corners, each set of corners once."""
    a, b, c = triangles.T
    left = triangles[(a != b) & (b != c) & (c != a)]
    _, first = np.unique(np.sort(left, axis=1), axis=0, return_index=True)
    return left[np.sort(first)]


def _overused(triangles: IntArray) -> IntArray:
    """Vertices of edges with more than two triangles."""
    ends = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    top = int(ends.max()) + 1
    key, uses = np.unique(ends[:, 0] * top + ends[:, 1], return_counts=True)
    over = key[uses > 2]
    return np.unique(np.concatenate([over // top, over % top]))


def _middles(
    points: FloatArray, rim: NDArray[np.bool_], number: IntArray, count: int
) -> FloatArray:
    """(count, 3) the mean of each cluster; of one with points on a rim the mean of those."""
    open_ended = np.zeros(count, dtype=bool)
    open_ended[number[rim]] = True
    weight = np.where(open_ended[number] & ~rim, 0.0, 1.0)
    total = np.bincount(number, weight, count)
    sums = [np.bincount(number, weight * axis, count) for axis in points.T]
    return np.stack(sums, axis=1) / total[:, None]


def _raised(mesh: TriMesh) -> TriMesh:
    """Vertices inside the surface moved away from the mean of their neighbours, along the normal.

    The line is that of the triangles whichever way round they are.
    """
    count = len(mesh.vertices)
    edges = undirected_edges(mesh)
    low, high = edges.ends
    start, end = np.concatenate([low, high]), np.concatenate([high, low])
    degree = np.bincount(start, minlength=count)
    mean = np.stack([np.bincount(start, x[end], count) for x in mesh.vertices.T], axis=1)
    drop = mean / np.maximum(degree, 1)[:, None] - mesh.vertices
    normal = _lines(mesh)
    drop = np.einsum("ij,ij->i", drop, normal)[:, None] * normal
    drop[rim_vertices(edges, count) | (degree == 0)] = 0.0
    return mesh.with_vertices(mesh.vertices - _RAISE * drop)


def _lines(mesh: TriMesh) -> FloatArray:
    """(n, 3) unit normals up to their sign, from triangles wound in any way."""
    normals = mesh.triangle_normals
    weight = mesh.areas[:, None, None] * normals[:, :, None] * normals[:, None, :]
    count = len(mesh.vertices)
    corners = mesh.triangles.ravel()
    spread = np.repeat(weight.reshape(-1, 9), 3, axis=0)
    total = np.stack([np.bincount(corners, column, count) for column in spread.T], axis=1)
    return np.linalg.eigh(total.reshape(-1, 3, 3))[1][:, :, 2]
