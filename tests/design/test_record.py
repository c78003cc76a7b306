"""The record: every field that the contract promises, in JSON's own types, telling the truth."""

import hashlib
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from demo_run import SCAN, Demo

from afo_designer.design.grading import Graded
from afo_designer.design.pipeline import Design
from afo_designer.design.plain import plain
from afo_designer.design.record import design_id, design_record
from afo_designer.design.skin import (
    MEAN_KPA,
    CasePressure,
    FreeZone,
    RegionPressure,
    SkinCare,
    SkinPressure,
)
from afo_designer.design.tissue import Tissue
from afo_designer.formats.registry import read_mesh
from afo_designer.limb.landmarks import NAMES
from afo_designer.mechanics.sweep import sweep

# Field by field from the contract: a missing one breaks somebody's script.
CONTRACT = {
    "": "schema_version design_id status software scan landmarks limb person prescription "
    "parameters material bench stiffness loadcases fatigue fit print checks outputs",
    "software": "version",
    "scan": "sha256 format unit unit_source side side_source triangles repairs grade "
    "ankle_angle_deg matrix_file_to_limb",
    "limb": "foot_length_mm ankle_girth_mm calf_girth_mm ankle_centre_mm ankle_axis",
    "prescription": "target_stiffness_nm_per_deg interval_nm_per_deg neutral_angle_deg goals "
    "by_goal not_examined warnings basis sources",
    "gait": "spring status outside swing loading balance parameters",
    "gait.balance": "angle_deg weight_nm dorsiflexors_nm orthosis_nm knee_straight knee_flexed",
    "material": "name youngs_modulus_mpa poissons_ratio density_g_per_cm3 source",
    "bench": "axis_point_mm axis_direction shank_axis footplate_clamp calf_band cuff "
    "reference_angle_deg fit_range_deg geometry mesh",
    "bench.fit_range_deg": "plantarflexion dorsiflexion",
    "bench.mesh": "nodes elements",
    "stiffness": "target plantarflexion dorsiflexion error_percent interval moment_angle solves "
    "variants",
    "stiffness.interval": "low high coverage method components",
    "fatigue": "cycles_required stress_amplitude_mpa allowable_mpa verdict",
    "fit": "clearance_mm relief_mm",
    "fit.clearance_mm": "p5 p50 p95",
    "skin": "cases free_zones reason",
    "grading": "graded reason wall stress_share mass_share overload",
    "print": "watertight self_intersections min_wall_mm volume_mm3 mass_g bounding_box_mm "
    "orientation fits",
}


def at(record: dict, path: str) -> dict:
    for part in filter(None, path.split(".")):
        record = record[part]
    return record


@pytest.mark.parametrize("path", CONTRACT)
def test_the_contracts_fields_are_there(demo: Demo, path: str) -> None:
    assert set(CONTRACT[path].split()) <= set(at(demo.record, path))


def test_lists_hold_what_the_contract_says(demo: Demo) -> None:
    record = demo.record
    for mark in record["landmarks"].values():
        assert {"position_mm", "position_in_file", "source", "confidence"} <= set(mark)
        assert mark["source"] in {"detected", "given"}
        assert 0.0 <= mark["confidence"] <= 1.0
    assert set(record["landmarks"]) <= set(NAMES)
    for parameter in record["parameters"].values():
        assert set(parameter) == {"value", "unit", "source"}
        assert parameter["source"] in {"default", "template", "user", "tuned"}
    assert record["parameters"]["shell.leaf.thickness_mm"]["source"] == "tuned"
    for case in record["loadcases"].values():
        fields = "moment_nm max_von_mises_mpa safety_factor position_mm verdict"
        assert set(fields.split()) <= set(case)
    for check in record["checks"]:
        contracted = {"id", "value", "limit", "unit", "verdict", "message"}
        assert set(check) == contracted | {"protects", "source"}
        assert check["verdict"] in {"pass", "warn", "fail"}
    for region in (record["bench"]["footplate_clamp"], record["bench"]["calf_band"]):
        for half in region:
            assert set(half) == {"point_mm", "normal"}
            assert np.linalg.norm(half["normal"]) == pytest.approx(1.0)
    assert record["bench"]["cuff"] == "sliding"
    assert record["status"] in {"ok", "warnings", "failed"}


