"""Synthetic legs: mirror symmetry, sizes as asked and as surveyed, sound meshes, the same bytes."""

import json
import struct
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.parameter import ParameterRefused
from afo_designer.limb.condition import Condition, Prominences
from afo_designer.limb.generator import LimbShape, SyntheticLimb, generate_limb
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.scanner import ScannerEffects

SCANS = Path(__file__).parents[2] / "scans"
MAN = LimbShape(height_mm=1755, mass_kg=85, ankle_angle_deg=0, variation=0, triangles=12000)
WOMAN = replace(MAN, sex="female", height_mm=1626, mass_kg=67)
CHILD = replace(MAN, age_years=6, height_mm=1150, mass_kg=20.5)
HEAVY = replace(MAN, height_mm=1800, mass_kg=120)
OLD = replace(MAN, sex="female", age_years=82, height_mm=1560, mass_kg=45, ankle_angle_deg=-10)
HANGING = replace(MAN, ankle_angle_deg=-25)
PEOPLE = {
    "man": MAN,
    "woman": WOMAN,
    "child": CHILD,
    "heavy": HEAVY,
    "old": OLD,
    "hanging": HANGING,
    "steep": replace(WOMAN, ankle_angle_deg=-35, malleolar_prominence_mm=9, arch_share=0.1),
    "raised": replace(HEAVY, ankle_angle_deg=10, malleolar_prominence_mm=0, arch_share=0),
}

limb_of = cache(generate_limb)


def girth(limb: SyntheticLimb, share: float) -> float:
    """Tape round the shank, square to its axis, at a share of the way from ankle to knee."""
    axis = limb.knee_centre - limb.ankle_centre
    normal = axis / np.linalg.norm(axis)
    height = (limb.mesh.vertices - limb.ankle_centre - share * axis) @ normal
    mesh = limb.mesh.kept(np.ptp((height > 0.0)[limb.mesh.triangles].astype(int), axis=1) > 0)
    corners = mesh.corners
    a = (corners - limb.ankle_centre - share * axis) @ normal
    b, ends = np.roll(a, -1, axis=1), np.roll(corners, -1, axis=1)
    crossed = (a > 0.0) != (b > 0.0)
    weight = (a[crossed] / (a - b)[crossed])[:, None]
    cuts = corners[crossed] + weight * (ends - corners)[crossed]
    return float(np.linalg.norm(cuts[0::2] - cuts[1::2], axis=1).sum())


def ankle_girth(limb: SyntheticLimb) -> float:
    return min(girth(limb, share) for share in np.arange(0.10, 0.24, 0.02))


def calf_girth(limb: SyntheticLimb) -> float:
    return max(girth(limb, share) for share in np.arange(0.64, 0.80, 0.02))


def breadth(limb: SyntheticLimb, low: float, high: float) -> float:
    """Width of the foot between two shares of its length, below a fifth of its length."""
    x, y, z = (limb.mesh.vertices / limb.foot_length).T
    return float(np.ptp(y[(x > low) & (x < high) & (z < 0.2)])) * limb.foot_length


@pytest.mark.parametrize("name", PEOPLE)
def test_the_mesh_is_one_sound_surface_open_at_the_top_only(name: str) -> None:
    limb = limb_of(PEOPLE[name])
    mesh = limb.mesh
    edges = mesh.edges[:, 0] * len(mesh.vertices) + mesh.edges[:, 1]
    assert len(np.unique(edges)) == len(edges)  # no edge is run twice the same way
    assert mesh.component_of_vertex.max() == 0
    (rim,) = mesh.boundary_loops()
    axis = limb.knee_centre - limb.ankle_centre
    heights = (mesh.vertices - limb.ankle_centre) @ axis / np.linalg.norm(axis)
    assert np.ptp(heights[rim]) < 1e-6
    assert heights.max() == pytest.approx(heights[rim].mean(), abs=1e-6)
    # A disc has one vertex more than edges less faces.
    assert len(mesh.vertices) - (len(edges) + len(rim)) // 2 + len(mesh.triangles) == 1


@pytest.mark.parametrize("name", PEOPLE)
def test_triangles_are_even_and_nowhere_cross(name: str) -> None:
    mesh = limb_of(PEOPLE[name]).mesh
    sides = np.linalg.norm(mesh.corners - np.roll(mesh.corners, 1, axis=1), axis=2)
    quality = 4.0 * np.sqrt(3.0) * mesh.areas / (sides**2).sum(axis=1)
    assert np.quantile(quality, 0.01) > 0.6
    assert quality.min() > 0.1
    assert crossings(mesh) == 0


