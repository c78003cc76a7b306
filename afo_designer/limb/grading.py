"""Grading: how good a scan is for an orthosis, A to D, with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.landmarks import Landmark
from afo_designer.limb.surface import is_joined

# Landmarks an orthosis is built from.
_CORE = (
    "medial_malleolus",
    "lateral_malleolus",
    "heel_posterior",
    "heel_plantar",
    "first_metatarsal_head_medial",
    "fifth_metatarsal_head_lateral",
)
_NOISE_SAMPLES = 400
_NOISE_NEIGHBOURS = 25


def graded(
    mesh: TriMesh,
    marks: Mapping[str, Landmark],
    ankle: FloatArray,
    knee: FloatArray,
    top: float,
    misfit: float,
) -> tuple[str, tuple[str, ...]]:
    """The grade and its reasons. A: no finding, B: one, C: two or a grave one, D: worse.

    `mesh`, joint centres (3,) and `top` are in the limb frame, mm.
    """
    findings: list[tuple[int, str]] = []
    shown = (top - ankle[2]) / max(knee[2] - ankle[2], 1.0)
    if shown < 0.75:
        grave = 3 if shown < 0.45 else 1
        findings.append(
            (
                grave,
                f"the scan ends {top:.0f} mm above the sole, at {100 * shown:.0f} % of the "
                "shank; scan to below the knee",
            )
        )
    noise = surface_noise(mesh)
    if noise > 0.35:
        findings.append((2 if noise > 1.0 else 1, f"the surface is noisy: {noise:.2f} mm"))
    hole, place = _largest_hole(mesh, top)
    if hole > 25.0:
        weight = 2 if hole > 60.0 else 1
        findings.append((weight, f"a hole {hole:.0f} mm wide at {place}; rescan that place"))
    weak = [name for name in _CORE if name in marks and marks[name].confidence < 0.4]
    if weak:
        names = ", ".join(name.replace("_", " ") for name in weak)
        findings.append((1, f"uncertain landmarks: {names}; check or pick them"))
    if misfit > 2.5:
        findings.append(
            (
                1,
                f"an unusual foot or leg (shape misfit {misfit:.1f}, usual up to 2.5); check "
                "every landmark",
            )
        )
    total = sum(weight for weight, _ in findings)
    return "ABCD"[min(total, 3)], tuple(text for _, text in findings)


def surface_noise(mesh: TriMesh) -> float:
    """Scatter (mm) of the vertices about their neighbourhood's best quadric, median over places."""
    vertices = mesh.vertices
    if len(vertices) <= _NOISE_NEIGHBOURS:
        return 0.0
    places = vertices[:: max(1, len(vertices) // _NOISE_SAMPLES)]
    near = cKDTree(vertices).query(places, k=_NOISE_NEIGHBOURS)[1]
    offset = vertices[near] - places[:, None]
    offset = offset - offset.mean(axis=1, keepdims=True)
    frames = np.linalg.svd(offset, full_matrices=False)[2]
    u, v, w = np.moveaxis(np.einsum("pnj,pij->pni", offset, frames), 2, 0)
    design = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=2)
    scale = np.linalg.norm(design, axis=1, keepdims=True) + 1e-12
    inverse = np.linalg.pinv(design / scale)
    rest = w - np.einsum("pni,pij,pj->pn", design / scale, inverse, w)
    free = _NOISE_NEIGHBOURS - design.shape[2]
    return float(np.median(np.sqrt((rest**2).sum(axis=1) / free)))


def _largest_hole(mesh: TriMesh, top: float) -> tuple[float, str]:
    """Width (mm) of the widest opening below the top, and where it is."""
    widest, place = 0.0, ""
    for loop in mesh.boundary_loops() if is_joined(mesh) else []:
        ring = mesh.vertices[loop]
        # the top's own opening starts where whole rings end
        if ring[:, 2].max() > top - 2.0:
            continue
        width = float(np.sqrt(np.prod(np.sort(np.ptp(ring, axis=0))[1:])))
        if width > widest:
            x, y, z = ring.mean(axis=0)
            widest, place = width, f"x {x:.0f}, y {y:.0f}, z {z:.0f} mm"
    return widest, place
