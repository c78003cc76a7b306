"""Element: strains, energy, forces and stiffness of many shell elements of one family at once.

Total Lagrangian: Green-Lagrange strains and second Piola-Kirchhoff stresses, St Venant-Kirchhoff's
law, plane stress across the wall. Rotations may be of any size, strains must be small (a third
of the elongation at break is the most that an orthosis is let to). Every node has five dofs:
three displacements and two rotations α, β about its axes b, c ⟂ d; there is no drilling dof and so
no artificial stiffness, which suits smooth surfaces that have one director at a node.

Functions that take a body at rest also accept complex coordinates, so that derivatives with respect
to shape and thickness can be taken by an imaginary step, exact to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray, cross
from afo_designer.mechanics.family import DOFS, DOFS_PER_NODE, NODES, Family

# Two Gauss points through the thickness.
HEIGHTS = np.array([-1.0, 1.0]) / np.sqrt(3.0)

# Real, or complex where a derivative is taken.
Values = NDArray[Any]


class Law(Protocol):
    """An elastic law, seen in lamina axes (..., 3, 3).

    `law`: D (..., 5, 5). `fibre_modulus` (...): MPa of a stretch along the wall's normal. `scaled`:
    the law with all moduli multiplied.
    """

    def law(self, axes: FloatArray) -> FloatArray: ...

    def fibre_modulus(self, axes: FloatArray) -> FloatArray: ...

    def scaled(self, factor: float) -> Law: ...


@dataclass(frozen=True, slots=True)
class Rest:
    """m elements at rest.

    `corners` x_i, `fibres` f_i (m, 4, 3); `tied`: see `Family`; `centre` (m, 3, 3) the dual base at
    the centre, `centre_volume` (m,) its Jacobian.
    """

    family: Family
    corners: Values
    fibres: Values
    elasticity: Law
    tied: Values
    centre: Values
    centre_volume: Values


@dataclass(frozen=True, slots=True)
class Response:
    """What m elements answer to a configuration.

    `strain` (m, g): generalised strains; `force` (m, g): their work conjugates, C ε;
    `slope` (m, g, 8, 3): ∂ε/∂y.
    """

    strain: FloatArray
    force: FloatArray
    slope: FloatArray


def at_rest(family: Family, corners: Values, fibres: Values, elasticity: Law) -> Rest:
    """M elements with mid-surface points and half-thickness vectors (m, 4, 3)."""
    tied = family.tied(corners)
    dual, volume = _dual(*_base(family, corners, fibres, *family.centre, 0.0))
    return Rest(family, corners, fibres, elasticity, tied, dual, volume)


def jacobian(
    family: Family, corners: FloatArray, fibres: FloatArray, at: tuple[float, float, float]
) -> FloatArray:
    """(m,): volume per unit of (r, s, t) at a point; not positive where an element is inverted."""
    g_r, g_s, g_t = _base(family, corners, fibres, *at)
    return np.einsum("mi,mi->m", cross(g_r, g_s), g_t)


def cartesian_strains(
    rest: Rest,
    columns: Values,
    modes: Values | None,
    r: float,
    s: float,
    heights: FloatArray,
) -> tuple[Values, Values, Values]:
    """ε11, ε22, γ12, γ13, γ23 (m, p, 5, k) at (r, s) and p heights t, volumes (m, p), axes.

    Linear in `columns` (m, g, k) of generalised strains, whose `enhancement` is `modes`. Axes
    (m, p, 3, 3): rows e1, e2, e3, e3 along the fibre and e1 nearest to g_r (Bathe).
    """
    family = rest.family
    parts = family.covariant(rest.tied, columns, r, s)
    strains, volumes, frames = [], [], []
    for t in heights:
        base = _base(family, rest.corners, rest.fibres, r, s, float(t))
        axes = _lamina_axes(*base)
        dual, volume = _dual(*base)
        plane = parts.constant + t * parts.linear + t * t * parts.square
        strain = _to_lamina(dual, axes) @ np.concatenate([plane, parts.shear], axis=1)
        if modes is not None:
            strain[:, :3] += _enhancing_strains(rest, axes, volume, r, s) @ modes
        strains.append(strain)
        volumes.append(volume)
        frames.append(axes)
    return np.stack(strains, 1), np.stack(volumes, 1), np.stack(frames, 1)


def work_of(rest: Rest, columns: Values) -> Values:
    """(m, k, k): ∫ (L a)ᵀ D (L b) dV of generalised strains a, b among the columns (m, g, k)."""
    count, size = columns.shape[0], columns.shape[2]
    modes = enhancement(rest, columns)
    total: Values = np.zeros((count, size, size))
    for r, s, weight in rest.family.points:
        L, volume, axes = cartesian_strains(rest, columns, modes, float(r), float(s), HEIGHTS)
        stress = (rest.elasticity.law(axes) * (weight * volume)[..., None, None]) @ L
        flat = L.reshape(count, -1, size)
        total = total + np.swapaxes(flat, 1, 2) @ stress.reshape(count, -1, size)
    return total


def section(rest: Rest) -> FloatArray:
    """C (m, g, g): the elements' stiffness against generalised strains."""
    total = work_of(rest, every_strain(rest))
    # symmetric by construction; rounding is averaged away so that factorisations may rely on it
    return 0.5 * (total + np.swapaxes(total, 1, 2))


