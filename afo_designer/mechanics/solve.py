"""Solve K u = f under constraints; every outcome is a value, never a wrong number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csc_matrix, diags
from scipy.sparse.linalg import splu

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.mechanics.assembly import Pattern, assemble, sparsity
from afo_designer.mechanics.constraint import Constraint
from afo_designer.mechanics.element import (
    DOFS_PER_NODE,
    SURFACE_POINTS,
    THICKNESS_POINTS,
    fibre_vectors,
    jacobian,
    stiffness_matrices,
)
from afo_designer.mechanics.model import ShellModel

# A shell's diagonally scaled condition number stays below about 1e10 (L/h of 1000); a mechanism
# answers the probe with 1/rounding, about 1e15.
SINGULAR_GAIN = 1.0e13
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
    shell; both zero unless `solved`. `residual`: the backward error ‖K q − r‖ / ‖|r| + |K||q|‖.
    `place` (3,): where the failure is, mm, or None.
    """

    displacement: FloatArray
    rotation: FloatArray
    status: Status
    residual: float
    place: FloatArray | None = None

    @property
    def solved(self) -> bool:
        return self.status is Status.SOLVED

    @property
    def message(self) -> str:
        """The status as a sentence with its place."""
        if self.place is None:
            return str(self.status)
        x, y, z = self.place
        return f"{self.status} It is near x {x:.1f}, y {y:.1f}, z {z:.1f} mm."


@dataclass(frozen=True, slots=True)
class Stiffness:
    """K (5n, 5n) of a model, and where it could not be built."""

    matrix: csc_matrix
    status: Status = Status.SOLVED
    place: FloatArray | None = None


def factorize(matrix: csc_matrix) -> Callable[[FloatArray], FloatArray]:
    """The solver of a symmetric positive definite matrix: right-hand side ↦ solution.

    SuperLU's symmetric mode with minimum degree on AᵀA's pattern and no pivoting: five times
    faster than its defaults on shells. Raises RuntimeError where a pivot is exactly zero.
    """
    factors = splu(
        csc_matrix(matrix),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return factors.solve


def flaw(model: ShellModel) -> tuple[Status, FloatArray | None]:
    """What makes a model unfit for assembly, with the place."""
    points = model.mesh.vertices
    used = np.flatnonzero(model.element_weight > 0.0)
    if not len(used):
        return Status.EMPTY, None
    nodes = np.unique(model.mesh.quads[used])
    values = np.column_stack([points, model.directors, model.thickness])[nodes]
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        where = points[nodes[bad][0]]
        return Status.NOT_FINITE, where if np.isfinite(where).all() else None
    thin = model.thickness[nodes] <= 0.0
    if thin.any():
        return Status.NO_THICKNESS, points[nodes[thin][0]]
    quads = model.mesh.quads[used]
    corners = model.nodes[quads]
    fibres = fibre_vectors(model.directors[quads], model.thickness[quads])
    corner = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
    volumes = [
        jacobian(corners, fibres, float(r), float(s), float(t))
        for points_, heights in ((SURFACE_POINTS, THICKNESS_POINTS), (corner, np.zeros(1)))
        for r, s in points_
        for t in heights
    ]
    lowest = np.min(volumes, axis=0)
    # a corner may collapse to zero (a quad used as a triangle), a Gauss point may not
    scale = np.max(np.abs(volumes), axis=0)
    folded = ~(lowest > -1e-9 * scale) | ~(np.min(volumes[:8], axis=0) > 1e-9 * scale)
    if folded.any():
        return Status.INVERTED, corners[folded][0].mean(axis=0)
    return Status.SOLVED, None


def stiffness_matrix(
    model: ShellModel, element_factor: ArrayLike | None = None, pattern: Pattern | None = None
) -> Stiffness:
    """K of the model, or the flaw that it has.

    `element_factor` (m,) multiplies the element matrices beside the model's weights; elements with
    factor zero are left out. `pattern`: `sparsity` of all quads, when it is reused.
    """
    status, place = flaw(model)
    if status is not Status.SOLVED:
        return Stiffness(csc_matrix((model.nodes.size // 3 * DOFS_PER_NODE,) * 2), status, place)
    return flawless_stiffness(model, element_factor, pattern)


def flawless_stiffness(
    model: ShellModel, element_factor: ArrayLike | None = None, pattern: Pattern | None = None
) -> Stiffness:
    """`stiffness_matrix` of a model that `flaw` has passed."""
    count = len(model.mesh.vertices)
    factor = model.element_weight * (1.0 if element_factor is None else np.asarray(element_factor))
    used = np.flatnonzero(factor > 0.0)
    matrices = stiffness_matrices(model.batch(used), model.elasticity.plane_stress)
    matrices *= factor[used, None, None]
    if pattern is None or len(used) < len(factor):
        pattern = sparsity(model.mesh.quads[used], count)
    return Stiffness(assemble(pattern, matrices).tocsc())


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
        size = np.sqrt(np.abs(reduced.diagonal()))
        try:
            back = factorize(reduced)
            answer = back(right)
            answer = answer + back(right - reduced @ answer)
            # a fixed, irregular load finds any mechanism; scaled so that units do not matter
            probe = np.sin(1.0 + 12.9898 * np.arange(len(right)) ** 1.1)
            echo = size * back(size * probe)
        except RuntimeError:
            return failure(model, Status.UNHELD, _softest(model, T, size <= 0.0))
        gain = np.abs(echo)
        if not np.isfinite(gain).all() or gain.max() > SINGULAR_GAIN * np.abs(probe).max():
            peak = np.where(np.isfinite(gain), gain, np.inf)
            return failure(model, Status.UNHELD, _softest(model, T, peak == peak.max()))
        size_of_terms = np.abs(right) + abs(reduced) @ np.abs(answer)
        left_over = float(np.linalg.norm(reduced @ answer - right))
        residual = left_over / max(float(np.linalg.norm(size_of_terms)), 1e-300)
        if not residual < RESIDUAL_LIMIT:
            return failure(model, Status.INACCURATE, None)
    dofs = (T @ answer + g).reshape(-1, DOFS_PER_NODE)
    rotation = np.einsum("nk,nki->ni", dofs[:, 3:], model.rotation_axes)
    return Solution(frozen(dofs[:, :3]), frozen(rotation), Status.SOLVED, residual)


def dofs_of(model: ShellModel, solution: Solution) -> FloatArray:
    """(5n,): the solution as the model's dofs."""
    turns = np.einsum("ni,nki->nk", solution.rotation, model.rotation_axes)
    return np.concatenate([solution.displacement, turns], axis=1).ravel()


def _softest(model: ShellModel, T: csc_matrix, chosen: ArrayLike) -> FloatArray | None:
    touched = np.abs(T) @ np.asarray(chosen, dtype=np.float64)
    if not touched.any():
        return None
    return model.mesh.vertices[int(np.argmax(touched)) // DOFS_PER_NODE]


def failure(model: ShellModel, status: Status, place: FloatArray | None) -> Solution:
    """The solution that is none: zeros, a status and where."""
    zeros = frozen(np.zeros_like(model.mesh.vertices))
    return Solution(zeros, zeros, status, float("nan"), None if place is None else frozen(place))
