"""Discretisation: a shell model's elements ready for energy, forces and stiffness."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import bsr_matrix

from afo_designer.geometry.array import FloatArray, IntArray, cross
from afo_designer.mechanics.assembly import Pattern, assemble, gather, sparsity
from afo_designer.mechanics.element import (
    Response,
    Rest,
    at_rest,
    dof_forces,
    dof_slopes,
    generalised,
    nodal_forces,
    respond,
    section,
    tangent,
)
from afo_designer.mechanics.family import DOFS, DOFS_PER_NODE, Family
from afo_designer.mechanics.joint import Joint, joint_forces, joint_stiffness
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.quadrilateral import QUADRILATERAL
from afo_designer.mechanics.triangle import TRIANGLE


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where a shell is: `positions` (n, 3) of the nodes, `frames` (n, 3, 3) rows b, c, d."""

    positions: FloatArray
    frames: FloatArray


@dataclass(frozen=True, slots=True)
class ElementSet:
    """Elements of one family: `members` (m,) their numbers, `nodes` (m, 4), C, ε at rest."""

    family: Family
    members: IntArray
    nodes: IntArray
    stiffness: FloatArray
    rest: FloatArray


@dataclass(frozen=True, slots=True)
class Discretisation:
    """The elements of a model that bear load, and how their dofs are numbered.

    `half` (n,): length of every node's fibre, ½ h. `joints` resist beside the elements.
    """

    node_count: int
    half: FloatArray
    start: Configuration
    sets: tuple[ElementSet, ...]
    pattern: Pattern
    joints: tuple[Joint, ...] = ()

    def energy(self, at: Configuration) -> float:
        """Strain energy, N·mm."""
        shift = at.positions - self.start.positions
        total = sum(joint.energy(shift) for joint in self.joints)
        for part in self.sets:
            value, _ = generalised(part.family, self._vectors(part, at))
            strain = value - part.rest
            total += 0.5 * float(np.sum(strain * (part.stiffness @ strain[..., None])[..., 0]))
        return total

    def responses(self, at: Configuration) -> list[Response]:
        """The answer of every set of elements."""
        return [
            respond(part.family, part.stiffness, part.rest, self._vectors(part, at))
            for part in self.sets
        ]

    def forces(self, at: Configuration, responses: list[Response]) -> FloatArray:
        """(5n,): the energy's derivative in the dofs, N and N·mm."""
        parts = [
            dof_forces(nodal_forces(answer), self._swings(part, at))
            for part, answer in zip(self.sets, responses, strict=True)
        ]
        own = gather(self.pattern, np.concatenate([np.zeros((0, DOFS)), *parts]))
        if not self.joints:
            return own
        return own + joint_forces(self.joints, at.positions - self.start.positions)

    def slopes(self, at: Configuration, responses: list[Response]) -> list[FloatArray]:
        """∂ε/∂dofs (m, g, 20) of every set."""
        return [
            dof_slopes(answer.slope, self._swings(part, at))
            for part, answer in zip(self.sets, responses, strict=True)
        ]

    def stiffness(
        self,
        at: Configuration,
        responses: list[Response],
        forces: list[FloatArray] | None = None,
    ) -> bsr_matrix:
        """K (5n, 5n): the energy's second derivative in the dofs.

        `forces` (m, g) of every set take the responses' place in the geometric part.
        """
        parts = []
        given = [answer.force for answer in responses] if forces is None else forces
        for part, answer, force in zip(self.sets, responses, given, strict=True):
            held = replace(answer, force=force)
            swings = self._swings(part, at)
            fibres = self._fibres(at)[part.nodes]
            parts.append(tangent(part.family, part.stiffness, held, swings, fibres))
        own = assemble(self.pattern, np.concatenate([np.zeros((0, DOFS, DOFS)), *parts]))
        if not self.joints:
            return own
        shift = at.positions - self.start.positions
        return (own.tocsr() + joint_stiffness(self.joints, shift)).tobsr((DOFS_PER_NODE,) * 2)

    def swings(self, at: Configuration) -> FloatArray:
        """(n, 2, 3): motion of the fibres' tips per unit turn about b and c."""
        fibres = self._fibres(at)
        return cross(at.frames[:, :2], fibres[:, None, :])

    def _fibres(self, at: Configuration) -> FloatArray:
        return self.half[:, None] * at.frames[:, 2]

    def _swings(self, part: ElementSet, at: Configuration) -> FloatArray:
        return self.swings(at)[part.nodes]

    def _vectors(self, part: ElementSet, at: Configuration) -> FloatArray:
        fibres = self._fibres(at)
        return np.concatenate([at.positions[part.nodes], fibres[part.nodes]], axis=1)


def resting(model: ShellModel, members: IntArray) -> list[tuple[IntArray, IntArray, Rest]]:
    """The chosen elements (numbers over quads, then triangles) by family: numbers, nodes, rest."""
    nodes, quads = model.connectivity, len(model.mesh.quads)
    parts = []
    for family, chosen in (
        (QUADRILATERAL, members[members < quads]),
        (TRIANGLE, members[members >= quads]),
    ):
        if len(chosen):
            on = nodes[chosen]
            rest = at_rest(family, model.nodes[on], model.fibres[on], model.elasticity)
            parts.append((chosen, on, rest))
    return parts


def discretise(model: ShellModel, element_factor: ArrayLike | None = None) -> Discretisation:
    """A model's elements; those whose weight times `element_factor` (m,) is zero are left out."""
    factor = model.element_weight * (1.0 if element_factor is None else np.asarray(element_factor))
    sets = []
    for members, nodes, rest in resting(model, np.flatnonzero(factor > 0.0)):
        y = np.concatenate([rest.corners, rest.fibres], axis=1)
        value, _ = generalised(rest.family, y)
        stiffness = section(rest) * factor[members, None, None]
        sets.append(ElementSet(rest.family, members, nodes, stiffness, value))
    nodes = np.concatenate([part.nodes for part in sets]) if sets else np.zeros((0, 4), np.int64)
    return Discretisation(
        len(model.nodes),
        np.linalg.norm(model.fibres, axis=1),
        Configuration(model.nodes, model.frames),
        tuple(sets),
        sparsity(nodes, len(model.nodes)),
        model.joints,
    )
