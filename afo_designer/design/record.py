"""Record: what a design was made from and what came out, as design.json holds it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from afo_designer.cast.step import Relieved, Step
from afo_designer.design.checks.check import Check
from afo_designer.design.checks.registry import rule_of
from afo_designer.design.deformation import sideways
from afo_designer.design.fitting_record import fitting_record
from afo_designer.design.frontal import REASON, REMARK
from afo_designer.design.hinge_record import hinge_record
from afo_designer.design.loadcase import SAGITTAL_CASES, fatigue_demand
from afo_designer.design.outlook import designed_outlook
from afo_designer.design.parameters import parameter_record
from afo_designer.design.person import person_record
from afo_designer.design.pipeline import Design
from afo_designer.design.place import place_name
from afo_designer.design.plain import plain
from afo_designer.design.prescription import prescription_record
from afo_designer.design.printing.print_record import print_record
from afo_designer.design.shoe_record import shoe_record
from afo_designer.design.skin import NONE_KPA, CasePressure
from afo_designer.design.software import software_version
from afo_designer.design.stability import FURTHEST_DEG
from afo_designer.design.stiffness import Stiffness
from afo_designer.design.stiffness_interval import StiffnessInterval
from afo_designer.design.verification import SUSTAINED, CaseResult, Strength, Verified
from afo_designer.geometry.array import FloatArray
from afo_designer.limb.limb import Limb
from afo_designer.mechanics.bench import HalfSpace
from afo_designer.mechanics.moment_angle import FIT_DEG

SCHEMA_VERSION = "1.0"
# The moment-angle curve is written at every whole degree from neutral within these, the range of
# mechanics notes §2, as far as the bench was run.
CURVE_DEG = (-20, 15)
# Verdict of a load case that the orthosis does not answer to.
NOT_APPLICABLE = "not applicable"
NOT_CLAIMED: Mapping[str, Any] = {"verdict": NOT_APPLICABLE, "reason": REASON}
# Points of the leaf's wall that are written.
WALL_POINTS = 41


def design_id(inputs: Mapping[str, Any]) -> str:
    """SHA-256 over the inputs as canonical JSON and the package version."""
    text = json.dumps({**inputs, "version": software_version()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def scan_record(limb: Limb) -> dict[str, Any]:
    """The record's `scan`, `landmarks` and `limb` sections."""
    scan = limb.scan
    to_limb = limb.frame_from_scan.matrix @ np.diag([scan.mm_per_unit] * 3 + [1.0])
    to_file = np.linalg.inv(to_limb)
    return plain(
        {
            "scan": {
                "sha256": scan.sha256,
                "format": scan.format,
                "unit": scan.unit,
                "unit_source": scan.unit_source,
                "side": limb.side.value,
                "side_source": limb.side_source,
                "triangles": len(scan.mesh.triangles),
                "repairs": list(scan.repairs),
                "grade": limb.grade,
                "ankle_angle_deg": np.degrees(limb.ankle_angle),
                "matrix_file_to_limb": to_limb,
                "notes": list(limb.notes),
            },
            "landmarks": {
                name: {
                    "position_mm": mark.position,
                    "position_in_file": to_file[:3, :3] @ mark.position + to_file[:3, 3],
                    "source": mark.source.value,
                    "confidence": mark.confidence,
                }
                for name, mark in limb.landmarks.items()
            },
            "limb": {
                "foot_length_mm": limb.foot_length,
                "ankle_girth_mm": limb.ankle_girth,
                "calf_girth_mm": limb.calf_girth,
                "ankle_centre_mm": limb.ankle_centre,
                "ankle_axis": limb.ankle_axis,
                "top_height_mm": limb.top_height,
                **stance_record(limb),
            },
        }
    )


