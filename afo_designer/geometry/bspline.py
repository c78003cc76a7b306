"""Tensor-product B-spline surfaces: evaluate, differentiate, fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import BSpline, make_lsq_spline

from afo_designer.geometry.array import FloatArray, frozen, unit


@dataclass(frozen=True, slots=True)
class BSplineSurface:
    """X(s, θ) = Σ B_i(s) B_j(θ) P_ij, of one degree in both directions, clamped knots.

    `knots_s` (p + degree + 1,), `knots_theta` (q + degree + 1,), `control_points` (p, q, 3) in mm.
    Degree 3 with simple interior knots is C² in both directions.
    """

    knots_s: FloatArray
    knots_theta: FloatArray
    control_points: FloatArray
    degree: int = 3

    def __post_init__(self) -> None:
        p = len(np.asarray(self.knots_s)) - self.degree - 1
        q = len(np.asarray(self.knots_theta)) - self.degree - 1
        object.__setattr__(self, "knots_s", frozen(self.knots_s, (None,)))
        object.__setattr__(self, "knots_theta", frozen(self.knots_theta, (None,)))
        object.__setattr__(self, "control_points", frozen(self.control_points, (p, q, 3)))

    @property
    def domain(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """((s_low, s_high), (θ_low, θ_high))."""
        k = self.degree
        return (
            (float(self.knots_s[k]), float(self.knots_s[-k - 1])),
            (float(self.knots_theta[k]), float(self.knots_theta[-k - 1])),
        )

    def __call__(self, s: ArrayLike, theta: ArrayLike, ds: int = 0, dtheta: int = 0) -> FloatArray:
        """Points (..., 3), or their partial derivative of order (ds, dtheta), at paired s and θ."""
        s, theta = np.broadcast_arrays(np.asarray(s, float), np.asarray(theta, float))
        weights_s, first_s = _basis(self.knots_s, self.degree, s.ravel(), ds)
        weights_t, first_t = _basis(self.knots_theta, self.degree, theta.ravel(), dtheta)
        offsets = np.arange(self.degree + 1)
        patch = self.control_points[
            (first_s[:, None] + offsets)[:, :, None], (first_t[:, None] + offsets)[:, None, :]
        ]
        points = np.einsum("ni,nj,nijk->nk", weights_s, weights_t, patch)
        return points.reshape(*s.shape, 3)

    def grid(self, s: ArrayLike, theta: ArrayLike, ds: int = 0, dtheta: int = 0) -> FloatArray:
        """Points (len(s), len(θ), 3) on a product grid: faster than pairs."""
        along = BSpline(self.knots_s, self.control_points, self.degree)(np.asarray(s), nu=ds)
        across = BSpline(self.knots_theta, np.swapaxes(along, 0, 1), self.degree)
        return np.swapaxes(across(np.asarray(theta), nu=dtheta), 0, 1)

    def normal(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """Unit X_s × X_θ at paired parameters."""
        return unit(np.cross(self(s, theta, ds=1), self(s, theta, dtheta=1)))


def fit_surface(
    s: ArrayLike, theta: ArrayLike, points: ArrayLike, knots_s: ArrayLike, knots_theta: ArrayLike
) -> BSplineSurface:
    """Least-squares bicubic surface through a full grid of points (len(s), len(θ), 3).

    Two passes of one-dimensional fits, which for a product grid is the least-squares solution.
    """
    grid = np.asarray(points, dtype=np.float64)
    along = make_lsq_spline(np.asarray(s, float), grid, np.asarray(knots_s, float), k=3).c
    across = make_lsq_spline(
        np.asarray(theta, float), np.swapaxes(along, 0, 1), np.asarray(knots_theta, float), k=3
    ).c
    return BSplineSurface(
        np.asarray(knots_s), np.asarray(knots_theta), np.swapaxes(across, 0, 1), 3
    )


def clamped_knots(low: float, high: float, spans: int, degree: int = 3) -> FloatArray:
    """Uniform knots over [low, high] with end knots repeated."""
    inner = np.linspace(low, high, spans + 1)
    return np.concatenate([np.full(degree, low), inner, np.full(degree, high)])


def _basis(
    knots: FloatArray, degree: int, x: FloatArray, order: int
) -> tuple[FloatArray, np.ndarray]:
    """Non-zero basis functions, or a derivative of them, and the index of the first, per x.

    Cox–de Boor recursion (Piegl & Tiller, The NURBS Book, A2.2 and eq. 2.10).
    """
    low, high = knots[degree], knots[-degree - 1]
    count = len(knots) - degree - 1
    span = np.clip(np.searchsorted(knots, x, side="right") - 1, degree, count - 1)
    inside = np.clip(x, low, high)
    weights = np.ones((len(x), 1))
    for k in range(1, degree - order + 1):
        weights = _raise_degree(knots, span, inside, weights, k)
    for k in range(degree - order + 1, degree + 1):
        weights = _raise_derivative(knots, span, weights, k)
    return weights, span - degree


def _raise_degree(
    knots: FloatArray, span: np.ndarray, x: FloatArray, weights: FloatArray, k: int
) -> FloatArray:
    raised = np.zeros((len(x), k + 1))
    for i in range(k):
        left, right = knots[span - k + 1 + i], knots[span + 1 + i]
        share = weights[:, i] / (right - left)
        raised[:, i] += (right - x) * share
        raised[:, i + 1] += (x - left) * share
    return raised


def _raise_derivative(
    knots: FloatArray, span: np.ndarray, weights: FloatArray, k: int
) -> FloatArray:
    raised = np.zeros((len(weights), k + 1))
    for i in range(k):
        left, right = knots[span - k + 1 + i], knots[span + 1 + i]
        share = k * weights[:, i] / (right - left)
        raised[:, i] -= share
        raised[:, i + 1] += share
    return raised
