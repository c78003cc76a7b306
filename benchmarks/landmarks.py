"""Landmarks, their confidence, side, unit and ankle angle against the truth.

    python benchmarks/landmarks.py [--scans FOLDER] [--legs 40] [--quick] [--kept-apart]

Legs: the shared scans, each as filed and in a random rigid pose (seeded), and patients 400 onwards
of the project's generator, clean and as a scanner gives them. Of these `fit_landmarks.py` uses
`population` 000-049; constants were chosen with patients 0-399, makehuman and the leg from imaging
in view, `SURE` after scanlike and patients 400-439 had been seen. `--kept-apart` adds `population`
050-059 and patients 990-999.

The ten core landmarks are judged (malleoli, heel, metatarsal heads, toe tips); of the others the
median and 95th percentile are listed. Errors in mm. A landmark is sure from a confidence of
`landmarks.SURE` on; "sure wrong" counts those that lie further off than `landmarks.CLOSE` all the
same. Exits with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import shared_legs
import trimesh
from scipy.spatial.transform import Rotation

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.generator import SyntheticLimb, generate_limb
from afo_designer.limb.landmarks import CLOSE, NAMES, SURE
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.population import KEPT_APART, degraded, patient
from afo_designer.limb.unit import scan_from_mesh

JUDGED = NAMES[:10]
MALLEOLI = NAMES[:2]
FIRST_CHECKED = 400
# Groups and what they must reach: median, 95th percentile, malleoli's median (issue 5).
CLEAN, DEGRADED = (3.0, 8.0, 4.0), (4.0, 10.0, np.inf)
TARGETS = {
    "makehuman": CLEAN,
    "bump 0": CLEAN,
    "population 000-049": CLEAN,
    "population 050-059": CLEAN,
    "generated clean": CLEAN,
    "apart clean": CLEAN,
    "scanlike": DEGRADED,
    "generated degraded": DEGRADED,
    "apart degraded": DEGRADED,
}
REAL_MALLEOLI = 6.0
LEAST_SURE_RIGHT = 0.99
BINS = np.array([0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.97, 0.99, 1.0])


@dataclass(frozen=True)
class Case:
    name: str
    groups: tuple[str, ...]
    mesh: TriMesh  # in the file's numbers
    side: str
    truth: dict[str, FloatArray]
    mm_per_unit: float
    angle_deg: float
    turns: bool = True  # whether it is also looked at in a random pose


@dataclass(frozen=True)
class Result:
    errors: dict[str, float]
    confidence: dict[str, float]
    side: bool
    unit: bool
    angle: float
    seconds: float


@dataclass
class Tally:
    results: dict[str, list[Result]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def shared_cases(scans: Path, kept_apart: bool) -> Iterator[Case]:
    """The shared scans in this benchmark's groups, the imaged leg and makehuman each their own."""
    for known in shared_legs.cases(scans):
        if "population 050-059" in known.groups and not kept_apart:
            continue
        group = known.groups[0]
        if group == "clean":
            group = "imaged" if "imaged" in known.groups else "makehuman"
        groups = (group, "bump 0") if "bump 0" in known.groups else (group,)
        mesh = _held(known.path)
        yield Case(
            known.name, groups, mesh, known.side, known.truth, known.mm_per_unit, known.angle_deg
        )


def _held(path: Path) -> TriMesh:
    loaded = trimesh.load(path, process=False)
    return TriMesh(loaded.vertices, loaded.faces)


def generated_cases(numbers: Iterator[int], group: str) -> Iterator[Case]:
    for number in numbers:
        shape = patient(number)
        yield _generated(generate_limb(shape), f"{number} clean", f"{group} clean")
        yield _generated(
            generate_limb(degraded(shape, number)), f"{number} degraded", f"{group} degraded"
        )


def _generated(limb: SyntheticLimb, name: str, group: str) -> Case:
    truth = {name: limb.in_file(place) for name, place in limb.landmarks.items()}
    factor = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "inch": 25.4}[limb.shape.file.unit]
    return Case(
        name,
        (group,),
        limb.file_mesh,
        limb.shape.side,
        truth,
        factor,
        limb.ankle_angle_deg,
        turns=False,
    )