def every_strain(rest: Rest) -> FloatArray:
    """(m, g, g): each generalised strain alone."""
    size = len(rest.family.forms)
    return np.broadcast_to(np.eye(size), (len(rest.corners), size, size))


def generalised(family: Family, vectors: Values) -> tuple[Values, Values]:
    """ε before the rest is taken off (m, g), and ∂ε/∂y (m, g, 8, 3), for y (m, 8, 3)."""
    size = len(family.forms)
    slope = (family.forms.reshape(-1, 2 * NODES) @ vectors).reshape(-1, size, 2 * NODES, 3)
    flat = slope.reshape(-1, size, 6 * NODES)
    value = 0.5 * (flat @ vectors.reshape(-1, 6 * NODES, 1))[..., 0]
    return value, slope


def respond(family: Family, stiffness: FloatArray, rest: FloatArray, y: FloatArray) -> Response:
    """The response of elements of stiffness C (m, g, g) and rest values (m, g) to y (m, 8, 3)."""
    value, slope = generalised(family, y)
    strain = value - rest
    force = (stiffness @ strain[..., None])[..., 0]
    return Response(strain, force, slope)


def nodal_forces(response: Response) -> FloatArray:
    """(m, 8, 3): ∂E/∂y."""
    size = response.slope.shape[1]
    flat = response.slope.reshape(-1, size, 6 * NODES)
    return (response.force[:, None] @ flat).reshape(-1, 2 * NODES, 3)


def dof_forces(forces: Values, swings: Values) -> Values:
    """(m, 20): ∂E/∂y (m, 8, 3) as forces on dofs; `swings` (m, 4, 2, 3): ∂f/∂(α, β)."""
    moments = (swings @ forces[:, NODES:, :, None])[..., 0]
    return np.concatenate([forces[:, :NODES], moments], axis=2).reshape(-1, DOFS)


def dof_slopes(slope: Values, swings: Values) -> Values:
    """∂ε/∂dofs (m, g, 20) from ∂ε/∂y (m, g, 8, 3)."""
    count, size = slope.shape[:2]
    turns = swings[:, None] @ slope[:, :, NODES:, :, None]
    dofs = np.concatenate([slope[:, :, :NODES], turns[..., 0]], axis=3)
    return dofs.reshape(count, size, DOFS)


def tangent(
    family: Family,
    stiffness: FloatArray,
    response: Response,
    swings: FloatArray,
    fibres: FloatArray,
) -> FloatArray:
    """K (m, 20, 20): second derivative of the energy in dofs.

    `swings` (m, 4, 2, 3) and `fibres` (m, 4, 3) are those of the configuration. Material part
    Bᵀ C B; geometric part from the forms, and from the fibre's turning: ∂²f/∂α² = −f.
    """
    B = dof_slopes(response.slope, swings)
    total = np.swapaxes(B, 1, 2) @ (stiffness @ B)
    return total + geometric(family, response, swings, fibres)


def geometric(
    family: Family, response: Response, swings: FloatArray, fibres: FloatArray
) -> FloatArray:
    """(m, 20, 20): what the forces on generalised strains add to the stiffness."""
    force = response.force
    count = len(force)
    pairs = np.tensordot(force, family.forms, axes=1)  # (m, 8, 8)
    blocks = np.zeros((count, NODES, DOFS_PER_NODE, NODES, DOFS_PER_NODE))
    for k in range(3):
        blocks[:, :, k, :, k] = pairs[:, :NODES, :NODES]
    mixed = pairs[:, :NODES, NODES:, None, None] * swings[:, None]  # (m, 4, 4, 2, 3)
    blocks[:, :, :3, :, 3:] = mixed.transpose(0, 1, 4, 2, 3)
    blocks[:, :, 3:, :, :3] = mixed.transpose(0, 2, 3, 1, 4)
    turns = np.einsum("maci,mbdi->macbd", swings, swings, optimize=True)
    blocks[:, :, 3:, :, 3:] = pairs[:, NODES:, NODES:][:, :, None, :, None] * turns
    size = response.slope.shape[1]
    pulls = (force[:, None] @ response.slope.reshape(count, size, -1)).reshape(count, 8, 3)
    work = np.einsum("mni,mni->mn", pulls[:, NODES:], fibres)
    for node in range(NODES):
        for k in (3, 4):
            blocks[:, node, k, node, k] -= work[:, node]
    return blocks.reshape(count, DOFS, DOFS)


