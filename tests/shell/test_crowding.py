"""Crowding: rims whose roundings overlap are refused with what would move them apart."""

from __future__ import annotations

import numpy as np
import pytest

from afo_designer.shell.crowding import checked_rims
from afo_designer.shell.holes import OpeningRefused
from afo_designer.shell.opening import Opening

ANGLE = np.linspace(0.0, 2.0 * np.pi, 60, endpoint=False)


def circle(radius: float, at: float = 0.0) -> np.ndarray:
    return np.column_stack([at + radius * np.cos(ANGLE), radius * np.sin(ANGLE), 0.0 * ANGLE])


def test_roundings_that_touch_are_allowed_and_overlap_is_not() -> None:
    rims, holes = [circle(40.0), circle(5.0, 25.0)], [Opening("rivet lateral 1", np.eye(8, 2))]
    checked_rims(rims, [np.full(60, 4.9), np.full(60, 5.0)], holes)
    with pytest.raises(
        OpeningRefused, match=r"The edge and .*rivet lateral 1' are 10\.0 mm apart.* need 10\.2 mm"
    ) as refused:
        checked_rims(rims, [np.full(60, 5.2), np.full(60, 5.0)], holes)
    assert "shell.rivets.edge_mm" in str(refused.value)


def test_a_shell_without_openings_has_none() -> None:
    checked_rims([circle(40.0)], [np.full(60, 4.0)], [])


def test_two_openings_are_named_both() -> None:
    rims = [circle(90.0), circle(5.0), circle(5.0, 14.0)]
    holes = [Opening(f"window {k}", np.eye(8, 2)) for k in (1, 2)]
    with pytest.raises(OpeningRefused, match="window 1' and the opening 'window 2' are 4"):
        checked_rims(rims, [np.full(60, 2.5)] * 3, holes)
