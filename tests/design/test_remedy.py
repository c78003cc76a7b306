"""Remedy: every place has parameters, and they exist."""

import numpy as np
from known_shells import made

from afo_designer.design.parameters import DesignParameters
from afo_designer.design.place import part_name
from afo_designer.design.remedy import PARTS, SHAPED_BY, remedy
from afo_designer.geometry.parameter import leaves


def test_every_parameter_named_exists() -> None:
    known = {leaf.key for leaf, _ in leaves(DesignParameters())}
    named = [*SHAPED_BY.values(), *(keys for _, keys in PARTS.values())]
    assert {key for keys in named for key in keys} <= known


def test_every_place_of_an_orthosis_is_shaped_by_something() -> None:
    shell = made("man", "posterior_leaf_spring").shell
    s = np.linspace(shell.stations.top, shell.stations.end, 40)
    points = shell.chart.point(s, np.zeros_like(s))
    said = {part_name(shell, point): remedy(shell, point) for point in points}
    assert len(said) >= 6
    for words in said.values():
        assert "change shell." in words


def test_a_place_has_its_own_parameters_and_a_part_beside_the_leg_its_parts() -> None:
    shell = made("man", "posterior_leaf_spring").shell
    between = 0.5 * (shell.stations.band + shell.stations.leaf)
    point = shell.chart.point(between, 0.0)
    words = remedy(shell, point)
    assert words.startswith("At below the calf band, midline (")
    assert "shell.calf.taper_mm" in words
    assert "shell.calf.flare_mm" not in words
    assert "On the anterior shell (" in remedy(shell, point, "anterior")
    assert "change shell.hinge.diameter_mm or" in remedy(shell, point, "pin")
