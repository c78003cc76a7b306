"""Fatigue: the data points come back, hand-computed cycles, and what must not matter does not."""

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afo_designer.design.fatigue import (
    Bound,
    cycle,
    cycle_across,
    fatigue,
    fatigue_curves,
)
from afo_designer.mechanics.material import Material

FOLDER = Path(__file__).parents[2] / "templates" / "materials"
CYCLES = 1.0e6


def shipped(name):
    path = FOLDER / f"{name}.toml"
    return Material.from_mapping(tomllib.loads(path.read_text(encoding="utf-8")))


PA12 = shipped("pa12_mjf")  # 10 at R −1; 19 at R .1 in, 11 at R 0 across the layers; 1e6; k 8
PLAIN = shipped("petg")  # 4 at R −1 and 1e6, nothing else; ultimate 45, 25 across
stresses = st.floats(-30.0, 30.0)
tensors = st.lists(stresses, min_size=6, max_size=6)


def along(direction, value):
    """(1, 3, 6): uniaxial stress along a direction on the outer layer alone."""
    n = np.asarray(direction, float)
    n /= np.linalg.norm(n)
    T = value * np.outer(n, n)
    field = np.zeros((1, 3, 6))
    field[0, 2] = [T[0, 0], T[1, 1], T[2, 2], T[0, 1], T[1, 2], T[2, 0]]
    return field


X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def uniaxial(low, high, material=PA12, cycles=CYCLES, axis=X, build=Z):
    return fatigue(along(axis, low), along(axis, high), material, cycles, build)


def turn(seed):
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    return q * np.linalg.det(q)


def turned(field, Q):
    rows = field[..., [[0, 3, 5], [3, 1, 4], [5, 4, 2]]]
    T = Q @ rows @ Q.T
    return np.stack([T[..., i, j] for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0))], -1)


def test_fully_reversed_stress_recovers_its_data_point():
    met = uniaxial(-10.0, 10.0)
    assert (met.amplitude, met.mean) == pytest.approx((10.0, 0.0))
    assert met.allowable == met.utilisation * 10.0 == pytest.approx(10.0)
    assert (met.life_cycles, met.bound) == (pytest.approx(CYCLES), Bound.ABOUT)
    assert (met.node, met.layer, met.across) == (0, "outer", False)


@pytest.mark.parametrize(
    ("axis", "low", "high", "across"), [(X, 1.9, 19.0, False), (Z, 0.0, 11.0, True)]
)
def test_pulsating_stress_recovers_its_data_point(axis, low, high, across):
    met = uniaxial(low, high, axis=axis)
    assert met.utilisation == pytest.approx(1.0)
    assert met.allowable == pytest.approx(0.5 * (high - low))
    assert met.mean == pytest.approx(0.5 * (high + low))
    assert met.across is across
    assert not met.recalled  # the points themselves were read


def test_between_the_points_it_is_straight():
    """In the layer at half the pulsating mean: half-way from 10 to .45·19."""
    mean = 0.5 * 0.55 * 19.0
    met = uniaxial(mean - 6.0, mean + 6.0)
    assert met.allowable == pytest.approx(0.5 * (10.0 + 0.45 * 19.0))


def test_beyond_the_pulsating_point_it_falls_to_the_ultimate_strength():
    mean = 0.5 * (0.55 * 19.0 + 48.0)
    assert uniaxial(mean - 1.0, mean + 1.0).allowable == pytest.approx(0.5 * 0.45 * 19.0)
    assert uniaxial(48.0, 50.0).utilisation == np.inf
    assert uniaxial(48.0, 50.0).verdict == "fail"


def test_one_point_alone_makes_goodmans_line():
    mean = 9.0
    met = uniaxial(mean - 2.0, mean + 2.0, PLAIN)
    assert met.allowable == pytest.approx(4.0 * (1.0 - 9.0 / 45.0))
    assert met.recalled


