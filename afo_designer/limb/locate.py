"""From scan to limb: find the leg, its side, its landmarks, its frames, its measures.

Stage 1 `surface`:     scan mesh    → the leg's own surface, welded and outward
Stage 2 `reading`:     surface      → foot frame, shank line, side
Stage 3 `detection`:   posed cloud  → landmarks with confidence
Stage 4 `frames`:      landmarks    → limb frame, joint centres, ankle angle
Stage 5 `measurement`: limb mesh    → lengths, girths, top; `grading` judges the scan
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.limb.cloud import Cloud
from afo_designer.limb.detection import detected, probability_close
from afo_designer.limb.expectation import expectation
from afo_designer.limb.frames import limb_frame
from afo_designer.limb.grading import graded
from afo_designer.limb.landmarks import NAMES, Landmark, Landmarks, Source
from afo_designer.limb.limb import Limb
from afo_designer.limb.measurement import measures
from afo_designer.limb.pose import STEEPEST_ANKLE
from afo_designer.limb.reading import Reading, best_reading, chosen_side, side_note
from afo_designer.limb.relief import PosedLeg
from afo_designer.limb.scan import Scan, Side
from afo_designer.limb.shank import NoFootFound
from afo_designer.limb.shank_axis import shank_axis
from afo_designer.limb.snap import nearest_on_mesh
from afo_designer.limb.stance import shank_angles, stance_of
from afo_designer.limb.surface import leg_surface
from afo_designer.limb.upper import UPPER, shows

_FOOT_LENGTHS = (80.0, 350.0)
# A picked landmark further than this from the skin (mm) is not on this scan.
_PICK_REACH = 30.0
# A pick this many standard deviations off is named: it counts a quarter or less to the others.
# Right ones with 1 mm of scatter had up to 2.1, ones 32 mm off 4 on the leg from imaging, else 6.
_DOUBTED = 4.0


class LandmarkRefused(InputRefused):
    """A given landmark cannot belong to this scan."""


class FootLengthImplausible(InputRefused):
    """The foot is not of a size that people have: most likely the unit is wrong."""


def locate_limb(
    scan: Scan,
    side: Side | None = None,
    given: Mapping[str, ArrayLike] | None = None,
    insist: bool = False,
    moved: Mapping[str, ArrayLike] | None = None,
) -> Limb:
    """The leg in a scan, in any rigid pose, cut anywhere above the ankle.

    `side` is the side the order names, against the shape if `insist`; `given` holds picked
    landmarks, name → (3,) in the scan's millimetre axes, which win over detected ones and draw
    their neighbours along. `moved` are errors to try, name → (3,) mm in the same axes, that are
    added to the landmarks found and draw nothing along.

    Raises `ScanTooPoor`, `NoFootFound`, `TwoLegsFound`, `FootLengthImplausible`,
    `SideContradicted`, `SideUnclear` or `LandmarkRefused`, all of them `InputRefused`.
    """
    picks = _checked_picks(given or {}, scan)
    surface = leg_surface(scan.mesh)
    reading, layers = best_reading(surface.pieces, picks, side)
    _check_length(reading.pose.foot_length, scan)
    _check_reach(reading.mesh, picks)
    to_foot = reading.pose.frame.inverse
    picks = {name: to_foot.apply(place) for name, place in picks.items()}
    chosen, source = chosen_side(reading, side, picks, insist)
    marks, doubts = _landmarks(reading, chosen, picks)
    for name, shift in (moved or {}).items():
        if name not in marks:
            raise LandmarkRefused(f"landmark {name} is to be moved, but the scan does not show it")
        place = marks.position(name) + to_foot.rotation @ np.asarray(shift, dtype=np.float64)
        marks = Landmarks({**marks, name: replace(marks[name], position=place)})
    return _limb(scan, reading, chosen, source, marks, surface.notes + layers + doubts)


def _checked_picks(given: Mapping[str, ArrayLike], scan: Scan) -> dict[str, FloatArray]:
    picks = {}
    for name, place in given.items():
        if name not in NAMES:
            raise LandmarkRefused(f"unknown landmark {name!r}; known: {', '.join(NAMES)}")
        position = np.asarray(place, dtype=np.float64)
        if position.shape != (3,) or not np.isfinite(position).all():
            raise LandmarkRefused(f"landmark {name} is {place!r}; three finite numbers are needed")
        picks[name] = position
    return picks


def _check_length(length: float, scan: Scan) -> None:
    if not _FOOT_LENGTHS[0] <= length <= _FOOT_LENGTHS[1]:
        raise FootLengthImplausible(
            f"the foot is {length:.4g} mm long with the unit {scan.unit} ({scan.unit_source}); "
            f"feet measure {_FOOT_LENGTHS[0]:.0f} to {_FOOT_LENGTHS[1]:.0f} mm: give the right unit"
        )


def _check_angle(angle: float) -> None:
    if abs(np.degrees(angle)) > STEEPEST_ANKLE:
        raise NoFootFound(
            f"no foot found: the ankle would stand at {np.degrees(angle):.0f} deg, and ankles "
            f"reach {STEEPEST_ANKLE:.0f} at most; scan from the toes to below the knee"
        )


def _check_reach(mesh: TriMesh, picks: Mapping[str, FloatArray]) -> None:
    if not picks:
        return
    distances = nearest_on_mesh(mesh, np.array(list(picks.values())))[1]
    for name, distance in zip(picks, distances.tolist(), strict=True):
        if distance > _PICK_REACH:
            raise LandmarkRefused(
                f"landmark {name} lies {distance:.0f} mm from the leg's skin, more than "
                f"{_PICK_REACH:.0f} mm; give it in the file's own axes and unit"
            )


def _landmarks(
    reading: Reading, side: Side, picks: Mapping[str, FloatArray]
) -> tuple[Landmarks, tuple[str, ...]]:
    """All landmarks in the foot frame, mm, and notes; picks as given, the rest informed by them."""
    length = reading.pose.foot_length
    # statistics see every leg with its medial side at +y
    flip = np.array([1.0, -side.lateral_y, 1.0])
    leg = PosedLeg(
        reading.points * flip / length,
        reading.normals * flip,
        reading.rims * flip / length,
        reading.pose.shank_point * flip / length,
        reading.pose.shank_direction * flip,
    )
    expected = expectation(leg, {name: place * flip / length for name, place in picks.items()})
    marks = {}
    for name, finding in detected(leg, expected).items():
        if name in picks:
            marks[name] = Landmark(picks[name], Source.GIVEN, 1.0)
            continue
        if name in UPPER and not shows(leg, finding.place):
            continue
        confidence = round(probability_close(finding.error * length), 3)
        marks[name] = Landmark(finding.place * flip * length, Source.DETECTED, confidence)
    return Landmarks(marks), _doubtful(expected.doubts)


def _doubtful(doubts: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(
        f"the given {name.replace('_', ' ')} lies {doubt:.0f} standard deviations from where the "
        "rest of the leg has it, so the other landmarks do not follow it; check it"
        for name, doubt in doubts.items()
        if doubt > _DOUBTED
    )


def _limb(
    scan: Scan,
    reading: Reading,
    side: Side,
    source: str,
    marks: Landmarks,
    notes: tuple[str, ...],
) -> Limb:
    length = reading.pose.foot_length
    given = frozenset(name for name, mark in marks.items() if mark.source is Source.GIVEN)
    places = {name: marks.position(name) for name in marks}
    misfit = reading.by_side[side].misfit
    cloud = Cloud(reading.points, reading.normals)
    in_foot, sole = limb_frame(cloud, places, given, length, -side.lateral_y)
    located = marks.moved(in_foot.inverse)
    from_scan = (reading.pose.frame @ in_foot).inverse
    mesh = reading.mesh.with_vertices(from_scan.apply(reading.mesh.vertices))
    medial, lateral = (located.position(name) for name in ("medial_malleolus", "lateral_malleolus"))
    ankle = 0.5 * (medial + lateral)
    skin = in_foot.inverse.apply(reading.points)
    shank = shank_axis(skin, ankle, length, -side.lateral_y)
    knee = ankle + shank.knee_distance * length * shank.direction
    _check_angle(shank_angles(shank.direction, side)[0])
    measured = measures(mesh, ankle, knee, length)
    around = from_scan.apply(scan.mesh.vertices)
    stance = stance_of(mesh, located, side, ankle, shank, sole, skin, around)
    grade, findings = graded(mesh, located, ankle, knee, measured.top_height, misfit)
    return Limb(
        scan=scan,
        mesh=mesh,
        side=side,
        side_source=source,
        landmarks=located,
        frame_from_scan=from_scan,
        ankle_centre=ankle,
        knee_centre=knee,
        ankle_axis=unit(lateral - medial),
        ankle_angle=shank_angles(shank.direction, side)[0],
        top_height=measured.top_height,
        foot_length=measured.foot_length,
        ankle_girth=measured.ankle_girth,
        calf_girth=measured.calf_girth,
        stance=stance,
        grade=grade,
        notes=notes + findings + side_note(reading, side, source),
    )
