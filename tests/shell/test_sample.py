"""The middle surface: on the chart, on the stations, as large as the region it stands for."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from known_limbs import SCANS, true_limb
from known_shells import Made, formed

from afo_designer.design.rig import bench_for, heel_clamped, regions
from afo_designer.geometry.array import FloatArray, IntArray, unit
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.shell.region import Region, least
from afo_designer.shell.sample import MiddleSurface, middle_surface, middle_surface_at
from afo_designer.shell.shell import Shell, with_leaf

Make = Callable[[str, str], Made]
EVERY = [("man", "posterior_leaf_spring"), ("child", "semi_solid"), ("man", "solid")]
REFINEMENTS = [0.7, 1.0, 2.2]


def rig_of(made: Made) -> tuple[Region, ...]:
    """What the default bench's mesh conforms to."""
    return regions(bench_for(made.shell, made.positive))


def cells_of(mesh: QuadMesh) -> list[IntArray]:
    return [cells for cells in (mesh.quads, mesh.triangles) if len(cells)]


def facing(middle: MiddleSurface, cells: IntArray) -> FloatArray:
    """(m, corners): area vectors of the corners' parallelograms along the mean director, mm²."""
    around = middle.mesh.vertices[cells]
    turned = np.cross(np.roll(around, -1, 1) - around, np.roll(around, 1, 1) - around)
    outward = unit(middle.directors[cells].mean(axis=1))
    return np.asarray(np.einsum("mij,mj->mi", turned, outward))


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
        return shell.chart.point(a, b) + 0.5 * shell.thickness(a, b)[
            ..., None
        ] * shell.chart.normal(a, b)

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
    np.testing.assert_allclose(middle.thickness, shell.thickness(s, theta))
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
    for station in (at.band, at.leaf, at.root, at.heads):
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
        strip += (
            length
            * 0.5
            * (1.0 - 0.25 * np.pi)
            * shell.thickness(trim.s[inside], side[inside]).mean()
        )
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


@pytest.mark.parametrize(("who", "family"), EVERY)
def test_slots_are_cells_that_are_wholly_void(made_shell: Make, who: str, family: str) -> None:
    made = made_shell(who, family)
    solid = middle_surface(made.shell, 1.0, rig_of(made)).solid
    assert set(solid.tolist()) == {0.0, 1.0}


CASES = [
    ("man", "posterior_leaf_spring"),
    ("man", "semi_solid"),
    ("man", "solid"),
    ("child", "posterior_leaf_spring"),
    ("child", "semi_solid"),
    ("child", "solid"),
    ("hanging", "solid"),
]


def check_conforming(middle: MiddleSurface, rig: tuple[Region, ...]) -> None:
    """No element has a node inside a region and another outside."""
    for region in rig:
        depth = least(region, middle.mesh.vertices)
        assert (depth > 1.0).any()
        assert (depth < -1.0).any()
        for cells in cells_of(middle.mesh):
            at = depth[cells]
            assert np.minimum(at.max(axis=1), -at.min(axis=1)).max() < 1e-6


def check_shapes(middle: MiddleSurface) -> None:
    """No element is folded or a sliver; few are triangles."""
    corners = facing(middle, middle.mesh.quads)
    assert (corners.min(axis=1) > 0.19 * corners.mean(axis=1)).all()
    around = middle.mesh.vertices[middle.mesh.triangles]
    squares = np.sum((np.roll(around, -1, axis=1) - around) ** 2, axis=(1, 2))
    # 1 for an equilateral triangle, 0.03 for one a fiftieth as high as it is long
    quality = 2.0 * np.sqrt(3.0) * facing(middle, middle.mesh.triangles)[:, 0] / squares
    kept = middle.solid[len(middle.mesh.quads) :] > 0.0
    assert quality[kept].min() > 0.03
    assert len(middle.mesh.triangles) < 0.03 * len(middle.mesh.quads) + 20


@pytest.mark.parametrize(("who", "family"), CASES)
@pytest.mark.parametrize("refinement", REFINEMENTS)
def test_elements_conform_and_are_well_shaped(
    made_shell: Make, who: str, family: str, refinement: float
) -> None:
    made = made_shell(who, family)
    middle = middle_surface(made.shell, refinement, rig_of(made))
    check_conforming(middle, rig_of(made))
    check_shapes(middle)


SCANNED = [
    ("population/021", "posterior_leaf_spring", 1.0),
    ("makehuman/12_toddler_neutral90", "semi_solid", 1.0),
    ("makehuman/10_boy_child_thin_pf30", "solid", 4.0),
]


