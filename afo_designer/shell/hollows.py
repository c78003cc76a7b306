"""Hollows: grooves of the limb that a wall cannot follow are bridged by a rolling ball.

Between Achilles tendon and malleoli the skin is a groove sharper than a wall is thick; a wall
offset from it would fold. An orthotist fills it on the cast. Here a disc rolls round every section
from outside (a morphological closing): where it fits, nothing changes; where it does not, its rim
is the surface.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import grey_closing

from afo_designer.geometry.array import FloatArray

# Least radius (mm) of a hollow: a wall of 6 mm then has h κ = ½ at its inner face.
HOLLOW_RADIUS_MM = 12.0
# Sections taken at a time: they stay in the processor's cache.
ROWS = 32


def bridged(radius: FloatArray, theta: FloatArray, ball: float = HOLLOW_RADIUS_MM) -> FloatArray:
    """Radii (n, m) over even angles θ (m,), no hollow across a section sharper than `ball` mm.

    Dilation by a disc, then erosion: along the ray at φ the dilated outline is the farthest
    intersection with the discs around the outline's points, r cos Δ + √(ball² − r² sin² Δ) with
    Δ = φ − θ; the eroded one the nearest with those around the dilated outline's points.
    """
    step = float(theta[1] - theta[0])
    reach = int(np.ceil(np.arcsin(min(1.0, ball / float(radius.min()))) / step))
    grown = _swept(radius, step, reach, ball, 1.0)
    closed = _swept(grown, step, reach, ball, -1.0)
    return np.maximum(radius, closed)


def bridged_along(radius: FloatArray, step: float, ball: float) -> FloatArray:
    """Radii (n, m) at stations `step` mm apart, no hollow along the limb sharper than `ball` mm.

    Where the stations' rays are parallel: a closing of every column by a disc.
    """
    reach = int(ball / step)
    x = step * np.arange(-reach, reach + 1)
    disc = (np.sqrt(ball**2 - x**2) - ball)[:, None]
    return np.maximum(radius, grey_closing(radius, structure=disc, mode="nearest"))


def rounded(radius: FloatArray, theta: FloatArray, ball: float) -> FloatArray:
    """Radii (n, m) over even angles θ (m,), no corner that stands out sharper than `ball` mm.

    The other way about than `bridged`: erosion, then dilation (a morphological opening).
    """
    step = float(theta[1] - theta[0])
    reach = int(np.ceil(np.arcsin(min(1.0, ball / float(radius.min() - ball))) / step))
    shrunk = _swept(radius, step, reach, ball, -1.0)
    return np.minimum(radius, _swept(shrunk, step, reach, ball, 1.0))


def _swept(radius: FloatArray, step: float, reach: int, ball: float, sign: float) -> FloatArray:
    """Farthest (sign +) or nearest (sign −) end of the discs around all neighbours on every ray."""
    best = radius + sign * ball
    for first in range(0, len(radius), ROWS):
        rows, wins = radius[first : first + ROWS], best[first : first + ROWS]
        # no disc reaches farther than the one nearest to the centre
        widest = float(np.arcsin(min(1.0, ball / float(rows.min()))))
        for shift in range(1, min(reach, int(widest / step) + 1) + 1):
            end = rows * np.sin(shift * step)
            np.square(end, out=end)
            np.subtract(ball**2, end, out=end)
            with np.errstate(invalid="ignore"):
                np.sqrt(end, out=end)  # no number where the ray passes the disc
            along = rows * np.cos(shift * step)
            if sign > 0.0:
                end += along
                np.fmax(wins[:, shift:], end[:, :-shift], out=wins[:, shift:])
                np.fmax(wins[:, :-shift], end[:, shift:], out=wins[:, :-shift])
            else:
                np.subtract(along, end, out=end)
                np.fmin(wins[:, shift:], end[:, :-shift], out=wins[:, shift:])
                np.fmin(wins[:, :-shift], end[:, shift:], out=wins[:, :-shift])
    return best
