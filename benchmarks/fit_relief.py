"""Writes afo_designer/limb/relief_table.py: what landmarks go with which relief of a leg.

    python benchmarks/fit_relief.py [--scans FOLDER] [--legs 400] [--cache FOLDER]

Fitted on two families of synthetic legs, each clean and twice as scanners give it (noise, waves,
drift, holes, cut tops; `population.degraded`): `population` 000-049 of the shared scans (MakeHuman,
CC0) and patients 0-399 of this project's generator. Legs kept apart, makehuman, scanlike and the
leg from imaging are not used. With `--cache`, posed legs are kept there and taken from there; a
fit from nothing takes about half an hour.
"""

from __future__ import annotations

import argparse
import base64
import json
import textwrap
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import trimesh
from fit_landmarks import TRUTH_NAMES

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.limb.cloud import LEG_POINTS, sampled
from afo_designer.limb.expectation import ROWS, SHANK_ROWS
from afo_designer.limb.generator import generate_limb
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.population import degraded, patient
from afo_designer.limb.pose import Corner, fitted_pose
from afo_designer.limb.reading import open_edges
from afo_designer.limb.relief import PosedLeg, relief
from afo_designer.limb.scanner import scanned
from afo_designer.limb.shank import NoFootFound
from afo_designer.limb.surface import leg_surface

HEADER = '''"""Relief statistics, in foot lengths; written by benchmarks/fit_relief.py.

Fitted on {population} legs of the shared population (MakeHuman, CC0) and {generated} of
`limb.generator`, clean and degraded: numbers of models, not of people.
"""

import base64
import zlib

import numpy as np

from afo_designer.geometry.array import FloatArray


def _unpacked(text: str, shape: tuple[int, ...], scale: float) -> FloatArray:
    """Whole numbers of two bytes, compressed and in base 85, times `scale`."""
    whole = np.frombuffer(zlib.decompress(base64.b85decode(text)), dtype="<i2")
    return whole.astype(np.float64).reshape(shape) * scale


# fmt: off
'''
SCORES = 60
LINE = 320  # characters of the table's lines: a file stays under 700 of them
TURNS = 12  # of the fit that fills what scans do not show
# A number is used if this share of the legs shows it, with this much skin (`expectation`).
SHOWN, SKIN = 0.5, 2500.0
# Scale of relief and landmarks in the components, foot lengths: about their usual noise.
NUMBER_UNIT, MARK_UNIT = 0.003, 0.004
# The fifty MakeHuman legs weigh as much as 150 of ours: one family in four.
FAMILY_WEIGHT = {"population": 3.0, "generated": 1.0}
VARIANTS = (0, 1, 2)  # clean, as `population.degraded` has it, and another draw of that


@dataclass(frozen=True)
class Example:
    leg: PosedLeg
    marks: FloatArray  # (18, 3) of `ROWS`, foot frame; NaN: not known
    foot_length: float
    family: str
    number: int
    variant: int


def examples(scans: Path, legs: int, cache: Path | None) -> Iterator[Example]:
    for number in range(50):
        for variant in VARIANTS:
            yield from _kept(cache, "population", number, variant, scans)
    for number in range(legs):
        for variant in VARIANTS:
            yield from _kept(cache, "generated", number, variant, scans)


def _kept(
    cache: Path | None, family: str, number: int, variant: int, scans: Path
) -> Iterator[Example]:
    """The example, or nothing where no pose is found; from the cache if it is there."""
    path = cache / f"{family}_{number:03d}_{variant}.npz" if cache else None
    if path and path.exists():
        yield loaded(path)
        return
    try:
        example = made(family, number, variant, scans, cache)
    except NoFootFound:
        return
    if path:
        saved(path, example)
    yield example


def saved(path: Path, example: Example) -> None:
    leg = example.leg
    np.savez(
        path,
        points=leg.points.astype(np.float32),
        normals=np.round(leg.normals * 127.0).astype(np.int8),
        rims=leg.rims.astype(np.float32),
        line=[leg.shank_point, leg.shank_direction],
        marks=example.marks,
        length=example.foot_length,
    )


def loaded(path: Path) -> Example:
    family, number, variant = path.stem.split("_")
    held = np.load(path)
    normals = held["normals"] / 127.0
    leg = PosedLeg(held["points"].astype(np.float64), normals, held["rims"], *held["line"])
    return Example(leg, held["marks"], float(held["length"]), family, int(number), int(variant))


