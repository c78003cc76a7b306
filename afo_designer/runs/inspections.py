"""Inspections: what was measured on the printed parts of a design, `as_built.json` in its folder.

A file of its own, so that the finished record keeps its bytes. Entries are added and never changed:
each holds the digest of `design.json`, that of the entry before it, and its own, so that an entry
changed, left out or moved is found (`runs.seal` says what that proves). No entry has a date but the
one that its inspector gives.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from afo_designer.design.as_built import Measurement, as_built
from afo_designer.design.built_record import built_record, measurement_of
from afo_designer.design.comparison import Difference, compared
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.pipeline import Design
from afo_designer.design.software import software_version
from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.seal import BUILT, RECORD, Finding, small_file
from afo_designer.runs.workspace import StorageFailed

SCHEMA_VERSION = "1.0"
# More than that of one design is a mistake; each is computed again whenever the folder is checked.
MOST = 200


class InspectionRefused(InputRefused):
    """An inspection that cannot be kept."""


def read_inspections(
    folder: Path, record_sound: bool = True
) -> tuple[tuple[Mapping[str, Any], ...], tuple[Finding, ...]]:
    """The entries of a folder's `as_built.json`, and what is wrong with it; none without one.

    Where `design.json` itself is not `record_sound`, entries are not held against it.
    """
    if not os.path.lexists(folder / BUILT):
        return (), ()
    content = small_file(folder, BUILT)
    try:
        table = json.loads(content.decode("utf-8"))
        entries = table["inspections"]
        sound = isinstance(entries, list) and all(isinstance(one, dict) for one in entries)
        again = _file(entries)
    except (UnicodeError, ValueError, RecursionError, KeyError, TypeError):
        sound = False
    if not sound or len(entries) > MOST:
        return (), (Finding(BUILT, "changed", "It holds no inspections that can be read."),)
    design = hashlib.sha256((folder / RECORD).read_bytes()).hexdigest() if record_sound else None
    trouble = _broken(entries, design)
    if not trouble and again != content:
        trouble = "It is not laid out as this program writes it."
    findings = (Finding(BUILT, "changed", trouble),) if trouble else ()
    return tuple(entries), findings


def _broken(entries: list[dict[str, Any]], design: str | None) -> str:
    """Where the chain of digests is broken, in words."""
    before = None
    for number, entry in enumerate(entries, start=1):
        if entry.get("sha256") != _digest(entry):
            return f"Inspection {number} is not as it was written: its digest differs."
        if entry.get("previous_sha256") != before:
            return f"Inspection {number} does not follow the one before it: one is missing."
        if design is not None and entry.get("design_sha256") != design:
            return f"Inspection {number} was made of another {RECORD}."
        before = entry["sha256"]
    return ""


def _digest(entry: Mapping[str, Any]) -> str:
    """SHA-256 of an entry as it is written, without its own digest."""
    bare = {key: value for key, value in entry.items() if key != "sha256"}
    return hashlib.sha256(_text(bare)).hexdigest()


def _text(table: Any) -> bytes:
    return (json.dumps(table, indent=1, ensure_ascii=False) + "\n").encode()


def _file(entries: list[dict[str, Any]]) -> bytes:
    return _text({"schema_version": SCHEMA_VERSION, "inspections": entries})


def inspected(design: Design, measurement: Measurement) -> dict[str, Any]:
    """What follows from a measurement, as an entry holds it."""
    return dict(json.loads(json.dumps(built_record(as_built(design, measurement)))))


def inspect_part(
    folder: Path, design: Design, measurement: Measurement, inspected_on: str | None
) -> Mapping[str, Any]:
    """The entry that a measurement adds to the `as_built.json` of a design's folder.

    Raises `MeasurementRefused` for what no part has, `InspectionRefused` where the file there is
    not sound, `StorageFailed` where it cannot be written; then it is as it was.
    """
    entries, findings = read_inspections(folder)
    if findings:
        raise InspectionRefused(
            f"{folder / BUILT} is not as it was written ({findings[0].message}) Nothing was added; "
            "keep the file apart and begin anew."
        )
    if len(entries) >= MOST:
        raise InspectionRefused(f"{folder / BUILT} holds {MOST} inspections; no more are kept.")
    entry: dict[str, Any] = {
        "number": len(entries) + 1,
        "software": {"version": software_version()},
        "design_sha256": hashlib.sha256((folder / RECORD).read_bytes()).hexdigest(),
        "previous_sha256": entries[-1]["sha256"] if entries else None,
        "inspected_on": inspected_on,
        **inspected(design, measurement),
    }
    entry["sha256"] = _digest(entry)
    _replace(folder, _file([*map(dict, entries), entry]))
    return entry


def _replace(folder: Path, content: bytes) -> None:
    folder = folder.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as place:
            draft = Path(place) / BUILT
            draft.write_bytes(content)
            with draft.open("rb") as stream:
                os.fsync(stream.fileno())
            os.replace(draft, folder / BUILT)
    except OSError as error:
        raise StorageFailed(f"{folder / BUILT} cannot be written: {error.strerror}.") from None


def inspected_again(
    entries: tuple[Mapping[str, Any], ...], design: Design
) -> tuple[tuple[Difference, ...], str]:
    """Where entries say something else than what follows from their measurements; or why not."""
    rows: list[Difference] = []
    for number, entry in enumerate(entries[:MOST]):
        try:
            found = inspected(design, measurement_of(entry["measured"]))
        except (KeyError, TypeError, ValueError, DesignInfeasible) as error:
            return tuple(rows), f"{BUILT}: inspection {number + 1}: {error!s:.200}"
        said = {key: entry.get(key, "(absent)") for key in found}
        rows += compared(said, found, f"as_built[{number}]")
    return tuple(rows), ""
