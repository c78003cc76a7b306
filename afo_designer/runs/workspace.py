"""Workspace: a folder of results that appears complete or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StorageFailed(RuntimeError):
    """A folder that cannot be written; the message names it and the cause."""


class FolderTaken(ValueError):
    """A folder that holds files and may not be overwritten."""


@contextmanager
def workspace(target: Path, overwrite: bool = False) -> Iterator[Path]:
    """A fresh folder beside `target` that takes its place when the block ends well.

    When it does not, nothing is left behind and what was at `target` is untouched. Raises
    `FolderTaken` for a folder with files without `overwrite`, `StorageFailed` for anything the
    file system refuses.
    """
    try:
        target = target.resolve()
        check_target(target, overwrite)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise StorageFailed(_sentence(target, error)) from error
    try:
        yield draft
        _publish(draft, target)
    except OSError as error:
        raise StorageFailed(_sentence(target, error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_target(target: Path, overwrite: bool) -> None:
    """Whether results may be put at `target`, said before any work is done."""
    check_place(target)
    if target.is_dir() and not overwrite and any(target.iterdir()):
        raise FolderTaken(f"{target} is not empty; choose another folder or add --overwrite.")
    try:  # asking for permission would be answered wrongly for root, and for a full disk
        Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)).rmdir()
    except OSError as error:
        raise StorageFailed(_sentence(target, error)) from error


def check_place(target: Path) -> None:
    """Whether a folder is there or may be made. Raises `StorageFailed` or `FolderTaken`."""
    try:
        above, there = target.parent.is_dir(), target.exists()
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise StorageFailed(_sentence(target, error)) from error
    if not above:
        raise StorageFailed(f"The folder {target.parent} does not exist; make it first.")
    if there and not target.is_dir():
        raise FolderTaken(f"{target} is a file; choose a folder.")


def _publish(draft: Path, target: Path) -> None:
    """Flush every file, then exchange the folders by renaming."""
    for path in sorted(draft.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    draft.chmod(0o755)
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
        target.rename(old / "old")
        try:
            draft.rename(target)
        except OSError:
            (old / "old").rename(target)
            raise
        finally:
            shutil.rmtree(old, ignore_errors=True)
    else:
        draft.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sentence(target: Path, error: OSError) -> str:
    return f"The folder {target} cannot be written: {error.strerror or error}."
