"""Energy, forces and stiffness far from rest: derivatives of one another, blind to the frame."""

import numpy as np
import pytest
from known_leaves import MOTION, leaf

from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.discretisation import Configuration, discretise
from afo_designer.mechanics.elasticity import TransverseElasticity
from afo_designer.mechanics.equilibrium import moved, rotated
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.solve import flawless_stiffness

LAYERED = TransverseElasticity(1800.0, 1100.0, 0.4, 0.35, 450.0, [0.2, -0.3, 0.9])
LAWS = {"isotropic": {}, "layered": {"law": LAYERED}}


@pytest.fixture(scope="module", params=LAWS)
def model(request):
    """Quads and triangles, warped, of uneven thickness and weight."""
    weight = 0.2 + 0.1 * (np.arange(27) % 9)
    shell = leaf(4, 5, split=True, lean=0.5, centre=0.3, weight=weight[:27], **LAWS[request.param])
    assert len(shell.mesh.triangles) == 14
    return shell


@pytest.fixture(scope="module")
def elements(model):
    return discretise(model)


def bent(model, size=1.0):
    """A configuration far from rest: nodes off by millimetres, fibres by half a radian."""
    random = np.random.default_rng(3)
    shift, turn = size * random.normal(size=(2, len(model.nodes), 3))
    return moved(Configuration(model.nodes, model.frames), shift, 0.3 * turn)


def direction(model, seed):
    """Dofs (n, 5), those of bubbles' places zero."""
    return model.moves * np.random.default_rng(seed).normal(size=model.moves.shape)


def gone(at, dofs):
    """The configuration after a step in the dofs."""
    return moved(at, dofs[:, :3], np.einsum("nk,nki->ni", dofs[:, 3:], at.frames[:, :2]))


def slope(of, at, way):
    """Fourth-order central difference along a direction of dofs."""
    step = 1e-3
    sides = [of(gone(at, step * k * way)) for k in (-2, -1, 1, 2)]
    return (sides[0] - 8.0 * sides[1] + 8.0 * sides[2] - sides[3]) / (12.0 * step)


def forces_of(elements, at):
    return elements.forces(at, elements.responses(at))


def test_forces_are_the_derivative_of_the_energy(model, elements):
    at = bent(model)
    forces = forces_of(elements, at)
    for seed in range(5):
        way = direction(model, seed)
        assert slope(elements.energy, at, way) == pytest.approx(forces @ way.ravel(), rel=1e-9)


@pytest.mark.parametrize("size", [0.0, 1.0])
def test_stiffness_is_the_derivative_of_the_forces(model, elements, size):
    at = bent(model, size)
    K = elements.stiffness(at, elements.responses(at))
    for seed in range(5):
        way = direction(model, seed)
        expected = K @ way.ravel()
        found = slope(lambda c: forces_of(elements, c), at, way)
        assert np.allclose(found, expected, rtol=0, atol=1e-8 * np.abs(expected).max())


def test_stiffness_is_symmetric(model, elements):
    at = bent(model)
    K = elements.stiffness(at, elements.responses(at)).toarray()
    assert np.abs(K - K.T).max() < 1e-12 * np.abs(K).max()


def test_a_rigid_motion_of_any_size_changes_nothing(model, elements):
    at = bent(model)
    frames = MOTION.turn(at.frames.reshape(-1, 3)).reshape(-1, 3, 3)
    there = Configuration(MOTION.apply(at.positions), frames)
    assert elements.energy(there) == pytest.approx(elements.energy(at), rel=1e-9)
    here, turned = (forces_of(elements, c).reshape(-1, 5) for c in (at, there))
    scale = np.abs(here).max()
    assert np.allclose(turned[:, :3], MOTION.turn(here[:, :3]), rtol=0, atol=1e-9 * scale)
    # moments are about axes that turn along
    assert np.allclose(turned[:, 3:], here[:, 3:], rtol=0, atol=1e-9 * scale)


def test_a_free_body_bears_no_net_force_or_moment(model, elements):
    at = bent(model)
    rows = forces_of(elements, at).reshape(-1, 5)
    couples = np.einsum("nk,nki->ni", rows[:, 3:], at.frames[:, :2])
    moments = np.cross(at.positions, rows[:, :3]) + couples
    assert np.abs(rows[:, :3].sum(axis=0)).max() < 1e-9 * np.abs(rows[:, :3]).max()
    assert np.abs(moments.sum(axis=0)).max() < 1e-9 * np.abs(moments).max()


