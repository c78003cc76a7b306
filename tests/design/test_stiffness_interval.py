"""The interval of the bench's stiffness: quadrature against sampling, and its spread's parts."""

from dataclasses import replace

import numpy as np
import pytest

from afo_designer.design.stiffness_interval import (
    AXIS_MM,
    LANDMARK_SIGMA_MM,
    MODULUS_HIGH,
    MODULUS_LOW,
    NORMAL_REACH,
    WALL_MM,
    Spread,
    spread_of,
    stiffness_interval,
    wall_factor,
)
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.bench import Bench, HalfSpace
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.gradient import solve_linear
from afo_designer.mechanics.model import ShellModel

LEAF = Spread(exponent=1.9, wall_mm=3.5, axis=0.05, landmarks=0.06, mesh=0.003)
THIN = Spread(exponent=2.6, wall_mm=2.0, axis=0.07, landmarks=0.08, mesh=0.01)
EXACT = Spread(exponent=2.0, wall_mm=1e9, axis=0.0, landmarks=0.0, mesh=0.0)
SHANK_MM, SOLE_MM = 380.0, 170.0


def sampled(spread):
    """5th and 95th percentiles of the same distribution by brute force."""
    rng, count = np.random.default_rng(3), 400_000
    modulus = rng.uniform(MODULUS_LOW, MODULUS_HIGH, count)
    wall = 1.0 + WALL_MM / NORMAL_REACH * rng.standard_normal(count) / spread.wall_mm
    rest = sum(
        sigma * rng.standard_normal(count) for sigma in (spread.axis, spread.landmarks, spread.mesh)
    )
    return np.quantile(modulus * wall**spread.exponent * (1.0 + rest), [0.05, 0.95])


@pytest.mark.parametrize("spread", [LEAF, THIN, EXACT])
def test_quadrature_agrees_with_sampling(spread):
    found = stiffness_interval(2.0, spread)
    # 400 000 samples know these percentiles to about .0015, 64 cells to less
    assert [found.low, found.high] == pytest.approx(2.0 * sampled(spread), rel=0.004)


def test_the_modulus_alone_gives_its_own_percentiles():
    found = stiffness_interval(1.0, EXACT)
    span = MODULUS_HIGH - MODULUS_LOW
    # cells are a 64th of the range wide
    expected = [MODULUS_LOW + 0.05 * span, MODULUS_HIGH - 0.05 * span]
    assert [found.low, found.high] == pytest.approx(expected, abs=span / 64.0)


@pytest.mark.parametrize("part", ["axis", "landmarks", "mesh"])
def test_more_spread_is_a_wider_interval(part):
    one, more = (
        stiffness_interval(1.0, replace(LEAF, **{part: getattr(LEAF, part) + extra}))
        for extra in (0.0, 0.05)
    )
    assert more.low < one.low < one.high < more.high


def test_a_thinner_wall_is_less_certain():
    one, thin = (stiffness_interval(1.0, replace(LEAF, wall_mm=wall)) for wall in (4.0, 2.0))
    assert thin.low < one.low < one.high < thin.high


def test_it_is_in_proportion_to_the_stiffness():
    one, three = (stiffness_interval(k, LEAF) for k in (1.0, 3.0))
    assert [three.low, three.high] == pytest.approx([3.0 * one.low, 3.0 * one.high], rel=1e-12)
    assert three.components == one.components


def test_components_are_ranked_and_each_smaller_than_the_whole():
    found = stiffness_interval(1.0, THIN)
    widths = [high - low for _, low, high in found.components]
    assert widths == sorted(widths, reverse=True)
    assert found.components[0][0].startswith("wall")
    assert stiffness_interval(1.0, LEAF).components[0][0].startswith("modulus")
    assert widths[0] < found.high - found.low < sum(widths)


# --- the spread of a bench -----------------------------------------------------------------------


def strip(wall=3.0, lean=0.2, mirror=1.0, columns=3):
    """A leaning, twisted strip behind the ankle, its rows on the clamp's and the band's border."""
    rows = 20
    z, y = np.meshgrid(
        np.linspace(-20.0, 180.0, rows + 1), np.linspace(-15.0, 18.0, columns + 1), indexing="ij"
    )
    z, y = z.ravel(), y.ravel()
    points = np.column_stack([-45.0 - lean * z + 0.01 * y**2 + 0.0005 * y * z, mirror * y, z])
    slopes = [-np.ones_like(y), mirror * (0.02 * y + 0.0005 * z), -lean + 0.0005 * y]
    at = np.arange(len(y)).reshape(rows + 1, columns + 1)
    quads = np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], -1).reshape(-1, 4)
    if mirror < 0.0:
        quads = quads[:, ::-1]
    mesh = QuadMesh(points, quads, np.zeros((len(y), 2)))
    return ShellModel(mesh, np.column_stack(slopes), np.full(len(y), wall), Elasticity(1800.0, 0.4))


