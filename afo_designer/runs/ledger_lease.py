"""Ledger lease: which runner owns a batch folder, by number, and whether that one is alive.

Every owner has a number, the fencing token, one higher than the last one's; the ledger accepts
writes of the highest alone. The owner holds an advisory lock on `lease.TOKEN` and counts in it. A
lock that is free means that its owner is dead. One that is held while its count stands still for
`STALE_SECONDS` of the newcomer's own clock means that the owner is stopped: it is succeeded, and
when it goes on, its number is too low. No clock of two processes is ever compared. Folders on
network file systems are refused, so both are always on one machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from afo_designer.runs.workspace import FolderTaken, StorageFailed

BEAT_SECONDS = 1.0
STALE_SECONDS = 10.0
# File systems on which SQLite's WAL (shared memory) or an advisory lock cannot be relied upon:
# https://sqlite.org/wal.html, "does not work over a network filesystem" (read).
NETWORK = frozenset(
    ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ncpfs", "ceph", "lustre",
     "gpfs", "beegfs", "glusterfs", "davfs", "virtiofs", "fuse.sshfs", "fuse.s3fs", "fuse.ceph",
     "fuse.glusterfs", "fuse.rclone", "fuse.gcsfuse"]
)  # fmt: skip


class LeaseLost(StorageFailed):
    """Another runner has taken the folder over; this one may write nothing more."""


def refuse_network(folder: Path, mounts: str | None = None) -> None:
    """Raises `StorageFailed` for a folder on a network file system."""
    kind = file_system(folder, mounts)
    if kind in NETWORK:
        raise StorageFailed(
            f"{folder} lies on a network file system ({kind}), where the ledger cannot be kept "
            "safely; give a folder on a local disk and copy the results."
        )


def file_system(folder: Path, mounts: str | None = None) -> str:
    """The type of the file system that holds `folder`, by /proc/self/mountinfo; "" if unknown."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text("utf-8", "replace")
        except OSError:
            return ""
    best, kind = -1, ""
    wanted = folder.resolve()
    for line in mounts.splitlines():
        place, _, source = line.partition(" - ")
        fields = place.split()
        if len(fields) < 5 or not source:
            continue
        point = Path(fields[4].replace("\\040", " "))
        # The last mount on a point hides those before it.
        if wanted.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), source.split()[0]
    return kind


class Lease:
    """The lock of one owner, held until `close` or the process's end."""

    def __init__(self, folder: Path, token: int) -> None:
        self.token = token
        self._path = lease_path(folder, token)
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise LeaseLost(f"Another runner is taking {folder} over at this moment.") from None
        self._count, self._beaten = 0, -BEAT_SECONDS
        try:
            self.beat()
        except OSError:
            self.close()
            raise

    def beat(self) -> None:
        """Counts on, at most once in `BEAT_SECONDS`."""
        now = time.monotonic()
        if now - self._beaten >= BEAT_SECONDS:
            self._count, self._beaten = self._count + 1, now
            os.pwrite(self._handle, f"{os.getpid()} {self._count}\n".encode(), 0)

    def close(self) -> None:
        """Gives the folder free."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        with contextlib.suppress(OSError):
            os.close(self._handle)


def lease_path(folder: Path, token: int) -> Path:
    return folder / f"lease.{token}"


def await_owner(
    folder: Path,
    token: int,
    say: Callable[[str], None] = lambda words: None,
    stale_seconds: float = STALE_SECONDS,
) -> str:
    """Returns when the owner by `token` is dead or stopped; `FolderTaken` when it is at work.

    The process that stands still, by its number; "" for a dead one.
    """
    path = lease_path(folder, token)
    seen = _count(path)
    begun = time.monotonic()
    while _is_held(path):
        if (now := _count(path)) != seen:
            raise FolderTaken(
                f"Another runner (process {_process(now)}) is at work in {folder}; "
                "wait for its end or stop it."
            )
        waited = time.monotonic() - begun
        if waited >= stale_seconds:
            process = _process(seen)
            say(f"The runner before (process {process}) stands still; it is succeeded.")
            return process
        # another process's sign of life is looked for: there is no event to wait for
        time.sleep(min(0.1, stale_seconds / 10.0))
    return ""


def _is_held(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _count(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:
        return ""


def _process(count: str) -> str:
    return count.partition(" ")[0] or "unknown"
