"""Transitions: ends exact, slopes as stated, the ramp is the integral of the step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afo_designer.cast.transition import STEEPEST, even_slope, even_step, smooth_ramp, smooth_step


@pytest.mark.parametrize("step", [smooth_step, even_step])
def test_steps_are_exact_outside_and_monotone(step) -> None:
    x = np.linspace(-3.0, 9.0, 2401)
    y = step(x, 1.0, 6.0)
    assert np.all(y[x <= 1.0] == 0.0)
    np.testing.assert_allclose(y[x >= 6.0], 1.0, rtol=0, atol=1e-15)
    assert np.all(np.diff(y) >= -1e-15)
    np.testing.assert_allclose(y + y[::-1] * 0 + step(7.0 - x, 1.0, 6.0), 1.0, atol=1e-12)


@pytest.mark.parametrize(("step", "steepest"), [(smooth_step, 1.875), (even_step, STEEPEST)])
def test_steepest_slope(step, steepest: float) -> None:
    x = np.linspace(0.0, 1.0, 20001)
    assert np.gradient(step(x, 0.0, 1.0), x).max() == pytest.approx(steepest, rel=1e-6)


@pytest.mark.parametrize("step", [smooth_step, even_step])
def test_second_derivative_is_continuous(step) -> None:
    x = np.linspace(-0.2, 1.2, 14001)
    second = np.gradient(np.gradient(step(x, 0.0, 1.0), x), x)
    # A jump would stay as the spacing falls; a continuous curve steps by its slope times dx.
    assert np.abs(np.diff(second)).max() < 0.02


@given(start=st.floats(-50.0, 50.0), width=st.floats(1.0, 60.0))
def test_the_ramp_integrates_the_step(start: float, width: float) -> None:
    x = np.linspace(start - 5.0, start + width + 20.0, 4001)
    y = smooth_step(x, start, start + width)
    area = np.concatenate([[0.0], np.cumsum(0.5 * (y[1:] + y[:-1]) * np.diff(x))])
    np.testing.assert_allclose(smooth_ramp(x, start, start + width), area, atol=1e-3)


def test_the_slope_is_the_derivative() -> None:
    x, h = np.linspace(0.5, 6.5, 601), 1e-6
    differences = (even_step(x + h, 1.0, 6.0) - even_step(x - h, 1.0, 6.0)) / (2.0 * h)
    np.testing.assert_allclose(even_slope(x, 1.0, 6.0), differences, atol=1e-8)
