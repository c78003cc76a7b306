"""Stage 3, cast modification. Input: Limb, ankle angle, heel height. Output: PositiveModel."""

from __future__ import annotations

import numpy as np

from afo_designer.cast.alignment import (
    LARGE_CORRECTION,
    SHANK_BEGINS,
    SHANK_RIGID,
    Alignment,
)
from afo_designer.cast.normals import averaged, smoothed_normals
from afo_designer.cast.parameters import CastParameters
from afo_designer.cast.positive import PositiveModel
from afo_designer.cast.refinement import refined
from afo_designer.cast.relief import REFERENCE_FOOT, ReliefSite, relief_room, relief_sites
from afo_designer.cast.reposing import Reposing, repose
from afo_designer.cast.sole import EDGE_WIDTH, Plate, pressed, sole_weight, stand
from afo_designer.cast.strain import skin_strain
from afo_designer.cast.transition import smooth_step
from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.landmarks import Landmark, Landmarks
from afo_designer.limb.limb import Limb

# Longest edges (mm) on foot and ankle, of an adult and of a child, and on the calf: a relief's
# feather of 12 mm needs four edges; the calf curves gently.
FOOT_EDGE, SMALLEST_EDGE, CALF_EDGE = 3.0, 2.0, 8.0
# Width (mm) over which normals are averaged, of an adult: wide against noise and pores (1 mm),
# narrow against the radius of a heel (25 mm).
NORMAL_WIDTH = 8.0
NEEDED = (
    "medial_malleolus",
    "lateral_malleolus",
    "heel_posterior",
    "heel_plantar",
    "first_metatarsal_head_plantar",
    "fifth_metatarsal_head_plantar",
)


class CastRefused(InputRefused):
    """A limb whose cast cannot be modified."""


def modify_cast(
    limb: Limb,
    ankle_angle: float,
    heel_height_difference_mm: float,
    parameters: CastParameters,
    passive_dorsiflexion: float | None = None,
) -> PositiveModel:
    """The positive model: limb re-posed to `ankle_angle` (rad), relieved, standing on its plate.

    `heel_height_difference_mm` is the shoe's; `passive_dorsiflexion` (rad) the most the ankle
    allows, None when not examined. Raises `CastRefused` for missing landmarks, `AlignmentRefused`
    for an angle out of reach, `SoleRefused` for a shoe out of range.
    """
    _check_landmarks(limb)
    reposing = repose(limb, ankle_angle, parameters.pose, passive_dorsiflexion)
    plate = stand(limb.landmarks, heel_height_difference_mm, parameters)
    scanned = refined(limb.mesh, lambda points: _longest_edge(limb, points))
    skin = scanned.with_vertices(_reposed(scanned.vertices, reposing, plate))
    landmarks = _reposed_landmarks(limb.landmarks, reposing, plate)
    normals = smoothed_normals(skin, NORMAL_WIDTH * _size(limb))
    sites = relief_sites(skin.vertices, normals, landmarks, limb.side, limb.foot_length, parameters)
    offset = parameters.clearance_mm + relief_room(skin.vertices, sites)
    raised = skin.vertices + offset[:, None] * normals
    downward = -averaged(skin, normals[:, 2:], EDGE_WIDTH * _size(limb))[:, 0]
    ankle_height = float(limb.ankle_centre[2])
    sole = sole_weight(skin.vertices, downward, plate, ankle_height)
    weight = parameters.plantar_flattening * sole
    surface = pressed(raised, weight, plate, ankle_height)
    return PositiveModel(
        limb=limb,
        skin=skin,
        mesh=skin.with_vertices(surface),
        normals=normals,
        offset=np.where(surface[:, 2] != raised[:, 2], np.nan, offset),
        plate=plate,
        reliefs=sites,
        landmarks=landmarks,
        ankle_centre=reposing.motion.apply(limb.ankle_centre),
        knee_centre=reposing.motion.apply(limb.knee_centre),
        ankle_angle=ankle_angle,
        correction=reposing.alignment.correction,
        reposing=reposing,
        strain=skin_strain(scanned.vertices, _scan_normals(scanned, limb), reposing.apply),
        volume_change=_volume_change(limb, scanned, skin),
        parameters=parameters,
        notes=_notes(limb, reposing.alignment, parameters, sites),
    )


