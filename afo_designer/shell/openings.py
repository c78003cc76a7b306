"""Openings: all that a shell's parameters cut through its wall."""

from __future__ import annotations

from afo_designer.shell.chart import Chart
from afo_designer.shell.holes import rivet_holes, with_room
from afo_designer.shell.opening import Opening
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.slots import strap_slots
from afo_designer.shell.stations import Stations
from afo_designer.shell.trim import TrimRegion


def shell_openings(
    chart: Chart, trim: TrimRegion, stations: Stations, parameters: ShellParameters
) -> tuple[Opening, ...]:
    """Slots, then rivets' holes; raises where one finds no room beside edges and the others."""
    slots = with_room(
        chart,
        trim,
        strap_slots(chart, trim, stations, parameters),
        change="shell.straps.calf_strap_width_mm, instep_strap_width_mm or slot_edge_mm",
    )
    keys = (
        "shell.rivets.below_top_mm, spacing_mm, edge_mm or per_side, or "
        "shell.straps.calf_strap_width_mm"
    )
    rivets = rivet_holes(chart, trim, stations, parameters)
    return (*slots, *with_room(chart, trim, rivets, slots, change=keys))
