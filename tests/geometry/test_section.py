"""Plane sections, on a cylinder and a box."""

import numpy as np
import pytest

from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.section import section, section_segments, taped_girth


def prism(corners, height=10.0):
    count = len(corners)
    low = np.column_stack([corners, np.zeros(count)])
    around = np.arange(count)
    after = (around + 1) % count
    cells = np.vstack(
        [
            np.column_stack([around, after, after + count]),
            np.column_stack([around, after + count, around + count]),
        ]
    )
    return TriMesh(np.vstack([low, low + np.array([0.0, 0.0, height])]), cells)


def regular(count, radius):
    turn = 2.0 * np.pi * np.arange(count) / count
    return radius * np.column_stack([np.cos(turn), np.sin(turn)])


def test_ring_of_a_cylinder_is_closed_and_as_long_as_its_polygon():
    lines = section(prism(regular(60, 40.0)), [0.0, 0.0, 4.0], [0.0, 0.0, 2.0])
    assert len(lines) == 1
    assert lines[0].closed
    assert lines[0].length == pytest.approx(60 * 2 * 40.0 * np.sin(np.pi / 60))
    assert lines[0].points[:, 2] == pytest.approx(4.0)
    steps = np.linalg.norm(np.diff(lines[0].points, axis=0), axis=1)
    assert steps.max() < 5.0


def test_plane_through_vertices_still_closes():
    lines = section(prism(regular(12, 10.0)), [0.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    assert lines == []
    lines = section(prism(regular(12, 10.0)), [0.0, 0.0, 10.0], [0.0, 0.0, 1.0])
    assert len(lines) == 1
    assert lines[0].closed


def test_lengthwise_plane_gives_open_lines():
    lines = section(prism(regular(12, 10.0)), [1.0, 0.0, 0.0], [1.0, 0.0, 0.0])
    assert [line.closed for line in lines] == [False, False]
    assert [line.length for line in lines] == pytest.approx([10.0, 10.0])


def test_miss():
    mesh = prism(regular(12, 10.0))
    assert section(mesh, [0.0, 0.0, 50.0], [0.0, 0.0, 1.0]) == []
    assert section_segments(mesh, [0.0, 0.0, 50.0], [0.0, 0.0, 1.0]).shape == (0, 2, 3)
    assert taped_girth(np.zeros((0, 3)), [0.0, 0.0, 1.0]) == 0.0
    assert taped_girth(np.zeros((9, 3)), [0.0, 0.0, 1.0]) == 0.0


def test_tape_spans_hollows():
    notched = np.array([[0, 0], [10, 0], [10, 10], [5, 4], [0, 10]], dtype=float)
    points = section_segments(prism(notched), [0.0, 0.0, 5.0], [0.0, 0.0, 1.0]).reshape(-1, 3)
    assert taped_girth(points, [0.0, 0.0, 1.0]) == pytest.approx(40.0)
