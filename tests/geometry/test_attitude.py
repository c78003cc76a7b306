"""A box fits the box that it is, however it lies; what cannot fit is not said to."""

import numpy as np
import pytest
from known_bodies import block, turned

from afo_designer.geometry.attitude import Attitude, Box, Hull, best_attitudes, hull_of, laid


def best_attitude(hull: Hull, box: Box) -> Attitude:
    return best_attitudes(hull, (box,))[0]


@pytest.mark.parametrize("seed", range(6))
def test_a_box_is_found_in_its_own_box(seed):
    size = np.random.default_rng(seed).uniform(40.0, 400.0, 3)
    hull = hull_of(turned(block(size), seed))
    for order in ([0, 1, 2], [2, 0, 1]):
        found = best_attitude(hull, tuple(size[order]))
        assert found.excess == pytest.approx(1.0, abs=1e-6)
        assert found.extents == pytest.approx(size[order], abs=1e-3)
        assert found.axes @ found.axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert not best_attitude(hull, tuple(0.99 * size)).fits
    assert best_attitude(hull, tuple(1.01 * size)).fits


def test_a_rod_goes_across_the_diagonal():
    # √(256² + 256²) = 362 across a face, 443 across the cube, less what the rod's section takes
    cube = (256.0, 256.0, 256.0)
    assert best_attitude(hull_of(block((410.0, 10.0, 10.0))), cube).fits
    assert not best_attitude(hull_of(block((450.0, 10.0, 10.0))), cube).fits


def test_turning_a_body_changes_nothing(bent_tube):
    from afo_designer.geometry.solid import closed_mesh

    mesh = closed_mesh(bent_tube(), 6.0, 0.3)
    boxes = [(356.0, 280.0, 356.0), (360.0, 360.0, 360.0)]
    straight = best_attitudes(hull_of(mesh), boxes)
    other = best_attitudes(hull_of(turned(mesh, 5)), boxes)
    for one, two in zip(straight, other, strict=True):
        assert one.excess == pytest.approx(two.excess, rel=0.01)
        # it is at least as good as the body as it stands
        assert one.excess <= (np.ptp(mesh.vertices, axis=0) / boxes[0]).max() + 1.0


def test_laid_keeps_the_build_direction():
    hull = hull_of(block((300.0, 100.0, 20.0)))
    flat = laid(hull, np.array([0.0, 0.0, 1.0]), (100.0, 300.0, 20.0))
    assert flat.excess == pytest.approx(1.0, abs=1e-9)
    assert flat.build_direction == pytest.approx([0.0, 0.0, 1.0])
    upright = laid(hull, np.array([1.0, 0.0, 0.0]), (100.0, 300.0, 20.0))
    assert upright.extents[2] == pytest.approx(300.0)
    assert not upright.fits
