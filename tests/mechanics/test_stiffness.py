"""The bench: beams by hand, then every symmetry it must have."""

from dataclasses import replace

import numpy as np
import pytest

from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.bench import Bench, BenchRefused, Cuff, HalfSpace, supports
from afo_designer.mechanics.material import Elasticity
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.solve import Status
from afo_designer.mechanics.stiffness import NM_PER_DEG, stiffness_of
from afo_designer.mechanics.stress import LAYERS, peak, stress

E, H, WIDTH, BEHIND = 1800.0, 3.0, 36.0, 50.0


def grid(rows, columns):
    u, v = np.meshgrid(np.linspace(0, 1, rows + 1), np.linspace(0, 1, columns + 1), indexing="ij")
    number = np.arange(u.size).reshape(u.shape)
    quads = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], -1)
    return u.ravel(), v.ravel(), quads.reshape(-1, 4)


def heights(u, bottom, top, clamp, band):
    """Heights of rows u from 0 to 1, the nearest of which lie on clamp and band."""
    even = bottom + (top - bottom) * np.unique(u)
    laid = even[[0, np.argmin(np.abs(even - clamp)), np.argmin(np.abs(even - band)), -1]]
    return np.interp(bottom + (top - bottom) * u, laid, [bottom, clamp, band, top])


def strip(
    columns=6,
    thickness=H,
    modulus=E,
    nu=0.0,
    bottom=-40.0,
    top=260.0,
    clamp=0.0,
    band=200.0,
    fine=1,
):
    """A vertical strip behind the axis, its outer side backwards."""
    u, v, quads = grid(60 * fine, columns * fine)
    height = heights(u, bottom, top, clamp, band)
    points = np.column_stack([np.full_like(u, -BEHIND), WIDTH * (v - 0.5), height])
    mesh = QuadMesh(points, quads, np.zeros((len(points), 2)))
    outwards = np.tile([-1.0, 0.0, 0.0], (len(points), 1))
    return ShellModel(mesh, outwards, np.full(len(points), thickness), Elasticity(modulus, nu))


def gutter(lean=0.15, mirror=1.0, clamp=2.0, band=203.0):
    """A leaf that is curved across, leans and is lopsided: no symmetry to hide behind."""
    u, v, quads = grid(50, 10)
    angle = (v - 0.4) * (0.9 + 0.4 * u)
    height = heights(u, -40.0, 260.0, clamp, band)
    x = -30.0 - 30.0 * np.cos(angle) - lean * 0.002 * height**2
    points = np.column_stack([x, mirror * 30.0 * np.sin(angle), height])
    outward = np.column_stack([-np.cos(angle), mirror * np.sin(angle), -lean * 0.004 * height])
    mesh = QuadMesh(points, quads if mirror > 0 else quads[:, ::-1], np.zeros((len(points), 2)))
    return ShellModel(mesh, outward, 3.0 + u, Elasticity(E, 0.4))


def rig(clamp=0.0, band=200.0, cuff=Cuff.SLIDING):
    return Bench(
        axis_point=[0.0, 0.0, 0.0],
        axis_direction=[0.0, 1.0, 0.0],
        shank_axis=[0.0, 0.0, 1.0],
        footplate_clamp=(HalfSpace([0.0, 0.0, clamp], [0.0, 0.0, -1.0]),),
        calf_band=(HalfSpace([0.0, 0.0, band], [0.0, 0.0, 1.0]),),
        cuff=cuff,
    )


def beam(clamp, band, axial):
    """A Timoshenko beam between clamp and a band that turns about the origin, N·m/deg."""
    length, inertia, area = band - clamp, WIDTH * H**3 / 12.0, WIDTH * H
    shear = 12.0 * E * inertia / (5.0 / 6.0 * E / 2.0 * area * length**2)
    bent = 12.0 * band**2 - 12.0 * band * length + (4.0 + shear) * length**2
    stiffness = E * inertia / (length**3 * (1.0 + shear)) * bent
    stiffness += E * area / length * BEHIND**2 if axial else 0.0
    return stiffness * NM_PER_DEG


PLANES = [(0.0, 200.0), (3.3, 200.0), (0.0, 203.7), (4.9, 195.1), (0.1, 199.9)]


@pytest.mark.parametrize(("clamp", "band"), PLANES)
def test_sliding_strip_is_a_beam_that_bends(clamp, band):
    # the wall shears inside a sliding band over about half a thickness: 1 % of the length
    measured = stiffness_of(strip(clamp=clamp, band=band), rig(clamp, band)).stiffness_nm_per_deg
    assert measured == pytest.approx(beam(clamp, band, axial=False), rel=0.01)
    assert measured < beam(clamp, band, axial=False)


