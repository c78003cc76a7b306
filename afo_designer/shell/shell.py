"""Shell: chart, trim and thickness; the only object that is called the orthosis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray, cross, unit
from afo_designer.geometry.blend import smoothstep
from afo_designer.geometry.bspline import BSplineSurface
from afo_designer.geometry.rounding import rounding_radius
from afo_designer.geometry.solid import BSplineSolid, RimLoop
from afo_designer.geometry.wall_volume import wall_volume
from afo_designer.shell.bare_wall import cast_shapers, checked_hollows
from afo_designer.shell.bump import Rib
from afo_designer.shell.ceiling import ceiling_over
from afo_designer.shell.chart import Chart, ChartRefused, chart_positive, offset_surface
from afo_designer.shell.crowding import checked_rims
from afo_designer.shell.cup import cup_of
from afo_designer.shell.edge import checked_edge
from afo_designer.shell.hinge import NO_HINGE, HingeAxis, place_hinge, seated
from afo_designer.shell.holes import with_room
from afo_designer.shell.mark import Lettering, Lines, Mark, calf_lines, lay_mark
from afo_designer.shell.opening import SLOT, WINDOW, Opening
from afo_designer.shell.openings import shell_openings
from afo_designer.shell.outline import Outline, plate_outline
from afo_designer.shell.parameters import Leaf, ShellParameters
from afo_designer.shell.ribs import CORRUGATION, folded, ribs_of
from afo_designer.shell.side_wall import flared_walls
from afo_designer.shell.standoff import stood_off
from afo_designer.shell.stations import Stations, place_stations
from afo_designer.shell.strap_loops import strap_loops
from afo_designer.shell.thickness import ThicknessField, thickness_field, with_bumps, with_cup
from afo_designer.shell.trim import TrimRegion, trim_region
from afo_designer.shell.windows import calf_field, calf_windows

# The leaf's parameters that move its edges; the others are of the wall alone.
TRIMMING = ("edge", "width_mm", "root_widening_mm", "trim_anterior_mm")


@dataclass(frozen=True, slots=True)
class Shell:
    """The orthosis: inner surface, outline, openings, wall.

    `finish_mm`: what finishing adds to the printed wall, both faces together; mechanics have the
    finished wall, the body that is printed the nominal one.
    `folds`: where the wall is bent out of the limb's shape, over straps or for stiffness.
    With a `hinge` it is made in two parts (`hinged`), of which it is the whole before the cut.
    """

    chart: Chart
    outline: Outline
    stations: Stations
    trim: TrimRegion
    openings: tuple[Opening, ...]
    thickness: ThicknessField
    parameters: ShellParameters
    hinge: HingeAxis | None = None
    mark: Mark | None = None
    finish_mm: float = 0.0
    folds: tuple[Rib, ...] = ()

    @property
    def outer_surface(self) -> BSplineSurface:
        """X + h n, refitted over the chart's own knots."""
        return offset_surface(self.chart, self.thickness)

    @property
    def solid(self) -> BSplineSolid:
        """The closed body: both faces end an edge's radius inside the trim, round rims close it."""
        loops, outer, radius = self._rims(), self.outer_surface, self.parameters.edge.radius_mm
        reliefs = () if self.mark is None else self.mark.reliefs(outer, self.chart.outward)
        return BSplineSolid(self.chart.surface, outer, loops, radius, reliefs)

    @property
    def volume(self) -> float:
        """mm³ of the closed body without its mark, as `wall_volume` has it; refused as the body."""
        return wall_volume(
            self.chart.surface,
            self.chart.outward,
            self.thickness,
            self._rims(),
            self.parameters.edge.radius_mm,
        )

    def _rims(self) -> tuple[RimLoop, ...]:
        """Where the faces end; raises `ChartRefused` or `OpeningRefused` where they cannot."""
        edge = RimLoop(self.set_in(self.trim.boundary, hole=False), hole=False)
        self._refuse_beyond(edge.parameters)
        self._refuse_crowded()
        holes = (self.set_in(opening.loop, hole=True) for opening in self.openings)
        return (edge, *(RimLoop(loop, hole=True) for loop in holes))

    def _refuse_beyond(self, rim: FloatArray) -> None:
        """Raises `ChartRefused` where the edge runs off the charted limb."""
        low, high = np.array(self.chart.surface.domain).T
        if (rim < low).any() or (rim > high).any():
            reach, most = np.degrees(np.abs(rim[:, 1]).max()), np.degrees(high[1])
            raise ChartRefused(
                f"The edge reaches {reach:.0f} deg round the limb and from {rim[:, 0].min():.0f} "
                f"to {rim[:, 0].max():.0f} mm down it; it may reach {most:.0f} deg, and from "
                f"{low[0]:.0f} to {high[0]:.0f} mm. Lower shell.calf.wrap_deg, "
                "shell.shin.overlap_mm or shell.footplate.toe_allowance_mm."
            )

    def _refuse_crowded(self) -> None:
        """Raises `OpeningRefused` where the roundings of two rims overlap."""
        loops = [self.trim.boundary, *(opening.loop for opening in self.openings)]
        walls = [self.thickness(*loop.T) for loop in loops]
        radii = [rounding_radius(0.5 * wall, self.parameters.edge.radius_mm) for wall in walls]
        checked_rims([self.chart.point(*loop.T) for loop in loops], radii, self.openings)

    @property
    def least_edge_wall(self) -> float:
        """The thinnest wall (mm) along the edge and in the openings."""
        loops = [self.trim.boundary, *(opening.loop for opening in self.openings)]
        return float(min(self.thickness(*loop.T).min() for loop in loops))

    def set_in(self, loop: FloatArray, hole: bool, walls: ArrayLike | None = None) -> FloatArray:
        """A closed loop moved into the material along the surface: by a share of the wall.

        Without one by its edge's radius.
        """
        s, theta = loop.T
        points = self.chart.point(s, theta)
        along = unit(np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0))
        into = unit(cross(self.chart.surface.normal(s, theta), along))
        # Left of a loop that runs counter-clockwise in the (s, θ) plane lies its inside.
        turning = np.sum(s * np.roll(theta, -1) - np.roll(s, -1) * theta)
        if (turning > 0.0) == hole:
            into = -into
        wall = self.thickness(s, theta)
        rounded = rounding_radius(0.5 * wall, self.parameters.edge.radius_mm)
        shift = (rounded if walls is None else np.asarray(walls) * wall)[:, None] * into
        x_s, x_t = self.chart.surface(s, theta, ds=1), self.chart.surface(s, theta, dtheta=1)
        jacobian = np.stack([x_s, x_t], axis=-1)
        metric = np.swapaxes(jacobian, 1, 2) @ jacobian
        pull = np.einsum("nij,ni->nj", jacobian, shift)
        return loop + np.linalg.solve(metric, pull[..., None])[..., 0]


