"""Stage 3, cast modification. Input: Limb, ankle angle, heel height. Output: PositiveModel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from afo_designer.cast.alignment import (
    LARGE_CORRECTION,
    SHANK_BEGINS,
    SHANK_RIGID,
)
from afo_designer.cast.normals import averaged, smoothed_normals
from afo_designer.cast.offset import LocalOffset
from afo_designer.cast.parameters import AS_SCANNED, CastParameters
from afo_designer.cast.positive import PositiveModel, formed
from afo_designer.cast.refinement import refined
from afo_designer.cast.relief import REFERENCE_FOOT, ReliefSite, pad_sites, relief_sites
from afo_designer.cast.reposing import Reposing, repose
from afo_designer.cast.sole import EDGE_WIDTH, Plate, sole_weight, stand
from afo_designer.cast.step import (
    ArchSupport,
    Cast,
    Flattened,
    HeelPost,
    Relieved,
    Sock,
    Step,
)
from afo_designer.cast.strain import Strain, check_strain, skin_strain, strain_notes
from afo_designer.cast.transition import smooth_step
from afo_designer.geometry.array import FloatArray, IntArray, cross
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
# Inversion of the scan (rad) beyond which its target should be somebody's decision: what clinics
# call neutral varies by some 5° (this project's choice).
MOST_INVERTED = np.radians(5.0)
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
    offsets: Sequence[LocalOffset] = (),
) -> PositiveModel:
    """The positive model: limb re-posed to `ankle_angle` (rad), relieved, standing on its plate.

    `heel_height_difference_mm` is the shoe's; `passive_dorsiflexion` (rad) the most the ankle
    allows, None when not examined; `offsets` are made after the named modifications, in order.
    Raises `CastRefused` for missing landmarks, `AlignmentRefused` for angles out of reach,
    `SoleRefused` for a shoe out of range, `OffsetRefused` for a place that is not on the skin.
    """
    _check_landmarks(limb)
    parameters = parameters.settled
    reposing = repose(limb, ankle_angle, parameters.pose, passive_dorsiflexion)
    plate = stand(limb.landmarks, heel_height_difference_mm, parameters)
    scanned = refined(limb.mesh, lambda points: _longest_edge(limb, points))
    strain = _strain(limb, scanned, reposing)
    check_strain(strain)
    skin = scanned.with_vertices(_reposed(scanned.vertices, reposing, plate))
    landmarks = _reposed_landmarks(limb.landmarks, reposing, plate)
    normals = smoothed_normals(skin, NORMAL_WIDTH * _size(limb))
    sites = relief_sites(skin.vertices, normals, landmarks, limb.side, limb.foot_length, parameters)
    downward = -averaged(skin, normals[:, 2:], EDGE_WIDTH * _size(limb))[:, 0]
    ankle_height = float(limb.ankle_centre[2])
    bare = Cast.of_skin(
        skin.vertices,
        normals,
        sole_weight(skin.vertices, downward, plate, ankle_height),
        plate,
        limb.side,
        ankle_height,
        float(landmarks.position("heel_plantar")[1]),
        _arch_x(landmarks, plate),
    )
    places = [offset.site(limb, scanned, skin) for offset in offsets]
    pads = pad_sites(skin.vertices, normals, landmarks, limb.side, parameters)
    steps = _steps(parameters, sites, pads, places)
    mesh, offset, plate = formed(skin, bare, steps)
    return PositiveModel(
        limb=limb,
        skin=skin,
        mesh=mesh,
        offset=offset,
        plate=plate,
        bare=bare,
        steps=steps,
        landmarks=landmarks,
        ankle_centre=reposing.motion.apply(limb.ankle_centre),
        knee_centre=reposing.motion.apply(limb.knee_centre),
        ankle_angle=ankle_angle,
        correction=reposing.alignment.correction,
        reposing=reposing,
        strain=strain,
        volume_change=_volume_change(limb, scanned, skin),
        parameters=parameters,
        notes=_notes(limb, reposing, strain, parameters, (*sites, *pads)),
    )


def _steps(
    parameters: CastParameters,
    sites: Sequence[ReliefSite],
    pads: Sequence[ReliefSite],
    places: Sequence[ReliefSite],
) -> tuple[Step, ...]:
    """All modifications that are asked for, in the order in which they are made."""
    steps: list[Step] = []
    if parameters.clearance_mm != 0.0:
        steps.append(Sock("sock", "cast.clearance_mm", parameters.clearance_mm))
    steps += [
        Relieved(site.name, f"cast.relief.{site.name}_mm", site.room_mm, site) for site in sites
    ]
    for pad in pads:
        key = f"cast.pad.{pad.name.removesuffix('_pad')}_mm"
        steps.append(Relieved(pad.name, key, pad.room_mm, pad, joins=False))
    steps += [Relieved(site.name, "", site.room_mm, site, joins=False) for site in places]
    for kind, name in (
        (Flattened, "plantar_flattening"),
        (ArchSupport, "arch_support_mm"),
        (HeelPost, "heel_post_deg"),
    ):
        amount = getattr(parameters, name)
        if amount != 0.0:
            plain = name.removesuffix("_mm").removesuffix("_deg")
            steps.append(kind(plain, f"cast.{name}", amount))
    return tuple(steps)


def _arch_x(landmarks: Landmarks, plate: Plate) -> float:
    """How far forward (mm) the arch is highest: at the navicular, else half-way to the ball."""
    if "navicular" in landmarks:
        return float(landmarks.position("navicular")[0])
    return 0.5 * (plate.heel + plate.bend_start)


def _strain(limb: Limb, scanned: TriMesh, reposing: Reposing) -> Strain:
    """The skin's strain by re-posing, its normals averaged like those of the re-posed skin."""
    normals = smoothed_normals(scanned, NORMAL_WIDTH * _size(limb))
    return skin_strain(scanned, normals, reposing.apply)


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
        volume += float(cross(end, start).sum(axis=0) @ start.mean(axis=0)) / 6.0
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
    limb: Limb,
    reposing: Reposing,
    strain: Strain,
    parameters: CastParameters,
    sites: tuple[ReliefSite, ...],
) -> tuple[str, ...]:
    notes = []
    correction = reposing.alignment.correction
    if abs(correction) > LARGE_CORRECTION:
        reached = limb.ankle_angle + correction
        notes.append(
            f"The ankle was brought from {np.degrees(limb.ankle_angle):.1f} to "
            f"{np.degrees(reached):.1f} deg, a correction of "
            f"{np.degrees(abs(correction)):.1f} deg (more than 15): the skin over instep "
            f"and Achilles tendon is an estimate; check the fit there or scan nearer to the angle."
        )
    notes += [*strain_notes(strain), *_inversion_notes(limb, parameters)]
    placed = {site.name for site in sites}
    for name in parameters.relief.__slots__:
        bone = name.removesuffix("_mm")
        if name != "feather_mm" and getattr(parameters.relief, name) != 0.0 and bone not in placed:
            notes.append(f"No relief over {bone.replace('_', ' ')}: its landmark is missing.")
    for name in parameters.pad.__slots__:
        bone, thick = name.removesuffix("_mm"), getattr(parameters.pad, name)
        if name == "radius_mm" or thick == 0.0:
            continue
        said = (
            f"The recess over {bone.replace('_', ' ')} holds a pad {thick:g} mm thick and "
            f"{2.0 * parameters.pad.radius_mm:g} mm across: glue it in before the fitting."
            if f"{bone}_pad" in placed
            else f"No recess for a pad over {bone.replace('_', ' ')}: its landmark is missing."
        )
        notes.append(said)
    return tuple(notes)


def _inversion_notes(limb: Limb, parameters: CastParameters) -> list[str]:
    """What to do about a foot that was scanned turned in or out, and nobody said how to hold it."""
    value, sd = limb.stance.inversion
    if parameters.pose.inversion_deg != AS_SCANNED or abs(value) <= max(MOST_INVERTED, 2.0 * sd):
        return []
    way = "inverted" if value > 0.0 else "everted"
    return [
        f"The foot was scanned {way} by {np.degrees(abs(value)):.0f} deg (± {np.degrees(sd):.0f}) "
        "and stays so in the orthosis: scan it in line, or set cast.pose.inversion_deg to the "
        "angle it can be brought to."
    ]
