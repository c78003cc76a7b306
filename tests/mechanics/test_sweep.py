"""The bench in large rotations: its small limit, its symmetries, its energy, its refusals."""

from dataclasses import replace

import numpy as np
import pytest
from known_shells import MOTION, carried, carried_bench, flat, leaf, rig
from scipy.interpolate import CubicSpline

from afo_designer.mechanics.bench import BenchRefused, Cuff
from afo_designer.mechanics.equilibrium import Outcome
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
    angle = 1e-4
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
