"""Generator: a synthetic leg scan with its ground truth, written from anatomy and body measures.

The leg is an implicit solid: shank, foot, Achilles and instep strands, smoothly united. The shank
turns about the malleolar midpoint before the parts are blended, so every ankle angle has its own
natural skin. Its zero level is meshed on a grid aligned with the shank and cut square at the top.
The leg is made as a left one; a right leg is its exact mirror image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.implicit import round_cone, smooth_intersection, smooth_union
from afo_designer.geometry.isosurface import (
    SampledField,
    first_crossing,
    triangle_count,
    zero_level,
)
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.parameter import (
    ParameterRefused,
    choice,
    group,
    leaves,
    quantity,
    with_value,
)
from afo_designer.limb.anthropometry import (
    Anthropometry,
    drawn_deviates,
    expected_anthropometry,
)
from afo_designer.limb.condition import Condition, Prominences, Traits, drawn_form
from afo_designer.limb.file_frame import FileFrame, file_matrix
from afo_designer.limb.foot_shape import FootShape, foot_distance, in_foot
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.scan import Side
from afo_designer.limb.scanner import ScannerEffects, scanned
from afo_designer.limb.shank_shape import (
    ShankShape,
    hollowed_beside_achilles,
    shank_distance,
    shape_shank,
)
from afo_designer.limb.skin_measures import skin_measures

_LEAN_INDEX = 22.0  # kg/m²: the build to which the shank's bony profile belongs
_COARSE_MM = 9.0  # spacing of the grid that only counts triangles
_PLAIN_ANGLE, _STEEPEST_ANGLE = -18.0, -35.0  # ankle angles between which the instep is reshaped
_SUBTALAR_DROP = 0.07  # from the malleoli's middle down to the axis of inversion, over foot length
_FITTED = (
    *("ball_breadth", "heel_breadth", "ankle_girth", "calf_girth"),
    *("bimalleolar_breadth", "lateral_malleolus_height"),
)
_LEAST_SHANK = 0.3  # length of shank above the ankle that a leg keeps, over its foot's
_FITTING_TRIANGLES = 6000.0
_HEEL_ANKLE_SHARE = 1.263  # girth over heel and ankle to foot length, medians (science.md §8, read)
_SLIMMING_EFFECT = 1.5  # of a slimming of 1 on that girth, both over foot length; measured
_LOADED_STRETCH = 0.011  # what full weight adds to the foot: 2.1 to 4.4 mm (science.md §8, read)


@dataclass(frozen=True, slots=True)
class LimbShape:
    """The leg to make; the default is the demonstration limb."""

    age_years: float = quantity(46.0, "years", 3.0, 95.0, "age; decides how foot length is guessed")
    sex: str = choice("male", ("female", "male"), "whose body proportions")
    height_mm: float = quantity(1700.0, "mm", 850.0, 2150.0, "stature")
    mass_kg: float = quantity(70.0, "kg", 10.0, 180.0, "body mass")
    side: str = choice("left", ("left", "right"), "which of the person's legs")
    ankle_angle_deg: float = quantity(
        -18.0, "deg", -35.0, 10.0, "shank to sole, dorsiflexion positive, 0 perpendicular"
    )
    inversion_deg: float = quantity(
        0.0, "deg", -20.0, 30.0, "sole turned towards the other leg, eversion negative"
    )
    toe_out_deg: float = quantity(
        0.0, "deg", -30.0, 40.0, "foot turned outwards against the knee, by torsion of the shank"
    )
    foot_length_mm: float = quantity(
        0.0, "mm", 0.0, 330.0, "heel to longest toe, unloaded; 0 takes it from stature, mass, age"
    )
    calf_fullness: float = quantity(
        1.0, "1", 0.75, 1.25, "calf girth over the expected; 0.85 is a wasted calf"
    )
    malleolar_prominence_mm: float = quantity(
        5.0, "mm", 0.0, 9.0, "how far the malleoli stand out of the ankle's section"
    )
    arch_share: float = quantity(
        0.06, "1", 0.0, 0.10, "rise of the medial arch over foot length; 0 is a flat foot"
    )
    top_mm: float = quantity(
        0.0, "mm", -200.0, 25.0, "where the leg is cut, above the tibial plateau"
    )
    variation: float = quantity(
        0.5,
        "1",
        0.0,
        2.0,
        "share of the population's spread in which this person's measures differ",
    )
    sizes: str = choice(
        "parts",
        ("parts", "skin"),
        "what has the body's measures: the parts before blending, or the finished skin",
    )
    form_variation: float = quantity(
        0.0, "1", 0.0, 2.0, "share of the natural spread in which this person's proportions differ"
    )
    seed: float = quantity(0.0, "1", 0.0, 2.0**31, "which individual, and which scanner noise")
    triangles: float = quantity(42000.0, "1", 4000.0, 200000.0, "about how many triangles")
    condition: Condition = group(Condition)
    bones: Prominences = group(Prominences)
    scanner: ScannerEffects = group(ScannerEffects)
    file: FileFrame = group(FileFrame)


@dataclass(frozen=True, slots=True)
class SyntheticLimb:
    """A leg surface in the limb frame (mm), outward, open at the top, with its ground truth.

    `all_landmarks` holds every point below the cut: malleoli, metatarsal heads, navicular and base
    of the fifth metatarsal where a ray from inside the bone leaves the skin sideways (the heads
    down as well), heel and toe tips as extremes, ankle points where the plane parallel to the sole
    through the ankle's centre meets the skin at y = 0, the crest half-way up the shank.
    `ankle_centre` (3,) is the malleolar midpoint, `knee_centre` (3,) lies on the shank's axis at
    the femoral epicondyle; `joint_centres` repeats both and adds the metatarsal heads'. `body` is
    what was asked of the shape; `measures` is what a tape finds on the skin before any scanner.
    `file_from_limb` (4, 4) carries the limb frame to the file's axes and unit.
    """

    mesh: TriMesh
    side: Side
    ankle_centre: FloatArray
    knee_centre: FloatArray
    ankle_angle_deg: float
    foot_length: float
    body: Anthropometry
    shape: LimbShape
    all_landmarks: Mapping[str, FloatArray]
    joint_centres: Mapping[str, FloatArray]
    measures: Mapping[str, float]
    file_from_limb: FloatArray = field(default_factory=lambda: np.eye(4))

    def __post_init__(self) -> None:
        object.__setattr__(self, "ankle_centre", frozen(self.ankle_centre, (3,)))
        object.__setattr__(self, "knee_centre", frozen(self.knee_centre, (3,)))
        object.__setattr__(self, "file_from_limb", frozen(self.file_from_limb, (4, 4)))
        for name in ("all_landmarks", "joint_centres"):
            points = {key: frozen(point, (3,)) for key, point in getattr(self, name).items()}
            object.__setattr__(self, name, points)

    @property
    def landmarks(self) -> Mapping[str, FloatArray]:
        """Those of `all_landmarks` that the rest of the program knows by name."""
        return {name: point for name, point in self.all_landmarks.items() if name in NAMES}

    @property
    def inversion_deg(self) -> float:
        """The sole's turn in the frontal plane against the shank, towards the other leg."""
        return self.shape.inversion_deg

    @property
    def toe_out_deg(self) -> float:
        """The foot's axis against the knee's forward direction, outwards positive."""
        return self.shape.toe_out_deg

    def in_file(self, points: FloatArray) -> FloatArray:
        """Points (..., 3) of the limb frame in the file's axes and unit."""
        return points @ self.file_from_limb[:3, :3].T + self.file_from_limb[:3, 3]

    @property
    def file_mesh(self) -> TriMesh:
        """The mesh in the file's axes and unit."""
        if np.array_equal(self.file_from_limb, np.eye(4)):
            return self.mesh
        return self.mesh.with_vertices(self.in_file(self.mesh.vertices))

    def mirrored(self) -> SyntheticLimb:
        """The same person's other leg, were they symmetric: y ↦ −y."""
        flip = np.array([1.0, -1.0, 1.0])
        other = Side.RIGHT if self.side is Side.LEFT else Side.LEFT
        return replace(
            self,
            mesh=self.mesh.mirrored_y(),
            all_landmarks={name: point * flip for name, point in self.all_landmarks.items()},
            joint_centres={name: point * flip for name, point in self.joint_centres.items()},
            side=other,
            ankle_centre=self.ankle_centre * flip,
            knee_centre=self.knee_centre * flip,
            shape=replace(self.shape, side=str(other)),
        )


