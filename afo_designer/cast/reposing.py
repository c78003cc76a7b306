"""Re-posing: the shank's bones brought to the angles asked for, the skin smoothly with them.

Three turns in this order, the foot staying: dorsiflexion about the ankle's axis (`Alignment`),
inversion about the subtalar axis, toe-out about the shank's own axis (`Turn`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import root

from afo_designer.cast.alignment import TRANSVERSE, Alignment, AlignmentRefused, align
from afo_designer.cast.parameters import AS_SCANNED, Pose
from afo_designer.cast.turn import Turn
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.frame import Frame
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Side
from afo_designer.limb.stance import shank_angles

# The subtalar axis rises forward by 42° from the sole and points 23° medially of the foot's axis
# (means of 46 cadaver feet, ranges 20 to 68° and 4 to 47°: Isman and Inman 1969; recalled).
SUBTALAR_RISE, SUBTALAR_MEDIAL = np.radians([42.0, 23.0])
# It passes this share of the foot's length below the malleolar midpoint (this project's choice,
# between talar head and posterior facet: some 13 mm in an adult).
SUBTALAR_DROP = 0.05
# What a subtalar joint allows about its axis, and the shank about its own over the foot (rad;
# generous, this project's choice): beyond, the scan or the target is wrong.
MOST_SUBTALAR, MOST_AXIAL = np.radians([40.0, 30.0])


@dataclass(frozen=True, slots=True)
class Reposing:
    """The map from the scanned limb to the orthosis's pose.

    `angles` are (ankle angle, inversion) reached (rad); `axial` the shank's turn about its own axis
    over the foot that came with it, outwards positive (rad).
    """

    alignment: Alignment
    turns: tuple[Turn, ...]
    angles: tuple[float, float]
    axial: float

    def apply(self, points: FloatArray) -> FloatArray:
        """Points (n, 3) of skin after re-posing."""
        moved = self.alignment.apply(points)
        for turn in self.turns:
            moved = turn.apply(moved)
        return moved

    def weight(self, points: FloatArray) -> FloatArray:
        """(n,) 0 for the foot, 1 for the shank, at points as scanned."""
        return self.alignment.weight(points)

    @property
    def motion(self) -> Frame:
        """The rigid motion of the shank's bones."""
        motion = self.alignment.motion
        for turn in self.turns:
            motion = turn.motion @ motion
        return motion


def repose(
    limb: Limb, ankle_angle: float, pose: Pose, passive_dorsiflexion: float | None = None
) -> Reposing:
    """The re-posing to `ankle_angle` (rad, dorsiflexion positive) and the angles of `pose`.

    Raises `AlignmentRefused` for angles that ankle or skin do not allow.
    """
    axis = TRANSVERSE if pose.ankle_axis == "transverse" else upward_y(limb.ankle_axis)
    subtalar = subtalar_axis(limb.side)
    up = limb.shank_axis
    if pose.inversion_deg == AS_SCANNED:
        turned = 0.0
        dorsal = _dorsal_turn(limb, axis, ankle_angle)
    else:
        wanted = float(np.radians(float(pose.inversion_deg)))
        dorsal, turned = _both_turns(up, axis, subtalar, ankle_angle, wanted, limb.side)
    bend = align(limb, ankle_angle, passive_dorsiflexion, axis, dorsal)
    turns = []
    height = float(limb.ankle_centre[2])
    if turned != 0.0:
        pivot = limb.ankle_centre - [0.0, 0.0, SUBTALAR_DROP * limb.foot_length]
        turns.append(Turn(pivot, subtalar, turned, bend.motion.apply(bend.tips), height))
    if pose.toe_out_deg != AS_SCANNED:
        target = float(np.radians(float(pose.toe_out_deg)))
        turns.append(_axial_turn(limb, bend, turns, target - toe_out(limb)))
    made = Reposing(bend, tuple(turns), (ankle_angle, 0.0), 0.0)
    axis_now = made.motion.turn(up)
    return Reposing(
        bend,
        made.turns,
        shank_angles(axis_now, limb.side),
        _heading(made.motion, up, limb.side),
    )


def toe_out(limb: Limb) -> float:
    """The scanned foot's axis against the knee's (rad). Raises `AlignmentRefused` if unknown."""
    measured = limb.stance.toe_out
    if measured is None:
        raise AlignmentRefused(
            "cast.pose.toe_out_deg cannot be reached: the scan does not show the knee's direction. "
            "Scan up to the knee, give fibular_head and tibial_tuberosity, or leave it as_scanned."
        )
    return measured.value


