"""Strap loops: bridges that stand out over a strap, alike on both sides, and what is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from known_shells import made

from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.parameter import with_value
from afo_designer.geometry.refusal import InputRefused
from afo_designer.geometry.solid import closed_mesh
from afo_designer.shell.holes import OpeningRefused, least_bridge
from afo_designer.shell.opening import LOOP
from afo_designer.shell.shell import Shell, form_shell, with_leaf
from afo_designer.shell.slots import SlotRefused, edge_distance

LEAF = "posterior_leaf_spring"


@cache
def looped(who: str, **straps: float) -> Shell:
    one = made(who, LEAF)
    parameters = with_value(one.parameters, "straps.fastening", "loops")
    for key, value in straps.items():
        parameters = with_value(parameters, f"straps.{key}", value)
    return form_shell(one.positive, parameters)


def loops_of(shell: Shell) -> dict[str, np.ndarray]:
    return {one.name: one.loop for one in shell.openings if one.kind == LOOP}


def lift(shell: Shell, plain: Shell, at: np.ndarray) -> np.ndarray:
    """How far the inner surface moved outwards (mm) at (s, θ) (n, 2)."""
    moved = shell.chart.point(*at.T) - plain.chart.point(*at.T)
    return np.asarray(np.einsum("ij,ij->i", moved, plain.chart.normal(*at.T)))


@pytest.mark.parametrize("who", ["man", "child"])
def test_a_bridge_stands_between_two_slots_as_high_as_asked(who: str) -> None:
    shell, plain = looped(who), made(who, LEAF).shell
    loops, straps = loops_of(shell), shell.parameters.straps
    assert len(loops) == 4
    assert not any(name in loops for name in (one.name for one in plain.openings))
    for word in ("lateral", "medial"):
        front, rear = (loops[f"calf strap {word} {place}"] for place in ("front", "rear"))
        middle = 0.5 * (front.mean(axis=0) + rear.mean(axis=0))[None]
        assert lift(shell, plain, middle)[0] == pytest.approx(straps.loop_height_mm, abs=0.15)
        # on its length under the strap it keeps its height, at the slots' far rims it is nearly nil
        reach = 0.35 * np.ptp(front[:, 0])
        for shift in (-reach, reach):
            assert (
                lift(shell, plain, middle + np.array([shift, 0.0]))[0] > 0.9 * straps.loop_height_mm
            )
        assert edge_distance(shell.chart, shell.trim, front) >= 8.0
    edge = np.abs(lift(shell, plain, shell.trim.boundary))
    assert edge.max() < 0.15
    bridge = least_bridge(shell.chart, shell.trim, shell.openings)
    assert bridge > 0.8 * straps.loop_width_mm


def test_the_part_is_closed_and_does_not_cross_itself() -> None:
    shell = looped("child")
    mesh = closed_mesh(shell.solid, 4.0, 0.1)
    assert mesh.is_closed
    assert len(self_intersections(mesh)) == 0


def test_a_mirrored_leg_has_mirrored_loops() -> None:
    one, twin = (loops_of(looped(who)) for who in ("man", "mirrored man"))
    assert list(one) == list(twin)
    for name, loop in one.items():
        np.testing.assert_allclose(loop.mean(axis=0), twin[name].mean(axis=0), atol=1e-4)


def test_another_leaf_keeps_them() -> None:
    shell = looped("man")
    leaf = with_value(shell.parameters, "leaf.width_mm", 34.0).leaf
    changed = with_leaf(shell, made("man", LEAF).positive, leaf)
    assert loops_of(changed).keys() == loops_of(shell).keys()
    assert changed.chart is shell.chart


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"straps.fastening": "loops", "straps.calf_strap_below_top_mm": 26.0},
            r"calf_strap_width_mm 40 mm, shell.straps.calf_strap_below_top_mm 26 mm .* needs 9 mm",
        ),
        (
            {
                "straps.fastening": "loops",
                "straps.loop_height_mm": 5.0,
                "straps.loop_width_mm": 8.0,
                "straps.slot_edge_mm": 8.0,
            },
            r"loop_height_mm 5 mm is 17\.2 mm wide .* 17\.0 mm from the edge",
        ),
    ],
)
def test_a_loop_without_room_is_refused_with_both_values(
    values: dict[str, object], words: str
) -> None:
    one = made("man", LEAF)
    parameters = one.parameters
    for key, value in values.items():
        parameters = with_value(parameters, key, value)
    with pytest.raises(SlotRefused, match=words):
        form_shell(one.positive, parameters)


def test_loops_under_an_anterior_shell_are_refused_with_both_values() -> None:
    one = made("man", LEAF)
    both = with_value(with_value(one.parameters, "straps.fastening", "loops"), "shin.cover", "yes")
    with pytest.raises(SlotRefused, match=r"fastening is 'loops' and shell.shin.cover 'yes'"):
        form_shell(one.positive, both)


def test_a_riveted_strap_has_rivets_and_no_slots() -> None:
    one = made("man", LEAF)
    riveted = with_value(one.parameters, "straps.fastening", "rivets")
    with pytest.raises(OpeningRefused, match=r"'rivets', but shell.rivets.diameter_mm is 0"):
        form_shell(one.positive, riveted)
    shell = form_shell(one.positive, with_value(riveted, "rivets.diameter_mm", 4.5))
    names = [opening.name for opening in shell.openings]
    assert not any(name.startswith("calf strap") for name in names)
    assert sum(name.startswith("rivet") for name in names) == 4
    assert issubclass(OpeningRefused, InputRefused)
