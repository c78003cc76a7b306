"""Limb: a scan in the limb frame, with its landmarks, joint centres and measurements."""

from __future__ import annotations

from dataclasses import dataclass

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.landmarks import Landmarks
from afo_designer.limb.scan import Scan, Side
from afo_designer.limb.stance import Stance, shank_angles


@dataclass(frozen=True, slots=True)
class Limb:
    """A leg in the limb frame (mm): +x anterior, +y to the person's left, +z proximal.

    z = 0 is the sole (heel to metatarsal heads), x = 0 the most posterior heel point, y = 0 the
    midpoint of the malleoli. `mesh` is the leg's surface alone: oriented outward, floor and
    fragments removed, toes and top open or closed as scanned. `frame_from_scan` carries the scan's
    millimetre axes to the limb frame. `ankle_centre` (3,) is the malleolar midpoint, `knee_centre`
    (3,) an estimate, `ankle_axis` (3,) the unit vector from the medial to the lateral malleolus.
    `ankle_angle` (rad) is shank to sole in the sagittal plane, dorsiflexion positive, 0 =
    perpendicular. `stance` holds that and the leg's other angles with their uncertainty, what its
    knee did and whether it carried weight. `top_height` (mm) is the highest z where the leg is
    still a whole closed ring.
    """

    scan: Scan
    mesh: TriMesh
    side: Side
    side_source: str
    landmarks: Landmarks
    frame_from_scan: Frame
    ankle_centre: FloatArray
    knee_centre: FloatArray
    ankle_axis: FloatArray
    ankle_angle: float
    top_height: float
    foot_length: float
    ankle_girth: float
    calf_girth: float
    stance: Stance
    grade: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("ankle_centre", "knee_centre", "ankle_axis"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))

    @property
    def shank_axis(self) -> FloatArray:
        """(3,) unit vector from the ankle centre to the knee centre."""
        axis = self.knee_centre - self.ankle_centre
        return axis / float((axis @ axis) ** 0.5)

    @property
    def inversion(self) -> float:
        """Rad: the sole turned towards the other leg positive, from the shank's axis."""
        return shank_angles(self.shank_axis, self.side)[1]
