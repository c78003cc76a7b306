"""Clutter: what a scanner catches beside the leg: fragments, floor, hand, chair, the other leg.

Everything stands in the limb frame of a left leg, mm, where it would stand in a clinic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.frame import Frame
from afo_designer.geometry.implicit import round_cone, smooth_union, superellipsoid
from afo_designer.geometry.isosurface import Distance, SampledField, zero_level
from afo_designer.geometry.mesh import TriMesh

_FLOOR_GAP, _FLOOR_STEP = 0.5, 6.0
_FINGERS = ((-30.0, 0.86), (-10.0, 0.98), (10.0, 1.0), (30.0, 0.90))  # aside mm, reach
_HAND_BREADTH = 80.0  # mm over four fingers
_FINGER_RADIUS, _PALM_LENGTH = 9.0, 95.0
_HAND_SPACING = 4.0  # of the grid it is meshed on
_HIDES = 7.0  # skin nearer than this to a hand is not seen
_ACROSS_CM2 = 55.0  # a hand that covers more than this lies along the foot


def joined(pieces: list[TriMesh]) -> TriMesh:
    """The pieces in one mesh, vertices not shared."""
    if len(pieces) == 1:
        return pieces[0]
    starts = np.cumsum([0] + [len(piece.vertices) for piece in pieces[:-1]])
    return TriMesh(
        np.vstack([piece.vertices for piece in pieces]),
        np.vstack([piece.triangles + start for piece, start in zip(pieces, starts, strict=True)]),
    )


def fragment(centre: FloatArray, radius: float, random: np.random.Generator) -> TriMesh:
    """A crumpled disc of twelve triangles, turned at random."""
    turn = 2.0 * np.pi * np.arange(12) / 12.0
    basis = np.linalg.qr(random.normal(size=(3, 3)))[0]
    flat = np.stack([np.cos(turn), np.sin(turn), 0.3 * random.normal(size=12)], axis=1)
    points = np.vstack([np.zeros(3), flat * radius]) @ basis.T + centre
    ring = np.arange(12)
    return TriMesh(points, np.stack([np.zeros(12, int), 1 + ring, 1 + (ring + 1) % 12], axis=1))


def support(mesh: TriMesh, radius: float, tilt: float, random: np.random.Generator) -> TriMesh:
    """A ragged disc of floor half a millimetre below the leg, facing up.

    `tilt` (rad) inclines it against the sole in a random direction; it still touches only one spot.
    """
    low = mesh.bounds[0, 2] - _FLOOR_GAP
    foot = mesh.vertices[mesh.vertices[:, 2] < low + 40.0]
    centre = foot.mean(axis=0)
    span = np.arange(-radius, radius + _FLOOR_STEP, _FLOOR_STEP)
    patch = _grid(span, span)
    patch = patch.with_vertices(patch.vertices + np.array([centre[0], centre[1], low]))
    away = np.linalg.norm(patch.corners.mean(axis=1)[:, :2] - centre[:2], axis=1)
    patch = patch.kept(away < radius)
    way = random.uniform(0.0, 2.0 * np.pi)
    if tilt == 0.0:
        return patch
    axis = np.array([np.cos(way), np.sin(way), 0.0])
    turned = Frame.about_axis([centre[0], centre[1], low], axis, tilt)
    points = turned.apply(patch.vertices)
    normal = turned.turn([0.0, 0.0, 1.0])
    lift = (mesh.vertices @ normal).min() - _FLOOR_GAP - (points @ normal).max()
    return patch.with_vertices(points + lift * normal)


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand's visible surface, and which skin it hides; `field` is its distance, mm."""

    mesh: TriMesh
    field: Distance

    def covers(self, points: FloatArray) -> np.ndarray:
        """(n,) whether the hand lies over these points of the skin."""
        low, high = self.mesh.bounds
        near = ((points > low - 2.0 * _HIDES) & (points < high + 2.0 * _HIDES)).all(axis=1)
        hidden = np.zeros(len(points), dtype=bool)
        hidden[near] = self.field(points[near]) < _HIDES
        return hidden


def hand(mesh: TriMesh, area_cm2: float, random: np.random.Generator) -> Hand | None:
    """A flat hand that holds the sole from below, over about `area_cm2`; None for no area.

    A small area is fingers from the outer border, a large one a hand along the foot.
    """
    if area_cm2 <= 0.0:
        return None
    foot = mesh.vertices[mesh.vertices[:, 2] < 25.0]
    low, high = foot.min(axis=0), foot.max(axis=0)
    breadth = min(_HAND_BREADTH, 0.75 * (high[1] - low[1]))
    reach = 100.0 * area_cm2 / (_HAND_BREADTH if area_cm2 < _ACROSS_CM2 else breadth)
    if area_cm2 < _ACROSS_CM2:
        at = low[0] + random.uniform(0.35, 0.6) * (high[0] - low[0])
        towards = 1.5 * np.pi + random.uniform(-0.35, 0.35)
        tip = np.array([at, high[1] - reach, -0.5 * _FINGER_RADIUS])
    else:
        towards = random.uniform(-0.15, 0.15)
        tip = np.array([low[0] + 8.0 + reach, 0.5 * (low[1] + high[1]), -0.5 * _FINGER_RADIUS])
    turn = Frame.about_axis(np.zeros(3), [0.0, 0.0, 1.0], towards)
    place = Frame(turn.rotation, tip)
    lift = np.array([0.0, 0.0, _lift(mesh, place.inverse, reach)])
    place = Frame(place.rotation, tip + lift)
    # The hand's own frame: fingertips at the origin, fingers along +x from a wrist that drops.
    box = np.array([[-260.0, -70.0, -90.0], [30.0, 70.0, 40.0]])
    field = SampledField.sample(_hand_distance, box, _HAND_SPACING)
    whole = zero_level(field)
    cut = whole.kept(whole.corners.mean(axis=1)[:, 0] > -215.0)
    surface = cut.with_vertices(place.apply(cut.vertices))
    surface = surface.kept(~_inside(mesh, surface.corners.mean(axis=1)))
    return Hand(surface, _Placed(field, place.inverse))


