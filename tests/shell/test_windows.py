"""Ventilation windows: how much they open, where they keep off, and when they are refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from known_shells import made
from scipy.spatial import cKDTree

from afo_designer.geometry.parameter import with_value
from afo_designer.shell.holes import OpeningRefused
from afo_designer.shell.mark import Lettering
from afo_designer.shell.opening import WINDOW, Opening
from afo_designer.shell.parameters import Marking
from afo_designer.shell.shell import Shell, marked, windowed
from afo_designer.shell.windows import FIELD_SHARE, MOST_OPENINGS

LEAF, SEMI = "posterior_leaf_spring", "semi_solid"
LEGS = ("man", "mirrored man")


@cache
def ventilated(who: str, family: str, lettered: bool = False, **windows: object) -> Shell:
    shell = made(who, family).shell
    parameters = shell.parameters
    for key, value in windows.items():
        parameters = with_value(parameters, f"windows.{key}", value)
    if lettered:
        shell = marked(shell, Lettering("A1B2C3D4L", Marking()))
    return windowed(replace(shell, parameters=parameters))


def windows_of(shell: Shell) -> list[Opening]:
    return [opening for opening in shell.openings if opening.kind == WINDOW]


def area(shell: Shell, loop: np.ndarray) -> float:
    """mm² of the surface in a small loop: its polygon's, as a vector."""
    points = shell.chart.point(*loop.T)
    points = points - points.mean(axis=0)
    return 0.5 * float(np.linalg.norm(np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)))


def field_area(shell: Shell) -> float:
    """mm² of the calf where windows may be, counted point by point."""
    stations, calf, edge = shell.stations, shell.parameters.calf, shell.parameters.windows.edge_mm
    s = np.arange(
        stations.top + max(calf.flare_length_mm, edge),
        stations.band + FIELD_SHARE * (stations.leaf - stations.band),
        0.75,
    )
    theta = np.linspace(-2.0, 2.0, 401)
    grid = np.stack(np.meshgrid(s, theta, indexing="ij"), axis=-1).reshape(-1, 2)
    medial, lateral = shell.trim.sides(grid[:, 0])
    grid = grid[(grid[:, 1] > medial) & (grid[:, 1] < lateral)]
    others = [opening.loop for opening in shell.openings if opening.kind != WINDOW]
    barred = cKDTree(shell.chart.point(*np.vstack([shell.trim.boundary, *others]).T))
    free = grid[barred.query(shell.chart.point(*grid.T))[0] >= edge]
    return float(shell.chart.area_density(*free.T).sum()) * 0.75 * 0.01


@pytest.mark.parametrize(
    ("who", "family", "windows"),
    [
        ("man", LEAF, {"pattern": "rounds", "free_area_percent": 20.0}),
        ("man", SEMI, {"pattern": "slots", "free_area_percent": 15.0}),
        ("child", SEMI, {"pattern": "rounds", "free_area_percent": 15.0, "bridge_mm": 6.0}),
    ],
)
def test_they_open_what_was_asked_and_keep_their_bridges(
    who: str, family: str, windows: dict[str, object]
) -> None:
    shell = ventilated(who, family, **windows)
    found = windows_of(shell)
    asked = shell.parameters.windows
    opened = sum(area(shell, window.loop) for window in found)
    share = 100.0 * opened / field_area(shell)
    assert share == pytest.approx(asked.free_area_percent, rel=0.03)
    assert len(shell.openings) <= MOST_OPENINGS
    rims = [cKDTree(shell.chart.point(*window.loop.T)) for window in found]
    for number, rim in enumerate(rims):
        for other in rims[:number]:
            assert rim.query(other.data)[0].min() >= asked.bridge_mm - 0.15
    others = [opening.loop for opening in shell.openings if opening.kind != WINDOW]
    edge = cKDTree(shell.chart.point(*np.vstack([shell.trim.boundary, *others]).T))
    assert min(edge.query(rim.data)[0].min() for rim in rims) >= asked.edge_mm - 0.3
    lowest = max(window.loop[:, 0].max() for window in found)
    assert lowest < shell.stations.leaf - 20.0


def test_a_mirrored_leg_has_mirrored_windows() -> None:
    one, twin = (windows_of(ventilated(who, LEAF, pattern="rounds")) for who in LEGS)
    assert len(one) == len(twin)
    middles = [
        np.array([window.loop.mean(axis=0) for window in windows]) for windows in (one, twin)
    ]
    np.testing.assert_allclose(*middles, atol=1e-4)


def test_they_keep_off_the_mark() -> None:
    shell = ventilated("man", LEAF, lettered=True, pattern="rounds")
    assert shell.mark is not None
    letters = cKDTree(shell.chart.point(*shell.mark.places.T))
    for window in windows_of(shell):
        assert letters.query(shell.chart.point(*window.loop.T))[0].min() >= 10.0
    assert len(windows_of(shell)) > 20


def test_more_than_fits_is_refused_with_both_values() -> None:
    words = r"free_area_percent is 40 %, but with bridges of 8 mm .* at most \d\d\.\d %"
    with pytest.raises(OpeningRefused, match=words):
        ventilated("man", LEAF, pattern="rounds", free_area_percent=40.0)


def test_a_calf_without_room_is_refused() -> None:
    with pytest.raises(OpeningRefused, match=r"40 mm beside edges .* at most 0\.0 % of the 10 cm²"):
        ventilated("child", LEAF, pattern="slots", edge_mm=40.0)


def test_there_are_none_by_default() -> None:
    assert windows_of(made("man", LEAF).shell) == []
    small = ventilated("man", LEAF, pattern="rounds", free_area_percent=4.0)
    sizes = [np.sqrt(4.0 * area(small, window.loop) / np.pi) for window in windows_of(small)]
    assert min(sizes) >= 4.9
