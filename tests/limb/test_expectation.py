"""What the statistics expect: exact on legs of their own model, wider where less is known."""

import numpy as np
import pytest

from afo_designer.limb import expectation as module
from afo_designer.limb import relief_table as table
from afo_designer.limb.expectation import SHANK_ROWS, expectation
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.relief import FOOT_GRIDS, Grid, PosedLeg, heights_over, relief

FULL = 20_000.0


@pytest.fixture
def leg() -> PosedLeg:
    """A shank's line and no skin: its relief is put in by hand."""
    lean = np.array([-0.2, 0.05, 1.0])
    return PosedLeg(
        np.zeros((1, 3)),
        np.array([[0.0, 0.0, 1.0]]),
        np.zeros((0, 3)),
        np.array([0.24, 0.0, 0.3]),
        lean / np.linalg.norm(lean),
    )


@pytest.fixture
def shown(monkeypatch):
    """Makes the leg show given numbers of the table."""

    def show(numbers, skin=None):
        count = int(table.INDEX.max()) + 1
        heights, amounts = np.full(count, np.nan), np.zeros(count)
        heights[table.INDEX] = numbers
        amounts[table.INDEX] = FULL if skin is None else skin
        monkeypatch.setattr(module, "relief", lambda _: (heights, amounts))

    return show


def drawn(seed, size=1.0):
    """Scores of a leg, its numbers and its landmarks in their own frames."""
    scores = size * np.random.default_rng(seed).standard_normal(len(table.LOADINGS))
    numbers = table.MEAN + (scores @ table.LOADINGS) * table.NOISE
    return numbers, table.MARK_MEAN + np.tensordot(scores, table.MARK_LOADINGS, axes=1)


def own(leg, places):
    moved = np.array(places)
    moved[SHANK_ROWS] = leg.in_shank(moved[SHANK_ROWS])
    return moved


def in_foot(leg, places):
    moved = np.array(places)
    moved[SHANK_ROWS] = leg.from_shank(moved[SHANK_ROWS])
    return moved


# Laws ------------------------------------------------------------------------------------------


def test_the_mean_relief_has_the_mean_landmarks(leg, shown):
    shown(table.MEAN)
    found = expectation(leg, {})
    assert own(leg, found.places) == pytest.approx(table.MARK_MEAN, abs=1e-12)
    assert found.misfit == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_leg_of_the_model_is_found_within_its_errors(seed, leg, shown):
    numbers, marks = drawn(seed)
    shown(numbers)
    found = expectation(leg, {})
    away = np.linalg.norm(own(leg, found.places) - marks, axis=1)
    assert np.sqrt(np.mean((away / found.errors) ** 2)) < 2.0
    assert np.all(away < 0.25 * np.linalg.norm(marks - table.MARK_MEAN, axis=1) + 0.02)


def test_a_leg_that_shows_nothing_has_the_mean_and_wide_errors(leg, shown):
    numbers, _ = drawn(4)
    shown(numbers)
    seen = expectation(leg, {})
    shown(numbers, skin=np.zeros(len(numbers)))
    unseen = expectation(leg, {})
    assert own(leg, unseen.places) == pytest.approx(table.MARK_MEAN, abs=1e-12)
    assert np.all(unseen.errors > 2.0 * seen.errors)


def test_what_is_shown_less_counts_less_without_a_jump(leg, shown):
    numbers, _ = drawn(5)
    skin = np.full(len(numbers), FULL)
    tracks = []
    for amount in np.linspace(1000.0, 7000.0, 61):
        skin[100:300] = amount
        shown(numbers, skin)
        tracks.append(expectation(leg, {}).places)
    steps = np.linalg.norm(np.diff(tracks, axis=0), axis=2)
    assert steps.max() < 0.002


