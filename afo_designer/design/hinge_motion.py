"""HingeMotion: whether the parts turn freely, where they stop, and what hinge and stop bear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.loadcase import Direction
from afo_designer.design.verification import Verified
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.rounding import rounding_radius
from afo_designer.geometry.solid import closed_mesh
from afo_designer.mechanics.joint import MODULUS, Pivot
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.stiffness import BenchResult
from afo_designer.shell.hinge import HingeAxis
from afo_designer.shell.hinged import hinged
from afo_designer.shell.shell import Shell

# Meshes on which the parts are turned: cells and chords, mm. Gaps are 0.6 mm.
CELL_MM, CHORD_MM = 4.0, 0.1
# Neither part reaches further past the axis's height than an ear, however far it turns.
REACH_MM = 40.0
# The parts are looked at this often on the way through the free range.
STEPS = 3
# A narrower flat than this is taken for none.
LEAST_FLAT_MM = 0.2
# The stop has to be met within this much of where it is meant to be, deg ([D]: 0.5 mm at 60 mm).
STOP_TOLERANCE_DEG = 0.5


@dataclass(frozen=True, slots=True)
class HingeMotion:
    """What was found of a hinged orthosis.

    `off_mm`: the axis's distance from the (lateral, medial) malleolus. `free_deg`: dorsiflexion up
    to which the parts did not touch, of `asked_deg`. `early`, `late`: whether they touch before
    the stop's angle (by `STOP_TOLERANCE_DEG`), and whether not even after. `stop_n`, `hinge_n`:
    largest force on the stop and on one hinge in the plantarflexing case `case`;
    `stop_mpa` the stop's contact pressure, on its `flat_mm` wide flats or (0) in the line where
    half round edges meet; `bearing_mpa` the pressure of screw or pin in its hole.
    """

    off_mm: tuple[float, float]
    asked_deg: float
    free_deg: float
    early: bool
    late: bool
    case: str
    stop_n: float
    hinge_n: float
    flat_mm: float
    stop_mpa: float
    bearing_mpa: float

    @property
    def stops(self) -> bool:
        """Whether the parts meet where they are meant to."""
        return not (self.early or self.late)


def hinge_motion(
    shell: Shell,
    axis: HingeAxis,
    positive: PositiveModel,
    model: ShellModel,
    closed: BenchResult | None,
    verified: Verified,
    material: Material,
) -> HingeMotion:
    """The parts turned against each other, and the forces of the hardest plantarflexing case.

    `closed`: the linear bench of the model, its stop shut; None where nothing sagittal was solved.
    """
    hinge = shell.parameters.hinge
    calf, foot = near_hinge(shell, axis)
    angles = np.linspace(0.0, hinge.dorsiflexion_deg, STEPS + 1)[1:]
    free = 0.0
    for angle in angles.tolist():
        if touching(turned(calf, axis, angle), foot):
            break
        free = angle
    stop = -float(np.degrees(axis.opening))
    early = touching(turned(calf, axis, stop + STOP_TOLERANCE_DEG), foot)
    late = not touching(turned(calf, axis, stop - STOP_TOLERANCE_DEG), foot)
    case, push, pin = _forces(model, closed, verified)
    wall = float(shell.thickness(shell.stations.ankle, 0.0))
    return HingeMotion(
        off_mm=_off(axis, positive),
        asked_deg=hinge.dorsiflexion_deg,
        free_deg=free,
        early=early,
        late=late,
        case=case,
        stop_n=push,
        hinge_n=pin,
        flat_mm=stop_flat(shell, wall),
        stop_mpa=_stop_pressure(shell, push / hinge.stop_width_mm, wall, material),
        bearing_mpa=pin / (hinge.diameter_mm * wall),
    )


def near_hinge(shell: Shell, axis: HingeAxis) -> tuple[TriMesh, TriMesh]:
    """What of calf and foot part can meet: within `REACH_MM` of the stop's height."""
    (_, calf), (_, foot) = hinged(shell, axis)
    meshes = []
    for part, way in ((calf, 1.0), (foot, -1.0)):
        mesh = closed_mesh(part.solid, CELL_MM, CHORD_MM)
        _, above, _ = axis.flat(mesh.corners)
        meshes.append(mesh.kept((way * above).min(axis=1) < REACH_MM))
    return meshes[0], meshes[1]


def turned(mesh: TriMesh, axis: HingeAxis, dorsiflexion_deg: float) -> TriMesh:
    """The calf part turned about the axis."""
    left = np.sign(axis.direction[1]) * axis.direction
    turn = Rotation.from_rotvec(np.radians(dorsiflexion_deg) * left).as_matrix()
    return mesh.with_vertices((mesh.vertices - axis.centre) @ turn.T + axis.centre)


def touching(first: TriMesh, second: TriMesh) -> bool:
    """Whether two meshes, each without crossings of its own, cross each other."""
    count = len(first.vertices)
    both = TriMesh(
        np.concatenate([first.vertices, second.vertices]),
        np.concatenate([first.triangles, second.triangles + count]),
    )
    return len(self_intersections(both)) > 0


def stop_flat(shell: Shell, wall: float) -> float:
    """Width (mm) of the flat between the two roundings of an edge; 0 where it is half round."""
    flat = wall - 2.0 * float(rounding_radius(0.5 * wall, shell.parameters.edge.radius_mm))
    return flat if flat > LEAST_FLAT_MM else 0.0


def _off(axis: HingeAxis, positive: PositiveModel) -> tuple[float, float]:
    found = []
    for name in ("lateral_malleolus", "medial_malleolus"):
        behind, above, _ = axis.flat(positive.landmarks.position(name))
        found.append(float(np.hypot(behind, above)))
    return found[0], found[1]


def _forces(
    model: ShellModel, closed: BenchResult | None, verified: Verified
) -> tuple[str, float, float]:
    """The plantarflexing case of the largest moment, the force (N) on the stop and on one hinge.

    In proportion to the moment on the closed stop: the way there, where it stands open, is free.
    """
    cases = [
        one
        for one in verified.cases
        if one.case.direction is Direction.SAGITTAL and one.moment_nm > 0.0 and not one.trouble
    ]
    stop = model.stop
    if stop is None or closed is None or not cases:
        return "none", 0.0, 0.0
    worst = max(cases, key=lambda one: one.moment_nm)
    # the bench's displacement is per radian of dorsiflexion
    turn = -np.radians(worst.moment_nm / closed.stiffness_nm_per_deg)
    shift = np.zeros((len(model.nodes), 3))
    shift[: len(closed.solution.displacement)] = turn * closed.solution.displacement
    pins = [
        MODULUS * float(np.linalg.norm(one.weights @ shift[one.nodes]))
        for one in model.joints
        if isinstance(one, Pivot)
    ]
    return worst.case.name, float(stop.pressures(shift).sum()), max(pins)


def _stop_pressure(shell: Shell, load: float, wall: float, material: Material) -> float:
    """MPa between the edges of the stop, load in N/mm: on their flats, or in a line where round.

    Two parallel cylinders (Johnson, Contact Mechanics, 4.2, recalled): p² = w E* / (π R), with
    1/R = 2/(h/2) and 1/E* = 2 (1 − ν²)/E.
    """
    flat = stop_flat(shell, wall)
    if flat > 0.0:
        return load / flat
    modulus = material.youngs_modulus_mpa / (2.0 * (1.0 - material.poissons_ratio**2))
    return float(np.sqrt(load * modulus / (np.pi * 0.25 * wall)))
