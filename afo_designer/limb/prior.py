"""Prior: what legs look like, in few numbers, fitted on synthetic legs.

A leg's shape numbers are explained by a mean and a few modes (principal components). How badly the
modes explain a surface says how little it is a leg, or a leg of that side. All coefficients stand
in `prior_table`, which `benchmarks/fit_landmarks.py` writes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.limb import prior_table
from afo_designer.limb.shape import NUMBER_SCATTER


@dataclass(frozen=True, slots=True)
class Explanation:
    """A leg seen by the prior.

    `misfit` is the root mean square of what stays unexplained, in units of `NUMBER_SCATTER`;
    `seen` is the share of shape numbers the scan shows.
    """

    misfit: float
    seen: float


def explained(numbers: FloatArray) -> Explanation:
    """Scores by regularised least squares over the numbers that the scan shows (NaN: not shown)."""
    mean, modes = prior_table.MEAN, prior_table.MODES
    spread = prior_table.SPREAD
    seen = np.isfinite(numbers)
    offset, shown = (numbers - mean)[seen], modes[:, seen]
    weight = shown @ shown.T + np.diag((NUMBER_SCATTER / spread) ** 2)
    scores = np.linalg.solve(weight, shown @ offset)
    misfit = float(np.sqrt(np.mean((offset - scores @ shown) ** 2))) / NUMBER_SCATTER
    return Explanation(misfit, float(seen.mean()))
