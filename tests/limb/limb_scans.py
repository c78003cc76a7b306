"""Shared by the limb tests: scans from disk and from meshes."""

from pathlib import Path

import numpy as np
import trimesh

from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Scan, Side

ROOT = Path(__file__).resolve().parents[2]
SCANS = ROOT.parent / "shared" / "scans"


def load(path: Path) -> TriMesh:
    loaded = trimesh.load(path, process=False)
    return TriMesh(loaded.vertices, loaded.faces)


def as_scan(mesh: TriMesh) -> Scan:
    return Scan(mesh, "0" * 64, "ply", "mm", "given", 1.0)


def in_scan_axes(limb: Limb) -> dict[str, np.ndarray]:
    back = limb.frame_from_scan.inverse
    return {name: back.apply(mark.position) for name, mark in limb.landmarks.items()}


def other(side: Side) -> Side:
    return Side.RIGHT if side is Side.LEFT else Side.LEFT