def test_basquin_shifts_by_cycles():
    met = uniaxial(-10.0, 10.0, cycles=2.0e6)
    assert met.allowable == pytest.approx(10.0 * 2.0 ** (-1.0 / 8.0))
    assert met.recalled  # the slope is an assumption
    assert met.verdict == "fail"
    assert uniaxial(-10.0, 10.0, cycles=1.0e5).allowable == pytest.approx(10.0 * 10.0 ** (1 / 8))
    twice = uniaxial(-11.0, 11.0)
    assert twice.life_cycles == pytest.approx(CYCLES * 1.1**-8)


def test_life_is_trusted_for_a_decade_only():
    assert uniaxial(-1.0, 1.0).life_cycles == 10.0 * CYCLES
    assert uniaxial(-1.0, 1.0).bound is Bound.AT_LEAST
    assert uniaxial(-30.0, 30.0).life_cycles == 0.1 * CYCLES
    assert uniaxial(-30.0, 30.0).bound is Bound.AT_MOST
    # nor is the allowable lowered or raised further, and the verdict says so
    far = uniaxial(-1.0, 1.0, cycles=1.0e8)
    assert far.allowable == pytest.approx(10.0 * 10.0 ** (-1.0 / 8.0))
    assert (far.beyond_data, far.verdict) == (True, "warn")
    assert "say nothing of so many" in far.sentence


def test_without_a_slope_nothing_is_said_beyond_the_data():
    low = uniaxial(-1.0, 1.0, PLAIN, cycles=2.0e6)
    assert (low.life_cycles, low.bound) == (CYCLES, Bound.AT_LEAST)
    assert (low.allowable, low.beyond_data, low.verdict) == (pytest.approx(4.0), True, "warn")
    assert uniaxial(-1.0, 1.0, PLAIN, cycles=1.0e5).allowable == pytest.approx(4.0)
    assert uniaxial(-1.0, 1.0, PLAIN, cycles=1.0e5).verdict == "pass"
    high = uniaxial(-5.0, 5.0, PLAIN)
    assert (high.life_cycles, high.bound, high.verdict) == (CYCLES, Bound.AT_MOST, "fail")


def test_no_cycle_is_no_fatigue():
    still = uniaxial(12.0, 12.0)
    assert (still.amplitude, still.utilisation, still.verdict) == (0.0, 0.0, "pass")
    nothing = uniaxial(0.0, 0.0)
    assert (nothing.utilisation, nothing.bound) == (0.0, Bound.AT_LEAST)


def test_compression_gives_no_benefit():
    pulsating = uniaxial(-19.0, 0.0)
    assert (pulsating.amplitude, pulsating.mean) == pytest.approx((9.5, 0.0))
    assert pulsating.allowable == pytest.approx(10.0)
    assert uniaxial(0.0, 19.0).utilisation > pulsating.utilisation


def test_shear_and_biaxial_means_by_hand():
    shear = np.zeros((1, 3, 6))
    shear[0, 2, 3] = 6.0
    amplitude, mean = cycle(-shear, shear)
    assert (amplitude[0, 2], mean[0, 2]) == pytest.approx((6.0 * 3.0**0.5, 0.0))
    assert cycle(shear, shear)[1][0, 2] == pytest.approx(6.0)  # its principal tension
    both = np.zeros((1, 3, 6))
    both[0, 2, :2] = 5.0
    assert cycle(0.0 * both, both)[1][0, 2] == pytest.approx(5.0)  # 2.5 + 2.5
    # principal axes that turn between the extremes are seen
    amplitude, _ = cycle(along(X, 8.0), along((0.0, 1.0, 0.0), 8.0))
    assert amplitude[0, 2] == pytest.approx(4.0 * 3.0**0.5)


def test_across_layers_only_their_normal_stress_counts():
    amplitude, mean = cycle_across(along(X, 3.0), along(X, 9.0), Z)
    assert amplitude.max() == mean.max() == 0.0
    amplitude, mean = cycle_across(along((1.0, 0.0, 1.0), 0.0), along((1.0, 0.0, 1.0), 8.0), Z)
    assert (amplitude[0, 2], mean[0, 2]) == pytest.approx((2.0, 2.0))


