"""The virtual test rig: a clamped footplate, an axis, a cuff on a rigid shank.

The definition is the one every stiffness number carries: linear regions are intersections of
half-spaces, so that any other solver can repeat it. The shank turns about the axis by the
right-hand rule; with the axis along +y that carries the knee forward: dorsiflexion.

**Conforming meshes.** The borders of clamp and band run along sides of elements, so that every
element lies wholly inside or outside; what lies inside is rigid. Both regions are convex, so an
element whose corners are inside is. A mesh whose elements reach across a border is refused: what a
cut element has left to deform can only be guessed. (Dividing its stiffness by the share outside
erred by up to 3 % on strips with slanting borders.)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen, unit
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.mechanics.constraint import Axes, Constraint, constrain, rigid_motion
from afo_designer.mechanics.family import DOFS_PER_NODE
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.solve import ShellRefused, Status, flaw

# A node within this share of the smallest element around it lies on a border, and so inside.
ON_BORDER = 1.0e-3
# A wall lies across the shank, with no axis V × a to turn about, where the sine is less than this.
ACROSS = 1.0e-6


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
    `element_factor` (m,): 0 where an element is rigid, else 1; `clamped`, `band`: node numbers.
    """

    constraint: Constraint
    element_factor: FloatArray
    clamped: IntArray
    band: IntArray


def supports(model: ShellModel, bench: Bench, like: Supports | None = None) -> Supports:
    """The bench's constraint on the model.

    `like`, supports of a model with the same cells, decides which nodes are held: for a mesh that
    moves a little, as with the thickness, and with it its nodes on the borders. Raises
    `BenchRefused` where clamp or band hold no node, share one, or cut an element.
    """
    if like is None:
        clamped = _nodes_inside(model, bench.footplate_clamp, "footplate clamp")
        band = _nodes_inside(model, bench.calf_band, "calf band")
    else:
        clamped, band = like.clamped, like.band
    shared = np.intersect1d(clamped, band)
    if len(shared):
        raise BenchRefused(
            f"Footplate clamp and calf band share {len(shared)} nodes of the shell; they must be "
            "apart."
        )
    rigid = _all_of(model, clamped)
    if bench.cuff is not Cuff.SLIDING:
        # inside a sliding band elements still deform along the shank
        rigid |= _all_of(model, band)
    factor = np.where(rigid, 0.0, 1.0)
    return Supports(_constraint(model, bench, clamped, band), frozen(factor), clamped, band)


def bench_flaw(model: ShellModel, bench: Bench) -> tuple[Status, FloatArray | None]:
    """What makes a model unfit for a bench, with the place.

    A folded element that is rigid on the bench does no harm: slivers may lie in a clamp's corner.
    """
    status, place = flaw(model)
    if status is Status.INVERTED:
        return flaw(model, supports(model, bench).element_factor)
    return status, place


def refuse_flaw(model: ShellModel, bench: Bench) -> None:
    """Raises `ShellRefused` for a model that is unfit for a bench."""
    status, place = bench_flaw(model, bench)
    if status is not Status.SOLVED:
        raise ShellRefused(status, place)


def depth(region: tuple[HalfSpace, ...], points: FloatArray) -> FloatArray:
    """(...,): distance of points (..., 3) inside an intersection of half-spaces."""
    return np.min([half.depth(points) for half in region], axis=0)


