"""Refinement keeps the surface, closes what was closed, and mirrors."""

import numpy as np
import pytest

from afo_designer.cast.refinement import refined
from afo_designer.geometry.mesh import TriMesh

TETRAHEDRON = TriMesh(
    [[0, 0, 0], [10, 0, 0], [0, 7, 0], [0, 0, 3]], [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]
)


def edge_lengths(mesh: TriMesh) -> np.ndarray:
    start, end = mesh.vertices[mesh.edges.T]
    return np.linalg.norm(end - start, axis=1)


@pytest.mark.parametrize("longest", [20.0, 6.0, 2.5, 0.7])
def test_edges_are_short_and_the_solid_is_the_same(longest: float) -> None:
    fine = refined(TETRAHEDRON, lambda points: np.full(len(points), longest))
    assert edge_lengths(fine).max() <= longest or len(fine.triangles) == 4
    assert fine.is_closed
    assert fine.volume == pytest.approx(35.0, rel=1e-12)
    assert fine.areas.sum() == pytest.approx(TETRAHEDRON.areas.sum(), rel=1e-12)
    np.testing.assert_array_equal(fine.vertices[:4], TETRAHEDRON.vertices)


def test_only_where_asked() -> None:
    fine = refined(TETRAHEDRON, lambda points: 1.0 + np.maximum(5.0 - points[:, 0], 0.0))
    ends = fine.vertices[fine.edges, 0]
    assert edge_lengths(fine)[ends.max(axis=1) > 5.0].max() <= 1.0
    assert edge_lengths(fine)[ends.max(axis=1) < 2.0].max() > 1.0
    assert fine.is_closed


def test_mirror_image_is_refined_to_the_mirror_image() -> None:
    def limit(points: np.ndarray) -> np.ndarray:
        return np.full(len(points), 1.3)

    there = refined(TETRAHEDRON, limit).mirrored_y()
    back = refined(TETRAHEDRON.mirrored_y(), limit)
    np.testing.assert_array_equal(there.vertices, back.vertices)
    assert {frozenset(t) for t in there.triangles.tolist()} == {
        frozenset(t) for t in back.triangles.tolist()
    }
