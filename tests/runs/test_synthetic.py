"""A generated limb on disk: scan and truth agree in every frame and unit."""

import json
from pathlib import Path

import numpy as np
import pytest

from afo_designer.formats.registry import read_mesh
from afo_designer.limb.file_frame import FileFrame
from afo_designer.limb.generator import LimbShape, SyntheticLimb, generate_limb
from afo_designer.limb.landmarks import NAMES
from afo_designer.runs.synthetic import limb_record, write_limb


@pytest.fixture(scope="module")
def limb() -> SyntheticLimb:
    file = FileFrame(unit="m", axes="y_up", pose="random", distance_mm=800.0)
    return generate_limb(
        LimbShape(side="right", inversion_deg=6, triangles=5000, seed=4, file=file)
    )


def test_landmarks_in_the_file_lie_on_the_file_s_surface(
    limb: SyntheticLimb, tmp_path: Path
) -> None:
    path = tmp_path / "leg.ply"
    write_limb(limb, path)
    mesh = read_mesh(path).mesh
    marks = json.loads((tmp_path / "leg.landmarks.json").read_text())
    assert set(marks) <= set(NAMES)
    for name, point in marks.items():
        gap = np.linalg.norm(mesh.vertices - point, axis=1).min()
        assert gap < 0.006, name  # metres
    truth = json.loads((tmp_path / "leg.truth.json").read_text())
    assert truth["unit"] == "m"
    assert truth["landmarks_in_file"].items() >= marks.items()


def test_the_matrices_carry_truth_between_file_and_limb(limb: SyntheticLimb) -> None:
    record = limb_record(limb)
    there, back = (np.array(record[f"matrix_{way}"]) for way in ("limb_to_file", "file_to_limb"))
    assert there @ back == pytest.approx(np.eye(4), abs=1e-9)
    for name, point in record["landmarks"].items():
        moved = there @ [*point, 1.0]
        assert moved[:3] == pytest.approx(record["landmarks_in_file"][name], abs=1e-12), name
        assert (back @ moved)[:3] == pytest.approx(point, abs=1e-6), name


def test_the_record_says_how_to_make_the_limb_again(limb: SyntheticLimb) -> None:
    parameters = limb_record(limb)["parameters"]
    assert parameters["file.unit"] == "m"
    assert parameters["inversion_deg"] == 6
    assert limb_record(limb)["inversion_deg"] == 6
    axis = limb.knee_centre - limb.ankle_centre
    # A right leg: its inner side is +y.
    assert np.degrees(np.arctan2(axis[1], axis[2])) == pytest.approx(6.0, abs=1e-6)


def test_the_same_limb_gives_the_same_bytes(limb: SyntheticLimb, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_limb(limb, tmp_path / name / "leg.stl")
    for file in ("leg.stl", "leg.truth.json", "leg.landmarks.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
