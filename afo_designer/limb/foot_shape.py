"""The foot of a synthetic leg: hindfoot, arched midfoot, metatarsal heads and five toes.

Left foot, limb frame in mm (+x anterior, +y lateral, z = 0 the sole, x = 0 the heel). Sections
across the foot are superellipses whose borders, height and exponents run along it; heel pad, heads
and toes are rounded bodies blended in. All proportions are this project's own, drawn from anatomy
([D], unpublished); sizes come from `Anthropometry`. x and z below are shares of the foot length,
y shares of the ball breadth.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
from afo_designer.limb.condition import Traits

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
# What the dorsum gains at the stations from a high arch, from swelling, from a high instep.
_DORSUM = np.array([0.0, 0.2, 0.7, 1.0, 0.9, 0.6, 0.4, 0.2, 0.0])
_PLAIN_ARCH = 0.06  # share of the foot length at which the dorsum stands as drawn
_HINDFOOT_PIVOT = 0.20  # height of the line about which the heel turns: the subtalar joint
_PAD_TILT = 0.35  # share of the heel's turn that its pad follows: a forefoot flat on the ground
_LOADED_SINKING = 0.011  # what full weight flattens off the sole, over foot length (a proposal)
_FORM = {"instep_height": 0.008, "foot_curve": 0.025, "second_toe": 0.010, "heel_back": 0.006}


@dataclass(frozen=True, slots=True)
class FootShape:
    """One foot: its measures, the arch's rise at the medial border in mm, and its traits."""

    body: Anthropometry
    arch_mm: float
    traits: Traits = field(default_factory=Traits)

    @property
    def breadth(self) -> float:
        """Ball breadth of the parts, mm: less than the skin's, which their blends fill out."""
        plain = self.body.ball_breadth - 0.021 * self.body.foot_length
        return plain * (1.0 + 0.016 * self.traits.condition.load_share)

    @property
    def half_heel(self) -> float:
        """Half breadth of the heel's parts, mm, likewise."""
        plain = 0.5 * self.body.heel_breadth - 0.010 * self.body.foot_length
        return plain * (1.0 + 0.03 * self.traits.condition.load_share)

    @property
    def floor(self) -> float:
        """Height in mm below which the load has flattened the sole; 0 for a hanging foot."""
        return _LOADED_SINKING * self.traits.condition.load_share * self.body.foot_length

    @property
    def first_metatarsal_head(self) -> tuple[FloatArray, float]:
        """Centre (3,) and radius in mm; the skin touches the sole below and the border beside."""
        radius = 0.057 * self.body.foot_length
        border = -0.40 * self.breadth - self.traits.bones.first_metatarsal_head_mm
        return np.array([self.body.ball_length, border + radius, radius]), radius

    @property
    def fifth_metatarsal_head(self) -> tuple[FloatArray, float]:
        radius = 0.042 * self.body.foot_length
        border = 0.60 * self.breadth + self.traits.bones.fifth_metatarsal_head_mm
        centre = [0.87 * self.body.ball_length, border - radius, 0.90 * radius]
        return np.array(centre), radius

    @property
    def navicular(self) -> tuple[FloatArray, float]:
        """Centre (3,) and radius in mm of the navicular's tuberosity, before the heel turns."""
        length, out = self.body.foot_length, self.traits.bones.navicular_mm
        y = -0.385 * self.breadth + 0.053 * length - out
        return np.array([0.385 * length, y, 0.145 * length]), 0.060 * length

    @property
    def fifth_metatarsal_base(self) -> tuple[FloatArray, float]:
        length, out = self.body.foot_length, self.traits.bones.fifth_metatarsal_base_mm
        y = 0.470 * self.breadth - 0.040 * length + out
        return np.array([0.43 * length, y, 0.070 * length]), 0.046 * length

    def toe(self, number: int) -> tuple[FloatArray, FloatArray, FloatArray, float]:
        """Root, knuckle, centre of the tip (3,) each, and radius, mm; the hallux is number 0."""
        length, breadth = self.body.foot_length, self.breadth
        root_x, root_y, tip_y, tip_x, share = _TOES[number]
        if number == 1:
            tip_x += _FORM["second_toe"] * self.traits.form.second_toe
        radius = share * length
        root = np.array([root_x * length, root_y * breadth, 0.075 * length])
        tip = np.array([tip_x * length - radius, tip_y * breadth, 0.96 * radius])
        knuckle = root + 0.60 * (tip - root)
        knuckle[2] = (0.050 if number == 0 else 0.053) * length
        if number > 0:
            claw = self.traits.condition.toe_clawing
            root[2] += 0.008 * claw * length
            knuckle += claw * np.array([-0.010, 0.0, 0.022]) * length
            tip[0] -= 0.026 * claw * length
        return root, knuckle, tip, radius


