"""Damaged files: either every face that was written is accounted for, or one refusal."""

import re
import struct

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from afo_designer.formats.gate import ScanRefused
from afo_designer.formats.registry import read_mesh

BALL = trimesh.creation.icosphere(subdivisions=2)
BALL.apply_scale([60.0, 50.0, 200.0])
FACES = len(BALL.faces)


def exported(kind: str) -> bytes:
    if kind == "ply_ascii":
        return trimesh.exchange.ply.export_ply(BALL, encoding="ascii")
    data = BALL.export(file_type=kind)
    return data.encode() if isinstance(data, str) else data


# Formats that declare how many faces they have, or mark the end of every one.
COUNTED = {kind: exported(kind) for kind in ("stl", "stl_ascii", "ply", "ply_ascii", "off", "3mf")}
# An OBJ declares nothing, and the JSON of a GLB may be changed into that of another sound file.
UNCOUNTED = {kind: exported(kind) for kind in ("obj", "glb")}


@st.composite
def damage(draw: st.DrawFn, files: dict[str, bytes]) -> tuple[str, bytes]:
    """A file with one to four of: cut short, bits flipped, bytes put in, taken out, zeroed."""
    kind = draw(st.sampled_from(sorted(files)))
    data = bytearray(files[kind])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["cut", "flip", "put", "take", "zero", "swap"])):
            case "cut":
                del data[at:]
            case "flip" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "put":
                data[at:at] = draw(st.binary(min_size=1, max_size=60))
            case "take":
                del data[at : at + draw(st.integers(1, 60))]
            case "zero":
                data[at : at + 4] = b"\0" * len(data[at : at + 4])
            case "swap":
                data[at : at + 50], data[-50:] = data[-50:], data[at : at + 50]
    return kind, bytes(data)


def read_back(folder, kind: str, data: bytes):
    path = folder / f"leg.{kind.partition('_')[0]}"
    path.write_bytes(data)
    return read_mesh(path)


def dropped(repairs: tuple[str, ...]) -> int:
    return sum(int(re.match(r"\d+", said)[0]) for said in repairs if "dropped" in said)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("damage")


@settings(max_examples=400, derandomize=True, deadline=None)
@given(damaged=damage(COUNTED))
def test_no_face_is_lost_in_silence(folder, damaged):
    try:
        read = read_back(folder, *damaged)
    except ScanRefused:
        return
    # Inserted facets of an ASCII STL may add; nothing may take away without a word.
    assert len(read.mesh.triangles) + dropped(read.repairs) >= FACES
    assert np.isfinite(read.mesh.vertices).all()


@settings(max_examples=200, derandomize=True, deadline=None)
@given(damaged=damage(UNCOUNTED))
def test_formats_without_counts_give_a_sound_mesh_or_a_refusal(folder, damaged):
    try:
        read = read_back(folder, *damaged)
    except ScanRefused:
        return
    assert len(read.mesh.triangles) > 0
    assert np.isfinite(read.mesh.vertices).all()


@pytest.mark.parametrize("kind", sorted(COUNTED | UNCOUNTED))
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_off_is_refused(folder, kind, share):
    data = (COUNTED | UNCOUNTED)[kind]
    if kind == "obj":  # cut inside a line: between lines it is another whole OBJ
        data = data[: data.rfind(b" ", 0, int(share * len(data))) + 1]
    else:
        data = data[: int(share * len(data))]
    with pytest.raises(ScanRefused):
        read_back(folder, kind, data)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(count=st.integers(0, 2**32 - 1))
def test_a_binary_stl_counts_exactly_or_is_refused(folder, count):
    data = bytearray(COUNTED["stl"])
    data[80:84] = struct.pack("<I", count)
    if count == FACES:
        assert len(read_back(folder, "stl", bytes(data)).mesh.triangles) == FACES
    else:
        with pytest.raises(ScanRefused):
            read_back(folder, "stl", bytes(data))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(junk=st.binary(max_size=400), kind=st.sampled_from(sorted(COUNTED | UNCOUNTED)))
def test_noise_is_refused(folder, junk, kind):
    head = (COUNTED | UNCOUNTED)[kind][:4]
    with pytest.raises(ScanRefused):
        read_back(folder, kind, head + junk)
