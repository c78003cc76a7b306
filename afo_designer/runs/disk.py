"""Disk: what a batch does to the file system, one durable operation at a time.

Everything a runner writes, flushes, renames, links, removes or commits goes through here, so that a
test can fail or kill each of them in turn.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

MEGABYTE = 1 << 20


class Disk:
    """The durable operations. Subclasses in tests override `before` alone."""

    def before(self, operation: str, path: Path) -> None:
        """Called before every operation; here nothing happens."""

    def make(self, folder: Path) -> None:
        """A folder, and its entry in the one above flushed."""
        self.before("mkdir", folder)
        folder.mkdir(exist_ok=True)
        self.sync(folder.parent)

    def write(self, path: Path, content: bytes | Iterator[bytes]) -> None:
        """A file whole: written aside, flushed, renamed, its folder flushed."""
        draft = path.with_name(f".{path.name}.part")
        try:
            self.before("write", path)
            with draft.open("wb") as stream:
                for piece in (content,) if isinstance(content, bytes) else content:
                    stream.write(piece)
                stream.flush()
                self.before("fsync", path)
                os.fsync(stream.fileno())
            self.rename(draft, path)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise

    def rename(self, source: Path, target: Path) -> None:
        """A file over another, or a folder to a name that is free; then the folder flushed."""
        self.before("rename", target)
        source.rename(target)
        self.sync(target.parent)

    def link(self, source: Path, target: Path) -> None:
        """The file once more under another name; copied where the file system has no links."""
        self.before("link", target)
        try:
            os.link(source, target)
        except FileExistsError:
            raise
        except OSError:
            shutil.copyfile(source, target)
            self.sync(target)

    def sync(self, path: Path) -> None:
        """A file or folder flushed to the medium."""
        self.before("fsync", path)
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def commit(self, connection: sqlite3.Connection, path: Path) -> None:
        """The ledger's transaction made durable."""
        self.before("commit", path)
        connection.execute("COMMIT")

    def takes_files(self, folder: Path) -> bool:
        """Whether a megabyte can be written there; where it can, a job's own limits refused it."""
        probe = folder / "probe"
        try:
            self.write(probe, bytes(MEGABYTE))
            self.remove(probe)
        except OSError:
            return False
        return True

    def remove(self, path: Path) -> None:
        """A file or folder taken away; what cannot be is left to the next runner."""
        self.before("remove", path)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_below(folder: Path) -> list[Path]:
    """Every file of a tree, in an order that does not depend on the file system."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