def subtalar_axis(side: Side) -> FloatArray:
    """(3,) unit vector forwards, upwards and medially."""
    rise, medial = SUBTALAR_RISE, SUBTALAR_MEDIAL
    level = np.cos(rise)
    return np.array(
        [level * np.cos(medial), -side.lateral_y * level * np.sin(medial), np.sin(rise)]
    )


def upward_y(axis: FloatArray) -> FloatArray:
    """The axis (3,) with y > 0: the same sense of turning on both legs."""
    return np.asarray(axis if axis[1] > 0.0 else -axis)


def _dorsal_turn(limb: Limb, axis: FloatArray, ankle_angle: float) -> float:
    """The turn about the ankle's axis that gives the ankle angle; inversion as it comes."""
    turn = ankle_angle - limb.ankle_angle
    if axis is TRANSVERSE:
        return turn
    for _ in range(8):  # nearly linear: each round leaves a hundredth
        now = Frame.about_axis(np.zeros(3), axis, turn).turn(limb.shank_axis)
        turn += ankle_angle - shank_angles(now, limb.side)[0]
    return turn


def _both_turns(
    up: FloatArray,
    axis: FloatArray,
    subtalar: FloatArray,
    ankle_angle: float,
    inversion: float,
    side: Side,
) -> tuple[float, float]:
    """Turns about the ankle's and the subtalar axis that bring the shank axis to both angles."""

    def miss(turns: FloatArray) -> list[float]:
        first = Frame.about_axis(np.zeros(3), axis, float(turns[0])).turn(up)
        now = Frame.about_axis(np.zeros(3), subtalar, float(turns[1])).turn(first)
        return list(np.subtract(shank_angles(now, side), (ankle_angle, inversion)))

    # Inverting the foot is turning the shank the other way; both are nearly independent.
    start = [ankle_angle - shank_angles(up, side)[0], 0.0]
    found = root(miss, start, tol=1e-13)
    if not found.success or abs(found.x[1]) > MOST_SUBTALAR:
        raise AlignmentRefused(
            f"The scan shows the foot inverted by {np.degrees(shank_angles(up, side)[1]):.1f} deg; "
            f"{np.degrees(inversion):.1f} deg lies beyond what a subtalar joint allows from there "
            f"({np.degrees(MOST_SUBTALAR):.0f} deg about its axis): scan the foot nearer to it, or "
            "change cast.pose.inversion_deg."
        )
    return float(found.x[0]), float(found.x[1])


def _axial_turn(limb: Limb, bend: Alignment, turns: list[Turn], change: float) -> Turn:
    """The turn about the shank's axis after which toe-out has changed by `change` (rad)."""
    motion = bend.motion
    for turn in turns:
        motion = turn.motion @ motion
    centre, axis = motion.apply(limb.ankle_centre), motion.turn(limb.shank_axis)
    angle = 0.0
    for _ in range(8):
        whole = Frame.about_axis(centre, axis, angle) @ motion
        angle += -limb.side.lateral_y * (change - _heading(whole, limb.shank_axis, limb.side))
    if abs(angle) > MOST_AXIAL:
        raise AlignmentRefused(
            f"cast.pose.toe_out_deg asks the shank to turn by {np.degrees(abs(angle)):.0f} deg "
            f"over the foot; at most {np.degrees(MOST_AXIAL):.0f} deg can be, so here about "
            f"{np.degrees(toe_out(limb) - MOST_AXIAL):.0f} to "
            f"{np.degrees(toe_out(limb) + MOST_AXIAL):.0f}: scan nearer to it."
        )
    return Turn(centre, axis, angle, motion.apply(bend.tips), float(limb.ankle_centre[2]))


def _heading(motion: Frame, up: FloatArray, side: Side) -> float:
    """How much a motion of the shank turns the foot's axis outwards against the knee's (rad)."""
    forward = np.array([1.0, 0.0, 0.0])
    forward = forward - (forward @ up) * up
    now = motion.turn(forward)
    turned = np.arctan2(now[1], now[0]) - np.arctan2(forward[1], forward[0])
    return float(-side.lateral_y * turned)
