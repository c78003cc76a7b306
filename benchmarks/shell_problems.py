"""Linear benchmarks of curved shells, on quads or on the same quads halved into triangles."""

from __future__ import annotations

from functools import cache

import numpy as np
from structure import Structure, distorted, even, grid, grid_quads, merged, shell, structure

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.mechanics.elasticity import Elasticity


def unit_grid(n: int, mesh: str) -> tuple[FloatArray, FloatArray]:
    return distorted(n) if mesh == "distorted" else grid(even(n), even(n))


def cylinder(
    n: int, mesh: str, radius: float, length: float, angle: float
) -> tuple[FloatArray, FloatArray]:
    """Points and directors: rows run along the angle from the top, columns along y."""
    u, v = unit_grid(n, mesh)
    angles = u * angle
    radial = np.stack([np.sin(angles), 0.0 * u, np.cos(angles)], axis=-1)
    return radius * radial + (length * v)[..., None] * np.array([0.0, 1.0, 0.0]), radial


def scordelis_lo(n: int, cells: str = "quads", mesh: str = "regular") -> float:
    """Vertical displacement at the middle of the free edge; a quarter of the roof as n × n."""
    points, radial = cylinder(n, mesh, 25.0, 25.0, np.deg2rad(40.0))
    roof = structure(points, radial, 0.25, Elasticity(4.32e8, 0.0), cells)
    # columns run from the diaphragm to the middle of the roof
    number = roof.number
    roof.symmetry(number[:, -1], 1)
    roof.symmetry(number[0], 0)
    roof.hold(number[:, 0], 0, 2)
    roof.area_load(np.array([0.0, 0.0, -90.0]))
    return float(-roof.displacement()[-1, -1, 2])


def pinched_cylinder(n: int, cells: str = "quads", mesh: str = "regular") -> float:
    """Displacement under the load, an octant as n × n, rigid diaphragms at the ends."""
    points, radial = cylinder(n, mesh, 300.0, 300.0, 0.5 * np.pi)
    barrel = structure(points, radial, 3.0, Elasticity(3.0e6, 0.3), cells)
    octant(barrel)
    barrel.hold(barrel.number[:, -1], 0, 2)
    barrel.load[barrel.number[0, 0], 2] = -0.25
    return float(-barrel.displacement()[0, 0, 2])


def open_cylinder(n: int, cells: str = "quads", slenderness: float = 100.0) -> float:
    """Displacement under the load over P R/(E t³), both ends free; an octant as n × n."""
    radius, load, modulus = 4.953, 100.0, 10.5e6
    thickness = radius / slenderness
    points, radial = cylinder(n, "regular", radius, 0.5 * 10.35, 0.5 * np.pi)
    barrel = structure(points, radial, thickness, Elasticity(modulus, 0.3125), cells)
    octant(barrel)
    barrel.load[barrel.number[0, 0], 2] = -0.25 * load
    sunk = -barrel.displacement()[0, 0, 2]
    return float(sunk * modulus * thickness**3 / (load * radius))


def octant(barrel: Structure) -> None:
    number = barrel.number
    barrel.symmetry(number[:, 0], 1)
    barrel.symmetry(number[0], 0)
    barrel.symmetry(number[-1], 2)


def hemisphere(
    n: int, cells: str = "quads", mesh: str = "regular", thickness: float = 0.04
) -> float:
    """Mean displacement at the two loads, a quarter of the sphere with its 18° hole as n × n."""
    u, v = unit_grid(n, mesh)
    angle, up = 0.5 * np.pi * u, 0.4 * np.pi * v
    radial = np.stack([np.cos(angle) * np.cos(up), np.sin(angle) * np.cos(up), np.sin(up)], axis=-1)
    bowl = structure(10.0 * radial, radial, thickness, Elasticity(6.825e7, 0.3), cells)
    number = bowl.number
    bowl.symmetry(number[0], 1)
    bowl.symmetry(number[-1], 0)
    bowl.hold(number[:1, 0], 2)
    # the load goes with the cube of the thickness: 1 at t 0.04
    load = (thickness / 0.04) ** 3
    bowl.load[number[0, 0], 0] = load
    bowl.load[number[-1, 0], 1] = -load
    moved = bowl.displacement()
    return float(0.5 * (moved[0, 0, 0] - moved[-1, 0, 1]))


