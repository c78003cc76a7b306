"""The gradient of the linear bench against fourth-order differences of whole solves."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from known_leaves import leaf, rig

from afo_designer.mechanics.bench import BenchRefused, Cuff
from afo_designer.mechanics.elasticity import TransverseElasticity
from afo_designer.mechanics.gradient import (
    SHARPNESS,
    aggregate_stress,
    both_slopes,
    solve_linear,
    stiffness_slopes,
    thickness_gradient,
    thickness_variation,
    variation_between,
    volume_of,
    volume_slopes,
)
from afo_designer.mechanics.stiffness import stiffness_of

LAYERED = TransverseElasticity(1800.0, 1100.0, 0.4, 0.35, 450.0, [0.2, -0.3, 0.9])
ISOTROPIC = leaf().elasticity
DRIVEN = pytest.mark.parametrize("cuff", [Cuff.SLIDING, Cuff.TIED])
# MPa per radian: the stress to expect
REFERENCE = {Cuff.SLIDING: 400.0, Cuff.TIED: 3000.0}
# small beside the aggregate's corners, large beside rounding
MILLIMETRES = {Cuff.SLIDING: 0.02, Cuff.TIED: 0.01}
WEIGHTS = np.array([1.0, -8.0, 8.0, -1.0]) / 12.0
SIDES = np.array([-2.0, -1.0, 1.0, 2.0])


def shell(law=ISOTROPIC, **more):
    """Lopsided and leaning, of quads and triangles, a few of them half void."""
    count = 53 + 2 * 27
    weight = np.where(np.arange(count) % 5 == 2, 0.4, 1.0)
    return leaf(centre=0.35, split=True, law=law, weight=weight, **more)


def middle(model):
    """Elements (m,) in the middle of the leaf's height."""
    mesh = model.mesh
    heights = [mesh.vertices[cells, 2].mean(axis=1) for cells in (mesh.quads, mesh.triangles)]
    height = np.concatenate(heights)
    return (height > 30.0) & (height < 120.0)


def thickened(model, rate):
    """The model with its thickness grown by a field outwards, its inner surface kept."""
    moved = model.mesh.vertices + 0.5 * rate[:, None] * model.directors
    mesh = replace(model.mesh, vertices=moved)
    return replace(model, mesh=mesh, thickness=model.thickness + rate)


def difference(of, step):
    """Fourth-order difference of f(p) (k,) at zero."""
    return WEIGHTS @ np.array([of(side * step) for side in SIDES]) / step


def measured(model, bench, linear):
    """Stiffness, aggregate and volume of a model like the solved one."""
    other = solve_linear(model, bench, linear.held)
    stress = aggregate_stress(other, middle(linear.model), REFERENCE[bench.cuff])
    return [other.stiffness, stress.value, volume_of(other)]


