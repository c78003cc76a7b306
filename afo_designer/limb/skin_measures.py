"""Skin measures: what a tape and a calliper find on a leg whose landmarks are known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from afo_designer.geometry.array import FloatArray, cross
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.section import section_segments, taped_girth

_ANKLE_SHARES = np.arange(0.08, 0.27, 0.015)  # of the way from ankle to knee: where the least is
_CALF_SHARES = np.arange(0.56, 0.86, 0.02)
_NEAR = 0.5  # a girth's points lie within this many foot lengths of its middle


def skin_measures(
    mesh: TriMesh, landmarks: Mapping[str, FloatArray], ankle: FloatArray, knee: FloatArray
) -> dict[str, float]:
    """Measures in mm of a clean leg in the limb frame, named as ANSUR II names them.

    `ankle_girth` is the least round the shank square to its axis, `calf_girth` the greatest,
    `ball_girth` over both metatarsal heads, `instep_girth` the least round the middle of the foot,
    `heel_ankle_girth` under the heel and over the front of the ankle. `calf_girth` is absent from
    a leg cut below its calf. Girths are taped: perimeters of convex hulls.
    """
    axis = knee - ankle
    length = float(landmarks["hallux_tip"][0])
    lower = mesh.kept(mesh.corners[:, :, 2].max(axis=1) < 0.45 * length)
    foot = mesh.vertices[mesh.vertices[:, 2] < 0.2 * length]
    x = foot[:, 0] / length
    found = {
        "foot_length": float(np.ptp(foot[:, 0])),
        "ball_breadth": float(np.ptp(foot[(x > 0.55) & (x < 0.80), 1])),
        "heel_breadth": float(np.ptp(foot[x < 0.20, 1])),
        "bimalleolar_breadth": _bimalleolar_breadth(landmarks, axis),
        "lateral_malleolus_height": float(landmarks["lateral_malleolus"][2]),
        "medial_malleolus_height": float(landmarks["medial_malleolus"][2]),
        "ankle_girth": min(_along(mesh, ankle, axis, _ANKLE_SHARES)),
        "ball_girth": _ball_girth(lower, landmarks),
        "instep_girth": min(_upright(lower, share * length) for share in (0.46, 0.50, 0.54)),
        "heel_ankle_girth": _heel_ankle_girth(lower, landmarks, length),
    }
    rim = np.unique(mesh.boundary_edges)
    top = float(((mesh.vertices[rim] - ankle) @ axis).min() / (axis @ axis))
    reached = _CALF_SHARES[top - 0.01 > _CALF_SHARES]
    if len(reached) > 6:
        found["calf_girth"] = max(_along(mesh, ankle, axis, reached))
    return found


def _bimalleolar_breadth(landmarks: Mapping[str, FloatArray], axis: FloatArray) -> float:
    """As a calliper held across the shank reads it: without the malleoli's rise and advance."""
    aside = cross(axis, [1.0, 0.0, 0.0])
    across = landmarks["lateral_malleolus"] - landmarks["medial_malleolus"]
    return float(abs(across @ aside) / np.linalg.norm(aside))


def _along(mesh: TriMesh, ankle: FloatArray, axis: FloatArray, shares: FloatArray) -> list[float]:
    """Girths (k,) square to the shank's axis at shares of the way from ankle to knee."""
    upper = mesh.kept(((mesh.vertices - ankle) @ axis)[mesh.triangles].max(axis=1) > 0.0)
    return [_girth(upper, ankle + share * axis, axis) for share in shares]


def _girth(mesh: TriMesh, centre: FloatArray, normal: FloatArray) -> float:
    height = ((mesh.vertices - centre) @ normal)[mesh.triangles]
    band = mesh.kept((height.min(axis=1) < 0.0) & (height.max(axis=1) >= 0.0))
    return taped_girth(section_segments(band, centre, normal), normal)


def _ball_girth(mesh: TriMesh, landmarks: Mapping[str, FloatArray]) -> float:
    first = landmarks["first_metatarsal_head_medial"]
    fifth = landmarks["fifth_metatarsal_head_lateral"]
    normal = cross(fifth - first, [0.0, 0.0, 1.0])
    return _girth(mesh, 0.5 * (first + fifth), normal)


def _upright(mesh: TriMesh, x: float) -> float:
    return _girth(mesh, np.array([x, 0.0, 0.0]), np.array([1.0, 0.0, 0.0]))


def _heel_ankle_girth(mesh: TriMesh, landmarks: Mapping[str, FloatArray], length: float) -> float:
    """The least girth through the lower back of the heel and the front of ankle or instep."""
    foot = mesh.vertices[mesh.vertices[:, 0] < 0.25 * length]
    corner = foot[np.argmin(foot[:, 0] + foot[:, 2])]
    ankle = landmarks["instep_at_ankle"]
    girths = []
    for rise in np.arange(-0.04, 0.09, 0.02) * length:
        slope = np.array([ankle[0] - corner[0], 0.0, ankle[2] + rise - corner[2]])
        girths.append(_girth(mesh, corner, cross(slope, [0.0, 1.0, 0.0])))
    return min(girths)
