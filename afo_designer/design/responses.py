"""Responses: figures of a design that a study may keep, each with unit and the stage it needs.

Names are the paths of design.json; `parameters.KEY` is a parameter's value after tuning, and
`checks.fail` and `checks.warn` are numbers of checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from afo_designer.design.loadcase import SAGITTAL_CASES, frontal_cases
from afo_designer.design.parameters import DesignParameters
from afo_designer.geometry.parameter import leaves

CASES = (*SAGITTAL_CASES, *(case.name for case in frontal_cases()))


class Stage(IntEnum):
    """How far a design has to be computed for a figure."""

    LIMB = 0
    PRESCRIPTION = 1
    BENCH = 2
    """Shell and bench."""
    STRENGTH = 3
    """Stress of the load cases."""
    BODY = 4
    """The closed body's volume, without making it."""
    DESIGN = 5
    """The whole design with every check."""


@dataclass(frozen=True, slots=True)
class Response:
    """A figure: `name` as in design.json, its unit ("" for a plain number) and what it is."""

    name: str
    unit: str
    stage: Stage
    about: str


def _figures() -> Iterator[Response]:
    stiff = "N·m/deg"
    for name, unit, about in (
        ("foot_length_mm", "mm", "heel to longest toe"),
        ("ankle_girth_mm", "mm", "smallest girth above the malleoli"),
        ("calf_girth_mm", "mm", "largest girth of the calf"),
        ("ankle_angle_deg", "deg", "ankle angle of the scan"),
    ):
        yield Response(f"limb.{name}", unit, Stage.LIMB, about)
    for name, unit, about in (
        ("target_stiffness_nm_per_deg", stiff, "stiffness prescribed"),
        ("neutral_angle_deg", "deg", "ankle angle without moment"),
    ):
        yield Response(f"prescription.{name}", unit, Stage.PRESCRIPTION, about)
    for name, unit, about in (
        ("plantarflexion", stiff, "stiffness against plantarflexion"),
        ("dorsiflexion", stiff, "stiffness into dorsiflexion"),
        ("tangent", stiff, "tangent at neutral"),
    ):
        yield Response(f"stiffness.{name}", unit, Stage.BENCH, about)
    for name, unit, about in (
        ("target", stiff, "stiffness that was tuned for"),
        ("error_percent", "%", "of the target"),
        ("frontal", stiff, "stiffness about the foot's long axis"),
        ("interval.low", stiff, "lower end of the stiffness's interval"),
        ("interval.high", stiff, "upper end of the stiffness's interval"),
    ):
        yield Response(f"stiffness.{name}", unit, Stage.DESIGN, about)
    for case in CASES:
        for name, unit, about in (
            ("max_von_mises_mpa", "MPa", "largest von Mises stress"),
            ("max_principal_mpa", "MPa", "largest tension"),
            ("safety_factor", "", "strength over stress"),
            ("moment_nm", "N·m", "moment on the foot"),
            ("rotation_deg", "deg", "rotation from neutral"),
        ):
            yield Response(f"loadcases.{case}.{name}", unit, Stage.STRENGTH, f"{about}, {case}")
    for name, unit, about in (
        ("fatigue.stress_amplitude_mpa", "MPa", "stress amplitude of a step"),
        ("fatigue.mean_stress_mpa", "MPa", "mean stress of a step"),
        ("fatigue.utilisation", "", "share of the endurance that is used"),
        ("strain.max_percent", "%", "largest principal strain of the load cases"),
        ("sustained.stress_mpa", "MPa", "stress of standing long"),
    ):
        yield Response(name, unit, Stage.STRENGTH, about)
    yield Response("print.mass_g", "g", Stage.BODY, "mass of what is printed")
    yield Response("print.volume_mm3", "mm³", Stage.BODY, "volume of what is printed")
    for name, unit, about in (
        ("buckling.factor", "", "buckling rotation over the load case's"),
        ("print.min_wall_mm", "mm", "thinnest wall inside the trim"),
        ("print.self_intersections", "", "pairs of triangles that cut each other"),
        ("fit.clearance_mm.p5", "mm", "clearance over the skin, 5 %"),
        ("fit.clearance_mm.p50", "mm", "clearance over the skin, median"),
        ("fit.clearance_mm.p95", "mm", "clearance over the skin, 95 %"),
        ("fit.surface_rms_mm", "mm", "deviation from the modified limb"),
        ("fit.volume_change_percent", "%", "change of the limb's volume by the cast"),
        ("footplate.length_mm", "mm", "length of the plate"),
    ):
        yield Response(name, unit, Stage.DESIGN, about)
    for leaf, value in leaves(DesignParameters()):
        if isinstance(value, float):
            yield Response(f"parameters.{leaf.key}", leaf.unit, Stage.BENCH, leaf.about)
    for verdict in ("fail", "warn"):
        yield Response(f"checks.{verdict}", "", Stage.DESIGN, f"number of checks that {verdict}")


RESPONSES: Mapping[str, Response] = {one.name: one for one in _figures()}


def figure_of(record: Mapping[str, Any], name: str) -> float:
    """A response's value in a record, or in a part of one; NaN where the record has none."""
    section, _, rest = name.partition(".")
    if section == "checks":
        value: Any = sum(one["verdict"] == rest for one in record["checks"])
    elif section == "parameters":
        value = record["parameters"][rest]["value"]
    else:
        value = record
        for key in name.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, int | float) else float("nan")
