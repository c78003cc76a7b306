"""Machine: build volumes of printers, and whether a part fits in any attitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh


@dataclass(frozen=True, slots=True)
class Machine:
    """A printer's usable volume, mm."""

    name: str
    volume_mm: tuple[float, float, float]


# Reliability notes §5: HP recommended (read); EOS, Bambu, Prusa (recalled).
MACHINES = (
    Machine("HP Multi Jet Fusion 5200", (356.0, 280.0, 356.0)),
    Machine("EOS P 396", (340.0, 340.0, 600.0)),
    Machine("Bambu 256", (256.0, 256.0, 256.0)),
    Machine("Prusa XL", (360.0, 360.0, 360.0)),
)
STEP_DEG = 7.5


def fits_by_machine(mesh: TriMesh) -> dict[str, bool]:
    """For every machine, whether some attitude of the part fits its volume."""
    hull = mesh.vertices[ConvexHull(mesh.vertices).vertices]
    pitch, roll = np.meshgrid(np.arange(0.0, 90.1, STEP_DEG), np.arange(-45.0, 45.1, STEP_DEG))
    extents = []
    for yaw in np.arange(0.0, 180.0, STEP_DEG):
        angles = np.column_stack([np.full(pitch.size, yaw), pitch.ravel(), roll.ravel()])
        axes = Rotation.from_euler("zyx", angles, degrees=True).as_matrix().reshape(-1, 3)
        extents.append(np.sort(np.ptp(axes @ hull.T, axis=1).reshape(-1, 3), axis=1))
    sorted_extents: FloatArray = np.concatenate(extents)
    return {
        machine.name: bool((sorted_extents <= np.sort(machine.volume_mm)).all(axis=1).any())
        for machine in MACHINES
    }
