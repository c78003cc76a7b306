"""Shin: the anterior shell of a ground-reaction orthosis, over the shin and the calf part's edges.

It has a chart of its own, of the shank alone, with θ from the front and the seam behind. Its inner
surface stands off the limb by the calf part's wall, its flare and a gap: it closes over the calf
part's edges, and over the shin that room holds the pad. Two straps round the calf part draw it on.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from scipy.interpolate import BSpline

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.blend import smoothstep
from afo_designer.geometry.bspline import clamped_knots, fit_surface
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.bare_wall import checked_hollows
from afo_designer.shell.ceiling import ceiling_over
from afo_designer.shell.chart import (
    KNOT_STEP_MM,
    KNOT_STEP_RAD,
    RAY_STEP_MM,
    RAY_STEP_RAD,
    SURFACE_SPANS,
    THETA_MAX,
    Chart,
    ChartRefused,
    offset_surface,
    strike,
)
from afo_designer.shell.holes import with_room
from afo_designer.shell.hollows import HOLLOW_RADIUS_MM, bridged, bridged_along
from afo_designer.shell.mark import Lettering
from afo_designer.shell.opening import Opening
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.parameters import Shin
from afo_designer.shell.radius_field import RayGrid, fitted_radius
from afo_designer.shell.shell import Shell, marked
from afo_designer.shell.slots import LEAST_EDGE_MM, STRAP_PLAY_MM, slot_beside
from afo_designer.shell.spine import Spine
from afo_designer.shell.stations import TOP_MARGIN_MM
from afo_designer.shell.thickness import ThicknessField
from afo_designer.shell.trim import TrimRegion, even_loop, theta_per_mm

# The outline is a superellipse of this exponent over the shin: straight sides, wide corners.
CORNERS = 5.0
# Towards its lower end the shell narrows to this share of its width, over the lower part of it.
TONGUE, TONGUE_FROM = 0.85, 0.6
SAMPLE_MM = 1.0
# The slots keep this much more from the proximal and distal edge than from the sides: its corners
# are round.
CORNER_MM = 9.0
# Along the shank between the slots of two straps, which slant with the edge ([D]).
BETWEEN_MM = 9.0


class ShinRefused(InputRefused):
    """An anterior shell that finds no room on the shin."""


def form_shin(positive: PositiveModel, shell: Shell) -> Shell:
    """The anterior shell that belongs to a calf part.

    Raises `ShinRefused` where the shin is too short for it.
    """
    parameters = shell.parameters
    shin, calf = parameters.shin, parameters.calf
    if shell.hinge is not None:
        raise ShinRefused(
            f"shell.shin.cover is {shin.cover!r} and shell.hinge.kind {parameters.hinge.kind!r}: "
            "an anterior shell closes over an orthosis without a hinge; set one of them to "
            "'no' or 'none'."
        )
    top, bottom = _ends(positive, shell, shin)
    room = calf.thickness_mm + calf.flare_mm + shin.gap_mm
    chart = _front_chart(positive, shell.chart.spine, room + HOLLOW_RADIUS_MM)
    chart = replace(chart, surface=offset_surface(chart, lambda s, theta: room + 0.0 * (s + theta)))
    trim = _region(chart, shell, top, bottom)
    slots = _slots(chart, trim, shin, parameters.straps.slot_edge_mm, top, bottom)
    change = (
        f"shell.shin.strap_width_mm ({shin.strap_width_mm:.3g}), shell.shin.above_malleoli_mm "
        f"({shin.above_malleoli_mm:.3g}) or shell.straps.slot_edge_mm "
        f"({parameters.straps.slot_edge_mm:.3g})"
    )
    openings = with_room(chart, trim, slots, change=change)
    stations = replace(
        shell.stations,
        top=top,
        band=0.5 * (top + bottom),
        leaf=bottom,
        ankle=bottom,
        root=bottom,
        sole=bottom,
        heads=bottom,
        end=bottom,
    )
    ceiling = ceiling_over(chart.surface, chart.outward)
    checked_hollows(chart, trim, ceiling, partial(_shapers, positive, shell))
    one = np.ones(1)
    wall = ThicknessField(
        shin.thickness_mm * one,
        one[1:],
        one[1:],
        one,
        (top, bottom),
        ceiling=ceiling,
    )
    finish = shell.finish_mm
    part = Shell(chart, shell.outline, stations, trim, openings, wall, parameters, finish_mm=finish)
    if shell.mark is None:
        return part
    return marked(part, Lettering(shell.mark.text, shell.mark.marking))


def _shapers(positive: PositiveModel, shell: Shell, place: FloatArray) -> str:
    """What shapes the anterior shell's inner surface, which stands off the shin by a room."""
    calf, relief = shell.parameters.calf, positive.parameters.relief
    return (
        f"cast.relief.tibial_crest_mm ({relief.tibial_crest_mm:.3g}), cast.relief.pretibial_mm "
        f"({relief.pretibial_mm:.3g}), cast.relief.feather_mm ({relief.feather_mm:.3g}), "
        f"shell.calf.flare_mm ({calf.flare_mm:.3g}), shell.calf.thickness_mm "
        f"({calf.thickness_mm:.3g}) or shell.shin.gap_mm ({shell.parameters.shin.gap_mm:.3g})"
    )


