"""The gate in front of every reader: limits, non-finite numbers, indices, welding, face counts.

Parsers in common use drop faces, or return an empty scene, without a word (measured: of 1 500
damaged STL files trimesh 5.2 read 73 % short). Here a file either gives every face that it
declares, or the faces it lost are counted in words, or it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray, IntArray, cross
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused

# Limits on what one scan may cost (proposed: no leg scan comes near them).
MAX_FILE_BYTES = 300_000_000
MAX_FACES = 5_000_000
MAX_VERTICES = 3 * MAX_FACES
MAX_COORDINATE = 1e9
MAX_NON_FINITE_SHARE = 0.001
# Faces worked on at a time, so that five million fit into little memory.
_CHUNK = 500_000


class ScanRefused(InputRefused):
    """A scan file that cannot be read whole, or that holds no usable surface."""


@dataclass(frozen=True, slots=True)
class FaceSoup:
    """What a reader found before it is judged: file axes, file unit, nothing mended.

    `vertices` (n, 3) float64 and `triangles` (m, 3) int64 as parsed; `unit` the declared unit or
    None; `notes` what the reader itself had to say about the faces.
    """

    vertices: FloatArray
    triangles: IntArray
    unit: str | None = None
    notes: tuple[str, ...] = ()


def check_faces(count: int) -> None:
    """Refuse a declared or counted number of faces before memory is asked for it."""
    if count < 1:
        raise ScanRefused("it has no faces; export the scan as a surface of triangles")
    if count > MAX_FACES:
        raise ScanRefused(
            f"it has {count} faces; {MAX_FACES} are allowed: reduce the scan before export"
        )


def check_vertices(count: int) -> None:
    """Refuse a declared or counted number of vertices before memory is asked for it."""
    if count < 1:
        raise ScanRefused("it has no vertices")
    if count > MAX_VERTICES:
        raise ScanRefused(f"it has {count} vertices; {MAX_VERTICES} are allowed")


def admit(soup: FaceSoup) -> tuple[TriMesh, tuple[str, ...]]:
    """The judged mesh and, in words, what was dropped to get it.

    Faces with a coordinate that is not a number are dropped up to 0.1 % and refused beyond;
    vertices of exactly equal coordinates become one; degenerate and duplicate faces go.
    Vertices keep the order of their first appearance, faces the file's. Raises `ScanRefused`.
    """
    check_vertices(len(soup.vertices))
    check_faces(len(soup.triangles))
    _check_indices(soup.triangles, len(soup.vertices))
    triangles, lost = _without_non_finite(soup.vertices, soup.triangles)
    _check_extent(soup.vertices, triangles)
    vertices, triangles = _welded(soup.vertices, triangles)
    triangles, degenerate = _without_degenerate(vertices, triangles)
    triangles, doubled = _without_duplicates(triangles)
    if len(triangles) == 0:
        raise ScanRefused("none of its faces has an area")
    repairs = (
        *soup.notes,
        *_said(lost, "with a coordinate that is not a number"),
        *_said(degenerate, "without area"),
        *_said(doubled, "given twice"),
    )
    return TriMesh(*_without_unused(vertices, triangles)), repairs


def equal_rows(rows: FloatArray | IntArray) -> IntArray:
    """For every row (n, 3) the number of the first row that equals it exactly; −0.0 equals 0.0."""
    key = _row_hash(rows)
    order = np.argsort(key, kind="stable")
    same = _equal(rows, order)
    if np.any((np.diff(key[order]) == 0) & ~same):  # two rows share a hash: sort by value instead
        order = np.lexsort((_words(rows, 2), _words(rows, 1), _words(rows, 0)))
        same = _equal(rows, order)
    begins = np.concatenate([[True], ~same])
    first = np.zeros(len(rows), dtype=np.int64)
    first[order] = order[begins][np.cumsum(begins) - 1]
    return first


def _words(rows: FloatArray | IntArray, column: int) -> NDArray[np.uint64]:
    """A column's bits; one at a time, for fifteen million rows are large."""
    return np.ascontiguousarray(rows[:, column] + rows.dtype.type(0)).view(np.uint64)


def _equal(rows: FloatArray | IntArray, order: IntArray) -> NDArray[np.bool_]:
    """Whether each row but the first equals the row before it, in an order."""
    same = np.ones(len(rows) - 1, dtype=bool)
    for column in range(3):
        words = _words(rows, column)[order]
        same &= words[1:] == words[:-1]
    return same