def stance_record(limb: Limb) -> dict[str, Any]:
    """How the leg stood: angles in degrees with their standard deviations, None where not shown."""
    stance = limb.stance
    angles = {
        "ankle_angle": stance.ankle_angle,
        "inversion": stance.inversion,
        "toe_out": stance.toe_out,
        "shank_to_vertical": stance.shank_to_floor or stance.ankle_angle,
    }
    record: dict[str, Any] = {}
    for name, angle in angles.items():
        record[f"{name}_deg"] = None if angle is None else np.degrees(angle.value)
        record[f"{name}_sd_deg"] = None if angle is None else np.degrees(angle.sd)
    return {
        **record,
        "vertical_from": "sole" if stance.shank_to_floor is None else "floor",
        "malleolar_axis": {
            "rotation_deg": np.degrees(stance.malleolar_rotation.value),
            "tilt_deg": np.degrees(stance.malleolar_tilt.value),
            "sd_deg": np.degrees(stance.malleolar_rotation.sd),
        },
        "knee": stance.knee.value,
        "loading": stance.loading.value,
    }


def stance_lines(record: Mapping[str, Any]) -> list[str]:
    """What the record's `limb` section says of the stance, in lines for a person."""

    def said(name: str) -> str:
        value = record[f"{name}_deg"]
        return "not shown" if value is None else f"{value:.1f} ± {record[f'{name}_sd_deg']:.1f} deg"

    axis = record["malleolar_axis"]
    lines = [
        f"Ankle angle {said('ankle_angle')} (dorsiflexion positive), inversion "
        f"{said('inversion')}, toe-out {said('toe_out')}.",
        f"Malleolar axis: lateral end {axis['rotation_deg']:.0f} deg behind and "
        f"{axis['tilt_deg']:.0f} deg below (± {axis['sd_deg']:.0f}).",
        f"Knee {record['knee']}; foot {record['loading'].replace('_', ' ')}.",
    ]
    if record["vertical_from"] == "floor":
        lines.append(f"Shank to the vertical of the scanned floor {said('shank_to_vertical')}.")
    return lines


def design_record(design: Design, identity: str) -> dict[str, Any]:
    """Everything of the record but `outputs`, which only the written files can tell."""
    return {
        "schema_version": SCHEMA_VERSION,
        "design_id": identity,
        "status": design.status.value,
        "software": {"version": software_version()},
        **scan_record(design.limb),
        **plain(
            {
                "person": person_record(design.person),
                "prescription": {
                    **prescription_record(design.prescription, design.family),
                    "override": design.override,
                },
                "gait": designed_outlook(design.person, design.prescription, design.stiffness),
                "template": design.template.name,
                "family": _family(design),
                "parameters": parameter_record(design.chosen),
                "material": _material(design),
                "bench": _bench(design),
                "stiffness": _stiffness(design),
                "loadcases": _loadcases(design),
                **strength_record(design.verified),
                "buckling": _buckling(design),
                "skin": _skin(design),
                "grading": _grading(design),
                "cast": _cast(design),
                "fit": _fit(design),
                "footplate": _footplate(design),
                "pads": _pads(design),
                "shoe": shoe_record(design.shoe),
                "hinge": hinge_record(design.shell, design.positive, design.motion),
                "windows": None if design.ventilation is None else asdict(design.ventilation),
                "fitting": _fitting(design),
                "print": _print(design),
                "checks": [_check(check) for check in design.checks],
                "warnings": list(design.warnings),
            }
        ),
    }


def _family(design: Design) -> dict[str, Any]:
    one = design.template
    return {
        "title": one.title,
        "family": one.family,
        "classification": one.classification,
    }


def _material(design: Design) -> dict[str, Any]:
    one = design.material
    values = {key: value for key, value in asdict(one).items() if key != "provenance"}
    return {
        **values,
        "strength_mpa": one.strength_mpa,
        "strength_basis": one.strength_basis,
        "unverified": list(one.unverified),
        "source": {item.key: item.source for item in one.provenance},
    }


def _half_spaces(region: tuple[HalfSpace, ...]) -> list[dict[str, Any]]:
    return [{"point_mm": half.point, "normal": half.normal} for half in region]