@dataclass(frozen=True, slots=True)
class _Leg:
    """The implicit left leg: `shank` maps shank coordinates to the limb frame."""

    tibia: ShankShape
    foot: FootShape
    shank: Frame

    def distance(self, in_shank: FloatArray) -> FloatArray:
        """First-order distance (n,) at points (n, 3) in shank coordinates."""
        points = self.shank.apply(in_shank)
        length = self.foot.body.foot_length
        # Far plantarflexion stretches the skin over the hollow before the lateral malleolus.
        blend = (0.11 + 0.07 * self.foot.traits.plantarflexion_excess) * length
        distance = smooth_union(
            shank_distance(self.tibia, in_shank), foot_distance(self.foot, points), blend
        )
        for start, end, r0, r1, width in self._strands():
            strand = round_cone(points, start, end, r0, r1)
            distance = smooth_union(distance, strand, width)
        distance = hollowed_beside_achilles(self.tibia, in_shank, distance)
        if self.foot.floor > 0.0:
            flat = self.foot.floor - points[:, 2]
            distance = smooth_intersection(distance, flat, 0.03 * length)
        return distance

    def _strands(self) -> list[tuple[FloatArray, FloatArray, float, float, float]]:
        """What spans the ankle from foot to shank: Achilles tendon, extensors of the instep."""
        length = self.foot.body.foot_length
        behind = self.tibia.section_point(0.13, 180.0, -0.037 * length)
        before = self.tibia.section_point(0.07, 0.0, -0.060 * length)
        slim = self.foot.traits.slimming * length
        heel = in_foot(self.foot, np.array([0.062 * length + 0.4 * slim, 0.0, 0.17 * length]))
        instep = np.array([0.44 * length, -0.09 * self.foot.breadth, 0.235 * length - 0.7 * slim])
        swelling = 0.012 * length * self.foot.traits.condition.oedema
        tendon = (0.042 * length + swelling, 0.036 * length + swelling)
        front = (0.06 * length + swelling, 0.055 * length + swelling)
        strands = [
            (heel, self.shank.apply(behind), *tendon, 0.07 * length),
            (instep, self.shank.apply(before), *front, 0.10 * length),
        ]
        steep = self.foot.traits.plantarflexion_excess
        if steep > 0.0:
            # The toes' extensors span the hollow that opens before the lateral malleolus.
            outer = np.array([0.46 * length, 0.17 * self.foot.breadth, 0.175 * length])
            upper = self.shank.apply(self.tibia.section_point(0.09, 26.0, -0.055 * length))
            radius = (0.02 + 0.036 * min(1.0, 2.0 * steep)) * length
            strands.append((outer, upper, radius, 0.85 * radius, 0.11 * length))
        return strands


