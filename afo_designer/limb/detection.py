"""Stage 3. Posed cloud → the 14 landmarks with a confidence each.

Every landmark has a statistical expectation (`prior`) and, where anatomy defines it by an
extreme of shape, that extreme. The two are weighed by how well the statistics explain this leg:
a leg like the tuning ones keeps the expectation, an unusual one its own shape. Everything here is
in foot lengths in the medial-positive foot frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.limb import prior_table
from afo_designer.limb.landmarks import NAMES
from afo_designer.limb.prior import Explanation

# Misfit at which expectation and shape weigh the same (between the tuning legs' 0.3 and the
# imaged leg's 1.2).
_EQUAL_MISFIT = 1.0
# Thickness of the cap whose mean is an extreme: twice the noise of a phone scan.
_CAP = 0.006
# How far the surface may lie from an expectation before the place counts as a hole.
_HOLE = 0.035
# An error of this size (8 mm on an adult) halves the confidence.
_HALF_CONFIDENCE = 0.033


@dataclass(frozen=True, slots=True)
class Extreme:
    """A landmark as the furthest skin in `direction` within reach of its expectation."""

    direction: tuple[float, float, float]
    reach: tuple[float, float, float]


EXTREMES = {
    "heel_posterior": Extreme((-1.0, 0.0, 0.0), (0.10, 0.12, 0.10)),
    "heel_plantar": Extreme((0.0, 0.0, -1.0), (0.08, 0.08, 0.08)),
    "first_metatarsal_head_medial": Extreme((0.0, 1.0, 0.0), (0.09, 0.08, 0.08)),
    "first_metatarsal_head_plantar": Extreme((0.0, 0.0, -1.0), (0.06, 0.06, 0.06)),
    "fifth_metatarsal_head_lateral": Extreme((0.0, -1.0, 0.0), (0.09, 0.08, 0.08)),
    "fifth_metatarsal_head_plantar": Extreme((0.0, 0.0, -1.0), (0.06, 0.06, 0.06)),
    "hallux_tip": Extreme((1.0, 0.0, 0.0), (0.08, 0.06, 0.10)),
    "second_toe_tip": Extreme((1.0, 0.0, 0.0), (0.08, 0.035, 0.10)),
}
MALLEOLI = {"medial_malleolus": 1.0, "lateral_malleolus": -1.0}


def detected(
    points: FloatArray, normals: FloatArray, explanation: Explanation
) -> dict[str, tuple[FloatArray, float]]:
    """Name → (position (3,), confidence) for every landmark near which there is surface."""
    tree = cKDTree(points)
    trust = shape_weight(explanation.misfit)
    found = {}
    for name, scatter in zip(NAMES, prior_table.LANDMARK_SCATTER, strict=True):
        expected = explanation.expected(name)
        place, spread = expected, scatter
        if name in EXTREMES:
            extreme = _extreme(points, tree, expected, EXTREMES[name])
            if extreme is not None:
                place = expected + trust * (extreme - expected)
                spread = np.hypot(scatter, 0.5 * trust * np.linalg.norm(extreme - expected))
        elif name in MALLEOLI:
            sideways = MALLEOLI[name]
            place, spread = _prominence(points, normals, tree, expected, sideways, trust, scatter)
        distance = float(tree.query(place)[0])
        spread = np.hypot(spread, 0.02 * trust)
        if distance > _HOLE:
            spread = np.hypot(spread, distance)
        found[name] = (place, float(1.0 / (1.0 + (spread / _HALF_CONFIDENCE) ** 2)))
    return found


def shape_weight(misfit: float) -> float:
    """Weight from 0 to 1 of this leg's own shape against the statistics."""
    return float(misfit**2 / (misfit**2 + _EQUAL_MISFIT**2))


def _extreme(
    points: FloatArray, tree: cKDTree, expected: FloatArray, extreme: Extreme
) -> FloatArray | None:
    """Mean of the outermost cap within a box about the expectation; None without surface."""
    reach = np.array(extreme.reach)
    near = points[tree.query_ball_point(expected, float(np.linalg.norm(reach)))]
    near = near[(np.abs(near - expected) < reach).all(axis=1)]
    if len(near) < 12:
        return None
    out = near @ np.array(extreme.direction)
    limit = np.sort(out)[-3]
    return near[out > limit - _CAP].mean(axis=0)


def _prominence(
    points: FloatArray,
    normals: FloatArray,
    tree: cKDTree,
    expected: FloatArray,
    sideways: float,
    trust: float,
    scatter: float,
) -> tuple[FloatArray, float]:
    """A malleolus: the expectation, drawn to where the skin bulges most.

    Bulge is the distance between the skin smoothed over 0.03 and over 0.08 foot lengths, along
    the outward normal: a band-pass curvature. The position is the mean under the product of the
    expectation's Gaussian and exp(bulge / its noise), as Bayes would have it.
    """
    sigma = np.hypot(scatter, 0.012 + 0.03 * trust)
    window = np.array(tree.query_ball_point(expected, 3.0 * sigma + 0.02), dtype=np.int64)
    window = window[normals[window, 1] * sideways > 0.3] if len(window) else window
    if len(window) < 12:
        return expected, scatter
    bulge = _bulge(points, normals, tree, window)
    prior = -0.5 * ((points[window] - expected) ** 2).sum(axis=1) / sigma**2
    weight = np.exp(prior + (bulge - bulge.max()) / BULGE_NOISE)
    if weight.sum() <= 0.0:
        return expected, scatter
    place = weight @ points[window] / weight.sum()
    spread = np.sqrt(weight @ ((points[window] - place) ** 2).sum(axis=1) / weight.sum())
    return place, float(min(np.hypot(spread, 0.3 * np.linalg.norm(place - expected)), sigma))


# Noise of the bulge (foot lengths) after smoothing a phone scan: 0.15 mm.
BULGE_NOISE = 0.0006


def _bulge(
    points: FloatArray, normals: FloatArray, tree: cKDTree, window: FloatArray
) -> FloatArray:
    fine, broad = 0.03, 0.08
    near = tree.query_ball_point(points[window], 2.0 * broad, return_sorted=True)
    bulge = np.zeros(len(window))
    for row, (index, around) in enumerate(zip(window, near, strict=True)):
        around = np.array(around)
        around = around[normals[around] @ normals[index] > 0.0]
        square = ((points[around] - points[index]) ** 2).sum(axis=1)
        inner, outer = np.exp(-0.5 * square / fine**2), np.exp(-0.5 * square / broad**2)
        out = unit(inner @ normals[around])
        bulge[row] = (
            inner @ points[around] / inner.sum() - outer @ points[around] / outer.sum()
        ) @ out
    return bulge
