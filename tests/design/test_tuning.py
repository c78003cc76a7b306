"""Tuning on stiffness laws that can be solved by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afo_designer.design.tuning import MOST_SOLVES, STEP_MM, Lever, tune

WALL = Lever("thickness_mm", 4.0, 2.0, 6.0, 1.7)
WIDTH = Lever("width_mm", 40.0, 30.0, 70.0, 1.6)
TRIM = Lever("trim_anterior_mm", 0.0, -18.0, 15.0, 3.0, 60.0)
TOLERANCE = 0.005


def power_law(wall: float, width: float) -> Callable[[dict[str, float]], float]:
    """1 N·m/deg at 4 mm and 40 mm."""
    return lambda v: (v["thickness_mm"] / 4.0) ** wall * (v["width_mm"] / 40.0) ** width


@given(target=st.floats(0.4, 1.9), wall=st.floats(1.4, 3.0), width=st.floats(1.0, 2.5))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_power_law_is_met_by_the_wall_alone(target: float, wall: float, width: float) -> None:
    tuned = tune(power_law(wall, width), target, (WALL, WIDTH), TOLERANCE)
    within = 4.0 * target ** (1.0 / wall)
    if not 2.0 <= within <= 6.0:
        return
    assert tuned.reached
    assert tuned.solves <= MOST_SOLVES
    assert tuned.stiffness == pytest.approx(target, rel=TOLERANCE)
    assert tuned.values["width_mm"] == 40.0
    assert tuned.values["thickness_mm"] == pytest.approx(within, rel=2.0 * TOLERANCE)
    assert tuned.reach is None


@pytest.mark.parametrize("curve", [0.3, -0.3])
def test_a_law_that_is_no_power_is_met(curve: float) -> None:
    """Exponent 1.5 at 4 mm that grows or falls by 0.3 per e-fold of thickness."""

    def solve(values: dict[str, float]) -> float:
        x = np.log(values["thickness_mm"] / 4.0)
        return float(np.exp(1.5 * x + curve * x * x))

    for target in (0.45, 0.8, 1.3, 1.6):
        tuned = tune(solve, target, (WALL, WIDTH), TOLERANCE)
        assert tuned.reached
        assert tuned.solves <= MOST_SOLVES
        assert tuned.stiffness == pytest.approx(target, rel=TOLERANCE)


def test_walls_are_hundredths_of_a_millimetre() -> None:
    tuned = tune(power_law(2.2, 1.3), 1.234, (WALL, WIDTH), TOLERANCE)
    assert tuned.values["thickness_mm"] / STEP_MM == pytest.approx(
        round(tuned.values["thickness_mm"] / STEP_MM), abs=1e-9
    )


def test_a_target_met_at_the_start_costs_one_solve() -> None:
    tuned = tune(power_law(2.0, 1.5), 1.003, (WALL, WIDTH), TOLERANCE)
    assert (tuned.solves, tuned.values["thickness_mm"]) == (1, 4.0)


@pytest.mark.parametrize(("target", "end"), [(3.5, 6.0), (0.2, 2.0)])
def test_the_width_moves_when_the_wall_is_at_its_end(target: float, end: float) -> None:
    tuned = tune(power_law(2.0, 1.5), target, (WALL, WIDTH), TOLERANCE)
    assert tuned.reached
    assert tuned.solves <= MOST_SOLVES
    assert tuned.values["thickness_mm"] == end
    assert tuned.values["width_mm"] == pytest.approx(
        40.0 * (target / (end / 4.0) ** 2.0) ** (1.0 / 1.5), abs=0.3
    )
    assert tuned.slope == pytest.approx(2.0)  # d ln k / d ln t, not the width's


def test_a_trim_behind_the_malleoli_is_a_lever_too() -> None:
    def solve(values: dict[str, float]) -> float:
        return (values["thickness_mm"] / 4.0) ** 2 * np.exp(values["trim_anterior_mm"] / 20.0)

    fixed = Lever("thickness_mm", 3.0, 3.0, 3.0, 1.7)
    tuned = tune(solve, 1.0, (fixed, TRIM), TOLERANCE)
    assert tuned.reached
    assert tuned.values["thickness_mm"] == 3.0  # fixed by its range
    assert tuned.values["trim_anterior_mm"] == pytest.approx(20.0 * np.log(16.0 / 9.0), abs=0.1)


@pytest.mark.parametrize("target", [0.05, 20.0])
def test_out_of_reach_is_said_with_the_reach(target: float) -> None:
    law = power_law(2.0, 1.5)
    tuned = tune(law, target, (WALL, WIDTH), TOLERANCE)
    low = law({"thickness_mm": 2.0, "width_mm": 30.0})
    high = law({"thickness_mm": 6.0, "width_mm": 70.0})
    assert not tuned.reached
    assert tuned.reach == pytest.approx((low, high))
    # The nearest end is what is left in the hand.
    assert tuned.stiffness == pytest.approx(low if target < low else high)


def test_nothing_to_move_is_out_of_reach() -> None:
    fixed = (Lever("thickness_mm", 4.0, 4.0, 4.0, 1.7), Lever("width_mm", 40.0, 40.0, 40.0, 1.6))
    tuned = tune(power_law(2.0, 1.5), 1.5, fixed, TOLERANCE)
    assert not tuned.reached
    assert tuned.reach == (1.0, 1.0)
    assert tuned.values == {"thickness_mm": 4.0, "width_mm": 40.0}
    assert tuned.solves == 1


def test_no_set_of_values_is_solved_twice() -> None:
    seen: list[tuple[float, ...]] = []

    def solve(values: dict[str, float]) -> float:
        seen.append(tuple(values.values()))
        return power_law(2.0, 1.5)(values)

    for target in (1.0, 1.7, 3.5, 9.0):
        seen.clear()
        assert tune(solve, target, (WALL, WIDTH), TOLERANCE).solves == len(set(seen)) == len(seen)
