"""Re-posing against the truth: the same generated person in the scanned and in the wanted pose.

    python benchmarks/reposing.py [--people N] [--angles A,B,…] [--inversions A,B,…] [--located]
                                  [--again] [--summary] [--axis malleolar]

Every person of `limb.population` from 400 on, perfect skin, is generated at each scanned ankle
angle (without inversion; re-posed to 0° and to +5°) and at each inversion (with the ankle at −15°;
re-posed to 0° both ways, toe-out kept), and once more in the pose asked for. The re-posed skin is
compared with that truth at the places a solid orthosis covers. True landmarks are used; with
`--located` the program finds its own, and only the angle reached is judged.

Rows go to benchmarks/results/reposing.jsonl at once. Asked: angle reached within 1.5° (95th
percentile), volume within 2 %, no self-intersection, the map's determinant above zero, malleoli and
heel within 0.3 mm of their best rigid motion (skin within 12 mm of the landmark, foot of 260 mm).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.parameters import CastParameters, Pose
from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.distance import closest_points
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.generator import LimbShape, SyntheticLimb, generate_limb
from afo_designer.limb.landmarks import Landmark, Landmarks, Source
from afo_designer.limb.limb import Limb
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.population import patient
from afo_designer.limb.scan import Scan
from afo_designer.limb.stance import Angle, Knee, Loading, Stance, shank_angles
from afo_designer.runs.catalogue import load_template
from afo_designer.shell.shell import Shell, form_shell

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "reposing.jsonl"
FIRST_PERSON = 400
ANGLES = (-35.0, -30.0, -25.0, -20.0, -15.0, -10.0, -5.0, 0.0, 5.0, 10.0)
INVERSIONS = (-10.0, -5.0, 5.0, 10.0, 15.0, 20.0)
TARGETS = (0.0, 5.0)
INVERTED_AT = -15.0
BONES = ("medial_malleolus", "lateral_malleolus", "heel_posterior")
BONE_MM, ADULT_FOOT = 12.0, 260.0
TRIANGLES = 30000.0
ROWS, COLUMNS = 160, 41


def limb_of(made: SyntheticLimb) -> Limb:
    """A generated leg with its own truth for landmarks and axes."""
    marks = Landmarks({k: Landmark(v, Source.GIVEN, 1.0) for k, v in made.landmarks.items()})
    axis = made.knee_centre - made.ankle_centre
    across = marks.position("lateral_malleolus") - marks.position("medial_malleolus")
    flexion, inversion = shank_angles(axis, made.side)
    stance = Stance(
        ankle_angle=Angle(flexion, 0.0),
        inversion=Angle(inversion, 0.0),
        toe_out=Angle(float(np.radians(made.toe_out_deg)), 0.0),
        malleolar_rotation=Angle(0.0, 0.0),
        malleolar_tilt=Angle(0.0, 0.0),
        shank_to_floor=None,
        knee=Knee.NOT_SHOWN,
        loading=Loading.UNCLEAR,
    )
    return Limb(
        scan=Scan(made.mesh, "0" * 64, "ply", "mm", "declared", 1.0),
        mesh=made.mesh,
        side=made.side,
        side_source="given",
        landmarks=marks,
        frame_from_scan=Frame.identity(),
        ankle_centre=made.ankle_centre,
        knee_centre=made.knee_centre,
        ankle_axis=unit(across),
        ankle_angle=flexion,
        top_height=float(made.mesh.vertices[np.unique(made.mesh.boundary_edges), 2].min()) - 5.0,
        foot_length=made.foot_length,
        ankle_girth=made.measures["ankle_girth"],
        calf_girth=made.measures.get("calf_girth", 350.0),
        stance=stance,
        grade="A",
    )


def row_of(
    person: int, shape: LimbShape, wanted: LimbShape, located: bool, axis: str
) -> dict[str, Any]:
    """One person, scanned as `shape`, re-posed to the angles of `wanted`."""
    row: dict[str, Any] = {
        "person": person,
        "from": [shape.ankle_angle_deg, shape.inversion_deg],
        "to": [wanted.ankle_angle_deg, wanted.inversion_deg],
        "located": located,
        "axis": axis,
    }
    made = generate_limb(shape)
    limb = limb_of(made)
    if located:
        limb = locate_limb(Scan(made.mesh, "", "ply", "mm", "given", 1.0), made.side)
    turned = shape.inversion_deg != wanted.inversion_deg
    pose = Pose(inversion_deg=wanted.inversion_deg if turned else "as_scanned", ankle_axis=axis)
    if turned and not located:
        pose = replace(pose, toe_out_deg=wanted.toe_out_deg)
    try:
        target = float(np.radians(wanted.ankle_angle_deg))
        positive = modify_cast(limb, target, 0.0, CastParameters(pose=pose))
    except InputRefused as refusal:
        return row | {"refused": str(refusal)}
    motion, frame = positive.reposing.motion, limb.frame_from_scan
    true_axis = made.knee_centre - made.ankle_centre
    now = frame.inverse.turn(motion.turn(frame.turn(true_axis)))
    reached = np.degrees(shank_angles(now, made.side))
    row["angle_error"] = float(reached[0] - wanted.ankle_angle_deg)
    row["inversion_error"] = float(reached[1] - wanted.inversion_deg)
    row["notes"] = list(positive.notes)
    if located:
        return row
    strain = positive.strain
    foot = positive.skin.vertices[:, 0] < positive.plate.bend_start
    row |= {
        "axial_deg": float(np.degrees(positive.reposing.axial)),
        "volume": positive.volume_change,
        "determinant": float(strain.volume[foot].min()),
        "stretch": [float(np.percentile(strain.least[foot], q)) for q in (0.0, 1.0)]
        + [float(np.percentile(strain.most[foot], q)) for q in (99.0, 100.0)],
        "crossings": len(self_intersections(positive.skin)) - len(self_intersections(limb.mesh)),
        "rigid": {name: rigid_residual(limb, positive.reposing, name) for name in BONES},
    }
    truth = generate_limb(wanted)
    return row | {"apart": apart(positive, truth)}


def rigid_residual(limb: Limb, reposing: Any, name: str) -> float:
    """Largest distance (mm) of skin round a landmark from its best rigid motion (Kabsch)."""
    centre = limb.landmarks.position(name)
    near = np.linalg.norm(limb.mesh.vertices - centre, axis=1)
    before = limb.mesh.vertices[near < BONE_MM * limb.foot_length / ADULT_FOOT]
    after = reposing.apply(before)
    a, b = before - before.mean(axis=0), after - after.mean(axis=0)
    u, _, v = np.linalg.svd(a.T @ b)
    turn = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ v))]) @ v
    return float(np.linalg.norm(a @ turn - b, axis=1).max())


def apart(positive: Any, truth: SyntheticLimb) -> dict[str, list[float]]:
    """(median, 95th percentile) of the re-posed skin's distance from the true one, by part."""
    template, _ = load_template("solid")
    chosen = template.chosen.scaled_to(positive.limb.foot_length).parameters
    shell = form_shell(positive, chosen.shell)
    points, part = covered(shell)
    skin = closest_points(points, positive.skin)[0]
    # The frame's y is the malleolar midpoint's, which moved: the feet are laid upon each other.
    heads = ("first_metatarsal_head_medial", "fifth_metatarsal_head_lateral")
    sideways = np.mean([positive.landmarks.position(n)[1] - truth.landmarks[n][1] for n in heads])
    other = truth.mesh.with_vertices(truth.mesh.vertices + np.array([0.0, sideways, 0.0]))
    gap = closest_points(skin, other)[1]
    found = {"all": gap} | {name: gap[part == name] for name in dict.fromkeys(part)}
    return {name: np.percentile(values, [50.0, 95.0]).tolist() for name, values in found.items()}


