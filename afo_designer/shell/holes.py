"""Holes: round openings for rivets and screws, and the room that every opening keeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.chart import Chart
from afo_designer.shell.opening import HOLE, Opening
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.patch import beside_trim, chart_patch
from afo_designer.shell.stations import Stations
from afo_designer.shell.trim import TrimRegion

# Samples round a hole: at least so many, and no farther apart than this.
LEAST_SAMPLES, SAMPLE_MM = 24, 0.6
# Between two openings as between opening and edge there is at least so much wall, mm ([D]: nearer,
# the rounded rims of walls of 3 mm leave nothing flat between them).
LEAST_BRIDGE_MM = 4.0


class OpeningRefused(InputRefused):
    """An opening that lies outside the shell or finds no room in it."""


def round_hole(chart: Chart, at: ArrayLike, diameter_mm: float, name: str) -> Opening:
    """A hole round (s, θ) that a cylinder of the diameter (mm), square to the wall, just fills.

    Its loop runs on the inner surface; ask `with_room` whether the shell has room for it.
    """
    count = max(LEAST_SAMPLES, int(np.ceil(np.pi * diameter_mm / SAMPLE_MM)))
    angle = 2.0 * np.pi / count * np.arange(count)
    circle = 0.5 * diameter_mm * np.column_stack([np.cos(angle), np.sin(angle)])
    patch = chart_patch(chart.surface, np.asarray(at, dtype=np.float64))
    return Opening(name, patch.parameters(circle), HOLE)


def rivet_holes(
    chart: Chart, trim: TrimRegion, stations: Stations, parameters: ShellParameters
) -> tuple[Opening, ...]:
    """The rivets' holes: a row along each anterior edge of the calf band."""
    rivets, fastening = parameters.rivets, parameters.straps.fastening
    if not rivets.diameter_mm > 0.0:
        if fastening == "rivets" and parameters.straps.calf_strap_width_mm > 0.0:
            raise OpeningRefused(
                f"shell.straps.fastening is {fastening!r}, but shell.rivets.diameter_mm is "
                f"{rivets.diameter_mm:g}: a riveted strap needs holes. Give their diameter, 4 to "
                "5 mm for usual rivets, or take slots or loops."
            )
        return ()
    count = int(rivets.per_side)
    centre = stations.top + rivets.below_top_mm
    rows = centre + rivets.spacing_mm * (np.arange(count) - 0.5 * (count - 1))
    found = []
    for side, word in ((LATERAL, "lateral"), (MEDIAL, "medial")):
        for number, station in enumerate(rows.tolist(), start=1):
            if not trim.s[0] < station < trim.s[-1]:
                raise OpeningRefused(
                    f"Rivet {word} {number} lies {station - stations.top:.1f} mm below the "
                    "proximal edge, outside the shell, which is "
                    f"{stations.end - stations.top:.0f} mm long. Change "
                    "shell.rivets.below_top_mm or shell.rivets.spacing_mm."
                )
            set_in = rivets.edge_mm + 0.5 * rivets.diameter_mm
            at = beside_trim(chart, trim, side, station, set_in)[0]
            found.append(round_hole(chart, at, rivets.diameter_mm, f"rivet {word} {number}"))
    return tuple(found)


def with_room(
    chart: Chart,
    trim: TrimRegion,
    openings: Sequence[Opening],
    others: Sequence[Opening] = (),
    least: float = LEAST_BRIDGE_MM,
    change: str = "",
) -> tuple[Opening, ...]:
    """The openings again, where they lie in the shell and keep `least` mm from all else.

    From the edge, from each other and from `others`. Raises `OpeningRefused` with the distance met
    and the one allowed; `change` names the parameters that would help.
    """
    advice = f" Change {change}." if change else ""
    edge_points = chart.point(*trim.boundary.T)
    edge = cKDTree(edge_points)
    # as a number of points of a loop may lie inside, but no edge between two of them cuts across
    before = [(other.name, cKDTree(chart.point(*other.loop.T))) for other in others]
    for opening in openings:
        rim = chart.point(*opening.loop.T)
        gap = float(edge.query(rim)[0].min())
        if not _within(trim.boundary, opening.loop):
            raise OpeningRefused(f"{_named(opening)} lies outside the shell.{advice}")
        if gap < least:
            raise OpeningRefused(
                f"{_named(opening)} comes {gap:.1f} mm near to the edge; "
                f"at least {least:g} mm are allowed.{advice}"
            )
        for name, tree in before:
            gap = float(tree.query(rim)[0].min())
            if gap < least:
                raise OpeningRefused(
                    f"{_named(opening)} comes {gap:.1f} mm near to the opening {name!r}; "
                    f"at least {least:g} mm are allowed.{advice}"
                )
        before.append((opening.name, cKDTree(rim)))
    return tuple(openings)


def least_bridge(chart: Chart, trim: TrimRegion, openings: Sequence[Opening]) -> float:
    """Least distance (mm) between two openings, or one and the edge; infinite without openings."""
    rims = [chart.point(*loop.T) for loop in (trim.boundary, *(one.loop for one in openings))]
    trees = [cKDTree(rim) for rim in rims]
    gaps = [
        float(tree.query(rim)[0].min())
        for number, rim in enumerate(rims)
        for tree in trees[:number]
    ]
    return min(gaps, default=float("inf"))


def _named(opening: Opening) -> str:
    return f"The opening {opening.name!r}"


def _within(boundary: FloatArray, loop: FloatArray) -> bool:
    """Whether all of a loop (n, 2) lies inside a closed boundary (m, 2): even-odd rule."""
    (x, y), (after_x, after_y) = boundary.T, np.roll(boundary, -1, axis=0).T
    crossing = (x <= loop[:, :1]) != (after_x <= loop[:, :1])
    run = np.where(after_x == x, 1.0, after_x - x)
    height = y + (after_y - y) * (loop[:, :1] - x) / run
    above = crossing & (height > loop[:, 1:])
    return bool(np.all(above.sum(axis=1) % 2 == 1))
