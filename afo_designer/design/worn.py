"""Worn: what a shoe has to hold of an orthosis, measured on the finished part itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.section import section_segments, taped_girth
from afo_designer.geometry.slices import Slices, slices_across_x

# A low shoe's collar passes this far below the lower malleolar apex ([D]; science.md §7 keeps the
# heel cup as far below them).
COLLAR_BELOW_MM = 10.0
# Sections across the foot are this far apart.
STEP_MM = 2.0
# The plate is what lies within this height above its own inner surface.
PLATE_MM = 6.0
# Shares of the way from heel to metatarsal heads at which the plate is measured; the heel's lies
# under the middle of the heel pad.
HEEL_SHARE, MIDFOOT_SHARE = 0.15, 0.6
# The heel reaches as far forward as this share of that way, the ball as far to either side.
HEEL_ENDS, BALL_SHARE = 0.33, 0.1
# The ball's thickness is taken so far behind where the plate begins to rise.
BEFORE_BEND_MM = 4.0
# A low shoe's counter is as high as this share of the foot's length ([D]: 45 mm in an adult).
COUNTER_SHARE = 0.17
# Thickness is that of the middle of the plate, this far to either side.
MIDDLE_MM = 8.0
# A wall is followed upwards over gaps of its points up to this (mm): slots end lower.
GAP_MM = 15.0
FORWARD, UP = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Collar:
    """Leg and orthosis at the height of a shoe's collar, mm.

    `height_mm` above the insole; `width_mm` across both, `leg_width_mm` the leg's own; `girth_mm`
    and `leg_girth_mm` as a tape reads them; `behind_mm` how far the orthosis stands behind the leg.
    """

    height_mm: float
    width_mm: float
    leg_width_mm: float
    girth_mm: float
    leg_girth_mm: float
    behind_mm: float

    @property
    def added_girth_mm(self) -> float:
        return self.girth_mm - self.leg_girth_mm


@dataclass(frozen=True, slots=True)
class Worn:
    """An orthosis as a shoe meets it, mm in the limb frame.

    `outline` (n, 3): x, reach to the lateral and to the medial side from y = 0, of all below a low
    shoe's collar; `plate` the same of the footplate alone, `foot` of the bare foot. `rear`,
    `front`: x of the hindmost point below the collar and of the plate's tip; `toes`: x of the
    longest toe. `ball_mm`, `midfoot_mm`, `heel_mm`: widths; at ball and midfoot the plate's and
    what stands on it, at the heel the largest within a shoe's counter; `foot_ball_mm`,
    `foot_heel_mm`: the bare foot's. `thickness_mm`: of the plate at heel, midfoot, ball, toes (None
    where it does not reach). `heel_stack_mm`, `ball_stack_mm`: from the skin's sole down to the
    insole.
    `side_mm`: how high the (lateral, medial) side stands above the insole at the malleoli.
    """

    outline: FloatArray
    plate: FloatArray
    foot: FloatArray
    rear: float
    front: float
    toes: float
    ball_mm: float
    midfoot_mm: float
    heel_mm: float
    foot_ball_mm: float
    foot_heel_mm: float
    thickness_mm: dict[str, float | None]
    heel_stack_mm: float
    ball_stack_mm: float
    side_mm: tuple[float, float]
    low: Collar
    boot: Collar

    def __post_init__(self) -> None:
        for name in ("outline", "plate", "foot"):
            object.__setattr__(self, name, frozen(getattr(self, name), (None, 3)))

    @property
    def length_mm(self) -> float:
        """From the hindmost point to the plate's tip or the longest toe."""
        return max(self.front, self.toes) - self.rear


