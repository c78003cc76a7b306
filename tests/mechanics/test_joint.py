"""Two plates on a hinge with a stop: by hand, in large rotations, and against CalculiX."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics import joint
from afo_designer.mechanics.bench import Bench, Cuff, HalfSpace
from afo_designer.mechanics.discretisation import Configuration, discretise
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.gradient import solve_linear
from afo_designer.mechanics.joint import Pivot, Stop
from afo_designer.mechanics.model import ShellModel, with_free_stops, without_stops
from afo_designer.mechanics.stiffness import NM_PER_DEG, stiffness_of
from afo_designer.mechanics.sweep import sweep

# One plate from the clamp at −50 past the hinge at 0 to the stop at 20; the other from the hinge
# over the stop to the band at 50. Both lie in z = 0. Turning about +y presses the stop.
FAR, ARM, STOP, WIDTH, WALL = 50.0, 60.0, 20.0, 12.0, 2.0
E = 1000.0
FOLDER = Path(__file__).parents[2] / "benchmarks"


def strip(low, high, step=2.5, across=4):
    """Nodes (rows, across + 1, 3) of a strip along x."""
    x = np.linspace(low, high, round((high - low) / step) + 1)
    y = np.linspace(-0.5 * WIDTH, 0.5 * WIDTH, across + 1)
    return np.stack([*np.meshgrid(x, y, indexing="ij"), np.zeros((len(x), len(y)))], axis=-1)


def at(points, x):
    return np.flatnonzero(np.abs(points[:, 0] - x) < 1e-9)


def plates(nu=0.0, gap=0.0):
    """The model; the stop's first nodes are the driven plate's."""
    first, second = strip(-ARM, STOP), strip(0.0, ARM)
    parts, quads, start = [], [], 0
    for grid in (first, second):
        number = start + np.arange(grid.shape[0] * grid.shape[1]).reshape(grid.shape[:2])
        cells = [number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]]
        quads.append(np.stack(cells, axis=-1).reshape(-1, 4))
        parts.append(grid.reshape(-1, 3))
        start += number.size
    points, count = np.concatenate(parts), len(parts[0])
    mesh = QuadMesh(points, np.concatenate(quads), np.zeros((len(points), 2)))
    own, over = at(parts[0], STOP), at(parts[1], STOP) + count
    stop = Stop(
        over,
        np.column_stack([own, own]),
        np.full((len(own), 2), 0.5),
        np.array([0.0, 0.0, 1.0]),
        np.full(len(own), gap),
        np.ones(len(own), dtype=bool),
    )
    pivot = Pivot(at(parts[1], 0.0) + count, at(parts[0], 0.0))
    up = np.broadcast_to([0.0, 0.0, 1.0], points.shape)
    wall = np.full(len(points), WALL)
    return ShellModel(mesh, up, wall, Elasticity(E, nu), joints=(pivot, stop))


def rig():
    return Bench(
        axis_point=np.zeros(3),
        axis_direction=np.array([0.0, 1.0, 0.0]),
        shank_axis=np.array([1.0, 0.0, 0.0]),
        footplate_clamp=(HalfSpace(np.array([-FAR, 0.0, 0.0]), np.array([-1.0, 0.0, 0.0])),),
        calf_band=(HalfSpace(np.array([FAR, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])),),
        cuff=Cuff.TIED,
    )


def flexibility(places):
    """Deflections of a cantilever at places under unit loads at them: a² (3b − a) / 6EI."""
    near, far = np.minimum(*np.meshgrid(places, places)), np.maximum(*np.meshgrid(places, places))
    return near**2 * (3.0 * far - near) / (6.0 * E * WIDTH * WALL**3 / 12.0)


def by_hand():
    """N·m/deg: hinge and stop between two cantilevers, one of them clamped to the turning band."""
    both = flexibility(np.array([FAR, FAR + STOP])) + flexibility(np.array([FAR, FAR - STOP]))
    return STOP**2 * np.linalg.inv(both)[1, 1] * NM_PER_DEG


def test_an_open_hinge_resists_nothing():
    loose = without_stops(plates())
    assert loose.stop is None
    assert abs(solve_linear(loose, rig()).stiffness) < 1e-9 * by_hand()


def test_a_closed_stop_sets_the_plates_in_series():
    found = solve_linear(plates(), rig()).stiffness
    assert found == pytest.approx(by_hand(), rel=5e-3)
    assert stiffness_of(plates(), rig()).stiffness_nm_per_deg == pytest.approx(found, rel=1e-6)


def test_a_stop_that_acts_nowhere_is_none():
    model = plates()
    idle = replace(model.stop, acting=np.zeros(len(model.stop.first), dtype=bool))
    pivot = model.joints[0]
    freed = solve_linear(replace(model, joints=(pivot, idle)), rig()).stiffness
    assert abs(freed) < 1e-9 * by_hand()


def test_the_springs_are_stiff_enough(monkeypatch):
    before = solve_linear(plates(), rig()).stiffness
    monkeypatch.setattr(joint, "MODULUS", 10.0 * joint.MODULUS)
    assert solve_linear(plates(), rig()).stiffness == pytest.approx(before, rel=1e-4)


def test_forces_and_stiffness_are_derivatives_of_the_energy():
    for shut in (True, False):
        model = plates(gap=0.02) if shut else with_free_stops(plates(gap=0.02))
        elements = discretise(model)
        rng = np.random.default_rng(7)
        shift = 0.05 * rng.standard_normal(model.nodes.shape)
        way = rng.standard_normal(model.nodes.shape)
        spots = [
            Configuration(model.nodes + shift + step * way, model.frames)
            for step in (-1e-6, 0.0, 1e-6)
        ]
        low, middle, high = (elements.forces(one, elements.responses(one)) for one in spots)
        dofs = np.concatenate([way, np.zeros((len(way), 2))], axis=1).ravel()
        energies = [elements.energy(one) for one in (spots[0], spots[2])]
        assert (energies[1] - energies[0]) / 2e-6 == pytest.approx(middle @ dofs, rel=1e-6)
        K = elements.stiffness(spots[1], elements.responses(spots[1]))
        change = (high - low) / 2e-6
        assert np.abs(K @ dofs - change).max() < 1e-5 * np.abs(change).max()


def test_large_rotations_stop_one_way_and_are_free_the_other():
    # the bench's positive turn presses this stop, so the curve is looked at from the other side
    turned = replace(rig(), axis_direction=np.array([0.0, -1.0, 0.0]))
    curve = sweep(plates(), turned, (-0.2, -0.1, 5.0, 10.0)).curve
    assert curve.one_sided
    assert curve.moment_at(-0.1) == pytest.approx(0.1 * by_hand(), rel=0.01)
    assert abs(curve.moment_at(10.0)) < 1e-5 * by_hand()


def test_a_gap_delays_the_stop():
    turned = replace(rig(), axis_direction=np.array([0.0, -1.0, 0.0]))
    open_deg = 0.1  # more, and the plates' own length takes part
    gap = STOP * np.tan(np.radians(open_deg))
    curve = sweep(plates(gap=gap), turned, (-0.16, -0.12, -0.098, 5.0)).curve
    assert abs(curve.moments_nm[2]) < 1e-6 * by_hand()
    past = curve.moment_at(-0.16) - curve.moment_at(-0.12)
    assert past == pytest.approx(0.04 * by_hand(), rel=0.02)


def test_solid_elements_on_the_same_hinge_agree():
    sys.path.insert(0, str(FOLDER))
    try:
        deck = importlib.import_module("calculix_deck")
    finally:
        sys.path.remove(str(FOLDER))
    if deck.available():
        pytest.skip(deck.available())
    nu = 0.35
    ours = solve_linear(plates(nu), rig()).stiffness
    theirs, _ = deck.linear_stiffness(_bricks(deck), rig(), E, nu)
    assert ours == pytest.approx(theirs, rel=0.01)


def _bricks(deck):
    """The same plates in bricks of two layers, joined by equations at their middle."""
    points, cells, start = [], [], 0
    for low, high in ((-ARM, STOP), (0.0, ARM)):
        flat = strip(low, high, 1.25, 8)
        grid = np.stack([flat + np.array([0, 0, z]) for z in (-0.5 * WALL, 0, 0.5 * WALL)], axis=2)
        n = start + np.arange(grid[..., 0].size).reshape(grid.shape[:3])
        low_face = [n[:-1, :-1], n[1:, :-1], n[1:, 1:], n[:-1, 1:]]
        corners = [face[..., :-1] for face in low_face] + [face[..., 1:] for face in low_face]
        cells.append(np.stack(corners, axis=-1).reshape(-1, 8))
        points.append(grid.reshape(-1, 3))
        start += n.size
    place, count = np.concatenate(points), len(points[0])
    middle = np.abs(place[:, 2]) < 1e-9
    first = np.arange(len(place)) < count
    rows = {
        (part, x): np.flatnonzero(middle & (first == (part == 0)) & (place[:, 0] == x))
        for part in (0, 1)
        for x in (0.0, STOP)
    }
    hinge = [
        tuple((int(node), way, 1.0) for node in rows[1, 0.0])
        + tuple((int(node), way, -1.0) for node in rows[0, 0.0])
        for way in (1, 2, 3)
    ]
    pairs = zip(rows[1, STOP].tolist(), rows[0, STOP].tolist(), strict=True)
    stop = [((over, 3, 1.0), (own, 3, -1.0)) for over, own in pairs]
    return deck.Solid(
        place,
        (("C3D8I", np.concatenate(cells), np.ones(sum(map(len, cells)))),),
        np.flatnonzero(place[:, 0] <= -FAR + 1e-9),
        np.flatnonzero(place[:, 0] >= FAR - 1e-9),
        (*hinge, *stop),
    )
