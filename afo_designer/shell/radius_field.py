"""Radius field: one smooth r(s, θ) through rays that strike a noisy, holed skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from scipy.linalg import cho_solve_banded, cholesky_banded
from scipy.ndimage import gaussian_filter
from scipy.sparse import csc_matrix, csr_matrix, kron, tril

from afo_designer.geometry.array import FloatArray, frozen

# Length (mm) of the curvature penalty along s and across it: what is much shorter goes. The fit
# stays below a tenth of a millimetre on clean limbs and bridges a hole of 40 mm.
FIT_LENGTHS = (1.34, 1.34)
# Bands in which noise is looked for: what a fit with these lengths would take away. Legs are long
# and smooth along the shank, feet across. With 10 mm for 6, waves of 107 mm lost a tenth. [D]
BANDS = ((6.0, 2.5), (3.0, 6.0))
# A band's energy (mm²) is averaged over this width, mm. [D]
ENERGY_WIDTH = 10.0
# Noise is as strong everywhere; the quietest places, this share of the skin, have little else, and
# this factor takes their energy to the mean. [D]
QUIET_SHARE, QUIET_FACTOR = 0.35, 1.8
# An energy below which nothing is worth taking away, mm².
_NOTHING = 1e-10


@dataclass(frozen=True, slots=True)
class RayGrid:
    """Where the rays are, and the cubic splines that pass through them.

    `s` (m,) in mm, `theta` (n,) in rad, each with its knots; `reach` (mm) turns θ into an arc.
    """

    s: FloatArray
    theta: FloatArray
    knots_s: FloatArray
    knots_theta: FloatArray
    reach: float


def fitted_radius(
    grid: RayGrid, radius: FloatArray, weight: FloatArray, skin: NDArray[np.bool_]
) -> FloatArray:
    """Coefficients (p, q) of the bicubic radius field through `radius` (m, n), `weight` ≥ 0.

    Weighted least squares with a thin-plate penalty over all of the grid, then each band less what
    noise has of it: shrunk by noise over energy, as Wiener's filter does, both taken from the
    `skin`'s (m, n) own rays. So the same leg scanned twice gives the same surface.
    """
    data, bends = _matrices(grid)
    w = weight.ravel()
    normal = data.T @ data.multiply(w[:, None])
    plain = _factors(normal, bends, FIT_LENGTHS)
    coefficients = _solved(plain, data.T @ (w * radius.ravel()))
    for lengths in BANDS:
        field = data @ coefficients
        smoother = _solved(_factors(normal, bends, lengths), data.T @ (w * field))
        band = (field - data @ smoother).reshape(radius.shape)
        noise = _noise_share(grid, band, weight > 0.0, skin)
        coefficients = coefficients - _solved(plain, data.T @ (w * (noise * band).ravel()))
    shape = len(grid.knots_s) - 4, len(grid.knots_theta) - 4
    return frozen(coefficients.reshape(shape))


def _noise_share(
    grid: RayGrid, band: FloatArray, seen: NDArray[np.bool_], skin: NDArray[np.bool_]
) -> FloatArray:
    """(m, n) the share of a band's energy that is noise: all in quiet places, little at bones."""
    steps = grid.s[1] - grid.s[0], (grid.theta[1] - grid.theta[0]) * grid.reach
    width = [ENERGY_WIDTH / step for step in steps]
    count = gaussian_filter(seen.astype(np.float64), width)
    energy = gaussian_filter(np.where(seen, band, 0.0) ** 2, width) / np.maximum(count, 1e-3)
    if not skin.any():
        return np.zeros_like(band)
    noise = QUIET_FACTOR * float(np.quantile(energy[skin], QUIET_SHARE))
    return np.minimum(noise / np.maximum(energy, _NOTHING), 1.0)


def _matrices(grid: RayGrid) -> tuple[csr_matrix, tuple[csc_matrix, ...]]:
    """Values at the rays, and the penalties on r_ss, r_st and r_tt with t the arc."""
    along = [_collocation(grid.knots_s, grid.s, order) for order in range(3)]
    across = [
        _collocation(grid.knots_theta, grid.theta, order) / grid.reach**order for order in range(3)
    ]
    bends = [kron(along[order], across[2 - order]).tocsr() for order in (2, 1, 0)]
    return kron(along[0], across[0]).tocsr(), tuple((bend.T @ bend).tocsc() for bend in bends)


def _factors(
    normal: csr_matrix, bends: tuple[csc_matrix, ...], lengths: tuple[float, float]
) -> FloatArray:
    """Σ w (r − f)² + ∬ a⁴ r_ss² + 2 a²b² r_st² + b⁴ r_tt² with the lengths a, b: its factor.

    Eilers and Marx 1996 in spirit; the integral is a sum over the rays. The lower factor of the
    band, Cholesky's: positive definite, it needs no pivots.
    """
    a, b = lengths
    total = normal + a**4 * bends[0] + 2.0 * (a * b) ** 2 * bends[1] + b**4 * bends[2]
    entries = tril(total, format="coo")
    below = entries.row - entries.col
    band = np.zeros((int(below.max()) + 1, total.shape[0]))
    np.add.at(band, (below, entries.col), entries.data)
    return np.asarray(cholesky_banded(band, lower=True))


def _solved(factor: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray(cho_solve_banded((factor, True), right))


def _collocation(knots: FloatArray, x: FloatArray, order: int) -> csr_matrix:
    """Sparse matrix of the cubic basis functions' derivatives of an order at x."""
    count = len(knots) - 4
    if order == 0:
        return BSpline.design_matrix(x, knots, 3).tocsr()
    basis = BSpline(knots, np.eye(count), 3)
    return csr_matrix(basis(x, nu=order))