def fields(model):
    """Rates of thickness: everywhere, in the free part, in the band, at one vertex."""
    points = model.mesh.vertices
    lone = np.zeros(len(points))
    lone[len(points) // 2] = 1.0
    return {
        "everywhere": 0.5 + 0.5 * np.sin(0.05 * points[:, 2] + 0.1 * points[:, 1]),
        "the middle": np.exp(-(((points[:, 2] - 70.0) / 20.0) ** 2)),
        "the band": np.where(points[:, 2] > 145.0, 1.0 + 0.02 * points[:, 1], 0.0),
        "one vertex": lone,
    }


@DRIVEN
def test_the_solution_is_the_benchs(cuff):
    linear = solve_linear(shell(), rig(cuff))
    expected = stiffness_of(shell(), rig(cuff))
    assert linear.stiffness == pytest.approx(expected.stiffness_nm_per_deg, rel=1e-10)
    vertices = len(linear.model.mesh.vertices)
    found, wanted = linear.displacement[:vertices], expected.solution.displacement
    assert np.allclose(found, wanted, rtol=0, atol=1e-10 * np.abs(wanted).max())


@DRIVEN
@pytest.mark.parametrize("law", [ISOTROPIC, LAYERED])
def test_thickness_slopes_are_the_derivatives(cuff, law):
    model, bench = shell(law), rig(cuff)
    linear = solve_linear(model, bench)
    aggregate = aggregate_stress(linear, middle(model), REFERENCE[cuff])
    rates = fields(model)
    variations = [thickness_variation(model, rate) for rate in rates.values()]
    stiffness = stiffness_slopes(linear, variations)
    stress = both_slopes(linear, aggregate, variations)[1]
    volume = volume_slopes(linear, variations)
    dk, ds = thickness_gradient(linear, aggregate)
    found = np.array([stiffness, stress, volume])
    size = np.abs(found).max(axis=1)
    for k, rate in enumerate(rates.values()):
        sides = partial(lambda r, p: measured(thickened(model, p * r), bench, linear), rate)
        expected = difference(sides, MILLIMETRES[cuff])
        assert np.allclose(found[:, k], expected, rtol=1e-6, atol=1e-9 * size)
        assert np.allclose([dk @ rate, ds @ rate], found[:2, k], rtol=1e-9, atol=1e-12 * size[:2])


@DRIVEN
@pytest.mark.parametrize("law", [ISOTROPIC, LAYERED])
def test_shape_slopes_are_the_derivatives(cuff, law):
    def made(p):
        return shell(law, shift=p)

    model, bench, step = made(0.0), rig(cuff), 0.01
    linear = solve_linear(model, bench)
    variation = variation_between([made(side * step) for side in SIDES], step)
    aggregate = aggregate_stress(linear, middle(model), REFERENCE[cuff])
    expected = difference(lambda p: measured(made(p), bench, linear), step)
    assert stiffness_slopes(linear, [variation])[0] == pytest.approx(expected[0], rel=1e-6)
    _, stress = both_slopes(linear, aggregate, [variation])
    assert stress[0] == pytest.approx(expected[1], rel=1e-6)
    assert volume_slopes(linear, [variation])[0] == pytest.approx(expected[2], rel=1e-6)


def test_the_size_of_the_differences_does_not_matter():
    model, rate = shell(), fields(shell())["everywhere"]
    exact = thickness_variation(model, rate)
    for step in (1e-4, 1e-2):
        models = [thickened(model, side * step * rate) for side in SIDES]
        found = variation_between(models, step)
        for name in ("nodes", "fibres", "vertices"):
            assert np.allclose(getattr(found, name), getattr(exact, name), rtol=0, atol=1e-9)


def test_slopes_are_linear_in_the_direction():
    model = shell()
    linear = solve_linear(model, rig())
    aggregate = aggregate_stress(linear, middle(model), REFERENCE[Cuff.SLIDING])
    a, b = list(fields(model).values())[:2]
    variations = [thickness_variation(model, rate) for rate in (a, b, 2.0 * a - 3.0 * b)]
    for slopes in (
        stiffness_slopes(linear, variations),
        both_slopes(linear, aggregate, variations)[1],
        volume_slopes(linear, variations),
    ):
        expected = 2.0 * slopes[0] - 3.0 * slopes[1]
        assert slopes[2] == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(slopes).max())


def test_the_size_of_a_variation_does_not_matter():
    model = shell()
    linear = solve_linear(model, rig())
    rate = fields(model)["everywhere"]
    small, large = stiffness_slopes(
        linear, [thickness_variation(model, size * rate) for size in (1e-6, 1e3)]
    )
    assert small * 1e6 == pytest.approx(large * 1e-3, rel=1e-9)


def test_a_larger_leaf_is_stiffer_by_the_cube():
    # all lengths times 1 + p: stiffness times (1 + p)³
    model, bench = shell(), rig()
    linear = solve_linear(model, bench)
    step = 1e-3
    grown = []
    for side in SIDES:
        size = 1.0 + side * step
        mesh = replace(model.mesh, vertices=size * model.mesh.vertices)
        grown.append(replace(model, mesh=mesh, thickness=size * model.thickness))
    variation = variation_between(grown, step)
    slope = stiffness_slopes(linear, [variation])[0]
    assert slope == pytest.approx(3.0 * linear.stiffness, rel=1e-8)
    assert volume_slopes(linear, [variation])[0] == pytest.approx(3.0 * volume_of(linear), rel=1e-9)


def test_the_aggregate_bounds_the_largest_stress():
    model = shell()
    linear = solve_linear(model, rig())
    found = aggregate_stress(linear, middle(model), REFERENCE[Cuff.SLIDING])
    count = 4 * 2 * int(middle(model).sum())
    slack = REFERENCE[Cuff.SLIDING] * np.log(count) / SHARPNESS
    assert found.largest < found.value < found.largest + slack


def test_the_volume_is_that_of_the_wall():
    model = shell(thickness=3.0)
    linear = solve_linear(model, rig())
    by_area = 3.0 * float(model.mesh.areas @ model.element_weight)
    # facets on a curved surface have less area than it, by the square of their turn
    assert volume_of(linear) == pytest.approx(by_area, rel=0.01)


def test_a_hanging_cuff_is_refused():
    with pytest.raises(BenchRefused, match="driven"):
        solve_linear(shell(), rig(Cuff.HANGING))
