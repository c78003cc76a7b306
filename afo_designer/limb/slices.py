"""Slices: a leg reduced to rings of points, as slice files of older systems hold it."""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray, cross
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.rays import first_hits

_FOOT_LINE = 0.10  # height of the centre line in the foot, over its length
_CORNER = 0.24  # radius of the centre line's bend, over foot length
_FRONT = 0.93  # where the slices end, in front of the lesser toes' roots


def sliced(mesh: TriMesh, step: float, points: int) -> TriMesh:
    """Rings of `points` points every `step` mm along a bent centre line, joined by triangles.

    `mesh` is a leg in the limb frame, open at the top. The slices turn from the shank's sections
    to the foot's; the toes end in a flat cap.
    """
    centres, forwards = _centre_line(mesh, step)
    angle = 2.0 * np.pi * np.arange(points) / points
    # Every plane's upward direction in it; all planes hold the y axis.
    ups = cross(forwards, [0.0, 1.0, 0.0])
    aside = np.sin(angle)[:, None] * np.array([0.0, 1.0, 0.0])
    ways = np.cos(angle)[:, None] * ups[:, None] + aside
    starts = np.repeat(centres, points, axis=0)
    distance, _ = first_hits(mesh, starts, ways.reshape(-1, 3))
    rings = centres[:, None] + distance.reshape(-1, points, 1) * ways
    return _lofted(rings[np.isfinite(rings).all(axis=(1, 2))])


def _centre_line(mesh: TriMesh, step: float) -> tuple[FloatArray, FloatArray]:
    """Points (k, 3) from the top to the toes and the unit tangents (k, 3) there."""
    rim = mesh.vertices[np.unique(mesh.boundary_edges)]
    top = rim.mean(axis=0)
    length = float(mesh.vertices[mesh.vertices[:, 2] < 60.0, 0].max())
    ankle = np.array([0.25 * length, 0.0, 0.30 * length])
    down = ankle - top
    down = np.array([down[0], 0.0, down[2]]) / np.hypot(down[0], down[2])
    ahead = np.array([1.0, 0.0, 0.0])
    # The two lines meet at the height of the foot's; a circle rounds the corner.
    corner = ankle + down * ((ankle[2] - _FOOT_LINE * length) / -down[2])
    turn = float(np.arccos(down @ ahead))
    cut = _CORNER * length * np.tan(0.5 * turn)
    start, end = corner - cut * down, corner + cut * ahead
    straight = np.linalg.norm(start - top)
    inner = (ahead - (ahead @ down) * down) / np.sin(turn)
    centre = start + _CORNER * length * inner
    lines, tangents = [], []
    for at in np.arange(0.5 * step, straight, step):
        lines.append(top + at * down)
        tangents.append(down)
    for angle in np.linspace(0.0, turn, max(2, round(_CORNER * length * turn / step)))[:-1]:
        spoke = -np.cos(angle) * inner + np.sin(angle) * down
        lines.append(centre + _CORNER * length * spoke)
        tangents.append(np.cos(angle) * down + np.sin(angle) * inner)
    last = _FRONT * length - end[0]
    for at in np.arange(0.0, last, step):
        fall = 0.065 * length * (at / last) ** 2  # the foot grows flatter towards the toes
        lines.append(end + at * ahead - np.array([0.0, 0.0, fall]))
        tangents.append(ahead)
    return np.array(lines), np.array(tangents)


def _lofted(rings: FloatArray) -> TriMesh:
    """(k, n, 3) rings joined in order, the last one capped, outward."""
    count, around = rings.shape[:2]
    index = np.arange(count * around).reshape(count, around)
    a, b = index[:-1], index[1:]
    c, d = np.roll(b, -1, axis=1), np.roll(a, -1, axis=1)
    sides = np.concatenate(
        [np.stack([a, b, c], axis=-1).reshape(-1, 3), np.stack([a, c, d], axis=-1).reshape(-1, 3)]
    )
    tip = np.full(around, count * around)
    cap = np.stack([index[-1], tip, np.roll(index[-1], -1)], axis=1)
    points = np.vstack([rings.reshape(-1, 3), rings[-1].mean(axis=0)])
    mesh = TriMesh(points, np.vstack([sides, cap]))
    centres = mesh.corners.mean(axis=1)
    outward = np.einsum("ij,ij->", mesh.area_vectors, centres - centres.mean(axis=0))
    return mesh if outward > 0.0 else mesh.flipped()
