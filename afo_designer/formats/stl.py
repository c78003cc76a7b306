"""STL, binary and ASCII: read strictly, written binary."""

from __future__ import annotations

import re

import numpy as np

from afo_designer.formats.gate import FaceSoup, ScanRefused, check_faces
from afo_designer.formats.text import blocks, to_floats, words
from afo_designer.geometry.array import FloatArray, IntArray, cross
from afo_designer.geometry.mesh import TriMesh

_HEADER_BYTES = 80
_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_DEFAULT_HEADER = b"binary STL, millimetres, written by afo_designer"

# One facet: facet normal x y z outer loop (vertex x y z) ×3 endloop endfacet
_WORDS_PER_FACET = 21
_KEYWORDS = {
    0: b"facet", 1: b"normal", 5: b"outer", 6: b"loop", 7: b"vertex", 11: b"vertex",
    15: b"vertex", 19: b"endloop", 20: b"endfacet",
}  # fmt: skip
_COORDINATES = (8, 9, 10, 12, 13, 14, 16, 17, 18)
_SOLID_LINE = re.compile(rb"^[ \t]*(end)?solid(?:[ \t\r][^\n]*)?$", re.MULTILINE)


def read_stl(data: bytes) -> FaceSoup:
    """Faces of an STL file.

    Binary where the declared count explains the size exactly (84 + 50 n bytes), also when the
    header begins with "solid"; else ASCII where it is text. Raises `ScanRefused`.
    """
    declared = int.from_bytes(data[80:84], "little") if len(data) >= 84 else None
    if declared is not None and len(data) == 84 + _RECORD.itemsize * declared:
        return _read_binary(data, declared)
    is_text = b"\0" not in data
    if is_text and data[:1024].lstrip()[:5].lower() == b"solid":
        return _read_ascii(data.lower())
    if is_text and data[:1024].isascii():
        raise ScanRefused("it is text, but not an ASCII STL, which begins with the word solid")
    if declared is None:
        raise ScanRefused(f"it ends after {len(data)} bytes, inside the 84-byte head of an STL")
    raise ScanRefused(
        f"it declares {declared} faces, which take {84 + _RECORD.itemsize * declared} bytes, "
        f"but has {len(data)} bytes: the file is damaged or was cut off"
    )


def stl_bytes(mesh: TriMesh, header: bytes = _DEFAULT_HEADER) -> bytes:
    """Binary STL, little-endian, normals from the rounded corners.

    `header` is at most 80 bytes, holds no patient data and does not begin with "solid" (which
    readers take for ASCII); `ValueError` otherwise.
    """
    if len(header) > _HEADER_BYTES or header[:5].lower() == b"solid":
        raise ValueError('an STL header has at most 80 bytes and does not begin with "solid"')
    records = np.zeros(len(mesh.triangles), dtype=_RECORD)
    records["corners"] = mesh.corners
    a, b, c = np.moveaxis(records["corners"].astype(np.float64), 1, 0)
    normals = cross(b - a, c - a)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    records["normal"] = normals / np.where(length > 0.0, length, 1.0)
    count = len(records).to_bytes(4, "little")
    return header.ljust(_HEADER_BYTES) + count + records.tobytes()


def _read_binary(data: bytes, declared: int) -> FaceSoup:
    check_faces(declared)
    records = np.frombuffer(data, dtype=_RECORD, offset=84)
    with np.errstate(invalid="ignore"):  # a signalling NaN is the gate's business
        corners = records["corners"].astype(np.float64)
    return FaceSoup(corners.reshape(-1, 3), _soup_triangles(declared))


def _read_ascii(text: bytes) -> FaceSoup:
    check_faces(text.count(b"endfacet"))
    corners, opens = [], []
    for block in blocks(text, b"endfacet"):
        if b"solid" in block:
            opens += [match.group(1) is None for match in _SOLID_LINE.finditer(block)]
        corners.append(_facet_corners(block))
    if opens != [True, False] * (len(opens) // 2):
        raise ScanRefused(
            "its lines solid and endsolid do not pair up: the file is damaged or was cut off"
        )
    vertices = np.concatenate(corners)
    return FaceSoup(vertices, _soup_triangles(len(vertices) // 3))


def _facet_corners(block: bytes) -> FloatArray:
    facets = words(_SOLID_LINE.sub(b"", block) if b"solid" in block else block)
    count, over = divmod(len(facets), _WORDS_PER_FACET)
    fits = all(facets[at::21].count(word) == count for at, word in _KEYWORDS.items() if not over)
    if over or not fits:
        raise ScanRefused(
            "not all its facets have a normal and three vertices: the file is damaged or cut off"
        )
    corners = np.zeros((count, 9))
    for column, at in enumerate(_COORDINATES):
        corners[:, column] = to_floats(facets[at::21], "a vertex coordinate")
    return corners.reshape(-1, 3)


def _soup_triangles(count: int) -> IntArray:
    return np.arange(3 * count, dtype=np.int64).reshape(-1, 3)
