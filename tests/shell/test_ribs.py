"""Ribs: alike on both sides of a mirror, of the volume of their shape, smooth, never steep."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from known_shells import Made, positive_of, scaled

from afo_designer.design.levers import wall_alone
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.solid import closed_mesh
from afo_designer.shell.bump import STEEPEST
from afo_designer.shell.parameters import Ribs
from afo_designer.shell.ribs import BEHIND_MALLEOLUS_MM, RibsRefused
from afo_designer.shell.sample import middle_surface, middle_surface_at
from afo_designer.shell.shell import Shell, form_shell, with_leaf

Make = Callable[[str, str], Made]
FAMILIES = (("man", "semi_solid"), ("child", "solid"))


@cache
def ribbed(who: str, family: str, number: str = "two") -> Shell:
    positive = positive_of(who)
    parameters = scaled(positive.limb, family).shell
    ribs = replace(parameters.ribs, number=number)
    return form_shell(positive, replace(parameters, ribs=ribs))


def over(shell: Shell, rows: int = 200, columns: int = 161) -> tuple[np.ndarray, np.ndarray]:
    """A grid (s, θ) over all of the shell between its edges."""
    at = shell.stations
    s = np.linspace(at.top + 3.0, at.end - 4.0, rows)
    medial, lateral = shell.trim.sides(s)
    share = np.linspace(0.0, 1.0, columns)
    theta = medial[:, None] + share * (lateral - medial)[:, None]
    return np.broadcast_to(s[:, None], theta.shape), theta


def rise(shell: Shell, s: np.ndarray, theta: np.ndarray) -> np.ndarray:
    return np.asarray(shell.thickness(s, theta) - shell.thickness.plain(s))


def test_none_is_the_shell_as_it_was(made_shell: Make) -> None:
    shell = made_shell("man", "semi_solid").shell
    assert shell.thickness.bumps == ()
    s, theta = over(shell, 40, 21)
    np.testing.assert_array_equal(shell.thickness(s, theta), shell.thickness.plain(s))


@pytest.mark.parametrize(("who", "family"), FAMILIES)
def test_they_are_as_high_as_asked_and_never_steep(who: str, family: str) -> None:
    shell = ribbed(who, family)
    s, theta = over(shell)
    height = rise(shell, s, theta)
    assert height.max() == pytest.approx(shell.parameters.ribs.height_mm, rel=5e-3)
    assert height.min() == 0.0
    step = 1e-4
    along = (rise(shell, s + step, theta) - rise(shell, s - step, theta)) / (2.0 * step)
    across = (rise(shell, s, theta + step) - rise(shell, s, theta - step)) / (2.0 * step)
    slope = np.stack([along, across], axis=-1)
    J = np.stack([shell.chart.surface(s, theta, 1), shell.chart.surface(s, theta, 0, 1)], axis=-1)
    raised = np.linalg.solve(np.swapaxes(J, -1, -2) @ J, slope[..., None])[..., 0]
    assert np.sqrt(np.einsum("...i,...i->...", slope, raised)).max() < STEEPEST


@pytest.mark.parametrize(("who", "family"), FAMILIES)
def test_the_outer_face_carries_them_and_does_not_fold(who: str, family: str) -> None:
    shell = ribbed(who, family)
    s, theta = over(shell)
    normal, wall = shell.chart.normal(s, theta), shell.thickness(s, theta)
    gap = shell.outer_surface(s, theta) - shell.chart.point(s, theta)
    on = rise(shell, s, theta) > 1e-9
    assert np.abs(np.einsum("...i,...i->...", gap, normal) - wall)[on].max() < 0.1
    out = np.cross(shell.outer_surface(s, theta, 1), shell.outer_surface(s, theta, 0, 1))
    into = np.cross(shell.chart.surface(s, theta, 1), shell.chart.surface(s, theta, 0, 1))
    # h κ < 1 everywhere: the offset's area never vanishes
    assert np.einsum("...i,...i->...", out, into).min() > 0.0


def test_their_volume_is_that_of_their_shape(made_shell: Make) -> None:
    """Σ height · width · 16/35 · (length between half heights), over a skin that bends little."""
    plain, shell = made_shell("man", "semi_solid").shell, ribbed("man", "semi_solid")
    wanted = 0.0
    for rib in shell.thickness.bumps:
        s = np.linspace(rib.stations[0], rib.stations[-1], 400)
        line = np.stack([np.interp(s, rib.stations, axis) for axis in rib.centres.T], axis=1)
        run = np.linalg.norm(np.gradient(line, s, axis=0), axis=1)
        ends = rib.rise(s, np.zeros_like(s), line) / rib.height_mm
        wanted += (
            rib.height_mm * 2.0 * rib.half_width_mm * 16.0 / 35.0 * np.trapezoid(run * ends, s)
        )
    got = closed_mesh(shell.solid).volume - closed_mesh(plain.solid).volume
    assert got == pytest.approx(wanted, rel=0.12)


def test_a_mirrored_limb_has_mirrored_ribs() -> None:
    one, other = ribbed("man", "semi_solid"), ribbed("mirrored man", "semi_solid")
    s, theta = over(one, 60, 41)
    np.testing.assert_allclose(rise(one, s, theta), rise(other, s, theta), atol=1e-6)


def test_two_derivatives_go_over_a_rib_without_a_jump() -> None:
    shell = ribbed("man", "semi_solid")
    rib = shell.thickness.bumps[0]
    middle = float(np.median(rib.stations))
    for s, theta in (
        (np.full(8001, middle), np.linspace(-1.6, 0.0, 8001)),
        (np.linspace(rib.stations[0] - 5.0, rib.stations[-1] + 5.0, 8001), np.full(8001, -0.9)),
    ):
        second = np.diff(rise(shell, s, theta), 2)
        assert np.abs(np.diff(second)).max() < 0.02 * np.abs(second).max()


def test_they_run_behind_the_malleoli_and_inside_the_edge() -> None:
    shell, positive = ribbed("man", "solid"), positive_of("man")
    assert len(shell.thickness.bumps) == 2
    for name, rib in zip(("medial", "lateral"), shell.thickness.bumps, strict=True):
        apex = positive.landmarks.position(f"{name}_malleolus")
        nearest = np.linalg.norm(rib.centres - apex, axis=1).min()
        assert nearest > 0.8 * (rib.half_width_mm + BEHIND_MALLEOLUS_MM)
    edge = rise(shell, *shell.trim.boundary.T)
    assert edge.max() == 0.0


def test_the_finite_elements_see_them_and_another_leaf_keeps_them(made_shell: Make) -> None:
    made = made_shell("man", "semi_solid")
    shell = ribbed("man", "semi_solid")
    moved = with_leaf(shell, made.positive, replace(made.parameters.leaf, trim_anterior_mm=-9.0))
    assert len(moved.thickness.bumps) == 2
    lines = [
        np.linalg.norm(b.centres - a.centres[: len(b.centres)], axis=1).max()
        for a, b in zip(shell.thickness.bumps, moved.thickness.bumps, strict=True)
    ]
    assert max(lines) > 1.0  # the edge came back, and the ribs with it
    middle = middle_surface(shell)
    plain = middle_surface_at(made.shell, middle.mesh)
    s, theta = middle.mesh.parameters.T
    np.testing.assert_allclose(
        middle.thickness - plain.thickness, rise(shell, s, theta), atol=1e-12
    )


@pytest.mark.parametrize(
    ("family", "ribs", "says"),
    [
        (
            "solid",
            Ribs("two", 4.0, 20.0),
            r"height_mm = 4 and shell.ribs.width_mm = 20 are steeper",
        ),
        ("posterior_leaf_spring", Ribs("two"), r"width_mm = 26 needs 26 mm .* there are 18 mm"),
        (
            "posterior_leaf_spring",
            Ribs("one", 3.0, 50.0),
            r"one with shell.ribs.width_mm = 50 needs 25 mm .* there are 18 mm",
        ),
        (
            "solid",
            Ribs("one", top_share=0.25, bottom_share=0.0),
            r"top_share = 0.25 .*bottom_share",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_with_both_values(
    family: str, ribs: Ribs, says: str
) -> None:
    positive = positive_of("man")
    parameters = scaled(positive.limb, family).shell
    with pytest.raises(RibsRefused, match=says):
        form_shell(positive, replace(parameters, ribs=ribs))


def test_no_ribs_across_a_hinge() -> None:
    positive = positive_of("man")
    parameters = scaled(positive.limb, "solid").shell
    both = replace(
        parameters, ribs=Ribs("two"), hinge=replace(parameters.hinge, kind="printed_pin")
    )
    with pytest.raises(RibsRefused, match=r'ribs.number = "two" and .*kind = "printed_pin"'):
        form_shell(positive, both)


@cache
def corrugated(who: str, family: str) -> Shell:
    positive = positive_of(who)
    parameters = scaled(positive.limb, family).shell
    ribs = replace(parameters.ribs, number="two", form="corrugation")
    return form_shell(positive, replace(parameters, ribs=ribs))


@pytest.mark.parametrize(("who", "family"), FAMILIES)
def test_folds_are_the_ribs_bells_of_an_even_wall(who: str, family: str, made_shell: Make) -> None:
    shell, solid, plain = (
        corrugated(who, family),
        ribbed(who, family),
        made_shell(who, family).shell,
    )
    assert shell.thickness.bumps == ()
    s, theta = over(shell)
    lift = shell.chart.point(s, theta) - plain.chart.point(s, theta)
    out = np.einsum("...i,...i->...", lift, plain.chart.normal(s, theta))
    assert np.abs(out - rise(solid, s, theta)).max() < 0.12
    assert np.abs(lift[[0, -1]]).max() < 0.01
    # nowhere does the wall, laid outwards, fold: its outer face keeps its area
    outer = np.cross(shell.outer_surface(s, theta, 1), shell.outer_surface(s, theta, 0, 1))
    inner = np.cross(shell.chart.surface(s, theta, 1), shell.chart.surface(s, theta, 0, 1))
    share = np.einsum("...i,...i->...", outer, inner) / np.einsum("...i,...i->...", inner, inner)
    assert share.min() > 0.15


def test_a_folded_part_is_closed_and_does_not_cross_itself() -> None:
    mesh = closed_mesh(corrugated("child", "solid").solid, 4.0, 0.1)
    assert mesh.is_closed
    assert len(self_intersections(mesh)) == 0


def test_folds_stay_where_they_lie(made_shell: Make) -> None:
    shell = corrugated("man", "semi_solid")
    leaf = replace(shell.parameters.leaf, thickness_mm=5.0)
    again = with_leaf(shell, positive_of("man"), leaf)
    assert again.chart is shell.chart
    assert again.thickness.bumps == ()
    assert wall_alone(shell)
    assert not wall_alone(made_shell("man", "semi_solid").shell)
