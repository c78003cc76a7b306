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
from afo_designer.limb.snap import nearest_on_mesh
from afo_designer.limb.surface import is_joined

# Misfit above which a surface is no leg: synthetic, imaged and swollen legs stay under 2.1, one
# without its heel has 4.8, residual limbs and boxes have 9 and more.
_NO_LEG = 4.0
# Where a person picked heel, forefoot and malleolus the pose is known, and unusual feet pass.
_NO_LEG_PICKED = 20.0
# Two pieces that both read as legs are two legs when their middles lie further apart than this
# share of the foot length, else a second layer of the same skin.
_APART = 0.25
# Beside a leg, what fits this many times worse and above that misfit is not its fellow (this
# project's choice): legs of one person differ by a third, a chair had 3.0 and a fifth of a leg 2.4
# where the leg beside them had 0.4.
_WORSE, _WORSE_THAN = 3.0, 1.5
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
    pieces: tuple[TriMesh, ...], picks: Mapping[str, FloatArray], asked: Side | None = None
) -> tuple[Reading, tuple[str, ...]]:
    """The piece and pose that look most like a leg, with notes.

    Of a left and a right leg the `asked` one is taken. Raises `NoFootFound` when nothing looks like
    a leg, `TwoLegsFound` when two do and nothing tells which is meant.
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
    return _one_leg(readings, picks, asked)


def _most_telling(reasons: list[str]) -> str:
    return next((reason for reason in reasons if "misfit" in reason), reasons[0])


def _one_leg(
    readings: list[Reading], picks: Mapping[str, FloatArray], asked: Side | None
) -> tuple[Reading, tuple[str, ...]]:
    """The leg that is meant, of one leg in one or more layers or of two legs.

    What lies apart and is far less like a leg than the best is furniture or a scrap.
    """
    limit = max(_WORSE * min(reading.misfit for reading in readings), _WORSE_THAN)
    readings = sorted(readings, key=lambda reading: reading.misfit > limit)
    middles = np.array([reading.mesh.vertices.mean(axis=0) for reading in readings])
    gaps = np.linalg.norm(middles - middles[0], axis=1)
    apart = gaps > _APART * readings[0].pose.foot_length
    here = [reading for reading, other in zip(readings, apart, strict=True) if not other]
    notes: tuple[str, ...] = ()
    others = [reading for reading, other in zip(readings, apart, strict=True) if other]
    if others and all(reading.misfit > limit for reading in others):
        notes = ("something beside the leg that looks little like one was left out",)
    elif others:
        here, notes = _meant([here, others], float(gaps.max()), picks, asked)
    if len(here) > 1:
        notes += ("a second layer of the same skin was left out; check the scan's registration",)
    return here[0], notes


def _meant(
    legs: list[list[Reading]], gap: float, picks: Mapping[str, FloatArray], asked: Side | None
) -> tuple[list[Reading], tuple[str, ...]]:
    """Of two legs `gap` mm apart the one that was picked on, or is of the asked side."""
    both = f"the scan shows two legs, {gap:.0f} mm apart"
    if picks:
        places = np.array(list(picks.values()))
        away = [float(nearest_on_mesh(leg[0].mesh, places)[1].max()) for leg in legs]
        return legs[int(np.argmin(away))], (f"{both}; the one with the landmarks was taken",)
    sides = [leg[0].side for leg in legs]
    if asked is None:
        raise TwoLegsFound(f"{both}; give the side of the one to be fitted, or crop the scan to it")
    if sides.count(asked) != 1:
        raise TwoLegsFound(
            f"{both}, and both have the shape of a {sides[0]} leg; crop the scan to the {asked} leg"
        )
    return legs[sides.index(asked)], (f"{both}; the {asked} one was taken, as ordered",)


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
    reading: Reading,
    asked: Side | None,
    picks: Mapping[str, FloatArray],
    insist: bool = False,
) -> tuple[Side, str]:
    """The side and its source, "given" or "inferred". `picks` are in the foot frame.

    Raises `SideContradicted` when what was asked or picked is not what the shape shows, unless the
    person who asked knows and does `insist`, and `SideUnclear` when nothing was said and the shape
    does not tell. Picks on the other side are never overruled.
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
    if contradicted(reading, wanted) and not insist:
        raise SideContradicted(
            f"{_both_readings(reading, wanted)}: correct the side or the scan, or insist "
            f"with --side {wanted}"
        )
    return wanted, "given"


def contradicted(reading: Reading, side: Side) -> bool:
    """Whether the shape is that of the other leg beyond doubt."""
    return side is not reading.side and reading.certainty >= _CERTAIN


def side_note(reading: Reading, side: Side, source: str) -> tuple[str, ...]:
    """What to confirm about a chosen side; at most one sentence."""
    if source == "inferred" and reading.certainty < _CERTAIN:
        return (f"the side was inferred with little certainty as {side}; confirm it",)
    if contradicted(reading, side):
        return (f"{_both_readings(reading, side)}; the side that was given stands",)
    if side is not reading.side:
        return (f"the shape looks rather like a {reading.side} leg, without certainty",)
    return ()


def _both_readings(reading: Reading, given: Side) -> str:
    fits = {side: explanation.misfit for side, explanation in reading.by_side.items()}
    return (
        f"the side was given as {given}, but the scan has the shape of a {reading.side} leg "
        f"(misfit {fits[reading.side]:.1f} as {reading.side}, {fits[given]:.1f} as {given}; "
        "a scan mirrored on export does this)"
    )


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
