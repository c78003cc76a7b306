"""Traps are found where they were put, and nowhere else."""

from itertools import pairwise

import numpy as np
import pytest
from known_bodies import block, joined, revolved, turned

from afo_designer.geometry.rays import Caster
from afo_designer.geometry.trap import trapped

NARROW = 8.0


@pytest.mark.parametrize("seed", [3, 4])
def test_a_void_is_found_with_its_volume(seed):
    hollow = joined(block((30, 30, 30)), block((10, 8, 6), at=(4, 0, 0)).flipped())
    found = trapped(Caster(turned(hollow, seed)), NARROW)
    assert found.voids_mm3 == pytest.approx([480.0])


def test_a_piece_beside_another_is_no_void():
    assert trapped(Caster(joined(block((5, 5, 5)), block((4, 4, 4), at=(9, 0, 0)))), NARROW) == (
        trapped(Caster(block((5, 5, 5))), NARROW)
    )


def bored(radius: float, depth: float):
    """A round block 40 mm across and high with a blind hole from above, finely cut."""
    z = np.linspace(40.0, 40.0 - depth, 30)
    hole = [(radius, height) for height in z]
    return revolved([(0, 0), (20, 0), (20, 40), *hole, (0, 40.0 - depth)], 32)


def test_a_deep_narrow_hole_holds_powder_and_a_shallow_one_does_not():
    deep = trapped(Caster(bored(1.5, 30.0)), NARROW)
    # of 283 mm² of bore, the lower part
    assert 100.0 < deep.pocket_mm2 < 283.0
    assert deep.place[2] < 35.0
    assert trapped(Caster(bored(1.5, 2.0)), NARROW).pocket_mm2 == 0.0
    assert trapped(Caster(bored(12.0, 30.0)), NARROW).pocket_mm2 == 0.0


def test_a_bottle_holds_powder_behind_its_neck():
    # wide inside, so no two faces are near each other; the neck is 2 mm wide
    wall = [(1, 40), (1, 34), (15, 32), (15, 5), (0, 5)]
    outline = [(0, 0), (20, 0), (20, 40), *wall]
    fine = [np.linspace(a, b, 12, endpoint=False) for a, b in pairwise(outline)]
    bottle = revolved([tuple(p) for p in np.vstack([*fine, [outline[-1]]])], 32)
    assert bottle.is_closed
    assert trapped(Caster(bottle), NARROW).pocket_mm2 > 2000.0


def test_a_shell_of_an_orthosis_holds_none(bent_tube):
    from afo_designer.geometry.solid import closed_mesh

    found = trapped(Caster(closed_mesh(bent_tube(), 4.0, 0.2)), NARROW)
    assert (found.voids_mm3, found.pocket_mm2, found.place) == ((), 0.0, None)
