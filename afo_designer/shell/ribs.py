"""Ribs: where they run over a trimmed chart.

They are straight on the surface: every one keeps its distance along the skin from the posterior
midline. Those at the sides run as far forward as the narrowest section between their ends lets
them, and behind the malleoli, whose room in the shell stands out as it is. A corrugation has folds
of an even wall in their place, hollow towards the skin: the same bells, of the surface itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.bump import Rib, least_blend, least_half_width
from afo_designer.shell.chart import Chart, offset_surface
from afo_designer.shell.hinge import NO_HINGE
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.parameters import ShellParameters
from afo_designer.shell.stations import Stations
from afo_designer.shell.trim import TrimRegion, theta_of_width

# Stations of a rib's line, and the shortest run (mm) over which a rib rises at its ends.
STEP_MM = 4.0
RISE_MM = 16.0
# A rib that crosses its sections at a slant is steeper than in them: by 17 % at most on the limbs
# measured (tests/shell/test_ribs.py).
SLANT = 1.2
# A rib's foot stays this far behind a malleolus' apex: the radius of the room over it ([D]).
BEHIND_MALLEOLUS_MM = 10.0
SIDES = {
    "one": (0.0,),
    "two": (MEDIAL, LATERAL),
    "three": (MEDIAL, 0.0, LATERAL),
}


CORRUGATION = "corrugation"


class RibsRefused(InputRefused):
    """Ribs that are too steep, or find no room."""


def ribs_of(
    positive: PositiveModel,
    chart: Chart,
    trim: TrimRegion,
    stations: Stations,
    parameters: ShellParameters,
) -> tuple[Rib, ...]:
    """The ribs asked for, medial to lateral. Raises `RibsRefused`, which names the parameters."""
    asked = parameters.ribs
    if asked.number == "none":
        return ()
    if parameters.hinge.kind != NO_HINGE:
        raise RibsRefused(
            f'shell.ribs.number = "{asked.number}" and shell.hinge.kind = '
            f'"{parameters.hinge.kind}": ribs would cross the joint. Choose one of the two.'
        )
    least = 2.0 * SLANT * least_half_width(asked.height_mm)
    if asked.width_mm < least:
        raise RibsRefused(
            f"Ribs with shell.ribs.height_mm = {asked.height_mm:.3g} and shell.ribs.width_mm = "
            f"{asked.width_mm:.3g} are steeper than 1:2. Make them {least:.1f} mm wide or more, or "
            f"at most {asked.height_mm * asked.width_mm / least:.2f} mm high."
        )
    s = _run(chart, stations, parameters)
    aside = _aside(positive, chart, trim, s, parameters)
    return tuple(_rib(chart, s, side, aside, parameters) for side in SIDES[asked.number])


def folded(chart: Chart, folds: Sequence[Rib]) -> Chart:
    """The chart with its surface bent out along folds; the same for none."""
    if not folds:
        return chart

    def out(s: FloatArray, theta: FloatArray) -> FloatArray:
        points = chart.surface.grid(s.ravel(), theta.ravel())
        return np.asarray(np.sum([fold.rise(s, theta, points) for fold in folds], axis=0))

    return replace(chart, surface=offset_surface(chart, out))


def _run(chart: Chart, stations: Stations, parameters: ShellParameters) -> FloatArray:
    """Stations from the ribs' upper end to their lower one."""
    asked = parameters.ribs
    lower = stations.ankle + asked.bottom_share * (stations.sole - stations.ankle)
    s = np.linspace(stations.top, stations.ankle, 400)
    height = chart.point(s, np.zeros_like(s))[:, 2]
    wanted = asked.top_share * height[0]
    upper = float(np.interp(-wanted, -height, s))
    if lower - upper < 2.0 * RISE_MM + STEP_MM:
        raise RibsRefused(
            f"Ribs from shell.ribs.top_share = {asked.top_share:g} to shell.ribs.bottom_share = "
            f"{asked.bottom_share:g} would be {max(lower - upper, 0.0):.0f} mm long, less than "
            f"the {2.0 * RISE_MM + STEP_MM:.0f} mm over which they rise and fall."
        )
    return np.linspace(upper, lower, 1 + int(np.ceil((lower - upper) / STEP_MM)))


def _aside(
    positive: PositiveModel,
    chart: Chart,
    trim: TrimRegion,
    s: FloatArray,
    parameters: ShellParameters,
) -> dict[float, float]:
    """How far along the skin from the midline every rib runs, mm, by side."""
    asked = parameters.ribs
    half = 0.5 * asked.width_mm
    medial, lateral = trim.sides(s)
    aside = {0.0: 0.0}
    for side, theta in ((MEDIAL, medial), (LATERAL, lateral)):
        name = "lateral" if side == LATERAL else "medial"
        width = min(_width(chart, at, end) for at, end in zip(s, theta, strict=True))
        room = {f"the {name} edge": width - asked.edge_mm}
        if f"{name}_malleolus" in positive.landmarks:
            apex = positive.landmarks.position(f"{name}_malleolus")
            room[f"the {name} malleolus"] = _arc_to(chart, apex) - BEHIND_MALLEOLUS_MM
        end, least = min(room.items(), key=lambda item: item[1])
        aside[side] = least - half
        # how far from the midline a rib beside the edge has its own middle, at least
        inner = {"one": 0.0, "two": half, "three": 2.0 * half}[asked.number]
        if aside[side] < inner:
            raise RibsRefused(
                f"shell.ribs.number = {asked.number} with shell.ribs.width_mm = "
                f"{asked.width_mm:.3g} needs {inner + half:.0f} mm from the midline towards {end}, "
                f"but there are {least:.0f} mm (shell.ribs.edge_mm = {asked.edge_mm:.3g} kept). "
                "Choose fewer or narrower ribs, or a wider shell."
            )
    return aside


def _arc_to(chart: Chart, point: FloatArray) -> float:
    """Arc of its section from the midline to the ray through a point, mm."""
    s = chart.spine.station_of(point)
    _, outward, lateral = chart.spine.axes(s)
    away = point - chart.spine.centre(s)
    return _width(chart, s, float(np.arctan2(away @ lateral, away @ outward)))


def _width(chart: Chart, s: float, theta: float) -> float:
    """Arc of a section from the midline to θ, mm."""
    across = np.linspace(0.0, theta, 81)
    points = chart.point(np.full_like(across, s), across)
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _rib(
    chart: Chart,
    s: FloatArray,
    side: float,
    aside: dict[float, float],
    parameters: ShellParameters,
) -> Rib:
    """One rib along stations."""
    asked = parameters.ribs
    theta = np.array([side * theta_of_width(chart, at, aside[side], side) for at in s.tolist()])
    # a millimetre of s is less than one of surface towards the corner's inside
    stretch = np.linalg.norm(chart.surface(s, theta, ds=1), axis=1)
    rise = max(RISE_MM, 1.2 * least_blend(asked.height_mm))
    tapers = (rise / float(stretch[:5].min()), rise / float(stretch[-8:].min()))
    return Rib(s, chart.point(s, theta), asked.height_mm, 0.5 * asked.width_mm, tapers)
