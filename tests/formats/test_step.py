"""STEP: one valid solid, the same bytes, read back by the kernel; and what happens without it."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from afo_designer.formats import step
from afo_designer.formats.step import StepFailed, StepUnavailable, write_step
from afo_designer.geometry.relief import Relief, lifted
from afo_designer.geometry.solid import BSplineSolid, RimLoop, closed_mesh

# Reads a STEP file in a process of its own and prints what it finds, with the points asked for
# measured against the solid.
READ_BACK = """
import sys
import numpy as np
from OCP.BRep import BRep_Builder
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeVertex
from OCP.BRepCheck import BRepCheck_Analyzer
from OCP.BRepExtrema import BRepExtrema_DistShapeShape
from OCP.ShapeAnalysis import ShapeAnalysis_ShapeTolerance
from OCP.STEPControl import STEPControl_Reader
from OCP.TopAbs import TopAbs_FACE, TopAbs_SOLID
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS_Compound
from OCP.gp import gp_Pnt

reader = STEPControl_Reader()
reader.ReadFile(sys.argv[1])
reader.TransferRoots()
shape = reader.OneShape()

def count(kind):
    explorer, n = TopExp_Explorer(shape, kind), 0
    while explorer.More():
        n += 1
        explorer.Next()
    return n

skin = TopoDS_Compound()
builder = BRep_Builder()
builder.MakeCompound(skin)
explorer = TopExp_Explorer(shape, TopAbs_FACE)
while explorer.More():
    builder.Add(skin, explorer.Current())
    explorer.Next()
worst = max(
    BRepExtrema_DistShapeShape(BRepBuilderAPI_MakeVertex(gp_Pnt(*p)).Vertex(), skin).Value()
    for p in np.load(sys.argv[2]).tolist()
)
print(count(TopAbs_SOLID), count(TopAbs_FACE), int(BRepCheck_Analyzer(shape).IsValid()),
      ShapeAnalysis_ShapeTolerance().Tolerance(shape, 1), worst)