@pytest.mark.parametrize(("stem", "family", "refinement"), SCANNED)
def test_scanned_legs_have_such_meshes_too(stem: str, family: str, refinement: float) -> None:
    if not (SCANS / f"{stem}.ply").exists():
        pytest.skip(f"the shared scans are not here: {SCANS}")
    made = formed(true_limb(stem), family)
    middle = middle_surface(made.shell, refinement, rig_of(made))
    check_conforming(middle, rig_of(made))
    check_shapes(middle)


@pytest.mark.parametrize(("who", "family"), EVERY)
def test_conforming_keeps_the_outline_and_the_area(made_shell: Make, who: str, family: str) -> None:
    made = made_shell(who, family)
    free = middle_surface(made.shell, 2.0)
    held = middle_surface(made.shell, 2.0, rig_of(made))
    assert held.mesh.areas.sum() == pytest.approx(free.mesh.areas.sum(), rel=2e-3)
    assert held.mesh.areas @ held.solid == pytest.approx(free.mesh.areas @ free.solid, rel=2e-3)


def test_the_rigid_sole_has_the_area_of_its_region(made_shell: Make) -> None:
    """What lies inside by elements is what lies inside by fine sampling."""
    made = made_shell("man", "solid")
    clamp = rig_of(made)[0]
    inside = []
    for refinement in (1.0, 3.0):
        middle = middle_surface(made.shell, refinement, (clamp,))
        depth = least(clamp, middle.mesh.vertices)
        rigid = [(depth[cells] > -1e-6).all(axis=1) for cells in cells_of(middle.mesh)]
        inside.append(middle.mesh.areas[np.concatenate(rigid)].sum())
    assert inside[0] == pytest.approx(inside[1], rel=0.02)


def test_the_heel_clamped_variant_has_a_mesh_too(made_shell: Make) -> None:
    made = made_shell("man", "semi_solid")
    heel = regions(heel_clamped(bench_for(made.shell, made.positive)))
    check_conforming(middle_surface(made.shell, 1.0, heel), heel)


@pytest.mark.parametrize(("who", "family"), EVERY)
def test_nodes_move_continuously_with_wall_and_trim(
    made_shell: Make, who: str, family: str
) -> None:
    made = made_shell(who, family)
    leaf = made.shell.parameters.leaf
    here = middle_surface(made.shell, 1.0, rig_of(made)).mesh
    trim = "width_mm" if leaf.edge == "width" else "trim_anterior_mm"
    for key in ("thickness_mm", trim):
        moved = replace(leaf, **{key: getattr(leaf, key) + 1e-5})
        there = middle_surface(with_leaf(made.shell, made.positive, moved), 1.0, rig_of(made)).mesh
        assert np.array_equal(there.quads, here.quads)
        assert np.array_equal(there.triangles, here.triangles)
        assert np.abs(there.vertices - here.vertices).max() < 2e-4


def test_mirrored_legs_have_mirrored_meshes(made_shell: Make) -> None:
    meshes = []
    for who in ("man", "mirrored man"):
        made = made_shell(who, "semi_solid")
        meshes.append(middle_surface(made.shell, 1.0, rig_of(made)).mesh)
    flipped = meshes[1].vertices * [1.0, -1.0, 1.0]
    np.testing.assert_allclose(flipped, meshes[0].vertices, atol=1e-5)
    assert len(meshes[0].triangles) == len(meshes[1].triangles)


def test_a_mesh_is_laid_again_at_its_own_parameters(made_shell: Make) -> None:
    made = made_shell("man", "posterior_leaf_spring")
    middle = middle_surface(made.shell, 1.0, rig_of(made))
    again = middle_surface_at(made.shell, middle.mesh, middle.solid)
    assert np.array_equal(again.mesh.vertices, middle.mesh.vertices)
    assert np.array_equal(again.solid, middle.solid)
    leaf = replace(made.shell.parameters.leaf, thickness_mm=5.0)
    thicker = with_leaf(made.shell, made.positive, leaf)
    other = middle_surface_at(thicker, middle.mesh)
    assert np.array_equal(other.mesh.triangles, middle.mesh.triangles)
    assert np.array_equal(other.mesh.parameters, middle.mesh.parameters)
    rise = other.mesh.vertices - middle.mesh.vertices
    grown = other.thickness - middle.thickness
    np.testing.assert_allclose(rise, 0.5 * grown[:, None] * middle.directors, atol=1e-12)
    # without being told, cells are weighted by what the slots leave of their area
    lost = [(one.mesh.areas * (1.0 - one.solid)).sum() for one in (middle, other)]
    assert lost[1] == pytest.approx(lost[0], rel=0.1)
