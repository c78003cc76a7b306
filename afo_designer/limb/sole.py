"""Sole: the plane from heel to metatarsal heads, from the pads that the scan shows.

The sole is looked at in patches under heel, ball and toes. How high each lies over the plane is
known for two families of legs (`sole_table`, written by `benchmarks/fit_sole.py`): mean and
covariance. The plane is the height, pitch and roll that explain the patches best (generalised least
squares). Patches that do not agree with the others, as where a hand holds the foot, are left out,
and what is missing is missed with a larger stated uncertainty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afo_designer.geometry.array import FloatArray, cross, unit
from afo_designer.geometry.frame import Frame
from afo_designer.limb import sole_table
from afo_designer.limb.shank_axis import square

# Borders of the patches along the foot (foot lengths from the heel), in three groups: heel, ball,
# toes. Across, each slab is cut in thirds.
SLABS = (
    *((0.02, 0.09), (0.09, 0.16), (0.16, 0.24)),
    *((0.56, 0.63), (0.63, 0.70), (0.70, 0.77)),
    *((0.82, 0.89), (0.89, 0.96)),
)
THIRDS = 3
PATCHES = len(SLABS) * THIRDS
# The skin looked at: lower than this, facing down, foot lengths.
_CEILING, _DOWNWARD = 0.16, -0.45
# A patch's height is this percentile of its skin: the lowest skin goes down with a scanner's noise,
# a quarter's border hardly.
_PERCENTILE = 25.0
_LEAST_POINTS = 25
# The lowest skin is this percentile of that under heel and ball: 0.25 mm of noise lowers it by less
# than 0.1 mm, where the lowest hundredth goes down by 0.3.
_LOWEST = 3.0
_TOES_FROM = 18
# Deviations beyond which a patch is nobody's ([D]), and within which it is taken back.
_STRAY, _TAKEN_BACK = 3.5, 3.0
_TURNS = 5
# Uncertainty (rad) of a plane that no patch tells of.
_BLIND = float(np.radians(6.0))
# Patches that are believed at first, by slab: all; without the toes; without what a hand under the
# midfoot covers; without the heel's or the ball's part of that.
_BELIEVED = (
    (0, 1, 2, 3, 4, 5, 6, 7),
    (0, 1, 2, 3, 4, 5),
    (0, 1, 2, 6, 7),
    (0, 1, 6, 7),
    (0, 6, 7),
    (0, 1, 2, 5, 6, 7),
    (0, 1, 5, 6, 7),
    (0, 1, 4, 5),
)
# What a patch costs that is left out, in squared deviations: something under the foot (a hand, a
# floor) is an everyday matter, skin that is lifted off the sole is not ([D]).
_BELOW, _ABOVE = 1.0, 5.0


_GENERATED = square(sole_table.GENERATED_COVARIANCE)
_MAKEHUMAN = square(sole_table.MAKEHUMAN_COVARIANCE)


class SolePlane(NamedTuple):
    """The sole as the plane z = 0 of `frame`, which maps to the frame of the points.

    `spread` (2,): standard deviations (rad) of pitch and roll. `used`: share of the patches that
    agree.
    """

    frame: Frame
    spread: FloatArray
    used: float


def sole_plane(
    points: FloatArray, normals: FloatArray, length: float, medial: float, family: float
) -> SolePlane:
    """The sole under a foot that stands roughly on z = 0, heel at x = 0, toes towards +x.

    `points` (n, 3) mm with `normals`; `medial` is the sign of y on the medial side; `family` 0 for
    a leg as `limb.generator` makes them, 1 as MakeHuman does.
    """
    flip = np.array([1.0, medial, 1.0])
    low = points[:, 2] < 0.3 * length
    skin, facing = points[low] * flip / length, normals[low] * flip
    mean = (1.0 - family) * sole_table.GENERATED_MEAN + family * sole_table.MAKEHUMAN_MEAN
    covariance = (1.0 - family) * _GENERATED + family * _MAKEHUMAN
    turned = Frame.identity()
    spread, kept = np.full(2, _BLIND), np.zeros(PATCHES, dtype=bool)
    for _ in range(_TURNS):
        local, ways = turned.inverse.apply(skin), turned.inverse.turn(facing)
        places, heights = patches(local, ways)
        answer = _robust(places, heights, mean, covariance)
        if answer is None:
            break
        plane, spread, kept = answer
        turned = turned @ _frame_of(plane)
        if np.abs(plane).max() < 1e-6:
            break
    ground = _lowest(turned.inverse.apply(skin), turned.inverse.turn(facing), kept)
    turned = turned @ Frame(np.eye(3), np.array([0.0, 0.0, ground]))
    rotation = turned.rotation * np.outer(flip, flip)
    origin = turned.origin * flip * length
    return SolePlane(Frame(rotation, origin), spread, float(kept.mean()))


def _lowest(skin: FloatArray, normals: FloatArray, kept: NDArray[np.bool_]) -> float:
    """Height of the lowest skin under heel and ball over the fitted plane.

    0, so that the plane stays, where some patches do not agree: what hangs below is not the foot.
    """
    heights = []
    for row, _, within in _each_patch(skin, normals):
        if row < _TOES_FROM and len(within) >= _LEAST_POINTS:
            if not kept[row]:
                return 0.0
            heights.append(within[:, 2])
    return float(np.percentile(np.concatenate(heights), _LOWEST)) if heights else 0.0


def patches(skin: FloatArray, normals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Middles (patches, 2) and heights (patches,) of the sole's patches, foot lengths.

    `skin` (n, 3) stands on z = 0, medial side +y. NaN where a patch is not shown.
    """
    places, heights = np.full((PATCHES, 2), np.nan), np.full(PATCHES, np.nan)
    for row, place, within in _each_patch(skin, normals):
        places[row] = place
        if len(within) >= _LEAST_POINTS:
            heights[row] = np.percentile(within[:, 2], _PERCENTILE)
    return places, heights


