"""Bare wall: a hollow that bears no wall is refused with what shapes the place."""

from __future__ import annotations

import numpy as np
import pytest
from known_shells import made

from afo_designer.shell.bare_wall import HollowRefused, cast_shapers, checked_hollows
from afo_designer.shell.ceiling import SHARE, Ceiling


def test_a_hollow_names_the_reliefs_beside_it() -> None:
    one = made("man", "solid")
    shell, positive = one.shell, one.positive
    assert shell.thickness.ceiling is not None
    apex = positive.landmarks.position("lateral_malleolus")
    low, high = shell.thickness.ceiling.low, shell.thickness.ceiling.high
    s = np.linspace(low[0], high[0], 200)
    dent = np.abs(s - shell.chart.spine.station_of(apex)) < 12.0
    most = np.where(dent[:, None], 0.5 * SHARE, 20.0) * np.ones((200, 60))
    with pytest.raises(HollowRefused, match=r"radius 0\.5 mm; a wall needs 1\.2 mm") as refused:
        checked_hollows(
            shell.chart,
            shell.trim,
            Ceiling(low, high, most),
            cast_shapers(positive, shell.parameters.leaf),
        )
    assert "cast.relief.feather_mm (15)" in str(refused.value)


def test_what_is_made_is_not_refused() -> None:
    one = made("child", "solid")
    assert one.shell.thickness.ceiling is not None
    checked_hollows(one.shell.chart, one.shell.trim, one.shell.thickness.ceiling, str)
