"""What the gate mends it says, what it cannot mend it refuses."""

import numpy as np
import pytest
import trimesh

from afo_designer.formats.gate import FaceSoup, ScanRefused, admit, equal_rows
from afo_designer.formats.polygon import ends, fan, spans

BALL = trimesh.creation.icosphere(subdivisions=3)
VERTICES = np.asarray(BALL.vertices) * [60.0, 50.0, 200.0]
FACES = np.asarray(BALL.faces, dtype=np.int64)


def test_a_sound_surface_passes_untouched():
    mesh, repairs = admit(FaceSoup(VERTICES, FACES))
    assert repairs == ()
    assert np.array_equal(mesh.vertices, VERTICES)
    assert np.array_equal(mesh.triangles, FACES)


def test_a_soup_of_separate_triangles_is_welded_and_equals_the_shared_one():
    soup = VERTICES[FACES].reshape(-1, 3)
    mesh, repairs = admit(FaceSoup(soup, np.arange(len(soup)).reshape(-1, 3)))
    assert repairs == ()
    assert mesh.is_closed
    assert len(mesh.vertices) == len(VERTICES)
    assert np.array_equal(mesh.corners, VERTICES[FACES])


def test_minus_zero_and_zero_are_one_vertex():
    square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [-0.0, -0.0, 0], [1, 1, 0], [0, 1, 0]])
    mesh, _ = admit(FaceSoup(square, np.array([[0, 1, 2], [3, 4, 5]])))
    assert len(mesh.vertices) == 4


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_few_broken_coordinates_cost_their_faces_and_are_said(bad):
    vertices = np.concatenate([VERTICES, [[bad, 0.0, 0.0]]])
    faces = np.concatenate([FACES, [[0, 1, len(VERTICES)]]])
    mesh, repairs = admit(FaceSoup(vertices, faces))
    assert repairs == ("1 face with a coordinate that is not a number dropped",)
    assert np.array_equal(mesh.triangles, FACES)


def test_many_broken_coordinates_are_refused():
    vertices = VERTICES.copy()
    vertices[0] = np.nan  # five or six of 1280 faces: more than 0.1 %
    with pytest.raises(ScanRefused, match="of its 1280 faces have a coordinate"):
        admit(FaceSoup(vertices, FACES))


def test_broken_coordinates_that_no_face_uses_do_not_matter():
    vertices = np.concatenate([VERTICES, np.full((5000, 3), np.nan)])
    mesh, repairs = admit(FaceSoup(vertices, FACES))
    assert repairs == ()
    assert len(mesh.vertices) == len(VERTICES)


def test_doubled_and_degenerate_faces_go_and_are_said():
    turned = FACES[:4, [1, 2, 0]]
    inside_out = FACES[4:9, ::-1]
    twice_named = np.stack([FACES[:3, 0], FACES[:3, 0], FACES[:3, 1]], axis=1)
    faces = np.concatenate([FACES, turned, inside_out, twice_named])
    mesh, repairs = admit(FaceSoup(VERTICES, faces))
    assert repairs == ("3 faces without area dropped", "9 faces given twice dropped")
    assert np.array_equal(mesh.triangles, FACES)


def test_a_loose_needle_goes_and_one_that_closes_the_surface_stays():
    # A square whose diagonal carries a needle through its midpoint, closed below by a second one.
    corner = np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0], [1, 1, 0], [1, 1, -1.0]])
    upper = [[0, 1, 2], [0, 2, 4], [0, 4, 3], [4, 2, 3]]  # (0, 2, 4) has no area
    lower = [[1, 0, 5], [2, 1, 5], [3, 2, 5], [0, 3, 5]]
    mesh, repairs = admit(FaceSoup(corner, np.array(upper + lower)))
    assert repairs == ()
    assert mesh.is_closed
    flap = np.concatenate([corner, [[1.0, 0, 0]]])
    mesh, repairs = admit(FaceSoup(flap, np.array([*upper, *lower, [0, 1, 6]])))
    assert repairs == ("1 face without area dropped",)
    assert mesh.is_closed


@pytest.mark.parametrize("index", [-1, len(VERTICES), 2**40])
def test_indices_out_of_range_are_refused(index):
    faces = FACES.copy()
    faces[7, 1] = index
    with pytest.raises(ScanRefused, match=f"names vertex {index} "):
        admit(FaceSoup(VERTICES, faces))


def test_coordinates_beyond_any_leg_are_refused():
    with pytest.raises(ScanRefused, match="coordinate of 2e"):
        admit(FaceSoup(VERTICES * 1e7, FACES))


def test_equal_rows_agrees_with_a_plain_search():
    rows = np.random.default_rng(3).integers(0, 4, size=(300, 3)).astype(float)
    first = {}
    expected = [first.setdefault(tuple(row), i) for i, row in enumerate(rows)]
    assert np.array_equal(equal_rows(rows), expected)


def test_polygons_are_cut_from_their_first_corner():
    sizes = np.array([3, 5, 4])
    triangles, notes = fan(np.arange(12), ends(sizes))
    expected = [[0, 1, 2], [3, 4, 5], [3, 5, 6], [3, 6, 7], [8, 9, 10], [8, 10, 11]]
    assert triangles.tolist() == expected
    assert notes == ("2 polygons of more than three corners cut into triangles",)
    assert spans(np.array([7, 0]), np.array([2, 3])).tolist() == [7, 8, 0, 1, 2]
    with pytest.raises(ScanRefused, match="face number 2 has 2 corners"):
        fan(np.arange(5), ends(np.array([3, 2])))
