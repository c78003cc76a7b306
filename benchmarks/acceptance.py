"""Acceptance of finished designs by programs that no one here wrote.

    python benchmarks/acceptance.py FOLDER… [--xsd SPECIFICATION] [--slice]

For every part that `afo design` left in the folders: gmsh reads the STEP file, without a word, and
meshes its faces finely; distances both ways and volumes against the shell's triangles. The mesh
files are read back by trimesh (STL, 3MF, GLB) and lib3mf (strictly) and compared vertex by vertex;
admesh has to find nothing to repair, PrusaSlicer one manifold in STL and 3MF. With `--slice` it
makes G-code of each. With `--xsd`, the 3MF core specification as the consortium publishes it (its
Markdown page, or the schema alone), the model is validated against the core schema.

Exit code 1 where a target is missed. Tools that are not there are named, not counted.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gmsh
import lib3mf
import numpy as np
import trimesh
from lxml import etree

from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.mesh import TriMesh

DISTANCE_LIMIT_MM = 0.05
VOLUME_LIMIT_PERCENT = 0.1
FACE_LIMIT = 120
TRIANGLE_LIMIT = 500_000
READER_LIMIT_MM = 0.01
PROBES = 40_000  # nodes of each surface that are measured, evenly picked
BED = "0x0,600x0,600x600,0x600"  # a bed that holds any part upright: slicing is what is tried
METRES = {".glb": 1000.0}
# libxml2 reads neither so large a count nor, without the network, what it imports.
ENDLESS = "2147483647"
XML_NAMESPACE = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
 targetNamespace="http://www.w3.org/XML/1998/namespace"><xs:attribute name="lang" type="xs:string"/>
 <xs:attribute name="space" type="xs:string"/></xs:schema>"""

Verdict = tuple[str, bool]


@dataclass(frozen=True)
class StepSurface:
    """The file as gmsh sees it; `owner` (m,) is the face that each triangle of `mesh` lies on."""

    mesh: TriMesh
    owner: np.ndarray
    solids: int
    faces: int
    said: tuple[str, ...]

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Distances (n,) from points to the faces: to the triangles, then to the face itself."""
        _, distance, triangle = closest_points(points, self.mesh)
        for i in np.flatnonzero(distance > 0.3 * DISTANCE_LIMIT_MM):
            foot, _ = gmsh.model.getClosestPoint(2, int(self.owner[triangle[i]]), points[i])
            distance[i] = min(distance[i], float(np.linalg.norm(foot - points[i])))
        return distance


@contextmanager
def step_surface(path: Path) -> Iterator[StepSurface]:
    """Reads a file and meshes its faces, as long as the context lasts."""
    gmsh.initialize()
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        gmsh.option.setNumber("Mesh.Algorithm", 5)  # Delaunay, the fastest here
        gmsh.option.setNumber("Mesh.MeshSizeMax", 2.0)
        gmsh.option.setNumber("Mesh.MeshSizeMin", 0.3)
        gmsh.option.setNumber("Mesh.MeshSizeFromCurvature", 32)
        gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)
        gmsh.logger.start()
        gmsh.model.occ.importShapes(str(path))
        gmsh.model.occ.synchronize()
        # what it says while it reads; its own meshing is not the file's fault
        said = tuple(line for line in gmsh.logger.get() if line.startswith(("Warning", "Error")))
        gmsh.logger.stop()
        gmsh.model.mesh.generate(2)
        yield _surface(said)
    finally:
        gmsh.finalize()


def _surface(said: tuple[str, ...]) -> StepSurface:
    faces = [tag for _, tag in gmsh.model.getEntities(2)]
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    number = np.zeros(int(tags.max()) + 1, dtype=np.int64)
    number[tags] = np.arange(len(tags))
    pieces = [gmsh.model.mesh.getElementsByType(2, tag)[1].reshape(-1, 3) for tag in faces]
    mesh = TriMesh(coordinates.reshape(-1, 3), number[np.vstack(pieces)])
    owner = np.repeat(faces, [len(piece) for piece in pieces])
    return StepSurface(mesh, owner, len(gmsh.model.getEntities(3)), len(faces), said)


def some(points: np.ndarray) -> np.ndarray:
    return points[:: max(1, len(points) // PROBES)]


def _tool(*command: str) -> str | None:
    """What a program printed; None where it is not installed."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def text_faces(step: Path) -> int:
    """Faces of a STEP file that belong to the part's number, as its design's record says."""
    record = step.with_name("design.json")
    outputs = json.loads(record.read_text("utf-8"))["outputs"] if record.exists() else []
    return sum(one.get("text_faces", 0) for one in outputs if one["path"] == step.name)


