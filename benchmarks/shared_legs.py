"""The shared scans as files, with what is true of each: side, unit, landmarks, ankle angle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from posed_legs import TRUTH_NAMES

from afo_designer.geometry.array import FloatArray
from afo_designer.limb.landmarks import NAMES

IMAGED_NAMES = {
    "medial_malleolus": "malleolus_medial",
    "lateral_malleolus": "malleolus_lateral",
    "heel_posterior": "heel_posterior",
    "heel_plantar": "heel_plantar_lowest",
    "first_metatarsal_head_medial": "mt1_head_medial_geom",
    "fifth_metatarsal_head_lateral": "mt5_head_lateral_geom",
    "hallux_tip": "foot_tip_longest_toe",
    "fibular_head": "fibular_head",
    "tibial_tuberosity": "tibial_tuberosity",
}


@dataclass(frozen=True)
class Case:
    name: str
    groups: tuple[str, ...]
    path: Path
    side: str
    truth: dict[str, FloatArray]
    mm_per_unit: float
    angle_deg: float


def cases(scans: Path) -> Iterator[Case]:
    for path in sorted((scans / "makehuman").glob("*.ply")):
        yield _synthetic(path, ("clean",))
    skin = scans / "bodyparts3d" / "right_lower_leg_skin.stl"
    marks = json.loads((skin.parent / "landmarks.json").read_text())
    truth = _named(marks["skin_landmarks"], IMAGED_NAMES)
    angle = 90.0 - marks["ankle_angle_shank_to_sole_deg"]
    yield Case("bodyparts3d", ("clean", "imaged"), skin, "right", truth, 1.0, angle)
    for path in sorted((scans / "scanlike").glob("*.stl")):
        yield _scanlike(path, scans)
    for path in sorted((scans / "population").glob("*.ply")):
        group = "population 000-049" if int(path.stem) < 50 else "population 050-059"
        yield _synthetic(path, (group,))


def _synthetic(path: Path, groups: tuple[str, ...]) -> Case:
    data = json.loads(path.with_suffix(".json").read_text())
    truth = _named(data["landmarks"], {name: TRUTH_NAMES.get(name, name) for name in NAMES})
    angle = data.get("ankle_angle_deg", -data.get("plantarflexion_deg", 0.0))
    if data["synthetic_malleolar_bump_mm"] == 0.0:
        groups = (*groups, "bump 0")
    return Case(path.stem, groups, path, data["side"], truth, 1.0, angle)


def _scanlike(path: Path, scans: Path) -> Case:
    data = json.loads(path.with_suffix(".json").read_text())
    factor = 1.0 / data["unit_scale_from_mm"]
    if path.stem.startswith("bp3d"):
        marks = json.loads((scans / "bodyparts3d" / "landmarks.json").read_text())
        side, names, angle = "right", IMAGED_NAMES, 90.0 - marks["ankle_angle_shank_to_sole_deg"]
    else:
        source = next((scans / "makehuman").glob(f"{path.stem[2:4]}_*.json"))
        side = json.loads(source.read_text())["side"]
        names = {name: TRUTH_NAMES.get(name, name) for name in NAMES}
        angle = -30.0 if "pf30" in path.stem else 0.0
    return Case(
        path.stem, ("scanlike",), path, side, _named(data["landmarks"], names), factor, angle
    )


def _named(marks: dict[str, list[float]], names: dict[str, str]) -> dict[str, FloatArray]:
    return {ours: np.array(marks[theirs]) for ours, theirs in names.items() if theirs in marks}