def made(family: str, number: int, variant: int, scans: Path, cache: Path | None) -> Example:
    mesh, marks = (
        _population(scans, number) if family == "population" else _generated(number, cache)
    )
    mirrored = marks.pop("is_left")[0] > 0.0
    if variant:
        draw = 1000 * variant + number if variant > 1 else number
        effects = replace(degraded(patient(draw), draw).scanner, other_leg=0.0, chair=0.0)
        if family == "population":  # its frame is not that of the generator's scanner
            effects = replace(effects, hidden_toes_mm=0.0, floor_radius_mm=0.0)
        mesh = scanned(mesh, effects, np.random.default_rng([number, variant, 77]))
    return posed_example(mesh, marks, mirrored, family, number, variant)


def posed_example(
    mesh: TriMesh,
    marks: dict[str, FloatArray],
    mirrored: bool,
    family: str,
    number: int,
    variant: int,
) -> Example:
    piece = leg_surface(mesh).pieces[0]
    cloud = sampled(piece, LEG_POINTS)
    corner = Corner(marks["hallux_tip"], marks["heel_posterior"], marks["knee_centre"])
    pose = fitted_pose(cloud.points, corner)
    into, length = pose.frame.inverse, pose.foot_length
    flip = np.array([1.0, -1.0 if mirrored else 1.0, 1.0])
    leg = PosedLeg(
        into.apply(cloud.points) * flip / length,
        into.turn(cloud.normals) * flip,
        into.apply(open_edges(piece)) * flip / length,
        pose.shank_point * flip / length,
        pose.shank_direction * flip,
    )
    places = np.full((len(ROWS), 3), np.nan)
    for row, name in enumerate(ROWS):
        if name in marks:
            places[row] = into.apply(marks[name]) * flip / length
    return Example(leg, places, length, family, number, variant)


def _population(scans: Path, number: int) -> tuple[TriMesh, dict[str, FloatArray]]:
    path = scans / "population" / f"{number:03d}.ply"
    truth = json.loads(path.with_suffix(".json").read_text())
    held = trimesh.load(path, process=False)
    named = {name: TRUTH_NAMES.get(name, name) for name in NAMES}
    marks = {
        ours: np.array(truth["landmarks"][theirs])
        for ours, theirs in named.items()
        if theirs in truth["landmarks"]
    }
    marks["knee_centre"] = np.array(truth["joint_centres"]["knee_joint_centre"])
    marks["is_left"] = np.array([1.0 if truth["side"] == "left" else -1.0])
    return TriMesh(held.vertices, held.faces), marks


def _generated(number: int, cache: Path | None) -> tuple[TriMesh, dict[str, FloatArray]]:
    """A patient's leg as a left one, coordinates rounded as a file of single precision has them."""
    limb = generate_limb(patient(number))
    left = limb if limb.shape.side == "left" else limb.mirrored()
    marks = {name: place for name, place in left.all_landmarks.items() if name in NAMES}
    marks |= {"knee_centre": left.knee_centre, "is_left": np.array([1.0])}
    return left.mesh.with_vertices(left.mesh.vertices.astype(np.float32).astype(np.float64)), marks


@dataclass(frozen=True)
class Fit:
    """The joint Gaussian: `mean` and `noise` of numbers and marks, `loadings` (k, numbers + marks).

    Everything in foot lengths; `index` says which numbers of a relief are used.
    """

    index: FloatArray
    mean: FloatArray
    loadings: FloatArray
    noise: FloatArray


