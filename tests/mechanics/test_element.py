"""The elements: rigid motions, patches, invariance, and the cheapest of the published problems."""

import sys
from pathlib import Path

import numpy as np
import pytest

from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.constraint import constrain
from afo_designer.mechanics.discretisation import Configuration, discretise
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.model import ShellModel, tangent_axes
from afo_designer.mechanics.solve import solve, stiffness_matrix

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SORTS = pytest.mark.parametrize("sort", ["quad", "triangle", "two triangles"])
CELLS = pytest.mark.parametrize("cells", ["quads", "triangles"])


def cells_of(sort):
    quads = [[0, 1, 2, 3]] if sort == "quad" else []
    triangles = {"quad": [], "triangle": [[0, 1, 2]], "two triangles": [[0, 1, 2], [0, 2, 3]]}
    return np.reshape(quads, (-1, 4)), np.reshape(triangles[sort], (-1, 3))


def few_elements(sort="quad", warp=0.3, tilt=0.2):
    """Distorted, warped, tapered elements whose directors are not their normals."""
    points = np.array([[0, 0, 0], [2.2, 0.1, warp], [2.0, 1.7, 0], [-0.3, 1.2, warp]])
    directors = np.array([[0, tilt, 1], [tilt, 0, 1], [0, -tilt, 1], [-tilt, 0.1, 1]])
    quads, triangles = cells_of(sort)
    used = 3 if sort == "triangle" else 4
    mesh = QuadMesh(points[:used], quads, np.zeros((used, 2)), triangles)
    return ShellModel(mesh, directors[:used], [0.2, 0.25, 0.3, 0.22][:used], Elasticity(1e3, 0.3))


def stiffness(model):
    """K of the dofs that there are: a bubble does not move."""
    moves = np.flatnonzero(model.moves.ravel())
    return stiffness_matrix(model).matrix.toarray()[np.ix_(moves, moves)]


def rigid_modes(model):
    """(dofs, 6)."""
    modes = []
    for k in range(6):
        shift, turn = np.eye(6)[k, :3], np.eye(6)[k, 3:]
        moved = shift + np.cross(turn, model.nodes)
        turned = model.rotation_axes @ turn
        modes.append(np.concatenate([moved, turned], axis=1)[model.moves])
    return np.stack(modes, axis=1)


@SORTS
@pytest.mark.parametrize("warp", [0.0, 0.3, -0.8])
def test_only_rigid_motions_are_free_of_energy(sort, warp):
    model = few_elements(sort, warp)
    K = stiffness(model)
    assert np.allclose(K, K.T, rtol=0, atol=1e-12 * np.abs(K).max())
    assert np.abs(K @ rigid_modes(model)).max() < 1e-9 * np.abs(K).max()
    values = np.linalg.eigvalsh(K)
    assert np.abs(values[:6]).max() < 1e-12 * values[-1]
    # a lone MITC3+ hardly resists one twist: its shear is tied 1e-4 from the centre, by design
    assert values[6] > (1e-9 if sort == "triangle" else 1e-6) * values[-1]


@SORTS
def test_rigid_turns_of_any_size_strain_nothing(sort):
    model = few_elements(sort)
    elements = discretise(model)
    motion = Frame.about_axis([1.0, 2.0, 3.0], [1.0, -2.0, 0.7], 2.5)
    turned = Configuration(motion.apply(model.nodes), motion.turn(model.frames.reshape(-1, 3)))
    turned = Configuration(turned.positions, turned.frames.reshape(-1, 3, 3))
    bent = Configuration(model.nodes * [1.0, 1.0, 1.01], model.frames)
    assert abs(elements.energy(turned)) < 1e-20
    assert elements.energy(bent) > 1e-6
    forces = elements.forces(turned, elements.responses(turned))
    assert np.abs(forces).max() < 1e-10


@SORTS
def test_energy_does_not_depend_on_the_frame(sort):
    model = few_elements(sort)
    motion = Frame.about_axis([1.0, 2.0, 3.0], [1.0, -2.0, 0.7], 1.1)
    old = model.mesh
    mesh = QuadMesh(motion.apply(old.vertices), old.quads, old.parameters, old.triangles)
    turned = ShellModel(mesh, motion.turn(model.directors), model.thickness, model.elasticity)
    values = np.linalg.eigvalsh(stiffness(model))
    assert np.allclose(np.linalg.eigvalsh(stiffness(turned)), values, atol=1e-9 * values[-1])


@SORTS
def test_energy_does_not_depend_on_where_the_corners_start(sort):
    model = few_elements(sort)
    old, values = model.mesh, np.linalg.eigvalsh(stiffness(model))
    for start in (1, 2, 3):
        quads = np.roll(old.quads, start, axis=1)
        triangles = np.roll(old.triangles, start, axis=1)
        mesh = QuadMesh(old.vertices, quads, old.parameters, triangles)
        other = ShellModel(mesh, model.directors, model.thickness, model.elasticity)
        # axes of the lamina turn with the corners, which an isotropic law does not see
        found = np.linalg.eigvalsh(stiffness(other))
        assert np.allclose(found, values, rtol=1e-9, atol=1e-9 * values[-1])


