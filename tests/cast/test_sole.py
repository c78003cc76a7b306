"""Sole: the plate's heights by hand, its smoothness, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afo_designer.cast.parameters import CastParameters
from afo_designer.cast.sole import Plate, SoleRefused, pressed, sole_weight, stand
from afo_designer.geometry.parameter import with_value
from afo_designer.limb.landmarks import Landmark, Landmarks, Source

ANKLE_HEIGHT = 70.0


def foot(heel: float = 40.0, first: float = 200.0, fifth: float = 180.0) -> Landmarks:
    at = {
        "heel_plantar": heel,
        "first_metatarsal_head_plantar": first,
        "fifth_metatarsal_head_plantar": fifth,
    }
    return Landmarks({k: Landmark([x, 0.0, 0.0], Source.GIVEN, 1.0) for k, x in at.items()})


def test_level_from_heel_to_ball_then_up_by_the_pitch() -> None:
    plate = stand(foot(), 15.0, with_value(CastParameters(), "clearance_mm", 2.0))
    assert (plate.heel, plate.bend_start) == (40.0, 190.0)
    np.testing.assert_array_equal(plate.height([-20.0, 0.0, 120.0, 190.0]), -2.0)
    # Heel 15 mm over a ball 150 mm away: sin = 0.1.
    assert plate.toe_angle == pytest.approx(np.arcsin(0.1))
    far = np.array([plate.bend_end, plate.bend_end + 100.0])
    assert np.ptp(plate.height(far)) == pytest.approx(100.0 * np.tan(np.arcsin(0.1)))


@given(difference=st.floats(0.0, 40.0), spring=st.floats(0.0, 10.0))
def test_toes_lie_level_in_the_shoe(difference: float, spring: float) -> None:
    """Stood in the shoe, heel up by the difference, the toe plate rises by the toe spring alone."""
    parameters = with_value(CastParameters(), "toe_spring_deg", spring)
    plate = stand(foot(), difference, parameters)
    x = np.array([plate.heel, plate.bend_start, 260.0, 300.0])
    z = plate.height(x)
    pitch = np.arcsin(difference / 150.0)
    in_shoe = np.cos(pitch) * z - np.sin(pitch) * x
    along = np.cos(pitch) * x + np.sin(pitch) * z
    assert in_shoe[0] - in_shoe[1] == pytest.approx(difference, abs=1e-9)
    slope = (in_shoe[3] - in_shoe[2]) / (along[3] - along[2])
    assert slope == pytest.approx(np.tan(np.radians(spring)), abs=1e-9)


def test_height_is_smooth_to_the_third_derivative() -> None:
    plate = stand(foot(), 20.0, CastParameters())
    x = np.linspace(180.0, 240.0, 6001)
    third = np.gradient(np.gradient(np.gradient(plate.height(x), x), x), x)[5:-5]
    assert np.abs(np.diff(third)).max() < 0.01 * np.abs(third).max()


@pytest.mark.parametrize("difference", [-1.0, 61.0, float("nan")])
def test_a_heel_no_shoe_has_is_refused(difference: float) -> None:
    with pytest.raises(SoleRefused, match="0 to 60 mm"):
        stand(foot(), difference, CastParameters())


def test_a_heel_too_high_for_a_child_is_refused() -> None:
    with pytest.raises(SoleRefused, match="at most 30 mm"):
        stand(foot(20.0, 84.0, 76.0), 45.0, CastParameters())


def test_landmarks_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(SoleRefused, match="ahead of heel_plantar"):
        stand(foot(180.0, 60.0, 50.0), 8.0, CastParameters())


PLATE = Plate(level=-1.0, heel=40.0, bend_start=190.0, bend_end=215.0, toe_angle=0.0)


def test_only_low_skin_that_faces_down_is_sole() -> None:
    points = np.array([[120.0, 0.0, 5.0], [120.0, 0.0, 5.0], [120.0, 0.0, 60.0]])
    weight = sole_weight(points, np.array([1.0, 0.2, 1.0]), PLATE, ANKLE_HEIGHT)
    np.testing.assert_array_equal(weight, [1.0, 0.0, 0.0])


def test_the_arch_is_filled_more_readily_than_the_heels_edge() -> None:
    points = np.array([[45.0, 0.0, 5.0], [120.0, 0.0, 5.0]])
    heel, arch = sole_weight(points, np.array([0.65, 0.65]), PLATE, ANKLE_HEIGHT)
    assert heel < 0.2 < arch


def test_pressed_skin_lies_on_the_plate_and_none_below() -> None:
    points = np.array([[60.0, 0.0, 4.0], [60.0, 5.0, 4.0], [60.0, 9.0, -3.0], [60.0, 0.0, 90.0]])
    flat = pressed(points, np.array([1.0, 0.5, 0.0, 0.0]), PLATE, ANKLE_HEIGHT)
    np.testing.assert_array_equal(flat[:, 2], [-1.0, 1.5, -1.0, 90.0])
    np.testing.assert_array_equal(flat[:, :2], points[:, :2])


def test_an_arch_that_stays_is_not_touched() -> None:
    points = np.array([[60.0, 0.0, 4.0], [60.0, 9.0, -3.0]])
    np.testing.assert_array_equal(pressed(points, np.zeros(2), PLATE, ANKLE_HEIGHT), points)