def _bench(design: Design) -> dict[str, Any]:
    bench = design.bench
    return {
        "axis_point_mm": bench.axis_point,
        "axis_direction": bench.axis_direction,
        "shank_axis": bench.shank_axis,
        "footplate_clamp": _half_spaces(bench.footplate_clamp),
        "calf_band": _half_spaces(bench.calf_band),
        "cuff": bench.cuff.value,
        "reference_angle_deg": design.prescription.neutral_angle_deg,
        "fit_range_deg": {"plantarflexion": FIT_DEG, "dorsiflexion": FIT_DEG},
        "geometry": "linear" if _linear(design) else "nonlinear",
        "mesh": {
            "nodes": len(design.model.mesh.vertices),
            "elements": design.model.mesh.cell_count,
        },
    }


def _linear(design: Design) -> bool:
    """Whether the bench was run in small displacements alone."""
    if design.stiffness is None:
        return design.verified.linear
    return design.stiffness.run is None


def _stiffness(design: Design) -> dict[str, Any]:
    one, neutral = design.stiffness, design.prescription.neutral_angle_deg
    if one is None:
        return _frontal(design)
    angles = [float(a) for a in range(CURVE_DEG[0], CURVE_DEG[1] + 1) if one.curve.within(a)]
    return {
        "target": one.target,
        "plantarflexion": one.plantarflexion,
        "dorsiflexion": one.dorsiflexion,
        "tangent": one.linear,
        "geometry": "linear: past the stop, and with the stop open"
        if design.motion is not None
        else "linear: both directions are equal by construction"
        if one.run is None
        else "large rotations; each direction fitted from neutral over 10 deg",
        "error_percent": one.error_percent,
        "way": one.way,
        "interval": _interval(one.interval),
        "moment_angle": [[angle + neutral, one.curve.moment_at(angle)] for angle in angles],
        "stopped": None if one.run is None or not one.run.message else one.run.message,
        "off_axis": _off_axis(one, neutral),
        "solves": one.tuned.solves,
        "sweeps": one.sweeps,
        "reached": one.tuned.reached,
        "reach": one.tuned.reach,
        "variants": one.variants,
        "variants_are": "tangents at neutral, linear; that of the default cuff is `tangent`",
        "frontal": design.verified.frontal_stiffness,
        "unvalidated": "isolated brace on a rigid foot, physically unvalidated: ±25–30 %",
    }


def _frontal(design: Design) -> dict[str, Any]:
    """The sagittal figures are None, with the reason; the frontal plane's stand for themselves."""
    one = design.frontal
    sagittal = ("target", "plantarflexion", "dorsiflexion", "tangent", "error_percent", "interval")
    return {
        **dict.fromkeys(sagittal),
        "moment_angle": [],
        "off_axis": [],
        "variants": {},
        "frontal": design.verified.frontal_stiffness,
        "frontal_plane": None
        if one is None
        else {
            "inversion": one.inversion,
            "eversion": one.eversion,
            "tangent": one.linear,
            "interval": _interval(one.interval),
            "geometry": "linear: both directions are equal by construction"
            if design.verified.linear
            else "large rotations; secants to 5 deg each way",
            "axis_direction": sideways(design.bench).axis_direction,
            "remark": REMARK,
        },
        "reason": REASON,
    }


def _interval(one: StiffnessInterval) -> dict[str, Any]:
    return {
        "low": one.low,
        "high": one.high,
        "coverage": one.coverage,
        "method": one.method,
        "components": [
            {"name": name, "low_percent": 100.0 * low, "high_percent": 100.0 * high}
            for name, low, high in one.components
        ],
    }


def _off_axis(one: Stiffness, neutral: float) -> list[dict[str, Any]]:
    """What the shank exerts at every computed angle: limb axes, moments about the axis point."""
    if one.run is None:
        return []
    run = one.run
    return [
        {"angle_deg": angle + neutral, "moment_nm": own, "shank_force_n": f, "shank_moment_nm": m}
        for angle, own, f, m in zip(
            run.states, run.curve.moments_nm, run.shank_force_n, run.shank_moment_nm, strict=True
        )
    ]


