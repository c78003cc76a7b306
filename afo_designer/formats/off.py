"""OFF (Geomview object file), ASCII: read."""

from __future__ import annotations

import re

import numpy as np

from afo_designer.formats.gate import FaceSoup, ScanRefused, check_faces, check_vertices
from afo_designer.formats.polygon import ends, fan, spans
from afo_designer.formats.text import rows, whole
from afo_designer.geometry.array import FloatArray, IntArray

_HEAD = re.compile(rb"\s*(ST)?(C)?(N)?OFF(?=[\s\d])")
_COUNTS = re.compile(rb"\s*(\d{1,18})[ \t]+(\d{1,18})([ \t]+\d+)?[ \t]*\r?\n")
_COMMENT = re.compile(rb"#[^\n]*")


def read_off(data: bytes) -> FaceSoup:
    """Faces of an OFF file; colours, normals and texture coordinates are passed over.

    The lines must be as many as the header declares. Raises `ScanRefused`.
    """
    text = _COMMENT.sub(b"", data)
    head = _HEAD.match(text)
    counts = _COUNTS.match(text, head.end()) if head else None
    if counts is None:
        raise ScanRefused(
            "it does not begin with the word OFF and the numbers of vertices and faces "
            "(only ASCII OFF in three dimensions is read)"
        )
    vertex_count, face_count = int(counts[1]), int(counts[2])
    check_vertices(vertex_count)
    check_faces(face_count)
    values, starts = rows(text[counts.end() :], "a number")
    if len(starts) - 1 != vertex_count + face_count:
        raise ScanRefused(
            f"it declares {vertex_count} vertices and {face_count} faces, "
            f"but has {len(starts) - 1} lines for them"
        )
    if np.diff(starts)[:vertex_count].min() < 3:
        raise ScanRefused("one of its vertices has fewer than three coordinates")
    vertices = values[starts[:vertex_count, None] + np.arange(3)]
    corners, corner_starts = _polygons(values, starts[vertex_count:])
    triangles, notes = fan(corners, corner_starts)
    return FaceSoup(vertices, triangles, notes=notes)


def _polygons(values: FloatArray, starts: IntArray) -> tuple[IntArray, IntArray]:
    """Vertex numbers of the face lines "n v1 … vn [colour]", and where each face starts."""
    sizes = whole(values[starts[:-1]], "a number of corners")
    room = np.diff(starts) - 1
    if np.any((sizes < 0) | (sizes > room)):
        at = int(np.argmax((sizes < 0) | (sizes > room)))
        raise ScanRefused(
            f"its face number {at + 1} declares {int(sizes[at])} corners, "
            f"but its line has {int(room[at])} numbers for them"
        )
    return whole(values[spans(starts[:-1] + 1, sizes)], "a vertex number"), ends(sizes)