@pytest.mark.parametrize(("clamp", "band"), PLANES)
def test_tied_strip_is_a_beam_that_stretches(clamp, band):
    measured = stiffness_of(
        strip(clamp=clamp, band=band), rig(clamp, band, Cuff.TIED)
    ).stiffness_nm_per_deg
    assert measured == pytest.approx(beam(clamp, band, axial=True), rel=1e-4)


@pytest.mark.parametrize(("clamp", "band"), PLANES)
def test_hanging_strip_bears_a_pure_moment(clamp, band):
    result = stiffness_of(strip(clamp=clamp, band=band), rig(clamp, band, Cuff.HANGING))
    by_hand = E * WIDTH * H**3 / 12.0 / (band - clamp) * NM_PER_DEG
    assert result.stiffness_nm_per_deg == pytest.approx(by_hand, rel=1e-4)
    # σ = 6 M / (w h²), everywhere and on both surfaces
    model = strip(clamp=clamp, band=band)
    field = stress(model, result.solution, result.element_factor)
    expected = 6.0 * by_hand / NM_PER_DEG / (WIDTH * H**2)
    highest = peak(model, field.von_mises)
    assert highest.value == pytest.approx(expected, rel=1e-3)
    assert highest.layer in (LAYERS[0], LAYERS[2])
    assert abs(highest.position[0] + BEHIND) == pytest.approx(H / 2)
    assert np.abs(field.strain).max() == pytest.approx(expected / E, rel=1e-3)


def test_stiffness_follows_the_clamp():
    planes = np.arange(0.0, 12.0, 1.2)
    measured = [stiffness_of(strip(clamp=z), rig(z)).stiffness_nm_per_deg for z in planes]
    by_hand = np.array([beam(z, 200.0, axial=False) for z in planes])
    assert np.all(np.diff(measured) > 0.0)
    # what a beam does not know, shear about the band, weighs more the shorter the strip: evenly so
    assert np.ptp(measured / by_hand) < 0.002
    assert np.abs(np.diff(measured / by_hand, 2)).max() < 5e-5


def slanting(fine=1, split=False):
    """A strip clamped at 45°: rows sheared to the border, or square cells cut in two along it."""
    u, v, quads = grid(70 * fine, 7 * fine)
    side = WIDTH / 7.0
    across, height = WIDTH * (v - 0.5), side * (70.0 * u - 7.0)
    bench = replace(
        rig(band=side * 40.0),
        footplate_clamp=(HalfSpace([0.0, -0.5 * WIDTH, 0.0], [0.0, -1.0, -1.0]),),
    )
    triangles = np.zeros((0, 3), dtype=np.int64)
    if split:
        depth = -(across + 0.5 * WIDTH + height)[quads]
        cut = (depth.max(axis=1) > 0.1) & (depth.min(axis=1) < -0.1)
        # corners 1 and 3 lie on the border
        triangles = quads[cut][:, [[0, 1, 3], [1, 2, 3]]].reshape(-1, 3)
        quads = quads[~cut]
    else:
        reach = np.interp(height, side * np.array([-7.0, 0.0, 40.0, 63.0]), [1.0, 1.0, 0.0, 0.0])
        height = height - reach * (across + 0.5 * WIDTH)
    points = np.column_stack([np.full_like(u, -BEHIND), across, height])
    mesh = QuadMesh(points, quads, np.zeros((len(points), 2)), triangles)
    outwards = np.tile([-1.0, 0.0, 0.0], (len(points), 1))
    return ShellModel(mesh, outwards, np.full(len(points), H), Elasticity(E, 0.3)), bench


def test_a_slanting_border_along_rows_or_diagonals_is_the_same_clamp():
    rows, diagonals = (
        stiffness_of(*slanting(2, split)).stiffness_nm_per_deg for split in (False, True)
    )
    assert diagonals == pytest.approx(rows, rel=0.003)


