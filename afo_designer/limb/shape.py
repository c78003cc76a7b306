"""Shape: a leg's outline in numbers, as shares of foot length; the input of all statistics.

Everything is in the symmetric foot frame of `pose`, mirrored so that the medial side is +y.
"""

from __future__ import annotations

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.limb.pose import FOOT_HEIGHT, Pose
from afo_designer.limb.shank import across, ring_polygon

BORDER_STATIONS = np.array([0.08, 0.18, 0.30, 0.42, 0.54, 0.62, 0.70, 0.78, 0.86])
DORSUM_STATIONS = np.array([0.52, 0.60, 0.68, 0.76, 0.84, 0.92])
TOE_LINES = np.array([0.10, 0.26, 0.42, 0.58, 0.74, 0.90])
BACK_HEIGHTS = np.array([0.06, 0.14, 0.22, 0.30, 0.38])
ANKLE_STATIONS = np.array([0.06, 0.14, 0.22, 0.30])
_DORSUM_CEILING = 0.36
_HALF = 0.02
# Scatter of a shape number that no statistics explain, in foot lengths: about the noise of a
# phone scan.
NUMBER_SCATTER = 0.01


def shape_numbers(points: FloatArray, pose: Pose, mirrored: bool) -> FloatArray:
    """The feature vector (f,) of a leg: `points` (n, 3) in the foot frame, mm.

    `mirrored` swaps left and right first, so the same call serves both hypotheses of the side.
    NaN stands where the scan has no surface.
    """
    flip = np.array([1.0, -1.0 if mirrored else 1.0, 1.0])
    local = points * flip / pose.foot_length
    centre = pose.shank_point * flip / pose.foot_length
    direction = pose.shank_direction * flip
    foot = local[local[:, 2] < FOOT_HEIGHT]
    medial, lateral = borders(foot)
    line = [centre[0], centre[1], direction[0] / direction[2], direction[1] / direction[2]]
    return np.concatenate(
        [
            line,
            medial,
            lateral,
            _dorsum(local),
            toe_front(foot),
            _back(local, centre),
            _ankle(local, centre, direction),
        ]
    )


def borders(foot: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Greatest and smallest y of the foot at the border stations."""
    found = np.full((2, len(BORDER_STATIONS)), np.nan)
    for column, station in enumerate(BORDER_STATIONS):
        y = foot[np.abs(foot[:, 0] - station) < _HALF, 1]
        if len(y) >= 10:
            found[:, column] = np.percentile(y, [98.0, 2.0])
    return found[0], found[1]


def toe_front(foot: FloatArray) -> FloatArray:
    """How far the foot reaches forward along lines at shares of the ball's width, medial first."""
    ball = foot[(foot[:, 0] > 0.58) & (foot[:, 0] < 0.76), 1]
    lateral, medial = np.percentile(ball, [1.0, 99.0])
    width = medial - lateral
    front = np.full(len(TOE_LINES), np.nan)
    for column, share in enumerate(TOE_LINES):
        near = np.abs(foot[:, 1] - (medial - share * width)) < 0.07 * width
        if near.sum() >= 10:
            front[column] = np.percentile(foot[near, 0], 99.7)
    return front


def _dorsum(local: FloatArray) -> FloatArray:
    """Height of the foot's back; a shin leaning over it lies above the ceiling."""
    height = np.full(len(DORSUM_STATIONS), np.nan)
    low = local[local[:, 2] < _DORSUM_CEILING]
    for column, station in enumerate(DORSUM_STATIONS):
        z = low[np.abs(low[:, 0] - station) < _HALF, 2]
        if len(z) >= 10:
            height[column] = np.percentile(z, 98.0)
    return height


def _back(local: FloatArray, centre: FloatArray) -> FloatArray:
    """The heel's and Achilles tendon's outline: smallest x at heights above the sole."""
    depth = np.full(len(BACK_HEIGHTS), np.nan)
    for column, height in enumerate(BACK_HEIGHTS):
        near = (np.abs(local[:, 2] - height) < _HALF) & (local[:, 0] < centre[0] + 0.1)
        if near.sum() >= 10:
            depth[column] = np.percentile(local[near, 0], 1.5)
    return depth


def _ankle(local: FloatArray, centre: FloatArray, direction: FloatArray) -> FloatArray:
    """Front, back, medial and lateral reach of the sections above the ankle from the shank line."""
    reach = np.full((4, len(ANKLE_STATIONS)), np.nan)
    height = (local - centre) @ direction
    for column, station in enumerate(ANKLE_STATIONS):
        ring = local[np.abs(height - station) < _HALF] - centre
        ring = ring[np.linalg.norm(ring @ across(direction).T, axis=1) < 0.45]
        polygon = ring_polygon(ring, direction)
        if polygon is not None:
            reach[:2, column] = polygon[:, 0].max(), polygon[:, 0].min()
            reach[2:, column] = polygon[:, 1].max(), polygon[:, 1].min()
    return reach.ravel()
