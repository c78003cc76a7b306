"""Paths of equilibrium against bars, rings and trusses that are known exactly."""

from dataclasses import replace

import numpy as np
import pytest
from known_leaves import cells
from scipy.sparse import csr_matrix, diags

from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.discretisation import Configuration, discretise
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.equilibrium import (
    Drive,
    Outcome,
    Task,
    drive_rate,
    follow,
    follow_arc,
    tangent_at,
)
from afo_designer.mechanics.model import ShellModel

# Sze, Liu and Lo 2004 (mechanics notes §1b): 3.1 end shear, 3.2 end moment to a full circle.
E = 1.2e6
SHAPES = pytest.mark.parametrize("split", [False, True], ids=["quads", "mixed"])


def bar(rows=12, columns=1, length=10.0, rise=0.0, split=False, thickness=0.1, width=1.0):
    """A straight bar along x, rising by `rise`; its model, and the grid of its vertices."""
    u, v = np.meshgrid(np.linspace(0, 1, rows + 1), np.linspace(0, 1, columns + 1), indexing="ij")
    points = np.column_stack([length * u.ravel(), width * v.ravel(), rise * u.ravel()])
    quads, triangles = cells(rows, columns, split)
    mesh = QuadMesh(points, quads, np.zeros((len(points), 2)), triangles)
    up = np.tile([-rise, 0.0, length], (len(points), 1))
    model = ShellModel(mesh, up, np.full(len(points), thickness), Elasticity(E, 0.0))
    return model, np.arange(len(points)).reshape(u.shape)


def task_of(model, held, force=(), couple=(), **more):
    """`held`: pairs of vertices and their held dofs; `force`, `couple`: of vertices and vectors."""
    free = model.moves.copy()
    for nodes, dofs in held:
        free[np.ix_(np.ravel(nodes), dofs)] = False
    load, moment = np.zeros((2, len(model.nodes), 3))
    for field, parts in ((load, force), (moment, couple)):
        for nodes, vector in parts:
            field[nodes] += np.asarray(vector) / np.size(nodes)
    axes = np.broadcast_to(np.eye(3), (len(model.nodes), 3, 3))
    start = Configuration(model.nodes, model.frames)
    return Task(discretise(model), start, free, axes, load, moment, **more)


ALL = [0, 1, 2, 3, 4]


def sheared(rows=12, **more):
    model, grid = bar(rows, **more)
    return task_of(model, [(grid[0], ALL)], force=[(grid[-1], [0.0, 0.0, 4.0])]), grid


def wound(rows, **more):
    model, grid = bar(rows, length=12.0, **more)
    couple = (grid[-1], [0.0, -50.0 * np.pi / 3.0, 0.0])
    return task_of(model, [(grid[0], ALL)], couple=[couple]), grid


def shift(task, state, nodes):
    """Mean displacement (3,) of nodes."""
    return (state.at.positions - task.start.positions)[nodes].mean(axis=0)


@SHAPES
def test_a_sheared_bar_is_the_elastica(split):
    task, grid = sheared(split=split)
    path = follow(task, [0.5, 1.0])
    assert path.reached
    found = [shift(task, state, grid[-1]) for state in path.states]
    # −U and W of the published table, at half and full load
    assert np.allclose([-u[0] for u in found], [1.604, 3.286], rtol=0.005)
    assert np.allclose([u[2] for u in found], [4.933, 6.698], rtol=0.005)


@SHAPES
def test_an_end_moment_winds_a_bar_into_a_circle(split):
    errors = []
    for rows in (16, 32):
        task, grid = wound(rows, split=split)
        path = follow(task, [0.25, 0.5, 1.0])
        assert path.reached
        turn = 2.0 * np.pi * np.array([0.25, 0.5, 1.0])
        exact = np.stack([12.0 * np.sin(turn) / turn - 12.0, 12.0 * (1 - np.cos(turn)) / turn], 1)
        found = np.array([shift(task, state, grid[-1])[[0, 2]] for state in path.states])
        errors.append(np.abs(found - exact).max())
        energy = [state.energy for state in path.states]
        by_hand = 0.5 * (50.0 * np.pi / 3.0) * turn**2 / turn[-1]
        assert np.allclose(energy, by_hand, rtol=0.06 * (16 / rows) ** 2)
    assert errors[1] < 0.02 * 12.0
    # second order in the element's turn
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.3)


