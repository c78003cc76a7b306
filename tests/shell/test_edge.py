"""The finished edge stays where the trim is, whatever its radius; what cannot be is said."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from known_shells import Made, positive_of, scaled
from scipy.spatial import cKDTree

from afo_designer.geometry.solid import closed_mesh
from afo_designer.shell.edge import EdgeRefused, edge_notes
from afo_designer.shell.parameters import Edge
from afo_designer.shell.shell import Shell, form_shell
from afo_designer.shell.strip import EDGE_LOSS, lay_strip

Make = Callable[[str, str], Made]


def rounded(shell: Shell, radius: float) -> Shell:
    return replace(shell, parameters=replace(shell.parameters, edge=Edge(radius)))


@pytest.mark.parametrize("radius", [0.5, 1.2])
def test_the_finished_edge_stays_where_the_trim_is(made_shell: Make, radius: float) -> None:
    plain = made_shell("man", "posterior_leaf_spring").shell
    shell = rounded(plain, radius)
    before, after = closed_mesh(plain.solid), closed_mesh(shell.solid)
    assert after.is_closed
    s, theta = shell.trim.boundary[::25].T
    half = 0.5 * shell.thickness(s, theta)[:, None] * shell.chart.normal(s, theta)
    edge = shell.chart.point(s, theta) + half
    for mesh in (before, after):
        assert cKDTree(mesh.vertices).query(edge)[0].max() < 0.9
    # less is rounded off than by the half round
    loop = shell.chart.point(*shell.trim.boundary.T)
    length = np.linalg.norm(np.roll(loop, -1, axis=0) - loop, axis=1).sum()
    wall = plain.thickness(*shell.trim.boundary.T)
    gain = (
        length * 2.0 * EDGE_LOSS * np.mean((0.5 * wall) ** 2 - np.minimum(radius, 0.45 * wall) ** 2)
    )
    assert after.volume - before.volume == pytest.approx(gain, rel=0.25)


def test_the_finite_elements_end_nearer_to_the_edge(made_shell: Make) -> None:
    plain = made_shell("man", "posterior_leaf_spring").shell
    s = np.linspace(plain.stations.leaf, plain.stations.root, 50)
    wall = plain.thickness(s, 0.0)
    gaps = []
    for shell in (plain, rounded(plain, 1.0)):
        strip = lay_strip(shell)
        _, lateral = shell.trim.sides(s)
        ends = shell.chart.point(s, strip.lateral(s)), shell.chart.point(s, lateral)
        gaps.append(np.linalg.norm(ends[1] - ends[0], axis=1))
    np.testing.assert_allclose(gaps[0], 0.5 * EDGE_LOSS * wall, rtol=0.1)
    np.testing.assert_allclose(gaps[1], 2.0 * EDGE_LOSS / wall, rtol=0.1)


def test_what_cannot_be_made_is_refused_or_said() -> None:
    positive = positive_of("man")
    parameters = scaled(positive.limb, "solid").shell
    with pytest.raises(EdgeRefused, match=r"shell.edge.radius_mm is 0\.1; .* with 0\.3 mm"):
        form_shell(positive, replace(parameters, edge=Edge(0.1)))
    asked = replace(parameters, edge=Edge(1.5))
    assert edge_notes(parameters, 2.0) == edge_notes(asked, 3.5) == ()
    (said,) = edge_notes(asked, 2.0)
    assert "shell.edge.radius_mm = 1.5 needs a wall of 3.0 mm" in said
    assert "down to 0.90 mm at its thinnest (2.00 mm)" in said
