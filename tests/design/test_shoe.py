"""Shoe fit: sizes by hand, a box of known size, and the worn orthosis of known shells."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from known_shells import made

from afo_designer.design.checks import shoe_collar, shoe_heel, shoe_length, shoe_width
from afo_designer.design.checks.check import Check
from afo_designer.design.person import Footwear
from afo_designer.design.shoe import FRONT_MM, Shoe, boot_height, fit_shoe
from afo_designer.design.shoe_record import shoe_record
from afo_designer.design.shoe_size import (
    BEYOND_WIDTHS,
    HEEL_OVERHANG_MM,
    WIDTHS,
    foot_of,
    insole_of,
    mondopoint_of,
    regular_width,
    room_of,
    size_for,
    width_for,
)
from afo_designer.design.worn import measure_worn
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.slices import slices_across_x
from afo_designer.geometry.solid import closed_mesh


@cache
def part(who: str, family: str) -> TriMesh:
    return closed_mesh(made(who, family).shell.solid)


@cache
def worn_in(size: float | None, who: str = "man", family: str = "posterior_leaf_spring") -> Shoe:
    return fit_shoe(part(who, family), made(who, family).positive, Footwear(shoe_size_eu=size))


def judged(shoe: Shoe, given: tuple[str, ...] = ()) -> dict[str, Check]:
    design = SimpleNamespace(shoe=shoe, person=SimpleNamespace(given=given))
    rules = (shoe_length, shoe_width, shoe_heel, shoe_collar)
    return {check.id: check for rule in rules for check in rule.RULE.judge(design)}


# --- sizes -------------------------------------------------------------------------------------


def test_a_size_is_two_thirds_of_a_centimetre_of_last() -> None:
    assert insole_of(42.0) == pytest.approx(270.0)
    assert insole_of(43.0) - insole_of(42.0) == pytest.approx(20.0 / 3.0)
    assert foot_of(41.0) == pytest.approx(260.0)
    assert mondopoint_of(41.0) == 260.0


@pytest.mark.parametrize("size", [28.0, 36.5, 41.0, 47.0])
def test_the_size_for_a_shoes_room_is_that_size(size: float) -> None:
    room = insole_of(size) + HEEL_OVERHANG_MM
    assert size_for(room) == size
    assert size_for(room + 0.1) == size + 0.5


def test_wider_feet_climb_the_ladder_of_widths() -> None:
    regular = regular_width(42.0)
    assert [width_for(42.0, regular + more) for more in (0.0, 4.9, 9.9)] == list(WIDTHS)
    assert width_for(42.0, regular + 10.1) == BEYOND_WIDTHS


def test_what_was_measured_wins_over_the_size() -> None:
    room = room_of(Footwear(shoe_size_eu=42.0, insole_length_mm=262.0, insole_width_mm=90.0))
    assert (room.insole_mm, room.ball_mm) == (262.0, 90.0)
    assert room_of(Footwear()).length_mm is None


def test_boots_grow_with_their_size() -> None:
    heights = [boot_height(size) for size in (18.0, 36.0, 37.0, 41.0, 44.0, 48.0)]
    assert heights == [51.5, 103.0, 105.0, 113.0, 117.0, 121.0]


# --- measuring ---------------------------------------------------------------------------------


def test_slices_of_a_box_are_its_sides() -> None:
    corners = np.array([[x, y, z] for x in (0.0, 10.0) for y in (-2.0, 3.0) for z in (0.0, 1.0)])
    faces = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    triangles = [[f[0], *pair] for f in faces for pair in ((f[1], f[2]), (f[2], f[3]))]
    cut = slices_across_x(TriMesh(corners, np.array(triangles)), 1.0, 2.0, 5)
    assert np.allclose(cut.points[:, 0], cut.stations[cut.plane])
    for x in cut.stations:
        y = cut.at(x)[:, 1]
        assert (y.min(), y.max()) == (-2.0, 3.0)


def test_the_worn_outline_is_the_parts_own() -> None:
    shoe, mesh = worn_in(42.0), part("man", "posterior_leaf_spring")
    worn = shoe.worn
    assert worn.front == pytest.approx(mesh.vertices[:, 0][mesh.vertices[:, 2] < 30.0].max())
    assert worn.thickness_mm["midfoot"] == pytest.approx(2.5, abs=0.05)
    assert worn.thickness_mm["toes"] == pytest.approx(2.0, abs=0.05)
    assert worn.heel_mm > worn.foot_heel_mm
    assert np.all(worn.outline[:, 1:].sum(axis=1) >= 0.0)


def test_a_solid_is_higher_and_wider_at_the_malleoli_than_a_leaf() -> None:
    leaf, solid = worn_in(42.0).worn, worn_in(42.0, family="solid").worn
    assert max(leaf.side_mm) < leaf.low.height_mm < min(solid.side_mm)
    assert solid.low.width_mm > leaf.low.width_mm + 5.0


def test_a_boot_higher_than_the_scan_is_looked_at_as_high_as_it_goes() -> None:
    positive = made("man", "posterior_leaf_spring").positive
    worn = measure_worn(part("man", "posterior_leaf_spring"), positive, 2000.0)
    top = float(positive.skin.vertices[:, 2].max())
    assert worn.boot.height_mm == pytest.approx(top + worn.heel_stack_mm, abs=5.0)
    assert worn.boot.leg_girth_mm > 200.0


def test_the_mirrored_leg_takes_the_same_shoe() -> None:
    one, other = worn_in(42.0), worn_in(42.0, "mirrored man")
    assert other.needs_length_mm == pytest.approx(one.needs_length_mm, abs=1e-6)
    assert np.allclose(other.worn.outline, one.worn.outline, atol=1e-6)


def test_the_record_holds_what_was_measured() -> None:
    record = shoe_record(worn_in(42.0))
    assert record["needs"]["longer_mm"] == pytest.approx(worn_in(42.0).longer_mm)
    assert record["worn"]["collar"]["boot"]["height_mm"] == pytest.approx(113.0)


# --- verdicts ----------------------------------------------------------------------------------


def test_without_a_shoe_nothing_is_taken_as_fitting() -> None:
    found = judged(worn_in(None))
    for name in ("shoe_length", "shoe_width_ball", "shoe_width_heel"):
        assert (found[name].value, found[name].verdict) == ("not examined", "warn")


def test_the_size_that_is_recommended_is_long_enough_and_none_smaller() -> None:
    size = worn_in(42.0).size
    assert judged(worn_in(size))["shoe_length"].verdict == "pass"
    assert judged(worn_in(size - 0.5))["shoe_length"].verdict == "warn"


def test_what_is_too_long_may_be_cut_off_before_the_toes() -> None:
    shoe = worn_in(42.0)
    beyond = shoe.worn.front - shoe.worn.toes
    assert shoe.cut_back_mm == pytest.approx(min(beyond, shoe.needs_length_mm - 276.0))
    assert "cut the plate back" in judged(shoe)["shoe_length"].message
    assert worn_in(shoe.size).cut_back_mm == 0.0


def test_a_narrow_insole_warns_by_how_much() -> None:
    shoe = worn_in(42.0)
    narrow = replace(shoe, room=replace(shoe.room, ball_mm=70.0))
    assert judged(narrow)["shoe_width_ball"].verdict == "warn"
    assert narrow.wider_mm is not None
    assert narrow.wider_mm[0] == pytest.approx(shoe.needs_ball_mm - 70.0)
    assert shoe.needs_length_mm == pytest.approx(shoe.worn.length_mm + FRONT_MM)


def test_the_heel_is_judged_and_an_assumed_heel_height_said() -> None:
    shoe = worn_in(42.0)
    assert "assumed" in judged(shoe)["shoe_heel_tilt"].message
    given = judged(shoe, ("footwear.heel_height_difference_mm",))
    assert "assumed" not in given["shoe_heel_tilt"].message
    lifted = replace(shoe, worn=replace(shoe.worn, heel_stack_mm=11.0), tilt_deg=3.0)
    found = judged(lifted)
    assert {found[f"shoe_heel_{name}"].verdict for name in ("stack", "tilt")} == {"warn"}


def test_a_collar_passes_up_to_what_laces_open() -> None:
    shoe = worn_in(42.0)
    low = shoe.worn.low
    for more, verdict in ((39.0, "pass"), (41.0, "warn")):
        other = replace(low, girth_mm=low.leg_girth_mm + more)
        found = judged(replace(shoe, worn=replace(shoe.worn, low=other)))
        assert found["shoe_collar_low"].verdict == verdict