def test_the_end_state_does_not_depend_on_the_steps():
    task, _ = sheared(split=True)
    ends = [follow(task, levels).states[-1] for levels in ([1.0], [0.1, 0.3, 1.0], [0.9, 1.2, 1.0])]
    for other in ends[1:]:
        assert np.allclose(other.at.positions, ends[0].at.positions, rtol=0, atol=1e-6 * 10.0)
        assert other.energy == pytest.approx(ends[0].energy, rel=1e-6)


@pytest.mark.parametrize("ratio", [1.5, 2.0])
def test_a_long_step_does_not_end_on_the_straight_column(ratio):
    # pressed beyond Euler's load and pushed aside a little: the nearly straight column, bent
    # against the push, is in equilibrium too, and unstable
    critical = np.pi**2 * E * 0.1**3 / 12.0 / (4.0 * 10.0**2)
    model, grid = bar()
    force = ratio * critical * np.array([-1.0, 0.0, 0.03])
    task = task_of(model, [(grid[0], ALL)], force=[(grid[-1], force)])
    once, slowly = (follow(task, levels) for levels in ([1.0], np.linspace(0.05, 1.0, 20)))
    ends = [shift(task, path.states[-1], grid[-1]) for path in (once, slowly)]
    assert ends[1][2] > 5.0
    assert np.allclose(ends[0], ends[1], atol=1e-4)


def test_a_path_goes_on_from_any_of_its_states():
    task, _ = sheared()
    first = follow(task, [0.4]).states[0]
    onwards = follow(task, [1.0], first).states[0]
    whole = follow(task, [0.4, 1.0]).states[1]
    assert np.array_equal(onwards.at.positions, whole.at.positions)
    assert onwards.iterations == whole.iterations > 0
    again = follow(task, [0.4], first)
    assert again.reached
    assert np.allclose(again.states[0].at.positions, first.at.positions, rtol=0, atol=1e-7)


def test_what_is_found_is_in_equilibrium_by_the_true_forces():
    # iterations use extrapolated forces; the answer must stand by those of the state itself
    task, grid = sheared(split=True)
    state = follow(task, [1.0], tolerance=1e-9).states[0]
    forces = task.elements.forces(state.at, task.elements.responses(state.at)).reshape(-1, 5)
    forces[:, :3] -= task.load
    assert np.abs(forces[task.free]).max() < 1e-6 * 4.0
    assert np.array_equal(forces.ravel(), state.reaction)
    # the clamp bears the load and its moment about the clamped edge
    held = grid[0]
    assert np.allclose(forces[held, :3].sum(axis=0), [0.0, 0.0, -4.0], rtol=0, atol=1e-5)
    arm = 10.0 + shift(task, state, grid[-1])[0]
    couples = np.einsum("nk,nki->ni", forces[held, 3:], state.at.frames[held, :2]).sum(axis=0)
    assert couples[1] == pytest.approx(4.0 * arm, rel=1e-5)


def test_work_done_is_energy_kept():
    task, grid = sheared()
    levels = np.linspace(0.0, 1.0, 21)
    path = follow(task, levels[1:])
    lift = [0.0, *(shift(task, state, grid[-1])[2] for state in path.states)]
    work = np.trapezoid(4.0 * levels, lift)
    assert path.states[-1].energy == pytest.approx(work, rel=2e-3)


# --- a truss that snaps through: a bar on a hinge, its other end sliding along z -----------------

SPAN, HIGH = 10.0, 2.0


def truss():
    model, grid = bar(3, length=SPAN, rise=HIGH, thickness=0.5)
    twist = 3 + int(np.argmin(np.abs(model.rotation_axes[0, :, 1])))
    held = [(grid[0], [0, 1, 2]), (grid[-1], [0, 1]), (grid, [1, twist])]
    return task_of(model, held, force=[(grid[-1], [0.0, 0.0, -1.0])]), grid


