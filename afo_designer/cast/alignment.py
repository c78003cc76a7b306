"""Alignment: the shank brought to the orthosis's ankle angle, the foot left where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.cast.transition import STEEPEST, smooth_step
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.limb import Limb

# Correction that always calls for a second look (rad): issue 2, item 3.
LARGE_CORRECTION = np.radians(15.0)
# Skin may be squeezed to no less than this fraction of its angle about the ankle.
LEAST_SQUEEZE = 0.2
# Radii about the ankle axis in heights of the malleoli above the sole: inside the first the skin
# goes with the malleoli, outside the second with the sectors (chosen so that the bumps of the
# malleoli, some 25 mm in radius, stay rigid and the sole, one height away, does too).
MALLEOLAR_RADIUS, SOLE_RADIUS = 0.38, 1.0
# Where shank and foot are surely rigid, in the same heights: along the shank, ahead of the ankle.
SHANK_BEGINS, MIDFOOT_BEGINS = 1.6, 1.2


class AlignmentRefused(InputRefused):
    """An ankle angle that the ankle cannot be brought to."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A bend of the limb about the ankle axis: the foot fixed, the shank turned by `correction`.

    In the sagittal plane, in polar coordinates (ρ, β) about the ankle centre (β from +x towards
    +z), a point goes to (ρ, β − correction·w). w is 1 for the shank and the malleoli, 0 for the
    foot, and passes between them over two sectors: from `heel_angle` up to `achilles_angle` behind
    and from `instep_angle` up to `shin_angle` in front (rad), faded out towards the malleoli
    between `inner_radius` and `outer_radius` (mm). Distances from the axis stay, bones do not
    bend, and what one sector loses in volume the other gains.
    """

    centre: FloatArray
    correction: float
    instep_angle: float
    shin_angle: float
    achilles_angle: float
    heel_angle: float
    inner_radius: float
    outer_radius: float

    def weight(self, points: FloatArray) -> FloatArray:
        """(n,) share of the correction that a point follows, 0 (foot) to 1 (shank); C²."""
        radius, angle = self._polar(points)
        front = smooth_step(angle, self.instep_angle, self.shin_angle)
        back = 1.0 - smooth_step(angle, self.achilles_angle, self.heel_angle)
        near = 1.0 - smooth_step(radius, self.inner_radius, self.outer_radius)
        return 1.0 - (1.0 - front * back) * (1.0 - near)

    def apply(self, points: FloatArray) -> FloatArray:
        """Points (n, 3) in the limb frame after re-posing."""
        turn = self.correction * self.weight(points)
        dx, dz = points[:, 0] - self.centre[0], points[:, 2] - self.centre[2]
        # cos − 1 written so that a point that does not turn does not move by one bit.
        lag, sine = 2.0 * np.sin(0.5 * turn) ** 2, np.sin(turn)
        moved = np.array(points, dtype=np.float64)
        moved[:, 0] += sine * dz - lag * dx
        moved[:, 2] += -sine * dx - lag * dz
        return moved

    def rigid(self, point: FloatArray) -> FloatArray:
        """A point (3,) of the shank's bones, carried by the whole correction."""
        return Frame.about_axis(self.centre, [0.0, 1.0, 0.0], self.correction).apply(point)

    def _polar(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Distance from the axis and angle from −90° (the sole) to 270°, exclusive."""
        dx, dz = points[:, 0] - self.centre[0], points[:, 2] - self.centre[2]
        angle = np.arctan2(dz, dx)
        return np.hypot(dx, dz), np.where(angle < -0.5 * np.pi, angle + 2.0 * np.pi, angle)


def align(limb: Limb, ankle_angle: float, passive_dorsiflexion: float | None = None) -> Alignment:
    """The bend that brings a limb to `ankle_angle` (rad, dorsiflexion positive).

    The sectors are fitted to the limb: they begin where shank and midfoot end. Raises
    `AlignmentRefused` when the angle lies beyond `passive_dorsiflexion` (rad, None: not
    examined), or when the skin in front or behind would have to fold.
    """
    if passive_dorsiflexion is not None and ankle_angle > passive_dorsiflexion + 1e-9:
        raise AlignmentRefused(
            f"The orthosis is to hold the ankle at {np.degrees(ankle_angle):.1f} deg, but it was "
            f"dorsiflexed passively to {np.degrees(passive_dorsiflexion):.1f} deg only: choose a "
            f"smaller ankle angle and raise the heel instead."
        )
    correction = ankle_angle - limb.ankle_angle
    alignment = Alignment(limb.ankle_centre, correction, *_sectors(limb), *_radii(limb))
    front = alignment.shin_angle - alignment.instep_angle
    back = alignment.heel_angle - alignment.achilles_angle
    squeezed = front if correction > 0.0 else back
    if 1.0 - STEEPEST * abs(correction) / squeezed < LEAST_SQUEEZE:
        most = np.degrees((1.0 - LEAST_SQUEEZE) * squeezed / STEEPEST)
        raise AlignmentRefused(
            f"The scan shows the ankle at {np.degrees(limb.ankle_angle):.1f} deg; bringing it to "
            f"{np.degrees(ankle_angle):.1f} deg would fold the skin (at most {most:.0f} deg of "
            f"correction here): scan the leg nearer to the angle wanted."
        )
    return alignment


def _radii(limb: Limb) -> tuple[float, float]:
    height = float(limb.ankle_centre[2])
    return MALLEOLAR_RADIUS * height, SOLE_RADIUS * height


def _sectors(limb: Limb) -> tuple[float, float, float, float]:
    """Angles (rad) of instep, shin, Achilles tendon and heel about the ankle axis.

    Each is read off the skin and held to a range that leaves room to bend: calf and shin up to
    40° and 30° from the shank axis, the dorsum −15° to 15°, the heel 195° to 225°.
    """
    height = float(limb.ankle_centre[2])
    offset = limb.mesh.vertices - limb.ankle_centre
    shank = 0.5 * np.pi - limb.ankle_angle
    along = offset[:, 0] * np.cos(shank) + offset[:, 2] * np.sin(shank)
    across = offset[:, 2] * np.cos(shank) - offset[:, 0] * np.sin(shank)
    upper = along > SHANK_BEGINS * height
    lean = np.arctan2(across[upper], along[upper])
    calf = np.clip(lean.max(initial=0.0), *np.radians([20.0, 40.0]))
    shin = np.clip(-lean.min(initial=0.0), *np.radians([15.0, 30.0]))
    fore = (offset[:, 0] > MIDFOOT_BEGINS * height) & (along < SHANK_BEGINS * height)
    dorsum = np.arctan2(offset[fore, 2], offset[fore, 0]).max(initial=-np.pi)
    instep = np.clip(dorsum, *np.radians([-15.0, 15.0]))
    heel = limb.landmarks.position("heel_posterior") - limb.ankle_centre
    back = np.clip(np.arctan2(-heel[2], -heel[0]), *np.radians([15.0, 45.0])) + np.pi
    return float(instep), float(shank - shin), float(shank + calf), float(back)