"""


@pytest.fixture(scope="module")
def kernel() -> None:
    """Skips where the geometry kernel's system library (libgl1) is missing."""
    done = subprocess.run([sys.executable, "-c", "import OCP"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("the geometry kernel cannot be loaded here: apt package libgl1")


def read_back(folder: Path, points: np.ndarray) -> list[float]:
    """Solids, faces, validity, tolerance, largest distance of points: by a process of its own."""
    np.save(folder / "points.npy", points)
    answer = subprocess.run(
        [sys.executable, "-c", READ_BACK, folder / "afo.step", folder / "points.npy"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(word) for word in answer.stdout.split()]


@pytest.mark.parametrize("lateral", [1.0, -1.0])
def test_round_trip_keeps_one_valid_solid_on_the_mesh(
    bent_tube, kernel, tmp_path: Path, lateral: float
) -> None:
    solid = bent_tube(lateral, thickness=3.0)
    mesh = closed_mesh(solid)
    report = write_step(solid, tmp_path / "afo.step", "AFO test", volume=mesh.volume)
    assert report.valid
    assert report.faces <= 20  # 60 is the contract's limit
    assert report.max_tolerance <= 1e-3
    finer = closed_mesh(solid, chord_mm=0.02)
    assert mesh.volume < finer.volume < report.volume < (1.0 + 5e-4) * finer.volume
    points = mesh.vertices[:: len(mesh.vertices) // 25]
    solids, faces, valid, tolerance, distance = read_back(tmp_path, points)
    assert (solids, faces, valid) == (1, report.faces, 1)
    assert tolerance <= 1e-3
    assert distance <= 0.03  # the vertices of the mesh lie on the solid, rims included
    assert sorted(path.name for path in tmp_path.iterdir()) == ["afo.step", "points.npy"]


@pytest.mark.parametrize(("lateral", "height"), [(1.0, 1.0), (-1.0, -1.0)])
def test_letters_are_upright_faces_of_the_same_solid(
    bent_tube, kernel, tmp_path: Path, lateral: float, height: float
) -> None:
    plain = bent_tube(lateral, slots=False)
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]) * [4.0, 0.06]
    contours = tuple([120.0, 0.1] + share * corners for share in (1.0, 0.5))
    room = np.array([1.0, 0.01])
    low, high = contours[0].min(axis=0) - room, contours[0].max(axis=0) + room
    sign = 1.0 if plain.is_right_handed else -1.0
    relief = Relief(contours, lifted(plain.outer, low, high, sign * height))
    solid = replace(plain, reliefs=(relief,))
    mesh = closed_mesh(solid)
    report = write_step(solid, tmp_path / "afo.step", "AFO test", volume=mesh.volume)
    assert report.relief_faces == 8 + 2  # the frame's sides, its top and the island within it
    assert report.faces == report.relief_faces + 8
    points = relief.top(*contours[0].T)
    solids, faces, valid, tolerance, distance = read_back(tmp_path, points)
    assert (solids, faces, valid) == (1, report.faces, 1)
    assert tolerance <= 1e-3
    assert distance <= 1e-3


def test_bytes_depend_on_nothing_but_the_solid(bent_tube, kernel, tmp_path: Path) -> None:
    solid = bent_tube(thickness=4.0, slots=False)
    (tmp_path / "elsewhere").mkdir()
    paths = tmp_path / "a.step", tmp_path / "elsewhere" / "b.step"
    for path in paths:
        write_step(solid, path, "AFO 1234abcd L", tolerance_mm=0.55)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    text = first.decode("ascii")
    assert "PRODUCT('AFO 1234abcd L','AFO 1234abcd L'" in text
    assert "SI_UNIT(.MILLI.,.METRE.)" in text
    assert "AP242_MANAGED_MODEL_BASED_3D_ENGINEERING" in text
    assert str(tmp_path) not in text
    assert "SURFACE_PROFILE_TOLERANCE" in text
    assert re.search(r"LENGTH_MEASURE\(1\.1\d*\)|LENGTH_MEASURE\(1\.1\)", text)  # ± 0.55 mm


def test_no_tolerance_is_claimed_where_none_is_known(bent_tube, kernel, tmp_path: Path) -> None:
    write_step(bent_tube(slots=False), tmp_path / "a.step", "AFO 1234abcd L")
    assert b"TOLERANCE" not in (tmp_path / "a.step").read_bytes()


@pytest.mark.parametrize(
    ("kernel_says", "error", "message"),
    [
        (
            "raise ImportError('libGL.so.1: cannot open shared object file')",
            StepUnavailable,
            "libgl1",
        ),
        ("raise ImportError('no such wheel')", StepUnavailable, "no such wheel"),
        ("import os; os._exit(11)", StepFailed, "code 11"),
        ("raise RuntimeError('Standard_Failure')", StepFailed, "Standard_Failure"),
        ("while True: pass", StepFailed, "not ready after 3 s"),
    ],
)
def test_a_broken_kernel_is_one_sentence_and_leaves_no_file(
    bent_tube, tmp_path: Path, monkeypatch, kernel_says: str, error: type, message: str
) -> None:
    fake = tmp_path / "fake" / "OCP"
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text(kernel_says)
    monkeypatch.setenv("PYTHONPATH", str(fake.parent))
    with pytest.raises(error, match=message):
        write_step(bent_tube(slots=False), tmp_path / "afo.step", "x", volume=1.0, timeout_s=3.0)
    assert [path.name for path in tmp_path.iterdir()] == ["fake"]


def test_a_wrong_volume_is_refused(bent_tube, kernel, tmp_path: Path) -> None:
    solid = bent_tube(slots=False)
    with pytest.raises(StepFailed, match="mm³"):
        write_step(solid, tmp_path / "afo.step", "x", volume=1.02 * closed_mesh(solid).volume)
    assert not (tmp_path / "afo.step").exists()


@pytest.fixture
def kinked(bent_tube) -> BSplineSolid:
    """A tube's wall with a square outline."""
    smooth = bent_tube(slots=False)
    corners = np.array([[60.0, -0.6], [300.0, -0.6], [300.0, 0.6], [60.0, 0.6]])
    t = np.linspace(0.0, 4.0, 1200, endpoint=False)
    square = np.column_stack(
        [np.interp(t, range(5), np.append(corners[:, i], corners[0, i])) for i in (0, 1)]
    )
    return BSplineSolid(smooth.inner, smooth.outer, (RimLoop(square),))


def test_sharp_corners_are_followed(kinked: BSplineSolid, kernel, tmp_path: Path) -> None:
    """The kernel's valid solid has the mesh's volume; no edge stands off by `EDGE_GAP_MM`."""
    volume = closed_mesh(kinked).volume
    write_step(kinked, tmp_path / "afo.step", "x", volume=volume)
    assert (tmp_path / "afo.step").exists()
    with pytest.raises(StepFailed, match="holds"):
        write_step(kinked, tmp_path / "afo.step", "x", volume=1.004 * volume)


def test_a_rim_that_splines_cannot_follow_is_refused(
    kinked: BSplineSolid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "EDGE_GAP_MM", 1e-12)
    with pytest.raises(StepFailed, match="kink"):
        write_step(kinked, tmp_path / "afo.step", "x", volume=1.0)
