"""Pose: which end is the foot, where its sole lies, which way the shank runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import ConvexHull, cKDTree

from afo_designer.geometry.array import FloatArray, cross, unit
from afo_designer.geometry.frame import Frame
from afo_designer.limb.shank import NoFootFound, shank_line

_GRAPH_POINTS = 2500
_NEIGHBOURS = 10
# Foot zones as shares of foot length: under the heel bone, under the metatarsal heads, and the
# height below which everything belongs to the foot (measured on the tuning legs).
HEEL_ZONE = (0.03, 0.28)
BALL_ZONE = (0.54, 0.78)
FOOT_HEIGHT = 0.22
# Ankle angle (deg) beyond which a pose is not a leg's: feet hang at 35 to 45 deg at most. The line
# through the shank's centroids leans this much further back than its axis.
STEEPEST_ANKLE = 50.0
# Share of the chord from toe to top at whose ends a heel hardly lies: 0.2 to 0.45 from the toes.
_CHORD_ENDS = 0.15
_LINE_LEAN = 5.0


class Corner(NamedTuple):
    """Three rough places (3,) that span a leg: its toes, its heel, its top."""

    toe: FloatArray
    heel: FloatArray
    top: FloatArray


@dataclass(frozen=True, slots=True)
class Pose:
    """A leg without a side: `frame` maps the symmetric foot frame to the cloud's axes.

    Foot frame: origin under the most posterior heel point, on the sole, midway between the heel's
    borders; x through the middle of the ball, z away from the sole. `foot_length` in mm.
    `shank_point` (3,) and `shank_direction` (3,), in the foot frame, give the line through the
    centroids of the shank's sections; `shank_sections` (k, 3) those centroids.
    """

    frame: Frame
    foot_length: float
    shank_point: FloatArray
    shank_direction: FloatArray
    shank_sections: FloatArray


def corner_hypotheses(points: FloatArray) -> list[Corner]:
    """The two ways round to take a surface for a leg.

    Toe and top are the ends of the longest way over it, the heel the point farthest off their
    chord. Where that lies at an end of the chord, as the rim of a steeply pointed foot's shank
    does, the heel may also be the point farthest off the middle.
    """
    stride = max(1, len(points) // _GRAPH_POINTS)
    sparse = points[::stride]
    graph, inside = _neighbour_graph(sparse)
    sparse = sparse[inside]
    seed = int(np.argmax(np.linalg.norm(sparse - sparse.mean(axis=0), axis=1)))
    first = int(np.argmax(dijkstra(graph, indices=seed)))
    second = int(np.argmax(dijkstra(graph, indices=first)))
    a, b = sparse[first], sparse[second]
    along = unit(b - a)
    way = (points - a) @ along
    off = np.linalg.norm((points - a) - way[:, None] * along, axis=1)
    share = way / float(np.linalg.norm(b - a))
    middle = (share > _CHORD_ENDS) & (share < 1.0 - _CHORD_ENDS)
    corners = [points[int(np.argmax(off))]]
    if not middle[int(np.argmax(off))] and middle.any():
        corners.append(points[int(np.argmax(np.where(middle, off, -1.0)))])
    return [pair for heel in corners for pair in (Corner(a, heel, b), Corner(b, heel, a))]


def _neighbour_graph(points: FloatArray) -> tuple[csr_matrix, FloatArray]:
    count = len(points)
    distance, neighbour = cKDTree(points).query(points, k=min(_NEIGHBOURS, count - 1) + 1)
    rows = np.repeat(np.arange(count), neighbour.shape[1] - 1)
    graph = csr_matrix((distance[:, 1:].ravel(), (rows, neighbour[:, 1:].ravel())), (count, count))
    graph = graph.maximum(graph.T)
    part = connected_components(graph, directed=False)[1]
    inside = part == np.bincount(part).argmax()
    return graph[inside][:, inside], inside


def fitted_pose(points: FloatArray, corner: Corner) -> Pose:
    """Foot frame and shank line from a rough (toe, heel, top) triple.

    Raises `NoFootFound` when no sole or shank can be fitted.
    """
    frame, length = _first_frame(points, *corner)
    for _ in range(6):
        frame, length = _better_frame(points, frame, length)
    local = frame.inverse.apply(points)
    point, direction, sections = shank_line(local, length)
    lean = float(np.degrees(np.arctan2(direction[0], direction[2])))
    if abs(lean + _LINE_LEAN) > STEEPEST_ANKLE:
        raise NoFootFound(
            f"no foot found: what could be the shank stands {lean:.0f} deg off the perpendicular "
            "of what could be the sole; scan from the toes to below the knee"
        )
    return Pose(frame, length, point, direction, sections)


def _first_frame(
    points: FloatArray, toe: FloatArray, heel: FloatArray, top: FloatArray
) -> tuple[Frame, float]:
    """The sole as the longest edge of the sagittal outline's convex hull along heel to toe."""
    forward = unit(toe - heel)
    upward = (top - heel) - ((top - heel) @ forward) * forward
    if np.linalg.norm(upward) < 0.1 * np.linalg.norm(toe - heel):
        raise NoFootFound("no foot found: the surface runs straight from end to end")
    upward = unit(upward)
    outline = np.column_stack([points @ forward, points @ upward])
    hull = outline[ConvexHull(outline).vertices]
    step = np.roll(hull, -1, axis=0) - hull
    size = np.linalg.norm(step, axis=1)
    # hulls run counter-clockwise, so the sole's edges run forward along the lower side
    slope = np.abs(np.arctan2(step[:, 1], step[:, 0]))
    sole = np.where(slope < np.radians(40.0), size, 0.0)
    best = int(np.argmax(sole))
    if sole[best] <= 0.0:
        raise NoFootFound("no foot found: no sole joins the two ends of the surface")
    along = step[best] / size[best]
    x = unit(along[0] * forward + along[1] * upward)
    z = unit(-along[1] * forward + along[0] * upward)
    start = hull[best][0] * forward + hull[best][1] * upward
    y = cross(z, x)
    origin = start + ((heel - start) @ y) * y
    length = float(np.ptp(points @ x))
    return Frame(np.column_stack([x, y, z]), origin), min(length, 1.4 * float(size[best]) / 0.5)


