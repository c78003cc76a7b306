"""Stage 3. Posed cloud → the 14 landmarks with a confidence each.

Every landmark has a statistical expectation (`prior`) and, where anatomy defines it by an
extreme of shape, that extreme. The two are weighed by how well the statistics explain this leg:
a leg like the tuning ones keeps the expectation, an unusual one its own shape. Everything here is
in foot lengths in the medial-positive foot frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.limb import prior_table
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.prior import Explanation

# Misfit at which expectation and shape weigh the same: the tuning legs have 0.3, the leg from
# imaging and those of `limb.generator` 1.0 to 1.3.
_EQUAL_MISFIT = 0.88
# Thickness of the cap whose mean is an extreme: twice the noise of a phone scan.
_CAP = 0.006
# A place this far from the skin, with an open edge that near the closest skin, is over a hole.
_HOLE = 0.015
# An error of this size (8 mm on an adult) halves the confidence.
_HALF_CONFIDENCE = 0.033


@dataclass(frozen=True, slots=True)
class Extreme:
    """A landmark as the furthest skin in `direction`, searched `reach` about its expectation.

    `offset` is taken off the extreme: half of what separates it from the tuning legs' landmark.
    The imaged leg's landmark is the extreme itself, so half is the fair mean of two definitions.
    """

    direction: tuple[float, float, float]
    reach: tuple[float, float, float]
    offset: tuple[float, float, float]


EXTREMES = {
    "heel_posterior": Extreme((-1, 0, 0), (0.10, 0.12, 0.10), (0.0, -0.008, 0.0)),
    "heel_plantar": Extreme((0, 0, -1), (0.08, 0.08, 0.08), (0.010, 0.013, 0.0)),
    "first_metatarsal_head_medial": Extreme((0, 1, 0), (0.09, 0.08, 0.08), (-0.017, 0.0, 0.0)),
    "first_metatarsal_head_plantar": Extreme(
        (0, 0, -1), (0.06, 0.06, 0.06), (-0.018, -0.015, -0.005)
    ),
    "fifth_metatarsal_head_lateral": Extreme((0, -1, 0), (0.09, 0.08, 0.08), (-0.019, 0.0, 0.0)),
    "fifth_metatarsal_head_plantar": Extreme(
        (0, 0, -1), (0.06, 0.06, 0.06), (-0.017, 0.017, -0.007)
    ),
    "hallux_tip": Extreme((1, 0, 0), (0.08, 0.06, 0.10), (-0.002, -0.005, 0.0)),
    "second_toe_tip": Extreme((1, 0, 0), (0.08, 0.035, 0.10), (-0.0015, -0.005, 0.0)),
}
MALLEOLI = {"medial_malleolus": 1.0, "lateral_malleolus": -1.0}
# Scales (foot lengths) of the bulge: a malleolus is about 0.1 wide. Its noise after that
# smoothing and the reach of the search were chosen on the tuning legs, on legs of
# `limb.generator` and on the imaged one.
_FINE, _BROAD = 0.03, 0.08
_BULGE_NOISE = 0.0015
_BULGE_REACH = 0.055


class Finding(NamedTuple):
    """A detected place (3,), its confidence, and whether the skin is missing there."""

    place: FloatArray
    confidence: float
    over_hole: bool


def _gap_under(place: FloatArray, skin: cKDTree, rims: cKDTree | None) -> float:
    """Distance to the skin if a place lies over a hole in it, else 0."""
    distance, nearest = skin.query(place)
    if rims is None or distance < _HOLE:
        return 0.0
    return float(distance) if rims.query(skin.data[nearest])[0] < _HOLE else 0.0


def detected(
    points: FloatArray, normals: FloatArray, rims: FloatArray, explanation: Explanation
) -> dict[str, Finding]:
    """Every landmark by name; a place over a hole keeps its expectation."""
    tree = cKDTree(points)
    edges = cKDTree(rims) if len(rims) else None
    trust = shape_weight(explanation.misfit)
    found = {}
    for name, scatter in zip(NAMES, prior_table.LANDMARK_SCATTER, strict=True):
        place, spread = explanation.expected(name), scatter
        gap = _gap_under(place, tree, edges)
        if gap > 0.0:
            spread = np.hypot(spread, gap)
        elif name in MALLEOLI:
            place, spread = _prominence(points, normals, tree, place, MALLEOLI[name], trust)
        elif name in EXTREMES:
            place, shift = _extreme(points, tree, place, EXTREMES[name], trust)
            spread = np.hypot(scatter, 0.5 * shift)
        spread = np.hypot(spread, 0.015 * trust)
        confidence = float(1.0 / (1.0 + (spread / _HALF_CONFIDENCE) ** 2))
        found[name] = Finding(place, confidence, gap > 0.0)
    return found


def shape_weight(misfit: float) -> float:
    """Weight from 0 to 1 of this leg's own shape against the statistics."""
    return float(misfit**6 / (misfit**6 + _EQUAL_MISFIT**6))