def fitted(numbers: FloatArray, skin: FloatArray, marks: FloatArray, weight: FloatArray) -> Fit:
    """Principal components of relief and landmarks together; what a leg lacks is filled in."""
    shown = np.isfinite(numbers) & (skin > SKIN)
    index = np.flatnonzero(shown.mean(axis=0) > SHOWN)
    table = np.hstack(
        [
            np.where(shown, numbers, np.nan)[:, index] / NUMBER_UNIT,
            marks.reshape(len(marks), -1) / MARK_UNIT,
        ]
    )
    known = np.isfinite(table)
    share = known * weight[:, None]
    mean = np.where(known, table * share, 0.0).sum(axis=0) / share.sum(axis=0)
    offset = np.where(known, table - mean, 0.0)
    root = np.sqrt(weight / weight.mean())[:, None]
    filled = offset
    for turn in range(TURNS):
        _, size, modes = np.linalg.svd(filled * root, full_matrices=False)
        count = min(SCORES, 10 * (turn + 1))
        modes, variance = modes[:count], size[:count] ** 2 / len(filled)
        guess = np.array(
            [
                np.linalg.solve(
                    (modes * seen) @ modes.T + np.diag(1.0 / variance), (modes * seen) @ row
                )
                @ modes
                for row, seen in zip(offset, known, strict=True)
            ]
        )
        filled = np.where(known, offset, guess)
    rest = np.where(known, (offset - guess) ** 2 * weight[:, None], 0.0).sum(axis=0)
    noise = np.sqrt(np.maximum(rest / share.sum(axis=0), 0.05))
    signs = np.sign(modes[np.arange(len(modes)), np.abs(modes).argmax(axis=1)])
    units = np.concatenate(
        [np.full(len(index), NUMBER_UNIT), np.full(table.shape[1] - len(index), MARK_UNIT)]
    )
    loadings = modes * (signs * np.sqrt(variance))[:, None] * units
    return Fit(index, mean * units, loadings, noise * units)


def packed(name: str, values: FloatArray) -> str:
    """Source text of an array as whole numbers of two bytes."""
    whole = np.issubdtype(values.dtype, np.integer)
    scale = 1.0 if whole else float(f"{np.abs(values).max() / 32000.0:.3e}")
    steps = np.round(values / scale).astype("<i2")
    text = base64.b85encode(zlib.compress(steps.tobytes(), 9)).decode()
    body = "\n".join(f'    "{line}"' for line in textwrap.wrap(text, LINE, break_on_hyphens=False))
    return f"{name} = _unpacked(\n{body},\n    {values.shape!r}, {scale!r},\n)\n"


def text_of(fit: Fit, population: int, generated: int) -> str:
    count = len(fit.index)
    marks, rows = fit.loadings[:, count:], len(ROWS)
    mark_noise = np.sqrt((fit.noise[count:].reshape(-1, 3) ** 2).sum(axis=1))
    parts = [
        HEADER.format(population=population, generated=generated),
        packed("NUMBERS", fit.index),
        "INDEX = NUMBERS.astype(np.int64)\n",
        packed("MEAN", fit.mean[:count]),
        packed("NOISE", fit.noise[:count]),
        "# Scores have variance 1; loadings of the numbers are over their noise.\n",
        packed("LOADINGS", fit.loadings[:, :count] / fit.noise[:count]),
        packed("MARK_MEAN", fit.mean[count:].reshape(rows, 3)),
        packed("MARK_LOADINGS", marks.reshape(len(marks), rows, 3)),
        packed("MARK_NOISE", mark_noise),
        "# fmt: on\n",
    ]
    return "".join(parts)


def own_marks(example: Example) -> FloatArray:
    """Those that go with the shank in its frame."""
    moved = example.marks.copy()
    moved[SHANK_ROWS] = example.leg.in_shank(moved[SHANK_ROWS])
    return moved


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--scans", type=Path, default=root.parent / "shared" / "scans")
    parser.add_argument("--legs", type=int, default=400, help="generated patients from 0")
    parser.add_argument("--cache", type=Path, help="folder for posed legs")
    options = parser.parse_args()
    numbers, skins, marks, weight, used = [], [], [], [], set()
    for example in examples(options.scans, options.legs, options.cache):
        number, skin = relief(example.leg)
        numbers.append(number)
        skins.append(skin)
        marks.append(own_marks(example))
        weight.append(FAMILY_WEIGHT[example.family])
        used.add((example.family, example.number))
    fit = fitted(*(np.array(column) for column in (numbers, skins, marks, weight)))
    counts = [sum(family == wanted for family, _ in used) for wanted in FAMILY_WEIGHT]
    text = text_of(fit, *counts)
    (root / "afo_designer" / "limb" / "relief_table.py").write_text(text)
    print(
        f"{len(numbers)} reliefs of {len(used)} legs, {len(fit.index)} numbers, {len(text)} bytes"
    )


if __name__ == "__main__":
    main()
