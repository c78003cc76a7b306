"""Mark: the part's number and side, raised on the outer face or engraved in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray, frozen, unit
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
# Where along the calf (mm from one try to the next) and how far round, as a share of the way from
# the midline to the edge, a place is looked for; the first that has room is taken ([D]).
TRY_MM, SHARES = 4.0, (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)


class MarkRefused(InputRefused):
    """A mark that cannot be written, or finds no room."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A text on the outer face: for every glyph its middle in (s, θ), `places` (n, 2).

    It reads down the shank: towards larger s, from outside, on both legs.
    """

    text: str
    marking: Marking
    places: FloatArray

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
            yield glyph, reading_patch(face, outward, place)

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


def reading_patch(face: BSplineSurface, outward: float, at: FloatArray) -> Patch:
    """The patch whose first axis is the direction of reading, the second up, seen from outside."""
    s, theta = at
    first = unit(face(s, theta, ds=1))
    return Patch(face, at, first, np.cross(outward * face.normal(s, theta), first))


def lay_mark(
    chart: Chart,
    face: BSplineSurface,
    trim: TrimRegion,
    stations: Stations,
    thickness: ThicknessField,
    openings: Sequence[Opening],
    parameters: ShellParameters,
    marking: Marking,
    text: str,
) -> Mark | None:
    """The mark on the outer `face`, where it finds room; None where none is wanted.

    Raises `MarkRefused` for a text without glyphs and for one that does not fit, with its length
    and the longest that would.
    """
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
    highest = stations.top + parameters.calf.flare_length_mm + TRY_MM
    for count in range(len(text), 0, -1):
        length = text_length(text[:count], marking.cap_mm)
        for column in _columns(trim, stations, marking):
            for station in np.arange(highest, stations.leaf - length, TRY_MM):
                places = _places(face, float(station), column, count, marking.cap_mm)
                if _has_room(chart, places, marking.cap_mm, barred):
                    if count < len(text):
                        raise _refused(text, marking, length)
                    return Mark(text, marking, places)
    raise _refused(text, marking, 0.0)


def _refused(text: str, marking: Marking, room: float) -> MarkRefused:
    asked = text_length(text, marking.cap_mm)
    return MarkRefused(
        f"The mark {text!r} is {asked:.1f} mm long with capitals of marking.cap_mm "
        f"{marking.cap_mm:g} mm, but marking.place {marking.place!r} has room for {room:.1f} mm. "
        "Choose smaller capitals, another place, or marking.style none."
    )


def _columns(trim: TrimRegion, stations: Stations, marking: Marking) -> Iterator[float]:
    """θ of the lines that are tried, in order."""
    medial, lateral = trim.sides(np.array([stations.band]))
    ends = {"calf_lateral": [float(lateral[0])], "calf_medial": [float(medial[0])]}
    ends["calf_posterior"] = []
    ends["calf"] = [*ends["calf_lateral"], *ends["calf_medial"]]
    for end in ends[marking.place]:
        yield from (share * end for share in SHARES)
    if marking.place in ("calf", "calf_posterior"):
        yield 0.0


def _places(
    face: BSplineSurface, station: float, theta: float, count: int, cap_mm: float
) -> FloatArray:
    """(count, 2): the middles of glyphs from a station down, evenly on the face."""
    stroke = cap_mm / CAP
    length = ((count - 1) * ADVANCE + WIDTH) * stroke
    s = np.linspace(station, station + 1.5 * length, 12 * count)
    points = face(s, np.full_like(s, theta))
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    middles = stroke * (0.5 * WIDTH + ADVANCE * np.arange(count))
    return np.column_stack([np.interp(middles, along, s), np.full(count, theta)])


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
