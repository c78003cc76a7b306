"""Mark: the part's number and side, raised on the outer face or engraved in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray, cross, frozen, unit
from afo_designer.geometry.bspline import BSplineSurface
from afo_designer.geometry.refusal import InputRefused
from afo_designer.geometry.relief import Relief, lifted
from afo_designer.shell.chart import Chart
from afo_designer.shell.glyphs import ADVANCE, CAP, WIDTH, alphabet, outlines, text_length
from afo_designer.shell.opening import Opening
from afo_designer.shell.parameters import Marking, ShellParameters
from afo_designer.shell.patch import Patch
from afo_designer.shell.stations import Stations
from afo_designer.shell.thickness import ThicknessField
from afo_designer.shell.trim import TrimRegion

# From the letters to the flat face's end, half a wall inside edges and openings, mm ([D]).
KEEP_MM = 4.0
# A hollow bears so many times the letters' height above the wall, or nothing is written there
# ([D]).
HOLLOW_SHARE = 2.0
# Where along the calf (mm from one try to the next) and how far round, as a share of the way from
# the midline to the edge, a place is looked for; the first that has room is taken ([D]).
TRY_MM, SHARES = 4.0, (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)
# How far round on the walls beside a foot, and how far a letter's face may turn to the floor there:
# its normal's part towards it; and how far its corners may lie off the plane of its middle, as a
# share of the height it stands out ([D]: half of it is where a section reads it).
WALL_SHARES, MOST_DOWN, MOST_BENT = (0.8, 0.75, 0.85, 0.7, 0.9), 0.6, 0.2
# A line of text: where it begins, or its middle where it runs round the limb, and whether it does.
Line: TypeAlias = tuple[FloatArray, bool]
# Those that may be tried for a text of a length (mm), in order.
Lines: TypeAlias = Callable[[float], Iterator[Line]]


class MarkRefused(InputRefused):
    """A mark that cannot be written, or finds no room."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """What is to be written, and how."""

    text: str
    marking: Marking


@dataclass(frozen=True, slots=True)
class Mark:
    """A text on the outer face: for every glyph its middle in (s, θ), `places` (n, 2).

    Seen from outside it reads down the shank, towards larger s, or where it is `round` about it,
    from left to right; on both legs.
    """

    text: str
    marking: Marking
    places: FloatArray
    round: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", frozen(self.places, (len(self.text), 2)))

    @property
    def height_mm(self) -> float:
        """How far the letters stand out of the face; negative: how deep they are sunk into it."""
        raised = self.marking.style == "raised"
        return self.marking.depth_mm if raised else -self.marking.depth_mm

    def patches(self, face: BSplineSurface, outward: float) -> Iterator[tuple[str, Patch]]:
        """Every glyph and the plane that touches the face there, in the reader's axes."""
        for glyph, place in zip(self.text, self.places, strict=True):
            yield glyph, reading_patch(face, outward, place, self.round)

    def border(self, face: BSplineSurface, chart: Chart) -> FloatArray:
        """(n, 2) in (s, θ): corners and middles of the letters' boxes on a face."""
        stroke = 0.5 * self.marking.cap_mm / CAP
        box = stroke * np.array([WIDTH, CAP]) * [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
        patches = self.patches(face, chart.outward)
        return np.vstack([patch.parameters(box) for _, patch in patches])

    def reliefs(self, face: BSplineSurface, outward: float) -> tuple[Relief, ...]:
        """The letters as islands of the face; `outward` is the sign of its normal."""
        stroke = self.marking.cap_mm / CAP
        drawn = []
        for glyph, patch in self.patches(face, outward):
            corners = [contour - 0.5 * np.array([WIDTH, CAP]) for contour in outlines(glyph)]
            drawn.append([patch.parameters(stroke * contour) for contour in corners])
        every = np.vstack([contour for contours in drawn for contour in contours])
        low, high = every.min(axis=0), every.max(axis=0)
        room = 0.05 * (high - low)
        top = lifted(face, low - room, high + room, outward * self.height_mm)
        return tuple(Relief(tuple(contours), top) for contours in drawn)


def wall_under(mark: Mark, thickness: ThicknessField) -> float:
    """Thinnest wall (mm) that letters leave: less than the plain wall where they are sunk in."""
    wall = float(thickness(*mark.places.T).min())
    return wall + min(mark.height_mm, 0.0)


def reading_patch(face: BSplineSurface, outward: float, at: FloatArray, about: bool) -> Patch:
    """The patch whose first axis is the direction of reading, the second up, seen from outside."""
    s, theta = at
    down = unit(face(s, theta, ds=1))
    normal = outward * face.normal(s, theta)
    first = cross(normal, down) if about else down
    return Patch(face, at, first, cross(normal, first))


def lay_mark(
    chart: Chart,
    face: BSplineSurface,
    trim: TrimRegion,
    thickness: ThicknessField,
    openings: Sequence[Opening],
    lettering: Lettering,
    lines: Lines,
    where: str,
    *,
    upright: bool = False,
) -> Mark | None:
    """The mark on the outer `face`, on the first line that has room; None where none is wanted.

    `upright`: on walls beside a sole, no letter may look to the floor or bend round a corner.
    Raises `MarkRefused` for a text without glyphs and for one that does not fit, with its length
    and the longest that would; `where` says in words on what.
    """
    text, marking = lettering.text, lettering.marking
    if marking.style == "none":
        return None
    unknown = sorted(set(text) - set(alphabet()))
    if unknown or not text:
        raise MarkRefused(
            f"The mark {text!r} cannot be written; there are glyphs for {alphabet()} alone."
        )
    edges = [trim.boundary, *(opening.loop for opening in openings)]
    border = np.vstack(edges)
    barred = cKDTree(chart.point(*border.T)), thickness(*border.T)
    for count in range(len(text), 0, -1):
        length = text_length(text[:count], marking.cap_mm)
        for start, about in lines(length):
            places = _places(face, chart.outward, start, about, count, marking.cap_mm)
            fits = _has_room(chart, places, marking.cap_mm, barred)
            fits = fits and _level(places, thickness, marking)
            mark = Mark(text[:count], marking, places, about)
            if fits and (not upright or _stands(mark, face, chart)):
                if count < len(text):
                    raise _refused(lettering, length, where)
                return mark
    raise _refused(lettering, 0.0, where)


def _refused(lettering: Lettering, room: float, where: str) -> MarkRefused:
    cap = lettering.marking.cap_mm
    return MarkRefused(
        f"The mark {lettering.text!r} is {text_length(lettering.text, cap):.1f} mm long with "
        f"capitals of marking.cap_mm {cap:g} mm, but {where} has room for {room:.1f} mm. "
        "Choose smaller capitals, another place, or marking.style none."
    )


def calf_lines(
    trim: TrimRegion,
    stations: Stations,
    parameters: ShellParameters,
    marking: Marking,
    length: float,
) -> Iterator[Line]:
    """Where lines of text of a length (mm) may be tried on the calf, in order."""
    medial, lateral = trim.sides(np.array([stations.band]))
    ends = {"calf_lateral": [float(lateral[0])], "calf_medial": [float(medial[0])]}
    ends["calf"] = [*ends["calf_lateral"], *ends["calf_medial"]]
    columns = [share * end for end in ends.get(marking.place, []) for share in SHARES]
    if marking.place in ("calf", "calf_posterior"):
        columns.append(0.0)
    highest = stations.top + parameters.calf.flare_length_mm + TRY_MM
    for column in columns:
        for station in np.arange(highest, stations.leaf - length, TRY_MM):
            yield np.array([station, column]), False
    if marking.place in ("calf", "calf_round"):
        for station in np.arange(highest + 0.5 * marking.cap_mm, stations.leaf, TRY_MM):
            yield np.array([station, 0.0]), True


def foot_lines(trim: TrimRegion, stations: Stations, length: float) -> Iterator[Line]:
    """Where they may be tried on a foot part: along its side walls, then round the heel.

    The walls beside the midfoot bear least: the load goes from ears and stop into the heel.
    """
    for side in (1, 0):
        last = np.arange(stations.heads, stations.root + length, -TRY_MM)
        for station in last - length:
            edge = float(trim.sides(np.array([station + 0.5 * length]))[side][0])
            for share in WALL_SHARES:
                yield np.array([station, share * edge]), False
    for station in np.arange(stations.sole, stations.ankle, -TRY_MM):
        yield np.array([station, 0.0]), True


def _places(
    face: BSplineSurface, outward: float, start: FloatArray, about: bool, count: int, cap_mm: float
) -> FloatArray:
    """(count, 2): the middles of glyphs, evenly on the face, of a line of text."""
    stroke = cap_mm / CAP
    length = ((count - 1) * ADVANCE + WIDTH) * stroke
    run = np.linspace(0.0, 1.5 * length, 12 * count)
    if about:
        patch = reading_patch(face, outward, start, about=True)
        per_mm = 1.0 / float(patch.first @ face(start[0], start[1], dtheta=1))
        run = (run - 0.75 * length) * per_mm
    line = start + np.outer(run, [0.0, 1.0] if about else [1.0, 0.0])
    points = face(*line.T)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    first = 0.5 * (along[-1] - length) if about else 0.0
    middles = first + stroke * (0.5 * WIDTH + ADVANCE * np.arange(count))
    return np.column_stack([np.interp(middles, along, line[:, k]) for k in (0, 1)])


def _level(places: FloatArray, thickness: ThicknessField, marking: Marking) -> bool:
    """Whether no letter lies in a hollow so sharp that its strokes would lean into each other."""
    if thickness.ceiling is None:
        return True
    room = thickness.ceiling(*places.T) - thickness(*places.T)
    return bool((room > HOLLOW_SHARE * marking.depth_mm).all())


def _stands(mark: Mark, face: BSplineSurface, chart: Chart) -> bool:
    """Whether no letter looks to the floor, and none bends by much of what it stands out."""
    down = -chart.outward * face.normal(*mark.places.T)[:, 2]
    if (down > MOST_DOWN).any():
        return False
    corners = face(*mark.border(face, chart).T).reshape(len(mark.text), -1, 3)
    patches = [patch for _, patch in mark.patches(face, chart.outward)]
    off = [
        (points - patch.origin) @ np.cross(patch.first, patch.second)
        for points, patch in zip(corners, patches, strict=True)
    ]
    return float(np.abs(off).max()) <= MOST_BENT * abs(mark.height_mm)


def _has_room(
    chart: Chart,
    places: FloatArray,
    cap_mm: float,
    barred: tuple[cKDTree, FloatArray],
) -> bool:
    """Whether the text keeps from all that is barred: points, and the wall there."""
    tree, wall = barred
    middle = chart.point(*places.T)
    reach = 0.5 * np.hypot(cap_mm, WIDTH / CAP * cap_mm)
    near, which = tree.query(middle)
    return bool(np.all(near > reach + KEEP_MM + 0.5 * wall[which]))
