"""Moment-angle curves: a straight one by hand, a bent one against its formula."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from afo_designer.mechanics.moment_angle import CurveRefused, MomentAngle

ANGLES = np.arange(-20.0, 15.1, 2.5)


def bent(angles):
    """A leaf that stiffens in plantarflexion and softens in dorsiflexion, without a limit."""
    return -1.2 * angles + 0.015 * angles**2


@given(st.floats(0.05, 20.0), st.floats(-60.0, 60.0))
@example(13.123564010797852, -2.220446049250313e-16)
def test_a_straight_curve_is_one_stiffness_everywhere(stiffness, rotation):
    line = MomentAngle.linear(stiffness)
    for met in (line.plantarflexion, line.dorsiflexion, line.tangent, line.fitted(-3.0, 7.0)):
        assert met == pytest.approx(stiffness, rel=1e-12)
    assert line.moment_at(rotation) == pytest.approx(-stiffness * rotation, rel=1e-12, abs=1e-12)
    assert line.rotation_at(-stiffness * rotation) == pytest.approx(rotation, rel=1e-9, abs=1e-9)


def test_points_are_met_and_rotation_undoes_moment():
    curve = MomentAngle(ANGLES, bent(ANGLES))
    for angle, moment in zip(ANGLES, bent(ANGLES), strict=True):
        assert curve.moment_at(angle) == pytest.approx(moment, abs=1e-12)
    for rotation in np.linspace(-25.0, 16.0, 83):
        assert curve.rotation_at(curve.moment_at(rotation)) == pytest.approx(rotation, abs=1e-8)


def test_fits_of_a_bent_curve_by_its_formula():
    """The best line of a x + b x² over [l, h] has the slope a + b (l + h)."""
    curve = MomentAngle(ANGLES, bent(ANGLES))
    assert curve.plantarflexion == pytest.approx(1.2 + 0.15, rel=2e-3)
    assert curve.dorsiflexion == pytest.approx(1.2 - 0.15, rel=2e-3)
    assert curve.tangent == pytest.approx(1.2, rel=2e-3)
    assert curve.dorsiflexion < curve.tangent < curve.plantarflexion


def test_a_fit_does_not_depend_on_points_that_add_nothing():
    few = MomentAngle([-20.0, -10.0, 0.0, 15.0], [24.0, 12.0, 0.0, -18.0])
    many = MomentAngle(
        [-20.0, -10.0, -9.9, -9.8, 0.0, 15.0], [24.0, 12.0, 11.88, 11.76, 0.0, -18.0]
    )
    assert many.plantarflexion == pytest.approx(few.plantarflexion, rel=1e-12)


def test_the_fit_is_the_regression_of_dense_samples():
    curve = MomentAngle(ANGLES, bent(ANGLES))
    angles = np.linspace(-10.0, 0.0, 401)
    slope = np.polyfit(angles, [curve.moment_at(a) for a in angles], 1)[0]
    assert curve.plantarflexion == pytest.approx(-slope, rel=1e-4)


def test_it_runs_straight_beyond_its_ends():
    curve = MomentAngle(ANGLES, bent(ANGLES))
    assert not curve.within(-20.1)
    assert curve.within(15.0)
    one, two, three = (curve.moment_at(-20.0 - step) for step in (0.0, 4.0, 8.0))
    assert three - two == pytest.approx(two - one)
    slope = (curve.moment_at(-20.0) - curve.moment_at(-20.0 + 1e-5)) / 1e-5
    assert (two - one) / 4.0 == pytest.approx(slope, rel=1e-4)


def test_a_turned_foot_mirrors():
    curve = MomentAngle(ANGLES, bent(ANGLES))
    mirrored = MomentAngle(-ANGLES[::-1], -bent(ANGLES)[::-1])
    assert mirrored.plantarflexion == pytest.approx(curve.dorsiflexion, rel=1e-12)
    assert mirrored.rotation_at(-7.0) == pytest.approx(-curve.rotation_at(7.0), rel=1e-12)


def test_past_a_limit_the_moment_is_met_before_it_or_never():
    angles = [-20.0, -10.0, 0.0, 5.0, 10.0, 15.0]
    curve = MomentAngle(angles, [20.0, 10.0, 0.0, -4.0, -6.0, -5.0])
    assert curve.rotation_at(-5.5) < 10.0
    assert curve.rotation_at(-4.0) == pytest.approx(5.0)
    assert curve.rotation_at(-7.0) == np.inf
    turned = MomentAngle([-15.0, -10.0, 0.0, 10.0], [5.0, 6.0, 0.0, -6.0])
    assert turned.rotation_at(7.0) == -np.inf


@pytest.mark.parametrize(
    ("angles", "moments", "sentence"),
    [
        ([0.0], [0.0], "two or more"),
        ([-1.0, 0.0, 1.0], [1.0, np.nan, -1.0], "finite"),
        ([-1.0, 1.0, 0.0], [1.0, -1.0, 0.0], "ascending"),
        ([1.0, 2.0], [-1.0, -2.0], "neutral is not between"),
        ([-1.0, 0.0, 1.0], [1.0, 0.5, -1.0], "0.5 N·m at neutral"),
        ([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], "-1 and 1 N·m beside neutral"),
    ],
)
def test_what_is_no_spring_is_refused(angles, moments, sentence):
    with pytest.raises(CurveRefused, match=sentence):
        MomentAngle(angles, moments)


def test_a_range_that_was_not_swept_is_refused():
    curve = MomentAngle([-8.0, 0.0, 15.0], [8.0, 0.0, -15.0])
    with pytest.raises(CurveRefused, match="-10 to 0 deg was asked for; the curve runs from -8"):
        _ = curve.plantarflexion
