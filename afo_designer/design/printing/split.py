"""Split: where to cut a part that no machine holds, so that each piece goes into one.

The plane is square to the shank or to the foot. Of the cuts that leave two pieces which some
machine holds, the one whose wall is least stressed is chosen; a lap joint with rivets or screws is
left to the workshop, and the joint's strength is not computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from afo_designer.design.printing.machine import Machine
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.attitude import best_attitudes, hull_of_points
from afo_designer.geometry.mesh import TriMesh

# Cuts tried along the axis, and the overlap (mm) that a joint needs on both pieces.
CUTS, LAP_MM = 15, 20.0
# No cut within this share of the length from either end.
END_SHARE = 0.15
# Wall stress within this distance (mm) of a cut counts.
BESIDE_MM = 15.0


@dataclass(frozen=True, slots=True)
class Split:
    """A plane through `point` (3,) with `normal` (3,), mm; `machine` holds both pieces.

    `stress_share`: largest stress beside the cut over the largest anywhere.
    """

    point: FloatArray
    normal: FloatArray
    machine: Machine
    stress_share: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "point", frozen(self.point, (3,)))
        object.__setattr__(self, "normal", frozen(self.normal, (3,)))


def suggest_split(
    mesh: TriMesh,
    machines: Sequence[Machine],
    normal: FloatArray,
    stressed: FloatArray,
    stress: FloatArray,
) -> Split | None:
    """The least stressed cut square to `normal` into two pieces that one machine holds, or None.

    `stress` (n,) MPa at points `stressed` (n, 3).
    """
    along = mesh.vertices @ normal
    low, high = float(along.min()), float(along.max())
    margin = END_SHARE * (high - low)
    at = stressed @ normal
    worst = float(stress.max(initial=0.0)) or 1.0
    cuts = np.linspace(low + margin, high - margin, CUTS)
    shares = [float(stress[np.abs(at - cut) < BESIDE_MM].max(initial=0.0)) / worst for cut in cuts]
    for k in np.lexsort((np.arange(CUTS), np.round(shares, 3))):
        cut = float(cuts[k])
        pieces = (along < cut + 0.5 * LAP_MM, along > cut - 0.5 * LAP_MM)
        hulls = [hull_of_points(mesh.vertices[piece]) for piece in pieces]
        boxes = [machine.volume_mm for machine in machines]
        found = [best_attitudes(hull, boxes) for hull in hulls]
        for machine, one, other in zip(machines, *found, strict=True):
            if one.fits and other.fits:
                point = mesh.vertices[pieces[0] & pieces[1]].mean(axis=0)
                point = point + (cut - point @ normal) * normal
                return Split(point, normal, machine, shares[k])
    return None
