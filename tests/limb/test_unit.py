"""Units: told by size, by the foot where two would do, refused where nothing tells."""

from dataclasses import replace

import numpy as np
import pytest
from limb_scans import as_scan

from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.surface import ScanTooPoor
from afo_designer.limb.unit import (
    MM_PER_UNIT,
    UnitUnclear,
    check_stature,
    infer_unit,
    longest_extent,
    scan_from_mesh,
    unit_remark,
)


@pytest.mark.parametrize("unit", sorted(MM_PER_UNIT))
def test_unit_round_trip(unit, demo_mesh, motion):
    filed = demo_mesh.with_vertices(motion.apply(demo_mesh.vertices) / MM_PER_UNIT[unit])
    scan = scan_from_mesh(filed, "", "stl")
    assert (scan.unit, scan.unit_source) == (unit, "inferred")
    assert scan.mm_per_unit == MM_PER_UNIT[unit]
    assert scan.mesh.vertices == pytest.approx(motion.apply(demo_mesh.vertices), abs=1e-9)


def test_extents_that_need_no_foot():
    assert infer_unit(0.45) == ("m",)
    assert infer_unit(450.0) == ("mm",)
    assert infer_unit(1000.0) == ("mm",)
    assert infer_unit(70.0) == ("cm",)
    assert infer_unit(12.0) == ("inch",)
    assert infer_unit(45.0) == ("cm", "inch")
    assert infer_unit(3.0) == ()
    assert infer_unit(5000.0) == ()


def test_extent_is_the_same_in_every_pose(demo_mesh, motion):
    moved = demo_mesh.with_vertices(motion.apply(demo_mesh.vertices))
    assert longest_extent(moved) == pytest.approx(longest_extent(demo_mesh), rel=1e-9)


def test_foot_between_two_units_is_refused(demo_mesh):
    small = demo_mesh.with_vertices(demo_mesh.vertices * (12.0 / 261.0))
    with pytest.raises(UnitUnclear, match=r"120 mm \(cm\) or 30\d mm \(inch\)"):
        scan_from_mesh(small, "", "stl")


def test_height_settles_what_the_foot_leaves_open(demo_mesh):
    small = demo_mesh.with_vertices(demo_mesh.vertices * (12.0 / 261.0))
    assert scan_from_mesh(small, "", "stl", height_mm=800.0).unit == "cm"
    assert scan_from_mesh(small, "", "stl", height_mm=1950.0).unit == "inch"
    with pytest.raises(UnitUnclear, match="the foot could be"):
        scan_from_mesh(small, "", "stl", height_mm=1300.0)


def test_a_foot_that_is_not_the_persons_is_held(demo_mesh):
    scan = scan_from_mesh(demo_mesh, "", "stl")
    assert check_stature(scan, 261.0, 1700.0) is None
    with pytest.raises(UnitUnclear, match=r"261 mm long with the unit mm.* 900 mm tall has feet"):
        check_stature(scan, 261.0, 900.0)
    inches = scan_from_mesh(demo_mesh.with_vertices(demo_mesh.vertices / 2.54), "", "stl")
    with pytest.raises(UnitUnclear, match=r"103 mm long .*it would be 261 mm in inch"):
        check_stature(replace(inches, mm_per_unit=10.0, unit="cm"), 261.0 / 2.54, 1700.0)
    given = scan_from_mesh(demo_mesh, "", "stl", given_unit="mm")
    assert "the unit that was given stands" in str(check_stature(given, 261.0, 900.0))


def test_an_inferred_unit_is_to_be_confirmed(demo_mesh):
    metres = demo_mesh.with_vertices(demo_mesh.vertices / 1000.0)
    assert "read in m" in str(unit_remark(scan_from_mesh(metres, "", "stl")))
    assert unit_remark(scan_from_mesh(metres, "", "glb", declared_unit="m")) is None
    assert unit_remark(scan_from_mesh(demo_mesh, "", "stl")) is None


def test_declared_and_given(demo_mesh):
    scan = scan_from_mesh(demo_mesh, "", "3mf", declared_unit="mm")
    assert scan.unit_source == "declared"
    with pytest.raises(UnitUnclear, match=r"with the unit cm \(given\)"):
        scan_from_mesh(demo_mesh, "", "3mf", declared_unit="mm", given_unit="cm")
    inches = demo_mesh.with_vertices(demo_mesh.vertices / 25.4)
    scan = scan_from_mesh(inches, "", "3mf", declared_unit="inch", given_unit="cm")
    assert (scan.unit, scan.unit_source) == ("cm", "given")
    [repair] = scan.repairs
    assert "declares its unit as inch (" in repair
    assert "cm was given (" in repair
    assert "given stands" in repair
    scan = scan_from_mesh(demo_mesh, "", "glb", declared_unit="m", given_unit="mm")
    assert (scan.unit, scan.unit_source) == ("mm", "given")
    assert "declares its unit as m (" in scan.repairs[0]
    with pytest.raises(UnitUnclear, match="Units that would fit: mm"):
        scan_from_mesh(demo_mesh, "", "glb", declared_unit="m")
    with pytest.raises(UnitUnclear, match="unknown unit 'feet'"):
        scan_from_mesh(demo_mesh, "", "stl", given_unit="feet")


def test_degenerate_surfaces_are_refused():
    random = np.random.default_rng(0)
    triangles = random.integers(0, 500, (1000, 3))
    for vertices in (
        np.zeros((500, 3)),
        random.random((500, 1)) * [300.0, 0.0, 0.0],
        random.random((500, 3)) * [300.0, 200.0, 0.0],
        np.full((500, 3), np.nan),
    ):
        with pytest.raises(ScanTooPoor):
            scan_from_mesh(TriMesh(vertices, triangles), "", "stl")
        with pytest.raises(ScanTooPoor):
            locate_limb(as_scan(TriMesh(vertices, triangles)))
    with pytest.raises(ScanTooPoor, match="40 triangles"):
        scan_from_mesh(TriMesh(random.random((500, 3)) * 300.0, triangles[:40]), "", "stl")
