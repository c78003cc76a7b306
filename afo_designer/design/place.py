"""Place: where on an orthosis a point lies, in an orthotist's words."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray
from afo_designer.shell.shell import Shell

# "At the ankle" reaches this far along the shank from the malleoli.
ANKLE_REACH_MM = 25.0
# A point this share of the way from the midline to the trim line is said to be at the edge.
EDGE_SHARE = 0.7
# Within this share it is on the midline.
MIDLINE_SHARE = 0.25


def place_name(shell: Shell, position: ArrayLike) -> str:
    """The part of the orthosis and the side on which a point (3,) in mm lies."""
    point = np.asarray(position, dtype=np.float64)
    s = shell.chart.spine.station_of(point)
    return f"{_part(shell, s)}, {_side(shell, s, point)}"


def part_name(shell: Shell, position: ArrayLike) -> str:
    """The part of the orthosis alone."""
    return _part(shell, shell.chart.spine.station_of(np.asarray(position, dtype=np.float64)))


def coordinates(position: FloatArray) -> str:
    """A point (3,) in words, whole millimetres of the limb frame."""
    x, y, z = position
    return f"x {x:.0f}, y {y:.0f}, z {z:.0f} mm"


def _part(shell: Shell, s: float) -> str:
    at = shell.stations
    wall = "leaf" if shell.parameters.leaf.edge == "width" else "wall"
    if s < at.band:
        return "calf band"
    if s < at.leaf:
        return "below the calf band"
    if s < at.ankle - ANKLE_REACH_MM:
        return f"{wall} above the ankle"
    if s < at.ankle + ANKLE_REACH_MM:
        return f"{wall} at the ankle"
    if s < at.sole:
        return "heel"
    return "footplate" if s < at.heads else "toe plate"


def _side(shell: Shell, s: float, point: np.ndarray) -> str:
    _, outward, lateral = shell.chart.spine.axes(s)
    ray = point - shell.chart.spine.centre(s)
    theta = float(np.arctan2(ray @ lateral, ray @ outward))
    medial_trim, lateral_trim = shell.trim.sides(np.array([s]))
    name, trim = ("lateral", lateral_trim) if theta > 0.0 else ("medial", medial_trim)
    share = abs(theta) / max(abs(float(trim[0])), 1e-9)
    if share < MIDLINE_SHARE:
        return "midline"
    return f"{name} edge" if share > EDGE_SHARE else f"{name} side"