def _lift(mesh: TriMesh, into: Frame, reach: float) -> float:
    """How far the hand rises until it lies against most of the sole over its fingers, mm."""
    own = into.apply(mesh.vertices)
    over = (own[:, 0] > -reach) & (own[:, 0] < 0.0) & (np.abs(own[:, 1]) < 0.5 * _HAND_BREADTH)
    over &= (mesh.vertex_normals[:, 2] < -0.5) & (mesh.vertices[:, 2] < 45.0)
    if not over.any():
        return 0.0
    return float(np.quantile(own[over, 2], 0.6)) - 0.8 * _FINGER_RADIUS


@dataclass(frozen=True, slots=True)
class _Placed:
    """A sampled field seen from another frame."""

    field: SampledField
    into: Frame

    def __call__(self, points: FloatArray) -> FloatArray:
        """Values (n,); infinite off the grid, where the sampled field would repeat itself."""
        own = self.into.apply(points)
        reach = self.field.spacing * (np.array(self.field.values.shape) - 1)
        within = ((own >= self.field.origin) & (own <= self.field.origin + reach)).all(axis=1)
        return np.where(within, self.field(own), np.inf)


def _hand_distance(points: FloatArray) -> FloatArray:
    radius = _FINGER_RADIUS
    knuckles = -_PALM_LENGTH
    distance = superellipsoid(
        points,
        (knuckles - 35.0, 0.0, -6.0),
        (50.0, 42.0, 14.0),
        (48.0, 42.0, 14.0),
        (3.0, 3.0, 2.5),
    )
    for aside, share in _FINGERS:
        tip = np.array([-radius - 90.0 * (1.0 - share), aside, -1.0])
        root = np.array([knuckles, 0.9 * aside, -3.0])
        finger = round_cone(points, tip, root, 0.85 * radius, 1.15 * radius)
        distance = smooth_union(distance, finger, 5.0)
    wrist = round_cone(points, [-160.0, 0.0, -12.0], [-250.0, 0.0, -50.0], 24.0, 27.0)
    return smooth_union(distance, wrist, 30.0)


def chair(mesh: TriMesh, share: float, random: np.random.Generator) -> TriMesh:
    """The front edge of a seat behind the calf and one of its legs, `share` of it seen."""
    low, high = mesh.bounds
    top = mesh.vertices[mesh.vertices[:, 2] > high[2] - 0.25 * (high[2] - low[2])]
    edge = top[:, 0].min() - random.uniform(15.0, 35.0)
    middle = 0.5 * (top[:, 1].min() + top[:, 1].max())
    under = low[2] + random.uniform(0.80, 0.90) * (high[2] - low[2])
    seat = _box([edge - 120.0, middle - 110.0, under], [edge, middle + 90.0, under + 28.0])
    post = [edge - 45.0, middle + 50.0, under - 220.0], [edge - 20.0, middle + 75.0, under]
    whole = joined([seat, _box(*post)])
    return _seen_part(whole, share, random)


def other_leg(mesh: TriMesh, share: float, random: np.random.Generator) -> TriMesh:
    """The mirror-image leg a hand's breadth to the inner side, `share` of its surface seen."""
    leg = mesh.mirrored_y()
    gap = random.uniform(25.0, 70.0)
    aside = mesh.bounds[0, 1] - gap - leg.bounds[1, 1]
    shift = np.array([random.uniform(-50.0, 50.0), aside, 0.0])
    return _seen_part(leg.with_vertices(leg.vertices + shift), share, random)


def _seen_part(mesh: TriMesh, share: float, random: np.random.Generator) -> TriMesh:
    """The share of the triangles that lies furthest towards a random side."""
    along = mesh.corners.mean(axis=1) @ random.standard_normal(3)
    return mesh.kept(along >= np.quantile(along, 1.0 - share))


def _inside(leg: TriMesh, points: FloatArray) -> np.ndarray:
    """(n,) whether points lie under the skin, by its nearest vertex."""
    nearest = cKDTree(leg.vertices).query(points)[1]
    offset = points - leg.vertices[nearest]
    return np.asarray(np.einsum("ij,ij->i", offset, leg.vertex_normals[nearest]) < 0.0)


def _box(low: list[float], high: list[float], step: float = 9.0) -> TriMesh:
    """Six faces of a box as even triangles, outward, edges not welded."""
    corner, size = np.array(low), np.array(high) - np.array(low)
    faces = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        flat = _grid(
            *(np.linspace(0.0, size[k], max(2, round(size[k] / step) + 1)) for k in (u, v))
        )
        points = np.zeros_like(flat.vertices)
        points[:, u], points[:, v] = flat.vertices[:, 0], flat.vertices[:, 1]
        points = points + corner
        faces.append(flat.with_vertices(points).flipped())
        lifted = points.copy()
        lifted[:, axis] += size[axis]
        faces.append(flat.with_vertices(lifted))
    return joined(faces)


def _grid(u: FloatArray, v: FloatArray) -> TriMesh:
    """A flat patch over u × v at z = 0, facing up."""
    x, y = np.meshgrid(u, v, indexing="ij")
    rows, columns = len(u), len(v)
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    quads = np.stack([corner, corner + columns, corner + columns + 1, corner + 1], axis=1)
    return TriMesh(points, np.vstack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))
