"""Scan: the surface as the file gave it, in millimetres, with where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from afo_designer.geometry.mesh import TriMesh


class Side(StrEnum):
    """Which of the person's legs."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def lateral_y(self) -> float:
        """Sign of the limb frame's y axis on the lateral side (+y is the person's left)."""
        return 1.0 if self is Side.LEFT else -1.0


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan as read: the file's axes, scaled to millimetres.

    `unit` is mm, cm, m or inch; `unit_source` "declared", "given" or "inferred"; `mm_per_unit` the
    factor that was applied to the file's numbers; `repairs` says in words what the gate mended.
    """

    mesh: TriMesh
    sha256: str
    format: str
    unit: str
    unit_source: str
    mm_per_unit: float
    repairs: tuple[str, ...] = ()
