"""Strain: how much skin is drawn out and pushed together by re-posing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen, unit

# Step (mm) of the differences: the map is smooth over centimetres, its figures good to 1e-9.
STEP = 1e-3


@dataclass(frozen=True, slots=True)
class Strain:
    """Principal stretches of the skin at its vertices, and the change of volume beside them.

    `least` and `most` (n,) are new length over old in the directions of strongest squeeze and
    stretch along the skin; `volume` (n,) is the map's determinant: positive everywhere means that
    nothing folds or passes through itself.
    """

    least: FloatArray
    most: FloatArray
    volume: FloatArray

    def __post_init__(self) -> None:
        for name in ("least", "most", "volume"):
            object.__setattr__(self, name, frozen(getattr(self, name), (None,)))


def skin_strain(
    points: FloatArray, normals: FloatArray, map_: Callable[[FloatArray], FloatArray]
) -> Strain:
    """The strain of skin at `points` (n, 3) with unit `normals` (n, 3) under a smooth map of space.

    From the map's Jacobian by central differences along two tangents and the normal: independent
    of how the skin is meshed. Principal stretches are the singular values of its tangent part.
    """
    lean = np.where(np.abs(normals[:, [2]]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    first = unit(np.cross(normals, lean))
    second = np.cross(normals, first)
    columns = [
        (map_(points + STEP * way) - map_(points - STEP * way)) / (2.0 * STEP)
        for way in (first, second, normals)
    ]
    a, b, c = columns
    volume = np.einsum("ij,ij->i", np.cross(a, b), c)
    aa, bb, ab = (np.einsum("ij,ij->i", u, v) for u, v in ((a, a), (b, b), (a, b)))
    middle, spread = 0.5 * (aa + bb), np.hypot(0.5 * (aa - bb), ab)
    least = np.sqrt(np.maximum(middle - spread, 0.0))
    return Strain(least, np.sqrt(middle + spread), volume)
