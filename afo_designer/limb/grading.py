"""Grading: how good a scan is for an orthosis, A to D, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.coverage import FULLY_SEEN, LEAST_SEEN, coverage, missed_words
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
# Mean edge over foot length from which a surface is coarse: 5 000 triangles on a leg have 0.030,
# 10 000 have 0.022.
_COARSE = 0.026
# Height of the toes above the sole over foot length: at most 0.015 on the shared legs, 0.03 to 0.1
# where a hand of 12 to 18 mm was put under the sole.
_FLOATING_TOES = 0.025
# Depth below the sole's plane over foot length: at most 0.01 on legs of `limb.generator`, 0.03 to
# 0.07 with a hand under the sole.
_FOREIGN = 0.02
# Ankle angles (deg) between which re-posing is routine: half of `cast`'s hardest turns.
_POSES = (-25.0, 15.0)
# Probability of lying within 10 mm below which a landmark is to be checked: errors of 10 mm rms.
_WEAK = 0.7
_NOISE_SAMPLES = 400
_NOISE_NEIGHBOURS = 25

# Weight towards the grade, and what was found with what to do about it.
Finding = tuple[int, str]


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
    foot = mesh.vertices[mesh.vertices[:, 2] < ankle[2]]
    length = max(float(foot[:, 0].max()), 1.0)
    findings = [
        *_height(ankle, knee, top),
        *_pose(knee - ankle),
        *_surface(mesh, length),
        *_unseen(coverage(mesh, marks, ankle, knee, top, length)),
        *_holes(mesh, marks, top),
        *_sole(foot, length),
        *_shape(marks, misfit),
    ]
    total = sum(weight for weight, _ in findings)
    return "ABCD"[min(total, 3)], tuple(text for _, text in findings)


def _height(ankle: FloatArray, knee: FloatArray, top: float) -> Iterator[Finding]:
    shown = (top - ankle[2]) / max(knee[2] - ankle[2], 1.0)
    if shown < 0.75:
        yield (
            3 if shown < 0.45 else 1,
            f"the scan ends {top:.0f} mm above the sole, at {100 * shown:.0f} % of the "
            "shank; scan to below the knee",
        )


def _pose(shank: FloatArray) -> Iterator[Finding]:
    angle = float(np.degrees(np.arctan2(shank[0], shank[2])))
    if not _POSES[0] <= angle <= _POSES[1]:
        yield (
            1,
            f"the ankle stands at {angle:.0f} deg; brought to an orthosis's angle, instep and "
            "Achilles tendon are estimates: scan with the foot held nearer to a right angle",
        )


def worse(grade: str, steps: int) -> str:
    """A grade lowered by so many steps, D at the worst."""
    return "ABCD"[min("ABCD".index(grade) + steps, 3)]


def _surface(mesh: TriMesh, length: float) -> Iterator[Finding]:
    edge = float(np.sqrt(mesh.areas.mean() * 4.0 / np.sqrt(3.0)))
    noise = surface_noise(mesh)
    if edge > _COARSE * length:
        # the shape between so few points cannot be told from noise
        yield (
            1,
            f"the surface is coarse: {len(mesh.triangles)} triangles of {edge:.1f} mm; export it "
            "with 20 000 or more",
        )
    elif noise > 0.35:
        yield (
            2 if noise > 1.0 else 1,
            f"the surface is noisy: {noise:.2f} mm; scan slower and nearer, the leg held still",
        )


def _unseen(seen: Mapping[str, float]) -> Iterator[Finding]:
    for name, share in seen.items():
        if share < FULLY_SEEN:
            yield 3 if share < LEAST_SEEN else 1, missed_words(name, share)


def _holes(mesh: TriMesh, marks: Mapping[str, Landmark], top: float) -> Iterator[Finding]:
    hole, place = _largest_hole(mesh, top)
    if hole > 25.0:
        away = {name: float(np.linalg.norm(mark.position - place)) for name, mark in marks.items()}
        nearest = min(away, key=lambda name: away[name])
        near = f"{away[nearest]:.0f} mm from the {nearest.replace('_', ' ')}"
        yield 2 if hole > 60.0 else 1, f"a hole {hole:.0f} mm wide, {near}; rescan that place"


def _sole(foot: FloatArray, length: float) -> Iterator[Finding]:
    """What lies under the sole's plane, or toes that lie above it."""
    x = foot[:, 0]
    middle = foot[(x > 0.1 * length) & (x < 0.78 * length), 2]
    below = -float(np.percentile(middle, 1.0)) if len(middle) else 0.0
    if below > _FOREIGN * length:
        yield (
            2,
            f"something {below:.0f} mm thick lies under the sole, a hand or an object; the sole's "
            "plane leaves it out, the shape there is not the foot's: scan again with the sole free",
        )
    toes = float(foot[x > 0.85 * length, 2].min(initial=np.inf))
    if np.isfinite(toes) and toes > _FLOATING_TOES * length:
        yield (
            2,
            f"the toes lie {toes:.0f} mm above the plane of heel and ball: a hand or an object "
            "under the sole, or toes held up; scan again with the sole free",
        )


def _shape(marks: Mapping[str, Landmark], misfit: float) -> Iterator[Finding]:
    weak = [name for name in _CORE if name in marks and marks[name].confidence < _WEAK]
    if weak:
        names = ", ".join(name.replace("_", " ") for name in weak)
        yield 1, f"uncertain landmarks: {names}; check or pick them"
    if misfit > 2.5:
        yield (
            1,
            f"an unusual foot or leg (shape misfit {misfit:.1f}, usual up to 2.5); check "
            "every landmark",
        )


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


def holes(mesh: TriMesh, top: float) -> list[FloatArray]:
    """The rims (n, 3) of the openings below the top; none where triangles are not joined."""
    loops = mesh.boundary_loops() if is_joined(mesh) else []
    rims = [mesh.vertices[loop] for loop in loops]
    # the top's own opening starts where whole rings end
    return [rim for rim in rims if rim[:, 2].max() <= top - 2.0]


def _largest_hole(mesh: TriMesh, top: float) -> tuple[float, FloatArray]:
    """Width (mm) of the widest opening below the top, and its middle (3,)."""
    widest, place = 0.0, np.zeros(3)
    for rim in holes(mesh, top):
        width = float(np.sqrt(np.prod(np.sort(np.ptp(rim, axis=0))[1:])))
        if width > widest:
            widest, place = width, rim.mean(axis=0)
    return widest, place
