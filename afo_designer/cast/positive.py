"""PositiveModel: the modified limb that the orthosis is formed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from afo_designer.cast.parameters import CastParameters
from afo_designer.cast.relief import ReliefSite
from afo_designer.cast.reposing import Reposing
from afo_designer.cast.sole import Plate
from afo_designer.cast.step import Cast, Relieved, Step, modified
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
    vertex by vertex the same topology: `bare`, the cast of the skin, after `steps` in order.
    `offset` (n,) is the distance asked for from the skin, along its smoothed normal: sock plus
    reliefs; NaN where the surface is pressed towards the plate. `plate` is the inner surface of the
    footplate, level at z = −clearance from heel to metatarsal heads (z = 0 stays the skin's sole),
    then rising; it reaches beyond the toes. `landmarks` lie on the re-posed skin. `ankle_angle`
    (rad) is the angle reached, `correction` (rad) the ankle's turn from the scan's; `reposing` the
    whole map from the scan's pose, `strain` the skin's by it; `volume_change` the share by which it
    changed the volume. `notes` are warnings in words.
    """

    limb: Limb
    skin: TriMesh
    mesh: TriMesh
    offset: FloatArray
    plate: Plate
    bare: Cast
    steps: tuple[Step, ...]
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
        object.__setattr__(self, "offset", frozen(self.offset, (len(self.mesh.vertices),)))
        for name in ("ankle_centre", "knee_centre"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))

    @property
    def normals(self) -> FloatArray:
        """(n, 3) smoothed normals of the skin."""
        return self.bare.normals

    @property
    def reliefs(self) -> tuple[ReliefSite, ...]:
        """The places relieved or pressed, named ones first."""
        return tuple(step.site for step in self.steps if isinstance(step, Relieved))

    @property
    def undone(self) -> PositiveModel:
        """The positive model before its last step. Raises `ValueError` where there is none."""
        if not self.steps:
            raise ValueError("a cast without modifications has nothing to take back")
        steps = self.steps[:-1]
        mesh, offset, plate = formed(self.skin, self.bare, steps)
        return replace(self, steps=steps, mesh=mesh, offset=offset, plate=plate)

    @property
    def change(self) -> FloatArray:
        """(n,) how far the modified surface lies outside the skin (mm), along its normal."""
        moved = self.mesh.vertices - self.skin.vertices
        return np.asarray(np.einsum("ij,ij->i", moved, self.normals))

    @property
    def shank_axis(self) -> FloatArray:
        """(3,) unit vector from the ankle centre to the knee centre, after re-posing."""
        axis = self.knee_centre - self.ankle_centre
        return axis / float((axis @ axis) ** 0.5)


def formed(skin: TriMesh, bare: Cast, steps: Sequence[Step]) -> tuple[TriMesh, FloatArray, Plate]:
    """Surface, offset (n,) and plate of a positive model after `steps`."""
    cast = modified(bare, steps)
    raised, surface = cast.raised, cast.surface
    offset = np.where(surface[:, 2] != raised[:, 2], np.nan, cast.offset)
    return skin.with_vertices(surface), offset, cast.plate