def measured(case: Case, turned: Rotation | None) -> Result:
    vertices, truth = np.array(case.mesh.vertices), case.truth
    if turned is not None:
        shift = turned.apply([300.0, -200.0, 700.0]) / case.mm_per_unit
        vertices = turned.apply(vertices) + shift
        truth = {name: turned.apply(np.array(place)) + shift for name, place in truth.items()}
    start = time.perf_counter()
    scan = scan_from_mesh(case.mesh.with_vertices(vertices), sha256="", format="stl")
    limb = locate_limb(scan)
    seconds = time.perf_counter() - start
    back = limb.frame_from_scan.inverse
    found = {name: back.apply(mark.position) for name, mark in limb.landmarks.items()}
    shown = [name for name in truth if name in found]
    return Result(
        {n: float(np.linalg.norm(found[n] - truth[n] * case.mm_per_unit)) for n in shown},
        {n: limb.landmarks[n].confidence for n in shown},
        str(limb.side) == case.side,
        bool(np.isclose(scan.mm_per_unit, case.mm_per_unit)),
        float(np.degrees(limb.ankle_angle)) - case.angle_deg,
        seconds,
    )


def looked_at(case: Case, turn: Rotation, tally: Tally, verbose: bool) -> None:
    for turned in (None, turn) if case.turns else (None,):
        try:
            result = measured(case, turned)
        except InputRefused as refusal:
            # a clinic's scan with another leg in it may be refused; a clean leg may not
            tally.refused[case.groups[0]] += 1
            if "degraded" not in case.groups[0]:
                tally.wrong.append(f"{case.name}: refused: {refusal}")
            elif verbose:
                print(f"{case.name}: {type(refusal).__name__}: {refusal}")
            continue
        if not (result.side and result.unit):
            tally.wrong.append(f"{case.name}: side {result.side}, unit {result.unit}")
        for group in (*case.groups, "all"):
            tally.results[group].append(result)
        if verbose:
            listed = " ".join(f"{result.errors.get(name, np.nan):5.1f}" for name in NAMES)
            print(f"{case.name:28s} {listed} | angle {result.angle:5.1f} s {result.seconds:.2f}")


def _errors(rows: list[Result], names: tuple[str, ...]) -> FloatArray:
    return np.array([row.errors[name] for row in rows for name in names if name in row.errors])


def _confidence(rows: list[Result], names: tuple[str, ...]) -> FloatArray:
    return np.array([row.confidence[name] for row in rows for name in names if name in row.errors])


def print_groups(tally: Tally) -> list[str]:
    """A line for every group; what missed its target."""
    missed = []
    print(
        f"{'group':20s} runs  median    p95    max malleoli |  sure  far sure-wrong |"
        " angle bias   sd   p95 | seconds  max"
    )
    for group, rows in tally.results.items():
        errors, malleoli = _errors(rows, JUDGED), _errors(rows, MALLEOLI)
        every, sure = _errors(rows, NAMES), _confidence(rows, NAMES) >= SURE
        wrong = int((sure & (every > CLOSE)).sum())
        angle = np.array([row.angle for row in rows])
        seconds = [row.seconds for row in rows]
        figures = np.median(errors), np.percentile(errors, 95), np.median(malleoli)
        print(
            f"{group:20s} {len(rows):4d} {figures[0]:7.2f} {figures[1]:6.2f} {errors.max():6.2f}"
            f" {figures[2]:8.2f} | {100 * sure.mean():4.0f}% {100 * (every > CLOSE).mean():3.1f}%"
            f" {wrong:10d} | {angle.mean():10.2f} {angle.std():4.2f}"
            f" {np.percentile(abs(angle), 95):5.2f} | {np.median(seconds):7.2f} {max(seconds):4.2f}"
        )
        for figure, limit, what in zip(
            figures,
            TARGETS.get(group, (np.inf,) * 3),
            ("median", "95th percentile", "malleoli's median"),
            strict=True,
        ):
            if figure > limit:
                missed.append(f"{group}: {what} {figure:.2f} mm, at most {limit:.0f}")
        if group == "imaged" and malleoli.max() > REAL_MALLEOLI:
            missed.append(f"{group}: a malleolus {malleoli.max():.1f} mm off, at most 6")
        if TARGETS.get(group) == DEGRADED and wrong:
            missed.append(f"{group}: {wrong} landmarks over {CLOSE:.0f} mm off are marked sure")
        if group in tally.refused:
            print(f"{'':20s} {tally.refused[group]:4d} refused")
    return missed


