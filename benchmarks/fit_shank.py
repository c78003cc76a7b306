"""Writes shank_table.py and torsion_table.py in afo_designer/limb: the rings of a shank.

How they lie about its axis, and how their shapes turn with the knee.

    python benchmarks/fit_shank.py [--scans FOLDER] [--legs 400] [--rows FILE]

Two families: legs of `limb.generator` (patients 0-399, clean and degraded) and synthetic legs after
MakeHuman (CC0: `population` 000-049 and `makehuman`). The imaged leg, `population` 050-059 and
patients from 400 on are not used. A leg takes three seconds; rows already in FILE (.npz) are not
made again.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path

import numpy as np
import trimesh

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.cloud import LEG_POINTS, sampled
from afo_designer.limb.generator import generate_limb
from afo_designer.limb.population import degraded, patient
from afo_designer.limb.scan import Side
from afo_designer.limb.shank_axis import FEATURES, RING_HEIGHTS, ring_features
from afo_designer.limb.torsion import wave_features

HEADER = '''"""The shank's rings about its axis, foot lengths; written by benchmarks/fit_shank.py.

Fitted on {generated} legs of `limb.generator`, clean and degraded, and on {makehuman} synthetic
legs after MakeHuman (CC0): numbers of two models, not of people. Covariances are lower triangles,
row by row, in millionths; the last number of a leg is the knee's distance.
"""

import numpy as np

# fmt: off
'''
# Scatter (foot lengths) that is added to every feature: what neither family contains. From 0.003
# to 0.008 the errors on legs left out change by a tenth; at 0.006 the stated spread covers
# degraded scans.
NOISE = 0.006
ROUNDS = 15
# The same for the rings' waves: on 100 legs left out 0.0006 is better than 0.001 and 0.0015 in
# error, and the stated spread still covers it.
WAVE_NOISE = 0.0006
TORSION_HEADER = '''"""Waves of the shank's rings, toe-out; written by benchmarks/fit_shank.py.

Fitted on {generated} legs of `limb.generator`, clean and degraded: numbers of a model, not of
people. Waves are in foot lengths, toe-out in rad; the covariance is a lower triangle, row by row,
in millionths.
"""

import numpy as np

# fmt: off
'''


def row_of(
    mesh: TriMesh, ankle: FloatArray, knee: FloatArray, ahead: FloatArray, length: float, side: str
) -> FloatArray:
    """Features (rings, 10) about the true axis and the knee's distance, flat."""
    skin, direction = in_statistics(mesh, ankle, knee, ahead, length, side)
    features = ring_features(skin, direction)
    return np.append(features.ravel(), np.linalg.norm(knee - ankle) / length)


def in_statistics(
    mesh: TriMesh, ankle: FloatArray, knee: FloatArray, ahead: FloatArray, length: float, side: str
) -> tuple[FloatArray, FloatArray]:
    """Skin (n, 3) in foot lengths from the malleoli's middle, medial +y, and its true axis."""
    flip = np.array([1.0, -1.0 if side == "left" else 1.0, 1.0])
    skin = (sampled(mesh, LEG_POINTS).points - ankle) * flip / length
    # the ring's own forward is x: turn the foot's axis there
    along = ahead * flip
    turn = Frame.about_axis(np.zeros(3), [0.0, 0.0, 1.0], -float(np.arctan2(along[1], along[0])))
    return turn.apply(skin), unit(turn.turn((knee - ankle) * flip))


def makehuman_row(path: Path) -> FloatArray:
    truth = json.loads(path.with_suffix(".json").read_text())
    loaded = trimesh.load(path, process=False)
    marks = {name: np.array(place) for name, place in truth["landmarks"].items()}
    joints = {name: np.array(place) for name, place in truth["joint_centres"].items()}
    heel = marks["heel_posterior"]
    ankle = 0.5 * (marks["malleolus_medial"] + marks["malleolus_lateral"])
    ball = 0.59 * marks["mt1_head_medial"] + 0.41 * marks["mt5_head_lateral"]
    axis = joints["knee_joint_centre"] - joints["ankle_joint_centre"]
    return row_of(
        TriMesh(loaded.vertices, loaded.faces),
        ankle,
        ankle + axis,
        ball - heel,
        float(np.linalg.norm(marks["hallux_tip"] - heel)),
        truth["side"],
    )


def generated_rows(number: int) -> tuple[FloatArray, FloatArray]:
    """Rows (2, f) of a patient's leg, clean and degraded: rings, and waves; both with its toe-out.

    Toe-out (rad) is the last number of either.
    """
    shape = patient(number)
    turn = float(np.radians(shape.toe_out_deg))
    rows, waves = [], []
    for one in (shape, degraded(shape, number)):
        leg = generate_limb(one)
        side = "left" if leg.side is Side.LEFT else "right"
        ahead = np.array([1.0, 0.0, 0.0])
        what = (leg.mesh, leg.ankle_centre, leg.knee_centre, ahead, leg.foot_length, side)
        rows.append(np.append(row_of(*what), turn))
        waves.append(np.append(wave_features(*in_statistics(*what)).ravel(), turn))
    return np.array(rows), np.array(waves)


