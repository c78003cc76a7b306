"""The door for scan files: every format comes back whole, everything else is named and refused."""

import hashlib
import re

import numpy as np
import pytest
import trimesh

from afo_designer.formats.gate import ScanRefused
from afo_designer.formats.ply import ply_bytes
from afo_designer.formats.registry import MM_PER_UNIT, READERS, read_mesh
from afo_designer.formats.stl import stl_bytes
from afo_designer.formats.threemf import threemf_bytes
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused

BALL = trimesh.creation.icosphere(subdivisions=3)
BALL.apply_scale([60.0, 50.0, 200.0])

# What another programme writes: ending, trimesh's name of the format, error of its coordinates.
WRITTEN = [
    ("stl", "stl", 2e-5),
    ("stl", "stl_ascii", 1e-6),
    ("ply", "ply", 2e-5),
    ("ply", "ply_ascii", 1e-4),
    ("obj", "obj", 1e-6),
    ("off", "off", 1e-6),
    ("glb", "glb", 2e-5),
    ("3mf", "3mf", 1e-6),
]


def written_by_trimesh(mesh: trimesh.Trimesh, kind: str) -> bytes:
    if kind == "ply_ascii":
        return trimesh.exchange.ply.export_ply(mesh, encoding="ascii")
    exported = mesh.export(file_type=kind)
    return exported.encode() if isinstance(exported, str) else exported


def accounted_for(faces: int, repairs: tuple[str, ...]) -> int:
    """Faces kept and faces that the repairs say were dropped."""
    return faces + sum(int(re.match(r"\d+", said)[0]) for said in repairs if "dropped" in said)


@pytest.mark.parametrize(("ending", "kind", "error"), WRITTEN)
def test_every_format_of_another_writer_round_trips(tmp_path, ending, kind, error):
    path = tmp_path / f"leg.{ending.upper()}"
    path.write_bytes(written_by_trimesh(BALL, kind))
    read = read_mesh(path)
    assert read.format == ending
    assert read.repairs == ()
    assert read.mesh.is_closed
    assert len(read.mesh.triangles) == len(BALL.faces)
    assert len(read.mesh.vertices) == len(BALL.vertices)
    assert read.mesh.volume == pytest.approx(BALL.volume, rel=1e-6)
    assert np.abs(read.mesh.corners - BALL.triangles).max() < error
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read.unit_declared == {"glb": "m", "3mf": "mm"}.get(ending)


@pytest.mark.parametrize("writer", ["stl", "ply", "3mf"])
def test_own_files_round_trip_and_are_the_same_bytes_each_time(tmp_path, writer):
    mesh = TriMesh(BALL.vertices, BALL.faces)
    write = {
        "stl": stl_bytes,
        "ply": ply_bytes,
        "3mf": lambda m: threemf_bytes(m, "A1", "PA12", "AFO"),
    }[writer]
    (tmp_path / f"a.{writer}").write_bytes(write(mesh))
    assert write(mesh) == write(mesh)
    read = read_mesh(tmp_path / f"a.{writer}").mesh
    assert read.is_closed
    assert np.allclose(read.corners, mesh.corners, atol=2e-5)
    again = read_mesh(tmp_path / f"a.{writer}").mesh
    assert np.array_equal(read.vertices, again.vertices)
    assert np.array_equal(read.triangles, again.triangles)


def test_welding_keeps_the_order_of_first_appearance(tmp_path):
    (tmp_path / "a.stl").write_bytes(written_by_trimesh(BALL, "stl"))
    read = read_mesh(tmp_path / "a.stl").mesh
    first_seen = read.triangles.ravel()[np.sort(np.unique(read.triangles, return_index=True)[1])]
    assert np.array_equal(first_seen, np.arange(len(read.vertices)))


