"""Sphere: directions spread evenly."""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray


def fibonacci_sphere(count: int) -> FloatArray:
    """(count, 3): unit vectors spread evenly (golden angle; Swinbank & Purser 2006, recalled)."""
    k = np.arange(count) + 0.5
    z, turn = 1.0 - 2.0 * k / count, np.pi * (1.0 + np.sqrt(5.0)) * k
    r = np.sqrt(1.0 - z**2)
    return np.column_stack([r * np.cos(turn), r * np.sin(turn), z])
