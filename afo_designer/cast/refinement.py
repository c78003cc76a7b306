"""Refinement: triangles split at edge midpoints until their edges are short enough."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.geometry.mesh import TriMesh

# Halving 400 mm nine times gives less than 1 mm: more rounds than any scan needs.
MOST_ROUNDS = 9


def refined(mesh: TriMesh, longest_edge: Callable[[FloatArray], FloatArray]) -> TriMesh:
    """The same surface with no edge longer than `longest_edge` (mm) asks along it.

    The least limit at an edge's ends and middle counts; `longest_edge` maps points (n, 3) to
    lengths (n,). Old vertices keep their numbers, new ones follow; numbering depends on indices
    alone, so a mirrored mesh is refined to the mirror image.
    """
    vertices, triangles = np.array(mesh.vertices), np.array(mesh.triangles)
    for _ in range(MOST_ROUNDS):
        count = len(vertices)
        ends = np.sort(triangles[:, [1, 2, 2, 0, 0, 1]].reshape(-1, 2), axis=1)
        keys, edge_of = np.unique(ends[:, 0] * count + ends[:, 1], return_inverse=True)
        start, end = keys // count, keys % count
        middle = 0.5 * (vertices[start] + vertices[end])
        length = np.linalg.norm(vertices[end] - vertices[start], axis=1)
        at_ends = longest_edge(vertices)
        limit = np.minimum(np.minimum(at_ends[start], at_ends[end]), longest_edge(middle))
        split = length > limit
        if not split.any():
            break
        new_number = np.where(split, count + np.cumsum(split) - 1, -1)
        triangles = _divided(triangles, new_number[edge_of].reshape(-1, 3))
        vertices = np.vstack([vertices, middle[split]])
    return TriMesh(vertices, triangles)


def _divided(triangles: IntArray, middle: IntArray) -> IntArray:
    """Triangles (m, 3) cut at the midpoints (m, 3) opposite their corners; −1: edge not cut."""
    cuts = (middle >= 0).sum(axis=1)
    # One cut: corner 0 faces it. Two cuts: corner 0 faces the edge left whole.
    first = np.where(cuts == 1, (middle >= 0).argmax(axis=1), (middle < 0).argmax(axis=1))
    turn = (first[:, None] + np.arange(3)) % 3
    corners = np.take_along_axis(triangles, turn, axis=1)
    a, b, c = corners.T
    p, q, r = np.take_along_axis(middle, turn, axis=1).T  # midpoints of bc, ca, ab
    one, two, three = cuts == 1, cuts == 2, cuts == 3
    # The quadrilateral left by two cuts: its diagonal leaves from the end with the lower number.
    low, high = two & (b < c), two & (b > c)
    pieces = [
        corners[cuts == 0],
        *(np.stack(t, axis=1)[one] for t in ((a, b, p), (a, p, c))),
        np.stack((a, r, q), axis=1)[two],
        *(np.stack(t, axis=1)[low] for t in ((r, b, q), (b, c, q))),
        *(np.stack(t, axis=1)[high] for t in ((r, b, c), (r, c, q))),
        *(np.stack(t, axis=1)[three] for t in ((a, r, q), (r, b, p), (q, p, c), (p, q, r))),
    ]
    return np.vstack(pieces)
