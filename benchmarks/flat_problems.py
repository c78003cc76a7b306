"""Linear benchmarks of flat shells: patches, beams, plates, membranes, and what cannot be done."""

from __future__ import annotations

import numpy as np
from shell_problems import stress_at
from structure import UP, distorted, even, grid, grid_quads, merged, shell, structure

from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.constraint import constrain
from afo_designer.mechanics.elasticity import Elasticity, TransverseElasticity
from afo_designer.mechanics.solve import solve, stiffness_matrix
from afo_designer.mechanics.stress import LAYERS, stress


def macneal_harder_patch(n: int, bending: bool, cells: str = "quads") -> float:
    """Largest error of displacements, rotations and stresses, each over its largest value.

    MacNeal and Harder's five quads, every one cut into n × n; the rim is prescribed.
    """
    outer = np.array([[0.0, 0.0], [0.24, 0.0], [0.24, 0.12], [0.0, 0.12]])
    inner = np.array([[0.04, 0.02], [0.18, 0.03], [0.16, 0.08], [0.08, 0.08]])
    corners = np.concatenate([outer, inner])
    cut = [[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [4, 5, 6, 7]]
    points, quads = cut_quads(corners, cut, n)
    model = shell(points, np.tile(UP, (len(points), 1)), quads, 0.001, Elasticity(1e6, 0.25), cells)
    x, y, _ = points.T
    zero = 0.0 * x
    if bending:
        moved = np.stack([zero, zero, 0.5e-3 * (x**2 + x * y + y**2)], axis=1)
        turned = 1e-3 * np.stack([y + 0.5 * x, -(x + 0.5 * y), zero], axis=1)
        expected = np.array([-2.0 / 3.0, -2.0 / 3.0, -0.2])  # the outer surface, z = +t/2
    else:
        moved = 1e-3 * np.stack([x + 0.5 * y, y + 0.5 * x, zero], axis=1)
        turned = 0.0 * moved
        expected = np.array([4000.0 / 3.0, 4000.0 / 3.0, 400.0])
    turns = np.einsum("ni,nki->nk", turned, model.rotation_axes[: len(points)])
    exact = np.concatenate([moved, turns], axis=1)
    free = np.ones(exact.shape, dtype=np.bool_)
    rim = np.isclose(x * (x - 0.24), 0.0, atol=1e-12) | np.isclose(y * (y - 0.12), 0.0, atol=1e-12)
    free[rim] = False
    offset = np.zeros((len(model.nodes), 5))
    offset[: len(points)] = np.where(free, 0.0, exact)
    answer = solve(model, stiffness_matrix(model), constrain(model, free, offset=offset.ravel()))
    found = answer.dofs.reshape(-1, 5)[: len(points)]
    values = stress(model, answer).tensor[: len(points), LAYERS.index("outer")][:, [0, 1, 3]]
    errors = [
        np.abs(found - exact).max() / np.abs(exact).max(),
        np.abs(values - expected).max() / np.abs(expected).max(),
    ]
    return float(max(errors))


def cut_quads(corners: FloatArray, quads: list[list[int]], n: int) -> tuple[FloatArray, FloatArray]:
    """Points (p, 3) and quads of every quad cut bilinearly into n × n."""
    r, s = grid(even(n), even(n))
    weights = np.stack([(1 - r) * (1 - s), r * (1 - s), r * s, (1 - r) * s], axis=-1)
    flat = np.column_stack([corners, np.zeros(len(corners))])
    points, numbers = merged([weights @ flat[quad] for quad in quads])
    return points, np.concatenate([grid_quads(number) for number in numbers])


def straight_beam(n: int, load: str, shape: str = "regular") -> float:
    """Tip answer of MacNeal and Harder's beam 6 × 0.2 × 0.1 in 6n × n cells under a unit load.

    `shape`: the six cells are rectangles ("regular"), "trapezoids" or "parallelograms" with sides
    at 45°, each cut into n × n.
    """
    stations, y = np.arange(7.0), grid(even(6 * n), 0.2 * even(n))[1]
    tilt = np.zeros(7)
    if shape != "regular":
        tilt[1:-1] = 0.1 if shape == "parallelograms" else [0.1, -0.1, 0.1, -0.1, 0.1]
    along = 6.0 * even(6 * n)
    low, high = (np.interp(along, stations, stations + sign * tilt) for sign in (-1.0, 1.0))
    x = low[:, None] + (high - low)[:, None] * y / 0.2
    beam = structure(np.stack([x, y, 0.0 * x], -1), UP, 0.1, Elasticity(1e7, 0.3))
    beam.clamp(beam.number[0])
    tip = beam.number[-1]
    if load == "twist":
        beam.couple(tip, np.array([1.0, 0.0, 0.0]), 1.0)
        return float(beam.solution().rotation[tip, 0].mean())
    axis = {"extension": 0, "in plane": 1, "out of plane": 2}[load]
    beam.line_load(tip, axis, 1.0)
    return float(beam.displacement()[-1, :, axis].mean())


def curved_beam(n: int, axis: int) -> float:
    """Tip displacement along the unit load: 1 in plane, 2 out of plane; 6n × n cells."""
    angle, radius = grid(0.5 * np.pi * even(6 * n), 4.12 + 0.2 * even(n))
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), 0.0 * angle], -1)
    beam = structure(points, UP, 0.1, Elasticity(1e7, 0.25))
    beam.clamp(beam.number[0])
    # the tip's line lies along y, so the in-plane shear acts along it
    beam.line_load(beam.number[-1], axis, 1.0)
    return float(beam.displacement()[-1, :, axis].mean())


