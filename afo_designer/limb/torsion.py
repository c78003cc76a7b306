"""Torsion: how far the foot is turned out against the knee, from the shapes of the shank's rings.

The rings of the upper shank turn with the knee, the foot's axis does not: the waves of their
radius tell the turn. Waves and toe-out together have a mean and a covariance on legs of
`limb.generator` (`torsion_table`, written by `benchmarks/fit_shank.py`); toe-out is what is
expected given the waves that the scan shows. A leg whose waves are not those legs' gets a wider
standard deviation.
"""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.limb import torsion_table
from afo_designer.limb.shank import across, ring_polygon
from afo_designer.limb.shank_axis import RING_HEIGHTS, square

# Waves around a ring: from 3 to 5 they halve the error, from 5 to 12 they change nothing.
_WAVES = 5
WAVES = 2 * _WAVES + 1
_BINS, _HALF = 72, 0.03
# Rings that must be shown: up to 0.8 foot lengths over the malleoli, half way to the knee.
_LEAST_RINGS = 4


def wave_features(skin: FloatArray, direction: FloatArray) -> FloatArray:
    """(rings, 11): mean radius, cosines and sines of five waves of it; NaN where no ring is whole.

    `skin` (n, 3) in foot lengths from the malleoli's middle, medial side +y, `direction` (3,) the
    shank's axis.
    """
    ahead, left = across(direction)
    local = skin @ np.column_stack([ahead, left, direction])
    local = local[np.hypot(local[:, 0], local[:, 1]) < 0.45]
    found = np.full((len(RING_HEIGHTS), WAVES), np.nan)
    if len(local) < _BINS:
        return found
    top = np.percentile(local[:, 2], 99.5)
    even = -np.pi + np.arange(_BINS) * (2.0 * np.pi / _BINS)
    for row, height in enumerate(RING_HEIGHTS):
        if height + _HALF > top:
            break
        ring = local[np.abs(local[:, 2] - height) < _HALF]
        polygon = ring_polygon(ring, np.array([0.0, 0.0, 1.0]), _BINS)
        if polygon is None:
            continue
        offset = polygon - polygon.mean(axis=0)
        turn = np.arctan2(offset[:, 1], offset[:, 0])
        order = np.argsort(turn, kind="stable")
        radius = np.hypot(offset[:, 0], offset[:, 1])[order]
        waves = np.fft.rfft(np.interp(even, turn[order], radius, period=2.0 * np.pi)) / _BINS
        kept = waves[1 : _WAVES + 1]
        found[row] = np.concatenate([[waves[0].real], kept.real, kept.imag])
    return found


def toe_out(skin: FloatArray, direction: FloatArray) -> tuple[float, float] | None:
    """Toe-out (rad) and its standard deviation.

    None where too little of the shank is shown, or where it is so unlike the legs of the table that
    it tells nothing.
    """
    features = wave_features(skin, direction)
    if np.isfinite(features[:, 0]).sum() < _LEAST_RINGS:
        return None
    flat = features.ravel()
    seen = np.flatnonzero(np.isfinite(flat))
    off = flat[seen] - torsion_table.MEAN[seen]
    inner, cross = _COVARIANCE[np.ix_(seen, seen)], _COVARIANCE[-1, seen]
    weighed = np.linalg.solve(inner, np.column_stack([off, cross]))
    strange = max(1.0, float(off @ weighed[:, 0]) / len(seen))
    usual = float(_COVARIANCE[-1, -1])
    variance = (usual - float(cross @ weighed[:, 1])) * strange
    if variance > usual:
        return None  # less is known than without looking
    return float(torsion_table.MEAN[-1] + cross @ weighed[:, 0]), float(np.sqrt(variance))


_COVARIANCE = square(torsion_table.COVARIANCE)
