"""Family: what a kind of shell element consists of.

Every element has four nodes with a mid-surface point x_i and a half-thickness vector
f_i = ½ h_i d_i along the director, and x(r, s, t) = Σ (M_i x_i + t F_i f_i). The Green-Lagrange
strains of such a body are quadratic in (x, f). So an element's strains, tied as they may be, are
linear in a few *generalised strains*, each half a quadratic form of the eight vectors
y = (x_1 … x_4, f_1 … f_4):

    ε_k(y) = ½ Σ_ab A_k[a, b] y_a · y_b  minus the same at rest.

The forms A_k are numbers, the same for all elements. What depends on an element's geometry is
linear: from generalised to Cartesian strains. One description therefore serves small and large
rotations, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray

NODES = 4
DOFS_PER_NODE = 5
DOFS = NODES * DOFS_PER_NODE


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of element.

    `forms` (g, 8, 8): the quadratic forms A_k. `points` (q, 3): r, s and weight of the integration
    points in the surface. `geometry` (r, s) ↦ (N, N,r, N,s) each (4,): shape functions of the
    body at rest. `covariant` (r, s) ↦ (11, g): what every generalised strain is in covariant
    strains, rows rr, ss, 2rs of the constant, linear and square part in t, then 2rt, 2st. `warp`
    (r, s) ↦ (3,): what the warp's strain X is in rr, ss, 2rs, and `tied` (corners (m, 4, 3)) ↦
    (m, j) the coefficients that make X of the first j generalised strains. `modes` (r, s) ↦ (3, j):
    enhancing in-plane strains in the centre's base, None for a family without.
    """

    name: str
    forms: FloatArray
    points: FloatArray
    centre: tuple[float, float]
    geometry: Callable[[float, float], tuple[FloatArray, FloatArray, FloatArray]]
    covariant: Callable[[float, float], FloatArray]
    warp: Callable[[float, float], FloatArray]
    tied: Callable[[FloatArray], FloatArray]
    modes: Callable[[float, float], FloatArray] | None = None


def square(v: FloatArray) -> FloatArray:
    """(8, 8): the form of ½ (v·y)²."""
    return np.outer(v, v)


def product(v: FloatArray, w: FloatArray) -> FloatArray:
    """(8, 8): the form of (v·y)·(w·y)."""
    return np.outer(v, w) + np.outer(w, v)


def of_points(weights: FloatArray) -> FloatArray:
    """(8,): weights (4,) of the mid-surface points."""
    return np.concatenate([weights, np.zeros(NODES)])


def of_fibres(weights: FloatArray) -> FloatArray:
    """(8,): weights (4,) of the half-thickness vectors."""
    return np.concatenate([np.zeros(NODES), weights])
