"""shell.npz: a design as formed, from which everything else of it can be computed again.

A zip of `.npy` arrays under their dotted names ("shell.chart.surface.control_points.npy"), as
`numpy.load` reads it, and `tree.npy`: UTF-8 JSON of all that is no array. The scan's own surface
is left out: the positive model is what the shell lies on, and the scan is known by its SHA-256.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.lib import format as npy

from afo_designer.design.formed import Formed
from afo_designer.design.software import software_version
from afo_designer.formats.archive import Archive
from afo_designer.formats.gate import ScanRefused
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.tree import DTYPES, Array, TreeRefused, read, written

SCHEMA_VERSION = 2
TREE = "tree"
# Zip knows no date before this one; every file carries it.
EPOCH = (1980, 1, 1, 0, 0, 0)
LEVEL = 6
MOST_BYTES = 300_000_000
MOST_TREE_BYTES = 20_000_000
NOTHING = TriMesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64))


class ShellFileRefused(InputRefused):
    """A shell file that cannot be read whole, or is not this version's."""


def shell_bytes(formed: Formed) -> bytes:
    """A design as formed, as `shell.npz`; the same bytes every time."""
    tree, arrays = written(_lean(formed))
    head = {"schema_version": SCHEMA_VERSION, "software": software_version(), "formed": tree}
    text = json.dumps(head, indent=0, ensure_ascii=False, allow_nan=False).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, array in {TREE: np.frombuffer(text, np.uint8), **arrays}.items():
            entry = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o644 << 16
            content = io.BytesIO()
            npy.write_array(content, array, version=(1, 0), allow_pickle=False)
            packed.writestr(entry, content.getvalue(), compresslevel=LEVEL)
    return stream.getvalue()


def read_shell(content: bytes) -> Formed:
    """The design in a `shell.npz`. Trusts nothing; raises `ShellFileRefused` in a sentence."""
    if len(content) > MOST_BYTES:
        raise ShellFileRefused(f"it has {len(content)} bytes; {MOST_BYTES} are allowed.")
    try:
        archive = Archive(content)
        head = _head(_array(archive, TREE, ("|u1",)).tobytes())
        names = [name for name in archive.names if name != f"{TREE}.npy"]
        if strange := [name for name in names if not name.endswith(".npy")]:
            raise ShellFileRefused(f"it holds {strange[0][:60]!r}, which is no array.")
        arrays = {name[:-4]: _array(archive, name[:-4], DTYPES) for name in names}
        formed = read(Formed, head, arrays)
    except (ScanRefused, TreeRefused) as refusal:
        raise ShellFileRefused(f"{refusal}.") from None
    except RecursionError:
        raise ShellFileRefused("its tree is nested too deep.") from None
    if not isinstance(formed, Formed):
        raise ShellFileRefused("it holds no design.")
    return formed


def _lean(formed: Formed) -> Formed:
    """Without the scan's surfaces."""
    limb = formed.positive.limb
    bare = replace(limb, mesh=NOTHING, scan=replace(limb.scan, mesh=NOTHING))
    return replace(formed, positive=replace(formed.positive, limb=bare))


def _head(text: bytes) -> Any:
    """The tree of a file of this version."""
    if len(text) > MOST_TREE_BYTES:
        raise ShellFileRefused(f"its tree has {len(text)} bytes; {MOST_TREE_BYTES} are allowed.")
    try:
        head = json.loads(text.decode("utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise ShellFileRefused(f"its tree is not valid JSON: {error!s:.120}.") from None
    version = head.get("schema_version") if isinstance(head, dict) else None
    if version != SCHEMA_VERSION:
        raise ShellFileRefused(
            f"its schema version is {version!r:.20}; this program reads {SCHEMA_VERSION}. Check "
            "the design with the version that made it, which design.json names."
        )
    return head.get("formed")


def _array(archive: Archive, name: str, dtypes: tuple[str, ...]) -> Array:
    """An entry as an array. Its header has to promise just the bytes that follow."""
    stream = io.BytesIO(b"".join(archive.stream(f"{name}.npy")))
    try:
        if npy.read_magic(stream) != (1, 0):
            raise ValueError("another version")
        shape, by_columns, dtype = npy.read_array_header_1_0(stream)
    except (ValueError, SyntaxError, TypeError, EOFError, RecursionError, MemoryError) as error:
        said = " ".join(str(error).split())
        raise ShellFileRefused(f"its array {name[:60]!r} has a damaged header ({said:.80}).") from (
            None
        )
    rest = stream.read()
    if dtype.str not in dtypes or by_columns or math.prod(shape) * dtype.itemsize != len(rest):
        raise ShellFileRefused(
            f"its array {name[:60]!r} says {dtype.str} {shape}, but has {len(rest)} bytes."
        )
    return np.frombuffer(rest, dtype).reshape(shape)
