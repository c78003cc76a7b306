"""Reading: a surface seen as a leg, the right way round, and which of the two legs it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.cloud import LEG_POINTS, Cloud, sampled
from afo_designer.limb.pose import Corner, Pose, corner_hypotheses, fitted_pose
from afo_designer.limb.prior import Explanation, explained
from afo_designer.limb.scan import Side
from afo_designer.limb.shank import NoFootFound
from afo_designer.limb.shape import shape_numbers
from afo_designer.limb.surface import is_joined

# Misfit above which a surface is no leg: synthetic, imaged and swollen legs stay under 2.1, one
# without its heel has 4.8, residual limbs and boxes have 9 and more.
_NO_LEG = 4.0
# Where a person picked heel, forefoot and malleolus the pose is known, and unusual feet pass.
_NO_LEG_PICKED = 20.0
# Two pieces that both read as legs are two legs when their middles lie further apart than this
# share of the foot length, else a second layer of the same skin.
_APART = 0.25
# Certainty from which the inferred side may contradict a given one. The lowest met on the
# tuning legs is 0.9; a mirrored leg loses nothing of it.
_CERTAIN = 0.5
# Below this the shape does not tell the side at all.
_UNCERTAIN = 0.35
_TOES = ("hallux_tip", "second_toe_tip", "first_metatarsal_head_medial")
_HEELS = ("heel_posterior", "heel_plantar", "achilles_at_ankle")
_TOPS = ("tibial_tuberosity", "fibular_head", "medial_malleolus", "lateral_malleolus")


class SideContradicted(InputRefused):
    """The side that was given is not the side the shape shows."""


class SideUnclear(InputRefused):
    """The shape does not tell which leg it is, and nobody said."""


class TwoLegsFound(InputRefused):
    """The scan shows more than one leg."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to see a surface as a leg: its pose and what the prior says for either side.

    `points` (n, 3) and `normals` (n, 3) are an even sample of `mesh` in the foot frame, mm; `rims`
    (k, 3) are the edges of its openings, top included.
    """

    mesh: TriMesh
    pose: Pose
    points: FloatArray
    normals: FloatArray
    rims: FloatArray
    by_side: Mapping[Side, Explanation]

    @property
    def side(self) -> Side:
        right, left = self.by_side[Side.RIGHT], self.by_side[Side.LEFT]
        return Side.RIGHT if right.misfit <= left.misfit else Side.LEFT

    @property
    def misfit(self) -> float:
        return self.by_side[self.side].misfit

    @property
    def certainty(self) -> float:
        """Of the side: 0 when both fit alike, towards 1 when only one does."""
        best, worst = sorted(explanation.misfit for explanation in self.by_side.values())
        return 1.0 - (best / worst) ** 2


def best_reading(
    pieces: tuple[TriMesh, ...], picks: Mapping[str, FloatArray]
) -> tuple[Reading, tuple[str, ...]]:
    """The piece and pose that look most like a leg, with notes.

    Raises `NoFootFound` when nothing does, `TwoLegsFound` when two pieces do.
    """
    readings, reasons = [], []
    corner = _picked_corner(picks)
    limit = _NO_LEG if corner is None else _NO_LEG_PICKED
    for piece in pieces[:4]:
        try:
            reading = _piece_reading(piece, corner)
        except NoFootFound as refusal:
            reasons.append(str(refusal))
            continue
        if reading.misfit <= limit:
            readings.append(reading)
        else:
            reasons.append(
                "no foot found: what lies where heel, ball and toes should be is no foot "
                f"(shape misfit {reading.misfit:.1f}; legs have up to {limit:.0f}); "
                "scan from the toes to below the knee"
            )
    if not readings:
        raise NoFootFound(_most_telling(reasons))
    return readings[0], _other_legs(readings)


def _most_telling(reasons: list[str]) -> str:
    return next((reason for reason in reasons if "misfit" in reason), reasons[0])


def _other_legs(readings: list[Reading]) -> tuple[str, ...]:
    first = readings[0]
    middle = first.mesh.vertices.mean(axis=0)
    for other in readings[1:]:
        gap = float(np.linalg.norm(other.mesh.vertices.mean(axis=0) - middle))
        if gap > _APART * first.pose.foot_length:
            raise TwoLegsFound(
                f"the scan shows two legs, {gap:.0f} mm apart; crop it to the one to be fitted"
            )
    if len(readings) > 1:
        return ("a second layer of the same skin was left out; check the scan's registration",)
    return ()


def _piece_reading(piece: TriMesh, corner: Corner | None) -> Reading:
    cloud = sampled(piece, LEG_POINTS)
    corners = [corner] if corner is not None else corner_hypotheses(cloud.points)
    readings, refusal = [], None
    for candidate in corners:
        try:
            readings.append(_posed_reading(piece, cloud, fitted_pose(cloud.points, candidate)))
        except NoFootFound as caught:
            refusal = caught
    if not readings and refusal is not None:
        raise refusal
    return min(readings, key=lambda reading: reading.misfit)


def _posed_reading(piece: TriMesh, cloud: Cloud, pose: Pose) -> Reading:
    local = cloud.moved(pose.frame.inverse)
    by_side = {
        side: explained(shape_numbers(local.points, pose, mirrored=side is Side.LEFT))
        for side in Side
    }
    rims = pose.frame.inverse.apply(open_edges(piece))
    return Reading(piece, pose, local.points, local.normals, rims, by_side)


def open_edges(mesh: TriMesh) -> FloatArray:
    """Midpoints (k, 3) of open edges; none where triangles are not joined at all."""
    if not is_joined(mesh):
        return np.zeros((0, 3))
    return mesh.vertices[mesh.boundary_edges].mean(axis=1)


def _picked_corner(picks: Mapping[str, FloatArray]) -> Corner | None:
    """Toe, heel and a point up the leg from picks, where there are enough of them."""
    found = [
        next((picks[name] for name in names if name in picks), None)
        for names in (_TOES, _HEELS, _TOPS)
    ]
    toe, heel, top = found
    if toe is None or heel is None or top is None:
        return None
    return Corner(toe, heel, top)


def chosen_side(
    reading: Reading, asked: Side | None, picks: Mapping[str, FloatArray]
) -> tuple[Side, str]:
    """The side and its source, "given" or "inferred". `picks` are in the foot frame.

    Raises `SideContradicted` when what was asked or picked is not what the shape shows, and
    `SideUnclear` when nothing was said and the shape does not tell.
    """
    picked = _picked_side(picks)
    if asked is not None and picked is not None and asked is not picked:
        raise SideContradicted(
            f"the order says {asked}, but the given landmarks lie as on a {picked} leg; "
            "correct the side or the landmarks"
        )
    wanted = asked or picked
    if wanted is None:
        if reading.certainty < _UNCERTAIN:
            raise SideUnclear(
                "the shape does not tell left from right (the leg fits as "
                f"{reading.side} only {100 * reading.certainty:.0f} % better); give the side"
            )
        return reading.side, "inferred"
    if wanted is not reading.side and reading.certainty >= _CERTAIN:
        fits = {side: explanation.misfit for side, explanation in reading.by_side.items()}
        raise SideContradicted(
            f"the side was given as {wanted}, but the scan has the shape of a {reading.side} leg "
            f"(misfit {fits[reading.side]:.1f} as {reading.side}, {fits[wanted]:.1f} as {wanted}; "
            "a scan mirrored on export does this): correct the side or the scan"
        )
    return wanted, "given"


def _picked_side(picks: Mapping[str, FloatArray]) -> Side | None:
    """The side on which the picked medial and lateral landmarks lie, if a pair was picked."""
    pairs = (
        ("medial_malleolus", "lateral_malleolus"),
        ("first_metatarsal_head_medial", "fifth_metatarsal_head_lateral"),
    )
    across = [picks[a][1] - picks[b][1] for a, b in pairs if a in picks and b in picks]
    if not across:
        return None
    # +y is the person's left, so the medial side is +y on a right leg
    return Side.RIGHT if sum(across) > 0.0 else Side.LEFT
