"""Shank: rings of skin about the shin and the line through their centroids."""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray, cross, unit
from afo_designer.geometry.refusal import InputRefused

# Where the shank's own line is taken, in foot lengths above the ankle's height: low enough for
# scans cut at sixty per cent of the shank, so that the line does not depend on the cut.
_LINE_STATIONS = np.linspace(0.15, 0.65, 14)


class NoFootFound(InputRefused):
    """The surface is not a leg with a foot."""


def shank_line(local: FloatArray, length: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The line through the centroids of the shank's sections, in the foot frame.

    `local` (n, 3) in the foot frame. Returns a point (3,), the upward unit direction (3,) and the
    centroids (k, 3) it was fitted to. Raises `NoFootFound` where fewer than three sections exist.
    """
    point = np.array([0.25, 0.0, 0.30]) * length
    above = local[(local[:, 2] > 0.40 * length) & (np.linalg.norm(local - point, axis=1) < length)]
    if len(above) < 60:
        raise NoFootFound("no foot found: there is no shank above the foot")
    direction = unit(above.mean(axis=0) - point)
    for _ in range(5):
        sections = _section_centroids(local, point, direction, length)
        if len(sections) < 3:
            raise NoFootFound("no foot found: there is no shank above the foot")
        middle = sections.mean(axis=0)
        axis = np.linalg.svd(sections - middle, full_matrices=False)[2][0]
        direction = axis * np.sign(axis @ direction)
        # the line's own point at the ankle's height, so that stations stay on the shank
        point = middle + direction * ((0.30 * length - middle[2]) / max(direction[2], 0.3))
    return point, direction, sections


def _section_centroids(
    local: FloatArray, point: FloatArray, direction: FloatArray, length: float
) -> FloatArray:
    height = (local - point) @ direction
    top = np.percentile(height[local[:, 2] > 0.3 * length], 99.0)
    half = 0.02 * length
    found = []
    for station in _LINE_STATIONS * length:
        if station + half > top:
            break
        ring = local[np.abs(height - station) < half]
        near = np.linalg.norm(cross(ring - point, direction), axis=1) < 0.4 * length
        polygon = ring_polygon(ring[near] - point, direction)
        if polygon is not None:
            found.append(point + station * direction + polygon_centroid(polygon, direction))
    return np.array(found).reshape(-1, 3)


def ring_polygon(ring: FloatArray, direction: FloatArray, bins: int = 36) -> FloatArray | None:
    """A slab's points as a polygon (bins, 2) about their middle; None where too much is missing.

    Mean radius by angle, gaps up to a quarter turn bridged. Coordinates are along the two axes
    of `across(direction)`.
    """
    if len(ring) < bins:
        return None
    flat = ring @ across(direction).T
    middle = np.percentile(flat, [2.0, 98.0], axis=0).mean(axis=0)
    offset = flat - middle
    radius = np.linalg.norm(offset, axis=1)
    turn = np.arctan2(offset[:, 1], offset[:, 0])
    place = np.minimum(((turn + np.pi) / (2.0 * np.pi) * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    seen = count > 0
    gaps = np.diff(np.flatnonzero(np.concatenate([seen, seen])))
    if seen.sum() < 4 or gaps.max() > bins // 4:
        return None
    mean = np.bincount(place, weights=radius, minlength=bins)[seen] / count[seen]
    centres = -np.pi + (np.arange(bins) + 0.5) * (2.0 * np.pi / bins)
    full = np.interp(centres, centres[seen], mean, period=2.0 * np.pi)
    return middle + full[:, None] * np.column_stack([np.cos(centres), np.sin(centres)])


def across(direction: FloatArray) -> FloatArray:
    """(2, 3): forward and left unit vectors perpendicular to a direction near z."""
    forward = unit(np.array([1.0, 0.0, 0.0]) - direction[0] * direction)
    return np.array([forward, cross(direction, forward)])


def polygon_centroid(polygon: FloatArray, direction: FloatArray) -> FloatArray:
    """Area centroid (3,) of a polygon in the axes of `across(direction)`."""
    following = np.roll(polygon, -1, axis=0)
    cross = polygon[:, 0] * following[:, 1] - following[:, 0] * polygon[:, 1]
    centroid = ((polygon + following) * cross[:, None]).sum(axis=0) / (3.0 * cross.sum())
    return centroid @ across(direction)
