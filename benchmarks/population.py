"""The generated population's skin against the ANSUR II survey, and children's feet.

    python benchmarks/population.py [--people 200] [--patients 40] [--workers 1]

Measures are taken on the finished meshes by `limb.skin_measures`, at an ankle of 90°, unloaded.
Targets: medians within 3 % of the survey's, 1st and 99th percentiles within 5 % (200 people know
their own 1st percentile to about 2 %). `--patients` generates that many people with conditions in
random poses too, and says whether every mesh is whole and every landmark lies on the skin.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np

from afo_designer.geometry.distance import closest_points
from afo_designer.limb.generator import LimbShape, drawn_body, generate_limb
from afo_designer.limb.population import child, patient, surveyed_person

# P1, P50, P99 in mm, computed from the survey's files.
SURVEY = {
    "male": {
        "foot_length": (242, 271, 302),
        "ball_breadth": (91, 102, 115),
        "heel_breadth": (61, 72, 87),
        "ankle_girth": (198, 228, 268),
        "heel_ankle_girth": (307, 343, 385),
        "calf_girth": (329, 392, 467),
        "bimalleolar_breadth": (66, 75, 85),
        "lateral_malleolus_height": (60, 73, 87),
        "tibial_height": (408, 468, 535),
    },
    "female": {
        "foot_length": (219, 246, 276),
        "ball_breadth": (82, 93, 104),
        "heel_breadth": (57, 67, 81),
        "ankle_girth": (185, 215, 255),
        "heel_ankle_girth": (277, 310, 348),
        "calf_girth": (311, 372, 452),
        "bimalleolar_breadth": (59, 67, 75),
        "lateral_malleolus_height": (51, 63, 75),
        "tibial_height": (381, 437, 498),
    },
}
CHILDREN_6_TO_15 = {"foot_length": 213.5, "ball_breadth": 84.0}  # means of 469 (science.md §8)
MEDIAN_LIMIT, TAIL_LIMIT = 3.0, 5.0
TRIANGLES = 7000.0
PATIENT_TRIANGLES = 30000.0
OFF_SKIN_MM = 0.5  # what facets of some 3 mm cut off a toe tip


def measured(shape: LimbShape) -> dict[str, float]:
    limb = generate_limb(replace(shape, triangles=TRIANGLES))
    rim = np.unique(limb.mesh.boundary_edges)
    top = float(limb.mesh.vertices[rim, 2].mean())  # cut at the tibial plateau
    return {**limb.measures, "tibial_height": top - shape.top_mm}


def flaws(shape: LimbShape) -> list[str]:
    limb = generate_limb(replace(shape, triangles=PATIENT_TRIANGLES))
    mesh, found = limb.mesh, []
    if len(mesh.boundary_loops()) != 1 or mesh.component_of_vertex.max() > 0:
        found.append("not one surface open at the top")
    names = list(limb.all_landmarks)
    away = closest_points(np.array([limb.all_landmarks[name] for name in names]), mesh)[1]
    found += [
        f"{name} {gap:.1f} mm off the skin"
        for name, gap in zip(names, away, strict=True)
        if gap > OFF_SKIN_MM
    ]
    if mesh.bounds[0, 2] < -1.5:
        found.append(f"skin {mesh.bounds[0, 2]:.1f} mm below the sole plane")
    return found


def survey_table(sex: str, rows: Sequence[dict[str, float]]) -> int:
    missed = 0
    print(f"\n{sex}, {len(rows)} people: generated (survey) mm, difference %")
    for name, wanted in SURVEY[sex].items():
        values = np.array([row[name] for row in rows if name in row])
        got = np.percentile(values, [1, 50, 99])
        away = 100.0 * (got / wanted - 1.0)
        limits = (TAIL_LIMIT, MEDIAN_LIMIT, TAIL_LIMIT)
        bad = [abs(a) > limit for a, limit in zip(away, limits, strict=True)]
        missed += sum(bad)
        cells = [
            f"{g:6.1f} ({w}) {a:+5.1f}{'!' if b else ' '}"
            for g, w, a, b in zip(got, wanted, away, bad, strict=True)
        ]
        print(f"  {name:26s} P1 {cells[0]}  P50 {cells[1]}  P99 {cells[2]}")
    return missed


def bodies_table(sex: str, count: int) -> int:
    """Body measures asked for, without meshes: so many that the tails are the population's own."""
    bodies = [drawn_body(surveyed_person(number, sex)) for number in range(count)]
    missed = 0
    print(f"\n{sex}, {count} bodies, not meshed: P1, P50, P99 mm, difference %")
    for name, wanted in SURVEY[sex].items():
        if not hasattr(bodies[0], name):
            continue
        got = np.percentile([getattr(body, name) for body in bodies], [1, 50, 99])
        away = 100.0 * (got / wanted - 1.0)
        missed += int((np.abs(away) > [TAIL_LIMIT, MEDIAN_LIMIT, TAIL_LIMIT]).sum())
        print(f"  {name:26s} {got.round(1)} {wanted} {away.round(1)}")
    return missed


def children_table(rows: Sequence[dict[str, float]]) -> int:
    missed = 0
    print(f"\nchildren of 6 to 15 years, {len(rows)}: mean (published) mm, difference %")
    for name, wanted in CHILDREN_6_TO_15.items():
        got = float(np.mean([row[name] for row in rows]))
        away = 100.0 * (got / wanted - 1.0)
        missed += abs(away) > MEDIAN_LIMIT
        print(f"  {name:26s} {got:6.1f} ({wanted}) {away:+5.1f}")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200, help="of each sex, and a third children")
    parser.add_argument("--bodies", type=int, default=3000, help="of each sex, not meshed")
    parser.add_argument("--patients", type=int, default=40)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    missed = 0
    with ProcessPoolExecutor(given.workers) as pool:
        for sex in SURVEY:
            missed += bodies_table(sex, given.bodies)
            people = [surveyed_person(number, sex) for number in range(given.people)]
            missed += survey_table(sex, list(pool.map(measured, people)))
        young = [child(number) for number in range(given.people // 3)]
        young = [shape for shape in young if shape.age_years >= 6.0]
        missed += children_table(list(pool.map(measured, young)))
        patients = [patient(number) for number in range(given.patients)]
        found = list(pool.map(flaws, patients))
    for number, words in enumerate(found):
        if words:
            print(f"patient {number}: {'; '.join(words)}")
    whole = sum(not words for words in found)
    print(f"\n{whole} of {given.patients} patients' legs are whole; {missed} figures off target")
    return 1 if missed or whole < given.patients else 0


if __name__ == "__main__":
    sys.exit(main())
