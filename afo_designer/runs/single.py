"""Single: one order from files to a folder of results."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import resource
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from afo_designer.design.handoff import handoff, handoff_notes, handoff_values
from afo_designer.design.part import Body, stem_of
from afo_designer.design.person import person_record
from afo_designer.design.pipeline import Design, Status, design_afo
from afo_designer.design.plain import plain
from afo_designer.design.record import CURVE_DEG, design_id, design_record
from afo_designer.design.software import software_version
from afo_designer.design.stiffness import Stiffness
from afo_designer.formats.glb import glb_bytes
from afo_designer.formats.step import StepFailed, StepReport, StepUnavailable, write_step
from afo_designer.formats.stl import stl_bytes
from afo_designer.formats.sto import sto_bytes
from afo_designer.formats.threemf import threemf_bytes
from afo_designer.formats.vtu import vtu_bytes
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.scan import Side
from afo_designer.runs.catalogue import (
    load_machines,
    load_material,
    load_preset,
    load_template,
    machines_digest,
    preset_names,
)
from afo_designer.runs.program import PACKAGES
from afo_designer.runs.reading import read_limb, read_person
from afo_designer.runs.seal import RECORD, RUN, SUMS, sealed_run, sums_bytes
from afo_designer.runs.shell_file import shell_bytes
from afo_designer.runs.workspace import check_target, workspace

# What a failed part's file is called, so that nobody prints it.
NOT_FOR_PRINT = "NOT_FOR_PRINT_"
# The picture that goes into the 3MF: the part, nothing of the person.
PART_ALONE = "part"
UNITS = {".sto": "rad, N·m, N·m/rad", ".glb": "m"}
CURVE_NAME = "opensim/afo_moment_angle.sto"


@dataclass(frozen=True, slots=True)
class Order:
    """What one design is made from, as the command line names it."""

    scan: Path
    person: Path
    output: Path
    template: str
    material: str
    preset: str | None = None
    side: Side | None = None
    unit: str | None = None
    landmarks: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    fast: bool = False
    overwrite: bool = False
    override: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order became: the record, and remarks about files that could not be made.

    `crashed`: the STEP file's process failed, where the geometry kernel was there.
    """

    record: Mapping[str, Any]
    status: Status
    remarks: tuple[str, ...]
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class Pages:
    """What the layer above makes for a person to read.

    `pictures`: design ↦ {name: PNG bytes}, `PART_ALONE` among them; `sheets`: (design, record,
    pictures) ↦ {file: bytes}.
    """

    pictures: Callable[[Design], Mapping[str, bytes]]
    sheets: Callable[[Design, Mapping[str, Any], Mapping[str, bytes]], Mapping[str, bytes]]


class Stopwatch:
    """Wall-clock seconds by stage, for run.json."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._begun = time.perf_counter()
        self._stage = ""
        self.seconds: dict[str, float] = {}

    def __call__(self, stage: str) -> None:
        """Closes the stage before and begins this one."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._begun
        self._stage, self._begun = stage, now
        if stage:
            self._progress(stage)


