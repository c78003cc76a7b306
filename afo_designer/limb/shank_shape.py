"""The shank of a synthetic leg: a tube of anatomical sections with its bony prominences.

Left leg, shank coordinates in mm: the origin is the ankle's centre, +x anterior, +y lateral, +z
along the axis to the knee's centre at height L. All proportions below are this project's own,
drawn from anatomy and set so that sections, girths and profile look like a leg ([D], unpublished);
sizes come from `Anthropometry`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.ndimage import gaussian_filter1d, map_coordinates

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.implicit import round_cone, smooth_intersection, smooth_union
from afo_designer.limb.anthropometry import Anthropometry
from afo_designer.limb.condition import Traits

# Section radius over its mean, by height over L; directions every 45° from anterior by lateral
# (peroneals), posterior (Achilles, gastrocnemius; medial head the bigger) and medial (flat tibia).
_SECTIONS = (
    (-0.12, (1.10, 0.94, 0.90, 0.94, 1.12, 0.94, 0.88, 0.94)),
    (0.00, (1.12, 0.92, 0.86, 0.91, 1.18, 0.91, 0.82, 0.92)),
    (0.06, (1.12, 0.92, 0.87, 0.88, 1.20, 0.88, 0.80, 0.92)),
    (0.13, (1.09, 0.95, 0.92, 0.90, 1.14, 0.94, 0.84, 0.94)),
    (0.20, (1.06, 0.99, 0.95, 0.94, 1.08, 1.00, 0.90, 0.94)),
    (0.35, (1.04, 1.02, 0.95, 0.99, 1.02, 1.01, 0.99, 0.93)),
    (0.50, (1.05, 1.02, 0.95, 0.965, 0.99, 1.055, 1.02, 0.91)),
    (0.68, (1.07, 1.03, 0.94, 0.97, 1.00, 1.05, 1.01, 0.89)),
    (0.80, (1.10, 1.01, 0.92, 0.96, 1.04, 1.04, 0.96, 0.88)),
    (0.90, (1.13, 0.98, 0.91, 0.97, 1.07, 1.02, 0.92, 0.90)),
    (1.00, (1.10, 0.97, 0.92, 1.01, 1.06, 0.99, 0.94, 0.94)),
    (1.15, (1.08, 0.99, 0.95, 1.00, 1.05, 1.01, 0.96, 0.96)),
)
# Girth from the least (0) to the calf's (1) by height over L.
_GIRTH_SHARE = (
    (0.145, 0.0), (0.20, 0.046), (0.25, 0.117), (0.30, 0.210), (0.35, 0.322), (0.40, 0.445),
    (0.50, 0.695), (0.60, 0.895), (0.65, 0.965), (0.70, 1.0), (0.75, 0.992), (0.80, 0.962),
    (0.85, 0.920), (0.90, 0.880), (0.95, 0.855), (1.0, 0.850), (1.15, 0.93),
)  # fmt: skip
_GIRTH_BELOW = ((-0.12, 1.10), (0.0, 1.11), (0.06, 1.06), (0.10, 1.016))  # over the least girth
# Skin in front of the axis over foot length, and the sections' sideways drift over L.
_FRONT = (
    (-0.12, 0.19), (0.0, 0.178), (0.06, 0.158), (0.10, 0.140), (0.15, 0.122), (0.20, 0.112),
    (0.30, 0.105), (0.40, 0.113), (0.50, 0.126), (0.60, 0.141), (0.70, 0.154), (0.80, 0.166),
    (0.90, 0.188), (1.0, 0.200), (1.15, 0.20),
)  # fmt: skip
_SIDEWAYS = (
    (-0.12, 0.0), (0.0, 0.0), (0.06, 0.003), (0.10, 0.008), (0.20, 0.016), (0.30, 0.0215),
    (0.50, 0.024), (0.70, 0.028), (0.80, 0.029), (0.90, 0.024), (1.0, 0.010), (1.15, 0.004),
)  # fmt: skip
_LEVELS, _DIRECTIONS = 400, 180  # of the table that sections are read from
_LOW, _HIGH = -0.12, 1.15
_SMOOTHING = 7.0  # levels
# One standard deviation of a person's form: calf's height and breadth to depth, shank's bow, the
# malleoli's places over foot length.
_FORM = {
    "calf_height": 0.020,
    "calf_bulge": 0.030,
    "shank_bow": 0.35,
    "malleolar_rise": 0.006,
    "malleolar_advance": 0.006,
}
_CREST_DEG = -5.0  # where the shin's edge runs: just medial of straight ahead


@dataclass(frozen=True, slots=True)
class ShankShape:
    """Tables and points that define one shank; see the module for its coordinates.

    `radii` (levels, directions) in mm over heights `_LOW`…`_HIGH` times `length`; `centres`
    (levels, 2). Bone points in mm: `medial_malleolus`, `lateral_malleolus`, `fibular_head` and
    `tibial_tuberosity` lie inside the skin, with a radius each in `bone_radii`.
    """

    length: float
    foot_length: float
    radii: FloatArray
    centres: FloatArray
    medial_malleolus: FloatArray
    lateral_malleolus: FloatArray
    fibular_head: FloatArray
    tibial_tuberosity: FloatArray
    bone_radii: tuple[float, float, float, float]
    plateau: float
    traits: Traits = field(default_factory=Traits)

    def __post_init__(self) -> None:
        object.__setattr__(self, "radii", frozen(self.radii, (_LEVELS, _DIRECTIONS)))
        object.__setattr__(self, "centres", frozen(self.centres, (_LEVELS, 2)))
        for name in ("medial_malleolus", "lateral_malleolus", "fibular_head", "tibial_tuberosity"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))

    def section_point(self, level: float, direction_deg: float, outward: float) -> FloatArray:
        """Point (3,) of the section at `level` times L, `outward` mm off its skin.

        Direction 0 is anterior, 90 lateral.
        """
        at = round((level - _LOW) / (_HIGH - _LOW) * (_LEVELS - 1))
        radius = self.radii[at, round(direction_deg / 360.0 * _DIRECTIONS) % _DIRECTIONS] + outward
        angle = np.deg2rad(direction_deg)
        ahead, aside = self.centres[at] + radius * np.array([np.cos(angle), np.sin(angle)])
        return np.array([ahead, aside, level * self.length])

    def twist(self, points: FloatArray, share: float = 1.0) -> FloatArray:
        """Points (..., 3) turned about the axis by the torsion that holds at their height."""
        if self.traits.torsion == 0.0:
            return points
        rise = np.clip((points[..., 2] / self.length - 0.08) / 0.80, 0.0, 1.0)
        angle = -share * self.traits.torsion * rise * rise * (3.0 - 2.0 * rise)
        x, y, z = np.moveaxis(points, -1, 0)
        cos, sin = np.cos(angle), np.sin(angle)
        return np.stack([cos * x - sin * y, sin * x + cos * y, z], axis=-1)


def shape_shank(
    body: Anthropometry, prominence_mm: float, lean_girth: float, traits: Traits | None = None
) -> ShankShape:
    """The shank of these measures; malleoli stand `prominence_mm` out of the ankle's section.

    `lean_girth` is the calf girth of a lean person of this stature: what exceeds it thickens the
    front too, by 0.3 of the gain in radius.
    """
    own = traits or Traits()
    form, bones_out = own.form, own.bones
    ankle_height = body.lateral_malleolus_height + 0.0275 * body.foot_length
    length = body.epicondyle_height - ankle_height
    levels = np.linspace(_LOW, _HIGH, _LEVELS)
    girth = _girths(body, _raised(levels, _FORM["calf_height"] * form.calf_height))
    profile = _section_profiles(levels) * _moulding(levels, own)
    radii = profile * (girth / _perimeters(profile))[:, None]
    thicker = 0.3 * (body.calf_girth - lean_girth) / (2.0 * np.pi)
    front = _curve(_FRONT, levels) * body.foot_length
    front += thicker * np.clip(levels / 0.3, 0.0, 1.0)
    low_down = np.exp(-((levels / 0.09) ** 2)) * body.foot_length
    # Swelling fills the ankle's front; far down, the talus takes the tibia's edge with it.
    front += (0.02 * own.condition.oedema - 0.03 * own.plantarflexion_excess) * low_down
    sideways = _curve(_SIDEWAYS, levels) * length * (1.0 + _FORM["shank_bow"] * form.shank_bow)
    centres = np.column_stack([front - radii[:, 0], sideways])
    # Knots joined by monotone cubics bend abruptly: a running mean lets light run over them.
    radii, centres = (gaussian_filter1d(table, _SMOOTHING, axis=0) for table in (radii, centres))
    radii = _narrowed_to_malleoli(
        levels, radii, centres, 0.5 * body.bimalleolar_breadth - prominence_mm
    )
    if own.slimming != 0.0:
        depth = np.minimum(own.slimming * low_down / (2.0 * radii[:, 0]), 0.4)
        radii = _squeezed(radii, 1.0 - depth, np.ones(len(levels)))
        centres = centres - np.stack([0.5 * own.slimming * low_down, 0.0 * levels], axis=1)
    radii = radii + bones_out.tibial_crest_mm * _ridge(levels)

    foot = body.foot_length
    half = 0.5 * body.bimalleolar_breadth - 0.005 * foot  # what the blends add
    bones = (0.050 * foot, 0.044 * foot, 0.055 * foot, 0.060 * foot)
    plateau = body.tibial_height - ankle_height
    low = plateau - 0.065 * length
    at = round((low / length - _LOW) / (_HIGH - _LOW) * (_LEVELS - 1))
    quarter = _DIRECTIONS // 4
    fibula = centres[at] + [0.10 * radii[at, quarter], radii[at, quarter] + 1.5 - bones[2]]
    fibula[1] += bones_out.fibular_head_mm
    tuberosity = centres[at] + [radii[at, 0] + 2.5 - bones[3], -0.12 * radii[at, 0]]
    tuberosity[0] += bones_out.tibial_tuberosity_mm
    rise = (0.0275 + _FORM["malleolar_rise"] * form.malleolar_rise) * foot
    advance = (0.02 + _FORM["malleolar_advance"] * form.malleolar_advance) * foot
    return ShankShape(
        length=length,
        foot_length=foot,
        radii=radii,
        centres=centres,
        medial_malleolus=np.array([advance, bones[0] - half, rise]),
        lateral_malleolus=np.array([-advance, half - bones[1], -rise]),
        fibular_head=np.append(fibula, low),
        tibial_tuberosity=np.append(tuberosity, low - 0.01 * length),
        bone_radii=bones,
        plateau=plateau,
        traits=own,
    )


def shank_distance(shape: ShankShape, points: FloatArray) -> FloatArray:
    """First-order distance (n,) of shank-frame points (n, 3) to the shank with its bones, mm."""
    foot = shape.foot_length
    points = shape.twist(points, -1.0)
    distance = _tube_distance(shape, points)
    # The tube ends in the foot; when that hangs far down, the end's front edge is taken off.
    slope = 0.35 * shape.traits.plantarflexion_excess
    end = (slope * points[:, 0] - points[:, 2]) / np.hypot(1.0, slope) - 0.03 * shape.length
    distance = smooth_intersection(distance, end, 0.06 * foot)
    medial, lateral, head, tuberosity = shape.bone_radii

    def joined(start: FloatArray, rise: tuple[float, float, float], r0: float, r1: float) -> None:
        nonlocal distance
        bone = round_cone(points, start, start + np.array(rise) * foot, r0, r1)
        distance = smooth_union(distance, bone, 0.055 * foot)

    # The medial malleolus is short and broad, the lateral one runs up into the fibula.
    joined(shape.medial_malleolus, (-0.01, 0.05, 0.14), medial, 0.5 * medial)
    joined(shape.lateral_malleolus, (0.01, -0.055, 0.22), lateral, 0.4 * lateral)
    joined(shape.fibular_head, (0.0, -0.05, -0.22), head, 0.7 * head)
    joined(shape.tibial_tuberosity, (-0.05, -0.01, -0.25), tuberosity, 0.7 * tuberosity)
    return distance


def hollowed_beside_achilles(
    shape: ShankShape, points: FloatArray, distance: FloatArray
) -> FloatArray:
    """`distance` (n,) of the whole leg less the hollows between tendon and malleoli."""
    depth, foot = shape.traits.bones.achilles_mm, shape.foot_length
    if depth == 0.0:
        return distance
    depth *= 1.0 - 0.6 * shape.traits.plantarflexion_excess  # the heel comes up into the hollows
    radius = 0.075 * foot
    for side in (1.0, -1.0):
        # The blend bites some 2 mm by itself; towards the calf the groove runs out of the skin.
        low = shape.section_point(0.02, 180.0 - 58.0 * side, radius - depth + 1.5)
        high = shape.section_point(0.28, 180.0 - 50.0 * side, radius + 3.5)
        groove = round_cone(points, low, high, radius, radius)
        distance = smooth_intersection(distance, -groove, 0.055 * foot)
    return distance


def _tube_distance(shape: ShankShape, points: FloatArray) -> FloatArray:
    level = np.clip((points[:, 2] / shape.length - _LOW) / (_HIGH - _LOW), 0.0, 1.0)
    level = level * (_LEVELS - 1)
    grid = np.arange(_LEVELS)
    x = points[:, 0] - np.interp(level, grid, shape.centres[:, 0])
    y = points[:, 1] - np.interp(level, grid, shape.centres[:, 1])
    turn = np.mod(np.arctan2(y, x) / (2.0 * np.pi), 1.0) * _DIRECTIONS
    closed = np.concatenate([shape.radii, shape.radii[:, :1]], axis=1)
    radius = map_coordinates(closed, [level, turn], order=1)
    slope = np.gradient(closed, 2.0 * np.pi / _DIRECTIONS, axis=1)
    tilt = map_coordinates(slope, [level, turn], order=1)
    return (np.hypot(x, y) - radius) * radius / np.hypot(radius, tilt)


def _section_profiles(levels: FloatArray) -> FloatArray:
    heights = np.array([height for height, _ in _SECTIONS])
    table = PchipInterpolator(heights, np.array([radii for _, radii in _SECTIONS]))(levels)
    closed = np.concatenate([table, table[:, :1]], axis=1)
    around = CubicSpline(np.linspace(0.0, 1.0, 9), closed, axis=1, bc_type="periodic")
    return around(np.arange(_DIRECTIONS) / _DIRECTIONS)


def _moulding(levels: FloatArray, traits: Traits) -> FloatArray:
    """(levels, directions): what a wasted front and the calf's own build make of the sections."""
    turn = np.degrees(_angles())

    def about(direction: float, width: float) -> FloatArray:
        away = (turn - direction + 180.0) % 360.0 - 180.0
        return np.exp(-((away / width) ** 2))

    def between(low: float, high: float) -> FloatArray:
        rise = np.clip((levels - low) / 0.18, 0.0, 1.0) * np.clip((high - levels) / 0.18, 0.0, 1.0)
        return np.asarray(rise * rise * (3.0 - 2.0 * rise))[:, None]

    hollow = 0.17 * traits.condition.anterior_wasting * about(38.0, 26.0) * between(0.15, 0.98)
    bulge = _FORM["calf_bulge"] * traits.form.calf_bulge
    calf = bulge * (about(180.0, 70.0) - about(90.0, 40.0)) * between(0.35, 1.0)
    return 1.0 - hollow + calf


