"""GLB (binary glTF 2.0): read and written. Lengths are metres, +y up (glTF 2.0, §3.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from afo_designer.formats.gate import FaceSoup, ScanRefused, check_faces, check_vertices
from afo_designer.formats.placement import MAX_DEPTH, Instance, Tally, assembled
from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.geometry.mesh import TriMesh

_MAX_JSON_BYTES = 50_000_000
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC3": 3}
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
# Required extensions that change how a surface looks, not where it is.
_HARMLESS = ("KHR_materials_", "KHR_texture_", "KHR_lights_", "EXT_texture_", "KHR_xmp")
# Extensions that hide geometry where a reader that does not know them sees none or too little.
_HIDING = frozenset(
    [
        "KHR_draco_mesh_compression",
        "EXT_meshopt_compression",
        "KHR_meshopt_compression",
        "EXT_mesh_gpu_instancing",
    ]
)


@dataclass(frozen=True, slots=True)
class _File:
    """The JSON part and the binary part of a GLB."""

    tree: dict[str, Any]
    binary: bytes

    def item(self, kind: str, index: Any) -> dict[str, Any]:
        """The `index`-th entry of the array `kind`."""
        items = self.tree.get(kind)
        if not isinstance(items, list) or type(index) is not int or not 0 <= index < len(items):
            raise ScanRefused(f"it names {kind} number {index!r:.20}, which it does not have")
        if not isinstance(items[index], dict):
            raise ScanRefused(f"its {kind} number {index} is not an object")
        return items[index]


def read_glb(data: bytes) -> FaceSoup:
    """Faces of the default scene of a GLB file, every mesh placed by its nodes; unit "m".

    Chunk lengths, buffer views and accessors are checked against the bytes there are; nothing
    outside the file is opened; compressed or instanced geometry is refused by its extension's
    name. Raises `ScanRefused`.
    """
    file = _read_chunks(data)
    _check_extensions(file.tree)
    meshes: dict[int, tuple[FloatArray, IntArray]] = {}
    instances = []
    tally = Tally()
    for mesh, matrix in _placed_meshes(file):
        if mesh not in meshes:
            meshes[mesh] = _read_mesh(file, file.item("meshes", mesh))
        tally.add(*map(len, meshes[mesh]))
        instances.append(Instance(*meshes[mesh], matrix))
    vertices, triangles, notes = assembled(instances)
    return FaceSoup(vertices, triangles, "m", notes)


def glb_bytes(mesh: TriMesh, name: str) -> bytes:
    """A mesh in mm, +z up, as a GLB in metres for viewers; the same bytes every time.

    Positions are single precision, 0.03 µm on an orthosis. Vertices keep their number and order, so
    that the surface stays closed. Carries `name` and nothing else: no date, no patient data.
    """
    points, corners = mesh.vertices.astype("<f4"), mesh.triangles.astype("<u4")
    parts = [points.tobytes(), mesh.vertex_normals.astype("<f4").tobytes(), corners.tobytes()]
    starts = [0, len(parts[0]), len(parts[0]) + len(parts[1])]
    vectors = {"componentType": 5126, "count": len(points), "type": "VEC3"}
    bounds = {"min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()}
    primitive = {"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2, "material": 0}
    grey = {"baseColorFactor": [0.48, 0.52, 0.57, 1.0], "metallicFactor": 0.0}
    tree = {
        "asset": {"version": "2.0", "generator": "afo_designer"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        # the file's numbers are the limb frame's millimetres; the node makes them metres, +y up
        "nodes": [{"mesh": 0, "name": name, "matrix": _UPRIGHT}],
        "meshes": [{"name": name, "primitives": [primitive]}],
        "materials": [{"pbrMetallicRoughness": {**grey, "roughnessFactor": 0.8}}],
        "accessors": [
            {"bufferView": 0, **vectors, **bounds},
            {"bufferView": 1, **vectors},
            {"bufferView": 2, "componentType": 5125, "count": corners.size, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": start, "byteLength": len(part), "target": target}
            for start, part, target in zip(starts, parts, _TARGETS, strict=True)
        ],
        "buffers": [{"byteLength": sum(map(len, parts))}],
    }
    text = json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    chunks = _chunk(b"JSON", text) + _chunk(b"BIN\0", b"".join(parts))
    return b"glTF" + _word(2) + _word(12 + len(chunks)) + chunks


# By columns: x stays, the file's −y becomes z, z becomes y; a thousandth.
_UPRIGHT = [0.001, 0.0, 0.0, 0.0, 0.0, 0.0, -0.001, 0.0, 0.0, 0.001, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
_TARGETS = (34962, 34962, 34963)  # array buffer, element array buffer


def _chunk(kind: bytes, body: bytes) -> bytes:
    return _word(len(body)) + kind + body


def _word(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _read_chunks(data: bytes) -> _File:
    if len(data) < 20 or not data.startswith(b"glTF"):
        raise ScanRefused("it does not begin with the 20-byte head of a GLB")
    version, declared = (int.from_bytes(data[at : at + 4], "little") for at in (4, 8))
    if version != 2:
        raise ScanRefused(f"it is glTF version {version}; version 2 is read")
    if declared != len(data):
        raise ScanRefused(
            f"it declares {declared} bytes, but has {len(data)}: the file is damaged or cut off"
        )
    chunks = list(_chunks(data))
    if chunks[0][0] != b"JSON" or len(chunks[0][1]) > _MAX_JSON_BYTES:
        raise ScanRefused(f"its first part is not JSON of at most {_MAX_JSON_BYTES} bytes")
    try:
        tree = json.loads(chunks[0][1].decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ScanRefused(f"its JSON part is damaged ({error!s:.80})") from None
    if not isinstance(tree, dict):
        raise ScanRefused("its JSON part is not an object")
    binaries = [body for kind, body in chunks[1:] if kind == b"BIN\0"]
    return _File(tree, binaries[0] if binaries else b"")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(data):
        length, kind = int.from_bytes(data[at : at + 4], "little"), data[at + 4 : at + 8]
        if at + 8 + length > len(data):
            raise ScanRefused(
                f"one of its parts declares {length} bytes, but {max(0, len(data) - at - 8)} "
                "are left: the file is damaged"
            )
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length


def _check_extensions(tree: dict[str, Any]) -> None:
    used, required = (tree.get(f"extensions{word}") or [] for word in ("Used", "Required"))
    unread = [str(name) for name in used if name in _HIDING]
    unread += [str(name) for name in required if not str(name).startswith(_HARMLESS)]
    if unread:
        raise ScanRefused(
            f"its geometry uses the glTF extension {unread[0][:40]}, which is not read: "
            "export without compression, quantisation and instancing"
        )


def _placed_meshes(file: _File) -> Iterator[tuple[int, FloatArray]]:
    """Mesh numbers with the matrix (4, 4) that places each, over the scene's tree of nodes."""
    if not file.tree.get("nodes"):
        raise ScanRefused("it has no nodes, so none of its meshes is placed")
    scene = file.item("scenes", file.tree.get("scene", 0))
    seen: set[int] = set()
    waiting = [(node, np.eye(4), 1) for node in reversed(_list(scene, "nodes"))]
    while waiting:
        index, parent, depth = waiting.pop()
        node = file.item("nodes", index)
        if index in seen or depth > MAX_DEPTH:
            raise ScanRefused(
                f"its node number {index} is placed twice or deeper than {MAX_DEPTH} levels; "
                "glTF asks for a tree"
            )
        seen.add(index)
        matrix = parent @ _matrix(node)
        if "mesh" in node:
            yield node["mesh"], matrix
        children = reversed(_list(node, "children"))
        waiting.extend((child, matrix, depth + 1) for child in children)


