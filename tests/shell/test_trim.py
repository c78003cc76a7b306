"""Trim and slots: every edge is where millimetres of anatomy put it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from known_shells import Made, made
from scipy.spatial import cKDTree

from afo_designer.shell.outline import BEHIND_HEADS_MM, LATERAL, MEDIAL, SULCUS
from afo_designer.shell.shell import Shell, form_shell, with_leaf
from afo_designer.shell.slots import STRAP_PLAY_MM, SlotRefused

Make = Callable[[str, str], Made]
LEAF, SEMI, SOLID = "posterior_leaf_spring", "semi_solid", "solid"
EVERY = [(who, family) for who in ("man", "child") for family in (LEAF, SEMI, SOLID)]


def width(shell: Shell, s: float) -> float:
    """Length of the section between the trim lines, along the surface."""
    medial, lateral = shell.trim.sides(np.array([s]))
    theta = np.linspace(float(medial[0]), float(lateral[0]), 400)
    points = shell.chart.point(np.full_like(theta, s), theta)
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def on_surface(shell: Shell, loop: np.ndarray) -> np.ndarray:
    return shell.chart.point(loop[:, 0], loop[:, 1])


@pytest.mark.parametrize(("who", "family"), EVERY)
def test_the_trim_lies_on_the_chart_and_round_the_midline(
    made_shell: Make, who: str, family: str
) -> None:
    shell = made_shell(who, family).shell
    trim = shell.trim
    (s_low, s_high), (t_low, t_high) = shell.chart.surface.domain
    assert (trim.boundary > [s_low, t_low]).all()
    assert (trim.boundary < [s_high, t_high]).all()
    body = trim.s < shell.stations.end - 1.0
    assert (trim.lateral[body] > 0.0).all()
    assert (trim.medial[body] < 0.0).all()
    steps = np.linalg.norm(
        np.diff(on_surface(shell, np.vstack([trim.boundary, trim.boundary[:1]])), axis=0), axis=1
    )
    assert steps.min() > 0.7
    assert steps.max() < 1.3


@pytest.mark.parametrize(("who", "family"), EVERY)
def test_the_outline_has_no_corner(made_shell: Make, who: str, family: str) -> None:
    """Nowhere tighter than 3 mm: what a half-round edge and a finger can follow."""
    shell = made_shell(who, family).shell
    points = on_surface(shell, shell.trim.boundary)
    ahead, behind = np.roll(points, -3, axis=0) - points, points - np.roll(points, 3, axis=0)
    cosine = np.einsum("ij,ij->i", ahead, behind) / (
        np.linalg.norm(ahead, axis=1) * np.linalg.norm(behind, axis=1)
    )
    radius = 3.0 / np.maximum(np.arccos(np.clip(cosine, -1.0, 1.0)), 1e-9)
    assert radius.min() > 3.0


@pytest.mark.parametrize("who", ["man", "child", "hanging"])
def test_the_leaf_is_as_wide_as_asked(made_shell: Make, who: str) -> None:
    made = made_shell(who, LEAF)
    at, leaf = made.shell.stations, made.parameters.leaf
    for share in (0.15, 0.3, 0.45):
        s = at.leaf + share * (at.root - at.leaf)
        # Fairing over 7 mm draws a child's short leaf in by half a millimetre.
        assert width(made.shell, s) == pytest.approx(leaf.width_mm, abs=0.6)
    widening = width(made.shell, at.root) - leaf.width_mm
    # At its end the line already turns into the heel cup's wall, faired over 7 mm.
    assert leaf.root_widening_mm - 1.0 < widening < leaf.root_widening_mm + 8.0


@pytest.mark.parametrize("asked", [25.0, 60.0])
def test_another_width_is_another_trim_on_the_same_chart(made_shell: Make, asked: float) -> None:
    made = made_shell("man", LEAF)
    moved = with_leaf(made.shell, made.positive, replace(made.parameters.leaf, width_mm=asked))
    at = moved.stations
    assert width(moved, at.leaf + 0.3 * (at.root - at.leaf)) == pytest.approx(asked, abs=0.5)
    assert moved.chart is made.shell.chart
    assert width(made.shell, at.leaf + 0.3 * (at.root - at.leaf)) == pytest.approx(
        made.parameters.leaf.width_mm, abs=0.5
    )
    parameters = replace(made.parameters, leaf=moved.parameters.leaf)
    whole = form_shell(made.positive, parameters)
    np.testing.assert_array_equal(whole.trim.boundary, moved.trim.boundary)


@pytest.mark.parametrize("side", [LATERAL, MEDIAL])
@pytest.mark.parametrize(("who", "family"), [(who, f) for who, f in EVERY if f != LEAF])
def test_the_ankle_trim_passes_the_malleoli_as_asked(
    made_shell: Make, who: str, family: str, side: float
) -> None:
    made = made_shell(who, family)
    name = "lateral_malleolus" if side == LATERAL else "medial_malleolus"
    apex = made.positive.landmarks.position(name)
    trim = made.shell.trim
    line = made.shell.chart.point(trim.s, trim.lateral if side == LATERAL else trim.medial)
    wanted = apex + np.array([made.parameters.leaf.trim_anterior_mm, 0.0, 0.0])
    # Side view; fairing over 7 mm cuts the bend of the line there by a millimetre.
    apart = np.linalg.norm((line - wanted)[:, [0, 2]], axis=1).min()
    assert apart < 1.5


@pytest.mark.parametrize("who", ["man", "child"])
def test_the_footplate_ends_where_it_was_told(made_shell: Make, who: str) -> None:
    made = made_shell(who, LEAF)
    toes = float(made.positive.skin.vertices[:, 0].max())
    x = on_surface(made.shell, made.shell.trim.boundary)[:, 0].max()
    assert x - toes == pytest.approx(made.parameters.footplate.toe_allowance_mm, abs=0.5)
    room = toes + 6.0
    inset = form_shell(made.positive, made.parameters, room_mm=room)
    at = inset.stations
    rear = inset.outer_surface(np.linspace(at.root, at.sole, 200), 0.0)[:, 0].min()
    front = on_surface(inset, inset.trim.boundary)[:, 0].max()
    assert front - rear == pytest.approx(room - 3.0, abs=1.5)


def test_a_metatarsal_plate_ends_behind_the_heads(made_shell: Make) -> None:
    made = made_shell("man", LEAF)
    plate = replace(made.parameters.footplate, length="metatarsal")
    shell = form_shell(made.positive, replace(made.parameters, footplate=plate))
    heads = made.positive.plate.bend_start
    front = on_surface(shell, shell.trim.boundary)[:, 0].max()
    assert heads - front == pytest.approx(plate.wall_end_behind_heads_mm, abs=0.6)
    assert len(shell.thickness.levels) == 3


@pytest.mark.parametrize("radius", [10.0, 18.0, 30.0])
def test_proximal_corners_have_the_radius_asked(made_shell: Make, radius: float) -> None:
    made = made_shell("man", LEAF)
    calf = replace(made.parameters.calf, corner_radius_mm=radius, flare_mm=0.0)
    straps = replace(made.parameters.straps, calf_strap_width_mm=0.0)
    shell = form_shell(made.positive, replace(made.parameters, calf=calf, straps=straps))
    loop = shell.trim.boundary
    per_radian = np.linalg.norm(
        shell.chart.surface(shell.stations.top, shell.trim.lateral[0], dtheta=1)
    )
    # Unrolled about the corner's centre: (s, θ) in millimetres.
    centre = np.array([shell.stations.top + radius, shell.trim.lateral[0] - radius / per_radian])
    flat = (loop - centre) * [1.0, per_radian]
    corner = (flat[:, 0] < -0.2 * radius) & (flat[:, 1] > 0.2 * radius)
    assert corner.sum() > 0.6 * radius
    np.testing.assert_allclose(np.linalg.norm(flat[corner], axis=1), radius, atol=0.06 * radius)


@pytest.mark.parametrize(("who", "family"), EVERY)
def test_slots_are_as_asked_and_keep_from_the_edge(made_shell: Make, who: str, family: str) -> None:
    made = made_shell(who, family)
    straps, shell = made.parameters.straps, made.shell
    widths = [w for w in (straps.calf_strap_width_mm, straps.instep_strap_width_mm) if w > 0.0]
    assert len(shell.openings) == 2 * len(widths)
    edge = cKDTree(on_surface(shell, shell.trim.boundary))
    for opening, strap in zip(shell.openings, widths * 2, strict=True):
        loop = opening.loop
        rim = on_surface(shell, loop)
        length = max(np.linalg.norm(rim - point, axis=1).max() for point in rim[::5])
        perimeter = np.linalg.norm(np.diff(np.vstack([rim, rim[:1]]), axis=0), axis=1).sum()
        wanted, across = strap + STRAP_PLAY_MM, straps.slot_width_mm
        # A stadium's length is its longest chord (the calf bends it less than half a millimetre),
        # its width follows from the perimeter 2 (L − w) + π w.
        assert length == pytest.approx(wanted, abs=0.5)
        assert (perimeter - 2.0 * wanted) / (np.pi - 2.0) == pytest.approx(across, abs=1.0)
        assert edge.query(rim)[0].min() >= 8.0


def test_slots_open_on_both_sides_alike(made_shell: Make) -> None:
    shell = made_shell("man", SOLID).shell
    sides = np.sign([np.mean(opening.loop[:, 1]) for opening in shell.openings])
    np.testing.assert_array_equal(sides, [LATERAL, LATERAL, MEDIAL, MEDIAL])


def test_a_slot_without_room_is_refused(made_shell: Make) -> None:
    one = made_shell("child", SEMI)
    straps = replace(one.parameters.straps, calf_strap_below_top_mm=16.0)
    with pytest.raises(SlotRefused, match=r"calf strap comes nearer than 4 mm to the edge\. Lower"):
        form_shell(one.positive, replace(one.parameters, straps=straps))


def test_a_slot_wider_than_long_is_refused(made_shell: Make) -> None:
    one = made_shell("child", SEMI)
    straps = replace(one.parameters.straps, calf_strap_width_mm=1.0, slot_width_mm=5.0)
    with pytest.raises(SlotRefused, match="it may be 3 mm or more, or 0 for none"):
        form_shell(one.positive, replace(one.parameters, straps=straps))


def test_no_strap_no_slot(made_shell: Make) -> None:
    one = made_shell("man", LEAF)
    straps = replace(one.parameters.straps, calf_strap_width_mm=0.0)
    assert form_shell(one.positive, replace(one.parameters, straps=straps)).openings == ()


def test_the_instep_strap_meets_the_trim_at_45_degrees(made_shell: Make) -> None:
    shell = made("man", SEMI).shell
    loop = shell.openings[1].loop
    rim = on_surface(shell, loop)
    run = np.linalg.svd(rim - rim.mean(axis=0))[2][0]
    assert abs(np.degrees(np.arctan2(-run[2], run[0])) % 180.0 - 45.0) < 12.0


@pytest.mark.parametrize("who", ["man", "child"])
def test_plates_end_under_the_toes_or_behind_the_heads(made_shell: Make, who: str) -> None:
    made = made_shell(who, LEAF)
    heads = made.positive.plate.bend_start
    toes = float(made.positive.skin.vertices[:, 0].max())
    fronts = {}
    for length in ("sulcus", "three_quarter"):
        plate = replace(made.parameters.footplate, length=length)
        shell = form_shell(made.positive, replace(made.parameters, footplate=plate))
        fronts[length] = on_surface(shell, shell.trim.boundary)[:, 0].max()
        assert fronts[length] == pytest.approx(shell.outline.front, abs=0.6)
    assert fronts["three_quarter"] == pytest.approx(heads - BEHIND_HEADS_MM, abs=0.6)
    assert fronts["sulcus"] - heads == pytest.approx(SULCUS * (toes - heads), abs=0.6)
