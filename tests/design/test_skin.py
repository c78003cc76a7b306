"""Pressure on the skin: tissue by hand, a limb that fills its shell, cases, zones, verdicts."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from known_limbs import generated_limb, mirrored_limb

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.relief import REFERENCE_FOOT
from afo_designer.design.checks import skin_free as skin_free_rule
from afo_designer.design.checks import skin_pressure as skin_pressure_rule
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.skin import (
    MEAN_KPA,
    PEAK_KPA,
    CasePressure,
    FreeZone,
    RegionPressure,
    SkinCare,
    SkinPressure,
    skin_cases,
    skin_pressure,
)
from afo_designer.design.tissue import Tissue, lay_bed, limb_dress, strap_front
from afo_designer.limb.landmarks import Landmarks
from afo_designer.mechanics.discretisation import Configuration
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.equilibrium import rotated
from afo_designer.mechanics.strapped import strapped_state, strapped_task
from afo_designer.mechanics.sweep import bench_task, sweep
from afo_designer.runs.catalogue import load_template
from afo_designer.shell.shell import form_shell

TISSUE = Tissue()
CASES = {"up": 4.0, "down": -6.0}
NYLON = Elasticity(1800.0, 0.43)


class Worn:
    """A coarse leaf on a limb, and its sliding sweep."""

    def __init__(self, limb):
        parameters = load_template("posterior_leaf_spring")[0].chosen.scaled_to(limb.foot_length)
        self.positive = modify_cast(limb, np.radians(3.0), 8.0, parameters.parameters.cast)
        self.shell = form_shell(self.positive, parameters.parameters.shell)
        self.bench = bench_for(self.shell, self.positive)
        self.model = shell_model(self.shell, self.bench, NYLON, 0.45)
        self.sliding = sweep(self.model, self.bench, list(CASES.values()))

    @property
    def parts(self):
        return self.shell, self.positive, self.bench, self.model

    def pressed(self, **more):
        return skin_pressure(*self.parts, self.sliding, CASES, **{"care": SkinCare()} | more)

    def start(self):
        return Configuration(self.model.nodes, self.model.frames)


@pytest.fixture(scope="module")
def worn():
    return Worn(generated_limb(-5.0))


@pytest.fixture(scope="module")
def pressed(worn):
    return worn.pressed(care=SkinCare(electrode=True))


def region(case, name):
    return next(part for part in case.regions if part.region == name)


def test_a_layer_that_cannot_give_way_sideways_is_stiffer_than_free_tissue():
    free = Tissue(youngs_modulus_mpa=0.06, poissons_ratio=0.0)
    assert free.modulus(10.0) == pytest.approx(0.006)
    # 0.06 · 0.55 / (1.45 · 0.1) = 0.2276 MPa
    assert TISSUE.modulus(15.0) == pytest.approx(0.2276 / 15.0, rel=1e-3)
    assert 0.01 <= TISSUE.modulus(TISSUE.calf_mm) < TISSUE.modulus(TISSUE.bone_mm) <= 0.05
    assert TISSUE.scaled(2.0).modulus(7.0) == pytest.approx(2.0 * TISSUE.modulus(7.0))


def test_nodes_in_slots_stay_held_when_the_band_is_let_go(worn):
    # at the default mesh a slot is wide enough for nodes that no element has
    model = shell_model(worn.shell, worn.bench, NYLON)
    task = bench_task(model, worn.bench)
    bare = np.setdiff1d(np.arange(len(model.nodes)), task.elements.pattern.dofs // 5)
    assert np.isin(bare, task.drive.nodes).sum() >= 2
    free = strapped_task(task).free
    assert not free[bare].any()
    whole = np.setdiff1d(task.drive.nodes, bare)
    assert (free[whole] == model.moves[whole]).all()


def test_at_neutral_the_limb_fills_the_shell_and_bears_nothing(worn):
    bed = lay_bed(*worn.parts, TISSUE)
    cushion = bed.cushion(worn.start(), 0.0)
    depth = cushion.penetration(worn.start(), 0.0)
    assert depth.max() < 0.0
    s = worn.model.mesh.parameters[cushion.nodes, 0]
    below_flare = worn.shell.stations.top + worn.shell.parameters.calf.flare_length_mm
    band = (s > below_flare) & (s < worn.shell.stations.band)
    assert depth[band].min() > -0.5
    # the sole and what the bench clamps are left out, the rest is there
    assert cushion.normals[:, 2].min() > -0.5
    assert cushion.area[band].sum() > 5000.0
    held = strapped_state(worn.sliding, 0.0, limb_dress(*worn.parts, TISSUE))
    assert held.reached
    assert held.moment_nm == 0.0


def test_where_the_band_goes_with_the_shank_it_touches_as_before(worn):
    bed = lay_bed(*worn.parts, TISSUE)
    level = np.radians(-15.0)
    turn = np.tile(level * worn.bench.axis_direction, (len(worn.model.nodes), 1))
    arm = (worn.model.nodes - worn.bench.axis_point)[:, None]
    there = Configuration(
        worn.bench.axis_point + rotated(arm, turn)[:, 0], rotated(worn.model.frames, turn)
    )
    before = bed.cushion(worn.start(), 0.0).penetration(worn.start(), 0.0)
    turned = bed.cushion(there, level)
    band = worn.model.mesh.parameters[bed.nodes, 0] < worn.shell.stations.leaf
    assert np.allclose(turned.ride.share[band], 1.0, rtol=0, atol=1e-3)
    assert np.allclose(turned.penetration(there, level)[band], before[band], rtol=0, atol=1e-2)
    # heel and sole stay with the foot; under the malleoli the cup's rim has a little of their turn
    cup = worn.model.mesh.parameters[bed.nodes, 0] > worn.shell.stations.sole
    ankle = worn.positive.landmarks.position("lateral_malleolus")[0]
    x, _, z = worn.model.nodes[bed.nodes].T
    rim = (np.abs(x - ankle) < 20.0) & (z > 15.0)
    assert turned.ride.share[cup & ~rim].max() < 0.01
    assert turned.ride.share[cup].max() < 0.05


def test_strap_carries_in_dorsiflexion_and_the_back_of_the_leg_in_plantarflexion(pressed):
    up, down = pressed.cases
    assert pressed.complete
    assert up.moment_nm < 0.0 < down.moment_nm
    assert region(up, "calf_strap").force_n > 5.0
    assert region(up, "calf_strap").force_n == pytest.approx(up.strap_n)
    behind = [
        region(case, "calf_band").force_n + region(case, "leaf").force_n for case in (up, down)
    ]
    assert behind[1] > 2.0 * behind[0]
    for case in pressed.cases:
        assert 0.3 < case.moment_nm / case.sliding_moment_nm < 2.0
        assert case.pressure_kpa.min() == 0.0
        for part in case.regions:
            assert 0.0 <= part.mean_kpa <= part.peak_kpa
            assert part.force_n == pytest.approx(part.mean_kpa * part.area_mm2 / 1e3)


def test_softer_tissue_presses_less(worn, pressed):
    soft = worn.pressed(tissue=TISSUE.scaled(0.5))
    for less, more in zip(soft.cases, pressed.cases, strict=True):
        assert abs(less.moment_nm) < abs(more.moment_nm)
        assert less.pressure_kpa.max() < more.pressure_kpa.max()


def test_zones_follow_the_landmarks(worn, pressed):
    names = {zone.name: zone for zone in pressed.zones}
    assert set(names) == {"fibular_head", "lateral_malleolus", "medial_malleolus", "electrode"}
    head = worn.positive.landmarks.position("fibular_head")
    assert np.allclose(names["fibular_head"].position, head)
    drop = head - names["electrode"].position
    assert np.allclose(np.cross(drop, worn.positive.shank_axis), 0.0, atol=1e-9)
    # a leaf leaves the malleoli alone; the trim keeps below the fibular head
    assert all(zone.peak_kpa == 0.0 for zone in pressed.zones)
    assert all(zone.covered_mm2 == 0.0 for zone in pressed.zones if "malleolus" in zone.name)


def test_a_landmark_that_the_scan_lacks_is_named(worn):
    marks = {k: v for k, v in worn.positive.landmarks.items() if k != "fibular_head"}
    blind = replace(worn.positive, landmarks=Landmarks(marks))
    found = skin_pressure(
        worn.shell, blind, worn.bench, worn.model, worn.sliding, {}, SkinCare(electrode=True)
    )
    assert found.unseen == ("fibular_head", "electrode")
    unseen = [c for c in said(found, worn.shell) if c.value == "not seen"]
    assert [c.id for c in unseen] == ["skin_free_fibular_head", "skin_free_electrode"]


def test_the_taut_line_round_the_shin_is_sharper_than_a_round_leg(worn):
    front = strap_front(worn.shell, worn.positive, worn.bench)
    assert 70.0 < front.chord_mm < 140.0
    mean, peak = front.pressures_kpa(40.0)
    assert mean == pytest.approx(4e4 / (front.width_mm * front.chord_mm))
    assert mean < peak < 5.0 * mean
    assert front.place[0] > worn.bench.axis_point[0]


def test_without_a_strap_nothing_pulls_the_shell_forward(worn):
    straps = replace(worn.shell.parameters.straps, calf_strap_width_mm=0.0)
    parameters = replace(worn.shell.parameters, straps=straps)
    bare = replace(worn.shell, openings=(), parameters=parameters)
    found = skin_pressure(
        bare, worn.positive, worn.bench, worn.model, worn.sliding, CASES, SkinCare()
    )
    up, down = found.cases
    assert "strap" in up.message
    assert not up.regions
    assert (down.message, down.strap_n) == ("", 0.0)
    assert "calf_strap" not in {part.region for part in down.regions}
    assert region(down, "leaf").force_n > 1.0


def test_mirrored_limb_mirrored_pressure(worn, pressed):
    other = Worn(mirrored_limb(generated_limb(-5.0))).pressed(care=SkinCare(electrode=True))
    for here, there in zip(pressed.cases, other.cases, strict=True):
        assert there.moment_nm == pytest.approx(here.moment_nm, rel=1e-3)
        assert there.strap_n == pytest.approx(here.strap_n, rel=1e-2)
        for part, image in zip(here.regions, there.regions, strict=True):
            assert image.force_n == pytest.approx(part.force_n, rel=2e-2, abs=0.1)


def test_cases_are_absolute_angles_less_the_neutral():
    assert skin_cases(3.0) == {"second_rocker": 9.0, "push_off": -23.0}


def said(skin, shell):
    """Both rules' checks of a pressure."""
    finished = SimpleNamespace(skin=skin, shell=shell)
    return [*skin_pressure_rule.judge(finished), *skin_free_rule.judge(finished)]


