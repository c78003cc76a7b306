"""3MF (core specification 1.3, with production paths): read as a stream, written byte for byte.

Written here and not by lib3mf or trimesh, because both put random identifiers into every file.
"""

from __future__ import annotations

import io
import zipfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from afo_designer.formats.archive import Archive
from afo_designer.formats.gate import (
    MAX_FACES,
    MAX_VERTICES,
    FaceSoup,
    ScanRefused,
    check_faces,
    check_vertices,
)
from afo_designer.formats.placement import MAX_DEPTH, Instance, Tally, assembled
from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.geometry.mesh import TriMesh

_CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
_MODEL_RELATION = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
_UNITS = {
    "micron": "micron", "millimeter": "mm", "centimeter": "cm",
    "inch": "inch", "foot": "foot", "meter": "m",
}  # fmt: skip
# Extensions a file may require without hiding geometry from this reader: colours, and paths.
_READ_EXTENSIONS = (_PRODUCTION, "http://schemas.microsoft.com/3dmanufacturing/material/2015/02")
_WITHOUT_MEANING_HERE = (
    "metadata", "metadatagroup", "resources", "basematerials", "base", "vertices", "triangles",
    "components", "build",
)  # fmt: skip

# Elements of a whole scan at its limits; a longer token than this no scan needs. Both bound the
# time: older expat versions begin a token again with every piece (CVE-2023-52425; recalled).
_MAX_ELEMENTS = MAX_VERTICES + MAX_FACES + 1_000_000
_MAX_TOKEN_BYTES = 1 << 20

_Key = tuple[str, str]  # the model part's path and the object's id in it


@dataclass(slots=True)
class _Object:
    """An object as it fills up: its own mesh, or components that place other objects."""

    coordinates: array[float] = field(default_factory=lambda: array("d"))
    corners: array[int] = field(default_factory=lambda: array("q"))
    components: list[tuple[_Key, FloatArray]] = field(default_factory=list)
    meshes: int = 0

    def arrays(self) -> tuple[FloatArray, IntArray]:
        vertices = np.array(self.coordinates, dtype=np.float64).reshape(-1, 3)
        triangles = np.array(self.corners, dtype=np.int64).reshape(-1, 3)
        if len(triangles) and not 0 <= triangles.min() <= triangles.max() < len(vertices):
            raise ScanRefused(
                f"a face names vertex {int(triangles.max())} (counted from 0), "
                f"but its object has {len(vertices)} vertices"
            )
        return vertices, triangles


def read_threemf(data: bytes) -> FaceSoup:
    """Faces of everything a 3MF builds, components placed; its declared unit.

    The archive is bounded while it is unpacked, document type declarations are refused, cycles
    and doubling of components are stopped. Raises `ScanRefused`.
    """
    archive = Archive(data)
    root = _root_path(archive)
    models = {root: _Model(archive, root)}
    instances = []
    tally = Tally()
    meshes: dict[_Key, tuple[FloatArray, IntArray]] = {}
    for key, matrix in _placed(archive, models, root, tally):
        if key not in meshes:
            meshes[key] = models[key[0]].objects[key[1]].arrays()
        instances.append(Instance(*meshes[key], matrix))
    vertices, triangles, notes = assembled(instances)
    return FaceSoup(vertices, triangles, _UNITS[models[root].unit], notes)


