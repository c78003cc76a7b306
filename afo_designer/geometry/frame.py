"""Right-handed frames and the rigid motions between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, frozen


@dataclass(frozen=True, slots=True)
class Frame:
    """A rigid motion p ↦ R p + o: the columns of R are the frame's axes, o its origin.

    `rotation` (3, 3) is proper orthogonal, `origin` (3,) in mm. `apply` maps coordinates in the
    frame to its parent's; `inverse` goes back.
    """

    rotation: FloatArray
    origin: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "rotation", frozen(self.rotation, (3, 3)))
        object.__setattr__(self, "origin", frozen(self.origin, (3,)))
        if not np.allclose(self.rotation.T @ self.rotation, np.eye(3), atol=1e-8):
            raise ValueError("frame axes are not orthonormal")
        if np.linalg.det(self.rotation) < 0.0:
            raise ValueError("frame is left-handed")

    @classmethod
    def identity(cls) -> Frame:
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def about_axis(cls, point: ArrayLike, direction: ArrayLike, angle: float) -> Frame:
        """Rotation by `angle` (rad, right-hand rule) about the line through `point` (Rodrigues)."""
        k = np.asarray(direction, dtype=np.float64)
        k = k / np.linalg.norm(k)
        cross = np.array([[0.0, -k[2], k[1]], [k[2], 0.0, -k[0]], [-k[1], k[0], 0.0]])
        rotation = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
        centre = np.asarray(point, dtype=np.float64)
        return cls(rotation, centre - rotation @ centre)

    @property
    def matrix(self) -> FloatArray:
        """Homogeneous 4×4 matrix of `apply`."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation
        matrix[:3, 3] = self.origin
        return matrix

    @property
    def inverse(self) -> Frame:
        return Frame(self.rotation.T, -self.rotation.T @ self.origin)

    def apply(self, points: ArrayLike) -> FloatArray:
        """Points (..., 3) carried by the motion."""
        return np.asarray(points, dtype=np.float64) @ self.rotation.T + self.origin

    def turn(self, vectors: ArrayLike) -> FloatArray:
        """Directions (..., 3) carried by the rotation alone."""
        return np.asarray(vectors, dtype=np.float64) @ self.rotation.T

    def __matmul__(self, other: Frame) -> Frame:
        """The motion that does `other` first, then this one."""
        return Frame(self.rotation @ other.rotation, self.apply(other.origin))