def form_shell(
    positive: PositiveModel,
    parameters: ShellParameters,
    room_mm: float | None = None,
    lettering: Lettering | None = None,
) -> Shell:
    """The shell of a family over a positive model, marked with `lettering` where that is given.

    `room_mm`: how long the person's shoe is inside, from the counter to the insole's end.
    """
    checked_edge(parameters)
    outline = plate_outline(positive, parameters, room_mm)
    chart = chart_positive(positive, outline)
    stations = place_stations(positive, chart, parameters, outline)
    chart = stood_off(chart, stations, parameters, positive.limb.foot_length)
    chart = flared(chart, stations, parameters)
    chart = flared_walls(positive, chart, outline, parameters)
    hinge = None
    if parameters.hinge.kind != NO_HINGE:
        hinge = place_hinge(positive, chart, parameters.hinge)
        chart = seated(chart, hinge)
    trim = trim_region(positive, chart, stations, outline, parameters)
    openings = shell_openings(chart, trim, stations, parameters)
    bridges, loops = strap_loops(chart, trim, stations, parameters)
    openings = (*openings, *with_room(chart, trim, loops, openings, change="shell.straps"))
    ribs, folds = ribs_of(positive, chart, trim, stations, parameters), bridges
    if parameters.ribs.form == CORRUGATION:
        ribs, folds = (), (*bridges, *ribs)
    chart = folded(chart, folds)
    wall = _wall(positive, chart, stations, parameters)
    thickness = with_bumps(wall, chart.surface, ribs)
    ceiling = ceiling_over(chart.surface, chart.outward)
    checked_hollows(chart, trim, ceiling, cast_shapers(positive, parameters.leaf))
    thickness = replace(thickness, ceiling=ceiling)
    shell = Shell(
        chart, outline, stations, trim, openings, thickness, parameters, hinge, folds=folds
    )
    return windowed(shell if lettering is None else marked(shell, lettering))