def generate_limb(shape: LimbShape | None = None) -> SyntheticLimb:
    """The leg that `shape` describes.

    Raises `ParameterRefused` for a value outside its range or a body no leg belongs to.
    """
    wanted = shape or LimbShape()
    _check(wanted)
    body = drawn_body(wanted)
    parts, slimming = (body, 0.0) if wanted.sizes == "parts" else _fitted(wanted, body)
    limb = replace(_made(wanted, parts, slimming), body=body)
    seed = int(wanted.seed)
    seen = scanned(limb.mesh, wanted.scanner, np.random.default_rng([seed, 1]))
    limb = replace(limb, mesh=seen)
    limb = limb if wanted.side == "left" else limb.mirrored()
    matrix = file_matrix(wanted.file, np.random.default_rng([seed, 3]))
    return replace(limb, file_from_limb=matrix)


def _made(shape: LimbShape, parts: Anthropometry, slimming: float) -> SyntheticLimb:
    """The left leg of these parts, before any scanner."""
    leg = _assemble(shape, parts, slimming)
    left = leg.tibia.plateau + shape.top_mm
    if left < _LEAST_SHANK * parts.foot_length:
        raise ParameterRefused(
            f"top_mm {shape.top_mm:g} leaves {left:.0f} mm of this leg above the ankle; it may be "
            f"{_LEAST_SHANK * parts.foot_length - leg.tibia.plateau:.0f} to 25 mm."
        )
    bounds = _bounds(leg, shape)
    coarse = SampledField.sample(leg.distance, bounds, _COARSE_MM)
    spacing = _COARSE_MM * np.sqrt(triangle_count(coarse) / shape.triangles)
    field = SampledField.sample(leg.distance, bounds, float(spacing), coarse)
    surface = zero_level(field)
    mesh = surface.with_vertices(leg.shank.apply(surface.vertices))
    try:
        landmarks = _landmarks(leg, field, mesh)
    except ValueError as error:  # extremes together that are no leg: a bone beside its own skin
        raise ParameterRefused(
            f"These parameters together make no leg ({error}); choose fewer extremes, or "
            "variation 0."
        ) from error
    return _settled(shape, leg, mesh, landmarks)