def run_order(
    order: Order, pages: Pages, progress: Callable[[str], None] = lambda stage: None
) -> Outcome:
    """The design of an order, written to its folder whole.

    Raises `InputRefused`, `DesignInfeasible`, `FolderTaken` or `StorageFailed`; then nothing is
    written.
    """
    check_target(order.output.resolve(), order.overwrite)
    watch = Stopwatch(progress)
    watch("reading")
    template, template_file = load_template(order.template)
    material, material_file = load_material(order.material)
    preset, preset_file = (None, None) if order.preset is None else load_preset(order.preset)
    chosen = template.chosen
    if preset is not None:
        # A file of one's own is the user's word; millimetres of a named set follow the foot.
        source = "preset" if order.preset in preset_names() else "user"
        chosen = chosen.with_values(preset.values, source)
    chosen = chosen.with_values(order.settings, "user")
    person = read_person(order.person)
    watch("limb")
    limb = read_limb(
        order.scan,
        order.side or Side(person.side),
        order.unit,
        order.landmarks,
        person.height_mm,
        insist=order.side is not None,
    )
    identity = design_id(
        {
            "scan": limb.scan.sha256,
            "person": plain(person_record(person)),
            "template": template_file.sha256,
            "material": material_file.sha256,
            "machines": machines_digest(),
            "settings": dict(order.settings),
            "side": order.side,
            "unit": order.unit,
            "landmarks": _digest(order.landmarks),
            "fast": order.fast,
            "override": order.override,
            **({} if preset_file is None else {"cast": preset_file.sha256}),
        }
    )
    part_number = f"{identity[:8]}{limb.side.value[0].upper()}"
    with (
        workspace(order.output, order.overwrite) as folder,
        ThreadPoolExecutor(max_workers=1) as pool,
    ):
        begun: dict[str, Future[StepReport]] = {}

        def write_beside(name: str, solid: Body, mesh: TriMesh) -> None:
            path = folder / f"{stem_of(name)}.step"
            tolerance = material.tolerance(float(np.ptp(mesh.vertices, axis=0).max()))
            begun[path.name] = pool.submit(
                write_step, solid, path, product_of(part_number, name), mesh.volume, tolerance
            )

        design = design_afo(
            limb,
            person,
            template,
            chosen,
            material,
            override=order.override,
            preset=preset,
            fast=order.fast,
            machines=load_machines(),
            mark=part_number.upper(),
            progress=watch,
            part_ready=write_beside,
        )
        return _write(design, identity, part_number, folder, pages, watch, begun)


def product_of(part_number: str, name: str) -> str:
    """What a part is called in its files: the design's part number, and the part's own name."""
    return f"{part_number} {name}" if name else part_number


def _digest(path: Path | None) -> str | None:
    return None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()


def _write(
    design: Design,
    identity: str,
    part_number: str,
    folder: Path,
    pages: Pages,
    watch: Stopwatch,
    steps: Mapping[str, Future[StepReport]],
) -> Outcome:
    """Every file of a design; `steps` by name are being made beside, in a process of their own."""
    prefix = NOT_FOR_PRINT if design.status is Status.FAILED else ""
    record = design_record(design, identity)
    remarks: list[str] = []
    watch("export")
    meshes = {
        "positive.stl": stl_bytes(design.positive.mesh),
        "shell.npz": shell_bytes(design.formed),
        **_curve(design, identity),
        **_fields(design),
    }
    for part in design.parts:
        title = f"AFO {product_of(part_number, part.name)}"
        meshes[f"{prefix}{part.stem}.stl"] = stl_bytes(part.mesh)
        meshes[f"{prefix}{part.stem}.glb"] = glb_bytes(part.mesh, title)
    _put(folder, meshes)
    watch("pictures")
    pictures = pages.pictures(design)
    _put(folder, {f"views/{name}.png": content for name, content in pictures.items()})
    for part in design.parts:
        product = product_of(part_number, part.name)
        alone = pictures.get(PART_ALONE)
        threemf = threemf_bytes(part.mesh, product, design.material.name, f"AFO {product}", alone)
        _put(folder, {f"{prefix}{part.stem}.3mf": threemf})
    watch("step")
    faces = {}
    for name, step in steps.items():
        report = _step_report(step, remarks)
        if report is not None:
            (folder / name).rename(folder / f"{prefix}{name}")
            faces[f"{prefix}{name}"] = {
                "faces": report.faces,
                "text_faces": report.relief_faces,
            }
    watch("sheets")
    record["outputs"] = _outputs(folder, design, faces)
    _put(folder, pages.sheets(design, record, pictures))
    watch("")
    record["outputs"] = _outputs(folder, design, faces)
    _put(folder, {RECORD: _json(record)})
    _put(folder, {SUMS: sums_bytes(folder)})
    _put(folder, {RUN: sealed_run(_run(watch), folder)})
    crashed = any(isinstance(step.exception(), StepFailed) for step in steps.values())
    return Outcome(record, design.status, tuple(remarks), crashed)


