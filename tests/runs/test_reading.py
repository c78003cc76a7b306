"""Reading orders: landmark files in the scan's own unit, person files with their name in errors."""

import json
from pathlib import Path

import numpy as np
import pytest
from demo_run import PERSON, SCAN

from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.scan import Side
from afo_designer.runs.reading import (
    LandmarksRefused,
    read_landmarks,
    read_limb,
    read_person,
    read_scan,
)

TRUTH = SCAN.with_suffix(".landmarks.json")


def test_landmarks_come_in_millimetres(tmp_path: Path) -> None:
    table = json.loads(TRUTH.read_text("utf-8"))
    in_mm = read_landmarks(TRUTH, 1.0)
    inches = tmp_path / "inches.json"
    inches.write_text(
        json.dumps({name: [x / 25.4 for x in place] for name, place in table.items()})
    )
    again = read_landmarks(inches, 25.4)
    assert set(again) == set(in_mm) == set(table)
    for name, place in in_mm.items():
        np.testing.assert_allclose(again[name], place)
        np.testing.assert_array_equal(place, table[name])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is not valid JSON"),
        (b"\xff\xfe", "is not valid JSON"),
        (b"[1, 2]", "holds no table of landmarks"),
        (b'{"nose_tip": [1, 2, 3]}', "unknown landmark 'nose_tip'; known: "),
        (b'{"hallux_tip": [1, 2]}', "hallux_tip is .* three finite numbers"),
        (b'{"hallux_tip": [1, 2, NaN]}', "three finite numbers"),
        (b'{"hallux_tip": "here"}', "three finite numbers"),
        (b'{"hallux_tip": {"x": 1}}', "three finite numbers"),
        (b'{"hallux_tip": [1, [2], 3]}', "three finite numbers"),
        (None, "cannot be read: No such file"),
    ],
)
def test_bad_landmark_files_are_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "marks.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LandmarksRefused, match=said):
        read_landmarks(path, 1.0)


def test_the_person_file_is_named_in_its_errors(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(PERSON.read_text("utf-8").replace("mass_kg = 70", "mass_kg = 7000"))
    with pytest.raises(InputRefused, match=r"one\.toml: .*mass_kg"):
        read_person(path)
    with pytest.raises(InputRefused, match=r"absent\.toml cannot be read"):
        read_person(tmp_path / "absent.toml")


def test_a_side_that_was_insisted_on_stands_and_costs_a_grade() -> None:
    with pytest.raises(InputRefused, match="shape of a left leg"):
        read_limb(SCAN, Side.RIGHT)
    plain, insisted = read_limb(SCAN, Side.LEFT), read_limb(SCAN, Side.RIGHT, insist=True)
    assert insisted.side is Side.RIGHT
    assert insisted.grade > plain.grade


def test_a_scan_in_a_stated_unit(tmp_path: Path) -> None:
    scan = read_scan(SCAN)
    assert (scan.unit, scan.mm_per_unit) == ("mm", 1.0)
    stated = read_scan(SCAN, "mm")
    assert stated.unit_source != scan.unit_source
    np.testing.assert_array_equal(stated.mesh.vertices, scan.mesh.vertices)