def measure_worn(part: TriMesh, positive: PositiveModel, boot_height_mm: float) -> Worn:
    """The worn measures of an orthosis on its limb; of several parts as one mesh (`together`).

    `boot_height_mm`: of a boot's topline above the insole.
    """
    plate, skin = positive.plate, positive.skin
    lateral = positive.limb.side.lateral_y
    apices = [positive.landmarks.position(f"{side}_malleolus")[2] for side in ("lateral", "medial")]
    top = float(min(apices)) - COLLAR_BELOW_MM
    low, foot = _below(part, top), _below(skin, top)
    rear, front = float(low.vertices[:, 0].min()), float(low.vertices[:, 0].max())
    cut, bare = (_sliced(mesh, rear, front) for mesh in (low, foot))
    resting = cut.points[:, 2] < plate.height(cut.points[:, 0]) + PLATE_MM
    outline = _reaches(cut, lateral)
    on_plate = _reaches(_kept(cut, resting), lateral)
    bare_outline = _reaches(bare, lateral)
    counter = COUNTER_SHARE * positive.limb.foot_length
    held = _reaches(_kept(cut, cut.points[:, 2] < counter), lateral)

    lever = plate.bend_start - plate.heel
    ball = plate.bend_start + BALL_SHARE * lever * np.array([-1.0, 1.0])
    middle = plate.heel + MIDFOOT_SHARE * lever + BEFORE_BEND_MM * np.array([-1.0, 1.0])
    heel = np.array([rear, plate.heel + HEEL_ENDS * lever])
    places = {
        "heel": plate.heel + HEEL_SHARE * lever,
        "midfoot": plate.heel + MIDFOOT_SHARE * lever,
        "ball": plate.bend_start - BEFORE_BEND_MM,
        "toes": 0.5 * (plate.bend_end + front),
    }
    walls = {name: _wall(cut.at(x)) if x < front else None for name, x in places.items()}
    floor = {name: 0.0 if wall is None else wall[0] for name, wall in walls.items()}
    # a scan cut below a boot's topline is looked at as high as it goes
    topline = min(floor["heel"] + boot_height_mm, float(skin.vertices[:, 2].max()) - STEP_MM)
    return Worn(
        outline=outline,
        plate=on_plate,
        foot=bare_outline,
        rear=rear,
        front=front,
        toes=float(skin.vertices[:, 0].max()),
        ball_mm=_width(outline, ball),
        midfoot_mm=_width(outline, middle),
        heel_mm=_width(held, heel),
        foot_ball_mm=_width(bare_outline, ball),
        foot_heel_mm=_width(bare_outline, heel),
        thickness_mm={name: wall and wall[1] - wall[0] for name, wall in walls.items()},
        heel_stack_mm=-floor["heel"],
        ball_stack_mm=-floor["ball"],
        side_mm=_sides(part, float(positive.ankle_centre[0]), lateral, floor["heel"]),
        low=_collar(part, skin, top, floor["heel"]),
        boot=_collar(part, skin, topline, floor["heel"]),
    )


def _below(mesh: TriMesh, height: float) -> TriMesh:
    """The triangles wholly below a height, and their vertices."""
    keep = (mesh.vertices[:, 2] < height)[mesh.triangles].all(axis=1)
    used, numbers = np.unique(mesh.triangles[keep], return_inverse=True)
    return TriMesh(mesh.vertices[used], numbers.reshape(-1, 3))


def _sliced(mesh: TriMesh, rear: float, front: float) -> Slices:
    count = max(1, int((front - rear) / STEP_MM))
    margin = 0.5 * (front - rear - (count - 1) * STEP_MM)
    return slices_across_x(mesh, rear + margin, STEP_MM, count)


def _kept(cut: Slices, keep: NDArray[np.bool_]) -> Slices:
    return Slices(cut.stations, cut.plane[keep], cut.points[keep])


def _reaches(cut: Slices, lateral: float) -> FloatArray:
    """(n, 3): x, lateral and medial reach of every plane that meets anything."""
    outwards = lateral * cut.points[:, 1]
    reach = np.full((2, len(cut.stations)), -np.inf)
    np.maximum.at(reach[0], cut.plane, outwards)
    np.maximum.at(reach[1], cut.plane, -outwards)
    return np.column_stack([cut.stations, *reach])[np.isfinite(reach).all(axis=0)]


def _width(outline: FloatArray, between: FloatArray) -> float:
    """The largest width of an outline between two x, 0 where it has no section there."""
    inside = (outline[:, 0] >= between[0]) & (outline[:, 0] <= between[1])
    return float(outline[inside, 1:].sum(axis=1).max(initial=0.0))


def _wall(points: FloatArray) -> tuple[float, float] | None:
    """(underside, upper side) z of the plate along its middle, from a section's points."""
    if len(points) == 0:
        return None
    middle = 0.5 * (points[:, 1].min() + points[:, 1].max())
    z = points[np.abs(points[:, 1] - middle) < MIDDLE_MM, 2]
    if len(z) < 4:
        return None
    split = 0.5 * (z.min() + z.max())
    return float(np.median(z[z < split])), float(np.median(z[z >= split]))


def _sides(part: TriMesh, x: float, lateral: float, insole: float) -> tuple[float, float]:
    """How high the walls stand above the insole at x, on the lateral and the medial side."""
    points = section_segments(part, [x, 0.0, 0.0], FORWARD).reshape(-1, 3)
    tops = []
    for side in (lateral, -lateral):
        z = np.sort(points[side * points[:, 1] > 0.0, 2])
        if len(z) == 0:
            tops.append(0.0)
            continue
        gap = np.flatnonzero(np.diff(z) > GAP_MM)
        tops.append(float(z[gap[0]] if len(gap) else z[-1]) - insole)
    return tops[0], tops[1]


def _collar(part: TriMesh, skin: TriMesh, height: float, insole: float) -> Collar:
    """Leg and orthosis cut level at a height; a part that ends below adds nothing."""
    leg = section_segments(skin, [0.0, 0.0, height], UP).reshape(-1, 3)
    own = section_segments(part, [0.0, 0.0, height], UP).reshape(-1, 3)
    both = np.concatenate([leg, own])
    return Collar(
        height_mm=height - insole,
        width_mm=float(np.ptp(both[:, 1])),
        leg_width_mm=float(np.ptp(leg[:, 1])),
        girth_mm=taped_girth(both, UP),
        leg_girth_mm=taped_girth(leg, UP),
        behind_mm=float(leg[:, 0].min() - both[:, 0].min()),
    )
