"""Slots for straps: stadium-shaped openings placed by millimetres on the surface."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.chart import Chart
from afo_designer.shell.opening import Opening
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.parameters import ShellParameters, Straps
from afo_designer.shell.patch import beside_trim, step, walk
from afo_designer.shell.stations import Stations
from afo_designer.shell.trim import TrimRegion, even_loop

SLOT_SAMPLE_MM = 0.6
# Less fairing than the trim has: a slot's ends are tight and have to keep its length.
SLOT_FAIRING = 0.6
# A slot is longer than its strap is wide by this much (science.md §7, recalled).
STRAP_PLAY_MM = 2.0
# Nearer to an edge than this the rounded rims of slot and edge have no wall between them.
LEAST_EDGE_MM = 4.0


class SlotRefused(InputRefused):
    """A strap that finds no room beside the edge."""


def strap_slots(
    chart: Chart, trim: TrimRegion, stations: Stations, parameters: ShellParameters
) -> tuple[Opening, ...]:
    """The finished opening of every slot.

    Calf, where its strap goes through slots: one beside each anterior edge of the band. Instep: one
    on each wall where the trim line runs at 45°, parallel to it, so that the strap crosses the
    instep at 45°.
    """
    straps = parameters.straps
    slots = []
    set_in = straps.slot_edge_mm + 0.5 * straps.slot_width_mm
    for side in (LATERAL, MEDIAL):
        if straps.calf_strap_width_mm > 0.0 and straps.fastening == "slots":
            slots.append(_named(calf_slot(chart, trim, stations, parameters, side), "calf", side))
        if straps.instep_strap_width_mm > 0.0:
            centre = _station_at_45(chart, trim, stations, side)
            width = straps.instep_strap_width_mm
            loop = _slot(chart, trim, side, centre, width, set_in, straps.slot_width_mm)
            change = f"Lower shell.straps.instep_strap_width_mm ({width:.3g})."
            slots.append(_named(_with_room(chart, trim, loop, "instep", change), "instep", side))
    return tuple(slots)


def calf_slot(
    chart: Chart,
    trim: TrimRegion,
    stations: Stations,
    parameters: ShellParameters,
    side: float,
    further_in: float = 0.0,
) -> FloatArray:
    """The loop of a slot for the calf strap beside a side's edge, or `further_in` mm from there."""
    straps, corner = parameters.straps, parameters.calf.corner_radius_mm
    set_in = straps.slot_edge_mm + 0.5 * straps.slot_width_mm + further_in
    centre, width = stations.top + straps.calf_strap_below_top_mm, straps.calf_strap_width_mm
    loop = _slot(chart, trim, side, centre, width, set_in, straps.slot_width_mm)
    change = (
        f"Lower shell.straps.calf_strap_width_mm ({width:.3g}) or shell.calf.corner_radius_mm "
        f"({corner:.3g}), or change shell.straps.calf_strap_below_top_mm "
        f"({straps.calf_strap_below_top_mm:.3g})."
    )
    return _with_room(chart, trim, loop, "calf", change)


def slot_beside(
    chart: Chart,
    trim: TrimRegion,
    side: float,
    station: float,
    strap_width: float,
    edge_mm: float,
    strap: str,
) -> Opening:
    """A slot of the default width parallel to the trim of a side, `edge_mm` of wall beside it."""
    width = Straps().slot_width_mm
    loop = _slot(chart, trim, side, station, strap_width, edge_mm + 0.5 * width, width)
    change = f"Lower shell.shin.strap_width_mm ({strap_width:.3g})."
    return _named(_with_room(chart, trim, loop, strap, change), strap, side)


def _named(loop: FloatArray, strap: str, side: float) -> Opening:
    return Opening(f"{strap} strap {'lateral' if side == LATERAL else 'medial'}", loop)


def edge_distance(chart: Chart, trim: TrimRegion, loop: FloatArray) -> float:
    """Least distance (mm) between a slot's opening and the finished edge."""
    edge = cKDTree(chart.point(trim.boundary[:, 0], trim.boundary[:, 1]))
    return float(edge.query(chart.point(loop[:, 0], loop[:, 1]))[0].min())


def _with_room(
    chart: Chart, trim: TrimRegion, loop: FloatArray, strap: str, change: str
) -> FloatArray:
    """The loop again, where it keeps from the edge; `change`: what would help where it does not."""
    (s_low, _), (s_high, _) = trim.boundary.min(axis=0), trim.boundary.max(axis=0)
    within = s_low < loop[:, 0].min() and loop[:, 0].max() < s_high
    if not within or edge_distance(chart, trim, loop) < LEAST_EDGE_MM:
        raise SlotRefused(
            f"The slot of the {strap} strap comes nearer than {LEAST_EDGE_MM:g} mm to the edge. "
            f"{change}"
        )
    return loop


def _slot(
    chart: Chart,
    trim: TrimRegion,
    side: float,
    station: float,
    strap_width: float,
    set_in: float,
    slot_width: float,
) -> FloatArray:
    """A stadium parallel to the trim line of a side, `set_in` mm inside it at a station.

    Raises `SlotRefused` for a strap so narrow that its slot would be wider than long.
    """
    if strap_width + STRAP_PLAY_MM < slot_width:
        raise SlotRefused(
            f"A strap of {strap_width:.3g} mm has no slot shell.straps.slot_width_mm "
            f"({slot_width:.3g}) wide: it may be {slot_width - STRAP_PLAY_MM:.3g} mm or more, or 0 "
            "for none (shell.straps.calf_strap_width_mm, shell.straps.instep_strap_width_mm, "
            "shell.shin.strap_width_mm)."
        )
    centre, across, beside = beside_trim(chart, trim, side, station, set_in)
    return _stadium(chart, centre, beside, across, strap_width + STRAP_PLAY_MM, slot_width)


def _stadium(
    chart: Chart,
    centre: FloatArray,
    along: FloatArray,
    across: FloatArray,
    length: float,
    width: float,
) -> FloatArray:
    """Closed (s, θ) loop of a stadium `length` × `width` mm whose long axis follows the surface."""
    radius = 0.5 * width
    reach = 0.5 * length - radius
    rim: list[FloatArray] = []
    for sign in (1.0, -1.0):  # one half of the stadium after the other, the same way round
        path = walk(chart, centre, sign * along, sign * across, reach)
        rim += [at + radius * step(chart, at, beside) for at, _, beside in path]
        end, ahead, beside = path[-1]
        for angle in np.linspace(0.0, np.pi, 24)[1:-1]:
            heading = np.cos(angle) * beside + np.sin(angle) * ahead
            rim.append(end + radius * step(chart, end, heading))
        rim += [at - radius * step(chart, at, beside) for at, _, beside in path[:0:-1]]
    return even_loop(chart, np.array(rim), SLOT_SAMPLE_MM, SLOT_FAIRING)


def _station_at_45(chart: Chart, trim: TrimRegion, stations: Stations, side: float) -> float:
    """Station between malleolus and midfoot where the trim falls forward at 45° in side view."""
    s = np.linspace(stations.ankle - 10.0, 0.5 * (stations.sole + stations.heads), 200)
    theta = trim.sides(s)[1 if side == LATERAL else 0]
    run = np.gradient(chart.point(s, theta), s, axis=0)
    fall = np.arctan2(-run[:, 2], run[:, 0])
    return float(s[np.argmin(np.abs(fall - np.pi / 4.0))])
