"""What the record's `print` says beside the figures of the mesh: see the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from afo_designer.design.printing.critical import CriticalPoint
from afo_designer.design.printing.machine import Machine
from afo_designer.design.printing.orientation import Orientation
from afo_designer.design.printing.printed import PROP_DEG, Printed
from afo_designer.design.printing.split import Split
from afo_designer.mechanics.handling import Finish
from afo_designer.mechanics.material import Material

LOOSE = "limb frame; no machine of the list prints this material: the maker chooses"
# What of several parts' estimates is added up.
ADDED = (
    "charged_machine_h",
    "material_g",
    "support_g",
    "material_eur",
    "machine_eur",
    "labour_eur",
    "cost_eur",
)


def print_record(
    printed: Sequence[Printed],
    machines: Sequence[Machine],
    material: Material,
    finish: Finish,
    critical: Sequence[CriticalPoint],
) -> dict[str, Any]:
    """`orientation` in a sentence, and of the part: machines, overhang, estimate and so on.

    Where there are several parts, `by_part` has all of it for each; above it stand the thinnest
    wall, the estimates added up (the longest build), and else the first part's.
    """
    parts = [_part(one, machines) for one in printed]
    thinnest = parts[int(np.argmin([one.wall.least for one in printed]))]
    return {
        **parts[0],
        **({} if len(parts) == 1 else _together(printed, parts)),
        "wall_by_rays_mm": thinnest["wall_by_rays_mm"],
        "critical_thickness": [
            {
                "place": one.place,
                "position_mm": one.position,
                "nominal_mm": one.nominal,
                "low_mm": one.low,
                "high_mm": one.high,
                "process_mm": one.process_mm,
                "kept_by_process": one.kept_by_process,
            }
            for one in critical
        ],
        "finish": asdict(finish),
        "handling": asdict(material.handling),
        "by_part": {one.name: part for one, part in zip(printed, parts, strict=True)}
        if len(parts) > 1
        else {},
    }


def _part(one: Printed, machines: Sequence[Machine]) -> dict[str, Any]:
    lies = one.orientation
    return {
        "orientation": LOOSE if lies is None else " ".join(lies.reasons),
        "recommended": None if lies is None else _recommended(lies),
        "wall_by_rays_mm": {
            "least": one.wall.least,
            "p5": one.wall.quantile(0.05),
            "p50": one.wall.quantile(0.50),
            "p95": one.wall.quantile(0.95),
            "position_mm": one.wall.place,
        },
        "least_gap_mm": {"least": one.gap.least, "position_mm": one.gap.place},
        "trapped_powder": {
            "voids_mm3": one.trap.voids_mm3,
            "pocket_mm2": one.trap.pocket_mm2,
            "position_mm": one.trap.place,
        },
        "machines": {machine.name: _machine(one, machine) for machine in machines},
        "overhang": None
        if lies is None or lies.overhang is None
        else {
            **asdict(lies.overhang),
            "angle_deg": None if lies.machine is None else lies.machine.overhang_angle_deg,
        },
        "overhang_by_direction": {
            "angle_deg": PROP_DEG,
            "each": [asdict(way) for way in one.hanging],
            "are": "limb axes up and down, then the recommended direction",
        },
        "estimate": None if lies is None or lies.estimate is None else _estimate(lies),
        "split": None if one.split is None else _split(one.split),
    }


def _together(printed: Sequence[Printed], parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The sentences of all parts, and their estimates as one."""
    said = [f"{one.name}: {part['orientation']}" for one, part in zip(printed, parts, strict=True)]
    made = [part["estimate"] for part in parts]
    if any(one is None for one in made):
        return {"orientation": " ".join(said), "estimate": None}
    added = {
        key: None
        if any(one[key] is None for one in made)
        else sum(each.quantity * one[key] for each, one in zip(printed, made, strict=True))
        for key in ADDED
    }
    longest = max(made, key=lambda one: float(one["build_h"]))
    return {"orientation": " ".join(said), "estimate": {**longest, **added}}


def _recommended(lies: Orientation) -> dict[str, Any]:
    return {
        "machine": None if lies.machine is None else lies.machine.name,
        "build_direction": lies.build_direction,
        "axes": lies.attitude.axes,
        "axes_are": "rows: the machine's length, width and height (build direction) in limb axes",
        "extents_mm": lies.attitude.extents,
        "layer_pull": lies.layer_pull,
        "layer_pull_allowed": lies.pull_allowed,
        "used_by_mechanics": lies.fixed,
        "reasons": lies.reasons,
    }


def _machine(one: Printed, machine: Machine) -> dict[str, Any]:
    attitude = one.attitudes[machine.name]
    return {
        "process": machine.process,
        "volume_mm": machine.volume_mm,
        "fits": attitude.fits,
        "fullness": attitude.excess,
        "extents_mm": attitude.extents,
        "axes": attitude.axes,
    }


def _estimate(lies: Orientation) -> Mapping[str, Any]:
    found = lies.estimate
    assert found is not None
    return {
        "layers": found.layers,
        "build_h": found.build_h,
        "charged_machine_h": found.charged_h,
        "material_g": found.material_g,
        "support_g": found.support_g,
        "material_eur": found.material_eur,
        "machine_eur": found.machine_eur,
        "labour_eur": found.labour_eur,
        "cost_eur": found.cost_eur,
        "formula": found.formula,
        "assumptions": [asdict(one) for one in found.assumptions],
    }


def _split(split: Split) -> dict[str, Any]:
    return {
        "point_mm": split.point,
        "normal": split.normal,
        "machine": split.machine.name,
        "stress_share": split.stress_share,
        "unvalidated": "the joint between the pieces is not computed",
    }