def test_rest_bears_no_force(model, elements):
    at = elements.start
    unit = np.abs(forces_of(elements, bent(model))).max()
    assert np.abs(forces_of(elements, at)).max() < 1e-12 * unit
    assert elements.energy(at) == pytest.approx(0.0, abs=1e-12 * unit)


def test_the_linear_stiffness_is_that_at_rest(model, elements):
    K = elements.stiffness(elements.start, elements.responses(elements.start))
    difference = (flawless_stiffness(model).matrix - K).toarray()
    assert np.abs(difference).max() < 1e-12 * np.abs(K.data).max()


def test_small_motions_cost_half_u_k_u(model, elements):
    way = direction(model, 0)
    K = elements.stiffness(elements.start, elements.responses(elements.start))
    ends = [elements.energy(gone(elements.start, side * 1e-5 * way)) for side in (-1.0, 1.0)]
    assert np.mean(ends) == pytest.approx(0.5e-10 * way.ravel() @ (K @ way.ravel()), rel=1e-6)


def test_forces_may_be_given_to_the_geometric_part_alone(model, elements):
    at = bent(model)
    responses = elements.responses(at)
    own = elements.stiffness(at, responses, [answer.force for answer in responses])
    full = elements.stiffness(at, responses)
    assert np.array_equal(own.data, full.data)
    bare = elements.stiffness(at, responses, [0.0 * answer.force for answer in responses])
    double = elements.stiffness(at, responses, [2.0 * answer.force for answer in responses])
    scale = np.abs(full.data).max()
    assert np.allclose(double.data - bare.data, 2.0 * (full.data - bare.data), atol=1e-12 * scale)
    # without forces only Bᵀ C B is left, which cannot be negative
    values = np.linalg.eigvalsh(bare.toarray())
    assert values[0] > -1e-12 * values[-1]


def test_weights_and_factors_multiply_an_elements_energy(model):
    at = bent(model)
    count = len(model.element_weight)
    parts = [
        discretise(model, np.arange(count) == k).energy(at) / model.element_weight[k]
        for k in range(count)
    ]
    whole = discretise(model).energy(at)
    assert whole == pytest.approx(float(model.element_weight @ parts), rel=1e-12)
    factor = np.linspace(0.0, 2.0, count)
    found = discretise(model, factor).energy(at)
    assert found == pytest.approx(float((model.element_weight * factor) @ parts), rel=1e-12)


def test_the_order_of_the_elements_does_not_matter(model, elements):
    old, quads = model.mesh, len(model.mesh.quads)
    shuffled = np.random.default_rng(0).permutation(quads)
    mesh = QuadMesh(old.vertices, old.quads[shuffled], old.parameters, old.triangles)
    weight = np.concatenate([model.element_weight[:quads][shuffled], model.element_weight[quads:]])
    other = ShellModel(mesh, model.directors, model.thickness, model.elasticity, weight)
    at = bent(model)
    forces, found = forces_of(elements, at), forces_of(discretise(other), at)
    assert np.allclose(found, forces, rtol=0, atol=1e-12 * np.abs(forces).max())


def test_nothing_borne_is_no_stiffness(model):
    empty = discretise(model, np.zeros(len(model.element_weight)))
    assert empty.energy(empty.start) == 0.0
    assert empty.stiffness(empty.start, []).nnz == 0


def test_turns_are_turns():
    random = np.random.default_rng(1)
    frames = np.linalg.qr(random.normal(size=(6, 3, 3)))[0]
    turn = random.normal(size=(6, 3)) * np.array([0.0, 1e-12, 1e-3, 1.0, 3.0, 9.0])[:, None]
    found = rotated(frames, turn)
    assert np.allclose(found @ np.swapaxes(found, 1, 2), np.eye(3), atol=1e-14)
    assert np.array_equal(found[0], frames[0])
    assert np.allclose(rotated(found, -turn), frames, atol=1e-13)
    # twice half the turn, and the axis stays
    assert np.allclose(rotated(rotated(frames, turn / 2), turn / 2), found, atol=1e-13)
    assert np.allclose(rotated(turn[:, None], turn)[:, 0], turn, atol=1e-13)
