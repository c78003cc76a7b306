"""Limbs with known landmarks, built from the shared scans' ground truth, not from detection."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import trimesh

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.landmarks import Landmark, Landmarks, Source
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Scan, Side

SCANS = Path(__file__).parents[3] / "shared" / "scans"
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
    knee = motion.apply(centres["knee_joint_centre"])
    # The joint centre's own axis, so that the angle is the one the truth states.
    knee = knee + ankle - motion.apply(centres["ankle_joint_centre"])
    axis = knee - ankle
    return Limb(
        scan=Scan(body, "0" * 64, "ply", "mm", "declared", 1.0),
        mesh=body,
        side=Side(truth["side"]),
        side_source="given",
        landmarks=landmarks,
        frame_from_scan=motion,
        ankle_centre=ankle,
        knee_centre=knee,
        ankle_axis=unit(
            landmarks.position("lateral_malleolus") - landmarks.position("medial_malleolus")
        ),
        ankle_angle=float(np.arctan2(axis[0], axis[2])),
        top_height=float(body.vertices[body.boundary_edges[:, 0], 2].min()) - 5.0,
        foot_length=float(body.vertices[body.vertices[:, 2] < 60.0, 0].max()),
        ankle_girth=220.0,
        calf_girth=350.0,
        grade="A",
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


@cache
def _cached(stem: str) -> Limb:
    return true_limb(stem)


@pytest.fixture(scope="session")
def scanned_limb() -> Callable[[str], Limb]:
    """Limbs by file stem below the shared scans; skips where the scans are absent."""
    if not SCANS.is_dir():
        pytest.skip("the shared scans are not beside the project")
    return _cached
