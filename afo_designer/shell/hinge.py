"""Hinge: the axis through both malleoli, and the flat seats that its ears need on the chart.

Ears that slide over each other have to be flat and square to the axis. So the chart is brought out
to a plane over each malleolus, as an orthotist fixes dummy joints on the cast, and falls back to
the limb around it. Points move along the axis only: distance from it and angle about it stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray, cross, frozen, unit
from afo_designer.geometry.blend import smoothstep
from afo_designer.geometry.bspline import fit_surface
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.chart import THETA_MAX, Chart
from afo_designer.shell.hollows import bridged, rounded
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.parameters import Hinge as HingeParameters

# The kind of an orthosis that has no hinge.
NO_HINGE = "none"
# The kind whose pins are printed, and the least play they need in their holes, mm: parts that fit
# each other leave 0.4 mm, ± 0.2 mm for each (HP's design guide for Multi Jet Fusion, read in a
# service's copy).
PRINTED_PIN, LEAST_PLAY_MM = "printed_pin", 0.4
# The axis passes the malleoli's apices at most this far off (the limit).
MOST_OFF_MM = 5.0
# A seat is flat this far beyond the ear: the fillets by which the ears join their parts lie there.
BEYOND_EAR = 0.45
# A seat falls back to the limb over this share of the foot's length: shorter, and its foot is too
# hollow for the wall ([D]: 0.13 leaves a radius of 10 mm there on a man's leg).
FALL_SHARE = 0.13
# Between these angles from the midline a seat's fall fades out: the stop lies on the limb itself.
SEAT_FROM, SEAT_WHOLE = np.radians(18.0), np.radians(52.0)
# Where a malleolus stands far back the fall is done before the flat seat, but never within this.
LEAST_WHOLE = np.radians(34.0)
# No hollow round a seat is sharper than this share of the foot's length: as `FALL_SHARE` leaves it.
HOLLOW_SHARE = 0.04
# Nor any shoulder of a seat than this share: the chart's splines could not follow it ([D]).
SHOULDER_SHARE = 0.032
# Behind these angles the points of a seat go back to their rays, so that none of its flank is bare.
ON_RAYS, OFF_RAYS = np.radians(58.0), np.radians(82.0)
# Sections are seen from the spine at this many times as many rays as they have points.
FINER = 4
# Seats are searched for their height on a grid this fine, mm.
SEARCH_MM = 1.0


class HingeRefused(InputRefused):
    """A hinge that this limb or these parameters do not allow."""


@dataclass(frozen=True, slots=True)
class HingeAxis:
    """The axis: through `centre` (3,) mm, half-way between the seats, along `direction` (3,).

    `direction` points to the lateral side; `back` and `up` (3,) are square to it and to each other.
    `flat_mm`: radius of the flat seats; `fall_mm`: length over which they fall back. `seats`:
    (lateral, medial) heights of the flat seats along the axis from `centre`, mm, both positive.
    `opening` (rad): how far the stop stands open in the orthosis's own pose. `whole`: (lateral,
    medial) |θ| from which on a seat is whole; nearer to the midline it falls back.
    """

    centre: FloatArray
    direction: FloatArray
    back: FloatArray
    up: FloatArray
    flat_mm: float
    fall_mm: float
    seats: tuple[float, float]
    opening: float = 0.0
    whole: tuple[float, float] = (SEAT_WHOLE, SEAT_WHOLE)

    def __post_init__(self) -> None:
        for name in ("centre", "direction", "back", "up"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))

    def flat(self, points: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(back, up, along) coordinates (...,) of points (..., 3), mm."""
        away = np.asarray(points, dtype=np.float64) - self.centre
        return away @ self.back, away @ self.up, away @ self.direction

    def share(self, points: ArrayLike) -> FloatArray:
        """(...,): 1 on the flat seats, falling to 0 over `fall_mm` around them."""
        behind, above, _ = self.flat(points)
        away = np.hypot(behind, above)
        return 1.0 - smoothstep((away - self.flat_mm) / self.fall_mm)

    def seat(self, side: float) -> FloatArray:
        """(3,): the middle of a side's seat, on the inner surface."""
        height = self.seats[0] if side == LATERAL else self.seats[1]
        return np.asarray(self.centre + side * height * self.direction)


