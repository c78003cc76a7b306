"""Factor: the one seam to a direct sparse solver.

scipy's SuperLU in symmetric mode, with minimum degree on A + Aᵀ and no pivoting: five times faster
than its defaults on shells. Another solver is put in by giving `factorize` another body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from afo_designer.geometry.array import FloatArray

# A shell's diagonally scaled condition number stays below about 1e10 (L/h of 1000); a mechanism
# answers a load with 1/rounding, about 1e15.
SINGULAR_GAIN = 1.0e13


@dataclass(frozen=True, slots=True)
class Factors:
    """A factorised symmetric matrix."""

    _lu: Any

    def solve(self, right: FloatArray) -> FloatArray:
        """The solution of A x = b, for b (n,) or (n, k)."""
        return np.asarray(self._lu.solve(right), dtype=np.float64)

    @property
    def negative(self) -> int:
        """How many eigenvalues are negative (Sylvester: without pivoting, U = D Lᵀ)."""
        return int(np.sum(self._lu.U.diagonal() < 0.0))


def factorize(matrix: csc_matrix) -> Factors:
    """Factors of a symmetric matrix. Raises `RuntimeError` where a pivot is exactly zero."""
    return Factors(
        splu(
            csc_matrix(matrix),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    )


def irregular(count: int) -> FloatArray:
    """(count,): fixed and irregular, so that no symmetry hides a mode and a run repeats itself."""
    return np.sin(1.0 + 12.9898 * np.arange(count) ** 1.1)


def mechanism(matrix: csc_matrix, factors: Factors) -> NDArray[np.bool_]:
    """(n,): the unknowns that a mechanism moves most; none where the matrix holds all of them.

    An irregular load finds any mechanism; it is scaled so that units do not matter.
    """
    size = np.sqrt(np.abs(matrix.diagonal()))
    load = irregular(len(size))
    with np.errstate(over="ignore", invalid="ignore"):  # what a mechanism may answer
        gain = np.abs(size * factors.solve(size * load))
    gain = np.where(np.isfinite(gain), gain, np.inf)
    most = gain.max(initial=0.0)
    if most <= SINGULAR_GAIN:
        return np.zeros(len(size), dtype=np.bool_)
    return np.asarray(gain == most)