def _scan_normals(scanned: TriMesh, limb: Limb) -> FloatArray:
    """Normals of the skin as scanned, averaged like those of the re-posed one."""
    return smoothed_normals(scanned, NORMAL_WIDTH * _size(limb))


def _volume_change(limb: Limb, before: TriMesh, after: TriMesh) -> float:
    """Relative change of volume, the limb's openings closed by fans about their middles."""
    loops = limb.mesh.boundary_loops()  # old vertices keep their numbers in refined meshes
    enclosed = [mesh.volume + _cap_volume(mesh, loops) for mesh in (before, after)]
    return enclosed[1] / enclosed[0] - 1.0


def _cap_volume(mesh: TriMesh, loops: list[IntArray]) -> float:
    """Volume (mm³) between the origin and the fans that close the loops."""
    volume = 0.0
    for loop in loops:
        start = mesh.vertices[loop]
        end = np.roll(start, -1, axis=0)
        volume += float(np.cross(end, start).sum(axis=0) @ start.mean(axis=0)) / 6.0
    return volume


def _check_landmarks(limb: Limb) -> None:
    missing = [name for name in NEEDED if name not in limb.landmarks]
    if missing:
        raise CastRefused(
            f"The cast cannot be modified without {', '.join(missing)}: "
            f"give the landmark in a file."
        )


def _size(limb: Limb) -> float:
    """The foot against the adult's that the lengths above are meant for, at most 1."""
    return min(1.0, limb.foot_length / REFERENCE_FOOT)


def _longest_edge(limb: Limb, points: FloatArray) -> FloatArray:
    """(n,) the longest edge wanted: short below the calf, growing along the shank."""
    height = float(limb.ankle_centre[2])
    along = (points - limb.ankle_centre) @ limb.shank_axis
    calf = smooth_step(along, SHANK_BEGINS * height, SHANK_RIGID * height)
    short = max(SMALLEST_EDGE, FOOT_EDGE * _size(limb))
    return short + (CALF_EDGE - short) * calf


def _reposed(points: FloatArray, reposing: Reposing, plate: Plate) -> FloatArray:
    """Points (n, 3) after the bones' turns and the toes' rise to the shoe's floor."""
    moved = reposing.apply(points)
    moved[:, 2] += (1.0 - reposing.weight(points)) * plate.rise(points[:, 0])
    return moved


def _reposed_landmarks(landmarks: Landmarks, reposing: Reposing, plate: Plate) -> Landmarks:
    names = list(landmarks)
    positions = np.array([landmarks.position(name) for name in names])
    moved = _reposed(positions, reposing, plate)
    return Landmarks(
        {
            name: Landmark(position, landmarks[name].source, landmarks[name].confidence)
            for name, position in zip(names, moved, strict=True)
        }
    )


def _notes(
    limb: Limb, alignment: Alignment, parameters: CastParameters, sites: tuple[ReliefSite, ...]
) -> tuple[str, ...]:
    notes = []
    if abs(alignment.correction) > LARGE_CORRECTION:
        reached = limb.ankle_angle + alignment.correction
        notes.append(
            f"The ankle was brought from {np.degrees(limb.ankle_angle):.1f} to "
            f"{np.degrees(reached):.1f} deg, a correction of "
            f"{np.degrees(abs(alignment.correction)):.1f} deg (more than 15): the skin over instep "
            f"and Achilles tendon is an estimate; check the fit there or scan nearer to the angle."
        )
    placed = {site.name for site in sites}
    for name in parameters.relief.__slots__:
        bone = name.removesuffix("_mm")
        if name != "feather_mm" and getattr(parameters.relief, name) > 0.0 and bone not in placed:
            notes.append(f"No relief over {bone.replace('_', ' ')}: its landmark is missing.")
    return tuple(notes)
