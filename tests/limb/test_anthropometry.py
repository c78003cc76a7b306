"""Expected measures: the survey's medians, growth, and people drawn with its correlations."""

import numpy as np
import pytest

from afo_designer.limb.anthropometry import MEASURES, drawn_deviates, expected_anthropometry

# ANSUR II medians (science.md §8): people of median stature and mass have about median measures.
MEDIANS = {
    ("male", 1755, 85): (271, 102, 72, 228, 392, 75, 73, 468),
    ("female", 1626, 67): (246, 93, 67, 215, 372, 67, 63, 437),
}
NAMED = (
    "foot_length",
    "ball_breadth",
    "heel_breadth",
    "ankle_girth",
    "calf_girth",
    "bimalleolar_breadth",
    "lateral_malleolus_height",
    "tibial_height",
)


@pytest.mark.parametrize("person", MEDIANS)
def test_median_people_have_median_measures(person: tuple[str, float, float]) -> None:
    sex, height, mass = person
    body = expected_anthropometry(sex, 30.0, height, mass)
    for name, median in zip(NAMED, MEDIANS[person], strict=True):
        assert getattr(body, name) == pytest.approx(median, rel=0.012), name


def test_a_child_s_foot_goes_by_stature_and_meets_the_adult_s_at_eighteen() -> None:
    assert expected_anthropometry("female", 8, 1280, 25).foot_length == pytest.approx(194.56)
    ages = (14.0, 16.0, 18.0, 40.0)
    lengths = [expected_anthropometry("male", age, 1700, 60).foot_length for age in ages]
    assert lengths[0] == pytest.approx(0.152 * 1700)
    assert lengths[1] == pytest.approx(0.5 * (lengths[0] + lengths[2]))
    assert lengths[2] == lengths[3]


def test_a_given_foot_length_carries_the_ball_along() -> None:
    free = expected_anthropometry("male", 40, 1700, 70)
    given = expected_anthropometry("male", 40, 1700, 70, foot_length=240.0)
    assert given.foot_length == 240.0
    assert given.ball_length / 240.0 == pytest.approx(free.ball_length / free.foot_length)
    assert given.calf_girth == free.calf_girth


def test_calves_waste_in_old_age_only() -> None:
    calves = [expected_anthropometry("female", age, 1600, 60).calf_girth for age in (30, 65, 85)]
    assert calves[0] == calves[1]
    assert calves[2] == pytest.approx(0.92 * calves[1])


def test_people_are_drawn_with_the_survey_s_correlations() -> None:
    random = np.random.default_rng(5)
    people = [drawn_deviates(random, 1.0) for _ in range(4000)]
    table = np.array([[person[name] for name in MEASURES] for person in people])
    correlation = np.corrcoef(table.T)
    at = {name: index for index, name in enumerate(MEASURES)}
    # 4000 draws know a correlation to about ±0.03.
    assert correlation[at["foot_length"], at["ball_length"]] == pytest.approx(0.86, abs=0.04)
    assert correlation[at["ankle_girth"], at["calf_girth"]] == pytest.approx(0.59, abs=0.05)
    assert table.std(axis=0) == pytest.approx(np.ones(len(MEASURES)), abs=0.05)


def test_no_spread_is_the_average_person() -> None:
    nobody = drawn_deviates(np.random.default_rng(0), 0.0)
    drawn = expected_anthropometry("male", 40, 1700, 70, deviates=nobody)
    assert drawn == expected_anthropometry("male", 40, 1700, 70)


def test_the_knee_stays_above_the_plateau_in_the_rarest_draw() -> None:
    crossed = {"tibial_height": 5.0, "epicondyle_height": -5.0}
    body = expected_anthropometry("male", 40, 1700, 70, deviates=crossed)
    assert body.epicondyle_height > body.tibial_height
