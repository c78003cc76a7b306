"""The lease: one runner a folder; a dead one is succeeded at once, a stopped one after a time."""

import time
from pathlib import Path

import pytest

from afo_designer.runs.ledger_lease import (
    Lease,
    LeaseLost,
    await_owner,
    file_system,
    lease_path,
    refuse_network,
)
from afo_designer.runs.workspace import FolderTaken, StorageFailed

MOUNTS = """\
21 1 8:1 / / rw - ext4 /dev/sda rw
22 21 0:40 / /srv rw - nfs4 server:/srv rw
23 22 8:2 / /srv/local\\040disk rw - xfs /dev/sdb rw
24 22 0:41 / /srv/twice rw - ext4 /dev/sdc rw
25 24 0:42 / /srv/twice rw - cifs //server/twice rw
"""


def test_a_dead_owner_is_succeeded_at_once(tmp_path: Path) -> None:
    lease_path(tmp_path, 4).write_text("123 7\n")  # no lock is held on it
    begun = time.monotonic()
    await_owner(tmp_path, 4)
    await_owner(tmp_path, 5)  # never there
    assert time.monotonic() - begun < 0.5


def test_an_owner_at_work_keeps_the_folder(tmp_path: Path) -> None:
    import threading

    lease = Lease(tmp_path, 1)
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.05):
            lease._beaten = -10.0
            lease.beat()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        with pytest.raises(FolderTaken, match="Another runner"):
            await_owner(tmp_path, 1, stale_seconds=5.0)
    finally:
        ended.set()
        worker.join()
        lease.close()


def test_an_owner_that_stands_still_is_succeeded_after_the_time(tmp_path: Path) -> None:
    said: list[str] = []
    lease = Lease(tmp_path, 1)
    begun = time.monotonic()
    await_owner(tmp_path, 1, said.append, stale_seconds=0.3)
    assert 0.3 <= time.monotonic() - begun < 2.0
    assert len(said) == 1
    lease.close()


def test_a_number_is_held_once(tmp_path: Path) -> None:
    lease = Lease(tmp_path, 1)
    with pytest.raises(LeaseLost):
        Lease(tmp_path, 1)
    lease.close()
    assert not lease_path(tmp_path, 1).exists()


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/tmp", "ext4"),
        ("/srv/batch", "nfs4"),
        ("/srvother", "ext4"),
        ("/srv/local disk/batch", "xfs"),
        ("/srv/twice/batch", "cifs"),
    ],
)
def test_the_file_system_of_the_longest_mount(folder: str, kind: str) -> None:
    assert file_system(Path(folder), MOUNTS) == kind


def test_network_file_systems_are_refused() -> None:
    refuse_network(Path("/tmp"), MOUNTS)
    with pytest.raises(StorageFailed, match=r"network file system \(nfs4\)"):
        refuse_network(Path("/srv/batch"), MOUNTS)