def _loadcases(design: Design) -> dict[str, Any]:
    """Every case; those on a curve that there is not are not applicable."""
    absent = () if design.stiffness is not None else SAGITTAL_CASES
    return {
        **{
            name: {"direction": "sagittal", "verdict": NOT_APPLICABLE, "reason": REASON}
            for name in absent
        },
        **cases_record(design.verified.cases),
    }


def cases_record(cases: Sequence[CaseResult]) -> dict[str, Any]:
    """Load cases by name."""
    return {
        result.case.name: {
            "moment_nm": result.moment_nm,
            "rotation_deg": result.case.rotation_deg,
            "direction": result.case.direction.value,
            "max_von_mises_mpa": result.max_von_mises,
            "max_principal_mpa": result.max_principal,
            "criterion": result.criterion,
            "limit_mpa": result.limit,
            "limit_source": result.limit_source,
            "limit_recalled": result.recalled,
            "safety_factor": result.safety_factor,
            "position_mm": _point(result.position),
            "place": result.place,
            "verdict": result.verdict,
            "source": result.case.source,
            "capped": result.case.capped,
            "trouble": result.trouble,
        }
        for result in cases
    }


def strength_record(found: Strength | Verified) -> dict[str, Any]:
    """The verdicts beside the load cases: fatigue, strain and sustained load."""
    return {
        "fatigue": _fatigue(found),
        "strain": _strain(found),
        "sustained": _sustained(found),
    }


def _fatigue(found: Strength | Verified) -> Mapping[str, Any]:
    """Numbers are None where an extreme of the step has no state."""
    one = found.fatigue
    if one is None:
        return NOT_CLAIMED

    def known(name: str) -> Any:
        return getattr(one.found, name, None)

    return {
        "cycles_required": one.demand.cycles_required,
        "years": one.demand.years,
        "extremes": [one.demand.plantarflexion_case, one.demand.dorsiflexion_case],
        "stress_amplitude_mpa": known("amplitude"),
        "mean_stress_mpa": known("mean"),
        "allowable_mpa": known("allowable"),
        "allowable_cycles": known("data_cycles"),
        "utilisation": known("utilisation"),
        "life_cycles": known("life_cycles"),
        "life_bound": known("bound"),
        "beyond_data": known("beyond_data"),
        "across_layers": known("across"),
        "recalled": known("recalled"),
        "position_mm": _point(one.position),
        "place": one.place,
        "verdict": one.verdict,
    }


def _strain(found: Strength | Verified) -> Mapping[str, Any]:
    one = found.strain
    if one is None:
        return NOT_CLAIMED
    return {
        "max_percent": one.percent,
        "limit_percent": one.limit,
        "case": one.case,
        "recalled": one.recalled,
        "position_mm": _point(one.position),
        "place": one.place,
        "verdict": one.verdict,
    }


def _sustained(found: Strength | Verified) -> Mapping[str, Any]:
    """Numbers are None where standing has no state or the material no data."""
    one = found.sustained
    if one is None:
        return NOT_CLAIMED
    return {
        "case": SUSTAINED,
        "stress_mpa": getattr(one.found, "stress", None),
        "allowable_mpa": getattr(one.found, "limit", None),
        "stiffness_kept": getattr(one.found, "stiffness_kept", None),
        "recalled": getattr(one.found, "recalled", None),
        "position_mm": _point(one.position),
        "place": one.place,
        "verdict": one.verdict,
    }


def _buckling(design: Design) -> dict[str, Any]:
    """Rotations in degrees; None beyond the range searched and where none was met."""
    one = design.verified.stability
    return {
        "linear_deg": one.levels_deg,
        "searched_to_deg": FURTHEST_DEG,
        "factor": one.factor,
        "limit": one.limit,
        "case": one.case,
        "position_mm": _point(one.position),
        "place": one.place,
        "nonlinear_run": one.confirmed,
        "unstable_from_deg": one.unstable_deg,
        "moment_falls_from_deg": one.slack_deg,
        "frontal": one.frontal,
        "trouble": one.trouble,
        "verdict": one.verdict,
    }


