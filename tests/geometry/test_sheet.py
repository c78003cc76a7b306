"""The triangulated plane region: it covers the region once, whatever is split or flipped."""

import numpy as np
import pytest

from afo_designer.geometry.sheet import (
    Sheet,
    flipped,
    halved_quads,
    inner_edges,
    inside,
    split_edges,
    triangulated_region,
)


def ring(x: float, y: float, radius: float, count: int, turn: int = 1) -> np.ndarray:
    t = turn * np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    return np.column_stack([x + radius * np.cos(t), y + radius * np.sin(t)])


def polygon_area(loop: np.ndarray) -> float:
    x, y = loop.T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def twice_areas(triangles: np.ndarray, plane: np.ndarray) -> np.ndarray:
    a, b, c = np.moveaxis(plane[triangles], 1, 0)
    u, v = b - a, c - a
    return u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]


LOOPS = [ring(0.0, 0.0, 20.0, 126), ring(6.0, 2.0, 5.0, 32, -1), ring(-9.0, 0.0, 3.0, 20, -1)]
LINES = np.linspace(-20.0, 20.0, 27)


@pytest.fixture(scope="module")
def covered() -> tuple[Sheet, np.ndarray]:
    sheet = triangulated_region(LOOPS, LINES, LINES)
    return sheet, np.vstack([*LOOPS, LINES[sheet.nodes]])


def test_sheet_covers_the_region_once(covered) -> None:
    sheet, plane = covered
    triangles = np.vstack([halved_quads(sheet.quads, _in_space(plane)), sheet.strip])
    areas = twice_areas(triangles, plane)
    assert areas.min() > 0.0
    assert 0.5 * areas.sum() == pytest.approx(sum(map(polygon_area, LOOPS)), rel=1e-12)
    assert set(triangles.ravel()) == set(range(len(plane)))


def test_the_open_edges_are_the_loops(covered) -> None:
    sheet, plane = covered
    triangles = np.vstack([halved_quads(sheet.quads, _in_space(plane)), sheet.strip])
    expected, first = set(), 0
    for loop in LOOPS:
        at = first + np.arange(len(loop))
        expected |= set(zip(at.tolist(), np.roll(at, -1).tolist(), strict=True))
        first += len(loop)
    assert _outline(triangles) == expected


def test_flips_keep_the_outline_and_reach_equal_angles(covered) -> None:
    sheet, plane = covered
    better = flipped(sheet.strip, plane, _in_space(plane))
    assert _outline(better) == _outline(sheet.strip)
    areas = twice_areas(better, plane)
    assert areas.min() > 0.0
    assert areas.sum() == pytest.approx(twice_areas(sheet.strip, plane).sum(), rel=1e-12)
    assert _least_angle(better, plane) >= _least_angle(sheet.strip, plane)
    np.testing.assert_array_equal(
        np.sort(_keys(flipped(better, plane, _in_space(plane)))), np.sort(_keys(better))
    )


def test_split_edges_halve_and_keep_the_area(covered) -> None:
    sheet, plane = covered
    edges = inner_edges(sheet.strip)
    finer, halved = split_edges(sheet.strip, edges, len(plane))
    grown = np.vstack([plane, plane[halved].mean(axis=1)])
    areas = twice_areas(finer, grown)
    assert len(finer) == len(sheet.strip) + 2 * len(halved)
    assert 0 < len(halved) < len(edges)
    assert areas.min() > 0.0
    assert areas.sum() == pytest.approx(twice_areas(sheet.strip, plane).sum(), rel=1e-12)
    assert _outline(finer) == _outline(sheet.strip)


def test_one_square_splits_into_four_triangles() -> None:
    square = np.array([[0, 1, 2], [0, 2, 3]])
    finer, halved = split_edges(square, np.array([[0, 2]]), 4)
    assert halved.tolist() == [[0, 2]]
    assert _outline(finer) == {(0, 1), (1, 2), (2, 3), (3, 0)}
    assert sorted(sorted(row) for row in finer.tolist()) == [
        [0, 1, 4],
        [0, 3, 4],
        [1, 2, 4],
        [2, 3, 4],
    ]


def test_inside_counts_holes() -> None:
    grid = inside(LOOPS, np.array([-9.0, 0.0, 6.0, 30.0]), np.array([0.5]))
    assert grid[:, 0].tolist() == [False, True, False, False]


def test_a_region_too_narrow_for_cells_is_all_strip() -> None:
    thin = [ring(0.0, 0.0, 1.0, 40)]
    sheet = triangulated_region(thin, LINES, LINES)
    assert len(sheet.quads) == 0
    assert len(sheet.strip) == 38


def _in_space(plane: np.ndarray) -> np.ndarray:
    return np.column_stack([plane, np.zeros(len(plane))])


def _outline(triangles: np.ndarray) -> set[tuple[int, int]]:
    edges = {tuple(edge) for edge in triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).tolist()}
    return {edge for edge in edges if edge[::-1] not in edges}


def _keys(triangles: np.ndarray) -> np.ndarray:
    return np.sort(triangles, axis=1) @ [10**8, 10**4, 1]


def _least_angle(triangles: np.ndarray, plane: np.ndarray) -> float:
    corners = plane[triangles]
    u = np.roll(corners, -1, axis=1) - corners
    v = np.roll(corners, 1, axis=1) - corners
    cosine = np.sum(u * v, axis=2) / np.linalg.norm(u, axis=2) / np.linalg.norm(v, axis=2)
    return float(np.arccos(cosine).min())
