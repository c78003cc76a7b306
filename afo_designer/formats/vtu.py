"""VTU (VTK XML unstructured grid), appended base64: written for ParaView."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.mesh import QuadMesh, TriMesh

# Cell types of the VTK file formats document (recalled).
_VTK_TRIANGLE, _VTK_QUAD = 5, 9
_NAMES = {"<f8": "Float64", "<i8": "Int64", "|u1": "UInt8"}


def vtu_bytes(
    mesh: QuadMesh | TriMesh,
    point_data: Mapping[str, ArrayLike] | None = None,
    cell_data: Mapping[str, ArrayLike] | None = None,
) -> bytes:
    """A VTU file of one mesh with fields on its vertices and cells; the same bytes every time.

    Fields are (n,) or (n, components); whole numbers are stored as such. Cells of a `QuadMesh` are
    its quads, then its triangles. `ValueError` that names the field whose length is not the number
    of vertices or cells.
    """
    quads = mesh.quads if isinstance(mesh, QuadMesh) else np.zeros((0, 4), dtype=np.int64)
    kinds = np.repeat([_VTK_QUAD, _VTK_TRIANGLE], [len(quads), len(mesh.triangles)])
    corners = np.where(kinds == _VTK_QUAD, 4, 3)
    body = _Appended()
    points = body.add("Points", mesh.vertices)
    connected = np.concatenate([quads.ravel(), mesh.triangles.ravel()])
    connectivity = body.add("connectivity", connected)
    offsets = body.add("offsets", np.cumsum(corners))
    types = body.add("types", kinds.astype(np.uint8))
    on_points = _fields(body, point_data or {}, len(mesh.vertices), "vertices")
    on_cells = _fields(body, cell_data or {}, len(kinds), "cells")
    head = (
        '<?xml version="1.0"?>\n<VTKFile type="UnstructuredGrid" version="1.0" '
        'byte_order="LittleEndian" header_type="UInt64">\n<UnstructuredGrid>\n'
        f'<Piece NumberOfPoints="{len(mesh.vertices)}" NumberOfCells="{len(kinds)}">\n'
        f"<Points>\n{points}</Points>\n"
        f"<Cells>\n{connectivity}{offsets}{types}</Cells>\n"
        f"<PointData>\n{on_points}</PointData>\n<CellData>\n{on_cells}</CellData>\n"
        '</Piece>\n</UnstructuredGrid>\n<AppendedData encoding="base64">\n_'
    )
    return head.encode("utf-8") + body.encoded() + b"\n</AppendedData>\n</VTKFile>\n"


class _Appended:
    """The data blocks behind the header, each preceded by its length, in base64."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._length = 0

    def add(self, name: str, values: np.ndarray) -> str:
        """Append an array; returns the element that refers to it."""
        data = np.ascontiguousarray(values)
        raw = data.astype(data.dtype.newbyteorder("<")).tobytes()
        block = base64.b64encode(len(raw).to_bytes(8, "little") + raw)
        components = data.shape[1] if data.ndim == 2 else 1
        element = (
            f'<DataArray type="{_NAMES[data.dtype.newbyteorder("<").str]}" Name={quoteattr(name)} '
            f'NumberOfComponents="{components}" format="appended" offset="{self._length}"/>\n'
        )
        self._blocks.append(block)
        self._length += len(block)
        return element

    def encoded(self) -> bytes:
        return b"".join(self._blocks)


def _fields(body: _Appended, fields: Mapping[str, ArrayLike], count: int, where: str) -> str:
    elements = []
    for name, given in fields.items():
        values = np.asarray(given)
        values = values.astype(np.int64 if values.dtype.kind in "biu" else np.float64)
        if values.ndim not in (1, 2) or len(values) != count:
            raise ValueError(
                f"field {name!r} has shape {values.shape}; the mesh has {count} {where}"
            )
        elements.append(body.add(name, values))
    return "".join(elements)
