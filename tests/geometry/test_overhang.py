"""Overhang of wedges and tables by formula."""

import numpy as np
import pytest
from known_bodies import block, joined, revolved, turned
from scipy.spatial.transform import Rotation

from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.overhang import hanging_each_way, overhang, overhang_areas
from afo_designer.geometry.rays import Caster

UP = np.array([0.0, 0.0, 1.0])


def cone(slope_deg: float) -> TriMesh:
    """A cone on its tip, its mantle `slope_deg` from the plate, 20 mm high."""
    radius = 20.0 / np.tan(np.radians(slope_deg))
    heights = np.linspace(0.0, 20.0, 41)[1:]
    side = [(radius * z / 20.0, z) for z in heights]
    return revolved([(0.0, 0.0), *side, (0.0, 20.0)], 180)


def test_a_mantle_hangs_over_below_the_angle_only():
    mantle = np.pi * 20.0 / np.tan(np.radians(40.0)) * 20.0 / np.sin(np.radians(40.0))
    found = overhang(Caster(cone(40.0)), UP, 45.0)
    assert found.area_mm2 == pytest.approx(mantle, rel=0.01)
    # below an upside-down cone lies twice its volume
    radius = 20.0 / np.tan(np.radians(40.0))
    assert found.support_mm3 == pytest.approx(np.pi * radius**2 * 20.0 * 2.0 / 3.0, rel=0.01)
    assert overhang(Caster(cone(50.0)), UP, 45.0).area_mm2 == 0.0
    assert overhang(Caster(cone(50.0)), UP, 55.0).area_mm2 > 0.0
    # on its flat side it hangs over nowhere
    assert overhang(Caster(cone(40.0)), -UP, 45.0).area_mm2 == 0.0


def test_a_table_is_propped_down_to_the_plate_and_a_shelf_down_to_what_is_below():
    table = joined(block((40, 40, 4), at=(0, 0, 32), pieces=(8, 8, 1)), block((4, 4, 30)))
    found = overhang(Caster(table), UP, 45.0)
    assert found.area_mm2 == pytest.approx(1600.0)
    assert found.support_mm3 == pytest.approx(1600.0 * 45.0 - 16.0 * 30.0, rel=0.05)


@pytest.mark.parametrize("seed", [7, 8])
def test_body_and_direction_turn_together(seed):
    body = cone(40.0)
    along = Rotation.random(random_state=seed).as_matrix() @ UP
    one = overhang(Caster(body), UP, 45.0)
    two = overhang(Caster(turned(body, seed)), along, 45.0)
    assert two.area_mm2 == pytest.approx(one.area_mm2)
    assert two.support_mm3 == pytest.approx(one.support_mm3, rel=1e-3)
    many = overhang_areas(turned(body, seed), np.stack([along, -along]), 45.0)
    assert many == pytest.approx([one.area_mm2, 0.0], rel=0.02)


def test_a_cone_hangs_over_one_way_up_only():
    found = hanging_each_way(cone(40.0), 45.0, [UP])
    areas = {tuple(way.direction): way.area_mm2 for way in found}
    assert len(found) == 7
    assert areas[0.0, 0.0, 1.0] == found[-1].area_mm2 > 1000.0
    assert areas[0.0, 0.0, -1.0] == 0.0
    heights = {tuple(way.direction): way.height_mm for way in found}
    assert heights[0.0, 0.0, 1.0] == pytest.approx(20.0)
    assert heights[1.0, 0.0, 0.0] == pytest.approx(40.0 / np.tan(np.radians(40.0)), rel=0.01)