def threemf_bytes(
    mesh: TriMesh, part_number: str, material: str, title: str, thumbnail: bytes | None = None
) -> bytes:
    """A 3MF of one object in millimetres, coordinates to 1e-6 mm; the same bytes every time.

    Carries title, part number, material's name and the `thumbnail` (a PNG of the part) and nothing
    else: no date, no patient data.
    `ValueError` where one of them holds a control character.
    """
    if any(ord(letter) < 32 for letter in part_number + material + title):
        raise ValueError("a 3MF title, part number or material has no control characters")
    # one long format string: three times faster than a string a line
    vertices = '<vertex x="%.6f" y="%.6f" z="%.6f"/>\n' * len(mesh.vertices)
    vertices %= tuple(mesh.vertices.ravel().tolist())
    triangles = '<triangle v1="%d" v2="%d" v3="%d"/>\n' * len(mesh.triangles)
    triangles %= tuple(mesh.triangles.ravel().tolist())
    model = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<model unit="millimeter" xml:lang="en-US" xmlns="{_CORE}">\n'
        f'<metadata name="Title">{escape(title)}</metadata>\n'
        '<metadata name="Application">afo_designer</metadata>\n'
        f'<resources>\n<basematerials id="1"><base name={quoteattr(material)} '
        'displaycolor="#B8BEC6"/></basematerials>\n'
        f'<object id="2" type="model" name={quoteattr(title)} '
        f'partnumber={quoteattr(part_number)} pid="1" pindex="0">\n'
        f"<mesh>\n<vertices>\n{vertices}</vertices>\n"
        f"<triangles>\n{triangles}</triangles>\n</mesh>\n</object>\n</resources>\n"
        f'<build><item objectid="2" partnumber={quoteattr(part_number)}/></build>\n</model>\n'
    )
    buffer = io.BytesIO()
    entries = {
        "[Content_Types].xml": _CONTENT_TYPES.encode(),
        "_rels/.rels": (_RELATIONS if thumbnail is None else _RELATIONS_PICTURED).encode(),
        "3D/3dmodel.model": model.encode(),
    }
    if thumbnail is not None:
        entries[_THUMBNAIL] = thumbnail
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)  # dated 1980, as every entry without a date
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            # of these texts level 4 makes smaller files than 6, in less than half the time
            package.writestr(entry, content, compresslevel=4)
    return buffer.getvalue()


_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\n'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\n'
    '<Default Extension="model" '
    'ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/>\n'
    '<Default Extension="png" ContentType="image/png"/>\n'
    "</Types>\n"
)
_THUMBNAIL = "Metadata/thumbnail.png"
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">\n'
    f'<Relationship Id="rel0" Target="/3D/3dmodel.model" Type="{_MODEL_RELATION}"/>\n'
    "</Relationships>\n"
)
_RELATIONS_PICTURED = _RELATIONS.replace(
    "</Relationships>",
    f'<Relationship Id="rel1" Target="/{_THUMBNAIL}" Type="http://schemas.openxmlformats.org/'
    'package/2006/relationships/metadata/thumbnail"/>\n</Relationships>',
)


