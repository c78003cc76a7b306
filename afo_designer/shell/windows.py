"""Windows: openings in the calf that let the skin breathe.

They stand in a field: below the proximal flare, above the place where the band has half narrowed
to the leaf (there and below it the shell bends, and is stressed most), and `edge_mm` from edges,
slots, rivets and the mark. Rows of equal windows are laid over the field from the posterior midline
out; the smallest size is taken whose whole windows open what is asked for, and drawn in to just
that. Once the wall's stress is known they are laid anew, off the places that bear too much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray
from afo_designer.shell.chart import Chart
from afo_designer.shell.holes import SAMPLE_MM, OpeningRefused
from afo_designer.shell.opening import WINDOW, Opening
from afo_designer.shell.parameters import ShellParameters, Windows
from afo_designer.shell.patch import chart_patch
from afo_designer.shell.stations import Stations
from afo_designer.shell.trim import TrimRegion

# The field ends at this share of the way from the band to the narrow leaf ([D]).
FIELD_SHARE = 0.4
# Windows are between these sizes across, mm: powder gets out of 4 mm (reliability notes §5), and
# skin does not bulge into rounds of 16 or slots of 10 mm ([D]).
LEAST_MM, STEP_MM = 5.0, 0.5
MOST_MM = {"rounds": 16.0, "slots": 10.0}
# Where little is to be open, windows of the least size may be so much farther apart ([D]).
WIDER_MM = (0.0, 5.0, 10.0, 20.0, 40.0)
# A slot is this many times as long as it is wide ([D]).
SLENDER = 3.5
# Openings of a shell whose STEP file keeps to 120 faces: two a rim (formats.step).
MOST_OPENINGS = 52
# How often rows are laid again, farther apart each time.
LAYINGS = 4
# A window has so many others within this many times the way to the next row's.
COMPANY, NEAR = 2, 1.25
# Cells of the field on which its area is counted.
CELL_MM = 1.5


@dataclass(frozen=True, slots=True)
class Field:
    """Where windows may be: stations `low` to `high`, `edge_mm` from all points of `barred`."""

    chart: Chart
    low: float
    high: float
    reach: float
    barred: cKDTree
    edge_mm: float

    def holds(self, parameters: FloatArray, radius: float = 0.0) -> NDArray[np.bool_]:
        """(n,): whether discs of a radius (mm) round points (s, θ) lie in the field."""
        s, theta = parameters.T
        inside = (s >= self.low + radius) & (s <= self.high - radius)
        inside &= np.abs(theta) <= self.reach
        gap = self.barred.query(self.chart.point(s[inside], theta[inside]))[0]
        inside[inside] = gap >= self.edge_mm + radius
        return np.asarray(inside)

    @property
    def area(self) -> float:
        """mm²."""
        s = np.arange(self.low, self.high, CELL_MM) + 0.5 * CELL_MM
        theta = np.linspace(-self.reach, self.reach, 161)
        at = np.stack(np.meshgrid(s, theta, indexing="ij"), axis=-1).reshape(-1, 2)
        at = at[self.holds(at)]
        return float(np.sum(self.chart.area_density(*at.T))) * CELL_MM * float(theta[1] - theta[0])


def calf_windows(
    chart: Chart,
    trim: TrimRegion,
    stations: Stations,
    parameters: ShellParameters,
    openings: Sequence[Opening],
    mark: FloatArray | None = None,
    stressed: FloatArray | None = None,
) -> tuple[Opening, ...]:
    """The windows beside the other openings and a mark's outline (n, 2) in (s, θ).

    They keep `edge_mm` from `stressed` places (m, 2) as well; where those leave too little room,
    they open what they can. Raises `OpeningRefused` with the free area asked for and the most that
    fits: less than asked without stressed places, nothing with them.
    """
    windows = parameters.windows
    if windows.pattern == "none":
        return ()
    field = calf_field(chart, trim, stations, parameters, openings, mark)
    area = field.area
    asked = 0.01 * windows.free_area_percent * area
    if stressed is not None and len(stressed):
        points = np.vstack([field.barred.data, chart.point(*stressed.T)])
        field = replace(field, barred=cKDTree(points))
    most, best = 0.0, (LEAST_MM, np.zeros((0, 2)))
    for wider in WIDER_MM:
        for size in np.arange(LEAST_MM, MOST_MM[windows.pattern] + 0.1, STEP_MM).tolist():
            centres = _laid(field, windows, size, windows.bridge_mm + wider)
            if not 0 < len(centres) <= MOST_OPENINGS - len(openings):
                continue
            opened = len(centres) * _area(windows, size)
            if opened > most:
                most, best = opened, (size, centres)
            drawn_in = size * float(np.sqrt(asked / opened))
            if LEAST_MM <= drawn_in <= size:
                return _cut(chart, windows, drawn_in, centres)
        if most < asked:
            break
    if 0.0 < most < asked and stressed is not None:
        return _cut(chart, windows, *best)
    if most >= asked > 0.0:
        raise OpeningRefused(
            f"shell.windows.free_area_percent is {windows.free_area_percent:g} % of "
            f"{area / 100.0:.0f} cm², less than windows of {LEAST_MM:g} mm open. Ask for more, or "
            "for shell.windows.pattern none."
        )
    percent = 100.0 * most / area if area > 0.0 else 0.0
    if stressed is not None:
        raise OpeningRefused(
            f"shell.windows.free_area_percent is {windows.free_area_percent:g} %, but everywhere "
            "in the calf the wall bears more than shell.windows.stress_share_percent "
            f"{windows.stress_share_percent:g} % of what it may: {percent:.1f} % can be opened. "
            "Ask for shell.windows.pattern none, or for a thicker shell.calf.thickness_mm."
        )
    raise OpeningRefused(
        f"shell.windows.free_area_percent is {windows.free_area_percent:g} %, but with bridges of "
        f"{windows.bridge_mm:g} mm and {windows.edge_mm:g} mm beside edges windows open at most "
        f"{percent:.1f} % of the {area / 100.0:.0f} cm² of the calf where they may be. Ask for "
        "less, or for a smaller shell.windows.bridge_mm or edge_mm."
    )


def _cut(chart: Chart, windows: Windows, size: float, centres: FloatArray) -> tuple[Opening, ...]:
    """The windows of a size round their middles, numbered."""
    outline = _stadium(size, _reach(windows, size))
    return tuple(
        Opening(f"window {number}", chart_patch(chart.surface, centre).parameters(outline), WINDOW)
        for number, centre in enumerate(centres, 1)
    )


def calf_field(
    chart: Chart,
    trim: TrimRegion,
    stations: Stations,
    parameters: ShellParameters,
    openings: Sequence[Opening],
    mark: FloatArray | None,
) -> Field:
    """Where windows may be by rule, beside the other openings and a mark's outline."""
    barred = [trim.boundary, *(opening.loop for opening in openings)]
    barred += [] if mark is None else [mark]
    low = stations.top + max(parameters.calf.flare_length_mm, parameters.windows.edge_mm)
    high = stations.band + FIELD_SHARE * (stations.leaf - stations.band)
    reach = float(np.abs(trim.boundary[:, 1]).max())
    points = chart.point(*np.vstack(barred).T)
    return Field(chart, low, high, reach, cKDTree(points), parameters.windows.edge_mm)


