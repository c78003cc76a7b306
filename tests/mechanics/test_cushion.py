"""Beds of springs: exact derivatives, one-sidedness, no friction, and columns worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from known_leaves import MOTION, carried, carried_bench, flat, leaf, rig

from afo_designer.mechanics.bench import supports
from afo_designer.mechanics.cushion import CORNER_MM, Cushion, Ride, StrapSprings
from afo_designer.mechanics.discretisation import Configuration
from afo_designer.mechanics.equilibrium import moved
from afo_designer.mechanics.moment_angle import MomentAngle
from afo_designer.mechanics.strapped import Brake, strapped_state
from afo_designer.mechanics.sweep import sweep

FOUNDATION = 0.02
LEVEL = -0.17


def ride(bench, share):
    return Ride(bench.axis_point, bench.axis_direction, share)


def tissue(model, bench, nodes, share=1.0, gap=0.0, modulus=FOUNDATION, area=9.0):
    """A limb that fills the shell: its skin is the inner surface at rest."""
    count = len(nodes)
    full = np.ones(count)
    return Cushion(
        nodes=nodes,
        half=0.5 * model.thickness[nodes],
        points=model.nodes[nodes] - model.fibres[nodes],
        normals=model.directors[nodes],
        gap=gap * full,
        area=area * full,
        modulus=modulus * full,
        ride=ride(bench, share * full),
    )


def front_strap(model, bench, nodes, stiffness=10.0):
    count = len(nodes)
    forward = np.cross(bench.axis_direction, bench.shank_axis)
    return StrapSprings(
        nodes,
        model.nodes[nodes],
        np.tile(forward, (count, 1)),
        np.full(count, stiffness / count),
        ride(bench, np.ones(count)),
    )


def band_of(model, bench):
    return supports(model, bench).band


def dressed(model, bench, **more):
    beds = (
        tissue(model, bench, band_of(model, bench), **more),
        front_strap(model, bench, band_of(model, bench)),
    )
    return lambda at, level: beds


def disturbed(model, seed=3, size=0.4):
    """Nodes and fibres moved about at random."""
    draw = np.random.default_rng(seed)
    start = Configuration(model.nodes, model.frames)
    shift, turn = (size * draw.normal(size=(len(model.nodes), 3)) for _ in range(2))
    return moved(start, shift, 0.2 * turn)


def stepped(at, dofs):
    rows = dofs.reshape(-1, 5)
    return moved(at, rows[:, :3], np.einsum("nk,nki->ni", rows[:, 3:], at.frames[:, :2]))


def beds_of(sort):
    model, bench = leaf(), rig()
    nodes = np.arange(0, len(model.mesh.vertices), 3)
    draw = np.random.default_rng(5)
    if sort == "cushion":
        bed = tissue(model, bench, nodes, share=0.7, gap=0.1, area=11.0)
        return model, replace(bed, modulus=FOUNDATION * (1.0 + draw.random(len(nodes))))
    return model, front_strap(model, bench, nodes)


SORTS = pytest.mark.parametrize("sort", ["cushion", "strap"])


@SORTS
def test_forces_stiffness_and_torque_are_derivatives_of_the_energy(sort):
    model, bed = beds_of(sort)
    at = disturbed(model)
    draw = np.random.default_rng(7)
    way = draw.normal(size=5 * len(model.nodes))
    forces = bed.forces(at, LEVEL)
    assert bed.energy(at, LEVEL) > 0.0
    step = 1e-5
    ahead, behind = stepped(at, step * way), stepped(at, -step * way)
    slope = (bed.energy(ahead, LEVEL) - bed.energy(behind, LEVEL)) / (2 * step)
    assert forces @ way == pytest.approx(slope, rel=1e-7)
    change = (bed.forces(ahead, LEVEL) - bed.forces(behind, LEVEL)) / (2 * step)
    K = bed.stiffness(at, LEVEL)
    assert np.allclose(K @ way, change, rtol=0, atol=1e-6 * np.abs(change).max())
    assert abs(K - K.T).max() < 1e-12 * abs(K).max()
    turned = (bed.energy(at, LEVEL + step) - bed.energy(at, LEVEL - step)) / (2 * step)
    assert bed.torque(at, LEVEL) == pytest.approx(turned, rel=1e-7)


@SORTS
def test_pushes_and_forces_on_the_limb_balance(sort):
    model, bed = beds_of(sort)
    at = disturbed(model)
    on_shell = -bed.forces(at, LEVEL).reshape(-1, 5)[:, :3].sum(axis=0)
    assert np.allclose(on_shell, bed.push(at, LEVEL).sum(axis=0), rtol=0, atol=1e-9)


@pytest.mark.parametrize("corner", [CORNER_MM, 0.4])
def test_law_is_nothing_outside_smooth_at_the_corner_and_linear_beyond(corner):
    model, bench = flat(), rig()
    node = np.array([10])
    bed = replace(tissue(model, bench, node), corner=corner)

    def pressed(depth):
        shift = np.zeros((len(model.nodes), 3))
        shift[node] = -depth * model.directors[node]
        at = Configuration(model.nodes + shift, model.frames)
        assert bed.penetration(at, 0.0)[0] == pytest.approx(depth, abs=1e-12)
        return float(bed.pressure(at, 0.0)[0])

    assert pressed(-1.0) == pressed(0.0) == 0.0
    assert pressed(corner) == pytest.approx(0.25 * FOUNDATION * corner)
    assert pressed(3.0) == pytest.approx(FOUNDATION * (3.0 - corner))
    ahead, behind = pressed(2.0 * corner + 1e-6), pressed(2.0 * corner - 1e-6)
    assert ahead - behind == pytest.approx(2e-6 * FOUNDATION, rel=1e-4)


def test_a_limb_that_turns_with_its_shell_presses_as_before():
    model, bench = leaf(), rig()
    bed = tissue(model, bench, np.arange(40), gap=0.3)
    start = Configuration(model.nodes, model.frames)
    turn = np.tile(LEVEL * bench.axis_direction, (len(model.nodes), 1))
    arm = model.nodes - bench.axis_point
    along = moved(Configuration(arm, model.frames), np.zeros_like(arm), turn)
    turned = Ride(bench.axis_point, bench.axis_direction, np.ones(len(arm)))
    at = Configuration(turned.carried(model.nodes, LEVEL), along.frames)
    assert np.allclose(bed.pressure(at, LEVEL), bed.pressure(start, 0.0), rtol=0, atol=1e-12)
    assert np.allclose(turned.back(at.positions, LEVEL), model.nodes, rtol=0, atol=1e-10)


def test_sliding_along_the_skin_is_free():
    model, bench = flat(), rig()
    bed = tissue(model, bench, np.arange(30), gap=0.2)
    along = np.broadcast_to([0.0, 3.0, -7.0], model.nodes.shape)
    at = Configuration(model.nodes + along, model.frames)
    start = Configuration(model.nodes, model.frames)
    assert np.allclose(bed.pressure(at, 0.0), bed.pressure(start, 0.0), rtol=0, atol=1e-15)


@pytest.fixture(scope="module")
def sliding():
    model, bench = flat(), rig()
    return model, bench, sweep(model, bench, [-10.0, -5.0, 5.0, 10.0])


def test_stiff_beds_over_the_whole_band_leave_only_the_couple_out(sliding):
    """Pushed over its whole height, a flat band is held as the rigid cuff holds it.

    Pulled by a strap, which presses on nothing behind, it is softer.
    """
    model, bench, driven = sliding
    dress, angles = dressed(model, bench, modulus=1.0), list(driven.states)
    found = [strapped_state(driven, angle, dress) for angle in angles]
    assert all(state.reached for state in found)
    held, free = MomentAngle(angles, [state.moment_nm for state in found]), driven.curve
    assert 0.5 * free.dorsiflexion < held.dorsiflexion < free.dorsiflexion
    assert 0.5 * free.plantarflexion < held.plantarflexion < 1.02 * free.plantarflexion
    assert held.moment_at(0.0) == pytest.approx(0.0, abs=1e-9)


def test_the_limb_pushes_one_way_and_the_strap_pulls_the_other(sliding):
    model, bench, driven = sliding
    for angle, sign in ((-10.0, -1.0), (10.0, 1.0)):
        held = strapped_state(driven, angle, dressed(model, bench))
        cushion, strap = held.beds
        at, level = held.state.at, held.state.level
        push, pull = (bed.push(at, level).sum(axis=0) for bed in (cushion, strap))
        assert held.reached
        assert push[0] <= 0.0 <= pull[0]
        assert sign * held.force_n[0] > 1.0
        # what the limb does per turn is what the elements have taken up
        assert sign * held.moment_nm < 0.0


def test_moment_is_the_slope_of_all_energy(sliding):
    model, bench, driven = sliding
    around = driven.extended([-5.01, -4.99])
    dress = dressed(model, bench)

    def total(angle):
        held = strapped_state(around, angle, dress)
        beds = sum(bed.energy(held.state.at, held.state.level) for bed in held.beds)
        return held.state.energy + beds

    slope = (total(-4.99) - total(-5.01)) / np.radians(0.02) / 1000.0
    moment = strapped_state(around, -5.0, dress).moment_nm
    assert moment == pytest.approx(-slope, rel=1e-4)


def test_softer_tissue_bears_less(sliding):
    model, bench, driven = sliding
    moments = [
        strapped_state(driven, -5.0, dressed(model, bench, modulus=k)).moment_nm
        for k in (0.005, 0.02, 0.08)
    ]
    assert moments == sorted(moments)


def test_same_anywhere_in_space(sliding):
    model, bench, driven = sliding
    here = strapped_state(driven, -5.0, dressed(model, bench))
    there, rig_there = carried(model), carried_bench(bench)
    swept = sweep(there, rig_there, [-5.0, 5.0])
    away = strapped_state(swept, -5.0, dressed(there, rig_there))
    assert away.moment_nm == pytest.approx(here.moment_nm, rel=1e-5)
    assert np.allclose(away.force_n, MOTION.turn(here.force_n), rtol=0, atol=1e-3)


def test_a_brake_holds_where_it_was():
    model = flat()
    at = disturbed(model)
    brake = Brake(at.positions, 2.0)
    assert not brake.forces(at, 0.0).any()
    start = Configuration(model.nodes, model.frames)
    pull = brake.forces(start, 0.0).reshape(-1, 5)
    assert np.allclose(pull[:, :3], 2.0 * (model.nodes - at.positions))
    assert np.allclose(brake.stiffness(at, 0.0).diagonal().reshape(-1, 5)[0], [2, 2, 2, 0, 0])