def rigidity(modulus: float, nu: float, thickness: float) -> float:
    return modulus * thickness**3 / (12.0 * (1.0 - nu**2))


def square_plate(
    n: int, clamped: bool, ratio: float, mesh: str = "regular", cells: str = "quads"
) -> float:
    """α in w = α p L⁴/D at the centre; a quarter as n × n. Supports hold the deflection only."""
    u, v = distorted(n) if mesh == "distorted" else grid(even(n), even(n))
    points = np.stack([0.5 * u, 0.5 * v, 0.0 * u], axis=-1)
    plate = structure(points, UP, ratio, Elasticity(1e4, 0.3), cells)
    number = plate.number
    edge = np.union1d(number[0], number[:, 0])
    plate.free[:, :2] = False
    if clamped:
        plate.clamp(edge)
    plate.hold(edge, 2)
    plate.symmetry(np.setdiff1d(number[-1], edge), 0)
    plate.symmetry(np.setdiff1d(number[:, -1], edge), 1)
    for line, axis in ((number[-1, :1], 0), (number[:1, -1], 1)):
        if not clamped:
            plate.symmetry(line, axis)
    load = ratio**3
    plate.area_load(load * UP)
    return float(plate.displacement()[-1, -1, 2] * rigidity(1e4, 0.3, ratio) / load)


def disc(n: int, clamped: bool, ratio: float, cells: str = "quads") -> float:
    """α in w = α p R⁴/D at the centre; a quarter from a square of n × n, supports as above."""
    u, v = grid(even(n), even(n))
    far, near = np.maximum(u, v), np.minimum(u, v)
    part = 0.25 * np.pi * np.divide(near, far, out=np.zeros_like(far), where=far > 0.0)
    angle = np.where(u >= v, part, 0.5 * np.pi - part)
    points = np.stack([far * np.cos(angle), far * np.sin(angle), 0.0 * u], axis=-1)
    points[-1, -1, :2] = np.sqrt(0.5)
    plate = structure(points, UP, ratio, Elasticity(1e4, 0.3), cells)
    number = plate.number
    rim = np.union1d(number[-1], number[:, -1])
    plate.free[:, :2] = False
    if clamped:
        plate.clamp(rim)
    plate.hold(rim, 2)
    for line, axis in ((number[0], 0), (number[:, 0], 1)):
        plate.symmetry(line[:-1] if clamped else line, axis)
    load = ratio**3
    plate.area_load(load * UP)
    return float(plate.displacement()[0, 0, 2] * rigidity(1e4, 0.3, ratio) / load)


