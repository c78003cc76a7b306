"""OBJ, OFF and ASCII PLY and STL as different programmes write them."""

import numpy as np
import pytest

from afo_designer.formats.gate import ScanRefused, admit
from afo_designer.formats.obj import read_obj
from afo_designer.formats.off import read_off
from afo_designer.formats.ply import read_ply
from afo_designer.formats.stl import read_stl
from afo_designer.formats.text import blocks, numbers, rows, whole

SQUARE = np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]])
HALVES = [[0, 1, 2], [0, 2, 3]]


def holds_the_square(soup) -> bool:
    return np.array_equal(soup.vertices, SQUARE) and soup.triangles.tolist() == HALVES


VERTEX_LINES = b"v 0 0 0\nv 2 0 0\nv 2 2 0\nv 0 2 0\n"


@pytest.mark.parametrize(
    "text",
    [
        VERTEX_LINES + b"f 1 2 3\nf 1 3 4",
        VERTEX_LINES + b"f 1/9/9 2//7 3/5\nf 1 3 4\n",
        VERTEX_LINES + b"f -4 -3 -2\nf -4/-1 -2/-1 -1/-1\n",
        VERTEX_LINES + b"f 1 2 3 4\n",
        VERTEX_LINES.replace(b"\n", b"\r\n") + b"f 1 2 3\r\nf\t1\t3\t4\r\n",
        VERTEX_LINES + b"f 1 2 \\\n3\nf 1 3 4\n",
        b"# name\nmtllib ../../etc/passwd\no leg\ng a\nvn 0 0 1\nvt 0 0\n"
        + VERTEX_LINES.replace(b" 0\n", b" 0 0.5 0.5 0.5\n")
        + b"usemtl skin\ns off\nf 1 2 3\nf 1 3 4\nl 1 2\n",
    ],
)
def test_obj_dialects(text):
    assert holds_the_square(read_obj(text))


def test_obj_counts_backwards_from_the_vertices_so_far():
    text = b"v 0 0 0\nv 2 0 0\nv 2 2 0\nf -3 -2 -1\nv 0 2 0\nf 1 3 -1\n"
    assert holds_the_square(read_obj(text))
    with pytest.raises(ScanRefused, match="vertex 0 or less"):
        read_obj(b"v 0 0 0\nf -1 -2 -1\n")


@pytest.mark.parametrize(
    "text",
    [
        b"OFF\n4 2 0\n0 0 0\n2 0 0\n2 2 0\n0 2 0\n3 0 1 2\n3 0 2 3\n",
        b"# c\nOFF 4 1 0 # c\n0 0 0\n2 0 0\n\n2 2 0\n0 2 0\n4 0 1 2 3",
        b"COFF\r\n4 2 0\r\n0 0 0 1 1 1 1\r\n2 0 0 1 1 1 1\r\n2 2 0 1 1 1 1\r\n0 2 0 1 1 1 1\r\n"
        b"3 0 1 2 0.5 0.25 0.5\r\n3 0 2 3\r\n",
    ],
)
def test_off_dialects(text):
    assert holds_the_square(read_off(text))


PLY_HEAD = (
    b"ply\nformat ascii 1.0\ncomment by someone\nobj_info 7\nelement vertex 4\n"
    b"property float x\nproperty float y\nproperty float z\nproperty uchar red\n"
)


@pytest.mark.parametrize(
    "text",
    [
        PLY_HEAD + b"element face 2\nproperty list uchar int vertex_indices\nend_header\n"
        b"0 0 0 9\n2 0 0 9\n2 2 0 9\n0 2 0 9\n3 0 1 2\n3 0 2 3\n",
        PLY_HEAD + b"element face 1\nproperty list uchar int vertex_index\n"
        b"property list uchar float texcoord\nproperty int flags\n"
        b"element edge 1\nproperty int a\nend_header\n"
        b"0 0 0 9\n2 0 0 9\n2 2 0 9\n0 2 0 9\n4 0 1 2 3 2 0.5 0.5 1\n7\n",
    ],
)
def test_ply_dialects(text):
    assert holds_the_square(read_ply(text))


