"""Ground: the edges move by what was taken off, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_shells import made

from afo_designer.shell.ground import ground, ground_share
from afo_designer.shell.shell import with_leaf
from afo_designer.shell.trim import theta_per_mm

FAMILIES = ("posterior_leaf_spring", "solid")


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_off_is_the_same_shell(family: str) -> None:
    shell = made("man", family).shell
    same = ground(shell, 0.0)
    assert np.array_equal(same.trim.lateral, shell.trim.lateral)
    assert np.array_equal(same.trim.boundary, shell.trim.boundary)


@pytest.mark.parametrize("family", FAMILIES)
def test_band_and_plate_keep_their_edges(family: str) -> None:
    shell = made("man", family).shell
    less = ground(shell, 3.0)
    s = shell.trim.s
    kept = (s <= shell.stations.band) | (s >= shell.stations.heads)
    assert kept.any()
    for side in ("lateral", "medial"):
        before, after = getattr(shell.trim, side), getattr(less.trim, side)
        assert np.array_equal(before[kept], after[kept])
        assert np.all(np.abs(after) <= np.abs(before))
    assert less.openings == shell.openings
    assert less.thickness is shell.thickness


def test_a_leaf_ground_is_the_leaf_designed_narrower() -> None:
    one = made("man", "posterior_leaf_spring")
    leaf = one.shell.parameters.leaf
    narrow = with_leaf(one.shell, one.positive, replace(leaf, width_mm=leaf.width_mm - 4.0))
    less = ground(one.shell, 2.0)
    assert less.parameters.leaf.width_mm == narrow.parameters.leaf.width_mm
    s = one.shell.trim.s
    on_leaf = (s > one.shell.stations.leaf) & (s < one.shell.stations.root)
    for side in ("lateral", "medial"):
        made_so, left = getattr(narrow.trim, side)[on_leaf], getattr(less.trim, side)[on_leaf]
        per_mm = theta_per_mm(one.shell.chart, s[on_leaf], left)
        assert np.abs((made_so - left) / per_mm).max() < 0.2


def test_the_mirrored_leg_is_ground_alike() -> None:
    one, other = (made(who, "solid").shell for who in ("man", "mirrored man"))
    assert np.allclose(ground(one, 2.0).trim.lateral, ground(other, 2.0).trim.lateral, atol=1e-9)


def test_all_of_it_comes_off_the_leaf() -> None:
    shell = made("man", "posterior_leaf_spring").shell
    share = ground_share(shell, np.array([shell.stations.leaf, shell.stations.root]))
    assert np.array_equal(share, [1.0, 1.0])
