"""Stage 3. Posed leg → its landmarks with a confidence each.

Every landmark has a statistical expectation with an error (`expectation`). Where anatomy defines it
by the shape of the skin, a cue says how well a place about it fits: how far the skin stands out, or
bulges. The place found is the mean under expectation's Gaussian times the cue's likelihood: a leg
like the fitted ones keeps its expectation, an unusual one, whose error is wide, follows its shape,
and everything between does so by degrees. All is in foot lengths, in the medial-positive foot
frame.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree
from scipy.special import fdtr

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.limb.expectation import Expectation
from afo_designer.limb.landmarks import CLOSE, NAMES
from afo_designer.limb.relief import Grid, PosedLeg, heights_over

BoolArray = NDArray[np.bool_]

_FREEDOM = 6.0

# Axis and sign of the way out where the landmark is the skin that stands out most.
EXTREMES = {
    "heel_posterior": (0, -1.0),
    "heel_plantar": (2, -1.0),
    "first_metatarsal_head_medial": (1, 1.0),
    "first_metatarsal_head_plantar": (2, -1.0),
    "fifth_metatarsal_head_lateral": (1, -1.0),
    "fifth_metatarsal_head_plantar": (2, -1.0),
    "hallux_tip": (0, 1.0),
    "second_toe_tip": (0, 1.0),
}
# The side that a malleolus faces, and the noise of its bulge: the medial one is the clearer.
MALLEOLI = {"medial_malleolus": (1.0, 0.0004), "lateral_malleolus": (-1.0, 0.0006)}
# The hallux stands out more than the second toe, a tenth of a foot length beside it.
_BESIDE_HALLUX = 0.01
# Half the breadth of a map about an expectation, and half its depth; wide for the bulge, whose
# broad mean must not end at the map's edge.
_REACH, _BULGE_REACH, _DEPTH = 0.075, 0.225, 0.13
_STEP = 0.0125
# Scales of the bulge: a malleolus is about 0.1 wide.
_FINE, _BROAD = 0.03, 0.05
# The cue's noise: a place is e times likelier for standing out, or bulging, so much more; and how
# much wider than its error an expectation counts against the bulge. Chosen among some thirty
# combinations on generated legs, makehuman and the leg from imaging.
_STAND_NOISE = 0.002
_BULGE_LOOSE = 1.5
# Standard deviations of the expectation within which a place is sought, and places on the way.
_SOUGHT, _PLACES = 3.0, 12
# Skin (points over foot length squared) a map's cell needs.
_SKIN = 2500.0
# Share of a map that must be shown.
_LEAST = 0.2
# Skin about a place that its surface is fitted to (standard deviation), and the fewest points.
_NEAR, _FEWEST = 0.012, 40
_FACING = 0.3
# Error of a place over the way that the cue drew it [D].
_DRAWN = 0.3
# A place this far from the skin, with an open edge that near the closest skin, is over a hole.
_HOLE = 0.015


class Finding(NamedTuple):
    """A detected place (3,) and its root mean square error."""

    place: FloatArray
    error: float


def detected(leg: PosedLeg, expected: Expectation) -> dict[str, Finding]:
    """Every landmark by name; a place over a hole keeps its expectation."""
    tree = cKDTree(leg.points)
    edges = cKDTree(leg.rims) if len(leg.rims) else None
    in_shank, turned = leg.in_shank(leg.points), leg.normals @ leg.shank_axes.T
    found = {}
    for name in NAMES:
        place, error = expected.place(name), expected.error(name)
        gap = _gap_under(place, tree, edges)
        if gap > 0.0:
            found[name] = Finding(place, float(np.hypot(error, gap)))
            continue
        drawn = place
        if name in MALLEOLI:
            sign, noise = MALLEOLI[name]
            way = Way(in_shank, turned, 1, sign, 0, 2, noise)
            start = leg.in_shank(place)
            drawn = leg.from_shank(start + way.drawn(start, error))
        elif name in EXTREMES:
            axis, sign = EXTREMES[name]
            u, v = (other for other in range(3) if other != axis)
            way = Way(leg.points, leg.normals, axis, sign, u, v, None)
            reach = _BESIDE_HALLUX if name == "second_toe_tip" else error
            drawn = place + way.drawn(place, min(error, reach))
        moved = _DRAWN * float(np.linalg.norm(drawn - place))
        found[name] = Finding(_on_skin(leg, tree, drawn), float(np.hypot(error, moved)))
    return found


def probability_close(error: float) -> float:
    """That a landmark lies within `CLOSE`, from its root mean square error, mm.

    Errors over expected ones have longer tails than a Gaussian: those of legs left out of the fit
    follow Student's distribution in three dimensions with six degrees of freedom (95 % within 1.85
    times the root mean square and 99 % within 2.6, there 1.8 and 2.55).
    """
    per_axis = max(error, 1e-6) * np.sqrt((_FREEDOM - 2.0) / (3.0 * _FREEDOM))
    return float(fdtr(3.0, _FREEDOM, (CLOSE / per_axis) ** 2 / 3.0))


def _gap_under(place: FloatArray, skin: cKDTree, rims: cKDTree | None) -> float:
    """Distance to the skin if a place lies over a hole in it, else 0."""
    distance, nearest = skin.query(place)
    if rims is None or distance < _HOLE:
        return 0.0
    return float(distance) if rims.query(skin.data[nearest])[0] < _HOLE else 0.0


class Way(NamedTuple):
    """A look at the skin along an axis for what stands out, or bulges with so much noise."""

    points: FloatArray
    normals: FloatArray
    axis: int
    sign: float
    u: int
    v: int
    bulge_noise: float | None

    def drawn(self, place: FloatArray, error: float) -> FloatArray:
        """How far (3,) the cue draws a place, across the axis."""
        reach = _REACH if self.bulge_noise is None else _BULGE_REACH
        steps = np.arange(-reach, reach + 1e-9, _STEP)
        level = place[self.axis]
        columns, rows = place[self.u] + steps, place[self.v] + steps
        low, high = level - _DEPTH, level + _DEPTH
        grid = Grid(self.axis, self.sign, self.u, columns, self.v, rows, low, high)
        height, skin = heights_over(grid, self.points, self.normals)
        shown = skin > _SKIN
        if shown.mean() < _LEAST:
            return np.zeros(3)
        height = np.where(shown, self.sign * (height - level), 0.0)
        sigma = error / np.sqrt(3.0)
        if self.bulge_noise is None:
            cue, noise = _smoothed(height, shown, _STEP), _STAND_NOISE
        else:
            cue, noise = _bulge(height, shown), self.bulge_noise
            sigma *= _BULGE_LOOSE
        sigma = min(sigma, (reach - _STEP) / _SOUGHT)
        sought = np.linspace(-_SOUGHT, _SOUGHT, 2 * _PLACES + 1) * sigma
        a, b = np.meshgrid(sought, sought, indexing="ij")
        at = np.stack([a, b]) / _STEP + (len(steps) - 1) / 2.0
        found = map_coordinates(cue, at, order=3, mode="nearest")
        seen = map_coordinates(shown.astype(np.float64), at, order=1, mode="nearest")
        exponent = -0.5 * (a * a + b * b) / sigma**2 + found / noise
        weight = np.exp(exponent - exponent.max()) * np.maximum(seen, 1e-3)
        shift = np.zeros(3)
        shift[self.u], shift[self.v] = (weight * a).sum(), (weight * b).sum()
        return shift / weight.sum()


def _smoothed(height: FloatArray, shown: BoolArray, scale: float) -> FloatArray:
    """Heights averaged over Gaussian neighbourhoods, by what is shown of them."""
    cells = scale / _STEP
    share = gaussian_filter(shown.astype(np.float64), cells, mode="constant", truncate=3.0)
    total = gaussian_filter(height, cells, mode="constant", truncate=3.0)
    return np.asarray(total / np.maximum(share, 1e-3))


def _bulge(height: FloatArray, shown: BoolArray) -> FloatArray:
    """How far the skin stands out of its wider neighbourhood: a band-pass curvature."""
    return _smoothed(height, shown, _FINE) - _smoothed(height, shown, _BROAD)


def _on_skin(leg: PosedLeg, tree: cKDTree, place: FloatArray) -> FloatArray:
    """The place carried along the normal onto the skin's quadric, which noise hardly moves."""
    nearest = leg.points[tree.query(place)[1]]
    for _ in range(2):
        near = np.array(tree.query_ball_point(nearest, 2.5 * _NEAR), dtype=np.int64)
        if len(near) < _FEWEST:
            return nearest
        out = unit(leg.normals[near].mean(axis=0))
        near = near[leg.normals[near] @ out > _FACING]
        sides = np.linalg.svd(out[None])[2][1:]
        flat, height = (leg.points[near] - place) @ sides.T, (leg.points[near] - place) @ out
        weight = np.exp(-0.5 * ((leg.points[near] - nearest) ** 2).sum(axis=1) / _NEAR**2)
        u, v = flat.T
        design = np.column_stack([np.ones_like(u), u, v, u * u, u * v, v * v])
        root = np.sqrt(weight)[:, None]
        solution = np.linalg.lstsq(design * root, height * root[:, 0], rcond=None)[0]
        level = float(np.clip(solution[0], height.min(), height.max()))
        nearest = place + level * out
    return nearest