def _fitted(shape: LimbShape, body: Anthropometry) -> tuple[Anthropometry, float]:
    """Parts whose skin has the measures of `body`, and how much slimmer its ankle is than drawn.

    Blends fill parts out by a few per cent. Found by measuring the leg as a survey does, at 90° and
    whole, on a coarse mesh, and correcting twice.
    """
    upright = replace(
        shape,
        triangles=_FITTING_TRIANGLES,
        ankle_angle_deg=0.0,
        inversion_deg=0.0,
        toe_out_deg=0.0,
        top_mm=0.0,
    )
    swollen = 1.0 + 0.05 * shape.condition.oedema
    around = _HEEL_ANKLE_SHARE * swollen * body.foot_length
    parts, slimming = body, 0.0
    for _ in range(2):
        skin = _made(upright, parts, slimming).measures
        ratios = {name: getattr(body, name) / skin[name] for name in _FITTED}
        sizes = {name: getattr(parts, name) * ratio for name, ratio in ratios.items()}
        parts = replace(parts, **sizes)
        excess = (skin["heel_ankle_girth"] - around) / body.foot_length
        slimming = float(np.clip(slimming + excess / _SLIMMING_EFFECT, -0.02, 0.09))
    return parts, slimming


def _check(shape: LimbShape) -> None:
    for leaf, value in leaves(shape):
        with_value(shape, leaf.key, value)
    index = shape.mass_kg / (shape.height_mm / 1000.0) ** 2
    if not 9.0 <= index <= 70.0:
        raise ParameterRefused(
            f"mass_kg {shape.mass_kg:g} with height_mm {shape.height_mm:g} is a body-mass index of "
            f"{index:.0f}; it may be 9 to 70."
        )
    ratio = shape.foot_length_mm / shape.height_mm
    if shape.foot_length_mm and not 0.10 <= ratio <= 0.20:
        raise ParameterRefused(
            f"foot_length_mm {shape.foot_length_mm:g} is {ratio:.2f} of the stature; it may be "
            "0.10 to 0.20, or 0 to be taken from the stature."
        )


def drawn_body(shape: LimbShape) -> Anthropometry:
    """The measures of this individual's leg, swelling, wasting and load included, mm."""
    random = np.random.default_rng([int(shape.seed), 0])
    body = expected_anthropometry(
        shape.sex,
        shape.age_years,
        shape.height_mm,
        shape.mass_kg,
        shape.foot_length_mm,
        drawn_deviates(random, shape.variation),
    )
    oedema, load = shape.condition.oedema, shape.condition.load_share
    return replace(
        body,
        calf_girth=body.calf_girth * shape.calf_fullness * (1.0 + 0.04 * oedema),
        ankle_girth=body.ankle_girth * (1.0 + 0.10 * oedema),
        bimalleolar_breadth=body.bimalleolar_breadth * (1.0 + 0.05 * oedema),
        foot_length=body.foot_length * (1.0 + _LOADED_STRETCH * load),
        ball_length=body.ball_length * (1.0 + _LOADED_STRETCH * load),
    )


def _assemble(shape: LimbShape, body: Anthropometry, slimming: float) -> _Leg:
    lean = expected_anthropometry(
        shape.sex,
        shape.age_years,
        shape.height_mm,
        _LEAN_INDEX * (shape.height_mm / 1000.0) ** 2,
    )
    traits = replace(_traits_of(shape), slimming=slimming)
    prominence = shape.malleolar_prominence_mm * (1.0 - 0.8 * shape.condition.oedema)
    tibia = shape_shank(body, prominence, lean.calf_girth, traits)
    ankle = np.array(
        [0.245 * body.foot_length, 0.0, body.lateral_malleolus_height + 0.0275 * body.foot_length]
    )
    foot = FootShape(body, shape.arch_share * body.foot_length, traits)
    return _Leg(tibia, foot, _shank_frame(shape, ankle, body.foot_length))


