"""Gradient: exact derivatives of the linear bench's stiffness, stress and mass.

At equilibrium the energy is stationary in the unknowns, so the stiffness's derivative is the
energy's at fixed unknowns: no solve. An aggregate of stress needs one adjoint solve with the same
factors. Partial derivatives are taken element by element with an imaginary step (Squire and Trapp
1998, recalled), so that nothing is lost to differencing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afo_designer.geometry.array import FloatArray, IntArray, cross, unit
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.bench import (
    ACROSS,
    Bench,
    BenchRefused,
    Cuff,
    Supports,
    node_areas,
    refuse_flaw,
    supports,
)
from afo_designer.mechanics.discretisation import Discretisation, discretise
from afo_designer.mechanics.element import (
    HEIGHTS,
    Rest,
    Values,
    at_rest,
    cartesian_strains,
    enhancement,
    generalised,
    work_of,
)
from afo_designer.mechanics.factor import Factors
from afo_designer.mechanics.family import DOFS_PER_NODE
from afo_designer.mechanics.model import ShellModel, bulge
from afo_designer.mechanics.quadrilateral import QUADRILATERAL
from afo_designer.mechanics.solve import factors_of
from afo_designer.mechanics.stiffness import NM_PER_DEG
from afo_designer.mechanics.stress import LAYER_HEIGHTS, layer_places, layer_strains
from afo_designer.mechanics.triangle import TRIANGLE

# The imaginary step: its square vanishes beside one, so there is no truncation error.
STEP = 1.0e-30
# Sharpness of the Kreisselmeier-Steinhauser aggregate: it exceeds the largest of n equal values by
# ln n / 60.
SHARPNESS = 60.0
# Inner and outer surface.
SURFACES = LAYER_HEIGHTS[[0, 2]]


@dataclass(frozen=True, slots=True)
class Variation:
    """A direction in which a model changes, per unit of a parameter.

    `nodes`, `fibres` (n, 3): of all nodes, bubbles included. `vertices` (v, 3): of the mesh's
    vertices, from which the nodes stand off. `touched` (n,): nodes that move.
    """

    nodes: FloatArray
    fibres: FloatArray
    vertices: FloatArray

    @property
    def touched(self) -> NDArray[np.bool_]:
        return np.any((self.nodes != 0.0) | (self.fibres != 0.0), axis=1)


@dataclass(frozen=True, slots=True)
class Linear:
    """The linear bench solved, with what its derivatives need.

    `displacement` u, `turn` θ (n, 3) per radian of the shank; `ride` (n, 3): the drive's rotation
    vector at nodes that ride, zero elsewhere; `stiffness` in N·m/deg.
    """

    model: ShellModel
    bench: Bench
    held: Supports
    elements: Discretisation
    factors: Factors
    unknowns: FloatArray
    displacement: FloatArray
    turn: FloatArray
    stiffness: float


def solve_linear(model: ShellModel, bench: Bench, like: Supports | None = None) -> Linear:
    """The linear bench of a model, for the sliding and the tied cuff.

    `like`: see `supports`. Raises `BenchRefused` for a hanging cuff and where the bench does
    not fit, `ShellRefused` for a model with a flaw or a part that nothing holds.
    """
    if bench.cuff is Cuff.HANGING:
        raise BenchRefused("Derivatives are those of a driven cuff; use sliding or tied.")
    refuse_flaw(model, bench)
    held = supports(model, bench, like)
    elements = discretise(model, held.element_factor)
    K = elements.stiffness(elements.start, elements.responses(elements.start)).tocsr()
    T, g = held.constraint.transformation, held.constraint.offset
    reduced = (T.T @ K @ T).tocsc()
    reduced.setdiag(reduced.diagonal() + held.constraint.spring)
    factors = factors_of(model, T, reduced)
    right = -(T.T @ (K @ g))
    q = factors.solve(right)
    q = q + factors.solve(right - reduced @ q)
    u = T @ q + g
    energy = float(u @ (K @ u) + q @ (held.constraint.spring * q))
    rows = u.reshape(-1, DOFS_PER_NODE)
    turn = np.einsum("nk,nki->ni", rows[:, 3:], model.rotation_axes)
    return Linear(model, bench, held, elements, factors, q, rows[:, :3], turn, energy * NM_PER_DEG)


def thickness_variation(model: ShellModel, rate: ArrayLike) -> Variation:
    """Thickness growing by `rate` (n,) outwards over the inner surface, which stays.

    The middle surface moves by half of it.
    """
    grown = np.asarray(rate, dtype=np.float64)[:, None] * model.directors
    return _completed(model, 0.5 * grown, 0.5 * grown)


def variation_between(models: Sequence[ShellModel], step: float) -> Variation:
    """The variation whose models at −2, −1, 1 and 2 steps are given, by fourth-order differences.

    All of one topology.
    """
    weights = np.array([1.0, -8.0, 8.0, -1.0]) / (12.0 * step)
    fields = [(m.nodes, m.fibres, m.mesh.vertices) for m in models]
    return Variation(*(np.tensordot(weights, np.stack(f), 1) for f in zip(*fields, strict=True)))


def stiffness_slopes(linear: Linear, variations: Sequence[Variation]) -> FloatArray:
    """dk/dp (N·m/deg per unit) along every variation."""
    return _rates(linear, variations, None)[:, 0] * NM_PER_DEG


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A smooth bound of the largest von Mises stress on the surfaces, per radian of the shank.

    `value` MPa; `displacement` and `turn` (n, 3) of the adjoint state; `largest` MPa, the true
    maximum over the sampling points of the chosen elements; `reference` MPa, the scale.
    """

    chosen: NDArray[np.bool_]
    value: float
    largest: float
    reference: float
    displacement: FloatArray
    turn: FloatArray