def test_an_unknown_build_direction_takes_the_weaker_data():
    known = uniaxial(0.0, 11.0)
    unknown = uniaxial(0.0, 11.0, build=None)
    assert unknown.utilisation == pytest.approx(1.0)
    assert unknown.across
    assert known.utilisation < unknown.utilisation
    assert uniaxial(0.0, 11.0, axis=Z).utilisation == pytest.approx(unknown.utilisation)


def test_the_worst_point_is_named_and_the_field_is_everywhere():
    first, second = np.zeros((5, 3, 6)), np.zeros((5, 3, 6))
    second[3, 0, 0] = 8.0
    second[1, 2, 1] = 7.0
    met = fatigue(first, second, PA12, CYCLES, Z)
    assert (met.node, met.layer) == (3, "inner")
    assert met.field.shape == (5, 3)
    assert met.field[3, 0] == met.utilisation > met.field[1, 2] > met.field[0, 0] == 0.0


@given(tensors, tensors, st.integers(0, 2**31))
def test_neither_frame_nor_order_matters(first, second, seed):
    one, other = np.tile(first, (1, 3, 1)), np.tile(second, (1, 3, 1))
    Q = turn(seed)
    met = fatigue(one, other, PA12, CYCLES, Z).field
    assert fatigue(other, one, PA12, CYCLES, Z).field == pytest.approx(met, rel=1e-12)
    moved = fatigue(turned(one, Q), turned(other, Q), PA12, CYCLES, Q @ Z).field
    assert moved == pytest.approx(met, rel=1e-8, abs=1e-9)


@given(tensors, tensors, st.floats(1.0, 3.0), st.floats(1.0, 100.0))
def test_more_stress_and_more_cycles_use_more(first, second, factor, times):
    one, other = np.tile(first, (1, 3, 1)), np.tile(second, (1, 3, 1))
    met = fatigue(one, other, PA12, CYCLES)
    more = fatigue(factor * one, factor * other, PA12, CYCLES)
    assert np.all(more.field >= met.field * (1.0 - 1e-12))
    assert more.life_cycles <= met.life_cycles * (1.0 + 1e-9)
    assert np.all(fatigue(one, other, PA12, times * CYCLES).field >= met.field * (1.0 - 1e-12))


@given(st.floats(0.1, 30.0), st.floats(0.0, 40.0), st.floats(0.0, 8.0), st.floats(2e5, 9e6))
def test_mean_tension_never_helps_and_life_agrees_with_the_verdict(amplitude, mean, more, cycles):
    curve = fatigue_curves(PA12)[0]
    assert curve.allowed(mean + more, cycles) <= curve.allowed(mean, cycles)
    met = uniaxial(mean - amplitude, mean + amplitude, cycles=cycles)
    if met.bound is Bound.ABOUT and abs(met.utilisation - 1.0) > 1e-9:
        assert (met.life_cycles < cycles) == (met.utilisation > 1.0)


def test_every_shipped_material_can_be_judged():
    for path in FOLDER.glob("*.toml"):
        material = shipped(path.stem)
        met = uniaxial(-2.0, 3.0, material, cycles=2.2e6)
        assert 0.0 < met.utilisation < 1.0, path.stem
        assert ("recalled" in met.sentence) == met.recalled
        assert material.recalled(*fatigue_curves(material)[0].decided_by(0.0, CYCLES)) == (
            not path.stem.startswith("pa12") or path.stem == "pa12_cf"
        )


def test_points_of_different_cycles_count_for_the_fewer():
    material = replace(PA12, pulsating_cycles=3.0e6, fatigue_cycles=1.0e7)
    assert fatigue_curves(material)[0].cycles == 3.0e6


@pytest.mark.parametrize(
    ("first", "second", "cycles"),
    [
        (np.zeros((2, 3, 6)), np.zeros((3, 3, 6)), CYCLES),
        (np.zeros((2, 2, 6)), np.zeros((2, 2, 6)), CYCLES),
        (np.full((2, 3, 6), np.nan), np.zeros((2, 3, 6)), CYCLES),
        (np.zeros((2, 3, 6)), np.zeros((2, 3, 6)), 0.0),
    ],
)
def test_what_is_no_cycle_raises(first, second, cycles):
    with pytest.raises(ValueError, match="cycle"):
        fatigue(first, second, PA12, cycles)
