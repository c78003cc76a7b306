"""Cast modification as a whole: what was asked for is there, and nothing else."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from afo_designer.cast.modification import CastRefused, modify_cast
from afo_designer.cast.parameters import CastParameters, Relief
from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.parameter import leaves
from afo_designer.limb.landmarks import Landmarks
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Side

NO_RELIEF = Relief(
    **{leaf.key: 0.0 for leaf, _ in leaves(Relief()) if leaf.key != "feather_mm"},
)
NOTHING = CastParameters(clearance_mm=0.0, plantar_flattening=0.0, relief=NO_RELIEF)


def distance_to(mesh: TriMesh, points: np.ndarray) -> np.ndarray:
    """Distance from points (n, 3) to the nearest triangles' planes: exact for near, gentle skin."""
    _, nearest = cKDTree(mesh.corners.mean(axis=1)).query(points, k=6)
    offset = points[:, None] - mesh.corners[nearest, 0]
    apart = np.abs(np.einsum("ikj,ikj->ik", offset, mesh.triangle_normals[nearest]))
    return apart.min(axis=1)


def covered(positive: PositiveModel) -> np.ndarray:
    """Triangles an orthosis may cover: all but the toes, whose clefts no offset respects."""
    middle = positive.skin.corners.mean(axis=1)
    return (middle[:, 0] < 0.66 * positive.limb.foot_length) & (positive.skin.areas > 1e-3)


@pytest.fixture(scope="module")
def hanging(made_limb) -> PositiveModel:
    return modify_cast(made_limb(-25.0), 0.0, 8.0, CastParameters())


@pytest.mark.parametrize("angle", [-25.0, 0.0])
def test_nothing_asked_nothing_changed(made_limb, angle: float) -> None:
    limb: Limb = made_limb(angle)
    positive = modify_cast(limb, limb.ankle_angle, 0.0, NOTHING)
    count = len(limb.mesh.vertices)
    np.testing.assert_array_equal(positive.mesh.vertices[:count], limb.mesh.vertices)
    assert positive.mesh.areas.sum() == pytest.approx(limb.mesh.areas.sum(), rel=1e-12)
    assert positive.mesh.volume == pytest.approx(limb.mesh.volume, rel=1e-12)
    assert (positive.correction, positive.volume_change) == (0.0, 0.0)
    assert positive.reliefs == positive.notes == ()
    np.testing.assert_array_equal(positive.offset, 0.0)


def test_the_same_twice_and_the_input_untouched(made_limb, hanging: PositiveModel) -> None:
    limb: Limb = made_limb(-25.0)
    before = limb.mesh.vertices.copy()
    again = modify_cast(limb, 0.0, 8.0, CastParameters())
    np.testing.assert_array_equal(limb.mesh.vertices, before)
    assert again.mesh.vertices.tobytes() == hanging.mesh.vertices.tobytes()
    assert again.offset.tobytes() == hanging.offset.tobytes()


def test_a_mirrored_limb_gives_the_mirrored_model(made_limb, mirrored, hanging) -> None:
    other = modify_cast(mirrored(made_limb(-25.0)), 0.0, 8.0, CastParameters())
    flip = [1.0, -1.0, 1.0]
    np.testing.assert_allclose(other.skin.vertices, hanging.skin.vertices * flip, atol=1e-9)
    np.testing.assert_allclose(other.mesh.vertices, hanging.mesh.vertices * flip, atol=1e-9)
    np.testing.assert_allclose(other.offset, hanging.offset, atol=1e-9)
    for mine, theirs in zip(hanging.reliefs, other.reliefs, strict=True):
        np.testing.assert_allclose(theirs.path, mine.path * flip, atol=1e-9)


@pytest.mark.parametrize("scanned", [-32.0, -25.0, 0.0, 8.0])
@pytest.mark.parametrize("height", [1150.0, 1755.0])
def test_volume_stays_and_no_triangle_turns_over(made_limb, scanned: float, height: float) -> None:
    limb: Limb = made_limb(scanned, Side.RIGHT, height)
    positive = modify_cast(limb, 0.0, 8.0, CastParameters())
    assert abs(positive.volume_change) < 0.02
    turned = np.einsum("ij,ij->i", positive.mesh.area_vectors, positive.skin.area_vectors) <= 0.0
    assert not np.any(turned & covered(positive))


def test_the_angle_asked_for_is_reached_and_a_large_correction_warned_of(made_limb) -> None:
    for scanned, warned in ((-25.0, True), (-12.0, False)):
        positive = modify_cast(made_limb(scanned), np.radians(2.0), 8.0, CastParameters())
        axis = positive.shank_axis
        assert np.degrees(np.arctan2(axis[0], axis[2])) == pytest.approx(2.0, abs=1e-9)
        assert np.degrees(positive.correction) == pytest.approx(2.0 - scanned)
        assert any("more than 15" in note for note in positive.notes) == warned


@pytest.mark.parametrize("bone", ["medial_malleolus", "lateral_malleolus"])
def test_room_over_the_malleoli_is_what_was_asked(hanging: PositiveModel, bone: str) -> None:
    """Five millimetres and the clearance, within 0.3: what curvature takes from a 5 mm normal."""
    position = next(site.position for site in hanging.reliefs if site.name == bone)
    vertex = ((hanging.skin.vertices - position) ** 2).sum(axis=1).argmin()
    assert hanging.offset[vertex] == pytest.approx(6.0, abs=1e-9)
    room = distance_to(hanging.skin, hanging.mesh.vertices[[vertex]])[0]
    assert room == pytest.approx(6.0, abs=0.3)