class _Model:
    """One model part: its unit, objects and build items, read in one pass."""

    def __init__(self, archive: Archive, path: str) -> None:
        self.unit = "millimeter"
        self.objects: dict[str, _Object] = {}
        self.items: list[tuple[_Key, FloatArray]] = []
        self._path = path
        self._current: _Object | None = None
        self._namespaces: dict[str, str] = {}
        self._is_model = False
        self._elements = 0
        self._handlers: dict[str, Callable[[dict[str, str]], None]] = {
            f"{_CORE} {name}": handler
            for name, handler in (
                ("model", self._model),
                ("object", self._object),
                ("mesh", self._mesh),
                ("vertex", self._vertex),
                ("triangle", self._triangle),
                ("component", self._component),
                ("item", self._item),
            )
        }
        _parse(archive, path, self._start, self._namespaces)
        if not self._is_model:
            raise ScanRefused("its model part is not a 3MF model")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > _MAX_ELEMENTS:
            raise ScanRefused(f"its model has more than {_MAX_ELEMENTS} elements")
        handler = self._handlers.get(name)
        if handler is not None:
            handler(attributes)
        elif name.startswith(_CORE) and name[len(_CORE) + 1 :] not in _WITHOUT_MEANING_HERE:
            raise ScanRefused(f"its model has an element {name[len(_CORE) + 1 :][:40]!r}")

    def _model(self, attributes: dict[str, str]) -> None:
        self._is_model = True
        self.unit = attributes.get("unit", "millimeter")
        if self.unit not in _UNITS:
            raise ScanRefused(
                f"it declares the unit {self.unit[:24]!r}; 3MF knows {', '.join(_UNITS)}"
            )
        for prefix in attributes.get("requiredextensions", "").split():
            if self._namespaces.get(prefix) not in _READ_EXTENSIONS:
                raise ScanRefused(f"it requires the 3MF extension {prefix[:24]!r}, not read here")

    def _object(self, attributes: dict[str, str]) -> None:
        if attributes["id"] in self.objects:
            raise ScanRefused(f"two of its objects have the id {attributes['id'][:24]}")
        self._current = self.objects[attributes["id"]] = _Object()

    def _mesh(self, _: dict[str, str]) -> None:
        self._filling().meshes += 1
        if self._filling().meshes > 1:
            raise ScanRefused("one of its objects has two meshes")

    def _vertex(self, attributes: dict[str, str]) -> None:
        coordinates = self._filling().coordinates
        coordinates.append(float(attributes["x"]))
        coordinates.append(float(attributes["y"]))
        coordinates.append(float(attributes["z"]))
        if len(coordinates) % 3_000_000 == 0:
            check_vertices(len(coordinates) // 3)

    def _triangle(self, attributes: dict[str, str]) -> None:
        corners = self._filling().corners
        corners.append(int(attributes["v1"]))
        corners.append(int(attributes["v2"]))
        corners.append(int(attributes["v3"]))
        if len(corners) % 3_000_000 == 0:
            check_faces(len(corners) // 3)

    def _component(self, attributes: dict[str, str]) -> None:
        self._filling().components.append(self._reference(attributes))

    def _item(self, attributes: dict[str, str]) -> None:
        self.items.append(self._reference(attributes))

    def _filling(self) -> _Object:
        if self._current is None:
            raise ScanRefused("its model has a mesh outside an object")
        return self._current

    def _reference(self, attributes: dict[str, str]) -> tuple[_Key, FloatArray]:
        """The object named and the matrix that places it (rows of the file are our columns)."""
        path = attributes.get(f"{_PRODUCTION} path", self._path)
        matrix = np.eye(4)
        if "transform" in attributes:
            words = attributes["transform"].split()
            if len(words) != 12:
                raise ScanRefused(f"one of its transforms has {len(words)} numbers, not 12")
            matrix[:3] = np.array([float(word) for word in words]).reshape(4, 3).T
        return (path.lstrip("/").lower(), attributes["objectid"]), matrix


def _placed(
    archive: Archive, models: dict[str, _Model], root: str, tally: Tally
) -> Iterator[tuple[_Key, FloatArray]]:
    """Objects with a mesh and the matrix that places each, over build items and components."""
    inside: list[_Key] = []

    def descend(key: _Key, matrix: FloatArray) -> Iterator[tuple[_Key, FloatArray]]:
        if key in inside or len(inside) >= MAX_DEPTH:
            raise ScanRefused(
                f"its object {key[1][:24]} contains itself, or lies deeper than {MAX_DEPTH} levels"
            )
        if key[0] not in models:
            models[key[0]] = _Model(archive, key[0])
        part = models[key[0]].objects.get(key[1])
        if part is None:
            raise ScanRefused(f"it places the object {key[1][:24]}, which it does not have")
        tally.add(len(part.coordinates) // 3, len(part.corners) // 3)
        if part.corners:
            yield key, matrix
        inside.append(key)
        for component, placement in part.components:
            yield from descend(component, matrix @ placement)
        inside.pop()

    for key, matrix in models[root].items:
        yield from descend(key, matrix)


def _root_path(archive: Archive) -> str:
    """The model part that the package's relations name."""
    targets: list[str] = []

    def start(_: str, attributes: dict[str, str]) -> None:
        if attributes.get("Type") == _MODEL_RELATION:
            targets.append(attributes["Target"].lstrip("/").lower())

    if "_rels/.rels" in archive:
        _parse(archive, "_rels/.rels", start, {})
    if len(targets) != 1 or targets[0] not in archive:
        raise ScanRefused("its archive does not name one 3D model: it is not a 3MF, or damaged")
    return targets[0]


def _parse(
    archive: Archive,
    path: str,
    start: Callable[[str, dict[str, str]], None],
    namespaces: dict[str, str],
) -> None:
    """Feed an XML entry to `start`, element by element. Raises `ScanRefused`."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartNamespaceDeclHandler = lambda prefix, uri: namespaces.update({prefix: uri})
    try:
        fed = 0
        for piece in archive.stream(path):
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > _MAX_TOKEN_BYTES:
                raise ScanRefused(f"its XML has a tag or comment over {_MAX_TOKEN_BYTES} bytes")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ScanRefused(f"its entry {path[:60]!r} is not sound XML ({error!s:.80})") from None
    except KeyError as error:
        raise ScanRefused(f"one of its XML elements lacks the attribute {error!s:.30}") from None
    except (ValueError, OverflowError) as error:
        if isinstance(error, ScanRefused):
            raise
        raise ScanRefused(f"one of its numbers is not one ({error!s:.60})") from None


def _refuse_doctype(*_: object) -> NoReturn:
    raise ScanRefused("its XML has a document type declaration, which 3MF forbids")
