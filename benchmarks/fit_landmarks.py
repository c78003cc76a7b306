"""Writes afo_designer/limb/prior_table.py and relief_table.py: the statistics of legs.

    python benchmarks/fit_landmarks.py [--scans FOLDER] [--legs 400] [--cache FOLDER]

Fitted on the legs of `posed_legs.py`; from nothing it takes about half an hour. `prior_table` holds
what a leg's shape numbers are like, by which a surface is known for a leg, and its side;
`relief_table` what landmarks go with which relief.
"""

from __future__ import annotations

import argparse
import base64
import textwrap
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from posed_legs import Example, examples

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.frame import Frame
from afo_designer.limb import relief_table
from afo_designer.limb.expectation import SHANK_ROWS, expectation
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.pose import Pose
from afo_designer.limb.relief import relief
from afo_designer.limb.shape import shape_numbers

PRIOR_HEADER = '''"""Legs' shape numbers, in foot lengths; written by benchmarks/fit_landmarks.py.

Fitted on {population} legs of the shared population (MakeHuman, CC0) and {generated} of
`limb.generator`, clean and degraded: numbers of models, not of people.
"""

import numpy as np

# fmt: off
'''
RELIEF_HEADER = '''"""Relief statistics, in foot lengths; written by benchmarks/fit_landmarks.py.

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
MODES = 12  # of the shape numbers
SCORES = 80
LINE = 320  # characters of the table's lines: a file stays under 700 of them
TURNS = 12  # of the fit that fills what scans do not show
# A number is used if this share of the legs shows it, with this much skin (`expectation`).
SHOWN, SKIN = 0.5, 2500.0
# Scale of relief and landmarks in the components, foot lengths: about their usual noise.
NUMBER_UNIT, MARK_UNIT = 0.003, 0.004
# The fifty MakeHuman legs weigh as much as 250 of ours. With 3, makehuman's legs are found a tenth
# worse, with 8 the generated ones.
FAMILY_WEIGHT = {"population": 5.0, "generated": 1.0}
# Every fifth leg is left out of a first fit, which says how much larger errors are than expected.
FOLDS = 5


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


def written(name: str, values: FloatArray, digits: int) -> str:
    numbers = values.reshape(-1)
    text = [f"{number + 0.0:.{digits}f}" for number in np.round(numbers, digits)]
    lines = textwrap.wrap(", ".join(text), 96)
    body = "\n".join(f"    {line}" for line in lines)
    return f"{name} = np.array([\n{body}\n]).reshape({', '.join(map(str, values.shape))})\n"


def packed(name: str, values: FloatArray) -> str:
    """Source text of an array as whole numbers of two bytes."""
    whole = np.issubdtype(values.dtype, np.integer)
    scale = 1.0 if whole else float(f"{np.abs(values).max() / 32000.0:.3e}")
    steps = np.round(values / scale).astype("<i2")
    text = base64.b85encode(zlib.compress(steps.tobytes(), 9)).decode()
    body = "\n".join(f'    "{line}"' for line in textwrap.wrap(text, LINE, break_on_hyphens=False))
    return f"{name} = _unpacked(\n{body},\n    {values.shape!r}, {scale!r},\n)\n"


def text_of(fit: Fit, scale: FloatArray, population: int, generated: int) -> str:
    count = len(fit.index)
    marks, rows = fit.loadings[:, count:], len(NAMES)
    parts = [
        RELIEF_HEADER.format(population=population, generated=generated),
        packed("NUMBERS", fit.index),
        "INDEX = NUMBERS.astype(np.int64)\n",
        packed("MEAN", fit.mean[:count]),
        packed("NOISE", fit.noise[:count]),
        "# Scores have variance 1; loadings of the numbers are over their noise.\n",
        packed("LOADINGS", fit.loadings[:, :count] / fit.noise[:count]),
        packed("MARK_MEAN", fit.mean[count:].reshape(rows, 3)),
        packed("MARK_LOADINGS", marks.reshape(len(marks), rows, 3)),
        packed("MARK_NOISE", mark_noise(fit)),
        "# Errors of legs left out over what their scores and noise let expect.\n",
        packed("MARK_SCALE", scale),
        "# fmt: on\n",
    ]
    return "".join(parts)


def own_marks(example: Example) -> FloatArray:
    """Those that go with the shank in its frame."""
    moved = example.marks.copy()
    moved[SHANK_ROWS] = example.leg.in_shank(moved[SHANK_ROWS])
    return moved


def installed(fit: Fit, scale: FloatArray) -> None:
    """The program's table for now."""
    count = len(fit.index)
    relief_table.INDEX, relief_table.MEAN = fit.index, fit.mean[:count]
    relief_table.NOISE = fit.noise[:count]
    relief_table.LOADINGS = fit.loadings[:, :count] / fit.noise[:count]
    relief_table.MARK_MEAN = fit.mean[count:].reshape(len(NAMES), 3)
    relief_table.MARK_LOADINGS = fit.loadings[:, count:].reshape(-1, len(NAMES), 3)
    relief_table.MARK_NOISE = mark_noise(fit)
    relief_table.MARK_SCALE = scale


def mark_noise(fit: Fit) -> FloatArray:
    square = fit.noise[len(fit.index) :].reshape(-1, 3) ** 2
    return np.asarray(np.sqrt(square.sum(axis=1)))


def left_out_scale(fit: Fit, left_out: list[Example]) -> FloatArray:
    """Root mean square of error over expected error (17,) of generated legs not in the fit."""
    installed(fit, np.ones(len(NAMES)))
    ratios = []
    for example in left_out:
        found = expectation(example.leg, {})
        away = np.linalg.norm(found.places - example.marks, axis=1)
        ratios.append((away / found.errors) ** 2)
    return np.asarray(np.sqrt(np.nanmean(np.array(ratios), axis=0)))


def shape_of(example: Example) -> FloatArray:
    """Shape numbers of a leg as its right side sees them."""
    length, leg = example.foot_length, example.leg
    still = Frame(np.eye(3), np.zeros(3))
    pose = Pose(still, length, leg.shank_point * length, leg.shank_direction, np.zeros((0, 3)))
    return shape_numbers(leg.points * length, pose, mirrored=False)


def prior_text(shapes: FloatArray, weight: FloatArray, population: int, generated: int) -> str:
    """Mean, principal components and their spread of the legs that show every number."""
    whole = np.isfinite(shapes).all(axis=1)
    share = weight[whole] / weight[whole].sum()
    mean = share @ shapes[whole]
    offset = (shapes[whole] - mean) * np.sqrt(share)[:, None]
    _, spread, modes = np.linalg.svd(offset, full_matrices=False)
    signs = np.sign(modes[np.arange(len(modes)), np.abs(modes).argmax(axis=1)])
    parts = [
        PRIOR_HEADER.format(population=population, generated=generated),
        written("MEAN", mean, 4),
        written("SPREAD", spread[:MODES], 5),
        written("MODES", (modes * signs[:, None])[:MODES], 4),
        "# fmt: on\n",
    ]
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--scans", type=Path, default=root.parent / "shared" / "scans")
    parser.add_argument("--legs", type=int, default=400, help="generated patients from 0")
    parser.add_argument("--cache", type=Path, help="folder for posed legs")
    options = parser.parse_args()
    columns: dict[str, list[FloatArray]] = {name: [] for name in ("numbers", "skin", "marks")}
    shapes, families, legs, left_out = [], [], [], []
    for example in examples(options.scans, options.legs, options.cache):
        numbers, skin = relief(example.leg)
        for name, row in zip(columns, (numbers, skin, own_marks(example)), strict=True):
            columns[name].append(row)
        shapes.append(shape_of(example))
        families.append(example.family)
        legs.append(example.number)
        if example.family == "generated" and example.number % FOLDS == 0:
            left_out.append(example)
    table = [np.array(column) for column in columns.values()]
    weight = np.array([FAMILY_WEIGHT[family] for family in families])
    kept = np.array(legs) % FOLDS != 0
    scale = left_out_scale(fitted(*(part[kept] for part in table), weight[kept]), left_out)
    fit = fitted(*table, weight)
    used = set(zip(families, legs, strict=True))
    counts = [sum(family == wanted for family, _ in used) for wanted in FAMILY_WEIGHT]
    folder = root / "afo_designer" / "limb"
    (folder / "relief_table.py").write_text(text_of(fit, scale, *counts))
    (folder / "prior_table.py").write_text(prior_text(np.array(shapes), weight, *counts))
    print(f"{len(families)} reliefs of {len(used)} legs, {len(fit.index)} numbers")
    for name, ratio, noise in zip(NAMES, scale, mark_noise(fit), strict=True):
        print(f"{name:32s} errors {ratio:.2f} times the expected; noise {240.0 * noise:.1f} mm")


if __name__ == "__main__":
    main()