def stress_level(linear: Linear, chosen: ArrayLike, reference: float) -> tuple[float, float]:
    """`value` and `largest` of `aggregate_stress`, without the adjoint."""
    found = _surface_stresses(linear)
    return _aggregated(found, np.asarray(chosen, dtype=np.bool_), reference)


def aggregate_stress(linear: Linear, chosen: ArrayLike, reference: float) -> Aggregate:
    """The Kreisselmeier-Steinhauser aggregate over the chosen elements (m,), and its adjoint.

    (σ0/ρ) ln Σ exp(ρ σ/σ0) with σ0 the `reference`, MPa per radian: a stress of the size expected.
    """
    mask = np.asarray(chosen, dtype=np.bool_)
    model, swings = linear.model, linear.elements.swings(linear.elements.start)
    pulls = np.zeros((len(model.nodes), 2, 3))
    found = _surface_stresses(linear)
    value, largest = _aggregated(found, mask, reference)
    for members, nodes, rest, strain, stress in found:
        weight = np.exp(SHARPNESS * (stress - value) / reference)
        weight = weight * mask[members][:, None]
        _add_pulls(pulls, nodes, rest, _stress_pulls(rest, strain, weight))
    dofs = np.concatenate(
        [pulls[:, 0], np.einsum("nki,ni->nk", swings, pulls[:, 1])], axis=1
    ).ravel()
    T = linear.held.constraint.transformation
    adjoint = (T @ linear.factors.solve(T.T @ dofs)).reshape(-1, DOFS_PER_NODE)
    turn = np.einsum("nk,nki->ni", adjoint[:, 3:], model.rotation_axes)
    return Aggregate(mask, value, largest, reference, adjoint[:, :3], turn)


def both_slopes(
    linear: Linear, aggregate: Aggregate, variations: Sequence[Variation]
) -> tuple[FloatArray, FloatArray]:
    """dk/dp as `stiffness_slopes`, and d(aggregate)/dp in MPa per radian per unit."""
    rates = _rates(linear, variations, aggregate)
    return rates[:, 0] * NM_PER_DEG, rates[:, 1]


def volume_of(linear: Linear) -> float:
    """Volume (mm³) of the whole wall, rigid parts included."""
    return float(np.real(_volume(linear.model, linear.model.nodes, linear.model.fibres)))


def volume_slopes(linear: Linear, variations: Sequence[Variation]) -> FloatArray:
    """d(volume)/dp, mm³ per unit, along every variation."""
    model = linear.model
    return (
        np.array(
            [
                _volume(
                    model,
                    model.nodes + 1j * STEP * one.nodes,
                    model.fibres + 1j * STEP * one.fibres,
                )
                for one in variations
            ]
        ).imag
        / STEP
    )


