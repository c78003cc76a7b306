"""A record as `afo design` leaves it in design.json, complete and with plausible figures."""

from typing import Any


def parameter(value: float | str, unit: str, source: str = "default") -> dict[str, Any]:
    return {"value": value, "unit": unit, "source": source}


def check(name: str, value: Any, limit: Any, unit: str, verdict: str, message: str) -> dict:
    return {
        "id": name,
        "value": value,
        "limit": limit,
        "unit": unit,
        "verdict": verdict,
        "message": message,
    }


def loadcase(
    turn: float, moment: float, stress: float, factor: float, verdict: str = "pass", **more: Any
) -> dict:
    case = {
        "moment_nm": moment,
        "rotation_deg": turn,
        "direction": "sagittal",
        "max_von_mises_mpa": stress,
        "max_principal_mpa": 0.9 * stress,
        "criterion": "von Mises stress",
        "limit_mpa": 38.9,
        "limit_source": "0.8 × ultimate: data sheet",
        "limit_recalled": True,
        "safety_factor": factor,
        "position_mm": [12.0, 3.5, 92.0],
        "place": "leaf at the ankle, medial edge",
        "verdict": verdict,
        "source": "engineering estimate",
        "capped": False,
        "trouble": "",
    }
    return {**case, **more}


def moment(turn: float) -> float:
    """Of the example's orthosis in large rotations: stiffer the further the toes go down."""
    return -0.9 * turn + 0.012 * turn * turn * (1.0 if turn < 0.0 else 0.8)


def pressed(turn: float, own: float, leaf: tuple[float, float], strap: float) -> dict[str, Any]:
    def part(mean: float, peak: float, place: str) -> dict[str, Any]:
        return {
            "mean_kpa": mean,
            "peak_kpa": peak,
            "area_mm2": 1500.0,
            "force_n": 20.0,
            "position_mm": [11.2, 15.0, 79.8],
            "place": place,
        }

    return {
        "rotation_deg": turn,
        "moment_nm": own,
        "sliding_moment_nm": moment(turn),
        "strap_n": strap,
        "regions": {
            "calf_band": part(3.3, 8.6, "calf band, medial side"),
            "leaf": part(*leaf, "leaf above the ankle, lateral edge"),
            "calf_strap": part(16.5, 30.8, "calf band, medial edge"),
        },
        "reason": None,
    }


SKIN = {
    "unvalidated": "an estimate",
    "limits_kpa": {"mean": 20.0, "peak": 50.0, "free_zone": 0.2},
    "cases": {
        "second_rocker": pressed(9.0, -4.78, (13.3, 46.9), 26.4),
        "push_off": pressed(-23.0, 48.4, (32.7, 259.8), 75.2),
    },
    "free_zones": {
        "fibular_head": {
            "position_mm": [60.0, 40.0, 400.0],
            "radius_mm": 25.0,
            "peak_kpa": 0.0,
            "covered_mm2": 0.0,
        },
        "electrode": {
            "position_mm": [60.0, 40.0, 380.0],
            "radius_mm": 25.0,
            "peak_kpa": 4.2,
            "covered_mm2": 310.0,
        },
    },
    "unseen": ["medial_malleolus"],
    "tissue": {
        "youngs_modulus_mpa": 0.06,
        "poissons_ratio": 0.45,
        "calf_mm": 15.0,
        "bone_mm": 5.0,
        "source": "recalled; engineering estimate",
    },
    "bed_mpa_per_mm": {"low": 0.015, "high": 0.046},
    "reason": None,
}

GRADING = {
    "graded": True,
    "reason": None,
    "values": {"grade_1": 0.9, "grade_3": 1.2},
    "stress_share": 0.81,
    "mass_share": 1.04,
    "overload": 1.37,
    "solves": 31,
    "wall": [[10.0 * n, 3.0 + 0.1 * n] for n in range(20)],
    "wall_is": "[mm along the midline, wall in mm]",
}

CHECKS = [
    check("mesh_closed", True, True, "", "pass", "Every edge is shared by two triangles."),
    check("self_intersections", 0, 0, "", "pass", "No triangle crosses another."),
    check("min_wall", 2.02, 2.0, "mm", "pass", "The thinnest wall is printable."),
    check("stiffness_error", 0.8, 5.0, "%", "pass", "The target is met."),
    check("clearance_p5", 0.61, 0.5, "mm", "pass", "The shell keeps off the skin."),
    check("relief_medial_malleolus", 4.9, 5.0, "mm", "pass", "Relief as asked for."),
    check("strength_loading", 2.61, 1.5, "", "pass", "Loading stays below the allowable stress."),
    check("strength_stumble", 1.37, 1.5, "", "warn", "A stumble leaves little reserve."),
    check("fatigue", 7.4, 11.0, "MPa", "pass", "A year of steps stays below the fatigue limit."),
    check("donning_strain", 0.9, 1.5, "%", "pass", "The walls spread enough for the ankle."),
    check("pose_correction", 16.5, 15.0, "deg", "warn", "The foot was brought up by 16.5°."),
    check("plate_in_shoe", 254.0, 259.0, "mm", "pass", "The footplate fits the insole."),
    check("fits_printer_mjf_5200", 371.0, 380.0, "mm", "pass", "Fits an MJF 5200."),
]

