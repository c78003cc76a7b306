"""PositiveModel: the modified limb that the orthosis is formed over."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import ArrayLike

from afo_designer.cast.parameters import CastParameters
from afo_designer.cast.relief import ReliefSite
from afo_designer.cast.reposing import Reposing
from afo_designer.cast.sole import Plate
from afo_designer.cast.strain import Strain
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.landmarks import Landmarks
from afo_designer.limb.limb import Limb


@dataclass(frozen=True, slots=True)
class PositiveModel:
    """The limb re-posed to the orthosis's ankle angle, relieved, flattened and built up (mm).

    Limb frame; the foot stays, the shank moves, the toes rise to the shoe's floor. `skin` is the
    re-posed limb before any offset, refined where the scan is coarse; `mesh` the modified surface,
    vertex by vertex the same topology. `offset` (n,) is the distance asked for from the skin, along
    its smoothed normal `normals` (n, 3): clearance plus reliefs; NaN where the surface is pressed
    towards the plate. `plate` is the inner surface of the footplate, level at z = −clearance from
    heel to metatarsal heads (z = 0 stays the skin's sole), then rising; it reaches beyond the toes.
    `reliefs` are the sites with their room. `landmarks` lie on the re-posed skin. `ankle_angle`
    (rad) is the angle reached, `correction` (rad) the ankle's turn from the scan's; `reposing` the
    whole map from the scan's pose, `strain` the skin's by it; `volume_change` the share by which it
    changed the volume. `notes` are warnings in words.
    """

    limb: Limb
    skin: TriMesh
    mesh: TriMesh
    normals: FloatArray
    offset: FloatArray
    plate: Plate
    reliefs: tuple[ReliefSite, ...]
    landmarks: Landmarks
    ankle_centre: FloatArray
    knee_centre: FloatArray
    ankle_angle: float
    correction: float
    reposing: Reposing
    strain: Strain
    volume_change: float
    parameters: CastParameters
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.mesh.vertices)
        object.__setattr__(self, "normals", frozen(self.normals, (count, 3)))
        object.__setattr__(self, "offset", frozen(self.offset, (count,)))
        for name in ("ankle_centre", "knee_centre"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))

    @property
    def shank_axis(self) -> FloatArray:
        """(3,) unit vector from the ankle centre to the knee centre, after re-posing."""
        axis = self.knee_centre - self.ankle_centre
        return axis / float((axis @ axis) ** 0.5)

    def plate_height(self, x: ArrayLike) -> FloatArray:
        """Height z (mm) of the footplate's inner surface at x, any shape, also beyond the toes."""
        return self.plate.height(x)
