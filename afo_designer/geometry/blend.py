"""Smooth transitions between two values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray


def smoothstep(t: ArrayLike) -> FloatArray:
    """0 to 1 with two continuous derivatives: 6t⁵ − 15t⁴ + 10t³, clamped outside [0, 1]."""
    x = np.clip(np.asarray(t, dtype=np.float64), 0.0, 1.0)
    return x * x * x * (x * (6.0 * x - 15.0) + 10.0)