def _laid(field: Field, windows: Windows, size: float, bridge: float) -> FloatArray:
    """(n, 2): the middles of windows of a size in the field with `bridge` mm or more between them.

    Over a bend they lie nearer than along the surface: they are laid farther apart then.
    """
    asked = bridge
    for _ in range(LAYINGS):
        middles = _lattice(field, windows, size, bridge)
        gap = _least_gap(field.chart, windows, size, middles)
        if gap > asked - 0.05:
            break
        bridge += asked - gap
    return middles


def _least_gap(chart: Chart, windows: Windows, size: float, middles: FloatArray) -> float:
    """Least distance (mm) between two windows; infinite where there are fewer."""
    if len(middles) < 2:
        return float("inf")
    shifts = _reach(windows, size) * np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    lines = middles[:, None, :] + shifts[:, None] * np.array([1.0, 0.0])
    points = chart.point(lines[..., 0], lines[..., 1])
    gaps = np.linalg.norm(points[:, None, :, None] - points[None, :, None, :], axis=-1)
    least = gaps.min(axis=(2, 3))
    return float(least[~np.eye(len(middles), dtype=bool)].min()) - size


def _lattice(field: Field, windows: Windows, size: float, bridge: float) -> FloatArray:
    """(n, 2): the middles of all windows of a size that lie wholly in the field.

    Rows run round the calf, every other one moved by half the way from window to window.
    """
    reach = _reach(windows, size)
    if windows.pattern == "rounds":
        across = size + bridge
        down, first = 0.5 * np.sqrt(3.0) * across, 0.5 * size
    else:
        across = 2.0 * (size + bridge)
        down, first = 0.5 * (SLENDER * size + bridge), 0.5 * size + reach
    rows = _rows(field, first, down)
    lines = [_along(field, across, moved) for moved in (0.0, 0.5)]
    middles = [
        np.column_stack([np.full(len(theta), station), theta])
        for number, station in enumerate(rows.tolist())
        for theta in [lines[number % 2]]
    ]
    every = np.vstack(middles) if middles else np.zeros((0, 2))
    # s is a millimetre of the spine; the surface's own hardly differs along the shank
    whole = np.ones(len(every), dtype=bool)
    for share in (-1.0, 0.0, 1.0) if reach > 0.0 else (0.0,):
        whole &= field.holds(every + np.array([share * reach, 0.0]), 0.5 * size)
    return _in_company(field.chart, every[whole], NEAR * float(np.hypot(0.5 * across, down)))


