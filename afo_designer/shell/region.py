"""Region: what the mesh conforms to, by depth: the bench's half-spaces, openings in the wall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray

# Depth (n,) of points (n, 3) inside a half-space, mm; a region is the least of several.
Depth: TypeAlias = Callable[[FloatArray], FloatArray]
Region: TypeAlias = Sequence[Depth]


def least(region: Region, points: FloatArray) -> FloatArray:
    """(...,): depth of points (..., 3) inside a region."""
    flat = points.reshape(-1, 3)
    depth = np.min([half(flat) for half in region], axis=0)
    return np.asarray(depth.reshape(points.shape[:-1]))


def opening(rim: FloatArray) -> Depth:
    """Depth inside a closed, nearly flat rim (n, 3): the distance from it in its mean plane, mm.

    Points further from the rim's centre than from any of its points lie outside, by as much.
    """
    centre = rim.mean(axis=0)
    _, _, axes = np.linalg.svd(rim - centre)
    around = (rim - centre) @ axes[:2].T
    run = np.roll(around, -1, axis=0) - around
    length = np.maximum(np.sum(run**2, axis=1), 1e-300)
    reach = 1.5 * float(np.linalg.norm(rim - centre, axis=1).max())

    def depth(points: FloatArray) -> FloatArray:
        away = np.linalg.norm(points - centre, axis=1)
        depths = -away
        near = np.flatnonzero(away < reach)
        at = (points[near] - centre) @ axes[:2].T
        gap = at[:, None] - around
        share = np.clip(np.sum(gap * run, axis=2) / length, 0.0, 1.0)
        distance = np.linalg.norm(gap - share[..., None] * run, axis=2).min(axis=1)
        depths[near] = np.where(encloses(around, at), distance, -distance)
        return depths

    return depth


def encloses(loop: FloatArray, points: FloatArray) -> NDArray[np.bool_]:
    """Which points (k, 2) a closed loop (n, 2) encloses, by the parity of crossings."""
    start, end = loop, np.roll(loop, -1, axis=0)
    x, y = points[:, 0, None], points[:, 1, None]
    crossing = (start[:, 0] <= x) != (end[:, 0] <= x)
    run = np.where(end[:, 0] == start[:, 0], 1.0, end[:, 0] - start[:, 0])
    height = start[:, 1] + (end[:, 1] - start[:, 1]) * (x - start[:, 0]) / run
    return np.asarray(np.sum(crossing & (height > y), axis=1) % 2 == 1)


def bisected(
    function: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Roots (k,) of a function between brackets, by the Illinois rule, to rounding."""
    a, b = low.astype(float), high.astype(float)
    fa, fb = function(a), function(b)
    for _ in range(60):
        span = np.where(fb == fa, 1.0, fb - fa)
        c = np.clip(b - fb * (b - a) / span, np.minimum(a, b), np.maximum(a, b))
        fc = function(c)
        over = np.sign(fc) * np.sign(fb) < 0.0
        a, fa = np.where(over, b, a), np.where(over, fb, 0.5 * fa)
        b, fb = c, fc
        if np.all(np.abs(fb) < 1e-11):
            break
    return b