def _list(item: dict[str, Any], name: str) -> list[Any]:
    value = item.get(name, [])
    if not isinstance(value, list):
        raise ScanRefused(f"its entry {name} is not a list")
    return value


def _floats(item: dict[str, Any], name: str, default: list[float]) -> FloatArray:
    values = item.get(name, default)
    numeric = isinstance(values, list) and all(type(v) in (int, float) for v in values)
    if not numeric or len(values) != len(default):
        raise ScanRefused(f"the {name} of one of its nodes is not {len(default)} numbers")
    return np.array(values, dtype=np.float64)


def _matrix(node: dict[str, Any]) -> FloatArray:
    """A node's matrix: given by columns, or from translation, rotation (x, y, z, w) and scale."""
    if "matrix" in node:
        return _floats(node, "matrix", [0.0] * 16).reshape(4, 4).T
    x, y, z, w = _floats(node, "rotation", [0.0, 0.0, 0.0, 1.0])
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * _floats(node, "scale", [1.0] * 3)
    matrix[:3, 3] = _floats(node, "translation", [0.0] * 3)
    return matrix


def _read_mesh(file: _File, mesh: dict[str, Any]) -> tuple[FloatArray, IntArray]:
    vertices, triangles, count = [np.zeros((0, 3))], [np.zeros((0, 3), dtype=np.int64)], 0
    for primitive in _list(mesh, "primitives"):
        if primitive.get("mode", _TRIANGLES) not in (_TRIANGLES, _STRIP, _FAN):
            continue  # points and lines are no surface
        points = _accessor(file, primitive["attributes"]["POSITION"], "VEC3")
        corners = np.arange(len(points), dtype=np.int64)
        if "indices" in primitive:
            corners = _accessor(file, primitive["indices"], "SCALAR").reshape(-1).astype(np.int64)
        if len(corners) and corners.max() >= len(points):
            raise ScanRefused(
                f"a face names vertex {int(corners.max())} (counted from 0) of {len(points)}"
            )
        faces = _faces(corners, primitive.get("mode", _TRIANGLES))
        vertices.append(points.astype(np.float64))
        triangles.append(faces + count)
        count += len(points)
        check_vertices(count)
        check_faces(sum(map(len, triangles)))
    return np.concatenate(vertices), np.concatenate(triangles)


