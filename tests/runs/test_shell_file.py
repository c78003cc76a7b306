"""The shell file: every field of a design as formed, the same bytes, nothing trusted."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from demo_run import Demo

from afo_designer.runs.shell_file import ShellFileRefused, read_shell, shell_bytes


@pytest.fixture(scope="module")
def content(demo: Demo) -> bytes:
    return (demo.folder / "shell.npz").read_bytes()


def test_it_comes_back_whole_and_is_written_the_same(content: bytes, demo: Demo) -> None:
    formed = read_shell(content)
    assert shell_bytes(formed) == content
    chart, wanted = formed.shell.chart, demo.design.shell.chart
    np.testing.assert_array_equal(chart.surface.control_points, wanted.surface.control_points)
    assert formed.person == demo.design.person
    assert formed.chosen == demo.design.chosen
    assert formed.material == demo.design.material


def test_it_holds_no_scan_and_no_date(content: bytes) -> None:
    limb = read_shell(content).positive.limb
    assert len(limb.mesh.vertices) == len(limb.scan.mesh.vertices) == 0
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_anybody_reads_the_arrays_by_name(content: bytes) -> None:
    with np.load(io.BytesIO(content), allow_pickle=False) as data:
        assert {"shell.trim.boundary", "positive.skin.triangles", "tree"} <= set(data)
        head = json.loads(data["tree"].tobytes())
    assert head["formed"]["of"] == "Formed"


def repacked(content: bytes, **changed: bytes | None) -> bytes:
    """The file with entries replaced, added, or, for None, left out."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        entries = {info.filename: packed.read(info) for info in packed.infolist()}
    entries |= {f"{name.replace('__', '.')}.npy": data for name, data in changed.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in entries.items():
            if data is not None:
                packed.writestr(name, data)
    return stream.getvalue()


def npy(array: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def tree(text: str) -> bytes:
    return npy(np.frombuffer(text.encode(), np.uint8))


HOSTILE = {
    "damaged or was cut off": lambda content: content[:-40],
    "has no entry 'tree.npy'": lambda content: repacked(content, tree=None),
    "not valid JSON": lambda content: repacked(content, tree=tree("{")),
    "nested too deep": lambda content: repacked(content, tree=tree("[" * 200_000)),
    "schema version is 99": lambda content: repacked(content, tree=tree('{"schema_version": 99}')),
    "schema version is None": lambda content: repacked(content, tree=tree("[]")),
    "not Formed": lambda content: repacked(
        content, tree=tree('{"schema_version": 2, "formed": 5}')
    ),
    "array 'shell.trim.boundary' that is not there": lambda content: repacked(
        content, shell__trim__boundary=None
    ),
    "says |O (1,)": lambda content: repacked(
        content, shell__trim__boundary=npy(np.array([{}], dtype=object), allow_pickle=True)
    ),
    "says <f8 (1000000000, 3), but has 0 bytes": lambda content: repacked(
        content,
        shell__trim__boundary=npy(np.zeros((0, 3))).replace(
            b"(0, 3), }         ", b"(1000000000, 3), }"
        ),
    ),
    "unpacks to more than 100 times": lambda content: repacked(
        content, bomb=npy(np.zeros(3_000_000))
    ),
    "damaged header": lambda content: repacked(content, shell__trim__boundary=b"\x93NUMPY\x01\x00"),
}


@pytest.mark.parametrize("sentence", HOSTILE)
def test_a_hostile_file_gets_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(ShellFileRefused) as refusal:
        read_shell(HOSTILE[sentence](content))
    said = str(refusal.value)
    assert sentence in said
    assert "\n" not in said


def test_flipped_bytes_never_raise_anything_else(content: bytes) -> None:
    """A flip is refused or, in an array's numbers or a header's padding, read as it is."""
    chance = np.random.default_rng(6)
    said = []
    for place in chance.integers(0, len(content), 25):
        changed = bytearray(content)
        changed[place] ^= 1 << int(chance.integers(8))
        try:
            read_shell(bytes(changed))
        except ShellFileRefused as refusal:
            said.append(str(refusal))
    assert len(said) > 20  # a zip sums up its entries
    assert all(said)