def _extreme(
    points: FloatArray, tree: cKDTree, expected: FloatArray, extreme: Extreme, trust: float
) -> tuple[FloatArray, float]:
    """The expectation drawn to the mean of the outermost cap about it, and by how much."""
    reach = np.array(extreme.reach)
    near = points[tree.query_ball_point(expected, float(np.linalg.norm(reach)))]
    near = near[(np.abs(near - expected) < reach).all(axis=1)]
    if len(near) < 12:
        return expected, 0.0
    out = near @ np.array(extreme.direction, dtype=np.float64)
    # the third furthest: two stray points do not make an extreme
    cap = near[out > np.sort(out)[-3] - _CAP].mean(axis=0) - np.array(extreme.offset)
    place = expected + trust * (cap - expected)
    return place, float(np.linalg.norm(place - expected))


def _prominence(
    points: FloatArray,
    normals: FloatArray,
    tree: cKDTree,
    expected: FloatArray,
    sideways: float,
    trust: float,
) -> tuple[FloatArray, float]:
    """A malleolus: the expectation, drawn to where the skin bulges most; and its uncertainty.

    Bulge is the distance between the skin smoothed over 0.03 and over 0.08 foot lengths, along
    the outward normal: a band-pass curvature. The place is the mean under the product of the
    expectation's Gaussian and exp(bulge / its noise), as Bayes would have it.
    """
    facing = normals[:, 1] * sideways > 0.3
    scatter = prior_table.LANDMARK_SCATTER[0]
    if not facing.any():
        return expected, 3.0 * scatter
    # sideways errors of the expectation are common (swelling) and leave the skin: halve them
    square = (((points - expected) * [1.0, 0.5, 1.0]) ** 2).sum(axis=1)
    start = points[np.argsort(np.where(facing, square, np.inf), kind="stable")[:8]].mean(axis=0)
    window = np.array(tree.query_ball_point(start, _BULGE_REACH, return_sorted=True), dtype=int)
    window = window[facing[window]] if len(window) else window
    if len(window) < 12:
        return start, 3.0 * scatter
    sigma = np.hypot(scatter, 0.006 + 0.03 * trust)
    bulge = _bulge(points, normals, tree, window)
    exponent = -0.5 * ((points[window] - start) ** 2).sum(axis=1) / sigma**2 + bulge / _BULGE_NOISE
    weight = np.exp(exponent - exponent.max())
    place = weight @ points[window] / weight.sum()
    spread = np.sqrt(weight @ ((points[window] - place) ** 2).sum(axis=1) / weight.sum())
    drawn = float(np.linalg.norm(place - start))
    return place, float(np.hypot(min(spread, sigma), 0.3 * drawn))


def _bulge(
    points: FloatArray, normals: FloatArray, tree: cKDTree, window: FloatArray
) -> FloatArray:
    near = tree.query_ball_point(points[window], 2.0 * _BROAD, return_sorted=True)
    bulge = np.zeros(len(window))
    for row, (index, reached) in enumerate(zip(window, near, strict=True)):
        around = np.array(reached)
        around = around[normals[around] @ normals[index] > 0.0]
        square = ((points[around] - points[index]) ** 2).sum(axis=1)
        inner, outer = np.exp(-0.5 * square / _FINE**2), np.exp(-0.5 * square / _BROAD**2)
        out = unit(inner @ normals[around])
        bulge[row] = (
            inner @ points[around] / inner.sum() - outer @ points[around] / outer.sum()
        ) @ out
    return bulge
