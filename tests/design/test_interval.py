"""The interval: quadrature against sampling, and what it must contain."""

from dataclasses import replace

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


@pytest.mark.parametrize("goals", [(SWING,), GOALS])
def test_a_measured_calf_and_the_knee_flexed_range_narrow_the_interval(
    goals: tuple[str, ...],
) -> None:
    met = strength(NORMAL, grade="2")
    plain = stiffness_interval(demand(met), met, goals, True)
    usual = 6.21 * 70.0 * 1.72 / 120.0
    measured = replace(demand(met), calf_at_10_nm=usual)
    known = stiffness_interval(measured, met, goals, False)
    slack = stiffness_interval(demand(met), met, goals, True, slack_least=0.7)
    assert known.width < plain.width
    assert slack.low > plain.low
    # By brute force: V's spread, a calf of 20 % and a slack of .35 to 1, tone known.
    rng, count = np.random.default_rng(3), 400_000
    share = rng.triangular(0.0, 0.02, 0.10, count)
    torque = share * NORMAL.peak_nm * (1.0 + NORMAL.relative_sd * rng.standard_normal(count))
    sustained = np.maximum(0.0, 0.3 + 0.05 * rng.standard_normal(count)) * torque
    sd = np.sqrt(np.log(1.04))
    calf = usual * np.exp(-12.0 / 17.6) * rng.lognormal(-(sd**2) / 2.0, sd, count)
    swing = 1.25 * np.maximum(0.0, 1.33 + rng.uniform(0.35, 1.0, count) * calf - sustained) / 5.0
    per_kg = 0.15 + 0.05 * rng.standard_normal(count)
    loading = np.maximum(0.0, per_kg * 70.0 - sustained) / 10.0
    both = np.maximum(swing, loading if LOADING in goals else 0.0)
    ends = np.quantile(both, [0.05, 0.5, 0.95])
    assert (known.low, known.median, known.high) == pytest.approx(ends, abs=0.01)


def test_the_width_without_an_input_is_the_width_with_it_known() -> None:
    """Known share of strength: the same as an interval whose bounds have closed on its median."""
    met = strength(NORMAL, grade="3")
    found = stiffness_interval(demand(met), met, (SWING,), True)
    (part,) = [one for one in found.components if one.name == "share of strength"]
    median = 0.5 - np.sqrt(0.5 * 0.47 * 0.35)
    closed = replace(met, share_low=median, share=median, share_high=median)
    known = stiffness_interval(replace(demand(met)), closed, (SWING,), True, explained=False)
    # The explanation searches one pass only.
    assert part.width_known == pytest.approx(known.width, abs=0.01)
    assert part.width_known < found.width


def test_measure_next_names_what_narrows_most() -> None:
    graded = strength(NORMAL, grade="3")
    measured = replace(demand(graded), calf_at_10_nm=6.0)
    found = stiffness_interval(measured, graded, (SWING,), True, slack_least=0.6)
    assert found.measure_next.startswith("Measure the dorsiflexion torque with a dynamometer: ")
    assert found.measurements[0].width == min(one.width for one in found.measurements)
    # The promise is kept: with the torque measured the interval is about that wide.
    median = 0.5 - np.sqrt(0.5 * 0.47 * 0.35)
    read = strength(NORMAL, torque_nm=median * NORMAL.peak_nm)
    narrowed = stiffness_interval(
        replace(demand(read), calf_at_10_nm=6.0), read, (SWING,), True, slack_least=0.6
    )
    assert narrowed.width == pytest.approx(found.measurements[0].width, abs=0.01)
    flaccid = strength(NORMAL, grade="0")
    swing = stiffness_interval(demand(flaccid), flaccid, (SWING,), True)
    assert "calf's passive moment" in swing.measure_next
    known = replace(demand(flaccid), calf_at_10_nm=6.0)
    done = stiffness_interval(known, flaccid, (SWING,), True, slack_least=0.6)
    assert "Nothing that the person file can hold" in done.measure_next


def test_an_input_that_the_goal_does_not_know_is_no_component() -> None:
    met = strength(NORMAL, grade="3")
    loading = {
        one.name for one in stiffness_interval(demand(met), met, (LOADING,), False).components
    }
    swing = {one.name for one in stiffness_interval(demand(met), met, (SWING,), False).components}
    assert loading == {"share of strength", "normal torque", "sustainable share", "loading moment"}
    assert "loading moment" not in swing