def crossings(mesh: TriMesh) -> int:
    """Edges that pierce a triangle which does not touch them."""
    from trimesh import Trimesh

    surface = Trimesh(mesh.vertices, mesh.triangles, process=False)
    edges = np.unique(np.sort(mesh.edges, axis=1), axis=0)
    start = mesh.vertices[edges[:, 0]]
    step = mesh.vertices[edges[:, 1]] - start
    length = np.linalg.norm(step, axis=1)
    origin = start + 0.01 * step  # off the triangles that meet in the edge's ends
    met, ray, hit = surface.ray.intersects_location(
        origin, step / length[:, None], multiple_hits=False
    )
    within = np.linalg.norm(met - origin[ray], axis=1) < 0.98 * length[ray]
    touches = (mesh.triangles[hit][:, :, None] == edges[ray][:, None, :]).any(axis=(1, 2))
    return int((within & ~touches).sum())


def test_a_right_leg_is_the_mirror_image_to_the_last_bit() -> None:
    shape = replace(
        HANGING,
        inversion_deg=8,
        toe_out_deg=12,
        form_variation=1,
        condition=Condition(oedema=0.4, hindfoot_varus_deg=9, load_share=0.5),
        bones=Prominences(navicular_mm=3, achilles_mm=4),
        scanner=ScannerEffects(noise_mm=0.4, holes=2, drift_mm=1, hand_cm2=50, other_leg=0.4),
        seed=3,
    )
    left, right = generate_limb(shape), generate_limb(replace(shape, side="right"))
    flip = np.array([1.0, -1.0, 1.0])
    assert np.array_equal(right.mesh.vertices, left.mesh.vertices * flip)
    assert np.array_equal(right.mesh.triangles, left.mesh.triangles[:, ::-1])
    assert right.side == "right"
    for of in ("all_landmarks", "joint_centres"):
        for name, point in getattr(left, of).items():
            assert np.array_equal(getattr(right, of)[name], point * flip)
    assert right.measures == left.measures


def test_the_same_shape_gives_the_same_bits_and_another_seed_another_leg() -> None:
    shape = replace(LimbShape(), triangles=8000)
    one, two = generate_limb(shape), generate_limb(shape)
    assert one.mesh.vertices.tobytes() == two.mesh.vertices.tobytes()
    other = generate_limb(replace(shape, seed=1))
    assert abs(other.foot_length - one.foot_length) > 0.5


# ANSUR II P50 and standard deviation, computed from the survey's files (science.md §8).
SURVEY = {
    "man": {
        "foot": (271, 13.1),
        "ball": (102, 5.2),
        "heel": (72, 5.5),
        "ankle": (228, 14.6),
        "calf": (392, 29.7),
        "malleoli": (75, 4.1),
        "malleolus": (73, 5.7),
    },
    "woman": {
        "foot": (246, 12.4),
        "ball": (93, 4.8),
        "heel": (67, 5.2),
        "ankle": (215, 14.9),
        "calf": (372, 28.5),
        "malleoli": (67, 3.5),
        "malleolus": (63, 5.1),
    },
}


@pytest.mark.parametrize("name", SURVEY)
def test_average_people_have_the_survey_s_measures(name: str) -> None:
    limb = limb_of(PEOPLE[name])
    medial, lateral = limb.landmarks["medial_malleolus"], limb.landmarks["lateral_malleolus"]
    measured = {
        "foot": limb.foot_length,
        "ball": breadth(limb, 0.55, 0.80),
        "heel": breadth(limb, 0.0, 0.20),
        "ankle": ankle_girth(limb),
        "calf": calf_girth(limb),
        "malleoli": lateral[1] - medial[1],
        "malleolus": lateral[2],
    }
    for measure, (median, deviation) in SURVEY[name].items():
        assert abs(measured[measure] - median) < 0.5 * deviation, measure


def test_girths_grow_with_mass_and_only_the_calf_with_its_fullness() -> None:
    limbs = [limb_of(replace(MAN, mass_kg=mass)) for mass in (55, 70, 85, 110)]
    assert np.all(np.diff([ankle_girth(limb) for limb in limbs]) > 3.0)
    assert np.all(np.diff([calf_girth(limb) for limb in limbs]) > 10.0)
    wasted = limb_of(replace(MAN, calf_fullness=0.85))
    whole = limb_of(MAN)
    assert calf_girth(wasted) == pytest.approx(0.85 * calf_girth(whole), rel=0.01)
    assert ankle_girth(wasted) == pytest.approx(ankle_girth(whole), rel=0.01)


