"""Polygons of mixed size as flat arrays, and their cutting into triangles."""

from __future__ import annotations

import numpy as np

from afo_designer.formats.gate import ScanRefused, check_faces
from afo_designer.geometry.array import IntArray


def ends(sizes: IntArray) -> IntArray:
    """Starts of consecutive spans of these sizes, and the end of the last: (n + 1,)."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def spans(starts: IntArray, sizes: IntArray) -> IntArray:
    """The positions start, start + 1, … of every span, one after another."""
    offset = starts - ends(sizes)[:-1]
    return np.repeat(offset, sizes) + np.arange(sizes.sum())


def fan(corners: IntArray, starts: IntArray) -> tuple[IntArray, tuple[str, ...]]:
    """Polygons cut into triangles from their first corner.

    `corners` holds the vertex numbers of all polygons, polygon i those from `starts[i]` to
    `starts[i + 1]`. Returns the triangles (m, 3) and a note where polygons were cut.
    """
    sizes = np.diff(starts)
    if len(sizes) and sizes.min() < 3:
        at = int(np.argmin(sizes))
        raise ScanRefused(f"its face number {at + 1} has {int(sizes[at])} corners; 3 are needed")
    pieces = sizes - 2
    check_faces(int(pieces.sum()))
    first = np.repeat(starts[:-1], pieces)
    second = spans(starts[:-1] + 1, pieces)
    triangles = np.stack([corners[first], corners[second], corners[second + 1]], axis=1)
    cut = int(np.count_nonzero(pieces > 1))
    notes = (f"{cut} polygons of more than three corners cut into triangles",) if cut else ()
    return triangles, notes