def _each_patch(
    skin: FloatArray, normals: FloatArray
) -> Iterator[tuple[int, tuple[float, float], FloatArray]]:
    """Number, middle and skin (k, 3) of each patch whose slab is shown."""
    shown = (skin[:, 2] < _CEILING) & (skin[:, 2] > -_CEILING)
    foot = skin[shown]
    down = normals[shown][:, 2] < _DOWNWARD
    for slab, (back, front) in enumerate(SLABS):
        inside = (foot[:, 0] > back) & (foot[:, 0] < front)
        if inside.sum() < 3 * _LEAST_POINTS:
            continue
        lateral, medial = np.percentile(foot[inside, 1], [2.0, 98.0])
        under = foot[inside & down]
        edges = np.linspace(medial, lateral, THIRDS + 1)
        for third in range(THIRDS):
            within = under[(under[:, 1] <= edges[third]) & (under[:, 1] > edges[third + 1])]
            middle = 0.5 * float(edges[third] + edges[third + 1])
            yield slab * THIRDS + third, (0.5 * (back + front), middle), within


def _frame_of(plane: FloatArray) -> Frame:
    """The frame on the plane z = c + p x + r y: its x axis stays over the old one."""
    height, pitch, roll = plane
    normal = unit(np.array([-pitch, -roll, 1.0]))
    x = unit(np.array([1.0, 0.0, 0.0]) - normal[0] * normal)
    rotation = np.column_stack([x, cross(normal, x), normal])
    return Frame(rotation, np.array([0.0, 0.0, height]))


def _robust(
    places: FloatArray, heights: FloatArray, mean: FloatArray, covariance: FloatArray
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]] | None:
    """Plane (height, pitch, roll), spread of the latter two, the patches that agree on it."""
    seen = np.isfinite(heights)
    if seen.sum() < 4:
        return None
    design = np.column_stack([np.ones(PATCHES), places])
    off = heights - mean
    deviation = np.sqrt(np.diag(covariance))
    best, cheapest = None, np.inf
    for slabs in _BELIEVED:
        chosen = seen & np.isin(np.arange(PATCHES) // THIRDS, slabs)
        if chosen.sum() < 4 or np.ptp(places[chosen, 0]) < 0.3:
            continue
        plane, _ = _fitted(design, off, covariance, chosen)
        rest = np.where(seen, off - design @ plane, np.inf)
        kept = np.abs(rest) < _STRAY * deviation
        if kept.sum() < 4:
            continue
        cost = float(rest[kept] @ np.linalg.solve(covariance[np.ix_(kept, kept)], rest[kept]))
        cost += _BELOW * float((seen & ~kept & (rest < 0.0)).sum())
        cost += _ABOVE * float((seen & ~kept & (rest > 0.0)).sum())
        if cost < cheapest - 1e-9:
            best, cheapest = np.abs(rest) / deviation, cost
    if best is None:
        best = np.zeros(PATCHES)
    kept = seen & (np.where(seen, best, np.inf) < _STRAY)
    if kept.sum() < 4:
        kept = seen
    plane, spread = _fitted(design, off, covariance, kept)
    again = seen & (np.abs(np.where(seen, off - design @ plane, np.inf)) < _TAKEN_BACK * deviation)
    if again.sum() >= 4:
        plane, spread = _fitted(design, off, covariance, again)
        kept = again
    return plane, spread, kept


def _fitted(
    design: FloatArray, off: FloatArray, covariance: FloatArray, chosen: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    rows = np.flatnonzero(chosen)
    slope = design[rows]
    weighed = np.linalg.solve(covariance[np.ix_(rows, rows)], np.column_stack([slope, off[rows]]))
    # a plane that is hardly told stays where it was: 12 deg either way, 20 % of the length
    precision = slope.T @ weighed[:, :3] + np.diag([25.0, 25.0, 25.0])
    plane = np.linalg.solve(precision, slope.T @ weighed[:, 3])
    return plane, np.sqrt(np.diag(np.linalg.inv(precision)))[1:]
