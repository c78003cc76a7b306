"""Checks on parts: hinges, openings, the anterior shell, the mark, and what claims nothing."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from known_shells import made

from afo_designer.design.checks import (
    anterior_gap,
    frontal_only,
    hinge_axis,
    hinge_motion,
    hinge_pressure,
    mark_read,
    opening_bridge,
)
from afo_designer.design.checks.check import Check
from afo_designer.design.hinge_motion import HingeMotion
from afo_designer.design.person import person_from_mapping
from afo_designer.design.prescription import prescribe
from afo_designer.runs.catalogue import load_material
from afo_designer.shell.holes import round_hole
from afo_designer.shell.shin import form_shin

MATERIAL = load_material("pa12_mjf")[0]
MOTION = HingeMotion(
    off_mm=(0.0, 1.0),
    asked_deg=15.0,
    free_deg=15.0,
    early=False,
    late=False,
    case="stumble",
    stop_n=600.0,
    hinge_n=400.0,
    flat_mm=2.9,
    stop_mpa=6.0,
    bearing_mpa=15.0,
)


PERSON = person_from_mapping(
    {
        "person": {"height_mm": 1750.0, "mass_kg": 78.0, "side": "left"},
        "examination": {"dorsiflexor_mmt": "0"},
    }
)


def judged(rule, **finished) -> dict[str, Check]:
    return {check.id: check for check in rule.RULE.judge(SimpleNamespace(**finished))}


def turning(swing_deg: float = -0.1, **changes) -> dict[str, Check]:
    """`swing_deg`: how far below neutral the foot hangs."""
    case = SimpleNamespace(name="swing", rotation_deg=swing_deg)
    finished = {
        "motion": replace(MOTION, **changes),
        "material": MATERIAL,
        "person": PERSON,
        "prescription": prescribe(PERSON),
        "verified": SimpleNamespace(cases=(SimpleNamespace(case=case),)),
    }
    rules = (hinge_axis, hinge_motion, hinge_pressure)
    return {name: check for rule in rules for name, check in judged(rule, **finished).items()}


def test_a_sound_hinge_passes_and_none_is_not_judged() -> None:
    assert {check.verdict for check in turning().values()} == {"pass"}
    assert len(turning()) == 6
    for rule in (hinge_axis, hinge_motion, hinge_pressure):
        assert judged(rule, motion=None, material=MATERIAL) == {}


@pytest.mark.parametrize(
    ("changes", "name", "verdict", "said"),
    [
        ({"off_mm": (1.0, 5.5)}, "hinge_axis", "fail", "5.5 mm off the"),
        ({"free_deg": 10.0}, "hinge_motion_free", "fail", "do not touch"),
        ({"early": True}, "hinge_motion_stop", "fail", "before the stop's angle"),
        ({"late": True}, "hinge_motion_stop", "fail", "do not meet"),
        ({"swing_deg": -6.0}, "hinge_motion_swing", "fail", "raise shell.hinge.stop_angle_deg"),
        ({"stop_mpa": 100.0}, "hinge_pressure_stop", "warn", "600 N in stumble"),
        ({"bearing_mpa": 100.0}, "hinge_pressure_hole", "fail", "400 N in stumble"),
    ],
)
def test_a_hinge_fails_where_it_is_bad(changes, name: str, verdict: str, said: str) -> None:
    found = turning(**changes)
    assert [one.id for one in found.values() if one.verdict != "pass"] == [name]
    assert found[name].verdict == verdict
    assert said in found[name].message


def test_half_round_edges_may_bear_more_than_flats() -> None:
    between = 1.3 * MATERIAL.strength_mpa
    assert turning(stop_mpa=between)["hinge_pressure_stop"].verdict == "warn"
    assert turning(stop_mpa=between, flat_mm=0.0)["hinge_pressure_stop"].verdict == "pass"


def test_what_claims_nothing_sagittal_always_warns() -> None:
    asked = SimpleNamespace(target_stiffness=0.8)
    check = judged(frontal_only, stiffness=None, prescription=asked)["frontal_only"]
    assert (check.verdict, check.limit) == ("warn", "0.80 N·m/deg")
    assert judged(frontal_only, stiffness=object(), prescription=asked) == {}


@pytest.mark.parametrize(("apart", "verdict"), [(11.0, "pass"), (9.0, "fail")])
def test_openings_keep_wall_between_them(apart: float, verdict: str) -> None:
    shell = made("man", "posterior_leaf_spring").shell
    top = shell.stations.top + 30.0
    holes = tuple(
        round_hole(shell.chart, (at, 0.0), 6.0, f"hole {at}") for at in (top, top + apart)
    )
    bored = SimpleNamespace(shell=replace(shell, openings=holes))
    plain = SimpleNamespace(shell=replace(shell, openings=()))
    check = judged(opening_bridge, parts=(plain, bored))["opening_bridge"]
    assert check.verdict == verdict
    assert check.value == pytest.approx(apart - 6.0, abs=0.4)
    assert judged(opening_bridge, parts=(plain,)) == {}


def test_the_anterior_shell_keeps_its_gap() -> None:
    whole = made("man", "ground_reaction")
    shin = form_shin(whole.positive, whole.shell)
    parts = (SimpleNamespace(name="posterior"), SimpleNamespace(name="anterior", shell=shin))

    def check(shell) -> Check:
        return judged(anterior_gap, shell=shell, parts=parts)["anterior_gap"]

    assert check(whole.shell).verdict == "pass"
    wider = replace(whole.parameters.shin, gap_mm=3.0)
    asked = replace(whole.shell, parameters=replace(whole.parameters, shin=wider))
    assert (check(asked).verdict, check(asked).limit) == ("fail", 3.0)
    other = made("man", "solid").shell
    assert judged(anterior_gap, shell=other, parts=()) == {}


def test_every_marked_part_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def part(name: str, text: str | None) -> SimpleNamespace:
        mark = None if text is None else SimpleNamespace(text=text)
        return SimpleNamespace(name=name, shell=SimpleNamespace(mark=mark))

    monkeypatch.setattr(mark_read, "read_mark", lambda one, mark: "7A1L")
    assert judged(mark_read, parts=(part("", "7A1L"),))["mark_read"].verdict == "pass"
    assert judged(mark_read, parts=(part("", "7A1R"),))["mark_read"].verdict == "fail"
    assert judged(mark_read, parts=(part("", None),)) == {}
    both = judged(mark_read, parts=(part("calf", "7A1L"), part("foot", "7A1R")))
    assert {name: check.verdict for name, check in both.items()} == {
        "mark_read_calf": "pass",
        "mark_read_foot": "fail",
    }
