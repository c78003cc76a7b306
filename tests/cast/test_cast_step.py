"""Steps: what each does alone, and that the last can be taken back to the byte."""

from dataclasses import replace

import numpy as np
import pytest

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.offset import LocalOffset, OffsetRefused
from afo_designer.cast.parameters import CastParameters, Relief
from afo_designer.cast.positive import PositiveModel
from afo_designer.cast.step import Relieved
from afo_designer.geometry.distance import closest_points
from afo_designer.limb.limb import Limb

FULL = CastParameters(
    arch_support_mm=4.0,
    heel_post_deg=6.0,
    relief=Relief(
        heel_mm=3.0, instep_mm=2.0, tibial_crest_mm=3.0, pretibial_mm=-2.0, fibular_head_mm=4.0
    ),
)
CALLUS = LocalOffset("callus", 8.0, 3.0, landmark="fifth_metatarsal_head_plantar")
SCAR = LocalOffset("scar", 6.0, -2.0, landmark="instep_at_ankle")


@pytest.fixture(scope="module")
def full(made_limb) -> PositiveModel:
    return modify_cast(made_limb(-12.0), 0.0, 8.0, FULL, offsets=(CALLUS, SCAR))


def test_the_list_names_everything_once_and_in_order(full: PositiveModel) -> None:
    names = [step.name for step in full.steps]
    assert names[0] == "sock"
    assert names[-3:] == ["plantar_flattening", "arch_support", "heel_post"]
    assert names[-5:-3] == ["callus", "scar"]
    assert len(set(names)) == len(names) == 18


def test_taking_back_the_last_step_gives_the_earlier_surface_to_the_byte(
    made_limb, full: PositiveModel
) -> None:
    """Down the whole list; and an earlier surface is what would have been made without the step."""
    limb: Limb = made_limb(-12.0)
    without_post = modify_cast(
        limb, 0.0, 8.0, replace(FULL, heel_post_deg=0.0), offsets=(CALLUS, SCAR)
    )
    assert full.undone.mesh.vertices.tobytes() == without_post.mesh.vertices.tobytes()
    assert full.undone.offset.tobytes() == without_post.offset.tobytes()
    earlier = [full]
    while earlier[-1].steps:
        earlier.append(earlier[-1].undone)
    assert earlier[-1].mesh.vertices.tobytes() == full.skin.vertices.tobytes()
    bare = replace(FULL, heel_post_deg=0.0, arch_support_mm=0.0, plantar_flattening=0.0)
    only_callus = modify_cast(limb, 0.0, 8.0, bare, offsets=(CALLUS,))
    assert earlier[4].mesh.vertices.tobytes() == only_callus.mesh.vertices.tobytes()
    assert earlier[4].plate == only_callus.plate
    with pytest.raises(ValueError, match="nothing to take back"):
        _ = earlier[-1].undone


def test_taking_back_leaves_the_model_untouched(full: PositiveModel) -> None:
    before = full.mesh.vertices.tobytes(), full.steps
    _ = full.undone
    assert (full.mesh.vertices.tobytes(), full.steps) == before


