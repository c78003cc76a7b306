"""Hinged: a shell cut into a calf and a foot part that turn about one axis.

Both are regions of one chart (architecture.md, "Watch the chart", 5). Behind the axis the
half-plane through it divides them: their edges there are the stop. In front a wedge is left open,
so that the calf part may come forward. Round the axis both have an ear; the calf part's lies
outside, by the foot part's wall and a gap.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.blend import smoothstep
from afo_designer.geometry.contour import zero_loops
from afo_designer.geometry.sheet import inside
from afo_designer.shell.bare_wall import checked_hollows
from afo_designer.shell.bump import Boss, least_blend
from afo_designer.shell.ceiling import ceiling_over
from afo_designer.shell.chart import Chart
from afo_designer.shell.hinge import HingeAxis, HingeRefused, lifted
from afo_designer.shell.holes import round_hole, with_room
from afo_designer.shell.mark import Lettering, foot_lines
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.shell import Shell, lettered
from afo_designer.shell.thickness import with_bumps
from afo_designer.shell.trim import SAMPLE_MM, even_loop

CALF, FOOT = "calf", "foot"
# The edges of the stop stand this far apart where it is closed, mm ([D]: what prints vary by;
# beside the midline the calf part's wall begins to lift, and its edge tilts), on a small foot
# less: by this angle.
SPARE_MM, SPARE_ANGLE = 0.3, np.radians(1.0 / 3.0)
# Grid (mm) on which the regions' borders are found.
GRID_MM = 1.0
# Fillet between ear and part, as a share of the ear's radius.
FILLET = 0.4
# Beside the stop the calf part's edge rises off the foot part's by this much (mm), over the length
# beside it: only the stop shall bear.
RELIEF_MM, RELIEF_OVER_MM = 3.0, 12.0
# In front the foot part's edge falls from the axis at this angle, and the calf part's leaves it at
# the dorsiflexion wanted and this much more.
FRONT_FALL, FRONT_SPARE = np.radians(20.0), np.radians(8.0)


def shell_parts(shell: Shell) -> tuple[tuple[str, Shell], ...]:
    """The shells that are printed, by the names of their parts: of one part the shell itself.

    Of two each has the mark. Raises `MarkRefused` where the foot part has no room for it.
    """
    if shell.hinge is None:
        return (("", shell),)
    calf, (name, foot) = hinged(shell, shell.hinge)
    if shell.mark is None:
        return calf, (name, foot)
    lettering = Lettering(shell.mark.text, shell.mark.marking)
    lines = partial(foot_lines, foot.trim, foot.stations)
    return calf, (name, lettered(foot, lettering, lines, "the foot part", upright=True))


Parts = tuple[tuple[str, Shell], tuple[str, Shell]]
# The shell cut last: mesh, bench, bodies and motion of one design all ask for its parts.
_CUT_LAST: list[tuple[Shell, HingeAxis, Parts]] = []


def hinged(shell: Shell, axis: HingeAxis) -> Parts:
    """Calf and foot part of a shell; the very same ones when asked again for the same shell."""
    for known, about, parts in _CUT_LAST:
        if known is shell and about is axis:
            return parts
    parts = _parted(shell, axis)
    _CUT_LAST[:] = [(shell, axis, parts)]
    return parts


def _parted(shell: Shell, axis: HingeAxis) -> Parts:
    hinge = shell.parameters.hinge
    rise = float(shell.thickness(shell.stations.ankle, 0.0)) + hinge.gap_mm
    outer = lifted(shell.chart, axis, rise)
    foot, calf = _cut(shell, shell.chart, axis, FOOT), _cut(shell, outer, axis, CALF)
    ceiling = ceiling_over(outer.surface, outer.outward)
    checked_hollows(outer, calf.trim, ceiling, partial(_shapers, shell))
    calf = replace(calf, thickness=replace(calf.thickness, ceiling=ceiling))
    if hinge.boss_mm > 0.0:
        bosses = [
            Boss(
                axis.seat(side) + side * rise * axis.direction,
                side * axis.direction,
                0.5 * hinge.ear_radius_mm,
                hinge.boss_mm,
                least_blend(hinge.boss_mm),
            )
            for side in (LATERAL, MEDIAL)
        ]
        calf = replace(calf, thickness=with_bumps(calf.thickness, outer.surface, bosses))
    return (CALF, calf), (FOOT, foot)


def _shapers(shell: Shell, place: FloatArray) -> str:
    """What shapes the calf part where it is lifted over the foot part."""
    hinge, leaf = shell.parameters.hinge, shell.parameters.leaf
    return (
        f"shell.hinge.ear_radius_mm ({hinge.ear_radius_mm:.3g}), shell.leaf.thickness_mm "
        f"({leaf.thickness_mm:.3g}) or shell.leaf.section_radius_mm ({leaf.section_radius_mm:.3g})"
    )


def _cut(shell: Shell, chart: Chart, axis: HingeAxis, name: str) -> Shell:
    """One part: its boundary, its own openings and the hinge's holes."""
    hinge = shell.parameters.hinge
    boundary = _boundary(shell, axis, name)
    trim = replace(shell.trim, boundary=boundary)
    kept = tuple(one for one in shell.openings if _holds(boundary, one.loop))
    holes = tuple(
        round_hole(
            chart,
            _parameters(chart, axis, side),
            hinge.diameter_mm + hinge.play_mm,
            hole_name(side),
        )
        for side in (LATERAL, MEDIAL)
    )
    change = "shell.hinge.ear_radius_mm or diameter_mm"
    holes = with_room(chart, trim, holes, kept, change=change)
    mark = shell.mark if name == CALF else None
    return replace(shell, chart=chart, trim=trim, openings=(*kept, *holes), mark=mark)


