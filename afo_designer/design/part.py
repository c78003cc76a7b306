"""Part: one body of a design, as it is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.solid import BSplineSolid
from afo_designer.shell.shell import Shell


@dataclass(frozen=True, slots=True)
class Part:
    """A body that is printed by itself.

    `name`: what the file is called after ("calf": afo_calf.stl); empty for a design of one part.
    `mesh`: the closed surface of `solid`; `crossings` the number of its triangles that cross
    others.
    """

    name: str
    shell: Shell
    solid: BSplineSolid
    mesh: TriMesh
    crossings: int

    @property
    def stem(self) -> str:
        """File name without its ending: `afo`, or `afo_calf`."""
        return stem_of(self.name)


def stem_of(name: str) -> str:
    """File name without its ending of a part called `name`."""
    return f"afo_{name}" if name else "afo"


def together(parts: Sequence[Part]) -> TriMesh:
    """All parts as one mesh, where they are worn; of a single part its own."""
    if len(parts) == 1:
        return parts[0].mesh
    starts = np.cumsum([0, *(len(part.mesh.vertices) for part in parts)])
    return TriMesh(
        np.concatenate([part.mesh.vertices for part in parts]),
        np.concatenate(
            [part.mesh.triangles + start for part, start in zip(parts, starts, strict=False)]
        ),
    )