def _raised(levels: FloatArray, by: float) -> FloatArray:
    """Levels at which the calf's girths are looked up, so that its belly lies `by` higher."""
    belly = np.clip((levels - 0.15) / 0.5, 0.0, 1.0) * np.clip((1.1 - levels) / 0.3, 0.0, 1.0)
    return levels - by * belly


def _ridge(levels: FloatArray) -> FloatArray:
    """(levels, directions): the shin's edge from ankle to tuberosity, 1 on its crest."""
    away = (np.degrees(_angles()) - _CREST_DEG + 180.0) % 360.0 - 180.0
    along = np.clip((levels - 0.12) / 0.2, 0.0, 1.0) * np.clip((0.95 - levels) / 0.15, 0.0, 1.0)
    return np.asarray(along[:, None] * np.exp(-((away / 11.0) ** 2)))


def _angles() -> FloatArray:
    return 2.0 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS


def _perimeters(radii: FloatArray) -> FloatArray:
    angle = 2.0 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    ring = np.stack([radii * np.cos(angle), radii * np.sin(angle)], axis=-1)
    return np.linalg.norm(ring - np.roll(ring, 1, axis=1), axis=-1).sum(axis=1)


def _girths(body: Anthropometry, levels: FloatArray) -> FloatArray:
    gain = body.calf_girth - body.ankle_girth
    knots = [(height, body.ankle_girth * ratio) for height, ratio in _GIRTH_BELOW]
    knots += [(height, body.ankle_girth + gain * share) for height, share in _GIRTH_SHARE]
    return _curve(tuple(knots), levels)


