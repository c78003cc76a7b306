"""Trim: the outline of the orthosis in the chart, from anatomical millimetres.

On either side a trim line θ(s) runs from the proximal edge to the metatarsal heads through a few
anchors that anatomy gives; there it meets the outline of the footplate. The trim is the finished
outermost edge; a half-round rim ends there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.blend import smoothstep
from afo_designer.shell.chart import THETA_MAX, Chart
from afo_designer.shell.outline import LATERAL, MEDIAL, Outline
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.side_wall import wall_profile
from afo_designer.shell.stations import Stations

SAMPLE_MM = 1.0
# Anchors are joined by monotone cubics; this Gaussian (σ, mm) makes fair curves of them.
FAIRING_MM = 7.0
# Steps over which a resampled loop is faired once more.
LOOP_FAIRING = 1.5
# Side walls are anchored at this spacing along the foot.
WALL_STEP = 10


@dataclass(frozen=True, slots=True)
class TrimRegion:
    """A region of the chart between two trim lines.

    `s` (n,) with `lateral` (n,) > 0 and `medial` (n,) < 0, the θ of the trim lines (rad);
    `boundary` (m, 2) the closed outline in (s, θ), corners rounded, about 1 mm between samples,
    running distally along the lateral side.
    """

    s: FloatArray
    lateral: FloatArray
    medial: FloatArray
    boundary: FloatArray

    def __post_init__(self) -> None:
        for name in ("s", "lateral", "medial"):
            object.__setattr__(self, name, frozen(getattr(self, name), (None,)))
        object.__setattr__(self, "boundary", frozen(self.boundary, (None, 2)))

    def sides(self, s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(medial, lateral) θ of the trim at stations s."""
        return (
            CubicSpline(self.s, self.medial)(s),
            CubicSpline(self.s, self.lateral)(s),
        )


def trim_region(
    positive: PositiveModel,
    chart: Chart,
    stations: Stations,
    outline: Outline,
    parameters: ShellParameters,
) -> TrimRegion:
    """The trim of a family on a charted limb."""
    s = np.linspace(stations.top, stations.end, 1 + int(stations.end - stations.top))
    x = chart.spine.centre(s)[:, 0]
    edges = {}
    for side in (LATERAL, MEDIAL):
        anchors = _anchors(positive, chart, stations, outline, parameters, side)
        wall = PchipInterpolator(*np.array(anchors).T)(np.minimum(s, anchors[-1][0]))
        plate = _plate_theta(positive, chart, outline, side, s)
        on_plate = x >= outline.wall_end
        raw = np.where(on_plate, plate, wall)
        fair = gaussian_filter1d(raw, FAIRING_MM / (s[1] - s[0]), mode="nearest")
        # The tip keeps its own curve; fairing would blunt it.
        tip = smoothstep((x - outline.wall_end - 15.0) / 20.0)
        edges[side] = ((1.0 - tip) * fair + tip * plate) * side
    boundary = _closed_outline(chart, stations, parameters, s, edges)
    return TrimRegion(s, edges[LATERAL], edges[MEDIAL], boundary)


def _anchors(
    positive: PositiveModel,
    chart: Chart,
    stations: Stations,
    outline: Outline,
    parameters: ShellParameters,
    side: float,
) -> list[tuple[float, float]]:
    """(s, |θ|) through which the trim line of a side runs, proximal to distal."""
    leaf = parameters.leaf
    wrap = np.radians(parameters.calf.wrap_deg)
    anchors = [(stations.top, wrap), (stations.band, wrap)]

    if leaf.edge == "width":
        # The bench's moment grows from calf to heel, so the leaf widens towards its root.
        share = np.linspace(0.0, 1.0, 7)
        widths = leaf.width_mm + leaf.root_widening_mm * smoothstep(2.0 * share - 1.0)
        anchors += [
            (float(s), theta_of_width(chart, float(s), 0.5 * float(width), side))
            for s, width in zip(
                stations.leaf + share * (stations.root - stations.leaf), widths, strict=True
            )
        ]
    else:
        name = "lateral_malleolus" if side == LATERAL else "medial_malleolus"
        apex = positive.landmarks.position(name)
        _append(anchors, _at_height(chart, apex[0] + leaf.trim_anterior_mm, apex[2], side))
    profile = wall_profile(positive, outline, parameters)
    height = PchipInterpolator(*profile.T)
    for x in np.linspace(profile[0, 0], profile[-1, 0], WALL_STEP):
        _append(anchors, _at_height(chart, float(x), float(height(x)), side))
    return anchors


def _append(anchors: list[tuple[float, float]], anchor: tuple[float, float]) -> None:
    """Add an anchor that lies distal of the last; closer ones would only kink the line."""
    if anchor[0] > anchors[-1][0] + 6.0:
        anchors.append(anchor)


def theta_of_width(chart: Chart, s: float, width: float, side: float) -> float:
    """|θ| at which the section's arc from the midline is `width` mm long."""
    theta = np.linspace(0.0, THETA_MAX, 261)
    points = chart.point(np.full_like(theta, s), side * theta)
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return float(np.interp(width, arc, theta))


