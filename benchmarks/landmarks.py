"""Landmarks, side, unit and ankle angle against the truth of the shared scans.

    python benchmarks/landmarks.py [--scans FOLDER] [--quick]

Every leg is located twice: as filed, and in a random rigid pose (seeded). Errors in mm over the
landmarks of the target: malleoli, heel, metatarsal heads, toe tips. Coefficients were fitted on
population 000-049 alone, but constants were chosen with every group in view (`fit_landmarks.py`),
so 050-059 shows that the fit carries over, not what an unseen leg costs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import trimesh
from fit_landmarks import TRUTH_NAMES
from scipy.spatial.transform import Rotation

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.unit import scan_from_mesh

JUDGED = NAMES[:10]
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


def measured(case: Case, turned: Rotation | None) -> dict[str, float]:
    """Errors of one located leg: name → mm, and `side`, `unit`, `angle`, `seconds`."""
    loaded = trimesh.load(case.path, process=False)
    vertices, truth = np.array(loaded.vertices), case.truth
    if turned is not None:
        shift = turned.apply([300.0, -200.0, 700.0]) / case.mm_per_unit
        vertices = turned.apply(vertices) + shift
        truth = {name: turned.apply(place) + shift for name, place in truth.items()}
    mesh = TriMesh(vertices, loaded.faces)
    start = time.perf_counter()
    scan = scan_from_mesh(mesh, sha256="", format="stl")
    limb = locate_limb(scan)
    seconds = time.perf_counter() - start
    found = {
        name: limb.frame_from_scan.inverse.apply(mark.position)
        for name, mark in limb.landmarks.items()
    }
    errors = {
        name: float(np.linalg.norm(found[name] - place * case.mm_per_unit))
        for name, place in truth.items()
        if name in found
    }
    return errors | {
        "side": float(limb.side == case.side),
        "unit": float(np.isclose(scan.mm_per_unit, case.mm_per_unit)),
        "angle": float(np.degrees(limb.ankle_angle)) - case.angle_deg,
        "seconds": seconds,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--scans", type=Path, default=root.parent / "shared" / "scans")
    parser.add_argument("--quick", action="store_true", help="every fifth leg")
    parser.add_argument("--verbose", action="store_true", help="a line for every leg")
    options = parser.parse_args()
    turns = Rotation.random(200, random_state=7)
    results: dict[str, list[dict[str, float]]] = defaultdict(list)
    wrong = []
    for number, case in enumerate(list(cases(options.scans))[:: 5 if options.quick else 1]):
        for turned in (None, turns[number]):
            try:
                row = measured(case, turned)
            except InputRefused as refusal:
                wrong.append(f"{case.name}: refused: {refusal}")
                continue
            if not (row["side"] and row["unit"]):
                wrong.append(f"{case.name}: side right {row['side']}, unit right {row['unit']}")
            for group in (*case.groups, "all"):
                results[group].append(row)
            if options.verbose:
                listed = " ".join(f"{row[name]:5.1f}" for name in JUDGED if name in row)
                print(
                    f"{case.name:34s} {listed} | angle {row['angle']:5.1f} s {row['seconds']:.2f}"
                )
    _print_groups(results)
    _print_landmarks(results["all"])
    for refused in _refusals(options.scans):
        print(refused)
    print("\n".join(wrong) if wrong else "side and unit right on all; none refused")
    errors = _errors(results["all"])
    return 0 if not wrong and np.median(errors) <= 6.0 and np.percentile(errors, 90) <= 12.0 else 1


def _errors(rows: list[dict[str, float]]) -> list[float]:
    return [row[name] for row in rows for name in JUDGED if name in row]


def _print_groups(results: dict[str, list[dict[str, float]]]) -> None:
    print(f"{'group':20s} legs  median    p90    max | angle bias   sd  worst | seconds median max")
    for group, rows in results.items():
        errors, angle = _errors(rows), np.array([row["angle"] for row in rows])
        seconds = [row["seconds"] for row in rows]
        print(
            f"{group:20s} {len(rows):4d} {np.median(errors):7.2f} {np.percentile(errors, 90):6.2f}"
            f" {max(errors):6.2f} | {angle.mean():10.2f} {angle.std():4.2f} {abs(angle).max():6.2f}"
            f" | {np.median(seconds):14.2f} {max(seconds):3.2f}"
        )


def _print_landmarks(rows: list[dict[str, float]]) -> None:
    print(f"\n{'landmark':32s} median    p90    max")
    for name in NAMES:
        errors = [row[name] for row in rows if name in row]
        figures = np.median(errors), np.percentile(errors, 90), max(errors)
        print(f"{name:32s}" + "".join(f" {figure:6.2f}" for figure in figures))


def _refusals(scans: Path) -> Iterator[str]:
    for path in sorted((scans / "not_a_leg").glob("*.stl")):
        loaded = trimesh.load(path, process=False)
        try:
            locate_limb(scan_from_mesh(TriMesh(loaded.vertices, loaded.faces), "", "stl"))
            yield f"{path.stem}: ACCEPTED"
        except InputRefused as refusal:
            yield f"{path.stem}: {type(refusal).__name__}: {refusal}"


if __name__ == "__main__":
    sys.exit(main())
