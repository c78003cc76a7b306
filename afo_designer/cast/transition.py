"""The C² step every blend of the cast uses, and its integral."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray

# Steepest slope of `smooth_step` over its unit interval: 15/8, at the middle.
STEEPEST = 1.875


def smooth_step(values: ArrayLike, start: ArrayLike, end: ArrayLike) -> FloatArray:
    """0 at `start`, 1 at `end`, the quintic 6t⁵ − 15t⁴ + 10t³ between: C², exact outside."""
    t = _fraction(values, start, end)
    return t * t * t * (t * (6.0 * t - 15.0) + 10.0)


def smooth_ramp(values: ArrayLike, start: float, end: float) -> FloatArray:
    """The integral of `smooth_step`: 0 before `start`, slope 1 beyond `end`; C³."""
    t = _fraction(values, start, end)
    beyond = np.maximum(np.asarray(values, dtype=np.float64) - end, 0.0)
    return (end - start) * t**4 * (t * (t - 3.0) + 2.5) + beyond


def _fraction(values: ArrayLike, start: ArrayLike, end: ArrayLike) -> FloatArray:
    low, high = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    return np.clip((np.asarray(values, dtype=np.float64) - low) / (high - low), 0.0, 1.0)
