"""Recheck: a finished folder checked again from its files alone.

First every byte against the seal (`runs.seal`). Then, from `shell.npz`, prescription, bench,
mechanics, part and every check are computed anew and the whole record that comes out is compared
with `design.json`. Last, what was written for printer and CAD is read back and measured against
the part as it is now computed. Neither scan nor person file is needed, and nothing is trusted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from afo_designer.design.comparison import Difference, Judged, differences, judged
from afo_designer.design.formed import Formed
from afo_designer.design.part import Part
from afo_designer.design.pipeline import Design, check_out
from afo_designer.design.plain import plain
from afo_designer.design.record import design_record
from afo_designer.design.software import software_version
from afo_designer.formats.gate import ScanRefused
from afo_designer.formats.registry import MM_PER_UNIT, read_mesh
from afo_designer.formats.step import StepFailed, StepUnavailable
from afo_designer.formats.step_reading import READ_DEFLECTION_MM, read_step
from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.mesh import TriMesh
from afo_designer.runs.inspections import inspected_again, read_inspections
from afo_designer.runs.seal import RECORD, Finding, Sealed, held_to_seal
from afo_designer.runs.shell_file import ShellFileRefused, read_shell
from afo_designer.runs.workspace import StorageFailed

SHELL = "shell.npz"
# A part read back may differ from the one computed by this much: meshes in single precision of
# metres and millimetres err by less than 1e-4 mm; STEP is spline faces against the mesh's chords
# (0.05 mm), its volume by a mesh of 0.1 mm.
MESH_MM, MESH_VOLUME = 0.01, 1e-5
STEP_MM, STEP_VOLUME = 0.1, 2e-3
# glTF's +y is up where the limb frame's +z is.
UPRIGHT = {".glb": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])}
# Points of either surface that are measured against the other.
MEASURED_POINTS = 4000


@dataclass(frozen=True, slots=True)
class ReadBack:
    """One file of a part: its volume over the computed part's, less one, and largest distance.

    `trouble` says why there are no figures, or what beside them is wrong; empty where all is well.
    """

    path: str
    volume_percent: float | None
    distance_mm: float | None
    trouble: str


@dataclass(frozen=True, slots=True)
class Recheck:
    """A folder checked again.

    `judged` and `differences` are empty, and `trouble` says why, where nothing could be computed.
    `inspections`: the entries of `as_built.json`, oldest first.
    """

    sealed: Sealed
    design: Design | None
    inspections: tuple[Mapping[str, Any], ...]
    judged: tuple[Judged, ...]
    differences: tuple[Difference, ...]
    read_back: tuple[ReadBack, ...]
    remarks: tuple[str, ...]
    trouble: str

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.sealed.findings

    @property
    def proven(self) -> bool:
        """Every byte is as it was written, and every value comes out again."""
        wrong = [each for each in self.read_back if each.trouble]
        return not (self.findings or self.trouble or self.differences or wrong)

    @property
    def passed(self) -> bool:
        """Proven, and no check fails."""
        failed = [row for row in self.judged if (row.computed or {}).get("verdict") == "fail"]
        return self.proven and not failed and self.record.get("status") != "failed"

    @property
    def record(self) -> Mapping[str, Any]:
        return self.sealed.record or {}


def recheck(folder: Path, progress: Callable[[str], None] = lambda stage: None) -> Recheck:
    """A folder checked again. Raises `FolderRefused` or `StorageFailed`; all else is a finding."""
    progress("digests")
    sealed = held_to_seal(folder)
    entries, broken = read_inspections(folder, sealed.sound(RECORD))
    sealed = replace(sealed, findings=(*sealed.findings, *broken))
    remarks = _remarks(sealed.record or {})
    try:
        formed = _formed(folder, sealed)
        design = check_out(formed, progress)
        computed = _recorded(design, sealed.record or {})
    except Unreadable as refusal:
        return Recheck(sealed, None, entries, (), (), (), remarks, str(refusal))
    except Exception as error:  # whatever a made-up shell leads to: a finding, never a traceback
        said = f"{SHELL} cannot be computed: {type(error).__name__}, {' '.join(str(error).split())}"
        return Recheck(sealed, None, entries, (), (), (), remarks, f"{said:.300}")
    progress("inspections")
    built, wrong = ((), "") if broken else inspected_again(entries, design)
    progress("files read back")
    read_back, unread = _read_back(folder, design, sealed)
    known = sealed.record
    return Recheck(
        sealed=sealed,
        design=design,
        inspections=entries,
        judged=tuple(judged(known or computed, computed)),
        differences=() if known is None else (*differences(known, computed), *built),
        read_back=read_back,
        remarks=(*remarks, *unread),
        trouble=f"{RECORD} cannot be read, so nothing was compared." if known is None else wrong,
    )


class Unreadable(Exception):
    """Why nothing can be computed, in a sentence."""


def _formed(folder: Path, sealed: Sealed) -> Formed:
    """The design as formed, from a shell file that is as it was written."""
    wrong = next((each for each in sealed.findings if each.path == SHELL), None)
    if wrong is not None:
        raise Unreadable(f"Nothing was computed: {SHELL} is {wrong.kind}.")
    path = folder / SHELL
    if not path.is_file():
        raise Unreadable(f"Nothing was computed: there is no {SHELL}.")
    try:
        return read_shell(path.read_bytes())
    except ShellFileRefused as refusal:
        raise Unreadable(f"Nothing was computed: {SHELL}: {refusal}") from None
    except OSError as error:
        raise StorageFailed(f"{path} cannot be read: {error.strerror}.") from None


def _recorded(design: Design, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a design as a file would hold it, under the identity that it was given."""
    found = plain(design_record(design, str(record.get("design_id", ""))))
    return dict(json.loads(json.dumps(found)))


