"""The element: rigid motions, patches, invariance."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.constraint import constrain
from afo_designer.mechanics.element import stiffness_matrices
from afo_designer.mechanics.material import Elasticity
from afo_designer.mechanics.model import ShellModel, tangent_axes
from afo_designer.mechanics.solve import dofs_of, solve, stiffness_matrix
from afo_designer.mechanics.stress import stress

PROJECT = Path(__file__).parents[2]
MEMBRANE_AND_BENDING = Elasticity(1.0e6, 0.25)


def one_element(warp=0.3, tilt=0.2):
    """A distorted, warped, tapered element whose directors are not its normals."""
    points = np.array([[0, 0, 0], [2.2, 0.1, warp], [2.0, 1.7, 0], [-0.3, 1.2, warp]])
    directors = np.array([[0, tilt, 1], [tilt, 0, 1], [0, -tilt, 1], [-tilt, 0.1, 1]])
    mesh = QuadMesh(points, [[0, 1, 2, 3]], np.zeros((4, 2)))
    return ShellModel(mesh, directors, [0.2, 0.25, 0.3, 0.22], Elasticity(1000.0, 0.3))


def stiffness(model):
    return stiffness_matrices(model.batch(), model.elasticity.plane_stress)[0]


def rigid_modes(model):
    """(20, 6)."""
    modes = []
    for k in range(6):
        shift, turn = (np.eye(6)[k, :3], np.eye(6)[k, 3:])
        moved = shift + np.cross(turn, model.nodes)
        turned = model.rotation_axes @ turn
        modes.append(np.concatenate([moved, turned], axis=1).ravel())
    return np.stack(modes, axis=1)


@pytest.mark.parametrize("warp", [0.0, 0.3, -0.8])
def test_only_rigid_motions_are_free_of_energy(warp):
    model = one_element(warp)
    K = stiffness(model)
    assert np.allclose(K, K.T, rtol=0, atol=0)
    assert np.abs(K @ rigid_modes(model)).max() < 1e-9 * np.abs(K).max()
    values = np.linalg.eigvalsh(K)
    assert np.abs(values[:6]).max() < 1e-9 * values[-1]
    assert values[6] > 1e-6 * values[-1]


def test_energy_does_not_depend_on_the_frame():
    model = one_element()
    motion = Frame.about_axis([1.0, 2.0, 3.0], [1.0, -2.0, 0.7], 1.1)
    mesh = QuadMesh(motion.apply(model.mesh.vertices), model.mesh.quads, model.mesh.parameters)
    turned = ShellModel(mesh, motion.turn(model.directors), model.thickness, model.elasticity)
    assert np.allclose(
        np.linalg.eigvalsh(stiffness(turned)), np.linalg.eigvalsh(stiffness(model)), atol=1e-8
    )


def test_energy_does_not_depend_on_where_the_corners_start():
    model = one_element()
    values = np.linalg.eigvalsh(stiffness(model))
    for start in (1, 2, 3):
        quads = np.roll(model.mesh.quads, start, axis=1)
        mesh = QuadMesh(model.mesh.vertices, quads, model.mesh.parameters)
        other = ShellModel(mesh, model.directors, model.thickness, model.elasticity)
        # axes of the lamina turn with the corners, which an isotropic law does not see
        assert np.allclose(np.linalg.eigvalsh(stiffness(other)), values, rtol=1e-9, atol=1e-9)


def macneal_harder_patch():
    """0.24 × 0.12 × 0.001 in five distorted elements (MacNeal and Harder 1985, recalled)."""
    outer = [[0, 0], [0.24, 0], [0.24, 0.12], [0, 0.12]]
    inner = [[0.04, 0.02], [0.18, 0.03], [0.16, 0.08], [0.08, 0.08]]
    points = np.array([*outer, *inner])
    quads = [[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [4, 5, 6, 7]]
    points = np.column_stack([points, np.zeros(8)])
    mesh = QuadMesh(points, quads, np.zeros((8, 2)))
    up = np.tile([0.0, 0.0, 1.0], (8, 1))
    return ShellModel(mesh, up, np.full(8, 0.001), MEMBRANE_AND_BENDING)


def patch_solution(model, displacement, rotation):
    """The four outer nodes are prescribed, the inner ones solved for."""
    free = np.ones((8, 5), dtype=bool)
    free[:4] = False
    turns = np.einsum("ni,nki->nk", rotation, model.rotation_axes)
    exact = np.concatenate([displacement, turns], axis=1)
    held = exact.copy()
    held[4:] = 0.0
    answer = solve(model, stiffness_matrix(model), constrain(model, free, offset=held.ravel()))
    assert answer.solved
    return answer, exact.ravel()


def test_membrane_patch_is_exact():
    model = macneal_harder_patch()
    x, y, _ = model.mesh.vertices.T
    moved = 1e-3 * np.column_stack([x + y / 2, y + x / 2, 0 * x])
    answer, exact = patch_solution(model, moved, 0 * moved)
    assert np.allclose(dofs_of(model, answer), exact, rtol=0, atol=1e-9 * np.abs(exact).max())
    tensor = stress(model, answer).tensor
    assert np.allclose(tensor[..., [0, 1, 3]], [4000 / 3, 4000 / 3, 400], rtol=1e-9)


def test_bending_patch_is_exact():
    model = macneal_harder_patch()
    x, y, _ = model.mesh.vertices.T
    moved = np.column_stack([0 * x, 0 * x, 0.5e-3 * (x**2 + x * y + y**2)])
    turned = 1e-3 * np.column_stack([y + x / 2, -(x + y / 2), 0 * x])
    answer, exact = patch_solution(model, moved, turned)
    assert np.allclose(dofs_of(model, answer), exact, rtol=0, atol=1e-9 * np.abs(exact).max())
    tensor = stress(model, answer).tensor
    # the outer surface is z = +t/2, where w,xx > 0 compresses
    assert np.allclose(tensor[:, 2, [0, 1, 3]], [-2 / 3, -2 / 3, -0.2], rtol=1e-9)
    assert np.allclose(tensor[:, 0], -tensor[:, 2], rtol=1e-9, atol=1e-9)


def flat_strip(rows, length, width):
    x = np.linspace(0.0, length, rows + 1)
    points = np.array([(a, b, 0.0) for a in x for b in (0.0, width)])
    at = 2 * np.arange(rows)
    quads = np.stack([at, at + 2, at + 3, at + 1], axis=1)
    up = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    mesh = QuadMesh(points, quads, np.zeros((len(points), 2)))
    return ShellModel(mesh, up, np.full(len(points), 0.1), Elasticity(1.0e4, 0.3))


def in_plane_bending(model):
    """Tip slope under a couple in the plane, and the beam's M L / (E I)."""
    free = np.zeros((len(model.mesh.vertices), 5), dtype=bool)
    free[2:, :2] = True
    free[1, 1] = True  # the clamped end may contract, as Poisson's ratio asks
    load = np.zeros((len(free), 5))
    load[-2:, 0] = [1.0, -1.0]
    answer = solve(model, stiffness_matrix(model), constrain(model, free), load.ravel())
    low, high = answer.displacement[-2:, 0]
    return low - high, 40.0 / (1.0e4 * 0.1 / 12.0)


