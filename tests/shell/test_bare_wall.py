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
    s, theta = (np.linspace(low[k], high[k], count) for k, count in ((0, 200), (1, 60)))
    away = np.linalg.norm(shell.chart.surface.grid(s, theta) - apex, axis=-1)
    most = np.where(away < 12.0, 0.5 * SHARE, 20.0)
    with pytest.raises(HollowRefused, match=r"radius 0\.5 mm; a wall needs 1\.2 mm") as refused:
        checked_hollows(
            shell.chart,
            shell.trim,
            Ceiling(low, high, most),
            cast_shapers(positive, shell.parameters.leaf),
        )
    assert "cast.relief.lateral_malleolus_mm (5)" in str(refused.value)
    assert "cast.relief.medial_malleolus_mm" not in str(refused.value)
    assert str(refused.value).endswith("or cast.relief.feather_mm (15).")


def test_what_is_made_is_not_refused() -> None:
    one = made("child", "solid")
    assert one.shell.thickness.ceiling is not None
    checked_hollows(one.shell.chart, one.shell.trim, one.shell.thickness.ceiling, str)
