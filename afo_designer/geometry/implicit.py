"""Implicit solids: first-order signed distances (mm, negative inside) and their smooth blends.

Every field takes points (n, 3) and answers (n,) values. Distances are exact or of first order near
the surface, which is all a blend of a few millimetres needs. The blend is the cubic smooth minimum
(I. Quilez, "smooth minimum"; recalled), twice continuously differentiable.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray


def smooth_union(a: FloatArray, b: FloatArray, width: float) -> FloatArray:
    """min(a, b) rounded where the two differ by less than `width` (mm); never above the minimum.

    Where both are equal the result lies width/6 below.
    """
    near = np.maximum(width - np.abs(a - b), 0.0) / width
    return np.minimum(a, b) - near**3 * (width / 6.0)


def smooth_intersection(a: FloatArray, b: FloatArray, width: float) -> FloatArray:
    """max(a, b) rounded where the two differ by less than `width` (mm)."""
    return -smooth_union(-a, -b, width)


def round_cone(
    points: FloatArray, start: ArrayLike, end: ArrayLike, start_radius: float, end_radius: float
) -> FloatArray:
    """A capsule whose radius runs linearly from `start_radius` to `end_radius` (mm).

    Exact for equal radii, else of first order in the taper. Equal ends give a ball.
    """
    a = np.asarray(start, dtype=np.float64)
    along = np.asarray(end, dtype=np.float64) - a
    length2 = float(along @ along)
    offset = points - a
    t = np.clip(offset @ along / length2, 0.0, 1.0) if length2 > 0.0 else np.zeros(len(points))
    offset -= t[:, None] * along
    axis_distance = np.sqrt(np.einsum("ij,ij->i", offset, offset))
    return axis_distance - (start_radius + t * (end_radius - start_radius))


def superellipsoid(
    points: FloatArray,
    centre: ArrayLike,
    negative_axes: ArrayLike,
    positive_axes: ArrayLike,
    exponents: ArrayLike = (2.0, 2.0, 2.0),
) -> FloatArray:
    """|x/a|^p + |y/b|^q + |z/c|^r = 1 with a half-axis of its own towards each of ±x, ±y, ±z.

    The half-axes (3,) and (3,) are in mm; the distance is of first order: (G − 1)/|∇G| of the
    homogenised function G.
    """
    offset = points - np.asarray(centre, dtype=np.float64)
    axes = np.where(offset < 0.0, np.asarray(negative_axes), np.asarray(positive_axes))
    return _gauge_distance(offset, axes, np.broadcast_to(exponents, axes.shape))


def _gauge_distance(offset: FloatArray, axes: FloatArray, exponents: FloatArray) -> FloatArray:
    """First-order distance to Σ|xᵢ/aᵢ|^pᵢ = 1; G = (Σ…)^(1/p̄), p̄ the mean exponent."""
    share = np.maximum(np.abs(offset) / axes, 1e-6)
    terms = share**exponents
    total = terms.sum(axis=-1)
    mean = exponents.mean(axis=-1)
    gauge = total ** (1.0 / mean)
    slopes = exponents * terms / (share * axes)
    gradient = np.linalg.norm(slopes, axis=-1) * gauge / (mean * total)
    return (gauge - 1.0) / gradient


def superellipse(
    across: FloatArray,
    up: FloatArray,
    half_width: FloatArray,
    half_height: FloatArray,
    p: FloatArray,
) -> FloatArray:
    """Distance to |u/w|^p + |v/h|^p = 1 in a section plane; all arguments (n,), in mm.

    Width, height and exponent may change from point to point and from quadrant to quadrant.
    """
    return _gauge_distance(
        np.stack([across, up], axis=-1),
        np.stack([half_width, half_height], axis=-1),
        np.stack([p, p], axis=-1),
    )
