"""Skin measures: what a tape finds on a leg, checked against the leg's own making."""

import numpy as np
import pytest

from afo_designer.geometry.frame import Frame
from afo_designer.geometry.section import section_segments, taped_girth
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.limb.skin_measures import skin_measures

MAN = LimbShape(ankle_angle_deg=-15, triangles=8000)


def test_girths_are_those_of_sections_square_to_the_shank() -> None:
    limb = generate_limb(MAN)
    axis = limb.knee_centre - limb.ankle_centre
    girths = [
        taped_girth(section_segments(limb.mesh, limb.ankle_centre + share * axis, axis), axis)
        for share in np.arange(0.10, 0.85, 0.01)
    ]
    assert limb.measures["ankle_girth"] == pytest.approx(min(girths), rel=0.005)
    assert limb.measures["calf_girth"] == pytest.approx(max(girths), rel=0.005)


def test_lengths_and_heights_are_the_landmarks_own() -> None:
    limb = generate_limb(MAN)
    marks = limb.all_landmarks
    assert limb.measures["foot_length"] == pytest.approx(limb.foot_length, abs=0.2)
    assert limb.measures["lateral_malleolus_height"] == marks["lateral_malleolus"][2]
    girth, breadth = limb.measures["ball_girth"], limb.measures["ball_breadth"]
    assert 2.2 * breadth < girth < 2.9 * breadth  # a flat oval


def test_a_bimalleolar_calliper_does_not_see_the_pose() -> None:
    still, turned = (
        generate_limb(LimbShape(triangles=8000, ankle_angle_deg=angle, inversion_deg=tilt))
        for angle, tilt in ((0.0, 0.0), (-30.0, 15.0))
    )
    wide = still.measures["bimalleolar_breadth"]
    assert turned.measures["bimalleolar_breadth"] == pytest.approx(
        wide, rel=0.04
    )  # skin fills up in front


def test_a_leg_cut_below_its_calf_has_no_calf_girth() -> None:
    assert (
        "calf_girth"
        not in generate_limb(LimbShape(triangles=5000, top_mm=-200, ankle_angle_deg=0)).measures
    )


def test_measures_do_not_depend_on_the_pose_of_the_shank_s_own_axes() -> None:
    limb = generate_limb(MAN)
    # Yawing the whole leg with its landmarks must leave girths square to the shank alone.
    turn = Frame.about_axis(limb.ankle_centre, [0.0, 0.0, 1.0], 0.05)
    moved = limb.mesh.with_vertices(turn.apply(limb.mesh.vertices))
    marks = {name: turn.apply(point) for name, point in limb.all_landmarks.items()}
    knee = turn.apply(limb.knee_centre)
    again = skin_measures(moved, marks, limb.ankle_centre, knee)
    assert again["ankle_girth"] == pytest.approx(limb.measures["ankle_girth"], abs=1e-6)