def place_hinge(positive: PositiveModel, chart: Chart, parameters: HingeParameters) -> HingeAxis:
    """The axis through the malleoli's apices, moved as asked, and its seats on a chart.

    Raises `HingeRefused` where it is moved further off the malleoli than allowed.
    """
    lateral, medial = (
        positive.landmarks.position(f"{side}_malleolus") for side in ("lateral", "medial")
    )
    off = float(np.hypot(parameters.forward_mm, parameters.above_mm))
    if off > MOST_OFF_MM:
        raise HingeRefused(
            f"The hinge's axis passes {off:.1f} mm off the malleoli (shell.hinge.forward_mm "
            f"{parameters.forward_mm:g} mm, shell.hinge.above_mm {parameters.above_mm:g} mm); at "
            f"most {MOST_OFF_MM:g} mm are allowed, or the orthosis rubs and pistons on the leg."
        )
    if parameters.kind == PRINTED_PIN and parameters.play_mm < LEAST_PLAY_MM:
        raise HingeRefused(
            f"shell.hinge.kind is {parameters.kind!r} and shell.hinge.play_mm "
            f"{parameters.play_mm:g} mm: a printed pin in a printed hole needs "
            f"{LEAST_PLAY_MM:g} mm, or it has to be reamed. Raise the play, or take 'standard'."
        )
    direction = unit(lateral - medial)
    back = unit(-np.array([1.0, 0.0, 0.0]) + direction[0] * direction)
    up = cross(back, direction)
    up = up if up[2] > 0.0 else -up
    centre = 0.5 * (lateral + medial) - parameters.forward_mm * back + parameters.above_mm * up
    flat = (1.0 + BEYOND_EAR) * parameters.ear_radius_mm
    fall = FALL_SHARE * positive.limb.foot_length
    opening = _stop_opening(parameters, float(np.degrees(positive.ankle_angle)))
    bare = HingeAxis(centre, direction, back, up, flat, fall, (0.0, 0.0), opening)
    return replace(bare, seats=_seats(chart, bare), whole=_whole(chart, bare))


def _stop_opening(parameters: HingeParameters, neutral_deg: float) -> float:
    """How far (rad) below the orthosis's own angle plantarflexion is stopped."""
    asked = parameters.stop_angle_deg
    if isinstance(asked, str):
        return 0.0
    if asked > neutral_deg + 1e-6:
        raise HingeRefused(
            f"The stop (shell.hinge.stop_angle_deg) is at {asked:g} deg, above the orthosis's own "
            f"angle of {neutral_deg:.1f} deg, at which its parts would pass through each other. "
            "Lower the stop, or raise the neutral angle."
        )
    return float(np.radians(max(0.0, neutral_deg - asked)))


def _seats(chart: Chart, axis: HingeAxis) -> tuple[float, float]:
    """How far out the limb reaches on either side within the flat radius."""
    heights = []
    for side in (LATERAL, MEDIAL):
        (low, high), _ = chart.surface.domain
        s = np.linspace(low, high, int((high - low) / SEARCH_MM))
        theta = side * np.arange(SEAT_FROM, THETA_MAX, SEARCH_MM / 40.0)
        behind, above, along = axis.flat(chart.surface.grid(s, np.sort(theta)))
        near = (np.hypot(behind, above) < axis.flat_mm) & (side * along > 0.0)
        if not near.any():
            raise HingeRefused("The hinge's axis meets no skin on one side of the ankle.")
        heights.append(float((side * along)[near].max()))
    return heights[0], heights[1]


def _whole(chart: Chart, axis: HingeAxis) -> tuple[float, float]:
    """|θ| on either side from which on the seat is whole: before what is to be flat begins."""
    s, theta = _lines(chart)
    behind, above, along = axis.flat(chart.surface.grid(s, theta))
    shoulder = 0.5 * SHOULDER_SHARE / FALL_SHARE * axis.fall_mm
    near = np.hypot(behind, above) < axis.flat_mm + shoulder
    found = []
    for side in (LATERAL, MEDIAL):
        on = (near & (side * along > 0.0)).any(axis=0) & (side * theta > SEAT_FROM)
        first = np.abs(theta[on]).min() if on.any() else SEAT_WHOLE
        found.append(float(np.clip(first, LEAST_WHOLE, SEAT_WHOLE)))
    return found[0], found[1]


def seated(chart: Chart, axis: HingeAxis) -> Chart:
    """The chart brought out to the flat seats over both malleoli."""

    def moved(points: FloatArray, theta: FloatArray) -> FloatArray:
        share, along = seat_share(axis, points, theta), axis.flat(points)[2]
        side = np.where(theta > 0.0, LATERAL, MEDIAL)
        height = np.where(theta > 0.0, *axis.seats)
        rise = share * np.maximum(height - side * along, 0.0)
        return points + (side * rise)[..., None] * axis.direction

    return _mapped(chart, moved, axis, on_rays=True)


