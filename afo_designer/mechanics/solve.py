"""Solve K u = f under constraints; every outcome is a value, never a wrong number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csc_matrix, csr_matrix, diags

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.geometry.refusal import InputRefused
from afo_designer.mechanics.constraint import Constraint
from afo_designer.mechanics.discretisation import discretise
from afo_designer.mechanics.element import HEIGHTS, jacobian
from afo_designer.mechanics.factor import Factors, factorize, mechanism
from afo_designer.mechanics.family import DOFS_PER_NODE, Family
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.quadrilateral import QUADRILATERAL
from afo_designer.mechanics.triangle import TRIANGLE

# Backward error: double precision leaves 1e-16 after one refinement.
RESIDUAL_LIMIT = 1.0e-12


class Status(StrEnum):
    """What came of a solve; the empty sentence is success."""

    SOLVED = ""
    EMPTY = "The shell has no elements."
    NOT_FINITE = "The shell has a coordinate, director or thickness that is not a number."
    NO_THICKNESS = "The shell has no thickness at a node."
    INVERTED = "An element is folded over or thicker than its curvature allows."
    UNHELD = "A part of the shell is held by nothing, so the stiffness is singular."
    INACCURATE = "The equations were solved too inaccurately to be used."


@dataclass(frozen=True, slots=True)
class Solution:
    """Displacements of a shell, or why there are none.

    `displacement` (n, 3) in mm of the mid-surface, `rotation` (n, 3) in rad, tangent to the
    shell; both zero unless `solved`. `dofs` (5N,): the same for all nodes, bubbles of triangles
    included. `residual`: the backward error ‖K q − r‖ / ‖|r| + |K||q|‖.
    `place` (3,): where the failure is, mm, or None.
    """

    displacement: FloatArray
    rotation: FloatArray
    dofs: FloatArray
    status: Status
    residual: float
    place: FloatArray | None = None

    @property
    def solved(self) -> bool:
        return self.status is Status.SOLVED

    @property
    def message(self) -> str:
        """The status as a sentence with its place."""
        return _sentence(self.status, self.place)


class ShellRefused(InputRefused):
    """A shell of which nothing can be computed: its status and the place, None where unknown."""

    def __init__(self, status: Status, place: FloatArray | None) -> None:
        super().__init__(_sentence(status, place))
        self.status, self.place = status, place


@dataclass(frozen=True, slots=True)
class Stiffness:
    """K (5n, 5n) of a model, and where it could not be built."""

    matrix: csc_matrix
    status: Status = Status.SOLVED
    place: FloatArray | None = None


def flaw(
    model: ShellModel, element_factor: ArrayLike | None = None
) -> tuple[Status, FloatArray | None]:
    """What makes a model unfit for assembly, with the place.

    Elements whose `element_factor` (m,) is zero are not looked at.
    """
    points = model.mesh.vertices
    factor = 1.0 if element_factor is None else np.asarray(element_factor)
    used = np.flatnonzero(model.element_weight * factor > 0.0)
    if not len(used):
        return Status.EMPTY, None
    nodes = np.unique(model.connectivity[used])
    nodes = nodes[nodes < len(points)]
    values = np.column_stack([points, model.directors, model.thickness])[nodes]
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        where = points[nodes[bad][0]]
        return Status.NOT_FINITE, where if np.isfinite(where).all() else None
    thin = model.thickness[nodes] <= 0.0
    if thin.any():
        return Status.NO_THICKNESS, points[nodes[thin][0]]
    for family, cells in (
        (QUADRILATERAL, used[used < len(model.mesh.quads)]),
        (TRIANGLE, used[used >= len(model.mesh.quads)]),
    ):
        folded = _folded(model, family, model.connectivity[cells])
        if len(folded):
            return Status.INVERTED, model.nodes[folded[0]].mean(axis=0)
    return Status.SOLVED, None


def _folded(model: ShellModel, family: Family, cells: IntArray) -> IntArray:
    """(k, 4): the cells whose volume is not positive somewhere."""
    corners, fibres = model.nodes[cells], model.fibres[cells]
    inner = [(float(r), float(s), float(t)) for r, s, _ in family.points for t in HEIGHTS]
    outer = []
    if family is QUADRILATERAL:
        outer = [(r, s, 0.0) for r, s in ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))]
    volumes = np.array([jacobian(family, corners, fibres, at) for at in inner + outer])
    # a corner may collapse to zero (a quad used as a triangle), an integration point may not
    scale = np.max(np.abs(volumes), axis=0)
    folded = ~(np.min(volumes, axis=0) > -1e-9 * scale)
    folded |= ~(np.min(volumes[: len(inner)], axis=0) > 1e-9 * scale)
    return cells[folded]


def stiffness_matrix(model: ShellModel, element_factor: ArrayLike | None = None) -> Stiffness:
    """K of the model, or the flaw that it has.

    `element_factor` (m,) multiplies the element matrices beside the model's weights; elements with
    factor zero are left out.
    """
    status, place = flaw(model)
    if status is not Status.SOLVED:
        return Stiffness(csc_matrix((len(model.nodes) * DOFS_PER_NODE,) * 2), status, place)
    return flawless_stiffness(model, element_factor)


def flawless_stiffness(model: ShellModel, element_factor: ArrayLike | None = None) -> Stiffness:
    """`stiffness_matrix` of a model that `flaw` has passed."""
    elements = discretise(model, element_factor)
    at = elements.start
    return Stiffness(elements.stiffness(at, elements.responses(at)).tocsc())


def solve(
    model: ShellModel,
    stiffness: Stiffness,
    constraint: Constraint,
    load: ArrayLike | None = None,
) -> Solution:
    """Displacements of the model under dof forces `load` (5n,), N and N·mm, and the constraint."""
    if stiffness.status is not Status.SOLVED:
        return failure(model, stiffness.status, stiffness.place)
    T, g = constraint.transformation, constraint.offset
    K = stiffness.matrix
    force = np.zeros(K.shape[0]) if load is None else np.asarray(load, dtype=np.float64)
    reduced = (T.T @ (K @ T)).tocsc() + diags(constraint.spring, format="csc")
    right = T.T @ (force - K @ g) + constraint.load
    answer = np.zeros(len(right))
    residual = 0.0
    if len(right):
        try:
            factors = factors_of(model, T, reduced)
        except ShellRefused as refused:
            return failure(model, refused.status, refused.place)
        answer = factors.solve(right)
        answer = answer + factors.solve(right - reduced @ answer)
        size_of_terms = np.abs(right) + abs(reduced) @ np.abs(answer)
        left_over = float(np.linalg.norm(reduced @ answer - right))
        residual = left_over / max(float(np.linalg.norm(size_of_terms)), 1e-300)
        if not residual < RESIDUAL_LIMIT:
            return failure(model, Status.INACCURATE, None)
    return solution_of(model, T @ answer + g, residual)


def solution_of(model: ShellModel, dofs: FloatArray, residual: float) -> Solution:
    """A solved state from the dofs (5N,) of all nodes."""
    vertices = len(model.mesh.vertices)
    rows = dofs.reshape(-1, DOFS_PER_NODE)[:vertices]
    rotation = np.einsum("nk,nki->ni", rows[:, 3:], model.rotation_axes[:vertices])
    return Solution(frozen(rows[:, :3]), frozen(rotation), frozen(dofs), Status.SOLVED, residual)


def factors_of(model: ShellModel, T: csr_matrix, reduced: csc_matrix) -> Factors:
    """Factors of Tᵀ K T with its springs. Raises `ShellRefused` where something is not held."""
    try:
        factors = factorize(reduced)
        loose = mechanism(reduced, factors)
    except RuntimeError:  # a pivot is exactly zero
        loose = reduced.diagonal() <= 0.0
        raise ShellRefused(Status.UNHELD, _softest(model, T, loose)) from None
    if loose.any():
        raise ShellRefused(Status.UNHELD, _softest(model, T, loose))
    return factors


def _softest(model: ShellModel, T: csr_matrix, chosen: ArrayLike) -> FloatArray | None:
    touched = np.abs(T) @ np.asarray(chosen, dtype=np.float64)
    if not touched.any():
        return None
    return model.nodes[int(np.argmax(touched)) // DOFS_PER_NODE]


def _sentence(status: Status, place: FloatArray | None) -> str:
    if place is None:
        return str(status)
    x, y, z = place
    return f"{status} It is near x {x:.1f}, y {y:.1f}, z {z:.1f} mm."


def failure(model: ShellModel, status: Status, place: FloatArray | None) -> Solution:
    """The solution that is none: zeros, a status and where."""
    zeros = frozen(np.zeros_like(model.mesh.vertices))
    dofs = frozen(np.zeros(len(model.nodes) * DOFS_PER_NODE))
    where = None if place is None else frozen(place)
    return Solution(zeros, zeros, dofs, status, float("nan"), where)
