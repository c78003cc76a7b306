"""A limb found in a scan: the same in every pose, mirrored in a mirror, picked points obeyed."""

import json

import numpy as np
import pytest
from limb_scans import SCANS, as_scan, in_scan_axes, load, other

from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.generator import generate_limb
from afo_designer.limb.landmarks import NAMES, Source
from afo_designer.limb.locate import FootLengthImplausible, LandmarkRefused, locate_limb
from afo_designer.limb.population import degraded, patient
from afo_designer.limb.reading import SideContradicted, SideUnclear, TwoLegsFound
from afo_designer.limb.scan import Side
from afo_designer.limb.shank import NoFootFound
from afo_designer.limb.unit import scan_from_mesh

JUDGED = NAMES[:10]
TRUTH_NAMES = {
    "medial_malleolus": "malleolus_medial",
    "lateral_malleolus": "malleolus_lateral",
    "first_metatarsal_head_medial": "mt1_head_medial",
    "first_metatarsal_head_plantar": "mt1_head_plantar",
    "fifth_metatarsal_head_lateral": "mt5_head_lateral",
    "fifth_metatarsal_head_plantar": "mt5_head_plantar",
    "second_toe_tip": "toe2_tip",
}


def errors(limb, truth):
    found = in_scan_axes(limb)
    return np.array([np.linalg.norm(found[n] - truth[n]) for n in JUDGED if n in truth])


def joined(first, second):
    return TriMesh(
        np.vstack([first.vertices, second.vertices]),
        np.vstack([first.triangles, second.triangles + len(first.vertices)]),
    )


def below(mesh, height):
    return mesh.kept((mesh.corners[:, :, 2] < height).all(axis=1))


# Laws ------------------------------------------------------------------------------------------


def test_limb_frame_is_what_it_says(demo_limb):
    limb = demo_limb
    mark = limb.landmarks.position
    lateral = limb.side.lateral_y
    assert limb.mesh.bounds[0, 2] == pytest.approx(0.0, abs=2.0)
    assert limb.mesh.vertices[limb.mesh.vertices[:, 2] < 40.0, 0].min() == pytest.approx(0, abs=1.0)
    assert limb.ankle_centre[1] == pytest.approx(0.0, abs=1e-9)
    middle = 0.5 * (mark("medial_malleolus") + mark("lateral_malleolus"))
    assert limb.ankle_centre == pytest.approx(middle)
    assert lateral * limb.ankle_axis[1] > 0.9
    assert lateral * mark("fifth_metatarsal_head_lateral")[1] > 20.0
    assert limb.shank_axis[0] / limb.shank_axis[2] == pytest.approx(np.tan(limb.ankle_angle))
    assert limb.shank_axis[2] > 0.8
    assert set(limb.landmarks) == set(NAMES)
    assert all(0.0 < found.confidence <= 1.0 for found in limb.landmarks.values())


def test_rigid_motion_changes_nothing_but_the_frame(demo_limb, demo_mesh, motion):
    moved = locate_limb(as_scan(demo_mesh.with_vertices(motion.apply(demo_mesh.vertices))))
    assert moved.side is demo_limb.side
    for name, mark in demo_limb.landmarks.items():
        assert moved.landmarks.position(name) == pytest.approx(mark.position, abs=0.05)
    together = moved.frame_from_scan @ motion
    assert together.matrix == pytest.approx(demo_limb.frame_from_scan.matrix, abs=0.05)
    for name in ("ankle_angle", "foot_length", "ankle_girth", "calf_girth", "top_height"):
        assert getattr(moved, name) == pytest.approx(getattr(demo_limb, name), abs=0.3)


def test_mirror_gives_the_mirrored_other_leg(demo_limb, demo_mesh):
    mirrored = locate_limb(as_scan(demo_mesh.mirrored_y()))
    assert mirrored.side is other(demo_limb.side)
    assert mirrored.ankle_angle == pytest.approx(demo_limb.ankle_angle, abs=1e-9)
    for name, mark in demo_limb.landmarks.items():
        flipped = mark.position * [1.0, -1.0, 1.0]
        assert mirrored.landmarks.position(name) == pytest.approx(flipped, abs=1e-6)


def test_same_scan_same_limb(demo_limb, demo_mesh):
    again = locate_limb(as_scan(demo_mesh))
    assert np.array_equal(again.mesh.vertices, demo_limb.mesh.vertices)
    assert np.array_equal(again.knee_centre, demo_limb.knee_centre)
    assert again.notes == demo_limb.notes


