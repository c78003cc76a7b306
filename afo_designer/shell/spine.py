"""Spine: the interior curve from the calf to the toes whose normal planes slice the limb.

The shank axis and the foot axis, joined by a corner of curvature κ(σ) ∝ 1 − cos 2πσ, so that
position, tangent, curvature and its slope are continuous. The normal planes meet in front of the
instep, at distance 1/κ on the corner's inside: nothing that an orthosis covers can fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import cumulative_simpson
from scipy.interpolate import CubicSpline

from afo_designer.geometry.array import FloatArray, cross, frozen, unit
from afo_designer.geometry.blend import smoothstep

# Samples along the curve: 1 mm or finer on any leg, so that the spline through them is exact to µm.
SAMPLES = 1001


@lru_cache(maxsize=8)
def _curve(stations: bytes, points: bytes) -> CubicSpline:
    """The curve of a spine's arrays: a wall asks for it at every point that is looked at."""
    return CubicSpline(np.frombuffer(stations), np.frombuffer(points).reshape(-1, 3))


@dataclass(frozen=True, slots=True)
class Spine:
    """The centre curve C(s), s in mm from the proximal end to beyond the toes.

    `centre` and `tangent` are splines over s; `lateral_y` is the sign of y on the lateral side;
    `corner` the (start, end) of the bend. θ = 0 points posteriorly, then plantarwards; θ > 0 is
    lateral on either leg. `faces` −1: θ = 0 points anteriorly instead, of a shank alone.
    """

    stations: FloatArray
    points: FloatArray
    corner: tuple[float, float]
    lateral_y: float
    faces: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "stations", frozen(self.stations, (None,)))
        object.__setattr__(self, "points", frozen(self.points, (len(self.stations), 3)))

    @property
    def length(self) -> float:
        return float(self.stations[-1])

    @property
    def curve(self) -> CubicSpline:
        return _curve(self.stations.tobytes(), self.points.tobytes())

    def centre(self, s: ArrayLike) -> FloatArray:
        """Points (..., 3) of the curve, mm."""
        return self.curve(s)

    def axes(self, s: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(tangent, outward, lateral) unit vectors (..., 3): the axes of the section planes."""
        tangent = unit(self.curve(s, 1))
        sideways = np.array([0.0, self.lateral_y, 0.0])
        lateral = unit(sideways - (tangent @ sideways)[..., None] * tangent)
        outward = cross(tangent, lateral) * (-self.lateral_y * self.faces)
        return tangent, outward, lateral

    def rays(self, s: ArrayLike, theta: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Origins and unit directions (len(s), len(θ), 3) of the rays at a product grid."""
        angle = np.asarray(theta, dtype=np.float64)
        _, outward, lateral = self.axes(s)
        directions = (
            np.cos(angle)[None, :, None] * outward[:, None, :]
            + np.sin(angle)[None, :, None] * lateral[:, None, :]
        )
        origins = np.broadcast_to(self.centre(s)[:, None, :], directions.shape)
        return origins, directions

    def station_of(self, point: ArrayLike) -> float:
        """The s whose section plane holds `point` (3,): the root nearest the curve.

        The planes' order along s is unique behind and below the corner's centre of curvature.
        """
        gap = np.asarray(point, dtype=np.float64) - self.points
        tangent = unit(self.curve(self.stations, 1))
        ahead = np.einsum("ij,ij->i", gap, tangent)
        crossings = np.flatnonzero((ahead[:-1] >= 0.0) & (ahead[1:] < 0.0))
        if len(crossings) == 0:
            return float(self.stations[int(np.argmin(np.abs(ahead)))])
        nearest = crossings[np.argmin(np.linalg.norm(gap[crossings], axis=1))]
        share = ahead[nearest] / (ahead[nearest] - ahead[nearest + 1])
        step = self.stations[nearest + 1] - self.stations[nearest]
        return float(self.stations[nearest] + share * step)


def lay_spine(
    ankle_centre: ArrayLike,
    shank_axis: ArrayLike,
    foot_length: float,
    top_height: float,
    front: float,
    foot_offset_y: float,
    lateral_y: float,
) -> Spine:
    """The spine of a limb in the limb frame.

    `shank_axis` (3,) points proximally; the curve starts where it meets z = `top_height` (mm) and
    ends at x = `front` (mm). The foot axis runs a tenth of the foot length above the sole at
    y = `foot_offset_y`; the corner's mean radius is a quarter of the foot length (the recipe that
    charted 60 trial legs without a folded cell; 0.22 to 0.40 all worked).
    """
    ankle = np.asarray(ankle_centre, dtype=np.float64)
    up = unit(shank_axis)
    turn = np.pi / 2.0 + np.arctan2(up[0], up[2])
    radius = foot_length / 4.0
    corner_length = turn * radius

    # The corner alone, from heading 0 at the origin: heading(σ) = turn (σ/L − sin(2πσ/L) / 2π).
    sigma = np.linspace(0.0, corner_length, SAMPLES)
    share = sigma / corner_length
    heading = turn * (share - np.sin(2.0 * np.pi * share) / (2.0 * np.pi))
    along = cumulative_simpson(np.cos(heading), x=sigma, initial=0.0)
    aside = cumulative_simpson(np.sin(heading), x=sigma, initial=0.0)

    down = -np.array([up[0], up[2]]) / np.hypot(up[0], up[2])
    forward = np.array([-down[1], down[0]])  # `down` turned towards +x by a right angle
    bend = along[:, None] * down + aside[:, None] * forward

    # Slide the corner along the shank line until its end lies at the foot axis' height.
    foot_height = 0.1 * foot_length
    start = ankle[[0, 2]] + down * (foot_height - bend[-1, 1] - ankle[2]) / down[1]
    shank_length = (top_height - start[1]) / -down[1]
    foot_run = front - (start[0] + bend[-1, 0])
    if shank_length <= 0.0 or foot_run <= 0.0:
        raise ValueError(
            f"no spine: {shank_length:.0f} mm of shank above the heel's bend and {foot_run:.0f} mm "
            "of foot before it; both must be positive"
        )

    s_shank = np.linspace(0.0, shank_length, SAMPLES)[:-1]
    s_foot = np.linspace(0.0, foot_run, SAMPLES)[1:]
    plane = np.concatenate(
        [
            start - (shank_length - s_shank)[:, None] * down,
            start + bend,
            start + bend[-1] + s_foot[:, None] * np.array([1.0, 0.0]),
        ]
    )
    stations = np.concatenate(
        [s_shank, shank_length + sigma, shank_length + corner_length + s_foot]
    )
    corner = (float(shank_length), float(shank_length + corner_length))

    # Sideways: the shank axis, then the foot axis, exchanged over the corner (C²).
    shank_y = ankle[1] + (plane[:, 1] - ankle[2]) * up[1] / up[2]
    mix = smoothstep((stations - corner[0]) / (corner[1] - corner[0]))
    y = (1.0 - mix) * shank_y + mix * foot_offset_y
    return Spine(stations, np.column_stack([plane[:, 0], y, plane[:, 1]]), corner, lateral_y)
