"""Ceiling: the thickest wall that a hollow bears without folding.

Laid over a hollow of radius R, a wall's outer face bends round a radius of R − h; at h = R it is a
cusp, and thicker it crosses itself. So a wall is drawn in to a share of R, whatever was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import (
    gaussian_filter,
    map_coordinates,
    maximum_filter,
    minimum_filter,
    spline_filter,
)

from afo_designer.geometry.array import FloatArray, frozen, unit
from afo_designer.geometry.blend import positive_part
from afo_designer.geometry.bspline import BSplineSurface
from afo_designer.shell.bump import STEEPEST

# Of the hollow's radius a wall may have this share (architecture.md, "Watch the chart", 7); it is
# drawn in smoothly, from this share of the ceiling on.
SHARE, SOFT = 0.8, 0.1
# No wall is thicker than this, mm: the thickest leaf with the greatest grade, a rib on it.
TOP_MM = 30.0
# Samples to a span of the surface's knots. The least within one of them is faired by a Gaussian (σ
# in samples, 2 mm), which leaves a narrow hollow's least as it is.
SAMPLES, FAIRING = 2, 1.0


@dataclass(frozen=True, slots=True)
class Ceiling:
    """`most` (n, m): cubic coefficients of the thickest wall, mm, over even (s, θ).

    From `low` to `high`, each (s in mm, θ in rad).
    """

    low: FloatArray
    high: FloatArray
    most: FloatArray

    def __post_init__(self) -> None:
        for name, shape in (("low", (2,)), ("high", (2,)), ("most", (None, None))):
            object.__setattr__(self, name, frozen(getattr(self, name), shape))

    def __call__(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """The thickest wall (...,) at points (s, θ), mm."""
        at = np.stack(np.broadcast_arrays(np.asarray(s, float), np.asarray(theta, float)))
        share = (at.reshape(2, -1) - self.low[:, None]) / (self.high - self.low)[:, None]
        place = share * (np.array(self.most.shape)[:, None] - 1.0)
        found = map_coordinates(self.most, place, order=3, mode="nearest", prefilter=False)
        return np.asarray(found.reshape(at.shape[1:]))

    def lowered(self, wall: FloatArray, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """A wall (...,) mm drawn in to what the hollows bear; the same where they bear it."""
        most = self(s, theta)
        return np.asarray(wall - most * positive_part(wall / most - 1.0, SOFT))


def ceiling_over(surface: BSplineSurface, outward: float) -> Ceiling:
    """The ceiling over a surface; `outward` turns X_s × X_θ to the side where the wall lies."""
    low, high = np.array(surface.domain).T
    spans = (len(surface.knots_s) - 7, len(surface.knots_theta) - 7)
    s, theta = (
        np.linspace(a, b, 2 * SAMPLES * span + 1)
        for a, b, span in zip(low, high, spans, strict=True)
    )
    # looked at twice as finely, so that no narrow hollow lies between the samples
    hollow = maximum_filter(_hollow(surface, outward, s, theta), 3)[::2, ::2]
    most = SHARE / np.maximum(hollow, SHARE / TOP_MM)
    most = minimum_filter(_sloping(surface.grid(s[::2], theta[::2]), most), 3)
    # faired in the logarithm, so that splines through small values never come to nothing
    most = np.exp(gaussian_filter(np.log(most), FAIRING, mode="nearest"))
    return Ceiling(low, high, spline_filter(most, order=3, mode="nearest"))


def _hollow(
    surface: BSplineSurface, outward: float, s: FloatArray, theta: FloatArray
) -> FloatArray:
    """(n, m) the greatest curvature towards the wall's side, 1/mm; 0 where there is none."""
    x_s, x_t = surface.grid(s, theta, ds=1), surface.grid(s, theta, dtheta=1)
    normal = outward * unit(np.cross(x_s, x_t))
    e, f, g = (np.einsum("ijk,ijk->ij", a, b) for a, b in ((x_s, x_s), (x_s, x_t), (x_t, x_t)))
    second = (
        surface.grid(s, theta, ds=2),
        surface.grid(s, theta, ds=1, dtheta=1),
        surface.grid(s, theta, dtheta=2),
    )
    along, twist, across = (np.einsum("ijk,ijk->ij", each, normal) for each in second)
    area = e * g - f * f
    mean = (e * across - 2.0 * f * twist + g * along) / (2.0 * area)
    gauss = (along * across - twist**2) / area
    return np.maximum(mean + np.sqrt(np.maximum(mean**2 - gauss, 0.0)), 0.0)


def _sloping(points: FloatArray, most: FloatArray) -> FloatArray:
    """Values (n, m) at points (n, m, 3) lowered until none rises steeper than `STEEPEST`."""
    steps = [STEEPEST * np.linalg.norm(np.diff(points, axis=axis), axis=-1) for axis in (0, 1)]
    while True:
        before = most
        for axis, rise in enumerate(steps):
            along, rises = np.moveaxis(most, axis, 0).copy(), np.moveaxis(rise, axis, 0)
            for k in range(1, len(along)):
                along[k] = np.minimum(along[k], along[k - 1] + rises[k - 1])
            for k in range(len(along) - 2, -1, -1):
                along[k] = np.minimum(along[k], along[k + 1] + rises[k])
            most = np.moveaxis(along, 0, axis)
        if np.array_equal(most, before):
            return most