def _boundary(shell: Shell, axis: HingeAxis, name: str) -> FloatArray:
    """The closed outline (m, 2) of a part: where its field is zero."""
    low, high = shell.trim.boundary.min(axis=0), shell.trim.boundary.max(axis=0)
    reach = 4.0 * GRID_MM
    s = np.linspace(low[0] - reach, high[0] + reach, int((high[0] - low[0]) / GRID_MM) + 9)
    (s_low, s_high), (t_low, t_high) = shell.chart.surface.domain
    s = s[(s > s_low) & (s < s_high)]
    count = 2 * int(np.ceil((t_high - t_low) * 60.0 / GRID_MM / 2.0)) + 1
    theta = np.linspace(t_low, t_high, count)
    points = shell.chart.surface.grid(s, theta)
    field = _field(shell, axis, name, s, theta, points)
    loops = zero_loops(s, theta, field)
    if not loops:
        raise HingeRefused(f"The {name} part of the hinged orthosis is empty.")
    return even_loop(shell.chart, loops[0], SAMPLE_MM)


def _field(
    shell: Shell,
    axis: HingeAxis,
    name: str,
    s: FloatArray,
    theta: FloatArray,
    points: FloatArray,
) -> FloatArray:
    """(len(s), len(θ)): about the distance (mm) inside a part, negative outside."""
    hinge = shell.parameters.hinge
    behind, above, along = axis.flat(points)
    side = np.where(theta > 0.0, LATERAL, MEDIAL)[None, :]
    facing = side * along > 0.0
    ear = np.where(facing, hinge.ear_radius_mm - np.hypot(behind, above), -1e3)
    whole = _depth(shell, s, theta, points)
    fillet = FILLET * hinge.ear_radius_mm
    if name == FOOT:
        front = -(above * np.cos(FRONT_FALL) - behind * np.sin(FRONT_FALL))
        own = np.minimum(-above, front)
    else:
        # across the midline, on either side of it, lies the stop
        half = 0.5 * hinge.stop_width_mm
        aside = np.abs(along) - half
        lift = RELIEF_MM * smoothstep(aside / RELIEF_OVER_MM)
        rise = np.radians(hinge.dorsiflexion_deg) + FRONT_SPARE - FRONT_FALL
        front = above * np.cos(rise) + behind * np.sin(rise)
        spare = min(SPARE_MM, SPARE_ANGLE * float(behind[np.abs(above) < GRID_MM].max()))
        back = above * np.cos(axis.opening) - behind * np.sin(axis.opening) - lift - spare
        own = np.minimum(back, front)
    return _either(_both(whole, own, fillet), ear, fillet)


def _depth(shell: Shell, s: FloatArray, theta: FloatArray, points: FloatArray) -> FloatArray:
    """(len(s), len(θ)): distance (mm) inside the whole shell's outline."""
    loop = shell.trim.boundary
    finer = np.stack([loop, 0.5 * (loop + np.roll(loop, -1, axis=0))], axis=1).reshape(-1, 2)
    away = cKDTree(shell.chart.point(*finer.T)).query(points.reshape(-1, 3))[0]
    within = inside([loop], s, theta)
    return np.where(within, 1.0, -1.0) * away.reshape(within.shape)


def _both(first: FloatArray, second: FloatArray, radius: float) -> FloatArray:
    """The lesser of two, its corner rounded."""
    near = np.maximum(radius - np.abs(first - second), 0.0) / radius
    return np.minimum(first, second) - 0.25 * radius * near**2


def _either(first: FloatArray, second: FloatArray, radius: float) -> FloatArray:
    """The greater of two, the corner between them filled."""
    return -_both(-first, -second, radius)


def _parameters(chart: Chart, axis: HingeAxis, side: float) -> FloatArray:
    """(s, θ) where the axis meets a side of the chart."""
    target = axis.seat(side)
    s = np.linspace(*chart.surface.domain[0], 200)
    theta = side * np.linspace(0.5, 2.2, 100)
    points = chart.surface.grid(s, np.sort(theta))
    nearest = np.unravel_index(
        np.argmin(np.linalg.norm(points - target, axis=-1)), points.shape[:2]
    )
    at = np.array([s[nearest[0]], np.sort(theta)[nearest[1]]])
    axes = np.stack([axis.back, axis.up])
    for _ in range(20):
        gap = axes @ (chart.point(*at) - axis.centre)
        tangents = np.column_stack(
            [chart.surface(at[0], at[1], ds=1), chart.surface(at[0], at[1], dtheta=1)]
        )
        at = at - np.linalg.solve(axes @ tangents, gap)
    return at


def hole_name(side: float) -> str:
    """The opening through which the axis passes on a side."""
    return "hinge lateral" if side == LATERAL else "hinge medial"


def _holds(boundary: FloatArray, loop: FloatArray) -> bool:
    """Whether a loop's middle lies inside a boundary."""
    middle = loop.mean(axis=0)
    return bool(inside([boundary], middle[:1], middle[1:])[0, 0])