def test_the_clearance_holds_on_covered_skin(made_limb) -> None:
    """Where no relief acts, 95 % of the offset skin lies 0.8 to 1.1 times the clearance away."""
    parameters = replace(CastParameters(clearance_mm=2.0), relief=NO_RELIEF)
    positive = modify_cast(made_limb(-10.0), 0.0, 8.0, parameters)
    corners = np.unique(positive.skin.triangles[covered(positive)])
    skin = corners[np.isfinite(positive.offset[corners])]
    away = distance_to(positive.skin, positive.mesh.vertices[skin])
    low, high = np.percentile(away, [2.5, 97.5])
    assert low > 1.6
    assert high < 2.2


def test_beyond_its_feather_a_relief_moves_nothing(made_limb, hanging: PositiveModel) -> None:
    bare = modify_cast(made_limb(-25.0), 0.0, 8.0, replace(CastParameters(), relief=NO_RELIEF))
    beyond = np.ones(len(hanging.skin.vertices), dtype=bool)
    for site in hanging.reliefs:
        beyond &= site.room(hanging.skin.vertices) == 0.0
    assert 0.2 < beyond.mean() < 0.95
    np.testing.assert_array_equal(hanging.mesh.vertices[beyond], bare.mesh.vertices[beyond])


def test_the_sole_is_flat_on_the_plate(hanging: PositiveModel) -> None:
    """Under heel, arch and ball, well inside the edge, every vertex lies on z = −clearance."""
    skin, flat = hanging.skin, hanging.mesh
    plate, length = hanging.plate, hanging.limb.foot_length
    middle = np.interp(
        skin.vertices[:, 0], [plate.heel, plate.bend_start], _middle_of_sole(hanging.landmarks)
    )
    below = (skin.vertices[:, 2] < 0.25 * hanging.ankle_centre[2]) & (hanging.normals[:, 2] < -0.5)
    inside = below & (np.abs(skin.vertices[:, 1] - middle) < 0.05 * length)
    inside &= (skin.vertices[:, 0] > plate.heel) & (skin.vertices[:, 0] < plate.bend_start)
    assert inside.sum() > 300
    np.testing.assert_allclose(flat.vertices[inside, 2], -1.0, atol=0.1)
    assert flat.vertices[:, 2].min() > -1.0 - 1e-9
    assert np.isnan(hanging.offset[inside]).all()


def _middle_of_sole(landmarks: Landmarks) -> list[float]:
    ball = [landmarks.position(f"{toe}_metatarsal_head_plantar")[1] for toe in ("first", "fifth")]
    return [float(landmarks.position("heel_plantar")[1]), float(np.mean(ball))]


def test_toes_rise_to_the_plate(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    flat, raised = (modify_cast(limb, 0.0, heel, CastParameters()) for heel in (0.0, 20.0))
    tip = "hallux_tip"
    x = limb.landmarks.position(tip)[0]
    rise = raised.landmarks.position(tip)[2] - flat.landmarks.position(tip)[2]
    assert rise == pytest.approx(float(raised.plate.height(x) - flat.plate.height(x)), abs=1e-9)
    assert rise > 3.0
    under = raised.mesh.vertices
    assert np.all(under[:, 2] >= raised.plate.height(under[:, 0]) - 1e-9)


def test_landmarks_stay_on_the_skin(made_limb, hanging: PositiveModel) -> None:
    limb: Limb = made_limb(-25.0)
    names = [n for n in limb.landmarks if not n.startswith("fibular")]
    before = np.array([limb.landmarks.position(n) for n in names])
    after = np.array([hanging.landmarks.position(n) for n in names])
    slack = distance_to(limb.mesh, before)
    assert np.all(distance_to(hanging.skin, after) < slack + 0.6)


def test_missing_landmarks_are_named(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    few = Landmarks({k: v for k, v in limb.landmarks.items() if k != "heel_plantar"})
    with pytest.raises(CastRefused, match="without heel_plantar"):
        modify_cast(replace(limb, landmarks=few), 0.0, 8.0, CastParameters())


def test_a_relief_without_its_landmark_is_noted(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    few = Landmarks({k: v for k, v in limb.landmarks.items() if k != "achilles_at_ankle"})
    positive = modify_cast(replace(limb, landmarks=few), 0.0, 8.0, CastParameters())
    assert positive.notes == ("No relief over achilles: its landmark is missing.",)


@pytest.mark.parametrize("number", [0, 7, 31, 49])
def test_scanned_legs(scanned_limb: Callable[[str], Limb], number: int) -> None:
    limb = scanned_limb(f"population/{number:03d}")
    positive = modify_cast(limb, 0.0, 8.0, CastParameters())
    assert abs(positive.volume_change) < 0.02
    turned = np.einsum("ij,ij->i", positive.mesh.area_vectors, positive.skin.area_vectors) <= 0.0
    flipped = positive.skin.areas[turned & covered(positive)].sum()
    assert flipped < 2.0  # mm²: clefts behind the little toe, where skin faces skin
    assert len(positive.reliefs) == 7
