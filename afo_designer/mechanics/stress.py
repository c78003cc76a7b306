"""Stress: resultants, surface stresses, von Mises and principal values, and where they peak.

Stresses are recovered at the 2 × 2 Gauss points on the inner, middle and outer layer, as global
tensors extrapolated to the corners and averaged at the nodes. Transverse shear stress is taken as
parabolic: zero at the surfaces, 3/2 of the mean in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.mechanics.element import (
    CORNER_R,
    CORNER_S,
    DOFS,
    SURFACE_POINTS,
    ElementBatch,
    lamina_at,
    shape,
    strain_displacement,
)
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.solve import Solution, dofs_of

# Layers in the order of the second last axis of every field.
LAYERS = ("inner", "middle", "outer")
HEIGHTS = np.array([-1.0, 0.0, 1.0])
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

    `tensor` (n, 3, 6): xx, yy, zz, xy, yz, zx in MPa at nodes and layers, averaged over the
    elements around; zero at nodes of rigid parts. `gauss_von_mises` (m, 4, 3) unaveraged.
    `strain` (m, 4, 3): largest principal strain in the wall by magnitude, at Gauss points.
    `force` (m, 3), `moment` (m, 3), `shear` (m, 2): resultants N (N/mm), M (N·mm/mm) and Q at
    element centres, in lamina axes.
    """

    tensor: FloatArray
    gauss_von_mises: FloatArray
    strain: FloatArray
    force: FloatArray
    moment: FloatArray
    shear: FloatArray

    @property
    def von_mises(self) -> FloatArray:
        """(n, 3) at nodes and layers, MPa."""
        return von_mises(self.tensor)

    @property
    def first_principal(self) -> FloatArray:
        """(n, 3) largest principal stress at nodes and layers, MPa; tension positive."""
        xx, yy, zz, xy, yz, zx = np.moveaxis(self.tensor, -1, 0)
        rows = np.stack([xx, xy, zx, xy, yy, yz, zx, yz, zz], axis=-1)
        return np.linalg.eigvalsh(rows.reshape(*xx.shape, 3, 3))[..., -1]


def stress(
    model: ShellModel, solution: Solution, element_factor: ArrayLike | None = None
) -> Stress:
    """Stresses of a solution.

    `element_factor` (m,) is the bench's: an element that a rigid region cuts carries its load in
    the part outside, where strain and stress are that much larger; elements with factor zero are
    rigid and bear none. Raises `ValueError` when the solution is none.
    """
    if not solution.solved:
        raise ValueError(f"there is no stress without a solution: {solution.message}")
    count = len(model.mesh.quads)
    factor = np.ones(count) if element_factor is None else np.asarray(element_factor)
    used = np.flatnonzero((factor > 0.0) & (model.element_weight > 0.0))
    batch = model.batch(used)
    dofs = dofs_of(model, solution).reshape(-1, 5)[model.mesh.quads[used]].reshape(-1, DOFS)
    points = [_at_point(batch, float(r), float(s), dofs) for r, s in SURFACE_POINTS]
    strains = np.stack([p[0] for p in points], axis=1) * factor[used, None, None, None]
    frames = np.stack([p[1] for p in points], axis=1)  # (k, 4, 3, 3, 3)
    stresses = strains @ model.elasticity.plane_stress
    return Stress(
        tensor=frozen(_at_nodes(model, used, _globals(stresses, frames))),
        gauss_von_mises=frozen(_spread(von_mises(_globals(stresses, frames)), used, count)),
        strain=frozen(_spread(_largest_principal(strains), used, count)),
        **_resultants(model, batch, used, dofs, factor),
    )


def von_mises(tensor: FloatArray) -> FloatArray:
    """(...,) from tensors (..., 6): √(½ Σ(σi − σj)² + 3 Σ τ²), Huber and von Mises."""
    xx, yy, zz, xy, yz, zx = np.moveaxis(tensor, -1, 0)
    normal = (xx - yy) ** 2 + (yy - zz) ** 2 + (zz - xx) ** 2
    return np.sqrt(0.5 * normal + 3.0 * (xy**2 + yz**2 + zx**2))


def peak(model: ShellModel, values: FloatArray) -> Peak:
    """The largest of nodal values (n, 3) and where it is."""
    node, layer = np.unravel_index(int(np.argmax(values)), values.shape)
    offset = 0.5 * HEIGHTS[layer] * model.thickness[node] * model.directors[node]
    position = frozen(model.mesh.vertices[node] + offset)
    return Peak(float(values[node, layer]), int(node), LAYERS[layer], position)


def _at_point(
    batch: ElementBatch, r: float, s: float, dofs: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Strains (k, 3, 5) and lamina axes (k, 3, 3, 3) on the three layers at (r, s)."""
    B, _ = strain_displacement(batch, r, s, HEIGHTS)
    strains = np.einsum("mpij,mj->mpi", B, dofs)
    axes = np.stack([lamina_at(batch, r, s, float(t)) for t in HEIGHTS], axis=1)
    return strains, axes


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


def _at_nodes(model: ShellModel, used: IntArray, tensors: FloatArray) -> FloatArray:
    """(n, 3, 6): Gauss values extrapolated bilinearly to corners, averaged by element count."""
    # the Gauss points are corners of a square 1/√3 the size: evaluate its shape functions outside
    reach = np.sqrt(3.0)
    spread = np.stack(
        [shape(reach * r, reach * s) for r, s in zip(CORNER_R, CORNER_S, strict=True)]
    )
    corners = np.einsum("cg,mglk->mclk", spread, tensors)
    count = len(model.mesh.vertices)
    quads = model.mesh.quads[used].ravel()
    flat = corners.reshape(len(quads), -1)
    sums = np.stack(
        [np.bincount(quads, weights=column, minlength=count) for column in flat.T], axis=1
    )
    shares = np.maximum(np.bincount(quads, minlength=count), 1)
    return (sums / shares[:, None]).reshape(count, 3, 6)


def _spread(values: FloatArray, used: IntArray, count: int) -> FloatArray:
    full = np.zeros((count, *values.shape[1:]))
    full[used] = values
    return full


def _largest_principal(strains: FloatArray) -> FloatArray:
    """(...,): of the two principal strains in the wall the larger magnitude, with its sign."""
    mean = 0.5 * (strains[..., 0] + strains[..., 1])
    radius = np.hypot(0.5 * (strains[..., 0] - strains[..., 1]), 0.5 * strains[..., 2])
    return np.where(mean >= 0.0, mean + radius, mean - radius)


def _resultants(
    model: ShellModel, batch: ElementBatch, used: IntArray, dofs: FloatArray, factor: FloatArray
) -> dict[str, FloatArray]:
    strains, _ = _at_point(batch, 0.0, 0.0, dofs)
    layers = (strains * factor[used, None, None]) @ model.elasticity.plane_stress
    h = model.thickness[model.mesh.quads[used]].mean(axis=1)[:, None]
    count = len(factor)
    # stress is linear through the wall: N = h σ̄, M = h²/12 (σ_outer − σ_inner)
    return {
        "force": frozen(_spread(h * layers[:, 1, :3], used, count)),
        "moment": frozen(_spread(h**2 / 12.0 * (layers[:, 2] - layers[:, 0])[:, :3], used, count)),
        "shear": frozen(_spread(h * layers[:, 1, 3:], used, count)),
    }
