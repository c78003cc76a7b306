"""ShellModel: a mid-surface with directors, thickness and an elastic law."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, IntArray, frozen, unit
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.element import ElementBatch, element_batch
from afo_designer.mechanics.material import Elasticity


@dataclass(frozen=True, slots=True)
class ShellModel:
    """What the solver needs to know of a shell.

    `mesh`: the mid-surface, mm. `directors` (n, 3): unit vectors from the inner to the outer
    surface, on the side from which the quads run counter-clockwise. `thickness` (n,) in mm along
    them. `element_weight` (m,) in [0, 1]: the solid fraction of elements that slots and holes
    cut; zero leaves the element out. Directors are normalised here.

    `nodes` (n, 3), made here: the vertices moved along their directors so that the flat facets
    between them lie on the curved surface in the mean, not inside it. Where a section turns 10° to
    20° per element, as behind the Achilles tendon, inscribed facets are 1 % to 5 % too soft.
    Regions and places are of the vertices, all mechanics of the nodes.
    """

    mesh: QuadMesh
    directors: FloatArray
    thickness: FloatArray
    elasticity: Elasticity
    element_weight: FloatArray
    nodes: FloatArray = field(init=False)

    def __init__(
        self,
        mesh: QuadMesh,
        directors: ArrayLike,
        thickness: ArrayLike,
        elasticity: Elasticity,
        element_weight: ArrayLike | None = None,
    ) -> None:
        nodes, elements = len(mesh.vertices), len(mesh.quads)
        weight = np.ones(elements) if element_weight is None else element_weight
        object.__setattr__(self, "mesh", mesh)
        object.__setattr__(self, "directors", frozen(unit(directors), (nodes, 3)))
        object.__setattr__(self, "thickness", frozen(thickness, (nodes,)))
        object.__setattr__(self, "elasticity", elasticity)
        object.__setattr__(self, "element_weight", frozen(weight, (elements,)))
        if not np.all((self.element_weight >= 0.0) & (self.element_weight <= 1.0)):
            raise ValueError("element weights lie outside 0 to 1")
        with np.errstate(invalid="ignore"):  # infinite coordinates are the solver's to report
            object.__setattr__(self, "nodes", frozen(mesh.vertices + self._bulge()))

    @property
    def rotation_axes(self) -> FloatArray:
        """(n, 2, 3): axes b, c of the two rotations at every node, b × c = director."""
        return tangent_axes(self.directors)

    def batch(self, elements: IntArray | None = None) -> ElementBatch:
        """The chosen elements (all by default), ready for strains."""
        quads = self.mesh.quads if elements is None else self.mesh.quads[elements]
        return element_batch(
            self.nodes[quads],
            self.directors[quads],
            self.thickness[quads],
            self.rotation_axes[quads],
            self.elasticity.plane_stress,
        )

    def _bulge(self) -> FloatArray:
        """(n, 3): the mean height of the surface over the facets, along the directors.

        Over an edge ΔX whose directors turn by ΔV the surface is a parabola of height ΔX·ΔV/8,
        in the mean two thirds of that. Edges of the two mesh directions add up.
        """
        points, directors, quads = self.mesh.vertices, self.directors, self.mesh.quads
        height = np.zeros(len(points))
        for pairs in (((0, 1), (3, 2)), ((1, 2), (0, 3))):
            start, end = np.concatenate([quads[:, pair] for pair in pairs]).T
            mean = (
                np.sum((points[end] - points[start]) * (directors[end] - directors[start]), 1) / 12
            )
            total, count = np.zeros(len(points)), np.zeros(len(points))
            for node in (start, end):
                np.add.at(total, node, mean)
                np.add.at(count, node, 1.0)
            height += total / np.maximum(count, 1.0)
        return height[:, None] * directors


def tangent_axes(directors: FloatArray) -> FloatArray:
    """(n, 2, 3): two unit vectors b, c that make (b, c, director) right-handed."""
    # the coordinate axis least aligned with the director keeps the cross product away from zero
    helper = np.eye(3)[np.argmin(np.abs(directors), axis=1)]
    b = unit(np.cross(helper, directors))
    return np.stack([b, np.cross(directors, b)], axis=1)
