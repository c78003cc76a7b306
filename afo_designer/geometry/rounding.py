"""Rounding: the section of an edge between two faces, a half round or two quarters and a flat.

With m half-way between the faces' ends, a from m to the outer end, e the unit vector out of the
material and r the radius, a point of the section is m + α a + β r e + γ r a/|a|.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import BSpline, make_interp_spline

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.blend import positive_part

# Where the wall is thinner than the two quarters, they shrink so that this share of it stays flat:
# without a flat the section's faces would degenerate.
LEAST_FLAT = 0.1
# The change to it is rounded over this share of the radius.
ROUNDED = 0.1
# Each quarter's share of the section's parameter: the flat's cubic never turns back.
QUARTER = 0.44


def rounding_radius(half_wall: ArrayLike, radius_mm: float) -> FloatArray:
    """Radius (...,) mm that an edge gets: half the wall for 0, else the radius where there is room.

    Never more than nine tenths of half the wall; C² over the wall.
    """
    half = np.asarray(half_wall, dtype=np.float64)
    if radius_mm == 0.0:
        return half
    most = (1.0 - LEAST_FLAT) * half
    return np.asarray(radius_mm - positive_part(radius_mm - most, ROUNDED * radius_mm))


def section_stations(segments: int) -> FloatArray:
    """(segments + 1,) parameters from the inner (0) to the outer face (1); an even number.

    Two segments lie on the flat, the others evenly on the quarters.
    """
    quarter = np.linspace(0.0, QUARTER, segments // 2)
    return np.concatenate([quarter, [0.5], 1.0 - quarter[::-1]])


def section(parameter: ArrayLike) -> FloatArray:
    """(k, 3): α, β, γ of two quarters and a flat at parameters (k,); C¹."""
    v = np.asarray(parameter, dtype=np.float64)
    mirrored = np.where(v > 0.5, 1.0 - v, v)
    phi = 0.5 * np.pi * np.minimum(mirrored / QUARTER, 1.0)
    # On the flat the cubic from slope to slope (Hermite) through ∓1.
    length = 1.0 - 2.0 * QUARTER
    t = np.clip((mirrored - QUARTER) / length, 0.0, 1.0)
    rise = t * t * (3.0 - 2.0 * t)
    bow = (1.0 - 2.0 * rise) + (t - 3.0 * t**2 + 2.0 * t**3) * length * 0.5 * np.pi / QUARTER
    on_flat = mirrored > QUARTER
    along = np.where(on_flat, bow, 1.0 - np.cos(phi))
    sign = np.where(v > 0.5, -1.0, 1.0)
    return np.stack([sign * (2.0 * rise - 1.0), np.sin(phi), sign * along], axis=-1)


def section_spline(spans: int) -> BSpline:
    """`section` as one cubic spline of C¹, `spans` to a quarter; exact at the ends of all three."""
    k = 0.5 * np.pi / QUARTER
    slopes = {0.0: [0.0, k, 0.0], QUARTER: [0.0, 0.0, k], 1.0 - QUARTER: [0.0, 0.0, k]}
    slopes[1.0] = [0.0, -k, 0.0]
    pieces = []
    for low, high, count in (
        (0.0, QUARTER, spans),
        (QUARTER, 1.0 - QUARTER, 1),
        (1.0 - QUARTER, 1.0, spans),
    ):
        v = np.linspace(low, high, count + 1)
        ends = ([(1, slopes[low])], [(1, slopes[high])])
        pieces.append(make_interp_spline(v, section(v), k=3, bc_type=ends))
    # Where slopes agree the joint's own control point and one knot can go.
    control = np.vstack([pieces[0].c[:-1], pieces[1].c[1:-1], pieces[2].c[1:]])
    knots = np.concatenate([pieces[0].t[:-2], pieces[1].t[4:-4], pieces[2].t[2:]])
    return BSpline(knots, control, 3)
