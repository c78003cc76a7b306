"""Alignment: the shank brought to the orthosis's ankle angle, the foot left where it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from afo_designer.cast.transition import STEEPEST, even_slope, even_step, smooth_step
from afo_designer.geometry.array import FloatArray, cross, frozen
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.limb import Limb

# Correction that always calls for a second look (rad): issue 2, item 3.
LARGE_CORRECTION = np.radians(15.0)
# Skin may be squeezed to no less, and drawn out to no more, than these fractions of its angle
# about the ankle: a foot that hangs by 30° comes to 0° well within them.
LEAST_SQUEEZE, MOST_STRETCH = 0.2, 2.2
# The sectors in which skin bends (rad). Behind: from the Achilles tendon, measured from the shank
# axis, to the heel. In front: from the shin, likewise, to the dorsum over the tarsal joints,
# measured from +x. Wide enough for 60 mm of skin, short of heel bone and metatarsals.
ACHILLES_FROM_SHANK, SHIN_FROM_SHANK, DORSUM = np.radians([18.0, 6.0, -5.0])
# The heel bone's skin begins so far above the heel's most posterior point (rad; 12 mm in an adult).
HEEL_BONE = np.radians(9.0)
LOWEST_HEEL, HIGHEST_HEEL = np.radians([15.0, 45.0])
# Radii about the ankle axis in heights of the ankle above the sole: within the first, skin goes
# with the malleoli (10 mm in an adult: their tips), beyond the second with the sectors. The blend
# is even in log ρ, which shears the skin between least; a narrower one creases it behind the ankle.
MALLEOLAR_RADIUS, FREE_RADIUS = 0.15, 0.80
# The power of the rear sector's change of angle by which its depth gives way: a tendon drawn out
# comes nearer to the ankle. At ½ the sector would keep its area; the generated legs ask for ¼, the
# MakeHuman ones, whose skin is interpolated between bones, for 0. From −30° to 0° this is 7 %; the
# tendon's lever falls by about a tenth (Maganaris 1998, recalled).
DEPTH = 0.15
# Heights along the shank, in the same unit, between which the sectors give way to a rigid shank.
SHANK_BEGINS, SHANK_RIGID = 1.2, 2.8
# The axis of an ankle that turns in the sagittal plane, as the bench's does.
TRANSVERSE = frozen([0.0, 1.0, 0.0], (3,))


class AlignmentRefused(InputRefused):
    """An ankle angle that the ankle cannot be brought to."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A bend of the limb about the ankle axis: the foot fixed, the shank turned by `correction`.

    In the sagittal plane, in polar coordinates (ρ, β) about the ankle centre (β from +x towards
    +z), a point goes to (ρ, β − correction·w). w is 1 for the shank and the malleoli, 0 for the
    foot, and passes between them over two sectors: from `heel_angle` up to `achilles_angle` behind
    and from `instep_angle` up to `shin_angle` in front (rad). Distances from the axis stay but in
    the rear sector, bones do not bend, and what one sector loses in volume the other gains.
    `ankle_height` (mm, above the sole) scales the part of the malleoli, `tips` (2, 3) in order of
    y, and of the upper shank. `axis` (3,), a unit vector with y > 0, is the y of these coordinates
    where the ankle turns about an oblique axis.
    """

    centre: FloatArray
    correction: float
    shank_angle: float
    heel_angle: float
    ankle_height: float
    tips: FloatArray
    axis: FloatArray = field(default_factory=lambda: TRANSVERSE)

    def __post_init__(self) -> None:
        for name in ("centre", "axis"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))
        object.__setattr__(self, "tips", frozen(self.tips, (2, 3)))

    @property
    def instep_angle(self) -> float:
        return float(DORSUM)

    @property
    def shin_angle(self) -> float:
        return float(self.shank_angle - SHIN_FROM_SHANK)

    @property
    def achilles_angle(self) -> float:
        return float(self.shank_angle + ACHILLES_FROM_SHANK)

    def weight(self, points: FloatArray) -> FloatArray:
        """(n,) share of the correction that a point follows, 0 (foot) to 1 (shank); C²."""
        own = self._own(points)
        front, behind = self._sectors(_angle(own))
        return 1.0 - (1.0 - front * (1.0 - behind)) * self._soft(own)

    def apply(self, points: FloatArray) -> FloatArray:
        """Points (n, 3) in the limb frame after re-posing."""
        own = self._own(points)
        angle, soft = _angle(own), self._soft(own)
        front, behind = self._sectors(angle)
        turn = self.correction * (1.0 - (1.0 - front * (1.0 - behind)) * soft)
        # What the sector behind gains in angle it loses in depth, by a part.
        slope = even_slope(angle, self.achilles_angle, self.heel_angle) * soft
        depth = (1.0 + self.correction * slope) ** -DEPTH
        dx, dz = own[:, 0], own[:, 2]
        # cos − 1 written so that a point that does not turn does not move by one bit.
        lag, sine = 2.0 * np.sin(0.5 * turn) ** 2, np.sin(turn)
        x, z = sine * dz - lag * dx, -sine * dx - lag * dz
        x, z = x + (depth - 1.0) * (dx + x), z + (depth - 1.0) * (dz + z)
        moved = np.array(points, dtype=np.float64)
        if self._transverse:
            moved[:, 0] += x
            moved[:, 2] += z
            return moved
        return moved + np.column_stack([x, np.zeros_like(x), z]) @ self._upright

    def _sectors(self, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(n,) shares passed of the sector in front, foot to shank, and of that behind."""
        front = even_step(angle, self.instep_angle, self.shin_angle)
        return front, even_step(angle, self.achilles_angle, self.heel_angle)

    def _soft(self, own: FloatArray) -> FloatArray:
        """(n,) 0 round the malleoli and on the upper shank, 1 where the sectors alone decide."""
        height, tips = self.ankle_height, self._own(self.tips)
        # Round each malleolus on its own side, from one to the other in between.
        share = smooth_step(own[:, 1], tips[0, 1], tips[1, 1])[:, None]
        middle = (1.0 - share) * tips[0] + share * tips[1]
        radius = np.hypot(*(own - middle)[:, [0, 2]].T)
        nearness = np.log(np.maximum(radius / height, 0.5 * MALLEOLAR_RADIUS))
        near = 1.0 - even_step(nearness, np.log(MALLEOLAR_RADIUS), np.log(FREE_RADIUS))
        along = own[:, 0] * np.cos(self.shank_angle) + own[:, 2] * np.sin(self.shank_angle)
        above = smooth_step(along, SHANK_BEGINS * height, SHANK_RIGID * height)
        return np.asarray((1.0 - near) * (1.0 - above))

    @property
    def motion(self) -> Frame:
        """The rigid motion of the shank's bones."""
        return Frame.about_axis(self.centre, self.axis, self.correction)

    def rigid(self, point: FloatArray) -> FloatArray:
        """A point (3,) of the shank's bones, carried by the whole correction."""
        return self.motion.apply(point)

    @property
    def _transverse(self) -> bool:
        return np.array_equal(self.axis, TRANSVERSE)

    @property
    def _upright(self) -> FloatArray:
        """(3, 3) the least rotation that brings the axis to y."""
        across = cross(self.axis, TRANSVERSE)
        angle = np.arctan2(np.linalg.norm(across), self.axis[1])
        return Frame.about_axis(np.zeros(3), across, float(angle)).rotation

    def _own(self, points: FloatArray) -> FloatArray:
        """Points (n, 3) from the ankle's centre, the axis along y."""
        away = points - self.centre
        return away if self._transverse else away @ self._upright.T