def _nodes_inside(model: ShellModel, region: tuple[HalfSpace, ...], name: str) -> IntArray:
    """Numbers of the nodes in a region or on its border."""
    mesh = model.mesh
    deep = depth(region, mesh.vertices)
    slack = ON_BORDER * _least_sizes(mesh)
    inside = deep >= -slack
    if not inside.any():
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        raise BenchRefused(
            f"The bench's {name} holds no point of the shell, which reaches from "
            f"{np.round(low, 1).tolist()} to {np.round(high, 1).tolist()} mm. Move its planes."
        )
    for cells in (mesh.quads, mesh.triangles):
        cut = (deep > slack)[cells].any(axis=1) & ~inside[cells].all(axis=1)
        if cut.any():
            first = cells[np.flatnonzero(cut)[0]]
            place = np.round(mesh.vertices[first].mean(axis=0), 1).tolist()
            raise BenchRefused(
                f"The border of the bench's {name} cuts {int(cut.sum())} elements, one of them at "
                f"{place} mm between depths of {deep[first].min():.2g} and "
                f"{deep[first].max():.2g} mm. Lay mesh lines on the border."
            )
    return np.flatnonzero(inside).astype(np.int64)


def _least_sizes(mesh: QuadMesh) -> FloatArray:
    """(n,): root of the area of the smallest element around every node, mm."""
    sizes = np.full(len(mesh.vertices), np.inf)
    root, quads = np.sqrt(mesh.areas), len(mesh.quads)
    np.minimum.at(sizes, mesh.quads, root[:quads, None])
    np.minimum.at(sizes, mesh.triangles, root[quads:, None])
    return np.where(np.isfinite(sizes), sizes, 0.0)


def _all_of(model: ShellModel, nodes: IntArray) -> NDArray[np.bool_]:
    """(m,): the elements with all corners among the nodes."""
    mesh = model.mesh
    among = np.zeros(len(mesh.vertices), dtype=np.bool_)
    among[nodes] = True
    return np.concatenate([among[mesh.quads].all(axis=1), among[mesh.triangles].all(axis=1)])


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
    axes, spring = sliding(model, bench, band)
    free[band, 2] = True
    free[band, 3] = True
    return constrain(model, free, axes=axes, offset=offset, spring=spring)


def sliding(model: ShellModel, bench: Bench, band: IntArray) -> tuple[Axes, FloatArray]:
    """Axes of the band's nodes (third displacement and first rotation free) and their springs.

    In a solid band both surfaces keep their distance from the shank axis a. The fibre may then
    only turn about b = V × a, which slides one surface along a against the other. Where the wall
    is tilted, V·a = sin τ, that turn would stretch the fibre by tan τ per radian; the solid resists
    with E/(1 − ν²), so the turn is held by a spring of E/(1 − ν²) h tan²τ per area.
    """
    a = bench.shank_axis
    helper = np.eye(3)[np.argmin(np.abs(a))]
    first = unit(cross(helper, a))
    displacement = np.broadcast_to(np.eye(3), (len(model.mesh.vertices), 3, 3)).copy()
    displacement[band] = np.array([first, cross(a, first), a])

    directors = model.directors[band]
    rotation = model.rotation_axes[: len(model.mesh.vertices)].copy()
    sine = directors @ a
    turning = cross(directors, a)
    level = np.linalg.norm(turning, axis=1) > ACROSS
    rotation[band[level], 0] = unit(turning[level])
    rotation[band, 1] = cross(directors, rotation[band, 0])

    lamina = np.stack([turning, cross(directors, turning), directors], axis=1)
    modulus = model.elasticity.fibre_modulus(lamina)
    tangent_squared = sine**2 / np.maximum(1.0 - sine**2, 1e-12)
    spring = np.zeros((len(directors), DOFS_PER_NODE))
    spring[:, 3] = modulus * (model.thickness * node_areas(model))[band] * tangent_squared
    held = np.zeros((len(model.mesh.vertices), DOFS_PER_NODE))
    held[band] = spring
    return Axes(displacement, rotation), held


def node_areas(model: ShellModel) -> FloatArray:
    """(n,): the shares of the solid area of the elements around every node."""
    mesh = model.mesh
    solid, quads = mesh.areas * model.element_weight, len(mesh.quads)
    areas = np.zeros(len(mesh.vertices))
    np.add.at(areas, mesh.quads, solid[:quads, None] / 4.0)
    np.add.at(areas, mesh.triangles, solid[quads:, None] / 3.0)
    return areas
