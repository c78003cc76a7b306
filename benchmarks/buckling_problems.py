"""Linear buckling of three shells whose critical load is known in closed form."""

from __future__ import annotations

import numpy as np
from problem import Problem
from structure import UP, Structure, even, grid, structure

from afo_designer.mechanics.buckling import buckling
from afo_designer.mechanics.elasticity import Elasticity

TIMOSHENKO = "[M] Timoshenko, Gere, Theory of Elastic Stability"


def factor(body: Structure) -> float:
    """The lowest positive buckling factor of the load."""
    lowest, _ = buckling(body.task(), 3.0)
    return lowest.level


def compressed_plate(n: int, ratio: float = 0.005, cells: str = "quads") -> float:
    """Factor of N = 4 π² D/b² along x on a simply supported square; a quarter as n × n."""
    x, y = grid(0.5 * even(n), 0.5 * even(n))
    plate = structure(np.stack([x, y, 0.0 * x], -1), UP, ratio, Elasticity(1e4, 0.3), cells)
    number = plate.number
    plate.hold(np.union1d(number[0], number[:, 0]), 2)
    plate.symmetry(number[-1], 0)
    plate.symmetry(number[:, -1], 1)
    rigidity = 1e4 * ratio**3 / (12.0 * (1.0 - 0.3**2))
    plate.line_load(number[0], 0, 0.5 * 4.0 * np.pi**2 * rigidity)
    return factor(plate)


def compressed_cylinder(n: int, cells: str = "quads") -> float:
    """Factor of σ = E t/(R √(3 (1 − ν²))): a strip of 3° and four half waves, 4n × 2 cells.

    The ends slide radially without turning, as at a wave's crest: so the state before buckling is
    the pure membrane one that the formula is of. A strip knows the axisymmetric mode only; on
    the whole circumference, nodes loaded one by one along y are the weak edge of Hoff (0.67 here).
    """
    radius, thickness, modulus, nu = 100.0, 1.0, 1e4, 0.3
    sector = np.deg2rad(3.0)
    wave = np.pi * np.sqrt(radius * thickness) / (12.0 * (1.0 - nu**2)) ** 0.25
    y, angle = grid(4.0 * wave * even(4 * n), sector * even(2))
    radial = np.stack([np.sin(angle), 0.0 * y, np.cos(angle)], -1)
    points = radius * radial + y[..., None] * np.array([0.0, 1.0, 0.0])
    drum = structure(points, radial, thickness, Elasticity(modulus, nu), cells)
    number = drum.number
    around = np.array([np.cos(sector), 0.0, -np.sin(sector)])
    drum.axes[number[:, -1]] = [around, [0.0, 1.0, 0.0], radial[0, -1]]
    drum.symmetry(number[:, 0], 0)
    drum.symmetry(number[:, -1], 0)
    drum.symmetry(number[0], 1)
    drum.symmetry(number[-1], 1)
    drum.free[number[-1], 1] = True
    critical = modulus * thickness / (radius * np.sqrt(3.0 * (1.0 - nu**2)))
    drum.line_load(number[-1], 1, -critical * thickness * radius * sector)
    return factor(drum)


def tipped_cantilever(n: int, cells: str = "quads") -> float:
    """Factor of P = 4.013 √(E I GJ)/L² on the middle of the tip, in 12n × 2n cells; ν 0."""
    length, height, thickness, modulus = 10.0, 0.5, 0.01, 1e7
    x, z = grid(length * even(12 * n), height * (even(2 * n) - 0.5))
    blade = structure(
        np.stack([x, 0.0 * x, z], -1),
        np.array([0.0, -1.0, 0.0]),
        thickness,
        Elasticity(modulus, 0.0),
        cells,
    )
    blade.clamp(blade.number[0])
    bending = modulus * height * thickness**3 / 12.0
    torsion = 0.5 * modulus * height * thickness**3 / 3.0 * (1.0 - 0.63 * thickness / height)
    blade.load[blade.number[-1, n], 2] = -4.013 * np.sqrt(bending * torsion) / length**2
    return factor(blade)


def buckling_problems() -> list[Problem]:
    return [
        Problem(
            "buckling, compressed square plate",
            "side 1, t 0.005, ν 0.3, edges held in w; factor of 4 π² D/b²",
            1.0,
            TIMOSHENKO,
            compressed_plate,
            (4, 8, 16),
            "n × n cells on a quarter",
        ),
        Problem(
            "buckling, compressed cylinder",
            "R 100, t 1, ν 0.3, a strip of four half waves, ends slide radially; "
            "factor of E t/(R √(3 (1 − ν²)))",
            1.0,
            TIMOSHENKO,
            compressed_cylinder,
            (2, 4, 8),
            "4n × 2 cells",
        ),
        Problem(
            "buckling, narrow cantilever under a tip load",
            "10 × 0.5 × 0.01, ν 0; factor of 4.013 √(E I GJ)/L²",
            1.0,
            TIMOSHENKO,
            tipped_cantilever,
            (1, 2, 4),
            "12n × 2n cells",
            note="the formula lets the clamped end warp; the shell does not",
        ),
    ]
