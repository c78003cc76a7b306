"""The command `afo limb`: any parameter, people by number, their scans, and what it lists."""

import json
from pathlib import Path

import numpy as np
from command_line import afo

from afo_designer.formats.registry import read_mesh
from afo_designer.geometry.parameter import leaves
from afo_designer.limb.generator import LimbShape
from afo_designer.limb.population import degraded, patient
from afo_designer.runs.exit_code import ExitCode


def test_it_lists_every_parameter_and_writes_nothing(tmp_path: Path) -> None:
    code, out, err = afo("limb", "--list", "--json", "--set", "condition.oedema=0.5")
    assert (code, err) == (0, "")
    rows = json.loads(out)["parameters"]
    assert set(rows) == {leaf.key for leaf, _ in leaves(LimbShape())}
    assert rows["condition.oedema"]["value"] == 0.5
    assert rows["scanner.noise_mm"]["unit"] == "mm"
    code, out, _ = afo("limb", "--list")
    assert code == 0
    assert "bones.navicular_mm" in out


def test_a_patient_s_scan_is_written_with_its_parameters(tmp_path: Path) -> None:
    path = tmp_path / "leg.stl"
    arguments = "--patient", 4, "--degraded", "--set", "triangles=6000"
    code, out, _ = afo("limb", *arguments, "-o", path, "--json")
    assert code == 0
    record = json.loads(out)
    wanted = {leaf.key: value for leaf, value in leaves(degraded(patient(4), 4))}
    assert record["parameters"] == {**wanted, "triangles": 6000}
    mesh = read_mesh(path).mesh
    back = np.array(record["matrix_file_to_limb"])
    low, high = np.percentile(mesh.vertices @ back[:3, :3].T + back[:3, 3], [1, 99], axis=0)
    assert np.all(high - low > 60.0)  # millimetres again
    assert record["side"] == patient(4).side


def test_what_is_missing_or_unknown_is_said() -> None:
    code, _, err = afo("limb")
    assert code == ExitCode.USAGE
    assert "-o FILE" in err
    code, _, err = afo("limb", "--degraded", "-o", "leg.ply")
    assert code == ExitCode.USAGE
    assert "--patient" in err
    code, _, err = afo("limb", "--set", "condition.edema=1", "-o", "leg.ply")
    assert code == ExitCode.INPUT_REFUSED
    assert "condition.oedema" in err