def told(
    worn, mean=10.0, peak=30.0, zone=0.0, covered=0.0, message="", name="electrode", share=1.0
):
    part = RegionPressure("leaf", mean, peak, 100.0, 1.0, np.array([0.0, 0.0, 150.0]))
    regions = () if message else (part,)
    case = CasePressure("push_off", -23.0, 20.0, 18.0, 3.0, regions, np.zeros(4), 7, message)
    free = FreeZone(name, np.zeros(3), 25.0, zone, covered)
    skin = SkinPressure((case,), (free,), (), TISSUE, (0.015, 0.045), SkinCare(share=share))
    return {check.id: check for check in said(skin, worn.shell)}


def test_verdicts_are_estimates_that_at_worst_warn(worn):
    good = told(worn)
    assert {check.verdict for check in good.values()} == {"pass"}
    assert all(check.message.startswith("Estimate") for check in good.values())
    assert all("unvalidated" in check.message for check in good.values())
    bad = told(worn, mean=MEAN_KPA + 1.0, peak=PEAK_KPA + 100.0)
    assert bad["skin_leaf_mean"].verdict == bad["skin_leaf_peak"].verdict == "warn"
    assert bad["skin_leaf_peak"].value == PEAK_KPA + 100.0
    assert "push off" in bad["skin_leaf_peak"].message
    assert "leaf" in bad["skin_leaf_peak"].message
    assert "linear bed" in bad["skin_leaf_peak"].message
    assert "linear bed" not in good["skin_leaf_peak"].message


