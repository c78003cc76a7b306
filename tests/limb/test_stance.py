"""The stance: angles that a rigid motion or a mirror leave alone, knee and load told apart."""

from dataclasses import replace

import numpy as np
import pytest
from limb_scans import SCANS, as_scan, load
from scipy.spatial.transform import Rotation

from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.condition import Condition
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.scan import Side
from afo_designer.limb.stance import Knee, Loading, Stance, floor_normal, knee_shown, loading

SHAPE = LimbShape(
    ankle_angle_deg=-12.0, inversion_deg=8.0, toe_out_deg=10.0, seed=5.0, triangles=24000.0
)


@pytest.fixture(scope="module")
def leg():
    return generate_limb(SHAPE)


@pytest.fixture(scope="module")
def stance(leg):
    return locate_limb(as_scan(leg.mesh)).stance


def numbers(stance: Stance) -> list[float]:
    angles = (
        stance.ankle_angle,
        stance.inversion,
        stance.toe_out,
        stance.malleolar_rotation,
        stance.malleolar_tilt,
    )
    return [np.degrees(number) for angle in angles if angle is not None for number in angle]


def test_angles_meet_the_generators_truth_within_three_of_their_deviations(stance):
    truths = {"ankle_angle": -12.0, "inversion": 8.0, "toe_out": 10.0}
    for name, truth in truths.items():
        angle = getattr(stance, name)
        assert abs(np.degrees(angle.value) - truth) < 3.0 * np.degrees(angle.sd)
        assert 0.1 < np.degrees(angle.sd) < 4.0


def test_a_rigid_motion_and_the_order_of_vertices_change_nothing(leg, stance):
    rotation = Rotation.from_euler("xyz", [0.4, -1.1, 2.0]).as_matrix()
    turned = leg.mesh.vertices @ rotation.T + np.array([90.0, 5.0, -700.0])
    order = np.random.default_rng(3).permutation(len(turned))
    moved = TriMesh(turned[order], np.argsort(order)[leg.mesh.triangles])
    again = locate_limb(as_scan(moved)).stance
    assert numbers(again) == pytest.approx(numbers(stance), abs=0.05)
    assert (again.knee, again.loading) == (stance.knee, stance.loading)


def test_the_mirrored_leg_has_the_same_angles(leg, stance):
    again = locate_limb(as_scan(leg.mesh.mirrored_y()))
    assert again.side is Side.RIGHT
    assert numbers(again.stance) == pytest.approx(numbers(stance), abs=0.05)
    assert np.degrees(again.inversion) == pytest.approx(np.degrees(stance.inversion.value), abs=0.1)


@pytest.mark.parametrize(("share", "told"), [(0.0, Loading.HANGING), (0.6, Loading.WEIGHT_BEARING)])
def test_weight_is_told_by_the_flattened_sole(share, told):
    shape = replace(SHAPE, condition=Condition(load_share=share))
    limb = generate_limb(shape)
    assert loading(limb.mesh, limb.foot_length) is told


@pytest.mark.parametrize(("bend_deg", "told"), [(5.0, Knee.EXTENDED), (80.0, Knee.FLEXED)])
def test_a_thigh_shows_whether_the_knee_is_bent(leg, bend_deg, told):
    assert knee_shown(leg.mesh, leg.ankle_centre, leg.knee_centre, 260.0) is Knee.NOT_SHOWN
    up = leg.knee_centre - leg.ankle_centre
    up /= np.linalg.norm(up)
    behind = np.cross([0.0, 1.0, 0.0], up) * -1.0
    bend = np.deg2rad(bend_deg)
    way = np.cos(bend) * up + np.sin(bend) * behind
    turn, height = np.meshgrid(np.linspace(0.0, 2.0 * np.pi, 24), np.linspace(40.0, 350.0, 40))
    aside = np.cross(way, [0.0, 1.0, 0.0])
    ring = 70.0 * (np.cos(turn)[..., None] * aside + np.sin(turn)[..., None] * [0.0, 1.0, 0.0])
    thigh = leg.knee_centre + height[..., None] * way + ring
    vertices = np.vstack([leg.mesh.vertices, thigh.reshape(-1, 3)])
    longer = TriMesh(vertices, leg.mesh.triangles)
    assert knee_shown(longer, leg.ankle_centre, leg.knee_centre, 260.0) is told


@pytest.mark.parametrize("tilt_deg", [0.0, 6.0])
def test_a_floor_beside_the_foot_gives_the_vertical(leg, stance, tilt_deg):
    assert stance.shank_to_floor is None
    # a floor that rises forward by so much, so that the shank leans further back over it
    rise = np.tan(np.deg2rad(tilt_deg))
    x, y = np.meshgrid(np.arange(-150.0, 400.0, 8.0), np.arange(-200.0, 200.0, 8.0))
    floor = np.stack([x, y, rise * (x - 130.0) - 1.0], axis=-1).reshape(-1, 3)
    normal = floor_normal(np.vstack([leg.mesh.vertices, floor]), leg.mesh, leg.foot_length)
    assert np.degrees(np.arctan2(normal[0], normal[2])) == pytest.approx(-tilt_deg, abs=0.1)
    assert floor_normal(leg.mesh.vertices, leg.mesh, leg.foot_length) is None


def cut_at(mesh: TriMesh, ankle, knee, share: float) -> TriMesh:
    along = (mesh.vertices - ankle) @ (knee - ankle) / ((knee - ankle) @ (knee - ankle))
    return mesh.kept((along < share)[mesh.triangles].all(axis=1))


def test_a_lower_cut_leaves_the_angle_and_widens_its_spread(leg, stance):
    low = locate_limb(as_scan(cut_at(leg.mesh, leg.ankle_centre, leg.knee_centre, 0.6))).stance
    change = abs(low.ankle_angle.value - stance.ankle_angle.value)
    assert np.degrees(change) < 1.0
    assert low.ankle_angle.sd > 1.1 * stance.ankle_angle.sd
    assert low.inversion.sd > 1.1 * stance.inversion.sd


@pytest.mark.parametrize("share", [0.15, 0.2, 0.25, 0.3, 0.4])
def test_a_stump_of_a_shank_is_refused_or_read_within_what_ankles_reach(share):
    path = SCANS / "makehuman" / "12_toddler_neutral90.ply"
    if not path.exists():
        pytest.skip("the shared scans are not here")
    mesh = load(path)
    ankle, knee = np.array([50.0, 0.0, 45.0]), np.array([50.0, 0.0, 265.0])
    try:
        limb = locate_limb(as_scan(cut_at(mesh, ankle, knee, share)))
    except InputRefused:
        return
    assert abs(np.degrees(limb.ankle_angle)) < 15.0
