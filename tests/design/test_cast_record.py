"""The record's cast: every modification with its value and source, angles and strain."""

from dataclasses import replace

import pytest
from demo_run import Demo

from afo_designer.cast.step import Relieved
from afo_designer.design.pipeline import _warnings
from afo_designer.design.preset import Preset
from afo_designer.design.record import design_record
from afo_designer.runs.shell_file import read_shell


def test_modifications_are_listed_in_order_with_their_sources(demo: Demo) -> None:
    listed = demo.record["cast"]["modifications"]
    steps = demo.design.positive.steps
    assert [one["name"] for one in listed] == [step.name for step in steps]
    for one, step in zip(listed, steps, strict=True):
        assert one["source"] == demo.design.chosen.source(step.key)
        assert one["value"] == step.amount
        assert (one["at_mm"] is not None) == isinstance(step, Relieved)
    assert {"sock", "medial_malleolus", "plantar_flattening"} <= {one["name"] for one in listed}


def test_the_angles_reached_and_the_strain_are_written(demo: Demo) -> None:
    made = demo.record["cast"]["reposing"]
    assert made["ankle_angle_deg"] == pytest.approx(
        demo.record["prescription"]["neutral_angle_deg"], abs=1e-6
    )
    assert 0.5 < made["skin_least_stretch"] <= 1.0 <= made["skin_most_stretch"] < 1.6
    assert abs(made["volume_change_percent"]) < 2.0


def test_a_local_offset_is_the_files(demo: Demo) -> None:
    design = demo.design
    step = next(step for step in design.positive.steps if isinstance(step, Relieved))
    spot = replace(step, name="corn", key="", joins=False)
    positive = replace(design.positive, steps=(*design.positive.steps, spot))
    preset = Preset("mine", "mine", "", {}, ())
    record = design_record(replace(design, positive=positive, preset=preset), "0" * 64)
    assert record["cast"]["preset"] == "mine"
    assert record["cast"]["modifications"][-1]["source"] == "cast file mine"


def test_deviation_is_written_by_part(demo: Demo) -> None:
    fit = demo.record["fit"]
    whole = fit["deviation_mm"]["all"]
    assert whole["rms"] == pytest.approx(fit["surface_rms_mm"])
    assert whole["p50"] <= whole["p95"] <= whole["max"]
    assert {"calf_band", "leaf", "heel", "sole"} <= set(fit["deviation_mm"])
    assert fit["clearance_error_p95_mm"] < 0.5


def test_a_hindfoot_that_does_not_correct_is_not_to_be_turned(demo: Demo) -> None:
    one = demo.design
    turned = replace(
        one.positive,
        reposing=replace(one.positive.reposing, angles=(0.0, one.limb.inversion - 0.14)),
    )
    examined = replace(one.person.examination, deformity_correctable=False)
    stiff = replace(one.person, examination=examined)
    formed = read_shell((demo.folder / "shell.npz").read_bytes())
    said = [
        [
            line
            for line in _warnings(
                replace(formed, person=person, positive=positive), one.prescription
            )
            if "not correctable" in line
        ]
        for person, positive in ((stiff, turned), (stiff, one.positive), (one.person, turned))
    ]
    assert [len(lines) for lines in said] == [1, 0, 0]
    assert "by -8 deg" in said[0][0]