def _ends(positive: PositiveModel, shell: Shell, shin: Shin) -> tuple[float, float]:
    """(top, bottom) stations, mm."""
    spine, up = shell.chart.spine, positive.shank_axis
    top = TOP_MARGIN_MM
    if "tibial_tuberosity" in positive.landmarks:
        tuberosity = positive.landmarks.position("tibial_tuberosity")
        top = max(top, spine.station_of(tuberosity - shin.below_tuberosity_mm * up))
    ankle = shell.stations.ankle
    bottom = min(ankle - shin.above_malleoli_mm, spine.corner[0] - TOP_MARGIN_MM)
    least = 2.0 * (shin.strap_width_mm + STRAP_PLAY_MM) + 4.0 * CORNER_MM + LEAST_EDGE_MM
    if bottom - top < least:
        raise ShinRefused(
            f"The anterior shell would be {bottom - top:.0f} mm high, from {ankle - top:.0f} to "
            f"{ankle - bottom:.0f} mm above the malleoli; it needs {least:.0f} for two "
            f"straps of {shin.strap_width_mm:.0f} mm. Scan the leg up to the knee, or lower "
            f"shell.shin.above_malleoli_mm ({shin.above_malleoli_mm:.0f} mm) or "
            "shell.shin.strap_width_mm."
        )
    return top, bottom


def _front_chart(positive: PositiveModel, spine: Spine, ball: float) -> Chart:
    """X(s, θ) of the shank, θ from the front, over the calf part's own stations.

    Hollows sharper than `ball` mm, beside the shin's ridge and below the tuberosity, are bridged.
    """
    straight = spine.stations <= spine.corner[0]
    front = replace(
        spine, stations=spine.stations[straight], points=spine.points[straight], faces=-1.0
    )
    length = front.length
    s = np.linspace(0.0, length, int(np.ceil(length / RAY_STEP_MM)) + 1)
    theta = np.linspace(-THETA_MAX, THETA_MAX, 2 * int(np.ceil(THETA_MAX / RAY_STEP_RAD)) + 1)
    hit, facing = strike(positive, front, s, theta)
    good = np.isfinite(hit)
    missed = float(1.0 - good.mean())
    if missed > 0.25:
        raise ChartRefused(
            f"The scan shows {100.0 * (1.0 - missed):.0f} % of the shin; an anterior shell needs "
            "75 %. Scan the front of the leg up to the knee."
        )
    weight = np.where(good, facing.clip(0.0, 1.0), 0.0)
    radius = np.where(good, hit, 0.0)
    spans = int(np.ceil(length / KNOT_STEP_MM)), 2 * int(np.ceil(THETA_MAX / KNOT_STEP_RAD))
    knots = clamped_knots(0.0, length, spans[0]), clamped_knots(-THETA_MAX, THETA_MAX, spans[1])
    grid = RayGrid(s, theta, *knots, float(np.median(radius[good])))
    coefficients = fitted_radius(grid, radius, weight, good)
    fine_s = np.linspace(0.0, length, 4 * SURFACE_SPANS * spans[0] + 1)
    fine_theta = np.linspace(-THETA_MAX, THETA_MAX, 4 * SURFACE_SPANS * spans[1] + 1)
    smooth = BSpline(knots[1], BSpline(knots[0], coefficients, 3)(fine_s).T, 3)(fine_theta).T
    smooth = bridged_along(bridged(smooth, fine_theta, ball), float(fine_s[1]), ball)
    origins, rays = front.rays(fine_s, fine_theta)
    surface = fit_surface(
        fine_s,
        fine_theta,
        origins + smooth[..., None] * rays,
        clamped_knots(0.0, length, SURFACE_SPANS * spans[0]),
        clamped_knots(-THETA_MAX, THETA_MAX, SURFACE_SPANS * spans[1]),
    )
    middle = np.array([0.5 * length])
    away = surface(middle, np.zeros(1)) - front.centre(middle)
    facing_out = np.einsum("ij,ij->i", surface.normal(middle, np.zeros(1)), away)
    return Chart(surface, front, float(np.sign(facing_out[0])), missed)


