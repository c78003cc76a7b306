"""Tensor-product B-spline surfaces: evaluate, differentiate, fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import BSpline, make_lsq_spline

from afo_designer.geometry.array import FloatArray, cross, frozen, unit


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
        return self.partials(s, theta, ((ds, dtheta),))[0]

    def partials(
        self, s: ArrayLike, theta: ArrayLike, orders: Sequence[tuple[int, int]]
    ) -> list[FloatArray]:
        """Partial derivatives (..., 3) of several orders (ds, dtheta) at paired s and θ."""
        s, theta = np.broadcast_arrays(np.asarray(s, float), np.asarray(theta, float))
        along = _Axis(self.knots_s, self.degree, s.ravel())
        across = _Axis(self.knots_theta, self.degree, theta.ravel())
        offsets, count = np.arange(self.degree + 1), self.control_points.shape[1]
        near = (offsets[:, None] * count + offsets).ravel()
        patch = np.take(
            self.control_points.reshape(-1, 3),
            (along.first * count + across.first)[:, None] + near,
            axis=0,
        )
        rows = {order: along.weights(order)[:, :, None] for order in {ds for ds, _ in orders}}
        columns = {order: across.weights(order)[:, None, :] for order in {dt for _, dt in orders}}
        found = []
        for ds, dtheta in orders:
            weights = rows[ds] * columns[dtheta]
            points = weights.reshape(-1, 1, near.size) @ patch
            found.append(points.reshape(*s.shape, 3))
        return found

    def grid(self, s: ArrayLike, theta: ArrayLike, ds: int = 0, dtheta: int = 0) -> FloatArray:
        """Points (len(s), len(θ), 3) on a product grid: faster than pairs."""
        along = BSpline(self.knots_s, self.control_points, self.degree)(np.asarray(s), nu=ds)
        across = BSpline(self.knots_theta, np.swapaxes(along, 0, 1), self.degree)
        return np.swapaxes(across(np.asarray(theta), nu=dtheta), 0, 1)

    def normal(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """Unit X_s × X_θ at paired parameters."""
        return unit(cross(*self.partials(s, theta, ((1, 0), (0, 1)))))


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


class _Axis:
    """Non-zero basis functions at places x (n,) along one direction.

    `first` (n,): index of the first of them.
    """

    def __init__(self, knots: FloatArray, degree: int, x: FloatArray) -> None:
        low, high = knots[degree], knots[-degree - 1]
        span = np.searchsorted(knots, x, side="right") - 1
        self._span = np.minimum(np.maximum(span, degree), len(knots) - degree - 2)
        self._local = np.minimum(np.maximum(x, low), high) - knots[self._span]
        self._table = _polynomials(knots.tobytes(), degree)
        self.first = self._span - degree

    def weights(self, order: int) -> FloatArray:
        """(n, degree + 1): the functions, or a derivative of them."""
        degree = self._table.shape[1] - 1
        powers = np.zeros((len(self._local), 1, degree + 1))
        rising = 1.0
        for k in range(order, degree + 1):
            powers[:, 0, k] = math.perm(k, order) * rising
            rising = rising * self._local
        return np.asarray((powers @ self._table[self._span])[:, 0])


@lru_cache(maxsize=256)
def _polynomials(knots: bytes, degree: int) -> FloatArray:
    """(span, power, function): the non-zero basis functions of every span, from its left knot on.

    Cox–de Boor recursion (Piegl & Tiller, The NURBS Book, A2.2) on the polynomials' coefficients;
    rows of empty spans stay zero.
    """
    line = np.frombuffer(knots, dtype=np.float64)
    table = np.zeros((len(line) - 1, degree + 1, degree + 1))
    span = np.flatnonzero(np.diff(line) > 0.0)
    span = span[(span >= degree) & (span < len(line) - degree - 1)]
    functions = np.zeros((len(span), degree + 1, degree + 1))
    functions[:, 0, 0] = 1.0
    for k in range(1, degree + 1):
        raised = np.zeros_like(functions)
        for i in range(k):
            left, right = line[span - k + 1 + i], line[span + 1 + i]
            share = functions[:, :, i] / (right - left)[:, None]
            grown = np.roll(share, 1, axis=1)  # times the local coordinate
            raised[:, :, i] += (right - line[span])[:, None] * share - grown
            raised[:, :, i + 1] += (line[span] - left)[:, None] * share + grown
        functions = raised
    table[span] = functions
    return table