def write_folder(
    target: Path,
    name: str,
    record: Mapping[str, Any],
    files: Mapping[str, bytes],
    overwrite: bool,
) -> None:
    """A folder of one record, as `name`, and what belongs to it, whole."""
    with workspace(target, overwrite) as folder:
        _put(folder, {name: _json(record), **files})


def _step_report(step: Future[StepReport], remarks: list[str]) -> StepReport | None:
    """What is said of a STEP file; where it could not be made, a remark instead."""
    try:
        return step.result()
    except (StepUnavailable, StepFailed) as failure:
        if str(failure) not in remarks:
            remarks.append(str(failure))
        return None


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _json(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(plain(record), indent=1, ensure_ascii=False) + "\n").encode()


def _fields(design: Design) -> dict[str, bytes]:
    """fe/*.vtu: displacements and stresses of every load case, and pressure on the skin."""
    files = {}
    for result in design.verified.cases:
        case = result.case
        if result.trouble:
            continue
        stress = result.stress
        files[f"fe/{case.name}.vtu"] = vtu_bytes(
            design.model.mesh,
            {
                "displacement_mm": result.displacement,
                "von_mises_inner_mpa": stress[:, 0],
                "von_mises_middle_mpa": stress[:, 1],
                "von_mises_outer_mpa": stress[:, 2],
                "thickness_mm": design.model.thickness,
            },
            {"solid": design.model.element_weight},
        )
    if design.skin is not None:
        pressures = {
            f"{case.case}_kpa": case.pressure_kpa for case in design.skin.cases if not case.message
        }
        files["fe/skin.vtu"] = vtu_bytes(
            design.model.mesh, pressures, {"solid": design.model.element_weight}
        )
    return files


def _curve(design: Design, identity: str) -> dict[str, bytes]:
    """The moment-angle table, where the orthosis claims the sagittal plane."""
    if design.stiffness is None:
        return {}
    return {CURVE_NAME: curve_bytes(design, design.stiffness, identity)}


def curve_bytes(design: Design, measured: Stiffness, identity: str) -> bytes:
    """The moment over the ankle angle for OpenSim and PredSim; see `design.handoff`."""
    neutral = design.prescription.neutral_angle_deg
    one = handoff(measured.curve, neutral, design.limb.side.value, CURVE_DEG)
    values = {
        "design_id": identity,
        "design_status": design.status.value,
        "software": f"afo_designer {software_version()}",
        **handoff_values(one),
    }
    notes = handoff_notes(one, linear=measured.run is None)
    return sto_bytes("afo_moment_angle", one.columns, notes, values)


def _outputs(
    folder: Path, design: Design, faces: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """The files written so far, by name, with digests; the STEP files' `faces` by name.

    `text_faces` are those of its faces that belong to the mark.
    """
    counts = {part.stem: len(part.mesh.triangles) for part in design.parts}
    entries = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix == ".part":
            continue
        content = path.read_bytes()
        entry: dict[str, Any] = {
            "path": path.relative_to(folder).as_posix(),
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "unit": UNITS.get(path.suffix, "mm"),
        }
        stem = path.stem.removeprefix(NOT_FOR_PRINT)
        if path.suffix in (".stl", ".3mf", ".glb") and stem in counts:
            entry["triangles"] = counts[stem]
        entry |= faces.get(path.name, {})
        entries.append(entry)
    return entries


def _run(watch: Stopwatch) -> dict[str, Any]:
    """Times and host facts."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        "finished_utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": {**watch.seconds, "total": sum(watch.seconds.values())},
        "peak_memory_mb": {"process": own / 1024.0, "largest_child": children / 1024.0},
        "machine": {
            "system": platform.system(),
            "machine": platform.machine(),
            "processors": os.cpu_count(),
        },
        "python": platform.python_version(),
        "packages": {
            "afo-designer": software_version(),
            **{name: version(name) for name in PACKAGES},
        },
    }