def _base(
    family: Family, corners: Values, fibres: Values, r: float, s: float, t: float
) -> tuple[Values, Values, Values]:
    N, N_r, N_s = family.geometry(r, s)
    point = corners + t * fibres
    return (
        np.einsum("n,mni->mi", N_r, point),
        np.einsum("n,mni->mi", N_s, point),
        np.einsum("n,mni->mi", N, fibres),
    )


def _scaled(vectors: Values) -> Values:
    """Vectors (m, 3) of length one; unlike a norm it has a derivative in complex numbers."""
    return vectors / np.sqrt(np.sum(vectors * vectors, axis=-1, keepdims=True))


def _lamina_axes(g_r: Values, g_s: Values, g_t: Values) -> Values:
    """(m, 3, 3): rows e1, e2, e3."""
    e3 = _scaled(g_t)
    e1 = _scaled(cross(g_s, e3))
    return np.stack([e1, cross(e3, e1), e3], axis=1)


def _dual(g_r: Values, g_s: Values, g_t: Values) -> tuple[Values, Values]:
    """(m, 3, 3): rows gʳ, gˢ, gᵗ with gⁱ·g_j = δ_ij, and the Jacobian (m,)."""
    rows = np.stack([cross(g_s, g_t), cross(g_t, g_r), cross(g_r, g_s)], axis=1)
    volume = np.einsum("mi,mi->m", rows[:, 2], g_t)
    return rows / volume[:, None, None], volume


# rows and columns of strain vectors: rr, ss, 2rs, 2rt, 2st
PAIRS = ((0, 0), (1, 1), (0, 1), (0, 2), (1, 2))


def _to_lamina(dual: Values, axes: Values, size: int = 5) -> Values:
    """(m, size, size): from covariant strains (rr, ss, 2rs, 2rt, 2st) to those along `axes`.

    ε_ab = e_ij (gⁱ·e_a)(gʲ·e_b) with e_tt = 0: the fibre does not stretch. `size` 3 leaves the
    transverse shears out.
    """
    c = dual @ np.swapaxes(axes, 1, 2)  # c[i, b] = gⁱ·e_b
    turn = np.zeros((len(dual), size, size), dtype=c.dtype)
    for row, (a, b) in enumerate(PAIRS[:size]):
        factor = 1.0 if a == b else 2.0
        for column, (i, j) in enumerate(PAIRS[:size]):
            term = c[:, i, a] * c[:, j, b]
            if i != j:  # e_ij and e_ji, and the column is engineering: 2 e_ij
                term = 0.5 * (term + c[:, j, a] * c[:, i, b])
            turn[:, row, column] = factor * term
    return turn


def _enhancing_strains(rest: Rest, axes: Values, volume: Values, r: float, s: float) -> Values:
    """(m, 3, j): in-plane lamina strains of the modes at (r, s).

    In the centre's base, times the centre's Jacobian over the point's.
    """
    assert rest.family.modes is not None
    ratio = rest.centre_volume / volume
    return ratio[:, None, None] * (_to_lamina(rest.centre, axes, 3) @ rest.family.modes(r, s))


def enhancement(rest: Rest, columns: Values) -> Values | None:
    """Amplitudes (m, j, k) of the enhancing modes; None for a family without.

    Those that make the membrane energy of generalised strains (m, g, k) least:
    a = −(∫ Gᵀ D G dV)⁻¹ ∫ Gᵀ D L dV over the mid-surface.
    """
    if rest.family.modes is None:
        return None
    own: Values = np.zeros(1)
    mixed: Values = np.zeros(1)
    for r, s, weight in rest.family.points:
        at = float(r), float(s)
        L, volumes, frames = cartesian_strains(rest, columns, None, *at, np.zeros(1))
        axes, volume = frames[:, 0], volumes[:, 0]
        G = _enhancing_strains(rest, axes, volume, *at)
        law = rest.elasticity.law(axes)[..., :3, :3]
        pull = np.swapaxes(G, 1, 2) @ law * (weight * volume)[:, None, None]
        own = own + pull @ G
        mixed = mixed + pull @ L[:, 0, :3]
    return np.asarray(-np.linalg.solve(own, mixed))
