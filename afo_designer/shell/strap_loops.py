"""Strap loops: a pair of slots beside each other with the wall between them bent out to a bridge.

The strap goes in through one slot, runs under the bridge and out through the other: it lies flat,
needs no rivet, and can be taken out to be washed. The bridge is the wall itself, of even thickness
and open to both sides, so that no powder stays under it. Its shape is the bell of a rib.
"""

from __future__ import annotations

import numpy as np

from afo_designer.shell.bump import Rib, least_half_width
from afo_designer.shell.chart import Chart
from afo_designer.shell.opening import LOOP, Opening
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.patch import beside_trim, walk
from afo_designer.shell.slots import STRAP_PLAY_MM, SlotRefused, calf_slot
from afo_designer.shell.stations import Stations
from afo_designer.shell.trim import TrimRegion

LOOPS = "loops"
# A bridge rises over this length beyond either end of the strap, mm; where the edge is nearer over
# less, but never over less than the second ([D]: the tighter bends then to a radius of 5 mm).
RISE_MM, LEAST_RISE_MM = 14.0, 9.0
# It is as wide as its slots and this much more on either side, mm ([D]).
BEYOND_SLOT_MM = 4.0
# The tip of a slot runs into the rise by this much: there it is round, and the strap is not.
TIP_MM = 2.0


def strap_loops(
    chart: Chart, trim: TrimRegion, stations: Stations, parameters: ShellParameters
) -> tuple[tuple[Rib, ...], tuple[Opening, ...]]:
    """A bridge on either side of the calf band, and the slots beside the bridges.

    Neither where no loops are asked for. Raises `SlotRefused` where they find
    no room, with the length met and the one needed.
    """
    straps = parameters.straps
    if straps.fastening != LOOPS or not straps.calf_strap_width_mm > 0.0:
        return (), ()
    if parameters.shin.cover == "yes":
        raise SlotRefused(
            f"shell.straps.fastening is {straps.fastening!r} and shell.shin.cover "
            f"{parameters.shin.cover!r}: an anterior shell closes over the calf's edges, where the "
            "loops stand out. Take slots, or shell.straps.calf_strap_width_mm 0."
        )
    bridges, openings = [], []
    for side, word in ((LATERAL, "lateral"), (MEDIAL, "medial")):
        bridges.append(_bridge(chart, trim, stations, parameters, side))
        for number, place in enumerate(("front", "rear")):
            behind = number * (straps.slot_width_mm + straps.loop_width_mm)
            loop = calf_slot(chart, trim, stations, parameters, side, behind)
            openings.append(Opening(f"calf strap {word} {place}", loop, LOOP))
    return tuple(bridges), tuple(openings)


def _bridge(
    chart: Chart,
    trim: TrimRegion,
    stations: Stations,
    parameters: ShellParameters,
    side: float,
) -> Rib:
    """The bell of a side's bridge."""
    straps = parameters.straps
    away = straps.slot_edge_mm + straps.slot_width_mm + 0.5 * straps.loop_width_mm
    half = 0.5 * straps.loop_width_mm + straps.slot_width_mm + BEYOND_SLOT_MM
    half = max(half, least_half_width(straps.loop_height_mm))
    if half > away:
        raise SlotRefused(
            f"A loop of shell.straps.loop_height_mm {straps.loop_height_mm:g} mm is {half:.1f} mm "
            f"wide to either side, but its middle lies {away:.1f} mm from the edge: raise "
            "shell.straps.slot_edge_mm or loop_width_mm."
        )
    middle = stations.top + straps.calf_strap_below_top_mm
    centre, across, along = beside_trim(chart, trim, side, middle, away)
    strap = 0.5 * (straps.calf_strap_width_mm + STRAP_PLAY_MM) - TIP_MM
    path = [
        at
        for sign in (-1.0, 1.0)
        for at, _, _ in walk(chart, centre, sign * along, sign * across, strap + RISE_MM)[1:]
    ]
    line = np.array([centre, *path])
    line = line[np.argsort(line[:, 0])]
    line = line[np.concatenate([[True], np.diff(line[:, 0]) > 1e-6])]
    room = straps.calf_strap_below_top_mm - strap
    rise = min(RISE_MM, room)
    if rise < LEAST_RISE_MM:
        raise SlotRefused(
            f"A loop for a strap of shell.straps.calf_strap_width_mm "
            f"{straps.calf_strap_width_mm:g} mm, shell.straps.calf_strap_below_top_mm "
            f"{straps.calf_strap_below_top_mm:g} mm below the top, has {room:.1f} mm to rise in "
            f"above it; it needs {LEAST_RISE_MM:g} mm. Lower the strap, or take slots."
        )
    s = line[:, 0]
    low, high = max(float(s[0]), middle - strap - rise), min(float(s[-1]), middle + strap + RISE_MM)
    kept = line[(s >= low) & (s <= high)]
    return Rib(
        kept[:, 0],
        chart.point(*kept.T),
        straps.loop_height_mm,
        half,
        (rise, RISE_MM),
    )