def _angle(own: FloatArray) -> FloatArray:
    """(n,) angles β of points about the ankle, cut at the sole."""
    angle = np.arctan2(own[:, 2], own[:, 0])
    return np.where(angle < -0.5 * np.pi, angle + 2.0 * np.pi, angle)


def align(
    limb: Limb,
    ankle_angle: float,
    passive_dorsiflexion: float | None = None,
    axis: FloatArray = TRANSVERSE,
    turn: float | None = None,
) -> Alignment:
    """The bend that brings a limb to `ankle_angle` (rad, dorsiflexion positive).

    `turn` (rad) is the bend about an oblique `axis` (3,) that does so; None: the difference.

    Raises `AlignmentRefused` when the angle lies beyond `passive_dorsiflexion` (rad, None: not
    examined), or when the skin in front or behind would have to fold or overstretch.
    """
    if passive_dorsiflexion is not None and ankle_angle > passive_dorsiflexion + 1e-9:
        raise AlignmentRefused(
            f"The orthosis is to hold the ankle at {np.degrees(ankle_angle):.1f} deg, but it was "
            f"dorsiflexed passively to {np.degrees(passive_dorsiflexion):.1f} deg only: choose a "
            f"smaller ankle angle and raise the heel instead."
        )
    correction = ankle_angle - limb.ankle_angle if turn is None else turn
    alignment = Alignment(
        centre=limb.ankle_centre,
        correction=correction,
        shank_angle=0.5 * np.pi - limb.ankle_angle,
        heel_angle=_heel_angle(limb),
        ankle_height=float(limb.ankle_centre[2]),
        tips=_tips(limb),
        axis=axis,
    )
    _check_skin(limb, alignment)
    return alignment


def _check_skin(limb: Limb, alignment: Alignment) -> None:
    """Refuse a bend under which one sector would be squeezed, or the other drawn out, too far."""
    front = alignment.shin_angle - alignment.instep_angle
    behind = alignment.heel_angle - alignment.achilles_angle
    forward = alignment.correction > 0.0
    squeezed, stretched = (front, behind) if forward else (behind, front)
    most = min((1.0 - LEAST_SQUEEZE) * squeezed, (MOST_STRETCH - 1.0) * stretched) / STEEPEST
    if not abs(alignment.correction) <= most:  # not a number is refused too
        wanted = limb.ankle_angle + alignment.correction
        raise AlignmentRefused(
            f"The scan shows the ankle at {np.degrees(limb.ankle_angle):.1f} deg; bringing it to "
            f"{np.degrees(wanted):.1f} deg would fold or overstretch the skin (at most "
            f"{max(np.degrees(most), 0.0):.0f} deg from there): scan the leg nearer to that angle."
        )


def _tips(limb: Limb) -> FloatArray:
    """Both malleoli (2, 3), the one to the person's right first."""
    names = ("medial_malleolus", "lateral_malleolus")
    tips = np.array([limb.landmarks.position(name) for name in names])
    return tips[np.argsort(tips[:, 1])]


def _heel_angle(limb: Limb) -> float:
    """Direction (rad) of the back of the heel from the ankle: 180° is straight behind."""
    heel = limb.landmarks.position("heel_posterior") - limb.ankle_centre
    below = np.clip(np.arctan2(-heel[2], -heel[0]), LOWEST_HEEL, HIGHEST_HEEL)
    return float(np.pi + below - HEEL_BONE)
