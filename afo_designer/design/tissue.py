"""Tissue: the limb under a shell as an elastic bed, and the strap in front of it.

Each place of the inner surface bears on the skin next to it as on a layer of soft tissue over rigid
bone that cannot give way sideways, of oedometric modulus E (1 − ν)/((1 + ν)(1 − 2ν)) and its own
thickness (Winkler's foundation; contact mechanics, recalled): pressure per millimetre is the
modulus over the thickness. E = 0.06 MPa is the middle of indentation tests on relaxed lower legs,
some 0.01 to 0.15 MPa (recalled: Zheng and Mak 1999, Vannah and Childress 1996); ν = 0.45 and the
thicknesses are engineering estimates. All of it is known to a factor of two at best.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import ConvexHull, cKDTree

from afo_designer.cast.alignment import SHANK_RIGID, Alignment, align
from afo_designer.cast.positive import PositiveModel
from afo_designer.cast.transition import smooth_step
from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen, unit
from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.bench import Bench, depth
from afo_designer.mechanics.cushion import Cushion, Ride, StrapSprings
from afo_designer.mechanics.discretisation import Configuration
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.strapped import Bed, Dress
from afo_designer.shell.shell import Shell

# Skin farther from the inner surface than this is not reached, mm.
FAR_MM = 25.0
# A point farther than the first from the skin, and by less than this share of it square to the
# skin, lies over a hole of the scan.
NEAR_MM, SQUARE_SHARE = 1.0, 0.7
# Rounding of a distance must not count as contact at neutral.
ROUNDING_MM = 1e-6
# Skin that faces down by more than this (cosine) is the sole, which the bench clamps.
PLANTAR = -0.5
# A slot's webbing pulls on the wall up to this far from its opening, mm; less with distance.
SLOT_REACH_MM = 12.0
# A strap and its pad even out the pressure over this length of skin, mm (estimate).
PAD_MM = 20.0


@dataclass(frozen=True, slots=True)
class Tissue:
    """Soft tissue over bone: E in MPa, ν, thickness on the calf and at ankle and foot in mm."""

    youngs_modulus_mpa: float = 0.06
    poissons_ratio: float = 0.45
    calf_mm: float = 15.0
    bone_mm: float = 5.0
    source: str = "recalled; engineering estimate"

    def modulus(self, thickness_mm: FloatArray | float) -> FloatArray:
        """MPa of pressure per mm of indentation."""
        nu = self.poissons_ratio
        confined = self.youngs_modulus_mpa * (1.0 - nu) / ((1.0 + nu) * (1.0 - 2.0 * nu))
        return np.asarray(confined / np.asarray(thickness_mm, dtype=np.float64))

    def scaled(self, factor: float) -> Tissue:
        """The same with its modulus multiplied."""
        return replace(self, youngs_modulus_mpa=factor * self.youngs_modulus_mpa)


@dataclass(frozen=True, slots=True)
class LimbBed:
    """The limb as a bed for the free nodes of a shell; its planes are laid where the shell lies.

    The limb bends as in the cast's alignment: foot fixed, shank turning, the skin between them
    following in part. `nodes` (k,), `half` (k,) to the inner surface in mm, `gap` (k,): what
    lies between skin and shell at neutral and bears nothing, the sock or less; `area` (k,) mm²,
    `modulus` (k,) MPa/mm.
    """

    positive: PositiveModel
    bench: Bench
    alignment: Alignment
    nodes: IntArray
    half: FloatArray
    gap: FloatArray
    area: FloatArray
    modulus: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", frozen(self.nodes, (None,), np.int64))
        for name in ("half", "gap", "area", "modulus"):
            object.__setattr__(self, name, frozen(getattr(self, name), self.nodes.shape))

    def cushion(self, at: Configuration, level: float) -> Cushion:
        """The bed with planes through the skin nearest to the shell at a rotation (rad)."""
        inner = at.positions[self.nodes] - self.half[:, None] * at.frames[self.nodes, 2]
        skin = self.positive.skin
        bent = replace(self.alignment, correction=level).apply(skin.vertices)
        points, _, triangle = closest_points(inner, skin.with_vertices(bent))
        corners = skin.triangles[triangle]
        weights = _weights(points, bent[corners])
        share = np.sum(weights * self.alignment.weight(skin.vertices)[corners], axis=1)
        normals = unit(np.einsum("ij,ijk->ik", weights, self.positive.normals[corners]))
        ride = Ride(self.bench.axis_point, self.bench.axis_direction, share)
        at_rest = ride.back(points, level)
        return Cushion(
            self.nodes, self.half, at_rest, normals, self.gap, self.area, self.modulus, ride
        )


def lay_bed(
    shell: Shell, positive: PositiveModel, bench: Bench, model: ShellModel, tissue: Tissue
) -> LimbBed:
    """The limb under all of a shell that the bench leaves free, the sole apart."""
    count = len(model.mesh.vertices)
    # Nodes are raised a little over the middle surface (see ShellModel); the wall's face is not.
    inner = model.mesh.vertices - model.fibres[:count]
    behind = np.sum((model.nodes[:count] - inner) * model.directors, axis=1)
    skin = positive.skin
    points, away, triangle = closest_points(inner, skin)
    corners = skin.triangles[triangle]
    weights = _weights(points, skin.vertices[corners])
    normals = unit(np.einsum("ij,ijk->ik", weights, positive.normals[corners]))
    above = np.sum((inner - points) * normals, axis=1)
    seen = (away < NEAR_MM) | (np.abs(above) > SQUARE_SHARE * away)
    free = depth(bench.footplate_clamp, model.mesh.vertices) < 0.0
    nodes = np.flatnonzero(seen & free & (normals[:, 2] > PLANTAR) & (above < FAR_MM))
    bent = _alignment(positive)
    thickness = _tissue_thickness(positive, bent, points[nodes], tissue)
    return LimbBed(
        positive=positive,
        bench=bench,
        alignment=bent,
        nodes=nodes,
        half=behind[nodes],
        gap=np.minimum(positive.parameters.clearance_mm, above[nodes]) - ROUNDING_MM,
        area=_inner_areas(model, inner)[nodes],
        modulus=tissue.modulus(thickness),
    )


def calf_strap(
    shell: Shell, bench: Bench, model: ShellModel, front: Front, tissue: Tissue
) -> StrapSprings:
    """The calf strap between its slots, across the shin; webbing taken as inextensible.

    It sinks into the skin in front as a bed of its width times the shin's. Without slots it is
    empty: then nothing pulls the shell forward.
    """
    areas = _inner_areas(model, model.mesh.vertices)
    nodes: list[int] = []
    shares: list[float] = []
    slots = _calf_slots(shell)
    for loop in slots:
        edge = cKDTree(shell.chart.point(loop[:, 0], loop[:, 1]))
        away, _ = edge.query(model.mesh.vertices)
        weight = areas * np.maximum(1.0 - away / SLOT_REACH_MM, 0.0)
        near = np.flatnonzero(weight > 0.0)
        nodes += near.tolist()
        shares += (weight[near] / (len(slots) * weight.sum())).tolist()
    forward = unit(cross(bench.axis_direction, bench.shank_axis))
    whole = float(tissue.modulus(tissue.calf_mm)) * front.width_mm * front.chord_mm
    return StrapSprings(
        np.array(nodes, dtype=np.int64),
        model.nodes[nodes].reshape(-1, 3),
        np.tile(forward, (len(nodes), 1)),
        whole * np.array(shares, dtype=np.float64),
        Ride(bench.axis_point, bench.axis_direction, np.ones(len(nodes))),
    )


@dataclass(frozen=True, slots=True)
class Front:
    """The shin under the calf strap.

    `width_mm` of the strap, `chord_mm` of the leg, `sharpest_per_mm`: the greatest curvature of the
    taut line round the front, evened out over the pad; `place` (3,) of it.
    """

    width_mm: float
    chord_mm: float
    sharpest_per_mm: float
    place: FloatArray

    def pressures_kpa(self, pull_n: float) -> tuple[float, float]:
        """Mean and greatest pressure of a strap that pulls forward with a force.

        A webbing of tension T presses with T κ over its width; each side bears half of the pull.
        """
        mean = pull_n / (self.width_mm * self.chord_mm)
        return 1e3 * mean, 1e3 * 0.5 * pull_n * self.sharpest_per_mm / self.width_mm


def strap_front(shell: Shell, positive: PositiveModel, bench: Bench) -> Front:
    """The convex outline of the shank at the strap's height."""
    straps, axis = shell.parameters.straps, bench.shank_axis
    width = straps.calf_strap_width_mm
    forward = unit(cross(bench.axis_direction, axis))
    station = shell.stations.top + straps.calf_strap_below_top_mm
    height = float((shell.chart.spine.centre(station) - bench.axis_point) @ axis)
    points = positive.skin.vertices - bench.axis_point
    level = points[np.abs(points @ axis - height) <= 0.5 * max(width, PAD_MM)]
    flat = level @ np.stack([forward, cross(axis, forward)], axis=1)
    ring = flat[ConvexHull(flat).vertices]
    sharpest, (ahead, aside) = _sharpest_front(ring)
    place = bench.axis_point + height * axis
    place = place + ahead * forward + aside * cross(axis, forward)
    return Front(width, float(np.ptp(flat[:, 1])), sharpest, place)


