"""Batch print: the parts that leave for printing, their manifest, a nesting and totals.

`print/ORDER_DESIGN8_L_r1.3mf`, a part's own name behind where a design has several; only designs
whose checks did not fail. The files are the orders' own, linked.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from afo_designer.runs.batch import RESULTS
from afo_designer.runs.batch_nesting import GAP_MM, Box, nest
from afo_designer.runs.disk import Disk, digest
from afo_designer.runs.ledger import Filed, Ledger

PRINT = "print"
MADE = ("ok", "warnings")
POWDER = "powder"
MANIFEST = (
    "file", "order_id", "design_id", "part", "side", "quantity", "revision", "material", "process",
    "finish", "colour", "due_date", "orientation_locked", "orientation", "nesting", "length_mm",
    "width_mm", "height_mm", "volume_mm3", "area_mm2", "mass_g", "min_wall_mm", "triangles", "fits",
    "bytes", "sha256",
)  # fmt: skip
TOTALS = ("files", "pieces", "mass_g", "volume_mm3")


@dataclass(frozen=True, slots=True)
class PrintFile:
    """A file for the print service: its manifest row, where it comes from, its boxes by machine."""

    row: Mapping[str, Any]
    source: Path
    filed: Filed
    machines: Mapping[str, Mapping[str, Any]]


def print_files(ledger: Ledger, folder: Path) -> Iterator[PrintFile]:
    """Every part of every design that may be printed, in the order of the tasks."""
    for task in ledger.rows():
        if task["state"] != "done" or task["status"] not in MADE:
            continue
        figures, payload = json.loads(task["findings"]), json.loads(task["payload"])
        printed = figures.get("print") or {}
        files = {one.path: one for one in ledger.files(task["number"])}
        parts = printed.get("parts") or [{"name": "", "stem": "afo", **printed}]
        for part in parts:
            filed = files.get(f"{part['stem']}.3mf")
            if filed is not None:
                source = folder / RESULTS / task["name"] / filed.path
                yield _print_file(task["name"], figures, payload, part, source, filed)


def _print_file(
    order: str,
    figures: Mapping[str, Any],
    payload: Mapping[str, Any],
    part: Mapping[str, Any],
    source: Path,
    filed: Filed,
) -> PrintFile:
    passed, printed = payload.get("passed") or {}, figures["print"]
    own = {**printed, **((printed.get("by_part") or {}).get(part["name"]) or {}), **part}
    revision = passed.get("revision", "1")
    side = str(figures["side"])[:1].upper()
    tail = f"_{part['name']}" if part["name"] else ""
    extent = own.get("bounding_box_mm") or [None] * 3
    locked = passed.get("orientation_locked") == "true"
    row = {
        "file": f"{order}_{figures['design_id'][:8]}_{side}_r{revision}{tail}.3mf",
        "order_id": order,
        "design_id": figures["design_id"],
        "part": part["name"] or "afo",
        "side": figures["side"],
        "quantity": int(passed.get("quantity", "1")) * int(part.get("quantity", 1)),
        "revision": int(revision),
        "material": figures["material"],
        "process": passed.get("process") or figures.get("process"),
        "finish": passed.get("finish"),
        "colour": passed.get("colour"),
        "due_date": passed.get("due_date"),
        "orientation_locked": locked,
        "orientation": own.get("orientation"),
        "nesting": "keep the orientation" if locked else "may be turned about the build direction",
        **dict(zip(("length_mm", "width_mm", "height_mm"), extent, strict=True)),
        "volume_mm3": own.get("volume_mm3"),
        "area_mm2": own.get("area_mm2"),
        "mass_g": own.get("mass_g"),
        "min_wall_mm": own.get("min_wall_mm"),
        "triangles": part.get("triangles"),
        "fits": ";".join(name for name, fits in (own.get("fits") or {}).items() if fits),
        "bytes": filed.bytes,
        "sha256": filed.sha256,
    }
    return PrintFile(row, source, filed, _machines(own, figures.get("process")))


def _machines(own: Mapping[str, Any], process: str | None) -> dict[str, Mapping[str, Any]]:
    """The machines of the material's process that hold the part, with its extents there."""
    found: dict[str, Mapping[str, Any]] = {}
    best = own.get("recommended") or {}
    for name, one in (own.get("machines") or {}).items():
        if process is None or one["process"] == process:
            recommended = best.get("machine") == name
            extents = best["extents_mm"] if recommended else one["extents_mm"]
            found[name] = {**one, "extents_mm": extents}
    return found