def bench(ankle=(0.0, 0.0, 0.0), knee=(0.0, 0.0, SHANK_MM), yaw=0.0):
    return Bench(
        axis_point=ankle,
        axis_direction=[-np.sin(yaw), np.cos(yaw), 0.0],
        shank_axis=np.subtract(knee, ankle),
        footplate_clamp=(HalfSpace([0.0, 0.0, 0.0], [0.0, 0.0, -1.0]),),
        calf_band=(HalfSpace([0.0, 0.0, 150.0], [0.0, 0.0, 1.0]),),
    )


def spread(model, mesh_change=0.01):
    return spread_of(solve_linear(model, bench()), SHANK_MM, SOLE_MM, mesh_change)


def thickened(model, change):
    moved = model.mesh.vertices + 0.5 * change * model.directors
    mesh = replace(model.mesh, vertices=moved)
    return replace(model, mesh=mesh, thickness=model.thickness + change)


def test_the_wall_follows_the_bench_solved_again():
    model = strip()
    found, nominal = spread(model), solve_linear(model, bench())
    for change in (-WALL_MM, -0.1, 0.1, WALL_MM):
        again = solve_linear(thickened(model, change), bench(), nominal.held)
        factor = again.stiffness / nominal.stiffness
        # a tenth of the wall either way; a power law's error is of second order
        assert wall_factor(found, change) == pytest.approx(factor, rel=0.07 * change**2)


def test_the_wall_where_it_counts_is_that_of_an_even_one():
    assert spread(strip(wall=2.6)).wall_mm == pytest.approx(2.6, rel=1e-9)


def test_a_lost_wall_has_no_stiffness():
    assert wall_factor(THIN, -3.0) == 0.0


def drawn(landmarks):
    """The bench from errors (6, 3) of malleoli, knee, heel and both metatarsal heads."""
    ankle = landmarks[:2].mean(axis=0)
    knee = np.array([0.0, 0.0, SHANK_MM]) + landmarks[2]
    aside = landmarks[4:, 1].mean() - landmarks[3, 1]
    return bench(ankle, knee, np.arctan2(aside, SOLE_MM))


def test_landmarks_enter_one_by_one():
    """Every coordinate of every landmark moved by itself, the bench solved again."""
    model = strip()
    nominal, total, step = solve_linear(model, bench()), 0.0, 0.5
    for mark, axis in np.ndindex(6, 3):
        ends = []
        for sign in (1.0, -1.0):
            errors = np.zeros((6, 3))
            errors[mark, axis] = sign * step
            ends.append(solve_linear(model, drawn(errors), nominal.held).stiffness)
        total += ((ends[0] - ends[1]) / (2.0 * step)) ** 2
    expected = LANDMARK_SIGMA_MM * np.sqrt(total) / nominal.stiffness
    assert spread(model).landmarks == pytest.approx(expected, rel=1e-4)


def test_the_axis_enters_along_x_and_z():
    model = strip()
    nominal, total = solve_linear(model, bench()), 0.0
    for way in ([1.0, 0.0, 0.0], [0.0, 0.0, 1.0]):
        ends = [
            solve_linear(model, replace(bench(), axis_point=s * np.array(way)), nominal.held)
            for s in (1.0, -1.0)
        ]
        total += ((ends[0].stiffness - ends[1].stiffness) / 2.0) ** 2
    expected = AXIS_MM / NORMAL_REACH * np.sqrt(total) / nominal.stiffness
    assert spread(model).axis == pytest.approx(expected, rel=1e-6)


def test_a_mirrored_leaf_has_the_same_spread():
    one, other = spread(strip()), spread(strip(mirror=-1.0))
    for name in Spread.__slots__:
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-6)


def test_the_meshs_sign_does_not_matter():
    assert spread(strip(), 0.02) == spread(strip(), -0.02)


def test_the_modulus_does_not_matter_to_the_spread():
    model = strip()
    one, stiffer = spread(model), spread(replace(model, elasticity=Elasticity(3600.0, 0.4)))
    for name in Spread.__slots__:
        assert getattr(stiffer, name) == pytest.approx(getattr(one, name), rel=1e-6)


def test_landmarks_are_as_far_off_as_measured():
    """Nine in ten of normal errors lie within 11.7 mm."""
    rng = np.random.default_rng(1)
    errors = LANDMARK_SIGMA_MM * rng.standard_normal((200_000, 3))
    assert np.quantile(np.linalg.norm(errors, axis=1), 0.9) == pytest.approx(11.7, abs=0.05)