def foot_distance(shape: FootShape, points: FloatArray) -> FloatArray:
    """First-order distance (n,) of limb-frame points (n, 3) to the foot, mm."""
    length = shape.body.foot_length
    points = _straightened(shape, points)
    distance = smooth_union(_body(shape, points), _heel(shape, points), 0.07 * length)
    for centre, radius in (shape.first_metatarsal_head, shape.fifth_metatarsal_head):
        behind = centre + np.array([-0.12 * length, -0.3 * centre[1], 0.03 * length])
        head = round_cone(points, centre, behind, radius, 0.6 * radius)
        distance = smooth_union(distance, head, 0.08 * length)
    # Navicular tuberosity and the base of the fifth metatarsal: long low swellings.
    swellings = ((*shape.navicular, 0.09), (*shape.fifth_metatarsal_base, 0.10))
    for centre, radius, run in swellings:
        ahead = centre + np.array([run * length, 0.0, -0.25 * run * length])
        bump = round_cone(points, centre, ahead, radius, 0.7 * radius)
        distance = smooth_union(distance, bump, 0.06 * length)
    return smooth_union(distance, _toes(shape, points), 0.05 * length)


def in_foot(shape: FootShape, point: FloatArray) -> FloatArray:
    """Where a point (3,) of the straight foot lies once the heel is turned."""
    place = point
    for _ in range(12):  # the turn is a weak contraction: a few steps invert it
        place = place + point - _straightened(shape, place[None])[0]
    return place


def _straightened(shape: FootShape, points: FloatArray) -> FloatArray:
    """Points of the foot carried back to where they lie while heel and border are straight."""
    length = shape.body.foot_length
    varus = np.deg2rad(shape.traits.condition.hindfoot_varus_deg)
    curve = _FORM["foot_curve"] * shape.traits.form.foot_curve
    if varus == 0.0 and curve == 0.0:
        return points
    x, y, z = points.T / length
    behind = 1.0 - _step((x - 0.18) / 0.30)
    below = 1.0 - _step((z - _HINDFOOT_PIVOT) / 0.14)
    lean = np.tan(varus) * behind * below
    # A curve of the borders that leaves heel and second toe where they are.
    aside = curve * np.sin(np.pi * np.clip((x - 0.1) / 0.9, 0.0, 1.0))
    # A shear moves the heel under the ankle; the fat pad follows only part of the bone's tilt.
    across = y - (z - _HINDFOOT_PIVOT) * lean - aside
    height = z + _PAD_TILT * y * lean
    return np.stack([x, across, height], axis=1) * length


def _step(share: FloatArray) -> FloatArray:
    """0 below 0, 1 above 1, smooth between."""
    at = np.clip(share, 0.0, 1.0)
    return at * at * (3.0 - 2.0 * at)


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
    dorsum = _TOP + _dorsum_gain(shape) * _DORSUM
    top, widest, bottom = (along(v, length) for v in (dorsum, _WIDEST, _BOTTOM))
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


def _dorsum_gain(shape: FootShape) -> float:
    """How much higher than drawn the dorsum stands, over foot length."""
    arch = shape.arch_mm / shape.body.foot_length - _PLAIN_ARCH
    swelling = 0.035 * shape.traits.condition.oedema
    swelling -= 0.6 * shape.traits.slimming
    return 0.45 * arch + swelling + _FORM["instep_height"] * shape.traits.form.instep_height


def _arch_rise(shape: FootShape, points: FloatArray) -> FloatArray:
    """How far the sole is lifted: along the medial arch, fading sideways and upwards, mm."""
    length, breadth = shape.body.foot_length, shape.breadth
    x, rise = np.array(_ARCH).T
    profile = PchipInterpolator(x, rise)(np.clip(points[:, 0] / length, x[0], x[-1]))
    aside = np.clip((0.16 * breadth - points[:, 1]) / (0.50 * breadth), 0.0, 1.0)
    aside = aside * aside * (3.0 - 2.0 * aside)
    fade = np.clip(1.0 - points[:, 2] / (0.20 * length), 0.0, 1.0)
    arch = shape.arch_mm * (1.0 - 0.35 * shape.traits.condition.load_share)
    return arch * profile * aside * fade


def _heel(shape: FootShape, points: FloatArray) -> FloatArray:
    length, half = shape.body.foot_length, shape.half_heel
    back = _FORM["heel_back"] * shape.traits.form.heel_back
    return superellipsoid(
        points,
        centre=(0.115 * length, 0.0, 0.111 * length),
        negative_axes=((0.115 + back) * length, half, 0.105 * length),
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
