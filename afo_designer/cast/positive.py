"""PositiveModel: the modified limb that the orthosis is formed over."""

from __future__ import annotations

from dataclasses import dataclass

from afo_designer.cast.parameters import CastParameters
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.landmarks import Landmarks
from afo_designer.limb.limb import Limb


@dataclass(frozen=True, slots=True)
class PositiveModel:
    """The limb re-posed to the orthosis's ankle angle, relieved, flattened and built up (mm).

    Limb frame; the foot stays, the shank moves. `skin` is the re-posed limb before any offset,
    `mesh` the modified surface, vertex by vertex the same topology; `offset` (n,) is the distance
    asked for along the skin's normal (clearance and reliefs) where the surface is offset from the
    skin, NaN on the flattened sole. `landmarks` lie on the re-posed skin. `ankle_angle` (rad) is
    the angle reached, `correction` (rad) the change from the scan's. `plate_height` gives the
    sole's target height over x: heel to metatarsal heads 0, then rising under the toes.
    """

    limb: Limb
    skin: TriMesh
    mesh: TriMesh
    offset: FloatArray
    landmarks: Landmarks
    ankle_centre: FloatArray
    knee_centre: FloatArray
    ankle_angle: float
    correction: float
    parameters: CastParameters
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "offset", frozen(self.offset, (len(self.mesh.vertices),)))
        for name in ("ankle_centre", "knee_centre"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))

    @property
    def shank_axis(self) -> FloatArray:
        """(3,) unit vector from the ankle centre to the knee centre, after re-posing."""
        axis = self.knee_centre - self.ankle_centre
        return axis / float((axis @ axis) ** 0.5)
