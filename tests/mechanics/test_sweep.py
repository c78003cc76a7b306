"""The bench in large rotations: its small limit, its symmetries, its energy, its refusals."""

from dataclasses import replace

import numpy as np
import pytest
from known_leaves import MOTION, carried, carried_bench, flat, leaf, rig
from scipy.interpolate import CubicSpline

from afo_designer.mechanics import equilibrium
from afo_designer.mechanics.bench import BenchRefused, Cuff
from afo_designer.mechanics.equilibrium import Outcome
from afo_designer.mechanics.gradient import solve_linear
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.moment_angle import CurveRefused
from afo_designer.mechanics.solve import ShellRefused
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.mechanics.sweep import SWEEP_DEG, sweep

DRIVEN = pytest.mark.parametrize("cuff", [Cuff.SLIDING, Cuff.TIED])


def lopsided(**more):
    return leaf(centre=0.35, split=True, **more)


def spring_energy(task, state):
    """½ k β² of the springs that turn fibres in a sliding band, N·mm."""
    total = 0.0
    for springs in task.attachments:
        torque = springs.forces(state.at, state.level).reshape(-1, 5)[springs.nodes, 3]
        total += 0.5 * float(np.sum(torque**2 / springs.modulus))
    return total


@pytest.fixture(scope="module")
def run():
    """A lopsided, leaning leaf with triangles, over the default range."""
    return sweep(lopsided(), rig())


@DRIVEN
@pytest.mark.parametrize("shape", [flat, lopsided])
def test_small_angles_are_the_linear_bench(shape, cuff):
    model, bench = shape(), rig(cuff)
    linear = stiffness_of(model, bench)
    angle = 1e-3  # at a tenth of it what equilibrium leaves is 1e-6 of the moment
    found = sweep(model, bench, [-angle, angle])
    # the mean of both sides: what is odd in the angle
    low, _, high = found.curve.moments_nm
    assert (low - high) / (2 * angle) == pytest.approx(linear.stiffness_nm_per_deg, rel=1e-6)
    forces = (found.shank_force_n[2] - found.shank_force_n[0]) / (2 * angle)
    couples = (found.shank_moment_nm[2] - found.shank_moment_nm[0]) / (2 * angle)
    scale = np.abs(linear.shank_force_n_per_deg).max()
    assert np.allclose(forces, linear.shank_force_n_per_deg, rtol=0, atol=1e-5 * scale)
    scale = np.abs(linear.shank_moment_nm_per_deg).max()
    assert np.allclose(couples, linear.shank_moment_nm_per_deg, rtol=0, atol=1e-5 * scale)


def test_the_default_range_is_reached(run):
    assert tuple(run.states) == tuple(sorted((*SWEEP_DEG, 0.0)))
    assert run.outcome is Outcome.REACHED
    assert np.isnan(run.stopped_deg)
    assert run.message == ""
    assert np.array_equal(run.curve.angles_deg, list(run.states))
    assert all(np.degrees(s.level) == pytest.approx(a) for a, s in run.states.items())


def test_the_shanks_moment_is_that_of_its_forces(run):
    # what the shank exerts on the orthosis is what the orthosis exerts on the foot, turned round
    assert np.allclose(run.shank_moment_nm[:, 1], -run.curve.moments_nm, rtol=1e-9, atol=1e-9)


@DRIVEN
@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_the_moments_work_is_the_energy(cuff, mirror):
    found = sweep(lopsided(mirror=mirror), rig(cuff), np.arange(-6.0, 6.1, 0.5))
    curve = found.curve
    work = CubicSpline(np.radians(curve.angles_deg), -1000.0 * curve.moments_nm).antiderivative()
    energy = [s.energy + spring_energy(found.task, s) for s in found.states.values()]
    done = work(np.radians(curve.angles_deg)) - work(0.0)
    assert np.allclose(done, energy, rtol=1e-3, atol=1e-3 * max(energy))


