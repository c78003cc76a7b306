"""Strain: how much skin is drawn out and pushed together by re-posing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen, unit
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused

# Step (mm) of the differences: the map is smooth over centimetres, its figures good to 1e-9.
STEP = 1e-3
# New length over old: what is advised against, what is refused. Living skin over joints stretches
# by half and more in use (recalled); the limits are this project's choice. A strip or spot of less
# skin than this is forgiven.
LEAST, MOST = (0.60, 0.30), (1.70, 2.20)
BEYOND_MM2 = 100.0


class StrainRefused(InputRefused):
    """Angles for which the skin's shape cannot be guessed from this scan."""


@dataclass(frozen=True, slots=True)
class Strain:
    """Principal stretches of the skin at its vertices, and the change of volume beside them.

    `least` and `most` (n,) are new length over old in the directions of strongest squeeze and
    stretch along the skin; `volume` (n,) is the map's determinant: positive everywhere means that
    nothing folds or passes through itself. `area` (n,) is the skin that belongs to each, mm².
    """

    least: FloatArray
    most: FloatArray
    volume: FloatArray
    area: FloatArray

    def __post_init__(self) -> None:
        for name in ("least", "most", "volume", "area"):
            object.__setattr__(self, name, frozen(getattr(self, name), (None,)))

    @property
    def squeezed(self) -> float:
        """The stretch below which `BEYOND_MM2` of skin are."""
        order = np.argsort(self.least, kind="stable")
        return self._beyond(self.least, order)

    @property
    def drawn(self) -> float:
        """The stretch above which `BEYOND_MM2` of skin are."""
        return self._beyond(self.most, np.argsort(-self.most, kind="stable"))

    def _beyond(self, values: FloatArray, order: IntArray) -> float:
        spent = np.cumsum(self.area[order])
        return float(values[order[np.searchsorted(spent, min(BEYOND_MM2, 0.5 * spent[-1]))]])


def check_strain(strain: Strain) -> None:
    """Refuse skin that would fold, or be strained beyond any use of the result."""
    if strain.volume.min() <= 0.0 or strain.squeezed < LEAST[1] or strain.drawn > MOST[1]:
        raise StrainRefused(
            f"Bringing the scan to the angles asked for would {_words(strain)} (at most to "
            f"{100 * LEAST[1]:.0f} and {100 * MOST[1]:.0f} %): scan the leg nearer to them, or "
            "bring cast.pose.inversion_deg and cast.pose.toe_out_deg nearer to as_scanned."
        )


def strain_notes(strain: Strain) -> list[str]:
    """What to say of skin strained more than living skin is."""
    if strain.squeezed >= LEAST[0] and strain.drawn <= MOST[0]:
        return []
    return [
        f"Re-posing would {_words(strain)}, more than living skin does "
        f"({100 * LEAST[0]:.0f} to {100 * MOST[0]:.0f} %): its shape there is an estimate; a new "
        "scan nearer to the orthosis's angles is advised."
    ]


def _words(strain: Strain) -> str:
    return (
        f"squeeze skin to {100 * strain.squeezed:.0f} % and draw it out to "
        f"{100 * strain.drawn:.0f} % of its length"
    )


def skin_strain(
    mesh: TriMesh, normals: FloatArray, map_: Callable[[FloatArray], FloatArray]
) -> Strain:
    """The strain of the skin `mesh` with unit `normals` (n, 3) under a smooth map of space.

    From the map's Jacobian by central differences along two tangents and the normal: independent
    of how the skin is meshed. Principal stretches are the singular values of its tangent part.
    """
    points = mesh.vertices
    lean = np.where(np.abs(normals[:, [2]]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    first = unit(cross(normals, lean))
    second = cross(normals, first)
    columns = [
        (map_(points + STEP * way) - map_(points - STEP * way)) / (2.0 * STEP)
        for way in (first, second, normals)
    ]
    a, b, c = columns
    volume = np.einsum("ij,ij->i", cross(a, b), c)
    aa, bb, ab = (np.einsum("ij,ij->i", u, v) for u, v in ((a, a), (b, b), (a, b)))
    middle, spread = 0.5 * (aa + bb), np.hypot(0.5 * (aa - bb), ab)
    least = np.sqrt(np.maximum(middle - spread, 0.0))
    area = np.zeros(len(points))
    np.add.at(area, mesh.triangles.ravel(), np.repeat(mesh.areas / 3.0, 3))
    return Strain(least, np.sqrt(middle + spread), volume, area)
