"""MITC4+ with enhanced membrane: a curved four-node shell element that does not lock.

Transverse shear is tied at the edge midpoints (Dvorkin and Bathe 1984); the membrane part is tied
at the points A to E of Ko, Lee and Bathe, "A new MITC4+ shell element", Computers & Structures 182
(2017) 404–418, in large rotations with the coefficients of the geometry at rest (the same authors,
"The MITC4+ shell element in geometric nonlinear analysis", 185 (2017) 1–14). All recalled; the
membrane coefficients are derived again in `tied`. Bending strains are the displacement's own.
That membrane is still a bilinear quadrilateral, which bends too stiffly in its own plane, and
the arched section of a leaf bends in its elements' planes; so four strain modes of Simo and Rifai
(1990, recalled) are added to it.
"""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray, cross
from afo_designer.mechanics.family import (
    Family,
    of_fibres,
    of_points,
    product,
    square,
)

# Corners counter-clockwise from (−1, −1).
CORNER_R = np.array([-1.0, 1.0, 1.0, -1.0])
CORNER_S = np.array([-1.0, -1.0, 1.0, 1.0])
GAUSS = 1.0 / np.sqrt(3.0)


def shape(r: float, s: float) -> FloatArray:
    """(4,): bilinear shape functions N at (r, s)."""
    return 0.25 * (1.0 + CORNER_R * r) * (1.0 + CORNER_S * s)


def shape_slopes(r: float, s: float) -> tuple[FloatArray, FloatArray]:
    """(4,), (4,): N,r and N,s at (r, s)."""
    return 0.25 * CORNER_R * (1.0 + CORNER_S * s), 0.25 * CORNER_S * (1.0 + CORNER_R * r)


def _forms() -> FloatArray:
    """(21, 8, 8): see `covariant` for what each is.

    With x,r = x_r + s x_d, x,s = x_s + r x_d and the same of f.
    """
    weights = (0.25 * CORNER_R, 0.25 * CORNER_S, 0.25 * CORNER_R * CORNER_S)
    x_r, x_s, x_d = (of_points(w) for w in weights)
    f_r, f_s, f_d = (of_fibres(w) for w in weights)
    shear = []
    for r, s, along in ((0.0, 1.0, 0), (0.0, -1.0, 0), (1.0, 0.0, 1), (-1.0, 0.0, 1)):
        shear.append(product(of_points(shape_slopes(r, s)[along]), of_fibres(shape(r, s))))
    return np.stack(
        [
            square(x_r + x_d),  # e_rr at A (0, 1)
            square(x_r - x_d),  # e_rr at B (0, −1)
            square(x_s + x_d),  # e_ss at C (1, 0)
            square(x_s - x_d),  # e_ss at D (−1, 0)
            0.5 * product(x_r, x_s),  # e_rs at E, the centre
            product(x_r, f_r),
            product(x_r, f_d) + product(x_d, f_r),
            product(x_s, f_s),
            product(x_s, f_d) + product(x_d, f_s),
            product(x_r, f_s) + product(x_s, f_r),
            2.0 * product(x_d, f_d),
            square(f_r),
            product(f_r, f_d),
            square(f_s),
            product(f_s, f_d),
            product(f_r, f_s),
            2.0 * square(f_d),
            *shear,  # 2e_rt at (0, ±1), 2e_st at (±1, 0)
        ]
    )


def tied(corners: FloatArray) -> FloatArray:
    """(m, 5): coefficients that make X, the strain of the warp x_d, of the strains at A to E.

    The displacement gives e_rr = x_r·u_r + s L_r + s² X, e_ss = x_s·u_s + r L_s + r² X,
    e_rs = E + ½ r L_r + ½ s L_s + r s X, with X = x_d·u_d and L_r = x_r·u_d + x_d·u_r and so on.
    In a warped element X locks. In a flat one x_d = c_r x_r + c_s x_s, and X follows from the
    tied strains: (1 − c_r² − c_s²) X = c_r L_r + c_s L_s − c_r² (A + B)/2 − c_s² (C + D)/2
    − 2 c_r c_s E. That value is used for all elements, c from the dual vectors of x_r and x_s.
    """
    x_r, x_s, x_d = (
        0.25 * np.einsum("n,mni->mi", signs, corners)
        for signs in (CORNER_R, CORNER_S, CORNER_R * CORNER_S)
    )
    normal = cross(x_r, x_s)
    size = np.einsum("mi,mi->m", normal, normal)
    c_r = np.einsum("mi,mi->m", x_d, cross(x_s, normal)) / size
    c_s = np.einsum("mi,mi->m", x_d, cross(normal, x_r)) / size
    d = c_r**2 + c_s**2 - 1.0
    coefficients = [
        c_r * (c_r - 1.0) / (2.0 * d),
        c_r * (c_r + 1.0) / (2.0 * d),
        c_s * (c_s - 1.0) / (2.0 * d),
        c_s * (c_s + 1.0) / (2.0 * d),
        2.0 * c_r * c_s / d,
    ]
    return np.stack(coefficients, axis=1)


def covariant(r: float, s: float) -> FloatArray:
    """(11, 21): see `Family`; X apart."""
    g = np.eye(21)
    A, B, C, D, E = g[:5]
    L_r, L_s = 0.5 * (A - B), 0.5 * (C - D)
    rows = [
        0.5 * (A + B) + s * L_r,
        0.5 * (C + D) + r * L_s,
        2.0 * E + r * L_r + s * L_s,
    ]
    for first in (5, 11):
        a, b, c, d, e, f = g[first : first + 6]
        rows += [
            a + s * b + 0.5 * s * s * f,
            c + r * d + 0.5 * r * r * f,
            e + r * b + s * d + r * s * f,
        ]
    top, bottom, right, left = g[17:]
    rows += [
        0.5 * (1.0 + s) * top + 0.5 * (1.0 - s) * bottom,
        0.5 * (1.0 + r) * right + 0.5 * (1.0 - r) * left,
    ]
    return np.stack(rows)


def warp(r: float, s: float) -> FloatArray:
    """(3,): what X is in rr, ss, 2rs, as the strains at A to E have it already."""
    return np.array([s * s - 1.0, r * r - 1.0, 2.0 * r * s])


def enhancing(r: float, s: float) -> FloatArray:
    """(3, 4): e_rr = r, e_ss = s, 2e_rs = r and 2e_rs = s.

    No mode does work on a constant stress, so patches stay exact.
    """
    return np.array([[r, 0.0, 0.0, 0.0], [0.0, s, 0.0, 0.0], [0.0, 0.0, r, s]])


QUADRILATERAL = Family(
    name="quadrilateral",
    forms=_forms(),
    points=np.array([(r * GAUSS, s * GAUSS, 1.0) for r, s in zip(CORNER_R, CORNER_S, strict=True)]),
    centre=(0.0, 0.0),
    geometry=lambda r, s: (shape(r, s), *shape_slopes(r, s)),
    covariant=covariant,
    warp=warp,
    tied=tied,
    modes=enhancing,
)
