"""Chart: the positive model's surface as one bicubic B-spline X(s, θ).

Rays leave the spine in its normal planes; the radius field r(s, θ) is fitted through their first
hits with a thin-plate penalty that bridges holes and misses. Under and beyond the toes the sheet of
the footplate takes the place of the skin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BSpline

from afo_designer.cast.positive import PositiveModel
from afo_designer.cast.transition import smooth_ramp
from afo_designer.geometry.array import FloatArray, cross, unit
from afo_designer.geometry.blend import smoothstep
from afo_designer.geometry.bspline import BSplineSurface, clamped_knots, fit_surface
from afo_designer.geometry.rays import first_hits
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.hollows import bridged
from afo_designer.shell.outline import LATERAL, MEDIAL, Outline
from afo_designer.shell.radius_field import RayGrid, fitted_radius
from afo_designer.shell.spine import Spine, lay_spine

# Charted to either side, so that an anterior shell would find its surface too (architecture.md).
THETA_MAX = np.radians(130.0)
# Rings count as whole over this range; no posterior shell reaches further round.
WHOLE_THETA = np.radians(120.0)
# The sheet under the toes is followed this far past the footplate's outline.
SHEET_MARGIN_MM = 8.0
# It replaces the skin over this length, from the end of the side walls forward.
SHEET_BLEND_MM = 22.0
# The chart goes on this far past the plate's tip, so that no rim meets the chart's end.
FRONT_MARGIN_MM = 10.0
# The plate keeps this far below the foot's axis, from which the chart sees it.
LEAST_DROP_MM = 6.0
RAY_STEP_MM = 3.0
RAY_STEP_RAD = np.radians(2.5)
KNOT_STEP_MM = 7.0
KNOT_STEP_RAD = np.radians(6.5)
# The surface has this many knot spans to one of the radius field: with one, walls offset from the
# heel's round edge err by 0.3 mm, with two by 0.05 mm.
SURFACE_SPANS = 2


class ChartRefused(InputRefused):
    """The limb's surface cannot be followed where the orthosis has to lie."""