def _in_company(chart: Chart, middles: FloatArray, reach: float) -> FloatArray:
    """Those that have two others or more within `reach` mm: a stray one would look like a fault."""
    while len(middles):
        points = chart.point(*middles.T)
        gaps = np.linalg.norm(points[:, None] - points, axis=2)
        kept = np.sum(gaps < reach, axis=1) > COMPANY
        if kept.all():
            break
        middles = middles[kept]
    return middles


def _rows(field: Field, first: float, down: float) -> FloatArray:
    """Stations of rows `down` mm apart, the first `first` mm below the field's upper end.

    Measured where a millimetre of the spine is the least of the surface.
    """
    s = np.linspace(field.low, field.high, 60)
    theta = np.linspace(-0.8 * field.reach, 0.8 * field.reach, 9)
    rate = np.linalg.norm(field.chart.surface.grid(s, theta, ds=1), axis=-1).min(axis=1)
    length = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * np.diff(s))])
    if length[-1] < 2.0 * first:
        return np.zeros(0)
    count = int((length[-1] - 2.0 * first) / down) + 1
    spare = 0.5 * (length[-1] - 2.0 * first - (count - 1) * down)
    return np.interp(spare + first + down * np.arange(count), length, s)


def _along(field: Field, across: float, moved: float) -> FloatArray:
    """θ of lines down the calf `across` mm apart or more, `moved` of that off the midline.

    Measured where the calf is narrowest, so that rows fit each other all round.
    """
    s, theta = np.linspace(field.low, field.high, 13), np.linspace(0.0, field.reach, 121)
    found = []
    for side in (-1.0, 1.0):
        tangents = field.chart.surface.grid(s, np.sort(side * theta), dtheta=1)
        rate = np.linalg.norm(tangents, axis=-1).min(axis=0)[:: int(side)]
        steps = 0.5 * (rate[1:] + rate[:-1]) * np.diff(theta)
        arc = np.concatenate([[0.0], np.cumsum(steps)])
        at = across * (moved + np.arange(int(arc[-1] / across) + 1))
        keep = (at <= arc[-1]) & ((at > 0.0) | (side > 0.0))
        found.append(side * np.interp(at[keep], arc, theta))
    return np.sort(np.concatenate(found))


def _stadium(width: float, reach: float) -> FloatArray:
    """(n, 2): a circle of a width whose halves are moved apart along the first axis by `reach`."""
    turns = max(12, int(np.ceil(0.5 * np.pi * width / SAMPLE_MM)))
    angle = np.pi * (np.arange(turns) + 0.5) / turns - 0.5 * np.pi
    end = 0.5 * width * np.column_stack([np.cos(angle), np.sin(angle)]) + [reach, 0.0]
    steps = int(np.ceil(2.0 * reach / SAMPLE_MM))
    along = reach * (1.0 - 2.0 * np.arange(steps + 1) / max(steps, 1))
    side = np.column_stack([along, np.full(steps + 1, 0.5 * width)])
    half = np.vstack([end, side if reach > 0.0 else np.zeros((0, 2))])
    return np.vstack([half, -half])


def _reach(windows: Windows, size: float) -> float:
    """From a window's middle to the middles of its round ends, mm."""
    return 0.5 * (SLENDER - 1.0) * size if windows.pattern == "slots" else 0.0


def _area(windows: Windows, size: float) -> float:
    """mm² of a window."""
    return float(0.25 * np.pi * size**2 + 2.0 * _reach(windows, size) * size)