def ellipses(n: int) -> FloatArray:
    """NAFEMS LE1 and LE10: a quarter between two ellipses, n across, 2n along, points (…, 3)."""
    s, angle = grid(even(n), 0.5 * np.pi * even(2 * n))
    inner = np.stack([2.0 * np.cos(angle), np.sin(angle), 0.0 * s], axis=-1)
    outer = np.stack([3.25 * np.cos(angle), 2.75 * np.sin(angle), 0.0 * s], axis=-1)
    return inner + s[..., None] * (outer - inner)


def elliptic_membrane(n: int) -> float:
    """LE1: σyy in MPa at D (2, 0) under an outward pressure of 10 MPa on the outer edge."""
    body = structure(ellipses(n), UP, 0.1, Elasticity(210.0e3, 0.3))
    body.free[:, 2:] = False
    body.hold(body.number[:, 0], 1)
    body.hold(body.number[:, -1], 0)
    rim = body.number[-1]
    points = body.model.mesh.vertices[rim]
    along = np.diff(points, axis=0)
    push = 0.1 * 10.0 * np.stack([along[:, 1], -along[:, 0]], axis=1)
    body.load[rim[:-1], :2] += 0.5 * push
    body.load[rim[1:], :2] += 0.5 * push
    return stress_at(body, int(body.number[0, 0]), "middle", 1)


def elliptic_plate(n: int) -> float:
    """LE10: σyy in MPa at D (2, 0) on the upper surface, 1 MPa down on the plate 0.6 thick."""
    plate = structure(ellipses(n), UP, 0.6, Elasticity(210.0e3, 0.3))
    plate.clamp(plate.number[-1])
    plate.symmetry(plate.number[:-1, 0], 1)
    plate.symmetry(plate.number[:-1, -1], 0)
    plate.area_load(-UP)
    return stress_at(plate, int(plate.number[0, 0]), "outer", 1)


LAMINA = TransverseElasticity(1.0, 25.0, 0.25, 0.01, 0.5, [1.0, 0.0, 0.0])


def sine_plate(n: int, slenderness: float) -> float:
    """Centre deflection of a unidirectional plate under a sine load, over Navier's FSDT value.

    One layer, fibres along x: E1/E2 25, G12 = G13 0.5 E2, G23 0.4 E2, ν12 0.25, side 1.
    """
    thickness = 1.0 / slenderness
    u, v = grid(0.5 * even(n), 0.5 * even(n))
    plate = structure(np.stack([u, v, 0.0 * u], -1), UP, thickness, LAMINA)
    number = plate.number
    plate.free[:, :2] = False
    plate.hold(number[0], 2)
    plate.hold(number[:, 0], 2)
    # hard supports: the edge turns about itself only, as the sine series does
    for line, about in ((number[0], 1), (number[:, 0], 0)):
        axes = np.eye(3)[about]
        plate.rotation[line, 0] = axes
        plate.rotation[line, 1] = np.cross(UP, axes)
        plate.free[line, 4] = False
    plate.free[number[0, 0], 3:] = False
    # where an edge meets a plane of symmetry, it asks for no more than the plane does
    plate.symmetry(number[-1, 1:], 0)
    plate.symmetry(number[1:, -1], 1)
    wave = lambda p: (np.sin(np.pi * p[:, 0]) * np.sin(np.pi * p[:, 1]))[:, None] * UP  # noqa: E731
    plate.area_load(wave)
    return float(plate.displacement()[-1, -1, 2] / navier(thickness))


def navier(h: float) -> float:
    """Centre deflection of the same plate, first-order shear theory with factor 5/6, unit load."""
    D = LAMINA.law(np.eye(3))
    a = np.pi
    b = h**3 / 12.0
    shear = h * D[3:, 3:]
    k11 = (shear[0, 0] + shear[1, 1]) * a**2
    k12, k13 = shear[0, 0] * a, shear[1, 1] * a
    k22 = b * (D[0, 0] + D[2, 2]) * a**2 + shear[0, 0]
    k23 = b * (D[0, 1] + D[2, 2]) * a**2
    k33 = b * (D[1, 1] + D[2, 2]) * a**2 + shear[1, 1]
    K = np.array([[k11, k12, k13], [k12, k22, k23], [k13, k23, k33]])
    return float(np.linalg.solve(K, [1.0, 0.0, 0.0])[0])