@dataclass(frozen=True, slots=True)
class Chart:
    """X(s, θ) of the positive model (mm), C² in both directions, and the spine it was seen from.

    `outward` is the sign that turns X_s × X_θ away from the limb. `missed` is the share of the
    wanted rays that met no skin.
    """

    surface: BSplineSurface
    spine: Spine
    outward: float
    missed: float

    def point(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """Points (..., 3) of the inner surface."""
        return self.surface(s, theta)

    def normal(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """Unit normals (..., 3) pointing away from the limb."""
        return self.outward * self.surface.normal(s, theta)

    def raised(self, s: ArrayLike, theta: ArrayLike, height: FloatArray) -> FloatArray:
        """Points (..., 3) at a height (...,), mm, over the inner surface along its normal."""
        point, *slopes = self.surface.partials(s, theta, ((0, 0), (1, 0), (0, 1)))
        return point + height[..., None] * (self.outward * unit(cross(*slopes)))

    def area_density(self, s: ArrayLike, theta: ArrayLike) -> FloatArray:
        """‖X_s × X_θ‖ in mm²/(mm·rad): positive wherever the chart does not fold."""
        product = cross(*self.surface.partials(s, theta, ((1, 0), (0, 1))))
        return np.linalg.norm(product, axis=-1)


def chart_positive(positive: PositiveModel, outline: Outline) -> Chart:
    """The chart of a positive model, from its highest whole ring to beyond the footplate's tip."""
    spine = _spine(positive, outline, float(positive.mesh.vertices[:, 2].max()))
    spine = _spine(positive, outline, _whole_from(positive, spine))
    s = np.linspace(0.0, spine.length, int(np.ceil(spine.length / RAY_STEP_MM)) + 1)
    theta_count = 2 * int(np.ceil(THETA_MAX / RAY_STEP_RAD)) + 1
    theta = np.linspace(-THETA_MAX, THETA_MAX, theta_count)
    radius, weight, skin, missed = _radii(positive, spine, outline, s, theta)

    spans_s = int(np.ceil(spine.length / KNOT_STEP_MM))
    spans_theta = 2 * int(np.ceil(THETA_MAX / KNOT_STEP_RAD))
    knots_s = clamped_knots(0.0, spine.length, spans_s)
    knots_theta = clamped_knots(-THETA_MAX, THETA_MAX, spans_theta)
    reach = float(np.median(radius[weight > 0.0]))
    grid = RayGrid(s, theta, knots_s, knots_theta, reach)
    coefficients = fitted_radius(grid, radius, weight, skin)

    fine_s = np.linspace(0.0, spine.length, 4 * SURFACE_SPANS * spans_s + 1)
    fine_theta = np.linspace(-THETA_MAX, THETA_MAX, 4 * SURFACE_SPANS * spans_theta + 1)
    smooth = BSpline(knots_theta, BSpline(knots_s, coefficients, 3)(fine_s).T, 3)(fine_theta).T
    smooth = bridged(smooth, fine_theta)
    origins, directions = spine.rays(fine_s, fine_theta)
    surface = fit_surface(
        fine_s,
        fine_theta,
        origins + smooth[..., None] * directions,
        clamped_knots(0.0, spine.length, SURFACE_SPANS * spans_s),
        clamped_knots(-THETA_MAX, THETA_MAX, SURFACE_SPANS * spans_theta),
    )

    # The spine lies inside, so the outward side is the one away from it.
    probe_s, probe_theta = np.array([0.25, 0.75]) * spine.length, np.zeros(2)
    away = surface(probe_s, probe_theta) - spine.centre(probe_s)
    facing = np.einsum("ij,ij->i", surface.normal(probe_s, probe_theta), away)
    return Chart(surface, spine, float(np.sign(facing.sum())), missed)


def offset_surface(
    chart: Chart, offset: Callable[[FloatArray, FloatArray], FloatArray]
) -> BSplineSurface:
    """X + f(s, θ) n refitted over the chart's own knots; `offset` f in mm, of broadcast arrays."""
    inner = chart.surface
    (s_low, s_high), (t_low, t_high) = inner.domain
    s = np.linspace(s_low, s_high, 4 * (len(inner.knots_s) - 7) + 1)
    theta = np.linspace(t_low, t_high, 4 * (len(inner.knots_theta) - 7) + 1)
    normals = unit(cross(inner.grid(s, theta, ds=1), inner.grid(s, theta, dtheta=1)))
    heights = chart.outward * offset(s[:, None], theta[None, :])[..., None]
    points = inner.grid(s, theta) + heights * normals
    return fit_surface(s, theta, points, inner.knots_s, inner.knots_theta)


def _spine(positive: PositiveModel, outline: Outline, top_height: float) -> Spine:
    """The spine up to a height of the shank axis."""
    heel = positive.landmarks.position("heel_posterior")[1]
    toe = positive.landmarks.position("second_toe_tip")[1]
    return lay_spine(
        positive.ankle_centre,
        positive.shank_axis,
        positive.limb.foot_length,
        top_height,
        outline.front + FRONT_MARGIN_MM,
        float(0.5 * (heel + toe)),
        positive.limb.side.lateral_y,
    )


def _whole_from(positive: PositiveModel, spine: Spine) -> float:
    """Height z (mm) of the shank axis below which the sections are whole rings of skin."""
    s = np.arange(0.0, spine.corner[0], RAY_STEP_MM)
    theta = np.linspace(-WHOLE_THETA, WHOLE_THETA, 49)
    hit, _ = strike(positive, spine, s, theta)
    share = np.isfinite(hit).mean(axis=1)
    broken = np.flatnonzero(share < 0.96)
    # Holes lower down are bridged by the fit; only the ragged top cuts the chart short.
    run = np.flatnonzero(np.convolve(share >= 0.96, np.ones(5), mode="valid") == 5)
    if len(run) == 0:
        raise ChartRefused(
            "The scan shows no whole ring of the shank above the ankle "
            f"({len(broken)} of {len(s)} sections have gaps). Scan the leg all round, up to the "
            "knee."
        )
    return float(spine.centre(s[run[0]])[2])


def strike(
    positive: PositiveModel, spine: Spine, s: FloatArray, theta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ray lengths (len(s), len(θ)), NaN for a miss, and the cosine between ray and skin normal.

    A ray that grazes the skin or strikes it from outside measures nothing.
    """
    origins, directions = spine.rays(s, theta)
    hit, triangle = first_hits(positive.mesh, origins.reshape(-1, 3), directions.reshape(-1, 3))
    normals = positive.mesh.triangle_normals[triangle].reshape(directions.shape)
    facing = np.einsum("ijk,ijk->ij", normals, directions)
    hit = np.where(facing > 0.15, hit.reshape(facing.shape), np.nan)
    return hit, facing


def _radii(
    positive: PositiveModel, spine: Spine, outline: Outline, s: FloatArray, theta: FloatArray
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_], float]:
    """Ray lengths, fit weights, where skin alone counts and was struck; the share of misses.

    All but the last are (len(s), len(θ)).
    """
    hit, facing = strike(positive, spine, s, theta)
    good = np.isfinite(hit)

    centre = spine.centre(s)
    toe_share = smoothstep((centre[:, 0] - outline.wall_end) / SHEET_BLEND_MM + 0.5)[:, None]
    wanted = (np.abs(theta)[None, :] < WHOLE_THETA) & (toe_share < 1e-9)
    missed = float(np.mean(~good[wanted])) if wanted.any() else 1.0

    # The sheet under the toes: rays to z = plate(x); on the straight foot axis x stays constant.
    drop = centre[:, 2] - positive.plate.height(centre[:, 0])
    lowest = drop[toe_share[:, 0] > 0.0].min(initial=np.inf)
    if lowest < LEAST_DROP_MM:
        raise ChartRefused(
            f"The footplate rises to {lowest:.0f} mm below the foot's axis at its tip; at "
            f"least {LEAST_DROP_MM:g} mm have to be left. Lower cast.toe_spring_deg "
            f"({positive.parameters.toe_spring_deg:.3g} deg) to "
            f"{_most_spring(positive, centre):.1f}, or shell.footplate.toe_allowance_mm."
        )
    widest = {
        side: side * spine.lateral_y * -centre[:, 1]
        + np.maximum(outline.reach(centre[:, 0], side), 12.0)
        + SHEET_MARGIN_MM
        for side in (LATERAL, MEDIAL)
    }
    low, high = -np.arctan2(widest[MEDIAL], drop), np.arctan2(widest[LATERAL], drop)
    under = (theta[None, :] >= low[:, None]) & (theta[None, :] <= high[:, None])
    sheet = drop[:, None] / np.where(under, np.cos(theta)[None, :], 1.0)

    skin_weight = np.where(good, (1.0 - toe_share) * facing.clip(0.0, 1.0), 0.0)
    sheet_weight = np.where(under, toe_share, 0.0)
    weight = skin_weight + sheet_weight
    mixed = skin_weight * np.where(good, hit, 0.0) + sheet_weight * sheet
    return mixed / np.where(weight > 0.0, weight, 1.0), weight, good & wanted, missed


def _most_spring(positive: PositiveModel, centre: FloatArray) -> float:
    """The greatest toe spring (deg) under which the plate's end keeps below the spine's."""
    plate, (x, _, z) = positive.plate, centre[-1]
    run = smooth_ramp(x, plate.bend_start, plate.bend_end)
    most = np.arctan((z - plate.level - LEAST_DROP_MM) / run)
    spring = positive.parameters.toe_spring_deg
    return max(float(np.degrees(most - plate.toe_angle)) + spring, 0.0)