def test_elements_are_rigid_or_not_at_all():
    model, bench = slanting(split=True)
    held = supports(model, bench)
    quads = len(model.mesh.quads)
    cells = [*model.mesh.quads, *model.mesh.triangles]
    inside = np.array([np.isin(cell, held.clamped).all() for cell in cells])
    assert np.array_equal(held.element_factor == 0.0, inside)
    assert set(held.element_factor) == {0.0, 1.0}
    # one of the two halves of every divided cell is rigid
    assert np.count_nonzero(inside[quads:]) == 7
    rigid_area = model.mesh.areas[inside].sum()
    assert rigid_area == pytest.approx(0.5 * WIDTH**2)
    tied = supports(model, replace(bench, cuff=Cuff.TIED))
    band = model.mesh.vertices[model.mesh.quads][..., 2].min(axis=1) > 40 * WIDTH / 7 - 1e-6
    assert np.array_equal(tied.element_factor[:quads] == 0.0, inside[:quads] | band)


def test_a_mesh_that_a_border_cuts_is_refused():
    with pytest.raises(BenchRefused, match="footplate clamp cuts 6 elements"):
        stiffness_of(strip(), rig(clamp=3.3))
    with pytest.raises(BenchRefused, match="calf band cuts 6 elements"):
        stiffness_of(strip(), rig(band=203.7))


def test_a_mesh_that_moved_a_little_keeps_its_held_nodes():
    model, bench = strip(), rig()
    first = supports(model, bench)
    moved = model.mesh.vertices + np.array([0.0, 0.0, 0.5])
    other = changed(vertices=moved)
    with pytest.raises(BenchRefused, match="cuts"):
        supports(other, bench)
    again = supports(other, bench, like=first)
    assert np.array_equal(again.clamped, first.clamped)
    assert np.array_equal(again.element_factor, first.element_factor)