@SORTS
def test_a_mirrored_shell_moves_mirrored(sort):
    def answer(side):
        model = few_elements(sort)
        flip = np.array([1.0, side, 1.0])
        back = slice(None, None, int(side))
        mesh = QuadMesh(
            model.mesh.vertices * flip,
            model.mesh.quads[:, back],
            model.mesh.parameters,
            model.mesh.triangles[:, back],
        )
        mirrored = ShellModel(mesh, model.directors * flip, model.thickness, model.elasticity)
        free = np.ones((len(mesh.vertices), 5), dtype=bool)
        free[:2] = False
        load = np.zeros((len(mirrored.nodes), 5))
        load[2, :3] = flip * [0.3, -0.2, 0.1]
        found = solve(mirrored, stiffness_matrix(mirrored), constrain(mirrored, free), load.ravel())
        assert found.solved
        return found.displacement * flip

    right, left = answer(1.0), answer(-1.0)
    assert np.abs(right).max() > 1e-6
    assert np.allclose(left, right, rtol=0, atol=1e-9 * np.abs(right).max())


def test_tangent_axes_are_right_handed():
    directors = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, -1], [0.6, 0.0, 0.8]])
    b, c = np.moveaxis(tangent_axes(directors), 1, 0)
    assert np.allclose(np.cross(b, c), directors)


def flat_strip(rows, length, width):
    x = np.linspace(0.0, length, rows + 1)
    points = np.array([(a, b, 0.0) for a in x for b in (0.0, width)])
    at = 2 * np.arange(rows)
    quads = np.stack([at, at + 2, at + 3, at + 1], axis=1)
    up = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    mesh = QuadMesh(points, quads, np.zeros((len(points), 2)))
    return ShellModel(mesh, up, np.full(len(points), 0.1), Elasticity(1.0e4, 0.3))


def test_slender_elements_bend_in_their_own_plane():
    # 8 × 1 elements of aspect 5 in pure bending in their plane: u = κ x y, to the beam's κ
    model = flat_strip(rows=8, length=40.0, width=1.0)
    free = np.zeros((len(model.mesh.vertices), 5), dtype=bool)
    free[2:, :2] = True
    free[1, 1] = True  # the clamped end may contract, as Poisson's ratio asks
    load = np.zeros((len(free), 5))
    load[-2:, 0] = [1.0, -1.0]
    answer = solve(model, stiffness_matrix(model), constrain(model, free), load.ravel())
    low, high = answer.displacement[-2:, 0]
    assert low - high == pytest.approx(40.0 / (1.0e4 * 0.1 / 12.0), rel=1e-9)


@pytest.fixture(scope="module")
def problems():
    """The modules of the element benchmarks: flat, curved, and what all share."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import flat_problems
        import problem
        import shell_problems
    finally:
        sys.path.remove(str(BENCHMARKS))
    return flat_problems, shell_problems, problem


@CELLS
@pytest.mark.parametrize("bending", [False, True])
def test_patches_are_exact(problems, cells, bending):
    flat, _, _ = problems
    assert flat.macneal_harder_patch(1, bending, cells) < 1e-9
    assert flat.macneal_harder_patch(2, bending, cells) < 1e-9


def test_twisted_beam_and_hook_meet_their_gates(problems):
    _, curved, _ = problems
    assert curved.twisted_beam(2, 1) == pytest.approx(1.753248285e-3, rel=0.01)
    assert curved.twisted_beam(2, 2) == pytest.approx(5.424534868e-3, rel=0.01)
    assert curved.raasch_hook(4, 0.35) == pytest.approx(5.02201, rel=0.02)
    assert curved.raasch_hook(4, 0.35, "triangles") == pytest.approx(5.02201, rel=0.025)


def test_scordelis_lo_roof_converges_at_its_rate(problems):
    _, curved, common = problems
    values = [curved.scordelis_lo(n) for n in (8, 16, 32)]
    assert values[1] == pytest.approx(0.30202, rel=0.005)
    assert values[2] == pytest.approx(0.30202, rel=0.005)
    # theory: second order in the element size; errors that cancel may hurry it, none may slow it
    assert common.observed_rate(values) > 1.7


def test_triangles_do_as_published(problems):
    _, curved, _ = problems
    # MITC3+ on 16 × 16, over the same reference (Ko, Lee, Lee, Bathe 2017)
    assert curved.scordelis_lo(16, "triangles") / 0.3024 == pytest.approx(0.9550, abs=0.005)
    assert curved.hemisphere(16, "triangles") / 0.0930 == pytest.approx(1.007, abs=0.015)


def test_thin_shells_do_not_lock(problems):
    _, curved, _ = problems
    assert curved.hemisphere(8) == pytest.approx(0.0930, rel=0.02)
    assert curved.hemisphere(16, mesh="distorted") == pytest.approx(0.0930, rel=0.02)
    assert curved.pinched_cylinder(16) == pytest.approx(1.8248e-5, rel=0.08)
    assert curved.closed_hemisphere(16, pole="fan") == pytest.approx(0.0924, rel=0.01)
