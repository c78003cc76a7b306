"""Limbs with known landmarks: generated, or from the shared scans' truth, never from detection."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import trimesh

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.generator import LimbShape, SyntheticLimb, generate_limb
from afo_designer.limb.landmarks import Landmark, Landmarks, Source
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Scan, Side
from afo_designer.limb.stance import Angle, Knee, Loading, Stance, shank_angles

SCANS = Path(__file__).parents[2] / "shared" / "scans"
TRUTH_NAMES = {
    "malleolus_medial": "medial_malleolus",
    "malleolus_lateral": "lateral_malleolus",
    "heel_posterior": "heel_posterior",
    "heel_plantar": "heel_plantar",
    "mt1_head_medial": "first_metatarsal_head_medial",
    "mt1_head_plantar": "first_metatarsal_head_plantar",
    "mt5_head_lateral": "fifth_metatarsal_head_lateral",
    "mt5_head_plantar": "fifth_metatarsal_head_plantar",
    "hallux_tip": "hallux_tip",
    "toe2_tip": "second_toe_tip",
    "achilles_at_ankle": "achilles_at_ankle",
    "instep_at_ankle_height": "instep_at_ankle",
    "fibular_head": "fibular_head",
    "tibial_tuberosity": "tibial_tuberosity",
}


@cache
def true_limb(stem: str) -> Limb:
    """The limb of `<stem>.ply` and `<stem>.json`, in the limb frame of its true landmarks."""
    truth = json.loads((SCANS / f"{stem}.json").read_text())
    mesh = trimesh.load(SCANS / f"{stem}.ply", process=False)
    points = {TRUTH_NAMES[k]: np.array(v) for k, v in truth["landmarks"].items()}
    centres = {k: np.array(v) for k, v in truth["joint_centres"].items()}
    foot = _foot_frame(points, centres)
    landmarks = Landmarks({k: Landmark(v, Source.GIVEN, 1.0) for k, v in points.items()})
    vertices = foot.apply(mesh.vertices)
    landmarks = landmarks.moved(foot)
    shift = Frame(np.eye(3), [-vertices[_near_heel(vertices, landmarks), 0].min(), 0.0, 0.0])
    motion = shift @ foot
    landmarks = landmarks.moved(shift)
    body = TriMesh(shift.apply(vertices), mesh.faces)
    ankle = 0.5 * (landmarks.position("medial_malleolus") + landmarks.position("lateral_malleolus"))
    # The joint centres' own axis, so that the angle is the one the truth states.
    knee = ankle + motion.turn(centres["knee_joint_centre"] - centres["ankle_joint_centre"])
    return _limb(body, Side(truth["side"]), landmarks, ankle, knee, motion)


@cache
def generated_limb(
    ankle_angle_deg: float, side: Side = Side.RIGHT, height_mm: float = 1755.0
) -> Limb:
    """A man's or, by height, a child's leg from the package's own generator, with its truth."""
    age, mass = (46.0, 80.0) if height_mm > 1400.0 else (6.0, 21.0)
    made = generate_limb(
        LimbShape(
            age_years=age,
            height_mm=height_mm,
            mass_kg=mass,
            side=side.value,
            ankle_angle_deg=ankle_angle_deg,
            variation=0.0,
            triangles=9000,
        )
    )
    return limb_of(made)


def limb_of(made: SyntheticLimb) -> Limb:
    """A generated leg with its own truth for landmarks."""
    marks = Landmarks({k: Landmark(v, Source.GIVEN, 1.0) for k, v in made.landmarks.items()})
    centres = made.ankle_centre, made.knee_centre
    return _limb(made.mesh, made.side, marks, *centres, Frame.identity())


def mirrored_limb(limb: Limb) -> Limb:
    """The other leg: y ↦ −y."""
    flip = np.array([1.0, -1.0, 1.0])
    marks = Landmarks(
        {k: Landmark(m.position * flip, m.source, m.confidence) for k, m in limb.landmarks.items()}
    )
    return replace(
        limb,
        mesh=limb.mesh.mirrored_y(),
        side=Side.LEFT if limb.side is Side.RIGHT else Side.RIGHT,
        landmarks=marks,
        ankle_centre=limb.ankle_centre * flip,
        knee_centre=limb.knee_centre * flip,
        ankle_axis=limb.ankle_axis * flip,
    )


def _limb(
    mesh: TriMesh,
    side: Side,
    landmarks: Landmarks,
    ankle: FloatArray,
    knee: FloatArray,
    frame: Frame,
) -> Limb:
    axis = knee - ankle
    across = landmarks.position("lateral_malleolus") - landmarks.position("medial_malleolus")
    return Limb(
        scan=Scan(mesh, "0" * 64, "ply", "mm", "declared", 1.0),
        mesh=mesh,
        side=side,
        side_source="given",
        landmarks=landmarks,
        frame_from_scan=frame,
        ankle_centre=ankle,
        knee_centre=knee,
        ankle_axis=unit(across),
        ankle_angle=float(np.arctan2(axis[0], axis[2])),
        top_height=float(mesh.vertices[np.unique(mesh.boundary_edges), 2].min()) - 5.0,
        foot_length=float(landmarks.position("hallux_tip")[0]),
        ankle_girth=220.0,
        calf_girth=350.0,
        stance=_stance(axis, across, side),
        grade="A",
    )


def _stance(axis: FloatArray, across: FloatArray, side: Side) -> Stance:
    """The angles of these axes, known exactly."""
    flexion, inversion = shank_angles(axis, side)
    return Stance(
        ankle_angle=Angle(flexion, 0.0),
        inversion=Angle(inversion, 0.0),
        toe_out=None,
        malleolar_rotation=Angle(float(np.arctan2(-across[0], abs(across[1]))), 0.0),
        malleolar_tilt=Angle(float(np.arctan2(-across[2], abs(across[1]))), 0.0),
        shank_to_floor=None,
        knee=Knee.NOT_SHOWN,
        loading=Loading.UNCLEAR,
    )


def _foot_frame(points: dict[str, FloatArray], centres: dict[str, FloatArray]) -> Frame:
    """The motion that lays heel and metatarsal heads on z = 0 and points the foot along +x."""
    heel = points["heel_plantar"]
    first = points["first_metatarsal_head_plantar"]
    fifth = points["fifth_metatarsal_head_plantar"]
    normal = np.cross(first - heel, fifth - heel)
    normal = unit(normal * np.sign(normal[2]))
    forward = centres["mtp2_joint_centre"] - heel
    forward = unit(forward - (forward @ normal) * normal)
    rotation = np.stack([forward, np.cross(normal, forward), normal])
    ankle = 0.5 * (points["medial_malleolus"] + points["lateral_malleolus"])
    origin = -rotation @ heel
    origin[1] = -(rotation @ ankle)[1]
    return Frame(rotation, origin)


def _near_heel(vertices: FloatArray, landmarks: Landmarks) -> FloatArray:
    """The vertices low enough at the back of the foot to be the heel, not the calf."""
    heel = landmarks.position("heel_posterior")
    return (np.abs(vertices[:, 2] - heel[2]) < 15.0) & (vertices[:, 0] < heel[0] + 60.0)