def limb_dress(
    shell: Shell, positive: PositiveModel, bench: Bench, model: ShellModel, tissue: Tissue
) -> Dress:
    """Limb and calf strap as beds for `mechanics.strapped`."""
    bed = lay_bed(shell, positive, bench, model, tissue)
    strap = calf_strap(shell, bench, model, strap_front(shell, positive, bench), tissue)

    def dress(at: Configuration, level: float) -> tuple[Bed, ...]:
        return bed.cushion(at, level), strap

    return dress


def _sharpest_front(ring: FloatArray) -> tuple[float, FloatArray]:
    """Greatest curvature of a convex ring (k, 2) where it faces +x, over the pad, and where."""
    side = np.roll(ring, -1, axis=0) - ring
    length, heading = np.hypot(*side.T), np.arctan2(side[:, 1], side[:, 0])
    turning = np.mod(heading - np.roll(heading, 1) + np.pi, 2.0 * np.pi) - np.pi
    at = np.cumsum(length) - length
    around = np.abs(at[:, None] - at)
    around = np.minimum(around, length.sum() - around)
    curvature = (np.abs(turning) * (around <= 0.5 * PAD_MM)).sum(axis=1) / PAD_MM
    outward = unit(side)[:, 1] + np.roll(unit(side)[:, 1], 1)  # of a ring run counter-clockwise
    front = int(np.argmax(np.where(outward > 0.0, curvature, 0.0)))
    return float(curvature[front]), ring[front]


