"""Hand-off: units, sign, side, and that the numbers give the orthosis back."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from afo_designer.design.handoff import Handoff, handoff, handoff_notes, handoff_values
from afo_designer.mechanics.moment_angle import MomentAngle

SPAN = (-20, 15)
TURNS = np.linspace(-25.0, 20.0, 46)


def leaf(neutral: float = 3.0, side: str = "left") -> Handoff:
    """A leaf that stiffens as the toes go down."""
    return handoff(MomentAngle(TURNS, -0.8 * TURNS + 0.01 * TURNS**2), neutral, side, SPAN)


def test_units_and_sign() -> None:
    """A linear spring of 1 N·m/deg: 57.3 N·m/rad, dorsiflexing where the toes hang."""
    one = handoff(MomentAngle.linear(1.0), 5.0, "right", SPAN)
    assert one.coordinate == "ankle_angle_r"
    np.testing.assert_allclose(one.stiffness, 180.0 / np.pi)
    np.testing.assert_allclose(one.moment, -(180.0 / np.pi) * (one.angle - np.radians(5.0)))
    assert one.angle[0] == pytest.approx(np.radians(-15.0))
    assert one.moment[0] > 0.0 > one.moment[-1]
    assert one.slopes == pytest.approx((180.0 / np.pi, 180.0 / np.pi))


def test_the_stiffness_is_the_slope_of_the_moment() -> None:
    one = leaf()
    spline = CubicSpline(one.angle, one.moment)
    np.testing.assert_allclose(-spline(one.angle, 1)[1:-1], one.stiffness[1:-1], rtol=5e-3)


def test_the_expression_is_the_table() -> None:
    """As OpenSim's parser reads it: powers as ^, no blanks, q in rad."""
    for one in (leaf(), handoff(MomentAngle.linear(0.7), -2.0, "left", SPAN)):
        assert " " not in one.expression
        code = compile(one.expression.replace("^", "**"), "expression", "eval")
        found = np.array([eval(code, {"q": q}) for q in one.angle])  # our own five terms
        bound = one.error_nm + 1e-6 * np.abs(one.moment).max()
        np.testing.assert_allclose(found, one.moment, rtol=0.0, atol=bound)
        assert one.error_nm < 0.01 * np.abs(one.moment).max()


def test_the_mirror_image_differs_in_its_name_alone() -> None:
    left, right = leaf(side="left"), leaf(side="right")
    assert (left.coordinate, right.coordinate) == ("ankle_angle_l", "ankle_angle_r")
    for one, other in zip(left.columns.values(), right.columns.values(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [name.replace("_l", "_r") for name in left.columns] == list(right.columns)


def test_the_neutral_angle_moves_the_angles_alone() -> None:
    one, other = leaf(neutral=0.0), leaf(neutral=4.0)
    np.testing.assert_allclose(other.angle - one.angle, np.radians(4.0))
    np.testing.assert_array_equal(one.moment, other.moment)


def test_no_row_lies_beyond_what_was_computed() -> None:
    short = MomentAngle([-12.5, 0.0, 11.0], [10.0, 0.0, -8.0])
    one = handoff(short, 0.0, "left", SPAN)
    assert np.degrees(one.angle[[0, -1]]) == pytest.approx([-12.0, 11.0])


def test_it_says_what_it_is_not() -> None:
    one = leaf()
    said = " ".join(handoff_notes(one, linear=True))
    for word in ("no hysteresis", "rigid", "dorsiflexion positive", "static", "ankle_angle_l"):
        assert word in said
    assert handoff_values(one)["coordinate"] == "ankle_angle_l"
