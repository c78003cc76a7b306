"""STEP read back: the surface that the kernel finds in a file, in a process of its own."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from afo_designer.formats.step import asked
from afo_designer.geometry.mesh import TriMesh

# The chord error of the mesh that the child makes of a file (`step_child.READ_DEFLECTION_MM`).
READ_DEFLECTION_MM = 0.1


@dataclass(frozen=True, slots=True)
class ReadStep:
    """What a STEP file holds: its surface meshed to 0.1 mm face by face, in millimetres.

    The faces' meshes meet without being joined. `valid` is the kernel's own verdict.
    """

    mesh: TriMesh
    solids: int
    faces: int
    valid: bool


def read_step(path: Path, timeout_s: float = 120.0) -> ReadStep:
    """The shape in a STEP file.

    Raises `StepUnavailable` where the kernel cannot be loaded, `StepFailed` where it cannot read
    the file, crashes on it or runs into `timeout_s`.
    """
    with tempfile.TemporaryDirectory(prefix="afo-step-") as place:
        folder = Path(place)
        target = folder / "surface.npz"
        answer = asked(Path(path).resolve(), target, folder, timeout_s)
        with np.load(target, allow_pickle=False) as data:
            mesh = TriMesh(data["vertices"], data["triangles"])
    return ReadStep(mesh, int(answer["solids"]), int(answer["faces"]), bool(answer["valid"]))