def thickness_gradient(
    linear: Linear, aggregate: Aggregate | None = None
) -> tuple[FloatArray, FloatArray | None]:
    """The field dk/dh (n,) at the vertices, N·m/deg per mm, and the aggregate's (MPa per rad·mm).

    Element by element along the ways in which its corners can move, then through the middle
    surface's and the facets' own dependence on h.
    """
    model = linear.model
    count, vertices = len(model.nodes), len(model.mesh.vertices)
    fields = np.zeros((2, count, 2, 3))  # energy or aggregate; node or fibre
    for corner in range(4):
        for kind in range(2):
            for axis in range(3):
                for members, nodes in _bearing(linear):
                    ways = np.zeros((2, len(nodes), 4, 3))
                    ways[kind, :, corner, axis] = 1.0
                    rates = _element_rates(linear, members, nodes, ways[0], ways[1], aggregate)
                    for field, rate in zip(fields, rates, strict=True):
                        np.add.at(field[:, kind, axis], nodes[:, corner], rate)
    springs = _spring_fields(linear, aggregate)
    results = []
    for field, own in zip(fields, springs, strict=True):
        for k in range(2):  # a bubble's place and fibre are the means of its corners'
            thirds = np.repeat(field[vertices:, k] / 3.0, 3, axis=0)
            np.add.at(field[:, k], model.mesh.triangles.ravel(), thirds)
        lifted = _lowered(model, field[:vertices, 0])
        along = 0.5 * (lifted + field[:vertices, 1])
        results.append(np.einsum("ni,ni->n", along, model.directors) + own[:vertices])
    return results[0] * NM_PER_DEG, results[1] if aggregate is not None else None


# --- pieces --------------------------------------------------------------------------------------

# Numbers of elements, their nodes, the elements at rest, their strains (m, g) and stresses.
_Stressed = tuple[IntArray, IntArray, Rest, Values, Values]


def _surface_stresses(linear: Linear) -> list[_Stressed]:
    found = []
    for members, nodes in _bearing(linear):
        rest = _rest(linear, nodes, None)
        strain = _strains(rest, linear.displacement[nodes], linear.turn[nodes])
        found.append((members, nodes, rest, strain, _surface_stress(rest, strain)))
    return found


def _aggregated(
    found: list[_Stressed], mask: NDArray[np.bool_], reference: float
) -> tuple[float, float]:
    """The aggregate over the chosen elements, and the true maximum."""
    every = np.concatenate([stress[mask[members]].ravel() for members, *_, stress in found])
    largest = float(np.max(every))
    total = np.sum(np.exp(SHARPNESS * (every - largest) / reference))
    return largest + reference * float(np.log(total)) / SHARPNESS, largest


def _completed(model: ShellModel, vertices: FloatArray, fibres: FloatArray) -> Variation:
    """Motions of the vertices and their fibres, said of all nodes; directors stay."""
    triangles, nodes = model.mesh.triangles, _lifted(model, vertices)
    return Variation(
        np.concatenate([nodes, nodes[triangles].mean(axis=1)]),
        np.concatenate([fibres, fibres[triangles].mean(axis=1)]),
        vertices,
    )


def _lifted(model: ShellModel, shift: FloatArray) -> FloatArray:
    """Motion (n, 3) of the nodes when the mesh's vertices move: the facets' rise is linear."""
    moved = QuadMesh(shift, model.mesh.quads, model.mesh.parameters, model.mesh.triangles)
    return shift + bulge(moved, model.directors)


def _lowered(model: ShellModel, pull: FloatArray) -> FloatArray:
    """(n, 3): `_lifted` transposed."""
    mesh, directors = model.mesh, model.directors
    count = np.zeros(len(directors))
    for cells in (mesh.quads, mesh.triangles):
        np.add.at(count, cells.ravel(), 1.0)
    own = np.einsum("ni,ni->n", pull, directors) / np.maximum(count, 1.0)
    total = pull.copy()
    for cells in (mesh.quads, mesh.triangles):
        share = own[cells].sum(axis=1) / 24.0
        after = np.roll(cells, -1, axis=1)
        along = (directors[after] - directors[cells]) * share[:, None, None]
        np.add.at(total, after, along)
        np.add.at(total, cells, -along)
    return total


