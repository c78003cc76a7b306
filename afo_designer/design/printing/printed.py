"""Printed: a part as the print service meets it: walls, gaps, trapped powder, room, orientation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.design.part import Part
from afo_designer.design.printing.machine import Machine
from afo_designer.design.printing.orientation import Body, Orientation, bending_lines, orient
from afo_designer.design.printing.split import Split, suggest_split
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.attitude import Attitude, Box, best_attitudes, hull_of
from afo_designer.geometry.caliper import Mask, RayLengths, gaps, walls
from afo_designer.geometry.overhang import Hanging, hanging_each_way
from afo_designer.geometry.rays import Caster
from afo_designer.geometry.solid import closed_mesh
from afo_designer.geometry.trap import Trapped, trapped
from afo_designer.geometry.turned import TurnedSolid
from afo_designer.mechanics.material import Material
from afo_designer.shell.shell import Shell

# Faces nearer than so many escape openings are looked at for trapped powder.
NARROW_ESCAPES = 2.0
# The escape opening asked for where no machine of the process is on the list, mm (reliability §5).
ESCAPE_MM = 4.0
# Faces within a letter's height of its middle, steeper than 45 deg to the face, are its sides.
FLANK = 0.7
# Faces nearer to the plate than this want a prop: the usual rule of filament printing (recalled).
PROP_DEG = 45.0
# Mesh of a shell that is still to be tuned.
COARSE_CELL_MM, COARSE_CHORD_MM = 8.0, 0.5
# Part of a machine's room that such a shell may take: tuning makes walls thicker, leaves wider.
TUNING_ROOM = 0.985


@dataclass(frozen=True, slots=True)
class Printed:
    """What was found of a part. `attitudes`: by machine, of all processes; the least excess.

    `quantity`: how many of it an orthosis needs. `orientation` is None where no machine of the list
    prints the material; `split` where none is needed or none was found. `hanging`: what would hang
    over, the limb's axes up and down and as recommended, whatever the machine.
    """

    name: str
    wall: RayLengths
    gap: RayLengths
    trap: Trapped
    attitudes: Mapping[str, Attitude]
    orientation: Orientation | None
    split: Split | None
    hanging: tuple[Hanging, ...]
    quantity: int = 1

    def fits(self, machine: str) -> bool:
        """Whether a machine of this name holds the part."""
        return self.attitudes[machine].fits


def examined(
    part: Part,
    shell: Shell,
    material: Material,
    machines: Sequence[Machine],
    split_normal: FloatArray,
    stressed: FloatArray,
    stress: FloatArray,
    build_direction: FloatArray | None = None,
) -> Printed:
    """A part's mesh measured, laid into every machine, and laid best in one of its process.

    `shell`: the whole orthosis, whose bending the layers should bear. `stress` (n,) MPa at points
    `stressed` (n, 3) and `split_normal` are for a split; `build_direction` is the one that
    mechanics took, where they took one; a pin is laid by itself, its axis along the layers.
    """
    caster = Caster(part.mesh)
    hull = hull_of(part.mesh)
    flanks = letter_flanks(part)
    facing = gaps(caster, skip=flanks)
    lines = bending_lines(shell)
    if part.shell is None and isinstance(part.solid, TurnedSolid):
        lines, build_direction = part.solid.axis[None], None
    own = [one for one in machines if one.process == material.process]
    escape = max((one.escape_mm for one in own), default=ESCAPE_MM)
    found = best_attitudes(hull, [one.volume_mm for one in machines])
    attitudes = {one.name: attitude for one, attitude in zip(machines, found, strict=True)}
    body = Body(caster, hull, lines, part.mesh.volume)
    orientation = orient(body, material, own, [attitudes[one.name] for one in own], build_direction)
    split = None
    if orientation is not None and orientation.machine is None:
        split = suggest_split(part.mesh, own, split_normal, stressed, stress)
    ways = () if orientation is None else orientation.build_direction
    return Printed(
        part.name,
        walls(caster, skip=flanks),
        facing,
        trapped(caster, NARROW_ESCAPES * escape, facing),
        attitudes,
        orientation,
        split,
        hanging_each_way(part.mesh, PROP_DEG, ways),
        part.quantity,
    )


def letter_flanks(part: Part) -> Mask | None:
    """(m,): the sides of a mark's letters, which are narrow and stand close by their nature.

    Their tops and grounds are kept: the wall below sunk letters counts. None without a mark.
    """
    mark = None if part.shell is None else part.shell.mark
    if mark is None or isinstance(part.solid, TurnedSolid):
        return None
    face = part.solid.outer
    at, normals = face(*mark.places.T), face.normal(*mark.places.T)
    away, nearest = cKDTree(at).query(part.mesh.corners.mean(axis=1))
    slope = np.einsum("ij,ij->i", part.mesh.triangle_normals, normals[nearest])
    return np.asarray((away < mark.marking.cap_mm) & (np.abs(slope) < FLANK))


def forecast_direction(
    shell: Shell, material: Material, machines: Sequence[Machine]
) -> FloatArray | None:
    """The build direction recommended for a shell before it is tuned, from a coarse mesh of it.

    None where the material is the same in all directions, or no machine prints it.
    """
    own = [one for one in machines if one.process == material.process]
    if not material.layered or not own:
        return None
    mesh = closed_mesh(replace(shell, mark=None).solid, COARSE_CELL_MM, COARSE_CHORD_MM)
    hull = hull_of(mesh)
    body = Body(Caster(mesh), hull, bending_lines(shell), mesh.volume)
    for room in (TUNING_ROOM, 1.0):
        smaller = [replace(one, volume_mm=_shrunk(one.volume_mm, room)) for one in own]
        found = best_attitudes(hull, [one.volume_mm for one in smaller])
        best = orient(body, material, smaller, found)
        if best is not None and best.machine is not None:
            break
    return None if best is None else best.build_direction


def _shrunk(box: Box, share: float) -> Box:
    length, width, height = box
    return share * length, share * width, share * height


def spot(place: FloatArray | None) -> str:
    """A place in words, limb frame."""
    if place is None:
        return "nowhere"
    return f"at ({place[0]:.0f}, {place[1]:.0f}, {place[2]:.0f}) mm"


def fits_by_machine(printed: Sequence[Printed], machines: Sequence[Machine]) -> dict[str, bool]:
    """For every machine, whether it holds every part by itself."""
    return {
        machine.name: bool(np.all([one.fits(machine.name) for one in printed]))
        for machine in machines
    }
