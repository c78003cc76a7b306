"""Rotational stiffness of a shell on the bench, N·m/deg.

Sign: moments of the orthosis on the foot are positive dorsiflexing, M(θ) = k (θ0 − θ); k is
positive, and in this linear analysis the same in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.mechanics.bench import Bench, Cuff, Supports, bench_flaw, supports
from afo_designer.mechanics.constraint import rigid_motion
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.solve import (
    Solution,
    Status,
    failure,
    flawless_stiffness,
    solve,
)

# From N·mm/rad to N·m/deg.
NM_PER_DEG = np.pi / 180.0 / 1000.0


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What the bench measured.

    `stiffness_nm_per_deg`: moment about the axis per degree, NaN unless `solution.solved`.
    `solution`: displacements per radian of shank rotation (multiply by the angle, or by
    moment / stiffness). `shank_force_n_per_deg` (3,) and `shank_moment_nm_per_deg` (3,): what the
    shank exerts on the orthosis, the moment about `axis_point`: off-axis parts are
    the bench's side loads. `element_factor` (m,): 0 for rigid elements, else 1 (give it to
    `stress`). `clamped`, `band`: node numbers. `free_dofs`: unknowns solved for.
    """

    stiffness_nm_per_deg: float
    solution: Solution
    shank_force_n_per_deg: FloatArray
    shank_moment_nm_per_deg: FloatArray
    element_factor: FloatArray
    clamped: IntArray
    band: IntArray
    free_dofs: int


def stiffness_of(model: ShellModel, bench: Bench, like: Supports | None = None) -> BenchResult:
    """The stiffness of the model on the bench, by the work done at the cuff.

    `like`: supports whose nodes are held, whatever borders the mesh was carried over.
    Raises `BenchRefused` where the bench does not fit; numerical failures are the solution's
    status.
    """
    status, place = bench_flaw(model, bench)
    if status is not Status.SOLVED:
        return _unmeasured(model, failure(model, status, place))
    held = supports(model, bench, like)
    stiffness = flawless_stiffness(model, held.element_factor)
    solution = solve(model, stiffness, held.constraint)
    if not solution.solved:
        return _unmeasured(model, solution)
    u = solution.dofs
    force = stiffness.matrix @ u
    if bench.cuff is Cuff.HANGING:
        # a moment of 1 N·mm does the work of its rotation
        turned = float(u @ force)
        solution = _scaled(solution, 1.0 / turned)
        moment, force = 1.0 / turned, force / turned
    else:
        moment = float(held.constraint.offset @ force)
    reaction = rigid_motion(model, held.band, bench.axis_point).T @ force
    return _result(moment, solution, reaction, held)


def _scaled(solution: Solution, factor: float) -> Solution:
    return Solution(
        frozen(solution.displacement * factor),
        frozen(solution.rotation * factor),
        frozen(solution.dofs * factor),
        solution.status,
        solution.residual,
    )


def _unmeasured(model: ShellModel, solution: Solution) -> BenchResult:
    nothing, none = np.zeros(len(model.element_weight)), np.zeros(0, dtype=np.int64)
    unknown = frozen(np.full(3, np.nan))
    return BenchResult(float("nan"), solution, unknown, unknown, frozen(nothing), none, none, 0)


def _result(moment: float, solution: Solution, reaction: FloatArray, held: Supports) -> BenchResult:
    return BenchResult(
        stiffness_nm_per_deg=moment * NM_PER_DEG,
        solution=solution,
        shank_force_n_per_deg=frozen(reaction[:3] * np.pi / 180.0),
        shank_moment_nm_per_deg=frozen(reaction[3:] * NM_PER_DEG),
        element_factor=held.element_factor,
        clamped=frozen(held.clamped, dtype=np.int64),
        band=frozen(held.band, dtype=np.int64),
        free_dofs=held.constraint.transformation.shape[1],
    )
