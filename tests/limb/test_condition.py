"""Disease, deformity and bones: each does what its name says, and nothing at 0."""

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest

from afo_designer.limb.condition import Condition, Form, Prominences, drawn_form
from afo_designer.limb.generator import LimbShape, SyntheticLimb, generate_limb

PLAIN = LimbShape(
    height_mm=1755, mass_kg=85, ankle_angle_deg=-5, variation=0, triangles=6000, calf_fullness=1
)
limb_of = cache(generate_limb)


def with_condition(**values: float) -> SyntheticLimb:
    return limb_of(replace(PLAIN, condition=Condition(**values)))


def depth(limb: SyntheticLimb, share: float, direction_deg: float) -> float:
    """From the shank's axis to the skin at a share of its length; 0° is ahead, 90° lateral."""
    up = limb.knee_centre - limb.ankle_centre
    length = np.linalg.norm(up)
    up = up / length
    ahead = np.array([1.0, 0.0, 0.0]) - up[0] * up
    ahead /= np.linalg.norm(ahead)
    angle = np.deg2rad(direction_deg)
    way = np.cos(angle) * ahead + np.sin(angle) * np.cross(up, ahead)
    offset = limb.mesh.vertices - limb.ankle_centre - share * length * up
    beside = offset - np.outer(offset @ way, way)
    near = (np.linalg.norm(beside, axis=1) < 9.0) & (offset @ way > 0.0)
    return float((offset[near] @ way).mean())


@pytest.mark.parametrize("of", [Condition, Prominences])
def test_every_amount_is_nothing_by_default(of: type) -> None:
    assert all(item.default == 0.0 for item in fields(of))


def test_wasting_hollows_the_front_beside_the_crest_at_the_same_girth() -> None:
    plain, wasted = limb_of(PLAIN), with_condition(anterior_wasting=1.0)
    for share in (0.4, 0.55, 0.7):
        assert depth(wasted, share, 38.0) < depth(plain, share, 38.0) - 3.0
        assert depth(wasted, share, 200.0) > depth(plain, share, 200.0) - 0.5
    assert wasted.measures["calf_girth"] == pytest.approx(plain.measures["calf_girth"], rel=0.02)


def test_oedema_adds_to_girths_and_hides_the_malleoli() -> None:
    plain, swollen = limb_of(PLAIN), with_condition(oedema=1.0)
    gain = {name: swollen.measures[name] / plain.measures[name] for name in plain.measures}
    assert gain["ankle_girth"] == pytest.approx(1.10, abs=0.02)
    assert gain["calf_girth"] == pytest.approx(1.04, abs=0.01)
    assert gain["instep_girth"] > 1.03
    assert gain["foot_length"] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("angle", [-12.0, 15.0])
def test_varus_takes_the_heel_under_the_foot_and_valgus_out(angle: float) -> None:
    plain, turned = limb_of(PLAIN), with_condition(hindfoot_varus_deg=angle)

    def heel_tilt(limb: SyntheticLimb) -> float:
        v = limb.mesh.vertices / limb.foot_length
        middle = []
        for height in (0.07, 0.15):
            ring = v[(v[:, 0] < 0.15) & (np.abs(v[:, 2] - height) < 0.02), 1]
            middle.append(0.5 * (ring.min() + ring.max()))
        return float(np.degrees(np.arctan2(middle[1] - middle[0], 0.08)))

    # A left leg: the heel's bisector leans outwards going up when its plantar side is turned in.
    assert heel_tilt(turned) - heel_tilt(plain) == pytest.approx(angle, abs=0.5 * abs(angle))
    for name in ("first_metatarsal_head_medial", "hallux_tip", "lateral_malleolus"):
        moved = turned.all_landmarks[name] - plain.all_landmarks[name]
        assert np.linalg.norm(moved) < 5.0, name


def test_a_loaded_sole_is_flat_and_the_foot_longer() -> None:
    plain, loaded = limb_of(PLAIN), with_condition(load_share=1.0)

    def contact(limb: SyntheticLimb) -> float:
        mesh = limb.mesh
        low = mesh.corners[:, :, 2].max(axis=1) < 1.0
        return float(mesh.areas[low].sum())

    assert contact(loaded) > 2.0 * contact(plain)
    gain = loaded.foot_length - plain.foot_length
    assert 2.1 < gain < 4.4  # science.md §8, read
    sunk = plain.measures["lateral_malleolus_height"] - loaded.measures["lateral_malleolus_height"]
    assert 1.0 < sunk < 5.0