def test_skin_without_feeling_is_given_half_the_pressure(worn):
    assert told(worn, mean=0.6 * MEAN_KPA)["skin_leaf_mean"].verdict == "pass"
    spared = told(worn, mean=0.6 * MEAN_KPA, share=0.5)["skin_leaf_mean"]
    assert (spared.verdict, spared.limit) == ("warn", 0.5 * MEAN_KPA)


def test_an_ill_nerve_is_left_more_room(worn):
    def radius(**care):
        found = skin_pressure(*worn.parts, worn.sliding, {}, SkinCare(**care))
        return {zone.name: zone.radius_mm for zone in found.zones}

    usual, ill = radius(), radius(fibular_margin_mm=10.0)
    size = min(1.0, worn.positive.limb.foot_length / REFERENCE_FOOT)
    assert ill["fibular_head"] == pytest.approx(usual["fibular_head"] + 10.0 * size)
    assert ill["medial_malleolus"] == usual["medial_malleolus"]


def test_free_zones_warn_of_pressure_and_an_electrode_of_cover(worn):
    assert told(worn, zone=1.0)["skin_free_electrode"].verdict == "warn"
    assert told(worn, covered=50.0)["skin_free_electrode"].verdict == "warn"
    malleolus = told(worn, covered=50.0, name="medial_malleolus")
    assert malleolus["skin_free_medial_malleolus"].verdict == "pass"


def test_a_case_without_equilibrium_says_so(worn):
    found = told(worn, message="It buckles.")["skin_push_off"]
    assert (found.value, found.verdict) == ("not computed", "warn")
    assert "-23 deg" in found.message
    assert "It buckles." in found.message
