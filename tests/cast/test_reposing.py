"""Re-posing: identity, angles reached, mirror symmetry, way back, rigid bones, no fold."""

from dataclasses import replace

import numpy as np
import pytest
from known_limbs import limb_of

from afo_designer.cast.alignment import AlignmentRefused
from afo_designer.cast.modification import modify_cast
from afo_designer.cast.parameters import CastParameters, Pose
from afo_designer.cast.reposing import Reposing, repose, subtalar_axis
from afo_designer.geometry.intersection import self_intersections
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Side
from afo_designer.limb.stance import Angle, shank_angles

BONES = ("medial_malleolus", "lateral_malleolus", "heel_posterior")


@pytest.fixture(scope="module")
def inverted() -> Limb:
    return limb_of(
        generate_limb(
            LimbShape(
                ankle_angle_deg=-15.0,
                inversion_deg=12.0,
                side="left",
                variation=0.0,
                triangles=9000,
            )
        )
    )


def off_rigid(limb: Limb, reposing: Reposing, name: str) -> float:
    """Largest distance (mm, on a foot of 260 mm) from the best rigid motion of skin near a bone."""
    scale = limb.foot_length / 260.0
    away = np.linalg.norm(limb.mesh.vertices - limb.landmarks.position(name), axis=1)
    before = limb.mesh.vertices[away < 12.0 * scale]
    assert len(before) > 6
    after = reposing.apply(before)
    a, b = before - before.mean(axis=0), after - after.mean(axis=0)
    u, _, v = np.linalg.svd(a.T @ b)
    turn = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ v))]) @ v
    return float(np.linalg.norm(a @ turn - b, axis=1).max()) / scale


def test_as_scanned_at_the_scanned_angle_moves_nothing_by_one_bit(inverted: Limb) -> None:
    made = repose(inverted, inverted.ankle_angle, Pose())
    np.testing.assert_array_equal(made.apply(inverted.mesh.vertices), inverted.mesh.vertices)
    assert made.turns == ()


def test_without_a_target_only_the_ankle_bends(inverted: Limb) -> None:
    made = repose(inverted, 0.0, Pose())
    alone = made.alignment.apply(inverted.mesh.vertices)
    np.testing.assert_array_equal(made.apply(inverted.mesh.vertices), alone)


@pytest.mark.parametrize("ankle_axis", ["transverse", "malleolar"])
@pytest.mark.parametrize(("ankle", "inversion"), [(0.0, 0.0), (5.0, -3.0), (-15.0, 12.0)])
def test_both_angles_are_reached(
    inverted: Limb, ankle_axis: str, ankle: float, inversion: float
) -> None:
    pose = Pose(inversion_deg=inversion, ankle_axis=ankle_axis)
    made = repose(inverted, float(np.radians(ankle)), pose)
    axis = made.motion.turn(inverted.shank_axis)
    reached = np.degrees(shank_angles(axis, inverted.side))
    np.testing.assert_allclose(reached, [ankle, inversion], atol=1e-6)
    np.testing.assert_allclose(np.degrees(made.angles), reached, atol=1e-9)


def test_the_ankle_angle_alone_is_reached_about_the_malleoli_too(inverted: Limb) -> None:
    made = repose(inverted, 0.03, Pose(ankle_axis="malleolar"))
    axis = made.motion.turn(inverted.shank_axis)
    assert shank_angles(axis, inverted.side)[0] == pytest.approx(0.03, abs=1e-9)


def test_the_subtalar_axis_is_inmans() -> None:
    for side, sign in ((Side.LEFT, -1.0), (Side.RIGHT, 1.0)):
        x, y, z = subtalar_axis(side)
        assert np.degrees(np.arcsin(z)) == pytest.approx(42.0)
        assert np.degrees(np.arctan2(sign * y, x)) == pytest.approx(23.0)


def test_a_mirrored_limb_is_reposed_to_the_mirror_image(inverted: Limb, mirrored) -> None:
    flip = np.array([1.0, -1.0, 1.0])
    pose = Pose(inversion_deg=0.0, ankle_axis="malleolar")
    other = repose(mirrored(inverted), 0.0, pose).apply(inverted.mesh.vertices * flip)
    one = repose(inverted, 0.0, pose).apply(inverted.mesh.vertices)
    np.testing.assert_allclose(other, one * flip, atol=1e-8)