def _skin(design: Design) -> dict[str, Any]:
    """An estimate; without a sweep none is made, and the reason is said."""
    one = design.skin
    if one is None:
        return {
            "cases": {},
            "free_zones": {},
            "reason": REASON
            if design.stiffness is None
            else "Contact with the limb is computed in large rotations only, which a hinge is not."
            if design.motion is not None
            else "Contact with the limb is computed in large rotations only, not by --fast.",
        }
    return {
        "unvalidated": "an estimate: tissue data and limits are engineering choices, unvalidated; "
        "no friction, the sole left out",
        "limits_kpa": {**one.limits_kpa, "free_zone": NONE_KPA},
        "cases": {case.case: _pressed(design, case) for case in one.cases},
        "free_zones": {
            zone.name: {
                "position_mm": zone.position,
                "radius_mm": zone.radius_mm,
                "peak_kpa": zone.peak_kpa,
                "covered_mm2": zone.covered_mm2,
            }
            for zone in one.zones
        },
        "unseen": list(one.unseen),
        "tissue": asdict(one.tissue),
        "bed_mpa_per_mm": {"low": one.modulus_mpa_per_mm[0], "high": one.modulus_mpa_per_mm[1]},
        "reason": None,
    }


def _pressed(design: Design, case: CasePressure) -> dict[str, Any]:
    """Numbers are None, and `reason` a sentence, where the case was not reached."""
    return {
        "rotation_deg": case.rotation_deg,
        "moment_nm": case.moment_nm,
        "sliding_moment_nm": case.sliding_moment_nm,
        "strap_n": case.strap_n,
        "regions": {
            part.region: {
                "mean_kpa": part.mean_kpa,
                "peak_kpa": part.peak_kpa,
                "area_mm2": part.area_mm2,
                "force_n": part.force_n,
                "position_mm": part.position,
                "place": place_name(design.shell, part.position),
            }
            for part in case.regions
        },
        "reason": case.message or None,
    }


def _grading(design: Design) -> dict[str, Any]:
    """The wall along the leaf; shares are over the uniform leaf of the same stiffness."""
    one, shell = design.graded, design.shell
    asked = design.chosen.parameters.tuning.graded == "yes"
    reason = (
        "A uniform leaf: none was found whose graded wall is worth making."
        if asked
        else "A uniform leaf: grading was not asked for (tuning.graded)."
    )
    stations = np.linspace(*shell.thickness.graded, WALL_POINTS)
    return {
        "graded": one is not None,
        "reason": None if one is not None else REASON if design.stiffness is None else reason,
        "values": {} if one is None else one.values,
        "stress_share": getattr(one, "stress_share", None),
        "mass_share": getattr(one, "mass_share", None),
        "overload": getattr(one, "overload", None),
        "solves": getattr(one, "solves", None),
        "wall": np.column_stack([stations - stations[0], shell.thickness(stations, 0.0)]),
        "wall_is": "[mm along the midline from the calf band's lower edge, wall in mm]",
    }


def _point(position: FloatArray) -> FloatArray | None:
    """A place, None where there is none."""
    return position if np.isfinite(position).all() else None


def _cast(design: Design) -> dict[str, Any]:
    """Every modification in its order; angles reached by re-posing; what the skin went through."""
    one, preset = design.positive, design.preset
    own = "" if preset is None else f"cast file {preset.name}"
    ankle, inversion = np.degrees(one.reposing.angles)
    return {
        "preset": None if preset is None else preset.name,
        "modifications": [
            {
                "name": step.name,
                "value": step.amount,
                "unit": step.unit,
                "source": design.chosen.source(step.key) if step.key else own,
                **_site(step),
            }
            for step in one.steps
        ],
        "reposing": {
            "ankle_angle_deg": ankle,
            "inversion_deg": inversion,
            "toe_out_change_deg": np.degrees(one.reposing.axial),
            "skin_least_stretch": one.strain.squeezed,
            "skin_most_stretch": one.strain.drawn,
            "volume_change_percent": 100.0 * one.volume_change,
        },
    }