def test_left_and_right_are_mirror_images(run):
    other = sweep(lopsided(mirror=-1.0), rig())
    flip = np.array([1.0, -1.0, 1.0])
    scale = np.abs(run.curve.moments_nm).max()
    assert np.allclose(other.curve.moments_nm, run.curve.moments_nm, rtol=0, atol=1e-9 * scale)
    scale = np.abs(run.shank_force_n).max()
    assert np.allclose(other.shank_force_n, flip * run.shank_force_n, rtol=0, atol=1e-8 * scale)


@DRIVEN
def test_a_rigid_motion_of_leaf_and_bench_changes_nothing(cuff):
    angles = [-10.0, 10.0]
    here = sweep(lopsided(), rig(cuff), angles)
    there = sweep(carried(lopsided()), carried_bench(rig(cuff)), angles)
    scale = np.abs(here.curve.moments_nm).max()
    assert np.allclose(there.curve.moments_nm, here.curve.moments_nm, rtol=0, atol=1e-8 * scale)
    forces = MOTION.turn(here.shank_force_n)
    scale = np.abs(forces).max()
    assert np.allclose(there.shank_force_n, forces, rtol=0, atol=1e-7 * scale)


def test_a_straight_spring_through_the_axis_is_alike_both_ways():
    model = flat()
    mesh = replace(model.mesh, vertices=model.mesh.vertices + np.array([50.0, 0.0, 0.0]))
    found = sweep(replace(model, mesh=mesh), rig(), [-12.0, -6.0, 6.0, 12.0])
    moments = found.curve.moments_nm
    assert np.allclose(moments, -moments[::-1], rtol=0, atol=1e-9 * np.abs(moments).max())
    assert np.all(np.diff(moments) < 0.0)


def test_a_curved_leaf_is_another_spring_either_way(run):
    curve = run.curve
    assert curve.dorsiflexion > 0.0
    assert curve.plantarflexion > 0.0
    assert abs(curve.dorsiflexion / curve.plantarflexion - 1.0) > 0.05


def test_the_band_rides_with_the_shank(run):
    task = run.task
    band, start = task.drive.nodes, task.start.positions
    for state in run.states.values():
        sine, cosine = np.sin(state.level), np.cos(state.level)
        turn = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
        # back in the shank's frame only the shank's axis, z, is free
        back = state.at.positions[band] @ turn
        assert np.allclose(back[:, :2], start[band, :2], rtol=0, atol=1e-9)
    end = run.states[15.0].at.positions[band] - start[band]
    assert np.all(end[:, 0] > 0.0)  # dorsiflexion carries the knee forward


def test_nothing_moves_in_the_clamp(run):
    held = ~run.task.free.any(axis=1)
    held[run.task.drive.nodes] = False
    assert held.any()
    for state in run.states.values():
        assert np.array_equal(state.at.positions[held], run.task.start.positions[held])


def test_extending_is_the_same_as_one_go():
    model, bench = lopsided(), rig()
    part = sweep(model, bench, [-5.0, 10.0])
    longer = part.extended([-10.0, 5.0, 10.0])
    once = sweep(model, bench, [-10.0, -5.0, 5.0, 10.0])
    assert list(longer.states) == [-10.0, -5.0, 0.0, 5.0, 10.0]
    scale = np.abs(once.curve.moments_nm).max()
    assert np.allclose(longer.curve.moments_nm, once.curve.moments_nm, rtol=0, atol=1e-6 * scale)
    assert part.extended([10.0]) is part


def test_the_same_sweep_twice_is_the_same_to_the_bit(run):
    again = sweep(lopsided(), rig(), SWEEP_DEG[::-1])
    assert np.array_equal(again.curve.moments_nm, run.curve.moments_nm)


def test_a_hanging_cuff_is_refused():
    with pytest.raises(BenchRefused, match="hanging"):
        sweep(flat(), rig(Cuff.HANGING))