def step_verdicts(step: Path, part: TriMesh) -> Iterator[Verdict]:
    """The STEP file against the part's triangles."""
    with step_surface(step) as surface:
        outward = float(closest_points(some(surface.mesh.vertices), part)[1].max())
        inward = float(surface.distance(some(part.vertices)).max())
    percent = 100.0 * (abs(surface.mesh.volume) / part.volume - 1.0)
    yield f"gmsh: {'; '.join(surface.said) or 'no warning'}", not surface.said
    yield f"{surface.solids} solid", surface.solids == 1
    faces = surface.faces - text_faces(step)
    yield f"{faces} faces beside the text's (at most {FACE_LIMIT})", faces <= FACE_LIMIT
    yield f"STEP to triangles at most {outward:.4f} mm", outward <= DISTANCE_LIMIT_MM
    yield f"triangles to STEP at most {inward:.4f} mm", inward <= DISTANCE_LIMIT_MM
    yield f"volume {percent:+.3f} %", abs(percent) <= VOLUME_LIMIT_PERCENT


def mesh_verdicts(stl: Path) -> Iterator[Verdict]:
    """STL, 3MF and GLB as other readers see them."""
    first = trimesh.load_mesh(stl)
    yield (
        f"STL {len(first.faces)} triangles, closed {first.is_watertight}, "
        f"oriented {first.is_winding_consistent and first.volume > 0.0}",
        first.is_volume and len(first.faces) <= TRIANGLE_LIMIT,
    )
    for path in (stl.with_suffix(".3mf"), stl.with_suffix(".glb")):
        other = trimesh.load(path, force="mesh")
        vertices = np.asarray(other.vertices) * METRES.get(path.suffix, 1.0)
        away = _apart(_from_glb(vertices) if path.suffix == ".glb" else vertices, first.vertices)
        yield f"trimesh reads {path.suffix} within {away:.5f} mm", away <= READER_LIMIT_MM
    vertices, warnings, sound = _by_lib3mf(stl.with_suffix(".3mf"))
    away = _apart(vertices, first.vertices)
    yield f"lib3mf reads .3mf within {away:.5f} mm", away <= READER_LIMIT_MM
    yield f"lib3mf: {warnings} warnings, manifold and oriented {sound}", sound and not warnings
    said = _tool("admesh", str(stl))
    if said is not None:
        yield _admesh(said)
    for path in (stl, stl.with_suffix(".3mf")):
        said = _tool("prusa-slicer", "--info", str(path))
        if said is not None:
            fine = "manifold = yes" in said and not re.search("repair|error|warn", said, re.I)
            yield f"prusa-slicer on {path.suffix}: {'sound' if fine else said[-200:]}", fine


def _from_glb(vertices: np.ndarray) -> np.ndarray:
    """glTF has y up: (x, y, z) there is (x, −z, y) here."""
    return vertices[:, [0, 2, 1]] * [1.0, -1.0, 1.0]


def _apart(vertices: np.ndarray, others: np.ndarray) -> float:
    """Largest distance between two sets of vertices, both ways."""
    from scipy.spatial import cKDTree

    there, back = cKDTree(vertices).query(others)[0], cKDTree(others).query(vertices)[0]
    return float(max(there.max(), back.max()))


def _by_lib3mf(path: Path) -> tuple[np.ndarray, int, bool]:
    model = lib3mf.get_wrapper().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(path))
    objects = model.GetMeshObjects()
    objects.MoveNext()
    mesh = objects.GetCurrentMeshObject()
    vertices = np.array([list(point.Coordinates) for point in mesh.GetVertices()])
    return vertices, reader.GetWarningCount(), bool(mesh.IsManifoldAndOriented())


