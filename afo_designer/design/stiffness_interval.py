"""The interval around the bench's stiffness: 90 % coverage over what is known to vary.

    k = k0 · e · w(δ) · (1 + r)

e, the modulus over the nominal one, scales stiffness exactly. w, the wall's, is the power law
(1 + δ/t)^n with the exact slopes n = d ln k/d ln h and n/t = d ln k/dδ: t is the wall where it
counts. These two are the strongest and keep their own distributions. r, the sum of axis, landmarks
and mesh, is small, of first order by exact slopes, and normal. The product's 5th and 95th
percentiles are found by quadrature, without chance: every input is independent of the others.
Beside samples of everything at once: docs/verification.md.

What each ± is taken to mean is an assumption of this file:

- *Modulus, uniform* between its ends: they are states (dry or moist, cold or warm, the process) of
  which nothing makes one likelier (JCGM 100:2008, 4.3.7, recalled).
- *Wall, axis, normal* with the ± as the range of 90 %: a tolerance is the sum of many small causes.
  The wall errs everywhere alike, over the inner surface, which stays.
- *Landmarks, normal*, each coordinate alike. On legs unlike the statistics' own 90 % lie within
  11.7 mm of the truth (docs/results.md). They move the bench, not the shell: ankle centre (the mean
  of both malleoli) and knee centre (as one landmark) the axis and the shank, heel and metatarsal
  heads (the line to the mean of two) the axis's direction about z. What the shape itself would
  have been is left out, and the heads' part in the sole's tilt.
- *Mesh, normal* with the change to the finer mesh as the range of 90 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.gradient import Linear, stiffness_slopes, thickness_variation
from afo_designer.mechanics.placement import Placement, placement_slopes

# Modulus by moisture, process and temperature; printed wall; axis placement (mechanics notes §2).
MODULUS_LOW, MODULUS_HIGH = 0.7, 1.1
WALL_MM = 0.3
AXIS_MM = 5.0
# What a caliper tells of a rough wall, ± mm ([D]: a tenth of what a dial reads, and the grain).
CALIPER_MM = 0.05
# Nine in ten landmarks lie within this of the truth (docs/results.md, the sixteen legs of the
# project's own generator).
LANDMARK_MM = 11.7
COVERAGE = 0.9
METHOD = (
    "independent inputs, assumed: modulus uniform between its ends; wall, axis, landmarks and mesh "
    "normal, ± holding 90 %; modulus exact, wall a power law by exact slopes, the rest of first "
    "order by exact slopes; 5th and 95th percentiles by quadrature"
)
# Standard deviations of a normal that reach from the middle to either end of 90 %; in three
# dimensions, to the sphere that holds 90 % (the root of chi-square's 0.9 quantile for three).
NORMAL_REACH = float(ndtri(0.95))
SPHERE_REACH = 2.5003
# Standard deviation of a landmark in each coordinate, mm.
LANDMARK_SIGMA_MM = LANDMARK_MM / SPHERE_REACH
# Cells of equal probability that stand for a distribution; twice as many move a bound by 1e-4.
CELLS = 64
# A spread (relative) below any that matters, so that the normal of the rest has a width.
LEAST_SPREAD = 1.0e-6


@dataclass(frozen=True, slots=True)
class StiffnessInterval:
    """Bounds (N·m/deg) and the components as (name, relative low, relative high).

    A component's own 5th and 95th percentiles, the others at their nominal values; widest first.
    """

    low: float
    high: float
    components: tuple[tuple[str, float, float], ...]
    coverage: float = COVERAGE
    method: str = METHOD


@dataclass(frozen=True, slots=True)
class Spread:
    """What the stiffness's relative change is made of.

    `exponent`: d ln k/d ln h of the whole wall; `wall_mm`: the wall t where it counts. `axis`,
    `landmarks`, `mesh`: relative standard deviations.
    """

    exponent: float
    wall_mm: float
    axis: float
    landmarks: float
    mesh: float

    @property
    def rest(self) -> float:
        return float(np.sqrt(self.axis**2 + self.landmarks**2 + self.mesh**2))


def spread_of(linear: Linear, shank_mm: float, sole_mm: float, mesh_change: float) -> Spread:
    """The spread of a solved bench.

    `shank_mm`: ankle to knee centre; `sole_mm`: heel to metatarsal heads. `mesh_change`: the
    relative change on another mesh.
    """
    model, k = linear.model, linear.stiffness
    rates = (model.thickness, np.ones(len(model.thickness)))
    share, even = stiffness_slopes(linear, [thickness_variation(model, rate) for rate in rates])
    slopes = placement_slopes(linear)
    return Spread(
        exponent=float(share) / k,
        wall_mm=float(share / even),
        axis=AXIS_MM / NORMAL_REACH * float(np.linalg.norm(slopes.point)) / k,
        landmarks=_landmark_spread(slopes, shank_mm, sole_mm) / k,
        mesh=abs(mesh_change) / NORMAL_REACH,
    )


def _landmark_spread(slopes: Placement, shank_mm: float, sole_mm: float) -> float:
    """Standard deviation, N·m/deg: the shank axis is (knee − ankle)/length."""
    knee = slopes.shank / shank_mm
    ankle = (slopes.point - knee) / np.sqrt(2.0)
    turn = slopes.direction[2] * np.sqrt(1.0 + 0.5) / sole_mm
    return LANDMARK_SIGMA_MM * float(np.sqrt(knee @ knee + ankle @ ankle + turn**2))


def stiffness_interval(
    stiffness: float, spread: Spread, wall_mm: float = WALL_MM
) -> StiffnessInterval:
    """The interval of a stiffness, N·m/deg, whose wall is known to ± `wall_mm`."""
    low, high = (stiffness * _quantile(spread, level, wall_mm) for level in (0.05, 0.95))
    wall = [float(wall_factor(spread, end)) - 1.0 for end in (-wall_mm, wall_mm)]
    reach = 0.5 * COVERAGE * (MODULUS_HIGH - MODULUS_LOW)
    middle = 0.5 * (MODULUS_HIGH + MODULUS_LOW) - 1.0
    components = [
        ("modulus +10/-30 %", middle - reach, middle + reach),
        (f"wall ±{wall_mm:g} mm", wall[0], wall[1]),
        (f"axis ±{AXIS_MM:g} mm", *_either_side(spread.axis)),
        (f"landmarks, 90 % within {LANDMARK_MM:g} mm", *_either_side(spread.landmarks)),
        ("mesh", *_either_side(spread.mesh)),
    ]
    components.sort(key=lambda part: part[1] - part[2])
    return StiffnessInterval(low, high, tuple(components))


def wall_factor(spread: Spread, change_mm: FloatArray | float) -> FloatArray:
    """Stiffness with the whole wall thicker by `change_mm`, over the nominal."""
    wall = 1.0 + np.asarray(change_mm) / spread.wall_mm
    return np.asarray(np.maximum(wall, 0.0) ** spread.exponent)


def wall_change(spread: Spread, factor: float) -> float:
    """By how much (mm) the whole wall is thicker where `wall_factor` is `factor`."""
    return float(spread.wall_mm * (factor ** (1.0 / spread.exponent) - 1.0))


def _either_side(sigma: float) -> tuple[float, float]:
    return -NORMAL_REACH * sigma, NORMAL_REACH * sigma


def _quantile(spread: Spread, level: float, wall_mm: float) -> float:
    """Of k/k0: modulus and wall at the middles of cells of equal probability."""
    share = (np.arange(CELLS) + 0.5) / CELLS
    modulus = MODULUS_LOW + (MODULUS_HIGH - MODULUS_LOW) * share
    wall = wall_factor(spread, wall_mm / NORMAL_REACH * ndtri(share))
    scale = np.maximum(np.outer(modulus, wall).ravel(), LEAST_SPREAD)
    sigma = max(spread.rest, LEAST_SPREAD)

    def excess(at: float) -> float:
        return float(np.mean(ndtr((at / scale - 1.0) / sigma))) - level

    # no cell's normal reaches further than ten of its standard deviations
    end = 1.0 + 10.0 * sigma
    return float(brentq(excess, min(0.0, 2.0 - end) * scale.max(), end * scale.max(), xtol=1e-9))
