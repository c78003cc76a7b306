"""Writes afo_designer/limb/sole_table.py: how the sole's patches lie over its plane.

    python benchmarks/fit_sole.py [--scans FOLDER] [--legs 400] [--rows FILE]

The legs are those of `fit_shank.py`; degraded ones as `leg_surface` hands them on, scans with two
legs left out. The plane's direction is the truth's; its height is the lowest skin under heel and
ball of the clean leg. Rows already in FILE (.npz) are not made again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import trimesh
from fit_shank import fitted, written

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.cloud import LEG_POINTS, sampled
from afo_designer.limb.generator import generate_limb
from afo_designer.limb.population import degraded, patient
from afo_designer.limb.sole import patches
from afo_designer.limb.surface import leg_surface

HEADER = '''"""The sole's patches over its plane, foot lengths; written by benchmarks/fit_sole.py.

Fitted on {generated} rows of legs of `limb.generator`, clean and degraded, and on {makehuman}
synthetic legs after MakeHuman (CC0): numbers of two models, not of people. Covariances are lower
triangles, row by row, in millionths.
"""

import numpy as np

# fmt: off
'''
# Scatter (foot lengths) added to every patch: a scanner's waves and drift of 0.7 mm. With it the
# stated spread covers degraded scans.
NOISE = 0.003
# Share of the skin under heel and ball that lies lower than what is called the lowest.
LOWEST = 0.7


def row_of(
    mesh: TriMesh, sole: Frame, length: float, side: str, ground: float | None
) -> tuple[FloatArray, float]:
    """Heights of the patches over the true plane, and where on its normal the lowest skin lies.

    `sole` has x along the foot, z its normal, its origin behind the heel; `ground` as found on the
    clean leg, or None to find it.
    """
    flip = np.array([1.0, -1.0 if side == "left" else 1.0, 1.0])
    cloud = sampled(mesh, LEG_POINTS).moved(sole.inverse)
    skin, facing = cloud.points * flip / length, cloud.normals * flip
    if ground is None:
        under = (facing[:, 2] < -0.45) & (skin[:, 0] > 0.02) & (skin[:, 0] < 0.77)
        under &= np.abs(skin[:, 2]) < 0.16
        ground = float(np.percentile(skin[under, 2], LOWEST))
    return patches(skin - [0.0, 0.0, ground], facing)[1], ground


def makehuman_row(path: Path) -> FloatArray:
    truth = json.loads(path.with_suffix(".json").read_text())
    loaded = trimesh.load(path, process=False)
    marks = {name: np.array(place) for name, place in truth["landmarks"].items()}
    angle = np.radians(truth.get("ankle_angle_deg", -truth.get("plantarflexion_deg", 0.0)))
    normal = np.array([-np.sin(angle), 0.0, np.cos(angle)])
    heel = marks["heel_posterior"]
    along = 0.59 * marks["mt1_head_medial"] + 0.41 * marks["mt5_head_lateral"] - heel
    x = unit(along - (along @ normal) * normal)
    sole = Frame(np.column_stack([x, np.cross(normal, x), normal]), heel)
    length = float(np.linalg.norm(marks["hallux_tip"] - heel))
    mesh = TriMesh(loaded.vertices, loaded.faces)
    return row_of(mesh, sole, length, truth["side"], None)[0]


def generated_rows(number: int) -> FloatArray:
    """Rows (1 or 2, f) of a patient's leg, clean and degraded."""
    shape = patient(number)
    clean = generate_limb(shape)
    row, ground = row_of(clean.mesh, Frame.identity(), clean.foot_length, shape.side, None)
    harmed = generate_limb(degraded(shape, number))
    if harmed.shape.scanner.other_leg > 0.0:
        return row[None]
    mesh = leg_surface(harmed.mesh).pieces[0]
    again, _ = row_of(mesh, Frame.identity(), clean.foot_length, shape.side, ground)
    return np.array([row, again])


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
    paths = [options.scans / "population" / f"{number:03d}.ply" for number in range(50)]
    for path in [*paths, *sorted((options.scans / "makehuman").glob("*.ply"))]:
        if path.stem not in rows:
            rows[path.stem] = makehuman_row(path)
    for number in range(options.legs):
        if f"patient {number}" not in rows:
            rows[f"patient {number}"] = generated_rows(number)
    if options.rows is not None:
        np.savez_compressed(options.rows, **rows)
    generated = np.concatenate([rows[f"patient {number}"] for number in range(options.legs)])
    makehuman = np.array([row for name, row in rows.items() if not name.startswith("patient")])
    lines = [HEADER.format(generated=len(generated), makehuman=len(makehuman))]
    for name, group in (("GENERATED", generated), ("MAKEHUMAN", makehuman)):
        mean, _, covariance = fitted(group, None, NOISE)
        lower = covariance[np.tril_indices(len(mean))]
        lines.append(written(f"{name}_MEAN", mean, ".4f"))
        lines.append(written(f"{name}_COVARIANCE", lower * 1e6, ".1f"))
    lines.append("# fmt: on\n")
    (root / "afo_designer" / "limb" / "sole_table.py").write_text("".join(lines))
    print(f"{len(generated)} and {len(makehuman)} rows")


if __name__ == "__main__":
    main()