def _better_frame(points: FloatArray, frame: Frame, length: float) -> tuple[Frame, float]:
    """One step: extent and axis of the foot, then the plane under heel and ball."""
    local = frame.inverse.apply(points)
    foot = local[local[:, 2] < FOOT_HEIGHT * length]
    if len(foot) < 60:
        raise NoFootFound("no foot found: nothing stands on the sole's plane")
    back, front = foot[:, 0].min(), foot[:, 0].max()
    length = float(front - back)
    share = (foot[:, 0] - back) / length
    heel, ball = _zone(foot, share, HEEL_ZONE), _zone(foot, share, BALL_ZONE)
    heel_y, ball_y = _middle(heel), _middle(ball)
    contacts = np.array(
        [
            _lowest(heel),
            _lowest(ball[ball[:, 1] > ball_y + 0.04 * length]),
            _lowest(ball[ball[:, 1] < ball_y - 0.04 * length]),
        ]
    )
    normal = unit(cross(contacts[2] - contacts[0], contacts[1] - contacts[0]))
    if normal[2] < 0.5:
        raise NoFootFound("no foot found: heel and forefoot do not share a sole")
    middle_x = back + length * np.array([np.mean(HEEL_ZONE), np.mean(BALL_ZONE)])
    axis = np.array([middle_x[1] - middle_x[0], ball_y - heel_y, 0.0])
    x = unit(axis - (axis @ normal) * normal)
    rotation = np.column_stack([x, cross(normal, x), normal])
    origin = np.array([middle_x[0], heel_y, contacts[0, 2]])
    origin = origin - ((origin - contacts[0]) @ normal) * normal
    turned = (foot - origin) @ rotation
    low = turned[turned[:, 2] < FOOT_HEIGHT * length]
    origin = origin + low[:, 0].min() * x
    return frame @ Frame(rotation, origin), float(np.ptp(low[:, 0]))


def _zone(foot: FloatArray, share: FloatArray, limits: tuple[float, float]) -> FloatArray:
    zone = foot[(share > limits[0]) & (share < limits[1])]
    if len(zone) < 20:
        raise NoFootFound("no foot found: heel or forefoot is missing")
    return zone


def _middle(zone: FloatArray) -> float:
    """Midway between the borders (1st and 99th percentile, against stray points)."""
    return float(np.percentile(zone[:, 1], [1.0, 99.0]).mean())


def _lowest(zone: FloatArray) -> FloatArray:
    """Mean of a zone's lowest points: one bump of noise does not tilt the sole."""
    if len(zone) < 8:
        raise NoFootFound("no foot found: heel or forefoot is missing")
    count = max(4, len(zone) // 25)
    return zone[np.argsort(zone[:, 2], kind="stable")[:count]].mean(axis=0)