def _wall(
    positive: PositiveModel, chart: Chart, stations: Stations, parameters: ShellParameters
) -> ThicknessField:
    """The wall without bumps."""
    cup = cup_of(chart, stations, parameters, positive.limb.foot_length)
    return with_cup(thickness_field(stations, parameters), chart.surface, cup)


def windowed(shell: Shell, stressed: FloatArray | None = None) -> Shell:
    """The shell with windows in its calf, in place of those it has.

    `stressed` (n, 2) in (s, θ): places they keep off. Raises `OpeningRefused` where too few find
    room.
    """
    others, mark = _barring(shell)
    windows = calf_windows(
        shell.chart, shell.trim, shell.stations, shell.parameters, others, mark, stressed
    )
    return replace(shell, openings=(*others, *windows))


def free_area_percent(shell: Shell) -> float:
    """What a shell's windows open of the part of the calf where windows may be by rule, %."""
    others, mark = _barring(shell)
    field = calf_field(shell.chart, shell.trim, shell.stations, shell.parameters, others, mark)
    opened = 0.0
    for one in shell.openings:
        if one.kind == WINDOW:
            rim = shell.chart.point(*one.loop.T)
            rim = rim - rim.mean(axis=0)
            twice = np.cross(rim, np.roll(rim, -1, axis=0)).sum(axis=0)
            opened += 0.5 * float(np.linalg.norm(twice))
    return 100.0 * opened / field.area


def _barring(shell: Shell) -> tuple[tuple[Opening, ...], FloatArray | None]:
    """The openings that windows keep off, and the mark's outline."""
    others = tuple(one for one in shell.openings if one.kind != WINDOW)
    mark = None if shell.mark is None else shell.mark.border(shell.outer_surface, shell.chart)
    return others, mark


def marked(shell: Shell, lettering: Lettering) -> Shell:
    """The shell with a mark; raises `MarkRefused` where it finds no room."""
    marking = lettering.marking
    lines = partial(calf_lines, shell.trim, shell.stations, shell.parameters, marking)
    return lettered(shell, lettering, lines, f"marking.place {marking.place!r}")


def lettered(
    shell: Shell, lettering: Lettering, lines: Lines, where: str, *, upright: bool = False
) -> Shell:
    """The shell with a mark as `lay_mark` lays it."""
    mark = lay_mark(
        shell.chart,
        shell.outer_surface,
        shell.trim,
        shell.thickness,
        shell.openings,
        lettering,
        lines,
        where,
        upright=upright,
    )
    return replace(shell, mark=mark)


def flare_of(stations: Stations, parameters: ShellParameters, s: FloatArray) -> FloatArray:
    """Outward flare (mm) at stations s: full at the proximal edge, none below its length."""
    calf = parameters.calf
    return calf.flare_mm * (1.0 - smoothstep((s - stations.top) / calf.flare_length_mm))


def flared(chart: Chart, stations: Stations, parameters: ShellParameters) -> Chart:
    """The chart with the proximal edge bent away from the calf."""
    surface = offset_surface(
        chart, lambda s, theta: flare_of(stations, parameters, s + 0.0 * theta)
    )
    return replace(chart, surface=surface)


def with_leaf(shell: Shell, positive: PositiveModel, leaf: Leaf) -> Shell:
    """The same shell over the same chart with another leaf."""
    parameters = replace(shell.parameters, leaf=leaf)
    wall = _wall(positive, shell.chart, shell.stations, parameters)
    wall = with_bumps(wall, shell.chart.surface, shell.thickness.bumps)
    wall = replace(wall, ceiling=shell.thickness.ceiling)
    changed = replace(shell, parameters=parameters, thickness=wall)
    if all(getattr(leaf, key) == getattr(shell.parameters.leaf, key) for key in TRIMMING):
        return changed
    trim = trim_region(positive, shell.chart, shell.stations, shell.outline, parameters)
    openings = shell_openings(shell.chart, trim, shell.stations, parameters)
    made = {opening.name for opening in openings}
    given = (one for one in shell.openings if one.kind != SLOT and one.name not in made)
    kept = [bump for bump in wall.bumps if not isinstance(bump, Rib)]
    ribs: tuple[Rib, ...] = ()
    if parameters.ribs.form != CORRUGATION:
        ribs = ribs_of(positive, shell.chart, trim, shell.stations, parameters)
    wall = with_bumps(replace(wall, bumps=()), shell.chart.surface, [*ribs, *kept])
    return replace(changed, trim=trim, openings=(*openings, *given), thickness=wall)