def test_a_strap_slot_in_the_band_is_void():
    # vertices inside the slot belong to no bearing element: nothing may move them
    model = lopsided()
    mesh = model.mesh
    heights = [mesh.vertices[cells, 2].mean(axis=1) for cells in (mesh.quads, mesh.triangles)]
    across = [mesh.vertices[cells, 1].mean(axis=1) for cells in (mesh.quads, mesh.triangles)]
    slot = (np.concatenate(heights) > 152.0) & (np.abs(np.concatenate(across)) < 10.0)
    cut = ShellModel(
        mesh, model.directors, model.thickness, model.elasticity, np.where(slot, 0.0, 1.0)
    )
    linear = stiffness_of(cut, rig())
    found = sweep(cut, rig(), [-1e-4, 1e-4])
    tangent = (found.curve.moments_nm[0] - found.curve.moments_nm[2]) / 2e-4
    assert tangent == pytest.approx(linear.stiffness_nm_per_deg, rel=1e-6)
    assert solve_linear(cut, rig()).stiffness == pytest.approx(linear.stiffness_nm_per_deg)


def spoiled(fault):
    """A leaf with one fault near z 60 and the start of the sentence about it."""
    model = leaf()
    at = int(np.argmin(np.linalg.norm(model.mesh.vertices - [-50.0, 0.0, 60.0], axis=1)))
    vertices, thickness = model.mesh.vertices.copy(), model.thickness.copy()
    weight, message = model.element_weight.copy(), "not a number"
    if fault == "thickness that is no number":
        thickness[at] = np.nan
    elif fault == "coordinate that is no number":
        vertices[at, 1] = np.nan
    elif fault == "no thickness":
        thickness[at], message = 0.0, "no thickness"
    elif fault == "folded":
        vertices[at, 2] += 15.0
        message = "folded over"
    elif fault == "loose":
        height = vertices[model.mesh.quads, 2].mean(axis=1)
        weight[((height > 40) & (height < 50)) | ((height > 70) & (height < 80))] = 0.0
        message = "held by nothing"
    mesh = replace(model.mesh, vertices=vertices)
    return ShellModel(mesh, model.directors, thickness, model.elasticity, weight), message


@DRIVEN
@pytest.mark.parametrize(
    "fault",
    [
        "thickness that is no number",
        "coordinate that is no number",
        "no thickness",
        "folded",
        "loose",
    ],
)
def test_a_faulty_leaf_yields_a_sentence_with_its_place(fault, cuff):
    model, message = spoiled(fault)
    result = stiffness_of(model, rig(cuff))
    assert np.isnan(result.stiffness_nm_per_deg)
    assert message in result.solution.message
    for measure in (solve_linear, sweep):
        with pytest.raises(ShellRefused, match=message) as refused:
            measure(model, rig(cuff))
        assert refused.value.status is result.solution.status
        if fault != "coordinate that is no number":
            assert "It is near" in str(refused.value)
            # in a sliding cuff the piece above the loose one slides off as well: either is named
            reach = 120.0 if fault == "loose" and cuff is Cuff.SLIDING else 20.0
            assert abs(refused.value.place[2] - 60.0) <= reach


def test_an_angle_out_of_reach_ends_the_sweep_with_its_angle(monkeypatch):
    # a solver short of breath stands in for a wall that crumples
    monkeypatch.setattr(equilibrium, "MOST_ITERATIONS", 3)
    monkeypatch.setattr(equilibrium, "MOST_HALVINGS", 3)
    found = sweep(lopsided(), rig(), [-0.01, 0.01, 60.0])
    assert found.outcome is Outcome.DIVERGED
    assert 0.0 < found.stopped_deg < 60.0
    assert found.message.startswith(str(found.outcome))
    assert f"{found.stopped_deg:+.1f} deg" in found.message
    assert list(found.states) == [-0.01, 0.0, 0.01]
    assert np.array_equal(found.curve.angles_deg, [-0.01, 0.0, 0.01])
    # more of what can be reached does not hide what could not
    assert found.extended([0.02]).message == found.message
    with pytest.raises(CurveRefused, match=r"did not converge.*ended at \+\d+\.\d deg"):
        sweep(lopsided(), rig(), [-0.01, 60.0])
