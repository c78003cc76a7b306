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

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
class Places:
    """p points of m elements at rest, and how generalised strains appear there.

    `rows` (p, 5, g) and `warp` (p, 5): covariant strains (rr, ss, 2rs, 2rt, 2st) of generalised
    strains and of X, see `Family`; `turn` (m, p, 5, 5): from those to lamina axes; `modes`
    (m, p, 3, j): in-plane lamina strains of the enhancing modes, None for a family without.
    `volume` (m, p): per unit of (r, s, t). `axes` (m, p, 3, 3): rows e1, e2, e3, e3 along the fibre
    and e1 nearest to g_r (Bathe).
    """

    rows: FloatArray
    warp: FloatArray
    turn: Values
    modes: Values | None
    volume: Values
    axes: Values


@dataclass(frozen=True, slots=True)
class Enhancer:
    """What makes the membrane energy least: modes' energy (m, j, j) and pull (m, j, 3q).

    At `middle`, the q integration points on the mid-surface.
    """

    middle: Places
    own: Values
    pull: Values


@dataclass(frozen=True, slots=True)
class Rest:
    """m elements at rest.

    `corners` x_i, `fibres` f_i (m, 4, 3); `tied`: see `Family`; `enhancer`: None for a family
    without enhancing modes.
    """

    family: Family
    corners: Values
    fibres: Values
    elasticity: Law
    tied: Values
    enhancer: Enhancer | None


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
    rest = Rest(family, corners, fibres, elasticity, tied, None)
    if family.modes is None:
        return rest
    middle = places(rest, family.points[:, :2], np.zeros(1))
    assert middle.modes is not None
    law = elasticity.law(middle.axes)[..., :3, :3]
    weight = (family.points[:, 2] * middle.volume)[..., None, None]
    pull = _joined(np.swapaxes(law, -1, -2) @ (middle.modes * weight))
    own = np.swapaxes(pull, 1, 2) @ _joined(middle.modes)
    return replace(rest, enhancer=Enhancer(middle, own, np.swapaxes(pull, 1, 2)))


def _joined(rows: Values) -> Values:
    """(m, p · i, k) of (m, p, i, k)."""
    return rows.reshape(len(rows), -1, rows.shape[-1])


def jacobian(
    family: Family, corners: FloatArray, fibres: FloatArray, at: tuple[float, float, float]
) -> FloatArray:
    """(m,): volume per unit of (r, s, t) at a point; not positive where an element is inverted."""
    g_r, g_s, g_t = _bases(family, corners, fibres, [at[:2]], at[2:])
    return _dot(cross(g_r, g_s), g_t)[:, 0]


def places(rest: Rest, points: ArrayLike, heights: FloatArray) -> Places:
    """Points (r, s) × heights t, the heights of a point one after the other."""
    family, at = rest.family, np.asarray(points, dtype=np.float64).tolist()
    rows, warps = [], []
    for r, s in at:
        covariant, warp = family.covariant(r, s), np.append(family.warp(r, s), (0.0, 0.0))
        for t in heights:
            plane = covariant[:3] + t * covariant[3:6] + t * t * covariant[6:9]
            rows.append(np.concatenate([plane, covariant[9:]]))
            warps.append(warp)
    g_r, g_s, g_t = _bases(family, rest.corners, rest.fibres, at, heights)
    axes = _lamina_axes(g_s, g_t)
    dual, volume = _dual(g_r, g_s, g_t)
    modes = None
    if family.modes is not None:
        base = _bases(family, rest.corners, rest.fibres, [family.centre], np.zeros(1))
        centre, centre_volume = _dual(*base)
        mode = np.repeat([family.modes(r, s) for r, s in at], len(heights), axis=0)
        # in the centre's base, times the centre's Jacobian over the point's
        modes = _to_lamina(centre, axes, 3) @ mode * (centre_volume / volume)[..., None, None]
    return Places(np.stack(rows), np.stack(warps), _to_lamina(dual, axes), modes, volume, axes)


def cartesian_strains(
    rest: Rest, at: Places, columns: Values | None = None, modes: Values | None = None
) -> Values:
    """ε11, ε22, γ12, γ13, γ23 (m, p, 5, k), linear in `columns` (m, g, k) of generalised strains.

    Without columns, of each generalised strain alone. `modes` is the columns' `enhancement`.
    """
    count = rest.tied.shape[1]
    if columns is None:
        plain: Values = np.repeat(at.rows[None], len(rest.tied), axis=0).astype(at.turn.dtype)
        plain[..., :count] += at.warp[:, :, None] * rest.tied[:, None, None]
    else:
        plain = (_flat(at.rows) @ columns).reshape(len(columns), *at.warp.shape, -1)
        if count:
            X = rest.tied[:, None, :] @ columns[:, :count]
            plain = plain + at.warp[:, :, None] * X[:, None]
    strain: Values = at.turn @ plain
    if modes is not None:
        strain[..., :3, :] += at.modes @ modes[:, None]
    return strain


def _flat(rows: FloatArray) -> FloatArray:
    return rows.reshape(-1, rows.shape[-1])


def enhancement(rest: Rest, columns: Values | None = None) -> Values | None:
    """Amplitudes (m, j, k) of the enhancing modes; None for a family without.

    Those that make the membrane energy of generalised strains (m, g, k), or of each alone, least:
    a = −(∫ Gᵀ D G dV)⁻¹ ∫ Gᵀ D L dV over the mid-surface.
    """
    enhancer = rest.enhancer
    if enhancer is None:
        return None
    strain = cartesian_strains(rest, enhancer.middle, columns)[..., :3, :]
    return np.asarray(-np.linalg.solve(enhancer.own, enhancer.pull @ _joined(strain)))


