"""Mark reading: what stands on a finished part, read from its mesh by section.

Half-way up every letter a plane parallel to the face cuts the mesh; what is material in the section
is compared with every glyph there is. Nothing of the text itself is used, only where it begins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from afo_designer.design.part import Part
from afo_designer.geometry.array import FloatArray, cross
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.sheet import inside
from afo_designer.geometry.turned import TurnedSolid
from afo_designer.shell.glyphs import CAP, WIDTH, alphabet, outlines
from afo_designer.shell.mark import Mark
from afo_designer.shell.patch import Patch

# Samples across and up a letter's box, which reaches this far beyond the letter, in strokes.
ACROSS, UP, BEYOND = 27, 33, 0.3
# A letter is read where at least this share of the samples agree with a glyph; those most alike,
# B and 8, share less than that ([D], measured: tests).
AGREEMENT, UNREAD = 0.93, "?"

BoolArray = NDArray[np.bool_]


def read_mark(part: Part, mark: Mark) -> str:
    """The text on a part's mesh where a mark should be; "?" for what is no glyph.

    Nothing on a pin, which has no room for it.
    """
    shell, solid, mesh = part.shell, part.solid, part.mesh
    if shell is None or isinstance(solid, TurnedSolid):
        return ""
    face, outward = solid.outer, shell.chart.outward
    return "".join(_read(mesh, mark, patch) for _, patch in mark.patches(face, outward))


def _read(mesh: TriMesh, mark: Mark, patch: Patch) -> str:
    """The glyph in a patch."""
    stroke = mark.marking.cap_mm / CAP
    x, y = _samples()
    origin = patch.origin + 0.5 * mark.height_mm * cross(patch.first, patch.second)
    axes = np.stack([patch.first, patch.second, cross(patch.first, patch.second)])
    found = _material((mesh.vertices - origin) @ axes.T / stroke, mesh.triangles, x, y)
    ink = found if mark.height_mm > 0.0 else ~found
    agreed = {glyph: float(np.mean(ink == _drawn(glyph, x, y))) for glyph in alphabet()}
    best = max(agreed, key=lambda glyph: agreed[glyph])
    return best if agreed[best] >= AGREEMENT else UNREAD


def _samples() -> tuple[FloatArray, FloatArray]:
    """Places of the samples, in strokes from a letter's middle; off the corners of all outlines."""
    return (
        np.linspace(-0.5, 0.5, ACROSS) * (WIDTH + 2.0 * BEYOND) + 1e-4,
        np.linspace(-0.5, 0.5, UP) * (CAP + 2.0 * BEYOND) + 1e-4,
    )


def _drawn(glyph: str, x: FloatArray, y: FloatArray) -> BoolArray:
    """(ACROSS, UP): where a glyph has ink."""
    return inside([contour - 0.5 * np.array([WIDTH, CAP]) for contour in outlines(glyph)], x, y)


def _material(
    points: FloatArray, triangles: NDArray[np.int64], x: FloatArray, y: FloatArray
) -> BoolArray:
    """(len(x), len(y)): what the plane z = 0 has of a closed mesh at samples; even-odd rule."""
    above = points[:, 2] > 0.0
    cut = triangles[above[triangles].any(axis=1) & ~above[triangles].all(axis=1)]
    ends = np.stack([cut, np.roll(cut, -1, axis=1)], axis=-1)  # (k, 3 edges, 2)
    crossed = above[ends[..., 0]] != above[ends[..., 1]]  # two of every triangle's edges
    a, b = points[ends[crossed][:, 0]], points[ends[crossed][:, 1]]
    share = (a[:, 2] / (a[:, 2] - b[:, 2]))[:, None]
    start, end = np.split((a + share * (b - a))[:, :2].reshape(-1, 4), 2, axis=1)
    result = np.zeros((len(x), len(y)), dtype=bool)
    for column, height in enumerate(y):
        over = (start[:, 1] <= height) != (end[:, 1] <= height)
        p, q = start[over], end[over]
        at = p[:, 0] + (q[:, 0] - p[:, 0]) * (height - p[:, 1]) / (q[:, 1] - p[:, 1])
        result[:, column] = np.searchsorted(np.sort(at), x) % 2 == 1
    return result
