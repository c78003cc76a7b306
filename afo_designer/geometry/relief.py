"""Relief: islands of a face lifted off it or sunk into it, with upright sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from manifold3d import triangulate

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.geometry.bspline import BSplineSurface, fit_surface
from afo_designer.geometry.sheet import (
    chained,
    flipped,
    inner_edges,
    inside,
    open_edges,
    split_edges,
)

# Vertices along a contour lie at most this far apart.
SPACING_MM = 0.8
# So much of the face round an island is meshed anew.
MARGIN_MM = 1.5
PASSES = 6  # each halves the edges that are too long
# Samples of the lifted surface to one knot span.
SAMPLES = 6


class ReliefOutside(ValueError):
    """A relief that does not lie on its face."""


@dataclass(frozen=True, slots=True)
class Relief:
    """One island: `contours`, corners (n, 2) in (s, θ), the outer one first, then its holes.

    Sides between corners are straight in (s, θ). `top` is the lifted surface, over the same (s, θ).
    """

    contours: tuple[FloatArray, ...]
    top: BSplineSurface

    def __post_init__(self) -> None:
        corners = tuple(frozen(contour, (None, 2)) for contour in self.contours)
        turned = tuple(
            frozen(contour if (_turning(contour) > 0.0) == (number > 0) else contour[::-1])
            for number, contour in enumerate(corners)
        )
        # the face lies on the left of all: outside of the island, inside of its holes
        object.__setattr__(self, "contours", turned)


def _turning(contour: FloatArray) -> float:
    s, theta = contour.T
    return float(np.sum(s * np.roll(theta, -1) - np.roll(s, -1) * theta))


def lifted(
    face: BSplineSurface, low: FloatArray, high: FloatArray, height: float
) -> BSplineSurface:
    """X + height · n over the box from `low` to `high` (s, θ), refitted over the face's knots.

    `height` (mm) counts along X_s × X_θ.
    """
    axes = []
    for k, knots in enumerate((face.knots_s, face.knots_theta)):
        inner = knots[(knots > low[k] + 1e-9) & (knots < high[k] - 1e-9)]
        axes.append(np.concatenate([np.full(4, low[k]), inner, np.full(4, high[k])]))
    s, theta = (_dense(knots) for knots in axes)
    at = np.stack(np.meshgrid(s, theta, indexing="ij"), axis=-1)
    points = face(at[..., 0], at[..., 1]) + height * face.normal(at[..., 0], at[..., 1])
    return fit_surface(s, theta, points, axes[0], axes[1])


def _dense(knots: FloatArray) -> FloatArray:
    """Samples of every span of clamped knots."""
    spans = [np.linspace(a, b, SAMPLES + 1) for a, b in pairwise(knots[3:-3].tolist())]
    return np.unique(np.concatenate(spans))


@dataclass(frozen=True, slots=True)
class Plane:
    """Where (s, θ) lie in a plane that is roughly isometric to the faces: by its grid lines."""

    s: FloatArray
    theta: FloatArray
    u: FloatArray
    v: FloatArray

    def flat(self, parameters: FloatArray) -> FloatArray:
        """(n, 2) in the plane."""
        s, theta = parameters.T
        return np.column_stack([np.interp(s, self.s, self.u), np.interp(theta, self.theta, self.v)])

    def back(self, flat: FloatArray) -> FloatArray:
        """(n, 2) in (s, θ)."""
        u, v = flat.T
        return np.column_stack([np.interp(u, self.u, self.s), np.interp(v, self.v, self.theta)])


def embossed(
    face: BSplineSurface,
    parameters: FloatArray,
    triangles: IntArray,
    reliefs: Sequence[Relief],
    plane: Plane,
    chord_mm: float,
) -> tuple[FloatArray, IntArray]:
    """A face's mesh, vertices at (s, θ) `parameters`, with islands cut in and lifted.

    Around the islands the face's triangles make room for others between the same outline and the
    islands' contours, within `chord_mm` of the face. Returns the vertices (k, 3) that follow the
    face's own, and all triangles. Raises `ReliefOutside` where an island leaves the face.
    """
    rings = [[_sampled(face, contour) for contour in relief.contours] for relief in reliefs]
    flat = plane.flat(parameters)
    spots = plane.flat(np.vstack([ring for island in rings for ring in island]))
    near = np.all(np.abs(flat - _middle(spots)) < 0.5 * np.ptp(spots, axis=0) + MARGIN_MM, axis=1)
    taken = near[triangles].any(axis=1)
    outlines = chained(open_edges(triangles[taken]))
    if len(outlines) != 1 or not _encloses(flat[outlines[0]], spots):
        raise ReliefOutside("a relief lies across the face's edge or an opening")

    numbers, count = [], len(parameters)
    for island in rings:
        numbers.append([count + first + np.arange(len(ring)) for first, ring in _counted(island)])
        count += sum(map(len, island))
    grounds = [outlines[0], *(island[0] for island in numbers)]
    level = np.vstack([parameters, *(ring for island in rings for ring in island)])
    ground, more = _refined(face, _filled(grounds, face, level, plane), level, plane, chord_mm)
    level = np.vstack([level, more])
    pieces = [triangles[~taken], ground]
    pieces += [_filled([hole], face, level, plane) for island in numbers for hole in island[1:]]

    vertices, count = [face(*level[len(parameters) :].T)], len(level)
    for relief, island, low in zip(reliefs, rings, numbers, strict=True):
        own = [first + np.arange(len(ring)) for first, ring in _counted(island)]
        pieces += [_side(ring, count + top) for ring, top in zip(low, own, strict=True)]
        cap = np.vstack(island)
        pieces.append(count + _filled([ring[::-1] for ring in own], relief.top, cap, plane))
        vertices.append(relief.top(*cap.T))
        count += len(cap)
    return np.vstack(vertices), np.vstack(pieces)


def _middle(points: FloatArray) -> FloatArray:
    """The middle of the box round points."""
    return np.asarray(0.5 * (points.min(axis=0) + points.max(axis=0)))


def _counted(rings: Sequence[FloatArray]) -> list[tuple[int, FloatArray]]:
    """Each ring with how many points lie before it."""
    ends = np.cumsum([0, *map(len, rings)]).tolist()
    return list(zip(ends, rings, strict=False))


def _filled(
    rings: Sequence[IntArray], face: BSplineSurface, parameters: FloatArray, plane: Plane
) -> IntArray:
    """Triangles between rings of vertices, the region on the left of all."""
    order = np.concatenate(rings)
    used = parameters[order]
    ends = np.cumsum([len(ring) for ring in rings])[:-1]
    flat = plane.flat(used)
    cells = triangulate(np.split(flat, ends), allow_convex=False)
    return np.asarray(order[flipped(np.asarray(cells, dtype=np.int64), flat, face(*used.T))])


def _refined(
    face: BSplineSurface,
    triangles: IntArray,
    parameters: FloatArray,
    plane: Plane,
    chord_mm: float,
) -> tuple[IntArray, FloatArray]:
    """The triangles with long inner edges halved, and the (s, θ) of the new vertices."""
    count = len(parameters)
    used, local = np.unique(triangles, return_inverse=True)
    triangles, parameters = local.reshape(-1, 3), parameters[used]
    flat = plane.flat(parameters)
    for _ in range(PASSES):
        edges = inner_edges(triangles)
        ends = face(*parameters[edges].reshape(-1, 2).T).reshape(-1, 2, 3)
        middle = plane.back(flat[edges].mean(axis=1))
        off = np.linalg.norm(ends.mean(axis=1) - face(*middle.T), axis=1)
        rough = np.argsort(-off, kind="stable")[: int(np.sum(off > 0.75 * chord_mm))]
        if not len(rough):
            break
        triangles, halved = split_edges(triangles, edges[rough], len(flat))
        flat = np.vstack([flat, flat[halved].mean(axis=1)])
        parameters = np.vstack([parameters, plane.back(flat[len(parameters) :])])
        triangles = flipped(triangles, flat, face(*parameters.T))
    number = np.concatenate([used, count + np.arange(len(parameters) - len(used))])
    return number[triangles], parameters[len(used) :]


def _side(low: IntArray, high: IntArray) -> IntArray:
    """The upright side over a ring: on its left the face, so it runs against the ring there."""
    after_low, after_high = np.roll(low, -1), np.roll(high, -1)
    return np.vstack(
        [
            np.column_stack([after_low, low, high]),
            np.column_stack([after_low, high, after_high]),
        ]
    )


def _sampled(face: BSplineSurface, contour: FloatArray) -> FloatArray:
    """The contour with more points on its sides."""
    pieces = []
    for start, end in zip(contour, np.roll(contour, -1, axis=0), strict=True):
        length = float(np.linalg.norm(face(*end) - face(*start)))
        share = np.arange(max(1, int(np.ceil(length / SPACING_MM - 1e-9))))[:, None]
        pieces.append(start + share / len(share) * (end - start))
    return np.vstack(pieces)


def _encloses(ring: FloatArray, points: FloatArray) -> bool:
    """Whether all points (n, 2) lie inside a closed ring (m, 2)."""
    return all(bool(inside([ring], point[:1], point[1:])[0, 0]) for point in points)