def work_of(rest: Rest, columns: Values | None = None) -> Values:
    """(m, k, k): ∫ (L a)ᵀ D (L b) dV of generalised strains a, b among the columns (m, g, k).

    Without columns, of each generalised strain alone.
    """
    at = places(rest, rest.family.points[:, :2], HEIGHTS)
    L = cartesian_strains(rest, at, columns, enhancement(rest, columns))
    weight = np.repeat(rest.family.points[:, 2], len(HEIGHTS)) * at.volume
    stress = (rest.elasticity.law(at.axes) * weight[..., None, None]) @ L
    return np.swapaxes(_joined(L), 1, 2) @ _joined(stress)


def section(rest: Rest) -> FloatArray:
    """C (m, g, g): the elements' stiffness against generalised strains."""
    total = work_of(rest)
    # symmetric by construction; rounding is averaged away so that factorisations may rely on it
    return 0.5 * (total + np.swapaxes(total, 1, 2))


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
    return dof_slopes(forces[:, None], swings)[:, 0]


def dof_slopes(slope: Values, swings: Values) -> Values:
    """∂ε/∂dofs (m, g, 20) from ∂ε/∂y (m, g, 8, 3)."""
    count, size = slope.shape[:2]
    dofs = np.zeros((count, size, NODES, DOFS_PER_NODE), np.result_type(slope, swings))
    dofs[..., :3] = slope[:, :, :NODES]
    turns = swings @ slope[:, :, NODES:].transpose(0, 2, 3, 1)  # (m, 4, 2, g)
    dofs[..., 3:] = turns.transpose(0, 3, 1, 2)
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
    flat = swings.reshape(count, -1, 3)
    turns = (flat @ np.swapaxes(flat, 1, 2)).reshape(count, NODES, 2, NODES, 2)
    blocks[:, :, 3:, :, 3:] = pairs[:, NODES:, NODES:][:, :, None, :, None] * turns
    size = response.slope.shape[1]
    pulls = (force[:, None] @ response.slope.reshape(count, size, -1)).reshape(count, 8, 3)
    work = _dot(pulls[:, NODES:], fibres)
    for node in range(NODES):
        for k in (3, 4):
            blocks[:, node, k, node, k] -= work[:, node]
    return blocks.reshape(count, DOFS, DOFS)


def _bases(
    family: Family,
    corners: Values,
    fibres: Values,
    points: Sequence[Sequence[float]],
    heights: ArrayLike,
) -> tuple[Values, Values, Values]:
    """g_r, g_s, g_t (m, p, 3) at points (r, s) × heights t."""
    N, N_r, N_s = (
        np.stack(rows) for rows in zip(*(family.geometry(*at) for at in points), strict=True)
    )
    t = np.tile(np.asarray(heights), len(points))[:, None]
    count = len(t) // len(points)

    def base(shape: FloatArray) -> Values:
        along = np.repeat(shape, count, axis=0)
        return along @ corners + (t * along) @ fibres

    return base(N_r), base(N_s), np.repeat(N, count, axis=0) @ fibres


def _dot(a: Values, b: Values) -> Values:
    """(...,) of vectors (..., 3); unlike a norm it has a derivative in complex numbers."""
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2]


def _scaled(vectors: Values) -> Values:
    """Vectors (..., 3) of length one."""
    return vectors / np.sqrt(_dot(vectors, vectors))[..., None]


def _lamina_axes(g_s: Values, g_t: Values) -> Values:
    """(..., 3, 3): rows e1, e2, e3."""
    e3 = _scaled(g_t)
    e1 = _scaled(cross(g_s, e3))
    return np.stack([e1, cross(e3, e1), e3], axis=-2)


def _dual(g_r: Values, g_s: Values, g_t: Values) -> tuple[Values, Values]:
    """(..., 3, 3): rows gʳ, gˢ, gᵗ with gⁱ·g_j = δ_ij, and the Jacobian (...,)."""
    rows = np.stack([cross(g_s, g_t), cross(g_t, g_r), cross(g_r, g_s)], axis=-2)
    volume = _dot(rows[..., 2, :], g_t)
    return rows / volume[..., None, None], volume


# rows and columns of strain vectors: rr, ss, 2rs, 2rt, 2st
PAIRS = ((0, 0), (1, 1), (0, 1), (0, 2), (1, 2))


def _to_lamina(dual: Values, axes: Values, size: int = 5) -> Values:
    """(..., size, size): from covariant strains (rr, ss, 2rs, 2rt, 2st) to those along `axes`.

    ε_ab = e_ij (gⁱ·e_a)(gʲ·e_b) with e_tt = 0: the fibre does not stretch. `size` 3 leaves the
    transverse shears out. Columns of shears are engineering ones, so half of e_ij and e_ji each.
    """
    c = dual @ np.swapaxes(axes, -1, -2)  # c[i, b] = gⁱ·e_b
    c = np.ascontiguousarray(np.moveaxis(c, (-2, -1), (0, 1)))
    turn = np.zeros((size, size, *c.shape[2:]), dtype=c.dtype)
    for row, (a, b) in enumerate(PAIRS[:size]):
        factor = 0.5 if a == b else 1.0
        for column, (i, j) in enumerate(PAIRS[:size]):
            turn[row, column] = factor * (c[i, a] * c[j, b] + c[j, a] * c[i, b])
    return np.moveaxis(turn, (0, 1), (-2, -1))