def covered(shell: Shell) -> tuple[FloatArray, np.ndarray]:
    """Points of the inner surface inside the trim, and the part each belongs to."""
    at = shell.stations
    s = np.linspace(at.top + 15.0, at.heads - 5.0, ROWS)
    medial, lateral = shell.trim.sides(s)
    theta = medial[:, None] + np.linspace(0.0, 1.0, COLUMNS) * (lateral - medial)[:, None]
    ends = np.array([at.leaf, at.ankle - 30.0, at.ankle + 20.0, at.sole])
    names = np.array(["calf", "shank", "ankle", "heel", "sole"])
    part = names[np.searchsorted(ends, s)]
    return shell.chart.point(np.repeat(s, COLUMNS), theta.ravel()), np.repeat(part, COLUMNS)


def plan(people: int, angles: list[float], inversions: list[float]) -> Any:
    for person in range(FIRST_PERSON, FIRST_PERSON + people):
        shape = replace(patient(person), triangles=TRIANGLES, inversion_deg=0.0, top_mm=0.0)
        for angle in angles:
            for target in TARGETS:
                yield (
                    person,
                    replace(shape, ankle_angle_deg=angle),
                    replace(shape, ankle_angle_deg=target),
                )
        for inversion in inversions:
            scanned = replace(shape, ankle_angle_deg=INVERTED_AT, inversion_deg=inversion)
            yield person, scanned, replace(shape, ankle_angle_deg=0.0)


