"""The virtual test rig: a clamped footplate, an axis, a cuff on a rigid shank.

The definition is the one every stiffness number carries: linear regions are intersections of
half-spaces, so that any other solver can repeat it. The shank turns about the axis by the
right-hand rule; with the axis along +y that carries the knee forward: dorsiflexion.

**Cut elements.** Region planes do not follow mesh lines. Nodes whose mid-surface point lies inside
are held exactly; an element of which the fraction φ lies inside and is therefore rigid has only
(1 − φ) of its length left to deform, so its stiffness is divided by 1 − φ. Bending, stretching
and shear of the part outside then come out right to first order in the element size, and the
result moves continuously as a plane passes a node. On a strip with 5 mm elements the stiffness
differs from that with 1.25 mm by 0.2 % where the plane runs along mesh lines and by up to 3 %
where it crosses them at 60°, with 2.5 mm by 0.1 % and 0.9 %. A penalty on the inside
part was the alternative: bilinear fields that vanish on a part of an element vanish on all of it,
so it clamps whole elements and errs by half an element. φ is the mean of both surfaces: where a
plane meets a wall at a slant, the solid's clamp reaches further for bending than for tension
(half-way to the outer surface, and not at all), and the mean lies between.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afo_designer.geometry.array import FloatArray, IntArray, frozen, unit
from afo_designer.geometry.refusal import InputRefused
from afo_designer.mechanics.constraint import Axes, Constraint, constrain, rigid_motion
from afo_designer.mechanics.family import DOFS_PER_NODE
from afo_designer.mechanics.model import ShellModel

# A cut element is stiffened at most this much: rigid to 0.01 % of its own compliance.
RIGID = 1.0e4
# Points this close to a region's plane, mm, are inside: mesh lines laid on the plane are.
ON_PLANE = 1.0e-6
# Cells per element side in which the inside fraction is integrated.
CELLS = 4


class BenchRefused(InputRefused):
    """A bench that does not fit the shell."""


class Cuff(StrEnum):
    """How the calf band follows the rigid shank."""

    SLIDING = "sliding"
    TIED = "tied"
    HANGING = "hanging"


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """The points p with (p − point)·normal ≥ 0; `normal` is scaled to one."""

    point: FloatArray
    normal: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "point", frozen(self.point, (3,)))
        object.__setattr__(self, "normal", frozen(unit(self.normal), (3,)))
        if not np.linalg.norm(self.normal) > 0.0:
            raise BenchRefused("A half-space has a normal of length zero.")

    def depth(self, points: ArrayLike) -> FloatArray:
        """Signed distance (...,) of points (..., 3), positive inside, mm."""
        return (np.asarray(points, dtype=np.float64) - self.point) @ self.normal


@dataclass(frozen=True, slots=True)
class Bench:
    """A test rig.

    `axis_point` (3,) mm and `axis_direction` (3,): the axis of rotation. `shank_axis` (3,): along
    the shank, the direction in which a sliding cuff is free. `footplate_clamp` and `calf_band`:
    half-spaces whose intersection is the region.

    Cuffs: `sliding`: in the band, displacements perpendicular to the shank axis follow the
    shank's linearised rotation through the whole wall and those along it are free. `tied`: all
    follow. `hanging`: the band is a rigid body, loaded by a pure moment about the axis and
    otherwise free.
    """

    axis_point: FloatArray
    axis_direction: FloatArray
    shank_axis: FloatArray
    footplate_clamp: tuple[HalfSpace, ...]
    calf_band: tuple[HalfSpace, ...]
    cuff: Cuff = Cuff.SLIDING

    def __post_init__(self) -> None:
        object.__setattr__(self, "axis_point", frozen(self.axis_point, (3,)))
        for name in ("axis_direction", "shank_axis"):
            direction = frozen(unit(getattr(self, name)), (3,))
            if not np.linalg.norm(direction) > 0.0:
                raise BenchRefused(f"The bench's {name} has length zero.")
            object.__setattr__(self, name, direction)
        if not self.footplate_clamp or not self.calf_band:
            raise BenchRefused("A bench needs half-spaces for the footplate clamp and calf band.")


@dataclass(frozen=True, slots=True)
class Supports:
    """A bench applied to a model.

    `constraint` per radian of rotation, or for a moment of 1 N·mm where the cuff hangs;
    `element_factor` (m,): stiffening of cut elements, 0 where all is rigid; `rigid_fraction` (m,):
    the part of each element inside clamp or band; `clamped`, `band`: node numbers.
    """

    constraint: Constraint
    element_factor: FloatArray
    rigid_fraction: FloatArray
    clamped: IntArray
    band: IntArray


def supports(model: ShellModel, bench: Bench) -> Supports:
    """The bench's constraint on the model.

    Raises `BenchRefused` where clamp or band hold no node, or share one.
    """
    clamped = _nodes_inside(model, bench.footplate_clamp, "footplate clamp")
    band = _nodes_inside(model, bench.calf_band, "calf band")
    if (clamped & band).any():
        raise BenchRefused(
            f"Footplate clamp and calf band share {int((clamped & band).sum())} nodes of the "
            "shell; they must be apart."
        )
    in_clamp = inside_fraction(model, bench.footplate_clamp)
    in_band = inside_fraction(model, bench.calf_band)
    outside = np.maximum((1.0 - in_clamp) * (1.0 - in_band), 1.0 / RIGID)
    quads = model.mesh.quads
    rigid = clamped[quads].all(axis=1)
    if bench.cuff is not Cuff.SLIDING:
        rigid |= band[quads].all(axis=1)
    # inside the sliding band elements still deform along the shank: they keep their stiffness
    free_band = band[quads].all(axis=1) & (bench.cuff is Cuff.SLIDING)
    factor = np.where(rigid, 0.0, np.where(free_band, 1.0, 1.0 / outside))
    fraction = np.minimum(in_clamp + in_band, 1.0)
    nodes = np.flatnonzero(clamped), np.flatnonzero(band)
    constraint = _constraint(model, bench, *nodes)
    return Supports(constraint, frozen(factor), frozen(fraction), *nodes)


def depth(region: tuple[HalfSpace, ...], points: FloatArray) -> FloatArray:
    """(...,): distance of points (..., 3) inside an intersection of half-spaces."""
    return np.min([half.depth(points) for half in region], axis=0)


def inside_fraction(model: ShellModel, region: tuple[HalfSpace, ...]) -> FloatArray:
    """(m,): the part of every element inside the region, mean of inner and outer surface.

    Exact for one plane through flat cells; continuous in the plane's position.
    """
    quads = model.mesh.quads
    half = 0.5 * model.thickness[:, None] * model.directors
    total = np.zeros(len(quads))
    for surface in (model.mesh.vertices - half, model.mesh.vertices + half):
        corners = np.array([h.depth(surface) for h in region])[:, quads]  # (h, m, 4)
        touched = np.flatnonzero((corners.max(axis=2) > 0.0).all(axis=0))
        total[touched] += _cell_fractions(corners[:, touched])
    return 0.5 * total


def _cell_fractions(corners: FloatArray) -> FloatArray:
    """(m,) from depths (h, m, 4) at the corners: the mean over cells of min-plane fractions."""
    step = 2.0 / CELLS
    lines = -1.0 + step * np.arange(CELLS + 1)
    low, high = 0.5 * (1.0 - lines), 0.5 * (1.0 + lines)
    along = corners[..., 0, None] * low + corners[..., 1, None] * high  # bottom edge
    across = corners[..., 3, None] * low + corners[..., 2, None] * high  # top edge
    grid = along[..., None, :] * low[:, None] + across[..., None, :] * high[:, None]
    cell = grid.min(axis=0)
    a, b, c, d = cell[:, :-1, :-1], cell[:, :-1, 1:], cell[:, 1:, 1:], cell[:, 1:, :-1]
    mean = 0.25 * (a + b + c + d)
    return _positive_part(mean, 0.5 * (b + c - a - d), 0.5 * (c + d - a - b)).mean(axis=(1, 2))


def _positive_part(mean: FloatArray, slope_x: FloatArray, slope_y: FloatArray) -> FloatArray:
    """The fraction of a unit cell where mean + slope_x x + slope_y y > 0, |x|, |y| ≤ ½.

    The step function integrated twice: Σ ± ½ (mean ± ½ slope_x ± ½ slope_y)²₊ / (slope_x slope_y).
    """
    size = np.maximum(np.abs(slope_x), np.abs(slope_y)) + np.abs(mean) * 1e-9 + 1e-300
    gx, gy = (np.maximum(np.abs(slope) / size, 1e-4) for slope in (slope_x, slope_y))
    m = mean / size

    def ramp(value: FloatArray) -> FloatArray:
        return 0.5 * np.maximum(value, 0.0) ** 2

    total = (
        ramp(m + 0.5 * (gx + gy))
        - ramp(m + 0.5 * (gx - gy))
        - ramp(m - 0.5 * (gx - gy))
        + ramp(m - 0.5 * (gx + gy))
    )
    fraction = np.clip(total / (gx * gy), 0.0, 1.0)
    reach = 0.5 * (gx + gy)
    return np.where(m >= reach, 1.0, np.where(m <= -reach, 0.0, fraction))


def _nodes_inside(model: ShellModel, region: tuple[HalfSpace, ...], name: str) -> NDArray[np.bool_]:
    inside = depth(region, model.mesh.vertices) >= -ON_PLANE
    if not inside.any():
        low, high = model.mesh.vertices.min(axis=0), model.mesh.vertices.max(axis=0)
        raise BenchRefused(
            f"The bench's {name} holds no point of the shell, which reaches from "
            f"{np.round(low, 1).tolist()} to {np.round(high, 1).tolist()} mm. Move its planes."
        )
    return inside


def _constraint(model: ShellModel, bench: Bench, clamped: IntArray, band: IntArray) -> Constraint:
    count = len(model.mesh.vertices)
    free = np.ones((count, DOFS_PER_NODE), dtype=np.bool_)
    free[clamped] = False
    if bench.cuff is Cuff.HANGING:
        moment = np.concatenate([np.zeros(3), bench.axis_direction])
        return constrain(
            model, free, rigid_nodes=band, rigid_centre=bench.axis_point, rigid_load=moment
        )
    turn = np.concatenate([np.zeros(3), bench.axis_direction])
    offset = rigid_motion(model, band, bench.axis_point) @ turn
    free[band] = False
    if bench.cuff is Cuff.TIED:
        return constrain(model, free, offset=offset)
    axes, spring = _sliding(model, bench, band)
    free[band, 2] = True
    free[band, 3] = True
    return constrain(model, free, axes=axes, offset=offset, spring=spring)


def _sliding(model: ShellModel, bench: Bench, band: IntArray) -> tuple[Axes, FloatArray]:
    """Axes of the band's nodes (third displacement and first rotation free) and their springs.

    In a solid band both surfaces keep their distance from the shank axis a. The fibre may then
    only turn about b = V × a, which slides one surface along a against the other. Where the wall
    is tilted, V·a = sin τ, that turn would stretch the fibre by tan τ per radian; the solid resists
    with E/(1 − ν²), so the turn is held by a spring of E/(1 − ν²) h tan²τ per area.
    """
    a = bench.shank_axis
    helper = np.eye(3)[np.argmin(np.abs(a))]
    first = unit(np.cross(helper, a))
    displacement = np.broadcast_to(np.eye(3), (len(model.mesh.vertices), 3, 3)).copy()
    displacement[band] = np.array([first, np.cross(a, first), a])

    directors = model.directors[band]
    rotation = model.rotation_axes[: len(model.mesh.vertices)].copy()
    sine = directors @ a
    turning = np.cross(directors, a)
    level = np.linalg.norm(turning, axis=1) > 1e-6
    rotation[band[level], 0] = unit(turning[level])
    rotation[band, 1] = np.cross(directors, rotation[band, 0])

    lamina = np.stack([turning, np.cross(directors, turning), directors], axis=1)
    modulus = model.elasticity.fibre_modulus(lamina)
    tangent_squared = sine**2 / np.maximum(1.0 - sine**2, 1e-12)
    spring = np.zeros((len(directors), DOFS_PER_NODE))
    spring[:, 3] = modulus * (model.thickness * _node_areas(model))[band] * tangent_squared
    held = np.zeros((len(model.mesh.vertices), DOFS_PER_NODE))
    held[band] = spring
    return Axes(displacement, rotation), held


def _node_areas(model: ShellModel) -> FloatArray:
    """(n,): the shares of the solid area of the elements around every node."""
    mesh = model.mesh
    solid, quads = mesh.areas * model.element_weight, len(mesh.quads)
    areas = np.zeros(len(mesh.vertices))
    np.add.at(areas, mesh.quads, solid[:quads, None] / 4.0)
    np.add.at(areas, mesh.triangles, solid[quads:, None] / 3.0)
    return areas
