"""Frames are rigid motions: they compose, invert, and keep lengths and handedness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afo_designer.geometry.frame import Frame

angles = st.floats(-7.0, 7.0)
coordinates = st.tuples(*[st.floats(-500.0, 500.0)] * 3)
frames = st.builds(
    lambda point, x, y, angle: Frame.about_axis(point, [x, y, 1.0], angle),
    coordinates,
    angles,
    angles,
    angles,
)
POINTS = np.random.default_rng(0).normal(size=(20, 3)) * 100.0


def test_a_quarter_turn_about_z_takes_x_to_y():
    turn = Frame.about_axis([1.0, 0.0, 0.0], [0.0, 0.0, 5.0], np.pi / 2)
    assert np.allclose(turn.apply([2.0, 0.0, 3.0]), [1.0, 1.0, 3.0])
    assert np.allclose(turn.turn([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0])
    assert np.allclose(turn.apply([1.0, 0.0, 9.0]), [1.0, 0.0, 9.0])  # the axis stays


@settings(max_examples=50, derandomize=True, deadline=None)
@given(one=frames, other=frames)
def test_composition_inverse_and_matrix_agree(one, other):
    assert np.allclose((one @ other).apply(POINTS), one.apply(other.apply(POINTS)))
    assert np.allclose(one.inverse.apply(one.apply(POINTS)), POINTS)
    assert np.allclose((one @ other).matrix, one.matrix @ other.matrix)
    assert np.allclose((one @ one.inverse).matrix, np.eye(4), atol=1e-9)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(frame=frames)
def test_lengths_and_handedness_are_kept(frame):
    moved = frame.apply(POINTS)
    before = np.linalg.norm(POINTS[:, None] - POINTS, axis=2)
    assert np.allclose(np.linalg.norm(moved[:, None] - moved, axis=2), before)
    assert np.linalg.det(frame.rotation) == pytest.approx(1.0)


def test_what_is_not_rigid_is_refused():
    with pytest.raises(ValueError, match="orthonormal"):
        Frame(np.diag([1.0, 1.0, 1.1]), np.zeros(3))
    with pytest.raises(ValueError, match="left-handed"):
        Frame(np.diag([1.0, 1.0, -1.0]), np.zeros(3))
    with pytest.raises(ValueError, match="shape"):
        Frame(np.eye(3), np.zeros(2))


def test_frames_copy_and_freeze_what_they_are_given():
    origin = np.zeros(3)
    frame = Frame(np.eye(3), origin)
    origin[0] = 7.0
    assert frame.origin[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        frame.origin[0] = 1.0
    assert np.array_equal(Frame.identity().matrix, np.eye(4))