def _at_height(chart: Chart, x: float, z: float, side: float) -> tuple[float, float]:
    """(s, |θ|) of the skin point whose sagittal projection is (x, z)."""
    point = np.array([x, 0.0, z])
    s = chart.spine.station_of(point)
    return s, theta_of_depth(chart, s, point, side)


def theta_of_depth(chart: Chart, s: float, point: FloatArray, side: float) -> float:
    """|θ| where the section passes the height of `point` along the outward axis."""
    theta = np.linspace(0.0, THETA_MAX, 261)
    _, outward, _ = chart.spine.axes(s)
    centre = chart.spine.centre(s)
    # The spine's sideways course tilts its planes by a few degrees; sagittal heights do not mind.
    outward = outward * [1.0, 0.0, 1.0]
    depth = (chart.point(np.full_like(theta, s), side * theta) - centre) @ outward
    wanted = float((point - centre) @ outward)
    above = np.flatnonzero(depth < wanted)
    if len(above) == 0:
        return float(THETA_MAX)
    k = int(above[0])
    if k == 0:
        return 0.0
    share = (depth[k - 1] - wanted) / (depth[k - 1] - depth[k])
    return float(theta[k - 1] + share * (theta[k] - theta[k - 1]))


def _plate_theta(
    positive: PositiveModel, chart: Chart, outline: Outline, side: float, s: FloatArray
) -> FloatArray:
    """|θ| of the flat plate's edge at stations of the foot axis."""
    centre = chart.spine.centre(s)
    aside = side * chart.spine.lateral_y * centre[:, 1]
    drop = centre[:, 2] - positive.plate.height(centre[:, 0])
    return np.arctan2(outline.reach(centre[:, 0], side) - aside, drop)


def _closed_outline(
    chart: Chart,
    stations: Stations,
    parameters: ShellParameters,
    s: FloatArray,
    edges: dict[float, FloatArray],
) -> FloatArray:
    """The closed boundary: proximal edge with round corners, two sides, the tip of the plate."""
    radius = parameters.calf.corner_radius_mm
    half = {}
    for side in (LATERAL, MEDIAL):
        theta = np.abs(edges[side])
        rise = np.clip(radius - (s - stations.top), 0.0, radius)
        per_mm = theta_per_mm(chart, s, edges[side])
        half[side] = theta - (radius - np.sqrt(radius**2 - rise**2)) * per_mm
    # The sides are sampled densely where they turn fast (corners and tip), then evened out.
    fine = np.concatenate([_clustered(s[0], s[0] + radius), s[s > s[0] + radius][:-1], _tip(s)])
    fine = np.unique(fine)
    lateral = PchipInterpolator(s, half[LATERAL])(fine)
    medial = PchipInterpolator(s, half[MEDIAL])(fine)
    top = np.linspace(-medial[0], lateral[0], 200)[1:-1]
    outline = np.concatenate(
        [
            np.column_stack([np.full_like(top, s[0]), top]),
            np.column_stack([fine, lateral]),
            np.column_stack([fine, -medial])[::-1][1:],
        ]
    )
    return even_loop(chart, outline, SAMPLE_MM)


def theta_per_mm(chart: Chart, s: FloatArray, theta: FloatArray) -> FloatArray:
    """1 / ‖X_θ‖: radians of θ for a millimetre along the section."""
    return 1.0 / np.linalg.norm(chart.surface(s, theta, dtheta=1), axis=-1)


def _clustered(low: float, high: float) -> FloatArray:
    """Stations that thicken towards `low` like the samples of a quarter circle."""
    return low + (high - low) * (1.0 - np.cos(np.linspace(0.0, np.pi / 2.0, 60)))


def _tip(s: FloatArray) -> FloatArray:
    """Stations that thicken towards the plate's tip."""
    return s[-1] - (s[-1] - s[-2]) * np.linspace(1.0, 0.0, 30) ** 4


def even_loop(
    chart: Chart, outline: FloatArray, step: float, fairing: float = LOOP_FAIRING
) -> FloatArray:
    """A closed loop of parameters resampled to even steps (mm) on the surface and faired.

    `fairing` is the σ of a Gaussian in steps, twice applied; it draws a bend of radius R in by
    (`fairing` · `step`)² / R.
    """
    for _ in range(2):
        points = chart.point(outline[:, 0], outline[:, 1])
        closed = np.vstack([outline, outline[:1]])
        gaps = np.linalg.norm(np.diff(np.vstack([points, points[:1]]), axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(gaps)])
        keep = np.concatenate([[True], np.diff(along) > 1e-9])
        count = round(along[-1] / step)
        at = np.linspace(0.0, along[-1], count, endpoint=False)
        outline = np.column_stack([np.interp(at, along[keep], closed[keep, k]) for k in range(2)])
        outline = gaussian_filter1d(outline, fairing, axis=0, mode="wrap")
    return outline
