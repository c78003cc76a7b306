"""Seal: digests by which a changed byte of a finished folder is found and its file named.

`design.json` lists every output with its SHA-256; `SHA256SUMS`, as `sha256sum -c` reads it, lists
them too and `design.json` with them; `run.json` holds the digests of these two and its own, taken
with zeros in its place. So every byte of the folder is under a digest in another file, and those of
`run.json` under their own. This proves that nothing changed since the folder was written, by
accident or by a hand that did not seal it again. It is no signature: whoever changes a file can
write all sums anew, and then only what does not follow from `shell.npz` is found, by computing
again (`runs.recheck`).
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.workspace import StorageFailed

RECORD, SUMS, RUN, BUILT = "design.json", "SHA256SUMS", "run.json", "as_built.json"
# What no list of outputs names.
BESIDE = (RECORD, SUMS, RUN, BUILT)
BLANK = "0" * 64
MOST_FILES = 2000
MOST_RECORD_BYTES = 50_000_000
_CHUNK = 1 << 20


class FolderRefused(InputRefused):
    """A folder that is not a finished design."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one file: `kind` is changed, missing, added or unsealed."""

    path: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it is: its digest and size; both are None for what is no regular file."""

    sha256: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A folder held against its seal: the record as it stands, and what is wrong.

    `record` is None where `design.json` cannot be read.
    """

    record: Mapping[str, Any] | None
    findings: tuple[Finding, ...]

    def sound(self, path: str) -> bool:
        """Whether nothing is wrong with a file."""
        return all(finding.path != path for finding in self.findings)


def sums_bytes(folder: Path) -> bytes:
    """`SHA256SUMS` of everything in a folder but `run.json`, by name."""
    files = {name: digest for name, digest in _listed(folder).items() if name not in (SUMS, RUN)}
    return "".join(f"{digest.sha256}  {name}\n" for name, digest in files.items()).encode()


def sealed_run(run: Mapping[str, Any], folder: Path) -> bytes:
    """`run.json` with the folder's seal as its last entry."""
    digests = {name: _digest(folder / name).sha256 for name in (RECORD, SUMS)}
    blank = _text({**run, "seal": {**digests, RUN: BLANK}})
    return blank.replace(BLANK.encode(), hashlib.sha256(blank).hexdigest().encode())


def _text(table: Mapping[str, Any]) -> bytes:
    return (json.dumps(table, indent=1, ensure_ascii=False) + "\n").encode()


def held_to_seal(folder: Path) -> Sealed:
    """A finished folder held against its digests, file by file.

    Raises `FolderRefused` for what is no finished design, `StorageFailed` for what cannot be read.
    """
    if not folder.is_dir():
        raise FolderRefused(f"{folder} is not a folder; name one that 'afo design' wrote.")
    files = _listed(folder)
    if RECORD not in files:
        raise FolderRefused(
            f"{folder} holds no {RECORD}: it is not a design, or its record was taken away."
        )
    content = small_file(folder, RECORD)
    record, trouble = _record(content)
    if record is not None and not _is_design(record):
        if SUMS not in files:
            raise FolderRefused(f"{folder / RECORD} is no record of a design: it lists no outputs.")
        record, trouble = None, "It is no record of a design: it lists no outputs."
    kept = _kept_by_run(folder, files)
    findings = list(_beside(folder, files, kept, record))
    if trouble is not None and all(finding.path != RECORD for finding in findings):
        findings.append(Finding(RECORD, "changed", trouble))
    trusted = record if all(finding.path != RECORD for finding in findings) else None
    wanted = _wanted(folder, trusted, record, findings)
    findings += _outputs(files, wanted)
    findings.sort(key=lambda finding: finding.path)
    return Sealed(record, tuple(findings))


def _is_design(record: Mapping[str, Any] | None) -> bool:
    outputs = None if record is None else record.get("outputs")
    return isinstance(outputs, list) and all(
        isinstance(entry, dict) and isinstance(entry.get("path"), str) for entry in outputs
    )


def _record(content: bytes) -> tuple[Mapping[str, Any] | None, str | None]:
    """The record, and why it cannot be one that this program wrote."""
    try:
        table = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
        again = _text(table)
    except (UnicodeError, ValueError, RecursionError) as error:
        return None, f"It is not valid JSON ({error!s:.100})."
    if not isinstance(table, dict):
        return None, "It holds no table."
    if again != content:
        return table, "It is not laid out as this program writes it."
    return table, None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _kept_by_run(folder: Path, files: Mapping[str, Found]) -> dict[str, str] | str | None:
    """The digests that `run.json` keeps; a sentence where it is not as written; None without it."""
    if RUN not in files:
        return None
    content = small_file(folder, RUN)
    try:
        table = json.loads(content.decode("utf-8"))
        seal = table["seal"]
        own = str(seal[RUN])
        kept = {name: str(seal[name]) for name in (RECORD, SUMS)}
    except (UnicodeDecodeError, ValueError, RecursionError):
        return "It is not valid JSON."
    except (KeyError, TypeError):
        return "It holds no seal: an earlier version wrote it, or it was cut out."
    if len(own) != len(BLANK):
        return "Its own digest is none."
    blank = content.replace(own.encode(), BLANK.encode())
    if hashlib.sha256(blank).hexdigest() != own:
        return "Its own digest differs."
    return kept


