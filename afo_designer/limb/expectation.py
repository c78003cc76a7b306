"""Expectation: where the statistics of many legs expect this leg's landmarks, and how surely.

A leg's `relief` and its landmarks are one Gaussian of few scores (probabilistic principal
components; Tipping and Bishop 1999, recalled): the relief that a scan shows, and landmarks that a
person picked, give the scores, and the scores the landmarks with their errors. What the scores do
not explain of a leg (its misfit) widens every error and draws the scores to the mean, so that legs
unlike all others are not extrapolated. The table is written by `benchmarks/fit_landmarks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.limb import relief_table as table
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.relief import PosedLeg, relief

# Landmarks that go with the shank when the ankle moves; the rest go with the foot.
SHANK_ROWS = np.array(
    [
        NAMES.index(name)
        for name in (
            *("medial_malleolus", "lateral_malleolus", "fibular_head"),
            *("tibial_tuberosity", "tibial_crest"),
        )
    ]
)
# Skin (points over foot length squared) from which a number begins to count and counts fully: the
# leg's mean is 20 000.
_SKIN = (1500.0, 6000.0)
# Neighbouring numbers err together: each counts as a fifth of an independent one [D].
_INDEPENDENT = 0.2
# A number this many times the leg's misfit off counts half [D: 2 to 3 change little].
_STRAY = 2.5
_TURNS = 7
# Error of a picked landmark, foot lengths: 2 mm on an adult [D].
_PICK_ERROR = 0.008
# A pick this many standard deviations from where all else puts it counts half to the others [D].
_PICK_DOUBT = 3.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """Expected `places` (17, 3) of `NAMES`, foot lengths, foot frame; root mean square `errors`.

    `misfit` is what stays unexplained, root mean square over what is usual: about 1 for legs like
    the fitted ones. `doubts` gives for every pick how many standard deviations it lies from where
    the rest of the leg expects it.
    """

    places: FloatArray
    errors: FloatArray
    misfit: float
    doubts: Mapping[str, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", frozen(self.places, (len(NAMES), 3)))
        object.__setattr__(self, "errors", frozen(self.errors, (len(NAMES),)))

    def place(self, name: str) -> FloatArray:
        return self.places[NAMES.index(name)]

    def error(self, name: str) -> float:
        return float(self.errors[NAMES.index(name)])


def expectation(leg: PosedLeg, picks: Mapping[str, FloatArray]) -> Expectation:
    """What the table says of a leg, given picked landmarks (3,) in the foot frame."""
    heights, skin = relief(leg)
    heights, skin = heights[table.INDEX], skin[table.INDEX]
    shown = np.where(
        np.isfinite(heights), np.clip((skin - _SKIN[0]) / (_SKIN[1] - _SKIN[0]), 0.0, 1.0), 0.0
    )
    offset = np.where(shown > 0.0, heights - table.MEAN, 0.0) / table.NOISE
    precision, pull, misfit = _explained(offset, shown)
    wide = max(1.0, misfit)
    doubts: dict[str, float] = {}
    if picks:
        precision, pull, doubts = _with_picks(leg, picks, precision, pull, wide)
    scores = np.linalg.solve(precision, pull)
    places = table.MARK_MEAN + np.tensordot(scores, table.MARK_LOADINGS, axes=1)
    spread = np.linalg.inv(precision)
    square = np.einsum("kni,kl,lni->n", table.MARK_LOADINGS, spread, table.MARK_LOADINGS)
    errors = table.MARK_SCALE * np.sqrt(square + (table.MARK_NOISE * wide) ** 2)
    return Expectation(_in_foot(leg, places), errors, misfit, doubts)


def _explained(offset: FloatArray, shown: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Precision (k, k) of the scores, its product with them (k,), and the misfit.

    The noise of the numbers is what the leg's own misfit says, found by turns. Numbers far off all
    the others count little (Cauchy's weight): a hand, a floor or a hole's rim is not the leg.
    """
    modes, units = table.LOADINGS, np.eye(len(table.LOADINGS))
    misfit, weight = 1.0, shown
    for turn in range(_TURNS):
        share = _INDEPENDENT / max(1.0, misfit) ** 2
        precision = units + share * (modes * weight) @ modes.T
        pull = share * (modes * weight) @ offset
        if turn + 1 < _TURNS:
            rest = offset - np.linalg.solve(precision, pull) @ modes
            misfit = float(np.sqrt((weight * rest**2).sum() / max(weight.sum(), 1e-9)))
            if turn > 0:
                weight = shown / (1.0 + (rest / (_STRAY * max(1.0, misfit))) ** 2)
    return precision, pull, misfit


def _with_picks(
    leg: PosedLeg,
    picks: Mapping[str, FloatArray],
    precision: FloatArray,
    pull: FloatArray,
    wide: float,
) -> tuple[FloatArray, FloatArray, dict[str, float]]:
    """The scores' precision and pull with picks as further observations.

    A pick far from where relief and the other picks expect it loses weight (Cauchy's).
    """
    rows = [NAMES.index(name) for name in picks]
    placed = np.array(table.MARK_MEAN)
    placed[rows] = _in_own(leg, np.array(list(picks.values())), rows)
    offset = (placed - table.MARK_MEAN)[rows]
    modes = np.moveaxis(table.MARK_LOADINGS[:, rows], 0, -1)
    noise = (table.MARK_NOISE[rows] * wide) ** 2 / 3.0 + _PICK_ERROR**2
    weight = np.ones(len(rows))
    for _ in range(4):
        away = np.zeros(len(rows))
        for row in range(len(rows)):
            others = weight * (np.arange(len(rows)) != row)
            inner, drawn = _joined(precision, pull, modes, offset, others / noise)
            spread = modes[row] @ np.linalg.solve(inner, modes[row].T) + noise[row] * np.eye(3)
            rest = offset[row] - modes[row] @ np.linalg.solve(inner, drawn)
            away[row] = np.sqrt(rest @ np.linalg.solve(spread, rest) / 3.0)
        weight = 1.0 / (1.0 + (away / _PICK_DOUBT) ** 4)
    inner, drawn = _joined(precision, pull, modes, offset, weight / noise)
    return inner, drawn, dict(zip(picks, away.tolist(), strict=True))


def _joined(
    precision: FloatArray,
    pull: FloatArray,
    modes: FloatArray,
    offset: FloatArray,
    weight: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    inner = precision + np.einsum("p,pik,pil->kl", weight, modes, modes)
    return inner, pull + np.einsum("p,pik,pi->k", weight, modes, offset)


def _in_own(leg: PosedLeg, places: FloatArray, rows: list[int]) -> FloatArray:
    """Places (m, 3) of the foot frame, those that go with the shank in its frame."""
    moves = np.isin(rows, SHANK_ROWS)
    return np.where(moves[:, None], leg.in_shank(places), places)


def _in_foot(leg: PosedLeg, places: FloatArray) -> FloatArray:
    moved = np.array(places)
    moved[SHANK_ROWS] = leg.from_shank(places[SHANK_ROWS])
    return moved