def put_print_files(files: list[PrintFile], folder: Path, disk: Disk) -> None:
    """The files under their names for the service; those that are there are kept."""
    target = folder / PRINT
    if not target.is_dir():
        disk.make(target)
    wanted = {str(one.row["file"]) for one in files}
    for path in sorted(target.iterdir()):
        if path.suffix == ".3mf" and path.name not in wanted:
            disk.remove(path)
    for one in files:
        place = target / str(one.row["file"])
        if place.exists() and (_same(place, one.source) or digest(place) == one.filed.sha256):
            continue
        draft = target / f".{place.name}.part"
        with contextlib.suppress(OSError):
            draft.unlink()
        disk.link(one.source, draft)
        disk.rename(draft, place)
        with contextlib.suppress(OSError):  # renaming one link of a file over another does nothing
            draft.unlink()


def _same(one: Path, other: Path) -> bool:
    return other.exists() and os.path.samefile(one, other)


def manifest_csv(files: list[PrintFile]) -> bytes:
    """manifest.csv: a row a file, lengths in mm, volume in mm³, area in mm², mass in g."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, MANIFEST, lineterminator="\n")
    writer.writeheader()
    for one in files:
        writer.writerow({key: _cell(one.row[key]) for key in MANIFEST})
    return stream.getvalue().encode()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else value


def manifest_json(files: list[PrintFile]) -> bytes:
    """manifest.json: the same rows unrounded, totals, and a nesting for every machine."""
    document = {
        "schema_version": 1,
        "units": {"length": "mm", "area": "mm2", "volume": "mm3", "mass": "g"},
        "files": [dict(one.row) for one in files],
        "totals": totals(files),
        "nesting": nesting(files),
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def totals(files: list[PrintFile]) -> dict[str, Any]:
    """Files, pieces, mass (g) and volume (mm³), of all and by material; quantities count."""
    of_all: dict[str, float] = dict.fromkeys(TOTALS, 0)
    by_material: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(TOTALS, 0))
    for one in files:
        pieces = one.row["quantity"]
        for total in (of_all, by_material[str(one.row["material"])]):
            total["files"] += 1
            total["pieces"] += pieces
            total["mass_g"] += pieces * (one.row["mass_g"] or 0.0)
            total["volume_mm3"] += pieces * (one.row["volume_mm3"] or 0.0)
    return {**of_all, "by_material": dict(sorted(by_material.items()))}


def nesting(files: list[PrintFile]) -> dict[str, Any]:
    """By machine: the builds that all its parts would take, and the places."""
    boxes: dict[str, list[Box]] = defaultdict(list)
    machines: dict[str, Mapping[str, Any]] = {}
    for one in files:
        for name, machine in one.machines.items():
            machines[name] = machine
            for piece in range(one.row["quantity"]):
                tail = f"#{piece + 1}" if one.row["quantity"] > 1 else ""
                boxes[name].append(Box(f"{one.row['file']}{tail}", *machine["extents_mm"]))
    found = {}
    for name, machine in sorted(machines.items()):
        done = nest(boxes[name], machine["volume_mm"], POWDER in machine["process"])
        found[name] = {
            "process": machine["process"],
            "volume_mm": machine["volume_mm"],
            "gap_mm": GAP_MM,
            "builds": len(done.heights_mm),
            "heights_mm": done.heights_mm,
            "too_large": done.too_large,
            "places": [asdict(place) for place in done.places],
        }
    return found
