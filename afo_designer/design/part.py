"""Part: one body of a design, as it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.solid import BSplineSolid
from afo_designer.geometry.turned import TurnedSolid
from afo_designer.shell.shell import Shell

Body: TypeAlias = BSplineSolid | TurnedSolid


@dataclass(frozen=True, slots=True)
class Part:
    """A body that is printed by itself.

    `name`: what the file is called after ("calf": afo_calf.stl); empty for a design of one part.
    `shell`: what it is made of; None for a pin. `mesh`: the closed surface of `solid`; `crossings`
    the number of its triangles that cross others. `others`: more of the same, where they are worn.
    """

    name: str
    shell: Shell | None
    solid: Body
    mesh: TriMesh
    crossings: int
    others: tuple[TriMesh, ...] = ()

    @property
    def quantity(self) -> int:
        """How many of it an orthosis needs."""
        return 1 + len(self.others)

    @property
    def stem(self) -> str:
        """File name without its ending: `afo`, or `afo_calf`."""
        return stem_of(self.name)


def stem_of(name: str) -> str:
    """File name without its ending of a part called `name`."""
    return f"afo_{name}" if name else "afo"


def together(parts: Sequence[Part]) -> TriMesh:
    """All parts as one mesh, where they are worn; of a single part its own."""
    meshes = [mesh for part in parts for mesh in (part.mesh, *part.others)]
    if len(meshes) == 1:
        return meshes[0]
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return TriMesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate(
            [mesh.triangles + start for mesh, start in zip(meshes, starts, strict=False)]
        ),
    )
