"""Fit: the inner surface against the limb, and whether one gets in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.spatial import cKDTree

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.distance import closest_points
from afo_designer.shell.hinge import seat_share
from afo_designer.shell.shell import Shell, flare_of
from afo_designer.shell.standoff import leaf_share

# Points of the inner surface that are measured: rows along s, columns across.
ROWS, COLUMNS = 220, 41
# A point farther than this from the skin, less than this share of it square to the skin, lies over
# a hole.
SIDEWAYS_MM, SIDEWAYS_SHARE = 0.5, 0.7
# Nearer to the metatarsal heads than this (mm) the sheet under the toes begins.
FIT_ENDS_MM = 15.0
# The midline of a leaf: this far to either side.
MIDLINE_RAD = np.radians(3.0)


@dataclass(frozen=True, slots=True)
class Spread:
    """Statistics of signed distances (mm): outside the limb positive.

    `rms`, the 50th and 95th percentile and the largest of their sizes, the signed `mean`.
    """

    rms: float
    p50: float
    p95: float
    largest: float
    mean: float


def spread_of(signed: FloatArray) -> Spread:
    """The statistics of distances (n,), n ≥ 1."""
    size = np.abs(signed)
    p50, p95 = np.percentile(size, [50.0, 95.0])
    rms = float(np.sqrt(np.mean(size**2)))
    return Spread(rms, float(p50), float(p95), float(size.max()), float(signed.mean()))


@dataclass(frozen=True, slots=True)
class Fit:
    """Distances in mm.

    `rms` and `p95` of the inner surface against the positive model inside the trim (flare left
    out); `clearance` the (5th, 50th, 95th) percentile of the distance to the skin where the
    surface is offset from it; `clearance_error` the root mean square of that distance minus the
    one asked for, `clearance_error_p95` the 95th percentile of its size; `deviation` the statistics
    of the first, signed, over all and by part of the orthosis; `reliefs` the distance to the skin
    at each relief's centre that the shell covers; `unseen` the share of the surface that bridges
    holes of the scan, left out of these.
    Where a leaf, a fold or a hinge's seat stands off the limb only what it lacks counts, not what
    it has in excess:
    `stand_off` is its largest distance to the skin at the midline and at the edges, 0 without.
    """

    rms: float
    p95: float
    clearance: tuple[float, float, float]
    clearance_error: float
    clearance_error_p95: float
    deviation: dict[str, Spread]
    reliefs: dict[str, float]
    unseen: float
    stand_off: tuple[float, float]


def measure_fit(shell: Shell, positive: PositiveModel) -> Fit:
    """The fit of a shell over its positive model."""
    s, theta = _inside(shell)
    points = shell.chart.point(s, theta)
    flare = flare_of(shell.stations, shell.parameters, s)
    on_skin = (s < shell.stations.heads - FIT_ENDS_MM) & (flare < 0.05)
    points, theta, s = points[on_skin], theta[on_skin], s[on_skin]
    off = leaf_share(shell.stations, shell.parameters, s) > 0.0
    if shell.hinge is not None:
        off |= seat_share(shell.hinge, points, theta) > 0.0
    bent = np.zeros_like(off)
    for fold in shell.folds:
        bent |= fold.rise(s, theta, points) > 0.0
    nearest, gap, face = closest_points(points, positive.mesh)
    # Over a hole of the scan the nearest skin lies sideways: there is nothing to compare with.
    along = np.einsum("ij,ij->i", points - nearest, positive.mesh.triangle_normals[face])
    seen = (gap < SIDEWAYS_MM) | (np.abs(along) > SIDEWAYS_SHARE * gap)
    # A leaf that stands off may be further from the cast, not nearer; so may folds.
    outside, free = np.where(along >= 0.0, 0.0, gap), off | bent
    seen |= free
    gap = np.where(free, outside, gap)[seen]
    deviation = _by_part(shell, s[seen], np.copysign(gap, along[seen]))
    points, off, free = points[seen], off[seen], free[seen]
    middle = np.abs(theta[seen]) < MIDLINE_RAD
    _, clearance, triangle = closest_points(points, positive.skin)
    asked = positive.offset[positive.skin.triangles[triangle]].mean(axis=1)
    offset = np.isfinite(asked)
    low, median, high = np.percentile(clearance[offset & ~free], [5.0, 50.0, 95.0])
    error = clearance - asked
    error = np.abs(np.where(free, np.minimum(error, 0.0), error)[offset])
    return Fit(
        rms=float(np.sqrt(np.mean(gap**2))),
        p95=float(np.percentile(gap, 95.0)),
        clearance=(float(low), float(median), float(high)),
        clearance_error=float(np.sqrt(np.mean(error**2))),
        clearance_error_p95=float(np.percentile(error, 95.0)),
        deviation=deviation,
        reliefs=_reliefs(positive, points, clearance),
        unseen=float(1.0 - seen.mean()),
        stand_off=(
            float(clearance[off & middle].max(initial=0.0)),
            float(clearance[off].max(initial=0.0)),
        ),
    )


def _by_part(shell: Shell, s: FloatArray, signed: FloatArray) -> dict[str, Spread]:
    """Statistics of signed distances at stations s by part, the whole first."""
    at = shell.stations
    ends = {
        "calf_band": (at.top, at.band),
        "taper": (at.band, at.leaf),
        "leaf": (at.leaf, at.root),
        "heel": (at.root, at.sole),
        "sole": (at.sole, at.heads),
    }
    parts = {name: signed[(s >= low) & (s < high)] for name, (low, high) in ends.items()}
    return {"all": spread_of(signed)} | {
        name: spread_of(values) for name, values in parts.items() if len(values)
    }


def _inside(shell: Shell) -> tuple[FloatArray, FloatArray]:
    """A grid of parameters inside the trim, flattened."""
    s = np.linspace(shell.stations.top, shell.stations.end - 5.0, ROWS)
    medial, lateral = shell.trim.sides(s)
    v = np.linspace(0.02, 0.98, COLUMNS)
    theta = medial[:, None] + v * (lateral - medial)[:, None]
    return np.repeat(s, COLUMNS), theta.ravel()


def _reliefs(
    positive: PositiveModel, points: FloatArray, clearance: FloatArray
) -> dict[str, float]:
    """Distance to the skin beside each relief's centre, where the shell reaches it."""
    tree = cKDTree(points)
    found = {}
    for site in positive.reliefs:
        centre = np.atleast_2d(site.path)[len(np.atleast_2d(site.path)) // 2]
        away, nearest = tree.query(centre)
        room = sum(max(float(one.room(centre[None])[0]), 0.0) for one in positive.reliefs)
        if away < room + positive.parameters.clearance_mm + 4.0:
            found[site.name] = float(clearance[nearest])
    return found


@dataclass(frozen=True, slots=True)
class Opening:
    """The way in at one height: chord between the edges, what must pass, surface strain needed.

    `strain` is infinite where even the flattened wall is too narrow.
    """

    name: str
    chord: float
    passing: float
    strain: float


def openings(shell: Shell, positive: PositiveModel) -> tuple[Opening, ...]:
    """The calf and the malleoli on their way through the anterior opening."""
    at = shell.stations
    calf_s = 0.5 * (at.top + at.band)
    theta = np.linspace(-np.pi / 1.5, np.pi / 1.5, 121)
    calf_width = float(np.ptp(shell.chart.point(np.full_like(theta, calf_s), theta)[:, 1]))
    malleoli = positive.landmarks.position("lateral_malleolus") - positive.landmarks.position(
        "medial_malleolus"
    )
    return (
        _opening(shell, "calf", calf_s, calf_width),
        _opening(shell, "malleoli", at.ankle, float(np.linalg.norm(malleoli))),
    )


def _opening(shell: Shell, name: str, s: float, passing: float) -> Opening:
    """Strain to spread a section's arc until its chord lets `passing` mm through.

    The wall is bent evenly from curvature 1/R to 1/R′ at constant length L, chord
    2 R sin(L / 2R): an estimate, one strip without its neighbours.
    """
    medial, lateral = shell.trim.sides(np.array([s]))
    theta = np.linspace(float(medial[0]), float(lateral[0]), 80)
    points = shell.chart.point(np.full_like(theta, s), theta)
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    chord = float(np.linalg.norm(points[-1] - points[0]))
    behind = 0.5 * (float(lateral[0]) - float(medial[0])) < np.pi / 2.0
    if behind or chord >= passing:
        return Opening(name, chord, passing, 0.0)
    if length <= passing:
        return Opening(name, chord, passing, float("inf"))
    change = _curvature(length, chord) - _curvature(length, passing)
    return Opening(name, chord, passing, 0.5 * float(shell.thickness(s, theta).max()) * change)


def _curvature(length: float, chord: float) -> float:
    """1/R of an arc from its length and chord."""

    def miss(half_angle: float) -> float:
        return np.sin(half_angle) / half_angle - chord / length

    half_angle = float(brentq(miss, 1e-6, np.pi - 1e-6))
    return 2.0 * half_angle / length
