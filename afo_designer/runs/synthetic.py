"""Synthetic: a generated limb as a scan file with its ground truth beside it."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from afo_designer.design.plain import plain
from afo_designer.formats.ply import ply_bytes
from afo_designer.formats.stl import stl_bytes
from afo_designer.geometry.parameter import leaves
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
    """The scan at `path` and its truth beside it; the truth's record.

    `STEM.landmarks.json` is what `--landmarks` takes, {NAME: [x, y, z]} in the file's axes and
    unit; `STEM.truth.json` is all that is known, see `limb_record`.
    """
    record = limb_record(limb)
    known = {name: record["landmarks_in_file"][name] for name in limb.landmarks}
    _replace(path.with_name(f"{path.stem}.landmarks.json"), _json(known))
    _replace(path.with_name(f"{path.stem}.truth.json"), _json(record))
    _replace(path, WRITERS[path.suffix.lower()](limb.file_mesh))
    return {"path": str(path), **record}


def limb_record(limb: SyntheticLimb) -> dict[str, Any]:
    """Ground truth of a generated limb.

    Points are in the limb frame in mm, those of `landmarks_in_file` in the file's axes and unit;
    `matrix_limb_to_file` (4×4) carries the first to the second, `matrix_file_to_limb` back, as in
    a design's record. `measures_mm` are the clean skin's, before any scanner; `parameters` every
    parameter with its value.
    """
    matrix = limb.file_from_limb
    inward = np.linalg.inv(matrix)
    return plain(
        {
            "side": limb.side.value,
            "unit": limb.shape.file.unit,
            "foot_length_mm": limb.foot_length,
            "ankle_angle_deg": limb.ankle_angle_deg,
            "inversion_deg": limb.inversion_deg,
            "toe_out_deg": limb.toe_out_deg,
            "ankle_centre_mm": limb.ankle_centre,
            "knee_centre_mm": limb.knee_centre,
            "joint_centres_mm": dict(limb.joint_centres),
            "landmarks": dict(limb.all_landmarks),
            "landmarks_in_file": {
                name: limb.in_file(point) for name, point in limb.all_landmarks.items()
            },
            "matrix_limb_to_file": matrix,
            "matrix_file_to_limb": inward,
            "measures_mm": dict(limb.measures),
            "body_mm": dataclasses.asdict(limb.body),
            "parameters": {leaf.key: value for leaf, value in leaves(limb.shape)},
        }
    )


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()


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
