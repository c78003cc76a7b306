"""Shank axis: from the skin's rings to the line from the malleoli's middle to the knee's centre.

The rings of a leg, measured about its true axis, are numbers that two families of legs are known
by: a mean, a covariance and the effect of torsion each (`shank_table`, written by
`benchmarks/fit_shank.py`). About a wrong axis they are off by what a tilt does to them, which is
plain geometry; so the axis is the tilt that explains a leg's rings best, weighted by the inverse
covariance (generalised least squares), and its uncertainty follows. Rings that a scan does not
show are left out of both. The families' answers are averaged by their likelihoods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.limb import shank_table
from afo_designer.limb.shank import across, ring_polygon

# Heights of the rings above the malleoli's middle, foot lengths, and half their thickness.
RING_HEIGHTS = np.array([0.2, 0.4, 0.6, 0.8, 1.0, 1.2])
_HALF = 0.02
# What is measured on a ring, foot lengths: reach ahead, centroid ahead, reach behind; reach medial,
# centroid medial, reach lateral; cosine and sine of the radius' second and third harmonic.
FEATURES = 10
_AHEAD, _ASIDE = (0, 1, 2), (3, 4, 5)
# Scatter (foot lengths) of the malleoli's middle ahead, aside and up, and of the length itself:
# 2, 1 and 3 mm on an adult, 1.2 % (measured on generated patients 0-24).
_MIDDLE_SCATTER = (0.009, 0.005, 0.013)
_LENGTH_SCATTER = 0.012
# A ring this many times its expected square off all others is not the shank's skin ([D]).
_STRAY_RING = 9.0
_TURNS = 6
# Uncertainty (rad) where no ring is seen, and foot lengths from malleoli to knee then (ANSUR II's
# medians, science.md §8).
_BLIND, _USUAL_KNEE = float(np.radians(8.0)), 1.42


class ShankAxis(NamedTuple):
    """`direction` (3,) from the malleoli's middle to the knee's centre, limb frame.

    `spread` (2,): standard deviations (rad) of its tilt ahead and aside. `knee_distance` (foot
    lengths) to the knee's centre. `toe_out` (rad) and its standard deviation: the foot's turn
    against the knee, as far as the rings' shapes tell. `family`: 0 where the leg is as
    `limb.generator` makes them, 1 where as MakeHuman does.
    """

    direction: FloatArray
    spread: FloatArray
    knee_distance: float
    toe_out: float
    toe_out_sd: float
    family: float


@dataclass(frozen=True, slots=True)
class Family:
    """How the rings of a family of legs lie about their true axis.

    `mean` (f + 1,) and `covariance` (f + 1, f + 1) of the rings' features, ring by ring, and of the
    knee's distance; `torsion` (f + 1,) their change per radian of toe-out beyond `toe_out`, which
    scatters by `toe_out_sd` (0: unknown in this family).
    """

    mean: FloatArray
    covariance: FloatArray
    torsion: FloatArray
    toe_out: float
    toe_out_sd: float


@dataclass(frozen=True, slots=True)
class _Answer:
    """Tilt ahead and aside, excess of toe-out, their covariance; knee; log-likelihood."""

    tilt: FloatArray
    covariance: FloatArray
    knee_distance: float
    likelihood: float


def shank_axis(points: FloatArray, ankle: FloatArray, length: float, medial: float) -> ShankAxis:
    """The axis of a leg whose skin is `points` (n, 3), limb frame, mm.

    `ankle` (3,) is the malleoli's middle, `length` the foot's, `medial` the sign of y on the
    medial side.
    """
    skin = (points - ankle) / length
    skin = skin[(skin[:, 2] > 0.05) & (np.linalg.norm(skin, axis=1) < 1.6)] * [1.0, medial, 1.0]
    near = skin[np.linalg.norm(skin, axis=1) < 0.8]
    if len(near) < 60:
        return ShankAxis(np.array([0.0, 0.0, 1.0]), np.full(2, _BLIND), _USUAL_KNEE, 0.0, 1.0, 0.0)
    direction = unit(near.mean(axis=0))
    found = None
    for _ in range(_TURNS):
        features = ring_features(skin, direction)
        found = _explained(features)
        if found is None:
            break
        direction = unit(direction + found.tilt[:2] @ across(direction))
        if np.abs(found.tilt[:2]).max() < 1e-6:
            break
    turned = direction * [1.0, medial, 1.0]
    if found is None:
        return ShankAxis(turned, np.full(2, _BLIND), _USUAL_KNEE, 0.0, 1.0, 0.0)
    spread = np.sqrt(np.diag(found.covariance))
    return ShankAxis(
        turned, spread[:2], found.knee_distance, found.tilt[2], float(spread[2]), found.likelihood
    )


def ring_features(skin: FloatArray, direction: FloatArray) -> FloatArray:
    """(rings, 10) measures of the rings about an axis through the origin; NaN where none is whole.

    `skin` (n, 3) in foot lengths from the malleoli's middle, medial side +y.
    """
    ahead, left = across(direction)
    local = skin @ np.column_stack([ahead, left, direction])
    local = local[np.hypot(local[:, 0], local[:, 1]) < 0.45]
    local = local[np.argsort(local[:, 2], kind="stable")]
    found = np.full((len(RING_HEIGHTS), FEATURES), np.nan)
    if len(local) < 60:
        return found
    top = np.percentile(local[:, 2], 99.5)
    upward = np.array([0.0, 0.0, 1.0])
    for row, height in enumerate(RING_HEIGHTS):
        if height + _HALF > top:
            break
        low, high = np.searchsorted(local[:, 2], [height - _HALF, height + _HALF])
        polygon = ring_polygon(local[low:high], upward)
        if polygon is not None:
            found[row] = _ring(polygon)
    return found


def _ring(polygon: FloatArray) -> FloatArray:
    following = np.roll(polygon, -1, axis=0)
    cross = polygon[:, 0] * following[:, 1] - following[:, 0] * polygon[:, 1]
    centroid = ((polygon + following) * cross[:, None]).sum(axis=0) / (3.0 * cross.sum())
    offset = polygon - centroid
    radius, turn = np.hypot(offset[:, 0], offset[:, 1]), np.arctan2(offset[:, 1], offset[:, 0])
    order = np.argsort(turn, kind="stable")
    radius, turn = radius[order], turn[order]
    share = (np.roll(turn, -1) - np.roll(turn, 1)) % (2.0 * np.pi) / (2.0 * np.pi)
    waves = [
        2.0 * float(share @ (radius * wave(order * turn)))
        for order in (2, 3)
        for wave in (np.cos, np.sin)
    ]
    x, y = polygon.T
    return np.array([x.max(), centroid[0], x.min(), y.max(), centroid[1], y.min(), *waves])


def families() -> tuple[Family, Family]:
    """Legs as `limb.generator` makes them, and as MakeHuman does."""
    return (
        Family(
            shank_table.GENERATED_MEAN,
            square(shank_table.GENERATED_COVARIANCE),
            shank_table.GENERATED_TORSION,
            *shank_table.GENERATED_TOE_OUT,
        ),
        Family(
            shank_table.MAKEHUMAN_MEAN,
            square(shank_table.MAKEHUMAN_COVARIANCE),
            np.zeros_like(shank_table.MAKEHUMAN_MEAN),
            0.0,
            0.0,
        ),
    )


def square(triangle: FloatArray) -> FloatArray:
    """A covariance (n, n) from its lower triangle, row by row, in millionths."""
    count = round((np.sqrt(8.0 * len(triangle) + 1.0) - 1.0) / 2.0)
    square = np.zeros((count, count))
    square[np.tril_indices(count)] = triangle * 1e-6
    return square + np.tril(square, -1).T


_FAMILIES = families()


def _explained(features: FloatArray) -> _Answer | None:
    """Both families' answers averaged by likelihood, without rings that are nobody's.

    In the result, `likelihood` is the second family's share.
    """
    kept = features.copy()
    for _ in range(2):
        answers = [_answer(family, kept.ravel()) for family in _FAMILIES]
        if any(answer is None for answer in answers):
            return None
        stray = _stray_ring(kept)
        if stray is None:
            break
        kept[stray] = np.nan
    first, second = (answer for answer in answers if answer is not None)
    share = 1.0 / (1.0 + np.exp(np.clip(first.likelihood - second.likelihood, -60.0, 60.0)))
    tilt = (1.0 - share) * first.tilt + share * second.tilt
    covariance = np.zeros((3, 3))
    for weight, answer in ((1.0 - share, first), (share, second)):
        off = answer.tilt - tilt
        covariance += weight * (answer.covariance + np.outer(off, off))
    knee = (1.0 - share) * first.knee_distance + share * second.knee_distance
    return _Answer(tilt, covariance, knee, float(share))


def _answer(family: Family, features: FloatArray) -> _Answer | None:
    seen = np.flatnonzero(np.isfinite(features))
    if len(seen) == 0:
        return None
    effects, nuisance = _effects(family)
    covariance = family.covariance + nuisance @ nuisance.T
    inner = covariance[np.ix_(seen, seen)]
    off = features[seen] - family.mean[seen]
    slope = effects[seen]
    weighed = np.linalg.solve(inner, np.column_stack([slope, off]))
    # tilts are free; toe-out is what this family shows, or nothing where it does not tell
    known = max(family.toe_out_sd, 1e-4)
    precision = slope.T @ weighed[:, :3] + np.diag([1e-6, 1e-6, known**-2])
    tilt = np.linalg.solve(precision, slope.T @ weighed[:, 3])
    rest = off - slope @ tilt
    misfit = float(rest @ np.linalg.solve(inner, rest) + (tilt[2] / known) ** 2)
    volume = np.linalg.slogdet(inner)[1] + np.linalg.slogdet(precision)[1] + 2.0 * np.log(known)
    across_knee = covariance[-1, seen]
    knee = family.mean[-1] + family.torsion[-1] * tilt[2]
    knee += across_knee @ np.linalg.solve(inner, rest)
    spread = np.linalg.inv(precision)
    if family.toe_out_sd == 0.0:
        spread[2, 2] = 1.0
    tilt[2] += family.toe_out
    return _Answer(tilt, spread, float(knee), -0.5 * float(misfit + volume))


def _effects(family: Family) -> tuple[FloatArray, FloatArray]:
    """Derivatives (f + 1, 3) of the features by tilt ahead, aside and torsion; errors (f + 1, 4).

    The errors are what one standard deviation of the malleoli's middle, three ways, and of the
    length does to the features.
    """
    rings, count = len(RING_HEIGHTS), len(family.mean)
    mean = family.mean[:-1].reshape(rings, FEATURES)
    rise = np.asarray(np.gradient(mean, RING_HEIGHTS, axis=0))
    tilts, errors = np.zeros((rings, FEATURES, 2)), np.zeros((rings, FEATURES, 4))
    tilts[:, _AHEAD, 0] = tilts[:, _ASIDE, 1] = RING_HEIGHTS[:, None]
    errors[:, _AHEAD, 0], errors[:, _ASIDE, 1] = _MIDDLE_SCATTER[0], _MIDDLE_SCATTER[1]
    errors[:, :, 2] = _MIDDLE_SCATTER[2] * rise
    errors[:, :, 3] = _LENGTH_SCATTER * (rise * RING_HEIGHTS[:, None] - mean)
    effects, nuisance = np.zeros((count, 3)), np.zeros((count, 4))
    effects[:-1, :2], effects[:, 2] = tilts.reshape(-1, 2), family.torsion
    nuisance[:-1] = errors.reshape(-1, 4)
    nuisance[-1, 3] = _LENGTH_SCATTER * -family.mean[-1]
    return effects, nuisance


def _stray_ring(features: FloatArray) -> int | None:
    """The ring that is too far off for either family when the others tell where the axis is."""
    seen = np.flatnonzero(np.isfinite(features[:, 0]))
    if len(seen) < 3:
        return None
    worst, place = _STRAY_RING, None
    for row in seen.tolist():
        others = features.copy()
        others[row] = np.nan
        off = min(_square_off(family, others, features, row) for family in _FAMILIES)
        if off > worst:
            worst, place = off, row
    return place


def _square_off(family: Family, others: FloatArray, features: FloatArray, row: int) -> float:
    """Mean square of a ring's normed residuals about what the other rings make expect."""
    answer = _answer(family, others.ravel())
    if answer is None:
        return 0.0
    effects, nuisance = _effects(family)
    covariance = family.covariance + nuisance @ nuisance.T
    ring = np.arange(row * FEATURES, (row + 1) * FEATURES)
    seen = np.flatnonzero(np.isfinite(others.ravel()))
    tilt = answer.tilt - [0.0, 0.0, family.toe_out]
    rest = features.ravel() - family.mean[:-1] - effects[:-1] @ tilt
    gain = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, ring)]).T
    expected = gain @ rest[seen]
    inner = covariance[np.ix_(ring, ring)] - gain @ covariance[np.ix_(seen, ring)]
    slope = effects[ring] - gain @ effects[seen]
    inner = inner + slope @ answer.covariance @ slope.T
    off = rest[ring] - expected
    return float(off @ np.linalg.solve(inner, off)) / FEATURES