NOT_SCANS = {
    "empty.stl": (b"", "empty"),
    "cut.stl": (written_by_trimesh(BALL, "stl")[:-7], "cut off"),
    "longer.stl": (written_by_trimesh(BALL, "stl") + b"\0" * 50, "damaged"),
    "head.stl": (b"\0" * 50, "84-byte"),
    "counted.stl": (b"\0" * 80 + b"\xff" * 4 + b"\0" * 500, "4294967295 faces"),
    "nothing.stl": (b"\0" * 84, "no faces"),
    "letter.stl": (b"Dear colleague,\nplease find the leg attached.\n" * 9, "is text"),
    "solid_letter.stl": (b"solid\nDear colleague\nendsolid", "no faces"),
    "no_end.stl": (written_by_trimesh(BALL, "stl_ascii").rsplit(b"endsolid")[0], "pair up"),
    "renamed.stl": (written_by_trimesh(BALL, "ply"), "looks like a .ply"),
    "renamed.ply": (written_by_trimesh(BALL, "3mf"), "looks like a .3mf"),
    "cut.ply": (written_by_trimesh(BALL, "ply")[:-7], "cut off"),
    "longer.ply": (written_by_trimesh(BALL, "ply") + b"\0", "1 bytes more"),
    "nothing.ply": (b"ply\nformat ascii 1.0\nelement vertex 0\nend_header\n", "no vertices"),
    "cut.obj": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2", "2 corners"),
    "index.obj": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4", "names vertex 3 (counted from 0)"),
    "zero.obj": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2", "counts vertices from 1"),
    "points.obj": (b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no faces"),
    "surface.obj": (b"v 0 0 0\nsurf 0 1 0 1 1 2 3 4\n", "'surf'"),
    "cut.off": (b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n", "3 lines"),
    "index.off": (b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", "names vertex 3"),
    "binary.off": (b"OFF BINARY\n\0\0\0", "begin with the word OFF"),
    "cut.glb": (written_by_trimesh(BALL, "glb")[:-4], "cut off"),
    "cut.3mf": (written_by_trimesh(BALL, "3mf")[:-30], "no directory"),
    "leg.dae": (b"<COLLADA/>", "ending '.dae' is not one of .stl, .ply"),
    "leg": (b"solid", "ending '' is not one of"),
    "far.off": (b"OFF\n3 1 0\n0 0 0\n1e30 0 0\n0 1 0\n3 0 1 2\n", "coordinate of 1e+30"),
    "flat.off": (b"OFF\n3 1 0\n0 0 0\n1 1 1\n2 2 2\n3 0 1 2\n", "has an area"),
    "comma.off": (b"OFF\n3 1 0\n0,5 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "'0,5' stands where"),
}


@pytest.mark.parametrize("name", NOT_SCANS)
def test_what_is_no_scan_is_refused_with_its_cause(tmp_path, name):
    data, cause = NOT_SCANS[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ScanRefused, match=re.escape(cause)) as refused:
        read_mesh(tmp_path / name)
    message = str(refused.value)
    assert isinstance(refused.value, InputRefused)
    assert message.startswith(f"{name}: ")
    assert message.endswith(".")
    assert "\n" not in message


def test_folders_missing_files_and_locked_ones_are_refused(tmp_path):
    (tmp_path / "folder.stl").mkdir()
    for path, cause in (
        (tmp_path / "folder.stl", "is a folder"),
        (tmp_path, "is a folder"),
        (tmp_path / "missing.stl", "no such file"),
        (tmp_path / "missing" / "leg.stl", "no such file"),
        (tmp_path / "nul\0.stl", "cannot be opened"),
        ("/dev/null", "not a regular file"),
    ):
        with pytest.raises(ScanRefused, match=cause):
            read_mesh(path)


def test_a_file_above_the_limit_is_refused_unread(tmp_path):
    with (tmp_path / "large.stl").open("wb") as file:
        file.truncate(300_000_001)  # a hole: takes no room on the disk
    with pytest.raises(ScanRefused, match="300000001 bytes; 300000000 are allowed"):
        read_mesh(tmp_path / "large.stl")


def test_a_complaint_nobody_foresaw_becomes_a_refusal(tmp_path, monkeypatch):
    def fails(_: bytes):
        raise RuntimeError("what\nnow")

    monkeypatch.setitem(READERS, "stl", fails)
    (tmp_path / "leg.stl").write_bytes(b"x")
    with pytest.raises(ScanRefused, match="understood \\(RuntimeError what now\\)"):
        read_mesh(tmp_path / "leg.stl")


def test_units_are_millimetres_times_a_factor():
    assert MM_PER_UNIT["m"] == 1000 * MM_PER_UNIT["mm"] == 100 * MM_PER_UNIT["cm"]
    assert MM_PER_UNIT["foot"] == pytest.approx(12 * MM_PER_UNIT["inch"])
