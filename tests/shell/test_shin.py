"""The anterior shell: it closes over the calf part, stands off it, and mirrors."""

from dataclasses import replace

import numpy as np
import pytest
from known_shells import made

from afo_designer.geometry.solid import closed_mesh
from afo_designer.shell.shin import ShinRefused, form_shin, overlap_gap

FAMILY = "ground_reaction"


@pytest.mark.parametrize("who", ["man", "child"])
def test_it_closes_over_the_calf_part_with_a_gap(who: str) -> None:
    whole = made(who, FAMILY)
    shin = form_shin(whole.positive, whole.shell)
    gaps = overlap_gap(whole.shell, shin)
    assert len(gaps) > 100
    wanted = whole.parameters.shin.gap_mm
    assert wanted - 0.3 <= gaps.min()
    # no further off than flare and gap: else it does not close
    assert gaps.max() <= wanted + whole.parameters.calf.flare_mm + 1.5


def test_it_is_a_closed_body_in_front_of_the_leg_between_tuberosity_and_malleoli() -> None:
    whole = made("man", FAMILY)
    shin = form_shin(whole.positive, whole.shell)
    part = closed_mesh(shin.solid)
    assert part.is_closed
    assert part.volume > 0.0
    marks, up = whole.positive.landmarks, whole.positive.shank_axis
    heights = (part.vertices - whole.positive.ankle_centre) @ up
    tuberosity = (marks.position("tibial_tuberosity") - whole.positive.ankle_centre) @ up
    assert heights.max() == pytest.approx(
        tuberosity - whole.parameters.shin.below_tuberosity_mm, abs=6.0
    )
    assert heights.min() == pytest.approx(whole.parameters.shin.above_malleoli_mm, abs=6.0)
    assert np.median(part.vertices[:, 0]) > whole.positive.ankle_centre[0]
    assert len(shin.openings) == 4


def test_it_mirrors() -> None:
    right, left = (
        form_shin(one.positive, one.shell)
        for one in (made("man", FAMILY), made("mirrored man", FAMILY))
    )
    s = np.linspace(right.stations.top, right.stations.end, 7)[1:-1]
    theta = np.linspace(-1.0, 1.0, 7)[1:-1]
    there = left.chart.point(s, theta) * [1.0, -1.0, 1.0]
    assert np.abs(right.chart.point(s, theta) - there).max() < 1e-6
    assert np.abs(right.trim.boundary.max(axis=0) - left.trim.boundary.max(axis=0)).max() < 1e-6


def test_a_shin_without_room_is_refused_by_name() -> None:
    whole = made("man", FAMILY)
    high = replace(whole.parameters.shin, above_malleoli_mm=280.0)
    shell = replace(whole.shell, parameters=replace(whole.parameters, shin=high))
    with pytest.raises(ShinRefused, match=r"shell\.shin\.above_malleoli_mm \(280 mm\)"):
        form_shin(whole.positive, shell)
