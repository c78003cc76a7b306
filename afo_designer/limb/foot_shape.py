"""The foot of a synthetic leg: hindfoot, arched midfoot, metatarsal heads and five toes.

Left foot, limb frame in mm (+x anterior, +y lateral, z = 0 the sole, x = 0 the heel). Sections
across the foot are superellipses whose borders, height and exponents run along it; heel pad, heads
and toes are rounded bodies blended in. All proportions are this project's own, drawn from anatomy
([D], unpublished); sizes come from `Anthropometry`. x and z below are shares of the foot length,
y shares of the ball breadth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.implicit import (
    round_cone,
    smooth_intersection,
    smooth_union,
    superellipse,
    superellipsoid,
)
from afo_designer.limb.anthropometry import Anthropometry

# x: medial and lateral border behind x = 0.25 in half heel breadths, ahead of it in ball breadths.
_STATIONS = np.array([0.10, 0.20, 0.30, 0.42, 0.54, 0.64, 0.70, 0.76, 0.84])
_MEDIAL = np.array([0.95, 0.98, -0.370, -0.385, -0.380, -0.380, -0.385, -0.380, -0.360])
_LATERAL = np.array([0.95, 1.03, 0.400, 0.470, 0.535, 0.580, 0.575, 0.550, 0.480])
_RIDGE = np.array([0.00, -0.01, -0.040, -0.100, -0.140, -0.140, -0.130, -0.110, -0.090])  # y of top
_TOP = np.array([0.21, 0.26, 0.295, 0.310, 0.270, 0.215, 0.178, 0.148, 0.112])
_WIDEST = np.array([0.10, 0.11, 0.130, 0.122, 0.092, 0.070, 0.060, 0.055, 0.050])  # their z
_BOTTOM = np.array([0.006, 0.010, 0.018, 0.020, 0.016, 0.006, 0.003, 0.008, 0.016])
_ARCH = ((0.16, 0.0), (0.28, 0.55), (0.42, 1.0), (0.55, 0.65), (0.66, 0.0))

# Toes, hallux first: x and y of the root, y of the tip, x of the tip, half height over foot length.
_TOE_WIDTH = 1.15  # width over height
_TOES = (
    (0.740, -0.245, -0.245, 1.000, 0.0430),
    (0.735, -0.050, -0.045, 0.978, 0.0285),
    (0.720, 0.115, 0.105, 0.946, 0.0275),
    (0.690, 0.280, 0.258, 0.905, 0.0270),
    (0.655, 0.455, 0.415, 0.852, 0.0290),
)


@dataclass(frozen=True, slots=True)
class FootShape:
    """One foot: its measures, and the arch's rise at the medial border in mm."""

    body: Anthropometry
    arch_mm: float

    @property
    def breadth(self) -> float:
        """Ball breadth of the parts, mm: less than the skin's, which their blends fill out."""
        return self.body.ball_breadth - 0.021 * self.body.foot_length

    @property
    def half_heel(self) -> float:
        """Half breadth of the heel's parts, mm, likewise."""
        return 0.5 * self.body.heel_breadth - 0.010 * self.body.foot_length

    @property
    def first_metatarsal_head(self) -> tuple[FloatArray, float]:
        """Centre (3,) and radius in mm; the skin touches the sole below and the border beside."""
        radius = 0.057 * self.body.foot_length
        border = -0.40 * self.breadth
        return np.array([self.body.ball_length, border + radius, radius]), radius

    @property
    def fifth_metatarsal_head(self) -> tuple[FloatArray, float]:
        radius = 0.042 * self.body.foot_length
        border = 0.60 * self.breadth
        centre = [0.87 * self.body.ball_length, border - radius, 0.90 * radius]
        return np.array(centre), radius

    def toe(self, number: int) -> tuple[FloatArray, FloatArray, FloatArray, float]:
        """Root, knuckle, centre of the tip (3,) each, and radius, mm; the hallux is number 0."""
        length, breadth = self.body.foot_length, self.breadth
        root_x, root_y, tip_y, tip_x, share = _TOES[number]
        radius = share * length
        root = np.array([root_x * length, root_y * breadth, 0.075 * length])
        tip = np.array([tip_x * length - radius, tip_y * breadth, 0.96 * radius])
        knuckle = root + 0.60 * (tip - root)
        knuckle[2] = (0.050 if number == 0 else 0.053) * length
        return root, knuckle, tip, radius