def test_mesh_keeps_its_resolution_and_faces_out(demo_limb, demo_mesh):
    assert len(demo_limb.mesh.triangles) == len(demo_mesh.triangles)
    centres = demo_limb.mesh.corners.mean(axis=1)
    shank = (centres[:, 2] > 150.0) & (centres[:, 2] < 300.0)
    axis = demo_limb.shank_axis
    offset = centres[shank] - demo_limb.ankle_centre
    away = offset - (offset @ axis)[:, None] * axis
    facing = (away * demo_limb.mesh.triangle_normals[shank]).sum(axis=1) > 0.0
    assert facing.mean() > 0.99


@pytest.mark.parametrize("state", ["inverted", "half inverted", "loose triangles"])
def test_winding_and_joining_do_not_matter(state, demo_limb, demo_mesh):
    if state == "inverted":
        mesh = demo_mesh.flipped()
    elif state == "half inverted":
        triangles = demo_mesh.triangles.copy()
        triangles[::2] = triangles[::2, ::-1]
        mesh = TriMesh(demo_mesh.vertices, triangles)
    else:
        count = len(demo_mesh.triangles) * 3
        mesh = TriMesh(demo_mesh.corners.reshape(-1, 3), np.arange(count).reshape(-1, 3))
    limb = locate_limb(as_scan(mesh))
    assert limb.mesh.is_closed == demo_limb.mesh.is_closed
    assert len(limb.mesh.vertices) == len(demo_limb.mesh.vertices)
    for name in JUDGED:
        found = limb.landmarks.position(name)
        assert found == pytest.approx(demo_limb.landmarks.position(name), abs=3.0)
    offset = limb.mesh.corners.mean(axis=1) - [0.0, 0.0, limb.top_height]
    assert np.einsum("ij,ij->", offset, limb.mesh.area_vectors) > 0.0


# Degraded scans --------------------------------------------------------------------------------


@pytest.mark.parametrize("height", [330.0, 220.0])
def test_top_cut(height, demo_limb, demo_mesh, demo_truth):
    limb = locate_limb(as_scan(below(demo_mesh, height)))
    assert limb.side is demo_limb.side
    assert limb.top_height < height + 15.0
    assert "fibular_head" not in limb.landmarks
    whole, cut = in_scan_axes(demo_limb), in_scan_axes(limb)
    assert all(np.linalg.norm(whole[name] - cut[name]) < 5.0 for name in JUDGED)
    assert np.degrees(limb.ankle_angle - demo_limb.ankle_angle) == pytest.approx(0.0, abs=3.0)
    assert any("scan ends" in note for note in limb.notes)


def test_top_height_is_below_the_lowest_notch_of_the_rim(demo_limb, demo_mesh):
    centres = demo_mesh.corners.mean(axis=1)
    notch = np.linalg.norm(centres - [-20.0, 55.0, 410.0], axis=1) < 60.0
    limb = locate_limb(as_scan(demo_mesh.kept(~notch)))
    assert limb.top_height < demo_limb.top_height - 20.0


def test_floor_and_fragments_are_removed(demo_limb, demo_mesh):
    x, y = np.meshgrid(np.linspace(-100.0, 400.0, 40), np.linspace(-150.0, 150.0, 30))
    corner = (np.arange(29)[:, None] * 40 + np.arange(39)).ravel()
    cells = np.vstack([corner[:, None] + [0, 1, 41], corner[:, None] + [0, 41, 40]])
    floor = TriMesh(np.column_stack([x.ravel(), y.ravel(), np.full(x.size, -3.0)]), cells)
    fragment = floor.with_vertices(floor.vertices * 0.05 + [0.0, 200.0, 200.0])
    bent = fragment.vertices + np.outer((fragment.vertices[:, 0] / 5.0) ** 2, [0.0, 0.0, 1.0])
    limb = locate_limb(as_scan(joined(joined(demo_mesh, floor), fragment.with_vertices(bent))))
    assert len(limb.mesh.triangles) == len(demo_limb.mesh.triangles)
    assert sum("floor" in note or "fragment" in note for note in limb.notes) == 2


def test_noise_costs_millimetres_not_the_limb(demo_mesh, demo_limb):
    noise = np.random.default_rng(1).normal(0.0, 0.5, demo_mesh.vertices.shape)
    limb = locate_limb(as_scan(demo_mesh.with_vertices(demo_mesh.vertices + noise)))
    clean, noisy = in_scan_axes(demo_limb), in_scan_axes(limb)
    assert np.median([np.linalg.norm(clean[n] - noisy[n]) for n in JUDGED]) < 3.0
    assert limb.side is demo_limb.side
    assert limb.grade != "A"


