"""The middle surface: on the chart, on the stations, as large as the region it stands for."""

from collections.abc import Callable

import numpy as np
import pytest
from known_shells import Made

from afo_designer.geometry.array import unit
from afo_designer.shell.sample import middle_surface
from afo_designer.shell.shell import Shell

Make = Callable[[str, str], Made]
EVERY = [("man", "posterior_leaf_spring"), ("child", "semi_solid"), ("man", "solid")]


def area_between(shell: Shell, low: float, high: float) -> float:
    """∬ ‖X_s × X_θ‖ (1 + h H …) of the middle surface by its own offset: midpoint rule."""
    s = np.linspace(low, high, 801)
    s = 0.5 * (s[1:] + s[:-1])
    medial, lateral = shell.trim.sides(s)
    share = (np.arange(120) + 0.5) / 120
    theta = medial[:, None] + share * (lateral - medial)[:, None]
    grid = np.broadcast_to(s[:, None], theta.shape)
    e = 1e-3

    def middle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return shell.chart.point(a, b) + 0.5 * shell.thickness(a)[..., None] * shell.chart.normal(
            a, b
        )

    along = (middle(grid + e, theta) - middle(grid - e, theta)) / (2.0 * e)
    across = (middle(grid, theta + e / 40.0) - middle(grid, theta - e / 40.0)) / (e / 20.0)
    cell = np.linalg.norm(np.cross(along, across), axis=-1) * (lateral - medial)[:, None] / 120
    return float(cell.sum() * (high - low) / 800)


@pytest.mark.parametrize(("who", "family"), EVERY)
def test_nodes_lie_half_a_wall_outside_the_chart(made_shell: Make, who: str, family: str) -> None:
    shell = made_shell(who, family).shell
    middle = middle_surface(shell)
    s, theta = middle.mesh.parameters.T
    inner = middle.mesh.vertices - 0.5 * middle.thickness[:, None] * middle.directors
    np.testing.assert_allclose(inner, shell.chart.point(s, theta), atol=1e-9)
    np.testing.assert_allclose(middle.thickness, shell.thickness(s))
    np.testing.assert_allclose(np.linalg.norm(middle.directors, axis=1), 1.0)
    # Directors point away from the limb, and quads are counter-clockwise seen from there.
    assert (
        np.einsum("ij,ij->i", middle.directors, inner - shell.chart.spine.centre(s)) > 0.0
    ).all()
    corners = middle.mesh.vertices[middle.mesh.quads]
    normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    outward = middle.directors[middle.mesh.quads].mean(axis=1)
    assert (np.einsum("ij,ij->i", unit(normal), unit(outward)) > 0.9).all()


@pytest.mark.parametrize(("who", "family"), EVERY)
@pytest.mark.parametrize("refinement", [0.7, 1.0, 2.0])
def test_mesh_lines_lie_on_the_stations(
    made_shell: Make, who: str, family: str, refinement: float
) -> None:
    shell = made_shell(who, family).shell
    lines = np.unique(middle_surface(shell, refinement).mesh.parameters[:, 0])
    at = shell.stations
    for station in (at.band, at.leaf, at.root, at.sole, at.heads):
        assert np.abs(lines - station).min() < 1e-9


def test_refinement_multiplies_the_elements(made_shell: Make) -> None:
    shell = made_shell("man", "posterior_leaf_spring").shell
    one, two = (len(middle_surface(shell, r).mesh.quads) for r in (1.0, 2.0))
    assert two == pytest.approx(4.0 * one, rel=0.05)


@pytest.mark.parametrize(("who", "family"), EVERY)
def test_the_area_is_that_of_the_region(made_shell: Make, who: str, family: str) -> None:
    """But for the strip that a half-round edge lacks: (1 − π/4) of half a wall."""
    shell = made_shell(who, family).shell
    middle = middle_surface(shell, 2.0)
    s = middle.mesh.parameters[:, 0]
    wanted = area_between(shell, float(s.min()), float(s.max()))
    trim = shell.trim
    inside = (trim.s > s.min()) & (trim.s < s.max())
    strip = 0.0
    for side in (trim.lateral, trim.medial):
        edge = shell.chart.point(trim.s[inside], side[inside])
        length = np.linalg.norm(np.diff(edge, axis=0), axis=1).sum()
        strip += length * 0.5 * (1.0 - 0.25 * np.pi) * shell.thickness(trim.s[inside]).mean()
    assert middle.mesh.areas.sum() == pytest.approx(wanted - strip, rel=0.01)


@pytest.mark.parametrize(("who", "family"), EVERY)
def test_slots_weaken_the_elements_they_cut(made_shell: Make, who: str, family: str) -> None:
    shell = made_shell(who, family).shell
    middle = middle_surface(shell, 2.0)
    assert middle.solid.min() >= 0.0
    assert middle.solid.max() == 1.0
    straps = shell.parameters.straps
    w = straps.slot_width_mm
    wanted = sum(
        2.0 * ((strap + 2.0 - w) * w + np.pi * w**2 / 4.0)
        for strap in (straps.calf_strap_width_mm, straps.instep_strap_width_mm)
        if strap > 0.0
    )
    missing = float(((1.0 - middle.solid) * middle.mesh.areas).sum())
    assert missing == pytest.approx(wanted, rel=0.08)
