"""Round holes: their size, where they lie, and when they are refused."""

from __future__ import annotations

import numpy as np
import pytest
from known_shells import made

from afo_designer.geometry.parameter import with_value
from afo_designer.runs.catalogue import template_names
from afo_designer.shell.holes import OpeningRefused, least_bridge, round_hole, with_room
from afo_designer.shell.openings import shell_openings
from afo_designer.shell.parameters import ShellParameters

LEAF = "posterior_leaf_spring"


def openings_with(who: str, **rivets: object) -> tuple:  # type: ignore[type-arg]
    one = made(who, LEAF)
    parameters: ShellParameters = one.parameters
    for key, value in rivets.items():
        parameters = with_value(parameters, f"rivets.{key}", value)
    return shell_openings(one.shell.chart, one.shell.trim, one.shell.stations, parameters)


def test_a_cylinder_of_the_diameter_fills_a_hole() -> None:
    shell = made("man", LEAF).shell
    at = np.array([shell.stations.top + 30.0, 0.4])
    hole = round_hole(shell.chart, at, 5.0, "hinge")
    rim = shell.chart.point(*hole.loop.T) - shell.chart.point(*at)
    axis = shell.chart.normal(*at)
    across = rim - np.outer(rim @ axis, axis)
    np.testing.assert_allclose(np.linalg.norm(across, axis=1), 2.5, atol=1e-9)


def test_rivets_are_where_they_were_asked_for() -> None:
    one = made("man", LEAF)
    found = openings_with("man", diameter_mm=4.5, per_side="3", spacing_mm=20.0, edge_mm=20.0)
    rivets = [opening for opening in found if opening.name.startswith("rivet")]
    assert [rivet.name for rivet in rivets] == [
        f"rivet {side} {number}" for side in ("lateral", "medial") for number in (1, 2, 3)
    ]
    rows = np.array([rivet.loop[:, 0].mean() for rivet in rivets[:3]]) - one.shell.stations.top
    np.testing.assert_allclose(rows, [10.0, 30.0, 50.0], atol=1.5)
    edge = one.shell.chart.point(*one.shell.trim.boundary.T)
    for rivet in (rivets[1], rivets[4]):
        rim = one.shell.chart.point(*rivet.loop.T)
        gap = np.linalg.norm(rim[:, None] - edge[None], axis=2).min()
        assert gap == pytest.approx(20.0, abs=0.5)


@pytest.mark.parametrize("who", ["man", "child"])
@pytest.mark.parametrize("family", template_names())
def test_the_default_place_has_room_in_every_family(who: str, family: str) -> None:
    one = made(who, family)
    parameters = with_value(one.parameters, "rivets.diameter_mm", 4.5)
    found = shell_openings(one.shell.chart, one.shell.trim, one.shell.stations, parameters)
    assert sum(opening.name.startswith("rivet") for opening in found) == 4
    assert least_bridge(one.shell.chart, one.shell.trim, found) >= 4.0


def test_a_mirrored_leg_has_mirrored_rivets() -> None:
    found = [openings_with(who, diameter_mm=4.0, edge_mm=30.0) for who in ("man", "mirrored man")]
    for one, twin in zip(*found, strict=True):
        assert one.name == twin.name
        np.testing.assert_allclose(one.loop, twin.loop, atol=1e-5)


@pytest.mark.parametrize(
    ("rivets", "words"),
    [
        ({"edge_mm": 8.0}, r"'rivet lateral 1' comes .* near to the opening 'calf strap lateral'"),
        ({"edge_mm": 30.0, "spacing_mm": 7.0}, r"comes 2\.\d mm near .* at least 4 mm"),
        ({"edge_mm": 30.0, "below_top_mm": 8.0}, "outside the shell|near to the edge"),
        (
            {"edge_mm": 30.0, "below_top_mm": 10.0, "spacing_mm": 60.0, "per_side": "3"},
            "Rivet lateral 1 lies -50.0 mm below",
        ),
    ],
)
def test_a_rivet_without_room_is_refused_with_both_values(
    rivets: dict[str, object], words: str
) -> None:
    with pytest.raises(OpeningRefused, match=words):
        openings_with("man", diameter_mm=4.5, **rivets)


def test_a_hole_outside_the_shell_is_refused() -> None:
    shell = made("man", LEAF).shell
    hole = round_hole(shell.chart, (shell.stations.leaf, 1.6), 5.0, "hinge lateral")
    with pytest.raises(OpeningRefused, match="'hinge lateral' lies outside the shell"):
        with_room(shell.chart, shell.trim, [hole], shell.openings)


def test_no_rivets_by_default() -> None:
    assert [opening.name for opening in openings_with("man")] == [
        "calf strap lateral",
        "calf strap medial",
    ]


def test_the_least_bridge_is_that_of_the_two_nearest() -> None:
    shell = made("man", LEAF).shell
    top = shell.stations.top
    holes = [
        round_hole(shell.chart, (top + 30.0 + way, 0.0), 6.0, f"hole {way}") for way in (0.0, 11.0)
    ]
    bridge = least_bridge(shell.chart, shell.trim, holes)
    assert bridge == pytest.approx(5.0, abs=0.4)
    assert least_bridge(shell.chart, shell.trim, holes[:1]) == pytest.approx(27.0, abs=1.5)