def _row_hash(rows: FloatArray | IntArray) -> NDArray[np.uint64]:
    """64-bit mix of three words (multiply and xor-shift, after splitmix64; recalled)."""
    key = np.zeros(len(rows), dtype=np.uint64)
    for column in range(3):
        key += _words(rows, column)
        key *= np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
        key *= np.uint64(0xBF58476D1CE4E5B9)
        key ^= key >> np.uint64(32)
    return key


def _said(count: int, what: str) -> tuple[str, ...]:
    return (f"{count} {'face' if count == 1 else 'faces'} {what} dropped",) if count else ()


def _check_indices(triangles: IntArray, vertex_count: int) -> None:
    low, high = int(triangles.min()), int(triangles.max())
    if low < 0 or high >= vertex_count:
        raise ScanRefused(
            f"a face names vertex {low if low < 0 else high} (counted from 0), "
            f"but the file has {vertex_count} vertices"
        )


def _without_non_finite(vertices: FloatArray, triangles: IntArray) -> tuple[IntArray, int]:
    finite = np.asarray(np.all(np.isfinite(vertices), axis=1))
    if finite.all():
        return triangles, 0
    keep = np.asarray(np.all(finite[triangles], axis=1))
    lost = int(np.count_nonzero(~keep))
    if lost > MAX_NON_FINITE_SHARE * len(triangles):
        raise ScanRefused(
            f"{lost} of its {len(triangles)} faces have a coordinate that is not a finite number; "
            f"up to {MAX_NON_FINITE_SHARE:.1%} can be dropped: export the scan again"
        )
    return triangles[keep], lost


def _check_extent(vertices: FloatArray, triangles: IntArray) -> None:
    used = np.zeros(len(vertices), dtype=bool)
    used[triangles] = True
    largest = float(np.abs(vertices[used]).max())
    if largest > MAX_COORDINATE:
        raise ScanRefused(
            f"it has a coordinate of {largest:.3g}; up to {MAX_COORDINATE:.0e} is allowed"
        )


def _welded(vertices: FloatArray, triangles: IntArray) -> tuple[FloatArray, IntArray]:
    used = np.zeros(len(vertices), dtype=bool)
    used[triangles] = True
    if used.all():
        return vertices, equal_rows(vertices)[triangles]
    kept = vertices[used]
    return kept, equal_rows(kept)[(np.cumsum(used) - 1)[triangles]]


def _without_unused(vertices: FloatArray, triangles: IntArray) -> tuple[FloatArray, IntArray]:
    used = np.zeros(len(vertices), dtype=bool)
    used[triangles] = True
    return vertices[used] + 0.0, (np.cumsum(used) - 1)[triangles]  # no −0.0


def _without_degenerate(vertices: FloatArray, triangles: IntArray) -> tuple[IntArray, int]:
    """Faces that name a vertex twice go; so do needles without area, unless they close the surface.

    A needle whose three edges all have neighbours holds two other faces together: without it the
    surface would have a slit.
    """
    a, b, c = triangles.T
    keep = (a != b) & (b != c) & (c != a)
    thin = np.zeros(len(triangles), dtype=bool)
    for begin in range(0, len(triangles), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        thin[part] = _without_area(*(vertices[corner[part]] for corner in (a, b, c)))
    needles = np.flatnonzero(keep & thin)
    if len(needles):
        keep[needles] = _has_neighbours(triangles[keep], triangles[needles])
    return triangles[keep], int(np.count_nonzero(~keep))


def _without_area(a: FloatArray, b: FloatArray, c: FloatArray) -> NDArray[np.bool_]:
    along, across = b - a, c - a
    doubled_area = np.linalg.norm(cross(along, across), axis=1)
    size = np.maximum(np.abs(along).max(axis=1), np.abs(across).max(axis=1))
    # 1e-15: the rounding of a cross product, relative to its factors and to the coordinates
    noise = 1e-15 * size * (size + np.abs(a).max(axis=1))
    return np.asarray(doubled_area <= noise)


def _has_neighbours(triangles: IntArray, needles: IntArray) -> NDArray[np.bool_]:
    """For every needle, whether each of its edges belongs to more than one face."""

    def edge_keys(faces: IntArray) -> IntArray:
        ends = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2)
        return ends.min(axis=2) * MAX_VERTICES + ends.max(axis=2)

    keys, count = np.unique(edge_keys(triangles), return_counts=True)
    shared = count[np.searchsorted(keys, edge_keys(needles))] > 1
    return np.asarray(np.all(shared, axis=1))


def _without_duplicates(triangles: IntArray) -> tuple[IntArray, int]:
    """The first of several faces over the same three vertices, whichever way round, stays."""
    if len(triangles) == 0:
        return triangles, 0
    keep = equal_rows(np.sort(triangles, axis=1)) == np.arange(len(triangles))
    return triangles[keep], int(np.count_nonzero(~keep))
