"""Parts of a file placed by matrices: bounded, mirrored ones turned right side out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from afo_designer.formats.gate import ScanRefused, check_faces, check_vertices
from afo_designer.geometry.array import FloatArray, IntArray

# One scan is one object; these leave room for assemblies and stop doubling trees.
MAX_DEPTH = 32
MAX_INSTANCES = 4096


@dataclass(frozen=True, slots=True)
class Instance:
    """A part, vertices (n, 3) and triangles (m, 3), and the matrix (4, 4) p ↦ M p placing it."""

    vertices: FloatArray
    triangles: IntArray
    matrix: FloatArray


class Tally:
    """Counts what is placed and refuses before memory is asked for it."""

    def __init__(self) -> None:
        self._instances = 0
        self._vertices = 0
        self._faces = 0

    def add(self, vertices: int, faces: int) -> None:
        """One more part with its vertices and faces. Raises `ScanRefused`."""
        self._instances += 1
        self._vertices += vertices
        self._faces += faces
        if self._instances > MAX_INSTANCES:
            raise ScanRefused(f"it places more than {MAX_INSTANCES} parts")
        if self._vertices:
            check_vertices(self._vertices)
        if self._faces:
            check_faces(self._faces)


def assembled(instances: Sequence[Instance]) -> tuple[FloatArray, IntArray, tuple[str, ...]]:
    """All parts in one frame. A mirroring matrix keeps the outside outside, and is said."""
    vertices, triangles = [np.zeros((0, 3))], [np.zeros((0, 3), dtype=np.int64)]
    count, mirrored = 0, 0
    for instance in instances:
        linear, shift = instance.matrix[:3, :3], instance.matrix[:3, 3]
        volume = float(np.linalg.det(linear)) if np.isfinite(instance.matrix).all() else 0.0
        if volume == 0.0:
            raise ScanRefused("one of its parts is placed by a matrix that flattens it")
        mirrored += volume < 0.0
        faces = instance.triangles if volume > 0.0 else instance.triangles[:, ::-1]
        with np.errstate(invalid="ignore", over="ignore"):  # non-finite ones meet the gate
            vertices.append(instance.vertices @ linear.T + shift)
        triangles.append(faces + count)
        count += len(instance.vertices)
    notes = (f"{mirrored} mirrored parts turned right side out",) if mirrored else ()
    return np.concatenate(vertices), np.concatenate(triangles), notes
