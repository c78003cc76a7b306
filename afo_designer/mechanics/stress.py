"""Stress: surface stresses, von Mises and principal values, and where they peak.

Stresses are recovered at the elements' sampling points (2 × 2 Gauss points of quadrilaterals,
corners of triangles) on the inner, middle and outer layer, as global tensors extrapolated to the
corners and averaged at the nodes. In large rotations they are the second Piola-Kirchhoff's in the
axes at rest, which at small strains are the true ones seen by an observer who turns with the
wall. Transverse shear stress is taken as parabolic: zero at the surfaces, 3/2 of the mean in the
middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen
from afo_designer.mechanics.discretisation import Configuration, Discretisation, resting
from afo_designer.mechanics.element import (
    Places,
    Rest,
    Values,
    cartesian_strains,
    dof_slopes,
    enhancement,
    generalised,
    places,
)
from afo_designer.mechanics.family import DOFS, DOFS_PER_NODE, Family
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.quadrilateral import CORNER_R, CORNER_S, QUADRILATERAL, shape
from afo_designer.mechanics.solve import Solution

# Layers in the order of the second last axis of every field.
LAYERS = ("inner", "middle", "outer")
LAYER_HEIGHTS = np.array([-1.0, 0.0, 1.0])
# Shear at the layers over its mean: a parabola.
SHEAR_PROFILE = np.array([0.0, 1.5, 0.0])


class Peak(NamedTuple):
    """The largest nodal value: MPa, node number, layer name, position on that layer in mm."""

    value: float
    node: int
    layer: str
    position: FloatArray


@dataclass(frozen=True, slots=True)
class Stress:
    """Stresses of a solved shell.

    `tensor` (n, 3, 6): xx, yy, zz, xy, yz, zx in MPa at the mesh's vertices and the layers,
    averaged over the elements around; zero at vertices of rigid parts. `strain` (m, 4, 3):
    largest principal strain in the wall by magnitude, at the sampling points.
    """

    tensor: FloatArray
    strain: FloatArray

    @property
    def von_mises(self) -> FloatArray:
        """(n, 3) at nodes and layers, MPa."""
        return von_mises(self.tensor)

    @property
    def first_principal(self) -> FloatArray:
        """(n, 3) largest principal stress at nodes and layers, MPa; tension positive."""
        return first_principal(self.tensor)


def stress(
    model: ShellModel, solution: Solution, element_factor: ArrayLike | None = None
) -> Stress:
    """Stresses of a linear solution.

    Elements whose `element_factor` (m,), the bench's, is zero are rigid and bear none. Raises
    `ValueError` when the solution is none.
    """
    if not solution.solved:
        raise ValueError(f"there is no stress without a solution: {solution.message}")
    factor = model.element_weight * (1.0 if element_factor is None else np.asarray(element_factor))
    dofs = solution.dofs.reshape(-1, DOFS_PER_NODE)
    swings = cross(model.rotation_axes, model.fibres[:, None, :])
    parts = []
    for members, nodes, rest in resting(model, np.flatnonzero(factor > 0.0)):
        y = np.concatenate([rest.corners, rest.fibres], axis=1)
        slopes = dof_slopes(generalised(rest.family, y)[1], swings[nodes])
        strain = (slopes @ dofs[nodes].reshape(-1, DOFS, 1))[..., 0]
        parts.append((members, nodes, rest, strain))
    return _recovered(model, parts)


def stress_at(model: ShellModel, elements: Discretisation, at: Configuration) -> Stress:
    """Stresses of a model's elements in a configuration of any rotation."""
    strains = {part.family.name: part for part in elements.sets}
    answers = dict(zip(strains, elements.responses(at), strict=True))
    members = np.sort(np.concatenate([part.members for part in elements.sets]))
    parts = [
        (chosen, nodes, rest, answers[rest.family.name].strain)
        for chosen, nodes, rest in resting(model, members)
    ]
    return _recovered(model, parts)


def von_mises(tensor: FloatArray) -> FloatArray:
    """(...,) from tensors (..., 6): √(½ Σ(σi − σj)² + 3 Σ τ²), Huber and von Mises."""
    xx, yy, zz, xy, yz, zx = np.moveaxis(tensor, -1, 0)
    normal = (xx - yy) ** 2 + (yy - zz) ** 2 + (zz - xx) ** 2
    return np.sqrt(0.5 * normal + 3.0 * (xy**2 + yz**2 + zx**2))