def _curve(knots: tuple[tuple[float, float], ...], at: FloatArray) -> FloatArray:
    x, y = np.array(knots).T
    return PchipInterpolator(x, y)(at)


def _narrowed_to_malleoli(
    levels: FloatArray, radii: FloatArray, centres: FloatArray, half_width: float
) -> FloatArray:
    """Sections at the malleoli drawn in sideways so that the bones stand out as asked."""
    angle = 2.0 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    sides = np.abs(radii * np.sin(angle) + centres[:, 1:]).max(axis=1)
    near = np.exp(-((levels / 0.06) ** 2))
    ratio = 1.0 + near * (np.minimum(half_width / sides, 1.0) - 1.0)
    return _squeezed(radii, np.ones(len(levels)), ratio)


def _squeezed(radii: FloatArray, ahead: FloatArray, aside: FloatArray) -> FloatArray:
    """Sections scaled by a factor per level in depth and in breadth.

    An affine squeeze of a star-shaped section is star-shaped: back to even directions.
    """
    angle = _angles()
    x, y = radii * np.cos(angle) * ahead[:, None], radii * np.sin(angle) * aside[:, None]
    squeezed = np.zeros_like(radii)
    for row in range(len(radii)):
        turned = np.arctan2(y[row], x[row]) % (2.0 * np.pi)
        squeezed[row] = np.interp(angle, turned, np.hypot(x[row], y[row]), period=2.0 * np.pi)
    return squeezed
