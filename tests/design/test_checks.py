"""Checks: each passes on the good side of its limit and speaks on the other."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from known_shells import made

from afo_designer.design.checks import (
    buckling,
    clearance_error,
    donning,
    fatigue,
    fit_rms,
    leaf_thickness,
    leaf_width,
    mesh_closed,
    min_wall,
    pose_correction,
    proximal_edge,
    self_intersections,
    slot_edge,
    surface_strain,
    sustained,
    triangles,
)
from afo_designer.design.checks import strength as strength_rule
from afo_designer.design.checks.check import Check
from afo_designer.design.checks.dorsiflexion_stiffness import dorsiflexion_check
from afo_designer.design.checks.registry import RULES, rule_of
from afo_designer.design.checks.stiffness import stiffness_check
from afo_designer.design.checks.tape import tape_checks
from afo_designer.design.fit import Opening
from afo_designer.design.person import Tape
from afo_designer.geometry.caliper import RayLengths
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.landmarks import Landmarks
from afo_designer.runs.catalogue import load_material
from afo_designer.shell.parameters import Leaf, ShellParameters

MATERIAL, _ = load_material("pa12_mjf")


PART = (mesh_closed, self_intersections, triangles, min_wall)


def verdicts(rules, **finished) -> dict[str, Check]:
    """What the given rules say of a design of which only what they look at is there."""
    design = SimpleNamespace(**finished)
    return {check.id: check for rule in rules for check in rule.RULE.judge(design)}


def part(closed: bool, crossings: int, count: int, wall: float, name: str = "") -> dict[str, Check]:
    shell = made("man", "posterior_leaf_spring").shell
    spot = shell.chart.point(shell.stations.ankle, 0.0)
    # two triangles through each other, wherever crossings are claimed
    across = spot + 5.0 * np.array(
        [[-1, -1, 0], [1, -1, 0], [0, 1, 0], [0, -1, -1], [0, -1, 1], [0, 1, 0.1]]
    )
    pair = TriMesh(across, np.arange(6).reshape(2, 3))
    there = {key: getattr(pair, key) for key in ("corners", "areas", "triangle_normals")}
    triangles = pair.triangles if crossings else range(count)
    mesh = SimpleNamespace(is_closed=closed, **{**there, "triangles": triangles})
    one = SimpleNamespace(name=name, mesh=mesh, crossings=crossings)
    rays = RayLengths(np.array([wall]), spot[None], np.zeros(1, int), np.ones(1))
    printed = SimpleNamespace(name=name, wall=rays)
    return verdicts(PART, parts=(one,), printed=(printed,), material=MATERIAL, shell=shell)


def test_every_rule_says_what_it_protects_and_whence_its_limit() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.place for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.protects.endswith(".")
        assert rule.limit
        assert rule.source
        assert rule_of(rule.id) is rule


def test_a_check_belongs_to_the_narrowest_rule(demo) -> None:
    assert rule_of("skin_free_fibular_head").id == "skin_free"
    assert rule_of("skin_leaf_mean").id == "skin"
    with pytest.raises(KeyError):
        rule_of("nobody")
    for check in demo.design.checks:
        assert rule_of(check.id).owns(check.id)
    assert {entry["id"]: entry["protects"] for entry in demo.record["checks"]} == {
        check.id: rule_of(check.id).protects for check in demo.design.checks
    }


def test_a_good_part_passes() -> None:
    checks = part(True, 0, 190_000, 2.0)
    assert {check.verdict for check in checks.values()} == {"pass"}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("mesh_closed", (False, 0, 1000, 3.0)),
        ("self_intersections", (True, 1, 1000, 3.0)),
        ("triangles", (True, 0, 500_001, 3.0)),
        ("min_wall", (True, 0, 1000, 0.1)),
    ],
)
def test_a_bad_part_fails_where_it_is_bad(name: str, arguments: tuple) -> None:
    checks = part(*arguments)
    assert [check.id for check in checks.values() if check.verdict == "fail"] == [name]
    if name in ("self_intersections", "min_wall"):
        assert "leaf at the ankle, midline" in checks[name].message
        assert "change shell.leaf.thickness_mm" in checks[name].message
        anterior = part(*arguments, name="anterior")[name].message
        assert "On the anterior shell" in anterior
        assert "change shell.shin.thickness_mm" in anterior


@pytest.mark.parametrize(
    ("achieved", "verdict"), [(1.019, "pass"), (0.981, "pass"), (1.03, "fail")]
)
def test_stiffness_within_two_percent(achieved: float, verdict: str) -> None:
    check = stiffness_check(achieved, 1.0, True, "", None)
    assert check.verdict == verdict
    assert check.value == pytest.approx(100.0 * (achieved - 1.0))


@pytest.mark.parametrize(
    ("stiffness", "overridden", "verdict"),
    [(1.9, False, "pass"), (2.1, False, "fail"), (2.1, True, "warn")],
)
def test_dorsiflexion_leaves_the_second_rocker(
    stiffness: float, overridden: bool, verdict: str
) -> None:
    check = dorsiflexion_check(stiffness, 1.91, overridden)
    assert (check.value, check.limit, check.verdict) == (stiffness, 1.91, verdict)
    assert ("hinge" in check.message) == (verdict != "pass")


def test_a_stiffness_out_of_reach_says_what_is_in_reach() -> None:
    check = stiffness_check(3.1, 4.0, False, "2 to 6 mm of wall", (0.4, 3.1))
    assert check.verdict == "fail"
    assert check.message == (
        "2 to 6 mm of wall reach 0.4 to 3.1 N·m/deg; 4 needs another family or material."
    )


def test_tape_against_scan_warns_beyond_five_percent() -> None:
    limb = SimpleNamespace(foot_length=262.0, ankle_girth=250.0, calf_girth=350.0)
    taped = Tape(foot_length=250.0, ankle_girth=221.0)
    checks = {check.id: check for check in tape_checks(limb, taped)}
    assert {name: check.verdict for name, check in checks.items()} == {
        "tape_foot_length": "pass",
        "tape_ankle_girth": "warn",
    }
    assert "Scan 250 mm, tape 221 mm" in checks["tape_ankle_girth"].message


def test_donning_fails_where_the_wall_would_break() -> None:
    third = MATERIAL.elongation_percent / 300.0
    ways = (
        Opening("calf", 80.0, 100.0, 0.9 * third),
        Opening("malleoli", 40.0, 75.0, float("inf")),
    )
    checks = verdicts([donning], openings=ways, material=MATERIAL)
    assert checks["donning_calf"].verdict == "pass"
    assert checks["donning_malleoli"].verdict == "fail"


@pytest.mark.parametrize(
    ("leaf", "child", "bad"),
    [
        (Leaf(thickness_mm=3.0, width_mm=40.0), False, set()),
        (Leaf(thickness_mm=2.2, width_mm=40.0), False, {"leaf_thickness"}),
        (Leaf(thickness_mm=2.2, width_mm=21.0), True, set()),
        (Leaf(thickness_mm=3.0, width_mm=21.0), False, {"leaf_width"}),
        (Leaf(thickness_mm=3.0, width_mm=21.0, edge="malleolus"), False, set()),
    ],
)
def test_thin_and_narrow_leaves_warn(leaf: Leaf, child: bool, bad: set[str]) -> None:
    shell = SimpleNamespace(parameters=replace(ShellParameters(), leaf=leaf))
    person = SimpleNamespace(is_child=child)
    checks = verdicts([leaf_thickness, leaf_width], shell=shell, person=person)
    assert {check.id for check in checks.values() if check.verdict == "warn"} == bad


def test_a_poor_fit_and_a_large_correction_warn(demo) -> None:
    rules, design = (fit_rms, clearance_error, pose_correction), demo.design
    good = replace(design.fit, rms=0.2, clearance_error=0.2)
    checks = verdicts(rules, fit=good, positive=design.positive)
    assert checks["fit_rms"].verdict == checks["clearance_error"].verdict == "pass"
    assert checks["pose_correction"].verdict == "warn"  # the demonstration foot hangs
    turned = replace(design.positive, correction=np.radians(15.0))
    checks = verdicts(rules, fit=replace(good, rms=0.6), positive=turned)
    assert checks["fit_rms"].verdict == "warn"
    assert checks["pose_correction"].verdict == "pass"


def test_the_nerve_is_named_when_the_fibular_head_is_out_of_sight(demo) -> None:
    design = demo.design
    marks = {
        name: mark for name, mark in design.positive.landmarks.items() if name != "fibular_head"
    }
    unseen = replace(design.positive, landmarks=Landmarks(marks))
    check = verdicts([proximal_edge], positive=unseen, shell=design.shell)["proximal_edge"]
    assert (check.verdict, check.value) == ("warn", "not seen")


def test_slots_keep_eight_millimetres(demo) -> None:
    check = verdicts([slot_edge], shell=demo.design.shell)["slot_edge"]
    assert check.verdict == "pass"
    assert check.value >= 8.0
    assert verdicts([slot_edge], shell=replace(demo.design.shell, openings=())) == {}


def strength(demo, **changes) -> dict[str, Check]:
    rules = (strength_rule, surface_strain, fatigue, sustained, buckling)
    return verdicts(rules, verified=replace(demo.design.verified, **changes))


def test_every_verdict_on_strength_names_place_value_limit_and_source(demo) -> None:
    verified, checks = demo.design.verified, strength(demo)
    for result in verified.cases:
        check = checks[f"strength_{result.case.name}"]
        assert (check.value, check.verdict) == (result.safety_factor, result.verdict)
        assert f"{max(result.max_von_mises, result.max_principal):.1f} MPa" in check.message
        assert "38.4 MPa (0.8 × ultimate: HP 3D High Reusability PA 12 fact sheet)" in check.message
        assert result.place in check.message
    for name in ("surface_strain", "fatigue", "sustained"):
        assert ", z " in checks[name].message
    assert "beyond 90" in checks["buckling"].message
    assert "Not confirmed in large rotations" in checks["buckling"].message  # a fast run


def test_recalled_data_are_said_to_be_recalled(demo) -> None:
    cases = tuple(replace(each, recalled=True) for each in demo.design.verified.cases)
    strain = replace(demo.design.verified.strain, recalled=True)
    known, recalled = strength(demo), strength(demo, cases=cases, strain=strain)
    for name in ("strength_stairs", "surface_strain"):
        assert "recalled" not in known[name].message
        assert "The limit is recalled, not read." in recalled[name].message
    assert "recalled" in known["sustained"].message


def test_what_was_not_computed_says_so(demo) -> None:
    verified = demo.design.verified
    lost = replace(verified.cases[0], trouble="It did not converge.", verdict="fail")
    checks = strength(
        demo,
        cases=(lost, *verified.cases[1:]),
        fatigue=replace(verified.fatigue, found=None, verdict="fail"),
        sustained=replace(verified.sustained, found=None, verdict="warn"),
    )
    name = f"strength_{lost.case.name}"
    assert (checks[name].verdict, checks[name].message) == (
        "fail",
        "Not computed: It did not converge.",
    )
    assert checks["fatigue"].message.startswith("Not computed")
    assert checks["sustained"].message.startswith("Not computed")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"confirmed": True}, "stayed stable at every computed angle"),
        ({"confirmed": True, "unstable_deg": 15.0}, "unstable from +15.0 deg"),
        ({"confirmed": True, "unstable_deg": -4.0, "frontal": True}, "from sideways -4.0 deg"),
        ({"confirmed": True, "slack_deg": 12.0}, "no longer grows from +12.0 deg"),
        ({"trouble": "The iteration stalled."}, "The iteration stalled."),
    ],
)
def test_buckling_says_what_the_run_in_large_rotations_found(demo, changes: dict, said) -> None:
    stability = replace(demo.design.verified.stability, **changes)
    assert said in strength(demo, stability=stability)["buckling"].message
