"""Reading: a scan file becomes a located limb, a person file a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from afo_designer.design.person import Person, person_from_mapping
from afo_designer.formats.registry import MM_PER_UNIT, read_mesh
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.coverage import check_views
from afo_designer.limb.grading import worse
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.limb import Limb
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.scan import Scan, Side
from afo_designer.limb.unit import check_stature, scan_from_mesh, unit_remark
from afo_designer.runs.catalogue import read_toml


class LandmarksRefused(InputRefused):
    """A landmark file that cannot be used."""


def read_limb(
    path: Path,
    side: Side | None = None,
    unit: str | None = None,
    landmarks: Path | None = None,
    height_mm: float | None = None,
    whole: bool = True,
    insist: bool = False,
) -> Limb:
    """The limb in a scan file; `landmarks` is a JSON file in the scan's own axes and unit.

    `height_mm` is the person's: it settles units that the foot alone leaves open, and a foot that
    cannot be that person's is held. `whole`: a scan without its sole, heel or both malleoli is
    refused; else it is only graded. `insist`: `side` stands against the scan's shape.
    """
    scan = read_scan(path, unit, height_mm)
    given = read_landmarks(landmarks, scan.mm_per_unit) if landmarks else None
    limb = locate_limb(scan, side, given, insist)
    if whole:
        check_views(limb)
    remarks = [unit_remark(scan)]
    if height_mm is not None:
        remarks.append(check_stature(scan, limb.foot_length, height_mm))
    said = [text for text in remarks if text]
    doubts = len(said) + sum(
        "the side was inferred" in note or "the side that was given stands" in note
        for note in limb.notes
    )
    return replace(limb, notes=(*limb.notes, *said), grade=worse(limb.grade, doubts))


def read_scan(path: Path, unit: str | None = None, height_mm: float | None = None) -> Scan:
    """A scan file in millimetres; `height_mm` settles an open unit.

    A file that declares microns or feet is turned into millimetres first and says so.
    """
    read = read_mesh(path)
    mesh, declared, repairs = read.mesh, read.unit_declared, read.repairs
    if declared in ("micron", "foot"):
        mesh = mesh.with_vertices(mesh.vertices * MM_PER_UNIT[declared])
        repairs = (*repairs, f"unit {declared} converted to mm")
        declared = "mm"
    return scan_from_mesh(mesh, read.sha256, read.format, declared, unit, repairs, height_mm)


def read_landmarks(path: Path, mm_per_unit: float) -> Mapping[str, FloatArray]:
    """{name: (3,) mm in the scan's axes} from {NAME: [x, y, z]} in the scan's unit."""
    try:
        table = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise LandmarksRefused(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise LandmarksRefused(f"{path} is not valid JSON: {error}.") from None
    if not isinstance(table, dict):
        raise LandmarksRefused(f"{path} holds no table of landmarks {{NAME: [x, y, z]}}.")
    given = {}
    for name, place in table.items():
        if name not in NAMES:
            raise LandmarksRefused(
                f"{path} names an unknown landmark {name!r}; known: {', '.join(NAMES)}."
            )
        try:
            point = np.asarray(place, dtype=np.float64)
        except (TypeError, ValueError):
            point = np.zeros(0)
        if point.shape != (3,) or not np.isfinite(point).all():
            raise LandmarksRefused(f"{path}: {name} is {place!r}; three finite numbers are needed.")
        given[name] = point * mm_per_unit
    return given


def read_person(path: Path) -> Person:
    """The person in a person file."""
    try:
        return person_from_mapping(read_toml(path))
    except InputRefused as refusal:
        if str(path) in str(refusal):
            raise
        raise type(refusal)(f"{path}: {refusal}") from None