def _traits_of(shape: LimbShape) -> Traits:
    random = np.random.default_rng([int(shape.seed), 2])
    steepness = (_PLAIN_ANGLE - shape.ankle_angle_deg) / (_PLAIN_ANGLE - _STEEPEST_ANGLE)
    return Traits(
        condition=shape.condition,
        bones=shape.bones,
        form=drawn_form(random, shape.form_variation),
        plantarflexion_excess=float(np.clip(steepness, 0.0, 1.0)),
        torsion=float(np.deg2rad(shape.toe_out_deg)),
    )


def _shank_frame(shape: LimbShape, ankle: FloatArray, foot_length: float) -> Frame:
    """The shank over a foot that stays: its axis is (tan a, −tan i, 1) for the two angles.

    Inversion turns about a line along the foot below the malleoli. A foot whose sole turns towards
    the other leg has a shank that leans there over the sole.
    """
    tilt = np.deg2rad(shape.inversion_deg)
    angle = np.deg2rad(shape.ankle_angle_deg)
    if tilt != 0.0:
        angle = np.arctan(np.tan(angle) * np.cos(tilt))
    turn = Frame.about_axis(np.zeros(3), [0.0, 1.0, 0.0], float(angle))
    frame = Frame(turn.rotation, ankle)
    if tilt == 0.0:
        return frame
    pivot = ankle - [0.0, 0.0, _SUBTALAR_DROP * foot_length]
    return Frame.about_axis(pivot, [1.0, 0.0, 0.0], float(tilt)) @ frame


def _bounds(leg: _Leg, shape: LimbShape) -> FloatArray:
    """Shank-frame box (2, 3) around foot and shank; its top is the cut."""
    length, breadth = leg.foot.body.foot_length, leg.foot.body.ball_breadth
    x, y, z = np.meshgrid(
        [-8.0, length + 8.0], [-0.62 * breadth, 0.75 * breadth], [-8.0, 0.4 * length]
    )
    foot = leg.shank.inverse.apply(np.stack([x, y, z], axis=-1).reshape(-1, 3))
    reach = leg.tibia.radii.max() + np.abs(leg.tibia.centres).max() + 12.0
    low = np.minimum(foot.min(axis=0), [-reach, -reach, 0.0])
    high = np.maximum(foot.max(axis=0), [reach, reach, 0.0])
    high[2] = leg.tibia.plateau + shape.top_mm
    return np.array([low, high])


