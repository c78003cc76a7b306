"""Buckling: the load or rotation at which a shell loses stability.

Linear: K v = −λ K_σ v, with K_σ the geometric stiffness of the forces that the linear response to
level 1 puts on the wall (Bathe, Finite Element Procedures, section 6.8.2, recalled). It overlooks
how much the shell has deformed by then; a bent leaf does, so the tangent along a sweep decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.mechanics.discretisation import Discretisation
from afo_designer.mechanics.equilibrium import State, Task, drive_rate, tangent_at
from afo_designer.mechanics.factor import Factors, factorize, irregular, mechanism
from afo_designer.mechanics.family import DOFS_PER_NODE

# Relative accuracy of an eigenvalue: a factor is read to two digits.
ACCURACY = 1.0e-5
# Vectors and restarts of the Lanczos iteration.
SUBSPACE, MOST_RESTARTS = 24, 400


class BucklingFailed(RuntimeError):
    """No buckling level could be found: the shell is not held, or the iteration stalled."""


@dataclass(frozen=True, slots=True)
class Buckling:
    """The level nearest to zero of one sign at which the linear shell buckles.

    `level`: load factor or rad, with its sign; infinite where none is within the range asked for.
    `mode` (n, 3): displacements of the nodes, the largest of length 1; zero where there is none.
    """

    level: float
    mode: FloatArray


def buckling(task: Task, most: float) -> tuple[Buckling, Buckling]:
    """The lowest positive and the highest negative buckling level of a task, within ±`most`.

    Raises `BucklingFailed` where the stiffness at the start is singular or Lanczos stalls.
    """
    start = State(0.0, task.start, np.zeros(task.free.size), 0.0, 0.0, 0)
    K, T = tangent_at(task, start)
    factors = _factors(K)
    if factors is None or factors.negative or mechanism(K, factors).any():
        raise BucklingFailed("The stiffness at rest is singular: a part is held by nothing.")
    geometric = (T.T @ _geometric(task, _rate(task, start, T, factors)) @ T).tocsc()
    return (
        _lowest(task, K, geometric, factors, T, most),
        _lowest(task, K, geometric, factors, T, -most),
    )


def first_unstable(task: Task, states: Iterable[State]) -> State | None:
    """The first of the states, in their order, whose tangent is not positive definite."""
    return next((state for state in states if not stable(task, state)), None)


def stable(task: Task, state: State) -> bool:
    """Whether the tangent of the free components at an equilibrium is positive definite."""
    factors = _factors(tangent_at(task, state)[0])
    return factors is not None and factors.negative == 0


def _factors(matrix: csc_matrix) -> Factors | None:
    try:
        return factorize(matrix)
    except RuntimeError:
        return None


def _lowest(
    task: Task, K: csc_matrix, geometric: csc_matrix, factors: Factors, T: csr_matrix, most: float
) -> Buckling:
    """Of the levels between 0 and `most` the one nearest to 0."""
    size, sign = K.shape[0], np.sign(most)
    # Sylvester: one negative pivot for each level passed; Lanczos would search in vain for none
    beyond = _factors(K + most * geometric)
    if beyond is not None and not beyond.negative:
        return Buckling(sign * np.inf, frozen(np.zeros((len(task.start.positions), 3))))
    inverse = LinearOperator((size, size), matvec=factors.solve, dtype=np.float64)
    try:
        values, vectors = eigsh(
            -sign * geometric,
            k=1,
            M=K,
            Minv=inverse,
            which="LA",
            v0=irregular(size),
            tol=ACCURACY,
            ncv=min(SUBSPACE, size - 1),
            maxiter=MOST_RESTARTS,
        )
    except ArpackNoConvergence as stalled:
        raise BucklingFailed("The buckling iteration did not converge.") from stalled
    return Buckling(float(sign / values[0]), frozen(_mode(T @ vectors[:, 0])))


def _rate(task: Task, start: State, T: csr_matrix, factors: Factors) -> FloatArray:
    """(5n,): the linear response per unit of the level."""
    if task.drive is None:
        turns = np.einsum("nki,ni->nk", task.start.frames[:, :2], task.couple)
        pull = np.concatenate([task.load, turns], axis=1).ravel()
        return np.asarray(T @ factors.solve(T.T @ pull))
    given = drive_rate(task, start)
    responses = task.elements.responses(task.start)
    right = -(task.elements.stiffness(task.start, responses) @ given)
    return np.asarray(T @ factors.solve(T.T @ right)) + given


def _geometric(task: Task, rate: FloatArray) -> csr_matrix:
    """(5n, 5n): K_σ of the forces that dofs at this rate put on the elements."""
    elements, at = task.elements, task.start
    responses = elements.responses(at)
    forces = _forces(elements, rate, elements.slopes(at, responses))
    loaded = elements.stiffness(at, responses, forces)
    bare = elements.stiffness(at, responses, [0.0 * force for force in forces])
    return (loaded - bare).tocsr()


def _forces(
    elements: Discretisation, rate: FloatArray, slopes: list[FloatArray]
) -> list[FloatArray]:
    rows = rate.reshape(-1, DOFS_PER_NODE)
    forces = []
    for part, slope in zip(elements.sets, slopes, strict=True):
        change = slope @ rows[part.nodes].reshape(len(part.nodes), -1, 1)
        forces.append((part.stiffness @ change)[..., 0])
    return forces


def _mode(dofs: FloatArray) -> FloatArray:
    """(n, 3): displacements over the largest; of both senses that of its positive component."""
    shift = dofs.reshape(-1, DOFS_PER_NODE)[:, :3]
    longest = shift[int(np.argmax(np.linalg.norm(shift, axis=1)))]
    way = 1.0 if longest[int(np.argmax(np.abs(longest)))] > 0.0 else -1.0
    return way / max(float(np.linalg.norm(longest)), 1e-300) * shift
