"""File frame: the unit, axes and pose in which a scanner writes what it saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.parameter import choice, quantity

_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "inch": 25.4}
# Rows: the limb frame's anterior, left and up along the file's axes; all right-handed.
_AXES = {
    "z_up": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "y_up": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "x_up": ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    "z_down": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
}


@dataclass(frozen=True, slots=True)
class FileFrame:
    """How the file's numbers come from the limb frame; the default writes the limb frame itself."""

    unit: str = choice("mm", tuple(_MM), "unit of the file's numbers")
    axes: str = choice("z_up", tuple(_AXES), "which way is up before the pose is applied")
    pose: str = choice("limb", ("limb", "random"), "as it lies in the limb frame, or any rotation")
    distance_mm: float = quantity(
        0.0, "mm", 0.0, 20000.0, "how far from the file's origin, in a random direction"
    )


def file_matrix(frame: FileFrame, random: np.random.Generator) -> FloatArray:
    """(4, 4) from limb frame (mm) to the file's axes and unit: a rotation times the scale."""
    turn = np.array(_AXES[frame.axes], dtype=np.float64).T
    quaternion, direction = random.standard_normal(4), random.standard_normal(3)
    if frame.pose == "random":
        turn = _rotation(quaternion / np.linalg.norm(quaternion)) @ turn
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = frame.distance_mm * direction / np.linalg.norm(direction)
    matrix[:3] /= _MM[frame.unit]
    return matrix


def _rotation(q: FloatArray) -> FloatArray:
    """Of a unit quaternion (w, x, y, z); uniform over rotations for uniform quaternions."""
    w, x, y, z = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
