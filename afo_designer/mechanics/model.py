"""ShellModel: a mid-surface with directors, thickness and an elastic law."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen, unit
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.element import Law
from afo_designer.mechanics.joint import Joint, Stop


@dataclass(frozen=True, slots=True)
class ShellModel:
    """What the solver needs to know of a shell.

    `mesh`: the mid-surface, mm, n vertices. `directors` (n, 3): unit vectors from the inner to the
    outer surface, on the side from which the elements run counter-clockwise. `thickness` (n,) in
    mm along them. `element_weight` (m,) in [0, 1], quads then triangles: the solid fraction of
    elements that slots and holes cut; zero leaves the element out. Directors are normalised here.
    `joints` hold the parts of a mesh together that is not of one piece.

    Made here: `nodes` (n + k, 3), the vertices moved along their directors so that the flat facets
    between them lie on the curved surface in the mean, not inside it (where a section turns 10° to
    20° per element, as behind the Achilles tendon, inscribed facets are 1 % to 5 % too soft), then
    one bubble node for each of the k triangles. `frames` (n + k, 3, 3): rows b, c, d with b, c
    the axes of a node's two rotations. `fibres` (n + k, 3): half-thickness vectors ½ h d.
    Regions and places are of the vertices, all mechanics of the nodes.
    """

    mesh: QuadMesh
    directors: FloatArray
    thickness: FloatArray
    elasticity: Law
    element_weight: FloatArray
    joints: tuple[Joint, ...]
    nodes: FloatArray = field(init=False)
    frames: FloatArray = field(init=False)
    fibres: FloatArray = field(init=False)

    def __init__(
        self,
        mesh: QuadMesh,
        directors: ArrayLike,
        thickness: ArrayLike,
        elasticity: Law,
        element_weight: ArrayLike | None = None,
        joints: tuple[Joint, ...] = (),
    ) -> None:
        vertices, elements = len(mesh.vertices), len(mesh.quads) + len(mesh.triangles)
        weight = np.ones(elements) if element_weight is None else element_weight
        object.__setattr__(self, "mesh", mesh)
        object.__setattr__(self, "directors", frozen(unit(directors), (vertices, 3)))
        object.__setattr__(self, "thickness", frozen(thickness, (vertices,)))
        object.__setattr__(self, "elasticity", elasticity)
        object.__setattr__(self, "joints", joints)
        object.__setattr__(self, "element_weight", frozen(weight, (elements,)))
        if not np.all((self.element_weight >= 0.0) & (self.element_weight <= 1.0)):
            raise ValueError("element weights lie outside 0 to 1")
        with np.errstate(invalid="ignore"):  # infinite coordinates are the solver's to report
            points = mesh.vertices + bulge(mesh, self.directors)
            fibres = 0.5 * self.thickness[:, None] * self.directors
            nodes = np.concatenate([points, points[mesh.triangles].mean(axis=1)])
            fibres = np.concatenate([fibres, fibres[mesh.triangles].mean(axis=1)])
            object.__setattr__(self, "nodes", frozen(nodes))
            object.__setattr__(self, "fibres", frozen(fibres))
            directions = np.concatenate([self.directors, unit(fibres[vertices:])])
            frames = np.concatenate([tangent_axes(directions), directions[:, None]], axis=1)
            object.__setattr__(self, "frames", frozen(frames))

    @property
    def rotation_axes(self) -> FloatArray:
        """(n + k, 2, 3): axes b, c of the two rotations at every node, b × c = director."""
        return self.frames[:, :2]

    @property
    def stop(self) -> Stop | None:
        """The joint that pushes one way only, if there is one."""
        return next((one for one in self.joints if isinstance(one, Stop)), None)

    @property
    def connectivity(self) -> IntArray:
        """(m, 4): nodes of the quads, then of the triangles, each with its bubble last."""
        first = len(self.mesh.vertices)
        bubbles = np.arange(first, first + len(self.mesh.triangles))[:, None]
        return np.concatenate([self.mesh.quads, np.hstack([self.mesh.triangles, bubbles])])

    @property
    def moves(self) -> NDArray[np.bool_]:
        """(n + k, 5): the dofs that a node has; a bubble only rotates."""
        moves = np.ones((len(self.nodes), 5), dtype=np.bool_)
        moves[len(self.mesh.vertices) :, :3] = False
        return moves


def with_free_stops(model: ShellModel) -> ShellModel:
    """The model whose stops are one-sided and stand as far open as they do, for large rotations."""
    if not model.joints:
        return model
    joints = tuple(one.free if isinstance(one, Stop) else one for one in model.joints)
    return replace(model, joints=joints)


def without_stops(model: ShellModel) -> ShellModel:
    """The model on the side to which its stops stand open."""
    if model.stop is None:
        return model
    return replace(model, joints=tuple(one for one in model.joints if not isinstance(one, Stop)))


def bulge(mesh: QuadMesh, directors: FloatArray) -> FloatArray:
    """(n, 3): the mean height of the surface over the facets, along the directors.

    Over an edge ΔX whose directors turn by ΔV the surface is a parabola of height ΔX·ΔV/8; over a
    flat quadrilateral as over a triangle its mean height is Σ ΔX·ΔV / 24 over the edges.
    """
    points = mesh.vertices
    total, count = np.zeros(len(points)), np.zeros(len(points))
    for cells in (mesh.quads, mesh.triangles):
        after = np.roll(cells, -1, axis=1)
        turned = np.sum((points[after] - points[cells]) * (directors[after] - directors[cells]), 2)
        height = np.repeat(turned.sum(axis=1) / 24.0, cells.shape[1])
        np.add.at(total, cells.ravel(), height)
        np.add.at(count, cells.ravel(), 1.0)
    return (total / np.maximum(count, 1.0))[:, None] * directors


def tangent_axes(directors: FloatArray) -> FloatArray:
    """(n, 2, 3): two unit vectors b, c that make (b, c, director) right-handed."""
    # the coordinate axis least aligned with the director keeps the cross product away from zero
    helper = np.eye(3)[np.argmin(np.abs(directors), axis=1)]
    b = unit(cross(helper, directors))
    return np.stack([b, cross(directors, b)], axis=1)
