"""Shims: the geometry of a wedge under a lever, and the spring's moment by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from afo_designer.design.prescription import heel_pitch_deg
from afo_designer.design.shim import MOST_STACK_MM, Spring, moment_nm, pitch_deg, shim_table

SPRING = Spring(
    neutral_deg=3.0,
    plantarflexion=0.8,
    dorsiflexion=0.6,
    lever_mm=160.0,
    heel_height_mm=8.0,
    plate_mm=0.0,
    stack_mm=4.0,
    swing_moment_nm=0.6,
)


def test_without_shim_and_plate_the_pitch_is_the_prescriptions() -> None:
    assert pitch_deg(SPRING, 0.0) == heel_pitch_deg(8.0, 160.0)


def test_two_millimetres_on_160_are_seven_tenths_of_a_degree() -> None:
    by_height = {shim.height_mm: shim for shim in shim_table(SPRING)}
    assert by_height[0.0].change_deg == 0.0
    exact = math.degrees(math.asin(10.0 / 160.0) - math.asin(8.0 / 160.0))
    assert by_height[2.0].change_deg == pytest.approx(exact)
    assert by_height[2.0].change_deg == pytest.approx(0.717, abs=0.001)


def test_the_spring_has_two_sides() -> None:
    assert moment_nm(SPRING, 3.0) == 0.0
    assert moment_nm(SPRING, -7.0) == pytest.approx(8.0)
    assert moment_nm(SPRING, 13.0) == pytest.approx(-6.0)


def test_a_shim_leans_the_shank_and_relieves_mid_stance() -> None:
    table = shim_table(SPRING)
    for before, after in pairwise(table):
        change = after.pitch_deg - before.pitch_deg
        assert change > 0.0
        assert after.shank_deg - before.shank_deg == pytest.approx(change)
        assert before.midstance_ankle_deg - after.midstance_ankle_deg == pytest.approx(change)
        assert after.midstance_nm > before.midstance_nm
        assert after.swing_nm == before.swing_nm == SPRING.swing_moment_nm
        assert after.swing_shoe_deg - before.swing_shoe_deg == pytest.approx(change)


def test_in_swing_the_weight_hangs_on_the_spring() -> None:
    shim = shim_table(SPRING)[0]
    assert moment_nm(SPRING, shim.swing_ankle_deg) == pytest.approx(SPRING.swing_moment_nm)


def test_a_hinges_open_stop_lets_the_foot_hang_lower() -> None:
    opened = replace(SPRING, opening_deg=4.0)
    assert moment_nm(opened, 0.0) == 0.0
    assert moment_nm(opened, -7.0) == pytest.approx(0.8 * 6.0)
    one, other = (shim_table(each)[0].swing_ankle_deg for each in (SPRING, opened))
    assert other == pytest.approx(one - 4.0)


def test_a_stack_too_high_for_the_shoe_is_marked() -> None:
    for shim in shim_table(SPRING):
        assert shim.in_shoe == (SPRING.stack_mm + max(shim.height_mm, 0.0) <= MOST_STACK_MM)


def test_a_small_foot_in_a_high_shoe_gets_fewer_shims() -> None:
    small = replace(SPRING, lever_mm=34.0)
    assert max(shim.height_mm for shim in shim_table(small)) == 8.0