def fitted(
    rows: FloatArray, torsion: FloatArray | None, noise: float = NOISE
) -> tuple[FloatArray, ...]:
    """Mean, effect of torsion and covariance of rows with gaps (expectation maximisation)."""
    enough = np.isfinite(rows).mean(axis=1) > 0.3
    rows, torsion = rows[enough], None if torsion is None else torsion[enough]
    mean = np.nanmean(rows, axis=0)
    covariance = np.diag(np.nanvar(rows, axis=0) + noise**2)
    for _ in range(ROUNDS):
        whole, unsure = np.zeros_like(rows), np.zeros_like(covariance)
        for number, row in enumerate(rows):
            seen, missed = np.isfinite(row), ~np.isfinite(row)
            whole[number, seen] = row[seen]
            if missed.any():
                cross = covariance[np.ix_(seen, missed)]
                gain = np.linalg.solve(covariance[np.ix_(seen, seen)], cross)
                whole[number, missed] = mean[missed] + (row[seen] - mean[seen]) @ gain
                unsure[np.ix_(missed, missed)] += (
                    covariance[np.ix_(missed, missed)] - cross.T @ gain
                )
        mean = whole.mean(axis=0)
        covariance = ((whole - mean).T @ (whole - mean) + unsure) / len(rows)
        covariance += noise**2 * np.eye(len(mean))
    slope = np.zeros_like(mean)
    if torsion is not None:
        turn = torsion - torsion.mean()
        slope = turn @ (whole - mean) / (turn @ turn)
        rest = whole - mean - np.outer(turn, slope)
        covariance = (rest.T @ rest + unsure) / len(rows) + noise**2 * np.eye(len(mean))
    return mean, slope, covariance


def written(name: str, values: FloatArray, form: str) -> str:
    text = ", ".join(format(number + 0.0, form) for number in values.reshape(-1))
    body = "\n".join(f"    {line}" for line in textwrap.wrap(text, 96))
    return f"{name} = np.array([\n{body}\n], dtype=np.float64)\n"


def gathered(rows: dict[str, FloatArray], scans: Path, legs: int, store: Path | None) -> None:
    """Rows of every leg not there yet, by name."""
    paths = [scans / "population" / f"{number:03d}.ply" for number in range(50)]
    for path in [*paths, *sorted((scans / "makehuman").glob("*.ply"))]:
        if path.stem not in rows:
            rows[path.stem] = makehuman_row(path)
    for number in range(legs):
        name = f"patient {number}"
        if name not in rows or f"waves of {name}" not in rows:
            rows[name], rows[f"waves of {name}"] = generated_rows(number)
            if store is not None and number % 20 == 19:
                np.savez_compressed(store, **rows)
    if store is not None:
        np.savez_compressed(store, **rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--scans", type=Path, default=root.parent / "shared" / "scans")
    parser.add_argument("--legs", type=int, default=400, help="patients from 0 on")
    parser.add_argument("--rows", type=Path, help="measured rows, kept here and read again")
    options = parser.parse_args()
    rows: dict[str, FloatArray] = {}
    if options.rows is not None and options.rows.exists():
        rows = dict(np.load(options.rows))
    gathered(rows, options.scans, options.legs, options.rows)
    patients = [rows[f"patient {number}"] for number in range(options.legs)]
    generated = np.concatenate(patients)
    makehuman = np.array([row for name, row in rows.items() if "patient" not in name])
    turns = generated[:, -1]
    mean, slope, covariance = fitted(generated[:, :-1], turns)
    other, _, spread = fitted(makehuman, None)
    lower = np.tril_indices(len(mean))
    lines = [
        HEADER.format(generated=len(patients), makehuman=len(makehuman)),
        written("GENERATED_MEAN", mean, ".4f"),
        written("GENERATED_TORSION", slope, ".4f"),
        written("GENERATED_TOE_OUT", np.array([turns.mean(), turns.std()]), ".4f"),
        written("GENERATED_COVARIANCE", covariance[lower] * 1e6, ".0f"),
        written("MAKEHUMAN_MEAN", other, ".4f"),
        written("MAKEHUMAN_COVARIANCE", spread[lower] * 1e6, ".0f"),
        "# fmt: on\n",
    ]
    (root / "afo_designer" / "limb" / "shank_table.py").write_text("".join(lines))
    waves = np.concatenate([rows[f"waves of patient {number}"] for number in range(options.legs)])
    mean, _, covariance = fitted(waves, None, WAVE_NOISE)
    lines = [
        TORSION_HEADER.format(generated=len(patients)),
        written("MEAN", mean, ".4f"),
        written("COVARIANCE", covariance[np.tril_indices(len(mean))] * 1e6, ".2f"),
        "# fmt: on\n",
    ]
    (root / "afo_designer" / "limb" / "torsion_table.py").write_text("".join(lines))
    count = len(generated), len(makehuman)
    print(f"{len(RING_HEIGHTS)} × {FEATURES} numbers of {count} rows")


if __name__ == "__main__":
    main()
