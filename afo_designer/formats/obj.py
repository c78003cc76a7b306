"""OBJ (Wavefront): read."""

from __future__ import annotations

import re

import numpy as np

from afo_designer.formats.gate import FaceSoup, ScanRefused, check_faces, check_vertices
from afo_designer.formats.polygon import fan
from afo_designer.formats.text import blocks, rows, whole

# Statements without bearing on a surface of polygons: texture, normals, grouping, display.
_PASSED_OVER = frozenset(
    b"vt vn vp p l g o s mg usemtl mtllib usemap maplib lod bevel c_interp d_interp "
    b"shadow_obj trace_obj".split()
)
# A corner is vertex/texture/normal; only the vertex counts.
_SLASHES = re.compile(rb"/[-\d/]*")


def read_obj(data: bytes) -> FaceSoup:
    """Faces of an OBJ file; material and texture files are never opened.

    Every line must begin with a statement of the format. An OBJ declares no counts, so a file
    cut off exactly between two lines cannot be told from a whole one. Raises `ScanRefused`.
    """
    vertex_lines, face_lines = _statements(data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" "))
    check_vertices(len(vertex_lines))
    check_faces(len(face_lines))
    values, starts = rows(b"\n".join(vertex_lines), "a vertex coordinate")
    if len(starts) - 1 != len(vertex_lines) or np.diff(starts).min() < 3:
        raise ScanRefused("one of its vertices has fewer than three coordinates")
    vertices = values[starts[:-1, None] + np.arange(3)]
    faces = _SLASHES.sub(b"", b"\n".join(face_lines))
    corners, corner_starts = rows(faces, "a vertex number")
    if len(corner_starts) - 1 != len(face_lines):
        raise ScanRefused("one of its faces names no vertices")
    named = whole(corners, "a vertex number")
    if named.min() < 1:
        raise ScanRefused("one of its faces names vertex 0 or less; OBJ counts vertices from 1")
    triangles, notes = fan(named - 1, corner_starts)
    return FaceSoup(vertices, triangles, notes=notes)


def _statements(data: bytes) -> tuple[list[bytes], list[bytes]]:
    """What follows v and f on their lines; face corners counted backwards made absolute."""
    vertex_lines: list[bytes] = []
    face_lines: list[bytes] = []
    for block in blocks(data, b"\n"):
        for line in block.splitlines():
            word, _, rest = line.strip().replace(b"\t", b" ").partition(b" ")
            if word == b"v":
                vertex_lines.append(rest)
            elif word == b"f":
                face_lines.append(_absolute(rest, len(vertex_lines)) if b"-" in rest else rest)
            elif word and word not in _PASSED_OVER and not word.startswith(b"#"):
                shown = word[:24].decode("ascii", "backslashreplace")
                raise ScanRefused(f"one of its lines begins with {shown!r}, not an OBJ statement")
    return vertex_lines, face_lines


def _absolute(corners: bytes, vertex_count: int) -> bytes:
    """Corners counted backwards from the last vertex so far (−1), as numbers from 1."""
    named = whole(rows(_SLASHES.sub(b"", corners), "a vertex number")[0], "a vertex number")
    return b" ".join(b"%d" % (n + vertex_count + 1 if n < 0 else n) for n in named.tolist())