def summary(rows: list[dict[str, Any]]) -> int:
    refused = [row for row in rows if "refused" in row]
    done = [row for row in rows if "refused" not in row]
    errors = [abs(row["angle_error"]) for row in done]
    print(f"{len(rows)} re-posings, {len(refused)} refused")
    for text in dict.fromkeys(row["refused"] for row in refused):
        print(f"  {text}")
    if errors:
        print(f"angle error, deg: 95th percentile {np.percentile(errors, 95):.2f}, "
              f"worst {max(errors):.2f}")  # fmt: skip
    judged = [row for row in done if "volume" in row]
    if not judged:
        return len(refused)
    print(f"volume: largest change {100 * max(abs(row['volume']) for row in judged):.2f} %")
    print(f"determinant: least {min(row['determinant'] for row in judged):.2f}")
    print(f"new self-intersections: {sum(row['crossings'] > 0 for row in judged)} re-posings")
    for bone in BONES:
        values = [row["rigid"][bone] for row in judged]
        print(f"{bone}: off rigid by median {np.median(values):.2f}, worst {max(values):.2f} mm")
    print("from (ankle, inversion)  to      stretch p1..p99  least..most  distance from the truth, "
          "mm: median / p95 by part")  # fmt: skip
    for key in sorted({(*row["from"], *row["to"]) for row in judged}):
        mine = [row for row in judged if (*row["from"], *row["to"]) == key]
        s = np.array([row["stretch"] for row in mine])
        parts = {
            part: np.median([row["apart"][part] for row in mine], axis=0)
            for part in mine[0]["apart"]
        }
        words = ", ".join(f"{part} {a:.1f}/{b:.1f}" for part, (a, b) in parts.items())
        print(
            f"({key[0]:+5.0f}, {key[1]:+4.0f}) -> {key[2]:+3.0f}, {key[3]:+3.0f}   "
            f"{s[:, 1].min():.2f}..{s[:, 2].max():.2f}  {s[:, 0].min():.2f}..{s[:, 3].max():.2f}  "
            f"{words}"
        )
    wrong = [
        row
        for row in judged
        if abs(row["volume"]) > 0.02
        or row["determinant"] <= 0.0
        or row["crossings"] > 0
        or max(row["rigid"].values()) > 0.3
    ]
    print(f"{len(wrong)} of {len(judged)} off target")
    return len(wrong) + len(refused)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--angles", default=",".join(f"{a:g}" for a in ANGLES))
    parser.add_argument("--inversions", default=",".join(f"{a:g}" for a in INVERSIONS))
    parser.add_argument("--axis", default="transverse", choices=("transverse", "malleolar"))
    parser.add_argument("--located", action="store_true", help="find landmarks; angles only")
    parser.add_argument("--again", action="store_true", help="measure everything again")
    parser.add_argument("--summary", action="store_true")
    given = parser.parse_args()
    numbers = [
        [float(a) for a in text.split(",") if a] for text in (given.angles, given.inversions)
    ]
    fresh = given.again or not RESULTS.exists()
    rows = [] if fresh else [json.loads(line) for line in RESULTS.read_text().splitlines()]
    done = {(r["person"], *r["from"], *r["to"], r["located"], r["axis"]) for r in rows}
    for person, shape, wanted in () if given.summary else plan(given.people, *numbers):
        key = (
            *(person, shape.ankle_angle_deg, shape.inversion_deg),
            *(wanted.ankle_angle_deg, wanted.inversion_deg, given.located, given.axis),
        )
        if key in done:
            continue
        rows.append(row_of(person, shape, wanted, given.located, given.axis))
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text("".join(json.dumps(one) + "\n" for one in rows))
    mine = [row for row in rows if row["located"] == given.located and row["axis"] == given.axis]
    return 1 if summary(mine) else 0


if __name__ == "__main__":
    sys.exit(main())