def _remarks(record: Mapping[str, Any]) -> tuple[str, ...]:
    software = record.get("software")
    made = software.get("version") if isinstance(software, dict) else None
    if made is None or made == software_version():
        return ()
    return (
        f"Made by version {made}, checked by {software_version()}: what differs may be the "
        "program's change.",
    )


def _read_back(
    folder: Path, design: Design, sealed: Sealed
) -> tuple[tuple[ReadBack, ...], tuple[str, ...]]:
    """Every part's files that are listed, and remarks on those that nothing here can read."""
    rows, remarks = [], []
    entries = (sealed.record or {}).get("outputs") or ()
    listed = {str(entry["path"]) for entry in entries}
    for part in design.parts:
        for ending in ("stl", "3mf", "glb", "step"):
            names = [name for name in listed if _is_of(name, part, ending)]
            if not names and ending == "step":
                remarks.append(f"The design was written without {part.stem}.step.")
            elif not names:
                rows.append(ReadBack(f"{part.stem}.{ending}", None, None, "It is not listed."))
            for name in names:
                if not sealed.sound(name):
                    continue  # the seal names it already
                try:
                    rows.append(_measured(folder / name, name, part))
                except StepUnavailable as refusal:
                    remarks.append(f"{name} was not read back: {refusal}")
    return tuple(rows), tuple(remarks)


def _is_of(name: str, part: Part, ending: str) -> bool:
    stem, _, found = name.rpartition(".")
    return found == ending and stem.removeprefix("NOT_FOR_PRINT_") == part.stem


def _measured(path: Path, name: str, part: Part) -> ReadBack:
    """A file's surface against the part's. Raises `StepUnavailable`."""
    step = path.suffix == ".step"
    trouble = ""
    try:
        if step:
            found = read_step(path)
            mesh = found.mesh
            if found.solids != 1 or not found.valid:
                trouble = f"It holds {found.solids} solids, valid: {found.valid}."
        else:
            read = read_mesh(path)
            to_mm = MM_PER_UNIT[read.unit_declared or "mm"] * UPRIGHT.get(path.suffix, np.eye(3))
            mesh = read.mesh.with_vertices(read.mesh.vertices @ to_mm.T)
            if not mesh.is_closed:
                trouble = "Its surface is not closed."
    except (ScanRefused, StepFailed) as refusal:
        return ReadBack(name, None, None, str(refusal))
    volume = mesh.volume / part.mesh.volume - 1.0
    distance = _apart(mesh, part.mesh, READ_DEFLECTION_MM if step else 0.0)
    most_mm, most_volume = (STEP_MM, STEP_VOLUME) if step else (MESH_MM, MESH_VOLUME)
    if not (abs(volume) <= most_volume and distance <= most_mm):
        trouble = (
            f"It lies up to {distance:.3f} mm from the part that shell.npz gives ({most_mm:g} mm "
            f"allowed), its volume differs by {100.0 * volume:.3f} % ({100.0 * most_volume:g} %)."
        )
    return ReadBack(name, 100.0 * volume, distance, trouble)


def _apart(found: TriMesh, part: TriMesh, chord_mm: float) -> float:
    """The largest distance met from points of either surface to the other, mm.

    `chord_mm`: how far the triangles found may lie inside what they stand for; their corners do
    not.
    """
    there, back = (
        float(closest_points(here.vertices[:: _stride(here)], other)[1].max())
        for here, other in ((found, part), (part, found))
    )
    return max(there, back - chord_mm)


def _stride(mesh: TriMesh) -> int:
    return max(1, len(mesh.vertices) // MEASURED_POINTS)
