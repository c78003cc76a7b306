"""The interval: quadrature against sampling, and what it must contain."""

import numpy as np
import pytest

from afo_designer.design.demand import Demand
from afo_designer.design.interval import stiffness_interval
from afo_designer.design.person import GOALS, LOADING, SWING
from afo_designer.design.strength import GRADES, Strength, norm, strength

NORMAL = norm(70.0, 1720.0, None, None)


def demand(met: Strength) -> Demand:
    return Demand(70.0, 1720.0, False, met.torque_nm, 3.0)


def sampled(met: Strength, goals: tuple[str, ...], examined: bool) -> np.ndarray:
    """The same distribution by brute force."""
    rng, count = np.random.default_rng(7), 400_000
    if met.measured:
        torque = met.torque_nm * (1.0 + 0.1 * rng.standard_normal(count))
    else:
        low, mode, high = met.share_low, met.share, met.share_high
        share = rng.triangular(low, mode, high, count) if high > low else np.full(count, low)
        torque = share * NORMAL.peak_nm * (1.0 + 0.005 / 0.030 * rng.standard_normal(count))
    sustained = np.maximum(0.0, 0.3 + 0.05 * rng.standard_normal(count)) * torque
    sd = np.sqrt(np.log(1.0 + (3.64 / 6.21) ** 2))
    calf = 6.21 * 70.0 * 1.72 / 120.0 * np.exp(-12.0 / 17.6)
    calf = calf * rng.uniform(0.35, 1.0, count) * rng.lognormal(-(sd**2) / 2.0, sd, count)
    if not examined:
        calf *= rng.uniform(1.0, 1.53, count)
    swing = 1.25 * np.maximum(0.0, 1.33 + calf - sustained) / 5.0
    per_kg = 0.15 + 0.05 * rng.standard_normal(count)
    loading = np.maximum(0.0, per_kg * 70.0 - sustained) / 10.0
    both = np.maximum(swing if SWING in goals else 0.0, loading if LOADING in goals else 0.0)
    return np.quantile(both, [0.05, 0.5, 0.95])


@pytest.mark.parametrize("goals", [(SWING,), (LOADING,), GOALS])
@pytest.mark.parametrize("examined", [True, False])
@pytest.mark.parametrize("reading", ["0", "2", "3", "4", 6.0])
def test_quadrature_agrees_with_sampling(
    goals: tuple[str, ...], examined: bool, reading: str | float
) -> None:
    met = (
        strength(NORMAL, grade=reading)
        if isinstance(reading, str)
        else strength(NORMAL, torque_nm=reading)
    )
    found = stiffness_interval(demand(met), met, goals, examined)
    # 400 000 samples know a 5 % quantile of this spread to about .005; ten nodes add .01.
    assert (found.low, found.median, found.high) == pytest.approx(
        sampled(met, goals, examined), abs=0.015
    )


@pytest.mark.parametrize("goals", [(SWING,), (LOADING,), GOALS])
def test_better_strength_never_raises_a_quantile(goals: tuple[str, ...]) -> None:
    found = []
    for torque in np.linspace(0.0, 30.0, 13):
        met = strength(NORMAL, torque_nm=float(torque))
        one = stiffness_interval(demand(met), met, goals, True)
        assert 0.0 <= one.low <= one.median <= one.high
        found.append((one.low, one.median, one.high))
    assert np.all(np.diff(np.array(found), axis=0) <= 1e-9)


def test_a_grade_widens_the_interval_against_a_measurement() -> None:
    graded, measured = strength(NORMAL, grade="3"), strength(NORMAL, torque_nm=5.315)
    wide = stiffness_interval(demand(graded), graded, GOALS, True)
    narrow = stiffness_interval(demand(measured), measured, GOALS, True)
    assert wide.high - wide.low > narrow.high - narrow.low


@pytest.mark.parametrize("grade", [grade for grade in GRADES if grade != "5"])
def test_unexamined_tone_raises_the_upper_end_only_upwards(grade: str) -> None:
    met = strength(NORMAL, grade=grade)
    known = stiffness_interval(demand(met), met, GOALS, True)
    unknown = stiffness_interval(demand(met), met, GOALS, False)
    assert unknown.high > known.high
    assert unknown.low >= known.low - 1e-9


def test_components_name_what_moves_the_figure() -> None:
    met = strength(NORMAL, grade="3")
    found = stiffness_interval(demand(met), met, GOALS, False)
    assert {part.name for part in found.components} == {
        "share of strength",
        "normal torque",
        "sustainable share",
        "calf slack",
        "calf moment",
        "loading moment",
        "tone",
    }
    widths = [part.width_known for part in found.components]
    assert widths == sorted(widths)
    assert widths[0] < found.width