def _bearing(linear: Linear) -> list[tuple[IntArray, IntArray]]:
    return [(part.members, part.nodes) for part in linear.elements.sets]


def _rest(linear: Linear, nodes: IntArray, moved: tuple[Values, Values] | None) -> Rest:
    """Elements at rest, their corners and fibres moved by an imaginary step."""
    model = linear.model
    corners: Values = model.nodes[nodes]
    fibres: Values = model.fibres[nodes]
    first = nodes[0, 3] < len(model.mesh.vertices)
    family = QUADRILATERAL if first else TRIANGLE
    if moved is not None:
        corners, fibres = corners + 1j * STEP * moved[0], fibres + 1j * STEP * moved[1]
    return at_rest(family, corners, fibres, model.elasticity)


def _strains(rest: Rest, displacement: Values, turn: Values) -> Values:
    """Generalised strains (m, g) of small motions (m, 4, 3)."""
    y = np.concatenate([rest.corners, rest.fibres], axis=1)
    motion = np.concatenate([displacement, cross(turn, rest.fibres)], axis=1)
    slope = generalised(rest.family, y)[1]
    return np.einsum("mgai,mai->mg", slope, motion, optimize=True)


def _rates(
    linear: Linear, variations: Sequence[Variation], aggregate: Aggregate | None
) -> FloatArray:
    """(k, 2): derivatives of the energy (twice it: stiffness in N·mm/rad) and of the aggregate.

    All variations' elements go through at once: an element costs little beside a call.
    """
    rates = np.zeros((len(variations), 2))
    for members, nodes in _bearing(linear):
        on = [np.flatnonzero(one.touched[nodes].any(axis=1)) for one in variations]
        owner = np.repeat(np.arange(len(on)), [len(each) for each in on])
        if not len(owner):
            continue
        every = np.concatenate(on)
        pairs = list(zip(variations, on, strict=True))
        corners = np.concatenate([one.nodes[nodes[each]] for one, each in pairs])
        fibres = np.concatenate([one.fibres[nodes[each]] for one, each in pairs])
        found = _element_rates(linear, members[every], nodes[every], corners, fibres, aggregate)
        for column, each in enumerate(found):
            rates[:, column] += np.bincount(owner, weights=each, minlength=len(on))
    for row, variation in zip(rates, variations, strict=True):
        springs = _spring_rates(linear, variation)
        row[0] += float(np.sum(springs * linear.unknowns**2))
        if aggregate is not None:
            adjoint = _adjoint_unknowns(linear, aggregate)
            row[1] -= float(np.sum(springs * linear.unknowns * adjoint))
    return rates


def _adjoint_unknowns(linear: Linear, aggregate: Aggregate) -> FloatArray:
    """(q,): the adjoint state in the free coordinates; T's columns are orthonormal."""
    axes = linear.model.rotation_axes
    turns = np.einsum("nki,ni->nk", axes, aggregate.turn)
    rows = np.concatenate([aggregate.displacement, turns], axis=1)
    return np.asarray(linear.held.constraint.transformation.T @ rows.ravel())


def _spring_fields(linear: Linear, aggregate: Aggregate | None) -> tuple[FloatArray, FloatArray]:
    """(n,) twice: what the turning springs, proportional to h and area, add to both derivatives."""
    model, constraint, q = linear.model, linear.held.constraint, linear.unknowns
    vertices = len(model.mesh.vertices)
    T = constraint.transformation.tocsc()
    node = T.indices[T.indptr[:-1]] // DOFS_PER_NODE
    work = [constraint.spring * q**2]
    if aggregate is not None:
        work.append(-constraint.spring * q * _adjoint_unknowns(linear, aggregate))
    fields = np.zeros((2, len(model.nodes)))
    for field, each in zip(fields, work, strict=False):
        own = np.bincount(node, weights=each, minlength=len(model.nodes)).astype(np.float64)[
            :vertices
        ]
        field[:vertices] = own / model.thickness + _area_pull(model, own)
    return fields[0], fields[1]