PARAMETERS = {
    "cast.clearance_mm": parameter(1.0, "mm"),
    "cast.relief.medial_malleolus_mm": parameter(5.0, "mm"),
    "cast.relief.lateral_malleolus_mm": parameter(5.0, "mm"),
    "shell.calf.band_height_mm": parameter(55.0, "mm", "template"),
    "shell.calf.thickness_mm": parameter(3.1, "mm", "template"),
    "shell.leaf.thickness_mm": parameter(4.27, "mm", "tuned"),
    "shell.leaf.width_mm": parameter(42.0, "mm", "template"),
    "shell.footplate.thickness_mm": parameter(2.4, "mm"),
    "shell.footplate.toe_thickness_mm": parameter(1.9, "mm"),
    "shell.straps.calf_strap_width_mm": parameter(38.0, "mm", "user"),
    "shell.straps.calf_strap_below_top_mm": parameter(28.0, "mm"),
    "shell.straps.instep_strap_width_mm": parameter(0.0, "mm"),
    "shell.straps.slot_width_mm": parameter(5.0, "mm"),
}

PRESCRIPTION = {
    "target_stiffness_nm_per_deg": 1.12,
    "interval_nm_per_deg": {"low": 0.74, "median": 1.1, "high": 1.58, "coverage": 0.9},
    "neutral_angle_deg": 3.0,
    "heel_pitch_deg": 2.6,
    "shank_to_vertical_angle_deg": 5.6,
    "prescriber": "clinic 7",
    "goals": ["swing clearance", "loading control"],
    "by_goal": {
        "swing clearance": {
            "value_nm_per_deg": 0.61,
            "interval_nm_per_deg": {"low": 0.38, "high": 1.13},
        },
        "loading control": {
            "value_nm_per_deg": 1.05,
            "interval_nm_per_deg": {"low": 0.7, "high": 1.4},
        },
    },
    "not_examined": ["quadriceps_mmt", "hindfoot", "oedema"],
    "warnings": [
        "Sensation is reduced: check the skin after 20 minutes of first wear, then daily.",
        "Evertors are weak (MRC 3): a leaf holds the foot up but does not steady it sideways.",
    ],
    "basis": [
        {
            "name": "normal dorsiflexion torque",
            "value": 35.4,
            "unit": "N·m",
            "source": "norm table",
        },
        {"name": "sustainable share of strength", "value": 0.3, "source": "assumed"},
        {"name": "calf slack in swing", "value": "0.35 to 1", "source": "assumed"},
        "The moment of passive calf tissue follows an exponential through two published anchors.",
    ],
    "sources": ["Chung 2004 (calf torque)", "Yamamoto / Alam 2014 (oil-damper range)"],
}

STIFFNESS = {
    "target": 1.12,
    "plantarflexion": 1.129,
    "dorsiflexion": 0.784,
    "tangent": 0.905,
    "geometry": "large rotations; each direction fitted from neutral over 10 deg",
    "error_percent": 0.8,
    "interval": {
        "low": 0.79,
        "high": 1.43,
        "coverage": 0.9,
        "method": "quadrature",
        "components": [
            {"name": "axis ±5 mm", "low_percent": -7.7, "high_percent": 7.7},
            {"name": "modulus +10/-30 %", "low_percent": -30.0, "high_percent": 10.0},
            {"name": "wall ±0.3 mm", "low_percent": -11.5, "high_percent": 12.1},
        ],
    },
    "moment_angle": [[3.0 + a, moment(a)] for a in range(-20, 16)],
    "stopped": None,
    "off_axis": [
        {
            "angle_deg": 3.0 + turn,
            "moment_nm": moment(turn),
            "shank_force_n": [-8.5 * moment(turn), 74.4, -52.3],
            "shank_moment_nm": [-6.8, -moment(turn), -5.1],
        }
        for turn in (-20.0, -15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0)
    ],
    "solves": 4,
    "sweeps": 2,
    "variants": {"tied": 11.86, "hanging": 0.97, "heel_clamped": 0.88},
}


