"""A zip archive from a stranger: bounded before and while it is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator

from afo_designer.formats.gate import ScanRefused

MAX_ENTRIES = 256
MAX_EXPANDED_BYTES = 1_000_000_000
MAX_RATIO = 100
# Small entries of repeated text pass 100:1 innocently; a bomb is large.
_RATIO_FREE_BYTES = 1_000_000
_MAX_DIRECTORY_BYTES = 1_000_000
_CHUNK = 1 << 16
_NESTED = (".zip", ".3mf", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".jar")
# What zipfile raises for a damaged or foreign entry. One of them is the standard library's word for
# a compression that it cannot read, caught here and refused like the others: nothing of ours is
# left unwritten.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Archive:
    """Reads entries as streams; all of them together stay within the limits.

    Names are compared without regard to case, as the Open Packaging Conventions ask.
    """

    def __init__(self, data: bytes) -> None:
        """Check the directory. Raises `ScanRefused` naming the limit or the damage."""
        _check_directory(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGE as error:
            raise ScanRefused(f"its zip archive is damaged ({error!s:.80})") from None
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            _check_entry(info)
            if info.filename.lower() in self._entries:
                raise ScanRefused(f"its zip archive has two entries {_shown(info)}")
            self._entries[info.filename.lower()] = info
        declared = sum(info.file_size for info in self._entries.values())
        if len(self._entries) > MAX_ENTRIES or declared > MAX_EXPANDED_BYTES:
            raise ScanRefused(
                f"its zip archive has {len(self._entries)} entries of {declared} bytes unpacked; "
                f"{MAX_ENTRIES} of {MAX_EXPANDED_BYTES} bytes are allowed"
            )
        self._expanded = 0
        for name in self._entries:
            if self._begins(name) == b"PK\x03\x04":
                raise ScanRefused("its zip archive holds another archive")

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    @property
    def names(self) -> tuple[str, ...]:
        """The entries' names in their order."""
        return tuple(info.filename for info in self._entries.values())

    def stream(self, name: str) -> Iterator[bytes]:
        """The bytes of an entry in pieces. Raises `ScanRefused` at a limit or at damage."""
        info = self._entries.get(name.lower())
        if info is None:
            raise ScanRefused(f"its zip archive has no entry {name[:60]!r}")
        size = 0
        allowed = _allowed(info)
        try:
            with self._zip.open(info) as entry:
                while piece := entry.read(_CHUNK):
                    size += len(piece)
                    self._expanded += len(piece)
                    if size > allowed or self._expanded > MAX_EXPANDED_BYTES:
                        raise ScanRefused(
                            f"its entry {_shown(info)} unpacks beyond its declared size"
                        )
                    yield piece
        except _DAMAGE as error:
            if isinstance(error, ScanRefused):
                raise
            raise ScanRefused(f"its entry {_shown(info)} is damaged ({error!s:.80})") from None

    def _begins(self, name: str) -> bytes:
        try:
            with self._zip.open(self._entries[name]) as entry:
                return entry.read(4)
        except _DAMAGE as error:
            shown = _shown(self._entries[name])
            raise ScanRefused(f"its entry {shown} is damaged ({error!s:.80})") from None


def _check_directory(data: bytes) -> None:
    """Bound the directory before the library builds an object for every entry.

    End records after PKWARE's APPNOTE 4.3.14 to 4.3.16 (recalled).
    """
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or len(data) < end + 22:
        raise ScanRefused("its zip archive has no directory: the file is damaged or was cut off")
    entries = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    wide = end - 76
    if wide >= 0 and data[end - 20 : end - 16] == b"PK\x06\x07":
        entries = max(entries % 0xFFFF, int.from_bytes(data[wide + 32 : wide + 40], "little"))
        size = max(size % 0xFFFFFFFF, int.from_bytes(data[wide + 40 : wide + 48], "little"))
    if entries > MAX_ENTRIES or size > _MAX_DIRECTORY_BYTES:
        raise ScanRefused(
            f"its zip archive declares {entries} entries in a directory of {size} bytes; "
            f"{MAX_ENTRIES} in {_MAX_DIRECTORY_BYTES} are allowed"
        )


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in name:
        raise ScanRefused(f"its zip archive has an entry {_shown(info)} that leads outside it")
    if name.lower().endswith(_NESTED):
        raise ScanRefused(f"its zip archive holds another archive, {_shown(info)}")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ScanRefused(f"its entry {_shown(info)} is a link")
    if info.file_size > _allowed(info):
        raise ScanRefused(
            f"its entry {_shown(info)} unpacks to more than {MAX_RATIO} times its size"
        )
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ScanRefused(f"its entry {_shown(info)} is encrypted or packed by another method")


def _allowed(info: zipfile.ZipInfo) -> int:
    """Bytes that an entry may unpack to."""
    return min(info.file_size, _RATIO_FREE_BYTES + MAX_RATIO * info.compress_size)


def _shown(info: zipfile.ZipInfo) -> str:
    return repr(info.filename[:60])
