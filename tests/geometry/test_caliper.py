"""Rays over known bodies: walls and gaps are their formulas, wherever the body lies."""

import numpy as np
import pytest
from known_bodies import block, joined, revolved, turned

from afo_designer.geometry.caliper import gaps, walls
from afo_designer.geometry.rays import Caster


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_plate_has_its_thickness(seed):
    plate = block((60.0, 40.0, 3.2), pieces=(30, 20, 4))
    found = walls(Caster(plate if seed is None else turned(plate, seed)))
    assert found.least == pytest.approx(3.2, abs=1e-6)
    # the two faces are 4800 of 5440 mm²: their quantiles are the thickness, the rims' are not
    assert found.quantile(0.5) == pytest.approx(3.2, abs=1e-6)
    assert found.quantile(0.99) == pytest.approx(60.0, abs=1e-5)
    assert found.areas.sum() == pytest.approx(plate.areas.sum())


def test_the_thinnest_place_is_found_and_named():
    # a lathe's body with a neck of 2 mm across between two of 20
    body = revolved([(0, 0), (10, 0), (10, 20), (1, 21), (1, 29), (10, 30), (10, 50), (0, 50)])
    found = walls(Caster(body))
    assert found.least == pytest.approx(2.0, rel=0.01)
    assert 20.0 < found.place[2] < 30.0


def test_a_gap_is_the_air_between_faces():
    pair = joined(block((40, 30, 5)), block((40, 30, 5), at=(0, 0, 5.7)))
    found = gaps(Caster(pair))
    assert found.least == pytest.approx(0.7, abs=1e-6)
    alone = gaps(Caster(block((40, 30, 5))))
    assert (alone.least, alone.place) == (np.inf, None)
    assert alone.quantile(0.5) == np.inf


def test_asking_fewer_triangles_still_finds_the_least():
    plate = block((60.0, 40.0, 3.2), pieces=(30, 20, 4))
    vertices = plate.vertices.copy()
    top = vertices[:, 2] > 1.5
    dent = np.exp(-((vertices[:, 0] - 12.0) ** 2 + (vertices[:, 1] + 6.0) ** 2) / 30.0)
    vertices[:, 2] -= np.where(top, 1.5 * dent, 0.0)
    dented = Caster(plate.with_vertices(vertices))
    assert walls(dented, asked=300).least == pytest.approx(walls(dented).least, abs=0.02)