@pytest.mark.parametrize("cuff", list(Cuff))
def test_stiffness_does_not_depend_on_the_frame(cuff):
    model, bench = gutter(), rig(2.0, 203.0, cuff)
    motion = Frame.about_axis([10.0, 20.0, -30.0], [0.3, 1.0, -0.5], 0.8)

    def moved(region):
        return tuple(HalfSpace(motion.apply(h.point), motion.turn(h.normal)) for h in region)

    mesh = QuadMesh(motion.apply(model.mesh.vertices), model.mesh.quads, model.mesh.parameters)
    turned = ShellModel(mesh, motion.turn(model.directors), model.thickness, model.elasticity)
    other = Bench(
        motion.apply(bench.axis_point),
        motion.turn(bench.axis_direction),
        motion.turn(bench.shank_axis),
        moved(bench.footplate_clamp),
        moved(bench.calf_band),
        cuff,
    )
    here, there = stiffness_of(model, bench), stiffness_of(turned, other)
    assert there.stiffness_nm_per_deg == pytest.approx(here.stiffness_nm_per_deg, rel=1e-7)
    forces = motion.turn(here.shank_force_n_per_deg)
    assert np.allclose(there.shank_force_n_per_deg, forces, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("cuff", list(Cuff))
def test_left_and_right_are_equally_stiff(cuff):
    left = stiffness_of(gutter(), rig(2.0, 203.0, cuff)).stiffness_nm_per_deg
    right = stiffness_of(gutter(mirror=-1.0), rig(2.0, 203.0, cuff)).stiffness_nm_per_deg
    assert right == pytest.approx(left, rel=1e-8)


@pytest.mark.parametrize("cuff", list(Cuff))
def test_work_is_the_moment_of_the_reactions(cuff):
    result = stiffness_of(gutter(), rig(2.0, 203.0, cuff))
    assert result.shank_moment_nm_per_deg[1] == pytest.approx(result.stiffness_nm_per_deg, rel=1e-4)
    if cuff is Cuff.HANGING:
        assert np.abs(result.shank_force_n_per_deg).max() < 1e-6


def test_dorsiflexion_carries_the_band_forward():
    result = stiffness_of(strip(), rig())
    forward = result.solution.displacement[result.band, 0]
    assert np.allclose(forward, strip().mesh.vertices[result.band, 2])


def test_sliding_lies_far_below_tied_for_a_leaf_behind_the_axis():
    sliding, tied = (
        stiffness_of(gutter(), rig(2.0, 203.0, cuff)).stiffness_nm_per_deg
        for cuff in (Cuff.SLIDING, Cuff.TIED)
    )
    assert tied > 5.0 * sliding


def test_modulus_scales_stiffness_and_leaves_strain():
    soft, stiff = strip(modulus=E), strip(modulus=2.0 * E)
    a, b = stiffness_of(soft, rig()), stiffness_of(stiff, rig())
    assert b.stiffness_nm_per_deg == pytest.approx(2.0 * a.stiffness_nm_per_deg, rel=1e-9)
    assert np.allclose(a.solution.displacement, b.solution.displacement, atol=1e-6)


def test_thickness_enters_a_flat_strip_cubed():
    thin, thick = (
        stiffness_of(strip(thickness=h), rig(cuff=Cuff.HANGING)).stiffness_nm_per_deg
        for h in (2.0, 4.0)
    )
    assert thick == pytest.approx(8.0 * thin, rel=1e-6)


def test_a_half_void_element_is_half_as_stiff():
    model = strip()
    weighted = ShellModel(
        model.mesh, model.directors, model.thickness, model.elasticity, np.full(360, 0.5)
    )
    whole, half = (
        stiffness_of(m, rig(cuff=Cuff.HANGING)).stiffness_nm_per_deg for m in (model, weighted)
    )
    assert half == pytest.approx(0.5 * whole, rel=1e-9)


def test_a_bench_beside_the_shell_is_refused():
    with pytest.raises(BenchRefused, match="calf band holds no point"):
        stiffness_of(strip(), rig(band=900.0))
    with pytest.raises(BenchRefused, match="share"):
        stiffness_of(strip(clamp=50.0, band=100.0), rig(clamp=100.0, band=50.0))
    with pytest.raises(BenchRefused, match="length zero"):
        replace(rig(), shank_axis=[0.0, 0.0, 0.0])


def changed(thickness=None, vertices=None, weight=None):
    model = strip()
    mesh = (
        model.mesh
        if vertices is None
        else QuadMesh(vertices, model.mesh.quads, np.zeros((len(vertices), 2)))
    )
    return ShellModel(
        mesh,
        model.directors,
        model.thickness if thickness is None else thickness,
        model.elasticity,
        weight,
    )


def refused(model, height, within=10.0):
    """The status of a model that is refused with a sentence and a place near a height."""
    result = stiffness_of(model, rig())
    assert np.isnan(result.stiffness_nm_per_deg)
    assert not result.solution.displacement.any()
    assert abs(result.solution.place[2] - height) <= within
    assert "It is near" in result.solution.message
    with pytest.raises(ValueError, match="no stress without a solution"):
        stress(model, result.solution)
    return result.solution.status


def test_no_thickness_is_a_status_with_its_place():
    thickness = strip().thickness.copy()
    thickness[7 * 30 + 2] = 0.0
    assert refused(changed(thickness=thickness), -40.0 + 30 * 5.0) is Status.NO_THICKNESS


def test_a_folded_element_is_a_status_with_its_place():
    vertices = strip().mesh.vertices.copy()
    vertices[7 * 30 + 2, 2] += 12.0
    assert refused(changed(vertices=vertices), -40.0 + 31 * 5.0) is Status.INVERTED


def test_a_number_that_is_none_is_a_status():
    thickness = strip().thickness.copy()
    thickness[7 * 30 + 2] = np.nan
    assert refused(changed(thickness=thickness), -40.0 + 30 * 5.0) is Status.NOT_FINITE


def test_an_infinite_coordinate_is_a_status():
    vertices = strip().mesh.vertices.copy()
    vertices[7 * 30 + 2, 0] = np.inf
    result = stiffness_of(changed(vertices=vertices), rig())
    assert result.solution.status is Status.NOT_FINITE
    assert np.isnan(result.stiffness_nm_per_deg)


def test_weights_outside_their_range_are_refused():
    for weight in (1.1, -0.1, np.nan):
        with pytest.raises(ValueError, match="0 to 1"):
            changed(weight=np.full(360, weight))


def test_facets_lie_on_a_cylinder_in_the_mean():
    u, v, quads = grid(8, 4)
    angle, radius = 0.6 * (v - 0.5), 30.0
    outward = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
    points = radius * outward + np.column_stack([0 * u, 0 * u, 100.0 * u])
    mesh = QuadMesh(points, quads, np.zeros((len(points), 2)))
    model = ShellModel(mesh, outward, np.full(len(points), 3.0), Elasticity(E, 0.4))
    along = np.linspace(0.0, 1.0, 101)[:, None]
    chords = model.nodes[0] * (1 - along) + model.nodes[1] * along
    heights = np.hypot(chords[:, 0], chords[:, 1]) - radius
    sagitta = radius * 0.15**2 / 8.0
    assert abs(np.trapezoid(heights, along[:, 0])) < 0.01 * sagitta


def test_a_loose_piece_is_a_status_with_its_place():
    weight = np.ones(360)
    rows = np.arange(360) // 6
    weight[(rows == 20) | (rows == 30)] = 0.0  # cuts at z 60 to 65 and 110 to 115
    assert refused(changed(weight=weight), 87.5, within=22.5) is Status.UNHELD