def test_unlike_all_legs_means_wider_errors_and_less_extrapolation(leg, shown):
    numbers, _ = drawn(6)
    shown(numbers)
    like = expectation(leg, {})
    odd = 6.0 * table.NOISE * np.random.default_rng(7).standard_normal(len(numbers))
    shown(numbers + odd)
    unlike = expectation(leg, {})
    assert unlike.misfit > 4.0
    assert np.all(unlike.errors > 2.0 * like.errors)
    away = [np.linalg.norm(own(leg, f.places) - table.MARK_MEAN) for f in (like, unlike)]
    assert away[1] < 1.2 * away[0]


# Picks -----------------------------------------------------------------------------------------


def test_picks_draw_the_rest_towards_the_truth(leg, shown):
    numbers, marks = drawn(8)
    truth = in_foot(leg, marks)
    shown(numbers, skin=np.zeros(len(numbers)))  # nothing but the picks is known
    picked = ("medial_malleolus", "hallux_tip", "heel_posterior", "fifth_metatarsal_head_lateral")
    picks = {name: truth[NAMES.index(name)] for name in picked}
    before, after = expectation(leg, {}), expectation(leg, picks)
    others = [row for row, name in enumerate(NAMES) if name not in picks]
    error = [np.linalg.norm((f.places - truth)[others], axis=1) for f in (before, after)]
    assert np.median(error[1]) < 0.7 * np.median(error[0])
    assert np.all(after.errors[others] < before.errors[others])
    assert max(after.doubts.values()) < 3.0


def test_a_wrong_pick_is_doubted_and_leaves_the_rest(leg, shown):
    numbers, marks = drawn(9)
    shown(numbers)
    truth = in_foot(leg, marks)
    right = {
        name: truth[NAMES.index(name)] for name in ("lateral_malleolus", "hallux_tip", "navicular")
    }
    wrong = right | {"medial_malleolus": truth[0] + [0.12, 0.0, 0.05]}
    clean, spoilt = expectation(leg, right), expectation(leg, wrong)
    rest = np.arange(1, len(NAMES))
    assert np.linalg.norm((clean.places - spoilt.places)[rest], axis=1).max() < 0.004
    assert spoilt.doubts["medial_malleolus"] > 6.0
    assert all(spoilt.doubts[name] < 3.0 for name in right)


# Relief ----------------------------------------------------------------------------------------


def test_a_plane_has_its_own_heights():
    random = np.random.default_rng(3)
    points = random.uniform(-1.0, 1.0, (40_000, 3))
    points[:, 2] = 0.1 + 0.3 * points[:, 0] - 0.2 * points[:, 1]
    normals = np.tile(np.array([-0.3, 0.2, 1.0]) / np.sqrt(1.13), (len(points), 1))
    steps = np.linspace(-0.5, 0.5, 6)
    grid = Grid(2, 1.0, 0, steps, 1, steps, -1.0, 1.0)
    heights, skin = heights_over(grid, points, normals)
    exact = 0.1 + 0.3 * steps[:, None] - 0.2 * steps
    assert heights == pytest.approx(exact, abs=0.005)
    assert skin == pytest.approx(10_000.0 / 1.13, rel=0.1)
    behind, _ = heights_over(grid, points, -normals)
    assert np.isnan(behind).all()


def test_relief_knows_no_order_of_points():
    random = np.random.default_rng(5)
    points = random.uniform([0.0, -0.2, 0.0], [1.0, 0.2, 0.5], (5000, 3))
    normals = random.standard_normal((5000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    line = np.array([0.25, 0.0, 0.3]), np.array([0.0, 0.0, 1.0])
    order = random.permutation(5000)
    one = relief(PosedLeg(points, normals, np.zeros((0, 3)), *line))
    other = relief(PosedLeg(points[order], normals[order], np.zeros((0, 3)), *line))
    for a, b in zip(one, other, strict=True):
        assert np.allclose(a, b, atol=1e-12, equal_nan=True)
    assert len(one[0]) > table.INDEX.max()
    assert len(FOOT_GRIDS) == 6
