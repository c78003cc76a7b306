"""Prior: what legs look like, in few numbers, fitted on synthetic legs.

A leg's shape numbers are explained by a mean and a few modes (principal components); landmarks
are linear in the modes' scores. All coefficients stand in `prior_table`, which
`benchmarks/fit_landmarks.py` writes from the tuning legs (`population` 000-049: synthetic,
MakeHuman, CC0). How badly the modes explain a leg says how little the statistics apply to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.limb import prior_table
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.shape import NUMBER_SCATTER

# Scores beyond this many standard deviations are extrapolation.
_SCORE_LIMIT = 4.0
# Misfit at which statistics and own shape weigh the same: the tuning legs have 0.3, the leg from
# imaging and those of `limb.generator` 1.0 to 1.3.
_EQUAL_MISFIT = 0.88


@dataclass(frozen=True, slots=True)
class Explanation:
    """A leg seen by the prior.

    `landmarks` (14, 3) in foot lengths, in the order of `NAMES` and the medial-positive foot
    frame; `misfit` is the root mean square of what stays unexplained, in units of
    `NUMBER_SCATTER`: 0.3 for the tuning legs, 1.1 for a leg from imaging, above 11 for residual
    limbs. `seen` is the share of shape numbers the scan shows.
    """

    landmarks: FloatArray
    misfit: float
    seen: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "landmarks", frozen(self.landmarks, (14, 3)))

    def expected(self, name: str) -> FloatArray:
        return self.landmarks[NAMES.index(name)]


def explained(numbers: FloatArray) -> Explanation:
    """Scores by regularised least squares over the numbers that the scan shows (NaN: not shown)."""
    mean, modes = prior_table.MEAN, prior_table.MODES
    spread = prior_table.SPREAD
    seen = np.isfinite(numbers)
    offset, shown = (numbers - mean)[seen], modes[:, seen]
    weight = shown @ shown.T + np.diag((NUMBER_SCATTER / spread) ** 2)
    scores = np.linalg.solve(weight, shown @ offset)
    misfit = float(np.sqrt(np.mean((offset - scores @ shown) ** 2))) / NUMBER_SCATTER
    scores = np.clip(scores, -_SCORE_LIMIT * spread, _SCORE_LIMIT * spread)
    landmarks = prior_table.LANDMARK_MEAN + np.tensordot(scores, prior_table.LANDMARK_MODES, axes=1)
    return Explanation(landmarks, misfit, float(seen.mean()))


def shape_weight(misfit: float) -> float:
    """Weight from 0 to 1 of this leg's own shape against the statistics."""
    return float(misfit**6 / (misfit**6 + _EQUAL_MISFIT**6))