def test_the_shank_moves_as_its_bones_and_the_foot_stays(inverted: Limb) -> None:
    made, points = repose(inverted, 0.0, Pose(inversion_deg=0.0)), inverted.mesh.vertices
    moved, height = made.apply(points), float(inverted.ankle_centre[2])
    shank = points[:, 2] > inverted.ankle_centre[2] + 3.3 * height
    np.testing.assert_allclose(moved[shank], made.motion.apply(points[shank]), atol=1e-8)
    fore = (points[:, 0] > 0.68 * inverted.foot_length) & (points[:, 2] < height)
    assert min(shank.sum(), fore.sum()) > 100
    np.testing.assert_allclose(moved[fore], points[fore], atol=1e-9)


def test_there_and_back_is_where_it_was(inverted: Limb) -> None:
    """Bones exactly; skin to a few millimetres, as the way back is guessed from the other pose."""
    made = repose(inverted, 0.0, Pose(inversion_deg=0.0))
    motion = made.motion
    knee, ankle = motion.apply(inverted.knee_centre), motion.apply(inverted.ankle_centre)
    axis = knee - ankle
    flexion, inversion = shank_angles(axis, inverted.side)
    there = replace(
        inverted,
        mesh=inverted.mesh.with_vertices(made.apply(inverted.mesh.vertices)),
        knee_centre=knee,
        ankle_centre=ankle,
        ankle_angle=flexion,
        stance=replace(inverted.stance, inversion=Angle(inversion, 0.0)),
    )
    back = repose(there, inverted.ankle_angle, Pose(inversion_deg=12.0))
    twice = back.motion @ motion
    np.testing.assert_allclose(twice.turn(inverted.shank_axis), inverted.shank_axis, atol=1e-9)
    apart = np.linalg.norm(back.apply(there.mesh.vertices) - inverted.mesh.vertices, axis=1)
    low = inverted.mesh.vertices[:, 2] < 0.5 * inverted.ankle_centre[2]
    assert np.median(apart[low]) < 0.01
    assert np.percentile(apart, 95.0) < 6.0


@pytest.mark.parametrize("scanned", [-32.0, -20.0, 8.0])
@pytest.mark.parametrize("height", [1150.0, 1755.0])
def test_malleoli_and_heel_keep_their_shape(made_limb, scanned: float, height: float) -> None:
    limb: Limb = made_limb(scanned, Side.LEFT, height)
    made = repose(limb, 0.0, Pose())
    assert max(off_rigid(limb, made, name) for name in BONES) < 0.3


def test_malleoli_and_heel_keep_their_shape_when_the_foot_is_turned_in(inverted: Limb) -> None:
    made = repose(inverted, 0.0, Pose(inversion_deg=0.0))
    assert max(off_rigid(inverted, made, name) for name in BONES) < 0.3


def test_volume_stays_and_nothing_meets_itself(inverted: Limb) -> None:
    parameters = CastParameters(pose=Pose(inversion_deg=0.0))
    positive = modify_cast(inverted, 0.0, 0.0, parameters)
    assert abs(positive.volume_change) < 0.02
    assert positive.strain.volume.min() > 0.2
    assert len(self_intersections(positive.skin)) == len(self_intersections(inverted.mesh))


def test_an_inverted_scan_without_a_target_is_remarked_on(inverted: Limb) -> None:
    said = modify_cast(inverted, 0.0, 0.0, CastParameters()).notes
    assert any("inverted by 12 deg" in note and "cast.pose.inversion_deg" in note for note in said)
    told = CastParameters(pose=Pose(inversion_deg=12.0))
    assert not any("inverted" in note for note in modify_cast(inverted, 0.0, 0.0, told).notes)


def test_toe_out_is_reached_where_it_was_measured_and_refused_where_not(inverted: Limb) -> None:
    pose = Pose(inversion_deg=0.0, toe_out_deg=10.0)
    with pytest.raises(AlignmentRefused, match="does not show the knee's direction"):
        repose(inverted, 0.0, pose)
    seen = replace(inverted, stance=replace(inverted.stance, toe_out=Angle(0.05, 0.0)))
    made = repose(seen, 0.0, pose)
    assert made.axial + 0.05 == pytest.approx(np.radians(10.0), abs=1e-9)
    reached = np.degrees(shank_angles(made.motion.turn(seen.shank_axis), seen.side))
    np.testing.assert_allclose(reached, 0.0, atol=1e-6)


def test_beyond_a_subtalar_joint_is_refused(inverted: Limb) -> None:
    turned_in = replace(inverted, knee_centre=inverted.knee_centre - [0.0, 160.0, 0.0])
    with pytest.raises(AlignmentRefused, match="beyond what a subtalar joint allows"):
        repose(turned_in, 0.0, Pose(inversion_deg=-15.0))
