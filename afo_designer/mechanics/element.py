"""MITC4+ with enhanced membrane: a curved four-node shell element that does not lock.

The geometry is the degenerated solid x(r, s, t) = Σ Nᵢ (xᵢ + t/2 hᵢ Vᵢ) with unit directors Vᵢ
and nodal thickness hᵢ; every node has five dofs, three displacements and two rotations α, β
about its axes b, c ⟂ V, and u(r, s, t) = Σ Nᵢ (dᵢ + t/2 hᵢ (αᵢ bᵢ + βᵢ cᵢ) × Vᵢ). There is no
drilling dof and so no artificial stiffness; it suits smooth surfaces, which have one director at
a node.

Strains are covariant, e_ij = ½ (g_i·u,_j + g_j·u,_i). Transverse shear is tied at the edge
midpoints (Dvorkin and Bathe 1984); the membrane part is tied at the points A to E of
Ko, Lee and Bathe, "A new MITC4+ shell element", Computers & Structures 182 (2017) 404–418. Both
recalled; the membrane coefficients are derived again in `_tied_membrane`. Bending strains are the
displacement's own. That membrane is still a bilinear quadrilateral, which bends too stiffly in
its own plane, and the arched section of a leaf bends in its elements' planes; so four strain modes
of Simo and Rifai (1990, recalled) are added to it, `_enhancement`. All functions treat m elements
at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from afo_designer.geometry.array import FloatArray, unit

# Corners counter-clockwise from (−1, −1); dofs run node by node: dx, dy, dz, α, β.
CORNER_R = np.array([-1.0, 1.0, 1.0, -1.0])
CORNER_S = np.array([-1.0, -1.0, 1.0, 1.0])
DOFS_PER_NODE = 5
DOFS = 4 * DOFS_PER_NODE
GAUSS = 1.0 / np.sqrt(3.0)
# 2 × 2 points in the surface, and the two through the thickness.
SURFACE_POINTS = np.array([(-GAUSS, -GAUSS), (GAUSS, -GAUSS), (GAUSS, GAUSS), (-GAUSS, GAUSS)])
THICKNESS_POINTS = np.array([-GAUSS, GAUSS])


def shape(r: float, s: float) -> FloatArray:
    """(4,): bilinear shape functions N at (r, s)."""
    return 0.25 * (1.0 + CORNER_R * r) * (1.0 + CORNER_S * s)


def shape_slopes(r: float, s: float) -> tuple[FloatArray, FloatArray]:
    """(4,), (4,): N,r and N,s at (r, s)."""
    return 0.25 * CORNER_R * (1.0 + CORNER_S * s), 0.25 * CORNER_S * (1.0 + CORNER_R * r)


@dataclass(frozen=True, slots=True)
class ElementBatch:
    """m elements: what their strains are made of, tied once and evaluated at any (r, s, t).

    `corners` (m, 4, 3) mid-surface points, `fibres` (m, 4, 3) half-thickness vectors ½ h V,
    `swings` (m, 4, 2, 3) motions of the fibre tip per unit α and β; `membrane` (m, 5, 20) tied
    membrane strains at A to E, `bilinear` (m, 5) their coefficients in x_d·u_d; `shear`
    (m, 4, 20) tied shear strains 2e_rt at (0, ±1) and 2e_st at (±1, 0). `modes` (m, 4, 20)
    amplitudes of the enhancing strains, `centre` (m, 3, 3) the dual base gʳ, gˢ, gᵗ at the centre
    that they refer to, `centre_volume` (m,) its Jacobian.
    """

    corners: FloatArray
    fibres: FloatArray
    swings: FloatArray
    membrane: FloatArray
    bilinear: FloatArray
    shear: FloatArray
    modes: FloatArray
    centre: FloatArray
    centre_volume: FloatArray


def element_batch(
    corners: FloatArray,
    directors: FloatArray,
    thickness: FloatArray,
    axes: FloatArray,
    elasticity: FloatArray,
) -> ElementBatch:
    """Ties and enhances the strains of m elements.

    `corners`, `directors` (m, 4, 3), `thickness` (m, 4), `axes` (m, 4, 2, 3): the rotation axes
    b and c of every corner. `elasticity` (5, 5) or (m, 5, 5): D in the lamina axes, the shear
    factor 5/6 already in it. Elements must not be inverted: `jacobian`.
    """
    fibres = fibre_vectors(directors, thickness)
    swings = np.cross(axes, fibres[:, :, None, :])
    membrane, bilinear = _tied_membrane(corners)
    dual, volume = _dual(*_base_vectors(corners, fibres, 0.0, 0.0, 0.0))
    batch = ElementBatch(
        corners=corners,
        fibres=fibres,
        swings=swings,
        membrane=membrane,
        bilinear=bilinear,
        shear=_tied_shear(corners, fibres, swings),
        modes=np.zeros((len(corners), 4, DOFS)),
        centre=dual,
        centre_volume=volume,
    )
    return replace(batch, modes=_enhancement(batch, elasticity))


def fibre_vectors(directors: FloatArray, thickness: FloatArray) -> FloatArray:
    """(m, 4, 3): ½ h V at the corners."""
    return 0.5 * thickness[..., None] * directors


def jacobian(corners: FloatArray, fibres: FloatArray, r: float, s: float, t: float) -> FloatArray:
    """(m,): volume per unit of (r, s, t); not positive where an element is inverted."""
    g_r, g_s, g_t = _base_vectors(corners, fibres, r, s, t)
    return np.einsum("mi,mi->m", np.cross(g_r, g_s), g_t)


def strain_displacement(
    batch: ElementBatch, r: float, s: float, heights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """B (m, p, 5, 20) and the Jacobian (m, p) at (r, s) and the p heights t.

    Rows: ε11, ε22, γ12, γ13, γ23 in the lamina's Cartesian axes (`lamina_axes`).
    """
    constant, linear, square = _in_plane(batch, r, s)
    shear = _shear_at(batch, r, s)
    matrices, volumes = [], []
    for t in heights:
        base = _base_vectors(batch.corners, batch.fibres, r, s, float(t))
        covariant = np.concatenate([constant + t * linear + t * t * square, shear], axis=1)
        axes = lamina_axes(*base)
        dual, volume = _dual(*base)
        B = _to_lamina(dual, axes) @ covariant
        B[:, :3] += _enhancing_strains(batch, axes, volume, r, s) @ batch.modes
        matrices.append(B)
        volumes.append(volume)
    return np.stack(matrices, axis=1), np.stack(volumes, axis=1)


def stiffness_matrices(batch: ElementBatch, elasticity: FloatArray) -> FloatArray:
    """K (m, 20, 20) = ∫ Bᵀ D B dV by 2 × 2 × 2 Gauss points.

    `elasticity` (5, 5) or (m, 5, 5): D in the lamina axes, the shear factor 5/6 already in it.
    """
    count = len(batch.corners)
    total = np.zeros((count, DOFS, DOFS))
    law = np.broadcast_to(elasticity, (count, 5, 5))[:, None]
    for r, s in SURFACE_POINTS:
        B, volume = strain_displacement(batch, float(r), float(s), THICKNESS_POINTS)
        stress = (law * volume[..., None, None]) @ B
        rows = B.reshape(count, -1, DOFS)
        total += np.swapaxes(rows, 1, 2) @ stress.reshape(count, -1, DOFS)
    # symmetric by construction; rounding is averaged away so that factorisations may rely on it
    return 0.5 * (total + np.swapaxes(total, 1, 2))


def lamina_axes(g_r: FloatArray, g_s: FloatArray, g_t: FloatArray) -> FloatArray:
    """(m, 3, 3): rows e1, e2, e3 with e3 along the fibre and e1 nearest to g_r (Bathe)."""
    e3 = unit(g_t)
    e1 = unit(np.cross(g_s, e3))
    return np.stack([e1, np.cross(e3, e1), e3], axis=1)


def lamina_at(batch: ElementBatch, r: float, s: float, t: float) -> FloatArray:
    """(m, 3, 3): the rows e1, e2, e3 in which strains at (r, s, t) are given."""
    return lamina_axes(*_base_vectors(batch.corners, batch.fibres, r, s, t))


def _base_vectors(
    corners: FloatArray, fibres: FloatArray, r: float, s: float, t: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    N_r, N_s = shape_slopes(r, s)
    point = corners + t * fibres
    return (
        np.einsum("n,mni->mi", N_r, point),
        np.einsum("n,mni->mi", N_s, point),
        np.einsum("n,mni->mi", shape(r, s), fibres),
    )


def _dual(g_r: FloatArray, g_s: FloatArray, g_t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(m, 3, 3): rows gʳ, gˢ, gᵗ with gⁱ·g_j = δ_ij, and the Jacobian (m,)."""
    rows = np.stack([np.cross(g_s, g_t), np.cross(g_t, g_r), np.cross(g_r, g_s)], axis=1)
    volume = np.einsum("mi,mi->m", rows[:, 2], g_t)
    return rows / volume[:, None, None], volume


