"""Region: half-spaces of the bench as the mesh sees them: by their depths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from afo_designer.geometry.array import FloatArray

# Depth (n,) of points (n, 3) inside a half-space, mm; a region is the least of several.
Depth: TypeAlias = Callable[[FloatArray], FloatArray]
Region: TypeAlias = Sequence[Depth]


def least(region: Region, points: FloatArray) -> FloatArray:
    """(...,): depth of points (..., 3) inside a region."""
    flat = points.reshape(-1, 3)
    depth = np.min([half(flat) for half in region], axis=0)
    return np.asarray(depth.reshape(points.shape[:-1]))


def bisected(
    function: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Roots (k,) of a function between brackets, by the Illinois rule, to rounding.

    Brackets without length answer themselves.
    """
    a, b = low.astype(float), high.astype(float)
    fa, fb = function(a), function(b)
    for _ in range(60):
        span = np.where(fb == fa, 1.0, fb - fa)
        c = np.clip(b - fb * (b - a) / span, np.minimum(a, b), np.maximum(a, b))
        fc = function(c)
        over = np.sign(fc) * np.sign(fb) < 0.0
        a, fa = np.where(over, b, a), np.where(over, fb, 0.5 * fa)
        b, fb = c, fc
        if np.all((np.abs(fb) < 1e-11) | (low == high)):
            break
    return b
