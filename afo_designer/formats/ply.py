"""PLY (Stanford polygon file), ASCII and binary: read strictly, written binary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.formats.gate import FaceSoup, ScanRefused, check_faces, check_vertices
from afo_designer.formats.polygon import ends, fan
from afo_designer.formats.text import numbers, whole
from afo_designer.geometry.mesh import TriMesh

_HEAD_BYTES = 1 << 16
_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4",
    "float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2",
    "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8",
}  # fmt: skip
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": "="}
_CORNER_LISTS = ("vertex_indices", "vertex_index")


@dataclass(frozen=True, slots=True)
class _Property:
    """A scalar of `kind`, or where `counted` is set a list of it preceded by its length."""

    name: str
    kind: str
    counted: str | None = None


@dataclass(frozen=True, slots=True)
class _Element:
    """`count` rows with the same properties."""

    name: str
    count: int
    properties: tuple[_Property, ...]


def read_ply(data: bytes) -> FaceSoup:
    """Faces of a PLY file: elements vertex (x, y, z) and face (vertex_indices).

    The body must hold exactly the rows that the header declares. Raises `ScanRefused`.
    """
    order, elements, body = _read_head(data)
    for name, check in (("vertex", check_vertices), ("face", check_faces)):
        check(sum(element.count for element in elements if element.name == name))
    if order == "=":
        # The same walk over the numbers of the text as over the bytes of a binary body.
        source: np.ndarray = numbers(data[body:], "a number")
        elements = [_as_numbers(element) for element in elements]
    else:
        source = np.frombuffer(data, dtype=np.uint8, offset=body)
    at = 0
    columns: dict[str, dict[str, np.ndarray]] = {}
    for element in elements:
        columns[element.name], at = _read_element(source, at, element, order)
    if at != source.size:
        raise ScanRefused(
            f"it has {source.size - at} {'numbers' if order == '=' else 'bytes'} more than its "
            "header declares: the file is damaged"
        )
    return _soup(columns)


def ply_bytes(mesh: TriMesh) -> bytes:
    """Binary little-endian PLY: double coordinates (a round trip is exact), int indices."""
    head = (
        "ply\nformat binary_little_endian 1.0\n"
        f"element vertex {len(mesh.vertices)}\n"
        "property double x\nproperty double y\nproperty double z\n"
        f"element face {len(mesh.triangles)}\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    faces = np.zeros(len(mesh.triangles), dtype=[("count", "u1"), ("corners", "<i4", 3)])
    faces["count"] = 3
    faces["corners"] = mesh.triangles
    return head.encode("ascii") + mesh.vertices.astype("<f8").tobytes() + faces.tobytes()


def _soup(columns: dict[str, dict[str, np.ndarray]]) -> FaceSoup:
    vertex, face = columns["vertex"], columns["face"]
    if not {"x", "y", "z"} <= vertex.keys():
        raise ScanRefused("its vertices lack x, y or z")
    named = [name for name in _CORNER_LISTS if name in face]
    if len(named) != 1 or f"{named[0]} starts" not in face:
        raise ScanRefused("its faces have no list vertex_indices")
    with np.errstate(invalid="ignore"):  # a signalling NaN is the gate's business
        vertices = np.stack([vertex[axis].astype(np.float64) for axis in "xyz"], axis=1)
        corners = whole(face[named[0]].astype(np.float64), "a vertex number")
    triangles, notes = fan(corners, face[f"{named[0]} starts"])
    return FaceSoup(vertices, triangles, notes=notes)


def _read_head(data: bytes) -> tuple[str, list[_Element], int]:
    """Byte order, elements, and where the body begins."""
    close = data.find(b"end_header", 0, _HEAD_BYTES)
    newline = data.find(b"\n", close)
    if not data.startswith(b"ply") or close < 0 or newline < 0:
        raise ScanRefused("it does not begin with a PLY header (from ply to end_header)")
    lines = data[:newline].decode("ascii", "replace").splitlines()
    order: str | None = None
    elements: list[_Element] = []
    for line in lines[1:-1]:
        match line.split():
            case [] | ["comment" | "obj_info", *_]:
                pass
            case ["format", word, "1.0"] if word in _ORDERS and order is None:
                order = _ORDERS[word]
            case ["element", name, count] if count.isascii() and count.isdigit():
                if name in (element.name for element in elements):
                    raise ScanRefused(f"its header declares the element {name[:24]!r} twice")
                elements.append(_Element(name, int(count[:18]), ()))
            case ["property", *words] if elements:
                last = elements[-1]
                wider = (*last.properties, _property(words, last))
                elements[-1] = _Element(last.name, last.count, wider)
            case _:
                raise ScanRefused(f"its header has the line {line[:40]!r}, which PLY does not know")
    if order is None or lines[-1].strip() != "end_header":
        raise ScanRefused("its header does not say ascii or binary (a line format … 1.0)")
    return order, elements, newline + 1


def _property(words: list[str], element: _Element) -> _Property:
    match words:
        case ["list", counted, kind, name] if counted in _TYPES and kind in _TYPES:
            read = _Property(name, _TYPES[kind], _TYPES[counted])
        case [kind, name] if kind in _TYPES:
            read = _Property(name, _TYPES[kind])
        case _:
            shown = " ".join(words)[:40]
            raise ScanRefused(
                f"its header declares the property {shown!r}, which PLY does not know"
            )
    if read.name in (known.name for known in element.properties):
        raise ScanRefused(f"its header declares the property {read.name[:24]!r} twice")
    return read


def _as_numbers(element: _Element) -> _Element:
    """The element with every property one float64: how the numbers of a text lie in memory."""
    properties = tuple(
        _Property(known.name, "f8", None if known.counted is None else "f8")
        for known in element.properties
    )
    return _Element(element.name, element.count, properties)


def _read_element(
    source: np.ndarray, at: int, element: _Element, order: str
) -> tuple[dict[str, np.ndarray], int]:
    """Columns of an element's rows beginning at `at`, and where they end.

    A list property gives its flat values under its name and their starts under "name starts".
    """
    if element.count == 0 or not element.properties:
        return {}, at
    least = _row_type(element, order, [0] * len(element.properties)).itemsize
    _check_room(source, at, element, least)
    first, _ = _walk(source, at, element, order, 1)
    sizes = [int(first[f"{p.name} starts"][1]) if p.counted else 1 for p in element.properties]
    row = _row_type(element, order, sizes)
    width = row.itemsize // source.itemsize
    # Read in one piece where all rows turn out to be as long as the first: then each row begins
    # where the one before it ends, so this is the file's only reading.
    if at + width * element.count <= source.size:
        table = source[at : at + width * element.count].view(row)
        counts = [table[f"{p.name} count"] == size for p, size in _lists(element, sizes)]
        if all(np.all(equal) for equal in counts):
            return _columns(table, element, sizes), at + width * element.count
    return _walk(source, at, element, order, element.count)


def _lists(element: _Element, sizes: list[int]) -> list[tuple[_Property, int]]:
    pairs = zip(element.properties, sizes, strict=True)
    return [(known, size) for known, size in pairs if known.counted]


def _row_type(element: _Element, order: str, sizes: list[int]) -> np.dtype:
    fields: list[tuple[str, str, tuple[int, ...]]] = []
    for known, size in zip(element.properties, sizes, strict=True):
        if known.counted:
            fields.append((f"{known.name} count", order + known.counted, ()))
            fields.append((known.name, order + known.kind, (size,)))
        else:
            fields.append((known.name, order + known.kind, ()))
    return np.dtype(fields)


def _columns(table: np.ndarray, element: _Element, sizes: list[int]) -> dict[str, np.ndarray]:
    columns = {known.name: table[known.name].reshape(-1) for known in element.properties}
    for known, size in _lists(element, sizes):
        columns[f"{known.name} starts"] = np.arange(element.count + 1, dtype=np.int64) * size
    return columns


def _walk(
    source: np.ndarray, at: int, element: _Element, order: str, count: int
) -> tuple[dict[str, np.ndarray], int]:
    """Rows one by one, for lists of differing length."""
    values: dict[str, list[np.ndarray]] = {known.name: [] for known in element.properties}
    for _ in range(count):
        for known in element.properties:
            size = 1
            if known.counted:
                number, at = _take(source, at, element, np.dtype(order + known.counted), 1)
                size = int(number[0]) if 0 <= number[0] < 2**32 else -1
                if size < 0 or size != number[0]:
                    raise ScanRefused(f"one of its lists declares a length of {number[0]:g}")
            taken, at = _take(source, at, element, np.dtype(order + known.kind), size)
            values[known.name].append(taken)
    columns: dict[str, np.ndarray] = {}
    for known in element.properties:
        columns[known.name] = np.concatenate(values[known.name])
        if known.counted:
            sizes = np.array([len(taken) for taken in values[known.name]], dtype=np.int64)
            columns[f"{known.name} starts"] = ends(sizes)
    return columns, at


def _take(
    source: np.ndarray, at: int, element: _Element, kind: np.dtype, size: int
) -> tuple[np.ndarray, int]:
    end = at + size * kind.itemsize // source.itemsize
    if end > source.size:
        raise ScanRefused(
            f"it ends inside the {element.count} rows of {element.name[:24]} that it declares: "
            "the file is damaged or was cut off"
        )
    return source[at:end].view(kind), end


def _check_room(source: np.ndarray, at: int, element: _Element, row_bytes: int) -> None:
    need, have = element.count * row_bytes, (source.size - at) * source.itemsize
    if need > have:
        unit, what = source.itemsize, "numbers" if source.itemsize > 1 else "bytes"
        raise ScanRefused(
            f"it declares {element.count} rows of {element.name[:24]}, which take at least "
            f"{need // unit} {what}, but {have // unit} are left: the file is damaged or cut off"
        )
