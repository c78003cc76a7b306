"""Remedy: every place has parameters, and they exist."""

import numpy as np
from known_shells import made

from afo_designer.design.parameters import DesignParameters
from afo_designer.design.place import part_name
from afo_designer.design.remedy import SHAPED_BY, remedy
from afo_designer.geometry.parameter import leaves


def test_every_parameter_named_exists() -> None:
    known = {leaf.key for leaf, _ in leaves(DesignParameters())}
    assert {key for keys in SHAPED_BY.values() for key in keys} <= known


def test_every_place_of_an_orthosis_is_shaped_by_something() -> None:
    shell = made("man", "posterior_leaf_spring").shell
    s = np.linspace(shell.stations.top, shell.stations.end, 40)
    points = shell.chart.point(s, np.zeros_like(s))
    said = {part_name(shell, point): remedy(shell, point) for point in points}
    assert len(said) >= 6
    for words in said.values():
        assert "change shell." in words
