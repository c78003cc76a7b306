"""Windows off stressed wall: laid anew, fewer where little room is left, refused where none is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from demo_run import PERSON
from known_shells import made
from scipy.spatial import cKDTree

from afo_designer.design.tuned_shell import TunedShell
from afo_designer.design.ventilation import borne, ventilated
from afo_designer.geometry.parameter import with_value
from afo_designer.mechanics.model import ShellModel
from afo_designer.runs.catalogue import load_material
from afo_designer.runs.reading import read_person
from afo_designer.shell.holes import OpeningRefused
from afo_designer.shell.opening import WINDOW
from afo_designer.shell.shell import Shell, free_area_percent, windowed

MATERIAL, _ = load_material("pa12_mjf")
PERSON_FILE = read_person(PERSON)


@cache
def opened() -> Shell:
    """A leaf with a fifth of its calf open."""
    shell = made("man", "posterior_leaf_spring").shell
    return windowed(
        replace(shell, parameters=with_value(shell.parameters, "windows.pattern", "rounds"))
    )


def nodes(shell: Shell) -> np.ndarray:
    """Places all over the calf, 5 mm apart or less."""
    s = np.arange(shell.stations.top, shell.stations.leaf, 4.0)
    theta = np.linspace(-1.8, 1.8, 61)
    return np.stack(np.meshgrid(s, theta, indexing="ij"), axis=-1).reshape(-1, 2)


def laid(shell: Shell, stressed_from: float) -> tuple[Shell, int]:
    """Windows kept off a calf that bears too much from a station on, and how often it is solved."""
    at = nodes(shell)
    model = cast(ShellModel, SimpleNamespace(mesh=SimpleNamespace(parameters=at)))
    share = np.where(at[:, 0] > stressed_from, 0.5, 0.1)
    seen: list[Shell] = []

    def solve(one: Shell) -> TunedShell | None:
        seen.append(one)
        return None

    found, _ = ventilated(shell, solve, lambda one, tuned: (model, share))
    return found, len(seen)


def rims(shell: Shell) -> np.ndarray:
    loops = [one.loop for one in shell.openings if one.kind == WINDOW]
    return shell.chart.point(*np.vstack(loops).T)


def test_windows_leave_what_is_stressed_and_open_what_remains() -> None:
    shell = opened()
    border = shell.stations.band - 10.0
    found, solved = laid(shell, border)
    at = nodes(shell)
    hot = cKDTree(shell.chart.point(*at[at[:, 0] > border].T))
    edge = shell.parameters.windows.edge_mm
    assert hot.query(rims(shell))[0].min() < edge
    assert hot.query(rims(found))[0].min() >= edge - 0.3
    assert solved == 2
    assert 2.0 < free_area_percent(found) < 18.0
    assert free_area_percent(shell) == pytest.approx(20.0, rel=0.03)


def test_unstressed_windows_stay_and_are_solved_once() -> None:
    shell = opened()
    found, solved = laid(shell, shell.stations.leaf - 1.0)
    assert found is shell
    assert solved == 1


def test_a_calf_that_is_stressed_all_over_is_refused_with_both_values() -> None:
    with pytest.raises(
        OpeningRefused, match=r"is 20 %, but .*stress_share_percent 33 % .*: 0\.0 %"
    ):
        laid(opened(), 0.0)


def test_what_is_borne_is_the_worst_of_strength_and_endurance() -> None:
    def all_over(mpa: float) -> np.ndarray:
        return np.full((2, 3), mpa)

    share: Any = borne({"stairs": all_over(0.5 * MATERIAL.strength_mpa)}, MATERIAL, PERSON_FILE)
    assert share == pytest.approx(0.5)
    # a frontal case counts only where it is alone
    frontal = {"inversion": all_over(MATERIAL.strength_mpa)}
    assert borne(frontal, MATERIAL, PERSON_FILE) == pytest.approx(1.0)
    both = {**frontal, "swing": all_over(1.0)}
    assert borne(both, MATERIAL, PERSON_FILE) == pytest.approx(1.0 / MATERIAL.strength_mpa)
    step = {"push_off": all_over(2.0), "second_rocker": all_over(4.0)}
    assert borne(step, MATERIAL, PERSON_FILE) == pytest.approx(3.0 / MATERIAL.fatigue_amplitude_mpa)
