"""Smooth transitions between two values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray


def smoothstep(t: ArrayLike) -> FloatArray:
    """0 to 1 with two continuous derivatives: 6t⁵ − 15t⁴ + 10t³, clamped outside [0, 1]."""
    x = np.clip(np.asarray(t, dtype=np.float64), 0.0, 1.0)
    return x * x * x * (x * (6.0 * x - 15.0) + 10.0)


def cubic_bspline(t: ArrayLike) -> FloatArray:
    """The uniform cubic B-spline on [0, 4], C², its shifts by one adding up to one."""
    t = np.asarray(t, dtype=np.float64)
    beyond = [np.maximum(t - k, 0.0) for k in range(5)]
    third = [x * x * x for x in beyond]
    value = (third[0] - 4.0 * third[1] + 6.0 * third[2] - 4.0 * third[3] + third[4]) / 6.0
    return np.where((t > 0.0) & (t < 4.0), value, 0.0)


def positive_part(value: ArrayLike, width: float) -> FloatArray:
    """max(value, 0) with two continuous derivatives, rounded over ± `width`; never below it.

    Between, with t = value / width: width (t + 1)³ (3 − t) / 16, at most 3/16 width above.
    """
    x = np.asarray(value, dtype=np.float64)
    t = np.clip(x / width, -1.0, 1.0)
    return np.where(x < width, width * (t + 1.0) ** 3 * (3.0 - t) / 16.0, x)