def test_an_offset_gives_its_millimetres_at_its_place(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    place = limb.landmarks.position("achilles_at_ankle") + np.array([0.0, 0.0, 40.0])
    usual = CastParameters()
    plain = modify_cast(limb, 0.0, 8.0, usual)
    spot = LocalOffset("spot", 6.0, 4.0, 10.0, position_mm=place)
    more = modify_cast(limb, 0.0, 8.0, usual, offsets=(spot,))
    change = more.offset - plain.offset
    away = np.linalg.norm(more.skin.vertices - more.reliefs[-1].position, axis=1)
    np.testing.assert_allclose(change[away < 6.0], 4.0, atol=1e-12)
    np.testing.assert_array_equal(change[(away > 16.0) & np.isfinite(change)], 0.0)


def test_a_place_in_the_file_is_the_same_place(made_limb) -> None:
    """The limb's frame is the file's here but for the unit."""
    limb: Limb = made_limb(0.0)
    place = limb.landmarks.position("achilles_at_ankle")
    metres = replace(limb, scan=replace(limb.scan, mm_per_unit=1000.0))
    frame = limb.frame_from_scan.inverse
    one = LocalOffset("spot", 6.0, 2.0, position_mm=place)
    other = LocalOffset("spot", 6.0, 2.0, position_in_file=frame.apply(place) / 1000.0)
    made = [
        modify_cast(leg, 0.0, 8.0, CastParameters(), offsets=(spot,)).mesh.vertices
        for leg, spot in ((limb, one), (metres, other))
    ]
    np.testing.assert_allclose(made[0], made[1], atol=1e-9)


def test_a_place_off_the_skin_and_a_landmark_not_there_are_refused(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    far = LocalOffset("far", 6.0, 2.0, position_mm=[0.0, 300.0, 50.0])
    with pytest.raises(OffsetRefused, match="from the skin"):
        modify_cast(limb, 0.0, 8.0, CastParameters(), offsets=(far,))
    marks = {n: m for n, m in limb.landmarks.items() if n != "instep_at_ankle"}
    unseen = replace(limb, landmarks=type(limb.landmarks)(marks))
    with pytest.raises(OffsetRefused, match="does not show instep_at_ankle"):
        modify_cast(unseen, 0.0, 8.0, CastParameters(), offsets=(SCAR,))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"radius_mm": 5.0, "offset_mm": 2.0}, "it needs one of"),
        ({"radius_mm": 5.0, "offset_mm": 2.0, "landmark": "knee"}, "unknown landmark"),
        ({"radius_mm": 5.0, "offset_mm": 50.0, "landmark": "hallux_tip"}, "-6 to 15 mm"),
        ({"radius_mm": 5.0, "landmark": "hallux_tip"}, "offset_mm is missing"),
        ({"radius": 5.0, "offset_mm": 2.0, "landmark": "hallux_tip"}, "unknown key 'radius'"),
        ({"radius_mm": 5.0, "offset_mm": 2.0, "position_mm": [1, 2]}, "three finite numbers"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused(entry: dict, words: str) -> None:
    with pytest.raises(OffsetRefused, match=words):
        LocalOffset.from_mapping(entry, 1)


def test_pressure_lies_inside_the_skin(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    parameters = CastParameters(clearance_mm=0.0, relief=Relief(pretibial_mm=-3.0))
    positive = modify_cast(limb, 0.0, 0.0, parameters)
    site = next(site for site in positive.reliefs if site.name == "pretibial")
    at = int(((positive.skin.vertices - site.path[2]) ** 2).sum(axis=1).argmin())
    assert positive.change[at] == pytest.approx(-3.0, abs=1e-9)
    _, away, _ = closest_points(positive.mesh.vertices[[at]], positive.skin)
    assert away[0] == pytest.approx(3.0, abs=0.2)


def test_the_arch_stands_higher_medially_and_nowhere_else(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    plain, arched = (
        modify_cast(limb, 0.0, 8.0, CastParameters(arch_support_mm=mm)) for mm in (0.0, 6.0)
    )
    rise = arched.mesh.vertices[:, 2] - plain.mesh.vertices[:, 2]
    assert 5.0 < rise.max() <= 6.0 + 1e-9
    assert rise.min() == 0.0
    raised = arched.skin.vertices[rise > 0.5]
    heel_y = float(arched.landmarks.position("heel_plantar")[1])
    assert np.all((raised[:, 1] - heel_y) * limb.side.lateral_y < 0.0)
    assert np.all(raised[:, 0] < arched.plate.bend_start)


@pytest.mark.parametrize("degrees", [5.0, -5.0])
def test_a_post_lifts_one_half_of_the_heel_by_its_angle(made_limb, degrees: float) -> None:
    limb: Limb = made_limb(0.0)
    posted, plain = (
        modify_cast(limb, 0.0, 8.0, CastParameters(heel_post_deg=angle)) for angle in (degrees, 0.0)
    )
    rise = posted.mesh.vertices[:, 2] - plain.mesh.vertices[:, 2]
    inwards = -limb.side.lateral_y * np.sign(degrees)
    y = inwards * (posted.skin.vertices[:, 1] - posted.landmarks.position("heel_plantar")[1])
    flat = (posted.bare.sole > 0.999) & (posted.skin.vertices[:, 0] < posted.plate.heel)
    flat &= y > 5.0
    assert flat.sum() > 10
    np.testing.assert_allclose(rise[flat], np.tan(np.radians(5.0)) * y[flat], rtol=0.01)
    np.testing.assert_array_equal(rise[y < -5.0], 0.0)


def test_a_sock_by_name_is_its_clearance(made_limb) -> None:
    limb: Limb = made_limb(0.0)
    named = modify_cast(limb, 0.0, 8.0, CastParameters(sock="thick"))
    told = modify_cast(limb, 0.0, 8.0, CastParameters(clearance_mm=2.0))
    assert named.mesh.vertices.tobytes() == told.mesh.vertices.tobytes()
    assert named.parameters.clearance_mm == 2.0


def test_every_relief_is_a_step_with_its_parameter(full: PositiveModel) -> None:
    for step in full.steps:
        if isinstance(step, Relieved) and step.joins:
            assert step.key == f"cast.relief.{step.name}_mm"
            assert getattr(FULL.relief, step.key.rsplit(".", 1)[1]) == step.amount
