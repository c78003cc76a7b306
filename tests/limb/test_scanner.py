"""Scanner effects: each adds what it says to a leg, alone, and the same for the same seed."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.clutter import hand, support
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.limb.scanner import ScannerEffects, scanned


@pytest.fixture(scope="module")
def leg() -> TriMesh:
    return generate_limb(LimbShape(ankle_angle_deg=-10, triangles=9000)).mesh


def seen(leg: TriMesh, seed: int = 1, **effects: float) -> TriMesh:
    return scanned(leg, ScannerEffects(**effects), np.random.default_rng(seed))


def pieces(mesh: TriMesh) -> int:
    return int(mesh.component_of_vertex.max()) + 1


def covered(leg: TriMesh, mesh: TriMesh) -> np.ndarray:
    """Which triangles of the leg the scan still shows."""
    gap = cKDTree(mesh.corners.mean(axis=1)).query(leg.corners.mean(axis=1))[0]
    return gap < 1e-9


def test_a_perfect_scanner_changes_nothing(leg: TriMesh) -> None:
    assert seen(leg) is leg


EVERYTHING = {
    "noise_mm": 0.4,
    "wave_mm": 0.5,
    "drift_mm": 0.5,
    "wrinkle_mm": 0.5,
    "spikes_per_mille": 1.0,
    "holes": 3.0,
    "heel_hole_mm": 30.0,
    "hidden_sole": 0.2,
    "hidden_toes_mm": 10.0,
    "fragments": 2.0,
    "floor_radius_mm": 150.0,
    "floor_tilt_deg": 5.0,
    "hand_cm2": 40.0,
    "chair": 0.5,
    "other_leg": 0.3,
    "ghost_mm": 3.0,
    "top_tilt_deg": 10.0,
    "top_ragged_mm": 10.0,
}


def test_the_same_seed_gives_the_same_scan(leg: TriMesh) -> None:
    one, two = seen(leg, **EVERYTHING), seen(leg, **EVERYTHING)
    assert one.vertices.tobytes() == two.vertices.tobytes()
    assert np.array_equal(one.triangles, two.triangles)
    assert np.isfinite(one.vertices).all()


def test_one_effect_leaves_the_others_draws_alone(leg: TriMesh) -> None:
    holes = covered(leg, seen(leg, holes=4))
    both = seen(leg, holes=4, fragments=5, ghost_mm=3)
    assert np.array_equal(holes, covered(leg, both))


@pytest.mark.parametrize(
    ("effects", "deviation"),
    [({"wave_mm": 1.0, "wave_length_mm": 40.0}, 1.0), ({"noise_mm": 0.6}, 0.6)],
)
def test_waves_and_noise_have_the_deviation_asked_for(
    leg: TriMesh, effects: dict[str, float], deviation: float
) -> None:
    away = np.einsum("ij,ij->i", seen(leg, **effects).vertices - leg.vertices, leg.vertex_normals)
    assert away.std() == pytest.approx(deviation, rel=0.2)


def test_waves_are_smooth_and_noise_is_not(leg: TriMesh) -> None:
    def roughness(mesh: TriMesh) -> float:
        out = np.einsum("ij,ij->i", mesh.vertices - leg.vertices, leg.vertex_normals)
        a, b = leg.edges.T
        return float((out[a] - out[b]).std() / out.std())

    assert roughness(seen(leg, wave_mm=1.0)) < 0.8
    assert roughness(seen(leg, noise_mm=1.0)) > 1.2


def test_drift_bends_the_leg_but_not_its_skin(leg: TriMesh) -> None:
    drifted = seen(leg, drift_mm=2.0)
    moved = drifted.vertices - leg.vertices
    assert 0.5 < moved.std() < 4.0
    before, after = (
        np.linalg.norm(np.diff(mesh.vertices[mesh.edges], axis=1), axis=2)
        for mesh in (leg, drifted)
    )
    assert np.abs(after / before - 1.0).max() < 0.2


def test_spikes_are_few_and_far(leg: TriMesh) -> None:
    away = np.linalg.norm(
        seen(leg, spikes_per_mille=5, spike_mm=20).vertices - leg.vertices, axis=1
    )
    thrown = away > 0.0
    assert 0.001 < thrown.mean() < 0.012
    assert 6.0 - 1e-9 <= away[thrown].min() <= away.max() <= 20.0 + 1e-9


def test_wrinkles_only_stand_out(leg: TriMesh) -> None:
    out = np.einsum(
        "ij,ij->i", seen(leg, wrinkle_mm=1.5).vertices - leg.vertices, leg.vertex_normals
    )
    assert out.min() > -1e-9
    assert out.max() > 0.7


def test_a_heel_hole_is_where_the_heel_was(leg: TriMesh) -> None:
    hidden = leg.corners[~covered(leg, seen(leg, heel_hole_mm=40))].mean(axis=1)
    assert hidden[:, 0].max() < 45.0
    assert hidden[:, 2].max() < 75.0


def test_a_hidden_sole_takes_skin_that_looks_down(leg: TriMesh) -> None:
    gone = ~covered(leg, seen(leg, hidden_sole=1.0))
    assert leg.triangle_normals[gone, 2].max() < -0.5
    assert leg.areas[gone].sum() > 9000.0
    half = ~covered(leg, seen(leg, hidden_sole=0.5))
    assert leg.corners[half].mean(axis=1)[:, 0].min() > 100.0


def test_hidden_toes_shorten_the_foot(leg: TriMesh) -> None:
    whole, cut = leg.bounds[1, 0], seen(leg, hidden_toes_mm=40).bounds[1, 0]
    assert cut == pytest.approx(whole - 40.0, abs=6.0)  # by whole triangles


@pytest.mark.parametrize("tilt", [0.0, 0.17])
def test_the_floor_lies_under_the_leg_and_all_but_touches(leg: TriMesh, tilt: float) -> None:
    floor = support(leg, 160.0, tilt, np.random.default_rng(2))
    normal = floor.area_vectors.sum(axis=0)
    normal /= np.linalg.norm(normal)
    assert normal[2] == pytest.approx(np.cos(tilt), abs=1e-6)
    height = (leg.vertices - floor.vertices[0]) @ normal
    assert height.min() == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("area", [30.0, 80.0])
def test_a_hand_hides_about_its_area_and_is_a_piece_of_its_own(leg: TriMesh, area: float) -> None:
    scan = seen(leg, hand_cm2=area)
    gone = ~covered(leg, scan)
    hidden = leg.areas[gone].sum() / 100.0
    assert 0.5 * area < hidden < 1.6 * area
    assert leg.corners[gone].mean(axis=1)[:, 2].max() < 45.0
    assert len(scan.triangles) > len(leg.triangles) - gone.sum()  # and the hand itself is there
    assert hand(leg, 0.0, np.random.default_rng(1)) is None


def test_chair_and_other_leg_stand_apart(leg: TriMesh) -> None:
    beside = seen(leg, other_leg=1.0)
    other = beside.kept(np.arange(len(beside.triangles)) >= len(leg.triangles))
    assert other.bounds[1, 1] < leg.bounds[0, 1]
    assert len(other.triangles) == len(leg.triangles)
    behind = seen(leg, chair=1.0)
    seat = behind.kept(np.arange(len(behind.triangles)) >= len(leg.triangles))
    assert closest_points(seat.vertices[::20], leg)[1].min() > 5.0


def test_a_ghost_is_a_displaced_second_surface(leg: TriMesh) -> None:
    scan = seen(leg, ghost_mm=3.0, ghost_share=0.4)
    ghost = scan.kept(np.arange(len(scan.triangles)) >= len(leg.triangles))
    assert len(ghost.triangles) == pytest.approx(0.4 * len(leg.triangles), rel=0.02)
    away = closest_points(ghost.vertices[::10], leg)[1]
    assert away.max() < 3.0 + 1e-6
    assert np.quantile(away, 0.9) > 1.5


def test_a_tilted_top_only_takes_away(leg: TriMesh) -> None:
    scan = seen(leg, top_tilt_deg=20)
    assert 0.8 < len(scan.triangles) / len(leg.triangles) < 1.0
    rim = scan.vertices[np.unique(scan.boundary_edges)]
    normal = np.linalg.svd(rim - rim.mean(axis=0))[2][2]
    clean = leg.vertices[np.unique(leg.boundary_edges)]
    before = np.linalg.svd(clean - clean.mean(axis=0))[2][2]
    assert np.degrees(np.arccos(abs(normal @ before))) == pytest.approx(20.0, abs=2.0)


def test_slices_keep_the_leg_s_shape() -> None:
    shape = LimbShape(ankle_angle_deg=-20, triangles=9000)
    whole = generate_limb(shape).mesh
    rings = generate_limb(replace(shape, scanner=ScannerEffects(slice_mm=5.0))).mesh
    assert pieces(rings) == 1
    assert len(rings.boundary_loops()) == 1
    away = closest_points(rings.vertices[::7], whole)[1]
    assert np.quantile(away, 0.99) < 1.0  # points of a ring lie on the skin
    back = closest_points(whole.vertices[whole.vertices[:, 0] < 200][::7], rings)[1]
    assert np.quantile(back, 0.95) < 1.5