def test_stray_points_are_drawn_back(demo_mesh, demo_limb):
    vertices = demo_mesh.vertices.copy()
    vertices[5000:20000:1500] += demo_mesh.vertex_normals[5000:20000:1500] * 20.0
    limb = locate_limb(as_scan(demo_mesh.with_vertices(vertices)))
    assert limb.foot_length == pytest.approx(demo_limb.foot_length, abs=0.5)
    assert any("stray" in note for note in limb.notes)


# Given things ----------------------------------------------------------------------------------


def test_given_landmark_wins_and_draws_its_neighbours(demo_limb, demo_mesh):
    places = in_scan_axes(demo_limb)
    pick = places["lateral_malleolus"] + [6.0, 0.0, 4.0]
    limb = locate_limb(as_scan(demo_mesh), given={"lateral_malleolus": pick})
    mark = limb.landmarks["lateral_malleolus"]
    assert mark.source is Source.GIVEN
    assert mark.confidence == 1.0
    assert in_scan_axes(limb)["lateral_malleolus"] == pytest.approx(pick, abs=1e-9)
    assert limb.landmarks["hallux_tip"].source is Source.DETECTED
    assert in_scan_axes(limb)["hallux_tip"] == pytest.approx(places["hallux_tip"], abs=0.5)


def test_all_given_are_returned_as_given(demo_mesh, demo_truth, motion):
    moved = demo_mesh.with_vertices(motion.apply(demo_mesh.vertices))
    given = {name: motion.apply(place) for name, place in demo_truth.items()}
    limb = locate_limb(as_scan(moved), given=given)
    assert limb.side_source == "given"
    for name, place in in_scan_axes(limb).items():
        assert place == pytest.approx(given[name], abs=1e-8)


def test_given_landmark_off_the_skin_is_refused(demo_mesh):
    with pytest.raises(LandmarkRefused, match=r"heel_posterior lies .* mm from"):
        locate_limb(as_scan(demo_mesh), given={"heel_posterior": [0.0, 500.0, 0.0]})
    with pytest.raises(LandmarkRefused, match="unknown landmark 'heel'"):
        locate_limb(as_scan(demo_mesh), given={"heel": [0.0, 0.0, 0.0]})


def test_given_side_is_obeyed_or_contradicted(demo_limb, demo_mesh):
    assert demo_limb.side_source == "inferred"
    limb = locate_limb(as_scan(demo_mesh), side=demo_limb.side)
    assert limb.side_source == "given"
    with pytest.raises(SideContradicted, match=r"given as right.*shape of a left leg.*--side"):
        locate_limb(as_scan(demo_mesh), side=Side.RIGHT)


def test_who_insists_on_a_side_gets_it_in_writing(demo_limb, demo_mesh):
    limb = locate_limb(as_scan(demo_mesh), side=Side.RIGHT, insist=True)
    assert (limb.side, limb.side_source) == (Side.RIGHT, "given")
    [note] = [note for note in limb.notes if "the side that was given stands" in note]
    assert "given as right" in note
    assert "misfit" in note
    medial, lateral = (limb.landmarks.position(f"{a}_malleolus")[1] for a in ("medial", "lateral"))
    assert medial > lateral  # +y is the person's left
    quiet = locate_limb(as_scan(demo_mesh), side=demo_limb.side, insist=True)
    assert quiet.notes == demo_limb.notes


def test_picked_malleoli_against_the_side_are_refused(demo_mesh, demo_truth):
    swapped = {
        "medial_malleolus": demo_truth["lateral_malleolus"],
        "lateral_malleolus": demo_truth["medial_malleolus"],
    }
    with pytest.raises(SideContradicted, match="landmarks lie as on a right leg"):
        locate_limb(as_scan(demo_mesh), side=Side.LEFT, given=swapped)


# Refusals --------------------------------------------------------------------------------------


def test_no_leg_is_refused(shared_leg):
    for path in sorted((SCANS / "not_a_leg").glob("*.stl")):
        with pytest.raises(NoFootFound, match="no foot found"):
            locate_limb(as_scan(load(path)))


def test_parts_of_a_leg_are_refused(demo_mesh):
    centres = demo_mesh.corners.mean(axis=1)
    for part in (centres[:, 2] > 110.0, centres[:, 0] > 60.0):
        with pytest.raises((NoFootFound, SideUnclear)):
            locate_limb(as_scan(demo_mesh.kept(part)))


