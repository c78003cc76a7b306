"""The sole's plane: the same whatever is under it, missing from it or noisy about it."""

import numpy as np
import pytest
from limb_scans import as_scan

from afo_designer.geometry.array import FloatArray
from afo_designer.limb.cloud import LEG_POINTS, Cloud, sampled
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.sole import SolePlane, sole_plane

SHAPE = LimbShape(ankle_angle_deg=-5.0, seed=11.0, triangles=24000.0)


@pytest.fixture(scope="module")
def leg():
    return generate_limb(SHAPE)


@pytest.fixture(scope="module")
def cloud(leg) -> Cloud:
    return sampled(leg.mesh, LEG_POINTS)


def tilts(plane: SolePlane) -> FloatArray:
    return np.degrees(plane.frame.rotation[:2, 2])


def found(leg, cloud: Cloud) -> SolePlane:
    # a left leg's medial side is -y
    return sole_plane(cloud.points, cloud.normals, leg.foot_length, -1.0, 0.0)


def test_the_generators_sole_is_level(leg, cloud):
    plane = found(leg, cloud)
    assert tilts(plane) == pytest.approx([0.0, 0.0], abs=0.6)
    assert abs(plane.frame.origin[2]) < 0.8
    assert plane.used == 1.0


def test_a_mirrored_sole_has_the_mirrored_plane(leg, cloud):
    flip = np.array([1.0, -1.0, 1.0])
    plane = found(leg, cloud)
    other = sole_plane(cloud.points * flip, cloud.normals * flip, leg.foot_length, 1.0, 0.0)
    assert tilts(other) == pytest.approx(tilts(plane) * flip[:2], abs=1e-9)


@pytest.mark.parametrize("part", ["heel", "medial ball", "toes"])
def test_a_missing_part_leaves_the_plane_and_widens_its_spread(leg, cloud, part):
    x, y = cloud.points[:, 0] / leg.foot_length, cloud.points[:, 1]
    low = cloud.points[:, 2] < 0.1 * leg.foot_length
    missing = {
        "heel": (x > 0.06) & (x < 0.24),
        "medial ball": (x > 0.55) & (x < 0.8) & (y < 0.0),
        "toes": x > 0.8,
    }
    kept = ~(missing[part] & low)
    plane, whole = (
        sole_plane(cloud.points[rows], cloud.normals[rows], leg.foot_length, -1.0, 0.0)
        for rows in (kept, np.ones(len(kept), dtype=bool))
    )
    assert tilts(plane) == pytest.approx(tilts(whole), abs=1.0)
    assert (plane.spread >= whole.spread - 1e-12).all()
    assert plane.used < 1.0 or plane.spread.sum() > whole.spread.sum()


def test_noise_leaves_the_plane(leg, cloud):
    noise = np.random.default_rng(4).normal(0.0, 0.25, cloud.points.shape)
    noisy = Cloud(cloud.points + noise, cloud.normals)
    change = np.abs(tilts(found(leg, noisy)) - tilts(found(leg, cloud)))
    # the ankle angle hangs on the pitch; the sole is a third as wide as it is long
    assert change[0] < 0.05
    assert change[1] < 0.15


def test_a_hand_under_the_sole_is_left_out_and_named(leg):
    points, length = leg.mesh.vertices, leg.foot_length
    away = np.linalg.norm(points[:, :2] - [0.5 * length, 0.0], axis=1) / 50.0
    under = (points[:, 2] < 0.12 * length) & (leg.mesh.vertex_normals[:, 2] < -0.2)
    depth = np.where(under, 15.0 * np.clip((1.0 - away) / 0.15, 0.0, 1.0), 0.0)
    held = leg.mesh.with_vertices(points - depth[:, None] * [0.0, 0.0, 1.0])
    clean, spoilt = locate_limb(as_scan(leg.mesh)), locate_limb(as_scan(held))
    assert np.degrees(spoilt.ankle_angle - clean.ankle_angle) == pytest.approx(0.0, abs=1.5)
    assert any("under the sole" in note for note in spoilt.notes)
    assert not any("under the sole" in note for note in clean.notes)