def test_tangent_axes_are_right_handed():
    directors = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, -1], [0.6, 0.0, 0.8]])
    b, c = np.moveaxis(tangent_axes(directors), 1, 0)
    assert np.allclose(np.cross(b, c), directors)


@pytest.fixture(scope="module")
def benchmark_cases():
    path = PROJECT / "benchmarks" / "elements.py"
    spec = importlib.util.spec_from_file_location("element_benchmarks", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_twisted_beam_and_hook_meet_their_gates(benchmark_cases):
    assert benchmark_cases.twisted_beam(4, 1) == pytest.approx(1.753248285e-3, rel=0.02)
    assert benchmark_cases.twisted_beam(2, 2) == pytest.approx(5.424534868e-3, rel=0.02)
    assert benchmark_cases.raasch_hook(4, 0.35) == pytest.approx(5.02201, rel=0.02)


def test_scordelis_lo_roof_converges_at_its_rate(benchmark_cases):
    values = [benchmark_cases.scordelis_lo(n) for n in (8, 16, 32)]
    assert values[1] == pytest.approx(0.30202, rel=0.005)
    assert values[2] == pytest.approx(0.30202, rel=0.005)
    # theory: second order in the element size; errors that cancel may hurry it, none may slow it
    assert benchmark_cases.observed_rate(values) > 1.7


def test_twisted_beam_converges_at_its_rate(benchmark_cases):
    values = [benchmark_cases.twisted_beam(n, 1) for n in (1, 2, 4)]
    assert benchmark_cases.observed_rate(values) == pytest.approx(2.0, abs=0.3)


def test_slender_elements_bend_in_their_own_plane():
    # 8 × 1 elements of aspect 5 in pure bending in their plane: u = κ x y, to the beam's κ
    model = flat_strip(rows=8, length=40.0, width=1.0)
    answer, load = in_plane_bending(model)
    assert answer == pytest.approx(load, rel=1e-9)


def test_thin_shells_do_not_lock(benchmark_cases):
    assert benchmark_cases.hemisphere(8) == pytest.approx(0.0930, rel=0.02)
    assert benchmark_cases.pinched_cylinder(16) == pytest.approx(1.8248e-5, rel=0.08)
