"""Scan files: one door, one reader per ending, one kind of refusal."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from afo_designer.formats.gate import MAX_FILE_BYTES, FaceSoup, ScanRefused, admit
from afo_designer.formats.glb import read_glb
from afo_designer.formats.obj import read_obj
from afo_designer.formats.off import read_off
from afo_designer.formats.ply import read_ply
from afo_designer.formats.stl import read_stl
from afo_designer.formats.threemf import read_threemf
from afo_designer.geometry.mesh import TriMesh

READERS: dict[str, Callable[[bytes], FaceSoup]] = {
    "stl": read_stl,
    "ply": read_ply,
    "obj": read_obj,
    "off": read_off,
    "glb": read_glb,
    "3mf": read_threemf,
}
# Millimetres per declared unit; a 3MF may also declare microns and feet.
MM_PER_UNIT = {
    "micron": 0.001,
    "mm": 1.0,
    "cm": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "m": 1000.0,
}
_SIGNATURES = {b"ply": "ply", b"glTF": "glb", b"PK\x03\x04": "3mf", b"OFF": "off", b"solid": "stl"}


@dataclass(frozen=True, slots=True)
class ReadMesh:
    """A scan file as read: the file's own axes and unit.

    `unit_declared` is a key of `MM_PER_UNIT`, or None where the format declares none; `sha256` is
    of the file's bytes; `repairs` says in words which faces were dropped or cut, and how many.
    """

    mesh: TriMesh
    format: str
    unit_declared: str | None
    sha256: str
    repairs: tuple[str, ...]


def read_mesh(path: str | Path) -> ReadMesh:
    """The mesh in a scan file (.stl .ply .obj .off .glb .3mf).

    Raises `ScanRefused`, whose sentence names the file and the cause, for everything that is not
    a whole file with a surface in it; never anything else.
    """
    path = Path(path)
    ending = path.suffix.lower().lstrip(".")
    try:
        data = _bytes_of(path, ending)
        soup = _parsed(data, ending)
        mesh, repairs = admit(soup)
    except ScanRefused as refusal:
        raise ScanRefused(f"{path.name or path}: {refusal}.") from None
    return ReadMesh(mesh, ending, soup.unit, hashlib.sha256(data).hexdigest(), repairs)


def _bytes_of(path: Path, ending: str) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ScanRefused("this is a folder; name a scan file in it")
        if not stat.S_ISREG(status.st_mode):
            raise ScanRefused("this is not a regular file")
        if ending not in READERS:
            known = ", ".join(f".{name}" for name in READERS)
            raise ScanRefused(f"the ending {path.suffix!r} is not one of {known}")
        if status.st_size > MAX_FILE_BYTES:
            raise ScanRefused(
                f"it has {status.st_size} bytes; {MAX_FILE_BYTES} are allowed: reduce the scan"
            )
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise ScanRefused("there is no such file") from None
    except (OSError, ValueError) as error:
        if isinstance(error, ScanRefused):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise ScanRefused(f"it cannot be opened ({reason})") from None
    if not data:
        raise ScanRefused("the file is empty")
    if len(data) > MAX_FILE_BYTES:
        raise ScanRefused(f"it has grown beyond {MAX_FILE_BYTES} bytes while being read")
    return data


def _parsed(data: bytes, ending: str) -> FaceSoup:
    """The reader's result; an unforeseen complaint of a parser becomes a refusal."""
    try:
        return READERS[ending](data)
    except ScanRefused:
        seen = next((name for begin, name in _SIGNATURES.items() if data.startswith(begin)), ending)
        if seen != ending:
            raise ScanRefused(
                f"it looks like a .{seen} file named .{ending}; give it its own ending"
            ) from None
        raise
    except Exception as error:
        complaint = " ".join(f"{type(error).__name__} {error}".split())
        raise ScanRefused(f"its content could not be understood ({complaint:.120})") from error