def _site(step: Step) -> dict[str, Any]:
    """Where a relief lies, as its middle, and how it fades; nothing for what is everywhere."""
    if not isinstance(step, Relieved):
        return {"feather_mm": None, "at_mm": None, "estimated": False}
    site = step.site
    return {
        "feather_mm": site.feather_mm,
        "at_mm": site.path[len(site.path) // 2],
        "estimated": site.estimated,
    }


def _fit(design: Design) -> dict[str, Any]:
    one = design.fit
    low, middle, high = one.clearance
    return {
        "clearance_mm": {"p5": low, "p50": middle, "p95": high},
        "clearance_error_mm": one.clearance_error,
        "clearance_error_p95_mm": one.clearance_error_p95,
        "deviation_mm": {
            name: {
                "rms": part.rms,
                "p50": part.p50,
                "p95": part.p95,
                "max": part.largest,
                "mean": part.mean,
            }
            for name, part in one.deviation.items()
        },
        "surface_rms_mm": one.rms,
        "surface_p95_mm": one.p95,
        "bridged_holes_percent": 100.0 * one.unseen,
        "relief_mm": one.reliefs,
        "volume_change_percent": 100.0 * design.positive.volume_change,
        "correction_deg": np.degrees(design.positive.correction),
    }


def _footplate(design: Design) -> dict[str, Any]:
    """How far the plate reaches; its toe lever is what lies ahead of the metatarsal heads' axis."""
    outline, plate = design.shell.outline, design.positive.plate
    return {
        "length": design.chosen.parameters.shell.footplate.length,
        "length_mm": outline.front - plate.heel,
        "metatarsal_heads_mm": plate.bend_start - plate.heel,
        "toe_lever_mm": outline.front - plate.bend_start,
    }


def _pads(design: Design) -> list[dict[str, Any]]:
    """The pads that the cast has recesses for."""
    radius = design.chosen.parameters.cast.pad.radius_mm
    return [
        {"name": step.name.removesuffix("_pad"), "thickness_mm": step.amount, "radius_mm": radius}
        for step in design.positive.steps
        if step.key.startswith("cast.pad.")
    ]


def _fitting(design: Design) -> dict[str, Any]:
    target = None if design.stiffness is None else design.stiffness.target
    return fitting_record(design.fitting, target, fatigue_demand(design.person).cycles_per_year)


def _check(check: Check) -> dict[str, Any]:
    """A verdict beside what its rule protects, and whence its limit."""
    rule = rule_of(check.id)
    return {**asdict(check), "protects": rule.protects, "source": rule.source}


def _print(design: Design) -> dict[str, Any]:
    """Figures over all parts; `parts` each by itself."""
    part, density = design.part, design.material.density_g_per_cm3
    extent = part.bounds[1] - part.bounds[0]
    wall = next(check.value for check in design.checks if check.id == "min_wall")
    return {
        "watertight": all(one.mesh.is_closed for one in design.parts),
        "self_intersections": sum(one.crossings for one in design.parts),
        "min_wall_mm": wall,
        "volume_mm3": part.volume,
        "mass_g": part.volume * density / 1000.0,
        "bounding_box_mm": extent,
        "fits": design.machines,
        **print_record(
            design.printed,
            design.formed.machines,
            design.material,
            design.material.handling.finish(
                design.chosen.parameters.printing.finish, design.material.name
            ),
            design.critical,
        ),
        "parts": [
            {
                "name": one.name,
                "stem": one.stem,
                "quantity": one.quantity,
                "triangles": len(one.mesh.triangles),
                "volume_mm3": one.mesh.volume,
                "mass_g": one.mesh.volume * density / 1000.0,
                "bounding_box_mm": one.mesh.bounds[1] - one.mesh.bounds[0],
                "self_intersections": one.crossings,
            }
            for one in design.parts
        ],
    }