def truss_load(height):
    """−dE/dz of ½ E A L ε², ε = (z² − z0²)/(2 L²): exact for a bar that stays straight."""
    length = np.hypot(SPAN, HIGH)
    return -E * 0.5 * height * (height**2 - HIGH**2) / (2.0 * length**3)


def test_an_arc_passes_both_limit_points_of_a_truss():
    task, grid = truss()
    highest = truss_load(HIGH / np.sqrt(3.0))
    path = follow_arc(task, 2.0 * highest, 0.1 * highest, largest=0.3)
    assert path.reached
    levels = np.array([state.level for state in path.states])
    heights = HIGH + np.array([shift(task, state, grid[-1])[2] for state in path.states])
    assert np.allclose(levels, truss_load(heights), rtol=0, atol=1e-5 * highest)
    assert levels[-1] >= 2.0 * highest
    assert heights[-1] < -HIGH
    # up to the limit, down to its opposite, up again
    turns = np.flatnonzero(np.diff(np.sign(np.diff(levels))))
    assert len(turns) == 2
    assert levels.max(initial=0.0, where=heights > 0.0) == pytest.approx(highest, rel=0.02)
    assert levels.min() == pytest.approx(-highest, rel=0.02)


def test_load_steps_end_at_the_limit_load():
    task, grid = truss()
    highest = truss_load(HIGH / np.sqrt(3.0))
    path = follow(task, [0.9 * highest, 1.5 * highest])
    assert path.outcome is Outcome.DIVERGED
    assert len(path.states) == 1
    assert HIGH + shift(task, path.states[0], grid[-1])[2] > HIGH / np.sqrt(3.0)
    # where it ended is as near as the halved steps come
    assert 0.98 * highest < path.level < highest


def test_an_arc_out_of_steps_says_so():
    task, _ = truss()
    path = follow_arc(task, 1e9, 0.1, most_steps=3)
    assert path.outcome is Outcome.TOO_MANY_STEPS
    assert not path.reached
    assert len(path.states) == 3
    assert path.level == path.states[-1].level < 1e9


def test_a_load_out_of_reach_tells_the_last_level():
    # twenty turns on eight elements: more than 90° to an element cannot be told from less
    task, _ = wound(8)
    path = follow(task, [0.1, 20.0])
    assert path.outcome in (Outcome.DIVERGED, Outcome.SINGULAR)
    assert len(path.states) == 1
    assert path.states[0].level == 0.1
    assert 0.1 <= path.level < 20.0


@pytest.mark.parametrize("loaded", [0, 1])
def test_a_part_that_nothing_holds_is_singular(loaded):
    model, grid = bar(8)
    model = replace(model, element_weight=np.where(np.arange(8) == 4, 0.0, 1.0))
    ends = [grid[4], grid[-1]]
    task = task_of(model, [(grid[0], ALL)], force=[(ends[loaded], [0.0, 0.0, 0.1])])
    for path in (follow(task, [1.0]), follow_arc(task, 1.0, 0.5)):
        assert path.outcome is Outcome.SINGULAR
        assert "held by nothing" in path.outcome
        assert not path.states
        assert path.level == 0.0


def test_a_drive_carries_its_nodes_and_measures_its_moment():
    model, grid = bar(12, split=True)
    drive = Drive(grid[-1], np.array([0.0, 0.0, 0.0]), np.array([0.0, -1.0, 0.0]))
    task = task_of(model, [(grid[0], ALL), (grid[-1], ALL)], drive=drive)
    levels = np.linspace(0.0, 0.6, 13)
    path = follow(task, levels[1:])
    assert path.reached
    for state in path.states:
        expected = 10.0 * np.array([np.cos(state.level), 0.0, np.sin(state.level)])
        assert np.allclose(state.at.positions[grid[-1, 0]], expected, rtol=0, atol=1e-12)
    moments = [0.0, *(state.reaction @ drive_rate(task, state) for state in path.states)]
    # Simpson's rule over the sweep gives the energy back
    weights = np.r_[1.0, np.tile([4.0, 2.0], 6)[:-1], 1.0] * (levels[1] / 3.0)
    assert path.states[-1].energy == pytest.approx(weights @ moments, rel=1e-3)