@pytest.mark.parametrize("length", [150.0, 175.0, 190.0])
def test_a_foot_has_the_length_asked_for(length: float) -> None:
    limb = limb_of(replace(CHILD, foot_length_mm=length, ankle_angle_deg=-20))
    foot = limb.mesh.vertices[limb.mesh.vertices[:, 2] < 0.22 * length]
    assert limb.foot_length == pytest.approx(length, abs=0.5)
    assert np.ptp(foot[:, 0]) == pytest.approx(length, abs=0.5)


def test_a_child_s_foot_is_0_152_of_its_stature() -> None:
    assert limb_of(CHILD).foot_length == pytest.approx(0.152 * 1150.0, abs=0.5)


@pytest.mark.parametrize("name", PEOPLE)
def test_landmarks_lie_on_the_skin_and_define_the_frame(name: str) -> None:
    limb = limb_of(PEOPLE[name])
    marks, length = limb.landmarks, limb.foot_length
    assert set(marks) <= set(NAMES)
    assert set(limb.all_landmarks) >= set(marks) | {"navicular", "tibial_crest"}
    for mark, point in limb.all_landmarks.items():
        nearest = np.linalg.norm(limb.mesh.vertices - point, axis=1).min()
        assert nearest < 4.5, mark  # within a triangle of some 6 mm
    assert marks["heel_posterior"][0] == pytest.approx(0.0, abs=1e-9)
    assert marks["heel_plantar"][2] == pytest.approx(0.0, abs=1e-9)
    assert marks["first_metatarsal_head_plantar"][2] == pytest.approx(0.0, abs=1e-9)
    assert abs(marks["fifth_metatarsal_head_plantar"][2]) < 1.0
    assert limb.mesh.bounds[0, 2] > -0.5
    assert limb.ankle_centre[1] == pytest.approx(0.0, abs=1e-9)
    assert marks["hallux_tip"][0] == pytest.approx(length, abs=0.5)
    assert marks["medial_malleolus"][1] < 0.0 < marks["lateral_malleolus"][1]


@pytest.mark.parametrize("angle", [-35.0, -18.0, 0.0, 10.0])
def test_the_shank_turns_about_the_ankle_while_the_foot_stays(angle: float) -> None:
    still, turned = limb_of(MAN), limb_of(replace(MAN, ankle_angle_deg=angle))
    axis = turned.knee_centre - turned.ankle_centre
    assert np.degrees(np.arctan2(axis[0], axis[2])) == pytest.approx(angle, abs=1e-6)
    assert axis[1] == pytest.approx(0.0, abs=1e-6)
    assert np.linalg.norm(turned.ankle_centre - still.ankle_centre) < 2.0
    # The heel's lowest point may lie anywhere on its flat pad.
    for name, reach in (
        ("hallux_tip", 3.0),
        ("fifth_metatarsal_head_lateral", 3.0),
        ("heel_plantar", 7.0),
    ):
        assert np.linalg.norm(turned.landmarks[name] - still.landmarks[name]) < reach, name
    # The malleoli are the shank's: the medial one stays above the lateral in its frame.
    rise = turned.landmarks["medial_malleolus"] - turned.landmarks["lateral_malleolus"]
    along = rise @ axis / np.linalg.norm(axis)
    assert 0.045 < along / turned.foot_length < 0.065


def test_inversion_leans_the_shank_over_the_inner_border_at_the_same_ankle_angle() -> None:
    for inversion in (-12.0, 18.0):
        limb = limb_of(replace(MAN, inversion_deg=inversion, ankle_angle_deg=-15, triangles=6000))
        axis = limb.knee_centre - limb.ankle_centre
        assert np.degrees(np.arctan2(axis[0], axis[2])) == pytest.approx(-15.0, abs=1e-6)
        # A left leg: its inner side is −y.
        assert np.degrees(np.arctan2(-axis[1], axis[2])) == pytest.approx(inversion, abs=1e-6)
        assert limb.ankle_centre[1] == pytest.approx(0.0, abs=1e-9)
        # The sole stays the plane z = 0.
        assert abs(limb.landmarks["fifth_metatarsal_head_plantar"][2]) < 1.5


def test_toe_out_turns_the_knee_inwards_and_leaves_the_malleoli() -> None:
    plain = limb_of(replace(MAN, triangles=6000))
    turned = limb_of(replace(MAN, toe_out_deg=20, triangles=6000))

    def forward(limb: SyntheticLimb) -> float:
        aside, ahead = (limb.landmarks["tibial_tuberosity"] - limb.knee_centre)[[1, 0]]
        return float(np.degrees(np.arctan2(aside, ahead)))

    # Some torsion is left out at the tuberosity, which lies below the knee.
    assert forward(turned) - forward(plain) == pytest.approx(-20.0, abs=2.0)
    for name in ("medial_malleolus", "lateral_malleolus", "hallux_tip"):
        assert np.linalg.norm(turned.landmarks[name] - plain.landmarks[name]) < 1.0, name