def _admesh(said: str) -> Verdict:
    names = ("Total disconnected facets", "Degenerate facets", "Edges fixed", "Facets removed")
    names += ("Facets added", "Facets reversed", "Backwards edges", "Normals fixed")
    counts = {name: int(re.search(rf"{name}\s*:\s*(\d+)", said)[1]) for name in names}  # type: ignore[index]
    parts = int(re.search(r"Number of parts\s*:\s*(\d+)", said)[1])  # type: ignore[index]
    repairs = ", ".join(f"{name.lower()} {count}" for name, count in counts.items() if count)
    return f"admesh: parts {parts}, {repairs or 'no repair'}", parts == 1 and not repairs


def sliced(path: Path) -> Verdict:
    """G-code of a part by PrusaSlicer, with supports."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "part.gcode"
        said = _tool(
            *("prusa-slicer", "--export-gcode", "--layer-height", "0.3", "--support-material"),
            *("--bed-shape", BED, "--max-print-height", "600", "--center", "300,300"),
            *("-o", str(target), str(path)),
        )
        if said is None:
            return "prusa-slicer is not installed: not sliced", True
        if not target.exists():
            return f"G-code of {path.suffix}: {said.strip()[-200:]}", False
        layers = target.read_text("utf-8", errors="replace").count(";LAYER_CHANGE")
    return f"G-code of {path.suffix}: {layers} layers", layers > 0


def core_schema(path: Path) -> Any:
    """The core schema out of the specification's page, or from a file of its own."""
    text = path.read_text("utf-8")
    start = text.rindex("<?xml", 0, text.index("<xs:schema")) if "<?xml" in text else 0
    text = text[start : text.index("</xs:schema>") + len("</xs:schema>")]
    text = text.replace(f'"{ENDLESS}"', '"unbounded"')
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Xml())
    return etree.XMLSchema(etree.fromstring(text.encode(), parser))


class _Xml(etree.Resolver):  # type: ignore[misc]
    """Gives the schema of xml:lang and xml:space instead of asking the network for it."""

    def resolve(self, url: str, public_id: str, context: Any) -> Any:
        return self.resolve_string(XML_NAMESPACE, context)


def schema_verdict(path: Path, schema: Any) -> Verdict:
    with zipfile.ZipFile(path) as archive:
        valid = schema.validate(etree.fromstring(archive.read("3D/3dmodel.model")))
    return f"3MF core schema: {'valid' if valid else schema.error_log.last_error}", bool(valid)


def accept(stl: Path, schema: Any = None, slice_it: bool = False) -> list[Verdict]:
    """Everything said of one part, by its STL file's name."""
    verdicts = list(mesh_verdicts(stl))
    loaded = trimesh.load_mesh(stl)
    step = stl.with_suffix(".step")
    if step.exists():
        verdicts += step_verdicts(step, TriMesh(loaded.vertices, loaded.faces))
    else:
        verdicts.append(("no STEP file", False))
    if schema is not None:
        verdicts.append(schema_verdict(stl.with_suffix(".3mf"), schema))
    if slice_it:
        verdicts += [sliced(stl), sliced(stl.with_suffix(".3mf"))]
    return verdicts


def parts_of(folder: Path) -> list[Path]:
    """The STL files of a design's parts."""
    return sorted(path for path in folder.glob("*afo*.stl"))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--xsd", type=Path, help="the 3MF core specification or its schema")
    parser.add_argument("--slice", action="store_true", help="G-code of every part")
    options = parser.parse_args()
    parts = [part for folder in options.folders for part in parts_of(folder)]
    if not parts:
        print("No part found; name folders that `afo design` filled.", file=sys.stderr)
        return 2
    schema = None if options.xsd is None else core_schema(options.xsd)
    met = True
    for part in parts:
        print(part)
        for text, good in accept(part, schema, options.slice):
            print(f"  {'pass' if good else 'FAIL'}  {text}", flush=True)
            met = met and good
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
