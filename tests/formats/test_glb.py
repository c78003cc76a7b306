"""GLB: placed nodes against trimesh, strips and fans, and files that lie about their bytes."""

import io
import json
import math
import struct

import numpy as np
import pytest
import trimesh

from afo_designer.formats.gate import ScanRefused, admit
from afo_designer.formats.glb import glb_bytes, read_glb
from afo_designer.geometry.mesh import TriMesh

TRIANGLE = np.array([[0.0, 0, 0], [3, 0, 0], [0, 2, 0], [3, 2, 0], [6, 5, 1]], dtype="<f4")


def glb(tree: dict, binary: bytes) -> bytes:
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def tree(indices: list[int] | None = None, mode: int = 4, **changes) -> tuple[dict, bytes]:
    """A file of one primitive over five vertices; `changes` replace whole entries."""
    points = TRIANGLE.tobytes()
    numbers = np.array(indices or [], dtype="<u2").tobytes()
    primitive = {"attributes": {"POSITION": 0}, "mode": mode}
    accessors = [{"bufferView": 0, "componentType": 5126, "count": 5, "type": "VEC3"}]
    views = [{"buffer": 0, "byteLength": len(points)}]
    if indices is not None:
        primitive["indices"] = 1
        accessors.append(
            {"bufferView": 1, "componentType": 5123, "count": len(indices), "type": "SCALAR"}
        )
        views.append({"buffer": 0, "byteOffset": len(points), "byteLength": len(numbers)})
    whole = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [primitive]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(points) + len(numbers)}],
    }
    return whole | changes, points + numbers


def test_triangles_strips_and_fans():
    assert read_glb(glb(*tree([0, 1, 2, 1, 3, 2]))).triangles.tolist() == [[0, 1, 2], [1, 3, 2]]
    strip = read_glb(glb(*tree([0, 1, 2, 3, 4], mode=5))).triangles
    assert strip.tolist() == [[0, 1, 2], [2, 1, 3], [2, 3, 4]]
    fan = read_glb(glb(*tree([0, 1, 3, 4], mode=6))).triangles
    assert fan.tolist() == [[0, 1, 3], [0, 3, 4]]
    soup = read_glb(glb(*tree(None, mode=5)))
    assert len(soup.triangles) == 3
    assert soup.unit == "m"


def test_nodes_place_meshes_as_trimesh_does(tmp_path):
    half = math.sqrt(0.5)
    matrix = [0, 2, 0, 0, -2, 0, 0, 0, 0, 0, 2, 0, 1, 2, 3, 1]
    nodes = [
        {"children": [1, 2], "translation": [10, 0, 0], "rotation": [half, 0, 0, half]},
        {"mesh": 0, "scale": [2, 3, 4], "rotation": [0, half, 0, half]},
        {"mesh": 0, "matrix": matrix},
        {"mesh": 0, "translation": [99, 99, 99]},
    ]
    data = glb(*tree([0, 1, 2, 1, 3, 2, 2, 3, 4], nodes=nodes))
    mesh = admit(read_glb(data))[0]
    (tmp_path / "a.glb").write_bytes(data)
    other = trimesh.load_mesh(tmp_path / "a.glb", process=False)
    assert len(mesh.triangles) == len(other.faces) == 6  # the node outside the scene is not built
    ours, theirs = (c.reshape(-1, 9) for c in (mesh.corners, other.triangles))
    distance = np.linalg.norm(ours[:, None] - theirs[None], axis=2)
    assert distance.min(axis=0).max() < 1e-5
    assert distance.min(axis=1).max() < 1e-5


def test_a_mirroring_scale_keeps_the_outside_outside_and_is_said():
    nodes = [{"mesh": 0, "scale": [-1, 1, 1]}]
    mesh, repairs = admit(read_glb(glb(*tree([0, 1, 2], nodes=nodes))))
    assert repairs == ("1 mirrored parts turned right side out",)
    assert np.allclose(mesh.triangle_normals, [[0, 0, 1]])


def view(**change) -> dict:
    whole, _ = tree([0, 1, 2])
    return {"bufferViews": [whole["bufferViews"][0] | change, whole["bufferViews"][1]]}


