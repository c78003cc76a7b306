"""Scanner: what a hand-held scanner does to a leg's surface: noise, holes, fragments, floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.parameter import quantity


@dataclass(frozen=True, slots=True)
class ScannerEffects:
    """Defects to add; all off by default."""

    noise_mm: float = quantity(0.0, "mm", 0.0, 2.0, "standard deviation of the noise along normals")
    holes: float = quantity(0.0, "1", 0.0, 12.0, "number of holes, rounded")
    hole_diameter_mm: float = quantity(18.0, "mm", 4.0, 60.0, "diameter of a hole")
    fragments: float = quantity(0.0, "1", 0.0, 12.0, "number of floating fragments, rounded")
    floor_radius_mm: float = quantity(
        0.0, "mm", 0.0, 400.0, "radius of a patch of floor under the foot, 0 for none"
    )


def scanned(mesh: TriMesh, effects: ScannerEffects, random: np.random.Generator) -> TriMesh:
    """A copy of the leg as such a scanner would give it: pieces appended, nothing merged."""
    if effects.noise_mm > 0.0:
        noise = random.normal(0.0, effects.noise_mm, len(mesh.vertices))
        mesh = mesh.with_vertices(mesh.vertices + noise[:, None] * mesh.vertex_normals)
    low, high = mesh.bounds
    pieces = [_with_holes(mesh, round(effects.holes), effects.hole_diameter_mm, random)]
    for _ in range(round(effects.fragments)):
        centre = random.uniform(low - 40.0, high + 40.0)
        pieces.append(_fragment(centre, random.uniform(3.0, 12.0), random))
    if effects.floor_radius_mm > 0.0:
        pieces.append(_floor(mesh, effects.floor_radius_mm))
    return _joined(pieces)


def _with_holes(mesh: TriMesh, count: int, diameter: float, random: np.random.Generator) -> TriMesh:
    centres = mesh.corners.mean(axis=1)
    keep = np.ones(len(centres), dtype=bool)
    for _ in range(count):
        at = centres[random.integers(len(centres))]
        keep &= np.linalg.norm(centres - at, axis=1) > 0.5 * diameter
    return mesh if keep.all() else mesh.kept(keep)


def _fragment(centre: FloatArray, radius: float, random: np.random.Generator) -> TriMesh:
    """A crumpled disc of twelve triangles, turned at random."""
    turn = 2.0 * np.pi * np.arange(12) / 12.0
    basis = np.linalg.qr(random.normal(size=(3, 3)))[0]
    flat = np.stack([np.cos(turn), np.sin(turn), 0.3 * random.normal(size=12)], axis=1)
    points = np.vstack([np.zeros(3), flat * radius]) @ basis.T + centre
    ring = np.arange(12)
    return TriMesh(points, np.stack([np.zeros(12, int), 1 + ring, 1 + (ring + 1) % 12], axis=1))


def _floor(mesh: TriMesh, radius: float) -> TriMesh:
    """A ragged disc half a millimetre below the lowest point, facing up."""
    low = mesh.bounds[0, 2] - 0.5
    foot = mesh.vertices[mesh.vertices[:, 2] < low + 40.0]
    centre = foot.mean(axis=0)
    step = 6.0
    span = np.arange(-radius, radius + step, step)
    x, y = np.meshgrid(span, span, indexing="ij")
    count = len(span)
    points = np.stack([centre[0] + x.ravel(), centre[1] + y.ravel(), np.full(x.size, low)], axis=1)
    corner = (np.arange(count - 1)[:, None] * count + np.arange(count - 1)).ravel()
    quads = np.stack([corner, corner + count, corner + count + 1, corner + 1], axis=1)
    triangles = np.vstack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    patch = TriMesh(points, triangles)
    away = np.linalg.norm(patch.corners.mean(axis=1)[:, :2] - centre[:2], axis=1)
    return patch.kept(away < radius)


def _joined(pieces: list[TriMesh]) -> TriMesh:
    if len(pieces) == 1:
        return pieces[0]
    starts = np.cumsum([0] + [len(piece.vertices) for piece in pieces[:-1]])
    return TriMesh(
        np.vstack([piece.vertices for piece in pieces]),
        np.vstack([piece.triangles + start for piece, start in zip(pieces, starts, strict=True)]),
    )
