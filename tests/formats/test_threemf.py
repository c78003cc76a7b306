"""3MF: placed components against trimesh, hostile archives, and a writer that others accept."""

import io
import shutil
import subprocess
import tracemalloc
import zipfile

import lib3mf
import numpy as np
import pytest
import trimesh

from afo_designer.apps.render import png_bytes
from afo_designer.formats.gate import ScanRefused, admit
from afo_designer.formats.threemf import read_threemf, threemf_bytes
from afo_designer.geometry.mesh import TriMesh

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r" Target="/3D/3dmodel.model" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
TETRAHEDRON = (
    '<mesh><vertices><vertex x="0" y="0" z="0"/><vertex x="3" y="0" z="0"/>'
    '<vertex x="0" y="2" z="0"/><vertex x="0" y="0" z="1"/></vertices><triangles>'
    '<triangle v1="0" v2="2" v3="1"/><triangle v1="0" v2="1" v3="3"/>'
    '<triangle v1="0" v2="3" v3="2"/><triangle v1="1" v2="2" v3="3"/></triangles></mesh>'
)


def package(model: str, **more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("3D/3dmodel.model", model)
        for name, text in more.items():
            archive.writestr(f"3D/{name}.model", text)
    return buffer.getvalue()


def model(objects: str, build: str, head: str = 'unit="millimeter"', before: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{before}<model xmlns="{CORE}" xmlns:p="{PRODUCTION}" {head}>'
        f"<resources>{objects}</resources><build>{build}</build></model>"
    )


def placed(objects: str, build: str, **more: str) -> TriMesh:
    return admit(read_threemf(package(model(objects, build), **more)))[0]


LEAF = f'<object id="1">{TETRAHEDRON}</object>'
QUARTER_TURN = "0 1 0 -1 0 0 0 0 1 10 20 30"  # x to y, then a shift


def component(index: int, transform: str = "1 0 0 0 1 0 0 0 1 0 0 0") -> str:
    return f'<component objectid="{index}" transform="{transform}"/>'


def test_an_item_is_placed_by_its_transform():
    mesh = placed(LEAF, f'<item objectid="1" transform="{QUARTER_TURN}"/>')
    assert mesh.vertices.tolist() == [[10, 20, 30], [10, 23, 30], [8, 20, 30], [10, 20, 31]]
    assert mesh.volume == pytest.approx(1.0)


def test_components_compose_their_transforms_as_trimesh_does(tmp_path):
    objects = (
        LEAF
        + f'<object id="2"><components>{component(1, QUARTER_TURN)}'
        + f"{component(1, '2 0 0 0 2 0 0 0 2 100 0 0')}</components></object>"
        + f'<object id="3"><components>{component(2, "1 0 0 0 0 1 0 -1 0 5 5 5")}'
        + f"{component(2, QUARTER_TURN)}</components></object>"
    )
    build = f'<item objectid="3" transform="{QUARTER_TURN}"/><item objectid="1"/>'
    mesh = placed(objects, build)
    assert len(mesh.triangles) == 4 * 5
    (tmp_path / "a.3mf").write_bytes(package(model(objects, build)))
    other = trimesh.load_mesh(tmp_path / "a.3mf", process=False)
    assert mesh.volume == pytest.approx(other.volume) == pytest.approx(2 * (1 + 8) + 1)

    def by_position(points):
        rounded = np.round(points, 9) + 0.0
        return rounded[np.lexsort(rounded.T)]

    assert np.allclose(by_position(mesh.vertices), by_position(np.unique(other.vertices, axis=0)))


def test_a_mirroring_transform_keeps_the_outside_outside_and_is_said():
    build = '<item objectid="1" transform="-1 0 0 0 1 0 0 0 1 0 0 0"/>'
    mesh, repairs = admit(read_threemf(package(model(LEAF, build))))
    assert repairs == ("1 mirrored parts turned right side out",)
    assert mesh.volume == pytest.approx(1.0)
    assert mesh.vertices[:, 0].min() == -3.0


def test_a_component_may_lie_in_another_part():
    objects = (
        '<object id="7"><components>'
        '<component objectid="1" p:path="/3D/Other.model"/></components></object>'
    )
    mesh = placed(objects, '<item objectid="7"/>', other=model(LEAF, ""))
    assert len(mesh.triangles) == 4


@pytest.mark.parametrize(
    ("declared", "unit"),
    [
        ("", "mm"),
        ('unit="millimeter"', "mm"),
        ('unit="centimeter"', "cm"),
        ('unit="meter"', "m"),
        ('unit="inch"', "inch"),
        ('unit="foot"', "foot"),
        ('unit="micron"', "micron"),
    ],
)
def test_the_unit_is_the_declared_one(declared, unit):
    assert read_threemf(package(model(LEAF, '<item objectid="1"/>', declared))).unit == unit


def doubling(levels: int) -> str:
    return LEAF + "".join(
        f'<object id="{i}"><components>{component(i - 1) * 2}</components></object>'
        for i in range(2, levels + 2)
    )


ITEM = '<item objectid="1"/>'
CYCLE = (
    f'<object id="1"><components>{component(2)}</components></object>'
    f'<object id="2"><components>{component(1)}</components></object>'
)
HOSTILE = {
    "a cycle": (model(CYCLE, ITEM), "contains itself"),
    "itself": (
        model(f'<object id="1"><components>{component(1)}</components></object>', ITEM),
        "contains itself",
    ),
    "doubling": (model(doubling(24), '<item objectid="25"/>'), "more than 4096 parts"),
    "depth": (model(doubling(40), '<item objectid="41"/>'), "deeper than 32"),
    "laughs": (
        model(LEAF, ITEM, before='<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'),
        "document type declaration",
    ),
    "outsider": (
        model(LEAF, ITEM, before='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        "document type declaration",
    ),
    "missing object": (model(LEAF, '<item objectid="9"/>'), "object 9, which it does not have"),
    "nothing built": (model(LEAF, ""), "no vertices"),
    "unit": (model(LEAF, ITEM, 'unit="league"'), "unit 'league'"),
    "transform": (model(LEAF, '<item objectid="1" transform="1 2 3"/>'), "3 numbers, not 12"),
    "flattened": (model(LEAF, f'<item objectid="1" transform="{"0 " * 12}"/>'), "flattens"),
    "lattice": (model(LEAF, ITEM, 'requiredextensions="b" xmlns:b="urn:b"'), "extension 'b'"),
    "index": (model(LEAF.replace('v1="1"', 'v1="9"'), ITEM), "names vertex 9"),
    "no y": (model(LEAF.replace('y="2"', ""), ITEM), "lacks the attribute 'y'"),
    "word": (model(LEAF.replace('y="2"', 'y="two"'), ITEM), "not one"),
    "torn": (model(LEAF, ITEM)[:-30], "not sound XML"),
    "element": (model(LEAF.replace("triangle v1", "trionglo v1"), ITEM), "'trionglo'"),
    "twice": (model(LEAF + LEAF, ITEM), "two of its objects have the id 1"),
    "other": ('<?xml version="1.0"?><svg xmlns="urn:svg"/>', "not a 3MF model"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_models_are_refused_with_their_cause(case):
    text, cause = HOSTILE[case]
    with pytest.raises(ScanRefused, match=cause):
        admit(read_threemf(package(text)))


def archive_of(*entries: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (archive_of(("a.txt", b"x")), "does not name one 3D model"),
        (archive_of(("../evil.model", b"x")), "leads outside"),
        (archive_of(("/etc/evil", b"x")), "leads outside"),
        (archive_of(("a\\..\\b", b"x")), "leads outside"),
        (archive_of(("inner.zip", b"x")), "another archive"),
        (archive_of(("inner.png", archive_of(("a", b"x")))), "another archive"),
        (archive_of(*((f"{i}.txt", b"x") for i in range(300))), "declares 300 entries"),
        (archive_of(("a.txt", b"x"), ("A.txt", b"y")), "two entries"),
        (b"PK\3\4" + b"\0" * 100, "no directory"),
    ],
)
def test_hostile_archives_are_refused_with_their_cause(data, cause):
    with pytest.raises(ScanRefused, match=cause):
        read_threemf(data)


def peak_of_refusal(data: bytes, cause: str) -> int:
    """The most memory (bytes) that a refusal takes."""
    tracemalloc.start()
    try:
        with pytest.raises(ScanRefused, match=cause):
            read_threemf(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bomb_is_refused_unopened():
    bomb = package(model("<metadata/>" * 10_000_000 + LEAF, ITEM))
    assert len(bomb) < 1_000_000
    assert peak_of_refusal(bomb, "more than 100 times its size") < 1_000_000


@pytest.mark.parametrize("token", ["<!--{}-->", '<metadata x="{}"/>'])
def test_an_endless_tag_is_refused_early(token):
    noise = np.random.default_rng(1).integers(97, 122, 4_000_000, dtype=np.uint8).tobytes()
    data = package(model(token.format(noise.decode()) + LEAF, ITEM))
    assert peak_of_refusal(data, "tag or comment over 1048576 bytes") < 20_000_000


def test_an_entry_that_lies_about_its_size_is_refused():
    data = bytearray(package(model(LEAF + " " * 5000, ITEM)))
    directory = data.rfind(b"PK\1\2")
    data[directory + 24 : directory + 28] = (900).to_bytes(4, "little")
    with pytest.raises(ScanRefused, match=r"is damaged|not sound XML"):
        read_threemf(bytes(data))


def test_a_link_in_the_archive_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("3D/3dmodel.model")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ScanRefused, match="is a link"):
        read_threemf(buffer.getvalue())


BALL = trimesh.creation.icosphere(subdivisions=3, radius=60.0)
MESH = TriMesh(BALL.vertices, BALL.faces)
WRITTEN = threemf_bytes(MESH, "AB12_L_r2", 'PA12 <MJF> & "grey"', "AFO AB12 left")


def test_lib3mf_reads_what_was_written(tmp_path):
    (tmp_path / "a.3mf").write_bytes(WRITTEN)
    loaded = lib3mf.get_wrapper().CreateModel()
    reader = loaded.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(tmp_path / "a.3mf"))
    assert reader.GetWarningCount() == 0
    objects = loaded.GetMeshObjects()
    assert objects.MoveNext()
    part = objects.GetCurrentMeshObject()
    assert part.IsManifoldAndOriented()
    assert (part.GetVertexCount(), part.GetTriangleCount()) == (*BALL.vertices.shape[:1], 1280)
    assert part.GetPartNumber() == "AB12_L_r2"
    assert part.GetName() == "AFO AB12 left"
    assert not objects.MoveNext()
    assert loaded.GetUnit() == lib3mf.ModelUnit.MilliMeter
    materials = loaded.GetBaseMaterialGroups()
    assert materials.MoveNext()
    assert materials.GetCurrentBaseMaterialGroup().GetName(1) == 'PA12 <MJF> & "grey"'


def test_the_writer_leaves_no_time_and_no_third_metadata():
    with zipfile.ZipFile(io.BytesIO(WRITTEN)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        text = archive.read("3D/3dmodel.model").decode()
    assert text.count("<metadata ") == 2
    assert threemf_bytes(MESH, "AB12_L_r2", 'PA12 <MJF> & "grey"', "AFO AB12 left") == WRITTEN
    with pytest.raises(ValueError, match="control characters"):
        threemf_bytes(MESH, "a\0", "b", "c")


def test_a_thumbnail_is_found_where_the_package_says(tmp_path):
    picture = png_bytes(np.full((8, 8, 3), 200, dtype=np.uint8))
    written = threemf_bytes(MESH, "a", "b", "c", picture)
    (tmp_path / "a.3mf").write_bytes(written)
    loaded = lib3mf.get_wrapper().CreateModel()
    reader = loaded.QueryReader("3mf")
    reader.SetStrictModeActive(True)
    reader.ReadFromFile(str(tmp_path / "a.3mf"))
    assert reader.GetWarningCount() == 0
    assert loaded.HasPackageThumbnailAttachment()
    attached = loaded.GetPackageThumbnailAttachment()
    assert bytes(attached.WriteToBuffer()) == picture
    bare = lib3mf.get_wrapper().CreateModel()
    bare.QueryReader("3mf").ReadFromBuffer(WRITTEN)
    assert not bare.HasPackageThumbnailAttachment()


@pytest.mark.skipif(shutil.which("prusa-slicer") is None, reason="prusa-slicer is not installed")
def test_a_slicer_finds_a_manifold_of_the_right_size(tmp_path):
    (tmp_path / "a.3mf").write_bytes(WRITTEN)
    said = subprocess.run(
        ["prusa-slicer", "--info", "a.3mf"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "manifold = yes" in said
    assert "number_of_facets = 1280" in said
    assert "size_x = 120.0" in said
