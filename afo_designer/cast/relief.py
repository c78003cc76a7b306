"""Relief: room over bony places, blended into the clearance that holds everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from afo_designer.cast.parameters import CastParameters
from afo_designer.cast.transition import smooth_step
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.limb.landmarks import Landmarks
from afo_designer.limb.scan import Side

# Foot length (mm) at which the core radii below hold; they scale with the foot.
REFERENCE_FOOT = 260.0
# Reliefs on the foot's borders fade over this much more: beside a flat sole a short feather shows
# as a lump in the footplate's outline, which a shoe would feel. So do those over the malleoli,
# which stand out by themselves: a short feather makes a ball of them ([D], looked at).
LONG_FEATHER = 1.6
LONG = (
    "navicular",
    "fifth_metatarsal_base",
    "fifth_metatarsal_head",
    "first_metatarsal_head",
    "medial_malleolus",
    "lateral_malleolus",
)
# Radius of full relief (mm) around each bone, the feather beyond it (workshop sizes; recalled).
CORE_MM = {
    "medial_malleolus": 8.0,
    "lateral_malleolus": 8.0,
    "navicular": 5.0,
    "fifth_metatarsal_base": 5.0,
    "fifth_metatarsal_head": 5.0,
    "first_metatarsal_head": 6.0,
    "achilles": 8.0,
    "heel": 12.0,
    "instep": 14.0,
    "tibial_crest": 6.0,
    "pretibial": 12.0,
    "fibular_head": 10.0,
}
# The landmark that a relief sits on; the others are estimated below.
ON_LANDMARK = {
    "medial_malleolus": "medial_malleolus",
    "lateral_malleolus": "lateral_malleolus",
    "fifth_metatarsal_head": "fifth_metatarsal_head_lateral",
    "first_metatarsal_head": "first_metatarsal_head_medial",
    "heel": "heel_posterior",
    "fibular_head": "fibular_head",
}
# Found on the skin where a limb has them, else estimated below.
FOUND = ("navicular", "fifth_metatarsal_base")
# The navicular's tuberosity between medial malleolus and first metatarsal head: shares of the way
# forward and of the way down (about 0.43 of the foot's length and 40 mm high in an adult).
NAVICULAR_FORWARD, NAVICULAR_DOWN = 0.30, 0.58
# The fifth metatarsal is about 0.27 of the foot long, so its base lies 0.6 of the way from heel
# to head; its tuberosity is some 0.06 of the foot above the sole. All four recalled.
FIFTH_BASE_FORWARD, FIFTH_BASE_HEIGHT = 0.60, 0.06
# How far the strip over the Achilles tendon goes on above the ankle while it fades, in heights of
# the ankle: some 80 mm in an adult, so that a leaf over it stays straight.
ACHILLES_ABOVE = 1.2
# The strips along the shin run this far up and down from its middle, in shares of the way from
# instep to tuberosity, and the muscle's lies so far outwards (mm, of an adult; recalled).
SHIN_REACH, MUSCLE_ASIDE = 0.33, 22.0
# The instep's room begins at the ankle and goes on so far towards the toes, in ankle heights.
INSTEP_AHEAD = 0.45
# Exponent of the norm that joins overlapping reliefs: a maximum, rounded over about a tenth.
JOIN = 8.0


@dataclass(frozen=True, slots=True)
class ReliefSite:
    """One relief: `room_mm` along `path` (k, 3) on the skin and within `core_mm` of it.

    Less than 0 mm presses.

    It fades out, C², over `feather_mm` beyond the core, and with height between the two ends of
    `fade_z` (mm) where given. `estimated` says that the site was placed by proportion, because
    scans do not show it.
    """

    name: str
    path: FloatArray
    room_mm: float
    core_mm: float
    feather_mm: float
    estimated: bool
    fade_z: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", frozen(self.path, (None, 3)))

    @property
    def position(self) -> FloatArray:
        """(3,) where the relief is centred, or begins if it is a strip."""
        return self.path[0]

    def room(self, points: FloatArray) -> FloatArray:
        """(n,) millimetres of room this relief alone gives."""
        away = _distance_to_path(points, self.path)
        share = 1.0 - smooth_step(away, self.core_mm, self.core_mm + self.feather_mm)
        if self.fade_z is not None:
            share = share * (1.0 - smooth_step(points[:, 2], *self.fade_z))
        return self.room_mm * share


def relief_sites(
    points: FloatArray,
    normals: FloatArray,
    landmarks: Landmarks,
    side: Side,
    foot_length: float,
    parameters: CastParameters,
) -> tuple[ReliefSite, ...]:
    """The reliefs asked for, placed on skin `points` (n, 3) with outward `normals` (n, 3).

    Those of 0 mm and those whose landmarks are absent are left out.
    """
    size = foot_length / REFERENCE_FOOT
    paths = _paths(points, normals, landmarks, side)
    reliefs = parameters.relief
    return tuple(
        ReliefSite(
            name=name,
            path=path,
            room_mm=getattr(reliefs, f"{name}_mm"),
            core_mm=CORE_MM[name] * size,
            feather_mm=reliefs.feather_mm * (LONG_FEATHER if name in LONG else 1.0),
            estimated=name in FOUND and name not in landmarks,
            fade_z=_fading(path) if name == "achilles" else None,
        )
        for name, path in paths.items()
        if getattr(reliefs, f"{name}_mm") != 0.0
    )


def pad_sites(
    points: FloatArray,
    normals: FloatArray,
    landmarks: Landmarks,
    side: Side,
    parameters: CastParameters,
) -> tuple[ReliefSite, ...]:
    """The recesses of the pads asked for: as deep as the pad is thick, over all of it.

    They come on top of the reliefs, on the same places. Those whose landmarks are absent are left
    out.
    """
    pads = parameters.pad
    return tuple(
        ReliefSite(
            name=f"{name}_pad",
            path=path,
            room_mm=getattr(pads, f"{name}_mm"),
            core_mm=pads.radius_mm,
            feather_mm=parameters.relief.feather_mm * (LONG_FEATHER if name in LONG else 1.0),
            estimated=name in FOUND and name not in landmarks,
        )
        for name, path in _paths(points, normals, landmarks, side).items()
        if getattr(pads, f"{name}_mm", 0.0) > 0.0
    )


def _fading(path: FloatArray) -> tuple[float, float]:
    """Heights from the ankle (the middle of the strip) to its upper end."""
    return float(path[len(path) // 2, 2]), float(path[-1, 2])


def _paths(
    points: FloatArray, normals: FloatArray, landmarks: Landmarks, side: Side
) -> dict[str, FloatArray]:
    """Relief centres and lines by name, each point of them a vertex of the skin."""
    paths: dict[str, FloatArray] = {}
    for name in CORE_MM:
        if name in ON_LANDMARK and ON_LANDMARK[name] in landmarks:
            paths[name] = _snapped(points, landmarks.position(ON_LANDMARK[name])[None])
    lateral = side.lateral_y
    for name in FOUND:
        if name in landmarks:
            paths[name] = _snapped(points, landmarks.position(name)[None])
    if "navicular" not in paths and {"medial_malleolus", "first_metatarsal_head_medial"} <= set(
        landmarks
    ):
        malleolus = landmarks.position("medial_malleolus")
        head = landmarks.position("first_metatarsal_head_medial")
        x = malleolus[0] + NAVICULAR_FORWARD * (head[0] - malleolus[0])
        z = malleolus[2] + NAVICULAR_DOWN * (head[2] - malleolus[2])
        paths["navicular"] = _outermost(points, normals, x, z, -lateral)
    if "fifth_metatarsal_base" not in paths and "fifth_metatarsal_head_lateral" in landmarks:
        head = landmarks.position("fifth_metatarsal_head_lateral")
        x = FIFTH_BASE_FORWARD * head[0]
        z = FIFTH_BASE_HEIGHT * head[0] / 0.67  # the head lies at 0.67 of the foot's length
        paths["fifth_metatarsal_base"] = _outermost(points, normals, x, z, lateral)
    if {"heel_posterior", "achilles_at_ankle"} <= set(landmarks):
        heel = landmarks.position("heel_posterior")
        tendon = landmarks.position("achilles_at_ankle")
        up = np.array([0.0, 0.0, ACHILLES_ABOVE * tendon[2]])
        stations = np.linspace(0.0, 1.0, 4)[:, None]
        line = np.vstack([heel + stations * (tendon - heel), tendon + stations[1:] * up])
        paths["achilles"] = _snapped(points, line)
    return paths | _anterior(points, landmarks, lateral)


def _anterior(points: FloatArray, landmarks: Landmarks, lateral: float) -> dict[str, FloatArray]:
    """The strips over instep and shin."""
    if "instep_at_ankle" not in landmarks:
        return {}
    instep = landmarks.position("instep_at_ankle")
    ahead = np.array([INSTEP_AHEAD * instep[2], 0.0, -0.5 * INSTEP_AHEAD * instep[2]])
    paths = {"instep": _snapped(points, np.array([instep, instep + 0.5 * ahead, instep + ahead]))}
    if "tibial_tuberosity" in landmarks:
        up = landmarks.position("tibial_tuberosity") - instep
    elif "tibial_crest" in landmarks:
        up = 2.0 * (landmarks.position("tibial_crest") - instep)
    else:
        return paths
    middle = instep + 0.5 * up
    if "tibial_crest" in landmarks:
        middle = landmarks.position("tibial_crest")
    stations = SHIN_REACH * np.linspace(-1.0, 1.0, 5)[:, None]
    line = middle + stations * up
    aside = np.array([0.0, lateral * MUSCLE_ASIDE * float(np.linalg.norm(up)) / 300.0, 0.0])
    return paths | {
        "tibial_crest": _snapped(points, line),
        "pretibial": _snapped(points, line + aside),
    }


def _snapped(points: FloatArray, wanted: FloatArray) -> FloatArray:
    """(k, 3) the vertices nearest to the points wanted (k, 3)."""
    nearest = [int(((points - at) ** 2).sum(axis=1).argmin()) for at in wanted]
    return points[nearest]


def _outermost(
    points: FloatArray, normals: FloatArray, x: float, z: float, outward_y: float
) -> FloatArray:
    """(1, 3) the vertex nearest to (x, z) in side view among those that face `outward_y`."""
    facing = np.flatnonzero(normals[:, 1] * outward_y > 0.5)
    away = (points[facing, 0] - x) ** 2 + (points[facing, 2] - z) ** 2
    return points[facing[away.argmin()]][None]


def _distance_to_path(points: FloatArray, path: FloatArray) -> FloatArray:
    """(n,) distances from points to a polyline (k, 3), or to its single point."""
    if len(path) == 1:
        return np.linalg.norm(points - path[0], axis=1)
    nearest = np.full(len(points), np.inf)
    for start, end in pairwise(path):
        leg = end - start
        along = np.clip((points - start) @ leg / max(float(leg @ leg), 1e-12), 0.0, 1.0)
        away = np.linalg.norm(points - start - along[:, None] * leg, axis=1)
        nearest = np.minimum(nearest, away)
    return nearest