def _region(chart: Chart, shell: Shell, top: float, bottom: float) -> TrimRegion:
    """From edge to edge of the calf part and over both by the overlap."""
    shin = shell.parameters.shin
    s = np.linspace(top, bottom, 1 + int(bottom - top))
    share = (s - top) / (bottom - top)
    narrowed = 1.0 - (1.0 - TONGUE) * smoothstep((share - TONGUE_FROM) / (1.0 - TONGUE_FROM))
    arch = (1.0 - np.abs(2.0 * share - 1.0) ** CORNERS) ** (1.0 / CORNERS)
    half = {}
    for side in (LATERAL, MEDIAL):
        # where the calf part has its band, its edge lies at the wrap angle from behind
        edge = np.full_like(s, np.pi - np.radians(shell.parameters.calf.wrap_deg))
        over = shin.overlap_mm * theta_per_mm(chart, s, side * edge)
        half[side] = (edge + over) * narrowed * arch
    lateral, medial = half[LATERAL], -half[MEDIAL]
    # the ends of a superellipse run across: more stations there
    fine = top + (bottom - top) * 0.5 * (1.0 - np.cos(np.linspace(0.0, np.pi, 2000)))
    shares = (fine - top) / (bottom - top)
    steep = (1.0 - np.abs(2.0 * shares - 1.0) ** CORNERS).clip(0.0) ** (1.0 / CORNERS)
    level = np.interp(fine, s[1:-1], (lateral / np.maximum(arch, 1e-12))[1:-1])
    other = np.interp(fine, s[1:-1], (medial / np.maximum(arch, 1e-12))[1:-1])
    outline = np.concatenate(
        [
            np.column_stack([fine, level * steep]),
            np.column_stack([fine, other * steep])[::-1][1:-1],
        ]
    )
    return TrimRegion(s, lateral, medial, even_loop(chart, outline, SAMPLE_MM))


def _slots(
    chart: Chart, trim: TrimRegion, shin: Shin, edge_mm: float, top: float, bottom: float
) -> list[Opening]:
    """Two straps' slots on either side, parallel to the edge."""
    if shin.strap_width_mm == 0.0:
        return []
    from_end = 0.5 * (shin.strap_width_mm + STRAP_PLAY_MM) + edge_mm + CORNER_MM
    # the lower end is narrower and more round; on a short shin the slots keep from each other first
    apart = shin.strap_width_mm + STRAP_PLAY_MM + BETWEEN_MM
    low = min(bottom - from_end - CORNER_MM, 0.45 * top + 0.55 * bottom)
    low = max(low, top + from_end + apart)
    return [
        slot_beside(
            chart,
            trim,
            side,
            station,
            shin.strap_width_mm,
            edge_mm,
            f"shin strap {number}",
        )
        for number, station in enumerate((top + from_end, low), start=1)
        for side in (LATERAL, MEDIAL)
    ]


def overlap_gap(shell: Shell, shin: Shell) -> FloatArray:
    """(n,) distances (mm) from points of the anterior shell's inner face to the calf part's outer.

    Over the calf part's band alone; positive where they are apart.
    """
    s = np.linspace(max(shell.stations.top, shin.stations.top) + 6.0, shell.stations.band, 30)
    s = s[s < shin.stations.end - 6.0]
    points = []
    for side, column in ((LATERAL, 1), (MEDIAL, 0)):
        edge = shell.trim.sides(s)[column]
        for back in np.linspace(0.02, 0.2, 6):
            theta = edge - side * back
            wall = shell.thickness(s, theta)[:, None]
            points.append(shell.chart.point(s, theta) + wall * shell.chart.normal(s, theta))
    outer, gaps = np.concatenate(points), []
    spine = shin.chart.spine
    for point in outer:
        at = spine.station_of(point)
        _, outward, lateral = spine.axes(at)
        ray = point - spine.centre(at)
        theta = float(np.arctan2(ray @ lateral, ray @ outward))
        medial, beside = shin.trim.sides(np.array([at]))
        if float(medial[0]) < theta < float(beside[0]):
            away = shin.chart.point(at, theta) - point
            gaps.append(float(away @ shin.chart.normal(at, theta)))
    return np.array(gaps)