def _landmarks(leg: _Leg, field: SampledField, mesh: TriMesh) -> dict[str, FloatArray]:
    """Ground truth in the limb frame, before the leg is settled on its origin."""
    into = leg.shank.inverse
    length = leg.foot.body.foot_length
    reach = 0.75 * length
    foot = leg.foot
    first, fifth, navicular, fifth_base = (
        in_foot(foot, bone[0])
        for bone in (
            foot.first_metatarsal_head,
            foot.fifth_metatarsal_head,
            foot.navicular,
            foot.fifth_metatarsal_base,
        )
    )
    hallux, second_toe = (in_foot(foot, foot.toe(number)[2]) for number in (0, 1))
    ankle = leg.shank.origin
    medial, lateral, down, ahead = (
        np.array(v) for v in ([0.0, -1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0])
    )

    def ray(start: FloatArray, direction: FloatArray) -> FloatArray:
        hit = first_crossing(field, into.apply(start), into.turn(direction), reach)
        return leg.shank.apply(hit)

    tibia = leg.tibia
    turned = leg.shank.turn
    marks = {
        "medial_malleolus": ray(leg.shank.apply(tibia.medial_malleolus), turned(medial)),
        "lateral_malleolus": ray(leg.shank.apply(tibia.lateral_malleolus), turned(lateral)),
        "first_metatarsal_head_medial": ray(first, medial),
        "first_metatarsal_head_plantar": ray(first, down),
        "fifth_metatarsal_head_lateral": ray(fifth, lateral),
        "fifth_metatarsal_head_plantar": ray(fifth, down),
        "hallux_tip": ray(hallux, ahead),
        "second_toe_tip": ray(second_toe, ahead),
        "achilles_at_ankle": ray(ankle, -ahead),
        "instep_at_ankle": ray(ankle, ahead),
        "navicular": ray(navicular, medial),
        "fifth_metatarsal_base": ray(fifth_base, lateral),
    }
    vertices = mesh.vertices
    heel = vertices[(vertices[:, 0] < 0.3 * length) & (vertices[:, 2] < 0.22 * length)]
    # An extreme of a flat pad is where its outermost half millimetre has its middle.
    behind = heel[heel[:, 0] < heel[:, 0].min() + 0.5].mean(axis=0)
    below = heel[heel[:, 2] < heel[:, 2].min() + 0.5].mean(axis=0)
    marks["heel_posterior"] = ray(behind + 10.0 * ahead, -ahead)
    marks["heel_plantar"] = ray(below - 10.0 * down, down)
    top = field.origin[2] + (field.values.shape[2] - 1) * field.spacing
    middle = tibia.section_point(0.5, 0.0, -0.1 * length)
    for name, bone, turn in (
        ("fibular_head", tibia.fibular_head, [0.1, 1.0, 0.0]),
        ("tibial_tuberosity", tibia.tibial_tuberosity, [1.0, -0.1, 0.0]),
        ("tibial_crest", middle, [1.0, -0.09, 0.0]),
    ):
        if bone[2] < top - 2.0:
            start = tibia.twist(bone)
            way = tibia.twist(bone + np.array(turn)) - start
            marks[name] = leg.shank.apply(first_crossing(field, start, way, reach))
    return marks


def _settled(
    shape: LimbShape, leg: _Leg, mesh: TriMesh, landmarks: dict[str, FloatArray]
) -> SyntheticLimb:
    """The leg moved so that heel, sole and malleoli define the frame's origin exactly.

    Blends leave heel pad and metatarsal heads about a millimetre off one plane, and the foot as
    much off its length: a shear and a stretch that fade out above the sole settle both.
    """
    length = leg.foot.body.foot_length
    heel = landmarks["heel_plantar"]
    ball = landmarks["first_metatarsal_head_plantar"]
    slope = (ball[2] - heel[2]) / (ball[0] - heel[0])
    middle = 0.5 * (landmarks["medial_malleolus"] + landmarks["lateral_malleolus"])
    shift = np.array([landmarks["heel_posterior"][0], middle[1], 0.0])

    stretch = length / (mesh.vertices[:, 0].max() - shift[0]) - 1.0

    def settle(points: FloatArray) -> FloatArray:
        high = np.clip((points[..., 2] / length - 0.12) / 0.25, 0.0, 1.0)
        fade = 1.0 - high * high * (3.0 - 2.0 * high)
        moved = points - shift
        moved[..., 0] *= 1.0 + fade * stretch
        moved[..., 2] -= heel[2] + fade * slope * (points[..., 0] - heel[0])
        return moved

    marks = {name: settle(point) for name, point in landmarks.items()}
    heads = {
        "first_metatarsal_head": settle(in_foot(leg.foot, leg.foot.first_metatarsal_head[0])),
        "fifth_metatarsal_head": settle(in_foot(leg.foot, leg.foot.fifth_metatarsal_head[0])),
    }
    ankle = 0.5 * (marks["medial_malleolus"] + marks["lateral_malleolus"])
    axis = leg.shank.turn([0.0, 0.0, 1.0])
    settled = mesh.with_vertices(settle(mesh.vertices))
    knee = ankle + leg.tibia.length * axis
    return SyntheticLimb(
        mesh=settled,
        side=Side.LEFT,
        ankle_centre=ankle,
        knee_centre=knee,
        ankle_angle_deg=shape.ankle_angle_deg,
        foot_length=float(settled.vertices[:, 0].max()),
        body=leg.foot.body,
        shape=shape,
        all_landmarks=marks,
        joint_centres={"ankle": ankle, "knee": knee, **heads},
        measures=skin_measures(settled, marks, ankle, knee),
    )