# rows and columns of strain vectors: rr, ss, 2rs, 2rt, 2st
PAIRS = ((0, 0), (1, 1), (0, 1), (0, 2), (1, 2))


def _to_lamina(dual: FloatArray, axes: FloatArray, size: int = 5) -> FloatArray:
    """(m, size, size): from covariant strains (rr, ss, 2rs, 2rt, 2st) to those along `axes`.

    ε_ab = e_ij (gⁱ·e_a)(gʲ·e_b) with e_tt = 0: the fibre does not stretch. `size` 3 leaves the
    transverse shears out.
    """
    c = np.einsum("mia,mba->mib", dual, axes)  # c[i, b] = gⁱ·e_b
    turn = np.zeros((len(dual), size, size))
    for row, (a, b) in enumerate(PAIRS[:size]):
        factor = 1.0 if a == b else 2.0
        for column, (i, j) in enumerate(PAIRS[:size]):
            term = c[:, i, a] * c[:, j, b]
            if i != j:  # e_ij and e_ji, and the column is engineering: 2 e_ij
                term = 0.5 * (term + c[:, j, a] * c[:, i, b])
            turn[:, row, column] = factor * term
    return turn


def _enhancing_strains(
    batch: ElementBatch, axes: FloatArray, volume: FloatArray, r: float, s: float
) -> FloatArray:
    """G (m, 3, 4): in-plane lamina strains of the four modes at (r, s).

    e_rr = r, e_ss = s, 2e_rs = r and 2e_rs = s in the centre's base, times the centre's Jacobian
    over the point's: no mode does work on a constant stress, so patches stay exact.
    """
    modes = np.array([[r, 0.0, 0.0, 0.0], [0.0, s, 0.0, 0.0], [0.0, 0.0, r, s]])
    ratio = batch.centre_volume / volume
    return ratio[:, None, None] * (_to_lamina(batch.centre, axes, 3) @ modes)


