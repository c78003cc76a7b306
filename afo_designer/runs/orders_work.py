"""Orders, work: an order as a job of `afo design`, its contents as a key, its answer as a finding.

The job is the command line itself, so a batch leaves the very bytes that a single run leaves.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from afo_designer.design.person import person_from_mapping, person_record
from afo_designer.design.plain import plain
from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.batch import OUT
from afo_designer.runs.catalogue import (
    is_file,
    load_material,
    load_preset,
    load_template,
    read_toml,
)
from afo_designer.runs.disk import digest
from afo_designer.runs.exit_code import ExitCode
from afo_designer.runs.job import Command
from afo_designer.runs.ledger import Finding, Task
from afo_designer.runs.orders_person import merged, person_toml
from afo_designer.runs.program import code_digest

PERSON = "person.toml"
LONGEST_MESSAGE = 500
REASONS = {
    int(ExitCode.INPUT_REFUSED): "input_refused",
    int(ExitCode.INFEASIBLE): "infeasible",
}
PRINTED = (
    "mass_g", "volume_mm3", "area_mm2", "min_wall_mm", "bounding_box_mm", "fits", "parts",
    "orientation", "recommended", "machines",
)  # fmt: skip


class ScanChanged(InputRefused):
    """A file that an order names can no longer be read."""


class DesignWork:
    """Orders as jobs. `fast` is the batch's own choice, for all of them."""

    def __init__(self, fast: bool) -> None:
        self._fast = fast

    def key(self, task: Task) -> str:
        """SHA-256 over scan, person, template, material, settings, code and packages."""
        one = task.payload
        person = person_from_mapping(_tables(one))
        document = {
            "kind": "design",
            "scan": _digest(one["scan"]),
            "person": plain(person_record(person)),
            "template": load_template(one["template"])[1].sha256,
            "material": load_material(one["material"])[1].sha256,
            "cast": load_preset(one["cast"])[1].sha256 if one["cast"] else None,
            "landmarks": _digest(one["landmarks"]) if one["landmarks"] else None,
            "settings": one["settings"],
            "side": one["side"],
            "unit": one["unit"],
            "fast": self._fast,
            "code": code_digest(),
        }
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

    def command(self, task: Task, folder: Path) -> Command:
        one = task.payload
        person = one["person"]
        if one["person_columns"]:
            person = str(folder / PERSON)
            Path(person).write_text(person_toml(_tables(one)), "utf-8")
        words = [sys.executable, "-P", "-m", "afo_designer", "design", one["scan"]]
        words += ["--person", person, "--template", one["template"], "--material", one["material"]]
        for name in ("side", "unit", "landmarks", "cast"):
            if one[name]:
                words += [f"--{name}", one[name]]
        for key, value in one["settings"].items():
            words += ["--set", f"{key}={value}"]
        words += ["--json", "-o", str(folder / OUT), *(["--fast"] if self._fast else [])]
        files = {one[name] for name in ("scan", "person", "landmarks")}
        files |= {one[name] for name in ("template", "material", "cast") if is_file(one[name])}
        return Command(tuple(words), inputs=tuple(word for word in words if word in files))

    def finding(self, task: Task, folder: Path, code: int) -> Finding:
        record = _json(folder / OUT / "design.json")
        if record:
            finding = design_finding(record, code)
            for part in finding.figures["print"].get("parts") or ():
                part["area_mm2"] = stl_area(folder / OUT / f"{part['stem']}.stl")
            return finding
        answer = _json(folder / "stdout")
        reason = REASONS.get(code, "usage")
        status = "failed" if code == ExitCode.INFEASIBLE else "refused"
        words = str(answer.get("error", "")) or f"The design ended with code {code}."
        return Finding(status, reason, words[:LONGEST_MESSAGE])


def design_finding(record: Mapping[str, Any], code: int) -> Finding:
    """What a design's record says: status, failed checks, the figures of results and manifest."""
    checks = _by_verdict(record)
    stops = [str(stop.get("id", "")) for stop in _at(record, "prescription", "stops") or ()]
    reasons = [f"check:{name}" for name in checks.get("fail", [])]
    if code == ExitCode.CRASHED:
        reasons.append("worker_crashed:step")
    if not reasons and record["status"] == "failed":
        reasons = [f"stop:{name}" for name in stops] or ["failed"]
    failing = next((one for one in record["checks"] if one["verdict"] == "fail"), None)
    words = str(failing.get("message", "")) if failing else ""
    stiffness, printed = record.get("stiffness") or {}, record.get("print") or {}
    figures = {
        "design_id": record["design_id"],
        "side": _at(record, "scan", "side"),
        "warnings": checks.get("warn", []),
        "stiffness_target": stiffness.get("target"),
        "stiffness_achieved": stiffness.get(stiffness.get("way") or "plantarflexion"),
        "material": _at(record, "material", "name"),
        "process": _at(record, "material", "process"),
        "print": _kept(printed)
        | {"by_part": {name: _alone(one) for name, one in (printed.get("by_part") or {}).items()}},
        "scan_sha256": _at(record, "scan", "sha256"),
    }
    return Finding(str(record["status"]), ";".join(reasons), words[:LONGEST_MESSAGE], figures)


def _kept(printed: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest and the nesting need of a record's `print`."""
    return {key: printed[key] for key in PRINTED if key in printed}


def _alone(part: Mapping[str, Any]) -> dict[str, Any]:
    """The same of one part of several: its own wall and its own machines, not those of all."""
    machines = part.get("machines") or {}
    return {
        **_kept(part),
        "min_wall_mm": _at(part, "wall_by_rays_mm", "least"),
        "fits": {name: bool(_at(one, "fits")) for name, one in machines.items()},
    }


def stl_area(path: Path) -> float | None:
    """Surface (mm²) of a binary STL that this program wrote; None where there is none."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    layout = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("rest", "<u2")])
    corners = np.frombuffer(data, layout, offset=84)["corners"].astype(np.float64)
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return 0.5 * float(np.linalg.norm(doubled, axis=1).sum())


def _by_verdict(record: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for check in record.get("checks") or ():
        found.setdefault(str(check["verdict"]), []).append(str(check["id"]))
    return found


def _at(record: Mapping[str, Any], *path: str) -> Any:
    value: Any = record
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _tables(payload: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    file = payload["person"]
    return merged(read_toml(Path(file)) if file else {}, payload["person_columns"], str(file))


def _digest(path: str) -> str:
    try:
        return digest(Path(path))
    except OSError as error:
        raise ScanChanged(f"{path} cannot be read any more: {error.strerror}.") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
