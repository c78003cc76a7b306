"""Buckling: closed forms, what must not matter, and the nonlinear path that has the last word."""

from dataclasses import replace

import numpy as np
import pytest

from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.buckling import BucklingFailed, buckling, first_unstable, stable
from afo_designer.mechanics.discretisation import discretise
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.equilibrium import Drive, Task, follow
from afo_designer.mechanics.model import ShellModel

MODULUS = 1800.0
AWAY = Frame.about_axis([10.0, 20.0, -30.0], [0.3, 1.0, -0.5], 0.8)


def plate(length, width, wall, along, across, nu):
    """A flat rectangle in the plane z = 0, x along it."""
    x, y = np.meshgrid(
        np.linspace(0, length, along + 1), np.linspace(0, width, across + 1), indexing="ij"
    )
    points = np.column_stack([x.ravel(), y.ravel(), 0.0 * x.ravel()])
    number = np.arange(len(points)).reshape(x.shape)
    corners = [number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]]
    mesh = QuadMesh(points, np.stack(corners, -1).reshape(-1, 4), 0.0 * points[:, :2])
    up = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    return ShellModel(mesh, up, np.full(len(points), wall), Elasticity(MODULUS, nu))


def held(model, free, load=None, drive=None, frame=None):
    """The model as a task; free components and loads in a frame's axes."""
    count = len(model.nodes)
    axes = np.eye(3) if frame is None else frame.turn(np.eye(3))
    push = np.zeros((count, 3)) if load is None else load @ axes
    elements = discretise(model)
    turned = np.broadcast_to(axes, (count, 3, 3)).copy()
    return Task(elements, elements.start, free, turned, push, np.zeros((count, 3)), drive)


def end_load(model, total):
    """(n, 3): along x, evenly over the end at the largest x."""
    points = model.nodes
    load = np.zeros_like(points)
    end = np.flatnonzero(np.isclose(points[:, 0], points[:, 0].max()))
    share = np.full(len(end), 1.0)
    share[[0, -1]] = 0.5
    load[end, 0] = total * share / share.sum()
    return load


def square(count=10, side=100.0, wall=1.0, total=-1.0):
    """Simply supported on four sides, pushed along x by a load per width; D as a third value."""
    model = plate(side, side, wall, count, count, 0.3)
    x, y = model.nodes[:, 0], model.nodes[:, 1]
    free = np.ones((len(x), 5), dtype=bool)
    border = np.isclose(x, 0) | np.isclose(x, side) | np.isclose(y, 0) | np.isclose(y, side)
    free[border, 2] = False
    free[np.isclose(x, 0), 0] = False
    free[np.isclose(x, 0) & np.isclose(y, 0.5 * side), 1] = False
    rigidity = MODULUS * wall**3 / 12.0 / (1.0 - 0.3**2)
    return held(model, free, end_load(model, total * side)), rigidity


STRIP, BREADTH, THIN = 200.0, 10.0, 2.0
EULER = np.pi**2 * MODULUS * BREADTH * THIN**3 / 12.0 / (4.0 * STRIP**2)


def strip(frame=None, total=-1.0):
    """A cantilever along x, pushed at its free end."""
    model = plate(STRIP, BREADTH, THIN, 16, 2, 0.0)
    free = np.ones((len(model.nodes), 5), dtype=bool)
    free[np.isclose(model.nodes[:, 0], 0.0)] = False
    load = end_load(model, total)
    if frame is not None:
        mesh = model.mesh
        moved = QuadMesh(frame.apply(mesh.vertices), mesh.quads, mesh.parameters)
        model = replace(model, mesh=moved, directors=frame.turn(model.directors))
    return held(model, free, load, frame=frame)


