"""Bare wall: refusal of a cast so sharply hollowed that no wall can be laid over it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from afo_designer.cast.parameters import AS_SCANNED
from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.refusal import InputRefused
from afo_designer.geometry.sheet import inside
from afo_designer.shell.ceiling import SHARE, Ceiling
from afo_designer.shell.chart import Chart
from afo_designer.shell.parameters import Leaf
from afo_designer.shell.trim import TrimRegion

# The thinnest wall of any material here, mm.
LEAST_WALL_MM = 1.0
# A relief that lifts a place by less has not made its hollow, mm.
FELT_MM = 0.3
# How far round the hollow a relief is looked for, in shares of its feather.
BESIDE = 1.0


class HollowRefused(InputRefused):
    """A hollow of the modified limb too sharp for any wall."""


def checked_hollows(
    chart: Chart, trim: TrimRegion, ceiling: Ceiling, shapers: Callable[[FloatArray], str]
) -> None:
    """Raises `HollowRefused` where hollows bear less than any wall; `shapers` of a place (3,)."""
    low, high = trim.boundary.min(axis=0), trim.boundary.max(axis=0)
    s, theta = (np.linspace(low[k], high[k], count) for k, count in ((0, 400), (1, 161)))
    most = np.where(inside([trim.boundary], s, theta), ceiling(s[:, None], theta), np.inf)
    i, j = np.unravel_index(int(np.argmin(most)), most.shape)
    if most[i, j] >= LEAST_WALL_MM:
        return
    place = chart.point(s[i], theta[j])
    x, y, z = place
    raise HollowRefused(
        f"At ({x:.0f}, {y:.0f}, {z:.0f} mm) the modified limb has a hollow of radius "
        f"{max(most[i, j], 0.0) / SHARE:.1f} mm; a wall needs {LEAST_WALL_MM / SHARE:.2g} mm or "
        f"more. Bring nearer to its default {shapers(place)}."
    )


def cast_shapers(positive: PositiveModel, leaf: Leaf) -> Callable[[FloatArray], str]:
    """What in the cast, and in a leaf held off the limb, shapes a place."""
    return partial(_shapers, positive, leaf)


def _shapers(positive: PositiveModel, leaf: Leaf, place: FloatArray) -> str:
    """The parameters that shape a place, with their values."""
    asked = positive.parameters
    found = [
        f"cast.pose.{key} ({getattr(asked.pose, key):g})"
        for key in ("inversion_deg", "toe_out_deg")
        if getattr(asked.pose, key) != AS_SCANNED
    ]
    angles = np.linspace(0.0, 2.0 * np.pi, 13)[:-1]
    for site in positive.reliefs:
        reach = BESIDE * site.feather_mm
        ring = [[reach * np.cos(a), reach * np.sin(a), 0.0] for a in angles]
        ring += [[reach * np.cos(a), 0.0, reach * np.sin(a)] for a in angles]
        around = place + np.array([[0.0, 0.0, 0.0], *ring])
        if float(np.abs(site.room(around)).max()) > FELT_MM:
            name = site.name.removesuffix("_pad")
            group = "relief" if name == site.name else "pad"
            found.append(f"cast.{group}.{name}_mm ({site.room_mm:g})")
    if leaf.section_radius_mm > 0.0:
        found.append(f"shell.leaf.section_radius_mm ({leaf.section_radius_mm:g})")
    found.append(f"cast.relief.feather_mm ({asked.relief.feather_mm:g})")
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} or {found[-1]}"