def accessor(**change) -> dict:
    whole, _ = tree([0, 1, 2])
    return {"accessors": [whole["accessors"][0] | change, whole["accessors"][1]]}


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (accessor(count=6), "declares 6 values"),
        (accessor(count=2**40), "declares 1099511627776 values"),
        (accessor(count=-1), "entry count is -1"),
        (accessor(count=True), "entry count is True"),
        (accessor(byteOffset=4), "do not fit"),
        (accessor(type="VEC4"), "type that is not read"),
        (accessor(componentType=5123), "type that is not read"),
        (accessor(sparse={}), "sparse"),
        (accessor(bufferView=7), "bufferViews number 7"),
        (view(byteLength=10**9), "do not fit"),
        (view(byteOffset=10**9), "do not fit"),
        (view(byteStride=16), "do not fit"),
        (view(buffer=1), "buffers number 1"),
        ({"buffers": [{"byteLength": 10**9}]}, None),
        ({"buffers": [{"byteLength": 66, "uri": "file:///etc/passwd"}]}, "in another file"),
        ({"nodes": []}, "no nodes"),
        ({"nodes": [{"mesh": 0, "children": [0]}]}, "placed twice"),
        ({"nodes": [{"children": [1, 1]}, {"mesh": 0}]}, "placed twice"),
        ({"nodes": [{"mesh": 3}]}, "meshes number 3"),
        ({"nodes": [{"mesh": 0, "scale": [0, 1, 1]}]}, "flattens"),
        ({"nodes": [{"mesh": 0, "scale": ["a", 1, 1]}]}, "not 3 numbers"),
        ({"nodes": [{"mesh": 0}] * 9, "scenes": [{"nodes": 5}]}, "not a list"),
        ({"extensionsUsed": ["KHR_draco_mesh_compression"]}, "KHR_draco_mesh_compression"),
        ({"extensionsRequired": ["KHR_mesh_quantization"]}, "KHR_mesh_quantization"),
        ({"extensionsRequired": ["KHR_materials_unlit"]}, None),
    ],
)
def test_files_that_lie_are_refused_with_their_cause(change, cause):
    data = glb(*tree([0, 1, 2], **change))
    if cause is None:
        assert len(read_glb(data).triangles) == 1
    else:
        with pytest.raises(ScanRefused, match=cause):
            read_glb(data)


def test_indices_and_corners_must_fit():
    with pytest.raises(ScanRefused, match=r"names vertex 5 .* of 5"):
        read_glb(glb(*tree([0, 1, 5])))
    with pytest.raises(ScanRefused, match="4 corners"):
        read_glb(glb(*tree([0, 1, 2, 3])))


def test_many_placements_of_many_vertices_are_refused():
    nodes = [{"children": list(range(1, 4200))}] + [{"mesh": 0}] * 4199
    with pytest.raises(ScanRefused, match="more than 4096 parts"):
        read_glb(glb(*tree([0, 1, 2], nodes=nodes)))


def test_deep_json_and_other_versions_are_refused():
    sound = glb(*tree([0, 1, 2]))
    with pytest.raises(ScanRefused, match="version 1"):
        read_glb(sound[:4] + b"\1" + sound[5:])
    deep = b"[" * 200_000
    body = struct.pack("<I4s", len(deep), b"JSON") + deep
    with pytest.raises(ScanRefused, match="damaged"):
        read_glb(struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body)
    with pytest.raises(ScanRefused, match="are left"):
        read_glb(sound[:12] + b"\xff\xff\xff\x7f" + sound[16:])


BALL = trimesh.creation.icosphere(subdivisions=3, radius=60.0)
CENTRE = np.array([200.0, 5.0, 90.0])
PART = TriMesh(BALL.vertices + CENTRE, BALL.faces)


def test_what_was_written_is_read_upright_and_in_metres():
    written = glb_bytes(PART, "AFO 1234abcd L")
    assert glb_bytes(PART, "AFO 1234abcd L") == written
    found = read_glb(written)
    x, y, z = PART.vertices.T / 1000.0
    assert np.abs(found.vertices - np.column_stack([x, z, -y])).max() < 1e-7
    assert (found.triangles == PART.triangles).all()


def test_another_reader_sees_the_same_closed_part():
    scene = trimesh.load(io.BytesIO(glb_bytes(PART, "part")), file_type="glb")
    mesh = scene.to_geometry()
    assert mesh.is_watertight
    assert mesh.volume * 1e9 == pytest.approx(PART.volume, rel=1e-6)
    upright = PART.vertices[:, [0, 2, 1]] * [1e-3, 1e-3, -1e-3]
    assert np.abs(np.asarray(mesh.vertices) - upright).max() < 1e-5
    (normals,) = (geometry.vertex_normals for geometry in scene.geometry.values())
    assert (normals * (PART.vertices - CENTRE)).sum(axis=1).min() > 59.0