def test_two_legs_of_which_none_is_named_are_refused(demo_mesh):
    second = demo_mesh.mirrored_y()
    pair = joined(demo_mesh, second.with_vertices(second.vertices + np.array([0.0, 250.0, 0.0])))
    with pytest.raises(TwoLegsFound, match=r"two legs, \d+ mm apart; give the side"):
        locate_limb(as_scan(pair))
    beside = demo_mesh.vertices + np.array([0.0, 250.0, 0.0])
    twins = joined(demo_mesh, demo_mesh.with_vertices(beside))
    with pytest.raises(TwoLegsFound, match="both have the shape of a left leg; crop"):
        locate_limb(as_scan(twins), side=Side.LEFT)


def test_a_chair_beside_the_leg_is_not_its_fellow():
    """Patient 427's scan, as a clinic gives it: the chair passes for a poor leg of either side."""
    scan = scan_from_mesh(generate_limb(degraded(patient(427), 427)).file_mesh, "", "stl")
    for side in (None, Side.LEFT):
        found = locate_limb(scan, side=side)
        assert found.side is Side.LEFT
        assert any("looks little like one" in note for note in found.notes)
    with pytest.raises(SideContradicted):
        locate_limb(scan, side=Side.RIGHT)


def test_of_two_legs_the_ordered_one_is_taken(demo_limb, demo_mesh):
    right = demo_mesh.mirrored_y()
    pair = joined(demo_mesh, right.with_vertices(right.vertices + np.array([0.0, 250.0, 0.0])))
    limb = locate_limb(as_scan(pair), side=Side.RIGHT)
    assert limb.side is Side.RIGHT
    assert any("two legs" in note and "right one was taken" in note for note in limb.notes)
    limb = locate_limb(as_scan(pair), side=demo_limb.side)
    np.testing.assert_allclose(
        limb.landmarks.position("hallux_tip"), demo_limb.landmarks.position("hallux_tip"), atol=0.01
    )
    pick = in_scan_axes(demo_limb)["lateral_malleolus"]
    limb = locate_limb(as_scan(pair), given={"lateral_malleolus": pick})
    assert limb.side is demo_limb.side
    assert any("the one with the landmarks" in note for note in limb.notes)


def test_wrong_unit_shows_in_the_foot(demo_mesh):
    with pytest.raises(FootLengthImplausible, match="give the right unit"):
        locate_limb(as_scan(demo_mesh.with_vertices(demo_mesh.vertices * 2.54)))


# Truth -----------------------------------------------------------------------------------------


def test_demo_limb_within_the_target(demo_limb, demo_truth):
    found = errors(demo_limb, demo_truth)
    assert np.median(found) <= 6.0
    assert np.percentile(found, 90) <= 12.0


@pytest.mark.parametrize("name", ["population/053", "population/058", "makehuman/12_toddler_pf30"])
def test_legs_not_fitted_on(name, shared_leg):
    mesh, truth = shared_leg(name)
    limb = locate_limb(as_scan(mesh))
    marks = {n: np.array(truth["landmarks"][TRUTH_NAMES.get(n, n)]) for n in JUDGED}
    assert limb.side == truth["side"]
    assert np.median(errors(limb, marks)) <= 3.0
    assert np.max(errors(limb, marks)) <= 8.0
    angle = truth.get("ankle_angle_deg", -truth.get("plantarflexion_deg", 0.0))
    assert np.degrees(limb.ankle_angle) == pytest.approx(angle, abs=3.0)


def test_imaged_leg(shared_leg):
    mesh, _ = shared_leg("bodyparts3d/right_lower_leg_skin")
    limb = locate_limb(as_scan(mesh))
    marks = json.loads((SCANS / "bodyparts3d" / "landmarks.json").read_text())["skin_landmarks"]
    found = in_scan_axes(limb)
    assert limb.side is Side.RIGHT
    for ours in ("medial_malleolus", "lateral_malleolus"):
        assert np.linalg.norm(found[ours] - marks[TRUTH_NAMES[ours]]) <= 12.0
    assert np.linalg.norm(found["hallux_tip"] - marks["foot_tip_longest_toe"]) <= 6.0
    assert limb.foot_length == pytest.approx(247.4, abs=4.0)
    assert 200.0 < limb.ankle_girth < 240.0
    assert 340.0 < limb.calf_girth < 400.0


def test_phone_scan_of_an_imaged_leg(shared_leg):
    mesh, truth = shared_leg("scanlike/bp3d_right_phone_noise")
    limb = locate_limb(as_scan(mesh))
    assert limb.side is Side.RIGHT
    marks = truth["landmarks"]
    found = in_scan_axes(limb)
    for ours in ("medial_malleolus", "lateral_malleolus"):
        assert np.linalg.norm(found[ours] - marks[TRUTH_NAMES[ours]]) <= 12.0