def test_clawed_toes_stand_up_in_a_foot_of_the_same_length() -> None:
    plain, clawed = limb_of(PLAIN), with_condition(toe_clawing=1.0)

    def toes_top(limb: SyntheticLimb) -> float:
        v = limb.mesh.vertices / limb.foot_length
        return float(v[(v[:, 0] > 0.84) & (v[:, 1] > 0.0), 2].max())

    assert toes_top(clawed) > toes_top(plain) + 0.006
    assert clawed.foot_length == pytest.approx(plain.foot_length, abs=1e-6)


@pytest.mark.parametrize(
    ("bone", "landmark", "outward"),
    [
        ("navicular_mm", "navicular", [0, -1, 0]),
        ("fifth_metatarsal_base_mm", "fifth_metatarsal_base", [0, 1, 0]),
        ("first_metatarsal_head_mm", "first_metatarsal_head_medial", [0, -1, 0]),
        ("fifth_metatarsal_head_mm", "fifth_metatarsal_head_lateral", [0, 1, 0]),
        ("tibial_crest_mm", "tibial_crest", [1, 0, 0]),
        ("tibial_tuberosity_mm", "tibial_tuberosity", [1, 0, 0]),
        ("fibular_head_mm", "fibular_head", [0, 1, 0]),
    ],
)
def test_a_prominence_moves_its_own_landmark_by_about_its_millimetres(
    bone: str, landmark: str, outward: list[int]
) -> None:
    plain = limb_of(PLAIN)
    changed = limb_of(replace(PLAIN, bones=Prominences(**{bone: 5.0})))
    moved = {
        name: np.linalg.norm(changed.all_landmarks[name] - point)
        for name, point in plain.all_landmarks.items()
        if name.rsplit("_", 1)[0] != landmark.rsplit("_", 1)[0] and "heel" not in name
    }  # the heel's own points wander by a facet over its flat pad
    along = (changed.all_landmarks[landmark] - plain.all_landmarks[landmark]) @ np.array(outward)
    assert 2.5 < along < 6.0
    assert max(moved.values()) < 2.0


def test_the_achilles_stands_between_two_hollows() -> None:
    plain = limb_of(PLAIN)
    cut = limb_of(replace(PLAIN, bones=Prominences(achilles_mm=6.0)))
    for side in (125.0, -125.0):
        assert depth(cut, 0.10, side) < depth(plain, 0.10, side) - 1.5
    assert depth(cut, 0.10, 180.0) == pytest.approx(depth(plain, 0.10, 180.0), abs=1.0)


def test_a_person_s_form_is_drawn_once_and_bounded() -> None:
    one = drawn_form(np.random.default_rng(4), 1.0)
    assert one == drawn_form(np.random.default_rng(4), 1.0)
    assert drawn_form(np.random.default_rng(4), 0.0) == Form()
    table = [drawn_form(np.random.default_rng(seed), 1.0) for seed in range(200)]
    assert max(abs(form.foot_curve) for form in table) <= 2.0


def test_two_people_of_the_same_measures_differ_in_form() -> None:
    shape = replace(PLAIN, form_variation=1.0, sizes="skin")
    one, two = limb_of(replace(shape, seed=1)), limb_of(replace(shape, seed=2))
    for name in ("ankle_girth", "calf_girth", "ball_breadth", "bimalleolar_breadth"):
        assert one.measures[name] == pytest.approx(two.measures[name], rel=0.015), name
    for name in ("second_toe_tip", "navicular", "tibial_tuberosity"):
        assert np.linalg.norm(one.all_landmarks[name] - two.all_landmarks[name]) > 1.0, name


def test_skin_sizes_are_the_body_s() -> None:
    limb = limb_of(replace(PLAIN, sizes="skin", ankle_angle_deg=-20))
    for name in ("ankle_girth", "calf_girth", "ball_breadth", "heel_breadth"):
        assert limb.measures[name] == pytest.approx(getattr(limb.body, name), rel=0.012), name
