"""Hollows bridged by a rolling ball, along the limb as across it."""

import numpy as np

from afo_designer.shell.hollows import bridged_along


def test_a_groove_along_the_limb_is_bridged_by_the_ball_and_a_wide_one_is_left() -> None:
    ball, step = 12.0, 0.5
    s = np.arange(0.0, 120.0, step)
    # a notch with straight flanks of 1:1, 10 mm deep, and a trough of radius 40
    notch = 50.0 - np.maximum(10.0 - np.abs(s - 60.0), 0.0)
    trough = 90.0 - np.sqrt(40.0**2 - (s - 60.0).clip(-30.0, 30.0) ** 2)
    made = bridged_along(np.column_stack([notch, trough]), step, ball)
    np.testing.assert_allclose(made[:, 1], trough, atol=0.01)  # the steps
    # the ball rests on the two flanks, its centre √2 ball above the notch's bottom
    rests = np.sqrt(2.0) * ball - ball
    bottom = int(np.argmin(notch))
    np.testing.assert_allclose(made[bottom, 0] - notch[bottom], rests, atol=0.05)
    assert (made[:, 0] >= notch).all()
    np.testing.assert_array_equal(made[s < 40.0, 0], 50.0)