def first_principal(tensor: FloatArray) -> FloatArray:
    """(...,) largest principal stress of tensors (..., 6)."""
    xx, yy, zz, xy, yz, zx = np.moveaxis(tensor, -1, 0)
    rows = np.stack([xx, xy, zx, xy, yy, yz, zx, yz, zz], axis=-1)
    return np.asarray(np.linalg.eigvalsh(rows.reshape(*xx.shape, 3, 3))[..., -1])


def peak(model: ShellModel, values: FloatArray) -> Peak:
    """The largest of nodal values (n, 3) and where it is."""
    node, layer = np.unravel_index(int(np.argmax(values)), values.shape)
    offset = 0.5 * LAYER_HEIGHTS[layer] * model.thickness[node] * model.directors[node]
    position = frozen(model.mesh.vertices[node] + offset)
    return Peak(float(values[node, layer]), int(node), LAYERS[layer], position)


def sampling_points(family: Family) -> list[tuple[float, float]]:
    """Four points (r, s) at which an element's stress is taken."""
    if family is QUADRILATERAL:
        return [(float(r), float(s)) for r, s, _ in family.points]
    return [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), family.centre]


def layer_places(rest: Rest, heights: FloatArray = LAYER_HEIGHTS) -> Places:
    """The sampling points at p layers."""
    return places(rest, sampling_points(rest.family), heights)


def layer_strains(rest: Rest, at: Places, strain: Values) -> Values:
    """Strains (m, 4 p, 5) at `layer_places`, from generalised strains (m, g)."""
    columns = strain[..., None]
    return cartesian_strains(rest, at, columns, enhancement(rest, columns))[..., 0]


def _recovered(
    model: ShellModel, parts: list[tuple[IntArray, IntArray, Rest, FloatArray]]
) -> Stress:
    count, vertices = len(model.element_weight), len(model.mesh.vertices)
    total, shares = np.zeros((vertices, 18)), np.zeros(vertices)
    principal = np.zeros((count, 4, 3))
    for members, nodes, rest, strain in parts:
        at = layer_places(rest)
        by_layer = (len(members), 4, len(LAYERS))
        strains = layer_strains(rest, at, strain).reshape(*by_layer, 5)
        axes = at.axes.reshape(*by_layer, 3, 3)
        law = rest.elasticity.law(axes)
        tensors = _globals((law @ strains[..., None])[..., 0], axes)
        principal[members] = _largest_principal(strains)
        corners = _at_corners(rest.family, tensors)
        on = nodes[:, : corners.shape[1]].ravel()
        flat = corners.reshape(len(on), -1)
        for k, column in enumerate(flat.T):
            total[:, k] += np.bincount(on, weights=column, minlength=vertices)
        shares += np.bincount(on, minlength=vertices)
    tensor = (total / np.maximum(shares, 1.0)[:, None]).reshape(vertices, 3, 6)
    return Stress(tensor=frozen(tensor), strain=frozen(principal))


def _globals(stresses: FloatArray, axes: FloatArray) -> FloatArray:
    """(..., 3, 6) global tensors from lamina stresses (..., 3, 5)."""
    s11, s22, s12, s13, s23 = np.moveaxis(stresses, -1, 0)
    s13, s23 = s13 * SHEAR_PROFILE, s23 * SHEAR_PROFILE
    zero = np.zeros_like(s11)
    rows = np.stack([s11, s12, s13, s12, s22, s23, s13, s23, zero], axis=-1)
    local = rows.reshape(*s11.shape, 3, 3)
    turned = np.swapaxes(axes, -1, -2) @ local @ axes
    pairs = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0))
    return np.stack([turned[..., i, j] for i, j in pairs], axis=-1)


def _at_corners(family: Family, tensors: FloatArray) -> FloatArray:
    """(m, 4 or 3, 3, 6): the sampling points' values at the element's corners."""
    if family is not QUADRILATERAL:
        return tensors[:, :3]
    # the Gauss points are corners of a square 1/√3 the size: evaluate its shape functions outside
    reach = np.sqrt(3.0)
    spread = np.stack(
        [shape(reach * r, reach * s) for r, s in zip(CORNER_R, CORNER_S, strict=True)]
    )
    return np.einsum("cg,mglk->mclk", spread, tensors)


def _largest_principal(strains: FloatArray) -> FloatArray:
    """(...,): of the two principal strains in the wall the larger magnitude, with its sign."""
    mean = 0.5 * (strains[..., 0] + strains[..., 1])
    radius = np.hypot(0.5 * (strains[..., 0] - strains[..., 1]), 0.5 * strains[..., 2])
    return np.where(mean >= 0.0, mean + radius, mean - radius)