def _enhancement(batch: ElementBatch, elasticity: FloatArray) -> FloatArray:
    """(m, 4, 20): mode amplitudes that make the membrane energy of given dofs least.

    a = −(∫ Gᵀ D G dV)⁻¹ ∫ Gᵀ D B dV over the mid-surface.
    """
    count = len(batch.corners)
    law = np.broadcast_to(elasticity, (count, 5, 5))[:, :3, :3]
    own, mixed = np.zeros((count, 4, 4)), np.zeros((count, 4, DOFS))
    for r, s in SURFACE_POINTS:
        B, volumes = strain_displacement(batch, float(r), float(s), np.zeros(1))
        axes, volume = lamina_at(batch, float(r), float(s), 0.0), volumes[:, 0]
        G = _enhancing_strains(batch, axes, volume, float(r), float(s))
        work = np.swapaxes(G, 1, 2) @ law * volume[:, None, None]
        own += work @ G
        mixed += work @ B[:, 0, :3]
    return np.asarray(-np.linalg.solve(own, mixed), dtype=np.float64)


def _displaced(vector: FloatArray, weights: FloatArray) -> FloatArray:
    """(m, 20): the row that gives vector · Σ wᵢ dᵢ."""
    rows = np.zeros((len(vector), 4, DOFS_PER_NODE))
    rows[:, :, :3] = vector[:, None, :] * weights[:, None]
    return rows.reshape(len(vector), DOFS)


def _swung(vector: FloatArray, weights: FloatArray, swings: FloatArray) -> FloatArray:
    """(m, 20): the row that gives vector · Σ wᵢ (αᵢ bᵢ + βᵢ cᵢ) × ½ hᵢ Vᵢ."""
    rows = np.zeros((len(vector), 4, DOFS_PER_NODE))
    rows[:, :, 3:] = np.einsum("mi,mnki->mnk", vector, swings) * weights[:, None]
    return rows.reshape(len(vector), DOFS)