def bent_edgewise():
    """A thin strip held at one end, the other turned in the strip's own plane about its middle."""
    model = plate(100.0, 20.0, 1.0, 16, 4, 0.3)
    free = np.ones((len(model.nodes), 5), dtype=bool)
    x = model.nodes[:, 0]
    free[np.isclose(x, 0.0)] = False
    end = np.flatnonzero(np.isclose(x, 100.0))
    free[end] = False
    about = Drive(end, np.array([50.0, 10.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    return held(model, free, drive=about)


def test_a_simply_supported_square_plate():
    task, rigidity = square()
    pushed, pulled = buckling(task, 5.0)
    # N = 4 π² D / b², Timoshenko and Gere
    assert pushed.level == pytest.approx(4.0 * np.pi**2 * rigidity / 100.0**2, rel=0.01)
    assert pulled.level == -np.inf
    # one half-wave either way
    x, y = task.start.positions[:, 0], task.start.positions[:, 1]
    wave = np.sin(np.pi * x / 100.0) * np.sin(np.pi * y / 100.0)
    assert np.allclose(pushed.mode[:, 2], wave, rtol=0, atol=0.01)


def test_an_euler_cantilever():
    pushed, pulled = buckling(strip(), 5.0)
    assert pushed.level == pytest.approx(EULER, rel=0.005)
    assert pulled.level == -np.inf
    assert not pulled.mode.any()
    x = strip().start.positions[:, 0]
    assert np.allclose(pushed.mode[:, 2], 1.0 - np.cos(0.5 * np.pi * x / STRIP), atol=0.01)


def test_the_opposite_load_buckles_at_the_opposite_level():
    pushed, _ = buckling(strip(), 5.0)
    pulled, back = buckling(strip(total=1.0), 5.0)
    assert back.level == pytest.approx(-pushed.level, rel=1e-6)
    assert pulled.level == np.inf


def test_twice_the_load_halves_the_factor_and_a_short_range_finds_none():
    once, _ = buckling(strip(), 5.0)
    twice, _ = buckling(strip(total=-2.0), 5.0)
    assert twice.level == pytest.approx(0.5 * once.level, rel=1e-6)
    near, _ = buckling(strip(), 0.9 * once.level)
    assert near.level == np.inf


def test_a_rigid_motion_changes_nothing_but_the_modes_direction():
    here, _ = buckling(strip(), 5.0)
    there, _ = buckling(strip(AWAY), 5.0)
    assert there.level == pytest.approx(here.level, rel=1e-6)
    turned = AWAY.turn(here.mode)
    same = np.sign(np.sum(turned * there.mode))
    assert np.allclose(same * there.mode, turned, rtol=0, atol=1e-4)


def test_the_same_task_twice_is_the_same_to_the_bit():
    first, _ = buckling(strip(), 5.0)
    again, _ = buckling(strip(), 5.0)
    assert first.level == again.level
    assert np.array_equal(first.mode, again.mode)


def test_the_path_of_a_load_loses_stability_at_the_level():
    task = strip()
    level = buckling(task, 5.0)[0].level
    path = follow(task, [0.5 * level, 0.98 * level, 1.02 * level])
    assert path.reached
    assert [stable(task, state) for state in path.states] == [True, True, False]
    assert first_unstable(task, path.states) is path.states[2]
    assert first_unstable(task, path.states[:2]) is None


def test_the_path_of_a_drive_loses_stability_near_the_level():
    # bent edgewise it hardly deforms before it buckles sideways, so linear buckling is right
    task = bent_edgewise()
    forth, back = buckling(task, np.radians(60.0))
    assert back.level == pytest.approx(-forth.level, rel=1e-4)  # symmetric
    level = forth.level
    assert 0.0 < np.degrees(level) < 10.0
    path = follow(task, [0.9 * level, 1.1 * level])
    assert [stable(task, state) for state in path.states] == [True, False]


def test_a_shell_held_by_nothing_is_refused():
    model = plate(20.0, 10.0, 1.0, 4, 2, 0.3)
    free = np.ones((len(model.nodes), 5), dtype=bool)
    free[0, :3] = False
    with pytest.raises(BucklingFailed, match="held by nothing"):
        buckling(held(model, free, end_load(model, -1.0)), 5.0)