def lifted(chart: Chart, axis: HingeAxis, height_mm: float) -> Chart:
    """The chart lifted off itself where the ears lie: the outer part's inner surface."""
    axis = replace(axis, whole=_whole(chart, axis))

    def moved(points: FloatArray, theta: FloatArray) -> FloatArray:
        return points + height_mm * seat_share(axis, points, theta)[..., None] * normals

    (s, theta) = _lines(chart)
    slopes = chart.surface.grid(s, theta, ds=1), chart.surface.grid(s, theta, dtheta=1)
    normals = chart.outward * unit(cross(*slopes))
    return _mapped(chart, moved, axis, on_rays=False)


def seat_share(axis: HingeAxis, points: FloatArray, theta: FloatArray) -> FloatArray:
    """The seats' share, none on the midline nor on the far side of the limb."""
    side = np.where(theta > 0.0, LATERAL, MEDIAL)
    whole = np.where(theta > 0.0, *axis.whole)
    beside = smoothstep((np.abs(theta) - SEAT_FROM) / (whole - SEAT_FROM))
    return np.where(side * axis.flat(points)[2] > 0.0, beside * axis.share(points), 0.0)


def _lines(chart: Chart) -> tuple[FloatArray, FloatArray]:
    """Lines (s, θ) of the grid that a changed surface is fitted through: four to a span."""
    surface = chart.surface
    (s_low, s_high), (t_low, t_high) = surface.domain
    return (
        np.linspace(s_low, s_high, 4 * (len(surface.knots_s) - 7) + 1),
        np.linspace(t_low, t_high, 4 * (len(surface.knots_theta) - 7) + 1),
    )


def _mapped(
    chart: Chart,
    moved: Callable[[FloatArray, FloatArray], FloatArray],
    axis: HingeAxis,
    on_rays: bool,
) -> Chart:
    s, theta = _lines(chart)
    skin = chart.surface.grid(s, theta)
    points = moved(skin, theta[None, :])
    beside = seat_share(axis, skin, theta[None, :]).max(axis=1) > 0.0
    foot = axis.fall_mm / FALL_SHARE
    back = 1.0 - smoothstep((np.abs(theta) - ON_RAYS) / (OFF_RAYS - ON_RAYS))
    share = back if on_rays else np.zeros_like(theta)
    points[beside] = _faired(chart, s[beside], skin[beside], points[beside], foot, share)
    surface = fit_surface(s, theta, points, chart.surface.knots_s, chart.surface.knots_theta)
    return replace(chart, surface=surface)


def _faired(
    chart: Chart,
    s: FloatArray,
    skin: FloatArray,
    points: FloatArray,
    foot: float,
    on_rays: FloatArray,
) -> FloatArray:
    """Sections (n, m, 3) at stations s without sharp shoulders and hollows; nowhere under `skin`.

    Points have left the rays of their own angles, so every section is seen anew from the spine;
    by the share `on_rays` (m,) they go back to where the skin had them.
    """
    centre = chart.spine.centre(s)[:, None]
    axes = np.stack(chart.spine.axes(s), axis=1)

    def polar(at: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        off, out, across = np.moveaxis(np.einsum("nmi,nki->nmk", at - centre, axes), -1, 0)
        return np.arctan2(across, out), np.hypot(across, out), off

    angle, radius, off = polar(points)
    before, bare, _ = polar(skin)
    even = np.linspace(angle.min(), angle.max(), FINER * points.shape[1])
    seen = _rows(even, angle, radius)
    fair = rounded(seen, even, SHOULDER_SHARE * foot)
    fair = np.maximum(fair, np.minimum(seen, _rows(even, before, bare)))
    rise = bridged(fair, even, HOLLOW_SHARE * foot) - seen
    at = angle + on_rays * (before - angle)
    reach = _rows(at, angle, radius) + _rows(at, np.broadcast_to(even, rise.shape), rise)
    own = np.stack([_rows(at, angle, off), reach * np.cos(at), reach * np.sin(at)], axis=-1)
    return np.asarray(centre + np.einsum("nmk,nki->nmi", own, axes))


def _rows(at: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Every row of y over x, linearly between, at `at` (one row for all, or one each)."""
    wanted = np.broadcast_to(at, (len(x), at.shape[-1]))
    return np.array([np.interp(*row) for row in zip(wanted, x, y, strict=True)])
