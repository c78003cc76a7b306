"""The wall: its levels, and two continuous derivatives between them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from known_shells import Made

from afo_designer.shell.shell import with_leaf
from afo_designer.shell.thickness import ThicknessField

Make = Callable[[str, str], Made]


def test_every_part_has_its_own_wall(made_shell: Make) -> None:
    made = made_shell("man", "posterior_leaf_spring")
    h, at, asked = made.shell.thickness, made.shell.stations, made.parameters
    assert h(at.top, 0.0) == h(at.band, 0.3) == asked.calf.thickness_mm
    for s in (at.leaf, at.ankle, at.root):
        assert h(s, 0.1) == pytest.approx(asked.leaf.thickness_mm, abs=1e-12)
    assert h(at.heads - 1.0, 0.0) == pytest.approx(asked.footplate.thickness_mm, abs=1e-12)
    assert h(at.end, 0.0) == pytest.approx(asked.footplate.toe_thickness_mm, abs=1e-12)


def test_two_derivatives_are_continuous() -> None:
    field = ThicknessField([3.0, 5.0, 2.5], [10.0, 60.0], [40.0, 90.0], [1.0], (0.0, 100.0))
    s = np.linspace(0.0, 120.0, 24001)
    h, step = field(s, 0.0), s[1]
    # Largest derivatives of the quintic blend over 30 mm: 15/8 and 10/√3 of rise per length.
    second = np.diff(h, 2) / step**2
    assert np.abs(np.diff(h) / step).max() == pytest.approx(15.0 / 8.0 * 2.5 / 30.0, rel=1e-4)
    assert np.abs(second).max() == pytest.approx(10.0 / np.sqrt(3.0) * 2.5 / 30.0**2, rel=1e-3)
    assert np.abs(np.diff(second)).max() < 60.0 * 2.5 / 30.0**3 * step * 1.01
    assert h.min() == 2.5
    assert h.max() == 5.0


def test_only_the_leaf_follows_tuning(made_shell: Make) -> None:
    made = made_shell("man", "posterior_leaf_spring")
    leaf = replace(made.parameters.leaf, thickness_mm=5.5)
    moved = with_leaf(made.shell, made.positive, leaf)
    at = moved.stations
    s = np.array([at.top, at.band, at.heads - 1.0, at.end])
    np.testing.assert_allclose(moved.thickness(s, 0.0), made.shell.thickness(s, 0.0), atol=1e-12)
    assert moved.thickness(at.ankle, 0.0) == pytest.approx(5.5)
    assert moved.trim is made.shell.trim
    assert made.shell.parameters.leaf.thickness_mm == made.parameters.leaf.thickness_mm
