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
from afo_designer.shell.chart import Chart
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.stations import Stations

# The parabola holds to either side over this share of the foot length: half of any leaf.
HOLD = 0.13
# Over this angle beyond it the limb's shape returns, in front of the leaf's edge.
RETURN_RAD = np.radians(40.0)
# Where the parabola dips into the limb, the limb is followed; the two are joined over this (mm).
JOIN_MM = 1.0
# The limb's shape has returned this far down from the leaf's root to the sole.
ROOT_SHARE = 0.7
# The lift is faired along the leaf (σ, mm).
FAIRING_MM = 6.0


def stood_off(chart: Chart, stations: Stations, parameters: ShellParameters, foot: float) -> Chart:
    """The chart with the leaf's sections flattened to `leaf.section_radius_mm`.

    `foot`: its length, mm. The same chart where the radius is 0.
    """
    radius = parameters.leaf.section_radius_mm
    if radius == 0.0:
        return chart
    inner = chart.surface
    (s_low, s_high), (t_low, t_high) = inner.domain
    s = np.linspace(s_low, s_high, 4 * (len(inner.knots_s) - 7) + 1)
    theta = np.linspace(t_low, t_high, 4 * (len(inner.knots_theta) - 7) + 1)
    points = inner.grid(s, theta)
    origins, rays = chart.spine.rays(s, theta)
    limb = np.einsum("ijk,ijk->ij", points - origins, rays)
    arc, held = _parabola(limb, theta, radius, HOLD * foot, FAIRING_MM / (s[1] - s[0]))
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
    start = stations.band
    end = stations.root + ROOT_SHARE * (stations.sole - stations.root)
    upper = smoothstep((s - start) / (stations.leaf - start))
    lower = 1.0 - smoothstep((s - stations.root) / (end - stations.root))
    return upper * lower


def _parabola(
    limb: FloatArray, theta: FloatArray, radius: float, hold: float, fairing: float
) -> tuple[FloatArray, FloatArray]:
    """Radii (n, m) of the sections' parabolas u = a − y² / 2R, and the (n,) angles they hold to.

    (u, y) = r (cos θ, sin θ) are outward and lateral in the section; a is the least that clears the
    limb over |y| ≤ `hold`. With u = r cos θ, r = 2a / (cos θ + √(cos² θ + 2a sin² θ / R)).
    """
    sine, cosine = np.sin(theta), np.cos(theta)
    u, y = limb * cosine, limb * sine
    behind = (np.abs(y) <= hold) & (cosine > 0.0)
    height = np.where(behind, u + y**2 / (2.0 * radius), -np.inf).max(axis=1)
    height = gaussian_filter1d(height, fairing, mode="nearest")[:, None]
    arc = 2.0 * height / (cosine + np.sqrt(cosine**2 + 2.0 * height * sine**2 / radius))
    held = np.arctan2(hold, height[:, 0] - hold**2 / (2.0 * radius))
    return arc, held