def _beside(
    folder: Path,
    files: Mapping[str, Found],
    kept: dict[str, str] | str | None,
    record: Mapping[str, Any] | None,
) -> list[Finding]:
    """What is wrong with the record, the sums and `run.json`."""
    findings = []
    if not isinstance(kept, dict):
        kind, said = ("missing", "It was there.") if kept is None else ("changed", kept)
        findings.append(Finding(RUN, "unsealed" if "no seal" in said else kind, said))
        kept = {}
    sums = _sums(folder) if SUMS in files else {}
    if SUMS not in files:
        findings.append(Finding(SUMS, "missing", "It was there."))
    elif SUMS in kept and files[SUMS].sha256 != kept[SUMS]:
        findings.append(_changed(SUMS, files[SUMS], kept[SUMS], RUN))
    elif SUMS not in kept and record is not None and not _agree(sums, record):
        findings.append(Finding(SUMS, "changed", f"It does not list what {RECORD} lists."))
    sums_sound = all(finding.path != SUMS for finding in findings)
    where, wanted = (RUN, kept[RECORD]) if RECORD in kept else (SUMS, sums.get(RECORD))
    if (where == RUN or sums_sound) and wanted != files[RECORD].sha256:
        findings.append(_changed(RECORD, files[RECORD], wanted, where))
    return findings


def _agree(sums: Mapping[str, str], record: Mapping[str, Any]) -> bool:
    """Whether the sums list what the record does, and the record."""
    listed = {entry["path"]: entry.get("sha256") for entry in record["outputs"]}
    return {name: digest for name, digest in sums.items() if name != RECORD} == listed


def _sums(folder: Path) -> dict[str, str]:
    """{path: digest} of the lines of `SHA256SUMS`; a line that is none lists nothing."""
    lines = small_file(folder, SUMS).decode("utf-8", "replace").splitlines()
    rows = [line.split("  ", 1) for line in lines]
    return {row[1]: row[0] for row in rows if len(row) == 2}


def _wanted(
    folder: Path,
    trusted: Mapping[str, Any] | None,
    record: Mapping[str, Any] | None,
    findings: list[Finding],
) -> dict[str, tuple[str | None, int | None, str]]:
    """{path: (digest, size, who says so)} of the outputs, by the file that is sound."""
    sums_sound = all(finding.path != SUMS for finding in findings)
    if trusted is None and sums_sound:
        return {
            name: (digest, None, SUMS)
            for name, digest in _sums(folder).items()
            if name not in BESIDE
        }
    entries = (record or {}).get("outputs") or []
    return {entry["path"]: (entry.get("sha256"), entry.get("bytes"), RECORD) for entry in entries}


def _outputs(
    files: Mapping[str, Found], wanted: Mapping[str, tuple[str | None, int | None, str]]
) -> list[Finding]:
    findings = []
    for name, (digest, size, where) in wanted.items():
        if name not in files:
            findings.append(Finding(name, "missing", f"{where} lists it."))
        elif files[name].sha256 != digest or size not in (None, files[name].size):
            findings.append(_changed(name, files[name], digest, where, size))
    added = [name for name in files if name not in wanted and name not in BESIDE]
    return findings + [Finding(name, "added", "The design does not list it.") for name in added]


def _changed(
    name: str, found: Found, wanted: str | None, where: str, size: int | None = None
) -> Finding:
    if found.sha256 is None:
        return Finding(name, "changed", "It is a link or no regular file.")
    lengths = f" ({found.size} bytes, not {size})" if size not in (None, found.size) else ""
    said = f"Its SHA-256 is {found.sha256[:12]}…, {where} says {str(wanted)[:12]}…{lengths}."
    return Finding(name, "changed", said)


def _listed(folder: Path) -> dict[str, Found]:
    """Every file below a folder by name; links are not followed."""
    found: dict[str, Found] = {}

    def failed(error: OSError) -> None:
        raise StorageFailed(f"{error.filename} cannot be read: {error.strerror}.")

    for place, folders, names in os.walk(folder, onerror=failed):
        folders.sort()
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(place) / name
            found[path.relative_to(folder).as_posix()] = _digest(path)
            if len(found) > MOST_FILES:
                raise FolderRefused(f"{folder} holds more than {MOST_FILES} files: not a design.")
    return dict(sorted(found.items()))


def _digest(path: Path) -> Found:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return Found(None, None)
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as stream:
            while piece := stream.read(_CHUNK):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be read: {error.strerror}.") from None
    return Found(digest.hexdigest(), size)


def small_file(folder: Path, name: str) -> bytes:
    """The bytes of a record, bounded. Raises `FolderRefused` for what no design leaves."""
    path = folder / name
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise FolderRefused(f"{path} is a link or no regular file.")
        with path.open("rb") as stream:
            content = stream.read(MOST_RECORD_BYTES + 1)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > MOST_RECORD_BYTES:
        raise FolderRefused(f"{path} has more than {MOST_RECORD_BYTES} bytes: no design's.")
    return content