def _area_pull(model: ShellModel, work: FloatArray) -> FloatArray:
    """(n,): Σ work · ∂ ln(area of a node)/∂h, the vertices moving by half of h."""
    mesh = model.mesh
    per_area = work / np.maximum(node_areas(model), 1e-300)
    total, first = np.zeros(len(mesh.vertices)), 0
    for cells in (mesh.quads, mesh.triangles):
        weights = model.element_weight[first : first + len(cells)]
        share = weights * per_area[cells].mean(axis=1)
        # area = ½ |across × along|, by diagonals or by two sides
        a, b, c, d = (2, 0, 3, 1) if cells.shape[1] == 4 else (1, 0, 2, 0)
        corners = mesh.vertices[cells]
        across, along = corners[:, a] - corners[:, b], corners[:, c] - corners[:, d]
        half_normal = 0.5 * unit(cross(across, along))
        first_pull, second_pull = cross(along, half_normal), cross(half_normal, across)
        pulls = [(a, first_pull), (b, -first_pull), (c, second_pull), (d, -second_pull)]
        for corner, pull in pulls:
            moved = 0.5 * np.einsum("mi,mi->m", model.directors[cells[:, corner]], pull)
            np.add.at(total, cells[:, corner], share * moved)
        first += len(cells)
    return total


def _element_rates(
    linear: Linear,
    members: IntArray,
    nodes: IntArray,
    corner_ways: FloatArray,
    fibre_ways: FloatArray,
    aggregate: Aggregate | None,
) -> tuple[FloatArray, FloatArray]:
    """(m,) twice: what each element adds to both derivatives when its corners move so."""
    rest = _rest(linear, nodes, (corner_ways, fibre_ways))
    ride = _ride(linear)
    moved = linear.displacement[nodes] + 1j * STEP * cross(ride[nodes], corner_ways)
    strain = _strains(rest, moved, _turned(linear, nodes, rest.fibres, linear.turn, ride))
    solid = linear.model.element_weight[members] / STEP
    if aggregate is None:
        energy = work_of(rest, strain[..., None])[:, 0, 0]
        return energy.imag * solid, np.zeros(len(nodes))
    turn = _turned(linear, nodes, rest.fibres, aggregate.turn, np.zeros_like(ride))
    adjoint = _strains(rest, aggregate.displacement[nodes], turn)
    pairs = work_of(rest, np.stack([strain, adjoint], axis=-1)).imag * solid[:, None, None]
    stress = _surface_stress(rest, strain)
    weight = np.exp(SHARPNESS * (stress.real - aggregate.value) / aggregate.reference)
    weight = weight * aggregate.chosen[members][:, None]
    own = np.sum(weight * stress.imag, axis=1) / STEP
    return pairs[:, 0, 0], own - pairs[:, 1, 0]


def _ride(linear: Linear) -> FloatArray:
    """(n, 3): the drive's rotation vector at nodes of the band, which follow their own place."""
    ride = np.zeros((len(linear.model.nodes), 3))
    ride[linear.held.band] = linear.bench.axis_direction
    return ride


def _turned(
    linear: Linear, nodes: IntArray, fibres: Values, turn: FloatArray, ride: FloatArray
) -> Values:
    """Turn vectors (m, 4, 3) of elements' corners with these fibres, the unknowns kept.

    They stay as they are but in the band: its fibres f turn with the shank by `ride` and, where
    they slide, freely about f × a, an axis that follows the fibre.
    """
    bench, directors = linear.bench, linear.model.directors
    follows = np.zeros(len(turn), dtype=np.bool_)
    band = linear.held.band
    follows[band] = np.linalg.norm(cross(directors[band], bench.shank_axis), axis=1) > ACROSS
    on = follows[nodes]
    free = cross(fibres[on], bench.shank_axis)
    free = free / np.sqrt(np.sum(free * free, axis=-1, keepdims=True))
    given = ride[nodes][on]
    own = np.sum((turn[nodes][on] - given) * free.real, axis=-1, keepdims=True)
    turned: Values = turn[nodes].astype(np.complex128)
    turned[on] = given + own * free
    return turned