def test_numbers_belong_together(demo: Demo) -> None:
    record = demo.record
    stiffness, bench = record["stiffness"], record["bench"]
    assert stiffness["plantarflexion"] == pytest.approx(stiffness["dorsiflexion"], rel=1e-12)
    assert stiffness["error_percent"] == pytest.approx(
        100.0 * (stiffness["plantarflexion"] / stiffness["target"] - 1.0)
    )
    curve = np.array(stiffness["moment_angle"])
    slope = np.polyfit(curve[:, 0], curve[:, 1], 1)[0]
    assert -slope == pytest.approx(stiffness["plantarflexion"])  # dorsiflexing moment positive
    assert np.interp(bench["reference_angle_deg"], *curve.T) == pytest.approx(0.0, abs=1e-9)
    mass = record["print"]["volume_mm3"] * record["material"]["density_g_per_cm3"] / 1000.0
    assert record["print"]["mass_g"] == pytest.approx(mass)
    assert bench["axis_point_mm"][1] == pytest.approx(0.0, abs=1e-9)
    verdicts = {check["verdict"] for check in record["checks"]}
    assert (record["status"] == "failed") == ("fail" in verdicts)


def test_positions_go_back_to_the_file(demo: Demo) -> None:
    record = demo.record
    matrix = np.array(record["scan"]["matrix_file_to_limb"])
    for mark in record["landmarks"].values():
        moved = matrix @ [*mark["position_in_file"], 1.0]
        np.testing.assert_allclose(moved[:3], mark["position_mm"], atol=1e-9)
    rotation = matrix[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    # Landmarks of the scan lie on the scan, in the file's own axes.
    vertices = read_mesh(SCAN).mesh.vertices
    heel = record["landmarks"]["heel_posterior"]["position_in_file"]
    assert np.linalg.norm(vertices - heel, axis=1).min() < 5.0


def test_digests_are_those_of_the_files(demo: Demo) -> None:
    record = demo.record
    assert record["scan"]["sha256"] == hashlib.sha256(SCAN.read_bytes()).hexdigest()
    listed = {entry["path"]: entry for entry in record["outputs"]}
    found = {
        path.relative_to(demo.folder).as_posix()
        for path in demo.folder.rglob("*")
        if path.is_file()
    }
    assert set(listed) == found - {"design.json", "run.json", "SHA256SUMS"}
    for name, entry in listed.items():
        content = (demo.folder / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
        unit = {".sto": "rad, N·m, N·m/rad", ".glb": "m"}.get(Path(name).suffix, "mm")
        assert entry["unit"] == unit


def test_a_fast_run_gives_reasons_where_it_has_no_numbers(demo: Demo) -> None:
    record = demo.record
    assert record["bench"]["geometry"] == "linear"
    assert record["stiffness"]["off_axis"] == []
    assert record["skin"]["cases"] == {}
    assert "--fast" in record["skin"]["reason"]
    assert record["grading"]["graded"] is True
    assert record["grading"]["reason"] is None
    assert record["grading"]["stress_share"] < 1.0
    wall = np.array(record["grading"]["wall"])
    shell = demo.design.shell
    assert wall[0, 0] == 0.0
    np.testing.assert_allclose(
        wall[:, 1], shell.thickness(wall[:, 0] + shell.stations.band, 0.0), rtol=1e-9
    )


@pytest.fixture(scope="module")
def large(demo: Demo) -> Design:
    """The demonstration as a run in large rotations would leave it, on a short sweep."""
    one = demo.design
    run = sweep(one.model, one.bench, (-12.0, -6.0, 6.0, 12.0))
    nodes = np.zeros(len(one.model.mesh.vertices))
    under = one.shell.stations.sole + 30.0
    heel = one.model.mesh.vertices[np.abs(one.model.mesh.parameters[:, 0] - under).argmin()]
    part = RegionPressure("heel_cup", 3.0, 9.0, 200.0, 0.6, heel)
    nan = math.nan
    met = CasePressure("second_rocker", 9.0, -4.0, -6.0, 30.0, (part,), nodes, 7, "")
    lost = CasePressure("push_off", -23.0, nan, nan, nan, (), nodes, 0, "It let go.")
    zone = FreeZone("fibular_head", np.array([60.0, 40.0, 400.0]), 25.0, 0.0, 0.0)
    care = SkinCare(share=0.5)
    skin = SkinPressure((met, lost), (zone,), ("electrode",), Tissue(), (0.01, 0.05), care)
    graded = Graded({"grade_1": 1.2}, 0.8, 1.05, 1.3)
    stiffness = replace(
        one.stiffness,
        run=run,
        curve=run.curve,
        plantarflexion=run.curve.plantarflexion,
        dorsiflexion=run.curve.dorsiflexion,
    )
    return replace(one, stiffness=stiffness, skin=skin, graded=graded)


def test_a_run_in_large_rotations_is_written_as_it_was_computed(large: Design) -> None:
    record = design_record(large, "0" * 64)
    json.dumps(record, allow_nan=False)
    assert record["bench"]["geometry"] == "nonlinear"
    assert record["skin"]["limits_kpa"]["mean"] == pytest.approx(0.5 * MEAN_KPA)
    stiffness, neutral = record["stiffness"], large.prescription.neutral_angle_deg
    assert stiffness["plantarflexion"] != stiffness["dorsiflexion"]
    curve = np.array(stiffness["moment_angle"])
    # nothing is written beyond the angles that were computed
    assert curve[[0, -1], 0] == pytest.approx([neutral - 12.0, neutral + 12.0])
    for state in stiffness["off_axis"]:
        moment = np.interp(state["angle_deg"], *curve.T)
        assert state["moment_nm"] == pytest.approx(moment, abs=1e-9)
        # the bench turns about y: what the shank exerts there is the orthosis's own, reversed
        assert state["shank_moment_nm"][1] == pytest.approx(-moment, abs=1e-6)


def test_skin_and_grading_are_written_with_reasons_for_what_is_missing(large: Design) -> None:
    record = design_record(large, "0" * 64)
    cases = record["skin"]["cases"]
    assert cases["second_rocker"]["regions"]["heel_cup"]["peak_kpa"] == 9.0
    assert cases["second_rocker"]["regions"]["heel_cup"]["place"].startswith("footplate")
    assert cases["second_rocker"]["reason"] is None
    assert cases["push_off"] == {
        "rotation_deg": -23.0,
        "moment_nm": None,
        "sliding_moment_nm": None,
        "strap_n": None,
        "regions": {},
        "reason": "It let go.",
    }
    assert record["skin"]["unseen"] == ["electrode"]
    assert "unvalidated" in record["skin"]["unvalidated"]
    assert record["grading"]["stress_share"] == 0.8
    assert record["grading"]["reason"] is None


def test_the_id_names_the_inputs() -> None:
    one = design_id({"scan": "a", "person": {"x": 1, "y": 2}})
    assert one == design_id({"person": {"y": 2, "x": 1}, "scan": "a"})
    assert one != design_id({"scan": "b", "person": {"x": 1, "y": 2}})
    assert len(one) == 64


def test_json_has_no_infinity() -> None:
    messy = {
        1: np.float64(2.5),
        "a": np.array([[1, 2]]),
        "b": (math.inf, math.nan, np.True_, None, "text"),
        "c": {"d": np.int64(3)},
    }
    assert plain(messy) == {
        "1": 2.5,
        "a": [[1, 2]],
        "b": [None, None, True, None, "text"],
        "c": {"d": 3},
    }
    json.dumps(plain(messy), allow_nan=False)
