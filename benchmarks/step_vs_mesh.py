"""Compares every STEP file of finished designs with its STL: an independent reader, a fine mesh.

    python benchmarks/step_vs_mesh.py outputs/demo [more folders]

gmsh reads the STEP file and meshes its faces finely, with nodes on the faces. Distances both ways,
volumes, solids and faces are printed; admesh and PrusaSlicer, where installed, say what they think
of the STL. Exit code 1 where a limit of the contract is passed.
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gmsh
import numpy as np
import trimesh

from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.mesh import TriMesh

DISTANCE_LIMIT_MM = 0.1
VOLUME_LIMIT_PERCENT = 0.2
FACE_LIMIT = 60
TRIANGLE_LIMIT = 500_000
PROBES = 40_000  # nodes of each surface that are measured, evenly picked


@dataclass(frozen=True)
class StepSurface:
    """The file as gmsh sees it; `owner` (m,) is the face that each triangle of `mesh` lies on."""

    mesh: TriMesh
    owner: np.ndarray
    solids: int
    faces: int

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
        gmsh.option.setNumber("Mesh.MeshSizeMin", 0.6)
        gmsh.option.setNumber("Mesh.MeshSizeFromCurvature", 16)
        gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)
        gmsh.model.occ.importShapes(str(path))
        gmsh.model.occ.synchronize()
        gmsh.model.mesh.generate(2)
        yield _surface()
    finally:
        gmsh.finalize()


def _surface() -> StepSurface:
    faces = [tag for _, tag in gmsh.model.getEntities(2)]
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    number = np.zeros(int(tags.max()) + 1, dtype=np.int64)
    number[tags] = np.arange(len(tags))
    pieces = [gmsh.model.mesh.getElementsByType(2, tag)[1].reshape(-1, 3) for tag in faces]
    mesh = TriMesh(coordinates.reshape(-1, 3), number[np.vstack(pieces)])
    owner = np.repeat(faces, [len(piece) for piece in pieces])
    return StepSurface(mesh, owner, len(gmsh.model.getEntities(3)), len(faces))


def some(points: np.ndarray) -> np.ndarray:
    return points[:: max(1, len(points) // PROBES)]


def tool_output(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def stl_verdicts(path: Path) -> list[tuple[str, bool]]:
    """What admesh and PrusaSlicer say, as (sentence, good) pairs; nothing for absent tools."""
    verdicts = []
    admesh = tool_output("admesh", str(path))
    if admesh:
        counts = {
            name: int(re.search(rf"{name}\s*:\s*(\d+)", admesh)[1])
            for name in ("Total disconnected facets", "Degenerate facets", "Facets reversed")
        }
        parts = int(re.search(r"Number of parts\s*:\s*(\d+)", admesh)[1])
        text = ", ".join(f"{name.lower()} {count}" for name, count in counts.items())
        verdicts.append((f"admesh: parts {parts}, {text}", parts == 1 and not any(counts.values())))
    slicer = tool_output("prusa-slicer", "--info", str(path))
    if slicer:
        manifold = "manifold = yes" in slicer
        verdicts.append((f"prusa-slicer: manifold = {'yes' if manifold else 'no'}", manifold))
    return verdicts


def compare(step: Path) -> bool:
    stl = step.with_suffix(".stl")
    loaded = trimesh.load_mesh(stl)
    printed = TriMesh(loaded.vertices, loaded.faces)
    start = time.perf_counter()
    with step_surface(step) as surface:
        outward = float(closest_points(some(surface.mesh.vertices), printed)[1].max())
        inward = float(surface.distance(some(printed.vertices)).max())
    seconds = time.perf_counter() - start
    volume = abs(surface.mesh.volume)
    percent = 100.0 * (volume / printed.volume - 1.0)
    lines = [
        (f"{surface.solids} solid, {surface.faces} faces", surface.solids == 1),
        (f"at most {FACE_LIMIT} faces", surface.faces <= FACE_LIMIT),
        (f"STEP to STL at most {outward:.4f} mm", outward <= DISTANCE_LIMIT_MM),
        (f"STL to STEP at most {inward:.4f} mm", inward <= DISTANCE_LIMIT_MM),
        (
            f"volume {volume:.0f} mm³ against {printed.volume:.0f} mm³: {percent:+.3f} %",
            abs(percent) <= VOLUME_LIMIT_PERCENT,
        ),
        (
            f"STL {len(printed.triangles)} triangles, closed: {printed.is_closed}",
            printed.is_closed and len(printed.triangles) <= TRIANGLE_LIMIT,
        ),
        *stl_verdicts(stl),
    ]
    print(f"{step} ({seconds:.0f} s)")
    for text, good in lines:
        print(f"  {'pass' if good else 'FAIL'}  {text}")
    return all(good for _, good in lines)


def main(folders: list[str]) -> int:
    steps = [step for folder in folders for step in sorted(Path(folder).glob("*.step"))]
    if not steps:
        print("No STEP file found; name folders that `afo design` filled.", file=sys.stderr)
        return 2
    results = [compare(step) for step in steps]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