def _spring_rates(linear: Linear, variation: Variation) -> FloatArray:
    """(q,): d(spring)/dp of the sliding cuff's turning springs.

    They are smooth and weak (they act on the tilt of the band's wall); a fourth-order difference
    of the bench's own rule, over a micrometre, leaves 1e-10 of them.
    """
    if linear.bench.cuff is not Cuff.SLIDING or not variation.touched[linear.held.band].any():
        return np.zeros(len(linear.unknowns))
    vertices = len(linear.model.mesh.vertices)
    size = float(np.abs(variation.fibres).max() + np.abs(variation.nodes).max())
    step = 1.0e-3 / max(size, 1.0e-12)
    total = np.zeros(len(linear.unknowns))
    for weight, count in ((1.0, -2), (-8.0, -1), (8.0, 1), (-1.0, 2)):
        moved = _moved(linear.model, variation, count * step, vertices)
        total += weight * supports(moved, linear.bench, linear.held).constraint.spring
    return total / (12.0 * step)


def _moved(model: ShellModel, variation: Variation, amount: float, vertices: int) -> ShellModel:
    """The model moved along a variation; for what depends on vertices, thickness and directors."""
    fibres = model.fibres[:vertices] + amount * variation.fibres[:vertices]
    half = np.linalg.norm(fibres, axis=1)
    points = model.mesh.vertices + amount * variation.vertices
    mesh = QuadMesh(points, model.mesh.quads, model.mesh.parameters, model.mesh.triangles)
    directors = fibres / half[:, None]
    return replace(model, mesh=mesh, directors=directors, thickness=2.0 * half)


def _surface_stress(rest: Rest, strain: Values) -> Values:
    """Von Mises stress (m, 8) at the sampling points on both surfaces."""
    at = layer_places(rest, SURFACES)
    strains = layer_strains(rest, at, strain)
    return _von_mises((rest.elasticity.law(at.axes) @ strains[..., None])[..., 0])


def _von_mises(stress: Values) -> Values:
    """(...,) of lamina stresses (..., 5) at a surface, where transverse shear stress vanishes."""
    a, b, c = stress[..., 0], stress[..., 1], stress[..., 2]
    return np.sqrt(a * a - a * b + b * b + 3.0 * c * c + 1e-300)


def _stress_pulls(rest: Rest, strain: FloatArray, weight: FloatArray) -> FloatArray:
    """(m, g): derivative of the weighted surface stresses (m, 8) in the generalised strains."""
    at = layer_places(rest, SURFACES)
    strains = layer_strains(rest, at, strain)
    law = rest.elasticity.law(at.axes)
    stress = (law @ strains[..., None])[..., 0]
    a, b, c = stress[..., 0], stress[..., 1], stress[..., 2]
    slope = np.zeros_like(stress)
    slope[..., 0], slope[..., 1], slope[..., 2] = a - 0.5 * b, b - 0.5 * a, 3.0 * c
    slope = slope * (weight / _von_mises(stress))[..., None]
    pull = np.swapaxes(law, -1, -2) @ slope[..., None]
    L = cartesian_strains(rest, at, None, enhancement(rest))
    return (pull.reshape(len(pull), 1, -1) @ L.reshape(len(L), pull[0].size, -1))[:, 0]


def _add_pulls(pulls: FloatArray, nodes: IntArray, rest: Rest, force: FloatArray) -> None:
    """In place: what forces on generalised strains pull at points and fibres of the nodes."""
    y = np.concatenate([rest.corners, rest.fibres], axis=1)
    slope = generalised(rest.family, y)[1]
    at = np.einsum("mg,mgai->mai", force, slope, optimize=True)
    np.add.at(pulls[:, 0], nodes, at[:, :4])
    np.add.at(pulls[:, 1], nodes, at[:, 4:])


def _volume(model: ShellModel, nodes: Values, fibres: Values) -> Values:
    total: Values = np.zeros((), dtype=nodes.dtype)
    cells, quads = model.connectivity, len(model.mesh.quads)
    for family, chosen in ((QUADRILATERAL, slice(0, quads)), (TRIANGLE, slice(quads, None))):
        on, weights = cells[chosen], model.element_weight[chosen]
        if not len(on):
            continue
        for r, s, weight in family.points:
            for t in HEIGHTS:
                N, N_r, N_s = family.geometry(float(r), float(s))
                point = nodes[on] + t * fibres[on]
                g_r, g_s = (np.einsum("n,mni->mi", slope, point) for slope in (N_r, N_s))
                g_t = np.einsum("n,mni->mi", N, fibres[on])
                total = total + weight * np.sum(
                    weights * np.einsum("mi,mi->m", cross(g_r, g_s), g_t)
                )
    return total
