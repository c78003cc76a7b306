"""The spine: two straight lines and one smooth corner, measured by its own length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afo_designer.shell.spine import Spine, lay_spine

FOOT = 250.0


def spine(angle_deg: float = 5.0, foot: float = FOOT, lateral_y: float = -1.0) -> Spine:
    angle = np.radians(angle_deg)
    lean = 0.03 * lateral_y
    up = np.array([np.sin(angle), lean, np.cos(angle)])
    ankle = np.array([0.24 * foot, 0.0, 0.31 * foot])
    return lay_spine(ankle, up, foot, 1.6 * foot, 1.05 * foot, 6.0 * lateral_y, lateral_y)


@given(angle=st.floats(-35.0, 15.0), foot=st.floats(110.0, 320.0))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_s_is_the_arc_length_in_side_view(angle: float, foot: float) -> None:
    one = spine(angle, foot)
    s = np.linspace(0.0, one.length, 20001)
    steps = np.linalg.norm(np.diff(one.centre(s)[:, [0, 2]], axis=0), axis=1)
    # Sideways the curve strays by degrees: that adds millimetres, but never a tenth of a station.
    np.testing.assert_allclose(np.cumsum(steps), s[1:], rtol=0.0, atol=1e-3)
    assert np.linalg.norm(np.diff(one.centre(s), axis=0), axis=1).sum() < 1.01 * one.length


@given(angle=st.floats(-35.0, 15.0), foot=st.floats(110.0, 320.0))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_tangent_and_curvature_are_continuous(angle: float, foot: float) -> None:
    one = spine(angle, foot)
    s = np.linspace(0.0, one.length, 4001)
    tangent = one.axes(s)[0]
    turn = np.diff(np.unwrap(np.arctan2(tangent[:, 2], tangent[:, 0]))) / s[1]
    # In side view the corner's mean radius is foot/4, and κ ∝ 1 − cos peaks at twice the mean;
    # its slope at 2π times the mean over the corner's length.
    mean, length = 4.0 / foot, one.corner[1] - one.corner[0]
    assert turn.min() > -1e-6
    assert turn.max() == pytest.approx(2.0 * mean, rel=1e-3)
    assert np.abs(np.diff(turn) / s[1]).max() < 2.0 * np.pi * mean / length * 1.01
    straight = (s[:-1] < one.corner[0] - 1.0) | (s[:-1] > one.corner[1] + 1.0)
    assert turn[straight].max() < 1e-6
    # Sideways the two lines exchange within the corner without a jump of direction.
    assert np.abs(np.diff(tangent[:, 1])).max() < 0.01


@given(share=st.floats(0.0, 1.0), angle=st.floats(-35.0, 15.0))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_station_of_inverts_centre(share: float, angle: float) -> None:
    one = spine(angle)
    s = share * one.length
    assert one.station_of(one.centre(s)) == pytest.approx(s, abs=1e-3)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.7, 0.9])
def test_station_of_a_point_beside_the_curve_is_its_plane(share: float) -> None:
    one = spine()
    s = share * one.length
    _, outward, lateral = one.axes(s)
    point = one.centre(s) + 35.0 * outward - 30.0 * lateral
    # Linear interpolation of the plane's distance between samples of 0.3 mm.
    assert one.station_of(point) == pytest.approx(s, abs=0.01)


def test_axes_are_orthonormal_and_point_where_they_say() -> None:
    one = spine()
    s = np.linspace(0.0, one.length, 200)
    tangent, outward, lateral = one.axes(s)
    axes = np.stack([tangent, outward, lateral], axis=1)
    gram = axes @ np.swapaxes(axes, 1, 2)
    np.testing.assert_allclose(gram, np.tile(np.eye(3), (200, 1, 1)), atol=1e-12)
    assert (lateral[:, 1] * one.lateral_y > 0.99).all()
    assert outward[0, 0] < -0.9  # posterior at the calf
    assert outward[-1, 2] < -0.99  # plantar at the foot
    assert tangent[0, 2] < -0.9


def test_left_and_right_are_mirror_images() -> None:
    right, left = spine(lateral_y=-1.0), spine(lateral_y=1.0)
    flip = np.array([1.0, -1.0, 1.0])
    np.testing.assert_allclose(left.points, right.points * flip, atol=1e-12)
    s, theta = np.linspace(0.0, right.length, 50), np.radians([-100.0, -20.0, 0.0, 70.0])
    for one, other in zip(left.rays(s, theta), right.rays(s, theta), strict=True):
        np.testing.assert_allclose(one, other * flip, atol=1e-12)


def test_it_passes_the_ankle_line_and_the_foot_axis() -> None:
    one = spine(angle_deg=0.0)
    assert one.centre(0.0)[2] == pytest.approx(1.6 * FOOT, abs=1e-9)
    end = one.centre(one.length)
    assert end == pytest.approx([1.05 * FOOT, -6.0, 0.1 * FOOT], abs=1e-6)
    assert one.centre(one.corner[0])[0] == pytest.approx(0.24 * FOOT, abs=1e-6)


def test_a_shank_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no spine: -?[0-9]+ mm of shank"):
        lay_spine([60.0, 0.0, 75.0], [0.0, 0.0, 1.0], FOOT, 40.0, 260.0, 0.0, 1.0)