def closed_hemisphere(n: int, cells: str = "quads", pole: str = "patches") -> float:
    """Displacement at the loads of a closed hemisphere, a quarter of it modelled.

    `pole` "patches": three patches of n/2 × n/2 quads that meet in the octant's middle; "fan":
    n × n of meridians and parallels, the row at the pole made of triangles.
    """
    if pole == "fan":
        points, quads, triangles = fan(n)
    else:
        points, quads = three_patches(n // 2)
        triangles = None
    model = shell(10.0 * points, points, quads, 0.04, Elasticity(6.825e7, 0.3), cells, triangles)
    bowl = Structure(model, np.arange(len(points)))
    near = lambda axis: np.flatnonzero(np.abs(points[:, axis]) < 1e-9)  # noqa: E731
    bowl.symmetry(near(0), 0)
    bowl.symmetry(near(1), 1)
    at_a, at_b, top = (int(np.argmax(points[:, axis])) for axis in range(3))
    bowl.hold(np.array([top]), 2)
    bowl.load[at_a, 0], bowl.load[at_b, 1] = 1.0, -1.0
    moved = bowl.displacement()
    return float(0.5 * (moved[at_a, 0] - moved[at_b, 1]))


def three_patches(n: int) -> tuple[FloatArray, FloatArray]:
    """Unit octant: three patches of equal angles, from the cube's faces seen from its centre."""
    a, b = grid(np.tan(0.25 * np.pi * even(n)), np.tan(0.25 * np.pi * even(n)))
    one = np.ones_like(a)
    faces = [np.stack(np.roll([one, a, b], turn, axis=0), axis=-1) for turn in range(3)]
    points, numbers = merged([unit(face) for face in faces])
    return points, np.concatenate([grid_quads(number) for number in numbers])


def fan(n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit octant by meridians and parallels; the last row are triangles at the pole."""
    angle, up = grid(0.5 * np.pi * even(n), 0.5 * np.pi * even(n)[:-1])
    radial = np.stack([np.cos(angle) * np.cos(up), np.sin(angle) * np.cos(up), np.sin(up)], axis=-1)
    number = np.arange(radial.size // 3).reshape(n + 1, n)
    pole = number.size
    triangles = np.stack([number[:-1, -1], number[1:, -1], np.full(n, pole)], axis=1)
    return np.vstack([radial.reshape(-1, 3), [[0.0, 0.0, 1.0]]]), grid_quads(number), triangles


@cache
def twisted_beam(
    n: int, axis: int, cells: str = "quads", thickness: float = 0.32, load: float = 1.0
) -> float:
    """Tip displacement along the load (1: out of plane, 2: in plane); 12n × 2n cells."""
    x, v = grid(12.0 * even(12 * n), 1.1 * even(2 * n) - 0.55)
    rate = np.pi / 24.0
    cosine, sine = np.cos(rate * x), np.sin(rate * x)
    points = np.stack([x, v * cosine, v * sine], axis=-1)
    along = np.stack([np.ones_like(x), -v * sine * rate, v * cosine * rate], axis=-1)
    across = np.stack([0.0 * x, cosine, sine], axis=-1)
    directors = unit(np.cross(along, across))
    beam = structure(points, directors, thickness, Elasticity(29.0e6, 0.22), cells)
    beam.clamp(beam.number[0])
    beam.line_load(beam.number[-1], axis, load)
    return float(beam.displacement()[-1, n, axis])


def raasch_hook(n: int, nu: float, cells: str = "quads") -> float:
    """Mean tip displacement along the width, 18n × 2.5n cells: arcs R 14 × 60° and R 46 × 150°."""
    first = np.linspace(0.0, np.pi / 3.0, 2 * n + 1)
    second = np.linspace(0.0, 150.0 / 180.0 * np.pi, 16 * n + 1)[1:]
    heading = np.concatenate([0.5 * np.pi - first, np.pi / 6.0 + second])
    tangent = np.stack([np.cos(heading), np.sin(heading), 0 * heading], axis=1)
    start = 14.0 * np.stack([1 - np.cos(first), np.sin(first), 0 * first], axis=1)
    left = np.cross([0.0, 0.0, 1.0], tangent)
    centre = start[-1] + 46.0 * left[2 * n]
    line = np.concatenate([start, centre - 46.0 * left[2 * n + 1 :]])
    width = 20.0 * even(2 * n + n // 2)
    points = line[:, None] + width[None, :, None] * np.array([0.0, 0.0, 1.0])
    directors = np.broadcast_to(left[:, None], points.shape)
    hook = structure(points, directors, 2.0, Elasticity(3300.0, nu), cells)
    hook.clamp(hook.number[0])
    hook.line_load(hook.number[-1], 2, 1.0)
    return float(hook.displacement()[-1, len(width) // 2, 2])


@cache
def clamped_hypar(n: int, ratio: float, cells: str = "quads") -> tuple[float, float]:
    """Deflection at the middle of the free edge, strain energy of the whole; half as 2n × n."""
    x, y = grid(even(2 * n) - 0.5, 0.5 * even(n))
    points = np.stack([x, y, x**2 - y**2], axis=-1)
    directors = unit(np.stack([-2.0 * x, 2.0 * y, np.ones_like(x)], axis=-1))
    saddle = structure(points, directors, ratio, Elasticity(2.0e11, 0.3), cells)
    saddle.clamp(saddle.number[0])
    saddle.symmetry(saddle.number[1:, 0], 1)
    saddle.area_load(np.array([0.0, 0.0, -8000.0 * ratio]))
    moved = saddle.displacement()
    work = saddle.load[:, :3][saddle.number] * moved
    return float(-moved[-1, 0, 2]), float(work.sum())


def z_section(n: int, bend: float = 0.1) -> float:
    """Stress σxx in MPa at A of NAFEMS LE5, its two corners rounded by mid-surface arcs.

    The element has one director at a node and so no creases; `bend` is the arcs' radius in m.
    Flanges of n, web of 2n, arcs of 4 and the length of 8n cells.
    """
    straight = 1.0 - bend
    quarter = 0.5 * np.pi * even(4)
    arc = np.stack([np.sin(quarter), 1.0 - np.cos(quarter)], axis=1) * bend
    flange = np.stack([-1.0 + straight * even(n), np.full(n + 1, 1.0)], axis=1)
    first = flange[-1] + arc * [1.0, -1.0]
    web = np.stack([np.zeros(2 * n + 1), straight - 2.0 * straight * even(2 * n)], axis=1)
    upper = np.concatenate([flange, first[1:], web[1:]])
    normals = np.concatenate(
        [
            np.tile([0.0, 1.0], (n + 1, 1)),
            np.stack([np.sin(quarter), np.cos(quarter)], axis=1)[1:],
            np.tile([1.0, 0.0], (2 * n, 1)),
        ]
    )
    # the other half is the first turned by half a turn, its normals kept on the same side
    line = np.concatenate([upper, -(upper[: n + 5])[::-1][1:]])
    sides = np.concatenate([normals, (normals[: n + 5])[::-1][1:]])
    x = 10.0 * even(8 * n)
    points = np.concatenate(
        [
            np.broadcast_to(x[:, None, None], (len(x), len(line), 1)),
            np.broadcast_to(line, (len(x), len(line), 2)),
        ],
        axis=2,
    )
    directors = np.concatenate([np.zeros((len(line), 1)), sides], axis=1)
    beam = structure(points, directors, 0.1, Elasticity(210.0e3, 0.3))
    beam.clamp(beam.number[0])
    # 0.6 MN on each flange's end, evenly over its line
    beam.line_load(beam.number[-1, : n + 1], 1, -0.6)
    beam.line_load(beam.number[-1, -n - 1 :], 1, 0.6)
    return stress_at(beam, int(beam.number[2 * n, 0]), "middle", 0)


def stress_at(body: Structure, node: int, layer: str, component: int) -> float:
    from afo_designer.mechanics.stress import LAYERS, stress

    tensor = stress(body.model, body.solution()).tensor
    return float(tensor[node, LAYERS.index(layer), component])