def foot_distance(shape: FootShape, points: FloatArray) -> FloatArray:
    """First-order distance (n,) of limb-frame points (n, 3) to the foot, mm."""
    length, breadth = shape.body.foot_length, shape.breadth
    distance = smooth_union(_body(shape, points), _heel(shape, points), 0.07 * length)
    for centre, radius in (shape.first_metatarsal_head, shape.fifth_metatarsal_head):
        behind = centre + np.array([-0.12 * length, -0.3 * centre[1], 0.03 * length])
        head = round_cone(points, centre, behind, radius, 0.6 * radius)
        distance = smooth_union(distance, head, 0.08 * length)
    # Navicular tuberosity and the base of the fifth metatarsal: long low swellings.
    navicular = np.array([0.385 * length, -0.385 * breadth + 0.053 * length, 0.145 * length])
    base = np.array([0.43 * length, 0.470 * breadth - 0.040 * length, 0.070 * length])
    for centre, radius, run in ((navicular, 0.060, 0.09), (base, 0.046, 0.10)):
        ahead = centre + np.array([run * length, 0.0, -0.25 * run * length])
        bump = round_cone(points, centre, ahead, radius * length, 0.7 * radius * length)
        distance = smooth_union(distance, bump, 0.06 * length)
    return smooth_union(distance, _toes(shape, points), 0.05 * length)


def _body(shape: FootShape, points: FloatArray) -> FloatArray:
    """Midfoot and forefoot: superellipses across, cut behind in the heel and ahead at the webs."""
    length, breadth = shape.body.foot_length, shape.breadth
    at = np.clip(points[:, 0] / length, _STATIONS[0], _STATIONS[-1])
    behind = _STATIONS < 0.25
    half_heel = shape.half_heel

    def along(values: FloatArray, scale: FloatArray | float) -> FloatArray:
        return PchipInterpolator(_STATIONS, values * scale)(at)

    medial = along(_MEDIAL, np.where(behind, -half_heel, breadth))
    lateral = along(_LATERAL, np.where(behind, half_heel, breadth))
    ridge = along(_RIDGE, breadth)
    top, widest, bottom = (along(v, length) for v in (_TOP, _WIDEST, _BOTTOM))
    across = points[:, 1] - ridge
    up = points[:, 2] - _arch_rise(shape, points) - widest
    width = np.where(across < 0.0, ridge - medial, lateral - ridge)
    height = np.where(up < 0.0, widest - bottom, top - widest)
    exponent = np.where(up < 0.0, 2.8, np.where(across < 0.0, 2.2, 1.85))
    section = superellipse(across, up, width, height, exponent)
    rear = 0.13 * length - points[:, 0]
    # The webs of the toes run obliquely, from 0.87 beside the hallux to 0.77 at the little toe.
    slope = 0.10 * length / (0.72 * breadth)
    webs = points[:, 0] + slope * (points[:, 1] + 0.28 * breadth) - 0.87 * length
    webs = webs / np.hypot(1.0, slope)
    return smooth_intersection(
        smooth_intersection(section, rear, 0.06 * length), webs, 0.10 * length
    )


def _arch_rise(shape: FootShape, points: FloatArray) -> FloatArray:
    """How far the sole is lifted: along the medial arch, fading sideways and upwards, mm."""
    length, breadth = shape.body.foot_length, shape.breadth
    x, rise = np.array(_ARCH).T
    profile = PchipInterpolator(x, rise)(np.clip(points[:, 0] / length, x[0], x[-1]))
    aside = np.clip((0.16 * breadth - points[:, 1]) / (0.50 * breadth), 0.0, 1.0)
    aside = aside * aside * (3.0 - 2.0 * aside)
    fade = np.clip(1.0 - points[:, 2] / (0.20 * length), 0.0, 1.0)
    return shape.arch_mm * profile * aside * fade


def _heel(shape: FootShape, points: FloatArray) -> FloatArray:
    length, half = shape.body.foot_length, shape.half_heel
    return superellipsoid(
        points,
        centre=(0.115 * length, 0.0, 0.111 * length),
        negative_axes=(0.115 * length, half, 0.105 * length),
        positive_axes=(0.24 * length, half, 0.20 * length),
        exponents=(2.3, 2.3, 2.3),
    )


def _toes(shape: FootShape, points: FloatArray) -> FloatArray:
    """Each toe a bent capsule with a fuller pad; neighbours blend little, so clefts stay."""
    length = shape.body.foot_length
    squeeze = np.array([1.0, 1.0 / _TOE_WIDTH, 1.0])
    squeezed = points * squeeze
    united = np.full(len(points), np.inf)
    for number in range(len(_TOES)):
        *joints, radius = shape.toe(number)
        root, knuckle, tip = (joint * squeeze for joint in joints)
        first = round_cone(squeezed, root, knuckle, 1.15 * radius, 0.98 * radius)
        last = round_cone(squeezed, knuckle, tip, 0.90 * radius, radius)
        toe = smooth_union(first, last, 0.03 * length)
        united = toe if number == 0 else smooth_union(united, toe, 0.022 * length)
    return united
