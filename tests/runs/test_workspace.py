"""The workspace: a folder appears whole or not at all, and never at the cost of the old one."""

import errno
import os
import tempfile
from pathlib import Path

import pytest

from afo_designer.runs.workspace import FolderTaken, StorageFailed, check_target, workspace


class Broken(Exception):
    pass


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_was_put_in_comes_out(tmp_path: Path) -> None:
    with workspace(tmp_path / "out") as folder:
        assert not (tmp_path / "out").exists()
        (folder / "sub").mkdir()
        (folder / "sub" / "a.txt").write_text("a")
    assert tree(tmp_path) == {"out/sub/a.txt": "a"}
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    def fill() -> None:
        with workspace(tmp_path / "out") as folder:
            (folder / "a.txt").write_text("half")
            raise Broken

    with pytest.raises(Broken):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with workspace(tmp_path / "out") as folder:
        (folder / "a.txt").write_text("a")
    assert tree(tmp_path) == {"out/a.txt": "a"}


def test_a_folder_with_files_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(FolderTaken, match="not empty; choose another folder or add --overwrite"):
        workspace(tmp_path / "out").__enter__()
    assert tree(tmp_path) == {"out/mine.txt": "mine"}


def test_overwriting_replaces_the_whole_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.txt").write_text("old")
    with workspace(tmp_path / "out", overwrite=True) as folder:
        (folder / "new.txt").write_text("new")
        assert tree(tmp_path / "out") == {"old.txt": "old"}
    assert tree(tmp_path) == {"out/new.txt": "new"}


def test_a_failed_overwrite_keeps_the_old(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.txt").write_text("old")

    def fill() -> None:
        with workspace(tmp_path / "out", overwrite=True) as folder:
            (folder / "new.txt").write_text("half")
            raise Broken

    with pytest.raises(Broken):
        fill()
    assert tree(tmp_path) == {"out/old.txt": "old"}


def test_a_rename_that_fails_puts_the_old_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "old.txt").write_text("old")
    rename = Path.rename

    def refuse(self: Path, to: Path) -> Path:
        if to == target and self.name != "old":
            raise OSError(28, "No space left on device")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", refuse)

    def fill() -> None:
        with workspace(target, overwrite=True) as folder:
            (folder / "new.txt").write_text("new")

    with pytest.raises(StorageFailed, match="cannot be written: No space left on device"):
        fill()
    assert tree(tmp_path) == {"out/old.txt": "old"}


def test_a_full_disk_inside_is_a_storage_failure(tmp_path: Path) -> None:
    def fill() -> None:
        with workspace(tmp_path / "out"):
            raise OSError(28, "No space left on device")

    with pytest.raises(StorageFailed, match="No space left"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_parent_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match=r"nowhere does not exist; make it first"):
        check_target(tmp_path / "nowhere" / "out", overwrite=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(FolderTaken, match="is a file; choose a folder"):
        check_target(tmp_path / "out", overwrite=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_parent_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageFailed, match="cannot be written"):
            check_target(tmp_path / "out", overwrite=False)
    finally:
        tmp_path.chmod(0o700)


def test_a_parent_that_takes_no_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**kwargs: object) -> str:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(StorageFailed, match="cannot be written: Read-only file system"):
        check_target(tmp_path / "out", overwrite=False)


def test_a_link_is_followed(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    with workspace(tmp_path / "link") as folder:
        (folder / "a.txt").write_text("a")
    assert (real / "a.txt").read_text() == "a"
    assert (tmp_path / "link").is_symlink()
