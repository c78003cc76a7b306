"""Strength: the published norm, the grades, and two readings held against each other."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afo_designer.design.strength import GRADES, NORM_SETS, WeaknessRefused, norm, strength

ADULT = norm(70.0, 1720.0, None, None)


@pytest.mark.parametrize(
    ("age", "sex", "peak"),
    [
        (20, "male", 39),
        (20, "female", 32),
        (60, "male", 33),
        (60, "female", 28),
        (70, "male", 34),
        (70, "female", 26),
    ],
)
def test_norm_gives_the_published_peak_torques(age: float, sex: str, peak: float) -> None:
    assert norm(70.0, 1720.0, age, sex).peak_nm == pytest.approx(peak, abs=0.5)


@pytest.mark.parametrize(("age", "sex"), [(None, None), (None, "male"), (40, None)])
def test_fallback_without_an_age_and_for_adults_without_a_sex(
    age: float | None, sex: str | None
) -> None:
    met = norm(70.0, 1720.0, age, sex)
    assert met.c1 == 0.030
    assert met.peak_nm == pytest.approx(35.43, abs=0.005)
    assert met.at(-20.0) == met.at(10.0) == met.peak_nm
    assert met.status == "engineering estimate"


@pytest.mark.parametrize("sex", list(NORM_SETS))
def test_interpolation_meets_the_sets_at_both_ends(sex: str) -> None:
    for age, beside in ((25.0, 25.0 + 1e-9), (55.0, 55.0 - 1e-9)):
        exact, near = norm(70.0, 1720.0, age, sex), norm(70.0, 1720.0, beside, sex)
        assert near.peak_nm == pytest.approx(exact.peak_nm)
        assert near.at(0.0) == pytest.approx(exact.at(0.0))


@pytest.mark.parametrize("sex", list(NORM_SETS))
@pytest.mark.parametrize("age", [20.0, 40.0, 60.0, 80.0])
def test_norm_peaks_in_plantarflexion_and_falls_to_both_sides(sex: str, age: float) -> None:
    met = norm(70.0, 1720.0, age, sex)
    angles = [-21.2, -9.9, 0.0, 10.0, 20.0]
    torques = [met.at(angle) for angle in angles]
    assert max(torques) <= met.peak_nm
    assert torques[2:] == sorted(torques[2:], reverse=True)


AGES = np.linspace(18.0, 95.0, 1541)


@pytest.mark.parametrize("sex", list(NORM_SETS))
@pytest.mark.parametrize("angle", [-30.0, -10.0, 0.0, 10.0, 20.0])
def test_between_the_groups_the_norm_is_smooth_and_never_beyond_its_neighbours(
    sex: str, angle: float
) -> None:
    torque = np.array([norm(70.0, 1720.0, float(age), sex).at(angle) for age in AGES])
    knots = [18.0, 20.0, 25.0, 55.0, 65.0, 70.0, 95.0]
    # No jump and no kink: flat on both sides of every age at which a set begins or ends.
    for age in knots[1:-1]:
        below, at, above = (
            norm(70.0, 1720.0, age + step, sex).at(angle) for step in (-1e-4, 0.0, 1e-4)
        )
        assert max(abs(at - below), abs(above - at)) < 1e-6
    for low, high in pairwise(knots):
        within = torque[(low - 1e-9 <= AGES) & (high + 1e-9 >= AGES)]
        assert np.all(np.diff(within) <= 1e-9) or np.all(np.diff(within) >= -1e-9)


def test_the_norm_of_ages_that_anderson_left_out_agrees_with_another_study() -> None:
    """Harbo, Brincks, Andersen 2012, Eur J Appl Physiol 112:267 (178 adults, isometric ankle
    extension; coefficients read in dambach/app_strength-Harbo): intercept, age, height m, mass.
    """
    rows = {"male": (-88.9, -0.04, 68.0, 0.16), "female": (-37.8, -0.04, 35.0, 0.16)}
    for sex, height, mass in (("male", 1.78, 80.0), ("female", 1.66, 66.0)):
        a, by_age, by_height, by_mass = rows[sex]
        for age in (30.0, 40.0, 50.0, 60.0, 70.0, 80.0):
            other = a + by_age * age + by_height * height + by_mass * mass
            ours = norm(mass, 1000.0 * height, age, sex).peak_nm
            assert ours == pytest.approx(other, rel=0.2)


# Moraux 2013, means of girls and boys: age, sex, height m, mass kg, torque of both sides N·m.
MORAUX = [
    (7.5, "female", 1.278, 28.3, 8.2, 8.8),
    (7.5, "male", 1.180, 22.8, 5.6, 6.3),
    (12.5, "female", 1.541, 44.1, 16.6, 16.8),
    (12.5, "male", 1.555, 44.8, 15.8, 19.0),
    (17.5, "female", 1.646, 59.4, 23.8, 24.8),
    (17.5, "male", 1.820, 74.9, 37.5, 37.4),
]


@pytest.mark.parametrize(("age", "sex", "height", "mass", "one", "other"), MORAUX)
def test_children_have_the_torque_of_the_children_measured(
    age: float, sex: str, height: float, mass: float, one: float, other: float
) -> None:
    met = norm(mass, 1000.0 * height, age, sex)
    assert met.peak_nm == pytest.approx((one + other) / 2.0, rel=0.01)
    assert met.at(-20.0) == met.at(10.0)
    assert "Moraux" in met.source


@pytest.mark.parametrize("sex", ["female", "male", None])
def test_a_childs_norm_grows_with_age_into_the_adults(sex: str | None) -> None:
    c1 = [norm(50.0, 1500.0, float(age), sex).c1 for age in np.linspace(2.0, 25.0, 461)]
    assert np.all(np.diff(c1) >= -1e-12)
    # A child without a sex has the mean of both; an adult without one the fallback.
    assert c1[0] == pytest.approx({"female": 0.0240, "male": 0.0225, None: 0.02325}[sex])
    assert np.abs(np.diff(c1)).max() < 0.001


def test_grades_rise_in_order_and_lie_within_their_bounds() -> None:
    lows, shares, highs = zip(*GRADES.values(), strict=True)
    assert all(low <= share <= high for low, share, high in GRADES.values())
    assert list(lows) == sorted(lows)
    assert list(shares) == sorted(shares)
    assert list(highs) == sorted(highs)


def test_torque_wins_over_force_and_lever_which_win_over_the_grade() -> None:
    both = strength(ADULT, grade="3", torque_nm=4.1, force_n=32.0, lever_mm=128.0)
    assert (both.method, both.torque_nm) == ("torque", 4.1)
    hand = strength(ADULT, grade="3", force_n=32.0, lever_mm=128.0)
    assert (hand.method, hand.torque_nm) == ("force × lever", pytest.approx(4.096))
    graded = strength(ADULT, grade="3")
    assert graded.torque_nm == pytest.approx(0.15 * ADULT.peak_nm)
    assert (graded.share_low, graded.share_high) == (0.03, 0.50)


@given(st.floats(0.0, 60.0), st.floats(-0.09, 0.09))
def test_torques_that_agree_within_a_tenth_are_accepted(torque: float, change: float) -> None:
    lever = 120.0
    force = torque * (1.0 + change) / lever * 1000.0
    assert strength(ADULT, torque_nm=torque, force_n=force, lever_mm=lever).torque_nm == torque


@given(st.floats(2.0, 60.0), st.sampled_from([0.5, 0.8, 1.25, 3.0]))
def test_torques_that_disagree_are_both_named(torque: float, factor: float) -> None:
    force = torque * factor / 0.120
    with pytest.raises(WeaknessRefused) as refusal:
        strength(ADULT, torque_nm=torque, force_n=force, lever_mm=120.0)
    assert f"{torque:g} N·m" in str(refusal.value)
    assert f"{torque * factor:.2f} N·m" in str(refusal.value)


@pytest.mark.parametrize(
    ("grade", "torque"),
    [("5", 0.0), ("4", 0.5), ("3", 0.0), ("0", 4.0), ("1", 6.0), ("2", 9.0), ("3", 30.0)],
)
def test_grade_and_torque_that_contradict_are_both_named(grade: str, torque: float) -> None:
    with pytest.raises(WeaknessRefused, match=f'dorsiflexor_mmt = "{grade}"') as refusal:
        strength(ADULT, grade=grade, torque_nm=torque)
    assert f"{torque:.3g} N·m" in str(refusal.value)


@given(st.sampled_from(list(GRADES)), st.floats(0.0, 1.0))
def test_a_torque_within_the_bounds_of_its_grade_is_accepted(grade: str, t: float) -> None:
    low, _, high = GRADES[grade]
    torque = (low + t * (high - low)) * ADULT.peak_nm
    assert strength(ADULT, grade=grade, torque_nm=torque).torque_nm == torque


def test_a_torque_is_brought_from_its_test_angle_to_a_right_angle() -> None:
    woman = norm(60.0, 1650.0, 60.0, "female")
    square = strength(woman, torque_nm=5.0)
    flexed = strength(woman, torque_nm=5.0, test_angle_deg=15.0)
    pointed = strength(woman, torque_nm=5.0, test_angle_deg=-14.55)
    assert (flexed.reading_nm, square.torque_nm) == (5.0, 5.0)
    # The muscle is weaker in dorsiflexion: the same reading there means more strength.
    assert flexed.share > square.share > pointed.share
    assert flexed.torque_nm == pytest.approx(flexed.share * woman.at(0.0))
    assert pointed.torque_nm < 5.0 < flexed.torque_nm


def test_half_a_reading_and_none_are_refused() -> None:
    with pytest.raises(WeaknessRefused, match="lever_mm"):
        strength(ADULT, grade="3", force_n=30.0)
    with pytest.raises(WeaknessRefused, match="force_n"):
        strength(ADULT, lever_mm=120.0)
    with pytest.raises(WeaknessRefused, match="dorsiflexor_mmt"):
        strength(ADULT)


def test_missing_means_below_grade_five_or_below_the_mean_less_one_sd() -> None:
    assert not strength(ADULT, grade="5").missing
    assert strength(ADULT, grade="4+").missing
    edge = (1.0 - ADULT.relative_sd) * ADULT.peak_nm
    assert not strength(ADULT, torque_nm=edge + 1e-6).missing
    assert strength(ADULT, torque_nm=edge - 1e-6).missing
