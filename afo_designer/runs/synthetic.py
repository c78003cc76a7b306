"""Synthetic: a generated limb as a scan file with its ground truth beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from afo_designer.design.record import plain
from afo_designer.formats.ply import ply_bytes
from afo_designer.formats.stl import stl_bytes
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.generator import SyntheticLimb
from afo_designer.runs.workspace import FolderTaken, StorageFailed

WRITERS = {".ply": ply_bytes, ".stl": stl_bytes}


class LimbFileRefused(InputRefused):
    """A file name that says no format."""


def check_limb_file(path: Path, overwrite: bool) -> None:
    """Whether a limb may be written at `path`, said before any work is done."""
    if path.suffix.lower() not in WRITERS:
        raise LimbFileRefused(
            f"{path.name} does not end in {' or '.join(WRITERS)}; no other format is written."
        )
    if not path.resolve().parent.is_dir():
        raise StorageFailed(f"The folder {path.resolve().parent} does not exist; make it first.")
    if path.exists() and not overwrite:
        raise FolderTaken(f"{path} exists; choose another name or add --overwrite.")


def write_limb(limb: SyntheticLimb, path: Path) -> Mapping[str, Any]:
    """The mesh at `path` and {NAME: [x, y, z]} at its stem + .landmarks.json; their record."""
    record = plain(
        {
            "side": limb.side.value,
            "foot_length_mm": limb.foot_length,
            "ankle_angle_deg": limb.ankle_angle_deg,
            "ankle_centre_mm": limb.ankle_centre,
            "knee_centre_mm": limb.knee_centre,
            "landmarks": dict(limb.landmarks),
        }
    )
    marks = (json.dumps(record["landmarks"], indent=1) + "\n").encode()
    _replace(path.with_name(f"{path.stem}.landmarks.json"), marks)
    _replace(path, WRITERS[path.suffix.lower()](limb.mesh))
    return {"path": str(path), **record}


def _replace(path: Path, content: bytes) -> None:
    """Write aside, flush, rename: the file is whole or absent."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageFailed(f"{path} cannot be written: {error.strerror}.") from error
