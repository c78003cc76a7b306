"""Places on the skin: they hold still under noise, fall in confidence over holes, obey picks."""

import numpy as np
import pytest
from limb_scans import as_scan, in_scan_axes

from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.detection import probability_close
from afo_designer.limb.landmarks import CLOSE, NAMES, SURE, Source
from afo_designer.limb.locate import locate_limb

SHANK = ("fibular_head", "tibial_tuberosity", "tibial_crest")
LOW = tuple(name for name in NAMES if name not in SHANK)


def noisy(mesh, sigma, seed):
    noise = np.random.default_rng(seed).normal(0.0, sigma, len(mesh.vertices))
    return mesh.with_vertices(mesh.vertices + noise[:, None] * mesh.vertex_normals)


def distances(one, other, names):
    return np.array([np.linalg.norm(one[name] - other[name]) for name in names])


# Confidence ------------------------------------------------------------------------------------


def test_probability_is_maxwells():
    # chi-squared with three degrees of freedom at 3 (tables): 0.6084
    assert probability_close(CLOSE) == pytest.approx(0.6084, abs=0.12)
    falling = [probability_close(error) for error in np.linspace(0.1, 60.0, 200)]
    assert np.all(np.diff(falling) <= 1e-12)
    assert falling[0] > 0.99
    assert falling[-1] < 0.1


def test_confidence_falls_over_a_hole_and_nowhere_else(demo_limb, demo_mesh):
    whole = in_scan_axes(demo_limb)
    centres = demo_mesh.corners.mean(axis=1)
    holed = np.linalg.norm(centres - whole["medial_malleolus"], axis=1) < 24.0
    limb = locate_limb(as_scan(demo_mesh.kept(~holed)))
    before, after = demo_limb.landmarks, limb.landmarks
    assert after["medial_malleolus"].confidence < before["medial_malleolus"].confidence - 0.02
    for name in ("lateral_malleolus", "hallux_tip", "fifth_metatarsal_head_lateral"):
        assert after[name].confidence > SURE
    moved = distances(whole, in_scan_axes(limb), LOW)
    assert moved[0] < CLOSE
    assert np.all(moved[1:] < 3.0)


# Noise and triangles ---------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.25, 0.5])
def test_noise_moves_landmarks_by_about_itself(sigma, demo_limb, demo_mesh):
    clean = in_scan_axes(demo_limb)
    found = in_scan_axes(locate_limb(as_scan(noisy(demo_mesh, sigma, 1))))
    moved = distances(clean, found, LOW)
    assert np.median(moved) < 1.2 * sigma
    assert moved.max() < 4.0 * sigma
    assert distances(clean, found, SHANK).max() < 5.0


def test_order_of_vertices_and_triangles_moves_nothing(demo_limb, demo_mesh):
    random = np.random.default_rng(11)
    order = random.permutation(len(demo_mesh.vertices))
    place = np.argsort(order)
    triangles = random.permutation(place[demo_mesh.triangles])
    found = locate_limb(as_scan(TriMesh(demo_mesh.vertices[order], triangles)))
    assert distances(in_scan_axes(demo_limb), in_scan_axes(found), NAMES).max() < 0.1


def test_landmarks_lie_on_the_skin(demo_limb):
    vertices = demo_limb.mesh.vertices
    for name in NAMES:
        away = np.linalg.norm(vertices - demo_limb.landmarks.position(name), axis=1).min()
        assert away < 3.5, name


# Picks -----------------------------------------------------------------------------------------


def test_a_wrong_pick_wins_for_itself_and_spoils_no_other(demo_limb, demo_mesh):
    places = in_scan_axes(demo_limb)
    pick = places["navicular"] + [35.0, 0.0, 0.0]
    pick[2] -= 8.0
    limb = locate_limb(as_scan(demo_mesh), given={"navicular": pick})
    found = in_scan_axes(limb)
    assert found["navicular"] == pytest.approx(pick, abs=1e-9)
    assert limb.landmarks["navicular"].source is Source.GIVEN
    others = [name for name in LOW if name != "navicular"]
    assert distances(places, found, others).max() < 1.0
    assert any("navicular" in note and "check it" in note for note in limb.notes)


def test_right_picks_leave_no_doubt(demo_mesh, demo_truth):
    given = {name: demo_truth[name] for name in ("medial_malleolus", "lateral_malleolus")}
    limb = locate_limb(as_scan(demo_mesh), given=given)
    assert not any("check it" in note for note in limb.notes)
    found = in_scan_axes(limb)
    assert np.median(distances(demo_truth, found, JUDGED)) < 3.0


JUDGED = NAMES[:10]