def _faces(corners: IntArray, mode: int) -> IntArray:
    if mode == _TRIANGLES:
        if len(corners) % 3:
            raise ScanRefused(f"it has {len(corners)} corners of triangles, not a multiple of 3")
        return corners.reshape(-1, 3)
    if mode == _FAN:
        first = np.broadcast_to(corners[:1], max(0, len(corners) - 2))
        return np.stack([first, corners[1:-1], corners[2:]], axis=1)
    strip = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
    strip[1::2, :2] = strip[1::2, 1::-1]  # every second triangle of a strip runs the other way
    return strip


def _accessor(file: _File, index: Any, kind: str) -> np.ndarray:
    """Values (count, width) of an accessor. Raises where they would lie outside the bytes."""
    accessor = file.item("accessors", index)
    component = _COMPONENTS.get(accessor.get("componentType", 0))
    floating = component == "<f4"
    if accessor.get("type") != kind or component is None or floating != (kind == "VEC3"):
        raise ScanRefused(f"its accessor number {index} has a type that is not read for {kind}")
    if "sparse" in accessor or "bufferView" not in accessor:
        raise ScanRefused(f"its accessor number {index} is sparse, which is not read")
    view = file.item("bufferViews", accessor["bufferView"])
    buffer = file.item("buffers", view.get("buffer", 0))
    if "uri" in buffer or view.get("buffer", 0) != 0:
        raise ScanRefused("part of it lies in another file; export one self-contained GLB")
    view_start, start, view_length, length, count = (
        _natural(item, name, missing)
        for item, name, missing in (
            (view, "byteOffset", 0),
            (accessor, "byteOffset", 0),
            (view, "byteLength", None),
            (buffer, "byteLength", None),
            (accessor, "count", None),
        )
    )
    width = np.dtype(component).itemsize * _WIDTHS[kind]
    stride = _natural(view, "byteStride", width) or width
    end = start + stride * (count - 1) + width if count else start
    if end > view_length or view_start + view_length > min(length, len(file.binary)):
        raise ScanRefused(
            f"its accessor number {index} declares {count} values, which do not fit into the "
            f"{len(file.binary)} bytes of its binary part: the file is damaged"
        )
    check_vertices(count)
    shape, strides = (count, _WIDTHS[kind]), (stride, np.dtype(component).itemsize)
    return np.ndarray(shape, component, file.binary, view_start + start, strides)


def _natural(item: dict[str, Any], name: str, missing: int | None) -> int:
    value = item.get(name, missing)
    if type(value) is not int or value < 0:
        raise ScanRefused(f"its entry {name} is {value!r:.20}, not a whole number from 0")
    return value
