"""Stage 5. Girths, foot length, the height of the last whole ring; all in the limb frame, mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.section import section, section_segments, taped_girth
from afo_designer.limb.pose import FOOT_HEIGHT
from afo_designer.limb.surface import is_joined

_RING_STEP = 4.0
_RING_REACH = 0.5


@dataclass(frozen=True, slots=True)
class Measures:
    """Foot length, tape girths and the top of the closed shank, mm."""

    foot_length: float
    ankle_girth: float
    calf_girth: float
    top_height: float


def measures(mesh: TriMesh, ankle: FloatArray, knee: FloatArray, rough_length: float) -> Measures:
    """Measures of a limb mesh; `ankle` and `knee` (3,) are its joint centres."""
    foot = mesh.vertices[mesh.vertices[:, 2] < FOOT_HEIGHT * rough_length, 0]
    length = float(np.ptp(foot))
    top = top_height(mesh, ankle, knee, length)
    axis = (knee - ankle) / np.linalg.norm(knee - ankle)
    reach = min((top - ankle[2]) / max(axis[2], 0.3), float(np.linalg.norm(knee - ankle)))
    stations = np.arange(0.08 * length, max(reach, 0.12 * length), 0.02 * length)
    girths = _girths(mesh, ankle, axis, stations, length)
    girths = np.where(girths > 0.0, girths, np.nan)
    if np.isnan(girths).all():
        return Measures(length, 0.0, 0.0, top)
    low = girths[stations < 0.55 * length]
    return Measures(length, float(np.nanmin(low)), float(np.nanmax(girths)), top)


def _girths(
    mesh: TriMesh, ankle: FloatArray, axis: FloatArray, stations: FloatArray, length: float
) -> FloatArray:
    """Tape girths (k,) of the sections at `stations` mm up the axis; 0 where there is none."""
    height = ((mesh.vertices - ankle) @ axis)[mesh.triangles]
    low, high = height.min(axis=1), height.max(axis=1)
    girths = np.zeros(len(stations))
    for row, station in enumerate(stations):
        centre = ankle + station * axis
        band = mesh.kept((low < station) & (high >= station))
        points = section_segments(band, centre, axis).reshape(-1, 3)
        near = points[np.linalg.norm(points - centre, axis=1) < _RING_REACH * length]
        girths[row] = taped_girth(near, axis)
    return girths


def top_height(mesh: TriMesh, ankle: FloatArray, knee: FloatArray, length: float) -> float:
    """The highest z at which a level plane still cuts the shank in a whole closed ring.

    Searched downwards from the highest vertex, then halved to 0.25 mm. Where triangles are not
    joined, a ring is whole when no gap seen from its middle exceeds an eighth of a turn. Falls
    back to the ankle's height when there is no ring above it.
    """
    highest = float(mesh.vertices[:, 2].max())
    # triangles low on the leg are never cut: leave them out of every section
    upper = mesh.kept((mesh.corners[:, :, 2].max(axis=1)) > ankle[2])
    joined = is_joined(upper)
    height = highest - 1e-6
    while height > ankle[2]:
        if _whole_ring(upper, height, ankle, knee, length, joined):
            break
        height -= _RING_STEP
    else:
        return float(ankle[2])
    low, high = height, min(height + _RING_STEP, highest)
    while high - low > 0.25:
        middle = 0.5 * (low + high)
        if _whole_ring(upper, middle, ankle, knee, length, joined):
            low = middle
        else:
            high = middle
    return low


def _whole_ring(
    mesh: TriMesh,
    height: float,
    ankle: FloatArray,
    knee: FloatArray,
    length: float,
    joined: bool,
) -> bool:
    axis = knee - ankle
    centre = ankle + axis * ((height - ankle[2]) / axis[2])
    if joined:
        lines = [line.points for line in section(mesh, [0, 0, height], [0, 0, 1]) if line.closed]
    else:
        lines = [section_segments(mesh, [0, 0, height], [0, 0, 1]).reshape(-1, 3)]
    for points in lines:
        flat = (points - centre)[:, :2]
        flat = flat[np.linalg.norm(flat, axis=1) < _RING_REACH * length]
        if len(flat) < 8 or np.ptp(flat, axis=0).min() < 0.15 * length:
            continue
        middle = 0.5 * (flat.min(axis=0) + flat.max(axis=0))
        turn = np.sort(np.arctan2(*(flat - middle).T))
        gaps = np.diff(np.append(turn, turn[0] + 2.0 * np.pi))
        if gaps.max() < 0.25 * np.pi:
            return True
    return False
