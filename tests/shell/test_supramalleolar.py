"""A trim measured from the malleoli: heights, room and refusals."""

from dataclasses import replace

import numpy as np
import pytest
from known_shells import made, positive_of

from afo_designer.shell.shell import form_shell
from afo_designer.shell.stations import StationsRefused

FAMILY = "supramalleolar"


@pytest.mark.parametrize("who", ["man", "child", "hanging"])
def test_the_edge_stands_above_the_higher_malleolus_by_the_millimetres_asked_for(who: str) -> None:
    whole = made(who, FAMILY)
    positive, shell = whole.positive, whole.shell
    names = ("lateral_malleolus", "medial_malleolus")
    apices = [positive.landmarks.position(name) @ positive.shank_axis for name in names]
    edge = shell.chart.spine.centre(shell.stations.top) @ positive.shank_axis
    wanted = whole.parameters.calf.top_above_malleoli_mm
    assert edge - max(apices) == pytest.approx(wanted, abs=0.5)
    at = shell.stations
    assert at.top < at.band < at.leaf < at.ankle < at.sole < at.heads < at.end


def test_both_malleoli_are_covered() -> None:
    from afo_designer.design.malleoli import malleoli

    whole = made("man", FAMILY)
    assert all(one.covered for one in malleoli(whole.positive, whole.shell))


def test_left_and_right_mirror() -> None:
    right, left = made("man", FAMILY).shell, made("mirrored man", FAMILY).shell
    assert np.abs(right.trim.boundary.min(axis=0) - left.trim.boundary.min(axis=0)).max() < 1e-6


def test_more_height_than_the_scan_shows_is_refused_with_both() -> None:
    positive, whole = positive_of("child"), made("child", FAMILY)
    calf = replace(whole.parameters.calf, top_above_malleoli_mm=800.0)
    with pytest.raises(StationsRefused, match=r"top_above_malleoli_mm is 800 mm, but the scan"):
        form_shell(positive, replace(whole.parameters, calf=calf))