def _calf_slots(shell: Shell) -> list[FloatArray]:
    """The loops of the calf strap."""
    return [slot.loop for slot in shell.openings if slot.name.startswith("calf strap")]


def _alignment(positive: PositiveModel) -> Alignment:
    """The cast's bend, to be applied to the skin as it is in the orthosis."""
    upright = 0.5 * np.pi - positive.ankle_angle
    return replace(align(positive.limb, positive.ankle_angle), correction=0.0, shank_angle=upright)


def _tissue_thickness(
    positive: PositiveModel, bent: Alignment, points: FloatArray, tissue: Tissue
) -> FloatArray:
    """(n,) mm: thin from the foot to the malleoli, growing up to where the calf is fleshy."""
    along = (points - positive.ankle_centre) @ positive.shank_axis
    calf = smooth_step(along, 0.0, SHANK_RIGID * bent.ankle_height)
    return tissue.bone_mm + (tissue.calf_mm - tissue.bone_mm) * calf


def _inner_areas(model: ShellModel, inner: FloatArray) -> FloatArray:
    """(n,) mm²: every node's share of the inner surface."""
    mesh = model.mesh
    cells = QuadMesh(inner, mesh.quads, mesh.parameters, mesh.triangles).areas
    solid, quads = cells * model.element_weight, len(mesh.quads)
    areas = np.zeros(len(inner))
    np.add.at(areas, mesh.quads, solid[:quads, None] / 4.0)
    np.add.at(areas, mesh.triangles, solid[quads:, None] / 3.0)
    return areas


def _weights(points: FloatArray, corners: FloatArray) -> FloatArray:
    """(n, 3): barycentric weights of points in the planes of triangles (n, 3, 3)."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = cross(first, second)
    size = np.maximum(np.sum(normal * normal, axis=1), 1e-300)
    off = points - corners[:, 0]
    v = np.sum(cross(off, second) * normal, axis=1) / size
    w = np.sum(cross(first, off) * normal, axis=1) / size
    return np.column_stack([1.0 - v - w, v, w])