def test_bones_lie_where_anatomy_has_them() -> None:
    for shape in (MAN, WOMAN, CHILD, HANGING):
        limb = limb_of(shape)
        marks, length = limb.all_landmarks, limb.foot_length
        axis = (limb.knee_centre - limb.ankle_centre) / np.linalg.norm(
            limb.knee_centre - limb.ankle_centre
        )
        ahead = np.array([axis[2], 0.0, -axis[0]])
        between = marks["medial_malleolus"] - marks["lateral_malleolus"]
        assert between @ axis > 0.03 * length  # the lateral malleolus is lower
        assert between @ ahead > 0.0  # and further back
        navicular, base = marks["navicular"], marks["fifth_metatarsal_base"]
        first, fifth = (
            marks["first_metatarsal_head_medial"],
            marks["fifth_metatarsal_head_lateral"],
        )
        assert marks["medial_malleolus"][0] < navicular[0] < 0.75 * first[0]
        assert navicular[2] > base[2] > 0.0
        assert base[0] < fifth[0] < first[0]
        assert navicular[1] < 0.0 < base[1]
        crest = (marks["tibial_crest"] - limb.ankle_centre) @ axis
        knee = (limb.knee_centre - limb.ankle_centre) @ axis
        assert 0.4 < crest / knee < 0.6


def test_prominent_malleoli_stand_out() -> None:
    def relief(prominence: float) -> float:
        limb = limb_of(replace(MAN, malleolar_prominence_mm=prominence))
        bone = limb.landmarks["lateral_malleolus"]
        near = np.abs(limb.mesh.vertices[:, 2] - bone[2]) < 5.0
        beside = near & (np.abs(limb.mesh.vertices[:, 0] - bone[0] - 22.0) < 4.0)
        return float(bone[1] - limb.mesh.vertices[beside, 1].max())

    assert relief(9.0) > relief(5.0) + 1.0 > relief(0.0) + 1.5


def test_a_low_cut_drops_the_landmarks_above_it() -> None:
    limb = limb_of(replace(MAN, top_mm=-100))
    assert "fibular_head" not in limb.landmarks
    assert "medial_malleolus" in limb.landmarks


def test_scanner_effects_add_what_they_say() -> None:
    clean = limb_of(MAN).mesh
    effects = ScannerEffects(noise_mm=0.5, holes=2, fragments=3, floor_radius_mm=150)
    rough = generate_limb(replace(MAN, scanner=effects)).mesh
    assert rough.component_of_vertex.max() == 4  # leg, three fragments, floor
    assert len(rough.boundary_loops()) == 1 + 2 + 3 + 1
    noisy = generate_limb(replace(MAN, scanner=ScannerEffects(noise_mm=0.5))).mesh
    away = np.einsum("ij,ij->i", noisy.vertices - clean.vertices, clean.vertex_normals)
    assert away.std() == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ankle_angle_deg": -50.0}, "-35 to 10 deg"),
        ({"sex": "other"}, "female, male"),
        ({"mass_kg": 20.0}, "body-mass index"),
        ({"foot_length_mm": 120.0}, "of the stature"),
        ({"height_mm": 950.0, "mass_kg": 14.0, "age_years": 4.0, "top_mm": -200.0}, "top_mm -200"),
    ],
)
def test_impossible_bodies_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ParameterRefused, match=words):
        generate_limb(replace(MAN, **change))


def test_the_demonstration_limb_is_what_the_generator_makes() -> None:
    data = (SCANS / "demo_limb.ply").read_bytes()
    assert len(data) < 1_000_000
    head, _, body = data.partition(b"end_header\n")
    assert b"comment" not in head
    limb = generate_limb()
    count, faces = len(limb.mesh.vertices), len(limb.mesh.triangles)
    assert f"element vertex {count}\n".encode() in head
    assert 40_000 < faces < 44_000
    points = np.frombuffer(body[: 12 * count], dtype="<f4").reshape(-1, 3)
    # 3 µm: rounding to a micrometre and to single precision, and another processor's last bits.
    assert np.abs(points - limb.mesh.vertices).max() < 0.003
    rows = np.frombuffer(body[12 * count :], dtype=[("count", "u1"), ("corners", "<i4", 3)])
    assert np.array_equal(rows["corners"], limb.mesh.triangles)
    assert struct.calcsize("<B3i") == rows.itemsize
    truth = json.loads((SCANS / "demo_limb.landmarks.json").read_text())
    assert set(truth) == set(limb.landmarks)
    for name, point in limb.landmarks.items():
        assert np.abs(point - truth[name]).max() < 0.011, name