def print_landmarks(rows: list[Result], title: str) -> None:
    print(f"\n{title:32s} median    p95    max   sure")
    for name in NAMES:
        errors = _errors(rows, (name,))
        if len(errors):
            sure = (_confidence(rows, (name,)) >= SURE).mean()
            print(
                f"{name:32s} {np.median(errors):6.2f} {np.percentile(errors, 95):6.2f}"
                f" {errors.max():6.2f} {100 * sure:5.0f}%"
            )


def print_reliability(rows: list[Result]) -> list[str]:
    """How often landmarks of some confidence lie within `CLOSE`."""
    errors, confidence = _errors(rows, NAMES), _confidence(rows, NAMES)
    print(f"\nconfidence      landmarks  expected  within {CLOSE:.0f} mm")
    for low, high in pairwise(BINS.tolist()):
        inside = (confidence >= low) & (confidence < high if high < 1.0 else confidence <= high)
        if inside.any():
            print(
                f"{low:4.2f} to {high:4.2f}    {inside.sum():9d} {confidence[inside].mean():9.3f}"
                f" {(errors[inside] <= CLOSE).mean():12.3f}"
            )
    sure = confidence >= SURE
    right = float((errors[sure] <= CLOSE).mean())
    print(f"sure: {sure.mean():.1%} of all; of them within {CLOSE:.0f} mm: {right:.2%}")
    return [f"of the sure ones {right:.2%} are right"] if right < LEAST_SURE_RIGHT else []


def refusals(scans: Path) -> Iterator[str]:
    for path in sorted((scans / "not_a_leg").glob("*.stl")):
        try:
            locate_limb(scan_from_mesh(_held(path), "", "stl"))
            yield f"{path.stem}: ACCEPTED"
        except InputRefused as refusal:
            yield f"{path.stem}: {type(refusal).__name__}: {refusal}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--scans", type=Path, default=root.parent / "shared" / "scans")
    parser.add_argument("--legs", type=int, default=40, help="generated patients, at most 100")
    parser.add_argument("--quick", action="store_true", help="every fifth leg")
    parser.add_argument("--kept-apart", action="store_true", help="the kept-apart legs too")
    parser.add_argument("--verbose", action="store_true", help="a line for every leg")
    options = parser.parse_args()
    stride = 5 if options.quick else 1
    turns = Rotation.random(200, random_state=7)
    tally = Tally()
    shared = list(shared_cases(options.scans, options.kept_apart))[::stride]
    for case, turn in zip(shared, turns, strict=False):
        looked_at(case, turn, tally, options.verbose)
    last = FIRST_CHECKED + min(options.legs, 100)
    sets = [(iter(range(FIRST_CHECKED, last, stride)), "generated")]
    if options.kept_apart:
        sets.append((iter(KEPT_APART), "apart"))
    for numbers, group in sets:
        for case in generated_cases(numbers, group):
            looked_at(case, turns[0], tally, options.verbose)
    missed = print_groups(tally)
    for title in ("generated clean", "generated degraded", "all"):
        print_landmarks(tally.results[title], title)
    missed += print_reliability(tally.results["all"])
    for line in refusals(options.scans):
        print(line)
        missed += [line] if line.endswith("ACCEPTED") else []
    print("\n".join(tally.wrong) if tally.wrong else "side and unit right on all")
    missed += [f"{len(tally.wrong)} wrong or refused"] if tally.wrong else []
    print("\n".join(f"MISSED {line}" for line in missed) if missed else "every target is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
