"""The seal: a byte changed anywhere is found, and the file it is in is named, and no other."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from demo_run import Demo

from afo_designer.runs.seal import (
    BUILT,
    RECORD,
    RUN,
    SUMS,
    FolderRefused,
    held_to_seal,
    sealed_run,
    sums_bytes,
)


def write(folder: Path) -> None:
    """A folder of three files, recorded and sealed as a design's is."""
    contents = {"afo.stl": b"a part" * 50, "fe/standing.vtu": b"<VTKFile/>", "empty": b""}
    outputs = []
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        outputs.append({"path": name, "sha256": digest, "bytes": len(content)})
    record = {"design_id": "0" * 64, "mass": 1.0, "outputs": outputs}
    (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n")
    (folder / SUMS).write_bytes(sums_bytes(folder))
    (folder / RUN).write_bytes(sealed_run({"seconds": 1.5, "machine": "a"}, folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path)
    return tmp_path


def named(folder: Path) -> set[tuple[str, str]]:
    return {(finding.path, finding.kind) for finding in held_to_seal(folder).findings}


NAMES = ("afo.stl", "fe/standing.vtu", RECORD, SUMS, RUN)


def test_a_folder_as_written_is_sound(folder: Path) -> None:
    sealed = held_to_seal(folder)
    assert sealed.findings == ()
    assert sealed.record is not None
    (folder / BUILT).write_text("{}")  # what was measured later is no part of the seal
    assert named(folder) == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_flipped_bit_is_found_and_named(folder: Path, name: str) -> None:
    """All bytes of the small files, one bit each."""
    content = (folder / name).read_bytes()
    chance = np.random.default_rng(3)
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << int(chance.integers(8))
        (folder / name).write_bytes(bytes(changed))
        assert {path for path, _ in named(folder)} == {name}, place


@pytest.mark.parametrize("name", NAMES)
def test_every_cut_and_every_byte_too_many_is_found(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for changed in (b"", content[:-1], content[: len(content) // 2], content + b"\n"):
        (folder / name).write_bytes(changed)
        assert {path for path, _ in named(folder)} == {name}


@pytest.mark.parametrize("name", [name for name in NAMES if name != RECORD])
def test_what_was_taken_away_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert named(folder) == {(name, "missing")}


def test_without_a_record_there_is_no_design(folder: Path) -> None:
    (folder / RECORD).unlink()
    with pytest.raises(FolderRefused, match=r"holds no design\.json"):
        held_to_seal(folder)
    with pytest.raises(FolderRefused, match="not a folder"):
        held_to_seal(folder / "afo.stl")


@pytest.mark.parametrize("name", ["note.txt", "fe/.hidden", "deep/er/thing"])
def test_what_was_added_is_named(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("x")
    assert named(folder) == {(name, "added")}


def test_a_link_is_no_file(folder: Path, tmp_path: Path) -> None:
    """Not even one to the same bytes; and none is followed out of the folder."""
    elsewhere = tmp_path.parent / "elsewhere.stl"
    shutil.copy(folder / "afo.stl", elsewhere)
    (folder / "afo.stl").unlink()
    (folder / "afo.stl").symlink_to(elsewhere)
    (folder / "up").symlink_to(tmp_path.parent)
    assert named(folder) == {("afo.stl", "changed"), ("up", "added")}


def reseal(folder: Path) -> None:
    (folder / SUMS).write_bytes(sums_bytes(folder))


BY_HAND: dict[str, Callable[[dict], None]] = {
    "a digest made to fit": lambda record: record["outputs"][0].update(
        sha256=hashlib.sha256(b"another").hexdigest(), bytes=7
    ),
    "a figure": lambda record: record.update(mass=2.0),
}


@pytest.mark.parametrize("change", BY_HAND)
def test_who_changes_the_record_and_forgets_the_run_is_found(folder: Path, change: str) -> None:
    record = json.loads((folder / RECORD).read_text())
    BY_HAND[change](record)
    (folder / "afo.stl").write_bytes(b"another" if "digest" in change else b"a part" * 50)
    (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n")
    reseal(folder)
    assert {RECORD, SUMS} <= {path for path, _ in named(folder)}


def test_a_record_that_means_two_things_is_found_even_sealed(folder: Path) -> None:
    text = (folder / RECORD).read_text().replace('"mass": 1.0', '"mass": 2.0,\n "mass": 1.0')
    (folder / RECORD).write_text(text)
    reseal(folder)
    (folder / RUN).write_bytes(sealed_run({"seconds": 1.5}, folder))
    assert named(folder) == {(RECORD, "changed")}


RECORDS = {
    "[]": "changed",
    '{"outputs": [NaN]}': "changed",
    "[" * 100_000: "changed",
    "\xff": "changed",
    '{"a": ' * 600 + "1" + "}" * 600: "changed",
    '{"a": "\\ud800"}': "changed",
}


@pytest.mark.parametrize("text", RECORDS, ids=range(len(RECORDS)))
def test_a_hostile_record_gets_a_sentence(folder: Path, text: str) -> None:
    (folder / RECORD).write_bytes(text.encode("latin-1"))
    (finding,) = held_to_seal(folder).findings
    assert (finding.path, finding.kind) == (RECORD, RECORDS[text])


def test_a_table_that_is_no_design_is_named_or_without_sums_refused(folder: Path) -> None:
    for text in ('{"outputs": [5]}', "{}", '{"outputs": [{"path": 3}]}'):
        (folder / RECORD).write_text(json.dumps(json.loads(text), indent=1) + "\n")
        (finding,) = held_to_seal(folder).findings
        assert finding.path == RECORD
    (folder / SUMS).unlink()
    with pytest.raises(FolderRefused, match="no record of a design"):
        held_to_seal(folder)


def test_every_file_of_a_real_design_is_under_the_seal(demo: Demo, tmp_path: Path) -> None:
    """One bit of each file in turn, at the start, the middle and the end."""
    copy = tmp_path / "copy"
    shutil.copytree(demo.folder, copy)
    assert held_to_seal(copy).findings == ()
    names = [p.relative_to(copy).as_posix() for p in sorted(copy.rglob("*")) if p.is_file()]
    assert len(names) > 20
    for count, name in enumerate(names):
        content = (copy / name).read_bytes()
        changed = bytearray(content)
        changed[(0, len(content) // 2, len(content) - 1)[count % 3]] ^= 1
        (copy / name).write_bytes(bytes(changed))
        assert {finding.path for finding in held_to_seal(copy).findings} == {name}
        (copy / name).write_bytes(content)