def test_the_tangent_tells_the_next_state():
    task, _ = sheared()
    here, there = follow(task, [0.5, 0.5 + 1e-5], tolerance=1e-10).states
    K, T = tangent_at(task, here)
    load = np.concatenate([task.load, np.zeros((len(task.load), 2))], axis=1).ravel()
    q = np.linalg.solve(K.toarray(), T.T @ load)
    expected = 1e-5 * (T @ q).reshape(-1, 5)[:, :3]
    found = there.at.positions - here.at.positions
    assert np.allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


class Bed:
    """Springs that hold nodes along z."""

    def __init__(self, nodes, modulus, start):
        self.nodes, self.modulus, self.start = nodes, modulus, start

    def forces(self, at, level):
        rows = np.zeros((len(at.positions), 5))
        rows[self.nodes, 2] = self.modulus * (at.positions - self.start)[self.nodes, 2]
        return rows.ravel()

    def stiffness(self, at, level):
        rows = np.zeros((len(at.positions), 5))
        rows[self.nodes, 2] = self.modulus
        return csr_matrix(diags(rows.ravel()))


def test_an_attachment_bears_its_share():
    task, grid = sheared()
    bed = Bed(grid[-1], 1.0, task.start.positions)
    resting = replace(task, attachments=(bed,))
    state = follow(resting, [1.0]).states[0]
    lift = shift(task, state, grid[-1])[2]
    assert 0.0 < lift < shift(task, follow(task, [1.0]).states[0], grid[-1])[2]
    # the bar alone reaches the same place under what the bed leaves of the load
    alone = follow(task, [1.0 - 2.0 * lift / 4.0]).states[0]
    assert np.allclose(alone.at.positions, state.at.positions, rtol=0, atol=1e-4)
    clamp, tip = (state.reaction.reshape(-1, 5)[nodes, 2].sum() for nodes in (grid[0], grid[-1]))
    assert tip == pytest.approx(-2.0 * lift, rel=1e-5)
    assert clamp + tip == pytest.approx(-4.0, rel=1e-5)


def test_free_components_may_lie_along_slanting_axes():
    # the far end slides on a plane that rises at 45°
    model, grid = bar(10)
    axes = np.broadcast_to(np.eye(3), (len(model.nodes), 3, 3)).copy()
    half = np.sqrt(0.5)
    axes[grid[-1]] = [[half, 0.0, half], [0.0, 1.0, 0.0], [-half, 0.0, half]]
    task = task_of(
        model, [(grid[0], ALL), (grid[-1], [1, 2, 3, 4])], force=[(grid[-1], [-30.0, 0.0, 0.0])]
    )
    path = follow(replace(task, axes=axes), [1.0])
    assert path.reached
    moved = shift(task, path.states[0], grid[-1])
    assert moved[0] == pytest.approx(-30.0 * 10.0 / (E * 0.1), rel=0.01)
    assert moved[2] == pytest.approx(moved[0], rel=1e-9)
    assert moved[1] == 0.0


def test_no_load_is_no_motion():
    task, _ = sheared()
    state = follow(task, [0.0]).states[0]
    assert np.array_equal(state.at.positions, task.start.positions)
    assert state.energy == 0.0
    assert state.residual == 0.0


def test_a_load_taken_off_leaves_the_shell_as_it_was():
    task, _ = sheared()
    path = follow(task, [0.5, 1.0, 0.5, 0.0])
    assert path.reached
    first, last = path.states[0], path.states[-1]
    assert path.states[2].at.positions == pytest.approx(first.at.positions, abs=1e-6)
    assert last.at.positions == pytest.approx(task.start.positions, abs=1e-6)
