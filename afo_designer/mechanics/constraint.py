"""Constraint: u = T q + g, from prescribed components in turned axes and rigid couplings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix, hstack

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen
from afo_designer.mechanics.assembly import node_dofs
from afo_designer.mechanics.family import DOFS_PER_NODE
from afo_designer.mechanics.model import ShellModel


@dataclass(frozen=True, slots=True)
class Constraint:
    """u = T q + g.

    `transformation` T (5n, q), `offset` g (5n,). On the free coordinates q act `spring` (q,), a
    stiffness in N/mm or N·mm/rad that holds each at zero, and `load` (q,) in N or N·mm.
    """

    transformation: csr_matrix
    offset: FloatArray
    spring: FloatArray
    load: FloatArray


@dataclass(frozen=True, slots=True)
class Axes:
    """Node axes in which components are free or held.

    `displacement` (n, 3, 3): rows are the three displacement directions; `rotation` (n, 2, 3):
    the two rotation axes, tangent to the shell.
    """

    displacement: FloatArray
    rotation: FloatArray

    @classmethod
    def default(cls, model: ShellModel) -> Axes:
        """Global displacement directions and the model's own rotation axes."""
        count = len(model.nodes)
        return cls(np.broadcast_to(np.eye(3), (count, 3, 3)), model.rotation_axes)


def constrain(
    model: ShellModel,
    free: NDArray[np.bool_],
    *,
    axes: Axes | None = None,
    offset: ArrayLike | None = None,
    spring: ArrayLike | None = None,
    rigid_nodes: IntArray | None = None,
    rigid_centre: ArrayLike = (0.0, 0.0, 0.0),
    rigid_load: ArrayLike = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
) -> Constraint:
    """Holds what is not free.

    `free` (n, 5): which components, in `axes`, are unknowns; the others take their value from
    `offset` (5n,), a displacement of the whole model in global dofs to which free components are
    relative. `spring` (n, 5) acts on free components. `rigid_nodes` move as one body whose six
    unknowns, translation and rotation about `rigid_centre`, come last and bear `rigid_load` (6,).
    Nodes that no element of positive weight uses are held.
    """
    count = len(model.nodes)
    chosen = Axes.default(model) if axes is None else _completed(model, axes)
    free = _extended(model, free) & model.moves & _used_nodes(model)[:, None]
    springs = np.zeros((count, DOFS_PER_NODE))
    if spring is not None:
        springs[: len(np.asarray(spring))] = spring
    if rigid_nodes is not None:
        free[rigid_nodes] = False
    _hold_idle_bubbles(model, free)
    transformation = _turning(model, chosen)[:, np.flatnonzero(free.ravel())]
    held = springs[free]
    load = np.zeros(len(held))
    if rigid_nodes is not None:
        motion = rigid_motion(model, rigid_nodes, rigid_centre)
        transformation = hstack([transformation, motion], format="csr")
        held = np.concatenate([held, np.zeros(6)])
        load = np.concatenate([load, np.asarray(rigid_load, dtype=np.float64)])
    shift = np.zeros(count * DOFS_PER_NODE) if offset is None else offset
    return Constraint(transformation, frozen(shift), frozen(held), frozen(load))


def rigid_motion(model: ShellModel, nodes: IntArray, centre: ArrayLike) -> csr_matrix:
    """(5n, 6): dofs of the nodes under unit translations, then unit rotations about `centre`."""
    arm = model.nodes[nodes] - np.asarray(centre)
    blocks = np.zeros((len(nodes), DOFS_PER_NODE, 6))
    blocks[:, :3, :3] = np.eye(3)
    blocks[:, :3, 3:] = np.swapaxes(cross(np.eye(3)[None], arm[:, None, :]), 1, 2)
    blocks[:, 3:, 3:] = model.rotation_axes[nodes]
    rows = np.repeat(node_dofs(nodes).ravel(), 6)
    columns = np.tile(np.arange(6), len(nodes) * DOFS_PER_NODE)
    total = len(model.nodes) * DOFS_PER_NODE
    return csr_matrix((blocks.ravel(), (rows, columns)), shape=(total, 6))


def _turning(model: ShellModel, axes: Axes) -> csr_matrix:
    """(5n, 5n) block diagonal: global dofs from components in the chosen axes."""
    count = len(model.nodes)
    blocks = np.zeros((count, DOFS_PER_NODE, DOFS_PER_NODE))
    blocks[:, :3, :3] = np.swapaxes(axes.displacement, 1, 2)
    blocks[:, 3:, 3:] = model.rotation_axes @ np.swapaxes(axes.rotation, 1, 2)
    dofs = node_dofs(np.arange(count))
    rows = np.repeat(dofs, DOFS_PER_NODE, axis=1).ravel()
    columns = np.tile(dofs, (1, DOFS_PER_NODE)).ravel()
    filled = blocks.ravel() != 0.0
    total = count * DOFS_PER_NODE
    return csr_matrix((blocks.ravel()[filled], (rows[filled], columns[filled])), (total, total))


def _extended(model: ShellModel, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is said of the vertices, said of all nodes: bubbles are free."""
    bubbles = np.ones((len(model.nodes) - len(free), DOFS_PER_NODE), dtype=np.bool_)
    return np.concatenate([free, bubbles])


def _completed(model: ShellModel, axes: Axes) -> Axes:
    """Axes of the vertices, with the default ones of the bubbles."""
    default, count = Axes.default(model), len(axes.displacement)
    return Axes(
        np.concatenate([axes.displacement, default.displacement[count:]]),
        np.concatenate([axes.rotation, default.rotation[count:]]),
    )


def _hold_idle_bubbles(model: ShellModel, free: NDArray[np.bool_]) -> None:
    """In place: the bubble of a triangle whose corners are all held does not move either."""
    corners = np.any(free[model.mesh.triangles], axis=(1, 2))
    free[len(model.mesh.vertices) :] &= np.asarray(corners)[:, None]


def _used_nodes(model: ShellModel) -> NDArray[np.bool_]:
    used = np.zeros(len(model.nodes), dtype=np.bool_)
    used[model.connectivity[model.element_weight > 0.0]] = True
    return used