def example_record(**changed: Any) -> dict[str, Any]:
    """A fresh record; `changed` replaces whole top-level sections."""
    record: dict[str, Any] = {
        "schema_version": "1",
        "design_id": "3f9a1c27d45be8806a7c1d2e3f405162738495a6b7c8d9e0f1a2b3c4d5e6f708",
        "status": "warnings",
        "software": {"version": "0.1.0"},
        "scan": {
            "sha256": "ab" * 32,
            "format": "ply",
            "unit": "mm",
            "unit_source": "inferred",
            "side": "left",
            "side_source": "inferred",
            "triangles": 42000,
            "repairs": ["2 floating fragments dropped", "1 hole of 14 mm closed"],
            "grade": "good",
            "ankle_angle_deg": -13.5,
        },
        "limb": {"foot_length_mm": 248.2, "ankle_girth_mm": 221.4, "calf_girth_mm": 355.8},
        "person": {
            "person": {
                "id": "P-0042",
                "age_years": 54,
                "sex": "female",
                "height_mm": 1650,
                "mass_kg": 70,
                "side": "left",
            },
            "examination": {"dorsiflexor_mmt": "0", "sensation": "reduced"},
            "footwear": {"heel_height_difference_mm": 8.5},
        },
        "prescription": PRESCRIPTION,
        "template": "posterior_leaf_spring",
        "parameters": PARAMETERS,
        "material": {
            "name": "PA12, MJF",
            "youngs_modulus_mpa": 1700.0,
            "poissons_ratio": 0.4,
            "density_g_per_cm3": 1.01,
            "source": "data sheet",
        },
        "bench": {
            "axis_point_mm": [48.0, 0.0, 82.0],
            "axis_direction": [0.0, 1.0, 0.0],
            "cuff": "sliding",
            "reference_angle_deg": 3.0,
            "fit_range_deg": {"plantarflexion": 10.0, "dorsiflexion": 10.0},
            "geometry": "nonlinear",
            "mesh": {"nodes": 4641, "elements": 4500},
        },
        "stiffness": STIFFNESS,
        "loadcases": {
            "swing": loadcase(-2.5, 2.3, 4.4, 8.86),
            "loading": loadcase(-14.9, 17.5, 14.9, 2.61, capped=True),
            "dorsiflexion": loadcase(9.0, -13.6, 11.7, 3.33),
            "push_off": loadcase(-23.0, 26.0, 21.3, 1.83),
            "stumble": loadcase(-26.0, 31.6, 28.4, 1.37, "warn"),
            "inversion": loadcase(5.0, 4.1, 9.6, 4.06, direction="frontal"),
        },
        "fatigue": {
            "cycles_required": 1095000,
            "years": 1.0,
            "extremes": ["push_off", "second_rocker"],
            "stress_amplitude_mpa": 7.4,
            "mean_stress_mpa": 3.3,
            "allowable_mpa": 11.0,
            "life_cycles": 2.0e7,
            "life_bound": "at least",
            "across_layers": True,
            "beyond_data": False,
            "recalled": True,
            "position_mm": [12.0, 3.5, 92.0],
            "place": "leaf at the ankle, midline",
            "verdict": "pass",
        },
        "strain": {
            "max_percent": 2.34,
            "limit_percent": 4.0,
            "case": "stumble",
            "recalled": False,
            "position_mm": [12.0, 3.5, 92.0],
            "place": "leaf at the ankle, lateral edge",
            "verdict": "pass",
        },
        "sustained": {
            "case": "standing",
            "stress_mpa": 5.6,
            "allowable_mpa": 5.0,
            "stiffness_kept": 0.5,
            "recalled": True,
            "position_mm": [12.0, 3.5, 92.0],
            "place": "leaf at the ankle, midline",
            "verdict": "warn",
        },
        "buckling": {
            "linear_deg": {"dorsiflexion": 44.6, "plantarflexion": None},
            "searched_to_deg": 90.0,
            "factor": 2.48,
            "limit": 2.0,
            "case": "stumble_dorsiflexion",
            "position_mm": [12.0, 3.5, 92.0],
            "place": "leaf above the ankle, midline",
            "nonlinear_run": True,
            "unstable_from_deg": None,
            "moment_falls_from_deg": None,
            "frontal": False,
            "trouble": "",
            "verdict": "pass",
        },
        "skin": SKIN,
        "grading": GRADING,
        "fit": {
            "clearance_mm": {"p5": 0.61, "p50": 1.04, "p95": 5.2},
            "relief_mm": {
                "medial_malleolus": 4.9,
                "lateral_malleolus": 5.1,
                "navicular": 4.2,
                "fifth_metatarsal_base": 3.8,
            },
        },
        "print": {
            "watertight": True,
            "self_intersections": 0,
            "min_wall_mm": 2.02,
            "volume_mm3": 148200.0,
            "mass_g": 149.7,
            "bounding_box_mm": [262.0, 118.0, 371.0],
            "orientation": "upright",
            "fits": {"MJF 5200": True, "SLS P 396": False},
        },
        "checks": CHECKS,
        "outputs": [
            {"path": "afo.stl", "sha256": "cd" * 32, "bytes": 9_000_000, "unit": "mm"},
            {"path": "afo.3mf", "sha256": "ef" * 32, "bytes": 2_000_000, "unit": "mm"},
            {"path": "afo.step", "sha256": "01" * 32, "bytes": 1_300_000, "unit": "mm"},
        ],
    }
    return {**record, **changed}