@pytest.mark.parametrize("order", ["little", "big"])
def test_binary_ply_with_lists_of_different_length(order):
    mark = "<" if order == "little" else ">"
    corners = np.concatenate([SQUARE, [[1.0, 3.0, 0.0]]]).astype(f"{mark}f4")
    head = (
        f"ply\nformat binary_{order}_endian 1.0\nelement face 2\n"
        "property list uchar uint vertex_indices\nproperty short flags\nelement vertex 5\n"
        "property float x\nproperty float y\nproperty float z\nend_header\n"
    ).encode()
    faces = b"".join(
        bytes([len(face)]) + np.array(face, f"{mark}u4").tobytes() + b"\1\2"
        for face in ([0, 1, 2, 3], [3, 2, 4])
    )
    soup = read_ply(head + faces + corners.tobytes())
    assert soup.triangles.tolist() == [*HALVES, [3, 2, 4]]
    assert np.array_equal(soup.vertices, corners)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (b"ascii", b"binary_middle_endian", "which PLY does not know"),
        (b"float x", b"quad x", "which PLY does not know"),
        (b"float x", b"float y", "twice"),
        (b"float x", b"float t", "lack x, y or z"),
        (b"vertex 4", b"vertex 9999999", "9999999 rows of vertex"),
        (b"vertex 4", b"vertex 99999999999", "15000000 are allowed"),
        (b"vertex 4", b"vertex 3", "one of its lists declares a length|numbers more"),
        (b"vertex_indices", b"corners", "no list vertex_indices"),
        (b"3 0 1 2", b"3 0 1 2.5", "whole number"),
        (b"3 0 1 2", b"-3 0 1 2", "length of -3"),
        (b"end_header", b"the_end", "from ply to end_header"),
    ],
)
def test_ply_headers_that_do_not_fit_are_refused(old, new, cause):
    text = (
        PLY_HEAD + b"element face 2\nproperty list uchar int vertex_indices\nend_header\n"
        b"0 0 0 9\n2 0 0 9\n2 2 0 9\n0 2 0 9\n3 0 1 2\n3 0 2 3\n"
    )
    with pytest.raises(ScanRefused, match=cause):
        read_ply(text.replace(old, new, 1))


FACET = (
    b"facet normal nan nan nan\nouter loop\nvertex 0 0 0\nvertex 2 0 0\nvertex 2 2e0 0\n"
    b"endloop\nendfacet\n"
)


@pytest.mark.parametrize(
    "text",
    [
        b"solid\n" + FACET + b"endsolid",
        b" SOLID a name: facet of endsolid\n" + FACET.upper() + b" ENDSOLID a\n",
        b"solid a\r\n" + FACET.replace(b"\n", b"\r\n") + b"endsolid a\r\n",
        b"solid a\nendsolid\nsolid b\n" + FACET.replace(b"\n", b"\n\t  ") + b"\nendsolid b\n",
    ],
)
def test_ascii_stl_dialects(text):
    soup = read_stl(text)
    assert np.array_equal(soup.vertices, SQUARE[:3])


@pytest.mark.parametrize(
    "text",
    [
        b"solid\n" + FACET,
        b"solid\n" + FACET.replace(b"vertex 2 0 0\n", b"") + b"endsolid",
        b"solid\n" + FACET.replace(b"endloop", b"endlo") + b"endsolid",
        b"solid\n" + FACET.replace(b"2e0", b"1_0") + b"endsolid",
        b"solid\n" + FACET.replace(b"2e0", b"0x2") + b"endsolid",
    ],
)
def test_damaged_ascii_stl_is_refused(text):
    with pytest.raises(ScanRefused):
        admit(read_stl(text))


def test_a_binary_stl_may_begin_with_solid():
    record = np.zeros(1, dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    record["c"] = SQUARE[:3]
    data = b"solid by some CAD".ljust(80) + (1).to_bytes(4, "little") + record.tobytes()
    assert np.array_equal(read_stl(data).vertices, SQUARE[:3])
    with pytest.raises(ScanRefused, match="declares 1 faces, which take 134 bytes"):
        read_stl(data[:-1])


def test_text_longer_than_a_block_reads_as_one(monkeypatch):
    monkeypatch.setattr("afo_designer.formats.text.BLOCK_BYTES", 1000)
    line = b"1 2 3\n"
    text = line * 300
    pieces = list(blocks(text, b"\n"))
    assert len(pieces) == 2
    assert b"".join(pieces) == text
    values, starts = rows(text, "a number")
    assert len(values) == 3 * text.count(b"\n")
    assert np.array_equal(starts, np.arange(0, len(values) + 1, 3))
    assert np.array_equal(numbers(text, "a number"), values)


def test_whole_numbers_have_no_fraction():
    assert whole(np.array([0.0, -3.0, 2.0**52]), "an index").tolist() == [0, -3, 2**52]
    for wrong in (0.5, np.nan, np.inf, 1e300):
        with pytest.raises(ScanRefused, match="a whole number"):
            whole(np.array([1.0, wrong]), "an index")
