"""Stand-off: a leaf that bends, held off the limb so that its section is nearly flat.

A section that follows the round back of the ankle is a channel: it bends about an axis of its own
far from its edges, and these are strained whatever the wall. A leaf spring is a strip. Here every
section of the leaf is lifted outwards, never inwards, onto the parabola of a given radius that just
clears the limb; above, in the taper, and below, in the heel cup, the limb's own shape returns.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.blend import positive_part, smoothstep
from afo_designer.geometry.bspline import fit_surface
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.chart import Chart
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.stations import Stations

# The parabola clears the limb over this share of the foot length to either side of the midline: the
# Achilles tendon. Beyond, and on the flat sole, where it dips into the limb, the limb is followed;
# the two are joined over `JOIN_MM`.
CLEAR = 0.04
JOIN_MM = 1.5
# It reaches to either side over this share of the foot length, so that a heel stays slim in a shoe;
# there it turns forward, rounded over another share: sharper corners are strained more. Over
# `RETURN_RAD` the limb's shape returns.
HOLD = 0.2
CORNER = 0.16
RETURN_RAD = np.radians(40.0)
# The limb's shape returns between these shares of the way from the leaf's root to the sole: where
# a leaf is flat and then a cup, its edge is strained; the longer the way between, the less. But
# within a shoe's counter only what follows the heel goes in (docs/fitting.md).
RETURN_FROM, RETURN_TO = 0.2, 0.8
# A rounder section than this is no flatter than the back of an ankle, mm ([D]).
LEAST_RADIUS_MM = 40.0
# The lift is faired along the leaf (σ, mm).
FAIRING_MM = 6.0


class SectionRefused(InputRefused):
    """A leaf's section rounder than the limb it is held off."""


def stood_off(chart: Chart, stations: Stations, parameters: ShellParameters, foot: float) -> Chart:
    """The chart with the leaf's sections flattened to `leaf.section_radius_mm`.

    `foot`: its length, mm. The same chart where the radius is 0. Raises `SectionRefused` for one
    rounder than a limb.
    """
    radius = parameters.leaf.section_radius_mm
    if radius == 0.0:
        return chart
    if radius < LEAST_RADIUS_MM:
        raise SectionRefused(
            f"shell.leaf.section_radius_mm is {radius:.3g}, rounder than a limb; it may be "
            f"{LEAST_RADIUS_MM:g} mm or more, or 0 to follow the limb."
        )
    inner = chart.surface
    (s_low, s_high), (t_low, t_high) = inner.domain
    s = np.linspace(s_low, s_high, 4 * (len(inner.knots_s) - 7) + 1)
    theta = np.linspace(t_low, t_high, 4 * (len(inner.knots_theta) - 7) + 1)
    points = inner.grid(s, theta)
    origins, rays = chart.spine.rays(s, theta)
    limb = np.einsum("ijk,ijk->ij", points - origins, rays)
    height = _heights(limb, theta, radius, CLEAR * foot)
    height = gaussian_filter1d(height, FAIRING_MM / (s[1] - s[0]), mode="nearest")
    arc = _parabola(height[:, None], theta, radius)
    hold = HOLD * foot
    held = np.arctan2(hold, height - hold**2 / (2.0 * radius))
    side = hold / np.maximum(np.abs(np.sin(theta)), 1e-9)
    arc = arc - positive_part(arc - side, CORNER * foot)
    beyond = np.abs(theta)[None, :] - held[:, None]
    share = (1.0 - smoothstep(beyond / RETURN_RAD)) * leaf_share(stations, parameters, s)[:, None]
    lift = share * positive_part(arc - limb, JOIN_MM)
    surface = fit_surface(
        s, theta, points + lift[..., None] * rays, inner.knots_s, inner.knots_theta
    )
    return replace(chart, surface=surface)


def leaf_share(stations: Stations, parameters: ShellParameters, s: FloatArray) -> FloatArray:
    """How much of the flat section stations have: 0 on band and heel cup, 1 on the leaf."""
    if parameters.leaf.section_radius_mm == 0.0:
        return np.zeros_like(s)
    upper = smoothstep((s - stations.band) / (stations.leaf - stations.band))
    down = (s - stations.root) / (stations.sole - stations.root)
    return upper * (1.0 - smoothstep((down - RETURN_FROM) / (RETURN_TO - RETURN_FROM)))


def _heights(limb: FloatArray, theta: FloatArray, radius: float, clear: float) -> FloatArray:
    """(n,) the least a for which u = a − y² / 2R clears limb radii (n, m) over |y| ≤ `clear`.

    (u, y) = r (cos θ, sin θ): outward and lateral in the section.
    """
    u, y = limb * np.cos(theta), limb * np.sin(theta)
    behind = (np.abs(y) <= clear) & (u > 0.0)
    heights: FloatArray = np.where(behind, u + y**2 / (2.0 * radius), 0.0).max(axis=1)
    return heights


def _parabola(height: FloatArray, theta: FloatArray, radius: float) -> FloatArray:
    """Radii of u = a − y² / 2R: r = 2a / (cos θ + √(cos² θ + 2a sin² θ / R))."""
    cosine = np.cos(theta)
    root = np.sqrt(cosine**2 + 2.0 * height * np.sin(theta) ** 2 / radius)
    return np.asarray(2.0 * height / (cosine + root))
