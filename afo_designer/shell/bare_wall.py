"""Bare wall: refusal of a cast so sharply hollowed that no wall can be laid over it."""

from __future__ import annotations

import numpy as np

from afo_designer.cast.parameters import AS_SCANNED
from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.ceiling import SHARE, Ceiling
from afo_designer.shell.chart import Chart
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
    positive: PositiveModel, chart: Chart, trim: TrimRegion, ceiling: Ceiling
) -> None:
    """Raises `HollowRefused` with what shapes the place, where hollows bear less than any wall."""
    s = np.linspace(trim.s[0], trim.s[-1], 300)
    share = np.linspace(0.0, 1.0, 81)
    medial, lateral = trim.sides(s)
    theta = np.outer(medial, 1.0 - share) + np.outer(lateral, share)
    most = ceiling(s[:, None], theta)
    i, j = np.unravel_index(int(np.argmin(most)), most.shape)
    if most[i, j] >= LEAST_WALL_MM:
        return
    place = chart.point(s[i], theta[i, j])
    x, y, z = place
    raise HollowRefused(
        f"At ({x:.0f}, {y:.0f}, {z:.0f} mm) the modified limb has a hollow of radius "
        f"{max(most[i, j], 0.0) / SHARE:.1f} mm; a wall needs {LEAST_WALL_MM / SHARE:.2g} mm or "
        f"more. Bring nearer to its default {_shapers(positive, place)}."
    )


def _shapers(positive: PositiveModel, place: FloatArray) -> str:
    """The cast's parameters that shape a place, with their values."""
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
            group, name = (
                ("pad", site.name[:-4])
                if site.name.endswith("_pad")
                else (
                    "relief",
                    site.name,
                )
            )
            found.append(f"cast.{group}.{name}_mm ({site.room_mm:g})")
    found.append(f"cast.relief.feather_mm ({asked.relief.feather_mm:g})")
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} or {found[-1]}"
