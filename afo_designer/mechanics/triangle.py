"""MITC3+: a three-node shell element whose fourth node, a bubble, only rotates.

Lee, Lee and Bathe, "The MITC3+ shell element and its performance", Computers & Structures 138
(2014) 12–23; in large rotations Jeon, Lee, Lee and Bathe 146 (2015) 91–104. Recalled. Geometry and
displacement are linear in the surface; fibres are interpolated with h_i − φ/3 and φ, φ = 27 r s
(1 − r − s), the bubble's fibre at rest being the mean of the corners', so that the body at rest is
linear too. Transverse shear is tied at six points; the membrane strain is constant.
"""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.family import (
    Family,
    of_fibres,
    of_points,
    product,
    square,
)

# Distance of the tying points D, E, F from the centroid (the paper's value).
D_TIE = 1.0e-4
THIRD = 1.0 / 3.0


def shape(r: float, s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """N, N,r, N,s (4,) of the body at rest; the bubble takes no part."""
    return (
        np.array([1.0 - r - s, r, s, 0.0]),
        np.array([-1.0, 1.0, 0.0, 0.0]),
        np.array([-1.0, 0.0, 1.0, 0.0]),
    )


def bubble(r: float, s: float) -> tuple[float, float, float]:
    """φ, φ,r, φ,s."""
    return (
        27.0 * r * s * (1.0 - r - s),
        27.0 * s * (1.0 - 2.0 * r - s),
        27.0 * r * (1.0 - r - 2.0 * s),
    )


# How far the bubble's fibre is from the corners' mean.
_WARP = of_fibres(np.array([-THIRD, -THIRD, -THIRD, 1.0]))


def _forms() -> FloatArray:
    """(19, 8, 8): see `covariant` for what each is."""
    _, along_r, along_s = shape(0.0, 0.0)
    x_r, x_s = of_points(along_r), of_points(along_s)
    f_r, f_s = of_fibres(along_r), of_fibres(along_s)
    corners = [of_fibres(row) for row in np.eye(4)]
    return np.stack(
        [
            square(x_r),
            square(x_s),
            product(x_r, x_s),
            product(x_r, f_r),
            product(x_s, f_s),
            product(x_r, f_s) + product(x_s, f_r),
            product(x_r, _WARP),
            product(x_s, _WARP),
            square(f_r),
            square(f_s),
            product(f_r, f_s),
            *(product(x_r, corner) for corner in corners),
            *(product(x_s, corner) for corner in corners),
        ]
    )


def _shears() -> FloatArray:
    """(3, 2, 8): constant, r and s parts of 2e_rt and 2e_st from x_r·f_i and x_s·f_i.

    e_rt = ⅔ (B_rt − ½ B_st) + ⅓ (C_rt + C_st) + ⅓ ĉ (3 s − 1),
    e_st = ⅔ (A_st − ½ A_rt) + ⅓ (C_rt + C_st) + ⅓ ĉ (1 − 3 r), ĉ = F_rt − D_rt − F_st + E_st.
    """
    d = D_TIE
    places = {
        "A": (1 / 6, 2 / 3),
        "B": (2 / 3, 1 / 6),
        "C": (1 / 6, 1 / 6),
        "D": (THIRD + d, THIRD - 2 * d),
        "E": (THIRD - 2 * d, THIRD + d),
        "F": (THIRD + d, THIRD + d),
    }
    rt, st = {}, {}
    for name, (r, s) in places.items():
        phi = bubble(r, s)[0]
        fibre = np.array([1 - r - s - phi / 3, r - phi / 3, s - phi / 3, phi])
        rt[name] = np.concatenate([fibre, np.zeros(4)])
        st[name] = np.concatenate([np.zeros(4), fibre])
    twist = rt["F"] - rt["D"] - st["F"] + st["E"]
    common = (rt["C"] + st["C"]) / 3
    along_r = 2 / 3 * (rt["B"] - 0.5 * st["B"]) + common
    along_s = 2 / 3 * (st["A"] - 0.5 * rt["A"]) + common
    nothing = np.zeros(8)
    return np.array(
        [[along_r - twist / 3, along_s + twist / 3], [nothing, -twist], [twist, nothing]]
    )


_SHEARS = _shears()


def covariant(r: float, s: float) -> FloatArray:
    """(11, 19): see `Family`."""
    _, phi_r, phi_s = bubble(r, s)
    g = np.eye(19)
    warp_r, warp_s = g[6], g[7]
    linear = [
        g[3] + phi_r * warp_r,
        g[4] + phi_s * warp_s,
        g[5] + phi_s * warp_r + phi_r * warp_s,
    ]
    shear = (_SHEARS[0] + r * _SHEARS[1] + s * _SHEARS[2]) @ g[11:]
    return np.concatenate([g[:3], linear, g[8:11], shear])


def _points() -> FloatArray:
    """(7, 3): Radon's rule of fifth order (the bubble's bending energy is of fourth)."""
    root = np.sqrt(15.0)
    near, far = (6.0 - root) / 21.0, (6.0 + root) / 21.0
    w_near, w_far = (155.0 - root) / 2400.0, (155.0 + root) / 2400.0
    rows = [(THIRD, THIRD, 9.0 / 80.0)]
    for a, w in ((near, w_near), (far, w_far)):
        rows += [(a, a, w), (1.0 - 2.0 * a, a, w), (a, 1.0 - 2.0 * a, w)]
    return np.array(rows)


TRIANGLE = Family(
    name="triangle",
    forms=_forms(),
    points=_points(),
    centre=(THIRD, THIRD),
    geometry=shape,
    covariant=covariant,
    warp=lambda r, s: np.zeros(3),
    tied=lambda corners: np.zeros((len(corners), 0)),
)
