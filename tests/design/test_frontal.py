"""An orthosis that claims the frontal plane alone: its bench, its cases, its words."""

import numpy as np
import pytest
from known_shells import Made, made

from afo_designer.apps.frontal_words import frontal_line, frontal_plane, frontal_summary
from afo_designer.apps.sheet import sheet_content
from afo_designer.design.deformation import sideways
from afo_designer.design.frontal import REASON, measure_frontal
from afo_designer.design.loadcase import SAGITTAL_CASES, frontal_cases, load_cases
from afo_designer.design.place import place_name
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.trials import solved
from afo_designer.design.verification import Verified, verify_frontal
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.moment_angle import MomentAngle
from afo_designer.runs.catalogue import load_material

MATERIAL = load_material("pa12_mjf")[0]
COARSE = 0.6


def rigged(who: str) -> tuple[Made, Bench, ShellModel]:
    whole = made(who, "supramalleolar")
    bench = bench_for(whole.shell, whole.positive)
    return whole, bench, shell_model(whole.shell, bench, MATERIAL.elasticity, COARSE)


def verified_child() -> tuple[Made, Bench, ShellModel, Verified]:
    whole, bench, model = rigged("child")
    found = verify_frontal(
        model,
        bench,
        frontal_cases(),
        MATERIAL,
        "right",
        lambda point: place_name(whole.shell, point),
        large=False,
    )
    return whole, bench, model, found


def test_inversion_and_eversion_are_judged_and_nothing_sagittal() -> None:
    whole, bench, model, found = verified_child()
    assert {one.case.name for one in found.cases} == {"inversion", "eversion"}
    assert (found.strain, found.fatigue, found.sustained) == (None, None, None)
    assert found.stability.case in ("inversion", "eversion")
    frontal = measure_frontal(whole.shell, whole.positive, bench, model, found)
    # without large rotations both ways are the tangent
    assert frontal.inversion == pytest.approx(frontal.linear, rel=1e-9)
    assert frontal.eversion == pytest.approx(frontal.linear, rel=1e-9)
    assert frontal.linear == pytest.approx(found.frontal_stiffness, rel=1e-9)
    assert frontal.interval.low < frontal.linear < frontal.interval.high


def test_the_mirrored_leg_is_as_stiff() -> None:
    both = [
        solved(model, sideways(bench)).stiffness
        for _, bench, model in (rigged("man"), rigged("mirrored man"))
    ]
    assert both[0] == pytest.approx(both[1], rel=1e-6)


def test_the_sagittal_names_are_those_of_the_cases_on_a_curve() -> None:
    cases = load_cases(MomentAngle.linear(1.0), 3.0, 70.0, 0.65)
    assert tuple(c.name for c in cases if c.direction == "sagittal") == SAGITTAL_CASES
    assert [c.name for c in frontal_cases()] == [c.name for c in cases][-2:]


def test_the_words_say_what_it_does_not_do() -> None:
    plane = {"inversion": 15.9, "eversion": 14.8, "interval": {"low": 10.0, "high": 18.0}}
    record = {"stiffness": {"plantarflexion": None, "frontal_plane": plane, "reason": REASON}}
    assert "nothing sagittal" in frontal_line(record)
    assert "15.9" in frontal_line(record)
    assert any("foot drop" in line for line in frontal_summary(record))
    said = " ".join(
        sheet_content({**record, "prescription": {"neutral_angle_deg": 3.0}})["summary"]
    )
    assert "Made with the ankle at 3.0° dorsiflexion" in said
    assert "Holds the ankle" not in said
    assert not frontal_plane({"stiffness": {"plantarflexion": 1.0, "frontal": 3.0}})
    assert np.isfinite(frontal_plane(record)["inversion"])