def _tied_membrane(corners: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Membrane strains at the tying points and the coefficients that make X = x_d·u_d of them.

    With x,r = x_r + s x_d and x,s = x_s + r x_d the displacement gives
        e_rr = x_r·u_r + s L_r + s² X,  e_ss = x_s·u_s + r L_s + r² X,
        e_rs = E + ½ r L_r + ½ s L_s + r s X,   L_r = x_r·u_d + x_d·u_r and so on.
    In a warped element X locks. In a flat one x_d = c_r x_r + c_s x_s, and X follows from the
    tied strains: (1 − c_r² − c_s²) X = c_r L_r + c_s L_s − c_r² (A + B)/2 − c_s² (C + D)/2
    − 2 c_r c_s E. That value is used for all elements, c from the dual vectors of x_r and x_s.
    """
    r_edges = [_membrane(corners, 0.0, s, "rr") for s in (1.0, -1.0)]
    s_edges = [_membrane(corners, r, 0.0, "ss") for r in (1.0, -1.0)]
    tied = np.stack([*r_edges, *s_edges, _membrane(corners, 0.0, 0.0, "rs")], axis=1)

    x_r, x_s, x_d = (
        0.25 * np.einsum("n,mni->mi", signs, corners)
        for signs in (CORNER_R, CORNER_S, CORNER_R * CORNER_S)
    )
    normal = np.cross(x_r, x_s)
    size = np.einsum("mi,mi->m", normal, normal)
    c_r = np.einsum("mi,mi->m", x_d, np.cross(x_s, normal)) / size
    c_s = np.einsum("mi,mi->m", x_d, np.cross(normal, x_r)) / size
    d = c_r**2 + c_s**2 - 1.0
    coefficients = [
        c_r * (c_r - 1.0) / (2.0 * d),
        c_r * (c_r + 1.0) / (2.0 * d),
        c_s * (c_s - 1.0) / (2.0 * d),
        c_s * (c_s + 1.0) / (2.0 * d),
        2.0 * c_r * c_s / d,
    ]
    return tied, np.stack(coefficients, axis=1)


def _membrane(corners: FloatArray, r: float, s: float, component: str) -> FloatArray:
    """(m, 20): the displacement's own membrane strain at (r, s)."""
    N_r, N_s = shape_slopes(r, s)
    g_r = np.einsum("n,mni->mi", N_r, corners)
    g_s = np.einsum("n,mni->mi", N_s, corners)
    if component == "rr":
        return _displaced(g_r, N_r)
    if component == "ss":
        return _displaced(g_s, N_s)
    return 0.5 * (_displaced(g_r, N_s) + _displaced(g_s, N_r))


def _tied_shear(corners: FloatArray, fibres: FloatArray, swings: FloatArray) -> FloatArray:
    """2e_rt at (0, 1), (0, −1), 2e_st at (1, 0), (−1, 0); their part linear in t is zero there."""
    rows = []
    for r, s, along_r in (
        (0.0, 1.0, True),
        (0.0, -1.0, True),
        (1.0, 0.0, False),
        (-1.0, 0.0, False),
    ):
        N = shape(r, s)
        slope = shape_slopes(r, s)[0 if along_r else 1]
        tangent = np.einsum("n,mni->mi", slope, corners)
        fibre = np.einsum("n,mni->mi", N, fibres)
        rows.append(_swung(tangent, N, swings) + _displaced(fibre, slope))
    return np.stack(rows, axis=1)


def _shear_at(batch: ElementBatch, r: float, s: float) -> FloatArray:
    """(m, 2, 20): 2e_rt and 2e_st interpolated between opposite edges."""
    top, bottom, right, left = np.moveaxis(batch.shear, 1, 0)
    along_r = 0.5 * (1.0 + s) * top + 0.5 * (1.0 - s) * bottom
    along_s = 0.5 * (1.0 + r) * right + 0.5 * (1.0 - r) * left
    return np.stack([along_r, along_s], axis=1)


def _in_plane(batch: ElementBatch, r: float, s: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(m, 3, 20) each: rr, ss, 2rs as constant, linear and square parts in t."""
    A, B, C, D, E = np.moveaxis(batch.membrane, 1, 0)
    X = np.einsum("mk,mkd->md", batch.bilinear, batch.membrane)
    L_r, L_s = 0.5 * (A - B), 0.5 * (C - D)
    rr = 0.5 * (A + B) + s * L_r + (s * s - 1.0) * X
    ss = 0.5 * (C + D) + r * L_s + (r * r - 1.0) * X
    rs = E + 0.5 * r * L_r + 0.5 * s * L_s + r * s * X
    constant = np.stack([rr, ss, 2.0 * rs], axis=1)

    N_r, N_s = shape_slopes(r, s)
    m_r, m_s = (np.einsum("n,mni->mi", N, batch.corners) for N in (N_r, N_s))
    f_r, f_s = (np.einsum("n,mni->mi", N, batch.fibres) for N in (N_r, N_s))
    swings = batch.swings
    linear = np.stack(
        [
            _swung(m_r, N_r, swings) + _displaced(f_r, N_r),
            _swung(m_s, N_s, swings) + _displaced(f_s, N_s),
            _swung(m_r, N_s, swings)
            + _swung(m_s, N_r, swings)
            + _displaced(f_r, N_s)
            + _displaced(f_s, N_r),
        ],
        axis=1,
    )
    square = np.stack(
        [
            _swung(f_r, N_r, swings),
            _swung(f_s, N_s, swings),
            _swung(f_r, N_s, swings) + _swung(f_s, N_r, swings),
        ],
        axis=1,
    )
    return constant, linear, square
