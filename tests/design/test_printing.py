"""Printing: orientation from strength and time, estimates by hand, cuts, materials' handling."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from known_bodies import block, joined
from known_shells import made, scaled

from afo_designer.design.checks import machine_fit, smallest_feature, trapped_powder
from afo_designer.design.part import Part, together
from afo_designer.design.printing.critical import critical_points
from afo_designer.design.printing.estimate import estimate
from afo_designer.design.printing.machine import Machine, MachineRefused
from afo_designer.design.printing.orientation import (
    Body,
    bending_lines,
    layer_pulls,
    orient,
    pull_allowed,
)
from afo_designer.design.printing.printed import (
    examined,
    fits_by_machine,
    forecast_direction,
    letter_flanks,
)
from afo_designer.design.stiffness_interval import Spread, wall_factor
from afo_designer.geometry.attitude import best_attitudes, hull_of
from afo_designer.geometry.caliper import gaps, walls
from afo_designer.geometry.parameter import with_value
from afo_designer.geometry.rays import Caster
from afo_designer.geometry.solid import closed_mesh
from afo_designer.geometry.turned import turned_mesh
from afo_designer.mechanics.handling import Handling, HandlingRefused
from afo_designer.runs.catalogue import load_machines, load_material, machine_names, material_names
from afo_designer.shell.mark import Lettering
from afo_designer.shell.pin import pin_of
from afo_designer.shell.sample import middle_surface
from afo_designer.shell.shell import form_shell

MACHINES = {machine.id: machine for machine in load_machines()}
MJF, FFF = MACHINES["hp_mjf_5200"], MACHINES["prusa_xl"]
PA12, CARBON, PETG = (load_material(name)[0] for name in ("pa12_mjf", "pa12_cf", "petg"))
Z = np.array([0.0, 0.0, 1.0])
SPREAD = Spread(exponent=2.2, wall_mm=6.0, axis=0.02, landmarks=0.02, mesh=0.01)


SHELL = made("man", "posterior_leaf_spring")


def part(mesh):
    return SimpleNamespace(name="", mesh=mesh, shell=SHELL.shell, quantity=1)


def looked_at(mesh, material=PA12):
    at = mesh.vertices
    return examined(
        part(mesh), SHELL.shell, material, list(MACHINES.values()), Z, at, np.abs(at[:, 2])
    )


def oriented(size, lines, material, machines):
    mesh = block(size, pieces=(12, 12, 12))
    hull = hull_of(mesh)
    held = best_attitudes(hull, [one.volume_mm for one in machines])
    body = Body(Caster(mesh), hull, np.atleast_2d(lines), mesh.volume)
    return orient(body, material, machines, held)


# --- machines and materials as data ------------------------------------------------------------


def test_every_asked_for_machine_ships_with_its_sources():
    assert set(MACHINES) == set(machine_names())
    assert MJF.volume_mm == (356.0, 280.0, 356.0)
    assert MACHINES["bambu_256"].volume_mm == (256.0, 256.0, 256.0)
    assert FFF.volume_mm == (360.0, 360.0, 360.0)
    for machine in MACHINES.values():
        assert machine.powder_bed == ("powder" in machine.process)
        assert (machine.overhang_angle_deg is None) == machine.powder_bed
        for item in machine.provenance:
            assert item.source
            assert not (item.verified and "recalled" in item.source)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("volume_mm", [356.0, 280.0], "volume_mm is"),
        ("layer_mm", 80.0, "layer_mm is 80.0; it may be 0.02 to 1"),
        ("packing_share", None, "packing_share"),
    ],
)
def test_a_bad_machine_is_refused(key, value, sentence):
    table = {"source": "x", "verified": False}
    good = {item.key: {"value": getattr(MJF, item.key), **table} for item in MJF.provenance}
    good |= {"name": "M", "process": "P"}
    good["volume_mm"] = {"value": list(MJF.volume_mm), **table}
    assert Machine.from_mapping("m", good).volume_mm == MJF.volume_mm
    if value is None:
        del good[key]
    else:
        good[key] = {"value": value, **table}
    with pytest.raises(MachineRefused, match=sentence):
        Machine.from_mapping("m", good)


def test_every_material_says_what_is_known_of_skin_shrinkage_and_finishes():
    for name in material_names():
        handling = load_material(name)[0].handling
        said = handling.biocompatibility
        assert said.statement.text
        assert said.statement.source
        assert "finished part" in said.not_covered
        assert "nominal" in handling.shrinkage.text
        assert handling.price_eur_per_kg > 0.0
        for finish in handling.finishes:
            assert -0.5 <= finish.finish_thickness_change_mm <= 0.0


def test_a_finish_that_the_material_lacks_is_refused_with_both():
    assert PA12.handling.finish("as_printed", "x").finish_thickness_change_mm == 0.0
    with pytest.raises(HandlingRefused, match=r"printing\.finish is 'sanded', but PA12.*dyed"):
        PA12.handling.finish("sanded", PA12.name)
    with pytest.raises(HandlingRefused, match="biocompatibility"):
        Handling.from_mapping({"finishes": {}})


# --- estimates ---------------------------------------------------------------------------------


def test_a_powder_beds_estimate_is_the_formulas():
    found = estimate(100_000.0, 80.0, 0.0, MJF, PA12)
    assert found.layers == 1000
    assert found.build_h == pytest.approx(14.0 + 1000 * 10.0 / 3600.0)
    bed = 356.0 * 280.0 * 356.0
    charged = 100_000.0 / (0.1 * bed) * (14.0 + 356.0 / 0.08 * 10.0 / 3600.0)
    assert found.charged_h == pytest.approx(charged)
    grams = 101.0 * (1.0 + 9.0 * 0.45 * 0.2)
    assert found.material_g == pytest.approx(grams)
    assert found.cost_eur == pytest.approx(grams / 1000.0 * 60.0 + charged * 25.0 + 20.0)


def test_filaments_estimate_is_the_formulas():
    found = estimate(100_000.0, 50.0, 200_000.0, FFF, PETG)
    hours = 0.3 + 170_000.0 / 3.1 / 3600.0 + 250 * 4.0 / 3600.0
    assert found.build_h == found.charged_h == pytest.approx(hours)
    assert found.support_g == pytest.approx(70.0 * 1.27)
    assert found.cost_eur == pytest.approx(0.2159 * 25.0 + hours * 3.0 + 40.0)
    names = {one.name for one in found.assumptions}
    assert {"flow_mm3_per_s", "prop_share", "price_eur_per_kg", "worker_rate"} <= names


# --- orientation -------------------------------------------------------------------------------


def test_bending_lines_lie_in_the_walls_own_plane():
    shell = SHELL.shell
    lines = bending_lines(shell)
    assert np.linalg.norm(lines, axis=1) == pytest.approx(1.0)
    # a leaf bends in the sagittal plane: upright layers are pulled apart, those of a side are not
    pulls = layer_pulls(lines, np.eye(3))
    assert pulls[1] < 0.15
    assert pulls[2] > 0.9


def test_a_weak_direction_is_laid_into_the_layers():
    strip = (30.0, 12.0, 200.0)
    found = oriented(strip, [0, 0, 1], CARBON, [FFF])
    assert found.layer_pull < 0.03
    assert found.height_mm < 40.0
    # bending across it as well leaves only the third side to build along
    crossed = oriented(strip, [[0, 0, 1], [0, 1, 0]], CARBON, [FFF])
    assert abs(crossed.build_direction[0]) > 0.98


def test_the_shortest_build_is_taken_where_strength_does_not_mind():
    found = oriented(
        (30.0, 12.0, 200.0), [0, 1, 0], replace(PA12, across_pulsating_stress_mpa=19.0), [MJF]
    )
    assert found.pull_allowed == 1.0
    assert abs(found.build_direction[1]) == pytest.approx(1.0)
    assert found.estimate.layers == 150


def test_pulls_are_allowed_as_the_material_bears_them():
    assert pull_allowed(CARBON)[0] is None
    assert pull_allowed(PA12)[0] == pytest.approx(11.0 / 19.0)
    assert pull_allowed(PETG)[0] == pytest.approx(25.0 / 45.0)
    unknown = replace(PETG, across_ultimate_strength_mpa=None)
    assert "not known" in pull_allowed(unknown)[1]


def test_a_mirrored_body_lies_mirrored():
    lines = np.array([[0.6, 0.0, 0.8], [0.0, 0.6, 0.8]])
    one = oriented((90.0, 60.0, 200.0), lines, CARBON, [FFF])
    two = oriented((90.0, 60.0, 200.0), lines * [1, -1, 1], CARBON, [FFF])
    assert one.layer_pull == pytest.approx(two.layer_pull)
    assert one.height_mm == pytest.approx(two.height_mm)


# --- parts -------------------------------------------------------------------------------------


def test_a_part_is_looked_at_as_a_service_does():
    found = looked_at(block((200.0, 60.0, 4.0), pieces=(40, 12, 2)))
    assert found.wall.least == pytest.approx(4.0, abs=1e-6)
    assert fits_by_machine([found], list(MACHINES.values())) == {
        machine.name: True for machine in MACHINES.values()
    }
    assert found.orientation.machine is MJF
    assert found.split is None


def test_letters_are_no_walls():
    one = SHELL
    lettering = Lettering("7A1L", scaled(one.positive.limb, "posterior_leaf_spring").marking)
    shell = form_shell(one.positive, one.parameters, None, lettering)
    solid = shell.solid
    marked = Part("", shell, solid, closed_mesh(solid, 4.0, 0.1), 0)
    caster, sides = Caster(marked.mesh), letter_flanks(marked)
    assert walls(caster).least < 1.0
    assert walls(caster, skip=sides).least == pytest.approx(2.0, abs=0.05)
    assert gaps(caster).least < 1.0
    assert gaps(caster, skip=sides).least > 4.0
    assert letter_flanks(replace(marked, shell=one.shell)) is None


def test_what_no_machine_holds_is_cut_where_it_is_least_stressed():
    # a bar 500 mm long: stress grows with |z|, so the middle is asked first
    found = looked_at(block((40.0, 10.0, 600.0), pieces=(4, 2, 60)))
    assert found.orientation.machine is None
    assert not found.fits(MJF.name)
    assert found.split.machine is MJF
    assert abs(found.split.point[2]) < 50.0
    assert found.split.normal == pytest.approx(Z)
    design = SimpleNamespace(printed=(found,), machines=tuple(MACHINES.values()), material=PA12)
    (check,) = machine_fit.RULE.judge(design)
    assert check.verdict == "warn"
    assert "cut it square to the shank" in check.message
    assert "mm; the HP Multi Jet Fusion 5200 holds 356 × 280 × 356 mm" in check.message


def test_what_no_cut_brings_into_a_machine_fails():
    # a plate longer and wider than any machine: its halves do not go in either
    found = looked_at(block((900.0, 900.0, 10.0)))
    assert found.split is None
    design = SimpleNamespace(printed=(found,), machines=tuple(MACHINES.values()), material=PA12)
    (check,) = machine_fit.RULE.judge(design)
    assert check.verdict == "fail"
    assert "holds 356 × 280 × 356 mm" in check.message


def test_one_part_that_no_cut_helps_fails_beside_a_longer_one_that_is_cut():
    longer, shorter = (
        looked_at(block((40.0, 10.0, length), pieces=(4, 2, 60))) for length in (640.0, 600.0)
    )
    assert longer.split is not None
    parts = (replace(longer, name="calf"), replace(shorter, name="foot", split=None))
    design = SimpleNamespace(printed=parts, machines=tuple(MACHINES.values()), material=PA12)
    (check,) = machine_fit.RULE.judge(design)
    assert (check.verdict, "No cut" in check.message) == ("fail", True)


def test_a_material_that_no_machine_prints_has_no_orientation():
    sheet = load_material("pp_sheet")[0]
    found = looked_at(block((40.0, 10.0, 100.0)), sheet)
    assert found.orientation is None
    design = SimpleNamespace(printed=(found,), machines=tuple(MACHINES.values()), material=sheet)
    assert list(machine_fit.RULE.judge(design)) == []


def test_traps_and_slender_features_are_judged():
    def verdict(mesh, rule):
        one = looked_at(mesh)
        design = SimpleNamespace(printed=(one,), machines=tuple(MACHINES.values()), material=PA12)
        return next(iter(rule.RULE.judge(design)))

    sound = block((30.0, 30.0, 30.0))
    assert verdict(sound, trapped_powder).verdict == "pass"
    assert verdict(sound, smallest_feature).verdict == "pass"
    hollow = joined(sound, block((10.0, 10.0, 10.0)).flipped())
    assert verdict(hollow, trapped_powder).verdict == "fail"
    slit = joined(sound, block((30.0, 30.0, 5.0), at=(0, 0, 17.8)))
    narrow = verdict(slit, smallest_feature)
    assert (narrow.verdict, narrow.limit) == ("fail", 0.5)
    assert narrow.value == pytest.approx(0.3, abs=1e-6)


def test_a_wall_at_its_limits_has_the_limits_stiffness():
    shell = SHELL.shell
    points = critical_points(shell, PA12, 1.0, (0.8, 1.25), SPREAD)
    assert len(points) == 3
    for point in points:
        assert wall_factor(SPREAD, point.low - point.nominal) == pytest.approx(0.8)
        assert wall_factor(SPREAD, point.high - point.nominal) == pytest.approx(1.25)
        assert point.kept_by_process == (point.nominal - point.low > point.process_mm)
    outside = critical_points(shell, PA12, 2.0, (0.8, 1.25), SPREAD)
    assert {(one.low, one.kept_by_process) for one in outside} == {(None, None)}
    thin = critical_points(shell, replace(PA12, min_wall_mm=8.9), 1.0, (0.8, 1.25), SPREAD)
    assert min(point.low for point in thin) == 8.9


# --- what mechanics take of it -----------------------------------------------------------------


def test_finishing_thins_the_wall_of_mechanics_and_not_the_printed_body():
    shell = SHELL.shell
    thinned = replace(shell, finish_mm=-0.1)
    one, two = middle_surface(shell, 0.5), middle_surface(thinned, 0.5)
    assert two.thickness == pytest.approx(one.thickness - 0.1, abs=1e-12)
    assert np.array_equal(one.mesh.vertices, two.mesh.vertices)
    s = np.linspace(shell.stations.top, shell.stations.end, 9)
    assert np.array_equal(shell.thickness(s, 0.0 * s), thinned.thickness(s, 0.0 * s))
    points = critical_points(thinned, PA12, 1.0, (0.8, 1.25), SPREAD)
    nominal = critical_points(shell, PA12, 1.0, (0.8, 1.25), SPREAD)
    assert points[1].nominal == pytest.approx(nominal[1].nominal - 0.1)


def test_a_layered_material_is_built_as_mechanics_took_it():
    machines = tuple(MACHINES.values())
    direction = forecast_direction(SHELL.shell, CARBON, machines)
    assert np.linalg.norm(direction) == pytest.approx(1.0)
    # upright, bending would be carried across the layers
    assert layer_pulls(bending_lines(SHELL.shell), direction[None])[0] < 0.7
    law = CARBON.law(direction)
    assert law.direction == pytest.approx(direction)
    mesh = closed_mesh(SHELL.shell.solid, 6.0, 0.3)
    one = SimpleNamespace(name="", mesh=mesh, shell=SHELL.shell, quantity=1)
    stress = np.ones(len(mesh.vertices))
    found = examined(one, SHELL.shell, CARBON, machines, Z, mesh.vertices, stress, direction)
    assert found.orientation.fixed
    assert found.orientation.build_direction == pytest.approx(direction)


def test_materials_alike_in_all_directions_keep_their_law():
    machines = tuple(MACHINES.values())
    for material in (PA12, PETG):
        assert forecast_direction(SHELL.shell, material, machines) is None
        assert material.law(None) == material.elasticity
    assert forecast_direction(SHELL.shell, CARBON, ()) is None


def test_a_pin_lies_along_the_layers_and_is_counted_twice():
    one = made("man", "hinged")
    pinned = with_value(one.parameters, "hinge.kind", "printed_pin")
    shell = replace(one.shell, parameters=pinned)
    pin = pin_of(shell)
    mesh = turned_mesh(pin.solid(0))
    body = Part("pin", None, pin.solid(0), mesh, 0, (turned_mesh(pin.solid(1)),))
    nothing = np.zeros((1, 3)), np.zeros(1)
    found = examined(body, shell, PA12, list(MACHINES.values()), Z, *nothing, Z)
    assert found.quantity == body.quantity == 2
    assert not found.trap.voids_mm3
    assert found.wall.least > 1.2
    assert abs(found.orientation.build_direction @ pin.ways[0]) < 0.4
    assert together([body]).volume == pytest.approx(2.0 * mesh.volume, rel=1e-9)
