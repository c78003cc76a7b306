"""Transitions between two places: the C² step and its integral."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.blend import smoothstep

# Share of an even step that is rounded at either end, and its slope between (on a unit interval).
ROUNDED = 0.25
STEEPEST = 1.0 / (1.0 - ROUNDED)


def smooth_step(values: ArrayLike, start: ArrayLike, end: ArrayLike) -> FloatArray:
    """0 at `start`, 1 at `end`, C² between."""
    return smoothstep(_fraction(values, start, end))


def smooth_ramp(values: ArrayLike, start: float, end: float) -> FloatArray:
    """The integral of `smooth_step`: 0 before `start`, slope 1 beyond `end`; C³."""
    t = _fraction(values, start, end)
    beyond = np.maximum(np.asarray(values, dtype=np.float64) - end, 0.0)
    return (end - start) * t**4 * (t * (t - 3.0) + 2.5) + beyond


def even_step(values: ArrayLike, start: float, end: float) -> FloatArray:
    """0 at `start`, 1 at `end`, of even slope but for the rounded ends; C³, steepest `STEEPEST`."""
    t = _fraction(values, start, end)
    rise = smooth_ramp(t, 0.0, ROUNDED) - smooth_ramp(t, 1.0 - ROUNDED, 1.0)
    return rise / (1.0 - ROUNDED)


def even_slope(values: ArrayLike, start: float, end: float) -> FloatArray:
    """The derivative of `even_step`: at most `STEEPEST` over the width; C²."""
    t = _fraction(values, start, end)
    slope = smooth_step(t, 0.0, ROUNDED) - smooth_step(t, 1.0 - ROUNDED, 1.0)
    return slope * STEEPEST / (end - start)


def _fraction(values: ArrayLike, start: ArrayLike, end: ArrayLike) -> FloatArray:
    low, high = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    return np.clip((np.asarray(values, dtype=np.float64) - low) / (high - low), 0.0, 1.0)
